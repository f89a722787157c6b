//! All LANs and hosts, one queue of what is going to happen, and the trouble that is made for them.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use keepalived::base::addr::{Family, IpNet};
use keepalived::base::id::{InstanceId, Priority, Ticket, TrackId};
use keepalived::base::rng::SplitMix64;
use keepalived::base::time::{Instant, Span};
use keepalived::conf::model::Model;
use keepalived::conf::model::vrrp::Auth;
use keepalived::vrrp::event::{
    Action, Answer, Control, KernelError, KernelOp, Outcome, Route, ScriptOp, SocketOp,
};
use keepalived::vrrp::link::LinkEvent;
use keepalived::vrrp::note::Note;
use keepalived::vrrp::snapshot::Role;
use keepalived::vrrp::timing;
use keepalived::wire::{arp, ndp};

use crate::clock::Clock;
use crate::fleet::{self, Fleet, host_address};
use crate::host::{Asked, Datagram, Host, Message};
use crate::kernel::segment_of;
use crate::lan::{Lan, Weather};

/// How long a process may be stalled in a storm.
const LONGEST_STALL: Span = Span::from_secs(8);

/// What is done to a world.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    weather: Weather,
    /// Between two strokes of bad luck; none if zero.
    pause: Span,
    /// Kernel operations that fail, of a thousand.
    refusals: u64,
}

impl Chaos {
    pub const fn none() -> Chaos {
        Chaos { weather: Weather::FAIR, pause: Span::ZERO, refusals: 0 }
    }

    /// Packets are lost, nothing else.
    pub const fn loss(loss: u64) -> Chaos {
        Chaos { weather: Weather { loss, ..Weather::FAIR }, ..Chaos::none() }
    }

    /// Everything at once.
    pub fn storm(seed: u64) -> Chaos {
        let mut rng = SplitMix64::new(seed ^ 0x5707);
        let latency = Span::from_micros(100 + rng.below(3000));
        let weather = Weather { loss: rng.below(400), doubled: rng.below(100), latency };
        Chaos { weather, pause: Span::from_millis(100 + rng.below(2000)), refusals: rng.below(100) }
    }
}

/// What is going to happen.
#[derive(Debug)]
enum Coming {
    /// Something reaches a host, if it is still the same life of its process.
    To { host: usize, life: u32, message: Message },
    /// A host's kernel does the next thing that it was asked for.
    Kernel { host: usize, life: u32 },
    /// A host's process runs again.
    Resume { host: usize },
    /// A host's process is started.
    Boot { host: usize },
    /// A host's process is started and goes on where the last one ended.
    GoOn { host: usize },
    /// A host is given a configuration.
    Reload { host: usize, model: Arc<Model> },
    /// Bad luck.
    Stroke,
}

pub struct World {
    pub now: Instant,
    pub hosts: Vec<Host>,
    pub lans: Vec<Lan>,
    pub steps: u64,
    queue: BTreeMap<(Instant, u64), Coming>,
    rng: SplitMix64,
    chaos: Chaos,
    /// Since when there is no trouble.
    calm_since: Instant,
    /// Who changed to what when, since somebody last looked.
    pub changes: Vec<(Instant, usize, InstanceId, Role)>,
    /// What was recorded for successors, beside sequence numbers, since somebody last looked.
    pub recorded: u64,
    roles: HashMap<(usize, InstanceId), Role>,
    /// When each virtual router was last advertised by a host.
    pub advertised: HashMap<(usize, InstanceId), Instant>,
}

