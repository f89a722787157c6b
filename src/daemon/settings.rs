//! Settings of the kernel that the core wants changed for a time: where they are, and how they are changed.

use crate::base::addr::Family;
use crate::sys::Error;
use crate::sys::sysctl::{self, Sysctls};
use crate::vrrp::event::{Knob, Setting};

/// Where the settings of interfaces for IPv4 are.
const INTERFACES: &str = "net/ipv4/conf";

/// Changes a setting.
///
/// # Errors
/// As [`Sysctls::set`].
pub(super) fn change(sysctls: &mut Sysctls, setting: Setting, value: u8) -> Result<(), Error> {
    match setting.knob {
        Knob::RpFilter => sysctls.spread(INTERFACES, setting.knob.name()),
        Knob::PromoteSecondaries | Knob::ArpIgnore | Knob::ArpFilter | Knob::LocalReports => {
            sysctls.set(&place(setting), &value.to_string())
        }
    }
}

/// Puts a setting back.
///
/// # Errors
/// As [`Sysctls::restore`].
pub(super) fn restore(sysctls: &mut Sysctls, setting: Setting) -> Result<(), Error> {
    match setting.knob {
        Knob::RpFilter => sysctls.gather(INTERFACES, setting.knob.name()),
        Knob::PromoteSecondaries | Knob::ArpIgnore | Knob::ArpFilter | Knob::LocalReports => {
            sysctls.restore(&place(setting))
        }
    }
}

fn place(setting: Setting) -> sysctl::Setting {
    let family = match setting.family {
        Family::V4 => "ipv4",
        Family::V6 => "ipv6",
    };
    let name = setting.knob.name();
    sysctl::Setting::new(&match setting.knob {
        Knob::LocalReports => format!("net/{family}/{name}"),
        Knob::PromoteSecondaries | Knob::ArpIgnore | Knob::ArpFilter | Knob::RpFilter => {
            format!("net/{family}/conf/{}/{name}", setting.interface)
        }
    })
}
