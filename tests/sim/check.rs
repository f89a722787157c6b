//! What has to be true of a world.

use keepalived::base::id::{InstanceId, Priority};
use keepalived::base::time::{Instant, Span};
use keepalived::conf::model::vrrp::Instance;
use keepalived::vrrp::Errors;
use keepalived::vrrp::belonging::{Key, RouteKey, RuleKey};
use keepalived::vrrp::snapshot::Role;
use keepalived::vrrp::timing;

use crate::fleet::segment_to;
use crate::world::World;

/// An advertisement may leave this much after it is due by the host's own clock, which may be slow.
const LATE: Span = Span::from_millis(1);

impl World {
    fn conf(&self, host: usize, id: InstanceId) -> &Instance {
        self.hosts[host].model.instances.get(id).unwrap()
    }

    /// The virtual routers of a LAN: which instance each is on its members.
    fn routers(&self, lan: usize) -> Vec<InstanceId> {
        let first = self.lans[lan].members[0];
        self.hosts[first].model.instances.keys().collect()
    }

    fn masters(&self, lan: usize, id: InstanceId) -> Vec<usize> {
        let is_master = |host: &usize| self.hosts[*host].role(id) == Some(Role::Master);
        self.lans[lan].members.iter().copied().filter(is_master).collect()
    }

    /// How many instances are master, on all hosts.
    pub fn masters_of_anything(&self) -> usize {
        let routers = |lan: usize| self.routers(lan).into_iter().map(move |id| (lan, id));
        (0..self.lans.len()).flat_map(routers).map(|(lan, id)| self.masters(lan, id).len()).sum()
    }

    fn priority(&self, host: usize, id: InstanceId) -> Priority {
        let view = self.hosts[host].router.as_ref().and_then(|router| router.view(id));
        view.unwrap().priority()
    }

    fn place(&self, lan: usize, id: InstanceId) -> String {
        let of = |host: &usize| {
            let role = self.hosts[*host].role(id);
            let router = self.hosts[*host].router.as_ref();
            let view = router.and_then(|router| router.view(id));
            format!(
                "host {host}: {role:?} {:?} {:?}",
                view.map(|view| view.priority()),
                view.map(|view| view.faults())
            )
        };
        let members: Vec<String> = self.lans[lan].members.iter().map(of).collect();
        format!("step {}, {}: LAN {lan}, {id:?}, {}", self.steps, self.now, members.join("; "))
    }

    /// Every virtual router has one master, the best; its addresses are there and nowhere else.
    pub fn expect_healed(&self) {
        for lan in 0..self.lans.len() {
            for id in self.routers(lan) {
                let masters = self.masters(lan, id);
                assert_eq!(masters.len(), 1, "masters: {}", self.place(lan, id));
                self.expect_nobody_better(lan, id, masters[0]);
                self.expect_addresses(lan, id, masters[0]);
            }
            self.expect_groups_on_one_host(lan);
        }
    }

    /// Every group is whole: one host is master for all of its members.
    fn expect_groups_on_one_host(&self, lan: usize) {
        for group in self.hosts[self.lans[lan].members[0]].model.groups.values() {
            let masters: Vec<_> = group.members.iter().map(|id| self.masters(lan, *id)).collect();
            let one = masters.iter().all(|of| *of == masters[0]);
            let places: Vec<_> = group.members.iter().map(|id| self.place(lan, *id)).collect();
            assert!(one, "{} is torn: {}", group.name, places.join("\n"));
        }
    }

    /// Whoever is master, nobody could do better: not for the instance, or not for all of its group.
    fn expect_nobody_better(&self, lan: usize, id: InstanceId, master: usize) {
        let group = self.hosts[master].model.groups.values().find(|group| group.members.contains(&id));
        let all = group.map_or_else(|| vec![id], |group| group.members.to_vec());
        for &other in &self.lans[lan].members {
            let better = all.iter().all(|id| self.priority(other, *id) > self.priority(master, *id));
            assert!(!better, "host {other} is better: {}", self.place(lan, id));
        }
    }

    fn expect_addresses(&self, lan: usize, id: InstanceId, master: usize) {
        for &host in &self.lans[lan].members {
            let conf = self.conf(host, id);
            let segment = segment_to(conf);
            for vip in conf.addresses() {
                assert_eq!(
                    self.hosts[host].kernel.holds(segment, vip.net),
                    host == master,
                    "{} on {host}: {}",
                    vip.net,
                    self.place(lan, id)
                );
                let hidden = self.hosts[host].kernel.hides(vip.net.addr());
                let hides = host == master && !conf.accepts();
                assert_eq!(hidden, hides, "{} hidden on {host}: {}", vip.net, self.place(lan, id));
            }
            let (routes, rules) = conf.routes_and_rules();
            let routes = routes.iter().map(|route| Key::Route(RouteKey::of(route)));
            for key in routes.chain(rules.iter().map(|rule| Key::Rule(RuleKey::of(rule)))) {
                let is_there = self.hosts[host].kernel.has(&key);
                assert_eq!(is_there, host == master, "{key:?} on {host}: {}", self.place(lan, id));
            }
        }
    }

