//! What the processes of a node's daemon use.

use std::fs;
use std::time::Duration;

use crate::command;
use crate::node::Node;

/// What the processes of the daemon, scripts aside, have used of the processors so far.
#[must_use]
pub fn cpu(node: &Node) -> Duration {
    node.processes().iter().map(|process| cpu_of(process.pid)).sum()
}

/// What all threads of a process have used; nothing if it is gone.
fn cpu_of(pid: i32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

/// The memory of the daemon in KiB, what several processes share counted once (PSS of proc(5)).
#[must_use]
pub fn memory(node: &Node) -> f64 {
    let of = |pid: i32| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().strip_suffix(" kB")?.parse::<f64>().ok()
    };
    node.processes().iter().filter_map(|process| of(process.pid)).sum()
}

/// How many packets the node's interfaces whose names begin with `prefix` have sent.
#[must_use]
pub fn sent(node: &Node, prefix: &str) -> u64 {
    const SENT: usize = 9;
    let table = node.netns().inside(|| fs::read_to_string("/proc/thread-self/net/dev").unwrap_or_default());
    let lines = table.lines().filter_map(|line| line.trim_start().split_once(':'));
    let counts = lines
        .filter(|(name, _)| name.starts_with(prefix))
        .filter_map(|(_, numbers)| numbers.split_whitespace().nth(SENT)?.parse::<u64>().ok());
    counts.sum()
}

/// How many frames that are not IP the node's interfaces have sent: what they have sent less the packets of the kernel's
/// counters (`OutTransmits`, before Linux 6.7 `OutRequests`).
#[must_use]
pub fn announced(node: &Node) -> u64 {
    let (v4, v6) = node.netns().inside(|| {
        let read = |name| fs::read_to_string(format!("/proc/thread-self/net/{name}")).unwrap_or_default();
        (read("snmp"), read("snmp6"))
    });
    let mut lines = v4.lines().filter_map(|line| line.strip_prefix("Ip: "));
    let (names, numbers) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let v4: Vec<(&str, &str)> = names.split(' ').zip(numbers.split(' ')).collect();
    let v6: Vec<(&str, &str)> = v6.lines().filter_map(|line| line.split_once(char::is_whitespace)).collect();
    sent(node, "").saturating_sub(packets(&v4, "") + packets(&v6, "Ip6"))
}

/// How many packets of a family the kernel has sent.
fn packets(counters: &[(&str, &str)], family: &str) -> u64 {
    let value = |wanted: &str| {
        let found = counters.iter().find(|(name, _)| name.strip_prefix(family) == Some(wanted));
        found.and_then(|(_, number)| number.trim().parse().ok())
    };
    value("OutTransmits").or_else(|| value("OutRequests")).unwrap_or_default()
}

/// How many system calls the daemon makes within `span`, counted by strace, which slows it down.
///
/// # Panics
/// If strace fails.
#[must_use]
pub fn system_calls(node: &Node, span: Duration) -> f64 {
    let pids: Vec<String> = node.processes().iter().map(|process| process.pid.to_string()).collect();
    let seconds = span.as_secs_f64().to_string();
    let script = format!(
        "timeout --signal=INT {seconds} strace -f -c -U calls -o /dev/stdout {} 2>/dev/null; :",
        pids.iter().map(|pid| format!("-p {pid}")).collect::<Vec<_>>().join(" ")
    );
    let table = command::run(&["sh", "-c", &script]);
    // The last line is the sum.
    let total = table.lines().rev().find_map(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    total.unwrap_or(f64::NAN)
}
