//! Who runs commands, and whether they may be run.
//!
//! A command that runs as root is only as safe as every directory on its way: whoever can write to one of them can put
//! another program in its place.

use std::path::{Path, PathBuf};

use super::{Cx, Memo};
use crate::conf::diag::code::command as code;
use crate::conf::diag::code::instance::UNKNOWN_INTERFACE;
use crate::conf::diag::{Class, Code, Diagnostic, Diagnostics};
use crate::conf::draft::GlobalDraft;
use crate::conf::env::{Env, Inspection, Step, StepKind};
use crate::conf::expanded::Extent;
use crate::conf::model::{Command, RunAs};
use crate::conf::reader::{CommandLine, RunBy};

/// The user whose name alone makes commands run as somebody harmless.
const DEFAULT_USER: &str = "keepalived_script";
/// Where programs without a path are looked for if nobody says.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What commands have in common.
pub(in crate::conf) struct Commands {
    security: bool,
    /// Who runs a command that names nobody; `None`: nobody can.
    default_user: Option<RunAs>,
    /// The commands of `global_defs` are being looked at.
    pub(super) reads_globals: bool,
    /// Where `script_user` names somebody.
    script_user_at: Option<Extent>,
    users: Memo<Option<RunAs>>,
    groups: Memo<Option<u32>>,
    /// What is known of a program and its user.
    verdicts: std::collections::HashMap<(Box<str>, RunAs), Verdict>,
    /// The first command that is run although nobody asked for script security.
    insecure: Option<(Extent, String)>,
}

/// What is to be said of a program.
#[derive(Clone, Debug)]
struct Verdict {
    /// Where it really is.
    path: PathBuf,
    problem: Option<Trouble>,
}

#[derive(Clone, Debug)]
enum Trouble {
    NotFound(String),
    /// It is there, but its user may not execute it or go through a directory on its path.
    Forbidden {
        what: String,
        cure: String,
    },
    /// Another user could change it: which part of the path, and what mends that.
    Insecure {
        what: String,
        cure: String,
    },
    /// A directory on the path is a link.
    Link {
        link: PathBuf,
        real: PathBuf,
    },
}

/// What a command is for; a check that cannot be run is worse than a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::conf) enum Purpose {
    Check,
    Notification,
}

impl Commands {
    pub(super) fn new(global: &GlobalDraft) -> Commands {
        Commands {
            security: global.script_security,
            default_user: None,
            reads_globals: false,
            script_user_at: global.script_user.as_ref().map(|by| by.at),
            users: Memo::new(),
            groups: Memo::new(),
            verdicts: std::collections::HashMap::new(),
            insecure: None,
        }
    }

    /// Finds out who runs commands that name nobody.
    pub(super) fn resolve_default_user(
        &mut self,
        global: &GlobalDraft,
        env: &dyn Env,
        diagnostics: &mut Diagnostics,
    ) {
        self.default_user = match &global.script_user {
            Some(by) => {
                let found = self.user(by, env);
                if found.is_err() {
                    let message = format!("the script user `{by}` does not exist here");
                    diagnostics
                        .report(&code::UNKNOWN_SCRIPT_USER, by.at, message)
                        .help(format!("create it, or name a user that exists in `script_user`; {DEFAULT_USER} is the usual one"));
                }
                found.ok()
            }
            None => match env.user(DEFAULT_USER) {
                Some(user) => Some(user),
                None if self.security => None,
                None => Some(env.identity()),
            },
        };
    }

    /// Who runs commands that name nobody.
    pub(super) const fn default_user(&self) -> Option<RunAs> {
        self.default_user
    }

    /// The numbers of a user and a group; the name that is unknown otherwise.
    fn user(&mut self, by: &RunBy, env: &dyn Env) -> Result<RunAs, Box<str>> {
        let user = *self.users.entry(by.user.clone()).or_insert_with(|| env.user(&by.user));
        let mut user = user.ok_or_else(|| by.user.clone())?;
        if let Some(group) = &by.group {
            let name: Box<str> = group.trim_start_matches(':').into();
            let found = *self.groups.entry(name.clone()).or_insert_with(|| env.group(&name));
            user.gid = found.ok_or(name)?;
        }
        Ok(user)
    }

    /// Says that commands of a process are run without script security, if any is. A process that cannot run for want of
    /// an interface does not get as far, nor does one without instances: `usual` is what it does to the exit status else.
    pub(super) fn report_insecurity(&mut self, usual: Class, diagnostics: &mut Diagnostics) {
        let Some((at, program)) = self.insecure.take() else { return };
        let stops =
            |problem: &Diagnostic| problem.code == &UNKNOWN_INTERFACE && problem.class != Class::Silent;
        let class = if diagnostics.iter().any(stops) { Class::Silent } else { usual };
        let message = format!("`{program}` is run although script security is off");
        diagnostics
            .report(&code::NO_SCRIPT_SECURITY, at, message)
            .class(class)
            .label("this command, and perhaps others")
            .help(
                "write `enable_script_security` into global_defs, and `script_user` if it need not be root",
            );
    }
}

