//! What strict mode takes away (RFC 3768 and RFC 9568 to the letter).

use super::Cx;
use super::instance::Nature;
use crate::conf::diag::Code;
use crate::conf::diag::code::instance as code;
use crate::conf::draft::InstanceDraft;
use crate::conf::expanded::Extent;

/// Resets every word that strict mode does not allow.
pub(super) fn adapt(draft: &mut InstanceDraft, _nature: Nature, cx: &mut Cx<'_>) {
    let name = draft.name.clone();
    let mut report = |code: &'static Code, at: Extent, what: &str| {
        cx.diagnostics.report(code, at, format!("{name} is strict: {what}"));
    };
    if let Some(peer) = draft.peers.first() {
        report(&code::UNICAST_IN_STRICT, peer.at, "it cannot have unicast peers");
    }
    if let Some(delay) = draft.preempt_delay.take_if(|delay| !delay.value.is_zero()) {
        report(&code::STRICT_RESETS, delay.at, "`preempt_delay` is reset");
    }
    if let Some(adverts) = draft.down_timer_adverts.take()
        && adverts.value != 3
    {
        report(&code::STRICT_RESETS, adverts.at, "`down_timer_adverts` is reset to 3");
    }
    let repeats = draft.garp.lower_prio_repeat.filter(|repeat| repeat.value > 0).map(|repeat| repeat.at);
    let delays = draft.garp.lower_prio_delay.filter(|delay| !delay.value.is_zero()).map(|delay| delay.at);
    if let Some(at) = repeats.or(delays) {
        report(&code::STRICT_RESETS, at, "a master of lower priority is not answered with announcements");
    }
    if let Some(word) = draft.lower_prio_no_advert.filter(|word| !word.value) {
        report(&code::STRICT_RESETS, word.at, "a master of lower priority is not answered");
    }
    if let Some(word) = draft.higher_prio_send_advert.filter(|word| word.value) {
        report(&code::STRICT_RESETS, word.at, "a better master gets no further advertisement");
    }
}
