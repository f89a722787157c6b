//! `vrrp_instance`: one virtual router.

use std::net::IpAddr;

use super::trackers::{GroupTracks, Trackables, Who};
use super::{Cx, further, hooks, strict, trackers, vips};
use crate::base::addr::Family;
use crate::base::id::{IfName, Priority, Version, Vrid};
use crate::base::time::Span;
use crate::conf::diag::code::instance as code;
use crate::conf::draft::{AuthType, GarpDraft, GlobalDraft, InstanceDraft};
use crate::conf::expanded::Extent;
use crate::conf::model::Instance;
use crate::conf::model::vrrp::{Auth, Garp, Preempt, Quirks, Transport, Unicast};

/// What an instance is, once its words have been weighed against each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nature {
    pub(super) family: Family,
    pub(super) version: Version,
    pub(super) strict: bool,
    pub(super) priority: Priority,
    pub(super) starts_as_master: bool,
}

/// Completes an instance; `None` if something is missing that nothing can stand for.
pub(super) fn complete(
    mut draft: InstanceDraft,
    global: &GlobalDraft,
    group: Option<&GroupTracks<'_>>,
    trackables: &mut Trackables,
    cx: &mut Cx<'_>,
) -> Option<Instance> {
    let vrid = vrid(&draft, cx);
    let nature = nature(&draft, global, cx);
    if nature.strict {
        strict::adapt(&mut draft, nature, cx);
    }
    let interface = interface(&draft, global, cx);
    let auth = auth(&draft, nature, cx);
    let transport = transport(&draft, nature, global, cx);
    let advert_int = advert_int(&draft, nature.version, cx);
    let further = further::complete(&draft, nature, advert_int, global, cx);
    let hmac = further.as_ref().and_then(|further| further.hmac.as_ref());
    // Signatures are there instead of it.
    let auth = if hmac.is_some() { Auth::None } else { auth };
    let proof = match (&auth, hmac) {
        (Auth::Ah(_), _) => vips::AUTH_HEADER,
        (Auth::None | Auth::Pass(_), Some(hmac)) if hmac.signs() => vips::SIGNATURE,
        (Auth::None | Auth::Pass(_), _) => 0,
    };
    let (vips, excluded) = vips::complete(&draft, nature, proof, global, cx);
    let who = Who {
        name: &draft.name,
        interface: draft.interface.map(|interface| interface.value),
        priority: nature.priority,
        group,
    };
    let addresses = vips.iter().chain(&*excluded);
    let trackers = trackers::complete(&draft.tracks, who, addresses, trackables, global, cx);
    if draft.track_source.is_some() && draft.source.is_none() {
        let message = format!("`track_src_ip` of {} has no source address to watch", draft.name);
        let at = draft.track_source.unwrap_or(draft.at);
        cx.diagnostics.report(&code::TRACK_SOURCE_WITHOUT_SOURCE, at, message);
    }
    let tells_priorities = draft.notify_priority_changes.unwrap_or(global.notify_priority_changes);
    Some(Instance {
        interface,
        vrid: vrid?,
        version: nature.version,
        family: nature.family,
        starts_as_master: nature.starts_as_master && !ah_as_master(&draft, &auth, nature, cx),
        priority: nature.priority,
        advert_int,
        down_timer_adverts: draft
            .down_timer_adverts
            .map_or(global.down_timer_adverts.unwrap_or(Instance::DOWN_TIMER_ADVERTS), |n| n.value),
        preempt: preempt(&draft, nature, cx),
        auth,
        transport,
        source: draft.source.map(|source| source.value),
        track_source: draft.track_source.is_some() && draft.source.is_some(),
        vips,
        excluded,
        garp: garp(&draft.garp, &global.garp, nature.strict),
        quirks: quirks(&draft, global, nature, cx),
        trackers,
        hooks: hooks::complete(&draft.hooks, tells_priorities, cx).into(),
        further,
        name: draft.name,
    })
}

