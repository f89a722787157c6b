codes! {
    801 NO_SERVERS Error General
    "a virtual server without real servers"
    "There is no `real_server`, or none that can be used. The virtual server is ignored."

    802 NO_PROTOCOL Warning General
    "a virtual server without a protocol"
    "The C program has always taken UDP if `protocol` is missing, which is rarely what is meant. Write `protocol TCP` or \
     `protocol UDP`."

    803 PROTOCOL_OF_MARK Warning General
    "a protocol for a service by mark"
    "A service by mark takes every packet with the mark, whatever its protocol. `protocol` is ignored."

    804 NO_FORWARDING Warning General
    "a virtual server without a forwarding method"
    "`lb_kind` is missing; NAT is taken. Write `lb_kind NAT`, `lb_kind DR` or `lb_kind TUN`."

    805 NO_SCHEDULER Warning General
    "a virtual server without a scheduler"
    "`lb_algo` is missing; wlc (weighted least connections) is taken. Write `lb_algo` with a scheduler."

    806 NO_PORT Warning General
    "a virtual server without a port"
    "Without a port a service takes connections to all ports, and IPVS wants those of one client to go to one server: \
     persistence is switched on, with 360 seconds unless `persistence_timeout` says otherwise."

    807 PORTS_DIFFER Warning General
    "a port that cannot be translated"
    "Only NAT changes ports. With DR and TUN a server gets packets for the port of the service, so its own port is reset to that."

    808 OTHER_FAMILY Error General
    "an address of the other family"
    "The addresses of a service, of its servers and of the ends of a check have to be of one family; only tunnels can go through the \
     other. What does not fit is ignored."

    809 DUPLICATE_SERVER Error General
    "a real server stands twice in a virtual server"
    "The second one is ignored, with its checks."

    810 QUORUM_TOO_LARGE Warning General
    "a quorum that cannot be reached"
    "All servers together have less weight than the quorum. It is reduced to what they have."

    811 HYSTERESIS_TOO_LARGE Warning General
    "a hysteresis as large as the quorum"
    "With a hysteresis that is not below the quorum the quorum would never be lost. It is set to one less than the quorum."

    812 ONE_PACKET_NOT_UDP Warning General
    "ops for another protocol than UDP"
    "Taking every packet for itself makes sense for UDP only. `ops` is ignored."

    813 SUSPEND_WITH_MARK Warning General
    "ha_suspend for a service by mark"
    "A mark has no address that could be on this host or not. `ha_suspend` is ignored."

    814 OTHER_SCHEDULER Error General
    "a word for another scheduler"
    "The word changes how one scheduler works, and has to stand behind the `lb_algo` that names it. The line is ignored."

    815 BAD_TUNNEL Error General
    "options that make no tunnel"
    "`TUN` takes `type ipip`, `type gue port N` or `type gre`. A tunnel of type gue needs a port, others have none; ipip has no \
     checksum, and only gue leaves it to the far end. The line is ignored."

    816 NO_SORRY_SERVER Error General
    "a word about a sorry server that is not there"
    "`sorry_server` has to stand above. The line is ignored."

    817 ODD_MASK Warning Silent
    "a mask that is no network"
    "`persistence_granularity` takes a mask for IPv4, such as 255.255.255.0. A single number is read as the last octets of a \
     mask: 24 means 0.0.0.24, not /24."

    818 UNKNOWN_GROUP Error Silent
    "a virtual_server_group that is not defined"
    "There is no `virtual_server_group` of this name, so the service listens to nothing."

    821 BAD_RANGE Error General
    "not a range of addresses"
    "An entry is an address, `FIRST-LAST` with a whole address or its last part at the end, or `ADDRESS/LENGTH`. The entry is ignored."

    822 EMPTY_GROUP Error General
    "a virtual_server_group without entries"
    "The group has no entries, or none that can be used. It is removed."

    823 MIXED_GROUP Error General
    "a group whose marks could be of either family"
    "The group has addresses of both families and a mark without one. Write `fwmark N inet` or `fwmark N inet6`. The group is \
     removed."

    831 NO_PAGE Error General
    "a check without a page"
    "`url` with `path` is missing, so there is nothing to fetch. The check is ignored."

    832 NO_PATH Error General
    "a page without a path"
    "`path` is missing, so there is nothing to ask the server for. The page is ignored."

    833 BAD_STATUS Error General
    "not a status code"
    "Status codes of HTTP are numbers from 100 to 599; ranges are written 200-299, and several are separated by blanks."

    834 BAD_HEXADECIMAL Error General
    "not hexadecimal"
    "Octets are written as two hexadecimal digits each, without `0x`. The line is ignored."

    835 BAD_REGEX Warning Silent
    "a pattern that is not complete"
    "`regex` takes a pattern, `regex_options` names of PCRE2 options in lower case, offsets and stack sizes are numbers. The C \
     program says nothing and goes on without."

    836 BAD_QUERY Error General
    "not a query of DNS"
    "`type` takes A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY, and `name` a domain with labels of at most 63 octets. The line \
     is ignored."

    837 NO_COMMAND Error General
    "a check without a command"
    "`misc_path` is missing, so there is nothing to run. The check is ignored."

    838 NO_REFERENCE Error General
    "a check without a name"
    "FILE_CHECK needs `track_file`, BFD_CHECK needs `name`. The check is ignored."

    840 LINK_LOCAL Error General
    "a link-local address without an interface"
    "A link-local address says nothing without the interface it is on. Write `bind_if INTERFACE`. The check is ignored."

    841 REPLY_LENGTHS Error General
    "no answer can be as long as this"
    "`min_reply_length` is above `max_reply_length`, which is 255 if nobody says. The check will always fail."
}
