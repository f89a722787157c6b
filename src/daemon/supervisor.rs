//! The parent process: judges the configuration, holds the pid file, keeps the VRRP child alive, and stops it.
//!
//! It needs no privilege but to start the child. What keeps it from starting is told where a person will see it:
//! in the log, and on standard error where the log is not shown there.

mod appointment;
mod archive;
mod companions;
mod errand;
mod family;
mod health;
mod launch;
mod marker;
mod reload;
mod timetable;
mod upgrade;
mod watchdog;

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::configuration::Configuration;
use super::ledger::Estate;
use super::{Exit, Options, child, files, identity, logging, place};
use crate::conf::model::Settings;
use crate::sys::ipc::{self, LONGEST, Line};
use crate::sys::lockfile::{LockFile, Locked};
use crate::sys::script::{self, Ended};
use crate::sys::systemd::{self, Manager};
use crate::sys::{Error, memory, namespace, process};
use errand::{Errand, Requests};
use family::Family;
use upgrade::Succession;

/// The process that everything else in a container descends from.
const FIRST_PROCESS: u32 = 1;
/// How wide the log repeats the command line.
const WIDTH: usize = 79;

/// Is the daemon: in the foreground until it stops, else until a copy of us in the background has started.
#[must_use]
pub fn run(options: &Options) -> Exit {
    if options.foreground {
        return supervise(options, None, None);
    }
    if std::process::id() == FIRST_PROCESS {
        return supervise(&in_foreground(options), None, None);
    }
    // While there is a terminal to complain to.
    let voice = Voice { on_terminal: true };
    if let Err(error) = enter(options) {
        return voice.fail(&error);
    }
    let configuration = Configuration::read(options);
    let prepared = settle(options, &configuration.settings())
        .map_err(|error| voice.fail(&error))
        .and_then(|()| Preparation::of(options, configuration, voice, None));
    match prepared {
        Ok(preparation) => drop(preparation),
        Err(exit) => return exit,
    }
    start_in_background(options).unwrap_or_else(|error| voice.fail(&error))
}

/// The options of a process that must not go to the background: a container ends with its first process.
fn in_foreground(options: &Options) -> Options {
    let mut arguments = options.arguments.clone();
    arguments.insert(0, "--dont-fork".into());
    Options { foreground: true, arguments, ..options.clone() }
}

/// Is the copy of us in the background.
#[must_use]
pub fn run_in_background(options: &Options) -> Exit {
    let detach = || -> Result<OwnedFd, Error> {
        let (starter, _) = process::take_inherited()?;
        process::detach()?;
        Ok(starter)
    };
    match detach() {
        Ok(starter) => supervise(options, Some(starter), None),
        Err(error) => Voice { on_terminal: true }.fail(&error),
    }
}

/// Is the program that takes the place of an earlier one, in the same process.
#[must_use]
pub fn run_as_successor(options: &Options) -> Exit {
    match Succession::take(options) {
        Ok(succession) => supervise(options, None, Some(succession)),
        Err(error) => Voice { on_terminal: true }.fail(&error),
    }
}

/// Supervises until the end. `starter` waits to be told that everything runs; `succession` is what an earlier program has
/// left.
fn supervise(options: &Options, starter: Option<OwnedFd>, succession: Option<Succession>) -> Exit {
    memory::be_modest();
    // Whoever was started by a copy of us, or takes the place of another program, is where it has to be already.
    let begins = starter.is_none() && succession.is_none();
    let entered = if begins { enter(options) } else { Ok(()) };
    let configuration = Configuration::read(options);
    let settings = configuration.settings();
    process::set_umask(place::umask(options, &settings));
    let on_console =
        logging::start(options, format!("{}{}", place::IDENT, place::called(options, &settings)));
    let voice = Voice { on_terminal: !on_console };
    announce(options);
    let _core_pattern = leave_cores(options);
    let mut settled = entered.and_then(|()| process::take_name(place::process_name(None, &settings)));
    if begins {
        settled = settled.and_then(|()| settle(options, &settings));
    }
    let is_first = succession.is_none();
    let prepared = settled
        .map_err(|error| voice.fail(&error))
        .and_then(|()| Preparation::of(options, configuration, voice, succession));
    let exit = prepared.and_then(|preparation| {
        // Here and not in the child, which may be started again: what users have written since then stays.
        preparation.configuration.model().into_iter().filter(|_| is_first).for_each(files::make);
        let live = live(options, preparation, starter, is_first);
        child::runtime().and_then(|runtime| runtime.block_on(live)).map_err(|error| voice.fail(&error))
    });
    tracing::info!("Stopped {}", identity::NAME);
    exit.unwrap_or_else(|exit| {
        // Whoever gets as far as being told how we are is told by the process at work.
        voice.tell_manager(exit);
        exit
    })
}

