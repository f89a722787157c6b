use super::super::testing::{ETH0, eth0, host, instance, link};
use super::*;
use crate::base::addr::{Family, MacAddr};
use crate::base::id::Vrid;
use crate::conf::model::further::{LinkKind, OwnLink as OwnLinkConf};
use crate::conf::model::{Further, Instance as Conf};
use crate::vrrp::event::{Action, KernelError};
use crate::vrrp::link::Stack;

const MAC: MacAddr = MacAddr([0, 0, 0x5e, 0, 1, 51]);

/// As many instances with a MAC-VLAN, of virtual routers from 51 on; these have a name for it.
fn model(names: &[Option<&str>]) -> Model {
    let mut instances = Table::new();
    for (name, vrid) in names.iter().zip(51..) {
        let kind = LinkKind::MacVlan { mac: None, notify: false };
        let own = OwnLinkConf { name: name.and_then(IfName::new), group: None, kind };
        let further = Further { link: Some(own), ..Further::default() };
        let vrid = Vrid::new(vrid).unwrap();
        instances.push(Conf { vrid, further: Some(Box::new(further)), ..instance() }).unwrap();
    }
    Model { instances, ..Model::default() }
}

fn ops(out: &mut Output) -> Vec<LinkOp> {
    let (actions, _) = out.end().split();
    let op = |action| match action {
        Action::Kernel(_, KernelOp::Link(op)) => Some(op),
        _ => None,
    };
    let ops = actions.filter_map(op).collect();
    out.begin();
    ops
}

fn begun(model: &Model, links: &Inventory) -> (OwnLinks, Output, Vec<LinkOp>) {
    let (mut own_links, mut out) = (OwnLinks::default(), Output::default());
    own_links.want(model, |_| None, &mut out);
    let _ = own_links.tend(Instant::ZERO, News::Any, links, &mut out);
    let ops = ops(&mut out);
    (own_links, out, ops)
}

fn vmac(name: &str, mac: MacAddr, on: IfIndex, running: bool) -> Link {
    let stack = Stack { kind: Kind::PrivateMacVlan, on: Some(on), ..Stack::default() };
    Link { name: IfName::new(name).unwrap(), mac: Some(mac), stack, ..link(running) }
}

#[test]
fn names_are_those_of_the_c_program() {
    let wish = |name: &str, family: Family, vrid: u8| {
        let mut model = model(&[None]);
        let conf = model.instances.at_mut(InstanceId::new(0));
        (conf.family, conf.vrid) = (family, Vrid::new(vrid).unwrap());
        model.global.settings.interfaces.vmac_prefix = Some(name.into());
        let names: Vec<String> =
            wish::all(&model).remove(0).names().take(4).map(|name| name.to_string()).collect();
        names.join(" ")
    };
    assert_eq!(wish("vrrp", Family::V4, 51), "vrrp.51 vrrp1.51 vrrp2.51 vrrp3.51");
    assert_eq!(wish("vrrp", Family::V6, 51), "vrrp.51 vrrp6.51 vrrp1.51 vrrp2.51");
    assert_eq!(
        wish("averylongprefix", Family::V4, 255),
        "averylongpr.255 averylongp1.255 averylongp2.255 averylongp3.255"
    );
}

#[test]
fn one_that_does_not_come_is_asked_for_again() {
    let mut links = host();
    let (mut own_links, mut out, asked) = begun(&model(&[None]), &links);
    assert!(matches!(asked.as_slice(), [LinkOp::Make(_)]), "{asked:?}");
    assert_eq!(own_links.of(InstanceId::new(0)), Own::Coming);
    let due = own_links.next_deadline().unwrap();
    // Something of that name appears which is not it.
    links.put_link(IfIndex::new(9), vmac("vrrp.51", MAC, IfIndex::new(3), true));
    let name = IfName::new("vrrp.51").unwrap();
    assert!(own_links.tend(Instant::ZERO, News::Name(name), &links, &mut out).is_empty());
    let _ = own_links.tend(due, News::Time, &links, &mut out);
    let asked = ops(&mut out);
    assert!(
        matches!(asked.as_slice(), [LinkOp::Make(link)] if link.name.as_str() == "vrrp1.51"),
        "{asked:?}"
    );
}

#[test]
fn one_that_is_down_is_not_used_before_it_is_up() {
    let mut links = host();
    links.put_link(IfIndex::new(9), vmac("left", MAC, ETH0, false));
    let (mut own_links, mut out, asked) = begun(&model(&[None]), &links);
    assert!(matches!(asked.as_slice(), [LinkOp::Adopt(_)]), "{asked:?}");
    assert_eq!(own_links.of(InstanceId::new(0)), Own::Coming);
    links.put_link(IfIndex::new(9), vmac("left", MAC, ETH0, true));
    let name = IfName::new("left").unwrap();
    let news = own_links.tend(Instant::ZERO, News::Name(name), &links, &mut out);
    assert_eq!(news, [InstanceId::new(0)]);
    assert_eq!(own_links.of(InstanceId::new(0)), Own::There(IfIndex::new(9)));
    assert_eq!(own_links.owner(IfIndex::new(9)), Some(InstanceId::new(0)));
}

