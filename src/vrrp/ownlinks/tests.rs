use super::super::testing::{ETH0, eth0, host, instance, link};
use super::*;
use crate::base::addr::MacAddr;
use crate::base::id::Vrid;
use crate::base::table::Table;
use crate::conf::model::Further;
use crate::conf::model::further::{LinkKind, OwnLink as OwnLinkConf};
use crate::vrrp::event::Action;
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
