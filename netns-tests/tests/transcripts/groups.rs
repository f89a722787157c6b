//! Sync groups.

use netns_tests::stage::{
    Cue, Played, Stage, advertises, globals, group, group_says, instance, instance_on, says,
};
use netns_tests::transcript::Transcript;

use crate::transcripts;

/// Two members on eth0. The second one's timer ends last, so that it is the one that pulls the other.
fn two_members(of_group: &str, of_members: &str) -> String {
    let members = [instance("VI_1", 51, 150, of_members), instance("VI_2", 52, 100, of_members)].concat();
    [globals(""), group("G1", &["VI_1", "VI_2"], of_group), members].concat()
}

/// A router of its own on node b, in no group.
fn rival(vrid: u8, priority: u8) -> String {
    instance("RIVAL", vrid, priority, "").lines().filter(|line| !line.contains("notify")).fold(
        String::new(),
        |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        },
    )
}

fn together() -> [Cue; 3] {
    [group_says("G1", "MASTER"), advertises(51, 150), advertises(52, 100)]
}

/// Two members, each of which would be master alone.
fn starts_and_stops(stage: &Stage<'_>) -> Played {
    stage.start(&two_members("", ""), &together())?;
    stage.stop();
    Ok(())
}

/// A better router for one member takes the whole group's place, and goes.
fn better_router_for_one_member(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    stage.start(&two_members("", ""), &together())?;
    stage.event("a better router comes", || b.start(&rival(52, 200)), &[group_says("G1", "BACKUP")])?;
    stage.event("it goes", || b.stop(), &together())
}

/// Better routers for both members take the group's place, and die.
fn better_routers_for_both_members(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    let both = [rival(51, 200), rival(52, 210).replace("RIVAL", "RIVAL_2")].concat();
    stage.start(&two_members("", ""), &together())?;
    stage.event("better routers come", || b.start(&both), &[group_says("G1", "BACKUP")])?;
    stage.event("they die", || b.crash(), &together())
}

/// The group takes the place of worse routers that are masters when it starts.
fn takes_the_place_of_worse_routers(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    let both = [rival(51, 50), rival(52, 60).replace("RIVAL", "RIVAL_2")].concat();
    b.start(&both);
    stage.lab().expect_owner("b", std::net::Ipv4Addr::new(10, 77, 1, 51)).within(crate::PATIENCE);
    stage.lab().expect_owner("b", std::net::Ipv4Addr::new(10, 77, 1, 52)).within(crate::PATIENCE);
    stage.start(&two_members("", ""), &together())
}

/// The interface of one member has a fault, and recovers.
fn interface_of_a_member(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    stage.a().ip(&["address", "add", "10.78.0.1/24", "dev", "eth1"]);
    let members = [instance("VI_1", 51, 150, ""), instance_on("eth1", "VI_2", 52, 100, "")].concat();
    let text = [globals(""), group("G1", &["VI_1", "VI_2"], ""), members].concat();
    let master = [group_says("G1", "MASTER"), advertises(51, 150)];
    stage.start(&text, &master)?;
    stage.event("eth1 loses its carrier", || eth1.link().pull(), &[group_says("G1", "FAULT")])?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), &master)?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[group_says("G1", "FAULT")])?;
    stage.event("eth1 loses its carrier, too", || eth1.link().pull(), &[])?;
    stage.event("eth0 has a carrier", || cable.plug(), &[])?;
    stage.event("eth1 has a carrier again", || eth1.link().plug(), &master)
}

/// One member has no carrier when the daemon starts.
fn member_without_carrier_at_the_start(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    stage.a().ip(&["address", "add", "10.78.0.1/24", "dev", "eth1"]);
    eth1.link().pull();
    let members = [instance("VI_1", 51, 150, ""), instance_on("eth1", "VI_2", 52, 100, "")].concat();
    let text = [globals(""), group("G1", &["VI_1", "VI_2"], ""), members].concat();
    stage.start(&text, &[group_says("G1", "FAULT")])?;
    stage.event(
        "eth1 has a carrier",
        || eth1.link().plug(),
        &[group_says("G1", "MASTER"), advertises(51, 150)],
    )
}

const CHECK: &str = "vrrp_script healthy {\n    script /etc/keepalived/healthy.sh\n    interval 1\n}\n";

/// As [`good_bad_good`], where the group stays master.
fn weights(stage: &Stage<'_>, conf: &str, lower: &[Cue]) -> Played {
    let a = stage.a();
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    a.write("/run/healthy", "");
    let text = conf.replacen("vrrp_sync_group", &format!("{CHECK}vrrp_sync_group"), 1);
    stage.start(&text, &together())?;
    stage.event("the script fails", || a.remove_file("/run/healthy"), lower)?;
    let full = [advertises(51, 150), advertises(52, 100)];
    stage.event("the script succeeds", || a.write("/run/healthy", ""), &full)
}

