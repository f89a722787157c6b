//! The keywords about reloads, and the service manager.

use netns_tests::subject_alone;

use super::{CONFIG, Conf, Lab, PATIENCE, Reloader, Signal, Stamp, VIP4, millis, pause, poll_until, secs};

/// At the time in the file the configuration is read again, and the file is removed.
fn a_time_in_a_file(lab: &Lab) {
    let a = lab.node("a");
    let conf = |priority| Conf::v3(priority).global("reload_time_file /run/when");
    let daemon = Reloader::start(a, &conf(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.write(CONFIG, &conf(160).text());
    drop(daemon.manager.heard());
    let wanted = soon();
    // A time that is withdrawn does not count.
    a.write("/run/when", &wanted);
    a.remove_file("/run/when");
    pause(secs(4));
    assert!(!daemon.manager.heard().contains(&"RELOADING=1".into()), "reloaded at a time that was withdrawn");
    let from = Stamp::now();
    a.write("/run/when", &soon());
    daemon.manager.expect("RELOADING=1", PATIENCE);
    lab.expect_advert("a", from, "with priority 160", |advert| advert.priority == 160).within(PATIENCE);
    let gone = poll_until(secs(1), || (!a.has_file("/run/when")).then_some(()));
    assert!(gone.is_some(), "the file is still there");
}

/// The time of day in two to three seconds.
fn soon() -> String {
    netns_tests::command::run(&["date", "-u", "-d", "3 seconds", "+%Y-%m-%d %H:%M:%SZ"])
}

/// With `reload_repeat` a file without a date stays.
fn a_time_that_repeats(lab: &Lab) {
    let a = lab.node("a");
    let conf = Conf::v3(150).global("reload_time_file /run/when").global("reload_repeat");
    let time = netns_tests::command::run(&["date", "-u", "-d", "4 seconds", "+%H:%M:%SZ"]);
    a.write("/run/when", &time);
    let daemon = Reloader::start(a, &conf);
    daemon.manager.expect("RELOADING=1", PATIENCE);
    pause(secs(1));
    assert!(a.has_file("/run/when"), "the file is gone");
    assert!(!daemon.manager.heard().contains(&"RELOADING=1".into()), "reloaded twice");
}

/// `reload_file` is there while the configuration is read, and gone then; `config_save_dir` has every configuration.
fn marks_and_copies(lab: &Lab) {
    let a = lab.node("a");
    let conf =
        |priority| Conf::v3(priority).global("reload_file /run/reading").global("config_save_dir /run/saved");
    let daemon = Reloader::start(a, &conf(150));
    a.write("/run/reading", "not yet\n");
    daemon.reload(&conf(151));
    assert!(!a.has_file("/run/reading"), "it stays");
    daemon.reload(&conf(152).line("virtual_router_id"));
    let parent = a.family().0.pid;
    for number in 0..3 {
        let saved = a.read(&format!("/run/saved/keepalived.conf.{parent}.{number}"));
        assert!(saved.contains(&format!("priority {}", 150 + number)), "{number}: {saved}");
    }
    // The state of the one reload that took place, and not of the one that was refused.
    let child = a.read("/run/vrrp.pid").trim().to_owned();
    for (when, priority) in [("pre", "Priority = 150"), ("post", "Priority = 151")] {
        let path = format!("/run/saved/keepalived_vrrp.{child}.1.{when}");
        let saved = poll_until(PATIENCE, || Some(a.read(&path)).filter(|text| !text.is_empty()));
        let saved = saved.unwrap_or_else(|| panic!("no {path}: {}", a.log()));
        assert!(saved.contains(priority) && saved.contains("State = "), "{when}: {saved}");
    }
    assert!(!a.has_file(&format!("/run/saved/keepalived_vrrp.{child}.2.pre")));
}

/// All states are repeated on the pipe.
fn states_are_repeated(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/reader.sh", "exec cat \"$1\" >> /run/heard");
    let group = "vrrp_sync_group G {\n    group {\n        VI_1\n    }\n}";
    let conf = Conf::v3(150)
        .global("script_user root")
        .global("vrrp_notify_fifo /run/vrrp.fifo")
        .global("vrrp_notify_fifo_script /etc/keepalived/reader.sh")
        .global("fifo_write_vrrp_states_on_reload")
        .block(group);
    let daemon = Reloader::start(a, &conf);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.expect_lines("/run/heard", PATIENCE, "a mastership", |lines| lines.len() == 4);
    daemon.reload(&conf);
    let heard = a.expect_lines("/run/heard", PATIENCE, "the states", |lines| lines.len() == 6);
    assert_eq!(heard[4..], ["GROUP \"G\" MASTER 0", "INSTANCE \"VI_1\" MASTER 150"]);
}

/// The service manager sees a reload begin and end, what the instances are, and that the child lives.
fn the_manager_is_told(lab: &Lab) {
    let a = lab.node("a");
    a.watch_service(secs(1));
    let daemon = Reloader::start(a, &Conf::v3(150));
    daemon.manager.expect("STATUS=Running; 1 instance: 1 master", PATIENCE);
    daemon.ask(&Conf::v3(151));
    let lines = poll_until(PATIENCE, {
        let mut heard = Vec::new();
        move || {
            heard.extend(daemon.manager.heard());
            heard.iter().any(|line| line == "READY=1").then(|| heard.clone())
        }
    });
    let lines = lines.expect("the end of the reload");
    let place = |start: &str| lines.iter().position(|line| line.starts_with(start));
    assert!(place("RELOADING=1").is_some() && place("RELOADING=1") < place("READY=1"), "{lines:?}");
    let stamp = lines.iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
    assert!(stamp.and_then(|stamp| stamp.parse::<u64>().ok()).is_some_and(|stamp| stamp > 0), "{lines:?}");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// The watchdog is fed as long as the child answers.
fn the_watchdog_is_fed(lab: &Lab) {
    let a = lab.node("a");
    a.watch_service(millis(900));
    let daemon = Reloader::start(a, &Conf::v3(150));
    let fed = || daemon.manager.heard().iter().filter(|line| *line == "WATCHDOG=1").count();
    pause(secs(2));
    assert!(fed() >= 4, "it starves");
    let children = a.family().1;
    children.iter().for_each(|child| child.signal(Signal::SIGSTOP));
    pause(millis(600));
    let _ = fed();
    pause(secs(1));
    let while_stuck = fed();
    children.iter().for_each(|child| child.signal(Signal::SIGCONT));
    assert_eq!(while_stuck, 0, "it is fed while the child is stuck");
    assert!(a.log().contains("has not answered"), "{}", a.log());
    pause(secs(1));
    assert!(fed() >= 2, "it is not fed again");
    // Without anything for a child to do nobody has to answer.
    daemon.reload(&"global_defs {\n    router_id none\n}\n");
    pause(secs(1));
    assert!(fed() >= 2, "it is not fed without a child");
}

/// What a daemon that was killed has left is removed at a word, and nothing that is the host's own; a daemon that runs
/// keeps what it has.
fn leftovers_are_removed(lab: &Lab) {
    let a = lab.node("a");
    let own = std::net::Ipv4Addr::new(10, 77, 0, 109);
    let conf = Conf::v3(150);
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let release = || a.run(&["--release-leftovers", "-f", CONFIG]);
    let (status, said) = release();
    assert!(status == Some(1) && said.contains("a daemon runs"), "{status:?} {said}");
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.crash();
    a.ip(&["address", "add", &format!("{own}/24"), "dev", "eth0"]);
    a.write(CONFIG, &conf.address(&format!("{own}/24")).text());
    let from = Stamp::now();
    let (status, said) = release();
    assert!(status == Some(0) && said.contains("removed 10.77.0.100/24 on eth0"), "{status:?} {said}");
    lab.expect_loss("a", VIP4, from).within(PATIENCE);
    assert_eq!(super::moved(lab, "a", from), [format!("-{VIP4}")]);
    a.ip(&["address", "delete", &format!("{own}/24"), "dev", "eth0"]);
    assert_eq!(release(), (Some(0), String::new()));
}

subject_alone!(
    a_time_in_a_file,
    a_time_that_repeats,
    marks_and_copies,
    states_are_repeated,
    the_manager_is_told,
    the_watchdog_is_fed,
    leftovers_are_removed,
);
