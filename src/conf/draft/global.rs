//! `global_defs` and its neighbours.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::At;
use crate::base::id::Version;
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::settings::{Dynamic, Settings};
use crate::conf::reader::{CommandLine, RunBy};

/// How announcements are made, as far as somebody said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::conf) struct GarpDraft {
    pub(in crate::conf) delay: Option<Span>,
    pub(in crate::conf) repeat: Option<u32>,
    pub(in crate::conf) refresh: Option<Span>,
    pub(in crate::conf) refresh_repeat: Option<u32>,
    pub(in crate::conf) lower_prio_delay: Option<At<Span>>,
    pub(in crate::conf) lower_prio_repeat: Option<At<u32>>,
}

/// A named pipe as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct FifoDraft {
    pub(in crate::conf) path: Box<str>,
    pub(in crate::conf) by: Option<RunBy>,
    pub(in crate::conf) at: Extent,
}

/// The settings of the daemon, and the defaults of instances.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of global_defs")]
pub(in crate::conf) struct GlobalDraft {
    pub(in crate::conf) router_id: Option<Box<str>>,
    pub(in crate::conf) group4: Option<Ipv4Addr>,
    pub(in crate::conf) group6: Option<Ipv6Addr>,
    pub(in crate::conf) garp: GarpDraft,
    pub(in crate::conf) garp_interval: Span,
    pub(in crate::conf) gna_interval: Span,
    pub(in crate::conf) down_timer_adverts: Option<u8>,
    pub(in crate::conf) lower_prio_no_advert: bool,
    pub(in crate::conf) higher_prio_send_advert: bool,
    pub(in crate::conf) version: Option<Version>,
    pub(in crate::conf) check_unicast_src: bool,
    pub(in crate::conf) skip_check_adv_addr: bool,
    pub(in crate::conf) strict: bool,
    pub(in crate::conf) owner_ignore_adverts: bool,
    pub(in crate::conf) v3_checksum_as_v2: bool,
    pub(in crate::conf) notify_priority_changes: bool,
    pub(in crate::conf) log_unknown_vrids: bool,
    pub(in crate::conf) notify_fifo: Option<FifoDraft>,
    pub(in crate::conf) vrrp_notify_fifo: Option<FifoDraft>,
    pub(in crate::conf) script_user: Option<RunBy>,
    pub(in crate::conf) script_security: bool,
    pub(in crate::conf) lvs_notify_fifo: Option<FifoDraft>,
    pub(in crate::conf) fifo_reader: Option<CommandLine>,
    pub(in crate::conf) vrrp_fifo_reader: Option<CommandLine>,
    pub(in crate::conf) lvs_fifo_reader: Option<CommandLine>,
    pub(in crate::conf) startup: Option<CommandLine>,
    pub(in crate::conf) shutdown: Option<CommandLine>,
    pub(in crate::conf) namespace_at: Option<Extent>,
    pub(in crate::conf) instance_at: Option<Extent>,
    pub(in crate::conf) nftables_at: Option<Extent>,
    pub(in crate::conf) sync_daemon_at: Option<Extent>,
    pub(in crate::conf) settings: Settings,
}

impl GlobalDraft {
    /// Whether interfaces may appear later.
    pub(in crate::conf) fn dynamic_interfaces(&self) -> bool {
        self.settings.interfaces.dynamic != Dynamic::No
    }
}
