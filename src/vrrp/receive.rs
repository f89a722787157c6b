//! Which received packets are believed. The checks come in the order in which the C program makes them, each has a
//! counter, and each is complained about once.

use std::net::{IpAddr, Ipv4Addr};

use super::complaint::Complaint;
use super::event::Packet;
use super::instance::Own;
use super::note::InstanceNote;
use super::signatures::{self, Doubt};
use super::state::{Cx, Seen};
use crate::base::addr::Family;
use crate::base::id::{IfIndex, Priority, Version, Vrid};
use crate::base::time::Span;
use crate::conf::model::further::{AuthHmac, OldChecksum};
use crate::conf::model::vrrp::{Auth, Transport};
use crate::conf::model::{Global, Instance as Conf};
use crate::wire::signature::{Signed, Stamp};
use crate::wire::vrrp::{ADVERTISEMENT, AUTH_LEN, View};
use crate::wire::{Error, auth, ipv4, signature};

/// The TTL of a packet that no router has forwarded (RFC 9568, 5.1.1.3).
const TTL: u8 = 255;
/// The shortest payload of an Ethernet frame; shorter packets are padded.
const ETHERNET_MINIMUM: usize = 46;

/// A packet whose headers could be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Incoming<'a> {
    pub(super) arrived_on: IfIndex,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    ttl: u8,
    /// The IPv4 header; that of IPv6 is the kernel's business.
    pub(super) ip: Option<ipv4::View<'a>>,
    ah: Option<auth::View<'a>>,
    pub(super) message: View<'a>,
}

impl<'a> Incoming<'a> {
    /// Takes the headers off.
    ///
    /// # Errors
    /// If the packet is too short for them, or carries something else than VRRP.
    pub(super) fn read(packet: Packet<'a>) -> Result<Incoming<'a>, Error> {
        match packet {
            Packet::V4 { arrived_on, bytes } => Self::read_v4(arrived_on, bytes),
            Packet::V6 { arrived_on, source, destination, hop_limit, bytes } => Ok(Incoming {
                arrived_on,
                source: source.into(),
                destination: destination.into(),
                ttl: hop_limit,
                ip: None,
                ah: None,
                message: View::new(bytes)?,
            }),
        }
    }

    fn read_v4(arrived_on: IfIndex, bytes: &'a [u8]) -> Result<Incoming<'a>, Error> {
        let ip = ipv4::View::new(bytes)?;
        let ah = match ip.protocol() {
            51 => Some(auth::View::new(ip.payload())?),
            _ => None,
        };
        if ah.is_some_and(|ah| !ah.carries_vrrp()) {
            return Err(Error::NotThis);
        }
        Ok(Incoming {
            arrived_on,
            source: ip.source().into(),
            destination: ip.destination().into(),
            ttl: ip.ttl(),
            message: View::new(ah.map_or(ip.payload(), |ah| ah.payload()))?,
            ip: Some(ip),
            ah,
        })
    }

    /// The virtual router that it is for.
    pub(super) fn vrid(&self) -> Option<Vrid> {
        self.message.vrid()
    }

    pub(super) const fn family(&self) -> Family {
        Family::of(self.source)
    }

    /// Octets before the message.
    fn headers_len(&self) -> usize {
        let ip = self.ip.map_or(0, |ip| ip.header_len());
        ip + if self.ah.is_some() { auth::HEADER_LEN } else { 0 }
    }
}

/// An advertisement that is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) source: IpAddr,
    pub(super) priority: Priority,
    pub(super) interval: Span,
    /// Its number, if it was authenticated.
    pub(super) sequence: Option<u32>,
    /// When it was signed, if it was.
    stamp: Option<Stamp>,
}

impl Received {
    pub(super) const fn seen(&self) -> Seen {
        Seen { address: self.source, priority: self.priority, interval: self.interval }
    }
}

/// Why a packet is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It is not as long as it says.
    Length {
        /// Octets that arrived, headers included.
        len: usize,
        /// Octets that its headers and its address count add up to.
        expected: usize,
    },
    /// Its TTL or hop limit is not what this sender's has to be.
    Ttl {
        /// What it was on arrival.
        ttl: u8,
        /// The lowest that would do.
        min: u8,
        /// The highest that would do.
        max: u8,
    },
    /// It is of another version of the protocol.
    Version {
        /// Its version.
        theirs: u8,
        /// Ours.
        ours: Version,
    },
    /// Its authentication type does not exist.
    AuthInvalidType(u8),
    /// Its authentication type is not ours: 0 none, 1 password, 2 AH.
    AuthTypeMismatch {
        /// Its type.
        theirs: u8,
        /// Ours.
        ours: u8,
    },
    /// Its password is wrong.
    Password,
    /// Its digest is wrong.
    Digest,
    /// Its security parameter index is not its source address.
    Spi(Ipv4Addr),
    /// It was sent before one that was accepted already.
    Replay {
        /// Its sequence number.
        sequence: u32,
    },
    /// Version 2: its interval is not ours.
    Interval {
        /// Its interval.
        theirs: Span,
        /// Ours.
        ours: Span,
    },
    /// Version 3: it has no interval (RFC 9568 allows 1 to 4095 centiseconds).
    NoInterval,
    /// It is not an advertisement.
    Kind(u8),
    /// Its checksum is wrong in every form.
    Checksum,
    /// We own the addresses and ignore what others say.
    IgnoredByOwner,
    /// Its sender is not a peer.
    NotAPeer,
    /// Its signature is not believed (`auth_hmac`).
    Signature(Doubt),
}

