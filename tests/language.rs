//! The configuration language as properties: the same thing written in another way means the same, and whatever the
//! text is, reading it ends after a time that grows no faster than the text.

use std::path::Path;

use keepalived::base::rng::SplitMix64;
use keepalived::base::time::Span;
use keepalived::conf::env::Pretend;
use keepalived::conf::source::Memory;
use keepalived::conf::{self, Loaded};
use keepalived::sys::clock::now;
use proptest::prelude::*;

const MAIN: &str = "/etc/keepalived/keepalived.conf";

fn load(files: &Memory) -> Loaded {
    conf::load(files, Path::new(MAIN), &Pretend::default())
}

/// A configuration before it is written down.
#[derive(Clone, Debug)]
enum Node {
    /// The words of a line.
    Line(Vec<String>),
    /// The words before a brace, and what is inside.
    Block(Vec<String>, Vec<Node>),
}

fn line(text: &str) -> Node {
    Node::Line(words(text))
}

fn block(head: &str, inner: Vec<Node>) -> Node {
    Node::Block(words(head), inner)
}

/// Words parted by blanks; quotes hold one together.
fn words(text: &str) -> Vec<String> {
    let mut quoted = false;
    let split = |letter: char| {
        quoted ^= letter == '"';
        letter == ' ' && !quoted
    };
    text.split(split).map(str::to_owned).collect()
}

fn some_of(lines: Vec<String>) -> impl Strategy<Value = Vec<Node>> {
    let count = lines.len();
    prop::sample::subsequence(lines, 0..=count)
        .prop_map(|lines| lines.iter().map(|text| line(text)).collect())
}

fn global() -> impl Strategy<Value = Node> {
    (0_u32..99, 0_u32..9).prop_flat_map(|(number, delay)| {
        let lines = [
            format!("router_id \"LVS {number}\""),
            format!("vrrp_garp_master_delay {delay}"),
            format!("vrrp_garp_interval 0.{number}1"),
            "vrrp_version 3".into(),
            "enable_script_security".into(),
            "script_user root".into(),
            "notify_fifo /run/fifo".into(),
            "vrrp_mcast_group4 224.0.0.99".into(),
        ];
        some_of(lines.into()).prop_map(|lines| block("global_defs", lines))
    })
}

fn script(index: usize) -> impl Strategy<Value = Node> {
    (1_u32..60, -253_i32..253).prop_flat_map(move |(seconds, weight)| {
        let lines = [
            format!("interval {seconds}"),
            format!("weight {weight}"),
            format!("fall {seconds}"),
            "timeout 3".into(),
            "init_fail".into(),
        ];
        some_of(lines.into()).prop_map(move |mut lines| {
            lines.push(line("script \"/usr/bin/check -H 192.0.2.1 'a b'\""));
            block(&format!("vrrp_script s{index}"), lines)
        })
    })
}

fn instance(index: usize) -> impl Strategy<Value = Node> {
    let addresses = prop::collection::vec((0_u8..4, 1_u8..255, 8_u8..=32), 1..5);
    (addresses, 1_u32..255, 1_u32..40).prop_flat_map(move |(addresses, priority, interval)| {
        let lines = [
            format!("priority {priority}"),
            format!("advert_int {interval}"),
            "state BACKUP".into(),
            "nopreempt".into(),
            "garp_master_repeat 3".into(),
            "notify \"/usr/bin/tell 'who is it' master\" root root".into(),
            "notify_master /usr/bin/master".into(),
            "unicast_src_ip 192.0.2.9".into(),
            "accept".into(),
        ];
        some_of(lines.into()).prop_map(move |mut lines| {
            lines.push(line("interface eth0"));
            lines.push(line(&format!("virtual_router_id {}", index + 1)));
            let entry =
                |(net, host, length): &(u8, u8, u8)| line(&format!("10.{net}.0.{host}/{length} dev eth1"));
            lines.push(block("virtual_ipaddress", addresses.iter().map(entry).collect()));
            lines.push(block("track_script", vec![line("s0 weight 10"), line("s1")]));
            lines.push(block("unicast_peer", vec![line("192.0.2.10"), line("192.0.2.11 min_ttl 3")]));
            lines.push(block("virtual_routes", vec![line("10.9.0.0/16 via 192.0.2.254 dev eth0 metric 7")]));
            lines.push(block("authentication", vec![line("auth_type PASS"), line("auth_pass \"a b\"")]));
            block(&format!("vrrp_instance VI_{index}"), lines)
        })
    })
}

