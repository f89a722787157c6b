codes! {
    501 NO_VRID Fatal General
    "an instance without a VRID"
    "`virtual_router_id` says which virtual router this is; all routers that share the addresses have the same number from 1 to \
     255, and no other virtual router on the network has it. keepalived does not run without."

    502 NO_INTERFACE Fatal General
    "an instance without an interface"
    "`interface` is missing. Only a unicast instance with `unicast_src_ip` can do without."

    503 UNKNOWN_INTERFACE Warning General
    "an interface that does not exist"
    "There is no such interface on this machine. Whoever needs it waits for it in FAULT, and takes part when it appears. If \
     it is meant to appear only later, write `dynamic_interfaces` into global_defs, and nothing is said of it. The C program \
     does not start without."

    504 DUPLICATE_VRID Fatal General
    "two instances are the same virtual router"
    "Two instances with the same VRID and the same family on one interface cannot be told apart. Give one another VRID, on all \
     its routers, or let their unicast peers differ."

    505 OTHER_FAMILY Error General
    "an address of the other family"
    "An instance is one of IPv4 or one of IPv6; its first address, source address, peer or group decides. Only \
     `virtual_ipaddress_excluded` may hold addresses of the other family."

    506 VERSION_CONFLICT Error General
    "a version that the family does not have"
    "IPv6 came with version 3 of VRRP, so an instance of IPv6 cannot speak version 2. The line is ignored."

    507 DUPLICATE_VIP Error General
    "an address stands twice in an instance"
    "The address is there already, perhaps with another prefix length; this entry is ignored."

    508 NO_VIP Warning General
    "an instance without addresses"
    "There is nothing that this instance could move. If that is on purpose, say so with `no_virtual_ipaddress`."

    509 VIP_REQUIRED Fatal General
    "an instance without addresses, where one is required"
    "VRRP version 3 and strict mode require at least one address in an advertisement. If there is none on purpose, \
     say so with `no_virtual_ipaddress` (not in strict mode)."

    510 TOO_MANY_VIPS Warning General
    "more addresses than an advertisement holds"
    "An advertisement holds 255 addresses at most, and not more than fit into one packet of the interface. The rest is moved \
     to `virtual_ipaddress_excluded`: installed and announced, but not advertised."

    511 LONG_PASSWORD Warning General
    "a password of more than 8 octets"
    "An advertisement has room for eight octets of password. The rest is cut off, so passwords that agree in their first \
     eight octets are the same."

    512 AUTH_WITHOUT_PASSWORD Warning General
    "authentication without a password"
    "`auth_type` alone does nothing; without `auth_pass` advertisements are not authenticated."

    513 AUTH_IN_V3 Warning General
    "authentication in a version that has none"
    "Authentication was taken out of VRRP; version 3 has no place for it. The block is ignored. See `auth_hmac` for signatures."

    514 AUTH_IN_STRICT Warning General
    "authentication in strict mode"
    "RFC 3768 and later have no authentication; in strict mode the block is ignored."

    515 ADVERT_INT_ROUNDED Warning General
    "an interval that the version cannot express"
    "Version 2 of VRRP counts whole seconds, version 3 hundredths of a second up to 40.95 s. The interval is rounded; in \
     version 2 all routers must use the same."

    516 STATE_IN_STRICT Warning General
    "a state that does not match the priority"
    "In strict mode a router starts as master exactly if it owns the addresses, that is, has priority 255. The state is \
     adapted to the priority."

    517 STRICT_RESETS Warning General
    "a setting that strict mode does not allow"
    "`vrrp_strict` (or `strict_mode`) follows the RFC to the letter; settings that go beyond it are reset."

    518 NOPREEMPT_WITH_MASTER Warning General
    "nopreempt together with state MASTER"
    "`nopreempt` only works if all routers, also the preferred one, start with `state BACKUP`. With `state MASTER` it is \
     switched off, and this router takes over whenever it comes back."

    519 PREEMPT_DELAY_WITH_MASTER Warning General
    "preempt_delay together with state MASTER"
    "`preempt_delay` only works with `state BACKUP`; with `state MASTER` it is switched off."

    520 PREEMPT_DELAY_WITH_NOPREEMPT Warning General
    "preempt_delay together with nopreempt"
    "A router that never takes over from a living master has nothing to delay. The delay is ignored."

    521 NOPREEMPT_WITH_OWNER Warning General
    "nopreempt for the owner of the addresses"
    "Priority 255 says that the addresses are this router's own, so it always takes them. `nopreempt` is ignored."

    522 UNICAST_WITHOUT_PEERS Warning General
    "unicast words without any peer"
    "There are words that make sense for unicast only, but no `unicast_peer`: advertisements go to the multicast group. An \
     empty list of peers, for example from a template, is a common cause of two masters."

    523 UNICAST_TTL_WITHOUT_PEERS Warning General
    "unicast_ttl without any peer"
    "`unicast_ttl` says nothing about multicast, whose TTL is always 255. It is ignored."

    524 UNICAST_IN_STRICT Fatal General
    "unicast in strict mode"
    "VRRP is a protocol of multicast; in strict mode unicast peers are refused. Remove `vrrp_strict`, which does more \
     than most people expect, or the peers."

    525 SOURCE_REQUIRED Fatal General
    "a unicast instance without interface and source address"
    "Without `interface`, `unicast_src_ip` has to say where advertisements come from."

    526 TRACK_SOURCE_WITHOUT_SOURCE Warning General
    "track_src_ip without a source address"
    "There is no `mcast_src_ip` or `unicast_src_ip` that could be watched. The word is ignored."

    527 FIRST_NOT_LINK_LOCAL Fatal General
    "the first IPv6 address is not link-local"
    "RFC 9568 (5.2.9) wants the first address of a virtual router for IPv6 to be link-local, and strict mode insists on it. Put an \
     address of fe80::/10 first."

    528 FIRST_NOT_LINK_LOCAL_HINT Note Silent
    "the first IPv6 address is not link-local"
    "RFC 9568 (5.2.9) wants the first address of a virtual router for IPv6 to be link-local. keepalived works without."

    529 AH_WITH_MASTER Warning General
    "authentication header together with state MASTER"
    "With `auth_type AH` an instance first has to hear the sequence number of the others, so it starts as backup."

    530 OWNER_NOT_IGNORING Warning General
    "owner_ignore_adverts off for an owner"
    "The C program switches `owner_ignore_adverts` on for an instance with priority 255 even if it was switched off here."

    531 IPV6_IN_V2_STRICT Warning General
    "IPv6 with version 2 in strict mode"
    "IPv6 came with version 3 of VRRP; strict mode takes version 3."

    532 AH_FOR_IPV6 Warning Silent
    "authentication for IPv6"
    "VRRP for IPv6 has no authentication data; the block is ignored."

    541 UNKNOWN_REFERENCE Error General
    "something is tracked that is not defined"
    "There is no definition of this name, or it was removed because of an error of its own. The entry is ignored."

    542 DEFINED_LATER Error General
    "something is tracked that is defined only later"
    "keepalived reads from the top: a definition has to stand before its use. The entry is ignored, so nothing is tracked. Move \
     the definition up."

    543 OWN_INTERFACE Warning General
    "an instance tracks its own interface"
    "The interface of an instance is tracked anyway. The entry is ignored; to stop tracking it, use `dont_track_primary`."

    544 WEIGHT_OF_OWNER Warning General
    "a weight for the owner of the addresses"
    "The priority of an owner is always 255, so a weight has no effect. The entry is ignored."

    545 BAD_KEY Error General
    "a key of auth_hmac that cannot be used"
    "A key has 32 to 64 octets. It is written in plain text, as `hex:` with two digits for each octet, or as `file:` with the path of a \
     file that contains it in one of these forms. The key is ignored."

    546 KEY_READABLE Warning Security
    "a key that others can read"
    "Whoever knows the key can sign advertisements. Take the rights to read the file away from everybody but its owner."

    547 NO_ACTIVE_KEY Fatal General
    "auth_hmac without an active key"
    "`active_key` has to name one of the keys of the block. Without it there are no signatures. The C program then runs the \
     instance without authentication; keepalived-rs does not run it at all."

    548 HMAC_AND_PASSWORD Warning General
    "auth_hmac together with authentication"
    "Signatures take the place of the password, which is ignored."

    549 WEIGHT_WITHOUT_ROOM Note Silent
    "a weight that never matters"
    "A positive weight is added to the priority while all is well, a negative one is taken away while something is wrong, and the \
     result stays between 1 and 254. Where the priority is at that end already, the weight changes nothing."
}