    /// Nobody changes, everybody advertises in time.
    pub fn expect_no_change_for(&mut self, span: Span) {
        self.changes.clear();
        self.recorded = 0;
        let end = self.now + span;
        while self.now < end {
            self.run(Span::from_millis(500));
            assert!(
                self.changes.is_empty(),
                "step {}: changes without a cause: {:?}",
                self.steps,
                self.changes
            );
            self.expect_adverts_in_time();
        }
        assert_eq!(self.recorded, 0, "there was nothing to record");
        self.expect_healed();
    }

    fn expect_adverts_in_time(&self) {
        for lan in 0..self.lans.len() {
            for id in self.routers(lan) {
                for master in self.masters(lan, id) {
                    let gap = self.now.since(self.advertised[&(master, id)]);
                    let interval = self.conf(master, id).advert_int;
                    let most = interval + interval.fraction(1, 1000) + LATE;
                    assert!(gap <= most, "no advert for {gap}: {}", self.place(lan, id));
                }
            }
        }
    }

    /// No signature was refused by anybody.
    pub fn expect_every_advert_believed(&self) {
        for (number, host) in self.hosts.iter().enumerate() {
            for (_, view) in host.router.as_ref().unwrap().snapshot() {
                let (stats, place) = (view.stats(), format!("host {number} at {}", self.now));
                assert_eq!(stats.errors.get(), Errors::default(), "{place}");
                assert!(stats.received + stats.sent > 3, "{place}: {stats:?}");
            }
        }
    }

    /// The processes of all backups do not run for a while.
    pub fn stall_backups(&mut self, span: Span) {
        for host in 0..self.hosts.len() {
            let backs_up = |id| self.hosts[host].role(id) == Some(Role::Backup);
            if self.hosts[host].model.instances.keys().all(backs_up) {
                self.stall(host, span);
            }
        }
    }

    pub fn kill_masters_and_expect_takeover(&mut self) {
        self.expect_takeover(World::kill, |conf, priority| {
            timing::master_down(conf.version, conf.advert_int, priority, conf.down_timer_adverts)
        });
    }

    pub fn stop_masters_and_expect_takeover(&mut self) {
        self.expect_takeover(World::stop, |conf, priority| {
            timing::skew(conf.version, conf.advert_int, priority)
        });
    }

    /// Ends the master of each LAN with `end`; another takes over `wait` after the last packet of the old one, by its
    /// own clock, and announces every address.
    fn expect_takeover(&mut self, end: fn(&mut World, usize), wait: fn(&Instance, Priority) -> Span) {
        let id = InstanceId::new(0);
        let old: Vec<usize> = (0..self.lans.len()).map(|lan| self.masters(lan, id)[0]).collect();
        self.changes.clear();
        for &host in &old {
            end(self, host);
        }
        let last: Vec<Instant> = old.iter().map(|host| self.advertised[&(*host, id)]).collect();
        self.run(self.patience());
        for (lan, (&old, &last)) in old.iter().zip(&last).enumerate() {
            let became = self.changes.iter().find(|(_, host, _, role)| *host != old && *role == Role::Master);
            let &(at, new, ..) =
                became.unwrap_or_else(|| panic!("nobody takes over: {}", self.place(lan, id)));
            let wait = wait(self.conf(new, id), self.priority(new, id));
            let took = at.since(last);
            let most = wait + wait.fraction(1, 1000) + self.lans[lan].weather.latency + Span::from_micros(2);
            assert!(took + wait.fraction(1, 1000) >= wait && took <= most, "{took} instead of {wait}");
            self.expect_announced(lan, id, new);
        }
    }

    fn expect_announced(&self, lan: usize, id: InstanceId, master: usize) {
        let conf = self.conf(master, id);
        for vip in conf.addresses() {
            let believed = self.lans[lan].believed.get(&(segment_to(conf), vip.net.addr()));
            assert_eq!(
                believed,
                Some(&self.hosts[master].kernel.mac()),
                "{}: {}",
                vip.net,
                self.place(lan, id)
            );
        }
    }

    /// An orderly end leaves nothing behind.
    pub fn stop_everyone(&mut self) {
        for host in 0..self.hosts.len() {
            self.stop(host);
        }
        self.run(Span::from_secs(20));
        for (number, host) in self.hosts.iter().enumerate() {
            assert!(!host.is_alive(), "host {number} does not stop");
            let left = host.kernel.held();
            assert!(left.is_empty(), "host {number} leaves {left:?} behind");
            assert!(host.kernel.is_open(), "host {number} leaves something in the firewall");
        }
    }
}
