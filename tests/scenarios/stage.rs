//! Where a scenario is played: a router, a kernel that answers after a tenth of a millisecond, scripts that take ten.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keepalived::base::addr::{Family, IpNet, MacAddr};
use keepalived::base::id::{
    IfIndex, IfName, InstanceId, Priority, RequestId, Ticket, TrackId, Version, Vrid,
};
use keepalived::base::time::{Instant, Span};
use keepalived::conf::env::Pretend;
use keepalived::conf::model::Model;
use keepalived::conf::model::vrrp::{Auth, Instance, Transport};
use keepalived::conf::source::Memory;
use keepalived::report::{notes, reasons};
use keepalived::track::process::Process;
use keepalived::vrrp::Router;
use keepalived::vrrp::belonging::Key;
use keepalived::vrrp::event::{
    Action, Answer, Control, Event, KernelError, KernelOp, Legacy, LinkOp, Outcome, Packet, ProcessEvent,
    Reload, Route, ScriptOp, SocketOp, Who,
};
use keepalived::vrrp::handover::Handover;
use keepalived::vrrp::link::{Address, Culprit, Inventory, Kind, Link, LinkEvent, Stack};
use keepalived::vrrp::ownlink::{Made, NewLink};
use keepalived::wire::vrrp::{Advert as Message, AuthFields, Checksum, View};
use keepalived::wire::{arp, auth, ipv4, ndp};

use crate::command::{Advert, Command, Ending, LinkChange, net};
use crate::journal::Journal;

/// How long the host has been running at the start.
const UPTIME: Span = Span::from_secs(8);
const KERNEL: Span = Span::from_micros(100);
const SCRIPT: Span = Span::from_millis(10);

/// Something that is going to happen by itself.
enum Coming {
    Done(Ticket, Result<(), KernelError>),
    Link(LinkEvent),
    Script(TrackId, Outcome),
}

pub struct Stage {
    router: Router,
    own_conf: String,
    /// Configurations to reload with.
    configurations: HashMap<String, String>,
    model: Arc<Model>,
    /// What the router is about to go over to.
    next_model: Option<Arc<Model>>,
    /// What is in files, by path.
    files: BTreeMap<PathBuf, String>,
    /// Which processes there are.
    processes: BTreeMap<u32, Vec<String>>,
    /// What the router leaves to its successor.
    ledger: BTreeMap<InstanceId, Legacy>,
    /// The same of static entries.
    statics: Vec<Key>,
    links: Inventory,
    /// The number of the last interface that appeared.
    last_index: u32,
    /// Routes and rules that are there.
    others: BTreeSet<Key>,
    now: Instant,
    coming: BTreeMap<(Instant, u32), Coming>,
    order: u32,
    asleep: bool,
    /// There is no process.
    dead: bool,
    endings: HashMap<String, Ending>,
    refusals: Vec<(String, i32)>,
    journal: Journal,
}

impl Stage {
    pub fn new(conf: &str, others: &[(String, String)], host: &[String]) -> Stage {
        let model = understand(conf);
        let mut links = Inventory::new();
        for (line, index) in host.iter().zip(2..) {
            let mut words = line.split_whitespace();
            let name = words.next().and_then(IfName::new).expect("the name of an interface");
            let running = words.next() == Some("up");
            links.put_link(IfIndex::new(index), link(name, index, running));
            let mut words = words.peekable();
            while let Some(text) = words.next() {
                if text == "on" || text == "mac" {
                    let value = words.next().expect("what it is");
                    let mut known = links.link(IfIndex::new(index)).expect("it was just made").clone();
                    if text == "on" {
                        let on = IfName::new(value).and_then(|base| links.by_name(base));
                        known.stack = Stack { kind: Kind::PrivateMacVlan, on, ..Stack::default() };
                    } else {
                        known.mac = value.parse().ok();
                    }
                    links.put_link(IfIndex::new(index), known);
                    continue;
                }
                let address = Address { net: net(text), marked: false, tentative: false };
                links.put_address(IfIndex::new(index), address);
            }
        }
        Stage {
            router: Router::new(Arc::clone(&model), &links),
            own_conf: conf.to_owned(),
            configurations: others.iter().cloned().collect(),
            others: BTreeSet::new(),
            next_model: None,
            files: BTreeMap::new(),
            processes: BTreeMap::new(),
            model,
            ledger: BTreeMap::new(),
            statics: Vec::new(),
            links,
            last_index: 89,
            now: Instant::ZERO,
            coming: BTreeMap::new(),
            order: 0,
            asleep: false,
            dead: false,
            endings: HashMap::new(),
            refusals: Vec::new(),
            journal: Journal::default(),
        }
    }

