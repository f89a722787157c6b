//! Who becomes master, and when.

use netns_tests::matrix;
use netns_tests::prelude::*;

use crate::{LATE, PATIENCE, START, start_pair};

/// Makes `b` master before `a` appears.
fn start_behind(lab: &Lab, a: &Conf, b: &Conf) -> Stamp {
    lab.node("b").start(&b.text());
    lab.expect_owner("b", VIP4).within(PATIENCE);
    lab.node("a").start(&a.text())
}

/// A better router ignores the adverts of the worse master and takes over one master down interval after
/// its own start. The loser goes without priority 0.
fn better_router_preempts(lab: &Lab) {
    let start = start_behind(lab, &Conf::v3(150), &Conf::v3(100));
    let taken = lab.expect_gain("a", VIP4, start).within(PATIENCE);
    expect_elapsed("preemption", taken.since(start), master_down_v3(150, FAST), START);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.expect_silence("b", secs(1));
    let last = lab.last_advert("b", Stamp::now()).1;
    assert_eq!(last.priority, 100, "the loser resigned");
}

/// `state MASTER` does not make a router with a priority below 255 skip listening.
fn state_master_preempts_no_sooner(lab: &Lab) {
    let start = start_behind(lab, &Conf::v2(150).line("state MASTER"), &Conf::v2(100));
    let taken = lab.expect_gain("a", VIP4, start).within(PATIENCE);
    expect_elapsed("preemption", taken.since(start), master_down_v2(150, secs(1)), START);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// With `nopreempt` the worse master is left alone, but not a dead one.
fn nopreempt_waits_for_a_dead_master(lab: &Lab) {
    start_behind(lab, &Conf::v3(150).line("nopreempt"), &Conf::v3(100));
    lab.expect_steady(VIP4, START + 2 * master_down_v3(150, FAST));
    let death = lab.node("b").crash();
    let taken = lab.expect_gain("a", VIP4, death).within(PATIENCE);
    let (last, _) = lab.last_advert("b", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(150, FAST), LATE);
}

/// With `preempt_delay` the worse master is left alone for so long, and then a master down interval more.
fn preempt_delay_postpones(lab: &Lab) {
    let start = start_behind(lab, &Conf::v3(150).line("preempt_delay 2"), &Conf::v3(100));
    let taken = lab.expect_gain("a", VIP4, start).within(PATIENCE);
    // The delay begins with the first advert heard, at most one interval after the start of listening, and
    // ends between two adverts.
    let theory = secs(2) + master_down_v3(150, FAST) - FAST;
    expect_elapsed("delayed preemption", taken.since(start), theory, START + 2 * FAST);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// `preempt_delay` does not protect a dead master.
fn preempt_delay_does_not_protect_the_dead(lab: &Lab) {
    let start = start_behind(lab, &Conf::v3(150).line("preempt_delay 60"), &Conf::v3(100));
    lab.expect_steady(VIP4, START);
    let death = lab.node("b").crash();
    let taken = lab.expect_gain("a", VIP4, start).within(PATIENCE);
    assert!(taken > death);
    let (last, _) = lab.last_advert("b", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(150, FAST), LATE);
}

/// The owner (priority 255) is master at once.
fn owner_takes_over_at_once(lab: &Lab) {
    let owner = Conf::v2(255).line("state MASTER");
    let start = start_behind(lab, &owner, &Conf::v2(100));
    let taken = lab.expect_gain("a", VIP4, start).within(PATIENCE);
    assert!(taken.since(start) < START, "the owner waited {:?}", taken.since(start));
    let first = lab.expect_advert("a", start, "as owner", |_| true).within(PATIENCE).1;
    assert_eq!(first.priority, 255);
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

/// Of two routers with equal priority the one that is master stays it, whatever the addresses.
fn equal_priority_does_not_preempt(lab: &Lab) {
    lab.node("a").start(&Conf::v3(100).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    lab.node("b").start(&Conf::v3(100).text());
    lab.expect_steady(VIP4, START + 2 * master_down_v3(100, FAST));
}

/// In version 3 a backup goes by the interval of its master, and as master by its own.
fn v3_interval_is_learned(lab: &Lab) {
    start_pair(lab, &Conf::v3(150), &Conf::v3(100).line("advert_int 1"));
    lab.expect_steady(VIP4, secs(1));
    let death = lab.node("a").crash();
    let taken = lab.expect_gain("b", VIP4, death).within(PATIENCE);
    let (last, _) = lab.last_advert("a", taken);
    expect_elapsed("takeover", taken.since(last), master_down_v3(100, FAST), LATE);
    let own = lab.expect_advert("b", death, "of its own", |_| true).within(PATIENCE).1;
    assert_eq!(own.interval, secs(1));
    let (second, _) = lab.expect_advert("b", taken.plus(millis(100)), "again", |_| true).within(PATIENCE);
    let (first, _) = lab.expect_advert("b", death, "of its own", |_| true).within(PATIENCE);
    expect_interval(second.since(first), secs(1), LATE);
}

matrix!(
    better_router_preempts,
    state_master_preempts_no_sooner,
    nopreempt_waits_for_a_dead_master,
    preempt_delay_postpones,
    preempt_delay_does_not_protect_the_dead,
    owner_takes_over_at_once,
    equal_priority_does_not_preempt,
    v3_interval_is_learned,
);
