//! The settings of `global_defs` and its neighbours that concern one facility each. Times of 0 mean off unless said
//! otherwise; `None` means that nobody said anything.

use std::net::IpAddr;
use std::path::Path;

use super::further::ExtraAnnouncements;
use super::notify::{Command, Fifo};
use crate::base::id::IfName;
use crate::base::time::Span;

/// Everything that only one facility needs.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Mail.
    pub mail: Mail,
    /// Processes: names, priorities, memory.
    pub processes: Processes,
    /// IPVS as a whole.
    pub lvs: Lvs,
    /// Packet filters.
    pub firewall: Firewall,
    /// SNMP.
    pub snmp: Snmp,
    /// D-Bus.
    pub dbus: Dbus,
    /// Receive buffers.
    pub buffers: Buffers,
    /// Files that are read and written.
    pub files: Files,
    /// Network namespaces and running several daemons side by side.
    pub place: Place,
    /// Start and stop.
    pub life: Life,
    /// Commands.
    pub commands: Commands,
    /// Interfaces.
    pub interfaces: Interfaces,
    /// `rs_init_notifies`: notify of the state that real servers start in.
    pub rs_init_notifies: bool,
    /// `checker_log_all_failures`: log every failed check.
    pub log_all_failures: bool,
}

/// Mail about changes.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `smtp_server`: host and port; without one no mail is sent.
    pub server: Option<(Box<str>, u16)>,
    /// `notification_email_from`.
    pub from: Option<Box<str>>,
    /// `notification_email`.
    pub to: Vec<Box<str>>,
    /// `smtp_helo_name`.
    pub helo: Option<Box<str>>,
    /// `smtp_connect_timeout`.
    pub timeout: Span,
    /// `smtp_alert`.
    pub alert: Option<bool>,
    /// `smtp_alert_vrrp`.
    pub alert_vrrp: Option<bool>,
    /// `smtp_alert_checker`.
    pub alert_checker: Option<bool>,
    /// `no_email_faults`.
    pub without_faults: bool,
    /// `no_checker_emails`.
    pub without_checkers: bool,
    /// `smtp_tls`.
    pub security: MailSecurity,
    /// `smtp_user`.
    pub user: Option<Box<str>>,
    /// `smtp_password_file`.
    pub password_file: Option<Box<Path>>,
}

/// Whether mail is encrypted on its way to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailSecurity {
    /// It is not.
    #[default]
    None,
    /// It is, after the server has been asked to (RFC 3207).
    StartTls,
    /// It is from the first octet on (RFC 8314).
    Tls,
}

impl Default for Mail {
    fn default() -> Self {
        Mail {
            server: None,
            from: None,
            to: Vec::new(),
            helo: None,
            timeout: Span::from_secs(30),
            alert: None,
            alert_vrrp: None,
            alert_checker: None,
            without_faults: false,
            without_checkers: false,
            security: MailSecurity::None,
            user: None,
            password_file: None,
        }
    }
}

/// What is said of each process.
#[derive(Clone, Debug)]
pub struct Processes {
    /// `process_names`: use the usual names.
    pub usual_names: bool,
    /// `process_name`, of the parent.
    pub parent_name: Option<Box<str>>,
    /// The VRRP process.
    pub vrrp: Process,
    /// The process of the health checkers.
    pub checker: Process,
    /// The BFD process.
    pub bfd: Process,
    /// `max_auto_priority`: the highest real-time priority that late timers lead to; -1: never; `None`: the highest there is.
    pub max_auto_priority: Option<i8>,
    /// `min_auto_priority_delay`: how late a timer has to be for that.
    pub min_auto_priority_delay: Span,
}

impl Default for Processes {
    fn default() -> Self {
        Processes {
            usual_names: false,
            parent_name: None,
            vrrp: Process::default(),
            checker: Process::default(),
            bfd: Process::default(),
            max_auto_priority: Some(0),
            min_auto_priority_delay: Span::from_secs(1),
        }
    }
}

/// One process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name.
    pub name: Option<Box<str>>,
    /// Its nice value.
    pub nice: i8,
    /// It stays in memory.
    pub no_swap: bool,
    /// Its real-time priority (SCHED_RR).
    pub rt_priority: Option<u8>,
    /// The CPUs it may use; empty: all.
    pub cpus: Vec<u16>,
    /// How long it may run without a pause at real-time priority.
    pub rttime: Span,
}

impl Default for Process {
    fn default() -> Self {
        Process {
            name: None,
            nice: 0,
            no_swap: false,
            rt_priority: None,
            cpus: Vec::new(),
            rttime: Span::from_millis(10),
        }
    }
}