    pub fn take_journal(&mut self) -> Journal {
        std::mem::take(&mut self.journal)
    }

    /// Lets time pass until `end`, with everything that happens by itself.
    pub fn advance(&mut self, end: Instant) {
        assert!(end >= self.now, "time does not go back from {} to {end}", self.now);
        loop {
            let event = self.coming.first_key_value().map(|((at, _), _)| *at);
            let due = self.router.next_deadline().filter(|_| !self.asleep).map(|due| due.max(self.now));
            match (event, due) {
                (Some(at), due) if at <= end && due.is_none_or(|due| at <= due) => self.happen(),
                (_, Some(due)) if due <= end => {
                    self.now = due;
                    self.handle(Event::Timeout { heard_until: due });
                }
                _ => break,
            }
        }
        self.now = end;
    }

    fn happen(&mut self) {
        let Some(((at, _), coming)) = self.coming.pop_first() else { return };
        self.now = at;
        match coming {
            Coming::Done(ticket, result) => self.handle(Event::Done(ticket, result)),
            Coming::Link(change) => self.handle(Event::Link(change)),
            Coming::Script(script, outcome) => self.handle(Event::Track(script, outcome)),
        }
    }

    fn after(&mut self, span: Span, coming: Coming) {
        self.order += 1;
        self.coming.insert((self.now + span, self.order), coming);
    }

