//! Text of a `keepalived.conf`: what most scenarios have in common, with their own lines added.

use std::fmt;
use std::time::Duration;

/// A configuration with one instance `VI_1`, VRID 51, on eth0.
#[derive(Clone, Debug)]
pub struct Conf {
    global: Vec<String>,
    blocks: Vec<String>,
    instance: Vec<String>,
    addresses: Vec<String>,
}

/// The interval of version 3 scenarios: short, yet a loaded host can stall for half a second without a
/// takeover.
pub const FAST: Duration = Duration::from_millis(200);

/// The virtual address of IPv4 scenarios.
pub const VIP4: std::net::Ipv4Addr = std::net::Ipv4Addr::new(10, 77, 0, 100);

/// The virtual address of IPv6 scenarios.
pub const VIP6: std::net::Ipv6Addr = std::net::Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 0x100);

/// The first, link-local, virtual address of IPv6 scenarios (RFC 9568 section 5.2.9).
pub const VIP6_LINK: std::net::Ipv6Addr = std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0x77, 0x100);

impl Conf {
    /// Version 2 with an interval of one second and the address [`VIP4`].
    #[must_use]
    pub fn v2(priority: u8) -> Self {
        Self::new(2, priority, "1").address(&format!("{VIP4}/24"))
    }

    /// Version 3 over IPv4 with the interval [`FAST`] and the address [`VIP4`].
    #[must_use]
    pub fn v3(priority: u8) -> Self {
        Self::new(3, priority, "0.2").address(&format!("{VIP4}/24"))
    }

    /// Version 3 over IPv6 with the interval [`FAST`] and the addresses [`VIP6_LINK`] and [`VIP6`].
    #[must_use]
    pub fn v6(priority: u8) -> Self {
        Self::new(3, priority, "0.2").address(&format!("{VIP6_LINK}/64")).address(&format!("{VIP6}/64"))
    }

    fn new(version: u8, priority: u8, interval: &str) -> Self {
        let instance = vec![
            "state BACKUP".to_owned(),
            "interface eth0".to_owned(),
            "virtual_router_id 51".to_owned(),
            format!("version {version}"),
            format!("priority {priority}"),
            format!("advert_int {interval}"),
        ];
        Self { global: vec!["router_id lab".to_owned()], blocks: Vec::new(), instance, addresses: Vec::new() }
    }

    /// Adds a line to `global_defs`.
    #[must_use]
    pub fn global(mut self, line: &str) -> Self {
        self.global.push(line.to_owned());
        self
    }

    /// Adds a block before the instance.
    #[must_use]
    pub fn block(mut self, text: &str) -> Self {
        self.blocks.push(text.to_owned());
        self
    }

    /// Adds a line to the instance, or replaces the one that begins with the same word.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        let keyword = line.split_whitespace().next();
        match self.instance.iter_mut().find(|known| known.split_whitespace().next() == keyword) {
            Some(known) => *known = line.to_owned(),
            None => self.instance.push(line.to_owned()),
        }
        self
    }

    /// Leaves out the line of the instance that begins with `keyword`.
    #[must_use]
    pub fn without(mut self, keyword: &str) -> Self {
        self.instance.retain(|line| line.split_whitespace().next() != Some(keyword));
        self
    }

    /// Adds a virtual address, with whatever may follow it.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.addresses.push(address.to_owned());
        self
    }

    /// Leaves the virtual addresses to those added from now on.
    #[must_use]
    pub fn without_addresses(mut self) -> Self {
        self.addresses.clear();
        self
    }

    /// Simple password authentication.
    #[must_use]
    pub fn password(self, password: &str) -> Self {
        self.line(&format!("authentication {{\n    auth_type PASS\n    auth_pass {password}\n}}"))
    }

    /// IPsec AH authentication.
    #[must_use]
    pub fn ah(self, password: &str) -> Self {
        self.line(&format!("authentication {{\n    auth_type AH\n    auth_pass {password}\n}}"))
    }

    /// Unicast to `peer` instead of multicast.
    #[must_use]
    pub fn unicast(self, source: impl fmt::Display, peer: impl fmt::Display) -> Self {
        self.line(&format!("unicast_src_ip {source}")).line(&format!("unicast_peer {{\n    {peer}\n}}"))
    }

    /// A script whose success is that the file `/run/healthy` exists, looked at every second, and the words
    /// `options` in its block.
    #[must_use]
    pub fn health_script(self, options: &str) -> Self {
        self.block(&format!(
            "vrrp_script healthy {{\n    script \"/etc/keepalived/healthy.sh\"\n    interval 1\n    {options}\n}}"
        ))
        .line("track_script {\n    healthy\n}")
    }

    /// The configuration text.
    #[must_use]
    pub fn text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Conf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = |line: &String| line.replace('\n', "\n    ");
        writeln!(f, "global_defs {{")?;
        for line in &self.global {
            writeln!(f, "    {}", indent(line))?;
        }
        writeln!(f, "}}")?;
        for block in &self.blocks {
            writeln!(f, "{block}")?;
        }
        writeln!(f, "vrrp_instance VI_1 {{")?;
        for line in &self.instance {
            writeln!(f, "    {}", indent(line))?;
        }
        if !self.addresses.is_empty() {
            writeln!(f, "    virtual_ipaddress {{")?;
            for address in &self.addresses {
                writeln!(f, "        {address}")?;
            }
            writeln!(f, "    }}")?;
        }
        writeln!(f, "}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_replaces_the_one_with_the_same_keyword() {
        let text = Conf::v2(150).line("advert_int 2").line("nopreempt").text();
        assert!(text.contains("    advert_int 2\n") && !text.contains("advert_int 1"), "{text}");
        assert!(text.contains("    nopreempt\n"), "{text}");
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
    }
}
