//! An instance that listens to a master and takes its place when it falls silent (RFC 9568, 6.4.2).

use super::complaint::Complaint;
use super::event::Told;
use super::instance::Own;
use super::note::InstanceNote;
use super::reason::{Reason, Why};
use super::receive::Received;
use super::state::{Cx, Intent, Seen};
use super::timing;
use crate::base::id::{Priority, Version};
use crate::base::time::{Instant, Span};
use crate::conf::model::Instance as Conf;
use crate::conf::model::vrrp::Preempt;

/// So many masters are named in the log within this time.
const MOST_NAMED: u8 = 8;
const NAMING: Span = Span::from_secs(60);

/// The state of a backup.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backup {
    /// The master that it obeys, once it has heard one.
    master: Option<Seen>,
    /// When that counts as dead.
    master_down: Instant,
    /// When it may stop obeying a worse master; set by the first advertisement of one (`preempt_delay`).
    preempt_from: Option<Instant>,
    /// It said that it is going to take over.
    will_preempt: bool,
    /// The master-down time is over and nobody better has been heard since: it would be master, if its group let it.
    wishes: bool,
    /// The deadline has been moved because advertisements were lost on our side; once per silence.
    pardoned: bool,
    /// What was heard last that is no reason to wait; without it, silence is what it will act on.
    invited: Option<Reason>,
    /// How many masters the log has named since when.
    named: (u8, Instant),
}

impl Backup {
    /// The backup of a master, if one has been heard; how long it waits is still to be said.
    const fn of(master: Option<Seen>, now: Instant) -> Backup {
        Backup {
            master,
            master_down: now,
            preempt_from: None,
            will_preempt: false,
            wishes: false,
            pardoned: false,
            invited: None,
            named: (0, now),
        }
    }

    pub(super) fn enter(
        own: &mut Own,
        heard: Option<Seen>,
        first: bool,
        why: Why,
        cx: &mut Cx<'_>,
    ) -> Backup {
        cx.out.note(own.id, InstanceNote::Entered { state: Told::Backup, first });
        let mut backup = Backup::of(heard, cx.now);
        backup.master_down = cx.silent_from + backup.patience(own.priority, cx.conf);
        own.tell(Told::Backup, why, cx);
        backup
    }

