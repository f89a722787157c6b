//! What can happen in a scenario.
//!
//! | command | what happens |
//! |---|---|
//! | `start`, `stop`, `stop keeping addresses`, `nothing` | the router is told so; or time just passes |
//! | `advert SOURCE [field VALUE]...` | an advertisement arrives; fields: those of [`Advert`]; `for` is the instance, else the first |
//! | `link NAME up\|down\|gone\|new` | an interface changes; what is new has another number |
//! | `link NAME vrf TABLE` | an interface is a VRF with this table from now on |
//! | `link NAME name NAME`, `link NAME mac MAC`, `link NAME mtu OCTETS` | an interface gets another name, link-layer address, size |
//! | `address NAME add\|del NET` | somebody changes an address |
//! | `unique NAME NET`, `duplicate NAME NET` | the kernel has found no other host with an address, or one |
//! | `take NET\|PREFERENCE` | somebody removes the route to NET, or the rule with that preference |
//! | `script NAME exits STATUS\|dies SIGNAL\|hangs` | how the runs of a script end from now on |
//! | `file NAME is CONTENT\|missing` | a tracked file has other content, or is not there |
//! | `process PID runs COMMAND...`, `process PID ends` | a process begins or becomes another program, or ends |
//! | `session NAME up\|down` | a BFD session changes |
//! | `reload`, `reload NAME` | the configuration is read again, or another one |
//! | `crash`, `resume`, `resume NAME` | the process dies and what is on its way to it is lost; another one goes on in its place, or does so with another configuration |
//! | `refuse add\|del\|join ERRNO` | the kernel refuses the next operation of this kind |
//! | `sleep`, `stir heard TIME`, `wake` | the process does not run; it runs for a moment, having heard everything up to TIME; it runs again |
//! | `lost COUNT` | the receive queue overflowed |

use std::net::IpAddr;

use keepalived::base::addr::{IpNet, MacAddr};
use keepalived::base::id::IfName;
use keepalived::base::time::{Instant, Span};

pub enum Command {
    Start,
    Stop { release: bool },
    Reload(Option<String>),
    Nothing,
    Crash,
    Resume(Option<String>),
    Advert(Advert),
    Link(IfName, LinkChange),
    Address { interface: IfName, net: IpNet, add: bool },
    Proven { interface: IfName, net: IpNet, unique: bool },
    TakeAway(String),
    Script { name: String, ending: Ending },
    File { name: String, content: Option<String> },
    Process { pid: u32, command: Option<Vec<String>> },
    Session { name: String, up: bool },
    Refuse { kind: String, errno: i32 },
    Sleep,
    Stir { heard_until: Instant },
    Wake,
    Lost(u32),
}

#[derive(Clone, Copy)]
pub enum LinkChange {
    Up,
    Down,
    Gone,
    New,
    Name(IfName),
    Mac(MacAddr),
    Mtu(u32),
    Vrf(u32),
}

/// How a script's runs end.
#[derive(Clone, Copy)]
pub enum Ending {
    Exits(i32),
    Dies(i32),
    Hangs,
}

/// An advertisement; what is not said is as the instance has it.
pub struct Advert {
    pub source: IpAddr,
    /// The instance whose virtual router it is about.
    pub instance: Option<String>,
    pub to: Option<IpAddr>,
    /// The interface that it arrives on, if that is not the instance's.
    pub on: Option<IfName>,
    pub vrid: Option<u8>,
    pub version: Option<u8>,
    pub priority: Option<u8>,
    pub interval: Option<Span>,
    pub ttl: u8,
    pub password: Option<String>,
    pub addresses: Option<Vec<IpAddr>>,
    /// The checksum is spoilt.
    pub spoilt: bool,
}

/// A time in seconds.
pub fn instant(text: &str) -> Instant {
    Instant::ZERO + span(text)
}

fn span(text: &str) -> Span {
    let (secs, fraction) = text.split_once('.').unwrap_or((text, ""));
    let micros: u64 = format!("{fraction:0<6}").parse().unwrap_or_else(|_| panic!("{text:?} is not a time"));
    let secs: u64 = secs.parse().unwrap_or_else(|_| panic!("{text:?} is not a time"));
    Span::from_secs(secs) + Span::from_micros(micros)
}

fn parse<T: std::str::FromStr>(text: Option<&str>, what: &str) -> T {
    let text = text.unwrap_or_else(|| panic!("{what} is missing"));
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not {what}"))
}

fn name(text: Option<&str>) -> IfName {
    text.and_then(IfName::new).expect("the name of an interface")
}

/// An address with its prefix length.
pub fn net(text: &str) -> IpNet {
    let (addr, prefix) = text.split_once('/').unwrap_or_else(|| panic!("{text:?} has no prefix length"));
    IpNet::new(parse(Some(addr), "an address"), parse(Some(prefix), "a prefix length")).expect("a prefix")
}

