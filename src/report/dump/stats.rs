//! The statistics file: a tree of names and numbers, indented so that each instance is YAML.

use super::Scene;
use super::page::Page;
use crate::vrrp::Stats;

/// The whole file.
#[must_use]
pub fn render(scene: &Scene<'_>) -> String {
    let mut page = Page::default();
    for (_, conf, shown) in scene.instances() {
        page.line(0, format_args!("VRRP Instance: {}", conf.name));
        counters(&mut page, &shown.stats);
    }
    page.finish()
}

fn counters(page: &mut Page, stats: &Stats) {
    let errors = &stats.errors.get();
    let extension = &errors.extension;
    group(page, "Advertisements", &[("Received", stats.received), ("Sent", stats.sent)]);
    page.line(2, format_args!("Became master: {}", stats.became_master));
    page.line(2, format_args!("Released master: {}", stats.released_master));
    group(
        page,
        "Packet Errors",
        &[
            ("Length", errors.length),
            ("TTL", errors.ttl),
            ("Invalid Type", errors.invalid_type),
            ("Advertisement Interval", errors.interval),
            ("Address List", errors.address_list),
        ],
    );
    group(
        page,
        "Authentication Errors",
        &[
            ("Invalid Type", errors.auth_invalid_type),
            ("Type Mismatch", errors.auth_type_mismatch),
            ("Failure", errors.auth_failure),
        ],
    );
    group(
        page,
        "Authentication Extension Errors",
        &[
            ("Missing", extension.missing),
            ("Malformed", extension.malformed),
            ("Unknown Key", extension.unknown_key),
            ("Invalid HMAC", extension.invalid),
            ("Stale", extension.stale),
            ("Replay", extension.replay),
        ],
    );
    let zero = [("Received", stats.priority_zero_received), ("Sent", stats.priority_zero_sent)];
    group(page, "Priority Zero", &zero);
}

fn group(page: &mut Page, name: &str, entries: &[(&str, u64)]) {
    page.line(2, format_args!("{name}:"));
    for (name, count) in entries {
        page.line(4, format_args!("{name}: {count}"));
    }
}

#[cfg(test)]
mod tests;
