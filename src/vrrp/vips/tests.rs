use super::*;
use crate::base::id::{InstanceId, Ticket};
use crate::conf::model::route::{Route, RuleAction};
use crate::conf::model::{Further, Instance as Conf};
use crate::vrrp::belonging::RuleKey;
use crate::vrrp::event::Action;
use crate::vrrp::link::Address;
use crate::vrrp::testing::{ETH0, eth0, host, instance, link};

const WHO: InstanceId = InstanceId::new(0);

/// What one instance owns, with a kernel that answers when told to.
struct Bench {
    conf: Conf,
    links: Inventory,
    out: Output,
    vips: Vips,
    now: Instant,
    asked: Vec<(Ticket, KernelOp)>,
}

impl Bench {
    fn new() -> Bench {
        let conf = instance();
        let vips = Vips::new(Holder::Instance(WHO, &conf).count());
        Bench { conf, links: host(), out: Output::default(), vips, now: Instant::ZERO, asked: Vec::new() }
    }

    fn act<T>(&mut self, act: impl FnOnce(&mut Vips, &mut Hands<'_>) -> T) -> T {
        let holder = Holder::Instance(WHO, &self.conf);
        let home = Home::on(self.links.by_name(eth0()));
        let mut hands = Hands { now: self.now, holder, home: &home, links: &self.links, out: &mut self.out };
        let result = act(&mut self.vips, &mut hands);
        let (actions, _) = self.out.end().split();
        self.asked.extend(actions.filter_map(|action| match action {
            Action::Kernel(ticket, op) => Some((ticket, op)),
            _ => None,
        }));
        result
    }

    /// Answers the oldest operation.
    fn answer(&mut self, result: Result<(), KernelError>) -> Landed {
        let (ticket, _) = self.asked.remove(0);
        let Some(Receipt::Belonging(asked)) = self.out.receipts.redeem(&ticket) else {
            panic!("no such ticket")
        };
        self.act(|vips, hands| vips.done(asked, result, hands))
    }

    fn ops(&self) -> Vec<String> {
        let text = |op: &KernelOp| match op {
            KernelOp::AddAddress(_, vip) => format!("+{}", vip.net.addr()),
            KernelOp::DelAddress(_, vip) => format!("-{}", vip.net.addr()),
            KernelOp::AddRoute(placed) => format!("+route {}", placed.route.destination.unwrap()),
            KernelOp::DelRoute(placed) => format!("-route {}", placed.route.destination.unwrap()),
            KernelOp::AddRule(rule) => format!("+rule {}", rule.preference),
            KernelOp::DelRule(rule) => format!("-rule {}", rule.preference),
            KernelOp::Set(setting, _) | KernelOp::Restore(setting) => format!("{setting:?}"),
            KernelOp::Link(op) => panic!("{op:?}"),
            KernelOp::Firewall(op) => format!("{op:?}"),
        };
        self.asked.iter().map(|(_, op)| text(op)).collect()
    }

    fn promoted() -> Bench {
        let mut bench = Bench::new();
        bench.act(Vips::want_all);
        bench.answer(Ok(()));
        bench.answer(Ok(()));
        bench
    }
}

#[test]
fn an_address_is_there_when_the_kernel_has_said_so() {
    let mut bench = Bench::new();
    bench.act(Vips::want_all);
    assert_eq!(bench.ops(), ["+10.0.0.100", "+10.0.0.101"]);
    assert!(!bench.vips.is_installed(0) && !bench.vips.is_settled());
    assert_eq!(bench.answer(Ok(())), Landed::Installed(0));
    assert!(bench.vips.is_installed(0) && !bench.vips.is_installed(1));
    assert_eq!(bench.answer(Err(KernelError::Exists)), Landed::Installed(1));
    assert!(bench.vips.is_settled());
}

#[test]
fn an_answer_to_an_operation_that_was_taken_back_installs_nothing() {
    let mut bench = Bench::new();
    bench.act(Vips::want_all);
    bench.act(Vips::drop_all);
    assert_eq!(bench.ops(), ["+10.0.0.100", "+10.0.0.101", "-10.0.0.100", "-10.0.0.101"]);
    for _ in 0..4 {
        assert_eq!(bench.answer(Ok(())), Landed::Nothing);
    }
    assert!(bench.vips.is_settled());
    assert_eq!(bench.vips.present(), 0);
}

#[test]
fn a_refusal_is_tried_again_while_it_is_wanted() {
    let mut bench = Bench::new();
    bench.act(Vips::want_all);
    bench.answer(Err(KernelError::Other(12)));
    bench.answer(Ok(()));
    assert_eq!(bench.vips.next_deadline(), Some(Instant::ZERO + RETRY));
    bench.now += RETRY;
    bench.act(Vips::expire);
    assert_eq!(bench.ops(), ["+10.0.0.100"]);
    assert_eq!(bench.answer(Ok(())), Landed::Installed(0));
    assert_eq!(bench.vips.next_deadline(), None);
}

#[test]
fn a_refused_addition_does_not_hide_an_address_that_an_unfinished_removal_left() {
    let mut bench = Bench::promoted();
    bench.act(Vips::drop_all);
    bench.answer(Err(KernelError::Other(105)));
    bench.answer(Ok(()));
    bench.act(Vips::want_all);
    bench.answer(Err(KernelError::Other(105)));
    bench.answer(Ok(()));
    bench.act(Vips::drop_all);
    assert_eq!(bench.ops(), ["-10.0.0.100", "-10.0.0.101"]);
}

#[test]
fn an_address_that_somebody_removes_is_put_back_but_not_in_a_race() {
    let mut bench = Bench::promoted();
    assert!(bench.act(|vips, hands| vips.lost(0, None, hands)));
    assert_eq!(bench.ops(), ["+10.0.0.100"]);
    assert_eq!(bench.answer(Ok(())), Landed::Installed(0));
    assert!(bench.act(|vips, hands| vips.lost(0, None, hands)));
    assert_eq!(bench.ops(), [""; 0]);
    bench.now += RETRY;
    bench.act(Vips::expire);
    assert_eq!(bench.ops(), ["+10.0.0.100"]);
}

#[test]
fn our_own_removals_are_not_mistaken_for_somebody_elses() {
    let mut bench = Bench::promoted();
    bench.act(Vips::drop_all);
    bench.act(Vips::want_all);
    for _ in 0..4 {
        bench.answer(Ok(()));
    }
    // The reports come after all answers, and the address is long back.
    assert!(!bench.act(|vips, hands| vips.lost(0, None, hands)));
    assert!(bench.vips.is_installed(0));
    assert!(bench.act(|vips, hands| vips.lost(0, None, hands)));
}

#[test]
fn a_removal_that_finds_nothing_leaves_no_report_to_wait_for() {
    let mut bench = Bench::promoted();
    bench.act(Vips::drop_all);
    bench.answer(Err(KernelError::Gone));
    bench.answer(Ok(()));
    bench.act(Vips::want_all);
    bench.answer(Ok(()));
    bench.answer(Ok(()));
    assert!(bench.act(|vips, hands| vips.lost(0, None, hands)));
}

#[test]
fn no_track_leaves_an_address_to_others() {
    let mut bench = Bench::promoted();
    bench.conf.vips[0].flags.no_track = true;
    assert!(!bench.act(|vips, hands| vips.lost(0, None, hands)));
    assert!(bench.ops().is_empty() && !bench.vips.is_installed(0));
}

#[test]
fn leftovers_are_removed_at_start_but_an_owner_keeps_its_own() {
    let left = |marked, owner: bool| {
        let mut bench = Bench::new();
        if owner {
            bench.conf.priority = crate::base::id::Priority::OWNER;
        }
        let net = bench.conf.vips[1].net;
        bench.links.put_address(ETH0, Address { net, marked, tentative: false });
        bench.act(Vips::clean);
        (bench.ops(), bench.vips.keeps(&bench.conf, net))
    };
    assert_eq!(left(false, false), (vec!["-10.0.0.101".into()], false));
    assert_eq!(left(true, false), (vec!["-10.0.0.101".into()], false));
    assert_eq!(left(true, true), (vec!["-10.0.0.101".into()], false));
    assert_eq!(left(false, true), (vec![], true));
}

#[test]
fn an_owners_own_address_is_never_removed() {
    let mut bench = Bench::new();
    bench.conf.priority = crate::base::id::Priority::OWNER;
    let net = bench.conf.vips[0].net;
    bench.links.put_address(ETH0, Address { net, marked: false, tentative: false });
    bench.act(Vips::clean);
    bench.act(Vips::want_all);
    assert_eq!(bench.answer(Err(KernelError::Exists)), Landed::Installed(0));
    bench.answer(Ok(()));
    bench.act(Vips::drop_all);
    assert_eq!(bench.ops(), ["-10.0.0.101"]);
}

#[test]
fn what_went_with_its_interface_comes_back_with_it() {
    let mut bench = Bench::promoted();
    bench.links.remove_link(ETH0);
    bench.act(Vips::reconcile);
    assert!(bench.ops().is_empty());
    bench.links.put_link(ETH0, link(true));
    bench.act(Vips::reconcile);
    assert_eq!(bench.ops(), ["+10.0.0.100", "+10.0.0.101"]);
}

/// An instance with a route and a rule besides.
fn with_route_and_rule() -> Bench {
    let mut bench = Bench::new();
    let route = Route {
        destination: IpNet::new("198.51.100.0".parse().unwrap(), 24),
        device: Some(eth0()),
        ..Route::default()
    };
    let rule = KernelOp::removal(&Key::Rule(RuleKey {
        family: Family::V4,
        preference: 500,
        action: RuleAction::Table(100),
        inverted: false,
        from: None,
        to: None,
        input: None,
        output: None,
        mark: None,
        protocol: 18,
    }));
    let KernelOp::DelRule(rule) = rule else { panic!("no rule") };
    let further =
        Further { routes: Box::new([route]), rules: Box::new([Rule::clone(&rule)]), ..Further::default() };
    bench.conf.further = Some(Box::new(further));
    bench.vips = Vips::new(Holder::Instance(WHO, &bench.conf).count());
    bench
}

impl Bench {
    fn answer_all(&mut self) {
        while !self.asked.is_empty() {
            self.answer(Ok(()));
        }
    }
}

#[test]
fn rules_go_before_routes_and_routes_before_addresses() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::want_all);
    assert_eq!(bench.ops(), ["+10.0.0.100", "+10.0.0.101", "+route 198.51.100.0/24", "+rule 500"]);
    bench.answer_all();
    bench.act(Vips::drop_all);
    assert_eq!(bench.ops(), ["-rule 500", "-route 198.51.100.0/24", "-10.0.0.100", "-10.0.0.101"]);
}

