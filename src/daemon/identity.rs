//! Who we are: in place of which keepalived, in which version, with what in it.

/// The first line of `--version`, and what the log begins with. Programs read the second word.
pub const NAME: &str = concat!("Keepalived v2.4.3 (08/13,2026), keepalived-rs ", env!("CARGO_PKG_VERSION"));

/// What tells us from other programs of that name, in that line.
pub const OWN_NAME: &str = "keepalived-rs";

/// What keepalived calls its optional parts, of those that are in this version.
pub const CONFIG_OPTIONS: [&str; 5] = ["VRRP", "VRRP_AUTH", "JSON", "INIT=systemd", "SYSTEMD_NOTIFY"];

/// What keepalived would have been configured with to be what this is. Programs look for `--enable-json`.
pub const CONFIGURE_OPTIONS: [&str; 4] =
    ["--prefix=/usr", "--sysconfdir=/etc", "--enable-json", "--with-init=systemd"];

/// What keepalived calls the abilities of the system, of those that are in use.
pub const SYSTEM_OPTIONS: [&str; 5] = ["VSYSLOG", "MEMFD_CREATE", "F_OFD_SETLK", "IFA_FLAGS", "IFA_PROTO"];

/// Where the kernel says what it is.
const KERNEL: [&str; 3] =
    ["/proc/sys/kernel/ostype", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/version"];
/// Where the distribution says what it is (os-release(5)).
const DISTRIBUTION: [&str; 2] = ["/etc/os-release", "/usr/lib/os-release"];

/// Kernel and distribution, a line each; what cannot be found out is left out.
#[must_use]
pub fn running_on() -> Vec<String> {
    let parts: Vec<String> = KERNEL
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .map(|part| part.trim().to_owned())
        .collect();
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(format!("Running on {}", parts.join(" ")));
    }
    let about = DISTRIBUTION.iter().find_map(|path| std::fs::read_to_string(path).ok());
    if let Some(name) = about.as_deref().and_then(pretty_name) {
        lines.push(format!("Distro: {name}"));
    }
    lines
}

fn pretty_name(about: &str) -> Option<&str> {
    let name = about.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_name_is_in_the_first_line() {
        assert!(NAME.contains(OWN_NAME));
    }

    #[test]
    fn the_distribution_is_named_with_and_without_quotes() {
        assert_eq!(pretty_name("ID=x\nPRETTY_NAME=\"Debian 12\"\n"), Some("Debian 12"));
        assert_eq!(pretty_name("PRETTY_NAME=Void\n"), Some("Void"));
        assert_eq!(pretty_name("ID=x\n"), None);
    }
}
