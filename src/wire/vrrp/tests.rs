use proptest::prelude::*;

use super::*;
use crate::wire::testing::hex;

/// Payloads of adverts that the C program sent.
const V2_PASS: &str = "21339603 0101c3e8 0a090064 0a090032 0a0900c8 3132333400000000";
const V3_IPV4: &str = "31339602 000a3948 0a090064 0a090065";

fn addrs(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

fn advert(
    version: Version,
    family: Family,
    addresses: &[IpAddr],
) -> Advert<impl Iterator<Item = IpAddr> + Clone> {
    Advert {
        version,
        family,
        vrid: Vrid::new(51).unwrap(),
        priority: Priority::new(150),
        interval: Span::from_secs(1),
        auth: AuthFields::NONE,
        addresses: addresses.iter().copied(),
    }
}

#[test]
fn a_captured_version_2_advert_is_understood() {
    let bytes = hex(V2_PASS);
    let view = View::new(&bytes).unwrap();
    assert_eq!((view.version(), view.kind(), view.count(), view.auth_type()), (2, ADVERTISEMENT, 3, 1));
    assert_eq!(view.vrid(), Vrid::new(51));
    assert_eq!(view.priority(), Priority::new(150));
    assert_eq!(view.interval(Version::V2), Span::from_secs(1));
    assert_eq!(view.expected_len(Family::V4), bytes.len());
    assert_eq!(view.auth_data(), Some(*b"1234\0\0\0\0"));
    let listed: Vec<_> = view.addresses(Family::V4).collect();
    assert_eq!(listed, addrs(&["10.9.0.100", "10.9.0.50", "10.9.0.200"]));
    assert!(view.plain_checksum_holds());
}

#[test]
fn our_version_2_advert_is_that_of_the_c_program() {
    let addresses = addrs(&["10.9.0.100", "10.9.0.50", "10.9.0.200"]);
    let mut ours = advert(Version::V2, Family::V4, &addresses);
    ours.auth = AuthFields::password(*b"1234\0\0\0\0");
    let mut bytes = Vec::new();
    ours.emit(Checksum::Plain, &mut bytes);
    assert_eq!(bytes, hex(V2_PASS));
}

#[test]
fn our_version_3_advert_is_that_of_the_c_program() {
    let (source, destination) = ("10.9.0.1".parse().unwrap(), "224.0.0.18".parse().unwrap());
    let addresses = addrs(&["10.9.0.100", "10.9.0.101"]);
    let mut ours = advert(Version::V3, Family::V4, &addresses);
    ours.interval = Span::from_millis(100);
    let mut bytes = vec![0xaa];
    ours.emit(Checksum::PseudoHeader { source, destination }, &mut bytes);
    assert_eq!(bytes[1..], hex(V3_IPV4));
    let view = View::new(&bytes[1..]).unwrap();
    assert_eq!(view.interval(Version::V3), Span::from_millis(100));
    assert_eq!(view.checksum_form(source, destination, None), Some(ChecksumForm::PseudoHeader));
}

#[test]
fn version_3_checksums_are_recognised_in_every_form() {
    let source: IpAddr = "10.9.0.1".parse().unwrap();
    let peer: IpAddr = "10.9.0.2".parse().unwrap();
    let group: IpAddr = "224.0.0.18".parse().unwrap();
    let addresses = addrs(&["10.9.0.100"]);
    let form = |checksum| {
        let mut bytes = Vec::new();
        advert(Version::V3, Family::V4, &addresses).emit(checksum, &mut bytes);
        View::new(&bytes).unwrap().checksum_form(source, peer, Some(group))
    };
    assert_eq!(form(Checksum::Plain), Some(ChecksumForm::Plain));
    assert_eq!(form(Checksum::PseudoHeader { source, destination: peer }), Some(ChecksumForm::PseudoHeader));
    assert_eq!(
        form(Checksum::PseudoHeader { source, destination: group }),
        Some(ChecksumForm::GroupPseudoHeader)
    );
    assert_eq!(form(Checksum::PseudoHeader { source: peer, destination: peer }), None);
}

#[test]
fn a_message_shorter_than_its_header_is_refused() {
    assert_eq!(View::new(&[0x31; 7]).err(), Some(Error::TooShort { len: 7, needed: 8 }));
}

#[test]
fn intervals_beyond_the_field_are_cut() {
    let mut bytes = Vec::new();
    let mut long = advert(Version::V3, Family::V4, &[]);
    long.interval = Span::from_secs(60);
    long.emit(Checksum::Plain, &mut bytes);
    assert_eq!(View::new(&bytes).unwrap().interval(Version::V3), LONGEST_V3_INTERVAL);
}

prop_compose! {
    fn any_advert()(
        v3: bool, v6: bool, vrid in 1u8.., priority: u8, interval in 1u64..4096, auth: [u8; 8], kind in 0u8..3,
        hosts in prop::collection::vec(any::<u32>(), 0..256),
    ) -> (Advert<std::vec::IntoIter<IpAddr>>, Vec<IpAddr>) {
        let addresses: Vec<IpAddr> = hosts.into_iter().map(|host| {
            let v4 = Ipv4Addr::from_bits(host);
            if v6 { v4.to_ipv6_mapped().into() } else { v4.into() }
        }).take(255).collect();
        let version = if v3 { Version::V3 } else { Version::V2 };
        let advert = Advert {
            version,
            family: if v6 { Family::V6 } else { Family::V4 },
            vrid: Vrid::new(vrid).unwrap(),
            priority: Priority::new(priority),
            interval: if v3 { Span::from_centis(interval) } else { Span::from_secs(interval % 256) },
            auth: AuthFields { kind, data: auth },
            addresses: addresses.clone().into_iter(),
        };
        (advert, addresses)
    }
}

proptest! {
    #[test]
    fn what_is_emitted_is_read_back((advert, addresses) in any_advert()) {
        let mut bytes = Vec::new();
        advert.emit(Checksum::Plain, &mut bytes);
        let view = View::new(&bytes).unwrap();
        prop_assert_eq!(view.version(), advert.version.number());
        prop_assert_eq!(view.vrid(), Some(advert.vrid));
        prop_assert_eq!(view.priority(), advert.priority);
        prop_assert_eq!(view.interval(advert.version), advert.interval);
        prop_assert_eq!(view.addresses(advert.family).collect::<Vec<_>>(), addresses);
        prop_assert_eq!(view.expected_len(advert.family), bytes.len());
        prop_assert_eq!(advert.octets(), bytes.len());
        prop_assert!(view.plain_checksum_holds());
        if advert.version == Version::V2 {
            prop_assert_eq!(view.auth_type(), advert.auth.kind);
            if advert.family == Family::V4 {
                prop_assert_eq!(view.auth_data(), Some(advert.auth.data));
            }
        }
    }

    #[test]
    fn any_octets_can_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let Ok(view) = View::new(&bytes) else { return Ok(()) };
        for family in [Family::V4, Family::V6] {
            prop_assert!(view.addresses(family).count() <= usize::from(view.count()));
            prop_assert!(view.expected_len(family) >= HEADER_LEN);
        }
        let _ = (view.interval(Version::V2), view.interval(Version::V3), view.auth_data(), view.cut(3).octets());
    }

    #[test]
    fn a_flipped_bit_breaks_the_checksum((advert, _) in any_advert(), at: prop::sample::Index, bit in 0u8..8) {
        let mut bytes = Vec::new();
        advert.emit(Checksum::Plain, &mut bytes);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(!View::new(&bytes).unwrap().plain_checksum_holds());
    }
}
