//! The JSON file: one compact line, members in the order of the C program, absent where there is nothing to tell.

mod writer;

use super::{Scene, address, extras, number, quoted, routes, told};
use crate::conf::model::track::ParamMatch;
use crate::conf::model::vrrp::{Auth, Preempt};
use crate::conf::model::{Hooks, Instance, Run, Script, TrackProcess};
use crate::vrrp::Stats;
use crate::vrrp::snapshot::{ProcessesShown, Role, Shown};
use writer::{Object, array, decimal, text};

/// The whole file in the version of the configuration (`json_version`); nothing without instances.
#[must_use]
pub fn render(scene: &Scene<'_>) -> Option<String> {
    if scene.model.instances.is_empty() {
        return None;
    }
    let instances = array(scene.instances().map(|(_, conf, shown)| {
        Object::new().raw("data", &data(scene, conf, shown)).raw("stats", &stats(&shown.stats)).finish()
    }));
    if scene.model.global.settings.files.json_version.unwrap_or(1) < 2 {
        return Some(instances + "\n");
    }
    let mut whole = Object::new().raw("vrrp", &instances);
    if !scene.model.processes.is_empty() {
        let snapshot = &scene.snapshot.processes;
        let processes = scene.model.processes.iter();
        let known = processes.filter_map(|(id, conf)| Some((conf, snapshot.get(id)?)));
        whole = whole.raw("track_process", &array(known.map(|(conf, shown)| process(conf, *shown))));
    }
    Some(whole.finish() + "\n")
}

fn data(scene: &Scene<'_>, conf: &Instance, shown: &Shown) -> String {
    let object = election(scene, conf, shown);
    let object = commands(object, &conf.hooks);
    let object = lists(scene, conf, shown, object);
    let (kind, secret) = match &conf.auth {
        Auth::None => (0_u8, false),
        Auth::Pass(_) => (1, true),
        Auth::Ah(_) => (2, true),
    };
    let object = object.number("auth_type", kind);
    if secret { object.text("auth_data", "********") } else { object }.finish()
}

fn election(scene: &Scene<'_>, conf: &Instance, shown: &Shown) -> Object {
    let (garp, quirks) = (&conf.garp, &conf.quirks);
    let further = conf.further.as_deref();
    let mut object = Object::new()
        .text("iname", &conf.name)
        .number("dont_track_primary", u8::from(conf.trackers.ignore_primary))
        .number("skip_check_adv_addr", u8::from(quirks.skip_check_adv_addr))
        .number("strict_mode", u8::from(quirks.strict))
        .text("vmac_ifname", &shown.apart.map_or_else(String::new, |own| own.to_string()));
    if let Some(interface) = shown.apart.or(conf.interface) {
        object = object.text("ifp_ifname", interface.as_str());
    }
    let obeyed = shown.obeyed.filter(|_| shown.role == Role::Backup);
    let preempt_delay = match conf.preempt {
        Preempt::After(delay) => delay.as_secs(),
        Preempt::Yes | Preempt::Never => 0,
    };
    object
        .number("master_priority", obeyed.map_or(0, |master| master.priority.get()))
        .number("last_transition", scene.clock.seconds(shown.since))
        .number("garp_delay", decimal(garp.delay))
        .number("garp_refresh", decimal(garp.refresh))
        .number("garp_rep", garp.repeat)
        .number("garp_refresh_rep", garp.refresh_repeat)
        .number("garp_lower_prio_delay", decimal(garp.lower_prio_delay))
        .number("garp_lower_prio_rep", garp.lower_prio_repeat)
        .number("lower_prio_no_advert", u8::from(quirks.lower_prio_no_advert))
        .number("higher_prio_send_advert", u8::from(quirks.higher_prio_send_advert))
        .number("vrid", conf.vrid.get())
        .number("base_priority", conf.priority.get())
        .number("effective_priority", shown.priority.get())
        .number("vipset", shown.role == Role::Master)
        .number("promote_secondaries", further.is_some_and(|further| further.promote_secondaries))
        .number("adver_int", decimal(conf.advert_int))
        .number("master_adver_int", decimal(obeyed.map_or(conf.advert_int, |master| master.interval)))
        .number("accept", u8::from(conf.accepts()))
        .number("nopreempt", conf.preempt == Preempt::Never)
        .number("preempt_delay", preempt_delay)
        .number("state", number(told(shown)))
        .number("wantstate", number(extras::wanted(conf, shown)))
        .number("version", conf.version.number())
        .number("smtp_alert", extras::mails(scene.model, further.and_then(|further| further.mail)))
        .number("notify_deleted", further.is_some_and(|further| further.notify_deleted.is_some()))
}