#[test]
fn routes_and_rules_of_a_crash_are_removed_whether_they_are_there_or_not() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::clean);
    assert_eq!(bench.ops(), ["-rule 500", "-route 198.51.100.0/24"]);
    bench.answer(Err(KernelError::Other(12)));
    bench.answer(Err(KernelError::Gone));
    bench.now += RETRY;
    bench.act(Vips::expire);
    assert_eq!(bench.ops(), ["-rule 500"], "what could not be removed is tried again");
    bench.answer(Err(KernelError::Gone));
    assert!(bench.vips.has_no_retries());
}

#[test]
fn what_is_lost_before_the_kernel_answered_is_asked_for_again() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::want_all);
    assert!(!bench.act(|vips, hands| vips.lost(2, None, hands)));
    bench.answer_all();
    assert_eq!(bench.vips.present(), 4);
    bench.act(Vips::drop_all);
    bench.answer_all();
    bench.act(Vips::want_all);
    bench.answer(Ok(()));
    bench.answer(Ok(()));
    bench.act(|vips, hands| vips.lost(2, None, hands));
    bench.answer(Ok(()));
    assert_eq!(bench.ops(), ["+rule 500", "+route 198.51.100.0/24"]);
}

#[test]
fn what_cannot_be_added_is_tried_less_and_less_often() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::want_all);
    bench.answer(Ok(()));
    bench.answer(Ok(()));
    let (_, op) = bench.asked.remove(1);
    assert!(matches!(op, KernelOp::AddRule(_)));
    for seconds in [1, 2, 4, 8, 8] {
        bench.answer(Err(KernelError::Other(101)));
        assert_eq!(bench.vips.next_deadline(), Some(bench.now + Span::from_secs(seconds)));
        bench.now += Span::from_secs(seconds);
        bench.act(Vips::expire);
        assert_eq!(bench.ops(), ["+route 198.51.100.0/24"]);
    }
}

