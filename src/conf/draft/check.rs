//! Virtual servers as they have been read.

use std::net::IpAddr;

use super::At;
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::base::time::Span;
use crate::conf::expanded::Extent;
use crate::conf::model::check::{
    DnsType, Entrance, Forwarding, Granularity, GroupEntry, HttpVersion, Page, Protocol, Scheduler,
    ServiceFlags,
};
use crate::conf::reader::{CommandLine, RunBy};

/// What is said of the times of checks.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::conf) struct Timing {
    pub(in crate::conf) period: Option<Span>,
    pub(in crate::conf) timeout: Option<Span>,
    pub(in crate::conf) retry: Option<u32>,
    pub(in crate::conf) retry_delay: Option<Span>,
    pub(in crate::conf) warmup: Option<Span>,
    pub(in crate::conf) alpha: Option<bool>,
}

impl Timing {
    /// What is said here, else what `outer` says.
    pub(in crate::conf) fn or(self, outer: Timing) -> Timing {
        Timing {
            period: self.period.or(outer.period),
            timeout: self.timeout.or(outer.timeout),
            retry: self.retry.or(outer.retry),
            retry_delay: self.retry_delay.or(outer.retry_delay),
            warmup: self.warmup.or(outer.warmup),
            alpha: self.alpha.or(outer.alpha),
        }
    }
}

/// Where a check connects to; what is not said comes from the server.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::conf) struct TargetDraft {
    pub(in crate::conf) address: Option<IpAddr>,
    pub(in crate::conf) port: Option<u16>,
    pub(in crate::conf) source: Option<IpAddr>,
    pub(in crate::conf) source_port: Option<u16>,
    pub(in crate::conf) interface: Option<IfName>,
    pub(in crate::conf) mark: u32,
}

/// `virtual_server_group`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct ServerGroupDraft {
    pub(in crate::conf) name: Box<str>,
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) entries: Vec<At<GroupEntry>>,
}

/// `sorry_server`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct SorryDraft {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) address: IpAddr,
    pub(in crate::conf) port: Option<u16>,
    pub(in crate::conf) forwarding: Option<Forwarding>,
    pub(in crate::conf) inhibit: bool,
}

/// `virtual_server`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct ServiceDraft {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) entrance: Entrance,
    pub(in crate::conf) family: Option<At<Family>>,
    pub(in crate::conf) protocol: Option<At<Protocol>>,
    pub(in crate::conf) scheduler: Option<Scheduler>,
    pub(in crate::conf) forwarding: Option<Forwarding>,
    pub(in crate::conf) flags: ServiceFlags,
    pub(in crate::conf) one_packet: Option<Extent>,
    pub(in crate::conf) persistence: Option<Span>,
    pub(in crate::conf) granularity: Option<At<Granularity>>,
    pub(in crate::conf) engine: Option<Box<str>>,
    pub(in crate::conf) timing: Timing,
    pub(in crate::conf) ha_suspend: bool,
    pub(in crate::conf) mail: Option<bool>,
    pub(in crate::conf) virtualhost: Option<Box<str>>,
    pub(in crate::conf) snmp_name: Option<Box<str>>,
    pub(in crate::conf) omega: bool,
    pub(in crate::conf) quorum_up: Option<CommandLine>,
    pub(in crate::conf) quorum_down: Option<CommandLine>,
    pub(in crate::conf) quorum: Option<At<u32>>,
    pub(in crate::conf) hysteresis: Option<At<u32>>,
    pub(in crate::conf) weight: Option<u32>,
    pub(in crate::conf) inhibit: bool,
    pub(in crate::conf) sorry: Option<SorryDraft>,
    pub(in crate::conf) servers: Vec<ServerDraft>,
}

impl ServiceDraft {
    pub(in crate::conf) fn new(entrance: Entrance, at: Extent) -> ServiceDraft {
        ServiceDraft {
            at,
            end: at,
            entrance,
            family: None,
            protocol: None,
            scheduler: None,
            forwarding: None,
            flags: ServiceFlags::default(),
            one_packet: None,
            persistence: None,
            granularity: None,
            engine: None,
            timing: Timing::default(),
            ha_suspend: false,
            mail: None,
            virtualhost: None,
            snmp_name: None,
            omega: false,
            quorum_up: None,
            quorum_down: None,
            quorum: None,
            hysteresis: None,
            weight: None,
            inhibit: false,
            sorry: None,
            servers: Vec::new(),
        }
    }
}

/// `real_server`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct ServerDraft {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    pub(in crate::conf) address: IpAddr,
    pub(in crate::conf) port: Option<u16>,
    pub(in crate::conf) weight: Option<u32>,
    pub(in crate::conf) forwarding: Option<Forwarding>,
    pub(in crate::conf) upper: u32,
    pub(in crate::conf) lower: u32,
    pub(in crate::conf) inhibit: Option<bool>,
    pub(in crate::conf) notify_up: Option<Box<CommandLine>>,
    pub(in crate::conf) notify_down: Option<Box<CommandLine>>,
    pub(in crate::conf) timing: Timing,
    pub(in crate::conf) mail: Option<bool>,
    pub(in crate::conf) virtualhost: Option<Box<str>>,
    pub(in crate::conf) snmp_name: Option<Box<str>>,
    pub(in crate::conf) checkers: Vec<CheckerDraft>,
}