/// The life of the daemon, from the script before it to the script after it. A program that takes the place of another one
/// is in the middle of it.
async fn live(
    options: &Options,
    mut preparation: Preparation,
    starter: Option<OwnedFd>,
    is_first: bool,
) -> Result<Exit, Error> {
    process::adopt_orphans()?;
    preparation.write_pid();
    let life = preparation.configuration.settings().life;
    let mut requests = Requests::default();
    if let Some(errand) = Errand::at_start(&life).filter(|_| is_first) {
        let micros = errand.limit.as_micros();
        let manager = Manager::at(std::env::var_os(systemd::VARIABLE))?;
        let told = manager.tell(&format!("STATUS=Running the startup script\nEXTEND_TIMEOUT_USEC={micros}"));
        told.unwrap_or_else(|error| tracing::warn!("{error}"));
        requests = errand.run(options.ignore_interrupt).await?;
    }
    let ended = if requests.stop {
        tracing::info!("Stopping");
        Departed { exit: Exit::Fine, after: Errand::at_end(&life), _pid_file: preparation.pid_file }
    } else {
        Family::new(options, preparation, starter)?.run(requests.reload).await?
    };
    if let Some(errand) = &ended.after {
        errand.run(options.ignore_interrupt).await?;
    }
    Ok(ended.exit)
}

/// What is left of a daemon when its children have gone.
struct Departed {
    exit: Exit,
    /// What is to be done yet.
    after: Option<Errand>,
    /// Nobody takes our place before that.
    _pid_file: Option<LockFile>,
}

/// Goes to the network namespace of the command line: whose interfaces there are is known before the configuration is.
fn enter(options: &Options) -> Result<(), Error> {
    options.namespace.as_deref().map_or(Ok(()), namespace::enter)
}

/// Goes to the network namespace that the daemon is to run in, with a run directory of its own.
fn settle(options: &Options, settings: &Settings) -> Result<(), Error> {
    let Some(name) = place::namespace(options, settings) else { return Ok(()) };
    namespace::enter(name)?;
    namespace::privately(Path::new(place::OWN_RUN), name)
}

/// Lets crashes leave core files, if that is wanted. Not being able to is no reason not to run.
fn leave_cores(options: &Options) -> Option<process::CorePattern> {
    if options.core
        && let Err(error) = process::allow_core()
    {
        tracing::warn!("{error}");
    }
    let named = options.core_pattern.as_deref().map(process::name_cores)?;
    named.map_err(|error| tracing::warn!("{error}; core files keep their name")).ok()
}

/// How errors are told that keep us from starting.
#[derive(Clone, Copy, Debug)]
struct Voice {
    /// Whether the log is not shown where a person started us.
    on_terminal: bool,
}

impl Voice {
    fn say(self, text: &str) {
        tracing::error!("{text}");
        self.repeat(text);
    }

