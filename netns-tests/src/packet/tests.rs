use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn an_advert_of_version_2_with_a_password() {
    let frame = hex("01005e000012 020000000001 0800
        45c00028 00010000 ff700000 0a4d0001 e0000012
        21339601 01010000 0a4d0064 736573616d650000");
    let Packet::Advert(advert) = decode(&frame) else { panic!("{:?}", decode(&frame)) };
    assert_eq!((advert.version, advert.vrid, advert.priority), (2, 51, 150));
    assert_eq!((advert.ttl, advert.tos), (255, 0xc0));
    assert_eq!(advert.interval, Duration::from_secs(1));
    assert_eq!(advert.addresses, [IpAddr::from([10, 77, 0, 100])]);
    assert_eq!(advert.auth, Auth::Simple(*b"sesame\0\0"));
    assert_eq!(advert.sender, Mac([2, 0, 0, 0, 0, 1]));
}

#[test]
fn an_advert_behind_an_authentication_header() {
    let frame = hex("01005e000012 020000000001 0800
        45c00040 00010000 ff330000 0a4d0001 e0000012
        70040000 0a4d0001 00000007 000000000000000000000000
        21339601 02010000 0a4d0064 0000000000000000");
    let Packet::Advert(advert) = decode(&frame) else { panic!("{:?}", decode(&frame)) };
    assert_eq!(advert.auth, Auth::Ah { sequence: 7 });
    assert_eq!(advert.priority, 150);
}

#[test]
fn an_advert_of_version_3_over_ipv6() {
    let frame = hex("333300000012 020000000001 86dd
        6c012345 001870ff fe80000000000000 000000fffe000001 ff02000000000000 0000000000000012
        31336401 00140000 fd77000000000000 0000000000000100");
    let Packet::Advert(advert) = decode(&frame) else { panic!("{:?}", decode(&frame)) };
    assert_eq!((advert.version, advert.tos, advert.ttl), (3, 0xc0, 255));
    assert_eq!(advert.interval, Duration::from_millis(200));
    assert_eq!(advert.source, "fe80::ff:fe00:1".parse::<IpAddr>().unwrap());
    assert_eq!(advert.addresses, ["fd77::100".parse::<IpAddr>().unwrap()]);
}

#[test]
fn a_gratuitous_arp_and_the_answer_to_one() {
    let request = "ffffffffffff 020000000001 0806 0001080006040001
        020000000001 0a4d0064 ffffffffffff 0a4d0064";
    let Packet::Arp(arp) = decode(&hex(request)) else { panic!() };
    assert!(arp.is_gratuitous());
    assert_eq!((arp.operation, arp.sender_mac), (1, Mac([2, 0, 0, 0, 0, 1])));
    let answer = request.replacen("ffffffffffff", "020000000002", 1);
    let Packet::Arp(arp) = decode(&hex(&answer)) else { panic!() };
    assert!(!arp.is_gratuitous());
}

#[test]
fn a_neighbour_advertisement() {
    let frame = hex("333300000001 020000000001 86dd
        60000000 00203aff fd77000000000000 0000000000000100 ff02000000000000 0000000000000001
        88000000 20000000 fd77000000000000 0000000000000100 0201 020000000001");
    let Packet::Neighbour(neighbour) = decode(&frame) else { panic!("{:?}", decode(&frame)) };
    assert!(neighbour.overriding && !neighbour.solicited && !neighbour.router);
    assert_eq!(neighbour.target, neighbour.source);
    assert_eq!(neighbour.mac, Some(Mac([2, 0, 0, 0, 0, 1])));
}

#[test]
fn a_frame_cut_anywhere_is_something_else() {
    let frame = hex("01005e000012 020000000001 0800
        45c00028 00010000 ff700000 0a4d0001 e0000012
        21339601 01010000 0a4d0064 736573616d650000");
    for length in 0..frame.len() {
        assert_eq!(decode(&frame[..length]), Packet::Other, "{length}");
    }
}
