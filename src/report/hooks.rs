//! Whom a change of state concerns: which commands are run, and what the pipes are told (keepalived.conf(5), NOTIFY).

use crate::conf::model::{Command, Model};
use crate::vrrp::event::{Notify, Told, Who};

/// Something that has to be done because of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Run a command with further arguments.
    Run(&'a Command, Vec<String>),
    /// Write a line to a pipe.
    Line(Pipe, String),
}

/// One of the pipes of `global_defs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipe {
    /// `notify_fifo`.
    Global,
    /// `vrrp_notify_fifo`.
    Vrrp,
}

/// What has to be done because of a change, in this order: the command for the state, the command for all states, the
/// pipes. Only the pipes hear of priorities, and `notify` only of states.
#[must_use]
pub fn effects<'a>(notify: &Notify, model: &'a Model) -> Vec<Effect<'a>> {
    let (kind, name, hooks) = match notify.who {
        Who::Instance(id) => match model.instances.get(id) {
            Some(instance) => ("INSTANCE", &instance.name, &instance.hooks),
            None => return Vec::new(),
        },
        Who::Group(id) => match model.groups.get(id) {
            Some(group) => ("GROUP", &group.name, &group.hooks),
            None => return Vec::new(),
        },
    };
    let (word, priority) = (notify.what.word(), notify.priority);
    let (command, for_all_states) = match notify.what {
        Told::Master => (hooks.master.as_ref(), true),
        Told::Backup => (hooks.backup.as_ref(), true),
        Told::Fault => (hooks.fault.as_ref(), true),
        Told::Stop => (hooks.stop.as_ref(), true),
        Told::Deleted => (deleted_command(notify.who, model), true),
        Told::MasterRxLowerPri => (hooks.master_rx_lower_pri.as_ref(), false),
        Told::MasterPriority | Told::BackupPriority if !hooks.priority_changes => return Vec::new(),
        Told::MasterPriority | Told::BackupPriority => (None, false),
    };
    let mut effects: Vec<_> = command.map(|command| Effect::Run(command, Vec::new())).into_iter().collect();
    if let Some(command) = hooks.any.as_ref().filter(|_| for_all_states) {
        let further = [kind, name, word, &priority.to_string()];
        effects.push(Effect::Run(command, further.map(str::to_owned).to_vec()));
    }
    let global = &model.global;
    for (pipe, fifo) in [(Pipe::Global, &global.notify_fifo), (Pipe::Vrrp, &global.vrrp_notify_fifo)] {
        if fifo.is_some() {
            let line = format!("{kind} \"{name}\" {word} {priority}\n");
            effects.push(Effect::Line(pipe, line));
        }
    }
    effects
}

/// What is run for an instance that is no longer in the configuration.
fn deleted_command(who: Who, model: &Model) -> Option<&Command> {
    match who {
        Who::Instance(id) => model.instances.get(id)?.further.as_ref()?.notify_deleted.as_ref()?.as_ref(),
        Who::Group(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::addr::Family;
    use crate::base::id::{InstanceId, Priority, Version, Vrid};
    use crate::base::time::Span;
    use crate::conf::model::notify::Fifo;
    use crate::conf::model::vrrp::{Auth, Garp, Preempt, Quirks, Transport};
    use crate::conf::model::{Global, Hooks, Instance, RunAs, Trackers};

    const ROOT: RunAs = RunAs { uid: 0, gid: 0 };

    fn command(program: &str) -> Option<Command> {
        Command::new(vec![program.into()], ROOT)
    }

    fn fifo(path: &str) -> Option<Fifo> {
        Some(Fifo { path: Path::new(path).into(), owner: ROOT })
    }

    fn model(hooks: Hooks, global: Global) -> Model {
        let instance = Instance {
            name: "VI_1".into(),
            interface: None,
            vrid: Vrid::new(51).unwrap(),
            version: Version::V2,
            family: Family::V4,
            starts_as_master: false,
            priority: Priority::DEFAULT,
            advert_int: Span::from_secs(1),
            down_timer_adverts: 3,
            preempt: Preempt::Yes,
            auth: Auth::None,
            transport: Transport::Multicast { group: Global::GROUP4.into() },
            source: None,
            track_source: false,
            vips: Box::default(),
            excluded: Box::default(),
            garp: Garp::default(),
            quirks: Quirks::default(),
            trackers: Trackers::default(),
            hooks,
            further: None,
        };
        Model { global, instances: [instance].into_iter().collect(), ..Model::default() }
    }

    fn every_hook(priority_changes: bool) -> Hooks {
        Hooks {
            master: command("/master"),
            backup: command("/backup"),
            fault: command("/fault"),
            stop: command("/stop"),
            any: command("/any"),
            master_rx_lower_pri: command("/lower"),
            priority_changes,
        }
    }

    /// What is done, in the short form `program arguments` or `pipe: line`.
    fn told(what: Told, model: &Model) -> Vec<String> {
        let notify = Notify { who: Who::Instance(InstanceId::new(0)), what, priority: Priority::new(150) };
        let short = |effect: &Effect<'_>| match effect {
            Effect::Run(command, further) => {
                [command.program().to_str().unwrap(), &further.join(" ")].join(" ").trim().to_owned()
            }
            Effect::Line(pipe, line) => format!("{pipe:?}: {line}"),
        };
        effects(&notify, model).iter().map(short).collect()
    }

    #[test]
    fn a_state_is_told_to_its_command_then_to_all_then_to_the_pipes() {
        let global = Global { notify_fifo: fifo("/g"), vrrp_notify_fifo: fifo("/v"), ..Global::default() };
        let model = model(every_hook(false), global);
        for (what, program) in [
            (Told::Master, "/master"),
            (Told::Backup, "/backup"),
            (Told::Fault, "/fault"),
            (Told::Stop, "/stop"),
        ] {
            let word = what.word();
            let line = format!("INSTANCE \"VI_1\" {word} 150\n");
            let expected = [
                program.to_owned(),
                format!("/any INSTANCE VI_1 {word} 150"),
                format!("Global: {line}"),
                format!("Vrrp: {line}"),
            ];
            assert_eq!(told(what, &model), expected);
        }
    }

    #[test]
    fn a_worse_master_concerns_its_own_command_and_the_pipes_only() {
        let global = Global { vrrp_notify_fifo: fifo("/v"), ..Global::default() };
        let model = model(every_hook(true), global);
        let expected = ["/lower", "Vrrp: INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 150\n"];
        assert_eq!(told(Told::MasterRxLowerPri, &model), expected);
    }

    #[test]
    fn priorities_are_told_to_the_pipes_if_anybody_wants_to_know() {
        for wanted in [false, true] {
            let global = Global { notify_fifo: fifo("/g"), ..Global::default() };
            let model = model(every_hook(wanted), global);
            for what in [Told::MasterPriority, Told::BackupPriority] {
                let line = format!("Global: INSTANCE \"VI_1\" {} 150\n", what.word());
                let expected = if wanted { vec![line] } else { vec![] };
                assert_eq!(told(what, &model), expected);
            }
        }
    }

    #[test]
    fn without_hooks_nothing_happens() {
        let model = model(Hooks::default(), Global::default());
        assert!(told(Told::Master, &model).is_empty());
    }
}
