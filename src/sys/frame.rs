//! Whole link-layer frames out of any interface: gratuitous ARP and unsolicited neighbour advertisements.

use std::io;
use std::ops::Range;
use std::os::fd::AsFd;

use socket2::{Domain, Socket, Type};

use super::batch::{self, BATCH, Control, Name, Outgoing};
use super::{Attempt, Error};
use crate::base::id::IfIndex;

/// Where a frame says what it carries.
const ETHER_TYPE: Range<usize> = 12..14;

/// One packet socket. Its protocol is 0, so that it hears nothing.
#[derive(Debug)]
pub struct FrameSender {
    socket: Socket,
}

impl FrameSender {
    /// Opens the socket. Needs CAP_NET_RAW.
    ///
    /// # Errors
    /// If the kernel refuses it.
    pub fn open() -> Result<FrameSender, Error> {
        let kind = Type::RAW.nonblocking().cloexec();
        let socket = Socket::new_raw(Domain::PACKET, kind, None)
            .attempt("open a packet socket for", "gratuitous ARP and neighbour advertisements")?;
        Ok(FrameSender { socket })
    }

    /// Sends frames whose bytes are in `arena`, in as few system calls as possible; those that could not leave are given
    /// to `failed`, one by one.
    pub fn send(
        &self,
        queue: &[(IfIndex, Range<usize>)],
        arena: &[u8],
        mut failed: impl FnMut(IfIndex, io::Error),
    ) {
        for part in queue.chunks(BATCH) {
            let mut names = [Name::EMPTY; BATCH];
            let mut messages = [Outgoing { name: &Name::EMPTY, control: &Control::EMPTY, bytes: &[] }; BATCH];
            for (name, (interface, bytes)) in names.iter_mut().zip(part) {
                address(*interface, arena.get(bytes.clone()).unwrap_or_default(), name);
            }
            for ((message, name), (_, bytes)) in messages.iter_mut().zip(&names).zip(part) {
                *message = Outgoing {
                    name,
                    control: &Control::EMPTY,
                    bytes: arena.get(bytes.clone()).unwrap_or_default(),
                };
            }
            let messages = messages.get(..part.len()).unwrap_or_default();
            batch::send_all(self.socket.as_fd(), messages, 0, |position, error| {
                if let Some((interface, _)) = part.get(position) {
                    failed(*interface, error);
                }
            });
        }
    }
}

/// The interface as a packet socket's address (packet(7)), without a destination: the frame has one.
fn address(interface: IfIndex, frame: &[u8], name: &mut Name) {
    name.push(&u16::try_from(libc::AF_PACKET).unwrap_or_default().to_ne_bytes());
    name.push(frame.get(ETHER_TYPE).unwrap_or(&[0; 2]));
    name.push(&interface.get().to_ne_bytes());
    name.push(&[0; 12]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_interface_and_what_the_frame_carries() {
        let mut frame = [0; 42];
        frame[ETHER_TYPE].copy_from_slice(&[0x08, 0x06]);
        let mut name = Name::EMPTY;
        address(IfIndex::new(7), &frame, &mut name);
        let raw = name.as_slice();
        assert_eq!(raw.len(), 20);
        assert_eq!(raw[2..4], [0x08, 0x06]);
        assert_eq!(raw[4..8], 7u32.to_ne_bytes());
    }
}
