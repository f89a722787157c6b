//! What is no keyword of a block: what is done to lines before they are understood, and how commands are written.

use crate::conf::keyword::{Meta, Section};

pub(super) static ANY_LINE: Section<()> = Section::new("any line", &[]).positional(TEXT);
pub(super) static COMMAND: Section<()> = Section::new("a command", &[]).positional(WORDS);

const TEXT: &[Meta] = &[
    Meta::word(
        "include",
        "",
        "Reads other files in place of the line. Relative names count from the directory of the file that has the line; \
         directories and executable files are passed over. Files that cannot be included are told of, and left out.",
    )
    .parameters("GLOB")
    .since("1.1.14")
    .example("include /etc/keepalived/conf.d/*.conf"),
    Meta::word("includer", "", "As `include`, but a file that cannot be read is an error.")
        .parameters("GLOB")
        .since("2.2.0")
        .example("includer /etc/keepalived/conf.d/*.conf"),
    Meta::word("includem", "", "As `include`, but a name without wildcards has to match.")
        .parameters("GLOB")
        .since("2.2.0")
        .example("includem /etc/keepalived/conf.d/more.conf"),
    Meta::word("includew", "", "As `includem`, but a name with wildcards has to match, too.")
        .parameters("GLOB")
        .since("2.2.0")
        .example("includew /etc/keepalived/conf.d/*.conf"),
    Meta::word("includeb", "", "As `includer`, and every alternative in braces has to match.")
        .parameters("GLOB")
        .since("2.2.0")
        .example("includeb /etc/keepalived/conf.d/{more,less}.conf"),
    Meta::word("includea", "", "All that the other words demand.")
        .parameters("GLOB")
        .since("2.2.0")
        .example("includea /etc/keepalived/conf.d/*.conf"),
    Meta::word(
        "@ID LINE",
        "",
        "The rest of the line counts only where ID is the configuration id: the argument of `-i`, or the host name up to its \
         first dot.",
    )
    .since("1.3.0")
    .example("[@lb1 router_id first]"),
    Meta::word("@^ID LINE", "", "The rest of the line counts only where ID is not the configuration id.")
        .since("1.3.0")
        .example("[@^lb2 router_id first]"),
    Meta::word(
        "$NAME=VALUE",
        "",
        "Defines NAME, from here on: letters, digits and underscores, with no blank before the `=`. If VALUE is a single \
         backslash, the lines that follow, up to the first that does not end in a backslash, are the definition.",
    )
    .since("1.4.0")
    .example("[$SITE=berlin\n]router_id lb-${SITE}"),
    Meta::word(
        "$NAME / ${NAME}",
        "a name that is not defined stays as it is written",
        "Puts the definition in its place. Without braces a blank, a comma, a closing parenthesis or the end of the line has \
         to follow.",
    )
    .since("1.4.0")
    .example("$SITE=berlin\nrouter_id [$SITE]"),
    Meta::word("${_PWD}", "", "The directory of the file that is being read.")
        .since("1.4.3")
        .example("router_id [${_PWD}]"),
    Meta::word("${_INSTANCE}", "", "The configuration id.").since("2.0.1").example("router_id [${_INSTANCE}]"),
    Meta::word("${_RANDOM}", "0 to 32767", "A random whole number, from MIN to MAX. See `random_seed`.")
        .parameters("[MIN [MAX]]")
        .since("2.0.15")
        .example("router_id lb[${_RANDOM 1 9}]"),
    Meta::word("${_ENV}", "", "An environment variable.")
        .parameters("NAME")
        .since("2.4.0")
        .example("router_id [${_ENV SITE}]"),
    Meta::word("${_HASH}", "", "The character `#`, in double quotes; elsewhere it begins a comment.")
        .since("2.1.4")
        .example("router_id \"lb[${_HASH}]1\""),
    Meta::word("${_BANG}", "", "The character `!`, in double quotes; elsewhere it begins a comment.")
        .since("2.1.4")
        .example("router_id \"lb1[${_BANG}]\""),
    Meta::word(
        "~SEQ",
        "START 1 (or -1), STEP 1 (or -1)",
        "Repeats the rest of the line for each number, which VAR holds. Several on a line nest. Numbers may be written as in C.",
    )
    .parameters("(VAR, [START, [STEP,]] END) TEXT")
    .since("2.0.9")
    .example("notification_email {\n    [~SEQ(N, 1, 3) admin${N}@example.net]\n}"),
    Meta::word("~SEQx", "", "As `~SEQ`, with VAR in hexadecimal.")
        .parameters("(VAR, [START, [STEP,]] END) TEXT")
        .since("2.1.0")
        .example("notification_email {\n    [~SEQx(N, 14, 17) admin${N}@example.net]\n}"),
    Meta::word(
        "~LST",
        "values that are missing are empty",
        "Repeats the rest of the line for each value, or each set of values, of a list.",
    )
    .parameters("(VAR, VALUE, ...) TEXT | ({VAR, ...}, {VALUE, ...}, ...) TEXT")
    .since("2.1.0")
    .example("notification_email {\n    [~LST({WHO, AT}, {ann, a}, {bob, b}) ${WHO}@${AT}.example.net]\n}"),
    Meta::word(
        "! and #",
        "",
        "Begin a comment up to the end of the line, also in the middle of a word, but not in double quotes or behind a \
         backslash.",
    )
    .since("0.5.3")
    .example("[# ]router_id lb1"),
];

const WORDS: &[Meta] = &[
    Meta::word(
        "SCRIPT",
        "",
        "The command. With arguments, all of it stands in one pair of quotes; inside, quotes and the escapes of C work as in a \
         shell, but there is no shell.",
    )
    .parameters("WORD | \"WORD ARGUMENT ...\"")
    .since("0.5.3")
    .example("notify [/usr/bin/true]"),
    Meta::word("USER", "script_user of global_defs", "Who runs it.")
        .since("1.3.0")
        .example("notify /usr/bin/true [nobody]"),
    Meta::word("GROUP", "the primary group of USER", "The group that it runs in.")
        .parameters("[:]GROUP")
        .since("1.3.0")
        .example("notify /usr/bin/true nobody [nogroup]"),
];