/// `unique NAME NET` or `duplicate NAME NET`.
fn proven(text: &str) -> Command {
    let mut words = text.split_whitespace();
    let unique = words.next() == Some("unique");
    Command::Proven { interface: name(words.next()), net: net(words.next().unwrap_or_default()), unique }
}

/// `script NAME exits STATUS|dies SIGNAL|hangs`.
fn script(text: &str) -> Command {
    let mut words = text.split_whitespace().skip(1);
    let name = words.next().unwrap_or_default().to_owned();
    let ending = match words.next() {
        Some("exits") => Ending::Exits(parse(words.next(), "a status")),
        Some("dies") => Ending::Dies(parse(words.next(), "a signal")),
        Some("hangs") => Ending::Hangs,
        other => panic!("how can a script end: {other:?}?"),
    };
    Command::Script { name, ending }
}

impl Command {
    pub fn parse(text: &str) -> Command {
        let mut words = text.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let mut next = || words.next();
        match verb {
            "start" => Command::Start,
            "stop" => Command::Stop { release: next().is_none() },
            "reload" => Command::Reload(next().map(str::to_owned)),
            "nothing" => Command::Nothing,
            "crash" => Command::Crash,
            "resume" => Command::Resume(next().map(str::to_owned)),
            "advert" => Command::Advert(Advert::parse(text)),
            "link" => Command::Link(name(next()), change(next(), next())),
            "address" => {
                let (interface, add) = (name(next()), next() == Some("add"));
                Command::Address { interface, net: net(next().unwrap_or_default()), add }
            }
            "unique" | "duplicate" => proven(text),
            "take" => Command::TakeAway(next().unwrap_or_default().to_owned()),
            "script" => script(text),
            "file" => {
                let name = next().unwrap_or_default().to_owned();
                let content = match next() {
                    Some("is") => Some(words.collect::<Vec<_>>().join(" ")),
                    Some("missing") => None,
                    other => panic!("how can a file be: {other:?}?"),
                };
                Command::File { name, content }
            }
            "process" => {
                let pid = parse(next(), "a process id");
                let command = match next() {
                    Some("runs") => Some(words.map(str::to_owned).collect()),
                    Some("ends") => None,
                    other => panic!("what can a process do: {other:?}?"),
                };
                Command::Process { pid, command }
            }
            "session" => {
                Command::Session { name: next().unwrap_or_default().to_owned(), up: next() == Some("up") }
            }
            "refuse" => {
                let kind = next().unwrap_or_default().to_owned();
                Command::Refuse { kind, errno: parse(next(), "an error number") }
            }
            "sleep" => Command::Sleep,
            "wake" => Command::Wake,
            "stir" => {
                assert_eq!(next(), Some("heard"));
                Command::Stir { heard_until: instant(next().unwrap_or_default()) }
            }
            "lost" => Command::Lost(parse(next(), "a count")),
            other => panic!("unknown command {other:?}"),
        }
    }
}

fn change(text: Option<&str>, to: Option<&str>) -> LinkChange {
    match text {
        Some("up") => LinkChange::Up,
        Some("down") => LinkChange::Down,
        Some("gone") => LinkChange::Gone,
        Some("new") => LinkChange::New,
        Some("name") => LinkChange::Name(name(to)),
        Some("mac") => LinkChange::Mac(parse(to, "a link-layer address")),
        Some("mtu") => LinkChange::Mtu(parse(to, "a size")),
        Some("vrf") => LinkChange::Vrf(parse(to, "a table")),
        other => panic!("how can a link change: {other:?}?"),
    }
}

impl Advert {
    fn parse(text: &str) -> Advert {
        let mut words = text.split_whitespace().skip(1);
        let mut advert = Advert {
            source: parse(words.next(), "a source"),
            instance: None,
            to: None,
            on: None,
            vrid: None,
            version: None,
            priority: None,
            interval: None,
            ttl: 255,
            password: None,
            addresses: None,
            spoilt: false,
        };
        while let Some(field) = words.next() {
            match field {
                "for" => advert.instance = words.next().map(str::to_owned),
                "on" => advert.on = Some(name(words.next())),
                "to" => advert.to = Some(parse(words.next(), "a destination")),
                "vrid" => advert.vrid = Some(parse(words.next(), "a VRID")),
                "version" => advert.version = Some(parse(words.next(), "a version")),
                "priority" => advert.priority = Some(parse(words.next(), "a priority")),
                "interval" => advert.interval = words.next().map(span),
                "ttl" => advert.ttl = parse(words.next(), "a TTL"),
                "password" => advert.password = words.next().map(str::to_owned),
                "addresses" => {
                    let list = words.next().unwrap_or_default().split(',').filter(|addr| *addr != "none");
                    advert.addresses = Some(list.map(|addr| parse(Some(addr), "an address")).collect());
                }
                "spoilt" => advert.spoilt = true,
                other => panic!("an advertisement has no field {other:?}"),
            }
        }
        advert
    }
}
