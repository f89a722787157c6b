use proptest::prelude::*;

use super::env::{Pretend, Secret};
use super::model::Instance;
use super::model::settings::MailSecurity;
use super::model::vrrp::Auth;
use super::source::Memory;
use super::*;
use crate::base::time::Span;

fn load_text(text: &[u8]) -> Loaded {
    load(&Memory::of("/k.conf", text), Path::new("/k.conf"), &Pretend::default())
}

/// The only instance of a configuration.
fn instance(lines: &str) -> Instance {
    let text = format!(
        "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 7\n{lines}\nvirtual_ipaddress {{\n192.0.2.1\n}}\n}}\n"
    );
    let loaded = load_text(text.as_bytes());
    let model = loaded.model.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    model.instances.values().next().unwrap().clone()
}

#[test]
fn an_instance_is_small() {
    assert!(size_of::<Instance>() <= 640, "{} octets", size_of::<Instance>());
}

#[test]
fn members_tell_of_priorities_as_their_group_says_unless_they_say_themselves() {
    let member = |name: &str, vrid: u8, line: &str| {
        format!(
            "vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {vrid}\n{line}\n\
             virtual_ipaddress {{\n192.0.2.{vrid}\n}}\n}}\n"
        )
    };
    let group = "vrrp_sync_group G {\ngroup {\nA\nB\n}\nnotify_priority_changes\n}\n";
    let (a, b, c) = (member("A", 1, ""), member("B", 2, "notify_priority_changes no"), member("C", 3, ""));
    let model = load_text([group, &a, &b, &c].concat().as_bytes()).model.unwrap();
    let told: Vec<bool> = model.instances.values().map(|instance| instance.hooks.priority_changes).collect();
    assert_eq!(told, [true, false, false]);
}

#[test]
fn mail_is_encrypted_and_hooks_end_only_if_somebody_says_so() {
    let global = |lines: &str| {
        let text = format!("global_defs {{\n{lines}\n}}\n");
        load_text(text.as_bytes()).model.unwrap().global.settings
    };
    let plain = global("");
    assert_eq!((plain.mail.security, plain.mail.user), (MailSecurity::None, None));
    assert_eq!(plain.commands.hook_timeout, None);
    let full = global("smtp_tls starttls\nsmtp_user lb\nsmtp_password_file /etc/secret\nnotify_timeout 30");
    assert_eq!((full.mail.security, full.mail.user.as_deref()), (MailSecurity::StartTls, Some("lb")));
    assert_eq!(full.mail.password_file.as_deref(), Some(Path::new("/etc/secret")));
    assert_eq!(full.commands.hook_timeout, Some(Span::from_secs(30)));
    assert_eq!(global("smtp_tls tls").mail.security, MailSecurity::Tls);
    assert_eq!(global("notify_timeout 0").commands.hook_timeout, None);
}

#[test]
fn intervals_are_rounded_to_what_the_version_can_express() {
    let micros = |lines: &str| instance(lines).advert_int.as_micros();
    assert_eq!(micros(""), 1_000_000);
    assert_eq!(micros("advert_int 1.5"), 2_000_000);
    assert_eq!(micros("advert_int 0.3"), 1_000_000);
    assert_eq!(micros("version 3\nadvert_int 0.016"), 20_000);
    assert_eq!(micros("version 3\nadvert_int 0.01"), 10_000);
    assert_eq!(micros("version 3\nadvert_int 50"), 40_950_000);
    assert_eq!(micros("advert_int 0.001"), 1_000_000);
}

#[test]
fn state_and_priority_settle_each_other() {
    let settled = |lines: &str| {
        let instance = instance(lines);
        (instance.starts_as_master, instance.priority.get())
    };
    assert_eq!(settled(""), (false, 100));
    assert_eq!(settled("state MASTER"), (true, 255));
    assert_eq!(settled("state MASTER\npriority 150"), (true, 150));
    assert_eq!(settled("priority 255"), (true, 255));
    assert_eq!(settled("state BACKUP\npriority 255"), (false, 255));
    assert_eq!(settled("strict_mode\nstate MASTER\npriority 150"), (false, 150));
}

#[test]
fn preemption_depends_on_state_and_priority() {
    use super::model::vrrp::Preempt;
    assert_eq!(instance("").preempt, Preempt::Yes);
    assert_eq!(instance("nopreempt").preempt, Preempt::Never);
    assert_eq!(instance("nopreempt\npreempt").preempt, Preempt::Yes);
    assert_eq!(instance("state MASTER\npriority 9\nnopreempt").preempt, Preempt::Yes);
    assert_eq!(instance("priority 255\nnopreempt").preempt, Preempt::Yes);
    let delayed = instance("preempt_delay 0.5").preempt;
    assert_eq!(delayed, Preempt::After(crate::base::time::Span::from_millis(500)));
}

#[test]
fn announcements_take_the_global_values_where_the_instance_has_none() {
    let text = "global_defs {\nvrrp_garp_master_delay 7\nvrrp_garp_master_repeat 2\n}\nvrrp_instance A {\ninterface eth0\n\
                virtual_router_id 7\ngarp_master_repeat 3\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n";
    let garp = load_text(text.as_bytes()).model.unwrap().instances.values().next().unwrap().garp;
    assert_eq!((garp.repeat, garp.lower_prio_repeat), (3, 2));
    assert_eq!((garp.delay.as_secs(), garp.lower_prio_delay.as_secs()), (7, 7));
}

#[test]
fn the_usual_defaults() {
    let instance = instance("");
    assert_eq!(instance.down_timer_adverts, 3);
    assert_eq!(instance.garp, super::model::vrrp::Garp::default());
    assert_eq!(instance.version.number(), 2);
    assert!(instance.hooks.any.is_none() && instance.trackers.scripts.is_empty());
    let plain = Instance::plain("A", instance.vrid);
    let (interface, vips) = (instance.interface, instance.vips.clone());
    assert_eq!(format!("{instance:?}"), format!("{:?}", Instance { interface, vips, ..plain }));
}