fn vrid(draft: &InstanceDraft, cx: &mut Cx<'_>) -> Option<Vrid> {
    if draft.vrid.is_none() {
        let message = format!("{} has no VRID", draft.name);
        cx.diagnostics.report(&code::NO_VRID, draft.at, message).also(draft.end, "the block ends here").help(
            "write `virtual_router_id N`, the same N from 1 to 255 on all routers that share these addresses",
        );
    }
    draft.vrid.map(|vrid| vrid.value)
}

fn nature(draft: &InstanceDraft, global: &GlobalDraft, cx: &mut Cx<'_>) -> Nature {
    let family = draft.family.map_or(Family::V4, |family| family.value);
    let strict = draft.strict.unwrap_or(global.strict);
    let configured = match family {
        Family::V4 => {
            draft.version.map(|version| version.value).or(global.version).unwrap_or(Instance::VERSION)
        }
        Family::V6 => draft.version.map_or(Version::V3, |version| version.value),
    };
    let version = if strict && family == Family::V6 && configured == Version::V2 {
        let at = draft.version.map_or(draft.at, |version| version.at);
        let message = format!("{} is strict and one of IPv6, so it speaks version 3", draft.name);
        cx.diagnostics.report(&code::IPV6_IN_V2_STRICT, at, message);
        Version::V3
    } else {
        configured
    };
    let wants_master = draft.state.map(|state| state.value);
    let priority = match (draft.priority, wants_master) {
        (Some(priority), _) => priority.value,
        (None, Some(true)) => Priority::OWNER,
        (None, _) => Priority::DEFAULT,
    };
    let mut starts_as_master = wants_master.unwrap_or(priority.is_owner());
    if strict && starts_as_master != priority.is_owner() {
        let at = draft.state.map_or(draft.at, |state| state.at);
        let right = if priority.is_owner() { "MASTER" } else { "BACKUP" };
        let message =
            format!("{} is strict and has priority {priority}, so it starts as {right}", draft.name);
        cx.diagnostics.report(&code::STATE_IN_STRICT, at, message).help(format!("write `state {right}`"));
        starts_as_master = priority.is_owner();
    }
    Nature { family, version, strict, priority, starts_as_master }
}

fn interface(draft: &InstanceDraft, global: &GlobalDraft, cx: &mut Cx<'_>) -> Option<IfName> {
    let unicast = !draft.peers.is_empty();
    let Some(interface) = draft.interface else {
        if draft.unicast_word.is_some() && !(unicast && draft.source.is_some()) {
            let message = format!("{} has neither `interface` nor `unicast_src_ip` with peers", draft.name);
            cx.diagnostics
                .report(&code::SOURCE_REQUIRED, draft.at, message)
                .help("write `interface INTERFACE`, or `unicast_src_ip ADDRESS` and `unicast_peer`");
        } else if !unicast {
            let message = format!("{} has no interface", draft.name);
            cx.diagnostics
                .report(&code::NO_INTERFACE, draft.at, message)
                .also(draft.end, "the block ends here")
                .help("write `interface INTERFACE`");
        }
        return None;
    };
    cx.interface_exists(interface.value, interface.at, global);
    Some(interface.value)
}

fn auth(draft: &InstanceDraft, nature: Nature, cx: &mut Cx<'_>) -> Auth {
    let Some(block) = &draft.auth else { return Auth::None };
    let Some(kind) = block.value.kind else { return Auth::None };
    let name = &draft.name;
    let (ignored, message) = if nature.strict {
        (&code::AUTH_IN_STRICT, format!("{name} is strict, so its authentication is ignored"))
    } else if nature.version == Version::V3 {
        (&code::AUTH_IN_V3, format!("{name} speaks version 3, which has no authentication"))
    } else if nature.family == Family::V6 {
        (&code::AH_FOR_IPV6, format!("{name} is one of IPv6, for which there is no authentication"))
    } else if let Some(password) = block.value.password.clone() {
        return match kind.value {
            AuthType::Pass => Auth::Pass(password),
            AuthType::Ah => Auth::Ah(password),
        };
    } else {
        (&code::AUTH_WITHOUT_PASSWORD, format!("{name} has no `auth_pass`, so its authentication is ignored"))
    };
    cx.diagnostics.report(ignored, block.at, message).help("remove the `authentication` block");
    Auth::None
}

