//! Many reloads.

use std::fs;

use netns_tests::netns::Process;
use netns_tests::subject_alone;

use super::{Conf, Ipv4Addr, Lab, MORE, PATIENCE, Reloader, Stamp, VIP4, moved, other, pause, secs};

/// How many reloads a storm has.
const STORM: u32 = 1000;
/// After how many memory is looked at. An allocator keeps now more and now less for later, so there are three looks at the
/// beginning, of which the largest counts, and three at the end, of which the smallest does.
const EARLY: [u32; 3] = [300, 400, 500];
const LATE: [u32; 3] = [800, 900, STORM];

/// A thousand reloads between five files: what all of them have is never lost, and neither memory nor descriptors grow.
fn a_storm_changes_nothing(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/fine.sh", "exit 0");
    let base = || Conf::v3(150).global("script_user root");
    let script = "vrrp_script s {\n    script \"/etc/keepalived/fine.sh\"\n    interval 1\n}";
    let far = Ipv4Addr::new(10, 77, 0, 102);
    let files: Vec<String> = [
        base(),
        base().line("priority 160").line("advert_int 0.3"),
        base().address(&format!("{MORE}/24")).block(script).line("track_script {\n    s\n}"),
        base().block(&other("VI_2", 77, &[far], "")).global("vrrp_notify_fifo /run/vrrp.fifo"),
        base().block("vrrp_sync_group G {\n    group {\n        VI_1\n    }\n}").block(&other(
            "VI_2",
            77,
            &[far, MORE],
            "",
        )),
    ]
    .iter()
    .map(Conf::text)
    .collect();
    let daemon = Reloader::start(a, &files[0]);
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let from = Stamp::now();
    let family = || {
        let (parent, mut children) = a.family();
        assert_eq!(children.len(), 1, "{children:?}");
        [parent, children.remove(0)]
    };
    let before_the_storm = family();
    let mut sizes = Vec::new();
    for number in 0..STORM {
        // All of them, but not always in the same order.
        let file = (number * if number / 50 % 2 == 0 { 1 } else { 3 }) % 5;
        daemon.reload(&files[usize::try_from(file).expect("a small number")]);
        if EARLY.contains(&(number + 1)) || LATE.contains(&(number + 1)) {
            sizes.push(daemon.measure(&files[0], &family()));
        }
    }
    assert_eq!(family(), before_the_storm, "a process was started again");
    for (which, name) in ["parent", "child"].iter().enumerate() {
        let sizes: Vec<Size> = sizes.iter().map(|both| both[which]).collect();
        let flat = sizes.iter().all(|size| size.descriptors == sizes[0].descriptors);
        assert!(flat, "descriptors of the {name}: {sizes:?}");
        let (early, late) = sizes.split_at(EARLY.len());
        let before = early.iter().map(|size| size.memory).max().expect("it was measured");
        let after = late.iter().map(|size| size.memory).min().expect("it was measured");
        assert!(after <= before + before / 100 + 64, "the {name} grew: {sizes:?}");
    }
    let of_all = moved(lab, "a", from).into_iter().filter(|change| change.ends_with("77.0.100")).count();
    assert_eq!(of_all, 0, "the address that all files have was touched");
    lab.expect_owner("a", VIP4).within(PATIENCE);
}

#[derive(Clone, Copy, Debug)]
struct Size {
    /// KiB that are resident and nobody else's.
    memory: u64,
    descriptors: usize,
}

impl Reloader<'_> {
    /// How big the processes are in a configuration that is always the same, when it is quiet.
    fn measure(&self, conf: &String, family: &[Process; 2]) -> [Size; 2] {
        self.reload(conf);
        pause(secs(2));
        family.each_ref().map(|process| {
            let of = |file: &str| format!("/proc/{}/{file}", process.pid);
            let status = fs::read_to_string(of("status")).expect("the status of a process");
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
            let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            let descriptors = fs::read_dir(of("fd")).expect("the descriptors of a process").count();
            Size { memory: memory.expect("its memory"), descriptors }
        })
    }
}

subject_alone!(a_storm_changes_nothing);
