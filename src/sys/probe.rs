//! Checks on the wire: connections, echoes and ARP requests, none of which waits in a system call.

use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::watch::Watched;
use crate::base::addr::{Family, MacAddr};
use crate::base::id::{IfIndex, IfName};
use crate::probe::http::{Answer, judge};
use crate::probe::ping::Ping;
use crate::probe::{Failure, arp};

/// From where an ARP request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The interface.
    pub interface: IfIndex,
    /// Its link-layer address.
    pub mac: MacAddr,
    /// Our address there.
    pub source: Ipv4Addr,
}

/// Whether a connection can be made.
///
/// # Errors
/// Why not.
pub async fn tcp(to: SocketAddr) -> Result<(), Failure> {
    TcpStream::connect(to).await.map(drop).map_err(|error| failure(&error))
}

/// Whether a server answers a request as it should.
///
/// # Errors
/// Why not.
pub async fn http(to: SocketAddr, request: &[u8], status: Option<u16>) -> Result<(), Failure> {
    let system = |error: io::Error| failure(&error);
    let mut stream = TcpStream::connect(to).await.map_err(system)?;
    stream.write_all(request).await.map_err(system)?;
    let (mut answer, mut buffer) = (Answer::default(), [0; 2048]);
    loop {
        let count = match stream.read(&mut buffer).await {
            Ok(0) => return Err(Failure::Closed),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Err(Failure::Closed),
            Err(error) => return Err(failure(&error)),
        };
        if let Some(found) = answer.push(buffer.get(..count).unwrap_or_default())? {
            return judge(found, status);
        }
    }
}

/// Whether a host answers an echo request. Needs CAP_NET_RAW.
///
/// # Errors
/// Why not, if there is more to say than that it does not.
pub async fn ping(to: IpAddr, interface: Option<IfName>, number: u64) -> Result<(), Failure> {
    let system = |error: io::Error| failure(&error);
    let ping = Ping::new(Family::of(to), std::process::id(), number);
    let socket = echo_socket(to, interface).map_err(system)?;
    socket.send(&ping.request()).map_err(system)?;
    let socket = Watched::new(socket).map_err(system)?;
    loop {
        let mut buffer = [0; 2048];
        let count = socket.read(|mut socket| socket.read(&mut buffer)).await.map_err(system)?;
        if ping.is_answered_by(buffer.get(..count).unwrap_or_default()) {
            return Ok(());
        }
    }
}

/// A socket that hears echo replies of one host, and what the network says of requests to it.
fn echo_socket(to: IpAddr, interface: Option<IfName>) -> io::Result<Socket> {
    let (domain, protocol) = match to {
        IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket = Socket::new(domain, Type::RAW.nonblocking().cloexec(), Some(protocol))?;
    match to {
        IpAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?,
        IpAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?,
    }
    let mut target = SocketAddr::new(to, 0);
    if let Some(interface) = interface {
        socket.bind_device(Some(interface.to_string().as_bytes()))?;
        if let SocketAddr::V6(target) = &mut target {
            target.set_scope_id(nix::net::if_::if_nametoindex(interface.to_string().as_str())?);
        }
    }
    socket.connect(&target.into())?;
    Ok(socket)
}

/// Whether a host answers an ARP request. Needs CAP_NET_RAW.
///
/// # Errors
/// Why not, if there is more to say than that it does not.
pub async fn arp(to: Ipv4Addr, way: Way) -> Result<(), Failure> {
    let system = |error: io::Error| failure(&error);
    let socket = arp_socket(way.interface).map_err(system)?;
    socket.send(&arp::request(way.mac, way.source, to)).map_err(system)?;
    let socket = Watched::new(socket).map_err(system)?;
    loop {
        let mut frame = [0; 128];
        let count = socket.read(|mut socket| socket.read(&mut frame)).await.map_err(system)?;
        if arp::is_answer(frame.get(..count).unwrap_or_default(), way.mac, to) {
            return Ok(());
        }
    }
}

/// A socket that hears and sends ARP on one interface.
fn arp_socket(interface: IfIndex) -> io::Result<Socket> {
    let protocol = u16::try_from(libc::ETH_P_ARP).unwrap_or_default().to_be();
    // It hears nothing before it is bound, so that it never hears another interface.
    let socket = Socket::new(Domain::PACKET, Type::RAW.nonblocking().cloexec(), None)?;
    let index = i32::try_from(interface.get()).map_err(io::Error::other)?;
    let family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
    #[expect(unsafe_code, reason = "socket2 has no safe way to write the address of an interface")]
    // SAFETY: the storage is zeroed, larger than this address, aligned for any, and the length is that of the address.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let address = storage.cast::<libc::sockaddr_ll>();
            (*address).sll_family = family;
            (*address).sll_protocol = protocol;
            (*address).sll_ifindex = index;
            *length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).unwrap_or_default();
            Ok(())
        })?
    };
    socket.bind(&address)?;
    debug_assert!(socket.as_raw_fd() >= 0);
    Ok(socket)
}

fn failure(error: &io::Error) -> Failure {
    Failure::System(error.raw_os_error().unwrap_or(libc::EIO))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{Ipv6Addr, TcpListener};

    use super::*;
    use crate::sys::testing::block_on;

    /// A server that says one thing to one client.
    fn server(answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(answer).unwrap();
        });
        address
    }

    fn closed_port() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[test]
    fn a_connection_is_made_or_refused() {
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            assert_eq!(tcp(listener.local_addr().unwrap()).await, Ok(()));
            assert_eq!(tcp(closed_port()).await, Err(Failure::System(libc::ECONNREFUSED)));
        });
    }

    #[test]
    fn a_page_is_judged_by_its_status() {
        block_on(async {
            let get = b"GET / HTTP/1.1\r\n\r\n";
            assert_eq!(http(server(b"HTTP/1.1 200 OK\r\n\r\n"), get, None).await, Ok(()));
            let failed = Failure::Status { found: 503, wanted: Some(200) };
            assert_eq!(http(server(b"HTTP/1.1 503 No\r\n\r\n"), get, Some(200)).await, Err(failed));
            assert_eq!(http(server(b""), get, None).await, Err(Failure::Closed));
            assert_eq!(http(server(b"hello\r\n"), get, None).await, Err(Failure::NotHttp));
            assert_eq!(http(closed_port(), get, None).await, Err(Failure::System(libc::ECONNREFUSED)));
        });
    }

    #[test]
    fn this_host_answers_itself() {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("skipped: needs root");
            return;
        }
        block_on(async {
            assert_eq!(ping(Ipv4Addr::LOCALHOST.into(), None, 1).await, Ok(()));
            assert_eq!(ping(Ipv6Addr::LOCALHOST.into(), IfName::new("lo"), 2).await, Ok(()));
        });
    }
}
