//! Which hosts there are and what they are configured to do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;

use keepalived::base::addr::{Family, IpNet};
use keepalived::base::id::{IfName, InstanceId, Priority, Version, Vrid};
use keepalived::base::rng::SplitMix64;
use keepalived::base::table::Table;
use keepalived::base::time::Span;
use keepalived::conf::model::further::{AuthHmac, Further, HmacMode};
use keepalived::conf::model::route::{Route, RuleAction};
use keepalived::conf::model::secret::{Key, Password};
use keepalived::conf::model::track::{
    ParamMatch, TrackFile, TrackProcess, TrackedFile, TrackedProcess, TrackedScript,
};
use keepalived::conf::model::vrrp::{Auth, Peer, Transport, Unicast};
use keepalived::conf::model::{
    Command, Global, Hooks, Instance, Model, Run, RunAs, Script, SyncGroup, Trackers, Vip, Weight,
};

use keepalived::vrrp::belonging::RuleKey;

/// A LAN: its members have the same virtual routers, in the same order.
#[derive(Clone, Debug)]
pub struct LanPlan {
    /// How many segments there are; every member has an interface to each.
    pub segments: usize,
    pub members: Vec<Arc<Model>>,
}

#[derive(Clone, Debug)]
pub struct Fleet {
    pub lans: Vec<LanPlan>,
}

/// What all members of a virtual router have in common.
#[derive(Clone, Debug)]
struct Shared {
    segment: usize,
    vrid: u8,
    version: Version,
    family: Family,
    interval: Span,
    missed: u8,
    auth: Auth,
    hmac: Option<AuthHmac>,
    unicast: bool,
    vips: u8,
}

impl Fleet {
    /// One LAN with two to four members and one to three virtual routers of any kind.
    pub fn small(seed: u64) -> Fleet {
        let mut rng = SplitMix64::new(seed);
        let members = 2 + rng.below(3);
        let routers: Vec<Shared> = (0..1 + rng.below(3)).map(|at| any_router(at, &mut rng)).collect();
        let members = (0..members).map(|host| model(host, members, &routers, &mut rng)).collect();
        Fleet { lans: vec![LanPlan { segments: 1, members }] }
    }

    /// One LAN of two segments with two to four members, and two to four virtual routers in one or two sync groups.
    pub fn grouped(seed: u64) -> Fleet {
        let mut rng = SplitMix64::new(seed);
        let members = 2 + rng.below(3);
        let count = 2 + rng.below(3);
        let router = |at| Shared { segment: usize::try_from(at % 2).unwrap(), ..any_router(at, &mut rng) };
        let routers: Vec<Shared> = (0..count).map(router).collect();
        let sizes = if count == 4 && rng.chance(500) { vec![2, 2] } else { vec![2 + rng.below(count - 1)] };
        // Hosts may agree on who is best, or each group may be torn between them.
        let agree = rng.chance(500);
        let members = (0..members).map(|host| {
            let mut model = Model::clone(&model(host, members, &routers, &mut rng));
            let rank = 50 + 30 * u8::try_from(host).unwrap();
            for id in model.instances.keys().collect::<Vec<_>>().into_iter().filter(|_| agree) {
                model.instances.at_mut(id).priority = Priority::new(rank);
            }
            group(&mut model, &sizes, &mut rng);
            Arc::new(model)
        });
        Fleet { lans: vec![LanPlan { segments: 2, members: members.collect() }] }
    }

    /// One LAN of two segments with two members, each the better one on one segment and as much worse on the other.
    pub fn crossed() -> Fleet {
        let member = |host: u64| {
            let mut model = Model::default();
            for segment in [0, 1] {
                let router = Shared { segment, vrid: 51, ..Shared::plain() };
                let priority = Priority::new(if host == u64::from(router.segment == 1) { 150 } else { 50 });
                model.instances.push(instance(host, 2, &router, priority)).unwrap();
            }
            group(&mut model, &[2], &mut SplitMix64::new(0));
            Arc::new(model)
        };
        Fleet { lans: vec![LanPlan { segments: 2, members: vec![member(0), member(1)] }] }
    }

    /// One LAN with two plain members and one virtual router, so that times can be predicted.
    pub fn pair(seed: u64) -> Fleet {
        let mut rng = SplitMix64::new(seed);
        let router = Shared { unicast: false, ..any_router(0, &mut rng) };
        let first = 100 + u8::try_from(rng.below(100)).unwrap();
        let members = (0..2).map(|host| {
            let priority = Priority::new(if host == 0 { first } else { 100 });
            Arc::new(single(host, &router, priority))
        });
        Fleet { lans: vec![LanPlan { segments: 1, members: members.collect() }] }
    }

