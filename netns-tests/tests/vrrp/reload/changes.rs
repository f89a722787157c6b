//! Changes of what an instance is.

use netns_tests::{alone, matrix};

use super::{
    CONFIG, Conf, FAST, Ipv4Addr, Lab, MORE, PATIENCE, Program, Reloader, Stamp, VIP4, announced,
    expect_interval, millis, moved, other, pause, secs,
};
use crate::{LATE, start_pair};

/// What a master does at a reload of the same file: nothing but its regular adverts. The C program sends one more.
fn the_same_file(lab: &Lab) {
    let conf = Conf::v3(150).line("notify \"/etc/keepalived/note.sh\"").global("script_user root");
    let a = lab.node("a");
    a.write_script("/etc/keepalived/note.sh", "echo \"$*\" >> /run/noted");
    let daemon = Reloader::start(a, &conf);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let told = a.expect_lines("/run/noted", PATIENCE, "a mastership", |lines| lines.len() == 2);
    pause(secs(1));
    let from = Stamp::now();
    for _ in 0..3 {
        daemon.reload(&conf);
        pause(millis(500));
    }
    assert_eq!(moved(lab, "a", from), [""; 0]);
    assert_eq!(a.read("/run/noted").lines().collect::<Vec<_>>(), told, "nothing changed, and hooks were run");
    let adverts = lab.adverts("a", from, Stamp::now());
    if a.program() == Program::Ours {
        assert_eq!(announced(lab, "a", VIP4, from), 0);
        for pair in adverts.windows(2) {
            expect_interval(pair[1].0.since(pair[0].0), FAST, LATE);
        }
    }
}

/// A backup stays one at a reload, and hears the master all the time.
fn a_backup_stays_one(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    let b = lab.node("b");
    b.expect_listening(PATIENCE);
    for _ in 0..3 {
        b.signal(nix::sys::signal::Signal::SIGHUP);
        lab.expect_steady(VIP4, millis(900));
    }
    assert!(lab.adverts("b", lab.began(), Stamp::now()).is_empty(), "the backup advertised");
    let death = lab.node("a").crash();
    lab.expect_gain("b", VIP4, death).within(PATIENCE);
}

/// A master whose priority sinks below that of the backup advertises it, and is replaced; and the other way round.
fn another_priority(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("b").expect_listening(PATIENCE);
    let a = lab.node("a");
    let reload = |priority| {
        a.write(CONFIG, &Conf::v3(priority).text());
        a.signal(nix::sys::signal::Signal::SIGHUP)
    };
    let asked = reload(50);
    lab.expect_gain("b", VIP4, asked).within(PATIENCE);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    let asked = reload(200);
    lab.expect_gain("a", VIP4, asked).within(PATIENCE);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_advert("a", asked, "with priority 200", |advert| advert.priority == 200).within(PATIENCE);
}

/// Another interval counts from the next advert on, and the backup, told by that advert, does not take over.
fn another_interval(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100));
    lab.node("b").expect_listening(PATIENCE);
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(150).line("advert_int 0.5").text());
    let asked = a.signal(nix::sys::signal::Signal::SIGHUP);
    let half = |advert: &netns_tests::packet::Advert| advert.interval == millis(500);
    let (changed, _) = lab.expect_advert("a", asked, "with the new interval", half).within(PATIENCE);
    lab.expect_steady(VIP4, secs(2));
    assert_eq!(moved(lab, "a", asked), [""; 0]);
    let adverts = lab.adverts("a", changed, Stamp::now());
    assert!(adverts.iter().all(|(_, advert)| half(advert)), "{adverts:?}");
    if a.program() == Program::Ours {
        for pair in adverts.windows(2) {
            expect_interval(pair[1].0.since(pair[0].0), millis(500), LATE);
        }
    }
}

