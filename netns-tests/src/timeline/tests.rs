use super::*;
use crate::wait::millis;

const VIP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 100));

fn address(prefix: u8, tentative: bool) -> Address {
    let interface = "eth0".to_owned();
    Address { ip: VIP, prefix, interface, label: None, scope: 0, tentative, deprecated: false }
}

fn timeline(entries: Vec<(u64, NodeIndex, Seen)>) -> (Timeline, Stamp) {
    let start = Stamp::now();
    let mut timeline = Timeline::new(&["a", "b"]);
    for (at, node, seen) in entries {
        timeline.push(Entry { at: start.plus(millis(at)), node, seen });
    }
    (timeline, start)
}

#[test]
fn the_holders_are_those_with_a_usable_address() {
    let (timeline, start) =
        timeline(vec![(1, 0, Seen::Added(address(24, true))), (2, 1, Seen::Added(address(24, false)))]);
    assert_eq!(timeline.holders(VIP), [(1, start.plus(millis(2)))]);
}

#[test]
fn an_address_reported_again_is_held_since_its_first_report() {
    let (timeline, start) =
        timeline(vec![(1, 0, Seen::Added(address(24, false))), (5, 0, Seen::Added(address(24, false)))]);
    assert_eq!(timeline.holders(VIP), [(0, start.plus(millis(1)))]);
}

#[test]
fn a_removed_address_is_held_no_more_but_its_namesake_with_another_prefix_is() {
    let (timeline, _) = timeline(vec![
        (1, 0, Seen::Added(address(24, false))),
        (2, 0, Seen::Added(address(32, false))),
        (3, 0, Seen::Removed(address(24, false))),
    ]);
    assert_eq!(timeline.held_by(0).map(|(_, address)| address.prefix).collect::<Vec<_>>(), [32]);
    assert_eq!(timeline.holders(VIP).len(), 1);
}

#[test]
fn entries_that_arrive_late_stand_where_they_belong() {
    let (timeline, start) =
        timeline(vec![(2, 0, Seen::Mark("second".into())), (1, 1, Seen::Mark("first".into()))]);
    let at: Vec<_> = timeline.between(..).map(|entry| entry.at.since(start)).collect();
    assert_eq!(at, [millis(1), millis(2)]);
}

#[test]
fn what_is_forgotten_is_not_what_is_held() {
    let (mut timeline, start) = timeline(vec![(1, 0, Seen::Added(address(24, false)))]);
    timeline.forget_before(start.plus(millis(10)));
    assert_eq!(timeline.between(..).count(), 0);
    assert_eq!(timeline.holders(VIP).len(), 1);
}

#[test]
fn a_run_of_like_entries_is_shown_as_its_ends() {
    let same = || Seen::Mark("same".into());
    let (timeline, _) = timeline(vec![(0, 0, same()), (1, 0, same()), (2, 0, same()), (3, 0, same())]);
    let text = timeline.render();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("… 2 more"), "{text}");
}
