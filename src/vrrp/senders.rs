//! Which form of checksum each sender uses: RFC 5798 has been read in two ways.

use std::net::IpAddr;

use crate::wire::vrrp::ChecksumForm;

/// How many senders are told apart; a virtual router has few, and a forger must not fill our memory.
const SENDERS: usize = 8;

/// What one sender's checksums covered, over VRRPv3 packets of IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Who.
    pub address: IpAddr,
    /// Message and pseudo-header, as RFC 5798 is practised.
    pub pseudo_header: u64,
    /// The message alone, as RFC 9568 has it.
    pub plain: u64,
    /// Message and a pseudo-header with the group in it, as keepalived before 1.3.6 sends to peers.
    pub group_pseudo_header: u64,
}

/// The senders that were heard, the longest known first.
#[derive(Clone, Debug, Default)]
pub(super) struct Senders(Vec<Sender>);

impl Senders {
    pub(super) fn count(&mut self, address: IpAddr, form: ChecksumForm) {
        let position = match self.0.iter().position(|sender| sender.address == address) {
            Some(position) => position,
            None => {
                if self.0.len() == SENDERS {
                    self.0.remove(0);
                }
                self.0.push(Sender { address, pseudo_header: 0, plain: 0, group_pseudo_header: 0 });
                self.0.len() - 1
            }
        };
        let Some(sender) = self.0.get_mut(position) else { return };
        *match form {
            ChecksumForm::PseudoHeader => &mut sender.pseudo_header,
            ChecksumForm::Plain => &mut sender.plain,
            ChecksumForm::GroupPseudoHeader => &mut sender.group_pseudo_header,
        } += 1;
    }

    pub(super) fn list(&self) -> &[Sender] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn each_sender_has_its_own_count_and_old_ones_make_room() {
        let mut senders = Senders::default();
        for host in 0..20 {
            senders.count(Ipv4Addr::from_bits(host).into(), ChecksumForm::Plain);
        }
        let last = Ipv4Addr::from_bits(19).into();
        senders.count(last, ChecksumForm::PseudoHeader);
        assert_eq!(senders.list().len(), SENDERS);
        let known = senders.list().last().copied().unwrap();
        assert_eq!((known.address, known.plain, known.pseudo_header), (last, 1, 1));
    }
}
