use super::message::{Batch, errors};
use super::*;
use crate::base::id::IfIndex;

#[test]
fn a_batch_is_framed_and_its_last_change_is_answered() {
    let mut batch = Batch::begin();
    batch.change(0, 0x400, 2, |it| it.text(1, "ka"));
    batch.change(2, 0, 2, |it| it.nest(3, |inner| inner.number(1, 5)));
    let bytes = batch.end().unwrap();
    // Begin; table, flags REQUEST and CREATE; the second, flags REQUEST and ACK; end.
    let expected: Vec<u8> = [
        &20u32.to_ne_bytes()[..],
        &0x10u16.to_ne_bytes(),
        &1u16.to_ne_bytes(),
        &1u32.to_ne_bytes(),
        &[0; 4],
        &[0, 0, 0, 10],
        &28u32.to_ne_bytes(),
        &0xa00u16.to_ne_bytes(),
        &0x401u16.to_ne_bytes(),
        &2u32.to_ne_bytes(),
        &[0; 4],
        &[2, 0, 0, 0],
        &7u16.to_ne_bytes(),
        &1u16.to_ne_bytes(),
        b"ka\0\0",
        &32u32.to_ne_bytes(),
        &0xa02u16.to_ne_bytes(),
        &5u16.to_ne_bytes(),
        &3u32.to_ne_bytes(),
        &[0; 4],
        &[2, 0, 0, 0],
        &12u16.to_ne_bytes(),
        &0x8003u16.to_ne_bytes(),
        &8u16.to_ne_bytes(),
        &1u16.to_ne_bytes(),
        &[0, 0, 0, 5],
        &20u32.to_ne_bytes(),
        &0x11u16.to_ne_bytes(),
        &1u16.to_ne_bytes(),
        &4u32.to_ne_bytes(),
        &[0; 4],
        &[0, 0, 0, 10],
    ]
    .concat();
    assert_eq!(bytes, expected);
}

#[test]
fn nothing_to_change_is_nothing_to_send() {
    assert!(Batch::begin().end().is_none());
}

#[test]
fn answers_are_errors_unless_they_say_zero() {
    let answer = |code: i32| {
        let mut bytes = [&36u32.to_ne_bytes()[..], &2u16.to_ne_bytes(), &[0; 10]].concat();
        bytes.extend(code.to_ne_bytes());
        bytes.extend([0; 16]);
        bytes
    };
    let all = [answer(0), answer(-1), answer(-95)].concat();
    assert_eq!(errors(&all).collect::<Vec<_>>(), [1, 95]);
    for cut in 0..36 {
        assert_eq!(errors(&answer(-1)[..cut]).count(), 0, "{cut}");
    }
}

#[test]
fn addresses_of_a_link_are_told_apart() {
    let hidden = |addr: &str| Hidden::Address { addr: addr.parse().unwrap(), interface: None };
    let reports = Hidden::Reports { family: Family::V6, link: IfIndex::new(5), base: IfIndex::new(2) };
    let sorted = Sorted::of(&[hidden("fe80::1"), hidden("fd00::1"), reports, hidden("10.0.0.1")]);
    assert_eq!(sorted.local, [hidden("fe80::1")]);
    assert_eq!(sorted.global, [hidden("fd00::1"), hidden("10.0.0.1")]);
    assert_eq!(sorted.reports, [reports]);
}
