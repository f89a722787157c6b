//! What the kernel knows of interfaces and addresses, and how to change it (rtnetlink(7)).
//!
//! * [`inventory`]: everything at one moment, by the dumps of the `rtnetlink` crate;
//! * [`monitor`]: every change since, on a socket of our own that no message can confuse;
//! * [`apply`]: our own changes of addresses, in batches, each with its answer;
//! * [`ownlink`]: interfaces of our own.

pub mod apply;
pub mod facts;
pub mod inventory;
pub mod monitor;
pub mod ownlink;
mod parse;
mod routes;
mod rules;

use netlink_packet_core::NetlinkBuffer;

// linux/rtnetlink.h
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_DELROUTE: u16 = 25;
const RTM_DELRULE: u16 = 33;
const RTM_NEWNETCONF: u16 = 80;

/// What marks an address as put there by keepalived (`IFA_PROTO`, "keepalived" in iproute2's `rt_addrprotos`).
const KEEPALIVED: u8 = 18;

/// Octets before what a message says.
const HEADER: usize = 16;
/// Room for anything that the kernel says in one datagram.
const DATAGRAM: usize = 64 << 10;

/// A message of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message<'a> {
    kind: u16,
    sequence: u32,
    /// Whose request it answers or reports: the port of a socket, 0 for the kernel.
    port: u32,
    payload: &'a [u8],
}

/// The messages of a datagram; a damaged one ends the list with `None`.
fn messages(mut datagram: &[u8]) -> impl Iterator<Item = Option<Message<'_>>> {
    std::iter::from_fn(move || {
        if datagram.is_empty() {
            return None;
        }
        let whole = NetlinkBuffer::new_checked(datagram)
            .ok()
            .filter(|message| usize::try_from(message.length()).is_ok_and(|length| length >= HEADER));
        let Some(message) = whole else {
            datagram = &[];
            return Some(None);
        };
        let length = usize::try_from(message.length()).unwrap_or(usize::MAX);
        let payload = datagram.get(HEADER..length).unwrap_or_default();
        let (kind, sequence) = (message.message_type(), message.sequence_number());
        let port = message.port_number();
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Some(Message { kind, sequence, port, payload }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(16 + payload.len()).unwrap().to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 2]);
        bytes.extend(7u32.to_ne_bytes());
        bytes.extend([0; 4]);
        bytes.extend(payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    #[test]
    fn a_datagram_is_split_into_its_messages() {
        let datagram = [message(16, &[1, 2, 3]), message(17, &[])].concat();
        let listed: Vec<_> = messages(&datagram).collect();
        let expected = [
            Some(Message { kind: 16, sequence: 7, port: 0, payload: &[1, 2, 3] }),
            Some(Message { kind: 17, sequence: 7, port: 0, payload: &[] }),
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_damaged_message_ends_the_list_and_shows() {
        let datagram = [message(16, &[1; 8]), message(17, &[2; 8])].concat();
        for cut in 1..datagram.len() {
            let listed: Vec<_> = messages(&datagram[..cut]).collect();
            assert_eq!(
                listed.iter().filter(|message| message.is_none()).count(),
                usize::from(cut != 24),
                "{cut}"
            );
        }
        for length in [0u32, 15, 4096, u32::MAX] {
            let mut damaged = datagram.clone();
            damaged[..4].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(messages(&damaged).collect::<Vec<_>>(), [None], "{length}");
        }
    }
}
