//! Health checks.

use std::net::IpAddr;

use super::Schedule;
use crate::base::id::{BfdId, IfName, TrackFileId};
use crate::base::time::Span;
use crate::conf::model::notify::Command;

/// Where a check connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// `connect_ip`, else the address of the server.
    pub address: IpAddr,
    /// `connect_port`, else the port of the server.
    pub port: u16,
    /// `bindto`.
    pub source: Option<IpAddr>,
    /// `bind_port`.
    pub source_port: Option<u16>,
    /// `bind_if`.
    pub interface: Option<IfName>,
    /// `fwmark`.
    pub mark: u32,
}

/// A check of a server.
#[derive(Clone, Debug)]
pub struct Checker {
    /// Where it connects to.
    pub target: Target,
    /// When it is made.
    pub schedule: Schedule,
    /// `log_all_failures`.
    pub log_all_failures: bool,
    /// What it does.
    pub kind: CheckerKind,
}

/// What a check does.
#[derive(Clone, Debug)]
pub enum CheckerKind {
    /// `TCP_CHECK`: connect.
    Tcp,
    /// `HTTP_GET` and `SSL_GET`: fetch pages.
    Http(Box<Http>),
    /// `SMTP_CHECK`: greet a mail server.
    Smtp(Smtp),
    /// `DNS_CHECK`: ask a name server.
    Dns {
        /// `type`.
        query: DnsType,
        /// `name`.
        name: Box<str>,
    },
    /// `MISC_CHECK`: run a command.
    Misc {
        /// `misc_path`.
        command: Command,
        /// `misc_timeout`.
        timeout: Span,
        /// `misc_dynamic`: the exit status is a weight.
        dynamic: bool,
    },
    /// `UDP_CHECK`: send a datagram.
    Udp {
        /// `payload`.
        payload: Option<Box<[u8]>>,
        /// `require_reply`.
        reply: Option<UdpReply>,
    },
    /// `PING_CHECK`.
    Ping,
    /// `FILE_CHECK`: a tracked file.
    File {
        /// Which one.
        file: TrackFileId,
        /// What each unit in the file adds to the weight of the server; 0: anything but 0 in the file is down.
        weight: i32,
        /// `reverse`: swaps adding and taking.
        reverse: bool,
    },
    /// `BFD_CHECK`: a BFD session.
    Bfd(BfdId),
}

/// The version of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// 1.0.
    #[default]
    V1_0,
    /// 1.0 with `Connection: close`.
    V1_0Close,
    /// 1.1.
    V1_1,
}

/// `HTTP_GET` and `SSL_GET`.
#[derive(Clone, Debug, Default)]
pub struct Http {
    /// `SSL_GET`.
    pub tls: bool,
    /// `http_protocol`.
    pub version: HttpVersion,
    /// `enable_sni`.
    pub sni: bool,
    /// `sni_name`.
    pub sni_name: Option<Box<str>>,
    /// `fast_recovery`.
    pub fast_recovery: bool,
    /// `url`; never empty.
    pub pages: Vec<Page>,
}

/// `url`.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// `path`.
    pub path: Box<str>,
    /// `digest`: the MD5 of the body.
    pub digest: Option<[u8; 16]>,
    /// `status_code`: ranges, both ends included; never empty.
    pub status: Vec<(u16, u16)>,
    /// `virtualhost`; else address and port.
    pub virtualhost: Option<Box<str>>,
    /// `regex`.
    pub regex: Option<Regex>,
    /// `tls_compliant`.
    pub tls_compliant: bool,
}

/// A pattern for the body of a page (PCRE2).
#[derive(Clone, Debug, Default)]
pub struct Regex {
    /// The pattern.
    pub pattern: Box<str>,
    /// `regex_no_match`: the body must not match.
    pub no_match: bool,
    /// `regex_options`.
    pub options: Vec<&'static str>,
    /// `regex_min_offset`: where the match may start at the earliest.
    pub min_offset: Option<u64>,
    /// `regex_max_offset`: where it may start at the latest.
    pub max_offset: Option<u64>,
    /// `regex_stack`: octets at first and at most.
    pub stack: Option<(u64, u64)>,
}

/// `SMTP_CHECK`.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// `helo_name`.
    pub helo: Box<str>,
    /// `host`: further targets.
    pub hosts: Vec<SmtpHost>,
}

/// A further target of `SMTP_CHECK`.
#[derive(Clone, Copy, Debug)]
pub struct SmtpHost {
    /// Where it is.
    pub target: Target,
    /// `connect_timeout`.
    pub timeout: Span,
}

/// What a name server is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsType {
    /// An IPv4 address.
    A,
    /// Name servers.
    Ns,
    /// An alias.
    Cname,
    /// Start of authority.
    #[default]
    Soa,
    /// Mail servers.
    Mx,
    /// Text.
    Txt,
    /// An IPv6 address.
    Aaaa,
    /// A signature.
    Rrsig,
    /// A key.
    Dnskey,
}

impl DnsType {
    /// The types by their names.
    pub const NAMES: [(&'static str, DnsType); 9] = [
        ("A", DnsType::A),
        ("NS", DnsType::Ns),
        ("CNAME", DnsType::Cname),
        ("SOA", DnsType::Soa),
        ("MX", DnsType::Mx),
        ("TXT", DnsType::Txt),
        ("AAAA", DnsType::Aaaa),
        ("RRSIG", DnsType::Rrsig),
        ("DNSKEY", DnsType::Dnskey),
    ];
}

/// The reply that a datagram needs.
#[derive(Clone, Debug, Default)]
pub struct UdpReply {
    /// Octets and which of their bits count; empty: any reply will do.
    pub pattern: Vec<(u8, u8)>,
    /// `min_reply_length`.
    pub min_length: u16,
    /// `max_reply_length`.
    pub max_length: u16,
}
