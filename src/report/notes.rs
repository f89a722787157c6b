//! The sentences of the log. Phrases that scripts and people search for are those of the C program; the rest says
//! what happened, to what, and what can be done about it.

mod adverts;
mod checks;

use std::net::IpAddr;

use adverts::{CLOCKS, other_addresses, rejection};
use checks::script;
use tracing::Level;

use crate::base::id::{IfIndex, IfName, Priority, Vrid};
use crate::base::time::Span;
use crate::conf::model::Model;
use crate::report::dump::routes;
use crate::vrrp::Fault;
use crate::vrrp::event::{FirewallOp, Hidden, KernelError, KernelOp, Knob, LinkOp, SocketOp, Told};
use crate::vrrp::link::Culprit;
use crate::vrrp::note::{InstanceNote, LinkNote, Note, OwnLinkNote};

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

fn line(level: Level, text: impl Into<String>) -> Line {
    Line { level, text: text.into() }
}

/// The line of a note. `name_of` names an interface, if it still exists.
#[must_use]
pub fn render(note: &Note, model: &Model, name_of: &dyn Fn(IfIndex) -> Option<String>) -> Line {
    match note {
        Note::Of(who, note) => {
            let name = model.instances.get(*who).map_or("?", |conf| &conf.name);
            let inner = instance(note, model, name_of);
            line(inner.level, format!("({name}) {}", inner.text))
        }
        Note::OfStatics(note) => statics(note, model, name_of),
        Note::Script(id, note) => script(model.scripts.get(*id), *note),
        Note::File { file, value } => {
            let name = model.files.get(*file).map_or("?", |conf| &conf.name);
            line(Level::INFO, format!("tracked file {name} now says {value}"))
        }
        Note::Process { process, good } => {
            let name = model.processes.get(*process).map_or("?", |conf| &conf.name);
            let verdict = if *good { "gained" } else { "lost" };
            line(Level::INFO, format!("Quorum {verdict} for tracked process {name}"))
        }
        Note::Bfd { session, up } => {
            let name = model.bfd.get(*session).map_or("?", |conf| &conf.name);
            line(Level::INFO, format!("BFD session {name} is {}", if *up { "UP" } else { "DOWN" }))
        }
        Note::Syncing { group, state } => {
            let name = model.groups.get(*group).map_or("?", |conf| &conf.name);
            line(Level::INFO, format!("VRRP_Group({name}) Syncing instances to {} state", state.word()))
        }
        Note::StrayLink(name) => line(
            Level::INFO,
            format!("removing interface {name}, which an earlier process has made and nobody wants any more"),
        ),
        Note::GivesWay { group } => gives_way(model.groups.get(*group).map_or("?", |conf| &conf.name)),
        Note::Interface { name, running } => line(Level::INFO, up_or_down(*name, *running, model)),
        Note::Link(name, note) => line(Level::INFO, link(*name, note)),
        Note::Held { span } => line(Level::INFO, format!("Delaying startup for {span}")),
        Note::PacketsLost { count } => line(Level::WARN, lost(*count)),
        Note::UnknownVrid { vrid, arrived_on, source } => {
            let interface = interface(*arrived_on, name_of);
            line(Level::INFO, unknown(*vrid, &interface, *source))
        }
        Note::Truncated { family, len } => {
            line(Level::WARN, format!("{family} VRRP packet too short - {len} bytes"))
        }
        Note::OrphanRefused { op, error, again_in } => {
            let again = Some(format!("; trying again in {again_in}"));
            line(Level::ERROR, refused(op, *error, again, name_of))
        }
        Note::FirewallRefused { error, again_in } => firewall_refused(*error, *again_in),
        Note::SettingRefused { setting, error } => {
            line(Level::ERROR, refused(&KernelOp::Restore(*setting), *error, None, name_of))
        }
        Note::Reloaded { kept, added, removed } => line(
            Level::INFO,
            format!("Reloaded; of the instances {kept} go on, {added} are new, {removed} are gone"),
        ),
        Note::SocketFailed { op, error, again_in } => line(
            Level::ERROR,
            format!("cannot {}: {}; trying again in {again_in}", socket_op(op, name_of), why(*error)),
        ),
    }
}

