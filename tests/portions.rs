//! Of thousands of instances that are due at once some act in a call, so that what they ask for together needs little room.
#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

#[path = "memory/world.rs"]
mod world;

use std::sync::Arc;

use keepalived::base::time::Span;
use keepalived::vrrp::event::{Action, Event};

const INSTANCES: u32 = 4000;
/// So many act in a call at most.
const AT_ONCE: usize = 256;

#[test]
fn all_of_them_advertise_in_the_end() {
    let model = Arc::new(world::model(&world::conf(INSTANCES), INSTANCES));
    let (mut router, _) = world::masters(&model, INSTANCES);
    let now = router.next_deadline().expect("an advertisement is due") + Span::from_millis(1);
    let mut sent = 0;
    while router.next_deadline().is_some_and(|due| due <= now) {
        let asked = router.handle(now, Event::Timeout { heard_until: now }).split().0;
        let count = asked.filter(|action| matches!(action, Action::Send { .. })).count();
        assert!((1..=AT_ONCE).contains(&count), "{count} advertisements in one call");
        sent += count;
    }
    assert_eq!(sent, usize::try_from(INSTANCES).expect("a number"));
}
