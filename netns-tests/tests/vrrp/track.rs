//! Scripts and interfaces that lower a priority or end a mastership.

use netns_tests::prelude::*;
use netns_tests::{alone, matrix};

use crate::{LATE, PATIENCE, start_pair};

/// A file that the health script looks for.
const HEALTHY: &str = "/run/healthy";

fn healthy(node: &Node) {
    node.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    node.write(HEALTHY, "");
}

/// A script with a weight lowers the priority below the peer's, and gives it back.
fn script_with_weight_moves_the_address(lab: &Lab) {
    healthy(lab.node("a"));
    start_pair(lab, &Conf::v3(150).health_script("weight -60"), &Conf::v3(100));
    lab.expect_steady(VIP4, secs(2));

    let failed = Stamp::now();
    lab.node("a").remove_file(HEALTHY);
    lab.expect_advert("a", failed, "with priority 90", |advert| advert.priority == 90).within(PATIENCE);
    let taken = lab.expect_gain("b", VIP4, failed).within(PATIENCE);
    let better = lab.adverts("a", failed.minus(secs(2)), taken);
    let last_better = better.iter().rev().find(|(_, advert)| advert.priority == 150).map(|(at, _)| *at);
    let last_better = last_better.expect("an advert with the full priority");
    expect_elapsed("takeover", taken.since(last_better), master_down_v3(100, FAST), LATE);
    lab.expect_owner("b", VIP4).within(PATIENCE);

    healthy(lab.node("a"));
    lab.expect_owner("a", VIP4).within(PATIENCE);
    assert_eq!(lab.last_advert("a", Stamp::now()).1.priority, 150);
}

/// A script without a weight that fails is a fault: the addresses go, with priority 0.
fn script_without_weight_is_a_fault(lab: &Lab) {
    healthy(lab.node("a"));
    start_pair(lab, &Conf::v3(150).health_script("fall 2\n    rise 2"), &Conf::v3(100));
    let failed = Stamp::now();
    lab.node("a").remove_file(HEALTHY);
    let lost = lab.expect_loss("a", VIP4, failed).within(PATIENCE);
    assert!(lost.since(failed) > secs(1), "one failure was enough, two are asked for");
    lab.expect_advert("a", failed, "with priority 0", |advert| advert.priority == 0).within(PATIENCE);
    let taken = lab.expect_gain("b", VIP4, failed).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), skew_v3(100, FAST), LATE);
    lab.expect_silence("a", secs(1));
    let resigned = lab.adverts("a", failed, Stamp::now());
    let resigned = resigned.iter().filter(|(_, advert)| advert.priority == 0).count();
    let says_it_twice = usize::from(lab.node("a").program() == Program::Theirs);
    assert_eq!(resigned, 1 + says_it_twice, "adverts with priority 0");

    healthy(lab.node("a"));
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A script that hangs is ended, with all of its processes, and counts as failed.
fn script_that_hangs_is_ended(lab: &Lab) {
    let a = lab.node("a");
    a.write(HEALTHY, "");
    a.write_script(
        "/etc/keepalived/healthy.sh",
        "test -e /run/healthy && exit 0\nsleep 300 &\necho $$ $! >> /run/hung\nwait",
    );
    start_pair(lab, &Conf::v3(150).health_script("timeout 1"), &Conf::v3(100));
    a.remove_file(HEALTHY);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    let hung = a.expect_lines("/run/hung", PATIENCE, "a hung run", |lines| !lines.is_empty());
    let first: Vec<i32> =
        hung.first().into_iter().flat_map(|line| line.split(' ')).flat_map(str::parse).collect();
    assert_eq!(first.len(), 2, "{hung:?}");
    let gone = poll_until(secs(5), || {
        a.processes().iter().all(|process| !first.contains(&process.pid)).then_some(())
    });
    assert!(gone.is_some(), "{first:?} of the hung run are alive: {:?}", a.processes());
}

/// An interface with a weight lowers the priority when its cable is pulled.
fn interface_with_weight_moves_the_address(lab: &Lab) {
    let eth1 = lab.second_link("a");
    let track = "track_interface {\n    eth1 weight -60\n}";
    start_pair(lab, &Conf::v3(150).line(track), &Conf::v3(100));
    let pulled = Stamp::now();
    eth1.link().pull();
    lab.expect_advert("a", pulled, "with priority 90", |advert| advert.priority == 90).within(PATIENCE);
    lab.expect_owner("b", VIP4).within(PATIENCE);
    eth1.link().plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// An interface without a weight is a fault when its cable is pulled.
fn interface_without_weight_is_a_fault(lab: &Lab) {
    let eth1 = lab.second_link("a");
    start_pair(lab, &Conf::v3(150).line("track_interface {\n    eth1\n}"), &Conf::v3(100));
    let pulled = Stamp::now();
    eth1.link().pull();
    let lost = lab.expect_loss("a", VIP4, pulled).within(PATIENCE);
    lab.expect_advert("a", pulled, "with priority 0", |advert| advert.priority == 0).within(PATIENCE);
    let taken = lab.expect_gain("b", VIP4, pulled).within(PATIENCE);
    assert!(taken > lost, "both held the address");
    eth1.link().plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// A script that an instance tracks and its group, too, counts once. The C program's 2.2.7 never gets going.
fn script_of_instance_and_group(lab: &Lab) {
    let a = lab.node("a");
    healthy(a);
    let group = "vrrp_sync_group G1 {\n    group {\n        VI_1\n    }\n    track_script {\n        healthy\n    }\n}";
    a.start(&Conf::v3(150).health_script("").block(group).text());
    match a.program() {
        Program::Ours => {
            lab.expect_owner("a", VIP4).within(PATIENCE);
            a.remove_file(HEALTHY);
            lab.expect_nobody(VIP4).within(PATIENCE);
            healthy(a);
            lab.expect_owner("a", VIP4).within(PATIENCE);
        }
        Program::Theirs => {
            lab.expect_silence("a", secs(4));
            a.stop();
        }
    }
}

matrix!(
    script_with_weight_moves_the_address,
    script_without_weight_is_a_fault,
    script_that_hangs_is_ended,
    interface_with_weight_moves_the_address,
    interface_without_weight_is_a_fault,
);

alone!(script_of_instance_and_group);
