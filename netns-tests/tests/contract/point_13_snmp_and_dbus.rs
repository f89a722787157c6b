//! SNMP and D-Bus are not there yet. Whoever asks for them hears that, and what else is asked for is done.

use netns_tests::alone;
use netns_tests::node::CONFIG;
use netns_tests::prelude::*;

use crate::master;

/// Words of the configuration are read; the log names those that nothing comes of, once.
fn words_are_read_and_named(lab: &Lab) {
    let words = [
        "enable_snmp_vrrp",
        "enable_snmp_rfcv3",
        "enable_traps",
        "snmp_socket unix:/run/agent",
        "enable_dbus",
    ];
    let conf = words.iter().fold(Conf::v3(100), |conf, word| conf.global(word));
    let a = master(lab, &conf);
    if a.program() == Program::Ours {
        let log = a.log();
        let named: Vec<&str> = log.lines().filter(|line| line.contains("not yet acted on")).collect();
        assert_eq!(named.len(), 1, "{log}");
        for word in ["enable_snmp_vrrp", "enable_snmp_rfcv3", "enable_traps", "snmp_socket", "enable_dbus"] {
            assert!(named[0].contains(word), "{named:?}");
        }
    }
}

/// The option is refused, as a keepalived without SNMP refuses it.
fn the_option_is_refused(lab: &Lab) {
    let a = lab.node("a");
    a.write(CONFIG, &Conf::v3(100).text());
    for words in [&["-x"][..], &["--snmp"], &["-A", "/run/agent"], &["--snmp-agent-socket=/run/agent"]] {
        if a.program() == Program::Ours {
            let (status, said) = a.run(&[&["-n", "-f", CONFIG], words].concat());
            assert_eq!(status, Some(1), "{said}");
            assert!(said.contains(words[0].split('=').next().unwrap_or_default()), "{said}");
        }
    }
}

alone!(words_are_read_and_named, the_option_is_refused);
