use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::*;

fn read(line: &str) -> Result<Invocation, Refusal> {
    parse(line.split_whitespace().map(OsString::from))
}

fn options(line: &str) -> Options {
    read(line).unwrap().options
}

#[test]
fn without_words_it_is_the_daemon() {
    let Invocation { task, options } = read("").unwrap();
    assert_eq!(task, Task::Run);
    assert_eq!(options.config, Path::new("/etc/keepalived/keepalived.conf"));
    assert_eq!(options.pid_files.of(None), None);
    assert!(Role::ALL.iter().all(|role| options.choice.permits(*role)) && !options.choice.all);
    assert!(options.syslog && options.respawn && !options.foreground && !options.console);
}

#[test]
fn letters_can_be_joined_and_arguments_attached() {
    let joined = options("-nlDDf/tmp/a.conf");
    assert!(joined.foreground && joined.console);
    assert_eq!((joined.detail, joined.config.as_path()), (2, Path::new("/tmp/a.conf")));
    assert_eq!(options("-f /tmp/a.conf").config, Path::new("/tmp/a.conf"));
    let files = options("-p /a -r /b -c /c -b /d -r /e").pid_files;
    let named = [None, Some(Role::Vrrp), Some(Role::Checkers), Some(Role::Bfd)].map(|of| files.of(of));
    assert_eq!(named, ["/a", "/e", "/c", "/d"].map(|path| Some(Path::new(path))));
}

#[test]
fn long_names_take_arguments_both_ways_and_can_be_shortened() {
    for line in ["--use-file=/a", "--use-file /a", "--use=/a", "--use_file=/a"] {
        assert_eq!(options(line).config, Path::new("/a"), "{line}");
    }
    for (name, of) in [
        ("pid", None),
        ("vrrp_pid", Some(Role::Vrrp)),
        ("checkers_pid", Some(Role::Checkers)),
        ("bfd_pid", Some(Role::Bfd)),
    ] {
        for name in [name.to_owned(), name.replace('_', "-")] {
            for line in [format!("--{name}=/b"), format!("--{name} /b")] {
                assert_eq!(options(&line).pid_files.of(of), Some(Path::new("/b")), "{line}");
            }
        }
    }
    assert!(options("--no-s").syslog.eq(&false));
}

#[test]
fn a_name_that_others_begin_with_is_still_a_name() {
    // `--vrrp` is also the beginning of `--vrrp_pid`.
    assert_eq!(read("--vrrp").unwrap().task, Task::Run);
}

#[test]
fn an_ambiguous_beginning_lists_what_it_could_be() {
    let choices = vec!["dont-release-vrrp", "dont-release-ipvs", "dont-respawn", "dont-fork"];
    assert_eq!(read("--dont"), Err(Refusal::Ambiguous("--dont".into(), choices)));
}

#[test]
fn optional_arguments_have_to_be_attached() {
    let to_file = Judgement { log: Some("/tmp/log".into()), ..Judgement::default() };
    assert_eq!(read("-t").unwrap().task, Task::Test(Judgement::default()));
    assert_eq!(read("-t/tmp/log").unwrap().task, Task::Test(to_file.clone()));
    assert_eq!(read("--config-test=/tmp/log").unwrap().task, Task::Test(to_file));
    assert_eq!(read("-t /tmp/log"), Err(Refusal::Words(vec!["/tmp/log".into()])));
    assert!(matches!(read("-t=/tmp/log"), Err(Refusal::Invalid { .. })));
}

#[test]
fn words_and_options_may_be_mixed_until_the_end_of_options() {
    assert_eq!(read("a -n b"), Err(Refusal::Words(vec!["a".into(), "b".into()])));
    assert_eq!(read("-n -- -l"), Err(Refusal::Words(vec!["-l".into()])));
    assert_eq!(read("-"), Err(Refusal::Words(vec!["-".into()])));
}