fn statics(note: &InstanceNote, model: &Model, name_of: &dyn Fn(IfIndex) -> Option<String>) -> Line {
    let inner = match note {
        InstanceNote::Adding => line(Level::INFO, "being added"),
        InstanceNote::Removing => line(Level::INFO, "being removed"),
        other => instance(other, model, name_of),
    };
    line(inner.level, format!("static entries: {}", inner.text))
}

fn lost(count: u32) -> String {
    format!(
        "the kernel dropped {count} VRRP packets because they were not read in time; is the host overloaded?"
    )
}

fn unknown(vrid: Vrid, interface: &str, source: IpAddr) -> String {
    format!("Unknown VRID({vrid}) received on interface({interface}) from {source}. ignoring...")
}

fn up_or_down(name: IfName, running: bool, model: &Model) -> String {
    let polled = model.global.settings.interfaces.poll_all
        || model.links.polled.iter().any(|(polled, _)| *polled == name);
    let who = if polled { "Linkbeat" } else { "Netlink" };
    format!("{who} reports {name} {}", if running { "up" } else { "down" })
}

fn link(name: IfName, note: &LinkNote) -> String {
    match note {
        LinkNote::Delayed { running, by } => {
            let what = if *running { "up" } else { "down" };
            format!("{name} has gone {what}, which counts if it lasts {by}")
        }
        LinkNote::Renamed { to } => format!("Interface name has changed from {name} to {to}"),
        LinkNote::OtherMac { from, to } => format!("({name}) MAC Address changed from {from} to {to}"),
    }
}

fn firewall_refused(error: KernelError, again_in: Span) -> Line {
    let text = "addresses with `no_accept` are not hidden, because nftables cannot be changed";
    line(Level::ERROR, format!("{text}: {}; trying again in {again_in}", why(error)))
}

fn gives_way(group: &str) -> Line {
    let text = "lets the other router be first: each of the two is better on another network";
    line(Level::WARN, format!("VRRP_Group({group}) {text}; give all members of a group the same priority"))
}

fn interface(index: IfIndex, name_of: &dyn Fn(IfIndex) -> Option<String>) -> String {
    name_of(index).unwrap_or_else(|| format!("interface {index}"))
}

fn socket_op(op: &SocketOp, name_of: &dyn Fn(IfIndex) -> Option<String>) -> String {
    match op {
        SocketOp::Listen(family, protocol) => {
            format!("open a raw {family} socket of protocol {}", protocol.number())
        }
        SocketOp::Ignore(family, protocol) => {
            format!("close the raw {family} socket of protocol {}", protocol.number())
        }
        SocketOp::Join(index, group) => format!("join group {group} on {}", interface(*index, name_of)),
        SocketOp::Leave(index, group) => format!("leave group {group} on {}", interface(*index, name_of)),
    }
}

/// What the kernel means, and what to do.
#[must_use]
pub fn why(error: KernelError) -> String {
    match error {
        KernelError::Exists => "it exists already".into(),
        KernelError::Gone => "the interface or the address does not exist".into(),
        KernelError::Denied => "not permitted; run as root or with CAP_NET_ADMIN and CAP_NET_RAW".into(),
        KernelError::Other(number) => std::io::Error::from_raw_os_error(number).to_string(),
    }
}