fn ah_as_master(draft: &InstanceDraft, auth: &Auth, nature: Nature, cx: &mut Cx<'_>) -> bool {
    let conflict = matches!(auth, Auth::Ah(_)) && nature.starts_as_master;
    if conflict {
        let at = draft.state.map_or(draft.at, |state| state.at);
        let message = format!("{} authenticates with AH, so it starts as BACKUP", draft.name);
        cx.diagnostics.report(&code::AH_WITH_MASTER, at, message).help("write `state BACKUP`");
    }
    conflict
}

fn transport(draft: &InstanceDraft, nature: Nature, global: &GlobalDraft, cx: &mut Cx<'_>) -> Transport {
    let only_peers = draft.check_unicast_src || global.check_unicast_src;
    if draft.peers.is_empty() {
        if let Some(ttl) = draft.unicast_ttl {
            let message = format!("`unicast_ttl` of {} has no effect without peers", draft.name);
            cx.diagnostics
                .report(&code::UNICAST_TTL_WITHOUT_PEERS, ttl.at, message)
                .also(draft.end, "the block ends without `unicast_peer`");
        }
        let faults = draft.has_further().is_some_and(|further| further.fault_without_peer);
        if let Some(at) = draft.unicast_word.filter(|_| !faults) {
            let message = format!("{} has no unicast peer, so it uses multicast", draft.name);
            cx.diagnostics
                .report(&code::UNICAST_WITHOUT_PEERS, at, message)
                .help("list the other routers in `unicast_peer`, or remove the words for unicast");
        }
        let default = match nature.family {
            Family::V4 => IpAddr::V4(global.group4.unwrap_or(crate::conf::model::Global::GROUP4)),
            Family::V6 => IpAddr::V6(global.group6.unwrap_or(crate::conf::model::Global::GROUP6)),
        };
        return Transport::Multicast { group: draft.group.map_or(default, |group| group.value) };
    }
    Transport::Unicast(Unicast {
        peers: draft.peers.iter().map(|peer| peer.peer).collect(),
        ttl: draft.unicast_ttl.map(|ttl| ttl.value),
        only_peers,
    })
}

/// The interval, rounded to what the version can express.
fn advert_int(draft: &InstanceDraft, version: Version, cx: &mut Cx<'_>) -> Span {
    let Some(given) = draft.advert_int else { return Instance::ADVERT_INT };
    let (unit, most) = match version {
        Version::V2 => (Span::from_secs(1), Span::from_secs(255)),
        Version::V3 => (Span::from_centis(1), Span::from_centis(4095)),
    };
    let (micros, unit_micros) = (given.value.as_micros(), unit.as_micros());
    let units = ((micros + unit_micros / 2) / unit_micros).max(1);
    let rounded = Span::from_micros(units.saturating_mul(unit_micros)).min(most);
    if rounded != given.value {
        let message =
            format!("version {version} cannot express an interval of {}; {rounded} is taken", given.value);
        let problem = cx.diagnostics.report(&code::ADVERT_INT_ROUNDED, given.at, message);
        match version {
            Version::V2 => problem.help("write whole seconds, or `version 3` on all routers"),
            Version::V3 => problem.help("write hundredths of a second up to 40.95"),
        };
    }
    rounded
}

