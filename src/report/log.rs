//! Log lines for syslog and for the console, in the forms that everybody's tools read.
//!
//! The writers are passed in and must not wait; a line that a writer does not take is dropped and counted, and the
//! count is told before the next line that it takes.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::base::calendar::LocalTime;

/// What kind of program a line comes from (RFC 3164, 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

impl Facility {
    /// A user's program.
    pub const USER: Facility = Facility(1);
    /// A daemon.
    pub const DAEMON: Facility = Facility(3);

    /// What the administrator has kept for own use: 0 to 7.
    #[must_use]
    pub const fn local(number: u8) -> Option<Facility> {
        if number < 8 { Some(Facility(16 + number)) } else { None }
    }

    fn with(self, severity: u8) -> u8 {
        self.0 * 8 + severity
    }
}

/// How important a line is (RFC 3164, 4.1.1).
const fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

/// Who writes, and how.
pub struct Style {
    /// What syslog knows the process by.
    pub ident: String,
    /// The process.
    pub pid: u32,
    /// Its kind.
    pub facility: Facility,
    /// The time of a line, and the nanoseconds of its second.
    pub clock: fn() -> (LocalTime, u32),
}

/// Where lines go. Each writer takes a line whole or not at all, and never waits.
#[derive(Default)]
pub struct Writers {
    /// The log daemon.
    pub syslog: Option<Box<dyn Write + Send>>,
    /// Whoever started us.
    pub console: Option<Box<dyn Write + Send>>,
    /// A file.
    pub file: Option<Box<dyn Write + Send>>,
}

/// Which lines are written.
#[must_use]
pub const fn level(detail: u8) -> LevelFilter {
    match detail {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Makes `tracing` log in this way for the rest of the process's life, `detail` as [`level`] understands it.
///
/// # Errors
/// If something else has been made to before.
pub fn install(
    style: Style,
    writers: Writers,
    detail: u8,
) -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    let log = Log::new(style, writers).with_filter(level(detail));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log))
}

/// The layer between `tracing` and the writers.
struct Log {
    style: Style,
    sinks: Mutex<[Option<Sink>; 3]>,
}

struct Sink {
    writer: Box<dyn Write + Send>,
    form: Form,
    /// Lines that the writer did not take since it last took one.
    lost: u64,
    /// The line under construction, kept for its memory.
    line: String,
}

#[derive(Clone, Copy)]
enum Form {
    Syslog,
    Console,
    File,
}

impl Log {
    fn new(style: Style, writers: Writers) -> Log {
        let sink = |form| move |writer| Sink { writer, form, lost: 0, line: String::new() };
        let Writers { syslog, console, file } = writers;
        let sinks =
            [syslog.map(sink(Form::Syslog)), console.map(sink(Form::Console)), file.map(sink(Form::File))];
        Log { style, sinks: Mutex::new(sinks) }
    }

    fn say(&self, level: Level, message: &str) {
        let now = (self.style.clock)();
        let mut sinks = self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        for sink in sinks.iter_mut().flatten() {
            for line in message.lines() {
                sink.say(&self.style, now, level, line);
            }
        }
    }
}

impl Sink {
    fn say(&mut self, style: &Style, now: (LocalTime, u32), level: Level, message: &str) {
        if self.lost > 0 {
            let lost = format!("{} log lines were lost: they were not taken in time", self.lost);
            if self.put(style, now, Level::WARN, &lost).is_ok() {
                self.lost = 0;
            }
        }
        if self.lost > 0 || self.put(style, now, level, message).is_err() {
            self.lost += 1;
        }
    }

    fn put(
        &mut self,
        style: &Style,
        (now, nanos): (LocalTime, u32),
        level: Level,
        message: &str,
    ) -> std::io::Result<()> {
        self.line.clear();
        let formed = match self.form {
            Form::Syslog => {
                let priority = style.facility.with(severity(level));
                let Style { ident, pid, .. } = style;
                write!(self.line, "<{priority}>{} {ident}[{pid}]: {message}", now.syslog())
            }
            Form::Console => writeln!(self.line, "{now}: {message}"),
            Form::File => writeln!(self.line, "{}: {message}", now.precise(nanos)),
        };
        formed.map_err(std::io::Error::other)?;
        self.writer.write_all(self.line.as_bytes())
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        self.say(*event.metadata().level(), &message.0);
    }
}