#[expect(clippy::too_many_lines, reason = "it is the table of what is said of instances")]
fn instance(note: &InstanceNote, model: &Model, name_of: &dyn Fn(IfIndex) -> Option<String>) -> Line {
    match note {
        InstanceNote::OwnLink(note) => own_link(note),
        InstanceNote::Deleted => line(Level::INFO, "is no longer in the configuration"),
        InstanceNote::Resumed { state } => {
            line(Level::INFO, format!("goes on as {} where the last process ended", state.word()))
        }
        InstanceNote::Entered { state, first } => {
            let init = if *first && *state == Told::Backup { " (init)" } else { "" };
            line(Level::INFO, format!("Entering {} STATE{init}", state.word()))
        }
        InstanceNote::MasterSilent { master: Some(master) } => {
            line(Level::INFO, format!("Receive advertisement timeout, nothing more from {master}"))
        }
        InstanceNote::MasterSilent { master: None } => line(Level::INFO, "Receive advertisement timeout"),
        InstanceNote::NewMaster { master, priority } => {
            line(Level::INFO, format!("master set to {master}, priority {priority}"))
        }
        InstanceNote::BetterMaster { source, theirs, ours } => {
            let than = compared("higher", *theirs, *ours);
            line(Level::INFO, format!("Master received advert from {source} with {than}"))
        }
        InstanceNote::WorseMaster { source, theirs, ours } => {
            let than = compared("lower", *theirs, *ours);
            line(Level::WARN, format!("Received advert from {source} with {than}, forcing new election"))
        }
        InstanceNote::WillPreempt { source, theirs, ours } => {
            let than = compared("lower", *theirs, *ours);
            line(Level::INFO, format!("Backup received advert from {source} with {than}, going to take over"))
        }
        InstanceNote::OurDouble { source } => line(
            Level::ERROR,
            format!(
                "another router sends adverts with our priority from our own address {source}: \
                 two hosts have that address or one instance runs twice"
            ),
        ),
        InstanceNote::Resigned { source, to: Told::Backup } => {
            line(Level::INFO, format!("Backup received priority 0 advertisement from {source}"))
        }
        InstanceNote::Resigned { source, .. } => {
            line(Level::INFO, format!("Master received priority 0 advertisement from {source}"))
        }
        InstanceNote::SentPriorityZero => line(Level::INFO, "sent 0 priority"),
        InstanceNote::Adding => line(Level::INFO, "setting VIPs."),
        InstanceNote::Removing => line(Level::INFO, "removing VIPs."),
        InstanceNote::Rejected { source, why } => line(Level::WARN, rejection(*why, *source)),
        InstanceNote::Unsigned { source } => line(
            Level::WARN,
            format!("advert from {source} is not signed; accepted, because `mode` is not enforce"),
        ),
        InstanceNote::OtherClock { source, apart } => {
            line(Level::WARN, format!("the clock of {source} and ours are {apart} apart: {CLOCKS}"))
        }
        InstanceNote::OtherAddresses { source, theirs, ours, missing } => {
            line(Level::WARN, other_addresses(*source, *theirs, *ours, *missing))
        }
        InstanceNote::OtherInterval { source, theirs, ours } => line(
            Level::WARN,
            format!(
                "advertisement interval mismatch with {source} mine={ours} rcv'd={theirs}; theirs counts while it is master"
            ),
        ),
        InstanceNote::Priority { from, to } => {
            line(Level::INFO, format!("Changing effective priority from {from} to {to}"))
        }
        InstanceNote::FaultBegins(fault) => {
            line(Level::WARN, format!("fault: {}", self::fault(*fault, model)))
        }
        InstanceNote::FaultEnds(fault) => {
            line(Level::INFO, format!("fault over: {}", self::fault(*fault, model)))
        }
        InstanceNote::Source(source) => line(Level::INFO, format!("sending from {source}")),
        InstanceNote::KernelRefused { op, error, again_in } => line(
            Level::ERROR,
            refused(op, *error, again_in.map(|span| format!("; trying again in {span}")), name_of),
        ),
        InstanceNote::KeepsOwnAddress(net) => line(
            Level::INFO,
            format!("{net} was on this host before; as its owner it is kept, also when keepalived stops"),
        ),
        InstanceNote::Leftover(net) => {
            line(Level::INFO, format!("removing VIPs. {net} was left behind by an earlier run"))
        }
        InstanceNote::Healing { what, delayed, by } => {
            let how = if *delayed {
                "putting it back in a moment, because it happens often"
            } else {
                "putting it back"
            };
            line(
                Level::WARN,
                format!("{} was removed by {}; {how}", thing(what, name_of), culprit(by.as_ref())),
            )
        }
        InstanceNote::Expired(what) => line(
            Level::INFO,
            format!(
                "{} has expired; the instance adds it again when it becomes master",
                thing(what, name_of)
            ),
        ),
        InstanceNote::TooLate(silent) => line(
            Level::WARN,
            format!("nothing was sent for {silent}: another router must have taken over, going to BACKUP"),
        ),
        InstanceNote::NotAVrf(name) => line(
            Level::WARN,
            format!("interface {name} is no VRF: the routes that name it as one are left out"),
        ),
        InstanceNote::Duplicate { net, again_in } => line(
            Level::ERROR,
            format!(
                "another host has {net} (duplicate address detection); it cannot be used, trying again in {again_in}"
            ),
        ),
    }
}

