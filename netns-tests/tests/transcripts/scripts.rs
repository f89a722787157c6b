//! Scripts that are tracked.

use netns_tests::stage::{Cue, Played, Stage, advertises, globals, instance, says};

use crate::transcripts;

/// The file that the tracked script looks for.
const HEALTHY: &str = "/run/healthy";

const CHECK: &str = "/etc/keepalived/healthy.sh";

/// One instance that tracks one script with `weight`; the script's block has the lines `options`.
fn conf(weight: &str, options: &str) -> String {
    let script = format!("vrrp_script healthy {{\n    script {CHECK}\n    interval 1\n    {options}\n}}\n");
    let track = format!("track_script {{\n        healthy {weight}\n    }}");
    [globals(""), script, instance("VI_1", 51, 150, &track)].concat()
}

/// The script succeeds, fails and succeeds. It counts its runs.
fn good_bad_good(stage: &Stage<'_>, conf: &str, good: &[Cue], bad: &[Cue]) -> Played {
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy");
    a.write(HEALTHY, "");
    stage.start(conf, good)?;
    stage.event("the script fails", || a.remove_file(HEALTHY), bad)?;
    stage.event("the script succeeds", || a.write(HEALTHY, ""), good)
}

fn without_weight(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    good_bad_good(stage, &conf("", ""), &master, &[says("VI_1", "FAULT", 150)])
}

fn negative_weight(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("weight -20", ""), &[advertises(51, 150)], &[advertises(51, 130)])
}

fn positive_weight(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("weight 20", ""), &[advertises(51, 170)], &[advertises(51, 150)])
}

fn weight_of_the_script(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("", "weight -30"), &[advertises(51, 150)], &[advertises(51, 120)])
}

fn negative_weight_reversed(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("weight -20 reverse", ""), &[advertises(51, 150)], &[advertises(51, 170)])
}

fn positive_weight_reversed(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("weight 20 reverse", ""), &[advertises(51, 130)], &[advertises(51, 150)])
}

fn without_weight_reversed(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    good_bad_good(stage, &conf("weight 0 reverse", ""), &[says("VI_1", "FAULT", 150)], &master)
}

/// The sum is kept within 1 and 254.
fn weights_beyond_the_range(stage: &Stage<'_>) -> Played {
    good_bad_good(stage, &conf("weight 253", ""), &[advertises(51, 254)], &[advertises(51, 150)])?;
    stage.stop();
    good_bad_good(stage, &conf("weight -253", ""), &[advertises(51, 150)], &[advertises(51, 1)])
}

/// A script that fails at the start keeps its instance in fault.
fn fails_at_the_start(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy");
    stage.start(&conf("", ""), &[says("VI_1", "FAULT", 150)])?;
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.event("the script succeeds", || a.write(HEALTHY, ""), &master)?;
    stage.event("the script fails", || a.remove_file(HEALTHY), &[says("VI_1", "FAULT", 150)])?;
    stage.stop();
    Ok(())
}

/// A script with a weight that fails at the start.
fn fails_at_the_start_with_a_weight(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy");
    stage.start(&conf("weight -20", ""), &[advertises(51, 130)])?;
    stage.event("the script succeeds", || a.write(HEALTHY, ""), &[advertises(51, 150)])
}

/// Nothing is told before the first result is there.
fn takes_its_time_at_the_start(stage: &Stage<'_>) -> Played {
    stage.a().write_script(CHECK, "sleep 2; test ! -e /run/healthy");
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.start(&conf("", "timeout 5"), &master)
}

/// `rise` and `fall` count successive results, except for the first one. The number of the run that makes the
/// change is part of the transcript.
fn rise_and_fall(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    // One letter a run: g for good, b for bad.
    let plan = "read -r plan < /run/plan; echo run >> /run/runs\n\
                letter=$(echo \"$plan\" | cut -c $(wc -l < /run/runs))\n\
                [ \"$letter\" != b ]";
    a.write_script(CHECK, plan);
    a.write("/run/plan", "gbbgbbbgbggg");
    a.write_script(
        "/etc/keepalived/count.sh",
        "echo \"$$|VI_1|after run|$(wc -l < /run/runs)|$1\" >> /run/calls",
    );
    let count = ["master", "backup", "fault"]
        .map(|state| format!("    notify_{state} \"/etc/keepalived/count.sh {state}\"\n"))
        .concat();
    let text = conf("", "rise 2\n    fall 3").replace("    notify_stop", &format!("{count}    notify_stop"));
    let text: String = text
        .split_inclusive('\n')
        .filter(|line| {
            let recorded = ["notify_master", "notify_backup", "notify_fault"];
            !(recorded.iter().any(|keyword| line.contains(keyword)) && line.contains("record.sh"))
        })
        .collect();
    stage.start(&text, &[says("VI_1", "FAULT", 150), Cue::Lines("/run/runs", 11), advertises(51, 150)])?;
    stage.event("good for long", || {}, &[Cue::Lines("/run/runs", 14)])
}

