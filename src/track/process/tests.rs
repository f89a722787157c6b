use super::*;
use crate::conf::model::Weight;

fn conf(command: &[&str], param_match: ParamMatch) -> Conf {
    Conf {
        name: "p".into(),
        command: command.iter().map(|word| (*word).into()).collect(),
        param_match,
        full_command: false,
        weight: Weight::default(),
        quorum: 1,
        quorum_max: None,
        terminate_delay: Span::ZERO,
        fork_delay: Span::ZERO,
    }
}

const fn process<'a>(pid: u32, comm: &'a str, cmdline: &'a str) -> Process<'a> {
    Process { pid, comm: comm.as_bytes(), cmdline: cmdline.as_bytes() }
}

fn at(secs: u64) -> Instant {
    Instant::ZERO + Span::from_secs(secs)
}

#[test]
fn a_bare_name_is_the_short_name_that_the_kernel_keeps() {
    let nginx = conf(&["nginx"], ParamMatch::None);
    assert!(matches(&nginx, &process(1, "nginx", "nginx: master process\0")));
    assert!(!matches(&nginx, &process(1, "nginx-debug", "nginx\0")));
    let long = conf(&["a_process_with_a_long_name"], ParamMatch::None);
    assert!(matches(&long, &process(1, "a_process_with_", "")));
}

#[test]
fn a_full_command_is_the_first_word_of_the_command_line() {
    let mut full = conf(&["/usr/sbin/haproxy"], ParamMatch::None);
    full.full_command = true;
    assert!(matches(&full, &process(1, "haproxy", "/usr/sbin/haproxy\0-f\0x\0")));
    assert!(!matches(&full, &process(1, "haproxy", "haproxy\0")));
    assert!(!matches(&full, &process(1, "haproxy", "")));
}

#[test]
fn parameters_are_compared_as_asked() {
    let running = process(1, "d", "d\0-f\0file.conf\0-x\0");
    let ask = |words: &[&str], how| matches(&conf(words, how), &running);
    assert!(ask(&["d", "-f", "file.conf", "-x"], ParamMatch::Exact));
    assert!(!ask(&["d", "-f", "file.conf"], ParamMatch::Exact));
    assert!(ask(&["d", "-f", "file.conf"], ParamMatch::Initial));
    assert!(!ask(&["d", "-f", "file"], ParamMatch::Initial));
    assert!(ask(&["d", "-f", "file"], ParamMatch::Partial));
    assert!(!ask(&["d", "-", "file"], ParamMatch::Partial));
    assert!(ask(&["d", "-z"], ParamMatch::None));
    let empty = process(1, "d", "d\0\0");
    assert!(matches(&conf(&["d", ""], ParamMatch::Exact), &empty));
    assert!(!matches(&conf(&["d"], ParamMatch::Exact), &empty));
}

#[test]
fn what_is_needed_of_a_command_line_is_enough_to_judge_it() {
    let line = "d\0-f\0file.conf\0-x\0";
    for (words, how) in [
        (&["d", "-f", "file.conf", "-x"][..], ParamMatch::Exact),
        (&["d", "-f", "file.conf"], ParamMatch::Exact),
        (&["d", "-f"], ParamMatch::Initial),
        (&["d", "-f", "fi"], ParamMatch::Partial),
        (&["d", "-f", "fo"], ParamMatch::Partial),
        (&["d", "-z"], ParamMatch::None),
    ] {
        let conf = conf(words, how);
        let needed = cmdline_needed(&conf).unwrap();
        let start = line.get(..needed).unwrap_or(line);
        assert_eq!(
            matches(&conf, &process(1, "d", start)),
            matches(&conf, &process(1, "d", line)),
            "{words:?}"
        );
    }
    assert_eq!(cmdline_needed(&conf(&["d"], ParamMatch::None)), None);
}

#[test]
fn a_quorum_has_two_sides() {
    let mut two = conf(&["d"], ParamMatch::None);
    two.quorum = 2;
    two.quorum_max = Some(3);
    let mut watch = Watch::default();
    let mut begin = |pid| watch.handle(at(0), &ProcessEvent::Changed(process(pid, "d", "")), &two);
    assert_eq!([begin(1), begin(2), begin(3), begin(4)], [None, Some(true), None, Some(false)]);
    assert_eq!(watch.handle(at(0), &ProcessEvent::Ended(3), &two), Some(true));
}

#[test]
fn a_process_that_becomes_another_program_counts_no_longer() {
    let conf = conf(&["d"], ParamMatch::None);
    let mut watch = Watch::default();
    watch.begin(at(0), &[process(1, "d", ""), process(2, "sh", "")], &conf);
    assert!(watch.good() && watch.count() == 1);
    assert_eq!(watch.handle(at(0), &ProcessEvent::Changed(process(1, "sh", "")), &conf), Some(false));
    assert_eq!(watch.handle(at(0), &ProcessEvent::Changed(process(2, "d", "")), &conf), Some(true));
}

#[test]
fn delays_let_a_restart_pass_unnoticed() {
    let mut slow = conf(&["d"], ParamMatch::None);
    slow.terminate_delay = Span::from_secs(3);
    slow.fork_delay = Span::from_secs(2);
    let mut watch = Watch::default();
    watch.begin(at(0), &[process(1, "d", "")], &slow);
    assert!(watch.good());
    assert_eq!(watch.handle(at(1), &ProcessEvent::Ended(1), &slow), None);
    assert_eq!(watch.next_deadline(), Some(at(4)));
    assert_eq!(watch.handle(at(2), &ProcessEvent::Changed(process(5, "d", "")), &slow), None);
    assert_eq!(watch.next_deadline(), None);
    watch.handle(at(3), &ProcessEvent::Ended(5), &slow);
    assert_eq!(watch.expire(at(5)), None);
    assert_eq!(watch.expire(at(6)), Some(false));
    watch.handle(at(7), &ProcessEvent::Changed(process(6, "d", "")), &slow);
    assert_eq!(watch.expire(at(9)), Some(true));
}
