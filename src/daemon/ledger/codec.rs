//! The octets of a ledger.

mod belongings;

use std::net::{IpAddr, Ipv6Addr};

use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfName, Priority, Vrid};
use crate::base::rare::Rare;
use crate::base::time::{Instant, Span};
use crate::conf::model::{Instance, Statics};
use crate::vrrp::event::{Key, Legacy, Told};
use crate::vrrp::handover::Handover;
use crate::vrrp::heirs::{Apart, Identity};
use crate::vrrp::snapshot::Role;
use crate::vrrp::{Errors, ExtensionErrors, Stats};

const MAGIC: u64 = u64::from_le_bytes(*b"kadledgr");
/// Counts the forms that ledgers have had. One of another form says nothing.
const VERSION: u32 = 4;
/// What comes before the octets of a state: their number and checksum.
const PREFIX: usize = 16;
/// The octets of a state without name and belongings.
const FIXED: usize = 3 + 16 + 17 + 17 + 1 + 1 + 8 + 1 + 17 + 1 + 18 + 8 + 2 + 2;
/// The octets of a sequence number with its checksum.
pub(super) const SEQUENCE: usize = 16;
/// How many numbers are counted.
const NUMBERS: usize = 27;
/// The octets of all counters of an instance with their checksum.
pub(super) const COUNTERS: usize = 8 * (NUMBERS + 1);
/// A new image begins at a multiple of this.
const PAGE: u64 = 4096;

/// Where a state is written, and how many octets it may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) at: u64,
    pub(super) capacity: usize,
}

/// Where everything is; all positions from the beginning of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Counts the images; 0 is none.
    pub(super) generation: u32,
    pub(super) count: u64,
    pub(super) slots: u64,
    pub(super) sequences: u64,
    pub(super) counters: u64,
    pub(super) end: u64,
}

impl Header {
    pub(super) const LENGTH: usize = 64;

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Header::LENGTH);
        out.extend(MAGIC.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend(self.generation.to_le_bytes());
        for number in [self.count, self.slots, self.sequences, self.counters, self.end] {
            out.extend(number.to_le_bytes());
        }
        let sum = checksum(&out, 0);
        out.extend(sum.to_le_bytes());
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Header> {
        let mut input = Input(bytes);
        let body = bytes.get(..Header::LENGTH - 8)?;
        if input.u64()? != MAGIC || input.u32()? != VERSION {
            return None;
        }
        let header = Header {
            generation: input.u32()?,
            count: input.u64()?,
            slots: input.u64()?,
            sequences: input.u64()?,
            counters: input.u64()?,
            end: input.u64()?,
        };
        (input.u64()? == checksum(body, 0)).then_some(header)
    }
}

/// Everything, to be written at once.
pub(super) struct Image {
    pub(super) header: Header,
    pub(super) slots: Vec<Slot>,
    /// That of static entries.
    pub(super) statics: Slot,
    /// From the first slot on.
    pub(super) bytes: Vec<u8>,
}

/// How many octets an instance may need.
pub(super) fn capacity(conf: &Instance) -> usize {
    PREFIX + FIXED + conf.name.len() + belongings::capacity(conf)
}

/// How many octets static entries may need.
pub(super) fn capacity_of_statics(statics: &Statics) -> usize {
    PREFIX + 2 + belongings::capacity_of(statics.addresses.len(), statics.routes.len(), statics.rules.len())
}

/// Position `index` in a row of entries of this size.
pub(super) fn offset(index: usize, size: usize) -> u64 {
    u64::try_from(index.saturating_mul(size)).unwrap_or(u64::MAX)
}