#[test]
fn what_this_version_lacks_is_refused_by_name() {
    assert_eq!(read("--snmp"), Err(Refusal::Missing("--snmp".into())));
    assert_eq!(read("-nx"), Err(Refusal::Missing("-x".into())));
    let text = read("-x").unwrap_err().to_string();
    assert_eq!(text, "Option -x is known, but not supported by this version; leave it out");
    for flag in FLAGS.iter().filter(|flag| flag.standing == Standing::Missing) {
        let line = format!("--{}=x", flag.long);
        let line = if flag.argument == Argument::None { line.trim_end_matches("=x") } else { &line };
        assert!(matches!(read(line), Err(Refusal::Missing(_))), "{line}");
    }
}

#[test]
fn log_files_and_descriptors() {
    assert_eq!(read("-n").unwrap().options.log_file, None);
    assert_eq!(read("-ng").unwrap().options.log_file, Some(None));
    assert_eq!(read("-g/var/log/x").unwrap().options.log_file, Some(Some("/var/log/x".into())));
    assert_eq!(read("--log-file=x --flush-log-file").unwrap().options.log_file, Some(Some("x".into())));
    assert_eq!(read("--config-fd 3 -f x").unwrap().options.config, std::path::Path::new("/proc/self/fd/3"));
    for wrong in ["--config-fd=x", "--config-fd=-1", "--config-fd="] {
        assert!(matches!(read(wrong), Err(Refusal::Invalid { .. })), "{wrong}");
    }
}

#[test]
fn everything_behind_genhash_is_for_that() {
    let words = |line: &str| match read(line).unwrap().task {
        Task::Genhash(words) => words.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        _ => Vec::new(),
    };
    assert_eq!(words("-T -s x -Z"), ["-s", "x", "-Z"]);
    assert_eq!(words("--genhash --url=/ word"), ["--url=/", "word"]);
    assert_eq!(words("-nTSs x"), ["-Ss", "x"]);
}

#[test]
fn what_nobody_knows_is_refused_too() {
    assert_eq!(read("--foo"), Err(Refusal::Unknown("--foo".into())));
    assert_eq!(read("-z"), Err(Refusal::Unknown("-z".into())));
    assert_eq!(read("-nZ"), Err(Refusal::Unknown("-Z".into())));
    assert_eq!(read("--dont-fork=3"), Err(Refusal::Argument("--dont-fork".into())));
    assert_eq!(read("-f"), Err(Refusal::NoArgument("-f".into())));
    assert_eq!(read("--pid"), Err(Refusal::NoArgument("--pid".into())));
    assert_eq!(read("--="), Err(Refusal::Unknown("--".into())));
    assert!(read("--chil=vrrp").is_err(), "what is internal cannot be shortened");
}

#[test]
fn facilities_are_numbers_or_names() {
    for (text, facility) in [
        ("0", Facility::local(0)),
        ("local7", Facility::local(7)),
        ("user", Some(Facility::USER)),
        ("daemon", Some(Facility::DAEMON)),
    ] {
        assert_eq!(Some(options(&format!("-S {text}")).facility), facility, "{text}");
    }
    for bad in ["8", "local8", "local", "mail", "+1", "01"] {
        assert!(matches!(read(&format!("-S {bad}")), Err(Refusal::Invalid { .. })), "{bad}");
    }
}

#[test]
fn masks_are_read_as_the_c_library_reads_numbers() {
    for (text, mask) in [("0177", 0o177), ("022", 0o022), ("0x1f", 0x1f), ("18", 18), ("0", 0)] {
        assert_eq!(options(&format!("--umask={text}")).umask, Some(mask), "{text}");
    }
    for bad in ["999", "0888", "01000", "-1", "x", "", "+2"] {
        assert!(read(&format!("--umask={bad}")).is_err(), "{bad}");
    }
}

#[test]
fn signals_have_numbers() {
    assert_eq!(read("--signum=STOP").unwrap().task, Task::SignalNumber(15));
    assert_eq!(read("--signum JSON").unwrap().task, Task::SignalNumber(36));
    let number = |name: &str| match read(&format!("--signum={name}")).unwrap().task {
        Task::SignalNumber(number) => number,
        other => panic!("{other:?}"),
    };
    let numbers = ["RELOAD", "DATA", "STATS", "STATS_CLEAR", "TDUMP", "TDATA"].map(number);
    assert_eq!(numbers, [1, 10, 12, 63, 64, 64]);
    assert!(read("--signum=NOPE").is_err() && read("--signum=stop").is_err());
}

