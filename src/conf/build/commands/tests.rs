use super::*;
use crate::conf::env::{Pretend, root_file};

const ROOT: RunAs = RunAs { uid: 0, gid: 0 };
const NOBODY: RunAs = RunAs { uid: 65_534, gid: 65_534 };

/// An environment with only `path`, changed by `change`.
fn with(path: &str, change: impl FnOnce(&mut Inspection)) -> Pretend {
    let mut inspection = root_file(Path::new(path));
    change(&mut inspection);
    let mut env = Pretend { every_path_exists: false, ..Pretend::default() };
    env.paths.insert(path.into(), inspection);
    env
}

fn trouble(path: &str, run_as: RunAs, env: &Pretend) -> String {
    match judge(path, run_as, env).problem {
        None => "none".into(),
        Some(Trouble::NotFound(reason)) => reason,
        Some(Trouble::Insecure { what, cure } | Trouble::Forbidden { what, cure }) => {
            format!("{what}; {cure}")
        }
        Some(Trouble::Link { link, real }) => format!("{} -> {}", link.display(), real.display()),
    }
}

#[test]
fn a_program_of_root_in_directories_of_root_is_fine() {
    let env = with("/usr/bin/x", |_| {});
    assert_eq!(trouble("/usr/bin/x", ROOT, &env), "none");
    assert_eq!(trouble("/usr/bin/x", NOBODY, &env), "none");
    assert_eq!(trouble("/usr/bin/y", ROOT, &env), "No such file or directory");
}

#[test]
fn a_directory_that_others_can_write_is_named_with_its_cure() {
    let env = with("/opt/ha/x", |found| found.steps[2].mode = 0o777);
    assert_eq!(
        trouble("/opt/ha/x", ROOT, &env),
        "/opt/ha (owner 0, group 0, mode 0777) can be written by everybody; run `chmod go-w /opt/ha`, or name another user to \
         run it"
    );
    assert_eq!(trouble("/opt/ha/x", NOBODY, &env), "none");
    let sticky = with("/opt/ha/x", |found| found.steps[2].mode = 0o1777);
    assert_eq!(trouble("/opt/ha/x", ROOT, &sticky), "none");
}

#[test]
fn groups_and_owners_count() {
    let env = with("/opt/x", |found| (found.steps[2].gid, found.steps[2].mode) = (100, 0o775));
    assert!(trouble("/opt/x", ROOT, &env).contains("can be written by its group; run `chmod g-w /opt/x`"));
    let root_group = with("/opt/x", |found| found.steps[2].mode = 0o775);
    assert_eq!(trouble("/opt/x", ROOT, &root_group), "none");
    let owned = with("/opt/x", |found| found.steps[1].uid = 7);
    assert_eq!(
        trouble("/opt/x", ROOT, &owned),
        "/opt (owner 7, group 0, mode 0755) does not belong to root; run `chown root /opt`, or name another user to run it"
    );
}

#[test]
fn a_link_on_the_way_is_refused_for_root() {
    let env = with("/bin/x", |found| {
        found.steps[1].kind = StepKind::Link;
        found.resolved = "/usr/bin/x".into();
        found.steps.extend(root_file(Path::new("/usr/bin/x")).steps);
    });
    assert_eq!(trouble("/bin/x", ROOT, &env), "/bin -> /usr/bin/x");
    assert_eq!(trouble("/bin/x", NOBODY, &env), "none");
}

#[test]
fn a_link_at_the_end_is_followed() {
    let env = with("/usr/bin/x", |found| {
        found.steps[3].kind = StepKind::Link;
        found.resolved = "/usr/lib/y".into();
        found.steps.extend(root_file(Path::new("/usr/lib/y")).steps);
    });
    assert_eq!(trouble("/usr/bin/x", ROOT, &env), "none");
    assert_eq!(judge("/usr/bin/x", ROOT, &env).path, Path::new("/usr/lib/y"));
}

#[test]
fn the_user_must_be_able_to_execute_it() {
    let env = with("/opt/x", |found| found.steps[2].mode = 0o700);
    assert_eq!(trouble("/opt/x", ROOT, &env), "none");
    assert_eq!(
        trouble("/opt/x", NOBODY, &env),
        "/opt/x (owner 0, group 0, mode 0700) does not let this user execute it; run `chmod o+x /opt/x`, or name another user \
         to run it"
    );
    let plain = with("/opt/x", |found| found.steps[2].mode = 0o644);
    assert!(
        trouble("/opt/x", ROOT, &plain)
            .contains("mode 0644) does not let this user execute it; run `chmod u+x /opt/x`")
    );
    let of_group = with("/opt/x", |found| (found.steps[2].gid, found.steps[2].mode) = (65_534, 0o705));
    assert!(trouble("/opt/x", NOBODY, &of_group).contains("run `chmod g+x /opt/x`"));
    let set_id = with("/opt/x", |found| (found.steps[2].mode, found.steps[1].mode) = (0o4755, 0o777));
    assert!(trouble("/opt/x", NOBODY, &set_id).contains("/opt (owner 0, group 0, mode 0777)"));
}

#[test]
fn the_user_must_be_able_to_get_there() {
    let env = with("/root/x", |found| found.steps[1].mode = 0o700);
    assert_eq!(trouble("/root/x", ROOT, &env), "none");
    assert_eq!(
        trouble("/root/x", NOBODY, &env),
        "/root (owner 0, group 0, mode 0700) does not let this user enter it; run `chmod o+x /root`, or name another user to \
         run it"
    );
}

#[test]
fn bare_names_are_looked_up_in_path() {
    let mut env = with("/usr/local/bin/x", |_| {});
    assert_eq!(judge("x", ROOT, &env).path, Path::new("/usr/local/bin/x"));
    env.variables.insert("PATH".into(), "/sbin:relative".into());
    assert_eq!(trouble("x", ROOT, &env), "it is in none of the directories of PATH (/sbin:relative)");
}
