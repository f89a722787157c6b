//! The named pipes that changes are written to, and the commands that read them.

use super::backlog::{Backlog, News};
use crate::base::time::{Instant, Span};
use crate::conf::model::{Command, Model, notify};
use crate::daemon::scripts::{Purpose, Scripts};
use crate::report::hooks::Pipe;
use crate::sys::fifo::Fifo;
use crate::vrrp::event::Who;

/// How often a full pipe is tried again.
const RETRY: Span = Span::from_millis(250);
/// How long after its end a reader is started again; each time twice as long as the last, as long as it ends soon.
const RESTART: Span = Span::from_secs(1);
/// The longest of these waits. A reader that ran that long ended for a reason of its own.
const LONGEST_RESTART: Span = Span::from_secs(60);

/// Both pipes.
#[derive(Debug)]
pub(super) struct Pipes(Vec<Open>);

/// A pipe.
#[derive(Debug)]
struct Open {
    pipe: Pipe,
    /// `None` once everything has been told.
    fifo: Option<Fifo>,
    backlog: Backlog,
    retry_at: Option<Instant>,
    reader: Option<Reader>,
}

/// The command that reads a pipe.
#[derive(Debug)]
struct Reader {
    command: Command,
    path: String,
    wait: Span,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Running { pid: i32, since: Instant },
    StartsAt(Instant),
    Over,
}

impl Pipes {
    /// Opens the pipes and starts their readers. One that cannot be opened is said and left out: changing state matters
    /// more than telling it.
    pub(super) fn open(model: &Model, scripts: &mut Scripts, now: Instant) -> Pipes {
        let (global, commands) = (&model.global, &model.global.settings.commands);
        let path = |fifo: &Option<notify::Fifo>| fifo.as_ref().map(|fifo| fifo.path.clone());
        let same = path(&global.notify_fifo) == path(&global.vrrp_notify_fifo);
        let vrrp = global.vrrp_notify_fifo.as_ref().filter(|_| !same);
        let all = [
            (Pipe::Global, global.notify_fifo.as_ref(), &commands.fifo_reader),
            (Pipe::Vrrp, vrrp, &commands.vrrp_fifo_reader),
        ];
        let opened =
            all.into_iter().filter_map(|(pipe, conf, reader)| Open::new(pipe, conf?, reader.as_ref(), now));
        let mut pipes = Pipes(opened.collect());
        pipes.expire(scripts, now);
        pipes
    }

    /// Writes a line.
    pub(super) fn tell(&mut self, pipe: Pipe, who: Who, is_state: bool, line: String, now: Instant) {
        let Some(open) = self.0.iter_mut().find(|open| open.pipe == pipe) else { return };
        let Some(fifo) = &mut open.fifo else { return };
        let news = open.backlog.tell(who, is_state, line, |line| fifo.write(line));
        open.said(news);
        open.try_later(now);
    }