fn commands(mut object: Object, hooks: &Hooks) -> Object {
    let all = [
        ("script_backup", &hooks.backup),
        ("script_master", &hooks.master),
        ("script_fault", &hooks.fault),
        ("script_stop", &hooks.stop),
        ("script", &hooks.any),
        ("script_master_rx_lower_pri", &hooks.master_rx_lower_pri),
    ];
    for (name, command) in all {
        if let Some(command) = command {
            object = object.text(name, &quoted(command));
        }
    }
    object
}

fn lists(scene: &Scene<'_>, conf: &Instance, shown: &Shown, mut object: Object) -> Object {
    let model = scene.model;
    let trackers = &conf.trackers;
    let script = |script: &Script| match &script.run {
        Run::Command(command) => quoted(command),
        Run::Probe(probe) => extras::probe(probe),
    };
    let scripts = trackers.scripts.iter().filter_map(|entry| model.scripts.get(entry.script)).map(script);
    let processes = trackers.processes.iter().filter_map(|entry| model.processes.get(entry.process));
    let lists = [
        ("vips", address::advertised(conf, shown)),
        ("evips", address::excluded(conf, shown)),
        ("vroutes", routes::routes(conf)),
        ("vrules", routes::rules(conf)),
        ("track_ifp", extras::interfaces(conf).map(|entry| entry.interface.to_string()).collect()),
        ("track_script", scripts.collect()),
        ("track_process", processes.map(|process| process.name.to_string()).collect()),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            object = object.raw(name, &array(list.iter().map(|entry| text(entry))));
        }
    }
    object
}

fn stats(stats: &Stats) -> String {
    let errors = &stats.errors.get();
    let extension = &errors.extension;
    let all = [
        ("advert_rcvd", stats.received),
        ("advert_sent", stats.sent),
        ("become_master", stats.became_master),
        ("release_master", stats.released_master),
        ("packet_len_err", errors.length),
        ("advert_interval_err", errors.interval),
        ("ip_ttl_err", errors.ttl),
        ("invalid_type_rcvd", errors.invalid_type),
        ("addr_list_err", errors.address_list),
        ("invalid_authtype", errors.auth_invalid_type),
        ("authtype_mismatch", errors.auth_type_mismatch),
        ("auth_failure", errors.auth_failure),
        ("auth_ext_missing", extension.missing),
        ("auth_ext_malformed", extension.malformed),
        ("auth_ext_unknown_key", extension.unknown_key),
        ("auth_ext_invalid_hmac", extension.invalid),
        ("auth_ext_stale", extension.stale),
        ("auth_ext_replay", extension.replay),
        ("pri_zero_rcvd", stats.priority_zero_received),
        ("pri_zero_sent", stats.priority_zero_sent),
    ];
    all.into_iter().fold(Object::new(), |object, (name, count)| object.number(name, count)).finish()
}

fn process(conf: &TrackProcess, shown: ProcessesShown) -> String {
    let mut object = Object::new().text("process", &conf.name);
    if let Some((_, parameters)) = conf.command.split_first().filter(|(_, rest)| !rest.is_empty()) {
        object = object.text("parameters", &parameters.join(" "));
    }
    object = object
        .text(
            "param_match",
            match conf.param_match {
                ParamMatch::None => "none",
                ParamMatch::Exact => "exact",
                ParamMatch::Partial => "partial",
                ParamMatch::Initial => "initial",
            },
        )
        .number("min_processes", conf.quorum);
    if let Some(most) = conf.quorum_max {
        object = object.number("max_processes", most);
    }
    let weight = if conf.weight.reverse { -conf.weight.value } else { conf.weight.value };
    object
        .number("current_processes", shown.count)
        .number("have_quorum", shown.good)
        .number("weight", weight)
        .number("terminate_delay", decimal(conf.terminate_delay))
        .number("fork_delay", decimal(conf.fork_delay))
        .number("fork_delay_timer_running", shown.turning == Some(true))
        .number("terminate_delay_timer_running", shown.turning == Some(false))
        .number("full_command", conf.full_command)
        .finish()
}

#[cfg(test)]
mod tests;
