//! Any frame, read as an ARP packet and as a neighbour advertisement.

use keepalived::wire::{arp, ndp};

/// Feeds `data` to both readers. What they understand as an announcement of ours is written again alike.
pub(crate) fn run(data: &[u8]) {
    if let Ok(read) = arp::parse(data)
        && read.is_gratuitous()
    {
        let mut frame = Vec::new();
        let (mac, addr) = read.sender;
        arp::emit_gratuitous(mac, addr, &mut frame);
        let again = arp::parse(&frame).expect("our own frame");
        assert_eq!((again.sender, again.ethernet_source), ((mac, addr), mac));
        assert!(again.is_gratuitous());
    }
    if let Ok(read) = ndp::parse(data)
        && let Some(mac) = read.target_mac
    {
        let mut frame = Vec::new();
        ndp::emit_unsolicited(mac, read.target, read.router, &mut frame);
        let again = ndp::parse(&frame).expect("our own frame");
        assert_eq!((again.target_mac, again.target, again.router), (Some(mac), read.target, read.router));
        assert!(again.overrides && !again.solicited && again.checksum_holds);
    }
}
