//! The rarer words of an instance.

use super::instance::Nature;
use super::{Cx, hooks, statics};
use crate::base::addr::{Family, MacAddr};
use crate::base::id::IfName;
use crate::base::time::Span;
use crate::conf::diag::code::instance as instance_code;
use crate::conf::diag::code::link as code;
use crate::conf::draft::{At, FurtherDraft, GlobalDraft, HmacDraft, InstanceDraft};
use crate::conf::env::{Env, Presence};
use crate::conf::expanded::Extent;
use crate::conf::model::Further;
use crate::conf::model::further::{AuthHmac, HmacMode, LinkKind, OwnLink};

/// Completes them; `None` if there are none.
pub(super) fn complete(
    draft: &InstanceDraft,
    nature: Nature,
    advert_int: Span,
    global: &GlobalDraft,
    cx: &mut Cx<'_>,
) -> Option<Box<Further>> {
    let address_vmacs: Vec<_> = draft
        .vips
        .iter()
        .chain(&draft.excluded)
        .filter_map(|vip| vip.own_vmac.map(|name| (vip.net.addr(), name)))
        .collect();
    let empty = FurtherDraft::default();
    let further = match draft.has_further() {
        Some(further) => further,
        None if address_vmacs.is_empty() && global.settings.interfaces.extra_announcements.is_none() => {
            return None;
        }
        None => &empty,
    };
    let link = further.link.as_ref().map(|link| own_link(link, further.mac_lacks_vrid, draft, nature, cx));
    let has_vmac = link.as_ref().is_some_and(|link| matches!(link.kind, LinkKind::MacVlan { .. }));
    Some(Box::new(Further {
        xmit_base: xmit_base(draft, further, has_vmac, nature, cx),
        promote_secondaries: promote_secondaries(draft, further, has_vmac, cx),
        vmac_for_addresses: further.vmac_for_addresses,
        address_vmacs,
        vrf: vrf(draft, further, global, cx),
        accept: further.accept,
        fault_without_peer: further.fault_without_peer && draft.peers.is_empty(),
        old_checksum: further.old_checksum,
        timer_expired_backup: further.timer_expired_backup.map(|priority| priority.value),
        extra_announcements: further
            .extra_announcements
            .or(global.settings.interfaces.extra_announcements)
            .filter(|extra| !extra.interval.is_zero()),
        receive_buffer: further.receive_buffer,
        mail: further.mail,
        notify_deleted: further
            .notify_deleted
            .as_ref()
            .map(|line| line.as_ref().and_then(|line| hooks::notification(line, cx))),
        hmac: further.hmac.as_ref().and_then(|hmac| auth_hmac(hmac, draft, nature, advert_int, cx)),
        routes: further.routes.iter().map(|route| statics::route(route, global, cx)).collect(),
        rules: further.rules.iter().map(|rule| statics::rule(rule, global, cx)).collect(),
        link,
    }))
}

fn own_link(
    link: &At<OwnLink>,
    lacks_vrid: bool,
    draft: &InstanceDraft,
    nature: Nature,
    cx: &mut Cx<'_>,
) -> OwnLink {
    let mut own = link.value.clone();
    if let Some(name) = own.name
        && let Some(first) = cx.own_links.insert(name, link.at)
    {
        let message =
            format!("another instance calls its interface {name}; {} does without the name", draft.name);
        cx.diagnostics
            .report(&code::LINK_NAME_TAKEN, link.at, message)
            .also(first, "the other one")
            .also(draft.end, "the block ends here");
        own.name = None;
        cx.own_links.insert(name, first);
    }
    if let (LinkKind::MacVlan { mac: Some(MacAddr([.., last])), .. }, Some(vrid), true) =
        (&mut own.kind, draft.vrid, lacks_vrid)
    {
        *last = vrid.value.get();
    }
    match &mut own.kind {
        LinkKind::MacVlan { mac, .. } if nature.strict && mac.is_some() => {
            let message = format!("{} is strict: its MAC address cannot be chosen", draft.name);
            cx.diagnostics.report(&instance_code::STRICT_RESETS, link.at, message);
            *mac = None;
        }
        LinkKind::IpVlan { address: None, .. } if nature.family == Family::V4 && draft.source.is_none() => {
            let message = format!("the IPVLAN of {} has no address to send from", draft.name);
            cx.diagnostics
                .report(&code::IPVLAN_WITHOUT_ADDRESS, link.at, message)
                .help("write `use_ipvlan ADDRESS/LENGTH`, or `mcast_src_ip ADDRESS`");
        }
        LinkKind::MacVlan { .. } | LinkKind::IpVlan { .. } => {}
    }
    own
}

