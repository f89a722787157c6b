//! The order of hooks, what they are told beside their arguments, and what becomes of those that take long.

use netns_tests::alone;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::PATIENCE;

const NOTIFIED: &str = "/run/notified";

/// A configuration whose general hook is the script `body`.
fn hooked(node: &Node, body: &str) -> Conf {
    node.write_script("/etc/keepalived/notify.sh", body);
    Conf::v3(150).global("script_user root").line("notify /etc/keepalived/notify.sh")
}

fn with_words<'a>(lines: &[&'a str], word: &str) -> Vec<&'a str> {
    lines.iter().filter(|line| line.split_whitespace().any(|found| found == word)).copied().collect()
}

/// The environment says what changed, from what, and why; the C program passes its own on.
fn hooks_are_told_why(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let say = "echo \"$NOTIFY_TYPE $NOTIFY_NAME $NOTIFY_PREVIOUS_STATE>$NOTIFY_STATE $NOTIFY_PRIORITY $NOTIFY_REASON\" \
               >> /run/notified; echo \"$NOTIFY_TIME\" > /run/time";
    a.start(&hooked(a, say).text());
    let heard = |count: usize| a.expect_lines(NOTIFIED, PATIENCE, "the calls", |lines| lines.len() >= count);
    heard(2);
    x.send(&Forged::v3(200));
    heard(4);
    lab.link("a").pull();
    heard(5);
    lab.link("a").plug();
    heard(7);
    a.stop();
    let found = heard(8);
    let told = [
        "INIT>BACKUP 150 start",
        "BACKUP>MASTER 150 no master was heard",
        "MASTER>BACKUP 150 better advert from 10.77.0.2, priority 200",
        "BACKUP>MASTER 150 nothing more from master 10.77.0.2",
        "MASTER>FAULT 150 fault: interface eth0 is down",
        "FAULT>BACKUP 150 fault over: interface eth0 is down",
        "BACKUP>MASTER 150 no master was heard",
        "MASTER>STOP 150 stop",
    ];
    match a.program() {
        Program::Ours => {
            assert_eq!(found, told.map(|told| format!("INSTANCE VI_1 {told}")));
            let time = a.read("/run/time");
            let form: String = time
                .trim()
                .chars()
                .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
                .collect();
            assert!(matches!(&*form, "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00"), "{time}");
        }
        Program::Theirs => assert!(found.iter().all(|line| line.trim() == ">"), "{found:#?}"),
    }
}

/// A group has hooks of its own, and says with which member it began.
fn a_group_says_with_whom_it_began(lab: &Lab) {
    let a = lab.node("a");
    let say = "echo \"$* $NOTIFY_TYPE $NOTIFY_PREVIOUS_STATE>$NOTIFY_STATE $NOTIFY_REASON\" >> /run/notified";
    a.write_script("/etc/keepalived/notify.sh", say);
    let group =
        "vrrp_sync_group G1 {\n    group {\n        VI_1\n    }\n    notify /etc/keepalived/notify.sh\n}";
    a.start(&Conf::v3(150).global("script_user root").block(group).text());
    a.expect_lines(NOTIFIED, PATIENCE, "a mastership", |lines| lines.len() == 2);
    a.stop();
    let found = a.expect_lines(NOTIFIED, PATIENCE, "the end", |lines| lines.len() == 3);
    let told = [
        ("BACKUP", "GROUP INIT>BACKUP start"),
        ("MASTER", "GROUP BACKUP>MASTER member VI_1: no master was heard"),
        ("STOP", "GROUP MASTER>STOP stop"),
    ];
    let expected = told.map(|(state, told)| match a.program() {
        Program::Ours => format!("GROUP G1 {state} 0 {told}"),
        Program::Theirs => format!("GROUP G1 {state} 0  > "),
    });
    assert_eq!(found, expected);
}

