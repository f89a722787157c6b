codes! {
    551 BAD_MAC Error General
    "not a MAC address for a virtual router"
    "The MAC address of a MAC-VLAN has six octets, or five to which the VRID is added, and is not that of a group."

    552 VRF_AND_INTERFACE Error General
    "vrf together with interface"
    "An instance on an interface is in the VRF of that interface. `vrf` is for unicast instances without one; the line is \
     ignored."

    553 VRF_NEEDS_UNICAST Fatal General
    "vrf without unicast"
    "Without an interface there is no multicast: `vrf` needs `unicast_src_ip` and `unicast_peer`."

    554 XMIT_BASE_FORCED Warning General
    "unicast together with use_vmac"
    "A unicast packet cannot leave by a MAC-VLAN, so advertisements are sent from the interface itself, as with `vmac_xmit_base`. \
     Write it, and the line says what happens."

    555 XMIT_BASE_WITHOUT_VMAC Warning General
    "vmac_xmit_base without a MAC-VLAN"
    "`vmac_xmit_base` says something about `use_vmac`, which is missing. It is ignored."

    556 IPVLAN_WITHOUT_ADDRESS Fatal General
    "an IPVLAN without an address"
    "An IPVLAN interface needs an IPv4 address of its own to send from: behind `use_ipvlan`, or as source address."

    557 PROMOTE_WITH_VMAC Warning General
    "promote_secondaries together with a MAC-VLAN"
    "The kernel always promotes the secondary addresses of a MAC-VLAN that keepalived has made. The word is ignored."

    558 LINK_NAME_TAKEN Error General
    "a name of an interface is used twice"
    "Another instance gives this name to its own MAC-VLAN or IPVLAN. The name is ignored, and one is made from the VRID."
}
