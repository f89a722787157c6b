use super::super::testing::{model, snapshot, with};
use super::render;

const BACKUP: &str = "\
 VRRP Instance = VI_2
   VRRP Version = 3
   State = BACKUP
   Master router = 10.0.0.3
   Master priority = 200
   Master advert interval = 1000 milli-sec
   Flags: none
   Wantstate = BACKUP
   Number of config faults = 0
   Number of tracker faults = 0
   Flags of interface faults - (none)
   Number of track scripts init = 0
   Last transition = 1795237095.309688 (Sat Nov 21 04:58:15.309688 2026)
   Read timeout = 1795237101.310093 (Sat Nov 21 04:58:15.310093 2026)
   Master down timer = 3414062 usecs
   Interface = eth0
   Using src_ip = 10.0.0.1
   Multicast address 224.0.0.18
   Gratuitous ARP delay = 5
   Gratuitous ARP repeat = 5
   Gratuitous ARP refresh = 0
   Gratuitous ARP refresh repeat = 1
   Gratuitous ARP lower priority delay = 5
   Gratuitous ARP lower priority repeat = 5
   Down timer adverts = 3
   Send advert after receive lower priority advert = true
   Send advert after receive higher priority advert = false
   Virtual Router ID = 52
   Priority = 150
   Effective priority = 150
   Total priority = 150
   Advert interval = 500 milli-sec
   Last advert sent = 0.000000
   Accept = enabled
   Preempt = enabled
   Promote_secondaries = disabled
   VRRPv3 uses VRRPv2 checksum = disabled
   Virtual IP (1):
     10.0.0.100/24 dev eth0 scope global
   fd_in 7, fd_out 8
   Using smtp notification = no
   Notify deleted = Fault
   Notify priority changes = false
";

#[test]
fn an_instance_is_told_line_by_line() {
    let text = with(&model(), &snapshot(), render);
    assert!(text.contains(BACKUP), "{text}");
    let secret = "   Authentication type = SIMPLE_PASSWORD\n   Password = ********\n";
    assert!(text.contains(secret) && !text.contains("secret"));
    assert!(text.contains("   Virtual IP Excluded :\n     10.0.0.77 dev eth0 scope global set\n"));
    let script = "   Master state transition script = '/bin/true' 'a b', uid:gid 0:0\n";
    assert!(text.contains(script), "{text}");
}

/// What the widespread exporter reads: three blanks, a key and a value; addresses by their first and third word.
#[test]
fn an_exporter_finds_what_it_looks_for() {
    let text = with(&model(), &snapshot(), render);
    let mut found = Vec::new();
    let mut addresses = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix(" VRRP Instance = ") {
            found.push(vec![name.to_owned()]);
        } else if let Some(entry) = line.strip_prefix("     ") {
            let words: Vec<&str> = entry.split(' ').collect();
            if words.get(1) == Some(&"dev") {
                addresses.push((words[0].to_owned(), words[2].to_owned()));
            }
        } else if let Some((key, value)) = line.trim_start().split_once(" = ")
            && ["State", "Interface", "Gratuitous ARP delay", "Virtual Router ID"].contains(&key)
            && let Some(instance) = found.last_mut()
            && instance.len() < 5
        {
            instance.push(value.to_owned());
        }
    }
    assert_eq!(found, [["VI_1", "MASTER", "eth0", "5", "51"], ["VI_2", "BACKUP", "eth0", "5", "52"]]);
    let eth0 = |address: &str| (address.to_owned(), "eth0".to_owned());
    assert_eq!(addresses, [eth0("10.0.0.100/24"), eth0("10.0.0.77"), eth0("10.0.0.100/24")]);
}

#[test]
fn nobody_is_nobody() {
    let mut snapshot = snapshot();
    snapshot.instances.values_mut().for_each(|shown| shown.obeyed = None);
    let text = with(&model(), &snapshot, render);
    assert!(text.contains("   Master router = 0.0.0.0\n   Master priority = 0\n"), "{text}");
}

#[test]
fn intervals_of_announcements_are_no_part_of_their_own() {
    let mut model = model();
    model.global.garp_interval = crate::base::time::Span::from_millis(10);
    let text = with(&model, &snapshot(), render);
    assert!(text.contains(" Gratuitous ARP interval = 0.010000\n"), "{text}");
    assert!(!text.contains("Gratuitous ARP delays"));
}
