//! Whom a change of state concerns: which commands are run, what the pipes are told, and who gets mail
//! (keepalived.conf(5), NOTIFY).

use super::mail::{self, Letter};
use super::reasons;
use crate::conf::model::{Command, Hooks, Model};
use crate::vrrp::event::{Notify, Told, Who};

/// Something that has to be done because of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Run a command; with further arguments if it is the one for all states.
    Run(&'a Command, Vec<String>),
    /// Write a line to a pipe.
    Line(Pipe, String),
    /// Send a mail.
    Mail(Letter),
}

/// One of the pipes of `global_defs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pipe {
    /// `notify_fifo`.
    Global,
    /// `vrrp_notify_fifo`.
    Vrrp,
}

/// Whose state is told of.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// `INSTANCE` or `GROUP`.
    kind: &'static str,
    pub(super) name: &'a str,
    hooks: &'a Hooks,
    /// `smtp_alert`, if it says.
    pub(super) mail: Option<bool>,
    /// `notify_deleted`, if it says, perhaps with a command.
    deleted: Option<Option<&'a Command>>,
}

impl Subject<'_> {
    /// Whoever does not care that it is deleted is told that it has failed.
    fn told(&self, what: Told) -> Told {
        if self.deleted.is_none() && what == Told::Deleted { Told::Fault } else { what }
    }
}

/// Whose state is told of, if it is configured.
pub(super) fn subject(who: Who, model: &Model) -> Option<Subject<'_>> {
    match who {
        Who::Instance(id) => model.instances.get(id).map(|instance| {
            let further = instance.further.as_ref();
            Subject {
                kind: "INSTANCE",
                name: &instance.name,
                hooks: &instance.hooks,
                mail: further.and_then(|further| further.mail),
                deleted: further.and_then(|further| further.notify_deleted.as_ref()).map(Option::as_ref),
            }
        }),
        Who::Group(id) => model.groups.get(id).map(|group| Subject {
            kind: "GROUP",
            name: &group.name,
            hooks: &group.hooks,
            mail: group.mail,
            deleted: None,
        }),
    }
}

/// What has to be done because of a change, in this order: the command for the state, the command for all states, the
/// pipes, mail. Only the pipes hear of priorities, and `notify` only of states.
#[must_use]
pub fn effects<'a>(notify: &Notify, model: &'a Model) -> Vec<Effect<'a>> {
    let Some(subject) = subject(notify.who, model) else { return Vec::new() };
    let what = subject.told(notify.what);
    let Subject { kind, name, hooks, deleted, .. } = subject;
    let (word, priority) = (what.word(), notify.priority);
    let command = match what {
        Told::Master => hooks.master.as_ref(),
        Told::Backup => hooks.backup.as_ref(),
        Told::Fault => hooks.fault.as_ref(),
        Told::Stop => hooks.stop.as_ref(),
        Told::Deleted => deleted.flatten(),
        Told::MasterRxLowerPri => hooks.master_rx_lower_pri.as_ref(),
        Told::MasterPriority | Told::BackupPriority if !hooks.priority_changes => return Vec::new(),
        Told::MasterPriority | Told::BackupPriority => None,
    };
    let mut effects: Vec<_> = command.map(|command| Effect::Run(command, Vec::new())).into_iter().collect();
    if let Some(command) = hooks.any.as_ref().filter(|_| what.is_state()) {
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
    effects.extend(mail::letter(notify, model).map(Effect::Mail));
    effects
}

