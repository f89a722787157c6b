//! Lines for a pipe that takes no more at the moment: the last state of everybody is kept, the rest is lost and counted.

use std::collections::VecDeque;

use crate::vrrp::event::Who;

/// What a full pipe has yet to be told.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// The last state of everybody whose last state was not told, the longest untold first.
    states: VecDeque<(Who, String)>,
    /// Lines that will never be told, since the pipe was full.
    lost: u64,
    /// It has been said that the pipe is full.
    said: bool,
}

/// What has to be said about a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It takes no more.
    Full,
    /// It takes lines again; so many were lost.
    Again { lost: u64 },
}

impl Backlog {
    /// Writes a line after all that wait, or keeps it if it tells of a state, in place of an older one.
    pub(super) fn tell(
        &mut self,
        who: Who,
        is_state: bool,
        line: String,
        mut write: impl FnMut(&str) -> bool,
    ) -> Option<News> {
        self.write(&mut write);
        if self.is_empty() && write(&line) {
            return self.recovered();
        }
        if is_state {
            let before = self.states.len();
            self.states.retain(|(other, _)| *other != who);
            self.lost += u64::from(self.states.len() < before);
            self.states.push_back((who, line));
        } else {
            self.lost += 1;
        }
        (!std::mem::replace(&mut self.said, true)).then_some(News::Full)
    }

    /// Writes what waits, as long as there is room.
    pub(super) fn flush(&mut self, write: impl FnMut(&str) -> bool) -> Option<News> {
        let waited = !self.is_empty();
        self.write(write);
        if waited && self.is_empty() { self.recovered() } else { None }
    }

    fn write(&mut self, mut write: impl FnMut(&str) -> bool) {
        while self.states.front().is_some_and(|(_, line)| write(line)) {
            self.states.pop_front();
        }
    }

    /// A line went in, and none waits.
    fn recovered(&mut self) -> Option<News> {
        let lost = std::mem::take(&mut self.lost);
        std::mem::take(&mut self.said).then_some(News::Again { lost })
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// How many lines wait or were lost.
    pub(super) fn missing(&self) -> u64 {
        self.lost.saturating_add(u64::try_from(self.states.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::InstanceId;

    fn who(number: u16) -> Who {
        Who::Instance(InstanceId::new(number))
    }

    fn never(_: &str) -> bool {
        false
    }

    #[test]
    fn a_full_pipe_is_said_once_and_the_last_states_are_told_later() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.tell(who(0), true, "0 MASTER".into(), never), Some(News::Full));
        assert_eq!(backlog.tell(who(1), true, "1 MASTER".into(), never), None);
        assert_eq!(backlog.tell(who(0), false, "0 RX".into(), never), None);
        assert_eq!(backlog.tell(who(0), true, "0 BACKUP".into(), never), None);
        assert_eq!(backlog.missing(), 4);
        let mut written = Vec::new();
        let news = backlog.flush(|line| {
            written.push(line.to_owned());
            true
        });
        assert_eq!(
            (written, news),
            (vec!["1 MASTER".into(), "0 BACKUP".into()], Some(News::Again { lost: 2 }))
        );
        assert_eq!(backlog.tell(who(0), true, "0 FAULT".into(), |_| true), None);
    }

    #[test]
    fn an_event_that_does_not_fit_is_lost_even_if_no_state_waits() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.tell(who(0), false, "0 RX".into(), never), Some(News::Full));
        assert!(backlog.is_empty());
        assert_eq!(backlog.tell(who(0), true, "0 BACKUP".into(), |_| true), Some(News::Again { lost: 1 }));
    }

    proptest! {
        /// However full the pipe is and when: what was written last of somebody is the last state of it, each line is
        /// written once, and whatever was not written is counted.
        #[test]
        fn the_last_state_arrives(steps in prop::collection::vec((0..4u16, any::<bool>(), any::<bool>()), 1..80)) {
            let mut backlog = Backlog::default();
            let (mut written, mut last, mut lost) = (Vec::new(), std::collections::BTreeMap::new(), 0);
            let count = steps.len();
            for (step, (number, is_state, room)) in steps.into_iter().enumerate() {
                if is_state {
                    last.insert(number, step);
                }
                let line = format!("{number} {step} {is_state}");
                let news = backlog.tell(who(number), is_state, line, |line| {
                    if room {
                        written.push(line.to_owned());
                    }
                    room
                });
                if let Some(News::Again { lost: some }) = news {
                    lost += some;
                }
            }
            if let Some(News::Again { lost: some }) = backlog.flush(|line| { written.push(line.to_owned()); true }) {
                lost += some;
            }
            prop_assert_eq!(u64::try_from(count - written.len()).unwrap(), lost + backlog.missing());
            for (number, step) in last {
                let of = format!("{number} ");
                let states: Vec<_> =
                    written.iter().filter(|line| line.starts_with(&of) && line.ends_with("true")).collect();
                let expected = format!("{number} {step} true");
                prop_assert_eq!(states.last().copied(), Some(&expected));
            }
        }
    }
}
