//! What the daemon tells scripts and FIFOs, and the file that must just work.

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};

use netns_tests::node::CONFIG;
use netns_tests::prelude::*;
use netns_tests::{alone, matrix};

use crate::{LATE, PATIENCE, start_both, start_pair};

const NOTIFIED: &str = "/run/notified";

const NONBLOCK: i32 = nix::fcntl::OFlag::O_NONBLOCK.bits();

fn notifying(conf: Conf) -> Conf {
    let states = ["master", "backup", "fault", "stop"];
    let conf = states.iter().fold(conf, |conf, state| {
        conf.line(&format!("notify_{state} \"/etc/keepalived/notify.sh {state} 'two words'\""))
    });
    conf.line("notify /etc/keepalived/notify.sh")
}

fn write_notify_script(node: &Node) {
    node.write_script("/etc/keepalived/notify.sh", "(IFS='|'; echo \"$*\") >> /run/notified");
}

/// Every change of state runs the script of that state with the arguments of the file, and the general one
/// with type, name, state and priority.
fn scripts_hear_every_change(lab: &Lab) {
    let a = lab.node("a");
    write_notify_script(a);
    start_pair(lab, &notifying(Conf::v3(150)), &Conf::v3(100));
    heard(a, &["BACKUP", "MASTER"]);
    lab.link("a").pull();
    heard(a, &["BACKUP", "MASTER", "FAULT"]);
    lab.link("a").plug();
    heard(a, &["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]);
    a.stop();
    heard(a, &["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]);
}

/// Waits until the scripts have heard of `states`, and of nothing else.
fn heard(node: &Node, states: &[&str]) {
    let lines = node.expect_lines(NOTIFIED, PATIENCE, "two lines for each state", |lines| {
        lines.len() >= 2 * states.len()
    });
    let expected: Vec<String> = states
        .iter()
        .flat_map(|state| {
            let special = format!("{}|two words", state.to_lowercase());
            [special, format!("INSTANCE|VI_1|{state}|150")]
        })
        .collect();
    let mut found = lines;
    if node.program() == Program::Theirs {
        // The C program starts the two scripts of one change at the same time.
        let general_first = |pair: &[String]| pair.first().is_some_and(|line| line.starts_with("INSTANCE"));
        for pair in found.chunks_mut(2).filter(|pair| general_first(pair)) {
            pair.reverse();
        }
    }
    assert_eq!(found, expected);
}

/// A script that takes its time delays nobody: adverts keep their schedule, a later change is not lost, and at
/// the end nothing of it is left.
fn slow_scripts_delay_nothing(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/notify.sh", "echo \"$@\" >> /run/notified; sleep 2");
    let conf = notifying(Conf::v3(150));
    start_pair(lab, &conf, &Conf::v3(100));
    let from = Stamp::now();
    pause(secs(2));
    let adverts = lab.adverts("a", from, Stamp::now());
    let gaps = adverts.windows(2).map(|pair| pair[1].0.since(pair[0].0));
    // Far less than a script takes, far more than a loaded host does.
    assert!(gaps.max().is_some_and(|gap| gap < secs(1)), "{adverts:?}");
    lab.link("a").pull();
    lab.expect_owner("b", VIP4).within(PATIENCE);
    let fault = |line: &&str| line.ends_with("FAULT 150");
    a.expect_lines(NOTIFIED, secs(12), "the last change", |lines| match a.program() {
        Program::Ours => lines.last().is_some_and(fault),
        // Its scripts run at the same time, so the last line may be another's.
        Program::Theirs => lines.iter().any(fault),
    });
}

/// Scripts run as `script_user`, alone in a process group, with nothing to read and nobody to talk to.
fn scripts_run_as_their_user(lab: &Lab) {
    let a = lab.node("a");
    let say = "{ id -u; id -g; ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat; echo $$; \
               readlink /proc/$$/fd/0; } | tr -d ' ' | tr '\\n' ' ' >> /tmp/who";
    a.write_script("/etc/keepalived/notify.sh", say);
    a.write("/tmp/who", "");
    a.open_to_all("/tmp/who");
    let conf = Conf::v3(150)
        .global("script_user nobody nogroup")
        .global("enable_script_security")
        .line("notify_backup /etc/keepalived/notify.sh");
    a.start(&conf.text());
    let who = a.expect_lines("/tmp/who", PATIENCE, "a call", |lines| {
        lines.first().is_some_and(|line| line.split_whitespace().count() >= 5)
    });
    let words: Vec<&str> = who.iter().flat_map(|line| line.split_whitespace()).collect();
    let [uid, gid, group, pid, input] = words[..] else { panic!("{words:?}") };
    assert_eq!((uid, gid), ("65534", "65534"));
    assert_eq!(group, pid, "the script shares its process group");
    assert_eq!(input, "/dev/null");
}

/// The FIFOs carry one line a change. The daemon makes them, for root alone, and removes them.
fn fifos_carry_every_change(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v3(150).global("notify_fifo /run/all.fifo").global("vrrp_notify_fifo /run/vrrp.fifo");
    start_pair(lab, &conf, &Conf::v3(100));
    let mut readers: Vec<_> = ["/run/all.fifo", "/run/vrrp.fifo"]
        .iter()
        .map(|path| {
            let path = a.host_path(path);
            let metadata = path.metadata().expect("a FIFO made by the daemon");
            assert!(metadata.file_type().is_fifo());
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
            let mut options = std::fs::OpenOptions::new();
            options.read(true).custom_flags(NONBLOCK).open(path).expect("opening the FIFO")
        })
        .collect();
    let first = "INSTANCE \"VI_1\" BACKUP 150\nINSTANCE \"VI_1\" MASTER 150\n";
    for reader in &mut readers {
        read_until(reader, first);
    }
    a.stop();
    for reader in &mut readers {
        read_until(reader, "INSTANCE \"VI_1\" STOP 150\n");
    }
    assert!(!a.has_file("/run/all.fifo") && !a.has_file("/run/vrrp.fifo"), "the FIFOs are left");
}

fn read_until(reader: &mut std::fs::File, wanted: &str) {
    let mut text = Vec::new();
    let found = poll_until(secs(2), || {
        let mut space = [0; 4096];
        // An empty FIFO without a writer reads as its end, one with a writer as EAGAIN.
        let count = reader.read(&mut space).unwrap_or_default();
        text.extend_from_slice(&space[..count]);
        (text.len() >= wanted.len()).then_some(())
    });
    assert_eq!((found, String::from_utf8_lossy(&text).as_ref()), (Some(()), wanted));
}

/// The configuration that half of the field begins with. Its two zero intervals earn a warning each, so `-t`
/// ends with 5, and the daemon runs.
fn the_common_file_just_works(lab: &Lab) {
    let common = include_str!("common.conf");
    let (first, second) = (Ipv4Addr::new(192, 168, 200, 16), Ipv4Addr::new(172, 16, 36, 100));
    let (a, b) = (lab.node("a"), lab.node("b"));
    for node in [a, b] {
        node.write(CONFIG, common);
        let (status, printed) = node.run(&["-t", "-f", CONFIG]);
        assert_eq!(status, Some(5), "{printed}");
        for keyword in ["vrrp_garp_interval", "vrrp_gna_interval"] {
            let lines = printed.lines().filter(|line| line.contains(keyword)).count();
            assert!(lines > 0, "no word about {keyword}: {printed}");
        }
        node.write_script("/etc/keepalived/check.sh", "! test -e /run/broken");
        node.write_script("/etc/keepalived/notify.sh", "echo \"$@\" >> /run/notified");
    }
    start_both(lab, common, &common.replace("priority 100", "priority 90"));
    lab.expect_owner("a", first).within(PATIENCE);
    assert_eq!(lab.expect_address("a", first).within(PATIENCE).prefix, 32);
    let labelled = lab.expect_address("a", second).within(PATIENCE);
    assert_eq!((labelled.prefix, labelled.label.as_deref()), (16, Some("eth0:1")));
    let advert = lab.expect_advert("a", lab.began(), "as master", |_| true).within(PATIENCE).1;
    assert_eq!((advert.version, advert.priority, advert.auth), (2, 100, Auth::Simple(*b"1111\0\0\0\0")));
    a.expect_lines(NOTIFIED, PATIENCE, "backup and master", |lines| lines == ["backup", "master"]);

    let broken = Stamp::now();
    a.write("/run/broken", "");
    lab.expect_advert("a", broken, "with priority 80", |advert| advert.priority == 80).within(PATIENCE);
    for address in [first, second] {
        lab.expect_owner("b", address).within(PATIENCE);
        lab.expect_announcements("b", address, broken, 5).within(PATIENCE);
    }
    a.remove_file("/run/broken");
    lab.expect_owner("a", first).within(PATIENCE);
    let death = a.crash();
    let taken = lab.expect_gain("b", first, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v2(90, secs(1)), LATE);
    let story = ["backup", "master", "backup", "master"];
    b.expect_lines(NOTIFIED, PATIENCE, "its two masterships", |lines| lines == story);
}

matrix!(
    scripts_hear_every_change,
    slow_scripts_delay_nothing,
    fifos_carry_every_change,
    the_common_file_just_works,
);

alone!(scripts_run_as_their_user);
