//! The processes that are tracked (`vrrp_track_process`): who is there, and who comes and goes.
//!
//! Where the kernel tells of processes (the proc connector: first network and process namespaces) a change is known
//! at once. Elsewhere all processes are looked at again and again, and the ends of those that are meant are waited for
//! besides, so that only a beginning is noticed a second late. Looking at all of them is cut into slices: on a host
//! with thousands of processes it takes longer than an advert may wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::complaints::Complaints;
use crate::base::time::{Instant, Span};
use crate::conf::model::settings::Buffer;
use crate::conf::model::{Model, TrackProcess};
use crate::sys::connector::{Connector, News, Progress};
use crate::sys::deaths::Deaths;
use crate::sys::proc::{Reader, Walk};
use crate::sys::{Error, clock};
use crate::track::process::{Process, ProcessEvent, cmdline_needed, matches};

/// How long others wait at most while processes are looked at.
const SLICE: Span = Span::from_micros(500);
/// How often all processes are looked at if the kernel does not tell of them.
const EVERY: Span = Span::from_secs(1);
/// What looking at all processes may take of a processor: one part of this many.
const SHARE: u64 = 50;
/// How many processes' ends are waited for, each of which takes a descriptor.
const MOST_DEATHS: usize = 256;
/// How many news are read before they are looked into, which takes some 10 µs each: the later ones of a process make the
/// earlier ones void.
const NEWS: usize = 64;

/// What is known of a process that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    comm: Box<[u8]>,
    cmdline: Box<[u8]>,
}

/// Every process that is meant, by its number.
type All = BTreeMap<u32, Found>;

/// What the core is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// These are all that are meant.
    Listed(All),
    /// One that is meant, or was.
    Changed(u32, Found),
    Ended(u32),
}

impl Told {
    /// All processes that are meant, if these are all.
    pub(super) fn all(&self) -> Vec<Process<'_>> {
        match self {
            Told::Listed(all) => all.iter().map(|(pid, found)| found.process(*pid)).collect(),
            Told::Changed(..) | Told::Ended(_) => Vec::new(),
        }
    }

    /// Gives it to `tell` in the core's words.
    pub(super) fn tell(&self, tell: impl FnOnce(ProcessEvent<'_>)) {
        match self {
            Told::Ended(pid) => tell(ProcessEvent::Ended(*pid)),
            Told::Changed(pid, found) => tell(ProcessEvent::Changed(found.process(*pid))),
            Told::Listed(_) => tell(ProcessEvent::Listed(&self.all())),
        }
    }
}

impl Found {
    fn process(&self, pid: u32) -> Process<'_> {
        Process { pid, comm: &self.comm, cmdline: &self.cmdline }
    }
}

/// The processes that are tracked, if any are.
#[derive(Debug)]
pub(super) struct Processes {
    eyes: Eyes,
    source: Source,
    /// Those that are meant, as the core knows them.
    known: BTreeSet<u32>,
    listing: Option<Listing>,
    list_at: Option<Instant>,
    complaints: Complaints<String>,
}

/// Where news come from.
#[derive(Debug)]
enum Source {
    Nowhere,
    Kernel { connector: Connector, unread: bool },
    Looking { deaths: Option<Deaths> },
}

/// A look at all processes that is under way.
#[derive(Debug)]
struct Listing {
    walk: Walk,
    found: All,
    /// Those that there was news of meanwhile: which is right is seen at the end.
    doubtful: BTreeSet<u32>,
    /// The time that it has taken.
    spent: Span,
}

impl Processes {
    /// Begins to listen. Needs a runtime.
    pub(super) fn open(model: &Arc<Model>) -> Processes {
        let source = if model.processes.is_empty() {
            Source::Nowhere
        } else {
            Source::open(model.global.settings.buffers.process_monitor)
        };
        Processes {
            eyes: Eyes::new(model),
            source,
            known: BTreeSet::new(),
            listing: None,
            list_at: None,
            complaints: Complaints::new(),
        }
    }

