//! How we are: what the service manager shows, and its watchdog.

use super::super::protocol::{FromParent, Roles};
use super::family::Family;
use super::watchdog::{self, Step, Watchdog};
use crate::base::time::Instant;
use crate::sys::clock;

/// What is known of how we are.
#[derive(Debug)]
pub(super) struct Health {
    pub(super) watchdog: Watchdog,
    /// The child that was last asked whether it lives.
    asked: Option<i32>,
    /// What the child last said of its instances.
    roles: Roles,
}

impl Health {
    /// Nothing is known but whether the service manager has a watchdog.
    pub(super) fn from_environment() -> Health {
        let [usec, whose] = [watchdog::VARIABLE, watchdog::WHOSE].map(std::env::var_os);
        let ours = std::process::id();
        Health {
            watchdog: Watchdog::of(usec.as_deref(), whose.as_deref(), ours, clock::now()),
            asked: None,
            roles: Roles::default(),
        }
    }
}

impl Family<'_> {
    /// One line about how we are.
    pub(super) fn status(&self) -> String {
        let roles = if self.child.is_some() { self.health.roles } else { Roles::default() };
        describe(roles, self.reload.refused.as_deref())
    }

    /// The child says what its instances are.
    pub(super) fn know_roles(&mut self, roles: Roles) {
        self.health.roles = roles;
        if !self.is_stopping() && !self.reload.is_under_way() {
            self.tell_manager(&format!("STATUS={}", self.status()));
        }
    }

    /// Asks the child whether it lives, for the watchdog of the service manager.
    pub(super) fn watch(&mut self, now: Instant) {
        let child = self.child.as_ref().filter(|child| child.listens).map(|child| child.pid);
        if self.health.asked != child {
            // Who is gone owes no answer, and nobody answers for another one.
            self.health.watchdog.forget();
            self.health.asked = child;
        }
        match self.health.watchdog.step(now) {
            Step::Wait => {}
            Step::Ask if child.is_some() => self.tell_child(&FromParent::AreYouAlive),
            Step::Ask => self.is_alive(),
            Step::AskAgain(silent) => {
                tracing::error!(
                    "the VRRP process has not answered for {silent}; the service manager is not told that all is well"
                );
            }
        }
    }

    /// The child has answered, or there is none that could.
    pub(super) fn is_alive(&mut self) {
        if let Some(silent) = self.health.watchdog.answered(clock::now()) {
            tracing::warn!("the VRRP process answers again, after {silent}");
        }
        self.tell_manager("WATCHDOG=1");
    }
}

/// `Running; 3 instances: 1 master, 2 backup`.
fn describe(roles: Roles, refused: Option<&str>) -> String {
    let Roles { master, backup, fault } = roles;
    let count = master + backup + fault;
    let mut text = match count {
        0 => "Running; no instances".to_owned(),
        1 => "Running; 1 instance: ".to_owned(),
        _ => format!("Running; {count} instances: "),
    };
    let parts = [(master, "master"), (backup, "backup"), (fault, "fault")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, role)| format!("{count} {role}"));
    text.push_str(&parts.collect::<Vec<_>>().join(", "));
    if let Some(why) = refused {
        text.push_str("; the last reload was refused: ");
        text.push_str(why);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_counts_what_there_is() {
        let say = |master, backup, fault| describe(Roles { master, backup, fault }, None);
        assert_eq!(say(1, 2, 0), "Running; 3 instances: 1 master, 2 backup");
        assert_eq!(say(0, 0, 1), "Running; 1 instance: 1 fault");
        assert_eq!(say(0, 0, 0), "Running; no instances");
        let refused = describe(Roles { master: 1, backup: 0, fault: 0 }, Some("it cannot be run"));
        assert_eq!(refused, "Running; 1 instance: 1 master; the last reload was refused: it cannot be run");
    }
}
