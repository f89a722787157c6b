codes! {
    701 NO_FILE Error General
    "a track_file without a file"
    "`file` is missing, so there is nothing to watch. The definition is removed."

    702 NO_DIRECTORY Error General
    "a file in a directory that does not exist"
    "The file itself may appear later, but the directory has to be there, as changes in it are what is watched. The definition \
     is removed."

    703 UNWATCHABLE Error General
    "a file where changes cannot be seen"
    "Only changes that are made on this host are told of: not those of files of the kernel, such as those below /proc and \
     /sys, and not those that others make on a network file system (NFS, SMB, FUSE ...). On a file system that cannot be \
     written to nothing ever changes, and what is not an ordinary file has no content to speak of. The definition is removed."

    704 INIT_VALUE Warning General
    "a large number for init_file"
    "Priorities lie between 1 and 255, so a number beyond 254 has the same effect as 254."

    711 NO_PROCESS Error General
    "a vrrp_track_process without a process"
    "`process` is missing, so there is nothing to watch. The definition is removed."

    712 QUORUM_ABOVE_MAXIMUM Error General
    "a quorum that cannot be reached"
    "`quorum_max` is below `quorum`, so that the number of processes would never be right. `quorum_max` is ignored; with 0 no process \
     may run."

    721 NO_NEIGHBOR Error General
    "a BFD session without a neighbour"
    "`neighbor_ip` is missing. The session is removed."

    722 BFD_NAME Error General
    "the name of a BFD session is too long"
    "The name of a BFD session has at most 31 octets."

    723 BFD_FAMILIES Error General
    "addresses of different families"
    "The source address and the neighbour of a BFD session have to be of one family. The session is removed."

    724 BFD_TWICE Error General
    "two BFD sessions with one neighbour"
    "Two sessions with the same neighbour, source address and kind of path cannot be told apart. The second is removed."

    725 MAX_HOPS_ABOVE_TTL Warning General
    "more hops than the TTL allows"
    "`max_hops` cannot be greater than `ttl`, which is 64 for IPv6 if nobody says. The TTL is taken."

    726 LONG_INTERVAL Warning Silent
    "a long interval of BFD"
    "Intervals of BFD are in milliseconds. More than ten seconds between packets finds nothing fast."
}
