//! Many datagrams in one system call: recvmmsg and sendmmsg, with the control messages of each.
//!
//! nix has both calls, but its receiving headers keep the control length of the last message as the capacity for the
//! next, and its sending ones share one set of control messages, so the interface could not change within a batch.

use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

/// Messages per call.
pub(super) const BATCH: usize = 32;
/// Room for a datagram: 255 IPv6 addresses and every header and trailer around them.
const DATAGRAM: usize = 4352;
/// Room for the control messages of one datagram.
const CONTROL: usize = 160;
/// Room for the longest socket address in use (`sockaddr_in6`).
const NAME: usize = 28;
/// What the kernel puts before each control message, and what it aligns them to.
const CONTROL_HEADER: usize = size_of::<usize>() + 8;
const CONTROL_ALIGN: usize = size_of::<usize>();

/// Room for a batch of datagrams from the kernel.
pub(super) struct Inbox {
    bytes: Box<[[u8; DATAGRAM]]>,
    names: [[u8; NAME]; BATCH],
    controls: [[u8; CONTROL]; BATCH],
    lengths: [Lengths; BATCH],
}

#[derive(Clone, Copy, Default)]
struct Lengths {
    bytes: usize,
    name: usize,
    control: usize,
    truncated: bool,
}

/// One datagram of an [`Inbox`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Received<'a> {
    /// The sender, as a raw socket address.
    pub(super) name: &'a [u8],
    /// The control messages, raw.
    pub(super) control: &'a [u8],
    /// The datagram.
    pub(super) bytes: &'a [u8],
    /// Whether it, or its control messages, did not fit.
    pub(super) truncated: bool,
}

impl Inbox {
    pub(super) fn new() -> Inbox {
        Inbox {
            bytes: vec![[0; DATAGRAM]; BATCH].into_boxed_slice(),
            names: [[0; NAME]; BATCH],
            controls: [[0; CONTROL]; BATCH],
            lengths: [Lengths::default(); BATCH],
        }
    }

    /// Reads up to [`BATCH`] datagrams without waiting and tells how many; fewer means that the queue was empty.
    pub(super) fn receive(&mut self, fd: BorrowedFd<'_>) -> io::Result<usize> {
        let mut vectors: [libc::iovec; BATCH] = std::array::from_fn(|_| vector(&mut []));
        let rooms = self.bytes.iter_mut().zip(&mut self.names).zip(&mut self.controls);
        let length = libc::c_uint::try_from(BATCH).unwrap_or_default();
        #[expect(unsafe_code, reason = "recvmmsg, whose headers some C libraries pad with private fields")]
        // SAFETY: a header is plain numbers and pointers, for which all zeros is a value. Every header then points at
        // one vector and at buffers of the lengths given, all borrowed for this call.
        let (count, headers) = unsafe {
            let mut headers: [libc::mmsghdr; BATCH] = std::mem::zeroed();
            for ((header, iovec), ((bytes, name), control)) in headers.iter_mut().zip(&mut vectors).zip(rooms)
            {
                *iovec = vector(bytes);
                fill(&mut header.msg_hdr, name.as_mut_ptr(), NAME, iovec, control.as_mut_ptr(), CONTROL);
            }
            let flags = libc::MSG_DONTWAIT;
            (libc::recvmmsg(fd.as_raw_fd(), headers.as_mut_ptr(), length, flags, ptr::null_mut()), headers)
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (lengths, header) in self.lengths.iter_mut().zip(&headers).take(count) {
            let cut = libc::MSG_TRUNC | libc::MSG_CTRUNC;
            *lengths = Lengths {
                bytes: usize::try_from(header.msg_len).unwrap_or_default(),
                name: usize::try_from(header.msg_hdr.msg_namelen).unwrap_or_default(),
                control: header.msg_hdr.msg_controllen,
                truncated: header.msg_hdr.msg_flags & cut != 0,
            };
        }
        Ok(count)
    }

    /// The datagram at `position` of the last batch.
    pub(super) fn get(&self, position: usize) -> Option<Received<'_>> {
        let lengths = self.lengths.get(position)?;
        Some(Received {
            name: self.names.get(position)?.get(..lengths.name)?,
            control: self.controls.get(position)?.get(..lengths.control)?,
            bytes: self.bytes.get(position)?.get(..lengths.bytes)?,
            truncated: lengths.truncated,
        })
    }
}