impl std::fmt::Display for RunBy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.group {
            Some(group) => write!(out, "{}:{}", self.user, group.trim_start_matches(':')),
            None => out.write_str(&self.user),
        }
    }
}

impl Cx<'_> {
    /// Who runs a command: `by`, else the default user. `at` is the command.
    pub(super) fn run_as(&mut self, by: Option<&RunBy>, at: Extent) -> Option<RunAs> {
        let Some(by) = by else {
            if self.commands.default_user.is_none() {
                // keepalived runs what stands in global_defs above `script_user` as root, and only complains of the missing security.
                let above =
                    self.commands.reads_globals && self.commands.script_user_at.is_some_and(|user| at < user);
                let class = if above && !self.commands.security { Class::Security } else { Class::General };
                self.diagnostics
                    .report(&code::NO_DEFAULT_USER, at, "there is nobody to run this command as")
                    .class(class)
                    .help(format!("create the user {DEFAULT_USER}, or name one in `script_user`"));
            }
            return self.commands.default_user;
        };
        match self.commands.user(by, self.env) {
            Ok(user) => Some(user),
            Err(name) => {
                let message = format!("there is no user or group `{name}` here, so the command is not run");
                self.diagnostics.report(&code::UNKNOWN_USER, by.at, message);
                None
            }
        }
    }

    /// Whether script security is on.
    pub(super) fn is_secure(&self) -> bool {
        self.commands.security
    }

    /// Whether the program of a command is there.
    pub(super) fn is_there(&self, line: &CommandLine) -> bool {
        line.words.first().is_some_and(|program| find(program, self.env).is_ok())
    }

    /// A command that may be run, if this one may.
    pub(super) fn command(&mut self, line: &CommandLine, run_as: RunAs, purpose: Purpose) -> Option<Command> {
        let program = line.words.first()?;
        if program.starts_with('<') {
            return Command::new(line.words.clone(), run_as);
        }
        let key = (program.clone(), run_as);
        let verdict = match self.commands.verdicts.get(&key) {
            Some(verdict) => verdict.clone(),
            None => {
                let verdict = judge(program, run_as, self.env);
                self.commands.verdicts.insert(key, verdict.clone());
                verdict
            }
        };
        if program.contains('/') && !program.starts_with('/') {
            let message = format!("`{program}` counts from the directory in which the daemon runs");
            self.diagnostics
                .report(&code::RELATIVE_COMMAND, line.at, message)
                .help("write the path from the root directory on");
        }
        let runs = self.complain(line, program, run_as, &verdict, purpose);
        let found = !matches!(verdict.problem, Some(Trouble::NotFound(_) | Trouble::Forbidden { .. }));
        if found && !self.commands.security {
            self.commands.insecure.get_or_insert_with(|| (line.at, program.to_string()));
        }
        if !runs {
            return None;
        }
        Command::at(&verdict.path, line.words.clone(), run_as)
    }

    /// Says what is wrong with a command; whether it may be run all the same.
    fn complain(
        &mut self,
        line: &CommandLine,
        program: &str,
        run_as: RunAs,
        verdict: &Verdict,
        purpose: Purpose,
    ) -> bool {
        let RunAs { uid, gid } = run_as;
        let severe: &'static Code = match (&verdict.problem, purpose) {
            (None, _) => return true,
            (Some(Trouble::NotFound(_) | Trouble::Forbidden { .. }), Purpose::Check) => {
                &code::COMMAND_NOT_FOUND
            }
            (Some(Trouble::NotFound(_) | Trouble::Forbidden { .. }), Purpose::Notification) => {
                &code::HOOK_NOT_FOUND
            }
            (Some(Trouble::Insecure { .. }), _) => &code::INSECURE_COMMAND,
            (Some(Trouble::Link { .. }), _) => &code::LINK_ON_PATH,
        };
        let (message, help) = match &verdict.problem {
            None => return true,
            Some(Trouble::NotFound(reason)) => {
                (format!("`{program}` cannot be run by user {uid}, group {gid}: {reason}"), None)
            }
            Some(Trouble::Forbidden { what, cure }) => {
                (format!("`{program}` cannot be run by user {uid}, group {gid}: {what}"), Some(cure.clone()))
            }
            Some(Trouble::Insecure { what, cure }) => {
                if !self.commands.security {
                    return true;
                }
                (format!("`{program}` would run as root, but {what}"), Some(cure.clone()))
            }
            Some(Trouble::Link { link, real }) => {
                let message =
                    format!("`{program}` would run as root, but {} is a symbolic link", link.display());
                (message, Some(format!("write {}", real.display())))
            }
        };
        let problem = self.diagnostics.report(severe, line.at, message).label("not run");
        if purpose == Purpose::Notification {
            problem.class(Class::Silent);
        }
        if let Some(help) = help {
            problem.help(help);
        }
        false
    }
}

