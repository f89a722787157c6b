//! What scripts and pipes are told.

use netns_tests::alone;
use netns_tests::prelude::*;
use nix::sys::signal::Signal;

use crate::PATIENCE;

/// The reader of VyOS: the pipe is its argument; what does not look like this it does not understand.
const VYOS: &str = r#"
import os, re, signal, sys
pipe = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
out = open('/run/understood', 'a', buffering=1)
def term(*_):
    out.write('TERM\n')
    sys.exit(0)
signal.signal(signal.SIGTERM, term)
import select
rest = b''
while True:
    select.select([pipe], [], [])
    try:
        read = os.read(pipe, 4096)
    except BlockingIOError:
        continue
    if not read:
        out.write('END\n')
        break
    rest += read
    *lines, rest = rest.split(b'\n')
    for line in lines:
        found = re.match(r'^(\w+) "([\w-]+)" (\w+) (\d+)$', line.decode())
        out.write(' '.join(found.groups()) + '\n' if found else 'WHAT %r\n' % line)
"#;

fn group() -> &'static str {
    "vrrp_sync_group G-1 {\n    group {\n        VI_1\n    }\n}"
}

/// VyOS reads a pipe, by an expression, across a reload, with one reader at a time.
fn vyos_reads_the_pipe(lab: &Lab) {
    let a = lab.node("a");
    a.write("/etc/keepalived/reader.py", VYOS);
    let conf = |priority| {
        Conf::v3(priority)
            .global("script_user root")
            .global("notify_fifo /run/notify.fifo")
            .global("notify_fifo_script \"/usr/bin/python3 /etc/keepalived/reader.py\"")
            .block(group())
    };
    a.start(&conf(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let understood = |node: &Node| -> Vec<String> {
        node.read("/run/understood")
            .lines()
            .map(str::to_owned)
            .filter(|line| !matches!(&**line, "TERM" | "END"))
            .collect()
    };
    let reached = |wanted: &str| {
        let found = poll_until(PATIENCE, || understood(a).iter().any(|line| line == wanted).then_some(()));
        assert!(found.is_some(), "no {wanted} in {:?}", understood(a));
    };
    reached("GROUP G-1 MASTER 0");
    a.write(netns_tests::node::CONFIG, &conf(101).text());
    a.signal(Signal::SIGHUP);
    pause(secs(1));
    let readers = a.processes().iter().filter(|process| process.command.contains("reader.py")).count();
    assert_eq!(readers, 1, "{:?}", a.processes());
    lab.link("a").pull();
    reached("INSTANCE VI_1 FAULT 101");
    lab.link("a").plug();
    reached("INSTANCE VI_1 MASTER 101");
    let all = understood(a);
    assert!(all.contains(&"INSTANCE VI_1 MASTER 100".to_owned()), "{all:?}");
    assert!(all.contains(&"GROUP G-1 FAULT 0".to_owned()), "{all:?}");
    assert!(all.iter().all(|line| !line.starts_with("WHAT")), "{all:?}");
    a.stop();
    let gone = poll_until(PATIENCE, || a.processes().is_empty().then_some(()));
    assert!(gone.is_some(), "{:?}", a.processes());
}

/// The words of kubernetes and of container images: `$1` what, `$2` which, `$3` the state, `$4` the priority; the script
/// of a state has no words but its own.
fn words_of_scripts(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/say.sh", "echo \"$# $*\" >> /run/said");
    let conf = Conf::v3(100)
        .global("script_user root")
        .block("vrrp_sync_group G {\n    group {\n        VI_1\n    }\n    notify /etc/keepalived/say.sh\n}")
        .line("notify \"/etc/keepalived/say.sh own\"")
        .line("notify_master \"/etc/keepalived/say.sh 'to master'\"")
        .line("notify_stop /etc/keepalived/say.sh");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let has = |line: &str| {
        let found =
            poll_until(PATIENCE, || a.read("/run/said").lines().any(|said| said == line).then_some(()));
        assert!(found.is_some(), "no `{line}` in\n{}", a.read("/run/said"));
    };
    has("5 own INSTANCE VI_1 BACKUP 100");
    has("5 own INSTANCE VI_1 MASTER 100");
    has("1 to master");
    has("4 GROUP G MASTER 0");
    a.stop();
    has("5 own INSTANCE VI_1 STOP 100");
    has("0 ");
}

/// OpenWrt's script is an `env` with words that have `=` in them, in quotes.
fn words_of_openwrt(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/hotplug.sh", "echo \"$ACTION/$TYPE/$NAME $*\" >> /run/said");
    let command =
        "/usr/bin/env -i ACTION=NOTIFY_MASTER TYPE=INSTANCE NAME=VI_1 /etc/keepalived/hotplug.sh keepalived";
    let conf = Conf::v3(100).global("script_user root").line(&format!("notify_master \"{command}\""));
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let said = poll_until(PATIENCE, || Some(a.read("/run/said")).filter(|said| !said.is_empty()));
    assert_eq!(said.as_deref(), Some("NOTIFY_MASTER/INSTANCE/VI_1 keepalived\n"));
}

/// States beyond the three are told when they are asked for, and with DELETED what a reload takes away.
fn further_states(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/reader.sh", "exec cat \"$1\" >> /run/heard");
    let conf = |text: Conf| {
        text.global("script_user root")
            .global("vrrp_notify_fifo /run/vrrp.fifo")
            .global("vrrp_notify_fifo_script /etc/keepalived/reader.sh")
            .line("notify_deleted")
            .line("notify_priority_changes")
    };
    let second = "vrrp_instance VI_2 {\n    interface eth0\n    virtual_router_id 52\n    notify_deleted\n    \
        virtual_ipaddress {\n        10.77.0.152\n    }\n}";
    a.write("/tmp/number", "0\n");
    let tracked = "track_file number {\n    file /tmp/number\n    weight 1\n}";
    let tracking = |text: Conf| text.block(tracked).line("track_file {\n        number\n    }");
    a.start(&conf(tracking(Conf::v3(100)).block(second)).text());
    a.expect_lines("/run/heard", PATIENCE, "two masterships", |lines| {
        lines.contains(&"INSTANCE \"VI_1\" MASTER 100") && lines.contains(&"INSTANCE \"VI_2\" MASTER 100")
    });
    a.write("/tmp/number", "7\n");
    a.expect_lines("/run/heard", PATIENCE, "another priority", |lines| {
        lines.contains(&"INSTANCE \"VI_1\" MASTER_PRIORITY 107")
    });
    a.write(netns_tests::node::CONFIG, &conf(tracking(Conf::v3(100))).text());
    a.signal(Signal::SIGHUP);
    a.expect_lines("/run/heard", PATIENCE, "the end of one", |lines| {
        lines.iter().any(|line| line.starts_with("INSTANCE \"VI_2\" DELETED "))
    });
}

/// Load balancing is not there yet: a pipe for it is read, and the log says that nothing comes of it.
fn load_balancing_is_named(lab: &Lab) {
    let a = lab.node("a");
    a.start(&Conf::v3(100).global("lvs_notify_fifo /run/lvs.fifo").text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    if a.program() == Program::Ours {
        let line = a.log().lines().find(|line| line.contains("not yet acted on")).map(str::to_owned);
        assert!(line.is_some_and(|line| line.contains("lvs_notify_fifo")), "{}", a.log());
    }
}

alone!(vyos_reads_the_pipe, words_of_scripts, words_of_openwrt, further_states, load_balancing_is_named);
