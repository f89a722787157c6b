//! The tables of keywords, one file for each part of the language.

mod address;
mod auth_hmac;
mod bfd;
mod check;
mod file;
mod global;
mod instance;
mod language;
mod link;
mod probe;
mod process;
mod root;
mod route;
mod rule;
mod script;
mod server;
mod statics;
mod tls;
mod track;
mod unicast;

use super::draft::Draft;
use super::expanded::Extent;
use super::keyword::{Keyword, Keywords, Read, Section};
use crate::base::id::IfName;
use crate::base::time::Span;

/// The keywords outside all blocks.
pub(super) fn root() -> &'static Section<Draft> {
    &root::ROOT
}

/// A kind of block and where it stands.
#[derive(Clone, Copy)]
pub struct Block {
    /// The blocks around it and its own name; entries of lists in brackets, what follows a word behind that word.
    pub path: &'static str,
    /// Its keywords.
    pub keywords: &'static dyn Keywords,
}

/// Why sizes of the receive buffers of adverts mean nothing.
const ONE_SOCKET: &str = "adverts of all interfaces come through one socket with a buffer of 4 MiB";

const fn block(path: &'static str, keywords: &'static dyn Keywords) -> Block {
    Block { path, keywords }
}

/// Every kind of block, in the order of the manual page.
#[must_use]
pub fn blocks() -> &'static [Block] {
    &BLOCKS
}

static BLOCKS: [Block; 52] = [
    block("(any line)", &language::ANY_LINE),
    block("(command)", &language::COMMAND),
    block("", &root::ROOT),
    block("global_defs", &global::GLOBAL),
    block("global_defs/lvs_sync_daemon", &global::SYNC_DAEMON),
    block("global_defs/lvs_timeouts", &global::TIMEOUTS),
    block("track_group", &statics::TRACK_GROUP),
    block("linkbeat_interfaces", &statics::LINKBEAT),
    block("interface_up_down_delays", &statics::DELAYS),
    block("garp_group", &statics::GARP_GROUP),
    block("vrrp_script", &script::SCRIPT),
    block("vrrp_track_process", &process::PROCESS),
    block("track_file", &file::FILE),
    block("bfd_instance", &bfd::BFD),
    block("vrrp_sync_group", &statics::SYNC_GROUP),
    block("vrrp_instance", &instance::INSTANCE),
    block("vrrp_instance/authentication", &instance::AUTHENTICATION),
    block("vrrp_instance/auth_hmac", &auth_hmac::HMAC),
    block("vrrp_instance/use_vmac", &link::VMAC),
    block("vrrp_instance/use_ipvlan", &link::IPVLAN),
    block("vrrp_instance/unicast_peer", &unicast::PEER),
    block("vrrp_instance/virtual_ipaddress", &address::ADDRESS),
    block("vrrp_instance/virtual_routes", &route::ROUTE),
    block("vrrp_instance/virtual_routes/nexthop", &route::NEXT_HOP),
    block("vrrp_instance/virtual_routes/encap ip", &route::encap::ENCAP_IP),
    block("vrrp_instance/virtual_routes/encap ip6", &route::encap::ENCAP_IP6),
    block("vrrp_instance/virtual_routes/encap mpls", &route::encap::ENCAP_MPLS),
    block("vrrp_instance/virtual_routes/encap ila", &route::encap::ENCAP_ILA),
    block("vrrp_instance/virtual_rules", &rule::RULE),
    block("vrrp_instance/track_interface", &track::INTERFACE),
    block("vrrp_instance/track_script", &track::SCRIPT),
    block("vrrp_instance/track_file", &track::FILE),
    block("vrrp_instance/track_process", &track::PROCESS),
    block("vrrp_instance/track_bfd", &track::BFD),
    block("SSL", &tls::TLS),
    block("virtual_server_group", &server::group::GROUP),
    block("virtual_server", &server::SERVICE),
    block("virtual_server/lb_kind TUN", &server::forwarding::TUNNEL),
    block("virtual_server/real_server", &server::real::SERVER),
    block("virtual_server/real_server/TCP_CHECK", &check::TCP),
    block("virtual_server/real_server/HTTP_GET", &check::http::PLAIN),
    block("virtual_server/real_server/HTTP_GET/url", &check::http::PLAIN_URL),
    block("virtual_server/real_server/SSL_GET", &check::http::SECURE),
    block("virtual_server/real_server/SSL_GET/url", &check::http::SECURE_URL),
    block("virtual_server/real_server/SMTP_CHECK", &check::smtp::SMTP),
    block("virtual_server/real_server/SMTP_CHECK/host", &check::smtp::HOST),
    block("virtual_server/real_server/DNS_CHECK", &check::packet::DNS),
    block("virtual_server/real_server/MISC_CHECK", &check::local::MISC),
    block("virtual_server/real_server/UDP_CHECK", &check::packet::UDP),
    block("virtual_server/real_server/PING_CHECK", &check::PING),
    block("virtual_server/real_server/FILE_CHECK", &check::local::FILE),
    block("virtual_server/real_server/BFD_CHECK", &check::local::BFD),
];

