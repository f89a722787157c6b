//! Starts, elections and ends of a router.

use std::net::Ipv4Addr;

use netns_tests::prelude::*;
use netns_tests::stage::{Cue, Played, Stage, advertises, globals, instance, says};

use crate::{PATIENCE, transcripts};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 77, 1, 51);

fn conf(priority: u8, more: &str) -> String {
    [globals(""), instance("VI_1", 51, priority, more)].concat()
}

/// Another router with the same VRID, whose scripts nobody reads.
fn rival(priority: u8) -> String {
    let text = instance("RIVAL", 51, priority, "");
    text.split_inclusive('\n').filter(|line| !line.contains("notify")).collect()
}

fn master(priority: u8) -> [Cue; 2] {
    [says("VI_1", "MASTER", priority), advertises(51, priority)]
}

/// Starts the rival and waits until it is master.
fn rival_is_master(stage: &Stage<'_>, priority: u8) {
    stage.lab().node("b").start(&rival(priority));
    stage.lab().expect_owner("b", ADDRESS).within(PATIENCE);
}

/// Alone on the LAN, stopped, and started again.
fn starts_stops_and_starts(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, ""), &master(150))?;
    stage.stop();
    stage.start(&conf(150, ""), &master(150))?;
    stage.stop();
    Ok(())
}

/// Dies without a word, and is started again.
fn dies_and_starts(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, ""), &master(150))?;
    stage.event("the daemon is killed", || stage.a().crash(), &[])?;
    stage.start(&conf(150, ""), &master(150))
}

/// `state MASTER` is only a wish.
fn configured_as_master(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, "state MASTER"), &master(150))
}

/// The owner of the address is master at once.
fn owner(stage: &Stage<'_>) -> Played {
    stage.start(&conf(255, "state MASTER"), &master(255))?;
    stage.stop();
    Ok(())
}

/// Stopped as backup.
fn stops_as_backup(stage: &Stage<'_>) -> Played {
    rival_is_master(stage, 200);
    stage.start(&conf(150, ""), &[says("VI_1", "BACKUP", 150)])?;
    stage.stop();
    Ok(())
}

/// Stopped in fault.
fn stops_in_fault(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, ""), &master(150))?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[says("VI_1", "FAULT", 150)])?;
    stage.stop();
    Ok(())
}

/// Backup of a better master, which stops, comes back and dies.
fn backup_of_a_better_master(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    rival_is_master(stage, 200);
    stage.start(&conf(150, ""), &[says("VI_1", "BACKUP", 150)])?;
    stage.event("the master stops", || b.stop(), &master(150))?;
    stage.event("it comes back", || b.restart(), &[says("VI_1", "BACKUP", 150)])?;
    stage.event("it dies", || b.crash(), &master(150))
}

/// A worse master gives way.
fn takes_the_place_of_a_worse_master(stage: &Stage<'_>) -> Played {
    rival_is_master(stage, 100);
    stage.start(&conf(150, ""), &master(150))
}

/// With `nopreempt` a worse master keeps its place until it goes.
fn leaves_a_worse_master_its_place(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    rival_is_master(stage, 100);
    stage.start(&conf(150, "state BACKUP\n    nopreempt"), &[says("VI_1", "BACKUP", 150)])?;
    let waits = || stage.lab().expect_steady(ADDRESS, secs(2));
    stage.event("two seconds pass", waits, &[])?;
    stage.event("the master stops", || b.stop(), &master(150))?;
    stage.event("it comes back", || b.restart(), &[])
}

/// With `preempt_delay` a worse master keeps its place for a while.
fn takes_its_time(stage: &Stage<'_>) -> Played {
    rival_is_master(stage, 100);
    stage.start(&conf(150, "state BACKUP\n    preempt_delay 3"), &[says("VI_1", "BACKUP", 150)])?;
    stage.event("the delay passes", || {}, &master(150))
}

/// A master hears a worse router.
fn hears_a_worse_router(stage: &Stage<'_>) -> Played {
    let heard = "notify_master_rx_lower_pri \"/etc/keepalived/record.sh VI_1 notify_master_rx_lower_pri\"";
    stage.start(&conf(150, heard), &master(150))?;
    let worse = Forged { addresses: vec![ADDRESS], interval: [0, 30], ..Forged::v3(50) };
    let send = || stage.lab().node("b").send(&worse);
    stage.event("a worse router is heard", send, &[says("VI_1", "MASTER_RX_LOWER_PRI", 150)])?;
    stage.event("and again", send, &[says("VI_1", "MASTER_RX_LOWER_PRI", 150)])
}

