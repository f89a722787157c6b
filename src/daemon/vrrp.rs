//! The VRRP process: events to the core, its actions to the world.
//!
//! One thread, one loop. Whatever wakes it, a turn ends with everything due done: replies to the core, overdue timers,
//! the next batch of addresses. Work that comes in bulk is cut into pieces, so that no source waits long for another.

mod ending;
mod reload;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;

use ending::Stage;
use reload::Reading;

use super::apply::Effects;
use super::child::{self, Birth};
use super::complaints::Complaints;
use super::configuration;
use super::dumps::Dumps;
use super::files::Files;
use super::gather::Gather;
use super::lateness::Lateness;
use super::ledger::Ledger;
use super::linkbeat::Polling;
use super::processes::Processes;
use super::schedule::{Manner, Urgency};
use super::spare::Spare;
use super::{Exit, Options, Role};
use crate::base::id::RequestId;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::sys::ipc::Line;
use crate::sys::netlink::inventory;
use crate::sys::netlink::monitor::Monitor;
use crate::sys::raw::Receiver;
use crate::sys::signal::Signals;
use crate::sys::timer::Timer;
use crate::sys::wall::WallWatch;
use crate::sys::{Error, clock, memory, privilege};
use crate::vrrp::Router;
use crate::vrrp::belonging::has_routes_or_rules;
use crate::vrrp::event::{Control, Event};
use crate::vrrp::link::LinkEvent;

/// Is the VRRP process, until it is told to stop or cannot go on.
#[must_use]
pub fn run(options: &Options) -> Exit {
    memory::be_modest();
    let born = child::begin(options, Role::Vrrp);
    let ended = born.and_then(|birth| child::runtime()?.block_on(live(options, birth)));
    ended.unwrap_or_else(|error| {
        tracing::error!("{error}");
        if error.is_permission() { Exit::Permission } else { Exit::Fatal }
    })
}

async fn live(options: &Options, birth: Birth) -> Result<Exit, Error> {
    let Some(model) = configuration::understand(options, &birth.text) else { return Ok(Exit::Configuration) };
    let settings = &model.global.settings;
    let _pid_file = child::introduce(Role::Vrrp, options, settings);
    let process = settings.processes.vrrp.clone();
    let missing = privilege::missing()?;
    for permission in &missing {
        tracing::error!(
            "VRRP needs {}: run as root, or give the capability to the service",
            permission.explanation()
        );
    }
    if !missing.is_empty() {
        return Ok(Exit::Permission);
    }
    let mut shell = Shell::new(options, model, birth).await?;
    memory::give_back();
    // What takes long at the start is over, and no limit on running without a pause is in its way.
    shell.manner.adopt(&process);
    shell.run().await
}

/// The core and everything around it.
struct Shell {
    options: Options,
    router: Router,
    effects: Effects,
    receivers: Vec<Receiver>,
    /// Whether packets may be left that nobody has read.
    unread: bool,
    gather: Gather,
    spare: Spare,
    monitor: Monitor,
    /// What the core has yet to be told of interfaces and addresses.
    changes: VecDeque<LinkEvent>,
    relist_at: Option<Instant>,
    /// Whether a list was asked for although nothing was lost.
    relists: bool,
    polling: Polling,
    files: Files,
    processes: Processes,
    timer: Timer,
    wall: WallWatch,
    signals: Signals,
    line: Line,
    /// Whether there is somebody at the other end of the line.
    has_parent: bool,
    /// When mails are offered to the parent again.
    post_at: Option<Instant>,
    /// A configuration that is being read.
    reading: Reading,
    /// How often this process has gone over to another one.
    reloads: u64,
    dumps: Dumps,
    lateness: Lateness,
    urgency: Urgency,
    /// When and where we run.
    manner: Manner,
    /// How long we may run without a pause at a real-time priority.
    rttime: Span,
    complaints: Complaints<String>,
    stage: Stage,
}

impl Shell {
    async fn new(options: &Options, model: Model, birth: Birth) -> Result<Shell, Error> {
        let processes = &model.global.settings.processes;
        let urgency = Urgency::of(&processes.vrrp, processes);
        let rttime = processes.vrrp.rttime;
        let model = Arc::new(model);
        let signals = Signals::open()?;
        let line = Line::new(birth.line)?;
        let (ledger, handover) = Ledger::take(child::ledger(&line).await?);
        let mut effects = Effects::new(Arc::clone(&model), ledger, options)?;
        // In this order nothing that changes meanwhile is missed.
        let mut monitor = Monitor::open(model.global.settings.buffers.vrrp_monitor)?;
        monitor.pass_over(effects.port()?);
        if has_routes_or_rules(&model) {
            monitor.hear_of_routes()?;
        }
        let mut links = inventory::list().await?;
        let leftovers = effects.leftovers(&links);
        let mut polling = Polling::new(&model, clock::now());
        polling.correct_all(&mut links);
        let mut router = Router::resume(Arc::clone(&model), &links, handover);
        router.find(leftovers);
        Ok(Shell {
            router,
            files: Files::open(&model),
            processes: Processes::open(&model),
            effects,
            receivers: Vec::new(),
            unread: false,
            gather: Gather::default(),
            spare: Spare::default(),
            monitor,
            changes: VecDeque::new(),
            relist_at: None,
            relists: false,
            polling,
            timer: Timer::new()?,
            wall: WallWatch::open()?,
            signals,
            line,
            has_parent: true,
            post_at: None,
            reading: Reading::default(),
            reloads: 0,
            dumps: Dumps::default(),
            lateness: Lateness::default(),
            urgency,
            manner: Manner::of_birth(),
            rttime,
            complaints: Complaints::new(),
            stage: Stage::Starting,
            options: options.clone(),
        })
    }

    async fn run(mut self) -> Result<Exit, Error> {
        self.take_stock();
        self.control(Control::Start { uptime: clock::uptime() });
        loop {
            self.turn()?;
            if let Some(exit) = self.proceed() {
                return Ok(exit);
            }
            self.wait().await?;
        }
    }

    /// Tells the core what happened and takes over what it asks for.
    fn feed(&mut self, event: Event<'_>) {
        self.effects.take(self.router.handle(clock::now(), event));
    }

    fn control(&mut self, control: Control) {
        self.feed(Event::Control(RequestId(0), control));
    }
}