    /// When a pipe has to be tried again, or a reader started.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let starts = |open: &Open| match open.reader.as_ref()?.stage {
            Stage::StartsAt(at) => Some(at),
            Stage::Running { .. } | Stage::Over => None,
        };
        self.0.iter().flat_map(|open| [open.retry_at, starts(open)]).flatten().min()
    }

    /// Tries full pipes again and starts the readers whose time it is.
    pub(super) fn expire(&mut self, scripts: &mut Scripts, now: Instant) {
        for open in &mut self.0 {
            if open.retry_at.is_some_and(|at| at <= now) {
                open.flush(now);
            }
            if let Some(reader) = &mut open.reader {
                reader.start(open.pipe, scripts, now);
            }
        }
    }

    /// A reader has ended; it is started again.
    pub(super) fn reader_ended(&mut self, pipe: Pipe, pid: i32, how: &str, now: Instant) {
        let reader = self.0.iter_mut().find(|open| open.pipe == pipe).and_then(|open| open.reader.as_mut());
        let Some(reader) = reader else { return };
        let program = reader.command.program().display();
        match reader.stage {
            Stage::Running { pid: running, since } if running == pid => {
                if now.since(since) >= LONGEST_RESTART {
                    reader.wait = RESTART;
                }
                tracing::warn!(
                    "{program}, which read {}, {how}; starting it again in {}",
                    reader.path,
                    reader.wait
                );
                reader.again(now);
            }
            Stage::Running { .. } | Stage::StartsAt(_) => {}
            Stage::Over => tracing::debug!("{program}, which read {}, {how}", reader.path),
        }
    }

    /// Everything has been told: pipes that have taken it are closed, so that readers come to the end.
    pub(super) fn finish(&mut self, now: Instant) {
        for open in &mut self.0 {
            if !open.backlog.is_empty() {
                open.flush(now);
            }
            if open.backlog.is_empty() {
                open.close();
            }
        }
    }

    /// Whether every pipe that is being read has been read to the end.
    pub(super) fn are_finished(&self, scripts: &Scripts) -> bool {
        self.0.iter().all(|open| open.reader.is_none() || (open.fifo.is_none() && !scripts.reads(open.pipe)))
    }

    /// Closes the pipes, whatever they have not taken.
    pub(super) fn abandon(&mut self) {
        for open in &mut self.0 {
            if let (Some(fifo), missing @ 1..) = (&open.fifo, open.backlog.missing()) {
                tracing::warn!(
                    "{} lines were never written to {}: nobody read it",
                    missing,
                    fifo.path().display()
                );
            }
            open.close();
        }
    }
}

impl Open {
    fn new(pipe: Pipe, conf: &notify::Fifo, reader: Option<&Command>, now: Instant) -> Option<Open> {
        let opened = Fifo::open(&conf.path, conf.owner);
        let fifo = opened.map_err(|error| tracing::error!("{error}; it is told nothing")).ok()?;
        let path = conf.path.display().to_string();
        let reader = reader.map(|command| Reader {
            command: command.clone(),
            path,
            wait: RESTART,
            stage: Stage::StartsAt(now),
        });
        Some(Open { pipe, fifo: Some(fifo), backlog: Backlog::default(), retry_at: None, reader })
    }

    fn flush(&mut self, now: Instant) {
        let Some(fifo) = &mut self.fifo else { return };
        let news = self.backlog.flush(|line| fifo.write(line));
        self.said(news);
        self.try_later(now);
    }

    fn try_later(&mut self, now: Instant) {
        self.retry_at = (!self.backlog.is_empty()).then(|| now + RETRY);
    }

    fn said(&self, news: Option<News>) {
        let Some(fifo) = &self.fifo else { return };
        let path = fifo.path().display();
        match news {
            Some(News::Full) => tracing::warn!(
                "{path} is full: does anybody read it? Of what it is not told, the last states are kept"
            ),
            Some(News::Again { lost }) => tracing::warn!("{path} takes lines again; {lost} were lost"),
            None => {}
        }
    }

    fn close(&mut self) {
        self.fifo = None;
        self.retry_at = None;
        if let Some(reader) = &mut self.reader {
            reader.stage = Stage::Over;
        }
    }
}

impl Reader {
    fn start(&mut self, pipe: Pipe, scripts: &mut Scripts, now: Instant) {
        match self.stage {
            Stage::StartsAt(at) if at <= now => {}
            Stage::StartsAt(_) | Stage::Running { .. } | Stage::Over => return,
        }
        match scripts.start(Purpose::Reader(pipe), &self.command, &[&self.path]) {
            Ok(pid) => self.stage = Stage::Running { pid, since: now },
            Err(error) => {
                tracing::error!("{error}; nobody reads {} for {}", self.path, self.wait);
                self.again(now);
            }
        }
    }

    fn again(&mut self, now: Instant) {
        self.stage = Stage::StartsAt(now + self.wait);
        self.wait = (self.wait * 2).min(LONGEST_RESTART);
    }
}
