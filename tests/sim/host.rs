//! A host: the real router, a kernel, a clock, and what a shell does between them.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv6Addr;
use std::sync::Arc;

use keepalived::base::id::{IfIndex, InstanceId, RequestId, Ticket, TrackId, Vrid};
use keepalived::base::rng::SplitMix64;
use keepalived::base::time::Instant;
use keepalived::base::wall::WallTime;
use keepalived::conf::model::Model;
use keepalived::conf::model::vrrp::Auth;
use keepalived::track::process::Process;
use keepalived::vrrp::Router;
use keepalived::vrrp::belonging::Key;
use keepalived::vrrp::event::{
    Action, Control, Event, KernelError, Legacy, Outcome, Packet, ProcessEvent, Reload,
};
use keepalived::vrrp::handover::Handover;
use keepalived::vrrp::link::LinkEvent;
use keepalived::vrrp::snapshot::Role;
use keepalived::wire::vrrp::View;
use keepalived::wire::{auth, ipv4};

use crate::clock::Clock;
use crate::kernel::Kernel;

/// A packet on its way.
#[derive(Clone, Debug)]
pub enum Datagram {
    V4(Vec<u8>),
    V6 { source: Ipv6Addr, destination: Ipv6Addr, hop_limit: u8, bytes: Vec<u8> },
}

impl Datagram {
    /// The virtual router that it is about.
    pub fn vrid(&self) -> Option<Vrid> {
        match self {
            Datagram::V4(bytes) => {
                let ip = ipv4::View::new(bytes).ok()?;
                let payload = ip.payload();
                let message =
                    if ip.protocol() == 51 { auth::View::new(payload).ok()?.payload() } else { payload };
                View::new(message).ok()?.vrid()
            }
            Datagram::V6 { bytes, .. } => View::new(bytes).ok()?.vrid(),
        }
    }
}

/// The process that hosts track.
const WORKER: Process<'static> = Process { pid: 100, comm: b"worker", cmdline: b"worker\0" };

/// Something that comes to a host from outside its process.
#[derive(Debug)]
pub enum Message {
    Packet(IfIndex, Datagram),
    Link(LinkEvent),
    Done(Ticket, Result<(), KernelError>),
    Script(TrackId, Outcome),
    /// The number in every tracked file.
    File(i32),
    /// Whether the tracked process runs.
    Worker(bool),
    /// Somebody has set the wall clock, to as many seconds after the right time.
    Clock(i64),
    Control(Control),
    Reload(Arc<Model>),
    Wake,
}

#[derive(Debug)]
pub struct Host {
    pub lan: usize,
    /// Its place on the LAN, which its addresses follow from.
    pub number: u64,
    pub model: Arc<Model>,
    /// The configuration that it has in peace.
    pub peaceful: Arc<Model>,
    pub clock: Clock,
    /// How many seconds the wall clock is ahead of the right time.
    pub ahead: i64,
    pub kernel: Kernel,
    /// The process; none while it is dead.
    pub router: Option<Router>,
    /// What the process leaves to its successor.
    pub ledger: BTreeMap<InstanceId, Legacy>,
    statics: Vec<Key>,
    /// Counts the lives of the process: what was meant for an earlier one is lost.
    pub life: u32,
    /// The process does not run before this.
    pub stalled_until: Instant,
    /// What came while it did not run.
    pub inbox: VecDeque<Message>,
    /// When the process is woken; world time.
    pub armed: Option<Instant>,
    /// Whether its scripts succeed.
    pub well: bool,
    /// The number in its tracked files.
    pub number_in_files: i32,
    /// Whether its tracked process runs.
    pub works: bool,
    /// When the kernel reports its last change of an interface.
    pub reported_at: Instant,
    /// The kernel has not answered before this.
    pub busy_until: Instant,
}

impl Host {
    pub fn new(lan: usize, number: u64, segments: usize, model: Arc<Model>, rng: &mut SplitMix64) -> Host {
        Host {
            lan,
            number,
            peaceful: Arc::clone(&model),
            model,
            clock: Clock::new(rng),
            ahead: 0,
            kernel: Kernel::new(number, segments),
            router: None,
            life: 0,
            ledger: BTreeMap::new(),
            statics: Vec::new(),
            stalled_until: Instant::ZERO,
            inbox: VecDeque::new(),
            armed: None,
            well: true,
            number_in_files: 0,
            works: true,
            reported_at: Instant::ZERO,
            busy_until: Instant::ZERO,
        }
    }

    /// A new process, which looks around.
    pub fn boot(&mut self, world: Instant) {
        self.ledger.clear();
        self.statics.clear();
        self.resume(world);
    }

    /// A new process, which looks around and goes on where the last one ended.
    pub fn resume(&mut self, world: Instant) {
        self.die();
        let handover = Handover {
            instances: std::mem::take(&mut self.ledger).into_values().collect(),
            statics: std::mem::take(&mut self.statics),
        };
        let router = Router::resume(Arc::clone(&self.model), &self.kernel.inventory(), handover);
        self.router = Some(router);
        let processes = if self.works { &[WORKER][..] } else { &[] };
        let now = self.clock.show(world);
        let listed = self.handle(now, Event::Process(ProcessEvent::Listed(processes)));
        let read = self.deliver(world, &Message::File(self.number_in_files));
        let told = self.deliver(world, &Message::Clock(self.ahead));
        let acts = [listed, read, told].iter().any(|asked| !asked.is_empty());
        assert!(!acts, "it acts before it was started");
    }

