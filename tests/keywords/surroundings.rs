//! Files into which examples of keywords fit.

/// What is defined before everything else, so that examples have something to name.
pub(crate) const DEFINED: &str = "\
vrrp_script check {
    script /usr/bin/true
    weight 10 reverse
}
track_file drain {
    file /run/keepalived/drain
    weight 1 reverse
}
vrrp_track_process haproxy {
    process haproxy
    weight 10 reverse
}
bfd_instance router {
    neighbor_ip 192.0.2.254
    weight 10 reverse
}
";

/// An instance and what refers to it.
pub(crate) const INSTANCE: &str = "\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.11/24
    }
}
track_group both {
    group {
        VI_1
    }
}
";

/// The lines around an example: those before it, what comes before it on its line if it is an option and no whole line, and
/// those behind it.
#[derive(Clone, Copy)]
pub(crate) struct Around {
    pub(crate) before: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) after: &'static str,
}

const fn around(before: &'static str, entry: &'static str, after: &'static str) -> Around {
    Around { before, entry, after }
}

/// The beginning of an instance of which only the braces are missing.
macro_rules! instance {
    ($inside:literal) => {
        concat!(
            "vrrp_instance VI_9 {\ninterface eth0\nvirtual_router_id 9\nvirtual_ipaddress {\n192.0.2.99/24\n}\n",
            $inside
        )
    };
}

/// The beginning of a virtual server.
macro_rules! service {
    ($inside:literal) => {
        concat!("virtual_server 192.0.2.9 80 {\nprotocol TCP\n", $inside)
    };
}

/// The beginning of a real server.
macro_rules! server {
    ($inside:literal) => {
        concat!("virtual_server 192.0.2.9 80 {\nprotocol TCP\nreal_server 198.51.100.1 80 {\n", $inside)
    };
}

/// A real server that fetches a page, and the end of its virtual server.
const HTTP_SERVER: &str = "\nreal_server 198.51.100.1 80 {\nHTTP_GET {\nurl {\npath /\n}\n}\n}\n}";

/// Where the examples of a block belong.
pub(crate) fn surroundings(path: &str, keyword: &str) -> Around {
    match path {
        // Only a static entry has a track group.
        "vrrp_instance/virtual_ipaddress" if keyword == "track_group" => {
            around("static_ipaddress {\n", "192.0.2.9/24 dev eth0", "\n}")
        }
        "vrrp_instance/virtual_routes" if keyword == "track_group" => {
            around("static_routes {\n", "198.51.100.0/24 dev eth0", "\n}")
        }
        "vrrp_instance/virtual_rules" if keyword == "track_group" => {
            around("static_rules {\n", "from 203.0.113.0/24 table 100 preference 100", "\n}")
        }
        "(command)" => around(instance!(""), "", "\n}"),
        "" => around("", "", ""),
        "global_defs" if keyword == "vrrp_check_unicast_src" => {
            around(instance!("unicast_peer {\n192.0.2.2\n}\n}\nglobal_defs {\n"), "", "\n}")
        }
        "(any line)" | "global_defs" => around("global_defs {\n", "", "\n}"),
        "global_defs/lvs_sync_daemon" => around("global_defs {\n", "lvs_sync_daemon eth1", "\n}"),
        "global_defs/lvs_timeouts" => match keyword {
            "udp" => around("global_defs {\n", "lvs_timeouts tcp 900", "\n}"),
            _ => around("global_defs {\n", "lvs_timeouts udp 900", "\n}"),
        },
        "track_group" => around("track_group more {\n", "", "\n}"),
        "linkbeat_interfaces" => around("linkbeat_interfaces {\n", "", "\n}"),
        "interface_up_down_delays" => around("interface_up_down_delays {\n", "", "\n}"),
        "garp_group" if keyword.ends_with("interval") => around("garp_group {\ninterface eth1\n", "", "\n}"),
        "garp_group" => around("garp_group {\ngarp_interval 0.5\ninterface eth0\n", "", "\n}"),
        "vrrp_script" if matches!(keyword, "script" | "check") => around("vrrp_script more {\n", "", "\n}"),
        "vrrp_script" => around("vrrp_script more {\nscript /usr/bin/true\n", "", "\n}"),
        "vrrp_track_process" if ["process", "param_match"].contains(&keyword) => {
            around("vrrp_track_process more {\n", "", "\n}")
        }
        "vrrp_track_process" => around("vrrp_track_process more {\nprocess nginx\n", "", "\n}"),
        "track_file" if keyword == "file" => around("track_file more {\n", "", "\n}"),
        "track_file" => around("track_file more {\nfile /run/keepalived/more\n", "", "\n}"),
        "bfd_instance" if keyword == "neighbor_ip" => around("bfd_instance more {\n", "", "\n}"),
        "bfd_instance" => around("bfd_instance more {\nneighbor_ip 192.0.2.7\n", "", "\n}"),
        "vrrp_sync_group" if keyword == "group" => around("vrrp_sync_group G {\n", "", "\n}"),
        "vrrp_sync_group" => around("vrrp_sync_group G {\ngroup {\nVI_1\n}\n", "", "\n}"),
        "SSL" => around("SSL {\n", "", "\n}"),
        "virtual_server_group" => around("virtual_server_group web {\n192.0.2.1 80\n", "", "\n}"),
        other if other.starts_with("vrrp_instance") => in_instance(other, keyword),
        other => in_service(other, keyword),
    }
}