/// Who removed something of ours.
fn culprit(by: Option<&Culprit>) -> String {
    match by {
        Some(Culprit { port, name: Some(name) }) => format!("{name} (process {port})"),
        Some(Culprit { port, name: None }) => format!("somebody else (netlink port {port}, which is gone)"),
        None => "somebody else".to_owned(),
    }
}

/// `higher priority 150, ours 100`, or what decides between equals.
fn compared(than: &str, theirs: Priority, ours: Priority) -> String {
    if theirs == ours {
        format!("same priority {theirs} but {than} IP address than ours")
    } else {
        format!("{than} priority {theirs}, ours {ours}")
    }
}

/// What keeps somebody from taking part.
pub(super) fn fault(fault: Fault, model: &Model) -> String {
    match fault {
        Fault::InterfaceMissing(name) => {
            format!("interface {name} does not exist (it will take part once it does)")
        }
        Fault::InterfaceDown(name) => format!("interface {name} is down"),
        Fault::InterfaceUp(name) => format!("interface {name} is up"),
        Fault::NoSource(name, family) => {
            format!("interface {name} has no {family} address to send from that is not virtual")
        }
        Fault::NoPeer => "it has no unicast peer (unicast_fault_no_peer)".to_owned(),
        Fault::SourceAbsent(source) => format!("source address {source} is not on this host"),
        Fault::Deaf(name, group) => format!("group {group} cannot be joined on {name}"),
        Fault::Script(id, good) => {
            let name = model.scripts.get(id).map_or("?", |conf| &conf.name);
            format!("script {name} {}", if good { "succeeded" } else { "failed" })
        }
        Fault::File(id) => {
            format!("the number in tracked file {}", model.files.get(id).map_or("?", |conf| &conf.name))
        }
        Fault::Process(id, good) => {
            let name = model.processes.get(id).map_or("?", |conf| &conf.name);
            format!("tracked process {name} has {}", if good { "quorum" } else { "no quorum" })
        }
        Fault::Bfd(id, up) => {
            let name = model.bfd.get(id).map_or("?", |conf| &conf.name);
            format!("BFD session {name} is {}", if up { "up" } else { "down" })
        }
    }
}

fn refused(
    op: &KernelOp,
    error: KernelError,
    again: Option<String>,
    name_of: &dyn Fn(IfIndex) -> Option<String>,
) -> String {
    let verb = match op {
        KernelOp::AddAddress(..) | KernelOp::AddRoute(_) | KernelOp::AddRule(_) => "add",
        KernelOp::DelAddress(..)
        | KernelOp::DelRoute(_)
        | KernelOp::DelRule(_)
        | KernelOp::Link(LinkOp::Remove(_)) => "remove",
        KernelOp::Set(..) | KernelOp::Firewall(_) => "change",
        KernelOp::Restore(_) => "put back",
        KernelOp::Link(LinkOp::Make(_)) => "make",
        KernelOp::Link(LinkOp::Adopt(_)) => "set up",
    };
    let (what, why, again) = (thing(op, name_of), why(error), again.unwrap_or_default());
    format!("cannot {verb} {what}: {why}{again}")
}

fn own_link(note: &OwnLinkNote) -> Line {
    match note {
        OwnLinkNote::Made(name) => line(Level::INFO, format!("Success creating VMAC interface {name}")),
        OwnLinkNote::Removing(name) => line(Level::INFO, format!("Removing VMAC interface {name}")),
        OwnLinkNote::Found(name) => line(Level::INFO, format!("Found matching interface {name}")),
        OwnLinkNote::NameTaken(name) => line(
            Level::WARN,
            format!("interface {name} already exists and is not a private macvlan; ignoring vmac if_name"),
        ),
        OwnLinkNote::Incompatible(name) => line(
            Level::WARN,
            format!("VMAC {name} already exists but is incompatible. It will be deleted and made anew"),
        ),
        OwnLinkNote::Refused { name, error, again_in } => line(
            Level::ERROR,
            format!("cannot make interface {name}: {}; trying again in {again_in}", why(*error)),
        ),
    }
}

