//! What parent and child say to each other. The end of the line says the rest: whoever is at its other end is gone.

use std::net::IpAddr;

use super::dumps::Kind;
use crate::report::mail::Letter;
use crate::sys::ipc::LONGEST;

const READY: &[u8] = b"ready";
const RELOADED: &[u8] = b"reloaded";
const NOT_RELOADED: &[u8] = b"not reloaded";
const RELOAD: &[u8] = b"reload";
const STOP: &[u8] = b"stop";
const ASK_RELOAD: &[u8] = b"asked to reload";
const ALIVE: &[u8] = b"alive";
const ROLES: &str = "roles";
const LEDGER: &[u8] = b"ledger";
const PID_FILE: &[u8] = b"pid file";
const MAIL: &[u8] = b"mail\0";
/// What asks for a dump.
const DUMPS: [(&[u8], Kind); 4] = [
    (b"dump stats", Kind::Stats),
    (b"dump and clear stats", Kind::StatsClear),
    (b"dump data", Kind::Data),
    (b"dump json", Kind::Json),
];

/// What a child says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FromChild {
    /// It has started, and does what it is for.
    Ready,
    /// The new configuration counts.
    Reloaded,
    /// It could not make sense of the new configuration, and goes on with the old one.
    NotReloaded,
    /// Somebody asked it, and not the parent, for a reload.
    AskedToReload,
    /// It is not stuck.
    Alive,
    /// What its instances are.
    Roles(Roles),
    /// This has to be mailed.
    Mail(Letter),
}

/// How many instances have which role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles {
    pub(super) master: usize,
    pub(super) backup: usize,
    pub(super) fault: usize,
}

/// What a parent says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FromParent {
    /// Stop in good order.
    Stop,
    /// Go over to the configuration in the file that is attached.
    Reload,
    /// Write this.
    Dump(Kind),
    /// Say that you are not stuck.
    AreYouAlive,
    /// The file that is attached is to be written for a successor, and was by a predecessor: the first thing said.
    Ledger,
    /// The file that is attached is the pid file, locked: from one program to the next.
    PidFile,
    /// A name that a check needs has these addresses, or none.
    Located {
        /// The name.
        name: Box<str>,
        /// Its addresses.
        addresses: Vec<IpAddr>,
    },
}

impl FromChild {
    /// The message; subjects that make it too long lose their middle.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            FromChild::Ready => READY.to_vec(),
            FromChild::Reloaded => RELOADED.to_vec(),
            FromChild::NotReloaded => NOT_RELOADED.to_vec(),
            FromChild::AskedToReload => ASK_RELOAD.to_vec(),
            FromChild::Alive => ALIVE.to_vec(),
            FromChild::Roles(Roles { master, backup, fault }) => {
                format!("{ROLES} {master} {backup} {fault}").into_bytes()
            }
            FromChild::Mail(Letter { subject, body }) => {
                let room = LONGEST.saturating_sub(MAIL.len() + body.len() + 1);
                [MAIL, shortened(subject, room).as_bytes(), b"\0", body.as_bytes()].concat()
            }
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<FromChild> {
        let words = [FromChild::Ready, FromChild::Reloaded, FromChild::NotReloaded];
        for word in words.into_iter().chain([FromChild::AskedToReload, FromChild::Alive]) {
            if message == word.encode() {
                return Some(word);
            }
        }
        if let Some(roles) = Roles::decode(message) {
            return Some(FromChild::Roles(roles));
        }
        let (subject, body) = std::str::from_utf8(message.strip_prefix(MAIL)?).ok()?.split_once('\0')?;
        Some(FromChild::Mail(Letter { subject: subject.into(), body: body.into() }))
    }
}

impl Roles {
    fn decode(message: &[u8]) -> Option<Roles> {
        let mut words = std::str::from_utf8(message).ok()?.split(' ');
        if words.next() != Some(ROLES) {
            return None;
        }
        let mut number = || words.next()?.parse().ok();
        let roles = Roles { master: number()?, backup: number()?, fault: number()? };
        words.next().is_none().then_some(roles)
    }
}

/// What the message about a name begins with.
const LOCATED: &str = "located";
/// How many addresses of a name are passed on: so many fit into a message.
const ADDRESSES: usize = 5;