    /// Another process goes on in the place of one that died.
    fn resume(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            self.model = understand(&self.configurations[name]);
        }
        let handover = Handover {
            instances: std::mem::take(&mut self.ledger).into_values().collect(),
            statics: std::mem::take(&mut self.statics),
        };
        self.router = Router::resume(Arc::clone(&self.model), &self.links, handover);
        (self.asleep, self.dead) = (false, false);
        self.handle(Event::Control(RequestId(1), Control::Start { uptime: UPTIME }));
    }

    pub fn act(&mut self, command: &Command) {
        match command {
            Command::Crash => {
                self.coming.clear();
                (self.asleep, self.dead) = (true, true);
            }
            Command::Resume(name) => self.resume(name.as_deref()),
            Command::Start => self.handle(Event::Control(RequestId(1), Control::Start { uptime: UPTIME })),
            Command::Stop { release: true } => self.handle(Event::Control(RequestId(2), Control::Stop)),
            Command::Stop { release: false } => {
                self.handle(Event::Control(RequestId(2), Control::StopKeepingAddresses));
            }
            Command::Reload(name) => self.reload(name.as_deref()),
            Command::Nothing => {}
            Command::Advert(advert) => self.advert(advert),
            Command::Link(name, change) => self.link(*name, *change),
            Command::Address { interface, net, add } => {
                let index = self.links.by_name(*interface).expect("an interface");
                let address = Address { net: *net, marked: false, tentative: false };
                if *add {
                    self.links.put_address(index, address);
                    self.handle(Event::Link(LinkEvent::AddressAdded(index, address)));
                } else {
                    assert!(self.links.remove_address(index, *net), "{net} is not there");
                    self.handle(Event::Link(LinkEvent::AddressRemoved(index, *net, None)));
                }
            }
            Command::Proven { interface, net, unique } => {
                let index = self.links.by_name(*interface).expect("an interface");
                let address = Address { net: *net, marked: true, tentative: false };
                let change = if *unique {
                    self.links.put_address(index, address);
                    LinkEvent::AddressAdded(index, address)
                } else {
                    LinkEvent::Duplicate(index, *net)
                };
                self.handle(Event::Link(change));
            }
            Command::TakeAway(wanted) => self.take_away(wanted),
            Command::Script { name, ending } => {
                self.endings.insert(name.clone(), *ending);
            }
            Command::File { name, content } => self.file(name, content.as_deref()),
            Command::Process { pid, command } => self.process(*pid, command.as_deref()),
            Command::Session { name, up } => self.session(name, *up),
            Command::Refuse { kind, errno } => self.refusals.push((kind.clone(), *errno)),
            Command::Sleep => self.asleep = true,
            Command::Wake => self.asleep = false,
            Command::Stir { heard_until } => {
                self.handle(Event::Timeout { heard_until: *heard_until });
            }
            Command::Lost(count) => self.handle(Event::Lost(*count)),
        }
        self.advance(self.now);
    }

    fn link(&mut self, name: IfName, change: LinkChange) {
        let index = self.links.by_name(name).unwrap_or_else(|| {
            self.last_index += 1;
            IfIndex::new(self.last_index)
        });
        let known = self.links.link(index).cloned();
        let usual = |running| link(name, index.get(), running);
        let known = known.unwrap_or_else(|| usual(true));
        let changed = match change {
            LinkChange::Gone => {
                self.links.remove_link(index);
                return self.handle(Event::Link(LinkEvent::Removed(index)));
            }
            LinkChange::Up | LinkChange::New => Link { running: true, ..known },
            LinkChange::Down => Link { running: false, ..known },
            LinkChange::Name(name) => Link { name, ..known },
            LinkChange::Mac(mac) => Link { mac: Some(mac), ..known },
            LinkChange::Mtu(mtu) => Link { mtu, ..known },
            LinkChange::Vrf(table) => {
                Link { stack: Stack { kind: Kind::Vrf(table), ..known.stack }, ..known }
            }
        };
        self.links.put_link(index, changed.clone());
        self.handle(Event::Link(LinkEvent::Changed(index, changed)));
    }

    fn conf(&self, name: Option<&str>) -> &Instance {
        let fits = |conf: &&Instance| name.is_none_or(|name| *conf.name == *name);
        self.model.instances.values().find(fits).unwrap_or_else(|| panic!("there is no instance {name:?}"))
    }

    fn reload(&mut self, name: Option<&str>) {
        let conf = match name {
            Some(name) => &self.configurations[name],
            None => &self.own_conf,
        };
        let model = understand(conf);
        let content = |path: &Path| self.files.get(path).map(|text| text.clone().into_bytes());
        let files: Vec<_> = model.files.iter().map(|(id, file)| (id, content(&file.path))).collect();
        let cmdlines: Vec<(u32, Vec<u8>)> =
            self.processes.iter().map(|(pid, command)| (*pid, cmdline(command))).collect();
        let all: Vec<_> = cmdlines.iter().map(|(pid, cmdline)| process(*pid, cmdline)).collect();
        self.next_model = Some(Arc::clone(&model));
        let reload = Reload { model, files: &files, processes: &all };
        self.handle(Event::Reload(RequestId(3), reload));
    }

    fn file(&mut self, name: &str, content: Option<&str>) {
        let found = self.model.files.iter().find(|(_, file)| *file.name == *name);
        let (id, file) = found.unwrap_or_else(|| panic!("there is no tracked file {name}"));
        match content {
            Some(content) => self.files.insert(file.path.to_path_buf(), content.to_owned()),
            None => self.files.remove(&*file.path),
        };
        self.handle(Event::File(id, content.map(str::as_bytes)));
    }

    fn process(&mut self, pid: u32, command: Option<&[String]>) {
        let Some(command) = command else {
            self.processes.remove(&pid);
            return self.handle(Event::Process(ProcessEvent::Ended(pid)));
        };
        self.processes.insert(pid, command.to_vec());
        self.handle(Event::Process(ProcessEvent::Changed(process(pid, &cmdline(command)))));
    }

    fn session(&mut self, name: &str, up: bool) {
        let found = self.model.bfd.iter().find(|(_, session)| *session.name == *name);
        let (id, _) = found.unwrap_or_else(|| panic!("there is no session {name}"));
        self.handle(Event::Bfd(id, up));
    }

    fn advert(&mut self, advert: &Advert) {
        let conf = self.conf(advert.instance.as_deref());
        let to = advert.to.unwrap_or(match &conf.transport {
            Transport::Multicast { group } => *group,
            Transport::Unicast(_) => conf.source.expect("a source address"),
        });
        let arrived_on =
            advert.on.or(conf.interface).and_then(|name| self.links.by_name(name)).unwrap_or(IfIndex::new(2));
        let message = message(advert, conf, to);
        match (advert.source, to) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let header = ipv4::Header { id: 1, ttl: advert.ttl, protocol: 112, source, destination };
                let mut bytes = Vec::new();
                header.emit(message.len(), &mut bytes);
                bytes.extend(message);
                self.handle(Event::Packet(Packet::V4 { arrived_on, bytes: &bytes }));
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let (hop_limit, bytes) = (advert.ttl, &message);
                self.handle(Event::Packet(Packet::V6 { arrived_on, source, destination, hop_limit, bytes }));
            }
            _ => panic!("an advertisement between families"),
        }
    }

    /// Gives an event to the router and does what it asks for.
    fn handle(&mut self, event: Event<'_>) {
        if self.dead {
            return;
        }
        let mut todo = Vec::new();
        let (actions, arena) = self.router.handle(self.now, event).split();
        for action in actions {
            match action {
                Action::Adopt(_) => self.ledger.clear(),
                Action::Record(id, legacy) => {
                    self.ledger.insert(id, *legacy);
                    continue;
                }
                Action::RecordSequence(id, number) => {
                    self.ledger.get_mut(&id).expect("one that was recorded").sequence = number;
                    continue;
                }
                Action::RecordStatics(owned) => {
                    self.statics = owned;
                    continue;
                }
                _ => {}
            }
            let bytes = match &action {
                Action::Send { bytes, .. } | Action::Frame { bytes, .. } => arena[bytes.clone()].to_vec(),
                _ => Vec::new(),
            };
            todo.push((action, bytes));
        }
        let adopted = todo.iter().position(|(action, _)| matches!(action, Action::Adopt(_)));
        let rest = todo.split_off(adopted.map_or(todo.len(), |at| at + 1));
        self.perform(todo);
        if adopted.is_some() {
            self.model = self.next_model.take().expect("a configuration to adopt");
        }
        self.perform(rest);
    }

    fn perform(&mut self, todo: Vec<(Action, Vec<u8>)>) {
        let is_frame = |(action, _): &(Action, Vec<u8>)| matches!(action, Action::Frame { .. });
        for run in todo.chunk_by(|one, next| is_frame(one) && is_frame(next)) {
            let text = match run {
                [(action, bytes)] => self.describe(action, bytes),
                frames => self.describe_burst(frames),
            };
            self.journal.add(self.now, text);
        }
        for (action, _) in todo {
            self.carry_out(action);
        }
    }

    /// Many announcements at once: how many of each address.
    fn describe_burst(&self, frames: &[(Action, Vec<u8>)]) -> String {
        let mut counts: Vec<(String, u32)> = Vec::new();
        for (action, bytes) in frames {
            let text = self.describe(action, bytes);
            match counts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, count)) => *count += 1,
                None => counts.push((text, 1)),
            }
        }
        let times = |(text, count): &(String, u32)| {
            if *count > 1 { format!("{text} x{count}") } else { text.clone() }
        };
        counts.iter().map(times).collect::<Vec<_>>().join(", ")
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Kernel(ticket, op) => self.kernel(ticket, &op),
            Action::Socket(ticket, op) => {
                let refused = matches!(op, SocketOp::Join(..)).then(|| self.refusal("join")).flatten();
                self.after(Span::ZERO, Coming::Done(ticket, refused.map_or(Ok(()), Err)));
            }
            Action::Script(id, op) => self.script(id, op),
            Action::Send { .. }
            | Action::Adopt(_)
            | Action::Record(..)
            | Action::RecordSequence(..)
            | Action::RecordStatics(_)
            | Action::Frame { .. }
            | Action::Notify(_)
            | Action::Repeat(_)
            | Action::Note(_)
            | Action::Answer(..) => {}
        }
    }

    fn refusal(&mut self, kind: &str) -> Option<KernelError> {
        let at = self.refusals.iter().position(|(refused, _)| refused == kind)?;
        Some(match self.refusals.remove(at).1 {
            1 | 13 => KernelError::Denied,
            errno => KernelError::Other(errno),
        })
    }

    /// Makes or removes an interface, which the monitor reports before the answer is there.
    fn change_link(&mut self, ticket: Ticket, op: &LinkOp) {
        if let Some(error) = self.refusal("make") {
            return self.after(KERNEL, Coming::Done(ticket, Err(error)));
        }
        match op {
            LinkOp::Make(new) => {
                self.last_index += 1;
                let index = IfIndex::new(self.last_index);
                let running = self.links.link(new.base).is_some_and(|base| base.running);
                let made = made(new, running);
                self.links.put_link(index, made.clone());
                self.after(KERNEL, Coming::Link(LinkEvent::Changed(index, made)));
            }
            LinkOp::Adopt(new) => {
                if let Some(index) = self.links.by_name(new.name) {
                    let made = made(new, true);
                    self.links.put_link(index, made.clone());
                    self.after(KERNEL, Coming::Link(LinkEvent::Changed(index, made)));
                }
            }
            LinkOp::Remove(index) => {
                self.links.remove_link(*index);
                self.after(KERNEL, Coming::Link(LinkEvent::Removed(*index)));
            }
        }
        self.after(KERNEL, Coming::Done(ticket, Ok(())));
    }

    fn kernel(&mut self, ticket: Ticket, op: &KernelOp) {
        if let KernelOp::Link(op) = op {
            return self.change_link(ticket, op);
        }
        let kind = match op {
            KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => "add",
            KernelOp::DelAddress(..) | KernelOp::DelRoute(_) | KernelOp::DelRule(_) => "del",
            KernelOp::Set(..) | KernelOp::Restore(_) | KernelOp::Link(_) | KernelOp::Firewall(_) => "set",
        };
        if let Some(error) = self.refusal(kind) {
            return self.after(KERNEL, Coming::Done(ticket, Err(error)));
        }
        let (result, report) = match op.key() {
            Some(Key::Address(index, net)) => self.kernel_address(index, net, kind == "add", op),
            Some(key) if kind == "add" => {
                (self.others.insert(key).then_some(()).ok_or(KernelError::Exists), None)
            }
            Some(key) => (self.others.remove(&key).then_some(()).ok_or(KernelError::Gone), None),
            None => (Ok(()), None),
        };
        self.after(KERNEL, Coming::Done(ticket, result));
        if let Some(report) = report {
            self.after(KERNEL, Coming::Link(report));
        }
    }

    fn kernel_address(
        &mut self,
        index: IfIndex,
        net: IpNet,
        add: bool,
        op: &KernelOp,
    ) -> (Result<(), KernelError>, Option<LinkEvent>) {
        // The kernel begins to look for another host with the address.
        let tentative = matches!(op, KernelOp::AddAddress(_, vip) if vip.flags.duplicate_detection);
        let address = Address { net, marked: true, tentative };
        match (add, self.links.address(index, net).is_some()) {
            (true, false) => {
                self.links.put_address(index, address);
                (Ok(()), Some(LinkEvent::AddressAdded(index, address)))
            }
            (true, true) => (Err(KernelError::Exists), None),
            (false, true) => {
                self.links.remove_address(index, net);
                (Ok(()), Some(LinkEvent::AddressRemoved(index, net, None)))
            }
            (false, false) => (Err(KernelError::Gone), None),
        }
    }

    /// Somebody removes a route or a rule.
    fn take_away(&mut self, wanted: &str) {
        let is = |key: &Key| match key {
            Key::Address(..) => false,
            Key::Route(route) => route.destination.to_string() == wanted,
            Key::Rule(rule) => rule.preference.to_string() == wanted,
        };
        let key = self.others.iter().copied().find(is).unwrap_or_else(|| panic!("there is no {wanted}"));
        self.others.remove(&key);
        let by = Some(Culprit { port: 4711, name: Some("ip".into()) });
        self.handle(Event::Link(match key {
            Key::Address(..) => return,
            Key::Route(route) => LinkEvent::RouteRemoved(route, by),
            Key::Rule(rule) => LinkEvent::RuleRemoved(rule, by),
        }));
    }

    fn script(&mut self, id: TrackId, op: ScriptOp) {
        let name = &self.model.scripts.get(id).expect("a script").name;
        let ending = self.endings.get(&**name).copied().unwrap_or(Ending::Exits(0));
        match (op, ending) {
            (ScriptOp::Spawn, Ending::Exits(status)) => {
                self.after(SCRIPT, Coming::Script(id, Outcome::Exited(status)));
            }
            (ScriptOp::Spawn, Ending::Dies(signal)) => {
                self.after(SCRIPT, Coming::Script(id, Outcome::Killed(signal)));
            }
            (ScriptOp::Spawn | ScriptOp::Terminate, Ending::Hangs) => {}
            (ScriptOp::Terminate, _) => self.after(SCRIPT, Coming::Script(id, Outcome::Killed(15))),
            (ScriptOp::Kill, _) => self.after(SCRIPT, Coming::Script(id, Outcome::Killed(9))),
        }
    }

    fn name_of(&self, index: IfIndex) -> String {
        self.links.link(index).map_or_else(|| format!("interface {index}"), |link| link.name.to_string())
    }

    fn describe_op(&self, op: &KernelOp) -> String {
        let what = notes::thing(op, &|index| Some(self.name_of(index)));
        match op {
            KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => format!("add {what}"),
            KernelOp::DelAddress(..) | KernelOp::DelRoute(_) | KernelOp::DelRule(_) => format!("del {what}"),
            KernelOp::Set(_, value) => format!("set {what} to {value}"),
            KernelOp::Restore(_) => format!("restore {what}"),
            KernelOp::Link(LinkOp::Make(new)) => format!("make {} on {}", new.name, self.name_of(new.base)),
            KernelOp::Link(LinkOp::Adopt(_)) => format!("adopt {what}"),
            KernelOp::Link(LinkOp::Remove(_)) => format!("remove {what}"),
            KernelOp::Firewall(_) => what,
        }
    }

    fn describe(&self, action: &Action, bytes: &[u8]) -> String {
        match action {
            Action::Send { route, .. } => self.describe_send(route, bytes),
            Action::Frame { interface, .. } => {
                let interface = self.name_of(*interface);
                match (arp::parse(bytes), ndp::parse(bytes)) {
                    (Ok(arp), _) => format!("announce {} on {interface}", arp.sender.1),
                    (_, Ok(advert)) => format!("announce {} on {interface}", advert.target),
                    (Err(_), Err(_)) => panic!("a frame that announces nothing"),
                }
            }
            Action::Kernel(_, op) => self.describe_op(op),
            Action::Socket(_, SocketOp::Listen(family, protocol)) => {
                format!("listen for {family} protocol {}", protocol.number())
            }
            Action::Socket(_, SocketOp::Ignore(family, protocol)) => {
                format!("ignore {family} protocol {}", protocol.number())
            }
            Action::Socket(_, SocketOp::Join(index, group)) => {
                format!("join {group} on {}", self.name_of(*index))
            }
            Action::Socket(_, SocketOp::Leave(index, group)) => {
                format!("leave {group} on {}", self.name_of(*index))
            }
            Action::Script(id, op) => {
                let verb = match op {
                    ScriptOp::Spawn => "run",
                    ScriptOp::Terminate => "terminate",
                    ScriptOp::Kill => "kill",
                };
                format!("{verb} {}", self.model.scripts.get(*id).expect("a script").name)
            }
            Action::Notify(notify) | Action::Repeat(notify) => {
                let verb = if matches!(action, Action::Repeat(_)) { "repeat" } else { "notify" };
                let (kind, name) = match notify.who {
                    Who::Instance(id) => ("INSTANCE", &self.model.instances.at(id).name),
                    Who::Group(id) => ("GROUP", &self.model.groups.at(id).name),
                };
                let reason = reasons::text(notify.why, &self.model);
                format!("{verb} {kind} \"{name}\" {} {} ({reason})", notify.what.word(), notify.priority)
            }
            Action::Note(note) => {
                let name_of = |index| self.links.link(index).map(|link| link.name.to_string());
                format!("log {}", notes::render(note, &self.model, &name_of).text)
            }
            Action::Adopt(_) => "adopt".into(),
            Action::Record(..) | Action::RecordSequence(..) | Action::RecordStatics(_) => {
                panic!("nobody sees what is recorded")
            }
            Action::Answer(_, Answer::Reloaded) => "reloaded".into(),
            Action::Answer(_, Answer::Started) => "started".into(),
            Action::Answer(_, Answer::Stopped) => "stopped".into(),
        }
    }

    fn describe_send(&self, route: &Route, bytes: &[u8]) -> String {
        let (message, sequence) = match route.family() {
            Family::V4 => {
                let ip = ipv4::View::new(bytes).unwrap();
                match auth::View::new(ip.payload()) {
                    Ok(ah) if ip.protocol() == 51 => (ah.payload(), format!(" number {}", ah.sequence())),
                    _ => (ip.payload(), String::new()),
                }
            }
            Family::V6 => (bytes, String::new()),
        };
        let view = View::new(message).unwrap();
        let version = if view.version() == 2 { Version::V2 } else { Version::V3 };
        let via = route.interface.map_or(String::new(), |index| format!(" on {}", self.name_of(index)));
        format!(
            "send v{version} vrid {} priority {} interval {} from {} to {}{via}{sequence}",
            view.vrid().unwrap(),
            view.priority(),
            view.interval(version),
            route.source,
            route.destination,
        )
    }
}