fn preempt(draft: &InstanceDraft, nature: Nature, cx: &mut Cx<'_>) -> Preempt {
    let master = draft.state.filter(|state| state.value && nature.starts_as_master);
    let mut report = |code, at, message: &str, other: Option<Extent>| {
        let problem = cx.diagnostics.report(code, at, format!("{message} in {}", draft.name));
        if let Some(other) = other {
            problem.also(other, "because of this");
        }
    };
    if let Some(at) = draft.nopreempt {
        match (master, nature.priority.is_owner()) {
            (Some(state), _) => report(
                &code::NOPREEMPT_WITH_MASTER,
                at,
                "`nopreempt` has no effect with `state MASTER`",
                Some(state.at),
            ),
            (None, true) => report(
                &code::NOPREEMPT_WITH_OWNER,
                at,
                "`nopreempt` has no effect with priority 255",
                draft.priority.map(|priority| priority.at),
            ),
            (None, false) => {}
        }
    }
    let never = draft.nopreempt.is_some() && master.is_none() && !nature.priority.is_owner();
    let Some(delay) = draft.preempt_delay.filter(|delay| !delay.value.is_zero()) else {
        return if never { Preempt::Never } else { Preempt::Yes };
    };
    if let Some(state) = master {
        let message = "`preempt_delay` has no effect with `state MASTER`";
        report(&code::PREEMPT_DELAY_WITH_MASTER, delay.at, message, Some(state.at));
        return Preempt::Yes;
    }
    if never {
        let message = "`preempt_delay` has no effect with `nopreempt`";
        report(&code::PREEMPT_DELAY_WITH_NOPREEMPT, delay.at, message, draft.nopreempt);
        return Preempt::Never;
    }
    Preempt::After(delay.value)
}

/// How announcements are made: as `own` says, else as `common` does.
pub(super) fn garp(own: &GarpDraft, common: &GarpDraft, strict: bool) -> Garp {
    let default = Garp::default();
    let common_delay = common.delay.unwrap_or(default.delay);
    let common_repeat = common.repeat.unwrap_or(default.repeat);
    let lower_prio_delay =
        own.lower_prio_delay.or(common.lower_prio_delay).map_or(common_delay, |delay| delay.value);
    let lower_prio_repeat =
        own.lower_prio_repeat.or(common.lower_prio_repeat).map_or(common_repeat, |repeat| repeat.value);
    Garp {
        repeat: own.repeat.unwrap_or(common_repeat),
        delay: own.delay.unwrap_or(common_delay),
        refresh: own.refresh.or(common.refresh).unwrap_or(default.refresh),
        refresh_repeat: own.refresh_repeat.or(common.refresh_repeat).unwrap_or(default.refresh_repeat),
        lower_prio_repeat: if strict { 0 } else { lower_prio_repeat },
        lower_prio_delay: if strict { Span::ZERO } else { lower_prio_delay },
    }
}

fn quirks(draft: &InstanceDraft, global: &GlobalDraft, nature: Nature, cx: &mut Cx<'_>) -> Quirks {
    let strict = nature.strict;
    let ignore = draft.owner_ignore_adverts;
    if let Some(word) = ignore.filter(|word| !word.value && nature.priority.is_owner()) {
        let message =
            format!("{} is an owner that hears advertisements; the C program would ignore this", draft.name);
        cx.diagnostics.report(&code::OWNER_NOT_IGNORING, word.at, message);
    }
    Quirks {
        strict,
        lower_prio_no_advert: strict
            || draft.lower_prio_no_advert.map_or(global.lower_prio_no_advert, |word| word.value),
        higher_prio_send_advert: !strict
            && draft.higher_prio_send_advert.map_or(global.higher_prio_send_advert, |word| word.value),
        skip_check_adv_addr: draft.skip_check_adv_addr.unwrap_or(global.skip_check_adv_addr),
        owner_ignore_adverts: strict || ignore.map_or(global.owner_ignore_adverts, |word| word.value),
        v3_checksum_as_v2: draft.v3_checksum_as_v2.unwrap_or(global.v3_checksum_as_v2),
    }
}