/// A script that does not end is ended, and counts as failed. The next run is not due before it has ended:
/// 2.2.7 would start a second one beside it, 2.4.3 would not.
fn hangs(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy || exec sleep 30");
    a.write(HEALTHY, "");
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    let text = conf("", "timeout 1").replace("interval 1\n", "interval 3\n");
    stage.start(&text, &master)?;
    stage.event("the script hangs", || a.remove_file(HEALTHY), &[says("VI_1", "FAULT", 150)])?;
    stage.event("the script succeeds", || a.write(HEALTHY, ""), &master)
}

/// A script that dies of a signal counts as failed.
fn dies_of_a_signal(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy || kill -9 $$");
    a.write(HEALTHY, "");
    stage.start(&conf("weight -20", ""), &[advertises(51, 150)])?;
    stage.event("the script dies", || a.remove_file(HEALTHY), &[advertises(51, 130)])?;
    stage.event("the script succeeds", || a.write(HEALTHY, ""), &[advertises(51, 150)])
}

/// Two scripts of one instance: the weights add up, and a fault is a fault.
fn two_scripts(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    let block = |name: &str| {
        a.write_script(&format!("/etc/keepalived/{name}.sh"), &format!("test -e /run/{name}"));
        a.write(&format!("/run/{name}"), "");
        format!("vrrp_script {name} {{\n    script /etc/keepalived/{name}.sh\n    interval 1\n}}\n")
    };
    let (one, two) = (block("one"), block("two"));
    let track = "track_script {\n        one weight -20\n        two\n    }";
    let text =
        [globals("vrrp_notify_priority_changes true"), one, two, instance("VI_1", 51, 150, track)].concat();
    stage.start(&text, &[says("VI_1", "MASTER", 150), advertises(51, 150)])?;
    stage.event("the weighted one fails", || a.remove_file("/run/one"), &[advertises(51, 130)])?;
    stage.event("the required one fails", || a.remove_file("/run/two"), &[says("VI_1", "FAULT", 130)])?;
    let changed = [says("VI_1", "BACKUP_PRIORITY", 150)];
    stage.event("the weighted one succeeds", || a.write("/run/one", ""), &changed)?;
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.event("the required one succeeds", || a.write("/run/two", ""), &master)
}

/// `init_fail` changes nothing for a script that an instance tracks: its first result decides.
fn counts_as_failed_at_first(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    good_bad_good(stage, &conf("", "init_fail\n    rise 2"), &master, &[says("VI_1", "FAULT", 150)])
}

/// One script that two instances track with different weights.
fn of_two_instances(stage: &Stage<'_>) -> Played {
    let track = "track_script {\n        healthy weight 10\n    }";
    let text = [conf("", ""), instance("VI_2", 52, 100, track)].concat();
    let good = [says("VI_1", "MASTER", 150), advertises(51, 150), advertises(52, 110)];
    let a = stage.a();
    a.write_script(CHECK, "test -e /run/healthy");
    a.write(HEALTHY, "");
    stage.start(&text, &good)?;
    let bad = [says("VI_1", "FAULT", 150), advertises(52, 100)];
    stage.event("the script fails", || a.remove_file(HEALTHY), &bad)?;
    stage.event("the script succeeds", || a.write(HEALTHY, ""), &good)
}

transcripts!(
    without_weight,
    negative_weight,
    positive_weight,
    weight_of_the_script,
    negative_weight_reversed,
    positive_weight_reversed,
    without_weight_reversed,
    weights_beyond_the_range,
    fails_at_the_start,
    fails_at_the_start_with_a_weight,
    takes_its_time_at_the_start,
    rise_and_fall,
    hangs,
    dies_of_a_signal,
    two_scripts,
    counts_as_failed_at_first,
    of_two_instances,
);