    /// One LAN with three members and one virtual router that signs, where time counts or order alone.
    pub fn signed(seed: u64, monotonic: bool) -> Fleet {
        let mut rng = SplitMix64::new(seed);
        let hmac = AuthHmac { monotonic, ..hmac(&[1], 1) };
        let router = Shared { auth: Auth::None, hmac: Some(hmac), ..any_router(0, &mut rng) };
        let member = |host| {
            Arc::new(single_of(3, host, &router, Priority::new(100 + 20 * u8::try_from(host).unwrap())))
        };
        Fleet { lans: vec![LanPlan { segments: 1, members: (0..3).map(member).collect() }] }
    }

    /// Many LANs alike: version 3, an interval of a second, priorities in steps.
    pub fn uniform(lans: u64, members: u64) -> Fleet {
        let router = Shared::plain();
        let host =
            |host| Arc::new(single(host, &router, Priority::new(100 + 20 * u8::try_from(host).unwrap())));
        let members: Vec<_> = (0..members).map(host).collect();
        Fleet { lans: (0..lans).map(|_| LanPlan { segments: 1, members: members.clone() }).collect() }
    }
}

impl Shared {
    /// Version 3 over IPv4, an interval of a second.
    const fn plain() -> Shared {
        Shared {
            segment: 0,
            vrid: 1,
            version: Version::V3,
            family: Family::V4,
            interval: Span::from_secs(1),
            missed: 3,
            auth: Auth::None,
            hmac: None,
            unicast: false,
            vips: 1,
        }
    }
}

fn any_router(at: u64, rng: &mut SplitMix64) -> Shared {
    let version = if rng.chance(500) { Version::V2 } else { Version::V3 };
    let family = if version == Version::V3 && rng.chance(400) { Family::V6 } else { Family::V4 };
    let interval = match version {
        Version::V2 => Span::from_secs(1 + rng.below(3)),
        Version::V3 => Span::from_centis([1, 10, 37, 100][usize::try_from(rng.below(4)).unwrap()]),
    };
    let auth = match (version, rng.below(3)) {
        (Version::V3, _) | (Version::V2, 0) => Auth::None,
        (Version::V2, 1) => Auth::Pass(Password::new(*b"1111\0\0\0\0")),
        (Version::V2, _) => Auth::Ah(Password::new(*b"secret\0\0")),
    };
    let hmac = (matches!(auth, Auth::None) && rng.chance(400)).then(|| hmac(&[1], 1));
    Shared {
        segment: 0,
        vrid: 51 + u8::try_from(at).unwrap(),
        version,
        family,
        interval,
        missed: 2 + u8::try_from(rng.below(3)).unwrap(),
        auth,
        hmac,
        unicast: rng.chance(250),
        vips: 1 + u8::try_from(rng.below(3)).unwrap(),
    }
}

/// Puts the first routers into groups of these sizes, in any order.
fn group(model: &mut Model, sizes: &[u64], rng: &mut SplitMix64) {
    let mut ids = model.instances.keys().collect::<Vec<_>>().into_iter();
    for (number, size) in sizes.iter().enumerate() {
        let members = ids.by_ref().take(usize::try_from(*size).unwrap()).collect();
        let trackers = if rng.chance(300) { trackers(model, rng) } else { Trackers::default() };
        let group = SyncGroup {
            name: format!("G_{number}").into(),
            members,
            trackers,
            weights: true,
            hooks: Hooks::default(),
            mail: None,
        };
        model.groups.push(group).unwrap();
    }
}

