//! Complaints about what others send: each kind once, until the state or the master changes.

/// What there is to complain about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    Length,
    Ttl,
    Version,
    AuthType,
    AuthFailure,
    Interval,
    Kind,
    Checksum,
    NotAPeer,
    OwnerIgnores,
    OtherAddresses,
    OtherInterval,
    OurDouble,
    WorseMaster,
    Unsigned,
    MalformedSignature,
    StaleSignature,
    UnknownKey,
    WrongSignature,
    RepeatedSignature,
    OtherClock,
    Resigned,
}

/// The kinds that have been complained about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Complaints(u32);

impl Complaints {
    /// Whether this is the first of its kind.
    pub(super) fn first(&mut self, complaint: Complaint) -> bool {
        let bit = bit(complaint);
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first
    }

    /// Begins anew.
    pub(super) fn forgive(&mut self) {
        self.0 = 0;
    }
}

const fn bit(complaint: Complaint) -> u32 {
    1 << match complaint {
        Complaint::Length => 0,
        Complaint::Ttl => 1,
        Complaint::Version => 2,
        Complaint::AuthType => 3,
        Complaint::AuthFailure => 4,
        Complaint::Interval => 5,
        Complaint::Kind => 6,
        Complaint::Checksum => 7,
        Complaint::NotAPeer => 8,
        Complaint::OwnerIgnores => 9,
        Complaint::OtherAddresses => 10,
        Complaint::OtherInterval => 11,
        Complaint::OurDouble => 12,
        Complaint::WorseMaster => 13,
        Complaint::Unsigned => 14,
        Complaint::MalformedSignature => 15,
        Complaint::StaleSignature => 16,
        Complaint::UnknownKey => 17,
        Complaint::WrongSignature => 18,
        Complaint::RepeatedSignature => 19,
        Complaint::OtherClock => 20,
        Complaint::Resigned => 21,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_once_until_forgiven() {
        let mut complaints = Complaints::default();
        assert!(complaints.first(Complaint::Length));
        assert!(complaints.first(Complaint::Ttl));
        assert!(!complaints.first(Complaint::Length));
        complaints.forgive();
        assert!(complaints.first(Complaint::Length));
    }
}