/// Believes a packet or not, counting and complaining. `obeyed` is the master that is known already.
pub(super) fn receive(
    own: &mut Own,
    packet: &Incoming<'_>,
    obeyed: Option<IpAddr>,
    cx: &mut Cx<'_>,
) -> Option<Received> {
    let source = packet.source;
    let checked = check(own, packet, cx);
    let checked = checked.and_then(|received| {
        own.stats.received += 1;
        let skip = cx.conf.quirks.skip_check_adv_addr && obeyed == Some(source);
        compare_addresses(own, packet, skip, cx);
        check_peer(packet, cx.conf).map(|()| received)
    });
    match checked {
        Ok(received) => {
            if let Some(sequence) = received.sequence {
                own.sequence.heard(sequence);
            }
            if let Some(stamp) = received.stamp {
                own.signatures.edit().heard(source, stamp, cx.conf);
            }
            if received.priority == Priority::RELEASE {
                own.stats.priority_zero_received += 1;
            }
            Some(received)
        }
        Err(why) => {
            *counter(own, why) += 1;
            own.complain(complaint(why), || InstanceNote::Rejected { source, why }, cx);
            None
        }
    }
}

fn check(own: &mut Own, packet: &Incoming<'_>, cx: &mut Cx<'_>) -> Result<Received, Rejection> {
    let conf = cx.conf;
    if packet.ah.is_some() != matches!(conf.auth, Auth::Ah(_)) && packet.family() == Family::V4 {
        let theirs = if packet.ah.is_some() { 2 } else { packet.message.auth_type() };
        return Err(Rejection::AuthTypeMismatch { theirs, ours: auth_type(&conf.auth) });
    }
    let (message, signature) = check_length(packet, conf)?;
    if !conf.transport.is_unicast() && packet.ttl != TTL {
        return Err(Rejection::Ttl { ttl: packet.ttl, min: TTL, max: TTL });
    }
    if message.version() != conf.version.number() {
        return Err(Rejection::Version { theirs: message.version(), ours: conf.version });
    }
    let stamp = match conf.hmac() {
        Some(hmac) => check_signature(own, hmac, packet, (&message, signature), cx)?,
        None => None,
    };
    if conf.version == Version::V2 {
        check_auth(own, conf, packet, &message)?;
        let theirs = message.interval(Version::V2);
        if theirs != conf.advert_int {
            return Err(Rejection::Interval { theirs, ours: conf.advert_int });
        }
    }
    if message.kind() != ADVERTISEMENT {
        return Err(Rejection::Kind(message.kind()));
    }
    check_total_len(packet)?;
    let interval = message.interval(conf.version);
    if conf.version == Version::V3 {
        check_v3_interval(own, packet, interval, cx)?;
    }
    check_checksum(own, packet, &message, conf)?;
    if conf.quirks.owner_ignore_adverts && own.priority.is_owner() {
        return Err(Rejection::IgnoredByOwner);
    }
    let sequence = packet.ah.map(|ah| ah.sequence());
    Ok(Received { source: packet.source, priority: message.priority(), interval, sequence, stamp })
}

const fn auth_type(auth: &Auth) -> u8 {
    match auth {
        Auth::None => 0,
        Auth::Pass(_) => 1,
        Auth::Ah(_) => 2,
    }
}

/// The message without padding, and its signature where there may be one.
fn check_length<'a>(
    packet: &Incoming<'a>,
    conf: &Conf,
) -> Result<(View<'a>, Option<signature::View<'a>>), Rejection> {
    let message = packet.message.expected_len(packet.family());
    let signature = conf.hmac().and_then(|_| packet.message.beyond(message).try_into().ok());
    let headers = packet.headers_len();
    let (len, expected) = (headers + packet.message.octets(), headers + message);
    if signature.is_none() && len != expected && !is_padding(len, expected) {
        return Err(Rejection::Length { len, expected });
    }
    Ok((packet.message.cut(message), signature.map(signature::View::new)))
}

