//! What the log says, and who says it.

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::PATIENCE;

const DAEMON: [&str; 4] = ["-n", "-D", "-f", CONFIG];

/// The names of the processes, and the sentences that people and programs look for.
fn names_and_sentences(lab: &Lab) {
    let a = lab.node("a");
    let log = a.keep_log();
    a.write_script("/etc/keepalived/check.sh", "test ! -e /tmp/ill");
    let script =
        "vrrp_script check {\n    script /etc/keepalived/check.sh\n    interval 1\n    weight -10\n}";
    let conf =
        Conf::v3(100).global("script_user root").block(script).line("track_script {\n        check\n    }");
    a.write(CONFIG, &conf.text());
    a.launch(&[&DAEMON[..], &["--all"]].concat());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let _ = log.expect("VRRP_Script(check) succeeded", PATIENCE);
    a.write("/tmp/ill", "");
    let _ = log.expect("effective priority", PATIENCE);
    lab.link("a").pull();
    let _ = log.expect("Entering FAULT STATE", PATIENCE);
    lab.link("a").plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.stop();
    let lines = log.expect("Stopped Keepalived", PATIENCE);
    let said = |ident: &str, wanted: &str| {
        let found = lines.iter().any(|line| {
            // <30>Nov 21 03:17:24 IDENT[PID]: TEXT
            let Some((head, text)) = line.split_once("]: ") else { return false };
            let Some((name, pid)) = head.rsplit(' ').next().and_then(|tag| tag.split_once('[')) else {
                return false;
            };
            let of_daemon = head.starts_with("<2") || head.starts_with("<3");
            name == ident && pid.parse::<u32>().is_ok() && of_daemon && text.trim_end().contains(wanted)
        });
        assert!(found, "{ident} does not say `{wanted}`:\n{}", lines.join("\n"));
    };
    said("Keepalived", "Starting Keepalived v2.");
    said("Keepalived", "Starting VRRP child process, pid=");
    said("Keepalived_healthcheckers", "");
    said("Keepalived_bfd", "");
    said("Keepalived_vrrp", "(VI_1) Entering BACKUP STATE");
    said("Keepalived_vrrp", "(VI_1) Entering MASTER STATE");
    said("Keepalived_vrrp", "(VI_1) setting VIPs.");
    said("Keepalived_vrrp", "VRRP_Script(check) succeeded");
    said("Keepalived_vrrp", "Script `check` now returning 1");
    said("Keepalived_vrrp", "VRRP_Script(check) failed (exited with status 1)");
    said("Keepalived_vrrp", "(VI_1) Changing effective priority from 100 to 90");
    said("Keepalived_vrrp", "Netlink reports eth0 down");
    said("Keepalived_vrrp", "(VI_1) Entering FAULT STATE");
    said("Keepalived_vrrp", "(VI_1) removing VIPs.");
    said("Keepalived_vrrp", "(VI_1) sent 0 priority");
    said("Keepalived_vrrp", "Stopped");
    said("Keepalived", "Stopped Keepalived v2.");
}

/// What is said of the adverts of others.
fn adverts_of_others(lab: &Lab) {
    let (a, b) = (lab.node("a"), lab.node("x"));
    let log = a.keep_log();
    a.write(CONFIG, &Conf::v3(100).text());
    a.launch(&DAEMON);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    b.start(&Conf::v3(150).line("state MASTER").text());
    lab.expect_owner("x", VIP4).within(PATIENCE);
    let lines = log.expect("higher priority", PATIENCE);
    let wanted =
        format!("(VI_1) Master received advert from {} with higher priority 150, ours 100", b.ipv4());
    assert!(lines.iter().any(|line| line.contains(&wanted)), "no `{wanted}`:\n{}", lines.join("\n"));
    b.stop();
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// Several daemons on one host are told apart, and the facility is the one that is asked for.
fn instance_and_facility(lab: &Lab) {
    let a = lab.node("a");
    let log = a.keep_log();
    a.write(CONFIG, &format!("instance one\n{}", Conf::v3(100).text()));
    a.launch(&[&DAEMON[..], &["-S", "3"]].concat());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let lines = log.expect("Entering MASTER STATE", PATIENCE);
    let last = lines.iter().find(|line| line.contains("Entering MASTER STATE")).expect("it was there");
    // local3 is 19, and info is 6.
    assert!(last.starts_with("<158>") && last.contains(" Keepalived_vrrp_one["), "{last}");
}

/// A host without a log daemon is no reason not to run. Ours says on standard error what nobody else hears.
fn no_log_daemon(lab: &Lab) {
    let a = lab.node("a");
    a.keep_no_log();
    a.write(CONFIG, &Conf::v3(100).text());
    a.launch(&DAEMON);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let said = poll_until(secs(1), || a.log().contains("Entering MASTER STATE").then_some(()));
    assert_eq!(said.is_some(), a.program() == Program::Ours, "{}", a.log());
}

alone!(names_and_sentences, adverts_of_others, instance_and_facility, no_log_daemon);
