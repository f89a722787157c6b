//! Whether a link has a partner, asked of the transceiver or the driver: some drivers tell nobody when a link is lost
//! (`linkbeat_interfaces`, keepalived.conf(5)).

use std::io;
use std::mem::size_of;
use std::os::fd::AsRawFd as _;

use socket2::{Domain, Socket, Type};

use super::{Attempt, Error};
use crate::base::id::IfName;
use crate::conf::model::statics::Beat;

// linux/mii.h: the basic status register, and its bit for a link.
const MII_BMSR: u16 = 1;
const BMSR_LINK: u16 = 1 << 2;
// linux/ethtool.h
const ETHTOOL_GLINK: u32 = 0x0a;
// linux/sockios.h
const SIOCETHTOOL: libc::Ioctl = 0x8946;
const SIOCGMIIPHY: libc::Ioctl = 0x8947;
const SIOCGMIIREG: libc::Ioctl = 0x8948;

/// `mii_ioctl_data` of linux/mii.h.
#[repr(C)]
#[derive(Clone, Copy)]
struct MiiRegister {
    phy: u16,
    register: u16,
    written: u16,
    read: u16,
}

/// `ethtool_value` of linux/ethtool.h.
#[repr(C)]
struct EthtoolValue {
    command: u32,
    data: u32,
}

/// Asks for link states.
#[derive(Debug)]
pub struct Linkbeat {
    socket: Socket,
}

impl Linkbeat {
    /// Opens what questions are asked through.
    ///
    /// # Errors
    /// If the kernel refuses a socket.
    pub fn open() -> Result<Linkbeat, Error> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM.cloexec(), None)
            .attempt("open a socket for", "asking for the state of links")?;
        Ok(Linkbeat { socket })
    }

    /// Whether the link of an interface has a partner. The way that is preferred is tried first, then those that are left of
    /// transceiver, driver and flags; an interface that nothing is known of, because it is gone, has none.
    #[must_use]
    pub fn has_partner(&self, name: IfName, preferred: Beat) -> bool {
        let ways = [preferred, Beat::Mii, Beat::Ethtool, Beat::Ioctl];
        ways.into_iter().find_map(|way| self.ask(name, way).ok()).unwrap_or(false)
    }

    fn ask(&self, name: IfName, way: Beat) -> io::Result<bool> {
        match way {
            Beat::Any => Err(io::ErrorKind::Unsupported.into()),
            Beat::Mii => self.by_transceiver(name),
            Beat::Ethtool => self.by_driver(name),
            Beat::Ioctl => self.by_flags(name),
        }
    }

    fn by_transceiver(&self, name: IfName) -> io::Result<bool> {
        const { assert!(size_of::<MiiRegister>() <= size_of::<libc::__c_anonymous_ifr_ifru>()) };
        let mut request = request(name);
        self.call(SIOCGMIIPHY, &mut request)?;
        let mut status = 0;
        // The register keeps a loss until it is read: the second reading is of now.
        for _ in 0..2 {
            let place = (&raw mut request.ifr_ifru).cast::<MiiRegister>();
            #[expect(unsafe_code, reason = "the kernel keeps this structure where others have a union")]
            // SAFETY: the union is large enough, as checked above, and aligned to a pointer; any bits are a valid value.
            unsafe {
                (*place).register = MII_BMSR;
            }
            self.call(SIOCGMIIREG, &mut request)?;
            #[expect(unsafe_code, reason = "the kernel keeps this structure where others have a union")]
            // SAFETY: as above; all of the request was initialised before the kernel filled it in.
            let answer = unsafe { (&raw const request.ifr_ifru).cast::<MiiRegister>().read() };
            status = answer.read;
        }
        // All ones is what a bus without a transceiver says.
        if status == u16::MAX { Err(io::ErrorKind::Unsupported.into()) } else { Ok(status & BMSR_LINK != 0) }
    }

    fn by_driver(&self, name: IfName) -> io::Result<bool> {
        let mut value = EthtoolValue { command: ETHTOOL_GLINK, data: 0 };
        let mut request = request(name);
        request.ifr_ifru.ifru_data = (&raw mut value).cast();
        self.call(SIOCETHTOOL, &mut request)?;
        Ok(value.data != 0)
    }

    fn by_flags(&self, name: IfName) -> io::Result<bool> {
        let mut request = request(name);
        self.call(libc::SIOCGIFFLAGS, &mut request)?;
        #[expect(unsafe_code, reason = "the answer is in a union")]
        // SAFETY: SIOCGIFFLAGS fills in the flags.
        let flags = i32::from(unsafe { request.ifr_ifru.ifru_flags });
        let wanted = libc::IFF_UP | libc::IFF_RUNNING;
        Ok(flags & wanted == wanted)
    }

    fn call(&self, number: libc::Ioctl, request: &mut libc::ifreq) -> io::Result<()> {
        #[expect(unsafe_code, reason = "nix has none of these calls")]
        // SAFETY: the descriptor is open; all of these calls take an `ifreq`, which lives through the call, as does what
        // it points to.
        let result = unsafe { libc::ioctl(self.socket.as_raw_fd(), number, std::ptr::from_mut(request)) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

fn request(name: IfName) -> libc::ifreq {
    #[expect(unsafe_code, reason = "the structure has no constructor")]
    // SAFETY: numbers, octets and pointers, for all of which zero is a valid value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (room, octet) in request.ifr_name.iter_mut().zip(name.as_str().bytes()) {
        *room = libc::c_char::from_ne_bytes([octet]);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_has_a_partner_whoever_is_asked() {
        let linkbeat = Linkbeat::open().unwrap();
        let lo = IfName::new("lo").unwrap();
        for way in [Beat::Any, Beat::Mii, Beat::Ethtool, Beat::Ioctl] {
            assert!(linkbeat.has_partner(lo, way), "{way:?}");
        }
        assert!(linkbeat.ask(lo, Beat::Ethtool).unwrap());
        assert!(linkbeat.ask(lo, Beat::Ioctl).unwrap());
        linkbeat.ask(lo, Beat::Mii).expect_err("it has no transceiver");
    }

    #[test]
    fn an_interface_that_is_not_there_has_none() {
        let missing = IfName::new("nosuchif0").unwrap();
        assert!(!Linkbeat::open().unwrap().has_partner(missing, Beat::Any));
    }
}
