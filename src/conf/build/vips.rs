//! The addresses of an instance.

use std::collections::HashMap;
use std::net::IpAddr;

use super::Cx;
use super::instance::Nature;
use crate::base::addr::{Family, is_link_local};
use crate::base::id::{IfName, Version};
use crate::conf::diag::code::instance as code;
use crate::conf::draft::{GlobalDraft, InstanceDraft, VipDraft};
use crate::conf::expanded::Extent;
use crate::conf::model::Vip;

/// The size of a packet on an interface of which nothing else is known, in octets.
const USUAL_MTU: u32 = 1500;

/// Octets of the authentication header (AH).
pub(super) const AUTH_HEADER: u32 = 24;
/// Octets of a signature (`auth_hmac`).
pub(super) const SIGNATURE: u32 = 28;

/// The addresses that are advertised, and those that are not. What proves who sent an advertisement takes `proof`
/// octets of it.
pub(super) fn complete(
    draft: &InstanceDraft,
    nature: Nature,
    proof: u32,
    global: &GlobalDraft,
    cx: &mut Cx<'_>,
) -> (Box<[Vip]>, Box<[Vip]>) {
    let mut seen = HashMap::new();
    let mut vips = unique(&draft.vips, draft, &mut seen, cx);
    let mut excluded = unique(&draft.excluded, draft, &mut seen, cx);
    for vip in draft.vips.iter().chain(&draft.excluded) {
        if let Some(device) = vip.device {
            cx.interface_exists(device.value, device.at, global);
        }
    }
    presence(draft, nature, cx);
    let most = most_advertised(draft, nature, proof, cx);
    if vips.len() > most {
        let at = draft.vips.get(most).map_or(draft.at, |vip| vip.at);
        let message = format!(
            "{} has {} addresses, but an advertisement holds {most}; the rest is not advertised",
            draft.name,
            vips.len()
        );
        cx.diagnostics
            .report(&code::TOO_MANY_VIPS, at, message)
            .label("the first one that is not advertised")
            .help("move addresses to `virtual_ipaddress_excluded`, on all routers");
        let mut rest = vips.split_off(most);
        rest.append(&mut excluded);
        excluded = rest;
    }
    (vips.into(), excluded.into())
}

/// Each address once for each interface.
fn unique(
    drafts: &[VipDraft],
    draft: &InstanceDraft,
    seen: &mut HashMap<(IpAddr, Option<IfName>), Extent>,
    cx: &mut Cx<'_>,
) -> Vec<Vip> {
    let own = draft.interface.map(|interface| interface.value);
    let mut vips = Vec::with_capacity(drafts.len());
    for vip in drafts {
        let device = vip.device.map(|device| device.value);
        let key = (vip.net.addr(), device.or(own));
        if let Some(first) = seen.get(&key) {
            let message = format!("{} is an address of {} already", vip.net.addr(), draft.name);
            cx.diagnostics
                .report(&code::DUPLICATE_VIP, vip.at, message)
                .label("ignored")
                .also(*first, "first here");
            continue;
        }
        seen.insert(key, vip.at);
        vips.push(finish(vip, device.filter(|device| own != Some(*device))));
    }
    vips
}

/// An address with its interface.
pub(super) fn finish(vip: &VipDraft, device: Option<IfName>) -> Vip {
    let host_of_ipv6 = vip.net.family() == Family::V6 && vip.net.is_host();
    Vip {
        net: vip.net,
        device,
        scope: vip.scope,
        broadcast: vip.broadcast,
        label: vip.label,
        peer: vip.peer,
        flags: vip.flags,
        preferred_lft: vip.preferred_lft.unwrap_or(if host_of_ipv6 { Some(0) } else { None }),
    }
}

/// Whether there are addresses where there have to be, and the right one first.
fn presence(draft: &InstanceDraft, nature: Nature, cx: &mut Cx<'_>) {
    let name = &draft.name;
    let Some(first) = draft.vips.first() else {
        let wanted = draft.no_vips_wanted && !nature.strict;
        let (code, message) = if wanted {
            return;
        } else if nature.strict || nature.version == Version::V3 {
            (&code::VIP_REQUIRED, format!("{name} has no address, and one is required"))
        } else {
            (&code::NO_VIP, format!("{name} has no address"))
        };
        cx.diagnostics
            .report(code, draft.at, message)
            .also(draft.end, "the block ends here")
            .help("list addresses in `virtual_ipaddress`, or write `no_virtual_ipaddress`");
        return;
    };
    let IpAddr::V6(address) = first.net.addr() else { return };
    if is_link_local(address) || !draft.peers.is_empty() {
        return;
    }
    let code = if nature.strict { &code::FIRST_NOT_LINK_LOCAL } else { &code::FIRST_NOT_LINK_LOCAL_HINT };
    let message = format!("the first address of {name} should be link-local");
    cx.diagnostics.report(code, first.at, message).help("put an address of fe80::/10 first");
}

/// How many addresses an advertisement holds on the interface: at most 255, and no more than fit into a packet.
fn most_advertised(draft: &InstanceDraft, nature: Nature, proof: u32, cx: &Cx<'_>) -> usize {
    let mtu = draft.interface.and_then(|interface| cx.env.mtu(interface.value.as_str())).unwrap_or(USUAL_MTU);
    let (header, address) = match nature.family {
        Family::V4 => (20, 4),
        Family::V6 => (40, 16),
    };
    let trailer = if nature.version == Version::V2 && nature.family == Family::V4 { 8 } else { 0 };
    let taken = 14 + header + 8 + trailer + proof;
    usize::try_from(mtu.saturating_sub(taken) / address).unwrap_or(usize::MAX).min(255)
}
