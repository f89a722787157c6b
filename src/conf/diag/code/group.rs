codes! {
    571 NO_MEMBERS Error General
    "a sync group without members"
    "`group` lists the instances of a sync group. Without any the group is removed."

    572 ONE_MEMBER Warning General
    "a sync group with one member"
    "A group of one has nothing to keep in step. It works, but only adds to the notifications."

    573 UNKNOWN_MEMBER Error General
    "a member that is not an instance"
    "There is no `vrrp_instance` of this name in the configuration. The entry is ignored."

    574 IN_TWO_GROUPS Error General
    "an instance in two sync groups"
    "An instance can follow one group only. The entry of the second group is ignored."

    575 WEIGHT_IN_GROUP Warning General
    "a weight in a member of a sync group"
    "Members of a group change their state together, so a change of the priority of one of them alone would work against the \
     others. Scripts and BFD sessions with a weight are not tracked, the weight of interfaces and files becomes 0, which means \
     FAULT. `sync_group_tracking_weight` keeps the weights; all members should then track the same."

    576 TRACKED_BY_BOTH Warning General
    "something is tracked by an instance and by its group"
    "What a group tracks, each of its members tracks. The entry of the instance is ignored."

    577 GARP_GROUP_WITHOUT_DELAY Error General
    "a garp_group that limits nothing"
    "`garp_interval` and `gna_interval` are both missing, so that there is nothing to share. The group is removed."

    578 IN_TWO_GARP_GROUPS Error General
    "an interface in two garp groups"
    "The limits of an interface come from one group only. The entry of the second group is ignored."

    579 LONG_DOWN_DELAY Warning Silent
    "a delay as long as the others wait"
    "The link may be down for as long as two advertisements take, so the other routers take over before this one notices. The \
     delay is reset."
}
