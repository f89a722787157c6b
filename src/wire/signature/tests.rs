use proptest::prelude::*;

use super::*;
use crate::wire::testing::hex;

/// What a published implementation makes of three messages: source, number of the key, stamp, message, signature.
const VECTORS: [(&str, u8, u64, &str, &str); 3] = [
    (
        "192.0.2.10",
        1,
        0x6600_0000_8000_0001,
        "3133c8010064a168c0000264",
        "010100006600000080000001f5ce0a52bdfa7b909e203fca69e4b4bd",
    ),
    (
        "192.0.2.10",
        9,
        0x6600_0001_0000_0000,
        "213464020001f5fbc0000265c00002660000000000000000",
        "0109000066000001000000006c0e1a02b07f7272faa8c32d7bc6c4e0",
    ),
    (
        "fe80::10",
        2,
        0x6600_0002_ffff_ffff,
        "313596020064fd4cfe80000000000000000000000000010020010db8000000000000000000000100",
        "0102000066000002ffffffff6b47e8d791747c0899d83d9d9f3fcf2c",
    ),
];

fn key() -> Vec<u8> {
    (0..32).collect()
}

fn verify(trailer: &[u8], key: &[u8], source: &str, message: &[u8]) -> bool {
    let trailer = View::new(trailer.try_into().unwrap());
    trailer.is_well_formed() && trailer.verify(key, &Signed { source: source.parse().unwrap(), message })
}

#[test]
fn signatures_are_those_of_others() {
    for (source, number, stamp, message, trailer) in VECTORS {
        let (message, trailer) = (hex(message), hex(trailer));
        let signed = Signed { source: source.parse().unwrap(), message: &message };
        assert_eq!(sign(number, &key(), Stamp::from_bits(stamp), &signed).as_slice(), trailer);
        let view = View::new(trailer.as_slice().try_into().unwrap());
        assert_eq!((view.key(), view.stamp()), (number, Stamp::from_bits(stamp)));
        assert!(verify(&trailer, &key(), source, &message));
    }
}

#[test]
fn what_is_about_a_message_is_covered_in_twenty_octets() {
    let headers = [
        "04033300c000020a000000000000000000000000",
        "04023400c000020a000000000000000000000000",
        "06033500fe800000000000000000000000000010",
    ];
    for ((source, _, _, message, _), header) in VECTORS.iter().zip(headers) {
        let message = hex(message);
        let signed = Signed { source: source.parse().unwrap(), message: &message };
        assert_eq!(signed.pseudo_header().as_slice(), hex(header));
    }
}

#[test]
fn every_bit_matters_but_those_of_the_checksum() {
    for (source, _, _, message, trailer) in VECTORS {
        let (message, trailer) = (hex(message), hex(trailer));
        for bit in 0..8 * message.len() {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // The lower half of the first octet is the type; every bit of it is covered, too.
            assert_eq!(
                verify(&trailer, &key(), source, &changed),
                CHECKSUM.contains(&(bit / 8)),
                "bit {bit}"
            );
        }
        for bit in 0..8 * LEN {
            let mut changed = trailer.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(&changed, &key(), source, &message), "bit {bit} of the signature");
        }
        for bit in 0..8 * key().len() {
            let mut changed = key();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(&trailer, &changed, source, &message), "bit {bit} of the key");
        }
    }
}

#[test]
fn stamps_are_in_the_order_of_time_across_the_end_of_their_seconds() {
    let second = |number: u64| Stamp::at(WallTime::from_micros(number * 1_000_000));
    let last = (1 << 32) - 1;
    assert!(second(last + 1).is_after(second(last)) && !second(last).is_after(second(last + 1)));
    assert_eq!(
        (second(last + 3).seconds_from(second(last)), second(last).seconds_from(second(last + 3))),
        (3, 3)
    );
    assert!(!second(5).is_after(second(5)) && second(5).next().is_after(second(5)));
    assert_eq!(Stamp::at(WallTime::from_micros(1_500_000)).to_bits(), 0x1_8000_0000);
    assert_eq!(Stamp::at(WallTime::from_micros(1_999_999)).to_bits(), 0x1_ffff_0000);
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_anything_else_does_not(
        key in prop::collection::vec(any::<u8>(), 32..=64),
        message in prop::collection::vec(any::<u8>(), 8..60),
        source in any::<[u8; 16]>(),
        other in any::<[u8; 16]>(),
        is_v4 in any::<bool>(),
        stamp in any::<u64>(),
    ) {
        let address = |octets: [u8; 16]| match (is_v4, octets) {
            (true, [a, b, c, d, ..]) => IpAddr::from([a, b, c, d]),
            (false, octets) => IpAddr::from(octets),
        };
        let signed = Signed { source: address(source), message: &message };
        let trailer = sign(3, &key, Stamp::from_bits(stamp), &signed);
        prop_assert!(View::new(&trailer).verify(&key, &signed));
        let moved = Signed { source: address(other), ..signed };
        prop_assert_eq!(View::new(&trailer).verify(&key, &moved), moved.source == signed.source);
    }

    #[test]
    fn any_octets_can_be_looked_at(bytes in any::<[u8; LEN]>(), message in prop::collection::vec(any::<u8>(), 0..30)) {
        let view = View::new(&bytes);
        let signed = Signed { source: IpAddr::from([1, 2, 3, 4]), message: &message };
        prop_assert!(!view.verify(&[7; 32], &signed));
        let _ = (view.is_well_formed(), view.key(), view.stamp());
    }

    #[test]
    fn of_two_stamps_one_is_first(a in any::<u64>(), b in any::<u64>()) {
        let (a, b) = (Stamp::from_bits(a), Stamp::from_bits(b));
        prop_assume!(a.to_bits().wrapping_sub(b.to_bits()) != 1 << 63);
        prop_assert_eq!(a.is_after(b), a != b && !b.is_after(a));
    }
}