/// A master that hears a worse one calls `notify_master_rx_lower_pri` without arguments, and not `notify`.
fn a_worse_master_is_told_of(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.write_script("/etc/keepalived/lower.sh", "echo \"lower $#\" >> /run/notified");
    let conf =
        hooked(a, "echo \"$@\" >> /run/notified").line("notify_master_rx_lower_pri /etc/keepalived/lower.sh");
    a.start(&conf.text());
    a.expect_lines(NOTIFIED, PATIENCE, "a mastership", |lines| lines.len() == 2);
    x.send(&Forged::v3(50));
    let found = a.expect_lines(NOTIFIED, PATIENCE, "a third call", |lines| lines.len() >= 3);
    assert_eq!(found, ["INSTANCE VI_1 BACKUP 150", "INSTANCE VI_1 MASTER 150", "lower 0"]);
    pause(millis(300));
    assert_eq!(a.read(NOTIFIED).lines().count(), 3, "{}", a.read(NOTIFIED));
}

/// While a hook takes its time, changes pile up: of those only the last is told, and never two at a time. The C
/// program runs them all at once.
fn a_storm_collapses_to_the_last_state(lab: &Lab) {
    let a = lab.node("a");
    let slow = "echo \"begin $3\" >> /run/notified; sleep 2; echo \"end $3\" >> /run/notified";
    a.start(&hooked(a, slow).text());
    a.expect_lines(NOTIFIED, PATIENCE, "a first call", |lines| !lines.is_empty());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    for _ in 0..3 {
        lab.link("a").pull();
        lab.expect_nobody(VIP4).within(PATIENCE);
        lab.link("a").plug();
        lab.expect_owner("a", VIP4).within(PATIENCE);
    }
    lab.link("a").pull();
    let over = |lines: &[&str]| with_words(lines, "begin").len() == with_words(lines, "end").len();
    let last = |lines: &[&str]| lines.iter().rev().take(2).all(|line| line.ends_with("FAULT"));
    let ended = |lines: &[&str]| over(lines) && last(lines);
    match a.program() {
        Program::Ours => {
            let found = a.expect_lines(NOTIFIED, secs(15), "the last state", ended);
            for pair in found.chunks(2) {
                let [begin, end] = pair else { panic!("{found:#?}") };
                assert_eq!(begin.replace("begin", "end"), *end, "two at a time: {found:#?}");
            }
            assert!(found.len() < 20, "all eleven changes were told: {found:#?}");
            pause(millis(2500));
            assert_eq!(a.read(NOTIFIED).lines().count(), found.len(), "something was told later");
        }
        Program::Theirs => {
            let all = |lines: &[&str]| with_words(lines, "begin").len() == 12 && over(lines);
            let found = a.expect_lines(NOTIFIED, PATIENCE, "all changes", all);
            assert!(found.windows(2).any(|pair| pair.iter().all(|line| line.starts_with("begin"))));
        }
    }
}

/// A hook that heeds nothing is killed after `notify_timeout`, and its successor runs. The C program knows no such
/// word, and waits for nobody.
fn a_hook_that_hangs_is_ended(lab: &Lab) {
    let a = lab.node("a");
    let stubborn = "echo \"$3\" >> /run/notified; trap '' TERM; [ \"$3\" != BACKUP ] || sleep 60; \
                    echo \"$3 ended\" >> /run/notified";
    let conf = hooked(a, stubborn);
    let conf = if a.program() == Program::Ours { conf.global("notify_timeout 1") } else { conf };
    let began = a.start(&conf.text());
    let found =
        a.expect_lines(NOTIFIED, PATIENCE, "the second call", |lines| lines.contains(&"MASTER ended"));
    assert_eq!(found, ["BACKUP", "MASTER", "MASTER ended"]);
    let hanging = a.processes().into_iter().filter(|process| process.command.contains("sleep 60"));
    let hanging: Vec<_> = hanging.collect();
    match a.program() {
        Program::Ours => {
            assert!(Stamp::now().since(began) > secs(3), "it was not waited for");
            assert!(hanging.is_empty(), "{hanging:?}");
        }
        // It would be left behind.
        Program::Theirs => hanging.iter().for_each(|process| process.signal(Signal::SIGKILL)),
    }
}

alone!(
    hooks_are_told_why,
    a_group_says_with_whom_it_began,
    a_worse_master_is_told_of,
    a_storm_collapses_to_the_last_state,
    a_hook_that_hangs_is_ended,
);