#[test]
fn moot_options_change_nothing() {
    let moot = options("-X -I -n");
    assert_eq!(moot, Options { arguments: moot.arguments.clone(), ..options("-n") });
}

#[test]
fn processes_can_be_chosen() {
    for (line, permitted) in [
        ("-n", [true, true, true]),
        ("-P", [true, false, true]),
        ("--check", [false, true, true]),
        ("-PC", [true, true, true]),
        ("-B", [true, true, false]),
        ("--vrrp --no-bfd", [true, false, false]),
        ("--all --no_bfd", [true, true, false]),
    ] {
        assert_eq!(Role::ALL.map(|role| options(line).choice.permits(role)), permitted, "{line}");
    }
}

#[test]
fn a_network_namespace_has_a_name() {
    for line in ["-s blue", "-sblue", "--namespace=blue", "--namespace blue"] {
        assert_eq!(options(line).namespace.as_deref(), Some("blue"), "{line}");
    }
    for bad in ["--namespace=", "-s ../x", "-s .."] {
        assert!(matches!(read(bad), Err(Refusal::Invalid { .. })), "{bad}");
    }
}

#[test]
fn a_pattern_for_core_files_has_to_be_attached() {
    assert_eq!(options("-m").core_pattern, None);
    assert_eq!(options("-M").core_pattern, Some("core".into()));
    assert_eq!(options("-M/tmp/%p").core_pattern, Some("/tmp/%p".into()));
    assert!(options("--core-dump-pattern=x").core);
}

#[test]
fn every_letter_and_name_is_there_once() {
    for (position, flag) in FLAGS.iter().enumerate() {
        let others = || FLAGS.iter().skip(position + 1);
        assert!(others().all(|other| other.long != flag.long), "{}", flag.long);
        assert!(flag.short.is_none() || others().all(|other| other.short != flag.short), "{:?}", flag.short);
    }
}

#[test]
fn words_that_are_no_text_are_file_names_all_the_same() {
    let name = OsString::from_vec(b"/tmp/\xff".to_vec());
    let line = [OsString::from("-f"), name.clone()];
    assert_eq!(parse(line).unwrap().options.config, Path::new(&name));
}

#[test]
fn a_child_passes_on_what_it_was_told_but_not_what_it_is() {
    let Invocation { task, options } = read("--child=daemon -l -f /a").unwrap();
    assert_eq!(task, Task::Child(Child::Daemon));
    assert_eq!(options.arguments, ["-l", "-f", "/a"]);
    for role in Role::ALL {
        let line = format!("--child={} --called=_blue -n", role.word());
        let Invocation { task, options } = read(&line).unwrap();
        assert_eq!(task, Task::Child(Child::Role(role)));
        assert_eq!((options.called.as_str(), options.arguments), ("_blue", vec!["-n".into()]));
    }
}

#[test]
fn how_to_judge_may_stand_before_and_behind_that_it_is_wanted() {
    let wanted = Judgement { log: None, format: Format::Json, strict: true, advice: true };
    for line in [
        "-t --strict --lint --format json",
        "--format=json --lint --strict --config-test",
        "--lint --config_test --format json --strict",
    ] {
        assert_eq!(read(line).unwrap().task, Task::Test(wanted.clone()), "{line}");
    }
    assert_eq!(read("--lint").unwrap_err(), Refusal::OnlyWith("--lint".into(), "--config-test"));
    assert!(matches!(read("-t --format xml").unwrap_err(), Refusal::Invalid { .. }));
    assert_eq!(read("--explain K0201").unwrap().task, Task::Explain("K0201".into()));
    assert_eq!(read("--explain=K0201").unwrap().task, Task::Explain("K0201".into()));
    assert_eq!(read("--explain").unwrap_err(), Refusal::NoArgument("--explain".into()));
}