    /// A backup that goes on where an earlier process ended.
    pub(super) fn resume(own: &Own, master: Option<Seen>, cx: &Cx<'_>) -> Backup {
        let mut backup = Backup::of(master, cx.now);
        backup.wait(own, cx);
        backup
    }

    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        Some(self.master_down)
    }

    pub(super) const fn master(&self) -> Option<Seen> {
        self.master
    }

    pub(super) const fn wishes(&self) -> bool {
        self.wishes
    }

    /// Why it would be master.
    pub(super) fn reason(&self) -> Reason {
        let master = self.master.map(|master| master.address);
        self.invited.unwrap_or(Reason::MasterSilent(master))
    }

    /// The interval that adverts are expected in: version 3 learns it from the master.
    pub(super) fn interval(&self, conf: &Conf) -> Span {
        match (conf.version, self.master) {
            (Version::V3, Some(master)) => master.interval,
            (Version::V3, None) | (Version::V2, _) => conf.advert_int,
        }
    }

    /// The master-down time.
    fn patience(&self, priority: Priority, conf: &Conf) -> Span {
        timing::master_down(conf.version, self.interval(conf), priority, conf.down_timer_adverts)
    }

    /// The configuration changed from `before`, and with it perhaps the time we wait.
    pub(super) fn reconfigure(&mut self, own: &Own, before: &Conf, cx: &Cx<'_>) {
        let since = self.master_down - self.patience(own.priority, before);
        self.master_down = (since + self.patience(own.priority, cx.conf)).max(cx.now);
    }

    /// An advertisement was received and is in order.
    pub(super) fn hear(&mut self, own: &mut Own, advert: &Received, cx: &mut Cx<'_>) -> Option<Intent> {
        if advert.priority == Priority::RELEASE {
            let note = InstanceNote::Resigned { source: advert.source, to: Told::Backup };
            own.complain(Complaint::Resigned, || note, cx);
            self.invited = Some(Reason::MasterResigned(advert.source));
            // Whoever says so again and again does not hold us up.
            let skew = timing::skew(cx.conf.version, self.interval(cx.conf), own.priority);
            self.master_down = self.master_down.min(cx.now + skew);
            None
        } else if self.obeys(own, advert, cx) {
            self.obey(own, advert, cx);
            None
        } else {
            let (source, theirs, ours) = (advert.source, advert.priority, own.priority);
            self.invited = Some(Reason::WorseMaster { source, priority: theirs });
            if !std::mem::replace(&mut self.will_preempt, true) {
                cx.out.note(own.id, InstanceNote::WillPreempt { source, theirs, ours });
            }
            Some(Intent::Won)
        }
    }

    /// Whether the sender is to be obeyed: one who is not worse always, one who is worse while we may not preempt.
    fn obeys(&mut self, own: &Own, advert: &Received, cx: &Cx<'_>) -> bool {
        if advert.priority >= own.priority {
            self.preempt_from = None;
            return true;
        }
        match cx.conf.preempt {
            Preempt::Yes => false,
            Preempt::Never => true,
            Preempt::After(delay) => *self.preempt_from.get_or_insert(cx.now + delay) > cx.now,
        }
    }

    fn obey(&mut self, own: &mut Own, advert: &Received, cx: &mut Cx<'_>) {
        let seen = advert.seen();
        if self.master.map(|master| master.address) != Some(seen.address) {
            self.name(own, seen, cx);
        }
        self.master = Some(seen);
        self.will_preempt = false;
        self.invited = None;
        self.pardoned = false;
        self.wait(own, cx);
    }

    /// Says whom it obeys now, unless that changes all the time: then somebody plays with us, and with the log.
    fn name(&mut self, own: &mut Own, master: Seen, cx: &mut Cx<'_>) {
        let (count, since) = &mut self.named;
        if cx.now.since(*since) >= NAMING {
            (*count, *since) = (0, cx.now);
        }
        if *count < MOST_NAMED {
            *count += 1;
            own.complaints.forgive();
            cx.out
                .note(own.id, InstanceNote::NewMaster { master: master.address, priority: master.priority });
        }
    }

    /// The master-down time begins anew.
    pub(super) fn wait(&mut self, own: &Own, cx: &Cx<'_>) {
        self.wishes = false;
        self.master_down = cx.silent_from + self.patience(own.priority, cx.conf);
    }

    /// The deadline may have passed; `heard_until` is how far the present is known. A group may not grant the wish at
    /// once, so the master-down time begins anew.
    pub(super) fn expire(&mut self, own: &Own, heard_until: Instant, cx: &mut Cx<'_>) -> Option<Intent> {
        if self.master_down > heard_until {
            return None;
        }
        if !self.wishes {
            let master = self.master.map(|master| master.address);
            cx.out.note(own.id, InstanceNote::MasterSilent { master });
        }
        self.wait(own, cx);
        self.wishes = true;
        Some(Intent::Promote)
    }

    /// Packets were lost on our side, so silence proves nothing: one more interval, once.
    pub(super) fn pardon(&mut self, cx: &Cx<'_>) {
        if !std::mem::replace(&mut self.pardoned, true) {
            self.master_down = self.master_down.max(cx.now + self.interval(cx.conf));
        }
    }

    /// Our own priority changed, and with it the time we wait.
    pub(super) fn reprioritise(&mut self, from: Priority, to: Priority, cx: &Cx<'_>) {
        let since = self.master_down - self.patience(from, cx.conf);
        self.master_down = (since + self.patience(to, cx.conf)).max(cx.now);
    }
}