/// All of a configuration, where it does not overwrite what counts until then.
pub(super) fn image(
    capacities: &[usize],
    legacies: impl Iterator<Item = Legacy>,
    (for_statics, owned): &(usize, Vec<Key>),
    before: &Header,
) -> Image {
    let mut bytes = Vec::new();
    let add = |content: Vec<u8>, capacity: usize, bytes: &mut Vec<u8>| {
        let capacity = content.len().max(capacity);
        bytes.extend(u64::try_from(capacity).unwrap_or(u64::MAX).to_le_bytes());
        let slot = Slot { at: offset(bytes.len(), 1), capacity };
        let end = bytes.len() + capacity;
        bytes.extend(content);
        bytes.resize(end, 0);
        slot
    };
    let (mut slots, mut sequences, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    let legacies: Vec<Legacy> = legacies.collect();
    for ((legacy, capacity), index) in legacies.iter().zip(capacities).zip(0..) {
        slots.push(add(state(legacy, index), *capacity, &mut bytes));
        sequences.extend(sequence(legacy.sequence, index));
        counts.extend(counters(&legacy.stats, legacy.ip_id, index));
    }
    let mut of_statics = add(statics(owned, legacies.len()), *for_statics, &mut bytes);
    let tail = offset(sequences.len() + counts.len(), 1);
    let length = offset(bytes.len(), 1) + tail;
    let fits_before = before.generation > 0 && PAGE + length <= before.slots;
    let start = if before.generation == 0 || fits_before { PAGE } else { before.end.next_multiple_of(PAGE) };
    let sequences_at = start + offset(bytes.len(), 1);
    let header = Header {
        generation: before.generation.wrapping_add(1).max(1),
        count: offset(legacies.len(), 1),
        slots: start,
        sequences: sequences_at,
        counters: sequences_at + offset(sequences.len(), 1),
        end: start + length,
    };
    slots.iter_mut().chain([&mut of_statics]).for_each(|slot| slot.at += start);
    bytes.extend(sequences);
    bytes.extend(counts);
    Image { header, slots, statics: of_statics, bytes }
}

/// What is in an image, and how many instances are unknown because what they left is not whole.
pub(super) fn understand(header: &Header, bytes: &[u8]) -> (Handover, usize) {
    let mut handover = Handover::default();
    let mut unknown = 0;
    let mut input = Input(bytes);
    let part = |at: u64, index: usize, size: usize| {
        let start = usize::try_from(at.checked_sub(header.slots)? + offset(index, size)).ok()?;
        bytes.get(start..start.checked_add(size)?)
    };
    for index in 0..usize::try_from(header.count).unwrap_or(0) {
        let Some(slot) = input.u64().and_then(|size| input.take(usize::try_from(size).ok()?)) else {
            unknown += 1;
            break;
        };
        let numbers = part(header.sequences, index, SEQUENCE).and_then(|bytes| read_sequence(bytes, index));
        match (read_state(slot, index), numbers) {
            (Some(mut legacy), Some(number)) => {
                legacy.sequence = number;
                let counted = part(header.counters, index, COUNTERS);
                if let Some((stats, ip_id)) = counted.and_then(|bytes| read_counters(bytes, index)) {
                    legacy.stats = stats;
                    legacy.ip_id = ip_id;
                }
                handover.instances.push(legacy);
            }
            (None, _) | (_, None) => unknown += 1,
        }
    }
    let slot = input.u64().and_then(|size| input.take(usize::try_from(size).ok()?));
    let count = usize::try_from(header.count).unwrap_or(0);
    handover.statics = slot.and_then(|slot| read_statics(slot, count)).unwrap_or_default();
    (handover, unknown)
}

/// The state of an instance and what it owns.
pub(super) fn state(legacy: &Legacy, index: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(FIXED + legacy.name.len() + 24 * legacy.owned.len());
    let Identity { vrid, family, interface, group, source, apart } = legacy.identity;
    body.push(vrid.get());
    body.push(match family {
        Family::V4 => 4,
        Family::V6 => 6,
    });
    let interface = interface.map(|name| name.to_string()).unwrap_or_default();
    body.push(u8::try_from(interface.len()).unwrap_or(0));
    let mut name = [0; 16];
    name.iter_mut().zip(interface.bytes()).for_each(|(room, octet)| *room = octet);
    body.extend(name);
    address(group, &mut body);
    address(source, &mut body);
    body.push(apart.map_or(0, |apart| 1 + 2 * u8::from(apart.ip) + u8::from(apart.by_base)));
    body.push(match legacy.role {
        Role::Init => 0,
        Role::Backup => 1,
        Role::Master => 2,
        Role::Fault => 3,
    });
    body.extend(legacy.since.as_micros().to_le_bytes());
    body.push(match legacy.told {
        Some(Told::Backup) => 1,
        Some(Told::Master) => 2,
        Some(Told::Fault) => 3,
        Some(
            Told::Stop | Told::Deleted | Told::MasterRxLowerPri | Told::MasterPriority | Told::BackupPriority,
        )
        | None => 0,
    });
    address(legacy.source, &mut body);
    body.push(legacy.priority.get());
    let (master, priority, interval) = match legacy.master {
        Some((master, priority, interval)) => (Some(master), priority.get(), interval.as_micros()),
        None => (None, 0, 0),
    };
    address(master, &mut body);
    body.push(priority);
    body.extend(interval.to_le_bytes());
    body.extend(u16::try_from(legacy.name.len()).unwrap_or(0).to_le_bytes());
    body.extend(u16::try_from(legacy.owned.len()).unwrap_or(u16::MAX).to_le_bytes());
    body.extend(legacy.name.bytes());
    for key in &legacy.owned {
        belongings::write(key, &mut body);
    }
    sealed(&body, index)
}

/// What static entries own; `index` is behind those of all instances.
pub(super) fn statics(owned: &[Key], index: usize) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(u16::try_from(owned.len()).unwrap_or(u16::MAX).to_le_bytes());
    for key in owned.iter().take(u16::MAX.into()) {
        belongings::write(key, &mut body);
    }
    sealed(&body, index)
}

