//! What virtual servers, real servers and checks say of the times of checks.

use std::marker::PhantomData;

use crate::conf::draft::{CheckDraft, ServerDraft, ServiceDraft, Timing};
use crate::conf::keyword::Keyword;
use crate::conf::keywords::{LONGEST, MOST, fit, flag, number, seconds, switch};

/// Something that says when checks are made.
pub(in crate::conf::keywords) trait Timed {
    /// The least number of failures that can be said.
    const LEAST_RETRY: i64;
    /// What holds if it does not say how many failures are tolerated.
    const RETRY: &'static str;
    /// What holds if it does not say how long to wait between them.
    const RETRY_DELAY: &'static str;
    /// What holds if it does not say how long the first check may be delayed.
    const WARMUP: &'static str;
    /// What holds if it does not say how often a check is made.
    const PERIOD: &'static str;
    /// What holds if it does not say how long a connection may take.
    const TIMEOUT: &'static str;
    /// What holds if it does not say whether servers start as down.
    const ALPHA: &'static str;

    /// Since when it says how often, how long a connection may take, and whether servers start as down.
    const SINCE: [&'static str; 3] = ["1.3.7"; 3];

    /// What it says.
    fn timing(&mut self) -> &mut Timing;
}

impl Timed for ServiceDraft {
    const LEAST_RETRY: i64 = 1;
    const RETRY: &'static str = "1 (DNS_CHECK: 3, MISC_CHECK: 0)";
    const RETRY_DELAY: &'static str = "1 (HTTP_GET, SSL_GET: 3, DNS_CHECK: delay_loop)";
    const WARMUP: &'static str = "delay_loop";
    const PERIOD: &'static str = "60";
    const TIMEOUT: &'static str = "5";
    const ALPHA: &'static str = "off";
    const SINCE: [&'static str; 3] = ["0.5.3", "2.0.13", "1.1.16"];

    fn timing(&mut self) -> &mut Timing {
        &mut self.timing
    }
}

const OF_SERVICE: &str = "as in the virtual server";

impl Timed for ServerDraft {
    const LEAST_RETRY: i64 = 1;
    const RETRY: &'static str = OF_SERVICE;
    const RETRY_DELAY: &'static str = OF_SERVICE;
    const WARMUP: &'static str = OF_SERVICE;
    const PERIOD: &'static str = OF_SERVICE;
    const TIMEOUT: &'static str = OF_SERVICE;
    const ALPHA: &'static str = OF_SERVICE;
    const SINCE: [&'static str; 3] = ["1.3.7", "2.0.13", "1.3.7"];

    fn timing(&mut self) -> &mut Timing {
        &mut self.timing
    }
}

const OF_SERVER: &str = "as in the real server";

impl<K> Timed for CheckDraft<K> {
    const LEAST_RETRY: i64 = 0;
    const RETRY: &'static str = OF_SERVER;
    const RETRY_DELAY: &'static str = OF_SERVER;
    const WARMUP: &'static str = OF_SERVER;
    const PERIOD: &'static str = OF_SERVER;
    const TIMEOUT: &'static str = OF_SERVER;
    const ALPHA: &'static str = OF_SERVER;

    fn timing(&mut self) -> &mut Timing {
        &mut self.timing
    }
}

/// The largest number of microseconds in 64 bits.
const ENDLESS: u64 = u64::MAX - 1;

/// The rows of something timed.
pub(in crate::conf::keywords) struct Rows<D>(PhantomData<D>);

impl<D: Timed + 'static> Rows<D> {
    /// When checks are made.
    pub(in crate::conf::keywords) const TIMES: &'static [Keyword<D>] = &[
        seconds("delay_loop", 1, ENDLESS, |d: &mut D, span, _| d.timing().period = Some(span))
            .since(D::SINCE[0])
            .doc(D::PERIOD, "The time between checks."),
        number("retry", D::LEAST_RETRY, MOST, |d: &mut D, n, _| d.timing().retry = Some(fit(n)))
            .since("1.3.7")
            .doc(D::RETRY, "How many more times a check is tried before the server counts as down."),
        seconds("delay_before_retry", 0, ENDLESS, |d: &mut D, span, _| d.timing().retry_delay = Some(span))
            .since("1.3.7")
            .doc(D::RETRY_DELAY, "The time before each of these tries."),
        seconds("warmup", 0, ENDLESS, |d: &mut D, span, _| d.timing().warmup = Some(span))
            .since("1.3.7")
            .doc(
                D::WARMUP,
                "The longest time that the first check is delayed by, so that not all come at once.",
            ),
    ];
    /// How long a connection may take.
    pub(in crate::conf::keywords) const TIMEOUT: Keyword<D> =
        seconds("connect_timeout", 1, LONGEST, |d: &mut D, span, _| d.timing().timeout = Some(span))
            .since(D::SINCE[1])
            .doc(D::TIMEOUT, "How long a connection, and each answer, may take.");
    /// A flag: servers start as down.
    pub(in crate::conf::keywords) const ALPHA_FLAG: Keyword<D> =
        flag("alpha", |d: &mut D, _| d.timing().alpha = Some(true))
            .since(D::SINCE[2])
            .doc(D::ALPHA, "Servers start as down, and come up with their first good check.");
    /// A switch: servers start as down.
    pub(in crate::conf::keywords) const ALPHA: Keyword<D> =
        switch("alpha", |d: &mut D, on, _| d.timing().alpha = Some(on))
            .since(D::SINCE[2])
            .doc(D::ALPHA, "The server starts as down, and comes up with its first good check.");
}
