//! Virtual addresses as dumps show them.

use std::fmt::Write as _;

use crate::base::addr::{Family, IpNet};
use crate::conf::model::vip::VipFlags;
use crate::conf::model::{Instance, Vip};
use crate::vrrp::snapshot::Shown;

/// The addresses in advertisements, as they are configured and whether they are there.
pub(super) fn advertised(conf: &Instance, shown: &Shown) -> Vec<String> {
    all(conf, shown).take(conf.vips.len()).collect()
}

/// The addresses that are not in advertisements.
pub(super) fn excluded(conf: &Instance, shown: &Shown) -> Vec<String> {
    all(conf, shown).skip(conf.vips.len()).collect()
}

fn all(conf: &Instance, shown: &Shown) -> impl Iterator<Item = String> {
    conf.addresses().zip(&shown.installed).enumerate().map(|(position, (vip, set))| {
        let apart = shown.apart_on.get(position).and_then(Option::as_deref);
        let device = vip.device.or(conf.interface).map(|name| name.to_string());
        text(vip, apart.map(str::to_owned).or(device), *set)
    })
}

/// One address on `device`.
pub(super) fn text(vip: &Vip, device: Option<String>, set: bool) -> String {
    let mut text = network(vip.net);
    // Writing to a string does not fail.
    if let Some(broadcast) = vip.broadcast {
        let _ = write!(text, " brd {broadcast}");
    }
    if let Some(device) = device {
        let _ = write!(text, " dev {device}");
    }
    let _ = write!(text, " scope {}", scope(vip.scope));
    if let Some(label) = vip.label {
        let _ = write!(text, " label {}", label.as_str());
    }
    for (present, word) in words(vip.flags) {
        if present {
            text.push_str(word);
        }
    }
    if vip.net.family() == Family::V6 {
        text.push_str(&match vip.preferred_lft {
            Some(0) => " deprecated".to_owned(),
            Some(seconds) => format!(" preferred_lft {seconds}"),
            None => " preferred_lft forever".to_owned(),
        });
    }
    if vip.flags.no_track {
        text.push_str(" no_track");
    }
    if set {
        text.push_str(" set");
    }
    text
}

const fn words(flags: VipFlags) -> [(bool, &'static str); 5] {
    [
        (flags.home, " home"),
        (flags.duplicate_detection, " -nodad"),
        (flags.mngtmpaddr, " mngtmpaddr"),
        (flags.noprefixroute, " noprefixroute"),
        (flags.autojoin, " autojoin"),
    ]
}

/// A network, without its prefix length if that is a host.
pub(super) fn network(net: IpNet) -> String {
    if net.is_host() { net.addr().to_string() } else { net.to_string() }
}

/// The scope of an address or a route (rtnetlink(7)).
pub(super) fn scope(number: u8) -> String {
    match number {
        0 => "global".into(),
        200 => "site".into(),
        253 => "link".into(),
        254 => "host".into(),
        255 => "nowhere".into(),
        other => other.to_string(),
    }
}