/// The text of an event. Its other fields say the same for machines.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    /// Takes as many lines as it has room for.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<(Vec<String>, usize)>>);

    impl Paper {
        fn with_room(lines: usize) -> Paper {
            Paper(Arc::new(Mutex::new((Vec::new(), lines))))
        }

        fn add_room(&self, lines: usize) {
            self.0.lock().unwrap().1 += lines;
        }

        fn lines(&self) -> Vec<String> {
            self.0.lock().unwrap().0.clone()
        }
    }

    impl Write for Paper {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let mut paper = self.0.lock().unwrap();
            if paper.1 == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            paper.1 -= 1;
            paper.0.push(String::from_utf8(line.to_vec()).unwrap());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn clock() -> (LocalTime, u32) {
        let time = LocalTime {
            year: 2026,
            month: 10,
            day: 21,
            weekday: 6,
            hour: 3,
            minute: 17,
            second: 24,
            offset: 0,
        };
        (time, 42)
    }

    fn logging(syslog: &Paper, console: &Paper, detail: u8, act: impl FnOnce()) {
        let style = Style { ident: "Keepalived_vrrp".into(), pid: 42, facility: Facility::DAEMON, clock };
        let boxed = |paper: &Paper| -> Option<Box<dyn Write + Send>> { Some(Box::new(paper.clone())) };
        let writers = Writers { syslog: boxed(syslog), console: boxed(console), file: None };
        let log = Log::new(style, writers).with_filter(level(detail));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log), act);
    }

    #[test]
    fn lines_look_as_in_keepalived() {
        let (syslog, console) = (Paper::with_room(9), Paper::with_room(9));
        logging(&syslog, &console, 0, || {
            tracing::info!(instance = "VI_1", "({}) Entering MASTER STATE", "VI_1");
            tracing::error!("one\ntwo");
        });
        let expected = [
            "<30>Nov 21 03:17:24 Keepalived_vrrp[42]: (VI_1) Entering MASTER STATE",
            "<27>Nov 21 03:17:24 Keepalived_vrrp[42]: one",
            "<27>Nov 21 03:17:24 Keepalived_vrrp[42]: two",
        ];
        assert_eq!(syslog.lines(), expected);
        assert_eq!(console.lines()[0], "Sat Nov 21 03:17:24 2026: (VI_1) Entering MASTER STATE\n");
        assert_eq!(console.lines().len(), 3);
    }

    #[test]
    fn lines_of_a_file_have_nanoseconds() {
        let paper = Paper::with_room(9);
        let style = Style { ident: "Keepalived".into(), pid: 42, facility: Facility::DAEMON, clock };
        let writers = Writers { file: Some(Box::new(paper.clone())), ..Writers::default() };
        let log = Log::new(style, writers).with_filter(level(0));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log), || tracing::info!("one"));
        assert_eq!(paper.lines(), ["Sat Nov 21 03:17:24.000000042 2026: one\n"]);
    }

    #[test]
    fn details_are_logged_when_asked_for() {
        for (detail, expected) in [(0, 0), (1, 1), (2, 2)] {
            let console = Paper::with_room(9);
            logging(&Paper::default(), &console, detail, || {
                tracing::debug!("a packet");
                tracing::trace!("everything");
            });
            assert_eq!(console.lines().len(), expected, "{detail}");
        }
    }

    #[test]
    fn lost_lines_are_counted_and_told_where_they_were_lost() {
        let (syslog, console) = (Paper::with_room(1), Paper::with_room(9));
        logging(&syslog, &console, 0, || {
            for number in 1..=4 {
                tracing::info!("{number}");
            }
            syslog.add_room(2);
            tracing::info!("5");
            tracing::info!("6");
        });
        let texts: Vec<_> =
            syslog.lines().iter().map(|line| line.split("]: ").nth(1).unwrap().to_owned()).collect();
        assert_eq!(texts, ["1", "3 log lines were lost: they were not taken in time", "5"]);
        assert_eq!(console.lines().len(), 6);
    }

    #[test]
    fn the_administrators_facilities_are_eight() {
        assert_eq!(Facility::local(0).map(|facility| facility.with(6)), Some(134));
        assert_eq!(Facility::local(8), None);
    }
}