fn read_statics(slot: &[u8], index: usize) -> Option<Vec<Key>> {
    let mut input = Input(unsealed(slot, index)?);
    (0..input.u16()?).map(|_| belongings::read(&mut input)).collect()
}

/// These octets with their number and checksum before them.
fn sealed(body: &[u8], index: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(PREFIX + body.len());
    out.extend(offset(body.len(), 1).to_le_bytes());
    out.extend(checksum(body, index).to_le_bytes());
    out.extend(body);
    out
}

/// The octets of a slot, if they are whole.
fn unsealed(slot: &[u8], index: usize) -> Option<&[u8]> {
    let mut input = Input(slot);
    let length = usize::try_from(input.u64()?).ok()?;
    let sum = input.u64()?;
    let body = input.take(length)?;
    (sum == checksum(body, index)).then_some(body)
}

fn read_state(slot: &[u8], index: usize) -> Option<Legacy> {
    let mut input = Input(unsealed(slot, index)?);
    let vrid = Vrid::new(input.u8()?)?;
    let family = if input.u8()? == 4 { Family::V4 } else { Family::V6 };
    let length = usize::from(input.u8()?);
    let name = input.take(16)?.get(..length)?;
    let interface = match length {
        0 => None,
        _ => Some(IfName::new(std::str::from_utf8(name).ok()?)?),
    };
    let (group, source) = (input.address()?, input.address()?);
    let apart = input.u8()?.checked_sub(1).map(|bits| Apart { ip: bits & 2 != 0, by_base: bits & 1 != 0 });
    let identity = Identity { vrid, family, interface, group, source, apart };
    let role = match input.u8()? {
        1 => Role::Backup,
        2 => Role::Master,
        3 => Role::Fault,
        _ => Role::Init,
    };
    let since = Instant::from_micros(input.u64()?);
    let told = match input.u8()? {
        1 => Some(Told::Backup),
        2 => Some(Told::Master),
        3 => Some(Told::Fault),
        _ => None,
    };
    let (source, priority) = (input.address()?, Priority::new(input.u8()?));
    let (master, theirs, interval) = (input.address()?, Priority::new(input.u8()?), input.u64()?);
    let master = master.map(|master| (master, theirs, Span::from_micros(interval)));
    let (name, count) = (input.u16()?, input.u16()?);
    let name = std::str::from_utf8(input.take(name.into())?).ok()?.into();
    let owned = (0..count).map(|_| belongings::read(&mut input)).collect::<Option<_>>()?;
    let (sequence, ip_id, stats) = (0, 0, Stats::default());
    Some(Legacy {
        identity,
        name,
        role,
        since,
        told,
        source,
        priority,
        master,
        owned,
        sequence,
        ip_id,
        stats,
    })
}

pub(super) fn sequence(number: u64, index: usize) -> [u8; SEQUENCE] {
    let mut out = [0; SEQUENCE];
    let body = number.to_le_bytes();
    let octets = body.into_iter().chain(checksum(&body, index).to_le_bytes());
    out.iter_mut().zip(octets).for_each(|(room, octet)| *room = octet);
    out
}

fn read_sequence(bytes: &[u8], index: usize) -> Option<u64> {
    let body = bytes.get(..8)?;
    let mut input = Input(bytes);
    let number = input.u64()?;
    (input.u64()? == checksum(body, index)).then_some(number)
}