fn firewall(op: &FirewallOp) -> String {
    let (verb, hidden) = match op {
        FirewallOp::Hide(hidden) => ("hide", &**hidden),
        FirewallOp::Show(hidden) => ("show", &**hidden),
        FirewallOp::Replace(hidden) if hidden.is_empty() => ("hide nothing", &**hidden),
        FirewallOp::Replace(hidden) => ("hide nothing but", &**hidden),
    };
    let word = |hidden: &Hidden| match hidden {
        Hidden::Address { addr, .. } => format!(" {addr}"),
        Hidden::Reports { link, .. } => format!(" reports of interface {link}"),
    };
    let all: String = hidden.iter().map(word).collect();
    format!("the firewall: {verb}{all}")
}

/// What an operation is about. `name_of` names an interface, if it still exists.
#[must_use]
pub fn thing(op: &KernelOp, name_of: &dyn Fn(IfIndex) -> Option<String>) -> String {
    match op {
        KernelOp::Link(LinkOp::Make(link) | LinkOp::Adopt(link)) => format!("interface {}", link.name),
        KernelOp::Link(LinkOp::Remove(index)) => format!("interface {}", interface(*index, name_of)),
        KernelOp::AddAddress(index, vip) | KernelOp::DelAddress(index, vip) => {
            format!("{} on {}", vip.net, interface(*index, name_of))
        }
        KernelOp::AddRoute(placed) | KernelOp::DelRoute(placed) => {
            format!("route {}", routes::route(&placed.route).trim_start_matches("prepend "))
        }
        KernelOp::AddRule(rule) | KernelOp::DelRule(rule) => format!("rule {}", routes::rule(rule)),
        KernelOp::Set(setting, _) | KernelOp::Restore(setting) => match setting.knob {
            Knob::LocalReports => format!("the setting {}", setting.knob.name()),
            Knob::PromoteSecondaries | Knob::ArpIgnore | Knob::ArpFilter | Knob::RpFilter => {
                format!("the setting {} of {}", setting.knob.name(), setting.interface)
            }
        },
        KernelOp::Firewall(op) => firewall(op),
    }
}

#[cfg(test)]
mod tests {
    use super::checks::found;
    use super::*;
    use crate::base::addr::Family;
    use crate::base::id::{InstanceId, TrackId, Version};
    use crate::base::time::Span;
    use crate::conf::model::Weight;
    use crate::conf::model::{Run, Script};
    use crate::probe::Failure;
    use crate::track::script::{Finding, Outcome};
    use crate::vrrp::Rejection;
    use crate::vrrp::note::ScriptNote;

    fn text(note: &Note) -> String {
        render(note, &Model::default(), &|index| (index.get() == 2).then(|| "eth0".to_owned())).text
    }

    fn of(note: InstanceNote) -> String {
        text(&Note::Of(InstanceId::new(0), note))
    }

