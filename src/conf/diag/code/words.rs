codes! {
    201 UNKNOWN_KEYWORD Error General
    "an unknown keyword"
    "The first word of this line is no keyword of this block. Keywords are case sensitive, and each belongs to certain \
     blocks. The line is ignored, and if it was meant to open a block, the lines in that block are read as part of the \
     block around it."

    202 MISSING_PARAMETER Fatal MissingParameter
    "a parameter is missing"
    "The keyword cannot do without this parameter. The C program ends at such a line at once, at start and at reload, with \
     exit status 2; keepalived-rs does not start with it either, but reads on to tell you about the rest."

    203 BAD_NUMBER Error General
    "not a number"
    "A whole number in decimal notation is expected here; where seconds are, a fraction after a point is allowed. Units, \
     `0x` and trailing characters are not. The line is ignored."

    204 OUT_OF_RANGE Error General
    "a number out of its range"
    "The number is smaller or larger than keepalived accepts for this keyword. Unless the message says otherwise the line \
     is ignored and the default stays."

    205 BAD_SWITCH Error General
    "neither on nor off"
    "A switch takes `on`, `true` or `yes`, `off`, `false` or `no`, in lower case; without a word it means on. The line is \
     ignored."

    206 BAD_CHOICE Error General
    "not one of the words that are possible here"
    "The keyword takes one of a few words, in the given spelling. The line is ignored and the default stays, unless the \
     message says otherwise."

    207 EXTRA_WORDS Warning Silent
    "words that mean nothing"
    "The keyword takes fewer parameters. The C program ignores the rest of the line without a word, so a unit, a second \
     value or a forgotten comment sign is easily overlooked."

    208 DEPRECATED Warning General
    "an old keyword"
    "The keyword still works (or does nothing any more), but another one has taken its place."

    210 NO_EFFECT Note Silent
    "a keyword without effect"
    "The keyword is accepted and does nothing, here as in the C program."

    211 BLOCK_PARAMETERS Error General
    "words between a keyword and its block"
    "This keyword is followed by its block at once. The words between are ignored; entries of the block stand inside the \
     braces, one a line."

    212 BAD_NAME Error General
    "a block without a proper name"
    "The block needs exactly one name; one with blanks stands in double quotes. The whole block is passed over."

    213 DUPLICATE_NAME Error General
    "a name is used twice"
    "Two blocks of the same kind have the same name. The second is passed over as a whole."

    214 GIVEN_TWICE Error General
    "something is given twice"
    "Only the first of these lines counts; this one is ignored. (For most other keywords the last line counts.)"

    215 ROUNDED Warning General
    "a number is rounded"
    "The number is finer than keepalived can use. It is rounded to the next value that it can."

    216 BAD_ADDRESS Error General
    "not an address"
    "An IPv4 or IPv6 address in numbers is expected here, where allowed with a prefix length as in 192.0.2.1/24. Host \
     names are not looked up. The entry is ignored."

    217 BAD_INTERFACE_NAME Error General
    "not the name of an interface"
    "The name of an interface has 1 to 15 octets, without blanks, slashes and colons. The line is ignored."

    218 DUPLICATE_ENTRY Error General
    "an entry stands twice in a list"
    "The same entry is in the list already, perhaps with other options. This one is ignored."

    219 UNKNOWN_OPTION Error General
    "an unknown option of an entry"
    "The entry itself is read, but this word is not one of its options. Every entry stands on a line of its own: a second \
     entry on the line is taken for an option of the first."

    220 EMPTY_BLOCK Warning General
    "an empty block"
    "The block has no entries, so it says nothing."

    221 LISTED_ON_NEXT_LINE Warning Silent
    "a list without its opening brace"
    "The list has no `{`. Entries are read up to the next `}` all the same, but other parts of keepalived count braces."

    222 SEVERAL_DEFAULTED Warning General
    "a number is replaced"
    "The number makes no sense for this keyword and is replaced by the nearest one that does."

    223 NO_PARAMETER Error General
    "a parameter is missing"
    "The keyword says nothing without this parameter. The line is ignored and the default stays."

    225 BAD_PREFIX Error General
    "a prefix length out of its range"
    "Behind the slash of an address stands the length of its prefix in bits: 0 to 32 for IPv4, 0 to 128 for IPv6."

    226 ACCEPTED_ONLY Note Silent
    "keywords that are accepted but not yet acted on"
    "keepalived-rs has read and checked these keywords and keeps what they say, but nothing acts on it yet. Do not rely on \
     their effect."

    227 REPLACED Warning General
    "something is given twice"
    "The last of these lines counts; what stands above is forgotten."

    228 TOO_MANY_PARAMETERS Error General
    "too many parameters"
    "The keyword takes fewer parameters. Unlike most others it is ignored then."

    229 NFTABLES_INSTEAD Warning General
    "iptables are not used"
    "Packets are filtered with nftables; there is no support for iptables and ipsets. Write `nftables` instead of \
     `vrrp_iptables` and `vrrp_ipsets`."

    230 UNKNOWN_HOST Error General
    "a host that has no address"
    "The name was looked up and has no address here. The line is ignored. An address in numbers does not depend on a name server."

    231 OLD_NAME Note Silent
    "an old name of a keyword"
    "The keyword still works under this name. New configurations should use the new one."

    232 NO_NAMESPACE Warning Silent
    "a network namespace that does not exist"
    "`net_namespace` names a network namespace that is not there, so the daemon cannot start, or this is not the machine that \
     the configuration is for. A configuration test of the C program stops here with status 0 and does not look at the rest; \
     this one says what is wrong with the rest as well, as warnings, and ends with status 0, too."

    233 PREFIX_IGNORED Warning Silent
    "a prefix length that means nothing"
    "A single host is meant here, not a network; keepalived takes the address and forgets what is behind the slash."

    234 CUT Warning General
    "a word is too long"
    "Only so much of the word counts. Write it shorter, so that everybody sees what is meant."
}