/// Every number that is counted, in the order in which they are written and read. An instance that counts something more
/// does not compile until it is here.
fn counted<'a>(stats: &'a mut Stats, errors: &'a mut Errors, ip_id: &'a mut u64) -> [&'a mut u64; NUMBERS] {
    let Stats {
        received,
        sent,
        became_master,
        released_master,
        priority_zero_received,
        priority_zero_sent,
        errors: _,
        healed,
        kernel_errors,
    } = stats;
    let Errors {
        length,
        ttl,
        version,
        auth_invalid_type,
        auth_type_mismatch,
        auth_failure,
        interval,
        invalid_type,
        checksum: sums,
        address_list,
        not_a_peer,
        ignored_by_owner,
        extension: ExtensionErrors { missing, malformed, unknown_key, invalid, stale, replay },
    } = errors;
    [
        received,
        sent,
        became_master,
        released_master,
        priority_zero_received,
        priority_zero_sent,
        healed,
        kernel_errors,
        length,
        ttl,
        version,
        auth_invalid_type,
        auth_type_mismatch,
        auth_failure,
        interval,
        invalid_type,
        sums,
        address_list,
        not_a_peer,
        ignored_by_owner,
        missing,
        malformed,
        unknown_key,
        invalid,
        stale,
        replay,
        ip_id,
    ]
}

pub(super) fn counters(stats: &Stats, ip_id: u16, index: usize) -> Vec<u8> {
    let (mut errors, mut ip_id) = (stats.errors.get(), ip_id.into());
    let mut stats = Stats { errors: Rare::default(), ..*stats };
    let numbers = counted(&mut stats, &mut errors, &mut ip_id);
    let mut out: Vec<u8> = numbers.into_iter().flat_map(|number| number.to_le_bytes()).collect();
    let sum = checksum(&out, index);
    out.extend(sum.to_le_bytes());
    out
}

fn read_counters(bytes: &[u8], index: usize) -> Option<(Stats, u16)> {
    let (body, sum) = bytes.split_at_checked(8 * NUMBERS)?;
    if Input(sum).u64()? != checksum(body, index) {
        return None;
    }
    let (mut input, mut stats, mut errors, mut ip_id) = (Input(body), Stats::default(), Errors::default(), 0);
    for number in counted(&mut stats, &mut errors, &mut ip_id) {
        *number = input.u64()?;
    }
    if errors != Errors::default() {
        stats.errors = Rare::new(errors);
    }
    Some((stats, u16::try_from(ip_id).ok()?))
}

fn address(addr: Option<IpAddr>, out: &mut Vec<u8>) {
    let mut octets = [0; 17];
    let (kind, addr) = match addr {
        None => (0, Ipv6Addr::UNSPECIFIED),
        Some(IpAddr::V4(v4)) => (4, v4.to_ipv6_mapped()),
        Some(IpAddr::V6(v6)) => (6, v6),
    };
    octets.iter_mut().zip(std::iter::once(kind).chain(addr.octets())).for_each(|(room, it)| *room = it);
    out.extend(octets);
}

fn net(net: Option<IpNet>, out: &mut Vec<u8>) {
    address(net.map(IpNet::addr), out);
    out.push(net.map_or(0, IpNet::prefix));
}

/// FNV-1a of 64 bits, over what follows the number of the instance.
fn checksum(bytes: &[u8], index: usize) -> u64 {
    let step = |sum: u64, octet: &u8| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    let start = offset(index, 1).to_le_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step);
    bytes.iter().fold(start, step)
}

/// Octets that are read one after the other.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A prefix, if there is one.
    fn net(&mut self) -> Option<Option<IpNet>> {
        let (addr, prefix) = (self.address()?, self.u8()?);
        match addr {
            Some(addr) => IpNet::new(addr, prefix).map(Some),
            None => Some(None),
        }
    }

    /// Nothing if there is too little; else the address that is there, if one is.
    fn address(&mut self) -> Option<Option<IpAddr>> {
        let [kind, octets @ ..] = self.array::<17>()?;
        let v6 = Ipv6Addr::from(octets);
        match kind {
            0 => Some(None),
            4 => Some(Some(IpAddr::V4(v6.to_ipv4_mapped()?))),
            6 => Some(Some(IpAddr::V6(v6))),
            _ => None,
        }
    }
}
