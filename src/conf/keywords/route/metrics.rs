//! What is known of the way of a route.

use crate::conf::diag::code::words as code;
use crate::conf::draft::RouteDraft;
use crate::conf::keyword::Keyword;
use crate::conf::keywords::{MOST, fit, number, own};
use crate::conf::model::route::Metric;
use crate::conf::reader::{Reader, decimal};

/// The shortest round trip that keepalived accepts, in milliseconds.
const SHORTEST: u32 = 200;

type Row = Keyword<RouteDraft>;

pub(super) const MTU: Row =
    own("mtu", "[lock] NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| d.metrics().mtu = metric(r))
        .since("1.2.24")
        .range("0 to 4294967295 octets")
        .example("mtu lock 1400")
        .doc("none", "The size of packets.");
pub(super) const HOPLIMIT: Row =
    number("hoplimit", 0, 255, |d: &mut RouteDraft, n, _| d.metrics().hoplimit = Some(fit(n)))
        .since("1.2.24")
        .example("hoplimit 64")
        .doc("none", "The hop limit.");
pub(super) const ADVMSS: Row =
    own("advmss", "[lock] NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| d.metrics().advmss = metric(r))
        .since("1.2.24")
        .range("0 to 4294967295 octets")
        .example("advmss 1360")
        .doc("none", "The segment size of TCP.");
pub(super) const RTT: Row =
    own("rtt", "[lock] TIME[s|ms]", |d: &mut RouteDraft, r: &mut Reader<'_>| d.metrics().rtt = time(r))
        .since("1.2.24")
        .range("at least 200 ms")
        .example("rtt 300ms")
        .doc("none", "The first guess of the round-trip time; without a unit in milliseconds.");
pub(super) const RTTVAR: Row =
    own("rttvar", "[lock] TIME[s|ms]", |d: &mut RouteDraft, r: &mut Reader<'_>| d.metrics().rttvar = time(r))
        .since("1.2.24")
        .range("at least 200 ms")
        .example("rttvar 250ms")
        .doc("none", "The first guess of its variance.");
pub(super) const REORDERING: Row =
    own("reordering", "[lock] NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.metrics().reordering = metric(r);
    })
    .since("1.2.24")
    .range("0 to 4294967295")
    .example("reordering 5")
    .doc("none", "How many segments may overtake each other.");
pub(super) const WINDOW: Row =
    number("window", 0, MOST, |d: &mut RouteDraft, n, _| d.metrics().window = Some(fit(n)))
        .since("1.2.24")
        .doc("none", "The largest window of TCP.");
pub(super) const CWND: Row =
    own("cwnd", "[lock] NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| d.metrics().cwnd = metric(r))
        .since("1.2.24")
        .range("0 to 4294967295")
        .example("cwnd lock 10")
        .doc("none", "The largest congestion window.");
pub(super) const SSTHRESH: Row =
    own("ssthresh", "[lock] NUMBER", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.metrics().ssthresh = metric(r);
    })
    .since("1.2.24")
    .range("0 to 4294967295")
    .example("ssthresh 20")
    .doc("none", "The threshold of slow start.");
pub(super) const RTO_MIN: Row =
    own("rto_min", "[lock] TIME[s|ms]", |d: &mut RouteDraft, r: &mut Reader<'_>| {
        d.metrics().rto_min = time(r);
    })
    .since("1.2.24")
    .range("at least 200 ms")
    .example("rto_min 300ms")
    .doc("none", "The shortest time before TCP sends again.");
pub(super) const INITCWND: Row =
    number("initcwnd", 0, MOST, |d: &mut RouteDraft, n, _| d.metrics().initcwnd = Some(fit(n)))
        .since("1.2.24")
        .doc("none", "The first congestion window.");
pub(super) const INITRWND: Row =
    number("initrwnd", 0, MOST, |d: &mut RouteDraft, n, _| d.metrics().initrwnd = Some(fit(n)))
        .since("1.2.24")
        .doc("none", "The first receive window.");
pub(super) const FEATURES: Row = own("features", "ecn", |d: &mut RouteDraft, r: &mut Reader<'_>| {
    d.metrics().ecn |= r.choice(1, &[("ecn", true)]).unwrap_or(false);
})
.since("1.2.24")
.example("features ecn")
.doc("none", "Features of the way.");
pub(super) const QUICKACK: Row =
    number("quickack", 0, 1, |d: &mut RouteDraft, n, _| d.metrics().quickack = Some(n == 1))
        .since("1.2.24")
        .example("quickack 1")
        .doc("none", "TCP acknowledges at once.");
pub(super) const FASTOPEN: Row = number("fastopen_no_cookie", 0, 1, |d: &mut RouteDraft, n, _| {
    d.metrics().fastopen_no_cookie = Some(n == 1);
})
.since("1.4.3")
.example("fastopen_no_cookie 1")
.doc("none", "TCP Fast Open without a cookie.");
pub(super) const CONGCTL: Row = own("congctl", "[lock] NAME", |d: &mut RouteDraft, r: &mut Reader<'_>| {
    let index = lock(r);
    d.metrics().congctl = r.required(index, "an algorithm").map(|name| (name.into(), index == 2));
})
.since("1.2.24")
.example("congctl lock bbr")
.doc("none", "The algorithm of congestion control.");

/// Where the value stands: behind `lock` if that is there.
fn lock(r: &mut Reader<'_>) -> usize {
    if r.arg(1) == Some("lock") { 2 } else { 1 }
}

fn metric(r: &mut Reader<'_>) -> Option<Metric> {
    let index = lock(r);
    let value = fit(r.number(index, 0, MOST)?);
    Some(Metric { value, locked: index == 2 })
}

/// A time in milliseconds, at least the shortest.
fn time(r: &mut Reader<'_>) -> Option<Metric> {
    let index = lock(r);
    let text = r.required(index, "a time")?;
    let (number, unit) = match text.strip_suffix('s') {
        Some(rest) => rest.strip_suffix('m').map_or((rest, 1), |rest| (rest, 1000)),
        None => (text, 1000),
    };
    let millis = decimal::seconds(number)
        .ok()
        .filter(|seconds| !seconds.negative)
        .and_then(|seconds| u32::try_from(seconds.span.as_millis() / unit).ok());
    let Some(millis) = millis else {
        let message = format!("`{text}` is not a time");
        r.report(&code::BAD_NUMBER, r.at(index), message).label("expected a number, with s or ms behind it");
        return None;
    };
    if millis < SHORTEST {
        let message = format!("{text} is below the shortest time of {SHORTEST} ms, which is taken");
        r.report(&code::SEVERAL_DEFAULTED, r.at(index), message);
    }
    Some(Metric { value: millis.max(SHORTEST), locked: index == 2 })
}
