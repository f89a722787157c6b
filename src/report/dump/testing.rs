//! A daemon to dump: one instance that is master, one that obeys another router.

use super::{Scene, WallClock};
use crate::base::addr::IpNet;
use crate::base::calendar::LocalTime;
use crate::base::id::{IfName, Priority, Version, Vrid};
use crate::base::time::{Instant, Span};
use crate::conf::model::secret::Password;
use crate::conf::model::vrrp::Auth;
use crate::conf::model::{Command, Hooks, Instance, Model, RunAs, Vip};
use crate::vrrp::Stats;
use crate::vrrp::link::Inventory;
use crate::vrrp::snapshot::{Obeyed, Role, Shown, Snapshot};

/// The moment of the dump.
const NOW: Instant = Instant::from_micros(100_000_000);
/// The wall clock at that moment.
const WALL: u64 = 1_795_237_100_310_093;

pub(super) fn vip(text: &str, prefix: u8) -> Vip {
    Vip::plain(IpNet::new(text.parse().unwrap(), prefix).unwrap())
}

pub(super) fn instance(name: &str, vrid: u8) -> Instance {
    Instance {
        interface: IfName::new("eth0"),
        version: Version::V3,
        priority: Priority::new(150),
        advert_int: Span::from_millis(500),
        vips: Box::new([vip("10.0.0.100", 24)]),
        ..Instance::plain(name, Vrid::new(vrid).unwrap())
    }
}

/// VI_1 is master with a password, VI_2 is backup.
pub(super) fn model() -> Model {
    let mut first = instance("VI_1", 51);
    first.version = Version::V2;
    first.advert_int = Span::from_secs(1);
    first.auth = Auth::Pass(Password::new(*b"secret\0\0"));
    first.excluded = Box::new([vip("10.0.0.77", 32)]);
    let run_as = RunAs { uid: 0, gid: 0 };
    let master = Command::new(vec!["/bin/true".into(), "a b".into()], run_as);
    first.hooks = Hooks { master, ..Hooks::default() }.into();
    let second = instance("VI_2", 52);
    Model { instances: [first, second].into_iter().collect(), ..Model::default() }
}

pub(super) fn snapshot() -> Snapshot {
    let master = Shown {
        role: Role::Master,
        since: NOW - Span::from_micros(5_000_405),
        priority: Priority::new(150),
        points: 0,
        source: Some("10.0.0.1".parse().unwrap()),
        faults: Box::default(),
        unreported: 0,
        obeyed: None,
        election: Some(NOW + Span::from_secs(1)),
        patience: Span::from_micros(3_414_062),
        last_advert: Some(NOW),
        installed: Box::new([true, true]),
        apart: None,
        apart_on: Box::default(),
        stats: Stats { received: 1, sent: 2, became_master: 3, released_master: 4, ..Stats::default() },
    };
    let backup = Shown {
        role: Role::Backup,
        obeyed: Some(Obeyed {
            address: "10.0.0.3".parse().unwrap(),
            priority: Priority::new(200),
            interval: Span::from_secs(1),
        }),
        last_advert: None,
        installed: Box::new([false]),
        apart: None,
        apart_on: Box::default(),
        stats: Stats::default(),
        ..master.clone()
    };
    Snapshot {
        at: NOW,
        instances: [master, backup].into_iter().collect(),
        groups: std::iter::empty().collect(),
        scripts: std::iter::empty().collect(),
        files: std::iter::empty().collect(),
        processes: std::iter::empty().collect(),
        sessions: std::iter::empty().collect(),
        links: Inventory::new(),
    }
}

/// What `render` makes of a model and a snapshot.
pub(super) fn with<T>(model: &Model, snapshot: &Snapshot, render: impl FnOnce(&Scene<'_>) -> T) -> T {
    let local = |_| LocalTime {
        year: 2026,
        month: 10,
        day: 21,
        weekday: 6,
        hour: 4,
        minute: 58,
        second: 15,
        offset: 0,
    };
    let clock = WallClock { at: NOW, micros: WALL, local: &local };
    render(&Scene { model, snapshot, clock, interfaces: &[], sockets: &|_, _| (7, 8), before: &|_, _| None })
}