    /// Looks at all processes without letting anybody else have a turn, which is what a start begins with.
    pub(super) fn everything(&mut self) -> Option<Told> {
        if matches!(self.source, Source::Nowhere) {
            return None;
        }
        self.begin(clock::now());
        let mut told = Vec::new();
        while self.listing.is_some() {
            self.list(&mut told);
        }
        told.pop()
    }

    /// Waits for news; for ever if there is nobody to tell.
    pub(super) async fn changed(&self) -> Result<Vec<u32>, Error> {
        match &self.source {
            Source::Kernel { connector, .. } => connector.readable().await.map(|()| Vec::new()),
            Source::Looking { deaths: Some(deaths) } => deaths.next().await,
            Source::Looking { deaths: None } | Source::Nowhere => std::future::pending().await,
        }
    }

    /// There is news: these processes have ended, or the kernel has something to say.
    pub(super) fn take(&mut self, ended: &[u32]) -> Vec<Told> {
        match &mut self.source {
            Source::Kernel { unread, .. } => *unread = true,
            Source::Looking { deaths: Some(deaths) } => deaths.bury(ended),
            Source::Looking { deaths: None } | Source::Nowhere => {}
        }
        ended.iter().filter_map(|pid| self.ended(*pid)).collect()
    }

    /// Whether there is work that need not wait for anything.
    pub(super) fn is_unfinished(&self) -> bool {
        self.listing.is_some() || matches!(self.source, Source::Kernel { unread: true, .. })
    }

    /// When all processes are to be looked at.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.list_at.filter(|_| self.listing.is_none())
    }

    /// Reads news and looks at processes for a while; tells what the core does not know.
    pub(super) fn work(&mut self, now: Instant) -> Vec<Told> {
        let mut told = Vec::new();
        self.hear(now, &mut told);
        if self.next_deadline().is_some_and(|at| at <= now) {
            self.begin(now);
        }
        if self.listing.is_some() {
            self.list(&mut told);
        }
        told
    }

    fn hear(&mut self, now: Instant, told: &mut Vec<Told>) {
        let Source::Kernel { connector, unread: unread @ true } = &mut self.source else { return };
        let mut news = Vec::new();
        match connector.take(NEWS, &mut news) {
            Ok(Progress::More) => {}
            Ok(Progress::Drained) => *unread = false,
            Ok(Progress::Lost(room)) => {
                if self.complaints.is_due("lost".into(), now).is_some() {
                    tracing::warn!(
                        "news of processes were lost; made room for {room} octets of them, looking at all processes"
                    );
                }
                // Not again and again: whoever starts so many processes has no processor left for that.
                self.list_at.get_or_insert(now + EVERY);
            }
            Err(error) => {
                *unread = false;
                tracing::error!("{error}; looking at all processes every {EVERY} instead");
                self.source = Source::looking();
                self.list_at = Some(now);
            }
        }
        for (pid, ended) in latest(&news) {
            if let Some(listing) = &mut self.listing {
                listing.doubtful.insert(pid);
            }
            told.extend(if ended { self.ended(pid) } else { self.changed_to(pid) });
        }
    }

    fn ended(&mut self, pid: u32) -> Option<Told> {
        self.known.remove(&pid).then_some(Told::Ended(pid))
    }

    fn changed_to(&mut self, pid: u32) -> Option<Told> {
        match self.eyes.look(pid) {
            Some(found) => {
                self.known.insert(pid);
                Some(Told::Changed(pid, found))
            }
            None => self.ended(pid),
        }
    }

    fn begin(&mut self, now: Instant) {
        self.list_at = match self.source {
            Source::Looking { .. } => Some(now + EVERY),
            Source::Kernel { .. } | Source::Nowhere => None,
        };
        match Walk::begin() {
            Ok(walk) => {
                let listing =
                    Listing { walk, found: All::new(), doubtful: BTreeSet::new(), spent: Span::ZERO };
                self.listing = Some(listing);
            }
            Err(error) => {
                self.list_at = Some(now + EVERY);
                let message = error.to_string();
                if self.complaints.is_due(message.clone(), now).is_some() {
                    tracing::error!("{message}");
                }
            }
        }
    }

    /// A slice of a look at all processes.
    fn list(&mut self, told: &mut Vec<Told>) {
        let Some(mut listing) = self.listing.take() else { return };
        let began = clock::now();
        let mut count = 0_u32;
        let over = loop {
            let Some(pid) = listing.walk.next() else { break true };
            listing.found.extend(self.eyes.look(pid).map(|found| (pid, found)));
            // The clock is not free either.
            count += 1;
            if count.is_multiple_of(8) && clock::now().since(began) > SLICE {
                break false;
            }
        };
        let now = clock::now();
        listing.spent = Span::from_micros(listing.spent.as_micros() + now.since(began).as_micros());
        if over {
            self.finish(listing, now, told);
        } else {
            self.listing = Some(listing);
        }
    }

    fn finish(&mut self, listing: Listing, now: Instant, told: &mut Vec<Told>) {
        let Listing { mut found, doubtful, spent, .. } = listing;
        for pid in doubtful {
            match self.eyes.look(pid) {
                Some(again) => found.insert(pid, again),
                None => found.remove(&pid),
            };
        }
        if let Source::Looking { deaths } = &mut self.source {
            if let Some(deaths) = deaths {
                await_ends(deaths, &found, &mut self.eyes);
            }
            let pause = Span::from_micros(spent.as_micros().saturating_mul(SHARE));
            self.list_at = Some(now + pause.max(EVERY));
        }
        self.known = found.keys().copied().collect();
        told.push(Told::Listed(found));
    }
}

