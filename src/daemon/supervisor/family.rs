//! The parent with its child: starts it, hears of its end, starts it again, and stops it.

mod burial;

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::super::dumps::{Kind, ParentData};
use super::super::ledger::Estate;
use super::super::mailer::{self, Mailer};
use super::super::names::{Located, Names};
use super::super::protocol::{FromChild, FromParent};
use super::super::respawn::Respawn;
use super::super::{Exit, Options, Role};
use super::appointment::Appointment;
use super::companions::Companions;
use super::errand::Errand;
use super::health::Health;
use super::launch::Launch;
use super::reload::Reloading;
use super::{Departed, Preparation};
use crate::base::time::{Instant, Span};
use crate::sys::inotify::Change;
use crate::sys::ipc::{LONGEST, Line};
use crate::sys::lockfile::LockFile;
use crate::sys::signal::{Asked, Signals};
use crate::sys::systemd::{self, Manager};
use crate::sys::timer::Timer;
use crate::sys::{Error, clock, memory, process};

/// What the log calls the child.
const CHILD: &str = "keepalived_vrrp";
/// How long mails about stopping may take.
pub(super) const MAIL_STOPS_WITHIN: Span = Span::from_secs(3);

/// The parent process at work.
pub(super) struct Family<'a> {
    pub(super) options: &'a Options,
    /// What the child is given to read; nothing if the configuration has nothing for it.
    pub(super) text: Option<OwnedFd>,
    pub(super) pid_file: Option<LockFile>,
    /// What is to be done when everything has stopped.
    pub(super) after: Option<Errand>,
    /// Where our program file is, or another one in its place.
    pub(super) program: PathBuf,
    /// Whoever waits for us to run.
    starter: Option<Line>,
    manager: Manager,
    /// Sends what the child wants to be mailed; nothing if mail goes nowhere.
    pub(super) mailer: Option<Mailer>,
    pub(super) names: Names,
    /// What this process has to tell of itself.
    pub(super) data: Option<ParentData>,
    signals: Signals,
    timer: Timer,
    pub(super) launch: Launch<'a>,
    pub(super) companions: Companions,
    pub(super) child: Option<Child>,
    pub(super) reload: Reloading,
    pub(super) appointment: Appointment,
    pub(super) health: Health,
    respawn: Respawn,
    /// What the child leaves to its successor.
    pub(super) estate: Estate,
    /// What is told when the others run, too.
    held_back: Option<String>,
    stage: Stage,
}

pub(super) struct Child {
    pub(super) pid: i32,
    born: Instant,
    pub(super) line: Line,
    /// Whether there is somebody at the other end of the line.
    pub(super) listens: bool,
    /// It does what it is for.
    pub(super) ready: bool,
    /// It has been told to stop, because there is nothing left for it to do.
    pub(super) dismissed: bool,
}

impl Child {
    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Running,
    /// The child is started again then.
    Waiting {
        until: Instant,
    },
    /// The child has been told to stop, and is killed then.
    Stopping {
        until: Instant,
        exit: Exit,
    },
    Over(Exit),
}

enum Woken {
    Signal(Asked),
    /// A name was looked up.
    Located(Located),
    Child(Said),
    /// One of the others has said something.
    Companion,
    Time,
    /// Something became of the file with the time of the next reload.
    Appointment(Vec<Change>),
}

/// What the child says.
enum Said {
    Word(FromChild),
    Nonsense,
    /// It is gone.
    Nothing,
}

impl Said {
    fn of(message: Option<&[u8]>) -> Said {
        match message {
            Some(message) => FromChild::decode(message).map_or(Said::Nonsense, Said::Word),
            None => Said::Nothing,
        }
    }
}