#[test]
fn a_route_over_an_interface_that_is_down_is_not_asked_for_again() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::want_all);
    bench.answer_all();
    bench.links.put_link(ETH0, link(false));
    bench.act(|vips, hands| vips.ask_again(false, hands));
    assert!(bench.ops().is_empty());
    bench.links.put_link(ETH0, link(true));
    bench.act(|vips, hands| vips.ask_again(false, hands));
    assert_eq!(bench.ops(), ["+route 198.51.100.0/24"]);
}

#[test]
fn an_address_that_is_put_back_brings_the_routes_that_may_have_gone_with_it() {
    let mut bench = with_route_and_rule();
    bench.act(Vips::want_all);
    bench.answer_all();
    assert!(bench.act(|vips, hands| vips.lost(0, None, hands)));
    assert_eq!(bench.answer(Ok(())), Landed::Installed(0));
    assert_eq!(bench.ops(), ["+route 198.51.100.0/24"]);
}

#[test]
fn an_address_that_has_to_be_proven_is_there_when_it_is() {
    let mut bench = Bench::new();
    bench.conf.vips[0] = Vip::plain(IpNet::host("2001:db8::1".parse().unwrap()));
    bench.conf.vips[0].flags.duplicate_detection = true;
    bench.act(Vips::want_all);
    assert_eq!(bench.answer(Ok(())), Landed::Nothing);
    assert_eq!(bench.answer(Ok(())), Landed::Installed(1));
    assert!(!bench.vips.is_installed(0) && bench.vips.is_settled());
    assert!(bench.vips.proven(0) && bench.vips.is_installed(0));
    assert!(!bench.vips.proven(0), "it is news only once");
}

#[test]
fn an_address_that_another_host_has_is_taken_away_and_tried_again() {
    let mut bench = Bench::promoted();
    bench.act(|vips, hands| vips.duplicate(0, hands));
    assert_eq!(bench.ops(), ["-10.0.0.100"]);
    bench.answer(Ok(()));
    bench.now += RETRY;
    bench.act(Vips::expire);
    assert_eq!(bench.ops(), ["+10.0.0.100"]);
}