fn service() -> impl Strategy<Value = Node> {
    (1_u32..9, 1_u16..9999).prop_map(|(weight, port)| {
        let check =
            block("TCP_CHECK", vec![line("connect_timeout 3"), line(&format!("connect_port {port}"))]);
        let server = block("real_server 192.0.2.2 80", vec![line(&format!("weight {weight}")), check]);
        let mut lines: Vec<Node> =
            ["delay_loop 6", "lb_algo rr", "lb_kind NAT", "protocol TCP"].map(line).into();
        lines.push(server);
        block("virtual_server 192.0.2.1 80", lines)
    })
}

fn configuration() -> impl Strategy<Value = Vec<Node>> {
    let group = block("vrrp_sync_group G", vec![block("group", vec![line("VI_0"), line("VI_1")])]);
    (global(), script(0), script(1), instance(0), instance(1), service()).prop_map(
        move |(global, s0, s1, vi0, vi1, service)| vec![global, s0, s1, vi0, vi1, group.clone(), service],
    )
}

/// One word a blank, one entry a line: as manuals write it.
fn plain(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Line(words) => out.push_str(&format!(
                "{}
",
                words.join(" ")
            )),
            Node::Block(head, inner) => {
                out.push_str(&format!(
                    "{} {{
",
                    head.join(" ")
                ));
                plain(inner, out);
                out.push_str("}\n");
            }
        }
    }
}

/// Writes as nobody should.
struct Scribe {
    rng: SplitMix64,
    out: String,
    /// Definitions that the text uses.
    definitions: String,
    defined: u32,
    end_of_line: &'static str,
}

impl Scribe {
    fn chance(&mut self, of: u64) -> bool {
        self.rng.below(of) == 0
    }

    fn blanks(&mut self, least: u64) {
        for _ in 0..least + self.rng.below(3) {
            let tab = self.chance(2);
            self.out.push(if tab { '\t' } else { ' ' });
        }
    }

    fn end_line(&mut self) {
        if self.chance(6) {
            self.out.push_str(" # not { meant \"");
        }
        self.out.push_str(self.end_of_line);
        if self.chance(8) {
            self.out.push_str("  ! nothing } here");
            self.out.push_str(self.end_of_line);
        }
        if self.chance(8) {
            self.out.push_str("@somebody_else nonsense { } here");
            self.out.push_str(self.end_of_line);
        }
    }

    fn words(&mut self, words: &[String]) {
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.blanks(1);
            }
            if index > 0 && !word.contains('"') && self.chance(6) {
                self.defined += 1;
                let name = self.defined;
                self.definitions.push_str(&format!("$WORD{name}={word}{}", self.end_of_line));
                self.out.push_str(&format!("${{WORD{name}}}"));
            } else {
                self.out.push_str(word);
            }
        }
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.blanks(0);
            match node {
                Node::Line(words) => {
                    if self.chance(10) && self.out.ends_with(['\n', ' ', '\t']) && self.at_line_start() {
                        self.out.push_str("@host ");
                    }
                    self.words(words);
                    self.end_line();
                }
                Node::Block(head, inner) => {
                    self.words(head);
                    if self.chance(3) {
                        self.end_line();
                    }
                    self.blanks(0);
                    self.out.push('{');
                    if !self.chance(3) {
                        self.end_line();
                    }
                    self.nodes(inner);
                    self.blanks(0);
                    self.out.push('}');
                    if !self.chance(4) {
                        self.end_line();
                    }
                }
            }
        }
    }

    /// Whether only blanks stand on the present line.
    fn at_line_start(&self) -> bool {
        self.out.rsplit('\n').next().is_none_or(|line| line.trim().is_empty())
    }
}

/// The same configuration in another hand, perhaps with a part of it in a file of its own.
fn scribbled(nodes: &[Node], seed: u64) -> Memory {
    let mut rng = SplitMix64::new(seed);
    let end_of_line = if rng.below(3) == 0 { "\r\n" } else { "\n" };
    let parts = u64::try_from(nodes.len()).unwrap_or_default() + 1;
    let (before, behind) = nodes.split_at(usize::try_from(rng.below(parts)).unwrap_or_default());
    let mut scribe = Scribe { rng, out: String::new(), definitions: String::new(), defined: 0, end_of_line };
    scribe.nodes(before);
    let first = std::mem::take(&mut scribe.out);
    scribe.nodes(behind);
    let main = format!("{}{first}{end_of_line}include rest/*.conf", scribe.definitions);
    Memory::of(MAIN, main).with("/etc/keepalived/rest/1.conf", scribe.out)
}

