codes! {
    1001 SCRIPT_AS_ROOT Note Silent
    "a command runs as root"
    "Nobody is named to run this command, so root runs it. A check hardly needs that. Name a user with `script_user` in \
     global_defs, or behind the command, or make a user called keepalived_script."

    1002 SCRIPT_WITHOUT_TIMEOUT Note Silent
    "a script without a time-out of its own"
    "Without `timeout` a run may take as long as the interval. A check that hangs is then noticed late, and a slow one \
     leaves no pause. Write a `timeout` below the `interval`, and a time-out of its own into the check, too."

    1003 ONE_BAD_RUN Note Silent
    "one slow run decides"
    "The script runs every second and counts as bad after a single bad run, so one slow answer moves the addresses, and moves \
     them back a second later. Write `fall 2` or more, and `rise 2` or more."

    1004 SHORT_INTERVAL Note Silent
    "advertisements in very short intervals"
    "A backup takes over after three intervals without an advertisement. Below a tenth of a second a pause of the host, such as \
     a migration, a snapshot or a full processor, is enough for that, and both hosts are master for a moment. Unless \
     you need it and have measured it, take 0.1 s or more; or let `down_timer_adverts` be more than 3."

    1005 NO_AUTHENTICATION Note Silent
    "unicast without authentication"
    "Advertisements to unicast peers cross routers, and version 2 without `authentication` believes whoever sends them. Write \
     an `authentication` block (which keeps mistakes out, not attackers), or limit the peers with `min_ttl`."

    1006 NO_SOURCE Note Silent
    "unicast without a source address"
    "Without `unicast_src_ip` advertisements come from the first address of the interface, which may be another one after a \
     restart of the network. The peers then drop them, if they check the source."

    1007 ANY_SOURCE Note Silent
    "advertisements from anybody are believed"
    "A unicast instance takes an advertisement from any address. `check_unicast_src` makes it listen to its peers only."

    1008 NOTHING_TRACKED Note Silent
    "nothing is tracked"
    "The addresses move when the host or its link fails, but not when the service behind them does. A `vrrp_script`, \
     `vrrp_track_process` or `track_file` that the instance tracks lets it."

    1009 OWNER_BY_ACCIDENT Note Silent
    "MASTER without a priority"
    "`state MASTER` without `priority` means priority 255: the owner of the addresses, which takes them back whenever it can, \
     whatever `nopreempt` and `preempt_delay` say. Write a `priority`, another one on each host."

    1010 DEFAULT_PRIORITY Note Silent
    "no priority is given"
    "The priority is 100 where none is given. If the other hosts do not give one either, all are equal, and the highest address \
     decides. Write a `priority`, another one on each host."

    1011 WEIGHT_WITH_NOPREEMPT Note Silent
    "a weight that a backup does not act on"
    "With `nopreempt` a backup never takes over from a master that is alive, however low its priority. So a weight that lowers \
     the priority of the master moves nothing. Track without a weight (failure then means FAULT), or leave `nopreempt` out."

    1012 MIXED_PREEMPTION Note Silent
    "a group whose members preempt and do not"
    "The instances of a sync group change together. If some may take over from a master of lower priority and others may not, \
     it depends on which of them speaks first. Let all have `nopreempt`, or none."

    1013 BACK_AT_ONCE Note Silent
    "the addresses come back at once"
    "When this host returns it takes the addresses as soon as it has the highest priority: after a boot that may be before the \
     service behind them is ready. Write `preempt_delay`, or `nopreempt` with `state BACKUP`."

    1014 ONE_WAY_HOOK Note Silent
    "a command for masters only"
    "`notify_master` is told of the way up, but no command is told of the way down. What it starts is never stopped. Add \
     `notify_backup` and `notify_fault`, or `notify`, which is told of everything."

    1015 SAMPLE_PASSWORD Note Silent
    "a password from the documentation"
    "This password stands in countless examples, so another pair on the same network may have it as well, and then keeps nothing \
     apart. Take another one; all routers of the instance need the same."

    1016 NO_ROUTER_ID Note Silent
    "no router_id"
    "Mails and SNMP call this host by its `router_id`; without it by its host name, which may be the same on several machines \
     of a kind."

    1017 NO_PREFIX_LENGTH Note Silent
    "an address without the length of its prefix"
    "Without a length the address is one of a single host, /32 or /128. That is right if the interface has another address of the \
     network; otherwise the network cannot be reached from here."
}