/// Frames shorter than the least that Ethernet sends are filled up, and some drivers pass that on. What was filled up
/// has a length of 46, or 4 more for each VLAN tag that was taken off.
const fn is_padding(len: usize, expected: usize) -> bool {
    expected < ETHERNET_MINIMUM && len > expected && (len - expected) % 4 == 2
}

fn check_total_len(packet: &Incoming<'_>) -> Result<(), Rejection> {
    let Some(ip) = packet.ip else { return Ok(()) };
    let (len, expected) = (ip.header_len() + ip.payload().len(), ip.total_len());
    if len != expected && !is_padding(len, expected) {
        return Err(Rejection::Length { len, expected });
    }
    Ok(())
}

fn check_auth(own: &Own, conf: &Conf, packet: &Incoming<'_>, message: &View<'_>) -> Result<(), Rejection> {
    let (theirs, ours) = (message.auth_type(), auth_type(&conf.auth));
    if theirs > 2 {
        return Err(Rejection::AuthInvalidType(theirs));
    }
    if theirs != ours {
        return Err(Rejection::AuthTypeMismatch { theirs, ours });
    }
    match &conf.auth {
        Auth::None => Ok(()),
        Auth::Pass(password) => {
            let same = message.auth_data().is_some_and(|data| equal(&data, password.octets()));
            if same { Ok(()) } else { Err(Rejection::Password) }
        }
        Auth::Ah(key) => check_ah(own, key.octets(), packet, message),
    }
}

/// Believes a signature or not; gives when it was made, if there is one.
fn check_signature(
    own: &mut Own,
    hmac: &AuthHmac,
    packet: &Incoming<'_>,
    (message, signature): (&View<'_>, Option<signature::View<'_>>),
    cx: &mut Cx<'_>,
) -> Result<Option<Stamp>, Rejection> {
    let source = packet.source;
    let Some(signature) = signature else {
        if !signatures::may_be_missing(hmac.mode) {
            return Err(Rejection::Signature(Doubt::Missing));
        }
        own.stats.errors.edit().extension.missing += 1;
        own.complain(Complaint::Unsigned, || InstanceNote::Unsigned { source }, cx);
        return Ok(None);
    };
    // What each peer signed last is remembered, and of nobody else.
    if let Transport::Unicast(unicast) = &cx.conf.transport
        && !unicast.peers.iter().any(|peer| peer.addr == source)
    {
        return Err(Rejection::NotAPeer);
    }
    let signed = Signed { source, message: message.bytes() };
    let clock = cx.stamp();
    let stamp = own.signatures.edit().check(hmac, signature, &signed, clock).map_err(Rejection::Signature)?;
    if let Some(apart) = signatures::skew(hmac, stamp, clock) {
        own.complain(Complaint::OtherClock, || InstanceNote::OtherClock { source, apart }, cx);
    }
    Ok(Some(stamp))
}

/// Compares secrets in a time that does not depend on where they differ.
fn equal(a: &[u8; AUTH_LEN], b: &[u8; AUTH_LEN]) -> bool {
    let difference = a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b));
    std::hint::black_box(difference) == 0
}

fn check_ah(own: &Own, key: &auth::Key, packet: &Incoming<'_>, message: &View<'_>) -> Result<(), Rejection> {
    let (Some(ip), Some(ah)) = (packet.ip, packet.ah) else {
        return Err(Rejection::AuthTypeMismatch { theirs: message.auth_type(), ours: 2 });
    };
    let covered = auth::HEADER_LEN + message.octets();
    if !ah.verify(key, ip.header(), ip.destination().is_multicast(), covered) {
        return Err(Rejection::Digest);
    }
    if ah.spi() != ip.source() {
        return Err(Rejection::Spi(ah.spi()));
    }
    if !own.sequence.is_fresh(ah.sequence()) {
        return Err(Rejection::Replay { sequence: ah.sequence() });
    }
    Ok(())
}

fn check_v3_interval(
    own: &mut Own,
    packet: &Incoming<'_>,
    theirs: Span,
    cx: &mut Cx<'_>,
) -> Result<(), Rejection> {
    if theirs.is_zero() {
        return Err(Rejection::NoInterval);
    }
    let (source, ours) = (packet.source, cx.conf.advert_int);
    if theirs != ours {
        own.complain(Complaint::OtherInterval, || InstanceNote::OtherInterval { source, theirs, ours }, cx);
    }
    Ok(())
}