/// What is said of a configuration, without the places.
fn said(loaded: &Loaded) -> Vec<String> {
    let mut said: Vec<String> =
        loaded.diagnostics.iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect();
    said.sort();
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn layout_means_nothing(nodes in configuration(), seed in any::<u64>()) {
        let mut text = String::new();
        plain(&nodes, &mut text);
        let neat = load(&Memory::of(MAIN, text));
        prop_assert!(neat.model.is_some(), "{:?}", said(&neat));
        let wild = load(&scribbled(&nodes, seed));
        prop_assert_eq!(said(&wild), said(&neat));
        prop_assert_eq!(format!("{:?}", wild.model), format!("{:?}", neat.model));
    }

    #[test]
    fn what_is_printed_is_read_as_the_same(nodes in configuration(), seed in any::<u64>()) {
        let loaded = load(&scribbled(&nodes, seed));
        let printed = loaded.expanded.to_text();
        let again = conf::load_expanded(&printed, &Pretend::default()).expect("to_text wrote it");
        prop_assert_eq!(format!("{:?}", again.model), format!("{:?}", loaded.model));
        // It is a configuration like any other as well.
        let anew = load(&Memory::of(MAIN, printed));
        prop_assert_eq!(format!("{:?}", anew.model), format!("{:?}", loaded.model));
    }
}

/// Texts of about `size` octets that tempt a reader to go over them again and again.
fn tempting(size: usize) -> Vec<(&'static str, String)> {
    let repeated = |text: &str| text.repeat(size / text.len());
    let numbered = |text: fn(usize) -> String| {
        let mut out = String::new();
        let mut number = 0;
        while out.len() < size {
            out.push_str(&text(number));
            number += 1;
        }
        out
    };
    vec![
        ("opening braces", repeated("{")),
        ("closing braces", repeated("}\n")),
        ("quotes", repeated("\"")),
        ("open blocks", repeated("vrrp_instance A {\n")),
        ("unknown words", numbered(|n| format!("word{n} x {{\n inner{n}\n}}\n"))),
        ("definitions", numbered(|n| format!("$A{n}=${{A{}}}\nx $A{n}\n", n.saturating_sub(1) / 8 * 8))),
        ("unknown names", repeated("${A}${B} $C\n")),
        ("definitions of lines", format!("$L= \\\n{}\n$L\n", repeated(" a \\\n"))),
        ("sequences", repeated("~SEQ(a,3) ~LST(b,1,2) x$a$b\n")),
        ("conditions", repeated("@other x\n@^other \n@host\n")),
        ("comments", repeated("x \\# y # z\n")),
        ("addresses", {
            let entry = |n: usize| format!("10.{}.{}.{}\n", n / 62_500 % 250, n / 250 % 250, n % 250);
            let entries: String = (0..size / 12).map(entry).collect();
            format!(
                "vrrp_instance A {{\nvirtual_router_id 1\ninterface eth0\nvirtual_ipaddress {{\n{entries}}}\n}}\n"
            )
        }),
        (
            "instances",
            numbered(|n| {
                format!(
                    "vrrp_instance VI_{n} {{\n interface eth{n}\n virtual_router_id 1\n track_script {{\n none{n}\n }}\n}}\n"
                )
            }),
        ),
        (
            "one instance again and again",
            repeated("vrrp_instance A {\n interface eth0\n virtual_router_id 1\n}\n"),
        ),
        ("octets", (0..size).map(|n| char::from(u8::try_from(n * 7 % 128).unwrap_or_default())).collect()),
    ]
}

/// The shortest of some attempts, so that what else the machine does counts little.
fn time(text: &str) -> Span {
    let attempt = |_| {
        let files = Memory::of(MAIN, text);
        let start = now();
        let loaded = load(&files);
        drop(loaded);
        now().since(start)
    };
    (0..3).map(attempt).min().unwrap_or_default()
}

#[test]
fn reading_takes_a_time_that_grows_with_the_text() {
    let (small, large) = (tempting(40_000), tempting(320_000));
    for ((name, small), (_, large)) in small.iter().zip(&large) {
        let (few, many) = (time(small), time(large));
        println!("{name}: {few} for {} octets, {many} for {}", small.len(), large.len());
        // Eight times the text; a square would take 64 times as long.
        assert!(many < few * 24 + Span::from_millis(40), "{name}: {few}, and {many} for eight times as much");
    }
}