fn understand(conf: &str) -> Arc<Model> {
    let path = Path::new("/etc/keepalived/keepalived.conf");
    let surroundings = Pretend { every_path_exists: true, ..Pretend::default() };
    let loaded = keepalived::conf::load(&Memory::of(path, conf), path, &surroundings);
    let problems: Vec<String> = loaded.plain_lines().collect();
    Arc::new(loaded.model.unwrap_or_else(|| panic!("{problems:#?}")))
}

/// A command line as the kernel shows it.
fn cmdline(command: &[String]) -> Vec<u8> {
    command.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect()
}

fn process(pid: u32, cmdline: &[u8]) -> Process<'_> {
    let path = cmdline.split(|octet| *octet == 0).next().unwrap_or_default();
    let comm = path.rsplit(|octet| *octet == b'/').next().unwrap_or_default();
    Process { pid, comm, cmdline }
}

fn link(name: IfName, index: u32, running: bool) -> Link {
    let [.., low] = index.to_be_bytes();
    Link { running, ..Link::ethernet(name, MacAddr([2, 0, 0, 0, 0, low])) }
}

/// An interface as it was asked for.
fn made(new: &NewLink, running: bool) -> Link {
    let (kind, mac) = match new.made {
        Made::MacVlan(mac) => (Kind::PrivateMacVlan, mac),
        Made::IpVlan(_) => (Kind::IpVlan, MacAddr([2, 0, 0, 0, 0, 2])),
    };
    let stack = Stack { kind, on: Some(new.base), controller: None, group: new.group };
    Link { mac: Some(mac), stack, ..link(new.name, 0, running) }
}

