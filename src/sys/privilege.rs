//! Whether we may do what VRRP needs, found out by trying: what the kernel says of the process's capabilities does not
//! tell whose network namespace it is in.

use super::Error;
use super::netlink::apply::Applier;
use super::raw::Sender;
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfIndex, Ticket};
use crate::conf::model::Vip;
use crate::conf::model::settings::Buffer;
use crate::vrrp::event::{KernelError, KernelOp, Protocol};

/// A permission that VRRP cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// CAP_NET_RAW: sending and hearing advertisements.
    NetRaw,
    /// CAP_NET_ADMIN: adding and removing addresses.
    NetAdmin,
}

impl Missing {
    /// The capability and what it is needed for.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Missing::NetRaw => "CAP_NET_RAW (to send and hear advertisements)",
            Missing::NetAdmin => "CAP_NET_ADMIN (to add and remove addresses)",
        }
    }
}

/// Which permissions are missing in this network namespace.
///
/// # Errors
/// If it cannot be found out.
pub fn missing() -> Result<Vec<Missing>, Error> {
    let mut missing = Vec::new();
    match Sender::new().open(Family::V4, Protocol::Vrrp) {
        Ok(()) => {}
        Err(error) if error.is_permission() => missing.push(Missing::NetRaw),
        Err(error) => return Err(error),
    }
    if !may_change_addresses()? {
        missing.push(Missing::NetAdmin);
    }
    Ok(missing)
}

/// Asks the kernel to remove an address from an interface that cannot exist: permission is checked first.
fn may_change_addresses() -> Result<bool, Error> {
    let nowhere = IfIndex::new(i32::MAX.unsigned_abs());
    let nothing = Vip::plain(IpNet::host(std::net::Ipv4Addr::LOCALHOST.into()));
    let mut applier = Applier::open(Buffer::default())?;
    applier.push(Ticket::new(0), KernelOp::DelAddress(nowhere, nothing));
    let mut outcomes = Vec::new();
    applier.run(&mut outcomes);
    Ok(outcomes.iter().all(|outcome| outcome.result != Err(KernelError::Denied)))
}
