//! What is said of scripts and of checks that need none.

use tracing::Level;

use super::{Line, line};
use crate::conf::model::{Run, Script};
use crate::probe::Failure;
use crate::track::script::{Finding, Outcome};
use crate::vrrp::note::ScriptNote;

pub(super) fn script(conf: Option<&Script>, note: ScriptNote) -> Line {
    let name = conf.map_or("?", |conf| &conf.name);
    let probe = conf.filter(|conf| matches!(conf.run, Run::Probe(_)));
    match note {
        ScriptNote::Turned { good: true, .. } => line(Level::INFO, format!("VRRP_Script({name}) succeeded")),
        ScriptNote::Turned { good: false, finding: Finding::TimedOut } if probe.is_some() => {
            let waited = probe.map_or_else(String::new, |conf| conf.timeout.to_string());
            line(Level::WARN, format!("VRRP_Script({name}) failed (no reply within {waited})"))
        }
        ScriptNote::Turned { good: false, finding: Finding::TimedOut } => {
            line(Level::WARN, format!("VRRP_Script({name}) timed_out"))
        }
        ScriptNote::Turned { good: false, finding } => {
            line(Level::WARN, format!("VRRP_Script({name}) failed ({})", found(finding)))
        }
        ScriptNote::Now(Finding::Ended(Outcome::Exited(status))) => {
            line(Level::INFO, format!("Script `{name}` now returning {status}"))
        }
        ScriptNote::Now(Finding::TimedOut) if probe.is_some() => {
            line(Level::INFO, format!("Script `{name}` now gets no reply"))
        }
        ScriptNote::Now(finding @ Finding::Ended(Outcome::Failed(_) | Outcome::Passed)) => {
            line(Level::INFO, format!("Script `{name}` now says: {}", found(finding)))
        }
        ScriptNote::Now(finding) => line(Level::INFO, format!("Script `{name}` {}", found(finding))),
        ScriptNote::Overdue => {
            line(Level::WARN, format!("Script `{name}` takes longer than its timeout, asking it to end"))
        }
        ScriptNote::Killed => {
            line(Level::WARN, format!("Script `{name}` does not end when asked to, killing it"))
        }
        ScriptNote::Skipped => {
            line(Level::WARN, format!("Track script {name} is already running, expect idle - skipping run"))
        }
    }
}

/// Why a check without a process failed.
pub(super) fn failed(failure: Failure) -> String {
    match failure {
        Failure::System(number) => {
            let mut text = std::io::Error::from_raw_os_error(number).to_string();
            text.truncate(text.find(" (os error").unwrap_or(text.len()));
            text.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
            text
        }
        Failure::Closed => "connection closed without an answer".into(),
        Failure::NotHttp => "the answer is not HTTP".into(),
        Failure::Status { found, wanted: Some(wanted) } => format!("status {found} instead of {wanted}"),
        Failure::Status { found, wanted: None } => format!("status {found} instead of 200 to 299"),
        Failure::NoAddress => "the name of the server has no address".into(),
        Failure::NoInterface => "no interface leads there directly; name one with `dev`".into(),
    }
}

pub(super) fn found(finding: Finding) -> String {
    match finding {
        Finding::Ended(Outcome::Exited(status)) => format!("exited with status {status}"),
        Finding::Ended(Outcome::Killed(signal)) => format!("due to signal {signal}"),
        Finding::Ended(Outcome::NotStarted(error)) => {
            format!("could not be started: {}", std::io::Error::from_raw_os_error(error))
        }
        Finding::Ended(Outcome::Passed) => "all is well".into(),
        Finding::Ended(Outcome::Failed(failure)) => failed(failure),
        Finding::TimedOut => "timed_out".into(),
    }
}