    /// What operators and their tools search for, as the C program has it.
    #[test]
    fn the_phrases_that_clients_match() {
        let source = "10.0.0.2".parse().unwrap();
        let (theirs, ours) = (Priority::new(150), Priority::new(100));
        let entered = |state, first| of(InstanceNote::Entered { state, first });
        let lines = [
            (entered(Told::Master, false), "(?) Entering MASTER STATE"),
            (entered(Told::Backup, true), "(?) Entering BACKUP STATE (init)"),
            (entered(Told::Fault, true), "(?) Entering FAULT STATE"),
            (of(InstanceNote::MasterSilent { master: None }), "(?) Receive advertisement timeout"),
            (
                of(InstanceNote::BetterMaster { source, theirs, ours }),
                "(?) Master received advert from 10.0.0.2 with higher priority 150, ours 100",
            ),
            (
                of(InstanceNote::WorseMaster { source, theirs: ours, ours: theirs }),
                "(?) Received advert from 10.0.0.2 with lower priority 100, ours 150, forcing new election",
            ),
            (of(InstanceNote::Adding), "(?) setting VIPs."),
            (of(InstanceNote::Removing), "(?) removing VIPs."),
            (of(InstanceNote::SentPriorityZero), "(?) sent 0 priority"),
            (
                of(InstanceNote::Priority { from: ours, to: theirs }),
                "(?) Changing effective priority from 100 to 150",
            ),
            (
                of(InstanceNote::Rejected {
                    source,
                    why: Rejection::Version { theirs: 3, ours: Version::V2 },
                }),
                "(?) wrong VRRP version from 10.0.0.2. Received 3 and expect 2",
            ),
            (
                text(&Note::Interface { name: IfName::new("eth0").unwrap(), running: false }),
                "Netlink reports eth0 down",
            ),
        ];
        for (text, expected) in lines {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn checks_say_why_they_failed() {
        let say = |failure| found(Finding::Ended(Outcome::Failed(failure)));
        assert_eq!(say(Failure::System(libc_refused())), "connection refused");
        assert_eq!(say(Failure::Status { found: 503, wanted: Some(200) }), "status 503 instead of 200");
        assert_eq!(say(Failure::Status { found: 302, wanted: None }), "status 302 instead of 200 to 299");
        assert_eq!(say(Failure::Closed), "connection closed without an answer");
        let probe = Script {
            name: "web".into(),
            run: Run::Probe(crate::conf::model::Probe::Tcp("192.0.2.1:80".parse().unwrap())),
            interval: Span::from_secs(1),
            timeout: Span::from_secs(1),
            rise: 1,
            fall: 1,
            weight: Weight::default(),
        };
        let turned = ScriptNote::Turned { good: false, finding: Finding::TimedOut };
        assert_eq!(script(Some(&probe), turned).text, "VRRP_Script(web) failed (no reply within 1s)");
    }

    /// `ECONNREFUSED` on Linux.
    const fn libc_refused() -> i32 {
        111
    }

    #[test]
    fn scripts_speak_as_those_of_the_c_program() {
        let script = |note| text(&Note::Script(TrackId::new(0), note));
        let ended = |status| Finding::Ended(Outcome::Exited(status));
        assert_eq!(script(ScriptNote::Now(ended(3))), "Script `?` now returning 3");
        assert_eq!(script(ScriptNote::Turned { good: true, finding: ended(0) }), "VRRP_Script(?) succeeded");
        assert_eq!(
            script(ScriptNote::Turned { good: false, finding: ended(1) }),
            "VRRP_Script(?) failed (exited with status 1)"
        );
        let killed = Finding::Ended(Outcome::Killed(9));
        assert_eq!(
            script(ScriptNote::Turned { good: false, finding: killed }),
            "VRRP_Script(?) failed (due to signal 9)"
        );
    }

    #[test]
    fn refusals_name_what_was_attempted_and_what_to_do() {
        let vip = crate::conf::model::Vip::plain(crate::base::addr::IpNet::host("10.0.0.9".parse().unwrap()));
        let op = KernelOp::AddAddress(IfIndex::new(2), vip);
        let again_in = Some(Span::from_secs(1));
        assert_eq!(
            of(InstanceNote::KernelRefused { op, error: KernelError::Denied, again_in }),
            "(?) cannot add 10.0.0.9/32 on eth0: not permitted; run as root or with CAP_NET_ADMIN and CAP_NET_RAW; \
             trying again in 1s"
        );
        let op = SocketOp::Join(IfIndex::new(3), "224.0.0.18".parse().unwrap());
        assert_eq!(
            text(&Note::SocketFailed { op, error: KernelError::Other(19), again_in: Span::from_secs(1) }),
            "cannot join group 224.0.0.18 on interface 3: No such device (os error 19); trying again in 1s"
        );
    }

    #[test]
    fn strangers_are_named() {
        let vrid = Vrid::new(99).unwrap();
        let note =
            Note::UnknownVrid { vrid, arrived_on: IfIndex::new(2), source: "10.0.0.7".parse().unwrap() };
        assert_eq!(text(&note), "Unknown VRID(99) received on interface(eth0) from 10.0.0.7. ignoring...");
        let note = Note::Truncated { family: Family::V4, len: 20 };
        assert_eq!(text(&note), "IPv4 VRRP packet too short - 20 bytes");
    }
}
