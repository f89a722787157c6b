//! From what instances want to what they have to do.

use super::instance::Instance;
use super::state::{Intent, Order};
use crate::base::id::InstanceId;
use crate::conf::model::Model;

/// The orders that follow from wishes, in the order in which they have to be carried out. An instance for itself does
/// what it wants; here is where the members of a sync group will be held together.
pub(super) fn settle(model: &Model, intents: &[(InstanceId, Intent)]) -> Vec<(InstanceId, Order)> {
    let order = |&(id, intent): &(InstanceId, Intent)| {
        let order = match intent {
            Intent::Promote => Order::Promote,
            Intent::Yield(master) => Order::Follow(Some(master)),
            Intent::Fail => Order::Fault,
            Intent::TakePart if Instance::claims_at_once(model.instances.at(id)) => Order::Promote,
            Intent::TakePart => Order::Follow(None),
        };
        (id, order)
    };
    intents.iter().map(order).collect()
}