/// The script succeeds, fails and succeeds.
fn good_bad_good(stage: &Stage<'_>, conf: &str, good: &[Cue], bad: &[Cue]) -> Played {
    let a = stage.a();
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    a.write("/run/healthy", "");
    let text = conf.replacen("vrrp_sync_group", &format!("{CHECK}vrrp_sync_group"), 1);
    stage.start(&text, good)?;
    stage.event("the script fails", || a.remove_file("/run/healthy"), bad)?;
    stage.event("the script succeeds", || a.write("/run/healthy", ""), good)
}

/// A script of the group without a weight.
fn script_of_the_group(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy\n    }";
    good_bad_good(stage, &two_members(track, ""), &together(), &[group_says("G1", "FAULT")])
}

/// A script of the group with a weight counts for every member.
fn weighted_script_of_the_group(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy weight -20\n    }";
    let lower = [advertises(51, 130), advertises(52, 80)];
    weights(stage, &two_members(track, ""), &lower)
}

/// A script of one member without a weight faults the group.
fn script_of_a_member(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy\n    }";
    let members = [instance("VI_1", 51, 150, track), instance("VI_2", 52, 100, "")].concat();
    let text = [globals(""), group("G1", &["VI_1", "VI_2"], ""), members].concat();
    good_bad_good(stage, &text, &together(), &[group_says("G1", "FAULT")])
}

/// `sync_group_tracking_weight` lets the weights of members count.
fn weighted_script_of_a_member(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy weight -20\n    }";
    let members = [instance("VI_1", 51, 150, track), instance("VI_2", 52, 100, "")].concat();
    let of_group = group("G1", &["VI_1", "VI_2"], "sync_group_tracking_weight");
    weights(stage, &[globals(""), of_group, members].concat(), &[advertises(51, 130)])
}

/// Priority changes of members are told, those of groups are not.
fn priority_changes_of_members(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy weight 20\n    }";
    let text =
        two_members(track, "").replace("script_user", "vrrp_notify_priority_changes true\n    script_user");
    let good = [says("VI_2", "MASTER_PRIORITY", 120), advertises(51, 170), advertises(52, 120)];
    let a = stage.a();
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    let text = text.replacen("vrrp_sync_group", &format!("{CHECK}vrrp_sync_group"), 1);
    stage.start(&text, &together())?;
    stage.event("the script succeeds", || a.write("/run/healthy", ""), &good)?;
    stage.event(
        "the script fails",
        || a.remove_file("/run/healthy"),
        &[advertises(51, 150), advertises(52, 100)],
    )
}

/// A script of the group fails when the daemon starts.
fn failing_script_at_the_start(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    let text = two_members("track_script {\n        healthy\n    }", "");
    let text = text.replacen("vrrp_sync_group", &format!("{CHECK}vrrp_sync_group"), 1);
    stage.start(&text, &[group_says("G1", "FAULT")])?;
    stage.event("the script succeeds", || a.write("/run/healthy", ""), &together())
}

/// Ours tells of a group when all of its members have been told, here as ever. The C program tells of it between
/// them.
fn group_comes_last(theirs: &mut Transcript) {
    let group = theirs.fifo.iter().position(|line| line.starts_with("GROUP \"G1\" FAULT"));
    if let Some(place) = group {
        theirs.fifo.swap(place, place + 1);
    }
}

/// A group with one member.
fn one_member(stage: &Stage<'_>) -> Played {
    let text = [globals(""), group("G1", &["VI_1"], ""), instance("VI_1", 51, 150, "")].concat();
    let master = [group_says("G1", "MASTER"), advertises(51, 150)];
    stage.start(&text, &master)?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[group_says("G1", "FAULT")])?;
    stage.event("eth0 has a carrier", || cable.plug(), &master)
}

/// A third instance beside the group goes its own way.
fn instance_beside_the_group(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    let text = [two_members("", ""), instance("VI_3", 53, 120, "")].concat();
    stage.start(&text, &[together().as_slice(), &[advertises(53, 120)]].concat())?;
    let better = [group_says("G1", "BACKUP")];
    stage.event("a better router for a member", || b.start(&rival(51, 200)), &better)?;
    stage.event("it goes", || b.stop(), &together())?;
    let better = [says("VI_3", "BACKUP", 120)];
    stage.event("a better router for the other", || b.start(&rival(53, 200)), &better)
}

/// Two groups of two: a fault in one leaves the other alone.
fn two_groups(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    stage.a().ip(&["address", "add", "10.78.0.1/24", "dev", "eth1"]);
    let of = |interface, name, vrid, priority| instance_on(interface, name, vrid, priority, "");
    let first = [of("eth0", "VI_1", 51, 150), of("eth1", "VI_2", 52, 100)].concat();
    let second = [of("eth0", "VI_3", 53, 150), of("eth0", "VI_4", 54, 100)].concat();
    let groups = [group("G1", &["VI_1", "VI_2"], ""), group("G2", &["VI_3", "VI_4"], "")].concat();
    let master = [group_says("G1", "MASTER"), advertises(51, 150)];
    // Both groups become master at the same moment, in either order, so they start one after the other.
    let slow = second.replace("advert_int 0.3", "advert_int 0.8");
    let all = [master.as_slice(), &[group_says("G2", "MASTER"), advertises(54, 100)]].concat();
    stage.start(&[globals(""), groups, first, slow].concat(), &all)?;
    stage.event("eth1 loses its carrier", || eth1.link().pull(), &[group_says("G1", "FAULT")])?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), &master)
}