/// A keyword without parameters.
const fn flag<D>(name: &'static str, set: fn(&mut D, Extent)) -> Keyword<D> {
    Keyword::new(name, "", Read::Flag(set))
}

/// A keyword that may be switched off.
const fn switch<D>(name: &'static str, set: fn(&mut D, bool, Extent)) -> Keyword<D> {
    Keyword::new(name, "[on|off]", Read::Switch(set))
}

/// A keyword with a whole number.
const fn number<D>(name: &'static str, least: i64, most: i64, set: fn(&mut D, i64, Extent)) -> Keyword<D> {
    Keyword::new(name, "NUMBER", Read::Number(least, most, set))
}

/// A keyword with whole seconds.
const fn whole_seconds<D>(
    name: &'static str,
    least: i64,
    most: i64,
    set: fn(&mut D, i64, Extent),
) -> Keyword<D> {
    Keyword::new(name, "SECONDS", Read::Number(least, most, set))
}

/// A keyword with a time, given in microseconds.
const fn seconds<D>(name: &'static str, least: u64, most: u64, set: fn(&mut D, Span, Extent)) -> Keyword<D> {
    Keyword::new(name, "SECONDS", Read::Seconds(Span::from_micros(least), Span::from_micros(most), set))
}

/// A keyword with a word.
const fn text<D>(name: &'static str, parameters: &'static str, set: fn(&mut D, &str, Extent)) -> Keyword<D> {
    Keyword::new(name, parameters, Read::Text(set))
}

/// A keyword with an interface.
const fn interface<D>(name: &'static str, set: fn(&mut D, IfName, Extent)) -> Keyword<D> {
    Keyword::new(name, "INTERFACE", Read::Interface(set))
}

/// A keyword that is read in its own way.
const fn own<D>(
    name: &'static str,
    parameters: &'static str,
    read: fn(&mut D, &mut super::reader::Reader<'_>),
) -> Keyword<D> {
    Keyword::new(name, parameters, Read::Own(read))
}

/// A number of repetitions, which is 1 at least.
fn repetitions(r: &mut super::reader::Reader<'_>) -> Option<u32> {
    let number = r.number(1, 0, MOST)?;
    if number == 0 {
        let message = format!("`{}` must be greater than 0; 1 is taken", r.keyword());
        r.report(&super::diag::code::words::SEVERAL_DEFAULTED, r.at(1), message);
    }
    u32::try_from(number.max(1)).ok()
}

/// A number that its range keeps small enough for the type.
fn fit<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}

/// Whole seconds.
fn whole(seconds: i64) -> Span {
    Span::from_secs(fit(seconds))
}

/// The largest time that keepalived counts in microseconds.
const LONGEST: u64 = 4_294_967_295;
/// The largest number of 31 bits.
const MOST_SIGNED: i64 = 2_147_483_647;
/// The largest number of 32 bits.
const MOST: i64 = 4_294_967_295;

#[cfg(test)]
mod tests;
