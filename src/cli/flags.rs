//! Every option that keepalived 2.4.3 has, and what became of it here.

use crate::daemon::Role;
use Argument::{None as Nothing, Optional, Required};
use Standing::{Internal, Missing, Moot, Works};

/// An option.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// What it sets.
    pub(super) id: Id,
    /// The letter after one dash.
    pub short: Option<char>,
    /// The name after two dashes.
    pub long: &'static str,
    /// Its argument.
    pub argument: Argument,
    /// What it does, in lines.
    pub help: &'static [&'static str],
    /// What it does in this version.
    pub standing: Standing,
}

/// The argument of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// It has none.
    None,
    /// It has to have one, called this.
    Required(&'static str),
    /// It may have one, attached to it, called this.
    Optional(&'static str),
}

/// What an option does in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What it says.
    Works,
    /// What it asks for is so anyhow.
    Moot,
    /// Nothing yet: it is refused.
    Missing,
    /// Between our own processes.
    Internal,
}

/// What an option sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Config,
    Console,
    Detail,
    Facility,
    LogFile,
    NoSyslog,
    Umask,
    KeepAddresses,
    NoRespawn,
    Foreground,
    Dump,
    /// Of this child, or of the parent.
    Pid(Option<Role>),
    Only(Role),
    NoBfd,
    EveryProcess,
    Namespace,
    CorePattern,
    Addresses,
    AllConfig,
    Descriptor,
    Host,
    Core,
    SignalNumber,
    IgnoreInterrupt,
    Test,
    Format,
    Strict,
    Lint,
    Explain,
    Genhash,
    ReleaseLeftovers,
    Version,
    Help,
    Child,
    Called,
    /// Nothing that could be set.
    None,
}

const fn flag(
    id: Id,
    short: Option<char>,
    long: &'static str,
    argument: Argument,
    help: &'static [&'static str],
    standing: Standing,
) -> Flag {
    Flag { id, short, long, argument, help, standing }
}

