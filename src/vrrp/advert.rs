//! Sending advertisements.

use std::net::{IpAddr, Ipv4Addr};

use super::event::{Protocol, Route};
use super::instance::Own;
use super::state::Cx;
use crate::base::addr::Family;
use crate::base::id::{IfName, Priority, Version};
use crate::conf::model::further::OldChecksum;
use crate::conf::model::vrrp::{Auth, Transport};
use crate::conf::model::{Global, Instance as Conf};
use crate::wire::signature::Signed;
use crate::wire::vrrp::{Advert, AuthFields, Checksum};
use crate::wire::{auth, ipv4, signature};

/// What packets on the link are sent with (RFC 9568, 5.1.1.3 and 5.1.2.3).
const TTL: u8 = 255;

/// Sends one advertisement: to the group, or a copy to each peer. Tells whether there is anything to send with; an
/// advertisement must not leave by another interface because its own is gone.
pub(super) fn send(own: &mut Own, priority: Priority, cx: &mut Cx<'_>) -> bool {
    let Some(source) = own.source else { return false };
    let bound = cx.conf.interface.is_some() || vrf(cx.conf).is_some();
    if bound && own.home.port.is_none() {
        return false;
    }
    own.ip_id = own.ip_id.checked_add(1).unwrap_or(1);
    let sequence = match &cx.conf.auth {
        Auth::Ah(_) => own.sequence.next(),
        Auth::None | Auth::Pass(_) => 0,
    };
    let signature = cx.conf.hmac().and_then(|hmac| {
        let mut bytes = Vec::new();
        message(priority, cx.conf).emit(Checksum::ByKernel, &mut bytes);
        own.signatures.edit().sign(hmac, &Signed { source, message: &bytes }, cx.stamp())
    });
    own.stats.sent += 1;
    own.last_advert = Some(cx.now);
    let copy = Copy { own, priority, source, sequence, signature };
    match &cx.conf.transport {
        Transport::Multicast { group } => copy.send(*group, cx),
        Transport::Unicast(unicast) => unicast.peers.iter().for_each(|peer| copy.send(peer.addr, cx)),
    }
    true
}

/// The VRF that an instance without an interface is in.
pub(super) fn vrf(conf: &Conf) -> Option<IfName> {
    conf.further.as_ref()?.vrf
}

struct Copy<'a> {
    own: &'a Own,
    priority: Priority,
    source: IpAddr,
    sequence: u32,
    /// Every copy has the same.
    signature: Option<[u8; signature::LEN]>,
}

impl Copy<'_> {
    fn send(&self, destination: IpAddr, cx: &mut Cx<'_>) {
        let conf = cx.conf;
        let protocol = match &conf.auth {
            Auth::Ah(_) => Protocol::Ah,
            Auth::None | Auth::Pass(_) => Protocol::Vrrp,
        };
        let signature = self.signature.as_ref().map_or(&[][..], |octets| octets);
        let interface = self.own.home.port;
        let hop_limit = hop_limit(conf);
        let route = Route { protocol, interface, source: self.source, destination, hop_limit };
        cx.out.send(route, |out| {
            match (self.source, destination) {
                (IpAddr::V4(source), IpAddr::V4(to)) => self.emit_v4(source, to, signature.len(), conf, out),
                (IpAddr::V6(_), _) | (_, IpAddr::V6(_)) => {
                    message(self.priority, conf).emit(Checksum::ByKernel, out);
                }
            }
            out.extend_from_slice(signature);
        });
    }

    /// The packet up to what `more` octets follow.
    fn emit_v4(&self, source: Ipv4Addr, destination: Ipv4Addr, more: usize, conf: &Conf, out: &mut Vec<u8>) {
        let start = out.len();
        let advert = message(self.priority, conf);
        let (protocol, auth_len) = match &conf.auth {
            Auth::Ah(_) => (Protocol::Ah, auth::HEADER_LEN),
            Auth::None | Auth::Pass(_) => (Protocol::Vrrp, 0),
        };
        let id = self.own.ip_id;
        let ttl = hop_limit(conf).unwrap_or(TTL);
        let header = ipv4::Header { id, ttl, protocol: protocol.number(), source, destination };
        header.emit(auth_len + advert.octets() + more, out);
        match &conf.auth {
            Auth::Ah(key) => {
                auth::emit(source, self.sequence, out);
                advert.emit(Checksum::Plain, out);
                let sealed = out.get_mut(start..).unwrap_or_default();
                auth::seal(key.octets(), destination.is_multicast(), sealed);
            }
            Auth::None | Auth::Pass(_) => advert.emit(checksum(conf, source, destination), out),
        }
    }
}

fn message(priority: Priority, conf: &Conf) -> Advert<impl Iterator<Item = IpAddr> + Clone + use<'_>> {
    Advert {
        version: conf.version,
        family: conf.family,
        vrid: conf.vrid,
        priority,
        interval: conf.advert_int,
        auth: match &conf.auth {
            Auth::None => AuthFields::NONE,
            Auth::Pass(password) => AuthFields::password(*password.octets()),
            Auth::Ah(_) => AuthFields::AH,
        },
        addresses: conf.vips.iter().map(|vip| vip.net.addr()),
    }
}

fn hop_limit(conf: &Conf) -> Option<u8> {
    match &conf.transport {
        Transport::Multicast { .. } => Some(TTL),
        Transport::Unicast(unicast) => unicast.ttl,
    }
}

fn checksum(conf: &Conf, source: Ipv4Addr, destination: Ipv4Addr) -> Checksum {
    match conf.version {
        Version::V2 => Checksum::Plain,
        Version::V3 if conf.quirks.v3_checksum_as_v2 => Checksum::Plain,
        Version::V3 => {
            debug_assert_eq!(conf.family, Family::V4, "the kernel computes that of IPv6");
            let old = conf.transport.is_unicast() && conf.old_checksum() == Some(OldChecksum::Use);
            let destination = if old { Global::GROUP4 } else { destination };
            Checksum::PseudoHeader { source: source.into(), destination: destination.into() }
        }
    }
}