/// An address that is new comes and is announced, one that is gone leaves, and the others are not touched.
fn other_addresses(lab: &Lab) {
    let a = lab.node("a");
    let conf = |addresses: &[Ipv4Addr]| {
        addresses.iter().fold(Conf::v3(150).without_addresses(), |conf, ip| conf.address(&format!("{ip}/24")))
    };
    let daemon = Reloader::start(a, &conf(&[VIP4]));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    pause(secs(1));
    let asked = daemon.reload(&conf(&[VIP4, MORE]));
    lab.expect_gain("a", MORE, asked).within(PATIENCE);
    lab.expect_announcements("a", MORE, asked, 1).within(PATIENCE);
    assert_eq!(moved(lab, "a", asked), [format!("+{MORE}")]);
    if a.program() == Program::Ours {
        assert_eq!(announced(lab, "a", VIP4, asked), 0);
    }
    let both = |advert: &netns_tests::packet::Advert| advert.addresses.len() == 2;
    lab.expect_advert("a", asked, "with both addresses", both).within(PATIENCE);
    let asked = daemon.reload(&conf(&[MORE]));
    lab.expect_loss("a", VIP4, asked).within(PATIENCE);
    pause(millis(500));
    assert_eq!(moved(lab, "a", asked), [format!("-{VIP4}")]);
}

/// An address that goes from one master to another one stays where it is. The C program loses it: it needs two
/// reloads.
fn an_address_goes_to_another_instance(lab: &Lab) {
    let a = lab.node("a");
    let far = Ipv4Addr::new(10, 77, 0, 102);
    let before = Conf::v3(150).address(&format!("{MORE}/24")).block(&other("VI_2", 77, &[far], ""));
    let after = Conf::v3(150).block(&other("VI_2", 77, &[far, MORE], ""));
    let daemon = Reloader::start(a, &before);
    for ip in [VIP4, MORE, far] {
        lab.expect_owner("a", ip).within(PATIENCE);
    }
    pause(secs(1));
    let asked = daemon.reload(&after);
    pause(secs(1));
    match a.program() {
        Program::Ours => {
            assert_eq!(moved(lab, "a", asked), [""; 0]);
            lab.expect_owner("a", MORE).within(PATIENCE);
            // It belongs to the other one now: without that one it goes, without the first one it stays.
            let asked = daemon.reload(&Conf::v3(150));
            lab.expect_loss("a", MORE, asked).within(PATIENCE);
            lab.expect_owner("a", VIP4).within(PATIENCE);
        }
        Program::Theirs => {
            assert!(moved(lab, "a", asked).contains(&format!("-{MORE}")), "the C program keeps it now");
        }
    }
}

/// Another name is the same router; hooks run with the new name from then on.
fn another_name(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/note.sh", "echo \"$1 $2 $3\" >> /run/noted");
    let conf = Conf::v3(150).line("notify \"/etc/keepalived/note.sh\"").global("script_user root");
    let daemon = Reloader::start(a, &conf);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.expect_lines("/run/noted", PATIENCE, "a mastership", |lines| lines.len() == 2);
    let asked = daemon.reload(&conf.text().replace("VI_1", "RENAMED"));
    pause(millis(500));
    assert_eq!(moved(lab, "a", asked), [""; 0]);
    assert_eq!(a.read("/run/noted").lines().count(), 2, "a name is no state");
    a.stop();
    let noted = a.expect_lines("/run/noted", PATIENCE, "the end", |lines| lines.len() >= 3);
    assert_eq!(noted[2], "INSTANCE RENAMED STOP");
}

/// Another interface is another LAN: the instance leaves the one with priority 0 and begins anew on the other.
fn another_interface(lab: &Lab) {
    let a = lab.node("a");
    let _eth1 = lab.second_link("a");
    a.ip(&["address", "add", "10.88.0.1/24", "dev", "eth1"]);
    let daemon = Reloader::start(a, &Conf::v3(150));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let asked = daemon.reload(&Conf::v3(150).line("interface eth1"));
    lab.expect_advert("a", asked, "with priority 0", |advert| advert.priority == 0).within(PATIENCE);
    lab.expect_loss("a", VIP4, asked).within(PATIENCE);
    let back = lab.expect_gain("a", VIP4, asked).within(PATIENCE);
    let held = lab.expect_address("a", VIP4).within(PATIENCE);
    assert_eq!(held.interface, "eth1");
    assert!(
        back.since(asked) >= netns_tests::theory::master_down_v3(150, FAST) - LATE,
        "it has not listened"
    );
    let later = lab.adverts("a", back, Stamp::now());
    assert!(later.is_empty(), "it still advertises on eth0: {later:?}");
    a.stop();
    a.ip(&["address", "delete", "10.88.0.1/24", "dev", "eth1"]);
}