/// Version 3 over IPv4 is accepted in every form that is in use, packet by packet; the kernel has checked IPv6.
fn check_checksum(
    own: &mut Own,
    packet: &Incoming<'_>,
    message: &View<'_>,
    conf: &Conf,
) -> Result<(), Rejection> {
    if packet.family() == Family::V6 {
        return Ok(());
    }
    let holds = match conf.version {
        Version::V2 => message.plain_checksum_holds(),
        Version::V3 => {
            let may_be_old = conf.transport.is_unicast() && conf.old_checksum() != Some(OldChecksum::Never);
            let group = may_be_old.then_some(Global::GROUP4.into());
            let form = message.checksum_form(packet.source, packet.destination, group);
            if let Some(form) = form {
                own.senders.count(packet.source, form);
            }
            form.is_some() || conf.quirks.v3_checksum_as_v2
        }
    };
    if holds { Ok(()) } else { Err(Rejection::Checksum) }
}

/// Other addresses than ours are counted and complained about, and the advertisement counts all the same (RFC 9568,
/// 7.1). Those of a sender to be skipped are only counted, as the C program does.
fn compare_addresses(own: &mut Own, packet: &Incoming<'_>, skip: bool, cx: &mut Cx<'_>) {
    let theirs = usize::from(packet.message.count());
    let ours = cx.conf.vips.len();
    let missing = if skip {
        None
    } else {
        cx.conf.vips.iter().map(|vip| vip.net.addr()).find(|addr| !packet.message.lists(*addr))
    };
    if theirs == ours && missing.is_none() {
        return;
    }
    own.stats.errors.edit().address_list += 1;
    let source = packet.source;
    let note = || InstanceNote::OtherAddresses { source, theirs, ours, missing };
    own.complain(Complaint::OtherAddresses, note, cx);
}

fn check_peer(packet: &Incoming<'_>, conf: &Conf) -> Result<(), Rejection> {
    let Transport::Unicast(unicast) = &conf.transport else { return Ok(()) };
    if !unicast.only_peers {
        return Ok(());
    }
    let Some(peer) = unicast.peers.iter().find(|peer| peer.addr == packet.source) else {
        return Err(Rejection::NotAPeer);
    };
    if (peer.min_ttl..=peer.max_ttl).contains(&packet.ttl) {
        return Ok(());
    }
    Err(Rejection::Ttl { ttl: packet.ttl, min: peer.min_ttl, max: peer.max_ttl })
}

fn counter(own: &mut Own, why: Rejection) -> &mut u64 {
    let errors = own.stats.errors.edit();
    match why {
        Rejection::Length { .. } => &mut errors.length,
        Rejection::Ttl { .. } => &mut errors.ttl,
        Rejection::Version { .. } => &mut errors.version,
        Rejection::AuthInvalidType(_) => &mut errors.auth_invalid_type,
        Rejection::AuthTypeMismatch { .. } => &mut errors.auth_type_mismatch,
        Rejection::Password | Rejection::Digest | Rejection::Spi(_) | Rejection::Replay { .. } => {
            &mut errors.auth_failure
        }
        Rejection::Interval { .. } | Rejection::NoInterval => &mut errors.interval,
        Rejection::Kind(_) => &mut errors.invalid_type,
        Rejection::Checksum => &mut errors.checksum,
        Rejection::IgnoredByOwner => &mut errors.ignored_by_owner,
        Rejection::NotAPeer => &mut errors.not_a_peer,
        Rejection::Signature(doubt) => match doubt {
            Doubt::Missing => &mut errors.extension.missing,
            Doubt::Malformed => &mut errors.extension.malformed,
            Doubt::Stale { .. } => &mut errors.extension.stale,
            Doubt::UnknownKey(_) => &mut errors.extension.unknown_key,
            Doubt::Wrong => &mut errors.extension.invalid,
            Doubt::Replay => &mut errors.extension.replay,
        },
    }
}

const fn complaint(why: Rejection) -> Complaint {
    match why {
        Rejection::Length { .. } => Complaint::Length,
        Rejection::Ttl { .. } => Complaint::Ttl,
        Rejection::Version { .. } => Complaint::Version,
        Rejection::AuthInvalidType(_) | Rejection::AuthTypeMismatch { .. } => Complaint::AuthType,
        Rejection::Password | Rejection::Digest | Rejection::Spi(_) | Rejection::Replay { .. } => {
            Complaint::AuthFailure
        }
        Rejection::Interval { .. } | Rejection::NoInterval => Complaint::Interval,
        Rejection::Kind(_) => Complaint::Kind,
        Rejection::Checksum => Complaint::Checksum,
        Rejection::IgnoredByOwner => Complaint::OwnerIgnores,
        Rejection::NotAPeer => Complaint::NotAPeer,
        Rejection::Signature(doubt) => match doubt {
            Doubt::Missing => Complaint::Unsigned,
            Doubt::Malformed => Complaint::MalformedSignature,
            Doubt::Stale { .. } => Complaint::StaleSignature,
            Doubt::UnknownKey(_) => Complaint::UnknownKey,
            Doubt::Wrong => Complaint::WrongSignature,
            Doubt::Replay => Complaint::RepeatedSignature,
        },
    }
}

#[cfg(test)]
mod tests;
