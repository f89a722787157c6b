//! Interfaces: one's own, and others that are tracked.

use netns_tests::stage::{Cue, Played, Stage, advertises, globals, instance, says};

use crate::transcripts;

/// The cable of eth1 is pulled and plugged in again.
fn up_down_up(stage: &Stage<'_>, track: &str, up: &[Cue], down: &[Cue]) -> Played {
    let eth1 = stage.lab().second_link("a");
    let track = format!("track_interface {{\n        eth1 {track}\n    }}");
    stage.start(&[globals(""), instance("VI_1", 51, 150, &track)].concat(), up)?;
    stage.event("eth1 loses its carrier", || eth1.link().pull(), down)?;
    stage.event("eth1 has a carrier", || eth1.link().plug(), up)
}

fn without_weight(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    up_down_up(stage, "", &master, &[says("VI_1", "FAULT", 150)])
}

fn positive_weight(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight 20", &[advertises(51, 170)], &[advertises(51, 150)])
}

fn negative_weight(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight -20", &[advertises(51, 150)], &[advertises(51, 130)])
}

fn positive_weight_reversed(stage: &Stage<'_>) -> Played {
    up_down_up(stage, "weight 20 reverse", &[advertises(51, 130)], &[advertises(51, 150)])
}

/// The other interface has no carrier when the daemon starts.
fn down_at_the_start(stage: &Stage<'_>) -> Played {
    let eth1 = stage.lab().second_link("a");
    eth1.link().pull();
    let track = "track_interface {\n        eth1\n    }";
    stage.start(&[globals(""), instance("VI_1", 51, 150, track)].concat(), &[says("VI_1", "FAULT", 150)])?;
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.event("eth1 has a carrier", || eth1.link().plug(), &master)
}

/// Its own interface loses its carrier, and gets it back.
fn own_carrier(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.start(&[globals(""), instance("VI_1", 51, 150, "")].concat(), &master)?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[says("VI_1", "FAULT", 150)])?;
    stage.event("eth0 has a carrier", || cable.plug(), &master)
}

/// Its own interface is taken down by hand, and up again.
fn own_interface_by_hand(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.start(&[globals(""), instance("VI_1", 51, 150, "")].concat(), &master)?;
    let set = |word: &str| stage.a().ip(&["link", "set", "dev", "eth0", word]);
    stage.event("eth0 is set down", || set("down"), &[says("VI_1", "FAULT", 150)])?;
    stage.event("eth0 is set up", || set("up"), &master)
}

/// Its own address goes and comes.
fn own_address(stage: &Stage<'_>) -> Played {
    let master = [says("VI_1", "MASTER", 150), advertises(51, 150)];
    stage.start(&[globals(""), instance("VI_1", 51, 150, "")].concat(), &master)?;
    let own = format!("{}/24", stage.a().ipv4());
    let change = |word: &str| stage.a().ip(&["address", word, &own, "dev", "eth0"]);
    stage.event("the address is deleted", || change("delete"), &[says("VI_1", "FAULT", 150)])?;
    stage.event("the address is added", || change("add"), &master)
}

/// It loses its carrier while it is backup.
fn own_carrier_as_backup(stage: &Stage<'_>) -> Played {
    let rival = instance("VI_1", 51, 200, "").replace("notify", "#notify");
    stage.lab().node("b").start(&rival);
    stage.start(&[globals(""), instance("VI_1", 51, 150, "")].concat(), &[says("VI_1", "BACKUP", 150)])?;
    let cable = stage.lab().link("a");
    stage.event("eth0 loses its carrier", || cable.pull(), &[says("VI_1", "FAULT", 150)])?;
    stage.event("eth0 has a carrier", || cable.plug(), &[says("VI_1", "BACKUP", 150)])
}

transcripts!(
    without_weight,
    positive_weight,
    negative_weight,
    positive_weight_reversed,
    down_at_the_start,
    own_carrier,
    own_interface_by_hand,
    own_address,
    own_carrier_as_backup,
);