/// IPVS as a whole.
#[derive(Clone, Debug, Default)]
pub struct Lvs {
    /// `lvs_timeouts tcp`, in seconds as the kernel has it.
    pub tcp_timeout: Option<u32>,
    /// `lvs_timeouts tcpfin`.
    pub tcpfin_timeout: Option<u32>,
    /// `lvs_timeouts udp`.
    pub udp_timeout: Option<u32>,
    /// `lvs_flush`.
    pub flush: bool,
    /// `lvs_flush_on_stop`.
    pub flush_on_stop: FlushOnStop,
    /// `lvs_sync_daemon`.
    pub sync_daemon: Option<SyncDaemon>,
}

/// What happens to the IPVS table when keepalived stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlushOnStop {
    /// Services are taken out one by one.
    #[default]
    No,
    /// Everything goes at once.
    All,
    /// Its own services go at once.
    OwnServices,
}

/// The synchronisation of IPVS connections.
#[derive(Clone, Debug)]
pub struct SyncDaemon {
    /// The interface.
    pub interface: IfName,
    /// The instance whose state decides.
    pub instance: Option<Box<str>>,
    /// The number of the group of daemons.
    pub id: Option<u8>,
    /// The longest message, in octets.
    pub maxlen: Option<u16>,
    /// The UDP port.
    pub port: Option<u16>,
    /// The TTL.
    pub ttl: Option<u8>,
    /// The multicast group.
    pub group: Option<IpAddr>,
}

/// Packet filters for addresses that are not to be answered and for MAC-VLANs.
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    /// `vrrp_iptables`: the chains for input and output.
    pub iptables: Option<(Box<str>, Box<str>)>,
    /// `vrrp_ipsets`: the names of the sets; empty: none are used.
    pub ipsets: Option<Vec<Box<str>>>,
    /// `nftables`: the table.
    pub nftables: Option<Box<str>>,
    /// `nftables_priority`.
    pub priority: Option<i32>,
    /// `nftables_ifindex`: match interfaces by number.
    pub by_ifindex: bool,
    /// `nftables_counters`.
    pub counters: bool,
    /// `nftables_ipvs`: the table that marks packets of groups of virtual servers.
    pub ipvs: Option<Box<str>>,
    /// `nftables_ipvs_priority`.
    pub ipvs_priority: Option<i32>,
    /// `nftables_ipvs_start_fwmark`.
    pub ipvs_first_mark: Option<u32>,
}

/// SNMP.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent words of global_defs")]
pub struct Snmp {
    /// `snmp_socket`.
    pub socket: Option<Box<str>>,
    /// `enable_traps`.
    pub traps: bool,
    /// `enable_snmp_vrrp`.
    pub vrrp: bool,
    /// `enable_snmp_checker`.
    pub checker: bool,
    /// `enable_snmp_rfcv2` or `enable_snmp_rfc`.
    pub rfc2787: bool,
    /// `enable_snmp_rfcv3` or `enable_snmp_rfc`.
    pub rfc6527: bool,
    /// `snmp_vs_stats_update_interval`.
    pub service_age: Option<Span>,
    /// `snmp_rs_stats_update_interval`.
    pub server_age: Option<Span>,
}

/// D-Bus.
#[derive(Clone, Debug, Default)]
pub struct Dbus {
    /// `enable_dbus`.
    pub enabled: bool,
    /// `dbus_service_name`.
    pub service_name: Option<Box<str>>,
    /// `dbus_no_interface_name`.
    pub no_interface_name: Option<Box<str>>,
}

/// A receive buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    /// Its size in octets; 0: that of the system.
    pub size: u32,
    /// Beyond the limit of the system.
    pub force: bool,
}

/// How the receive buffers of VRRP sockets are sized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferPolicy {
    /// A multiple of the largest packet of the interface.
    Mtu,
    /// A multiple of an advertisement.
    Advert,
    /// Octets.
    Octets(u32),
}

/// Receive buffers.
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    /// `vrrp_netlink_cmd_rcv_bufs`.
    pub vrrp_command: Buffer,
    /// `vrrp_netlink_monitor_rcv_bufs`.
    pub vrrp_monitor: Buffer,
    /// `lvs_netlink_cmd_rcv_bufs`.
    pub lvs_command: Buffer,
    /// `lvs_netlink_monitor_rcv_bufs`.
    pub lvs_monitor: Buffer,
    /// `process_monitor_rcv_bufs`.
    pub process_monitor: Buffer,
    /// `vrrp_rx_bufs_policy`.
    pub policy: Option<BufferPolicy>,
    /// `vrrp_rx_bufs_multiplier`.
    pub multiplier: u32,
}

impl Default for Buffers {
    fn default() -> Self {
        let none = Buffer::default();
        Buffers {
            vrrp_command: none,
            vrrp_monitor: none,
            lvs_command: none,
            lvs_monitor: none,
            process_monitor: none,
            policy: None,
            multiplier: 3,
        }
    }
}