/// Changes of the priority are told on request, as master and as backup.
fn priority_changes(stage: &Stage<'_>) -> Played {
    let (a, b) = (stage.a(), stage.lab().node("b"));
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    a.write("/run/healthy", "");
    let script =
        "vrrp_script healthy {\n    script /etc/keepalived/healthy.sh\n    interval 1\n    weight -20\n}\n";
    let track = "track_script {\n        healthy\n    }";
    let global = globals("vrrp_notify_priority_changes true");
    let text = [global, script.to_owned(), instance("VI_1", 51, 150, track)].concat();
    stage.start(&text, &master(150))?;
    let lower = [says("VI_1", "MASTER_PRIORITY", 130), advertises(51, 130)];
    stage.event("the script fails", || a.remove_file("/run/healthy"), &lower)?;
    let higher = [says("VI_1", "MASTER_PRIORITY", 150), advertises(51, 150)];
    stage.event("the script succeeds", || a.write("/run/healthy", ""), &higher)?;
    stage.event("a better router comes", || b.start(&rival(200)), &[says("VI_1", "BACKUP", 150)])?;
    let lower = [says("VI_1", "BACKUP_PRIORITY", 130)];
    stage.event("the script fails as backup", || a.remove_file("/run/healthy"), &lower)?;
    let higher = [says("VI_1", "BACKUP_PRIORITY", 150)];
    stage.event("the script succeeds as backup", || a.write("/run/healthy", ""), &higher)
}

/// Two instances that have nothing to do with each other.
fn two_instances(stage: &Stage<'_>) -> Played {
    let text = [conf(150, ""), instance("VI_2", 52, 50, "")].concat();
    stage.start(&text, &[says("VI_2", "MASTER", 50), advertises(51, 150), advertises(52, 50)])?;
    let b = stage.lab().node("b");
    stage.event("a better router for one", || b.start(&rival(200)), &[says("VI_1", "BACKUP", 150)])?;
    let cable = stage.lab().link("a");
    let both = [says("VI_1", "FAULT", 150), says("VI_2", "FAULT", 50)];
    stage.event("eth0 loses its carrier", || cable.pull(), &both)?;
    let back = [says("VI_1", "BACKUP", 150), says("VI_2", "MASTER", 50)];
    stage.event("eth0 has a carrier", || cable.plug(), &back)
}

/// Arguments reach the scripts as they are written: quoted, escaped, with whatever means something to a shell.
fn arguments_of_scripts(stage: &Stage<'_>) -> Played {
    let record = "/etc/keepalived/record.sh VI_1";
    let hooks = [
        ("notify_master", "'two words' $HOME `id` ; | & * end"),
        ("notify_backup", "'a \\\"b\\\" c' tab\\there x\\\\ty 'q\\\\ty' \\x41\\101 sp\\ ace"),
        ("notify", "'' last"),
    ];
    let hooks =
        hooks.map(|(keyword, words)| format!("{keyword} \"{record} {keyword} {words}\"\n    ")).concat();
    let text: String = conf(150, &hooks)
        .split_inclusive('\n')
        .filter(|line| {
            let replaced = ["notify_master", "notify_backup", "notify "].map(|word| format!("    {word}"));
            let keyword = replaced.iter().any(|word| line.starts_with(word.as_str()));
            !keyword || line.contains("end") || line.contains("tab") || line.contains("last")
        })
        .collect();
    stage.start(&text, &master(150))
}

/// With `dont_track_primary` the carrier of its own interface does not matter.
fn own_carrier_does_not_matter(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, "dont_track_primary"), &master(150))?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[])?;
    stage.event("eth0 has a carrier", || cable.plug(), &[advertises(51, 150)])
}

/// An interface that only a virtual address needs is tracked, too.
fn interface_of_an_address(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    let text = conf(150, "")
        .replace("        10.77.1.51/24\n", "        10.77.1.51/24\n        10.78.1.51/24 dev eth1\n");
    stage.start(&text, &master(150))?;
    stage.event("eth1 loses its carrier", || eth1.link().pull(), &[says("VI_1", "FAULT", 150)])?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), &master(150))
}

/// The interface is deleted, and made anew.
fn interface_goes_and_comes(stage: &Stage<'_>) -> Played {
    stage.start(&conf(150, ""), &master(150))?;
    let delete = || stage.a().ip(&["link", "delete", "dev", "eth0"]);
    stage.event("eth0 is deleted", delete, &[says("VI_1", "FAULT", 150)])?;
    stage.event("eth0 is made anew", || stage.lab().rewire("a"), &master(150))
}

/// The interface has no address when the daemon starts.
fn no_address_at_the_start(stage: &Stage<'_>) -> Played {
    let own = format!("{}/24", stage.a().ipv4());
    let change = |word: &str| stage.a().ip(&["address", word, &own, "dev", "eth0"]);
    change("delete");
    stage.start(&conf(150, ""), &[says("VI_1", "FAULT", 150)])?;
    stage.event("it gets one", || change("add"), &master(150))
}

transcripts!(
    starts_stops_and_starts,
    dies_and_starts,
    configured_as_master,
    owner,
    stops_as_backup,
    stops_in_fault,
    backup_of_a_better_master,
    takes_the_place_of_a_worse_master,
    leaves_a_worse_master_its_place,
    takes_its_time,
    hears_a_worse_router,
    priority_changes,
    two_instances,
    arguments_of_scripts,
    own_carrier_does_not_matter,
    interface_of_an_address,
    interface_goes_and_comes,
    no_address_at_the_start,
);
