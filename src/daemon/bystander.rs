//! The processes of health checking and BFD as far as this version has them: they hold their pid files and their names,
//! hear of new configurations, stop in good order, and say that they do nothing else.

use super::child::{self, Birth};
use super::protocol::{FromChild, FromParent};
use super::schedule::Manner;
use super::{Exit, Options, Role, configuration};
use crate::conf::model::Model;
use crate::conf::model::settings::{Process, Processes};
use crate::sys::ipc::{LONGEST, Line};
use crate::sys::signal::{Asked, Signals};
use crate::sys::{Error, memfd};

/// Is the process with this role, until it is told to stop.
#[must_use]
pub fn run(options: &Options, role: Role) -> Exit {
    let born = child::begin(options, role);
    let ended = born.and_then(|birth| child::runtime()?.block_on(live(options, role, birth)));
    ended.unwrap_or_else(|error| {
        tracing::error!("{error}");
        Exit::Fatal
    })
}

async fn live(options: &Options, role: Role, birth: Birth) -> Result<Exit, Error> {
    let Some(model) = configuration::understand(options, &birth.text) else { return Ok(Exit::Configuration) };
    let settings = &model.global.settings;
    let _pid_file = child::introduce(role, options, settings);
    let mut manner = Manner::of_birth();
    manner.adopt(process_of(role, &settings.processes));
    explain(role, &model);
    let (signals, line) = (Signals::open()?, Line::new(birth.line)?);
    line.send(&FromChild::Ready.encode())?;
    loop {
        let mut buffer = [0; LONGEST];
        tokio::select! {
            asked = signals.next() => match asked? {
                Asked::Interrupt if options.ignore_interrupt => {}
                Asked::Stop | Asked::Interrupt => break,
                Asked::Data | Asked::Stats | Asked::StatsClear | Asked::Json => nothing_to_tell(role),
                Asked::Reload | Asked::Upgrade => {
                    tracing::warn!("reloads and upgrades are asked for at the parent process");
                }
                Asked::Child | Asked::Nothing(_) => {}
            },
            said = line.receive(&mut buffer) => match said?.and_then(FromParent::decode) {
                Some(FromParent::Reload) => reload(options, role, &line, &mut manner),
                Some(FromParent::AreYouAlive) => {
                    if let Err(error) = line.send(&FromChild::Alive.encode()) {
                        tracing::warn!("{error}");
                    }
                }
                Some(FromParent::Dump(_)) => nothing_to_tell(role),
                Some(FromParent::Ledger | FromParent::PidFile | FromParent::Located { .. }) => {}
                // Whoever is at the other end is gone, or wants us to be.
                Some(FromParent::Stop) | None => break,
            },
        }
    }
    tracing::info!("Stopped");
    Ok(Exit::Fine)
}

/// What is said of the process with this role.
fn process_of(role: Role, processes: &Processes) -> &Process {
    match role {
        Role::Vrrp => &processes.vrrp,
        Role::Checkers => &processes.checker,
        Role::Bfd => &processes.bfd,
    }
}

fn nothing_to_tell(role: Role) {
    tracing::warn!("there is no {} yet, so there is nothing to dump", role.task());
}

fn reload(options: &Options, role: Role, line: &Line, manner: &mut Manner) {
    let text = line.take_attached().map(memfd::read);
    match text {
        Some(Ok(text)) => {
            if let Some(model) = configuration::understand(options, &text) {
                let settings = &model.global.settings;
                child::follow(role, options, settings);
                manner.adopt(process_of(role, &settings.processes));
                tracing::info!("Reloaded");
                explain(role, &model);
            }
        }
        Some(Err(error)) => tracing::error!("{error}"),
        None => tracing::error!("the parent process attached no configuration"),
    }
}

/// Says what is not done.
fn explain(role: Role, model: &Model) {
    match role {
        Role::Vrrp => {}
        Role::Checkers => tracing::warn!(
            "this version has no health checking yet: virtual servers ({}) are neither checked nor set up in IPVS",
            model.checks.services.len()
        ),
        Role::Bfd => tracing::warn!(
            "this version has no BFD yet: the state of sessions ({}) is not known",
            model.bfd.len()
        ),
    }
}