/// Looks at everything on the way to `program`.
fn judge(program: &str, run_as: RunAs, env: &dyn Env) -> Verdict {
    let inspection = match find(program, env) {
        Ok(inspection) => inspection,
        Err(reason) => return Verdict { path: program.into(), problem: Some(Trouble::NotFound(reason)) },
    };
    let path = inspection.resolved.clone();
    let Some(file) = inspection.steps.iter().rfind(|step| step.path == path) else {
        return Verdict { path, problem: None };
    };
    if file.kind != StepKind::File {
        let reason = format!("{} is no plain file", path.display());
        return Verdict { path, problem: Some(Trouble::NotFound(reason)) };
    }
    if let Some(problem) = forbidden(&inspection, &path, run_as) {
        return Verdict { path, problem: Some(problem) };
    }
    let set_id = (file.mode & 0o4000 != 0 && file.uid == 0) || (file.mode & 0o2000 != 0 && file.gid == 0);
    let root = run_as.uid == 0 || run_as.gid == 0 || set_id;
    let problem = if root { danger(&inspection, &path) } else { None };
    Verdict { path, problem }
}

/// Follows the path to a program.
fn find(program: &str, env: &dyn Env) -> Result<Inspection, String> {
    if program.contains('/') { inspect(Path::new(program), env) } else { search(program, env) }
}

fn inspect(path: &Path, env: &dyn Env) -> Result<Inspection, String> {
    env.inspect(path).map_err(|obstacle| {
        if obstacle.at == path {
            obstacle.reason
        } else {
            format!("{}: {}", obstacle.at.display(), obstacle.reason)
        }
    })
}

/// Looks a program up in `PATH`.
fn search(program: &str, env: &dyn Env) -> Result<Inspection, String> {
    let path = env.variable("PATH").unwrap_or_else(|| DEFAULT_PATH.to_owned());
    path.split(':')
        .filter(|directory| directory.starts_with('/'))
        .find_map(|directory| env.inspect(&Path::new(directory).join(program)).ok())
        .ok_or_else(|| format!("it is in none of the directories of PATH ({path})"))
}

/// The first part of a path that keeps `run_as` from executing what is at its end.
fn forbidden(inspection: &Inspection, path: &Path, run_as: RunAs) -> Option<Trouble> {
    for step in &inspection.steps {
        let is_program = step.path == path;
        let matters = is_program || (step.kind == StepKind::Directory && run_as.uid != 0);
        let (bits, missing) = executable(step, run_as);
        if !matters || step.mode & bits != 0 {
            continue;
        }
        let shown = step.path.display();
        let lets = if is_program { "execute it" } else { "enter it" };
        return Some(Trouble::Forbidden {
            what: format!("{} does not let this user {lets}", described(step)),
            cure: format!("run `chmod {missing}+x {shown}`, or name another user to run it"),
        });
    }
    None
}

/// The permissions of which one lets `run_as` execute a file or enter a directory, and whose they are.
const fn executable(step: &Step, run_as: RunAs) -> (u32, char) {
    if run_as.uid == 0 {
        (0o111, 'u')
    } else if step.uid == run_as.uid {
        (0o100, 'u')
    } else if step.gid == run_as.gid {
        (0o010, 'g')
    } else {
        (0o001, 'o')
    }
}

/// A part of a path, with all that decides who may do what with it.
fn described(step: &Step) -> String {
    format!("{} (owner {}, group {}, mode {:04o})", step.path.display(), step.uid, step.gid, step.mode)
}

/// The first part of a path that lets somebody else than root change what is run.
fn danger(inspection: &Inspection, path: &Path) -> Option<Trouble> {
    for step in &inspection.steps {
        let shown = step.path.display();
        let is_file = step.path == path;
        if step.kind == StepKind::Link
            && inspection.steps.iter().any(|other| is_below(&other.path, &step.path))
        {
            return Some(Trouble::Link { link: step.path.clone(), real: path.to_owned() });
        }
        if step.kind == StepKind::Link {
            continue;
        }
        if step.uid != 0 {
            let what = format!("{} does not belong to root", described(step));
            return Some(Trouble::Insecure {
                what,
                cure: format!("run `chown root {shown}`, or name another user to run it"),
            });
        }
        let sticky = step.mode & 0o1000 != 0 && !is_file;
        let group_writes = step.mode & 0o020 != 0 && step.gid != 0;
        if (group_writes || step.mode & 0o002 != 0) && !sticky {
            let (who, bits) =
                if step.mode & 0o002 != 0 { ("everybody", "go-w") } else { ("its group", "g-w") };
            let what = format!("{} can be written by {who}", described(step));
            return Some(Trouble::Insecure {
                what,
                cure: format!("run `chmod {bits} {shown}`, or name another user to run it"),
            });
        }
    }
    None
}

fn is_below(path: &Path, directory: &Path) -> bool {
    path != directory && path.starts_with(directory)
}

#[cfg(test)]
mod tests;
