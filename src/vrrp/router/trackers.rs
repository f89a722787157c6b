//! What a router makes of what is tracked.

use super::super::event::{Action, Outcome, ProcessEvent, ScriptOp};
use super::super::note::{Note, ScriptNote};
use super::super::reason::Turned;
use super::{Phase, Router};
use crate::base::id::{BfdId, InstanceId, TrackFileId, TrackId, TrackProcessId};
use crate::base::time::Instant;
use crate::conf::model::Run;
use crate::track::script::{Due, Finding};

impl Router {
    /// Deadlines of trackers may have passed.
    pub(super) fn trackers_due(&mut self, now: Instant) {
        while let Some((_, script)) = self.tracked.runs.pop(now) {
            self.run_script(now, script);
        }
        while let Some((process, good)) = self.tracked.next_turn(now) {
            self.process_turned(now, process, good);
        }
    }

    pub(super) fn run_script(&mut self, now: Instant, id: TrackId) {
        let Router { tracked, model, out, .. } = self;
        let (script, conf) = (tracked.scripts.at_mut(id), model.scripts.at(id));
        while let Some(due) = script.expire(now, conf) {
            let note = match due {
                // What is stopped has no process that could take its time.
                Due::Do(ScriptOp::Terminate) if matches!(conf.run, Run::Probe(_)) => None,
                Due::Do(ScriptOp::Spawn) => None,
                Due::Do(ScriptOp::Terminate) => Some(ScriptNote::Overdue),
                Due::Do(ScriptOp::Kill) => Some(ScriptNote::Killed),
                Due::Skipped => Some(ScriptNote::Skipped),
            };
            if let Due::Do(op) = due {
                out.push(Action::Script(id, op));
            }
            if let Some(note) = note {
                out.push(Action::Note(Note::Script(id, note)));
            }
        }
        tracked.runs.set(id, script.next_deadline());
    }

    pub(super) fn script_ended(&mut self, now: Instant, id: TrackId, outcome: Outcome) {
        let Router { tracked, model, .. } = self;
        let Some(script) = tracked.scripts.get_mut(id) else { return };
        let Some(ended) = script.ended(outcome, model.scripts.at(id)) else { return };
        tracked.runs.set(id, script.next_deadline());
        if self.phase != Phase::Running {
            return;
        }
        let finding = ended.finding;
        let says_status = matches!(finding, Finding::Ended(Outcome::Exited(_)));
        if ended.news && (says_status || ended.turned.is_none()) {
            self.out.push(Action::Note(Note::Script(id, ScriptNote::Now(finding))));
        }
        if let Some(good) = ended.turned {
            self.out.push(Action::Note(Note::Script(id, ScriptNote::Turned { good, finding })));
            self.judge_all(now, Turned::Script(id, good), self.index.of_script(id).to_vec());
        }
    }

    pub(super) fn file_read(&mut self, now: Instant, file: TrackFileId, content: Option<&[u8]>) {
        let Some(value) = self.tracked.read_file(file, content) else { return };
        if self.phase == Phase::Running {
            self.out.push(Action::Note(Note::File { file, value }));
            self.judge_all(now, Turned::File(file, value), self.index.of_file(file).to_vec());
        }
    }

    pub(super) fn processes_changed(&mut self, now: Instant, event: &ProcessEvent<'_>) {
        let begin = self.phase == Phase::New;
        for (process, good) in self.tracked.see_processes(now, event, begin, &self.model) {
            self.process_turned(now, process, good);
        }
    }

    fn process_turned(&mut self, now: Instant, process: TrackProcessId, good: bool) {
        if self.phase == Phase::Running {
            self.out.push(Action::Note(Note::Process { process, good }));
            let watchers = self.index.of_process(process).to_vec();
            self.judge_all(now, Turned::Process(process, good), watchers);
        }
    }

    pub(super) fn session_changed(&mut self, now: Instant, session: BfdId, up: bool) {
        if self.tracked.set_session(session, up) && self.phase == Phase::Running {
            self.out.push(Action::Note(Note::Bfd { session, up }));
            self.judge_all(now, Turned::Bfd(session, up), self.index.of_session(session).to_vec());
        }
    }

    fn judge_all(&mut self, now: Instant, turned: Turned, instances: Vec<InstanceId>) {
        self.turned = Some(turned);
        for id in instances {
            self.judge(now, id);
        }
        self.turned = None;
    }
}
