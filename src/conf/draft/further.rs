//! The rarer words of an instance.

use super::{At, RouteDraft, RuleDraft};
use crate::base::id::{IfName, Priority};
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::further::{ExtraAnnouncements, HmacMode, OldChecksum, OwnLink};
use crate::conf::model::secret::Key;
use crate::conf::reader::CommandLine;

/// `auth_hmac` as it has been read.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct HmacDraft {
    pub(in crate::conf) keys: Vec<At<(u8, Key)>>,
    pub(in crate::conf) active: Option<At<u8>>,
    pub(in crate::conf) window: Option<Span>,
    pub(in crate::conf) monotonic: bool,
    pub(in crate::conf) mode: HmacMode,
}

/// The rarer words of an instance as they have been read.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct FurtherDraft {
    pub(in crate::conf) link: Option<At<OwnLink>>,
    /// The VRID has to be added to the MAC address of the interface.
    pub(in crate::conf) mac_lacks_vrid: bool,
    pub(in crate::conf) vmac_for_addresses: bool,
    pub(in crate::conf) xmit_base: Option<Extent>,
    pub(in crate::conf) vrf: Option<At<IfName>>,
    pub(in crate::conf) accept: Option<bool>,
    pub(in crate::conf) promote_secondaries: Option<Extent>,
    pub(in crate::conf) fault_without_peer: bool,
    pub(in crate::conf) old_checksum: Option<OldChecksum>,
    pub(in crate::conf) timer_expired_backup: Option<At<Priority>>,
    pub(in crate::conf) extra_announcements: Option<ExtraAnnouncements>,
    pub(in crate::conf) receive_buffer: Option<u32>,
    pub(in crate::conf) mail: Option<bool>,
    pub(in crate::conf) notify_deleted: Option<Option<CommandLine>>,
    pub(in crate::conf) hmac: Option<At<HmacDraft>>,
    pub(in crate::conf) routes: Vec<RouteDraft>,
    pub(in crate::conf) rules: Vec<RuleDraft>,
}
