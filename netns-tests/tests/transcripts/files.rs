//! Files that are tracked.

use netns_tests::stage::{Cue, Played, Stage, advertises, globals, instance, says};

use crate::transcripts;

const PATH: &str = "/run/load";

/// One instance of priority 100 that tracks one file.
fn conf(weight: &str, options: &str) -> String {
    let file = format!("track_file load {{\n    file {PATH}\n    {options}\n}}\n");
    let track = format!("track_file {{\n        load {weight}\n    }}");
    [globals(""), file, instance("VI_1", 51, 100, &track)].concat()
}

/// The file gets one content after the other, each with the cues that come of it.
fn contents(stage: &Stage<'_>, all: &[(&str, &[Cue])]) -> Played {
    all.iter().try_for_each(|(content, cues)| {
        stage.event(&format!("the file has {content:?}"), || stage.a().write(PATH, content), cues)
    })
}

fn positive_and_negative_values(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "0\n");
    stage.start(&conf("", "weight 1"), &[says("VI_1", "MASTER", 100), advertises(51, 100)])?;
    contents(
        stage,
        &[
            ("20\n", &[advertises(51, 120)]),
            ("-20\n", &[advertises(51, 80)]),
            ("-98", &[advertises(51, 2)]),
            ("153", &[advertises(51, 253)]),
            ("0", &[advertises(51, 100)]),
        ],
    )
}

fn weight_multiplies(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "10");
    stage.start(&conf("weight 3", ""), &[advertises(51, 130)])?;
    contents(stage, &[("-7", &[advertises(51, 79)]), ("4", &[advertises(51, 112)])])?;
    stage.stop();
    stage.a().write(PATH, "10");
    stage.start(&conf("weight -2", ""), &[advertises(51, 80)])?;
    contents(stage, &[("-7", &[advertises(51, 114)])])
}

fn reversed(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "10");
    stage.start(&conf("weight 2 reverse", ""), &[advertises(51, 80)])?;
    contents(stage, &[("-7", &[advertises(51, 114)])])
}

/// -254 and less are a fault; more than 253 is 253.
fn extreme_values(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "0");
    let master = [says("VI_1", "MASTER", 100), advertises(51, 100)];
    stage.start(&conf("", "weight 1"), &master)?;
    contents(
        stage,
        &[
            ("-253", &[advertises(51, 1)]),
            ("-254", &[says("VI_1", "FAULT", 1)]),
            ("0", &master),
            ("300", &[advertises(51, 254)]),
            ("100000", &[]),
            ("7", &[advertises(51, 107)]),
            ("-100000", &[says("VI_1", "FAULT", 107)]),
            ("5", &[says("VI_1", "MASTER", 105), advertises(51, 105)]),
        ],
    )
}

/// Numbers are read as C reads them, and what is none is 0.
fn unusual_numbers(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "0");
    stage.start(&conf("", "weight 1"), &[says("VI_1", "MASTER", 100), advertises(51, 100)])?;
    contents(
        stage,
        &[
            ("010", &[advertises(51, 108)]),
            ("0x10", &[advertises(51, 116)]),
            ("garbage", &[advertises(51, 100)]),
            ("12 garbage", &[]),
            ("  14\n\n", &[advertises(51, 114)]),
            ("", &[advertises(51, 100)]),
            ("+3", &[advertises(51, 103)]),
            ("99999999999", &[]),
            ("4", &[advertises(51, 104)]),
        ],
    )
}

/// A file that is missing counts 0, whenever it goes and however it comes.
fn goes_and_comes(stage: &Stage<'_>) -> Played {
    let a = stage.a();
    stage.start(&conf("", "weight 1"), &[says("VI_1", "MASTER", 100), advertises(51, 100)])?;
    stage.event("the file is made", || a.write(PATH, "15"), &[advertises(51, 115)])?;
    stage.event("the file is removed", || a.remove_file(PATH), &[advertises(51, 100)])?;
    a.write("/run/load.new", "25");
    let (from, to) = (a.host_path("/run/load.new"), a.host_path(PATH));
    stage.event(
        "a file is moved there",
        || std::fs::rename(&from, &to).unwrap_or_default(),
        &[advertises(51, 125)],
    )?;
    stage.event(
        "it is moved away",
        || std::fs::rename(&to, &from).unwrap_or_default(),
        &[advertises(51, 100)],
    )
}

/// Without a weight any number but 0 is a fault.
fn without_weight(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "0");
    let master = [says("VI_1", "MASTER", 100), advertises(51, 100)];
    stage.start(&conf("weight 0", ""), &master)?;
    let fault = [says("VI_1", "FAULT", 100)];
    contents(stage, &[("1", &fault), ("0", &master), ("-1", &fault), ("2", &[]), ("nothing", &master)])
}

/// The file says fault when the daemon starts.
fn fault_at_the_start(stage: &Stage<'_>) -> Played {
    stage.a().write(PATH, "1");
    stage.start(&conf("weight 0", ""), &[says("VI_1", "FAULT", 100)])?;
    contents(stage, &[("0", &[says("VI_1", "MASTER", 100), advertises(51, 100)])])
}

/// `init_file` makes the file with a value, or overwrites it.
fn made_by_the_daemon(stage: &Stage<'_>) -> Played {
    stage.start(&conf("", "weight 1\n    init_file 11"), &[advertises(51, 111)])?;
    contents(stage, &[("22", &[advertises(51, 122)])])?;
    stage.stop();
    stage.start(&conf("", "weight 1\n    init_file 33 overwrite"), &[advertises(51, 133)])
}

transcripts!(
    positive_and_negative_values,
    weight_multiplies,
    reversed,
    extreme_values,
    unusual_numbers,
    goes_and_comes,
    without_weight,
    fault_at_the_start,
    made_by_the_daemon,
);