/// A model that differs a little: instances in another order or missing, another priority, addresses elsewhere.
pub fn vary(model: &Model, rng: &mut SplitMix64) -> Arc<Model> {
    let mut varied = Model { instances: Table::new(), groups: Table::new(), ..model.clone() };
    let mut ids: Vec<InstanceId> = model.instances.keys().collect();
    for at in 0..ids.len() {
        let other = usize::try_from(rng.below(ids.len() as u64)).unwrap();
        ids.swap(at, other);
    }
    if rng.chance(300) {
        ids.truncate(ids.len().max(2) - 1);
    }
    for id in &ids {
        varied.instances.push(model.instances.at(*id).clone()).unwrap();
    }
    for group in model.groups.values() {
        let members = group.members.iter().filter_map(|id| ids.iter().position(|known| known == id));
        let members = members.map(|at| InstanceId::new(u16::try_from(at).unwrap())).collect::<Box<[_]>>();
        if !members.is_empty() {
            varied.groups.push(SyncGroup { members, ..group.clone() }).unwrap();
        }
    }
    let pick = |rng: &mut SplitMix64| InstanceId::new(u16::try_from(rng.below(ids.len() as u64)).unwrap());
    let (from, to) = (pick(rng), pick(rng));
    if rng.chance(300) {
        varied.instances.at_mut(from).priority = Priority::new(1 + u8::try_from(rng.below(254)).unwrap());
    }
    if from != to && varied.instances.at(from).family == varied.instances.at(to).family {
        let mut left = varied.instances.at(from).vips.to_vec();
        let mut grown = varied.instances.at(to).vips.to_vec();
        if left.len() > 1 {
            grown.extend(left.pop());
        }
        varied.instances.at_mut(from).vips = left.into();
        varied.instances.at_mut(to).vips = grown.into();
    }
    Arc::new(varied)
}

/// The address of a host on a segment.
pub fn host_address(family: Family, segment: usize, host: u64) -> IpAddr {
    let host = u8::try_from(host + 1).unwrap();
    match family {
        Family::V4 => Ipv4Addr::new(10, u8::try_from(segment).unwrap(), 0, host).into(),
        Family::V6 => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, host.into()).into(),
    }
}

fn virtual_address(family: Family, vrid: u8, at: u8) -> IpNet {
    IpNet::host(match family {
        Family::V4 => Ipv4Addr::new(10, 0, vrid, 100 + at).into(),
        Family::V6 => {
            Ipv6Addr::new(0x2001, 0xdb8, vrid.into(), 0, 0, 0, 0, (0x100 + u16::from(at)).max(1)).into()
        }
    })
}

pub fn interface(segment: usize) -> IfName {
    IfName::new(&format!("eth{segment}")).unwrap()
}

/// The segment that an instance is on.
pub fn segment_to(conf: &Instance) -> usize {
    if conf.interface == Some(interface(0)) { 0 } else { 1 }
}

fn model(host: u64, members: u64, routers: &[Shared], rng: &mut SplitMix64) -> Arc<Model> {
    let mut model = Model { global: Global::default(), ..Model::default() };
    model.scripts.push(check_script(rng)).unwrap();
    model.files.push(number_file(rng)).unwrap();
    model.processes.push(worker(rng)).unwrap();
    for router in routers {
        let priority = Priority::new(1 + u8::try_from(rng.below(255)).unwrap());
        let mut instance = instance(host, members, router, priority);
        instance.starts_as_master = rng.chance(500);
        instance.quirks.lower_prio_no_advert = rng.chance(100);
        instance.quirks.higher_prio_send_advert = rng.chance(200);
        instance.quirks.skip_check_adv_addr = rng.chance(300);
        if rng.chance(500) {
            instance.trackers = trackers(&model, rng);
        }
        model.instances.push(instance).unwrap();
    }
    Arc::new(model)
}

/// A file whose number counts for the priority, or which is a fault.
fn number_file(rng: &mut SplitMix64) -> TrackFile {
    let weight = Weight { value: [0, 1, -3][usize::try_from(rng.below(3)).unwrap()], reverse: false };
    TrackFile { name: "number".into(), path: Path::new("/number").into(), weight, init: None }
}

/// A process that has to run, with delays of any length.
fn worker(rng: &mut SplitMix64) -> TrackProcess {
    TrackProcess {
        name: "worker".into(),
        command: Box::new(["worker".into()]),
        param_match: ParamMatch::None,
        full_command: false,
        weight: Weight { value: [0, 30, -30][usize::try_from(rng.below(3)).unwrap()], reverse: false },
        quorum: 1,
        quorum_max: None,
        terminate_delay: Span::from_micros(rng.below(2) * rng.below(3_000_000)),
        fork_delay: Span::from_micros(rng.below(2) * rng.below(3_000_000)),
    }
}