fn in_instance(path: &str, keyword: &str) -> Around {
    match path {
        "vrrp_instance" => instance_word(keyword),
        "vrrp_instance/authentication" => match keyword {
            "auth_type" => around(instance!("authentication {\nauth_pass secret\n"), "", "\n}\n}"),
            _ => around(instance!("authentication {\nauth_type PASS\n"), "", "\n}\n}"),
        },
        "vrrp_instance/auth_hmac" => around(
            instance!("version 3\nauth_hmac {\nkey 1 fedcba9876543210fedcba9876543210\nactive_key 1\n"),
            "",
            "\n}\n}",
        ),
        "vrrp_instance/use_vmac" => around(instance!(""), "use_vmac", "\n}"),
        "vrrp_instance/use_ipvlan" => around(instance!("mcast_src_ip 192.0.2.3\n"), "use_ipvlan", "\n}"),
        "vrrp_instance/unicast_peer" if keyword == "ADDR" => {
            around(instance!("unicast_peer {\n"), "", "\n}\n}")
        }
        "vrrp_instance/unicast_peer" => around(instance!("unicast_peer {\n"), "192.0.2.7", "\n}\n}"),
        "vrrp_instance/virtual_ipaddress" => {
            around(instance!("virtual_ipaddress_excluded {\n"), "192.0.2.9/24", "\n}\n}")
        }
        "vrrp_instance/virtual_routes" => {
            around(instance!("virtual_routes {\n"), "198.51.100.0/24 dev eth0", "\n}\n}")
        }
        "vrrp_instance/virtual_routes/nexthop" => around(
            instance!("virtual_routes {\n"),
            "198.51.100.0/24 nexthop via 192.0.2.253 nexthop via 192.0.2.254",
            "\n}\n}",
        ),
        "vrrp_instance/virtual_routes/encap ip" => {
            let entry = match keyword {
                "id" => "198.51.100.0/24 dev eth0 encap ip dst 192.0.2.8",
                _ => "198.51.100.0/24 dev eth0 encap ip id 3",
            };
            around(instance!("virtual_routes {\n"), entry, "\n}\n}")
        }
        "vrrp_instance/virtual_routes/encap ip6" => {
            let entry = match keyword {
                "id" => "198.51.100.0/24 dev eth0 encap ip6 dst 2001:db8::8",
                _ => "198.51.100.0/24 dev eth0 encap ip6 id 3",
            };
            around(instance!("virtual_routes {\n"), entry, "\n}\n}")
        }
        other if other.starts_with("vrrp_instance/virtual_routes/encap") => {
            around(instance!("virtual_routes {\n"), "", "\n}\n}")
        }
        "vrrp_instance/virtual_rules" => {
            around(instance!("virtual_rules {\n"), "from 203.0.113.0/24 table 100 preference 100", "\n}\n}")
        }
        "vrrp_instance/track_interface" if keyword == "IF" => {
            around(instance!("track_interface {\n"), "", "\n}\n}")
        }
        "vrrp_instance/track_interface" => around(instance!("track_interface {\n"), "eth1", "\n}\n}"),
        "vrrp_instance/track_script" => tracked(keyword, instance!("track_script {\n"), "check"),
        "vrrp_instance/track_file" => tracked(keyword, instance!("track_file {\n"), "drain"),
        "vrrp_instance/track_process" => tracked(keyword, instance!("track_process {\n"), "haproxy"),
        "vrrp_instance/track_bfd" => tracked(keyword, instance!("track_bfd {\n"), "router"),
        other => panic!("nothing says where examples of {other} belong"),
    }
}

/// Where a keyword of instances belongs.
fn instance_word(keyword: &str) -> Around {
    match keyword {
        "native_ipv6" => around(
            "vrrp_instance VI_9 {\ninterface eth0\nvirtual_router_id 9\nno_virtual_ipaddress\n",
            "",
            "\n}",
        ),
        "use_ipvlan" => around(instance!("mcast_src_ip 192.0.2.3\n"), "", "\n}"),
        "virtual_ipaddress" | "no_virtual_ipaddress" => {
            around("vrrp_instance VI_9 {\ninterface eth0\nvirtual_router_id 9\n", "", "\n}")
        }
        "interface" => around(
            "vrrp_instance VI_9 {\nvirtual_router_id 9\nvirtual_ipaddress {\n192.0.2.99/24\n}\n",
            "",
            "\n}",
        ),
        "vrf" => around(
            "vrrp_instance VI_9 {\nvirtual_router_id 9\nunicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n}\n\
                 virtual_ipaddress {\n192.0.2.99/24 dev eth0\n}\n",
            "",
            "\n}",
        ),
        "virtual_router_id" => {
            around("vrrp_instance VI_9 {\ninterface eth1\nvirtual_ipaddress {\n192.0.2.99/24\n}\n", "", "\n}")
        }
        _ => around(instance!(""), "", "\n}"),
    }
}