/// A datagram for the kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outgoing<'a> {
    /// The destination, as a raw socket address.
    pub(super) name: &'a Packed<NAME>,
    /// The control messages, raw.
    pub(super) control: &'a Packed<SEND_CONTROL>,
    /// The datagram.
    pub(super) bytes: &'a [u8],
}

/// Room for packet info and a hop limit.
pub(super) const SEND_CONTROL: usize = 72;

/// Bytes put together by hand, at most `N` of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

/// A raw socket address.
pub(super) type Name = Packed<NAME>;
/// Raw control messages.
pub(super) type Control = Packed<SEND_CONTROL>;

impl<const N: usize> Packed<N> {
    pub(super) const EMPTY: Packed<N> = Packed { bytes: [0; N], len: 0 };

    /// Appends `part`; what does not fit is cut, which the sizes above rule out.
    pub(super) fn push(&mut self, part: &[u8]) {
        for (room, octet) in self.bytes.iter_mut().skip(self.len).zip(part) {
            *room = *octet;
        }
        self.len = self.len.saturating_add(part.len()).min(N);
    }

    /// Appends a control message.
    pub(super) fn push_control(&mut self, level: libc::c_int, kind: libc::c_int, value: &[u8]) {
        self.push(&(CONTROL_HEADER + value.len()).to_ne_bytes());
        self.push(&level.to_ne_bytes());
        self.push(&kind.to_ne_bytes());
        self.push(value);
        let padding = value.len().next_multiple_of(CONTROL_ALIGN) - value.len();
        self.push([0; CONTROL_ALIGN].get(..padding).unwrap_or_default());
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Hands datagrams to the kernel without waiting; those that it does not take are given to `failed` by position.
pub(super) fn send_all(
    fd: BorrowedFd<'_>,
    messages: &[Outgoing<'_>],
    flags: libc::c_int,
    mut failed: impl FnMut(usize, io::Error),
) {
    let mut sent = 0;
    while let Some(rest) = messages.get(sent..).filter(|rest| !rest.is_empty()) {
        match send(fd, rest, flags | libc::MSG_DONTWAIT) {
            Ok(count) => sent += count.max(1),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                failed(sent, error);
                sent += 1;
            }
        }
    }
}

/// Sends at most [`BATCH`] datagrams and tells how many the kernel took; an error is that of the first one.
fn send(fd: BorrowedFd<'_>, messages: &[Outgoing<'_>], flags: libc::c_int) -> io::Result<usize> {
    let mut vectors: [libc::iovec; BATCH] = std::array::from_fn(|_| vector(&mut []));
    let length = libc::c_uint::try_from(messages.len().min(BATCH)).unwrap_or_default();
    #[expect(unsafe_code, reason = "sendmmsg, whose headers some C libraries pad with private fields")]
    // SAFETY: a header is plain numbers and pointers, for which all zeros is a value. Every header then points at one
    // vector and at buffers of the lengths given, borrowed for this call, which reads all of them and writes none.
    let count = unsafe {
        let mut headers: [libc::mmsghdr; BATCH] = std::mem::zeroed();
        for ((header, iovec), message) in headers.iter_mut().zip(&mut vectors).zip(messages) {
            let (name, control) = (message.name.as_slice(), message.control.as_slice());
            iovec.iov_base = message.bytes.as_ptr().cast_mut().cast();
            iovec.iov_len = message.bytes.len();
            let (name_at, control_at) = (name.as_ptr().cast_mut(), control.as_ptr().cast_mut());
            fill(&mut header.msg_hdr, name_at, name.len(), iovec, control_at, control.len());
        }
        libc::sendmmsg(fd.as_raw_fd(), headers.as_mut_ptr(), length, flags)
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

fn vector(bytes: &mut [u8]) -> libc::iovec {
    libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() }
}

fn fill(
    header: &mut libc::msghdr,
    name: *mut u8,
    name_len: usize,
    vector: &mut libc::iovec,
    control: *mut u8,
    control_len: usize,
) {
    header.msg_name = name.cast();
    header.msg_namelen = libc::socklen_t::try_from(name_len).unwrap_or_default();
    header.msg_iov = vector;
    header.msg_iovlen = 1;
    header.msg_control = control.cast();
    header.msg_controllen = control_len;
}

/// A control message: its level, its type, its value.
pub(super) type ControlMessage<'a> = (libc::c_int, libc::c_int, &'a [u8]);

/// The control messages of a datagram, as the kernel lays them out.
pub(super) fn controls(mut raw: &[u8]) -> impl Iterator<Item = ControlMessage<'_>> {
    std::iter::from_fn(move || {
        let length = usize::from_ne_bytes(*raw.first_chunk()?);
        let int = |range: Range<usize>| raw.get(range)?.try_into().ok().map(libc::c_int::from_ne_bytes);
        let start = size_of::<usize>();
        let (level, kind) = (int(start..start + 4)?, int(start + 4..start + 8)?);
        let value = raw.get(CONTROL_HEADER..length)?;
        raw = raw.get(length.next_multiple_of(CONTROL_ALIGN)..).unwrap_or_default();
        Some((level, kind, value))
    })
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn control_messages_survive_packing() {
        let mut packed = Control::EMPTY;
        packed.push_control(1, 2, &[3; 5]);
        packed.push_control(4, 5, &[6; 16]);
        let listed: Vec<_> = controls(packed.as_slice()).collect();
        assert_eq!(listed, [(1, 2, &[3u8; 5][..]), (4, 5, &[6u8; 16][..])]);
    }