/// A script that is new and fails is a fault; without it the instance comes back.
fn another_script(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/fine.sh", "exit 0");
    a.write_script("/etc/keepalived/bad.sh", "exit 1");
    let conf = |script: &str| {
        Conf::v3(150)
            .global("script_user root")
            .block(&format!(
                "vrrp_script s {{\n    script \"/etc/keepalived/{script}.sh\"\n    interval 1\n}}"
            ))
            .line("track_script {\n    s\n}")
    };
    let daemon = Reloader::start(a, &conf("fine"));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let asked = daemon.reload(&conf("fine").line("priority 160"));
    pause(secs(2));
    assert_eq!(moved(lab, "a", asked), [""; 0], "a script that goes on was forgotten");
    let asked = daemon.reload(&conf("bad"));
    lab.expect_loss("a", VIP4, asked).within(PATIENCE);
    let asked = daemon.reload(&Conf::v3(150));
    lab.expect_gain("a", VIP4, asked).within(PATIENCE);
}

/// Hooks that are new do not run for what has been, and do for what comes.
fn other_hooks(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/old.sh", "echo \"$3\" >> /run/old");
    a.write_script("/etc/keepalived/new.sh", "echo \"$3\" >> /run/new");
    let conf = |hook: &str| {
        Conf::v3(150).global("script_user root").line(&format!("notify \"/etc/keepalived/{hook}.sh\""))
    };
    let daemon = Reloader::start(a, &conf("old"));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.expect_lines("/run/old", PATIENCE, "a mastership", |lines| lines == ["BACKUP", "MASTER"]);
    daemon.reload(&conf("new"));
    pause(secs(1));
    assert!(!a.has_file("/run/new"), "the new hook was told of the old state");
    lab.link("a").pull();
    a.expect_lines("/run/new", PATIENCE, "a fault", |lines| lines == ["FAULT"]);
    assert_eq!(a.read("/run/old"), "BACKUP\nMASTER\n");
    lab.link("a").plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A master that joins a group with a member in fault is in fault with it; out of the group it comes back.
fn another_membership(lab: &Lab) {
    let a = lab.node("a");
    let _eth1 = lab.second_link("a");
    a.ip(&["address", "add", "10.88.0.1/24", "dev", "eth1"]);
    a.ip(&["link", "set", "dev", "eth1", "down"]);
    let ill = other("VI_2", 77, &[Ipv4Addr::new(10, 88, 0, 100)], "").replace("eth0", "eth1");
    let group = "vrrp_sync_group G {\n    group {\n        VI_1\n        VI_2\n    }\n}";
    let apart = Conf::v3(150).block(&ill);
    let daemon = Reloader::start(a, &apart);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let asked = daemon.reload(&Conf::v3(150).block(group).block(&ill));
    lab.expect_loss("a", VIP4, asked).within(PATIENCE);
    lab.expect_silence("a", secs(1));
    let asked = daemon.reload(&apart);
    lab.expect_gain("a", VIP4, asked).within(PATIENCE);
    a.stop();
    a.ip(&["address", "delete", "10.88.0.1/24", "dev", "eth1"]);
}

alone!(
    the_same_file,
    other_addresses,
    an_address_goes_to_another_instance,
    another_name,
    another_interface,
    another_script,
    other_hooks,
    another_membership,
);
matrix!(a_backup_stays_one, another_priority, another_interval);
