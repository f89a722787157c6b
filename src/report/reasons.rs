//! Why something changed, in words: what hooks find in `NOTIFY_REASON`.

use super::notes::fault;
use crate::conf::model::Model;
use crate::vrrp::reason::{Reason, Turned, Why};

/// Why something changed.
#[must_use]
pub fn text(why: Why, model: &Model) -> String {
    let reason = reason(why.reason, model);
    match why.member.and_then(|member| model.instances.get(member)) {
        Some(member) => format!("member {}: {reason}", member.name),
        None => reason,
    }
}

fn reason(reason: Reason, model: &Model) -> String {
    match reason {
        Reason::Start => "start".into(),
        Reason::Stop => "stop".into(),
        Reason::Reload => "the configuration changed".into(),
        Reason::Resumed => "going on after a restart".into(),
        Reason::MasterSilent(Some(master)) => format!("nothing more from master {master}"),
        Reason::MasterSilent(None) => "no master was heard".into(),
        Reason::MasterResigned(master) => format!("master {master} resigned"),
        Reason::BetterMaster { source, priority } => {
            format!("better advert from {source}, priority {priority}")
        }
        Reason::WorseMaster { source, priority } => {
            format!("worse advert from {source}, priority {priority}")
        }
        Reason::TooLate => "it was late for so long that another master must be there".into(),
        Reason::Fault(what) => format!("fault: {}", fault(what, model)),
        Reason::FaultOver(Some(what)) => format!("fault over: {}", fault(what, model)),
        Reason::FaultOver(None) => "no fault any more".into(),
        Reason::Tracker(turned) => tracker(turned, model),
        Reason::Trackers => "everything tracked was looked at anew".into(),
    }
}

fn tracker(turned: Turned, model: &Model) -> String {
    match turned {
        Turned::Script(id, good) => {
            let name = model.scripts.get(id).map_or("?", |conf| &conf.name);
            format!("script {name} {}", if good { "succeeded" } else { "failed" })
        }
        Turned::File(id, value) => {
            let name = model.files.get(id).map_or("?", |conf| &conf.name);
            format!("tracked file {name} now says {value}")
        }
        Turned::Process(id, good) => {
            let name = model.processes.get(id).map_or("?", |conf| &conf.name);
            format!("tracked process {name} has {} quorum", if good { "a" } else { "no" })
        }
        Turned::Bfd(id, up) => {
            let name = model.bfd.get(id).map_or("?", |conf| &conf.name);
            format!("BFD session {name} is {}", if up { "up" } else { "down" })
        }
        Turned::Interface(name, running) => {
            format!("interface {name} is {}", if running { "up" } else { "down" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::{IfName, InstanceId, Priority, TrackId};
    use crate::vrrp::Fault;

    #[test]
    fn reasons_name_who_and_what() {
        let model = Model::default();
        let (peer, priority) = ("10.0.0.2".parse().unwrap(), Priority::new(150));
        let eth0 = IfName::new("eth0").unwrap();
        for (reason, expected) in [
            (Reason::Start, "start"),
            (Reason::MasterSilent(Some(peer)), "nothing more from master 10.0.0.2"),
            (Reason::MasterResigned(peer), "master 10.0.0.2 resigned"),
            (Reason::BetterMaster { source: peer, priority }, "better advert from 10.0.0.2, priority 150"),
            (Reason::Fault(Fault::InterfaceDown(eth0)), "fault: interface eth0 is down"),
            (Reason::FaultOver(Some(Fault::InterfaceDown(eth0))), "fault over: interface eth0 is down"),
            (Reason::Tracker(Turned::Script(TrackId::new(0), false)), "script ? failed"),
            (Reason::Tracker(Turned::Interface(eth0, true)), "interface eth0 is up"),
        ] {
            assert_eq!(text(Why { member: None, reason }, &model), expected);
        }
        // A member that is not configured has no name to give.
        let why = Why { member: Some(InstanceId::new(9)), reason: Reason::Start };
        assert_eq!(text(why, &model), "start");
    }
}