fn check_script(rng: &mut SplitMix64) -> Script {
    Script {
        name: "check".into(),
        run: Run::Command(Command::new(vec!["/check".into()], RunAs { uid: 0, gid: 0 }).unwrap()),
        interval: Span::from_millis(500),
        timeout: Span::from_millis(400),
        rise: 1 + u32::try_from(rng.below(3)).unwrap(),
        fall: 1 + u32::try_from(rng.below(3)).unwrap(),
        weight: Weight::default(),
    }
}

/// Something of what there is to be tracked.
fn trackers(model: &Model, rng: &mut SplitMix64) -> Trackers {
    let value = [0, 0, 40, -40][usize::try_from(rng.below(4)).unwrap()];
    let weight = Weight { value, reverse: false };
    let scripts = model.scripts.keys().map(|script| TrackedScript { script, weight });
    let files = model.files.iter().map(|(file, conf)| TrackedFile { file, weight: conf.weight });
    let processes =
        model.processes.iter().map(|(process, conf)| TrackedProcess { process, weight: conf.weight });
    Trackers {
        scripts: scripts.filter(|_| rng.chance(700)).collect(),
        files: files.filter(|_| rng.chance(300)).collect(),
        processes: processes.filter(|_| rng.chance(300)).collect(),
        ..Trackers::default()
    }
}

fn single(host: u64, router: &Shared, priority: Priority) -> Model {
    single_of(2, host, router, priority)
}

fn single_of(members: u64, host: u64, router: &Shared, priority: Priority) -> Model {
    let mut model = Model::default();
    model.instances.push(instance(host, members, router, priority)).unwrap();
    model
}

fn instance(host: u64, members: u64, router: &Shared, priority: Priority) -> Instance {
    let others = (0..members).filter(|peer| *peer != host);
    let peers = others.map(|peer| Peer::plain(host_address(router.family, router.segment, peer)));
    let unicast = || Unicast { peers: peers.collect(), ttl: None, only_peers: false };
    let vip = |at| Vip::plain(virtual_address(router.family, router.vrid, at));
    Instance {
        interface: Some(interface(router.segment)),
        version: router.version,
        family: router.family,
        priority,
        advert_int: router.interval,
        down_timer_adverts: router.missed,
        auth: router.auth.clone(),
        transport: if router.unicast {
            Transport::Unicast(unicast())
        } else {
            Transport::multicast(router.family)
        },
        vips: (0..router.vips).map(vip).collect(),
        further: further(router),
        ..Instance::plain(&format!("VI_{}", router.vrid), Vrid::new(router.vrid).unwrap())
    }
}

fn signing(hmac: AuthHmac) -> Box<Further> {
    Box::new(Further { hmac: Some(hmac), ..Further::default() })
}

/// Signatures with keys of these numbers.
fn hmac(keys: &[u8], active: u8) -> AuthHmac {
    let keys = keys.iter().map(|number| (*number, Key::new(vec![*number; 32]))).collect();
    AuthHmac { keys, active, window: Span::from_secs(5), monotonic: false, mode: HmacMode::Enforce }
}

/// The same with other keys for all that sign.
pub fn with_keys(model: &Model, keys: &[u8], active: u8) -> Arc<Model> {
    let mut model = model.clone();
    for id in model.instances.keys().collect::<Vec<_>>() {
        let conf = model.instances.at_mut(id);
        if conf.hmac().is_some() {
            conf.further = Some(signing(hmac(keys, active)));
        }
    }
    Arc::new(model)
}

/// What few have: signatures, addresses that accept nothing, or a route and a rule that only this virtual router has.
fn further(router: &Shared) -> Option<Box<Further>> {
    if let Some(hmac) = &router.hmac {
        return Some(signing(hmac.clone()));
    }
    if router.vrid.is_multiple_of(2) {
        let hides = Further { accept: Some(false), ..Further::default() };
        return router.vrid.is_multiple_of(4).then(|| Box::new(hides));
    }
    let net = virtual_address(router.family, router.vrid, 0);
    let route = Route {
        destination: Some(net),
        family: Some(router.family),
        device: Some(interface(router.segment)),
        table: Some(100),
        metric: Some(router.vrid.into()),
        ..Route::default()
    };
    let rule = RuleKey {
        family: router.family,
        preference: 1000 + u32::from(router.vrid),
        action: RuleAction::Table(100),
        inverted: false,
        from: Some(net),
        to: None,
        input: None,
        output: None,
        mark: None,
        protocol: 18,
    };
    Some(Box::new(Further {
        routes: Box::new([route]),
        rules: Box::new([rule.rule()]),
        ..Further::default()
    }))
}