impl FromParent {
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            FromParent::Stop => STOP.to_vec(),
            FromParent::Reload => RELOAD.to_vec(),
            FromParent::AreYouAlive => ALIVE.to_vec(),
            FromParent::Ledger => LEDGER.to_vec(),
            FromParent::PidFile => PID_FILE.to_vec(),
            FromParent::Dump(kind) => {
                let word = DUMPS.iter().find(|(_, known)| known == kind);
                word.map_or_else(Vec::new, |(word, _)| word.to_vec())
            }
            FromParent::Located { name, addresses } => {
                let addresses = addresses.iter().take(ADDRESSES).map(ToString::to_string);
                let words = [LOCATED.to_owned(), name.to_string()].into_iter().chain(addresses);
                words.collect::<Vec<_>>().join(" ").into_bytes()
            }
        }
    }

    pub(super) fn decode(message: &[u8]) -> Option<FromParent> {
        if message == STOP {
            return Some(FromParent::Stop);
        }
        if message == RELOAD {
            return Some(FromParent::Reload);
        }
        if message == ALIVE {
            return Some(FromParent::AreYouAlive);
        }
        if message == LEDGER {
            return Some(FromParent::Ledger);
        }
        if message == PID_FILE {
            return Some(FromParent::PidFile);
        }
        if let Some((_, kind)) = DUMPS.iter().find(|(word, _)| *word == message) {
            return Some(FromParent::Dump(*kind));
        }
        let mut words = std::str::from_utf8(message).ok()?.split(' ');
        if words.next() != Some(LOCATED) {
            return None;
        }
        let name = words.next()?.into();
        let addresses = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        Some(FromParent::Located { name, addresses })
    }
}

/// The text without its middle, so that it fits: names stand at its beginning, what happened at its end.
fn shortened(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.into();
    }
    let half = room.saturating_sub(3) / 2;
    let head = (0..=half).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    let tail = (text.len() - half..=text.len()).find_map(|start| text.get(start..)).unwrap_or_default();
    format!("{head}...{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: String) -> FromChild {
        FromChild::Mail(Letter { subject, body: "=> VRRP Instance stopping <=".into() })
    }

    #[test]
    fn what_is_said_is_understood() {
        let mail = letter("VRRP Instance VI_1 - Stopping".into());
        let roles = FromChild::Roles(Roles { master: 1, backup: 20, fault: 0 });
        let words = [FromChild::Ready, FromChild::Reloaded, FromChild::NotReloaded, FromChild::AskedToReload];
        for said in words.into_iter().chain([FromChild::Alive, roles, mail]) {
            assert_eq!(FromChild::decode(&said.encode()), Some(said));
        }
        let located = |name: &str, addresses| FromParent::Located { name: name.into(), addresses };
        let both = vec![IpAddr::from([192, 0, 2, 1]), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])];
        for said in [
            FromParent::Stop,
            FromParent::Ledger,
            FromParent::PidFile,
            FromParent::Reload,
            FromParent::Dump(Kind::Stats),
            FromParent::Dump(Kind::StatsClear),
            FromParent::Dump(Kind::Data),
            FromParent::Dump(Kind::Json),
            FromParent::AreYouAlive,
            located("web.example.net", both),
            located("nowhere", vec![]),
        ] {
            assert_eq!(FromParent::decode(&said.encode()), Some(said));
        }
        assert_eq!(FromParent::decode(b"located web 192.0.2"), None);
        assert_eq!(FromParent::decode(b""), None);
        for nonsense in
            [&b"stop"[..], b"mail", b"mail\0no body", b"mail\0\xff\0", b"roles 1 2", b"roles 1 2 3 4"]
        {
            assert_eq!(FromChild::decode(nonsense), None);
        }
    }

    #[test]
    fn the_longest_names_fit() {
        let said = letter(format!("VRRP Instance {} - Stopping", "ä".repeat(LONGEST))).encode();
        assert!((LONGEST - 4..=LONGEST).contains(&said.len()), "{}", said.len());
        let Some(FromChild::Mail(Letter { subject, .. })) = FromChild::decode(&said) else {
            panic!("{said:?}")
        };
        assert!(subject.starts_with("VRRP Instance ää") && subject.ends_with("ää - Stopping"), "{subject}");
    }

    #[test]
    fn the_longest_message_fits() {
        let addresses = vec![IpAddr::from([0xffff; 8]); 20];
        let message = FromParent::Located { name: "x".repeat(253).into(), addresses }.encode();
        assert!(message.len() <= crate::sys::ipc::LONGEST, "{}", message.len());
    }
}