    #[test]
    fn damaged_control_messages_end_the_list() {
        let mut packed = Control::EMPTY;
        packed.push_control(1, 2, &[3; 8]);
        for cut in 0..packed.as_slice().len() {
            assert_eq!(controls(&packed.as_slice()[..cut]).count(), 0, "{cut}");
        }
        for length in [0usize, 1, 15, usize::MAX] {
            let mut raw = packed.as_slice().to_vec();
            raw[..8].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(controls(&raw).count(), 0, "{length}");
        }
    }

    #[test]
    fn a_batch_arrives_as_it_was_sent() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let payloads: Vec<Vec<u8>> = (0..40u8).map(|n| vec![n; usize::from(n) + 1]).collect();
        let messages: Vec<Outgoing<'_>> = payloads
            .iter()
            .map(|bytes| Outgoing { name: &Name::EMPTY, control: &Control::EMPTY, bytes })
            .collect();
        // The queue of a datagram socket is short: send what fits, read, send the rest.
        let mut inbox = Inbox::new();
        let (mut sent, mut read) = (0, 0);
        while read < payloads.len() {
            sent += send(ours.as_fd(), &messages[sent..], libc::MSG_DONTWAIT).unwrap_or(0);
            let count = inbox.receive(theirs.as_fd()).unwrap();
            for position in 0..count {
                let received = inbox.get(position).unwrap();
                assert_eq!(received.bytes, payloads[read]);
                assert!(!received.truncated);
                read += 1;
            }
        }
        let error = inbox.receive(theirs.as_fd()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_datagram_that_does_not_fit_is_marked() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        ours.send(&vec![7; DATAGRAM + 1]).unwrap();
        let mut inbox = Inbox::new();
        assert_eq!(inbox.receive(theirs.as_fd()).unwrap(), 1);
        assert!(inbox.get(0).unwrap().truncated);
    }
}
