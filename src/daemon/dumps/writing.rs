//! Dumps of the VRRP process: taken between two events, put into words and written on a thread of their own, so that no
//! advert waits for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::super::{Options, child};
use super::{Kind, mode, place};
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::base::interface::Interface;
use crate::base::time::{Instant, Span};
use crate::conf::model::Model;
use crate::report::dump::{Scene, WallClock, data, json, stats};
use crate::sys::netlink::facts::facts;
use crate::sys::replace::replace;
use crate::sys::sysctl::Setting;
use crate::sys::{Error, clock};
use crate::vrrp::Router;
use crate::vrrp::event::Protocol;
use crate::vrrp::snapshot::Snapshot;

/// Reading two clocks takes less time than this: a greater difference is a step of the wall clock.
const JITTER: Span = Span::from_millis(1);

/// What the core does not know.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Particulars {
    /// The descriptors that packets of a kind are received and sent with.
    pub(in crate::daemon) sockets: Vec<((Family, Protocol), (i32, i32))>,
    /// Settings that were changed, and what they were before.
    pub(in crate::daemon) before: BTreeMap<Setting, Box<str>>,
}

/// What is wanted, and what is being written. However often a dump is asked for, one is written at a time, and no more
/// than one of a kind waits: it will tell of a moment after it was asked for.
#[derive(Debug, Default)]
pub(in crate::daemon) struct Dumps {
    wanted: BTreeSet<Kind>,
    writing: Option<JoinHandle<()>>,
    /// The monotonic and the wall clock at one moment. The same as long as the wall clock is not stepped, so that the
    /// same moment is told alike every time.
    clocks: Option<(Instant, u64)>,
}

/// Everything that a dump is made of.
struct Job {
    kind: Kind,
    model: Arc<Model>,
    snapshot: Snapshot,
    clocks: (Instant, u64),
    particulars: Particulars,
    path: PathBuf,
    mode: u32,
}

impl Dumps {
    /// Somebody wants a dump.
    pub(in crate::daemon) fn want(&mut self, kind: Kind) {
        self.wanted.insert(kind);
    }

    /// Whether one can be begun.
    pub(in crate::daemon) fn is_due(&self) -> bool {
        self.writing.is_none() && !self.wanted.is_empty()
    }

    /// Begins with the next one.
    pub(in crate::daemon) fn begin(
        &mut self,
        options: &Options,
        router: &mut Router,
        particulars: Particulars,
    ) {
        let Some(kind) = self.wanted.pop_first() else { return };
        let path = place::of(kind, &router.model().global.settings);
        let job = self.job(kind, options, router, particulars, path);
        if kind == Kind::StatsClear {
            router.clear_stats();
        }
        announce(kind);
        self.writing = Some(tokio::task::spawn_blocking(move || job.run()));
    }

    /// Keeps the data of this moment in a file, whatever else is being written.
    pub(in crate::daemon) fn keep(
        &mut self,
        options: &Options,
        router: &mut Router,
        particulars: Particulars,
        path: PathBuf,
    ) {
        let job = self.job(Kind::Data, options, router, particulars, path);
        // Nobody waits for it; it says itself what goes wrong.
        drop(tokio::task::spawn_blocking(move || job.run()));
    }

    fn job(
        &mut self,
        kind: Kind,
        options: &Options,
        router: &mut Router,
        particulars: Particulars,
        path: PathBuf,
    ) -> Job {
        let model = Arc::clone(router.model());
        let snapshot = router.take_snapshot(clock::now());
        let (clocks, mode) = (self.compare_clocks(), mode(options, &model));
        Job { kind, model, snapshot, clocks, particulars, path, mode }
    }

    fn compare_clocks(&mut self) -> (Instant, u64) {
        let now = (clock::now(), clock::wall());
        let known = *self.clocks.get_or_insert(now);
        let expected = known.1.saturating_add(now.0.since(known.0).as_micros());
        if now.1.abs_diff(expected) > JITTER.as_micros() {
            self.clocks = Some(now);
            return now;
        }
        known
    }

    /// Waits for the one that is being written; for ever if none is. Losing the future loses nothing.
    pub(in crate::daemon) async fn finished(&mut self) {
        let Some(writing) = &mut self.writing else { return std::future::pending().await };
        let ended = writing.await;
        self.writing = None;
        if let Err(error) = ended {
            tracing::error!("writing a dump failed: {error}");
        }
    }
}

fn announce(kind: Kind) {
    let pid = std::process::id();
    match kind {
        Kind::Data => tracing::info!("Printing VRRP data for process({pid}) on signal"),
        Kind::Stats => tracing::info!("Printing VRRP stats for process({pid}) on signal"),
        Kind::StatsClear => tracing::info!("Printing and clearing VRRP stats for process({pid}) on signal"),
        Kind::Json => tracing::info!("Printing VRRP as json for process({pid}) on signal"),
    }
}

impl Job {
    fn run(self) {
        let written = self.interfaces().and_then(|interfaces| match self.render(&interfaces) {
            Some(text) => replace(&self.path, text.as_bytes(), self.mode),
            None => Ok(()),
        });
        if let Err(error) = written {
            tracing::error!("{error}");
        }
    }

    /// Only the data file tells of interfaces.
    fn interfaces(&self) -> Result<Vec<Interface>, Error> {
        if self.kind != Kind::Data {
            return Ok(Vec::new());
        }
        child::runtime()?.block_on(facts())
    }

    fn render(&self, interfaces: &[Interface]) -> Option<String> {
        let (at, micros) = self.clocks;
        let sockets = |family, protocol| {
            let of = |(known, _): &&((Family, Protocol), (i32, i32))| *known == (family, protocol);
            self.particulars.sockets.iter().find(of).map_or((-1, -1), |(_, numbers)| *numbers)
        };
        let before = |interface: IfName, name: &str| {
            let setting = Setting::new(&format!("net/ipv4/conf/{interface}/{name}"));
            self.particulars.before.get(&setting)?.parse().ok()
        };
        let scene = Scene {
            model: &self.model,
            snapshot: &self.snapshot,
            clock: WallClock { at, micros, local: &clock::local_time_at },
            interfaces,
            sockets: &sockets,
            before: &before,
        };
        match self.kind {
            Kind::Data => Some(data::render(&scene)),
            Kind::Stats | Kind::StatsClear => Some(stats::render(&scene)),
            Kind::Json => json::render(&scene),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_often_a_dump_is_wanted_one_waits() {
        let mut dumps = Dumps::default();
        assert!(!dumps.is_due());
        for kind in [Kind::Json, Kind::Data, Kind::Data, Kind::Stats, Kind::Data] {
            dumps.want(kind);
        }
        assert!(dumps.is_due());
        assert_eq!(dumps.wanted.into_iter().collect::<Vec<_>>(), [Kind::Stats, Kind::Data, Kind::Json]);
    }

    #[test]
    fn the_same_moment_is_told_alike_every_time() {
        let mut dumps = Dumps::default();
        let first = dumps.compare_clocks();
        assert_eq!(dumps.compare_clocks(), first);
        let stepped = (first.0, first.1 - 3_600_000_000);
        dumps.clocks = Some(stepped);
        let (at, micros) = dumps.compare_clocks();
        assert!(at >= first.0 && micros >= first.1, "a step of the wall clock counts");
    }
}