impl World {
    pub fn new(seed: u64, fleet: &Fleet, chaos: Chaos) -> World {
        let mut world = World {
            now: Instant::ZERO,
            hosts: Vec::new(),
            lans: Vec::new(),
            steps: 0,
            queue: BTreeMap::new(),
            rng: SplitMix64::new(seed),
            chaos,
            calm_since: Instant::ZERO,
            changes: Vec::new(),
            recorded: 0,
            roles: HashMap::new(),
            advertised: HashMap::new(),
        };
        for plan in &fleet.lans {
            let lan = world.lans.len();
            let first = world.hosts.len();
            for (model, number) in plan.members.iter().zip(0..) {
                world.hosts.push(Host::new(lan, number, plan.segments, model.clone(), &mut world.rng));
            }
            let members: Vec<usize> = (first..world.hosts.len()).collect();
            let sides = vec![vec![0; members.len()]; plan.segments];
            world.lans.push(Lan { members, sides, weather: chaos.weather, believed: HashMap::new() });
        }
        for host in 0..world.hosts.len() {
            let wait = Span::from_micros(world.rng.below(2_000_000));
            world.after(wait, Coming::Boot { host });
        }
        world.schedule_stroke();
        world
    }

    fn after(&mut self, wait: Span, coming: Coming) {
        let order = self.queue.len() as u64 + self.steps * 1024 + self.rng.below(1024);
        let mut key = (self.now + wait, order);
        while self.queue.contains_key(&key) {
            key.1 += 1;
        }
        self.queue.insert(key, coming);
    }

    fn schedule_stroke(&mut self) {
        if !self.chaos.pause.is_zero() {
            let wait = Span::from_micros(self.rng.below(2 * self.chaos.pause.as_micros()));
            self.after(wait, Coming::Stroke);
        }
    }

    /// Lets `span` pass.
    pub fn run(&mut self, span: Span) {
        let end = self.now + span;
        while let Some((&(at, _), _)) = self.queue.first_key_value() {
            if at > end {
                break;
            }
            self.step();
        }
        self.now = end;
    }

    fn step(&mut self) {
        let Some(((at, _), coming)) = self.queue.pop_first() else { return };
        self.now = at;
        self.steps += 1;
        match coming {
            Coming::To { host, life, message } if self.hosts[host].life == life => self.reach(host, message),
            Coming::Kernel { host, life } if self.hosts[host].life == life => self.kernel_works(host),
            Coming::To { .. } | Coming::Kernel { .. } => {}
            Coming::Resume { host } => self.resume(host),
            Coming::Boot { host } => self.boot(host),
            Coming::GoOn { host } => self.go_on(host),
            Coming::Reload { host, model } => self.reload(host, model),
            Coming::Stroke => self.stroke(),
        }
    }

    /// A message reaches a host: its process has it now, or when it runs again.
    fn reach(&mut self, host: usize, message: Message) {
        if self.hosts[host].stalled_until > self.now {
            self.hosts[host].inbox.push_back(message);
            return;
        }
        if matches!(message, Message::Wake) {
            self.hosts[host].armed = None;
        }
        let asked = self.hosts[host].deliver(self.now, &message);
        self.carry_out(host, asked);
    }

