use super::super::testing::{model, snapshot, with};
use super::render;
use crate::base::time::Span;
use crate::conf::model::track::{ParamMatch, TrackProcess};
use crate::conf::model::{Model, Weight};
use crate::vrrp::snapshot::ProcessesShown;

const STATS: &str = r#""become_master":3,"release_master":4,"packet_len_err":0,"advert_interval_err":0,"ip_ttl_err":0,"invalid_type_rcvd":0,"addr_list_err":0,"invalid_authtype":0,"authtype_mismatch":0,"auth_failure":0,"auth_ext_missing":0,"auth_ext_malformed":0,"auth_ext_unknown_key":0,"auth_ext_invalid_hmac":0,"auth_ext_stale":0,"auth_ext_replay":0,"pri_zero_rcvd":0,"pri_zero_sent":0}}"#;

const FIRST: &str = r#"{"data":{"iname":"VI_1","dont_track_primary":0,"skip_check_adv_addr":0,"strict_mode":0,"vmac_ifname":"","ifp_ifname":"eth0","master_priority":0,"last_transition":1795237095.309688,"garp_delay":5,"garp_refresh":0,"garp_rep":5,"garp_refresh_rep":1,"garp_lower_prio_delay":5,"garp_lower_prio_rep":5,"lower_prio_no_advert":0,"higher_prio_send_advert":0,"vrid":51,"base_priority":150,"effective_priority":150,"vipset":true,"promote_secondaries":false,"adver_int":1,"master_adver_int":1,"accept":1,"nopreempt":false,"preempt_delay":0,"state":2,"wantstate":2,"version":2,"smtp_alert":false,"notify_deleted":false,"script_master":"'\/bin\/true' 'a b'","vips":["10.0.0.100\/24 dev eth0 scope global set"],"evips":["10.0.0.77 dev eth0 scope global set"],"auth_type":1,"auth_data":"********"},"stats":{"advert_rcvd":1,"advert_sent":2,"#;

#[test]
fn version_1_is_an_array_of_instances() {
    let text = with(&model(), &snapshot(), render).unwrap();
    assert!(text.starts_with(&format!("[{FIRST}{STATS},")), "{text}");
    assert!(text.contains(r#""adver_int":0.5,"master_adver_int":1,"#), "the master's interval: {text}");
    assert!(text.contains(r#""master_priority":200,"#));
    assert!(!text.contains("secret") && text.lines().count() == 1 && text.ends_with("}}]\n"));
    assert_eq!(text.matches("evips").count(), 1, "what is empty is absent");
}

#[test]
fn version_2_has_processes_besides() {
    let mut model = model();
    model.global.settings.files.json_version = Some(2);
    let mut snapshot = snapshot();
    let text = with(&model, &snapshot, render).unwrap();
    assert!(text.starts_with(r#"{"vrrp":[{"data":"#) && text.ends_with("}}]}\n"), "{text}");
    let process = TrackProcess {
        name: "tp".into(),
        command: Box::new(["sleep".into()]),
        param_match: ParamMatch::None,
        full_command: false,
        weight: Weight { value: 3, reverse: false },
        quorum: 1,
        quorum_max: None,
        terminate_delay: Span::from_secs(1),
        fork_delay: Span::from_secs(1),
    };
    model.processes = [process].into_iter().collect();
    snapshot.processes = [ProcessesShown { count: 0, good: false, turning: None }].into_iter().collect();
    let text = with(&model, &snapshot, render).unwrap();
    let expected = r#"}],"track_process":[{"process":"tp","param_match":"none","min_processes":1,"current_processes":0,"have_quorum":false,"weight":3,"terminate_delay":1,"fork_delay":1,"fork_delay_timer_running":false,"terminate_delay_timer_running":false,"full_command":false}]}"#;
    assert!(text.trim_end().ends_with(expected), "{text}");
}

#[test]
fn without_instances_there_is_no_file() {
    let mut none = snapshot();
    none.instances = std::iter::empty().collect();
    assert_eq!(with(&Model::default(), &none, render), None);
}