#[test]
fn ipv6_speaks_version_3_and_deprecates_host_addresses() {
    let text = "global_defs {\nvrrp_version 2\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 7\nvirtual_ipaddress {\n\
                fe80::1\nfe80::2/64\n}\n}\n";
    let model = load_text(text.as_bytes()).model.unwrap();
    let instance = model.instances.values().next().unwrap();
    assert_eq!(instance.version.number(), 3);
    assert_eq!(instance.vips.iter().map(|vip| vip.preferred_lft).collect::<Vec<_>>(), [Some(0), None]);
}

/// Keywords, numbers, names and braces in any order.
fn nonsense() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(
            keywords::blocks()
                .iter()
                .flat_map(|block| block.keywords.metas())
                .map(|meta| meta.name)
                .collect::<Vec<_>>()
        )
        .prop_map(str::to_owned),
        "[0-9]{1,4}",
        prop::sample::select(vec![
            "{",
            "}",
            "\n",
            "{\n",
            "}\n",
            "\"",
            "'",
            "eth0",
            "192.0.2.1/24",
            "fe80::1",
            "on",
            "MASTER",
            "$A",
            "${A}",
            "$A=",
            "~SEQ(A,2)",
            "@x",
            "\\\n",
            "!",
            "/usr/bin/true",
            "weight",
            "include k.conf"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..80).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_octets_are_understood_somehow(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        let loaded = load_text(&octets);
        prop_assert!(loaded.render(Style::Plain).len() < 1 << 20);
        prop_assert!(loaded.plain_lines().count() >= usize::from(loaded.model.is_none()));
    }

    #[test]
    fn any_keywords_are_understood_somehow(text in nonsense()) {
        let loaded = load_text(text.as_bytes());
        prop_assert!(loaded.render(Style::Terminal).len() < 1 << 20);
        if loaded.model.is_some() {
            let again = load_expanded(&loaded.expanded.to_text(), &Pretend::default()).unwrap();
            prop_assert_eq!(format!("{:?}", again.model), format!("{:?}", loaded.model));
        }
    }
}

#[test]
fn keys_come_from_the_text_from_digits_and_from_files_such_as_credentials_of_a_service() {
    let mut env = Pretend::default();
    env.variables.insert("CREDENTIALS_DIRECTORY".into(), "/run/credentials/keepalived.service".into());
    let secret = |text: &str| Secret { text: text.to_owned().into(), readable_by_others: false };
    let digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    env.secrets.insert("/run/credentials/keepalived.service/one".into(), secret(&format!("hex:{digits}")));
    env.secrets.insert("/etc/two".into(), secret("a text of more than thirty-two octets"));
    let text = format!(
        "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 7\nadvert_int 2\nauth_hmac {{\n\
         key 1 file:${{_ENV CREDENTIALS_DIRECTORY}}/one\nkey 2 file:/etc/two\nkey 3 hex:{digits}\n\
         key 4 0123456789abcdef0123456789abcdef\nactive_key 3\n}}\n\
         authentication {{\nauth_type PASS\nauth_pass 1111\n}}\nvirtual_ipaddress {{\n192.0.2.1\n}}\n}}\n"
    );
    let loaded = load(&Memory::of("/k.conf", text.as_bytes()), Path::new("/k.conf"), &env);
    let model = loaded.model.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let instance = model.instances.values().next().unwrap();
    let hmac = instance.hmac().unwrap();
    let octets = |number| hmac.key(number).map(|key| key.octets());
    assert_eq!(octets(1).map(|key| (key.len(), key[1], key[31])), Some((32, 0x11, 0xff)));
    assert_eq!(octets(1), octets(3));
    assert_eq!(octets(2), Some(&b"a text of more than thirty-two octets"[..]));
    assert_eq!(octets(4), Some(&b"0123456789abcdef0123456789abcdef"[..]));
    assert_eq!((hmac.active, hmac.window), (3, Span::from_secs(6)));
    assert!(matches!(instance.auth, Auth::None), "signatures are there instead of a password");
    let shown = format!("{model:?}");
    assert!(!shown.contains("0x11") && !shown.contains("17, 34") && !shown.contains("thirty"), "{shown}");
}

#[test]
fn the_window_follows_the_interval_within_bounds() {
    let window = |interval: &str| {
        let hmac = "auth_hmac {\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\n}";
        instance(&format!("version 3\nadvert_int {interval}\n{hmac}")).hmac().unwrap().window.as_secs()
    };
    assert_eq!([window("0.01"), window("1"), window("2.5"), window("40.95")], [5, 5, 8, 123]);
}

#[test]
fn fewer_addresses_fit_into_a_signed_advert() {
    let addresses: String = (0..100).map(|n| format!("2001:db8::{n:x}\n")).collect();
    let advertised = |hmac: &str| {
        let text = format!(
            "vrrp_instance A {{\ninterface eth0\nvirtual_router_id 7\n{hmac}virtual_ipaddress {{\nfe80::1\n{addresses}}}\n}}\n"
        );
        let model = load_text(text.as_bytes()).model.unwrap();
        model.instances.values().map(|instance| instance.vips.len()).sum::<usize>()
    };
    let hmac = |mode: &str| {
        format!("auth_hmac {{\nkey 1 0123456789abcdef0123456789abcdef\nactive_key 1\nmode {mode}\n}}\n")
    };
    assert_eq!(advertised(""), 89);
    assert_eq!(advertised(&hmac("enforce")), 88);
    assert_eq!(advertised(&hmac("receive-only")), 89);
}