    /// A process runs again: it reads everything before it looks at its timers.
    fn resume(&mut self, host: usize) {
        if self.hosts[host].stalled_until > self.now {
            return;
        }
        let messages = std::mem::take(&mut self.hosts[host].inbox);
        let (wakes, others): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| matches!(message, Message::Wake));
        for message in others.into_iter().chain(wakes) {
            self.reach(host, message);
        }
    }

    fn boot(&mut self, host: usize) {
        if !self.hosts[host].is_alive() {
            self.hosts[host].boot(self.now);
            self.reach(host, Message::Control(Control::Start { uptime: Span::ZERO }));
        }
    }

    fn go_on(&mut self, host: usize) {
        if !self.hosts[host].is_alive() {
            self.hosts[host].resume(self.now);
            self.reach(host, Message::Control(Control::Start { uptime: Span::ZERO }));
        }
    }

    /// The process of a host dies, and another one goes on in its place in no time.
    pub fn crash(&mut self, host: usize) {
        if self.hosts[host].is_alive() && self.hosts[host].stalled_until <= self.now {
            self.hosts[host].die();
            let wait = Span::from_micros(2_000 + self.rng.below(8_000));
            self.after(wait, Coming::GoOn { host });
        }
    }

    fn to(&mut self, host: usize, wait: Span, message: Message) {
        let life = self.hosts[host].life;
        self.after(wait, Coming::To { host, life, message });
    }

    fn carry_out(&mut self, host: usize, asked: Vec<Asked>) {
        for Asked { action, bytes } in asked {
            match action {
                Action::Send { route, .. } => self.send(host, &route, &bytes),
                Action::Frame { interface, .. } if self.hosts[host].kernel.carries(interface) => {
                    self.announce(host, segment_of(interface), &bytes);
                }
                Action::Kernel(ticket, KernelOp::Firewall(op)) => {
                    let refused = self.rng.chance(self.chaos.refusals);
                    let result = self.hosts[host].kernel.firewall(&op, refused);
                    self.to(host, Span::from_micros(1), Message::Done(ticket, result));
                }
                Action::Kernel(ticket, op) => {
                    self.hosts[host].kernel.pending.push((ticket, op));
                    let work = Span::from_micros(10 + self.rng.below(300));
                    let done = self.hosts[host].busy_until.max(self.now) + work;
                    self.hosts[host].busy_until = done;
                    let life = self.hosts[host].life;
                    self.after(done.since(self.now), Coming::Kernel { host, life });
                }
                Action::Socket(ticket, op) => self.socket(host, ticket, op),
                Action::Script(script, op) => self.script(host, script, op),
                // A backup that has heard a higher number believes its master only once that has caught up.
                Action::Record(id, _) if self.hosts[host].has_headers(id) => {}
                Action::Record(..) => self.recorded += 1,
                Action::Answer(_, Answer::Stopped) => self.hosts[host].die(),
                Action::Frame { .. }
                | Action::Answer(_, Answer::Started | Answer::Reloaded)
                | Action::Adopt(_)
                | Action::RecordSequence(..)
                | Action::RecordStatics(_)
                | Action::Notify(_)
                | Action::Repeat(_)
                | Action::Note(_) => {}
            }
        }
        self.note_roles(host);
        self.arm(host);
    }

    /// Sees to it that the process is woken when it wants to be.
    fn arm(&mut self, host: usize) {
        let Some(due) = self.hosts[host].next_wake() else { return };
        let due = due.max(self.now);
        if self.hosts[host].armed.is_none_or(|armed| armed > due) {
            self.hosts[host].armed = Some(due);
            self.to(host, due.since(self.now), Message::Wake);
        }
    }

    fn note_roles(&mut self, host: usize) {
        let Some(router) = &self.hosts[host].router else { return };
        for (id, view) in router.snapshot() {
            if self.roles.insert((host, id), view.role()) != Some(view.role()) {
                self.changes.push((self.now, host, id, view.role()));
            }
        }
        for group in self.hosts[host].model.groups.values() {
            let roles = group.members.iter().map(|id| self.hosts[host].role(*id));
            let roles: Vec<_> = roles.filter(|role| *role != Some(Role::Init)).collect();
            let whole = roles.iter().all(|role| *role == roles[0]);
            assert!(whole, "step {}: {} is torn on host {host}: {roles:?}", self.steps, group.name);
        }
    }

    fn send(&mut self, host: usize, route: &Route, bytes: &[u8]) {
        let datagram = match (route.source, route.destination) {
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let hop_limit = route.hop_limit.unwrap_or(64);
                Datagram::V6 { source, destination, hop_limit, bytes: bytes.to_vec() }
            }
            _ => Datagram::V4(bytes.to_vec()),
        };
        let vrid = datagram.vrid();
        let of_vrid = self.hosts[host].model.instances.iter().find(|(_, conf)| Some(conf.vrid) == vrid);
        if let Some((id, _)) = of_vrid {
            self.advertised.insert((host, id), self.now);
        }
        let interface = route.interface.unwrap();
        let segment = segment_of(interface);
        if !self.hosts[host].kernel.carries(interface) {
            return;
        }
        for (to, latency) in self.lans[self.hosts[host].lan].deliveries(segment, host, &mut self.rng) {
            let address = host_address(route.family(), segment, self.hosts[to].number);
            let kernel = &self.hosts[to].kernel;
            let for_it = kernel.hears(segment, route.destination) || route.destination == address;
            let arrives_on = kernel.interface_to(segment).filter(|_| for_it && kernel.runs(segment));
            if let Some(interface) = arrives_on {
                self.to(to, latency, Message::Packet(interface, datagram.clone()));
            }
        }
    }

    /// The LAN hears where an address is.
    fn announce(&mut self, host: usize, segment: usize, frame: &[u8]) {
        let announced = match (arp::parse(frame), ndp::parse(frame)) {
            (Ok(arp), _) => (IpAddr::V4(arp.sender.1), arp.sender.0),
            (_, Ok(advert)) => (IpAddr::V6(advert.target), advert.target_mac.unwrap()),
            (Err(_), Err(_)) => panic!("a frame that announces nothing: {frame:02x?}"),
        };
        assert_eq!(announced.1, self.hosts[host].kernel.mac());
        let has_it = self.hosts[host].kernel.holds(segment, IpNet::host(announced.0));
        let own = announced.0 == host_address(Family::of(announced.0), segment, self.hosts[host].number);
        // A process that was stalled may not have read yet that an address was removed.
        let in_peace = !self.is_stormy() && self.now.since(self.calm_since) > LONGEST_STALL;
        assert!(has_it || own || !in_peace, "host {host} announces {} which it has not", announced.0);
        let lan = self.hosts[host].lan;
        self.lans[lan].believed.insert((segment, announced.0), announced.1);
    }

    pub fn is_stormy(&self) -> bool {
        !self.chaos.pause.is_zero()
    }

    fn kernel_works(&mut self, host: usize) {
        let (ticket, op) = self.hosts[host].kernel.pending.remove(0);
        let (result, report) = if self.rng.chance(self.chaos.refusals) {
            let error = if self.rng.chance(500) { KernelError::Other(105) } else { KernelError::Denied };
            (Err(error), None)
        } else {
            self.hosts[host].kernel.apply(&op)
        };
        if let Some(report) = report {
            let wait = Span::from_micros(self.rng.below(200));
            self.to(host, wait, Message::Link(report));
        }
        self.reach(host, Message::Done(ticket, result));
    }

    fn socket(&mut self, host: usize, ticket: Ticket, op: SocketOp) {
        let refusable = matches!(op, SocketOp::Join(..));
        let refused = refusable && self.rng.chance(self.chaos.refusals);
        let kernel = &mut self.hosts[host].kernel;
        let result = match op {
            SocketOp::Join(..) if refused => Err(KernelError::Other(19)),
            SocketOp::Join(interface, group) => kernel.join(interface, group),
            SocketOp::Leave(interface, group) => {
                kernel.leave(interface, group);
                Ok(())
            }
            SocketOp::Listen(..) | SocketOp::Ignore(..) => Ok(()),
        };
        self.to(host, Span::from_micros(1), Message::Done(ticket, result));
    }

    /// A script takes its time; in a storm it may hang, and then only force ends it.
    fn script(&mut self, host: usize, script: TrackId, op: ScriptOp) {
        let (wait, outcome) = match op {
            ScriptOp::Spawn if self.is_stormy() && self.rng.chance(50) => return,
            ScriptOp::Spawn => {
                let status = i32::from(!self.hosts[host].well);
                (Span::from_micros(500 + self.rng.below(100_000)), Outcome::Exited(status))
            }
            ScriptOp::Terminate if self.rng.chance(200) => return,
            ScriptOp::Terminate => (Span::from_millis(1), Outcome::Killed(15)),
            ScriptOp::Kill => (Span::from_millis(1), Outcome::Killed(9)),
        };
        self.to(host, wait, Message::Script(script, outcome));
    }

    /// Something bad happens to somebody.
    fn stroke(&mut self) {
        self.schedule_stroke();
        if !self.is_stormy() {
            return;
        }
        let host = usize::try_from(self.rng.below(self.hosts.len() as u64)).unwrap();
        let lan = self.hosts[host].lan;
        match self.rng.below(14) {
            0 => {
                let span = Span::from_micros(self.rng.below(LONGEST_STALL.as_micros()));
                self.stall(host, span);
            }
            1 => {
                let segment = self.some_segment(lan);
                let running = !self.hosts[host].kernel.runs(segment);
                let change = self.hosts[host].kernel.set_running(segment, running);
                self.report(host, change);
            }
            2 => self.cut(lan),
            3 => {
                let segment = self.some_segment(lan);
                self.lans[lan].sides[segment].fill(0);
            }
            4 => self.hosts[host].well = !self.hosts[host].well,
            5 => {
                self.hosts[host].die();
                let wait = Span::from_micros(self.rng.below(5_000_000));
                self.after(wait, Coming::Boot { host });
            }
            6 => {
                let message = Message::Control(Control::Stop);
                self.reach(host, message);
                let wait = Span::from_micros(1_000_000 + self.rng.below(5_000_000));
                self.after(wait, Coming::Boot { host });
            }
            7 => self.write_files(host),
            8 => {
                let works = !self.hosts[host].works;
                self.let_work(host, works);
            }
            9 => {
                let model = fleet::vary(&self.hosts[host].peaceful, &mut self.rng);
                self.reload(host, model);
            }
            10 => self.crash(host),
            11 => {
                let segment = self.some_segment(lan);
                let change = self.hosts[host].kernel.delete(segment);
                let quickly = self.rng.chance(500);
                self.report(host, change);
                if quickly {
                    let changes = self.hosts[host].kernel.make(segment);
                    self.report(host, changes);
                }
            }
            12 => {
                let ahead = i64::try_from(self.rng.below(40)).unwrap() - 20;
                self.set_clock(host, ahead);
            }
            _ => self.steal(host),
        }
    }

    /// The monitor of a host reports changes, in order.
    fn report(&mut self, host: usize, changes: impl IntoIterator<Item = LinkEvent>) {
        for change in changes {
            let soon = self.now + Span::from_micros(50);
            let at = soon.max(self.hosts[host].reported_at + Span::from_micros(1));
            self.hosts[host].reported_at = at;
            self.to(host, at.since(self.now), Message::Link(change));
        }
    }

    fn some_segment(&mut self, lan: usize) -> usize {
        usize::try_from(self.rng.below(self.lans[lan].sides.len() as u64)).unwrap()
    }

    fn cut(&mut self, lan: usize) {
        let segment = self.some_segment(lan);
        for side in &mut self.lans[lan].sides[segment] {
            *side = u8::from(self.rng.chance(500));
        }
    }

    /// Somebody changes the configuration of a host, unless its process is dead: what a crash leaves behind is found
    /// by the configuration of then.
    pub fn reload(&mut self, host: usize, model: Arc<Model>) {
        if self.hosts[host].is_alive() {
            self.to(host, Span::from_micros(60), Message::Reload(model));
        }
    }

    /// Every process reads the configuration again that it has: it goes over to that, and that is all.
    pub fn reload_silently(&mut self) {
        for host in 0..self.hosts.len() {
            if self.hosts[host].stalled_until > self.now {
                continue;
            }
            // What is read anew would be news if it is still on its way.
            self.reach(host, Message::File(self.hosts[host].number_in_files));
            self.reach(host, Message::Worker(self.hosts[host].works));
            let model = Arc::clone(&self.hosts[host].model);
            let asked = self.hosts[host].deliver(self.now, &Message::Reload(model));
            let said = |asked: &Asked| {
                !matches!(
                    asked.action,
                    Action::Adopt(_)
                        | Action::Record(..)
                        | Action::RecordStatics(_)
                        | Action::Answer(..)
                        | Action::Note(Note::Reloaded { .. })
                )
            };
            let more: Vec<_> = asked.iter().filter(|asked| said(asked)).collect();
            assert!(more.is_empty(), "step {}: host {host} says {more:?}", self.steps);
        }
    }

    /// Somebody writes a number into the tracked files.
    fn write_files(&mut self, host: usize) {
        let number = [0, 1, 20, -20, 300][usize::try_from(self.rng.below(5)).unwrap()];
        self.hosts[host].number_in_files = number;
        self.to(host, Span::from_micros(40), Message::File(number));
    }

    /// Somebody sets the wall clock of a host.
    pub fn set_clock(&mut self, host: usize, ahead: i64) {
        self.hosts[host].ahead = ahead;
        self.to(host, Span::from_micros(30), Message::Clock(ahead));
    }

    /// The tracked process begins or ends.
    fn let_work(&mut self, host: usize, works: bool) {
        if std::mem::replace(&mut self.hosts[host].works, works) != works {
            self.to(host, Span::from_micros(40), Message::Worker(works));
        }
    }

    /// Somebody removes an address, a route or a rule by hand.
    pub fn steal(&mut self, host: usize) {
        let held = self.hosts[host].kernel.held();
        let taken = if self.steps.is_multiple_of(2) { held.first() } else { held.last() };
        let Some(key) = taken.copied() else { return };
        if let Some(report) = self.hosts[host].kernel.remove(key) {
            self.to(host, Span::from_micros(30), Message::Link(report));
        }
    }

    pub fn stall(&mut self, host: usize, span: Span) {
        let until = self.now + span;
        if until > self.hosts[host].stalled_until {
            self.hosts[host].stalled_until = until;
            self.after(span, Coming::Resume { host });
        }
    }

    /// All trouble ends: the network is fair and whole, links are up, processes run, scripts succeed.
    pub fn calm(&mut self) {
        self.chaos = Chaos::none();
        self.calm_since = self.now;
        for lan in &mut self.lans {
            lan.weather = Weather::FAIR;
            lan.sides.iter_mut().for_each(|side| side.fill(0));
        }
        for host in 0..self.hosts.len() {
            self.hosts[host].well = true;
            // A process that has not started or is about to end takes no other configuration.
            for wait in [0, 5, 11, 13] {
                let model = Arc::clone(&self.hosts[host].peaceful);
                self.after(Span::from_secs(wait), Coming::Reload { host, model });
            }
            self.let_work(host, true);
            self.set_clock(host, 0);
            self.hosts[host].number_in_files = 0;
            self.to(host, Span::from_micros(50), Message::File(0));
            for segment in 0..self.lans[self.hosts[host].lan].sides.len() {
                if !self.hosts[host].kernel.runs(segment) {
                    let change = self.hosts[host].kernel.set_running(segment, true);
                    self.report(host, change);
                    let changes = self.hosts[host].kernel.make(segment);
                    self.report(host, changes);
                }
            }
            // One that is still stopping boots again later.
            for wait in [6, 12] {
                self.after(Span::from_secs(wait), Coming::Boot { host });
            }
        }
    }

    /// How long after the end of all trouble everything has to be in order: what waits is over, a wrong master is
    /// recognised, and the right one takes over.
    pub fn patience(&self) -> Span {
        let slowest = self.hosts.iter().flat_map(|host| host.model.instances.values()).map(|conf| {
            timing::master_down(conf.version, conf.advert_int, Priority::LOWEST, conf.down_timer_adverts)
        });
        // A router that began anew counts its authentication headers anew, and is heard once it is past the others.
        let mut instances = self.hosts.iter().flat_map(|host| host.model.instances.values());
        let has_ah = instances.any(|conf| matches!(conf.auth, Auth::Ah(_)));
        let overtaking = Span::from_secs(if has_ah { 120 } else { 0 });
        Span::from_secs(30) + slowest.max().unwrap_or_default() * 3 + overtaking
    }

    /// Starts everyone again at the same moment, with clocks that agree and nobody heard by anybody.
    pub fn start_in_step_and_apart(&mut self) {
        for lan in &mut self.lans {
            for sides in &mut lan.sides {
                sides.iter_mut().zip(0..).for_each(|(side, number)| *side = number);
            }
        }
        for host in 0..self.hosts.len() {
            self.hosts[host].die();
            self.hosts[host].clock = Clock::perfect();
            self.boot(host);
        }
    }

    /// Ends a process without a word.
    pub fn kill(&mut self, host: usize) {
        self.hosts[host].die();
    }

    /// Asks a process to end.
    pub fn stop(&mut self, host: usize) {
        self.reach(host, Message::Control(Control::Stop));
    }
}