    /// The process is killed; the kernel keeps what it was given.
    pub fn die(&mut self) {
        self.router = None;
        self.life += 1;
        self.inbox.clear();
        self.kernel.orphan();
        self.armed = None;
    }

    pub fn is_alive(&self) -> bool {
        self.router.is_some()
    }

    /// Gives a message to the process; tells what it asks for.
    pub fn deliver(&mut self, world: Instant, message: &Message) -> Vec<Asked> {
        let now = self.clock.show(world);
        let Some(router) = self.router.as_mut() else { return Vec::new() };
        let mut asked = Vec::new();
        let event = match message {
            Message::Packet(interface, Datagram::V4(bytes)) => {
                Event::Packet(Packet::V4 { arrived_on: *interface, bytes })
            }
            Message::Packet(interface, Datagram::V6 { source, destination, hop_limit, bytes }) => {
                Event::Packet(Packet::V6 {
                    arrived_on: *interface,
                    source: *source,
                    destination: *destination,
                    hop_limit: *hop_limit,
                    bytes,
                })
            }
            Message::Link(change) => Event::Link(change.clone()),
            Message::Done(ticket, result) => Event::Done(Ticket::new(ticket.number()), *result),
            Message::Script(script, outcome) => Event::Track(*script, *outcome),
            Message::File(number) => {
                let text = number.to_string();
                let files: Vec<_> = self.model.files.keys().collect();
                for file in files {
                    asked.extend(self.handle(now, Event::File(file, Some(text.as_bytes()))));
                }
                return asked;
            }
            Message::Clock(ahead) => Event::Clock(wall(world, *ahead)),
            Message::Worker(true) => Event::Process(ProcessEvent::Changed(WORKER)),
            Message::Worker(false) => Event::Process(ProcessEvent::Ended(WORKER.pid)),
            Message::Reload(model) => return self.reload(now, model),
            Message::Control(control) => Event::Control(RequestId(1), *control),
            Message::Wake => {
                if router.next_deadline().is_none_or(|due| due > now) {
                    return asked;
                }
                Event::Timeout { heard_until: now }
            }
        };
        asked.extend(self.handle(now, event));
        asked
    }

    /// Reads another configuration, which counts once the process has gone over to it.
    fn reload(&mut self, now: Instant, model: &Arc<Model>) -> Vec<Asked> {
        let text = self.number_in_files.to_string();
        let files: Vec<_> = model.files.keys().map(|file| (file, Some(text.clone().into_bytes()))).collect();
        let processes = if self.works { &[WORKER][..] } else { &[] };
        let reload = Reload { model: Arc::clone(model), files: &files, processes };
        let asked = self.handle(now, Event::Reload(RequestId(2), reload));
        if asked.iter().any(|asked| matches!(asked.action, Action::Adopt(_))) {
            self.model = Arc::clone(model);
        }
        asked
    }

    fn handle(&mut self, now: Instant, event: Event<'_>) -> Vec<Asked> {
        let Some(router) = self.router.as_mut() else { return Vec::new() };
        let mut asked = Vec::new();
        let (actions, arena) = router.handle(now, event).split();
        for action in actions {
            match &action {
                Action::Adopt(_) => self.ledger.clear(),
                Action::Record(id, legacy) => drop(self.ledger.insert(*id, Legacy::clone(legacy))),
                Action::RecordSequence(id, number) => self.ledger.get_mut(id).unwrap().sequence = *number,
                Action::RecordStatics(owned) => self.statics.clone_from(owned),
                _ => {}
            }
            let bytes = match &action {
                Action::Send { bytes, .. } | Action::Frame { bytes, .. } => arena[bytes.clone()].to_vec(),
                Action::Kernel(..)
                | Action::Adopt(_)
                | Action::Record(..)
                | Action::RecordSequence(..)
                | Action::RecordStatics(_)
                | Action::Socket(..)
                | Action::Script(..)
                | Action::Notify(_)
                | Action::Repeat(_)
                | Action::Note(_)
                | Action::Answer(..) => Vec::new(),
            };
            asked.push(Asked { action, bytes });
        }
        asked
    }

    /// The world time at which the process has to be woken next.
    pub fn next_wake(&self) -> Option<Instant> {
        self.router.as_ref().and_then(Router::next_deadline).map(|due| self.clock.when(due))
    }

    /// Whether an instance authenticates with headers that are numbered.
    pub fn has_headers(&self, id: InstanceId) -> bool {
        self.model.instances.get(id).is_some_and(|conf| matches!(conf.auth, Auth::Ah(_)))
    }

    pub fn role(&self, id: InstanceId) -> Option<Role> {
        self.router.as_ref().and_then(|router| router.view(id)).map(|view| view.role())
    }
}

/// What a wall clock shows that is so many seconds ahead.
fn wall(world: Instant, ahead: i64) -> WallTime {
    const START: u64 = 1_711_276_032;
    let seconds = START.checked_add_signed(ahead).unwrap();
    WallTime::from_micros(seconds * 1_000_000 + world.as_micros())
}

/// An action with its bytes.
#[derive(Debug)]
pub struct Asked {
    pub action: Action,
    pub bytes: Vec<u8>,
}