/// Files that are read and written.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// `umask`.
    pub umask: Option<u16>,
    /// `reload_check_config`: where the complaints go.
    pub reload_check: Option<Option<Box<Path>>>,
    /// `reload_time_file`.
    pub reload_time: Option<Box<Path>>,
    /// `reload_repeat`.
    pub reload_repeat: bool,
    /// `reload_file`; without a name the usual one.
    pub reload_marker: Option<Option<Box<Path>>>,
    /// `config_save_dir`.
    pub save: Option<Box<Path>>,
    /// `data_use_instance`: the name of the instance goes into the names of dumps.
    pub named_dumps: bool,
    /// `json_version`: 1 or 2.
    pub json_version: Option<u8>,
    /// `iproute_usr_dir`.
    pub iproute_usr: Option<Box<Path>>,
    /// `iproute_etc_dir`.
    pub iproute_etc: Option<Box<Path>>,
    /// `state_dump_file`.
    pub state_dump: Option<Box<Path>>,
    /// `stats_dump_file`.
    pub stats_dump: Option<Box<Path>>,
    /// `json_dump_file`.
    pub json_dump: Option<Box<Path>>,
    /// `random_seed`.
    pub random_seed: Option<u32>,
}

/// Where the daemon runs, and what it is called if it is not the only one.
#[derive(Clone, Debug)]
pub struct Place {
    /// `net_namespace`.
    pub namespace: Option<Box<str>>,
    /// `net_namespace_ipvs`; without a name that of process 1.
    pub ipvs_namespace: Option<Option<Box<str>>>,
    /// `namespace_with_ipsets`.
    pub with_ipsets: bool,
    /// `instance`.
    pub instance: Option<Box<str>>,
    /// `use_pid_dir`.
    pub pid_dir: bool,
    /// `child_wait_time`.
    pub child_wait: Span,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            namespace: None,
            ipvs_namespace: None,
            with_ipsets: false,
            instance: None,
            pid_dir: false,
            child_wait: Span::from_secs(5),
        }
    }
}

/// Start and stop.
#[derive(Clone, Debug)]
pub struct Life {
    /// `startup_script`.
    pub startup: Option<Command>,
    /// `startup_script_timeout`.
    pub startup_timeout: Span,
    /// `shutdown_script`.
    pub shutdown: Option<Command>,
    /// `shutdown_script_timeout`.
    pub shutdown_timeout: Span,
    /// `vrrp_startup_delay`.
    pub startup_delay: Span,
    /// `vrrp_delay_after_boot`.
    pub delay_after_boot: Span,
}

impl Default for Life {
    fn default() -> Self {
        Life {
            startup: None,
            startup_timeout: Span::from_secs(10),
            shutdown: None,
            shutdown_timeout: Span::from_secs(10),
            startup_delay: Span::ZERO,
            delay_after_boot: Span::ZERO,
        }
    }
}

/// How commands are run, and who reads the pipes.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// `use_symlink_paths`: run what is written, not what it resolves to.
    pub by_written_path: bool,
    /// `set_supplementary_groups`.
    pub supplementary_groups: bool,
    /// `lvs_notify_fifo`.
    pub lvs_fifo: Option<Fifo>,
    /// `notify_fifo_script`.
    pub fifo_reader: Option<Command>,
    /// `vrrp_notify_fifo_script`.
    pub vrrp_fifo_reader: Option<Command>,
    /// `lvs_notify_fifo_script`.
    pub lvs_fifo_reader: Option<Command>,
    /// `fifo_write_vrrp_states_on_reload`.
    pub repeat_states: bool,
    /// `notify_timeout`: how long a hook may run; none is for ever.
    pub hook_timeout: Option<Span>,
}

/// Interfaces in general.
#[derive(Clone, Debug, Default)]
pub struct Interfaces {
    /// `default_interface`, of static addresses.
    pub default: Option<IfName>,
    /// `dynamic_interfaces`.
    pub dynamic: Dynamic,
    /// `disable_local_igmp`.
    pub no_local_igmp: bool,
    /// `linkbeat_use_polling`.
    pub poll_all: bool,
    /// `vrrp_garp_extra_if`, for instances without `garp_extra_if`.
    pub extra_announcements: Option<ExtraAnnouncements>,
    /// `vmac_prefix`.
    pub vmac_prefix: Option<Box<str>>,
    /// `vmac_addr_prefix`.
    pub vmac_addr_prefix: Option<Box<str>>,
}

/// Whether interfaces may come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dynamic {
    /// They have to be there at the start.
    #[default]
    No,
    /// They may appear later.
    Yes,
    /// They may even come back as something else.
    AndChange,
}