/// Every option, in the order of the help text.
#[rustfmt::skip]
pub const FLAGS: &[Flag] = &[
    flag(Id::Config, Some('f'), "use-file", Required("FILE"),
        &["Read the configuration from FILE", "(default '/etc/keepalived/keepalived.conf')"], Works),
    flag(Id::Only(Role::Vrrp), Some('P'), "vrrp", Nothing, &["Run VRRP only; with --check, both"], Works),
    flag(Id::Only(Role::Checkers), Some('C'), "check", Nothing, &["Run the health checkers only"], Works),
    flag(Id::NoBfd, Some('B'), "no_bfd", Nothing, &["Do not run BFD"], Works),
    flag(Id::EveryProcess, None, "all", Nothing, &["Run every child process, needed or not"], Works),
    flag(Id::Console, Some('l'), "log-console", Nothing, &["With --dont-fork, log to standard error too"], Works),
    flag(Id::Detail, Some('D'), "log-detail", Nothing, &["Log more; given twice, log everything"], Works),
    flag(Id::Facility, Some('S'), "log-facility", Required("([0-7]|local[0-7]|user|daemon)"),
        &["The syslog facility (default daemon)"], Works),
    flag(Id::LogFile, Some('g'), "log-file", Optional("FILE"),
        &["Log to FILE too; each child process has a file of", "its own, such as FILE_vrrp",
        "(default 'keepalived.log' in TMPDIR or /tmp)"], Works),
    flag(Id::None, None, "flush-log-file", Nothing,
        &["Write each line to the log file at once (always", "done)"], Moot),
    flag(Id::NoSyslog, Some('G'), "no-syslog", Nothing, &["Do not log to syslog"], Works),
    flag(Id::Umask, Some('u'), "umask", Required("MASK"),
        &["Permissions that new files do not get", "(default 0177)"], Works),
    flag(Id::None, Some('X'), "release-vips", Nothing,
        &["Remove addresses when a signal ends the role of", "master (always done)"], Moot),
    flag(Id::KeepAddresses, Some('V'), "dont-release-vrrp", Nothing,
        &["At the end keep the role and the addresses"], Works),
    flag(Id::None, Some('I'), "dont-release-ipvs", Nothing,
        &["At the end keep the IPVS table (never touched)"], Moot),
    flag(Id::NoRespawn, Some('R'), "dont-respawn", Nothing, &["End when a child process dies"], Works),
    flag(Id::Foreground, Some('n'), "dont-fork", Nothing, &["Stay in the foreground"], Works),
    flag(Id::Dump, Some('d'), "dump-conf", Nothing, &["Log the configuration, without passwords"], Works),
    flag(Id::Pid(None), Some('p'), "pid", Required("FILE"),
        &["Pid file of the parent process", "(default '/run/keepalived.pid')"], Works),
    flag(Id::Pid(Some(Role::Vrrp)), Some('r'), "vrrp_pid", Required("FILE"),
        &["Pid file of the VRRP process", "(default '/run/vrrp.pid')"], Works),
    flag(Id::Pid(Some(Role::Checkers)), Some('c'), "checkers_pid", Required("FILE"),
        &["Pid file of the health checkers", "(default '/run/checkers.pid')"], Works),
    flag(Id::Pid(Some(Role::Bfd)), Some('b'), "bfd_pid", Required("FILE"),
        &["Pid file of the BFD process", "(default '/run/bfd.pid')"], Works),
    flag(Id::Addresses, Some('a'), "address-monitoring", Nothing,
        &["Log every address that comes or goes"], Works),
    flag(Id::None, Some('x'), "snmp", Nothing, &["Be an SNMP subagent"], Missing),
    flag(Id::None, Some('A'), "snmp-agent-socket", Required("SOCKET"), &["Where the SNMP agent listens"], Missing),
    flag(Id::Namespace, Some('s'), "namespace", Required("NAME"),
        &["Run in this network namespace, whatever the", "configuration says"], Works),
    flag(Id::Core, Some('m'), "core-dump", Nothing, &["Leave a core file after a crash"], Works),
    flag(Id::CorePattern, Some('M'), "core-dump-pattern", Optional("PATN"),
        &["Leave a core file named by this pattern of the", "whole host, until the end (default 'core')"], Works),
    flag(Id::AllConfig, Some('e'), "all-config", Nothing, &["A file that cannot be included is an error"], Works),
    flag(Id::Descriptor, None, "config-fd", Required("FD"),
        &["Read the configuration from this open file", "descriptor, in place of a file"], Works),
    flag(Id::Host, Some('i'), "config-id", Required("ID"),
        &["What lines that begin with @ID are for", "(default: the host name up to its first dot)"], Works),
    flag(Id::IgnoreInterrupt, None, "ignore-sigint", Nothing, &["Ignore SIGINT, for debuggers"], Works),
    flag(Id::SignalNumber, None, "signum", Required("NAME"),
        &["Print the number of the signal for STOP, RELOAD,", "DATA, STATS, STATS_CLEAR, JSON, TDUMP, TDATA", "or UPGRADE"], Works),
    flag(Id::Test, Some('t'), "config-test", Optional("LOG_FILE"),
        &["Judge the configuration and end; complaints go", "to LOG_FILE or standard error"], Works),
    flag(Id::Format, None, "format", Required("FORMAT"),
        &["With --config-test, print complaints as text or", "as one json document"], Works),
    flag(Id::Strict, None, "strict", Nothing, &["With --config-test, a warning is fatal"], Works),
    flag(Id::Lint, None, "lint", Nothing, &["With --config-test, give advice, too"], Works),
    flag(Id::Explain, None, "explain", Required("CODE"), &["Say more about a complaint, such as K0201"], Works),
    flag(Id::ReleaseLeftovers, None, "release-leftovers", Nothing,
        &["Remove what a daemon which was killed has left", "behind in the kernel, and end"], Works),
    flag(Id::None, None, "perf", Optional("WHEN"), &["Record performance data"], Missing),
    flag(Id::None, None, "no-mem-check", Nothing, &["Do not check memory"], Missing),
    flag(Id::None, Some('L'), "mem-check-log", Nothing, &["Log memory checks"], Missing),
    flag(Id::None, Some('O'), "openssl-mem-check", Nothing, &["Check the memory of OpenSSL"], Missing),
    flag(Id::None, None, "debug", Optional("OPTS"), &["Log the inner workings"], Missing),
    flag(Id::Genhash, Some('T'), "genhash", Nothing,
        &["Be genhash(1): every word behind this is for it"], Works),
    flag(Id::Version, Some('v'), "version", Nothing, &["Print the version"], Works),
    flag(Id::Help, Some('h'), "help", Nothing, &["Print this text"], Works),
    flag(Id::Child, None, "child", Required("NAME"), &["Be a child process"], Internal),
    flag(Id::Called, None, "called", Required("WORDS"), &["What the log adds to the name"], Internal),
];