fn tracked(keyword: &str, before: &'static str, name: &'static str) -> Around {
    // What is tracked is defined with `reverse`, see [`DEFINED`].
    let entry = match (keyword, name) {
        ("NAME", _) => "",
        ("reverse", "check") => "check noreverse",
        ("reverse", "drain") => "drain noreverse",
        ("reverse", "haproxy") => "haproxy noreverse",
        ("reverse", "router") => "router noreverse",
        _ => name,
    };
    around(before, entry, "\n}\n}")
}

fn in_service(path: &str, keyword: &str) -> Around {
    let check = path.strip_prefix("virtual_server/real_server/");
    match check {
        Some("TCP_CHECK") => around(server!("TCP_CHECK {\n"), "", "\n}\n}\n}"),
        Some("HTTP_GET") => around(server!("HTTP_GET {\nurl {\npath /\n}\n"), "", "\n}\n}\n}"),
        Some("SSL_GET") => around(server!("SSL_GET {\nurl {\npath /\n}\n"), "", "\n}\n}\n}"),
        Some("HTTP_GET/url") if keyword == "path" => {
            around(server!("HTTP_GET {\nurl {\n"), "", "\n}\n}\n}\n}")
        }
        Some("HTTP_GET/url") => around(server!("HTTP_GET {\nurl {\npath /\n"), "", "\n}\n}\n}\n}"),
        Some("SSL_GET/url") if keyword == "path" => around(server!("SSL_GET {\nurl {\n"), "", "\n}\n}\n}\n}"),
        Some("SSL_GET/url") => around(server!("SSL_GET {\nurl {\npath /\n"), "", "\n}\n}\n}\n}"),
        Some("SMTP_CHECK") => around(server!("SMTP_CHECK {\n"), "", "\n}\n}\n}"),
        Some("SMTP_CHECK/host") => around(server!("SMTP_CHECK {\nhost {\n"), "", "\n}\n}\n}\n}"),
        Some("DNS_CHECK") => around(server!("DNS_CHECK {\n"), "", "\n}\n}\n}"),
        Some("MISC_CHECK") if keyword == "misc_path" => around(server!("MISC_CHECK {\n"), "", "\n}\n}\n}"),
        Some("MISC_CHECK") => around(server!("MISC_CHECK {\nmisc_path /usr/bin/true\n"), "", "\n}\n}\n}"),
        Some("UDP_CHECK") => around(server!("UDP_CHECK {\n"), "", "\n}\n}\n}"),
        Some("PING_CHECK") => around(server!("PING_CHECK {\n"), "", "\n}\n}\n}"),
        Some("FILE_CHECK") if keyword == "track_file" => around(server!("FILE_CHECK {\n"), "", "\n}\n}\n}"),
        Some("FILE_CHECK") => around(server!("FILE_CHECK {\ntrack_file drain\n"), "", "\n}\n}\n}"),
        Some("BFD_CHECK") if keyword == "name" => around(server!("BFD_CHECK {\n"), "", "\n}\n}\n}"),
        Some("BFD_CHECK") => around(server!("BFD_CHECK {\nname router\n"), "", "\n}\n}\n}"),
        Some(other) => panic!("nothing says where examples of the check {other} belong"),
        None => match path {
            "virtual_server/real_server" if keyword == "virtualhost" => {
                around(server!("HTTP_GET {\nurl {\npath /\n}\n}\n"), "", "\n}\n}")
            }
            "virtual_server/real_server" => around(server!("TCP_CHECK {\n}\n"), "", "\n}\n}"),
            "virtual_server/lb_kind TUN" => {
                around(service!(""), "lb_kind TUN", "\nreal_server 198.51.100.1 80 {\n}\n}")
            }
            "virtual_server" => match keyword {
                "protocol" => {
                    around("virtual_server 192.0.2.9 80 {\n", "", "\nreal_server 198.51.100.1 80 {\n}\n}")
                }
                "ops" => around(
                    "virtual_server 192.0.2.9 53 {\nprotocol UDP\n",
                    "",
                    "\nreal_server 198.51.100.1 53 {\n}\n}",
                ),
                "ip_family" => around(
                    "virtual_server fwmark 7 {\nlb_kind TUN\n",
                    "",
                    "\nreal_server 198.51.100.1 80 {\n}\n}",
                ),
                "quorum" | "hysteresis" => {
                    around(service!("real_server 198.51.100.1 80 {\nweight 3\n}\n"), "", "\n}")
                }
                "virtualhost" => around(service!(""), "", HTTP_SERVER),
                _ => around(service!(""), "", "\nreal_server 198.51.100.1 80 {\nTCP_CHECK {\n}\n}\n}"),
            },
            other => panic!("nothing says where examples of {other} belong"),
        },
    }
}