impl ServerDraft {
    pub(in crate::conf) fn new(address: IpAddr, port: Option<u16>, at: Extent) -> ServerDraft {
        ServerDraft {
            at,
            end: at,
            address,
            port,
            weight: None,
            forwarding: None,
            upper: 0,
            lower: 0,
            inhibit: None,
            notify_up: None,
            notify_down: None,
            timing: Timing::default(),
            mail: None,
            virtualhost: None,
            snmp_name: None,
            checkers: Vec::new(),
        }
    }

    /// Adds a check. Nearly every server has one, so there is room for no more: files with ten thousands of servers exist.
    pub(in crate::conf) fn add(&mut self, checker: CheckerDraft) {
        self.checkers.reserve_exact(1);
        self.checkers.push(checker);
    }
}

/// A check whose own words are those of `K`.
#[derive(Clone, Debug)]
pub(in crate::conf) struct CheckDraft<K> {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) end: Extent,
    /// The address of its server.
    pub(in crate::conf) server: IpAddr,
    pub(in crate::conf) target: TargetDraft,
    pub(in crate::conf) timing: Timing,
    pub(in crate::conf) log_all_failures: Option<bool>,
    pub(in crate::conf) kind: K,
}

impl<K> CheckDraft<K> {
    pub(in crate::conf) fn new(at: Extent, server: IpAddr, kind: K) -> CheckDraft<K> {
        CheckDraft {
            at,
            end: at,
            server,
            target: TargetDraft::default(),
            timing: Timing::default(),
            log_all_failures: None,
            kind,
        }
    }

    /// The same with another kind.
    pub(in crate::conf) fn map<L>(self, kind: impl FnOnce(K) -> L) -> CheckDraft<L> {
        CheckDraft {
            at: self.at,
            end: self.end,
            server: self.server,
            target: self.target,
            timing: self.timing,
            log_all_failures: self.log_all_failures,
            kind: kind(self.kind),
        }
    }
}

/// `MISC_CHECK`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct MiscDraft {
    pub(in crate::conf) command: Option<CommandLine>,
    pub(in crate::conf) user: Option<RunBy>,
    pub(in crate::conf) timeout: Option<Span>,
    pub(in crate::conf) dynamic: bool,
}

/// `UDP_CHECK`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct UdpDraft {
    pub(in crate::conf) payload: Option<Box<[u8]>>,
    /// Octets and which of their bits count.
    pub(in crate::conf) reply: Option<Vec<(u8, u8)>>,
    pub(in crate::conf) min_length: Option<At<u16>>,
    pub(in crate::conf) max_length: Option<At<u16>>,
}

/// `DNS_CHECK`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct DnsDraft {
    pub(in crate::conf) query: DnsType,
    pub(in crate::conf) name: Option<Box<str>>,
}

/// `FILE_CHECK`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct FileCheckDraft {
    pub(in crate::conf) name: Option<At<Box<str>>>,
    pub(in crate::conf) weight: Option<i32>,
    /// `reverse` or `noreverse`.
    pub(in crate::conf) reverse: Option<bool>,
}

/// A page of `HTTP_GET` or `SSL_GET`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct PageDraft {
    pub(in crate::conf) page: Page,
    pub(in crate::conf) tls_compliant: Option<bool>,
}

/// `HTTP_GET` and `SSL_GET`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct HttpDraft {
    pub(in crate::conf) tls: bool,
    pub(in crate::conf) virtualhost: Option<Box<str>>,
    pub(in crate::conf) version: HttpVersion,
    pub(in crate::conf) sni: bool,
    pub(in crate::conf) sni_name: Option<Box<str>>,
    pub(in crate::conf) fast_recovery: bool,
    pub(in crate::conf) tls_compliant: bool,
    pub(in crate::conf) pages: Vec<PageDraft>,
}

/// A further target of `SMTP_CHECK`.
#[derive(Clone, Copy, Debug)]
pub(in crate::conf) struct SmtpHostDraft {
    pub(in crate::conf) target: TargetDraft,
    pub(in crate::conf) timeout: Option<Span>,
}

/// `SMTP_CHECK`.
#[derive(Clone, Debug, Default)]
pub(in crate::conf) struct SmtpDraft {
    pub(in crate::conf) helo: Option<Box<str>>,
    pub(in crate::conf) hosts: Vec<SmtpHostDraft>,
}

/// What a check does.
#[derive(Clone, Debug)]
pub(in crate::conf) enum KindDraft {
    Tcp,
    Http(Box<HttpDraft>),
    Smtp(Box<SmtpDraft>),
    Dns(DnsDraft),
    Misc(Box<MiscDraft>),
    Udp(Box<UdpDraft>),
    Ping,
    File(FileCheckDraft),
    Bfd(Option<At<Box<str>>>),
}

/// A check of any kind.
pub(in crate::conf) type CheckerDraft = CheckDraft<KindDraft>;
