//! The expressions that rules are made of.

use super::message::Attributes;

/// An entry of a list, whatever it lists.
pub(super) const ENTRY: u16 = 1;

/// The registers that expressions pass values in: of 16 octets each; the first is for verdicts.
const VERDICT: u32 = 0;
pub(super) const FIRST: u32 = 1;
pub(super) const SECOND: u32 = 2;

/// The expressions of a rule.
pub(super) struct Rule<'a, 'b> {
    list: &'a mut Attributes<'b>,
    counters: bool,
}

impl<'a, 'b> Rule<'a, 'b> {
    pub(super) fn new(list: &'a mut Attributes<'b>, counters: bool) -> Rule<'a, 'b> {
        Rule { list, counters }
    }

    fn expression(&mut self, name: &str, fill: impl FnOnce(&mut Attributes<'_>)) {
        self.list.nest(ENTRY, |expression| {
            expression.text(1, name);
            expression.nest(2, fill);
        });
    }

    /// Takes octets of a header into a register.
    pub(super) fn payload(&mut self, base: u32, offset: u32, octets: u32, register: u32) {
        self.expression("payload", |it| {
            it.number(1, register);
            it.number(2, base);
            it.number(3, offset);
            it.number(4, octets);
        });
    }

    /// Takes something else that is known of a packet into a register.
    pub(super) fn meta(&mut self, what: u32, register: u32) {
        self.expression("meta", |it| {
            it.number(1, register);
            it.number(2, what);
        });
    }

    /// Goes on if the registers from the first on are in a set.
    pub(super) fn lookup(&mut self, set: &str, id: Option<u32>) {
        self.lookup_in(FIRST, set, None, id);
    }

    /// Goes on if a register is in a set; what it leads to goes into another.
    pub(super) fn lookup_in(&mut self, register: u32, set: &str, into: Option<u32>, id: Option<u32>) {
        self.expression("lookup", |it| {
            it.text(1, set);
            it.number(2, register);
            if let Some(into) = into {
                it.number(3, into);
            }
            if let Some(id) = id {
                it.number(4, id);
            }
        });
    }

    /// Sends a copy to the destination in a register, by the interface in another.
    pub(super) fn duplicate(&mut self, destination: u32, interface: u32) {
        self.expression("dup", |it| {
            it.number(1, destination);
            it.number(2, interface);
        });
    }

    /// Goes on if a register begins with this.
    pub(super) fn compare(&mut self, register: u32, value: &[u8]) {
        self.expression("cmp", |it| {
            it.number(1, register);
            // NFT_CMP_EQ
            it.number(2, 0);
            it.nest(3, |data| data.octets(1, value));
        });
    }

    /// Keeps these bits of the first register.
    pub(super) fn mask(&mut self, mask: &[u8; 16]) {
        self.expression("bitwise", |it| {
            it.number(1, FIRST);
            it.number(2, FIRST);
            it.number(3, 16);
            it.nest(4, |data| data.octets(1, mask));
            it.nest(5, |data| data.octets(1, &[0; 16]));
        });
    }

    /// What follows is counted, if the user wants to see how often it happens.
    pub(super) fn counted(&mut self, then: impl FnOnce(&mut Self)) {
        if self.counters {
            self.expression("counter", |_| {});
        }
        then(self);
    }

    pub(super) fn verdict(&mut self, code: i32, chain: Option<&str>) {
        self.expression("immediate", |it| {
            it.number(1, VERDICT);
            it.nest(2, |data| {
                data.nest(2, |verdict| {
                    verdict.octets(1, &code.to_be_bytes());
                    if let Some(chain) = chain {
                        verdict.text(2, chain);
                    }
                });
            });
        });
    }
}