impl Source {
    fn open(buffer: Buffer) -> Source {
        match Connector::open(buffer) {
            Ok(connector) => Source::Kernel { connector, unread: true },
            Err(error) => {
                tracing::info!(
                    "{error} (it tells in the first namespaces only); looking at all processes every {EVERY} instead"
                );
                Source::looking()
            }
        }
    }

    fn looking() -> Source {
        let deaths = Deaths::open().inspect_err(|error| tracing::warn!("{error}"));
        Source::Looking { deaths: deaths.ok() }
    }
}

/// Waits for the ends of those that were found, as far as there is room.
fn await_ends(deaths: &mut Deaths, found: &All, eyes: &mut Eyes) {
    deaths.keep(|pid| found.contains_key(&pid));
    for (pid, known) in found {
        if deaths.len() >= MOST_DEATHS {
            return;
        }
        // Whoever has the number by now may be somebody else, who is not waited for; the next look finds out.
        if !deaths.has(*pid) && deaths.add(*pid).is_ok() && eyes.look(*pid).as_ref() != Some(known) {
            deaths.bury(&[*pid]);
        }
    }
}

/// What there is to know of each process at last: whether it has ended.
fn latest(news: &[News]) -> BTreeMap<u32, bool> {
    let entry = |one: &News| match *one {
        News::Changed(pid) => (pid, false),
        News::Ended(pid) => (pid, true),
    };
    news.iter().map(entry).collect()
}

/// Tells those that are meant from the others.
#[derive(Debug)]
struct Eyes {
    model: Arc<Model>,
    reader: Reader,
    /// How much of command lines is needed, if anything.
    cmdline: Option<usize>,
}

impl Eyes {
    fn new(model: &Arc<Model>) -> Eyes {
        let cmdline = model.processes.values().filter_map(cmdline_needed).max();
        Eyes { model: Arc::clone(model), reader: Reader::default(), cmdline }
    }

    /// What is to be known of a process, if it lives and is meant.
    fn look(&mut self, pid: u32) -> Option<Found> {
        let comm: Box<[u8]> = self.reader.comm(pid)?.into();
        let cmdline: Box<[u8]> = match self.cmdline {
            Some(most) => self.reader.cmdline(pid, most)?.into(),
            None => Box::default(),
        };
        let found = Found { comm, cmdline };
        let is_meant = |conf: &TrackProcess| matches(conf, &found.process(pid));
        (self.model.processes.values().any(is_meant) && self.reader.lives(pid)).then_some(found)
    }
}

#[cfg(test)]
mod tests;
