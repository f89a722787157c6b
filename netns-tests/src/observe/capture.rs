//! Frames, read by AF_PACKET from the bridge's side of each node's cable.
//!
//! A frame is taken where it enters the bridge, so each is seen once, also when the bridge does not forward
//! it, and the port tells who sent it.

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, recvmsg,
    setsockopt, socket, sockopt,
};
use nix::sys::time::TimeSpec;

use super::Source;
use crate::clock::Stamp;
use crate::netns::Netns;
use crate::packet;
use crate::timeline::{Entry, NodeIndex, Seen};

/// Which node is behind the port with this interface index.
pub(crate) type Ports = BTreeMap<usize, NodeIndex>;

/// `PACKET_OUTGOING` of packet(7): what the bridge sends to a node.
const OUTGOING: u8 = 4;

/// Octets of receive buffer: some ten thousand adverts.
const BUFFER: usize = 16 << 20;

pub(crate) struct Capture {
    fd: OwnedFd,
    ports: Ports,
    space: Vec<u8>,
}

impl Capture {
    #[expect(clippy::expect_used, reason = "without a capture no test can go on")]
    pub(crate) fn open(bridge: &Netns, ports: Ports) -> Self {
        let fd = bridge.inside(|| {
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let fd = socket(AddressFamily::Packet, SockType::Raw, flags, SockProtocol::EthAll)
                .expect("opening an AF_PACKET socket (needs CAP_NET_RAW)");
            setsockopt(&fd, sockopt::RcvBufForce, &BUFFER).expect("receive buffer of the capture");
            setsockopt(&fd, sockopt::ReceiveTimestampns, &true).expect("stamps of the capture");
            setsockopt(&fd, sockopt::RxqOvfl, &1).expect("loss counter of the capture");
            fd
        });
        Self { fd, ports, space: vec![0; 1 << 16] }
    }
}

impl Source for Capture {
    fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    fn read(&mut self, into: &mut Vec<Entry>) -> Result<(), String> {
        loop {
            let mut control = cmsg_space!(TimeSpec, u32);
            let mut parts = [IoSliceMut::new(&mut self.space)];
            let message = match recvmsg::<LinkAddr>(
                self.fd.as_raw_fd(),
                &mut parts,
                Some(&mut control),
                MsgFlags::empty(),
            ) {
                Ok(message) => message,
                Err(Errno::EAGAIN) => return Ok(()),
                // An interface went down; the socket goes on.
                Err(Errno::ENETDOWN | Errno::EINTR) => continue,
                Err(error) => return Err(format!("reading the capture: {error}")),
            };
            let mut at = None;
            for control in message.cmsgs().map_err(|error| format!("stamp of a frame: {error}"))? {
                match control {
                    ControlMessageOwned::ScmTimestampns(stamp) => at = Some(Stamp::from_realtime(stamp)),
                    ControlMessageOwned::RxqOvfl(lost) if lost > 0 => {
                        return Err(format!("the capture has lost {lost} frames"));
                    }
                    _ => {}
                }
            }
            let from = message.address.map(|address| (address.ifindex(), address.pkttype()));
            let length = message.bytes;
            let Some((port, kind)) = from else { continue };
            let Some(node) = self.ports.get(&port).copied().filter(|_| kind != OUTGOING) else { continue };
            let bytes = self.space.get(..length).unwrap_or_default().to_vec();
            let packet = packet::decode(&bytes);
            let at = at.ok_or("a frame without a stamp")?;
            into.push(Entry { at, node, seen: Seen::Frame { bytes, packet } });
        }
    }
}