#[test]
fn one_that_is_refused_is_tried_again_and_at_once_when_its_base_changes() {
    let links = host();
    let (mut own_links, mut out, _) = begun(&model(&[None]), &links);
    let who = own_links.done(1, Err(KernelError::Other(12)), Instant::ZERO, &mut out);
    assert_eq!(who, Some(InstanceId::new(0)));
    assert_eq!(own_links.of(InstanceId::new(0)), Own::Absent);
    let _ = own_links.tend(Instant::ZERO, News::Time, &links, &mut out);
    assert!(ops(&mut out).is_empty(), "it is not time yet");
    let _ = own_links.tend(Instant::ZERO, News::Name(eth0()), &links, &mut out);
    assert!(matches!(ops(&mut out).as_slice(), [LinkOp::Make(_)]));
}

#[test]
fn what_is_built_on_a_macvlan_is_on_what_that_is_built_on() {
    let mut links = host();
    let mut base = vmac("mv0", MacAddr([2, 0, 0, 0, 0, 7]), ETH0, true);
    base.stack.kind = Kind::MacVlan;
    links.put_link(IfIndex::new(5), base);
    links.put_link(IfIndex::new(9), vmac("left", MAC, ETH0, true));
    let mut model = model(&[None]);
    model.instances.at_mut(InstanceId::new(0)).interface = IfName::new("mv0");
    let (own_links, _, _) = begun(&model, &links);
    assert_eq!(own_links.of(InstanceId::new(0)), Own::There(IfIndex::new(9)));
    assert_eq!(own_links.pairs(&links), [(IfIndex::new(9), ETH0)]);
}

#[test]
fn what_is_stopped_is_removed_even_if_it_comes_late() {
    let mut links = host();
    let (mut own_links, mut out, _) = begun(&model(&[None]), &links);
    own_links.stop(Instant::ZERO, &links, &mut out);
    assert!(!own_links.is_settled(), "it may still come");
    links.put_link(IfIndex::new(9), vmac("vrrp.51", MAC, ETH0, true));
    let name = IfName::new("vrrp.51").unwrap();
    let _ = own_links.tend(Instant::ZERO, News::Name(name), &links, &mut out);
    assert_eq!(ops(&mut out), [LinkOp::Remove(IfIndex::new(9))]);
    own_links.removed();
    assert!(own_links.is_settled());
}

#[test]
fn one_that_is_refused_is_left_alone_while_its_base_is_gone() {
    let mut links = host();
    let (mut own_links, mut out, _) = begun(&model(&[None]), &links);
    let _ = own_links.done(1, Err(KernelError::Other(12)), Instant::ZERO, &mut out);
    let due = own_links.next_deadline().unwrap();
    links.remove_link(ETH0);
    let _ = own_links.tend(due, News::Time, &links, &mut out);
    assert!(ops(&mut out).is_empty());
    assert_eq!(own_links.next_deadline(), None, "time changes nothing");
    links.put_link(ETH0, link(true));
    let _ = own_links.tend(due, News::Name(eth0()), &links, &mut out);
    assert!(matches!(ops(&mut out).as_slice(), [LinkOp::Make(_)]));
}

#[test]
fn a_reload_keeps_what_is_alike_and_removes_the_rest() {
    let mut links = host();
    links.put_link(IfIndex::new(8), vmac("one", MAC, ETH0, true));
    links.put_link(IfIndex::new(9), vmac("two", MacAddr([0, 0, 0x5e, 0, 1, 52]), ETH0, true));
    let (mut own_links, mut out, _) = begun(&model(&[None, None]), &links);
    // The second one is the only one from here on.
    let mut new = model(&[None]);
    new.instances.at_mut(InstanceId::new(0)).vrid = Vrid::new(52).unwrap();
    let heir = |old| (old == InstanceId::new(1)).then_some(InstanceId::new(0));
    own_links.want(&new, heir, &mut out);
    assert_eq!(ops(&mut out), [LinkOp::Remove(IfIndex::new(8))]);
    assert_eq!(own_links.of(InstanceId::new(0)), Own::There(IfIndex::new(9)));
    assert_eq!(own_links.owner(IfIndex::new(9)), Some(InstanceId::new(0)));
    assert_eq!(own_links.owner(IfIndex::new(8)), None);
    links.remove_link(IfIndex::new(9));
    let concerned = own_links.tend(Instant::ZERO, News::Link(IfIndex::new(9)), &links, &mut out);
    assert_eq!(concerned, [InstanceId::new(0)]);
    assert!(matches!(ops(&mut out).as_slice(), [LinkOp::Make(_)]));
}