fn message(advert: &Advert, conf: &Instance, to: IpAddr) -> Vec<u8> {
    let version = match advert.version {
        None => conf.version,
        Some(2) => Version::V2,
        Some(_) => Version::V3,
    };
    let auth = match (&advert.password, &conf.auth) {
        (Some(password), _) => {
            let mut data = [0; 8];
            data.iter_mut().zip(password.bytes()).for_each(|(room, octet)| *room = octet);
            AuthFields::password(data)
        }
        (None, Auth::Pass(password)) => AuthFields::password(*password.octets()),
        (None, Auth::None | Auth::Ah(_)) => AuthFields::NONE,
    };
    let own: Vec<IpAddr> = conf.vips.iter().map(|vip| vip.net.addr()).collect();
    let message = Message {
        version,
        family: conf.family,
        vrid: advert.vrid.map_or(conf.vrid, |vrid| Vrid::new(vrid).expect("a VRID")),
        priority: advert.priority.map_or(conf.priority, Priority::new),
        interval: advert.interval.unwrap_or(conf.advert_int),
        auth,
        addresses: advert.addresses.as_ref().unwrap_or(&own).iter().copied(),
    };
    let checksum = match (version, conf.family) {
        (Version::V2, _) => Checksum::Plain,
        (Version::V3, Family::V4) => Checksum::PseudoHeader { source: advert.source, destination: to },
        (Version::V3, Family::V6) => Checksum::ByKernel,
    };
    let mut bytes = Vec::new();
    message.emit(checksum, &mut bytes);
    if advert.spoilt {
        bytes[6] ^= 1;
    }
    bytes
}
