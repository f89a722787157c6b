//! Routes and rules.

use super::At;
use crate::base::addr::Family;
use crate::base::id::IfName;
use crate::conf::expanded::Extent;
use crate::conf::model::route::{Metrics, NextHop, Route, Rule};

/// A route as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct RouteDraft {
    pub(in crate::conf) at: Extent,
    pub(in crate::conf) route: Route,
    /// What the first address says.
    pub(in crate::conf) family: Option<At<Family>>,
    pub(in crate::conf) has_destination: bool,
    /// A `nexthop` has been read; nothing else may follow.
    pub(in crate::conf) has_hops: bool,
    pub(in crate::conf) protocol_at: Option<Extent>,
    pub(in crate::conf) group_at: Option<Extent>,
    /// Words for one family only.
    pub(in crate::conf) ipv4_only: Vec<At<&'static str>>,
    pub(in crate::conf) ipv6_only: Vec<At<&'static str>>,
    /// Every interface that is named.
    pub(in crate::conf) devices: Vec<At<IfName>>,
}

impl RouteDraft {
    pub(in crate::conf) fn new(at: Extent) -> RouteDraft {
        RouteDraft {
            at,
            route: Route::default(),
            family: None,
            has_destination: false,
            has_hops: false,
            protocol_at: None,
            group_at: None,
            ipv4_only: Vec::new(),
            ipv6_only: Vec::new(),
            devices: Vec::new(),
        }
    }

    /// What is known of the way.
    pub(in crate::conf) fn metrics(&mut self) -> &mut Metrics {
        self.route.metrics.get_or_insert_default()
    }

    /// The way that is being read.
    pub(in crate::conf) fn hop(&mut self) -> &mut NextHop {
        let hops = &mut self.route.next_hops;
        if hops.is_empty() {
            hops.push(NextHop::default());
        }
        let last = hops.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "there is one, and this is the last")]
        &mut hops[last]
    }
}

/// A rule as it has been read.
#[derive(Clone, Debug)]
pub(in crate::conf) struct RuleDraft {
    pub(in crate::conf) rule: Rule,
    pub(in crate::conf) group_at: Option<Extent>,
    pub(in crate::conf) devices: Vec<At<IfName>>,
}