/// The variables that commands find in their environment, beside ours: `NOTIFY_TYPE`, `NOTIFY_NAME`, `NOTIFY_STATE`,
/// `NOTIFY_PREVIOUS_STATE` (`INIT` at first), `NOTIFY_PRIORITY`, `NOTIFY_TIME` and `NOTIFY_REASON`.
#[must_use]
pub fn variables(
    notify: &Notify,
    previous: Option<Told>,
    time: String,
    model: &Model,
) -> Vec<(&'static str, String)> {
    let Some(subject) = subject(notify.who, model) else { return Vec::new() };
    vec![
        ("NOTIFY_TYPE", subject.kind.into()),
        ("NOTIFY_NAME", subject.name.into()),
        ("NOTIFY_STATE", subject.told(notify.what).word().into()),
        ("NOTIFY_PREVIOUS_STATE", previous.map_or("INIT", Told::word).into()),
        ("NOTIFY_PRIORITY", notify.priority.to_string()),
        ("NOTIFY_TIME", time),
        ("NOTIFY_REASON", reasons::text(notify.why, model)),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::id::{InstanceId, Priority, Vrid};
    use crate::conf::model::further::Further;
    use crate::conf::model::notify::Fifo;
    use crate::conf::model::{Global, Instance, RunAs};
    use crate::vrrp::reason::{Reason, Why};

    const ROOT: RunAs = RunAs { uid: 0, gid: 0 };

    fn command(program: &str) -> Option<Command> {
        Command::new(vec![program.into()], ROOT)
    }

    fn fifo(path: &str) -> Option<Fifo> {
        Some(Fifo { path: Path::new(path).into(), owner: ROOT })
    }

    fn model(hooks: Hooks, global: Global) -> Model {
        let plain = Instance::plain("VI_1", Vrid::new(51).unwrap());
        let instance = Instance { hooks: hooks.into(), ..plain };
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

    fn change(what: Told) -> Notify {
        let why = Why { member: None, reason: Reason::Stop };
        Notify { who: Who::Instance(InstanceId::new(0)), what, priority: Priority::new(150), why }
    }

    /// What is done, in the short form `program arguments` or `pipe: line`.
    fn told(what: Told, model: &Model) -> Vec<String> {
        let notify = change(what);
        let short = |effect: &Effect<'_>| match effect {
            Effect::Run(command, further) => {
                [command.program().to_str().unwrap(), &further.join(" ")].join(" ").trim().to_owned()
            }
            Effect::Line(pipe, line) => format!("{pipe:?}: {line}"),
            Effect::Mail(letter) => format!("mail: {} | {}", letter.subject, letter.body),
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

    fn mailing(alert: Option<bool>) -> Global {
        let mut global = Global::default();
        global.settings.mail.server = Some(("mail.example.org".into(), 25));
        global.settings.mail.to.push("ops@example.org".into());
        global.settings.mail.alert_vrrp = alert;
        global
    }

    #[test]
    fn mail_says_what_the_c_program_says() {
        let model = model(Hooks::default(), mailing(Some(true)));
        let no_longer = "=> VRRP Instance is no longer owning VRRP VIPs <=";
        for (what, event, body) in [
            (Told::Master, "Entering MASTER state", "=> VRRP Instance is now owning VRRP VIPs <="),
            (Told::Backup, "Entering BACKUP state", no_longer),
            (Told::Fault, "Entering FAULT state", no_longer),
            (Told::Stop, "Stopping", "=> VRRP Instance stopping <="),
            (Told::Deleted, "Deleted", "=> VRRP Deleted at reload <="),
        ] {
            assert_eq!(told(what, &model), [format!("mail: VRRP Instance VI_1 - {event} | {body}")]);
        }
        assert!(told(Told::MasterRxLowerPri, &model).is_empty());
    }

    #[test]
    fn mail_is_sent_where_somebody_wants_it() {
        for (own, vrrp, all, expected) in [
            (None, None, None, 0),
            (None, None, Some(true), 1),
            (None, Some(false), Some(true), 0),
            (Some(true), Some(false), Some(false), 1),
            (Some(false), Some(true), Some(true), 0),
        ] {
            let mut global = mailing(vrrp);
            global.settings.mail.alert = all;
            let mut model = model(Hooks::default(), global);
            for instance in model.instances.values_mut() {
                instance.further = Some(Box::new(Further { mail: own, ..Further::default() }));
            }
            assert_eq!(told(Told::Master, &model).len(), expected, "{own:?} {vrrp:?} {all:?}");
        }
        let mut nobody = mailing(Some(true));
        nobody.settings.mail.to.clear();
        assert!(told(Told::Master, &model(Hooks::default(), nobody)).is_empty());
        let mut faultless = mailing(Some(true));
        faultless.settings.mail.without_faults = true;
        let model = model(Hooks::default(), faultless);
        assert_eq!((told(Told::Fault, &model).len(), told(Told::Backup, &model).len()), (0, 1));
    }

    #[test]
    fn who_does_not_care_to_be_deleted_fails() {
        let mut model = model(every_hook(false), Global::default());
        assert_eq!(told(Told::Deleted, &model), ["/fault", "/any INSTANCE VI_1 FAULT 150"]);
        for instance in model.instances.values_mut() {
            let notify_deleted = Some(command("/deleted"));
            instance.further = Some(Box::new(Further { notify_deleted, ..Further::default() }));
        }
        assert_eq!(told(Told::Deleted, &model), ["/deleted", "/any INSTANCE VI_1 DELETED 150"]);
    }

    #[test]
    fn the_environment_tells_everything() {
        let model = model(every_hook(false), Global::default());
        let found = variables(&change(Told::Stop), Some(Told::Master), "now".into(), &model);
        let expected = [
            ("NOTIFY_TYPE", "INSTANCE"),
            ("NOTIFY_NAME", "VI_1"),
            ("NOTIFY_STATE", "STOP"),
            ("NOTIFY_PREVIOUS_STATE", "MASTER"),
            ("NOTIFY_PRIORITY", "150"),
            ("NOTIFY_TIME", "now"),
            ("NOTIFY_REASON", "stop"),
        ];
        assert_eq!(found, expected.map(|(name, value)| (name, value.to_owned())));
        let first = variables(&change(Told::Backup), None, "now".into(), &model);
        assert!(first.contains(&("NOTIFY_PREVIOUS_STATE", "INIT".to_owned())));
    }
}
