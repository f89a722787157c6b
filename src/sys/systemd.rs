//! Telling the service manager how we are (sd_notify(3)).

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use super::{Attempt, Error};

/// Where the service manager listens.
pub const VARIABLE: &str = "NOTIFY_SOCKET";

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub struct Manager {
    socket: Option<(UnixDatagram, SocketAddr)>,
}

impl Manager {
    /// The manager that listens at `address`, the value of [`VARIABLE`]; none without one.
    ///
    /// # Errors
    /// If the address is not one.
    pub fn at(address: Option<OsString>) -> Result<Manager, Error> {
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(Manager { socket: None });
        };
        let target = format!("the service manager at {}", address.display());
        let connect = || -> io::Result<_> {
            let to = match address.as_bytes() {
                [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
                path => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(path))?,
            };
            let socket = UnixDatagram::unbound()?;
            socket.set_nonblocking(true)?;
            Ok((socket, to))
        };
        Ok(Manager { socket: Some(connect().attempt("reach", target)?) })
    }

    /// Tells the manager something, such as `READY=1`, without waiting.
    ///
    /// # Errors
    /// If it does not listen.
    pub fn tell(&self, state: &str) -> Result<(), Error> {
        let Some((socket, to)) = &self.socket else { return Ok(()) };
        let what = state.lines().next().unwrap_or_default();
        socket.send_to_addr(state.as_bytes(), to).map(drop).attempt("tell the service manager", what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abstract_socket_hears_us_and_without_a_manager_nothing_happens() {
        let name = format!("keepalived-test-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let ours = Manager::at(Some(format!("@{name}").into())).unwrap();
        ours.tell("READY=1").unwrap();
        let mut read = [0; 32];
        let length = manager.recv(&mut read).unwrap();
        assert_eq!(&read[..length], b"READY=1");
        Manager::at(None).unwrap().tell("READY=1").unwrap();
        drop(manager);
        assert!(ours.tell("STOPPING=1").is_err());
    }
}
