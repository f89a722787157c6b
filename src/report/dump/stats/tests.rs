use super::super::testing::{model, snapshot, with};
use super::render;

const FIRST: &str = "\
VRRP Instance: VI_1
  Advertisements:
    Received: 1
    Sent: 2
  Became master: 3
  Released master: 4
  Packet Errors:
    Length: 0
    TTL: 0
    Invalid Type: 0
    Advertisement Interval: 0
    Address List: 0
  Authentication Errors:
    Invalid Type: 0
    Type Mismatch: 0
    Failure: 0
  Authentication Extension Errors:
    Missing: 0
    Malformed: 0
    Unknown Key: 0
    Invalid HMAC: 0
    Stale: 0
    Replay: 0
  Priority Zero:
    Received: 0
    Sent: 0
";

#[test]
fn every_counter_has_its_line() {
    let text = with(&model(), &snapshot(), render);
    assert!(text.starts_with(FIRST), "{text}");
    assert_eq!(text.lines().count(), 2 * FIRST.lines().count());
}

/// Some read what follows the first line as YAML: each line is a key with a number, or a key of deeper lines.
#[test]
fn each_instance_is_yaml() {
    let text = with(&model(), &snapshot(), render);
    let mut depth_allowed = 0;
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        assert!(depth % 2 == 0 && depth <= depth_allowed, "{line:?}");
        let (key, value) = line.trim_start().split_once(':').unwrap();
        assert!(!key.is_empty() && !key.contains('"'));
        if depth == 0 {
            depth_allowed = 2;
        } else if value.is_empty() {
            depth_allowed = depth + 2;
        } else {
            assert!(value.strip_prefix(' ').unwrap().parse::<u64>().is_ok(), "{line:?}");
            depth_allowed = depth;
        }
    }
}