mod lookup {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Put(u32, u8, bool),
        Remove(u32),
        Base(bool),
        Refuse(u32),
        Wait(u64),
        Reload(Vec<bool>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (5u32..9, 51u8..55, any::<bool>()).prop_map(|(index, vrid, up)| Step::Put(index, vrid, up)),
            (5u32..9).prop_map(Step::Remove),
            any::<bool>().prop_map(Step::Base),
            (1u32..8).prop_map(Step::Refuse),
            (0u64..3000).prop_map(Step::Wait),
            prop::collection::vec(any::<bool>(), 1..4).prop_map(Step::Reload),
        ]
    }

    fn names(named: &[bool]) -> Vec<Option<&'static str>> {
        named.iter().zip(["a", "b", "c"]).map(|(named, name)| named.then_some(name)).collect()
    }

    /// Against looking at all of them.
    fn check(own_links: &OwnLinks) -> Result<(), TestCaseError> {
        for index in (2..10).map(IfIndex::new) {
            let mut all = own_links.links.values();
            let found = all.find(|own| own.index() == Some(index) && own.wish.purpose == Purpose::Own);
            prop_assert_eq!(own_links.owner(index), found.map(|own| own.wish.who));
        }
        let due = own_links.links.values().filter_map(|own| match own.state {
            State::Refused(again) | State::Asked(_, again) => Some(again),
            State::Missing | State::There(_) => None,
        });
        prop_assert_eq!(own_links.next_deadline(), due.min());
        let asked = |own: &OwnLink| matches!(own.state, State::Asked(..));
        prop_assert_eq!(own_links.places.is_any_asked_for(), own_links.links.values().any(asked));
        Ok(())
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(steps in prop::collection::vec(step(), 1..60)) {
            let mut links = host();
            let (mut own_links, mut out, _) = begun(&model(&[None, None, Some("c")]), &links);
            let mut now = Instant::ZERO;
            for step in steps {
                let news = match step {
                    Step::Put(index, vrid, up) => {
                        let mac = MacAddr([0, 0, 0x5e, 0, 1, vrid]);
                        let link = vmac(&format!("vrrp.{vrid}"), mac, ETH0, up);
                        let name = link.name;
                        links.put_link(IfIndex::new(index), link);
                        vec![News::Link(IfIndex::new(index)), News::Name(name)]
                    }
                    Step::Remove(index) => {
                        links.remove_link(IfIndex::new(index));
                        vec![News::Link(IfIndex::new(index))]
                    }
                    Step::Base(there) => {
                        links.remove_link(ETH0);
                        if there {
                            links.put_link(ETH0, link(true));
                        }
                        vec![News::Name(eth0())]
                    }
                    Step::Refuse(serial) => {
                        let _ = own_links.done(serial, Err(KernelError::Other(12)), now, &mut out);
                        vec![]
                    }
                    Step::Wait(millis) => {
                        now += Span::from_millis(millis);
                        vec![News::Time]
                    }
                    Step::Reload(named) => {
                        own_links.want(&model(&names(&named)), Some, &mut out);
                        vec![News::Any]
                    }
                };
                for news in news {
                    check(&own_links)?;
                    let _ = own_links.tend(now, news, &links, &mut out);
                    if news == News::Time {
                        prop_assert!(own_links.next_deadline().is_none_or(|due| due > now), "it would never rest");
                    }
                }
                check(&own_links)?;
            }
        }
    }
}

#[test]
fn the_last_of_many_is_not_asked_for_again_while_it_waits_for_its_turn() {
    let links = host();
    let (mut own_links, mut out, _) = begun(&model(&[None]), &links);
    let made = Instant::ZERO + Span::from_secs(30);
    let asked = |own_links: &mut OwnLinks, out: &mut Output, at| {
        let _ = own_links.tend(at, News::Time, &links, out);
        ops(out).len()
    };
    assert_eq!(asked(&mut own_links, &mut out, made), 0);
    assert_eq!(own_links.done(1, Ok(()), made, &mut out), None);
    assert_eq!(asked(&mut own_links, &mut out, made + Span::from_secs(1)), 0);
    assert_eq!(asked(&mut own_links, &mut out, made + PATIENCE), 1, "it was made, and is not there");
}

#[test]
fn what_an_earlier_process_made_goes_unless_it_is_wanted() {
    let mut links = host();
    let other = MacAddr([0, 0, 0x5e, 0, 1, 99]);
    links.put_link(IfIndex::new(8), vmac("vrrp.99", other, ETH0, true));
    links.put_link(IfIndex::new(9), vmac("vrrp.51", MAC, ETH0, true));
    let (mut own_links, mut out) = (OwnLinks::default(), Output::default());
    own_links.find(vec![IfIndex::new(7), IfIndex::new(8), IfIndex::new(9)]);
    own_links.want(&model(&[None]), |_| None, &mut out);
    let _ = own_links.tend(Instant::ZERO, News::Any, &links, &mut out);
    own_links.remove_strays(&links, &mut out);
    let asked = ops(&mut out);
    assert!(
        matches!(asked.as_slice(), [LinkOp::Adopt(_), LinkOp::Remove(index)] if index.get() == 8),
        "{asked:?}"
    );
}
