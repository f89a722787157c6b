codes! {
    901 NO_DESTINATION Error General
    "a route without a destination"
    "A route needs a destination: a network such as 192.0.2.0/24, an address, `default`, or `default6` for IPv6. The entry is \
     ignored."

    902 MIXED_FAMILIES Error General
    "IPv4 and IPv6 in one route or rule"
    "All addresses of a route or a rule have to be of one family. The entry is ignored."

    903 SWALLOWED Warning Silent
    "a word is lost"
    "keepalived takes the word behind `inet` and `inet6` for a part of them and forgets it, although its manual page shows it \
     otherwise. Leave `inet` and `inet6` out: the addresses say which family it is."

    904 NOT_FOR_THIS_ROUTE Error General
    "a word that this route cannot have"
    "The word makes sense for the other family or for another kind of route only. It is ignored."

    905 WATCHED_PROTOCOL Warning General
    "another protocol for a route or rule that is watched"
    "keepalived recognises its own routes and rules by their protocol, 18. One that it watches gets this protocol whatever is \
     written; with `no_track` the protocol stays as written."

    906 NO_ACTION Error General
    "a rule without an action"
    "A rule has to say what is done: `table`, `goto`, `nop`, `l3mdev`, `blackhole`, `unreachable` or `prohibit`. The entry is \
     ignored."

    907 TWO_ACTIONS Error General
    "a rule with two actions"
    "A rule does one thing: it looks up one table, goes to one other rule, or drops. The entry is ignored."

    908 NO_PREFERENCE Warning General
    "a rule without a preference"
    "Rules are tried by their preference, the lowest first. Without one keepalived counts down from 16384, so that the order \
     depends on all the other rules. Write `preference NUMBER`."

    909 GOTO_BACK Error General
    "a rule that jumps back"
    "`goto` can only lead to a rule with a higher preference than its own. The entry is ignored."

    910 BAD_PORTS Error General
    "a range of ports that is none"
    "Ports are written FROM-TO, also for a single port (the manual page says otherwise); the C program installs such a rule \
     without the ports, so that it matches everything. Here the entry is ignored."

    911 STATIC_WITHOUT_INTERFACE Fatal Unusable
    "a static address without an interface"
    "A static address needs `dev INTERFACE`, or `default_interface` in global_defs, or an interface eth0."

    912 TRACK_GROUP_ELSEWHERE Error General
    "track_group where it has no meaning"
    "`track_group` ties static addresses, routes and rules to instances; those of an instance belong to it anyway."

    913 UNKNOWN_TRACK_GROUP Error General
    "a track_group that is not defined"
    "There is no `track_group` of this name above. The entry is read, but no instance faults with its interface."
}