    fn repeat(self, text: &str) {
        if self.on_terminal {
            // There is nobody left to tell that this cannot be told.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Says to the service manager why we do not start.
    fn tell_manager(self, exit: Exit) {
        let Some(errno) = exit.errno() else { return };
        let told = Manager::at(std::env::var_os(systemd::VARIABLE))
            .and_then(|manager| manager.tell(&format!("STOPPING=1\nERRNO={errno}")));
        if let Err(error) = told {
            self.say(&error.to_string());
        }
    }

    fn fail(self, error: &Error) -> Exit {
        self.say(&error.to_string());
        if error.is_permission() { Exit::Permission } else { Exit::Fatal }
    }
}

/// Everything that has to be so before anything is started.
struct Preparation {
    configuration: Configuration,
    /// `None` if there can be none.
    pid_file: Option<LockFile>,
    /// What an earlier program has left.
    estate: Option<Estate>,
}

impl Preparation {
    /// Says who we are where others look for it.
    fn write_pid(&mut self) {
        if let Some(file) = &mut self.pid_file
            && let Err(error) = file.write_pid(std::process::id())
        {
            tracing::warn!("{error}");
        }
    }

    /// Makes sure that we are alone and that the configuration can be run; says why if not.
    fn of(
        options: &Options,
        configuration: Configuration,
        voice: Voice,
        succession: Option<Succession>,
    ) -> Result<Preparation, Exit> {
        let (pid_file, estate) = match succession {
            Some(Succession { estate, pid_file }) => (pid_file, Some(estate)),
            None => (lock_own(options, &configuration, voice)?, None),
        };
        configuration.log(options);
        if let Some(exit) = configuration.refusal() {
            voice.repeat(configuration.render().trim_end());
            voice.say(&format!("The configuration {} cannot be run", options.config.display()));
            return Err(exit);
        }
        Ok(Preparation { configuration, pid_file, estate })
    }
}

/// Takes the lock on our own pid file, in a run directory that may have to be made.
fn lock_own(
    options: &Options,
    configuration: &Configuration,
    voice: Voice,
) -> Result<Option<LockFile>, Exit> {
    let path = place::pid_file(None, options, &configuration.settings());
    if path.starts_with(place::OWN_RUN)
        && let Err(error) = namespace::make_directory(Path::new(place::OWN_RUN))
    {
        tracing::warn!("{error}");
    }
    lock(&path, voice)
}

/// Takes the lock that says that we run. Not being able to is no reason not to run, somebody else having it is.
fn lock(path: &Path, voice: Voice) -> Result<Option<LockFile>, Exit> {
    match LockFile::lock(path) {
        Ok(Locked::Ours(file)) => Ok(Some(file)),
        Ok(Locked::Taken(pid)) => {
            let who = pid.map_or_else(String::new, |pid| format!(" as process {pid}"));
            voice.say(&format!("daemon is already running{who}: it holds {}", path.display()));
            Err(Exit::Fine)
        }
        Err(error) => {
            tracing::warn!("{error}; nothing will keep a second daemon from running");
            Ok(None)
        }
    }
}

/// Starts a copy of us in the background and waits until everything runs there.
fn start_in_background(options: &Options) -> Result<Exit, Error> {
    let (ours, theirs) = ipc::pair()?;
    let again = theirs.try_clone().map_err(|error| Error::new("start", "in the background", error))?;
    let words = std::iter::once("--child=daemon".into()).chain(options.arguments.iter().cloned());
    let pid = process::start_again(words, theirs, again)?;
    let runs = child::runtime()?.block_on(async {
        let mut buffer = [0; LONGEST];
        Line::new(ours)?.receive(&mut buffer).await.map(|said| said.is_some())
    })?;
    if runs {
        return Ok(Exit::Fine);
    }
    let exit = match script::wait_for(pid) {
        Some(Ended::Exited(status)) => Exit::of(u8::try_from(status).unwrap_or(1)),
        Some(Ended::Killed(_)) | None => Exit::Fatal,
    };
    Voice { on_terminal: true }.say("keepalived did not start; the log says why");
    Ok(exit)
}

/// The first lines of the log.
fn announce(options: &Options) {
    tracing::info!("Starting {}", identity::NAME);
    for line in identity::running_on() {
        tracing::info!("{line}");
    }
    let mut line = String::from("Command line: 'keepalived'");
    for word in &options.arguments {
        let word = format!(" '{}'", word.display());
        if line.len() + word.len() > WIDTH {
            tracing::info!("{line}");
            line = " ".repeat("Command line:".len());
        }
        line.push_str(&word);
    }
    tracing::info!("{line}");
    tracing::info!("Configuration file {}", options.config.display());
}
