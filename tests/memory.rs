//! How much memory an instance takes in the process that does VRRP: counted, so that it is the same on every machine.
#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

#[path = "memory/world.rs"]
mod world;

use std::sync::Arc;

#[global_allocator]
static COUNTS: dhat::Alloc = dhat::Alloc;

const INSTANCES: u32 = 4000;

/// What an instance with one address may take, its configuration included, once it is master and nothing happens.
const LIMIT: usize = 1250;
/// How far reading a configuration may go beyond that for a moment.
const PEAK: usize = 3500;

fn taken() -> usize {
    dhat::HeapStats::get().curr_bytes / usize::try_from(INSTANCES).expect("a number")
}

#[test]
fn an_instance_is_small() {
    let _counting = dhat::Profiler::builder().testing().build();
    let model = Arc::new(world::model(&world::conf(INSTANCES), INSTANCES));
    let (configured, peak) =
        (taken(), dhat::HeapStats::get().max_bytes / usize::try_from(INSTANCES).expect("a number"));
    let (router, _) = world::masters(&model, INSTANCES);
    let told = format!("{configured} octets for its configuration, {} in all, {peak} while reading", taken());
    assert!(taken() <= LIMIT && peak <= PEAK, "an instance takes {told}");
    drop(router);
    eprintln!("{told}");
}