/// A group of owners is master at once.
fn owners(stage: &Stage<'_>) -> Played {
    let owner = |name, vrid| instance(name, vrid, 255, "state MASTER");
    let members = [owner("VI_1", 51), owner("VI_2", 52)].concat();
    let text = [globals(""), group("G1", &["VI_1", "VI_2"], ""), members].concat();
    stage.start(&text, &[advertises(51, 255), advertises(52, 255)])
}

/// Ours tells of a group that starts as master, too.
fn group_is_told(theirs: &mut Transcript) {
    let last = theirs.fifo.iter().rposition(|line| line.starts_with("INSTANCE") && line.contains("MASTER"));
    theirs.fifo.insert(last.map_or(0, |place| place + 1), "GROUP \"G1\" MASTER 0".to_owned());
    let calls = ["notify_master", "notify|GROUP|G1|MASTER|0"].map(str::to_owned);
    theirs.calls.entry("G1".to_owned()).or_default().splice(1..1, calls);
}

/// An interface of the group without a weight.
fn interface_of_the_group(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    let track = "track_interface {\n        eth1\n    }";
    stage.start(&two_members(track, ""), &together())?;
    stage.event("eth1 loses its carrier", || eth1.link().pull(), &[group_says("G1", "FAULT")])?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), &together())
}

/// An interface of the group with a weight.
fn weighted_interface_of_the_group(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    let track = "track_interface {\n        eth1 weight -20\n    }";
    stage.start(&two_members(track, ""), &together())?;
    let lower = [advertises(51, 130), advertises(52, 80)];
    stage.event("eth1 loses its carrier", || eth1.link().pull(), &lower)?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), &[advertises(51, 150), advertises(52, 100)])
}

/// A file of the group: a fault without a weight, an addition with one.
fn file_of_the_group(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    let conf = |weight: &str| {
        let file = "track_file load {\n    file /run/load\n}\nvrrp_sync_group";
        let track = format!("track_file {{\n        load weight {weight}\n    }}");
        two_members(&track, "").replacen("vrrp_sync_group", file, 1)
    };
    a.write("/run/load", "0");
    stage.start(&conf("0"), &together())?;
    stage.event("the file has 1", || a.write("/run/load", "1"), &[group_says("G1", "FAULT")])?;
    stage.event("the file has 0", || a.write("/run/load", "0"), &together())?;
    stage.stop();
    stage.start(&conf("2"), &together())?;
    let higher = [advertises(51, 170), advertises(52, 120)];
    stage.event("the file has 10", || a.write("/run/load", "10"), &higher)?;
    let back = [advertises(51, 150), advertises(52, 100)];
    stage.event("the file is removed", || a.remove_file("/run/load"), &back)
}

/// A member with `nopreempt` whose place is taken.
fn member_that_does_not_preempt(stage: &Stage<'_>) -> Played {
    let b = stage.lab().node("b");
    b.start(&rival(52, 50));
    stage.lab().expect_owner("b", std::net::Ipv4Addr::new(10, 77, 1, 52)).within(crate::PATIENCE);
    let text = two_members("", "state BACKUP\n    nopreempt");
    stage.start(&text, &[says("VI_2", "BACKUP", 100)])?;
    let steady = || {
        stage.lab().expect_steady(std::net::Ipv4Addr::new(10, 77, 1, 52), std::time::Duration::from_secs(3));
    };
    stage.event("three seconds pass", steady, &[])?;
    stage.event("the other router stops", || b.stop(), &together())
}

/// Stopped while the group is in fault.
fn stops_in_fault(stage: &Stage<'_>) -> Played {
    stage.start(&two_members("", ""), &together())?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[group_says("G1", "FAULT")])?;
    stage.stop();
    Ok(())
}

transcripts!(
    starts_and_stops,
    better_router_for_one_member,
    better_routers_for_both_members,
    takes_the_place_of_worse_routers,
    interface_of_a_member,
    member_without_carrier_at_the_start,
    script_of_the_group,
    weighted_script_of_the_group,
    script_of_a_member,
    weighted_script_of_a_member,
    priority_changes_of_members,
    failing_script_at_the_start otherwise group_comes_last,
    one_member,
    instance_beside_the_group,
    two_groups,
    owners otherwise group_is_told,
    interface_of_the_group,
    weighted_interface_of_the_group,
    file_of_the_group,
    member_that_does_not_preempt,
    stops_in_fault,
);
