//! `vrrp_instance`.

use std::net::IpAddr;

use super::{At, FurtherDraft, GarpDraft, TracksDraft};
use crate::base::addr::{Family, IpNet};
use crate::base::id::{IfName, Label, Priority, Version, Vrid};
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::secret::Password;
use crate::conf::model::vip::VipFlags;
use crate::conf::model::vrrp::Peer;
use crate::conf::reader::CommandLine;

/// An address as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct VipDraft {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) net: IpNet,
    /// A prefix length was written.
    pub(in crate::conf) has_prefix: bool,
    pub(in crate::conf) device: Option<At<IfName>>,
    pub(in crate::conf) scope: u8,
    pub(in crate::conf) broadcast: Option<std::net::Ipv4Addr>,
    pub(in crate::conf) label: Option<Label>,
    pub(in crate::conf) peer: Option<IpNet>,
    pub(in crate::conf) flags: VipFlags,
    pub(in crate::conf) preferred_lft: Option<Option<u32>>,
    /// `use_vmac`, perhaps with a name.
    pub(in crate::conf) own_vmac: Option<Option<IfName>>,
    pub(in crate::conf) track_group: Option<At<Box<str>>>,
}

/// `auth_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) enum AuthType {
    Pass,
    Ah,
}

/// `authentication`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct AuthDraft {
    pub(in crate::conf) kind: Option<At<AuthType>>,
    pub(in crate::conf) password: Option<Password>,
}

/// An entry of `unicast_peer`.
#[derive(Clone, Copy, Debug)]
pub(in crate::conf) struct PeerDraft {
    pub(in crate::conf) peer: Peer,
    pub(in crate::conf) at: Extent,
}

/// Which notification a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) enum HookKind {
    Master,
    Backup,
    Fault,
    Stop,
    Any,
    MasterRxLowerPri,
}

/// A virtual router as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct InstanceDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    /// The brace that closes the block.
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) interface: Option<At<IfName>>,
    pub(in crate::conf) vrid: Option<At<Vrid>>,
    pub(in crate::conf) version: Option<At<Version>>,
    pub(in crate::conf) family: Option<At<Family>>,
    pub(in crate::conf) native_ipv6: bool,
    /// Whether it wants to start as master.
    pub(in crate::conf) state: Option<At<bool>>,
    pub(in crate::conf) priority: Option<At<Priority>>,
    pub(in crate::conf) advert_int: Option<At<Span>>,
    pub(in crate::conf) down_timer_adverts: Option<At<u8>>,
    pub(in crate::conf) nopreempt: Option<Extent>,
    pub(in crate::conf) preempt_delay: Option<At<Span>>,
    pub(in crate::conf) auth: Option<At<AuthDraft>>,
    pub(in crate::conf) source: Option<At<IpAddr>>,
    pub(in crate::conf) track_source: Option<Extent>,
    pub(in crate::conf) group: Option<At<IpAddr>>,
    pub(in crate::conf) peers: Vec<PeerDraft>,
    /// A word that makes sense for unicast only.
    pub(in crate::conf) unicast_word: Option<Extent>,
    pub(in crate::conf) unicast_ttl: Option<At<u8>>,
    pub(in crate::conf) check_unicast_src: bool,
    pub(in crate::conf) vips: Vec<VipDraft>,
    pub(in crate::conf) excluded: Vec<VipDraft>,
    pub(in crate::conf) no_vips_wanted: bool,
    pub(in crate::conf) garp: GarpDraft,
    pub(in crate::conf) strict: Option<bool>,
    pub(in crate::conf) lower_prio_no_advert: Option<At<bool>>,
    pub(in crate::conf) higher_prio_send_advert: Option<At<bool>>,
    pub(in crate::conf) skip_check_adv_addr: Option<bool>,
    pub(in crate::conf) owner_ignore_adverts: Option<At<bool>>,
    pub(in crate::conf) v3_checksum_as_v2: Option<bool>,
    pub(in crate::conf) tracks: TracksDraft,
    pub(in crate::conf) hooks: Vec<(HookKind, CommandLine)>,
    pub(in crate::conf) notify_priority_changes: Option<bool>,
    further: Option<Box<FurtherDraft>>,
}

impl InstanceDraft {
    pub(in crate::conf) fn new(name: &str, at: Extent) -> InstanceDraft {
        InstanceDraft {
            name: name.into(),
            at,
            end: at,
            interface: None,
            vrid: None,
            version: None,
            family: None,
            native_ipv6: false,
            state: None,
            priority: None,
            advert_int: None,
            down_timer_adverts: None,
            nopreempt: None,
            preempt_delay: None,
            auth: None,
            source: None,
            track_source: None,
            group: None,
            peers: Vec::new(),
            unicast_word: None,
            unicast_ttl: None,
            check_unicast_src: false,
            vips: Vec::new(),
            excluded: Vec::new(),
            no_vips_wanted: false,
            garp: GarpDraft::default(),
            strict: None,
            lower_prio_no_advert: None,
            higher_prio_send_advert: None,
            skip_check_adv_addr: None,
            owner_ignore_adverts: None,
            v3_checksum_as_v2: None,
            tracks: TracksDraft::default(),
            hooks: Vec::new(),
            notify_priority_changes: None,
            further: None,
        }
    }

    /// Its rarer words, to add one.
    pub(in crate::conf) fn further(&mut self) -> &mut FurtherDraft {
        self.further.get_or_insert_default()
    }

    /// Its rarer words, if it has any.
    pub(in crate::conf) fn has_further(&self) -> Option<&FurtherDraft> {
        self.further.as_deref()
    }
}
