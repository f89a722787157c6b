//! What is known of everything that is tracked.

use super::event::{ProcessEvent, Reload};
use super::heirs::Heirs;
use super::snapshot::{ProcessesShown, ScriptShown};
use crate::base::deadlines::Deadlines;
use crate::base::id::{BfdId, TrackFileId, TrackId, TrackProcessId};
use crate::base::table::Table;
use crate::base::time::Instant;
use crate::conf::model::Model;
use crate::track::file;
use crate::track::process::Watch;
use crate::track::script::Script;

/// Everything that is tracked, as it was last reported.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) scripts: Table<TrackId, Script>,
    files: Table<TrackFileId, i32>,
    processes: Table<TrackProcessId, Watch>,
    sessions: Table<BfdId, bool>,
    /// When scripts have to be looked after.
    pub(super) runs: Deadlines<TrackId>,
    /// When verdicts on processes change.
    turns: Deadlines<TrackProcessId>,
}

impl Tracked {
    /// Nothing has been reported: files are empty, no process runs, all sessions are down.
    pub(super) fn new(model: &Model) -> Tracked {
        Tracked {
            scripts: model.scripts.values().map(|_| Script::new()).collect(),
            files: model.files.values().map(|_| 0).collect(),
            processes: model.processes.values().map(|_| Watch::default()).collect(),
            sessions: model.bfd.values().map(|_| false).collect(),
            runs: Deadlines::new(),
            turns: Deadlines::new(),
        }
    }

    /// What goes on in a new configuration. What is tracked for the first time is as `reload` says.
    pub(super) fn carry_over(
        &self,
        now: Instant,
        old: &Model,
        heirs: &Heirs,
        reload: &Reload<'_>,
    ) -> Tracked {
        let new = &*reload.model;
        let mut tracked = Tracked::new(new);
        let count = u64::try_from(new.scripts.len()).unwrap_or(u64::MAX);
        for (id, position) in tracked.scripts.keys().zip(0..) {
            let shift = new.scripts.at(id).interval.fraction(position, count);
            tracked.scripts.at_mut(id).start(now, shift);
        }
        for (id, script) in self.scripts.iter() {
            if let Some(heir) = heirs.script(id) {
                let carried = tracked.scripts.at_mut(heir);
                *carried = script.clone();
                carried.hasten(now + new.scripts.at(heir).interval);
            }
        }
        for id in tracked.scripts.keys() {
            let due = tracked.scripts.at(id).next_deadline();
            tracked.runs.set(id, due);
        }
        for (id, content) in reload.files {
            tracked.read_file(*id, content.as_deref());
        }
        for (id, conf) in new.processes.iter() {
            let same = old.processes.iter().find(|(_, before)| before.watches_the_same(conf));
            let watch = tracked.processes.at_mut(id);
            match same {
                Some((before, _)) => {
                    *watch = self.processes.at(before).clone();
                    watch.handle(now, &ProcessEvent::Listed(reload.processes), conf);
                }
                None => watch.begin(now, reload.processes, conf),
            }
            tracked.turns.set(id, watch.next_deadline());
        }
        for (id, conf) in new.bfd.iter() {
            let same = old.bfd.iter().find(|(_, before)| before.name == conf.name);
            *tracked.sessions.at_mut(id) = same.is_some_and(|(before, _)| self.session(before));
        }
        tracked
    }

    /// The verdict on a script; `None` before its first run has ended.
    pub(super) fn script(&self, id: TrackId) -> Option<bool> {
        self.scripts.get(id).and_then(Script::good)
    }

    /// The number in a file.
    pub(super) fn file(&self, id: TrackFileId) -> i32 {
        self.files.get(id).copied().unwrap_or(0)
    }

    /// Whether there are as many processes as there should be.
    pub(super) fn process(&self, id: TrackProcessId) -> bool {
        self.processes.get(id).is_some_and(Watch::good)
    }

    /// Whether a session is up.
    pub(super) fn session(&self, id: BfdId) -> bool {
        self.sessions.get(id).copied().unwrap_or(false)
    }

    /// A script, for others to see.
    pub(super) fn show_script(&self, id: TrackId) -> ScriptShown {
        let script = self.scripts.at(id);
        ScriptShown { good: script.good(), against: script.against(), running: script.is_running() }
    }

    /// A tracker of processes, for others to see.
    pub(super) fn show_processes(&self, id: TrackProcessId) -> ProcessesShown {
        let watch = self.processes.at(id);
        ProcessesShown { count: watch.count(), good: watch.good(), turning: watch.turning() }
    }

    /// When something is due.
    pub(super) fn earliest(&mut self) -> Option<Instant> {
        [self.runs.earliest(), self.turns.earliest()].into_iter().flatten().min()
    }

    /// A file was read. Tells its new number, if that changed.
    pub(super) fn read_file(&mut self, id: TrackFileId, content: Option<&[u8]>) -> Option<i32> {
        let value = file::value(content)?;
        let known = self.files.get_mut(id)?;
        (std::mem::replace(known, value) != value).then_some(value)
    }

    /// A session changed. Tells whether that is news.
    pub(super) fn set_session(&mut self, id: BfdId, up: bool) -> bool {
        self.sessions.get_mut(id).is_some_and(|known| std::mem::replace(known, up) != up)
    }

    /// Processes changed. Tells on which trackers the verdict did. At first (`begin`) it counts without delay.
    pub(super) fn see_processes(
        &mut self,
        now: Instant,
        event: &ProcessEvent<'_>,
        begin: bool,
        model: &Model,
    ) -> Vec<(TrackProcessId, bool)> {
        let mut turned = Vec::new();
        for (id, conf) in model.processes.iter() {
            let watch = self.processes.at_mut(id);
            match event {
                ProcessEvent::Listed(all) if begin => watch.begin(now, all, conf),
                ProcessEvent::Listed(_) | ProcessEvent::Changed(_) | ProcessEvent::Ended(_) => {
                    turned.extend(watch.handle(now, event, conf).map(|good| (id, good)));
                }
            }
            self.turns.set(id, watch.next_deadline());
        }
        turned
    }

    /// The next tracker of processes whose verdict changes by the passing of time.
    pub(super) fn next_turn(&mut self, now: Instant) -> Option<(TrackProcessId, bool)> {
        while let Some((_, id)) = self.turns.pop(now) {
            let watch = self.processes.at_mut(id);
            let turned = watch.expire(now);
            self.turns.set(id, watch.next_deadline());
            if let Some(good) = turned {
                return Some((id, good));
            }
        }
        None
    }
}