/// Whether advertisements leave by the interface itself.
fn xmit_base(
    draft: &InstanceDraft,
    further: &FurtherDraft,
    has_vmac: bool,
    nature: Nature,
    cx: &mut Cx<'_>,
) -> bool {
    let name = &draft.name;
    if let Some(at) = further.xmit_base {
        if !has_vmac {
            let message = format!("{name} has no MAC-VLAN that `vmac_xmit_base` could say something of");
            cx.diagnostics.report(&code::XMIT_BASE_WITHOUT_VMAC, at, message);
            return false;
        }
        if nature.strict {
            let message = format!("{name} is strict: advertisements leave by its MAC-VLAN");
            cx.diagnostics.report(&instance_code::STRICT_RESETS, at, message);
            return false;
        }
        return true;
    }
    let Some(at) =
        further.link.as_ref().filter(|_| has_vmac && draft.unicast_word.is_some()).map(|link| link.at)
    else {
        return false;
    };
    let message = format!("unicast advertisements of {name} leave by the interface, not by its MAC-VLAN");
    cx.diagnostics
        .report(&code::XMIT_BASE_FORCED, at, message)
        .also(draft.end, "the block ends here")
        .help("write `vmac_xmit_base`");
    true
}

fn promote_secondaries(
    draft: &InstanceDraft,
    further: &FurtherDraft,
    has_vmac: bool,
    cx: &mut Cx<'_>,
) -> bool {
    let Some(at) = further.promote_secondaries else { return false };
    if has_vmac {
        let message = format!("secondary addresses on the MAC-VLAN of {} are promoted anyway", draft.name);
        cx.diagnostics.report(&code::PROMOTE_WITH_VMAC, at, message);
    }
    !has_vmac
}

fn vrf(
    draft: &InstanceDraft,
    further: &FurtherDraft,
    global: &GlobalDraft,
    cx: &mut Cx<'_>,
) -> Option<IfName> {
    let vrf = further.vrf?;
    if draft.interface.is_some() {
        return None;
    }
    cx.interface_exists(vrf.value, vrf.at, global);
    if draft.peers.is_empty() {
        let message = format!("{} has a VRF, but neither an interface nor unicast peers", draft.name);
        cx.diagnostics.report(&code::VRF_NEEDS_UNICAST, vrf.at, message);
    }
    Some(vrf.value)
}

fn auth_hmac(
    hmac: &At<HmacDraft>,
    draft: &InstanceDraft,
    nature: Nature,
    advert_int: Span,
    cx: &mut Cx<'_>,
) -> Option<AuthHmac> {
    let name = &draft.name;
    let known = |active: &At<u8>| hmac.value.keys.iter().any(|key| key.value.0 == active.value);
    let Some(active) = hmac.value.active.filter(known) else {
        let (at, message) = match hmac.value.active {
            Some(active) => (active.at, format!("{name} has no key {} that could sign", active.value)),
            None => (hmac.at, format!("{name} does not say which key signs")),
        };
        cx.diagnostics
            .report(&instance_code::NO_ACTIVE_KEY, at, message)
            .help("write `active_key N` with the number of a `key` of this block");
        return None;
    };
    if let Some(auth) = &draft.auth {
        let message = format!("{name} signs its advertisements, so its password is ignored");
        cx.diagnostics
            .report(&instance_code::HMAC_AND_PASSWORD, auth.at, message)
            .also(hmac.at, "signatures are asked for here");
    }
    let mut mode = hmac.value.mode;
    if nature.strict && mode != HmacMode::Enforce {
        let message = format!("{name} is strict: signatures are enforced");
        cx.diagnostics.report(&instance_code::STRICT_RESETS, hmac.at, message);
        mode = HmacMode::Enforce;
    }
    Some(AuthHmac {
        keys: hmac.value.keys.iter().map(|key| key.value.clone()).collect(),
        active: active.value,
        window: hmac.value.window.unwrap_or_else(|| usual_window(advert_int)),
        monotonic: hmac.value.monotonic,
        mode,
    })
}

/// How far clocks may differ if nobody says: three intervals, but 5 s to 300 s, in whole seconds.
fn usual_window(advert_int: Span) -> Span {
    let three = advert_int * 3;
    let whole = Span::from_secs(three.as_micros().div_ceil(1_000_000));
    whole.clamp(Span::from_secs(5), Span::from_secs(300))
}

/// How many interfaces are named to choose from.
const MOST_NAMED: usize = 8;

/// What to do about an interface that does not exist.
fn instead_of_missing(env: &dyn Env) -> String {
    let later = "if it is to appear only later, write `dynamic_interfaces` into global_defs";
    let mut others = env.interfaces();
    others.retain(|other| other != "lo");
    others.sort();
    match others.as_slice() {
        [] => later.to_owned(),
        few if few.len() <= MOST_NAMED => format!("this host has {}; {later}", few.join(", ")),
        many => format!("this host has {} interfaces, see `ip link`; {later}", many.len()),
    }
}

impl Cx<'_> {
    /// Says so if an interface neither exists nor may appear later.
    pub(super) fn interface_exists(&mut self, name: IfName, at: Extent, global: &GlobalDraft) {
        // What interfaces another network namespace has is not known here.
        let elsewhere = global.settings.place.namespace.is_some();
        if elsewhere || global.dynamic_interfaces() || self.env.interface(name.as_str()) != Presence::Absent {
            return;
        }
        let message = format!("there is no interface {name} here; whoever needs it waits for it");
        let env = self.env;
        let help = self.interface_help.get_or_insert_with(|| instead_of_missing(env)).clone();
        self.diagnostics.report(&instance_code::UNKNOWN_INTERFACE, at, message).help(help);
    }
}