impl<'a> Family<'a> {
    /// Needs a runtime.
    pub(super) fn new(
        options: &'a Options,
        preparation: Preparation,
        starter: Option<OwnedFd>,
    ) -> Result<Family<'a>, Error> {
        let Preparation { configuration, pid_file, estate } = preparation;
        let launch = Launch::new(options, &configuration);
        let mut companions = Companions::new();
        companions.follow(&launch, &configuration, clock::now())?;
        Ok(Family {
            options,
            text: launch.text(Role::Vrrp, &configuration)?,
            launch,
            companions,
            pid_file,
            after: Errand::at_end(&configuration.settings().life),
            program: process::program()?,
            starter: starter.map(Line::new).transpose()?,
            manager: Manager::at(std::env::var_os(systemd::VARIABLE))?,
            mailer: configuration.model().and_then(mailer::Address::of).map(Mailer::start),
            names: Names::of(configuration.model()),
            data: ParentData::of(options, configuration.model()),
            signals: Signals::open()?,
            timer: Timer::new()?,
            child: None,
            reload: Reloading::new(&configuration),
            appointment: Appointment::of(configuration.files()),
            health: Health::from_environment(),
            respawn: Respawn::default(),
            estate: estate.map_or_else(Estate::new, Ok)?,
            held_back: None,
            stage: Stage::Running,
        })
    }

    /// Until everything has stopped. With `reload` there is a newer configuration than the one to begin with.
    pub(super) async fn run(mut self, reload: bool) -> Result<Departed, Error> {
        self.start_child()?;
        memory::give_back();
        if self.child.is_none() {
            tracing::info!("the configuration has no virtual router: waiting to be stopped");
            self.ready("Running; there is no virtual router");
        }
        if reload {
            self.reload();
        }
        loop {
            match self.stage {
                Stage::Over(exit) => {
                    self.launch.clean_up();
                    if let Some(mailer) = self.mailer.take() {
                        mailer.finish(MAIL_STOPS_WITHIN).await;
                    }
                    return Ok(Departed { exit, after: self.after, _pid_file: self.pid_file });
                }
                Stage::Waiting { until } | Stage::Stopping { until, .. } => self.timer.arm(Some(until))?,
                Stage::Running => {}
            }
            let ours = [self.appointment.next_deadline(), self.health.watchdog.next_deadline()];
            let others = [self.names.next_deadline(), self.companions.next_deadline()];
            self.timer.arm(ours.into_iter().chain(others).flatten().min())?;
            match self.wait().await? {
                Woken::Signal(asked) => self.asked(asked),
                Woken::Located(located) => self.located(located),
                Woken::Child(Said::Word(word)) => self.heed(word),
                Woken::Child(Said::Nonsense) => {
                    tracing::warn!("the child process says what nobody understands");
                }
                Woken::Child(Said::Nothing) => self.child.iter_mut().for_each(|child| child.listens = false),
                Woken::Companion => self.look_at_companions(),
                Woken::Appointment(changes) => self.appointment.heed(&changes),
                Woken::Time => self.timeout()?,
            }
        }
    }

    async fn wait(&mut self) -> Result<Woken, Error> {
        let Family { signals, timer, child, names, appointment, companions, .. } = self;
        let mut buffer = [0; LONGEST];
        let child = child.as_ref().filter(|child| child.listens);
        let said = async {
            match child {
                Some(child) => child.line.receive(&mut buffer).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            asked = signals.next() => asked.map(Woken::Signal),
            located = names.located() => Ok(Woken::Located(located)),
            expired = timer.expired() => expired.map(|()| Woken::Time),
            changed = appointment.changed() => changed.map(Woken::Appointment),
            said = companions.said() => said.map(|()| Woken::Companion),
            said = said => said.map(|said| Woken::Child(Said::of(said))),
        }
    }

    pub(super) fn start_child(&mut self) -> Result<(), Error> {
        let Some(text) = &self.text else { return Ok(()) };
        let (pid, line) = self.launch.start(Role::Vrrp, text)?;
        line.send_with(&FromParent::Ledger.encode(), self.estate.for_child())?;
        self.child =
            Some(Child { pid, born: clock::now(), line, listens: true, ready: false, dismissed: false });
        self.stage = Stage::Running;
        for message in self.names.known() {
            self.tell_child(&message);
        }
        Ok(())
    }

    fn heed(&mut self, word: FromChild) {
        match word {
            FromChild::Ready => {
                self.child.iter_mut().for_each(|child| child.ready = true);
                self.child_is_ready();
            }
            FromChild::Reloaded => self.reloaded(),
            FromChild::AskedToReload => {
                tracing::info!("the VRRP process was asked to reload: so are we");
                self.reload();
            }
            FromChild::Alive => self.is_alive(),
            FromChild::Roles(roles) => self.know_roles(roles),
            FromChild::NotReloaded => {
                self.refuse_reload("the VRRP process does not understand the configuration");
            }
            FromChild::Mail(letter) => {
                if let Some(mailer) = &self.mailer {
                    mailer.post(letter);
                }
            }
        }
    }

    fn located(&mut self, located: Located) {
        if let Some(message) = self.names.take(located, clock::now()) {
            self.tell_child(&message);
        }
    }

    pub(super) fn tell_child(&self, message: &FromParent) {
        let Some(child) = self.child.as_ref().filter(|child| child.listens) else { return };
        if let Err(error) = child.line.send(&message.encode()) {
            tracing::warn!("{error}");
        }
    }

    /// VRRP runs, if there is any: tells whoever waits for it, once all others run, too.
    pub(super) fn ready(&mut self, status: &str) {
        if self.companions.are_ready() {
            self.all_are_ready(status);
        } else {
            self.held_back = Some(status.to_owned());
        }
    }

    /// One of the others has said something, or has gone.
    fn look_at_companions(&mut self) {
        if self.companions.are_ready()
            && let Some(status) = self.held_back.take()
        {
            self.all_are_ready(&status);
        }
    }

    fn all_are_ready(&mut self, status: &str) {
        self.held_back = None;
        self.tell_manager(&format!("READY=1\nSTATUS={status}\nMAINPID={}", std::process::id()));
        if let Some(starter) = self.starter.take()
            && let Err(error) = starter.send(&FromChild::Ready.encode())
        {
            tracing::warn!("{error}");
        }
    }

    fn asked(&mut self, asked: Asked) {
        match asked {
            Asked::Interrupt if self.options.ignore_interrupt => {}
            Asked::Stop | Asked::Interrupt => self.stop(Exit::Fine),
            Asked::Child => self.bury(),
            Asked::Reload => self.reload(),
            Asked::Upgrade => self.upgrade(),
            Asked::Data | Asked::Stats | Asked::StatsClear | Asked::Json => self.dump(asked),
            Asked::Nothing(number) => tracing::debug!("signal {number} means nothing to us"),
        }
    }

    /// Every process writes what it has to tell.
    fn dump(&self, asked: Asked) {
        if asked == Asked::Data
            && let Some(data) = &self.data
        {
            data.write();
        }
        if let Some(kind) = Kind::asked_for(asked) {
            self.tell_child(&FromParent::Dump(kind));
        }
    }

    fn timeout(&mut self) -> Result<(), Error> {
        self.names.expire(clock::now());
        self.companions.expire(&self.launch, clock::now())?;
        self.watch(clock::now());
        if self.appointment.is_due(clock::now()) {
            tracing::info!("It is the time for a reload that reload_time_file names");
            self.reload();
        }
        match self.stage {
            Stage::Waiting { until } if until <= clock::now() => self.start_child()?,
            Stage::Stopping { until, .. } if until <= clock::now() => {
                self.companions.kill();
                if let Some(child) = &self.child {
                    tracing::error!(
                        "{CHILD} process {} did not stop in {}: killing it",
                        child.pid,
                        self.launch.child_wait
                    );
                    process::kill(child.pid);
                }
            }
            Stage::Running | Stage::Waiting { .. } | Stage::Stopping { .. } | Stage::Over(_) => {}
        }
        Ok(())
    }

    /// Begins to stop; the child first.
    fn stop(&mut self, exit: Exit) {
        if matches!(self.stage, Stage::Stopping { .. } | Stage::Over(_)) {
            return;
        }
        // First of all, since backups wait for the last advertisement; a child that cannot be told is killed in time.
        let told = self.child.as_ref().map(|child| child.line.send(&FromParent::Stop.encode()));
        tracing::info!("Stopping");
        self.tell_manager("STOPPING=1\nSTATUS=Giving up roles and addresses");
        self.companions.stop();
        if let Some(Err(error)) = told {
            tracing::warn!("{error}");
        }
        self.stage = Stage::Stopping { until: clock::now() + self.launch.child_wait, exit };
        self.end_if_alone();
    }

    /// Ends the end when the last child has gone.
    fn end_if_alone(&mut self) {
        if let Stage::Stopping { exit, .. } = self.stage
            && self.child.is_none()
            && self.companions.are_gone()
        {
            self.stage = Stage::Over(exit);
        }
    }

    /// Whether the end has begun.
    pub(super) const fn is_stopping(&self) -> bool {
        matches!(self.stage, Stage::Stopping { .. } | Stage::Over(_))
    }

    /// Whether the child is about to be started again.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    pub(super) fn give_up(&mut self, exit: Exit) {
        let errno = exit.errno().unwrap_or(libc::EINVAL);
        self.tell_manager(&format!("STOPPING=1\nERRNO={errno}"));
        self.companions.stop();
        self.stage = Stage::Stopping { until: clock::now() + self.launch.child_wait, exit };
        self.end_if_alone();
    }

    pub(super) fn tell_manager(&self, state: &str) {
        if let Err(error) = self.manager.tell(state) {
            tracing::warn!("{error}");
        }
    }
}
