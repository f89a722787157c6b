codes! {
    101 NO_CONFIGURATION Fatal Silent
    "the configuration file cannot be read"
    "There is nothing to run. Name the file with `-f FILE`; without it, /etc/keepalived/keepalived.conf is read. As in the \
     C program a configuration test of a file that does not exist ends with status 0 unless `-e` is given; the daemon \
     itself does not start and ends with status 6."

    102 INCLUDE_MISSING Warning Silent
    "nothing to include"
    "No file matches the name or pattern after `include`. Relative names count from the directory of the file that \
     contains the line, and quotes are taken as part of the name. The line is ignored. `includem` and `includew` \
     (or `include_check` in global_defs) make this an error."

    103 INCLUDE_SKIPPED Warning Silent
    "a file is not included"
    "keepalived includes plain files only: directories, devices and executable files are passed over, and so are files \
     that cannot be read. Remove the x bits with `chmod a-x FILE`. `includer` makes this an error."

    104 INCLUDE_REQUIRED Fatal Unusable
    "a file that must be there cannot be included"
    "`includer`, `includem`, `includew`, `includeb`, `includea`, `include_check` and the option `-e` say that this file \
     has to be there and readable. A configuration without it is not used."

    105 INCLUDE_CYCLE Fatal Unusable
    "a file includes itself"
    "The file is being read already, directly or through other files that it includes. Reading it again would never end."

    106 LINE_TOO_LONG Error General
    "a line is longer than 1024 octets"
    "keepalived reads lines of up to 1024 octets, comments included; a longer line is dropped as a whole. \
     Write the entries of a block on lines of their own."

    107 NUL Error General
    "a line contains a NUL octet"
    "The file is not text in UTF-8 or ASCII: a line with a NUL octet is dropped. Files in UTF-16 look like this; convert \
     them, for example with `iconv -f UTF-16 -t UTF-8`."

    108 NOT_UTF8 Warning Silent
    "a word is not UTF-8"
    "The octets of this word are not UTF-8; each wrong octet was replaced by U+FFFD. In comments other encodings do no \
     harm, but a name or a path that is written like this is not the one you mean."

    109 BYTE_ORDER_MARK Warning General
    "the file starts with a byte-order mark"
    "Some editors put the invisible character U+FEFF before the first line. The C program takes it for part of the first \
     word, and does not understand that line; here it is passed over. Remove it, for example with \
     `sed -i '1s/^\\xef\\xbb\\xbf//' FILE`."

    110 TOO_LARGE Fatal Unusable
    "the configuration becomes too large"
    "Sequences, definitions and includes may make a million lines and 64 MiB of text, and include one another 32 deep. \
     This configuration wants more, which is almost certainly a mistake in a `~SEQ` or in a definition."

    111 SELF_REFERENCE Error General
    "a definition refers to itself"
    "The value of the definition contains its own name, directly or through other definitions, so that replacing it would \
     never end (the C program hangs). The reference is left as it is. A definition cannot be extended by naming \
     itself; use another name."

    112 BAD_SEQUENCE Error General
    "a sequence cannot be read"
    "A line is repeated by `~SEQ(NAME, [START, [STEP,]] END) text`, by `~SEQx` with hexadecimal numbers, and by \
     `~LST(NAME, value, ...) text` or `~LST({N1,N2}, {a,b}, {c,d}) text`. The whole line is ignored."

    113 UNKNOWN_DEFINITION Note Silent
    "a name is not defined"
    "`$NAME` is replaced only where `NAME` was defined on an earlier line, by `$NAME=value`; `${NAME}` may stand anywhere \
     in a word, `$NAME` only before a blank, a comma, a closing parenthesis or the end of the line. This one is taken as \
     it is written. If braces are meant literally, put the word into double quotes."

    114 BLOCK_DEFINITION_NOT_LAST Note Silent
    "a definition of several lines is not at the end of the line"
    "A definition of several lines can only be the last thing on a line; elsewhere its name is taken as it is written."

    115 UNFINISHED_DEFINITION Warning Silent
    "a definition is not finished at the end of the file"
    "All lines of a definition of several lines but the last end in a backslash. The file ended right after one that does."

    116 BAD_RANDOM Error General
    "the bounds of a random number are wrong"
    "`${_RANDOM [MIN [MAX]]}` takes whole numbers from 0 to 2147483647, the smaller first. Without them the number lies between 0 \
     and 32767."

    117 EMPTY_CONDITION Note Silent
    "a condition without text"
    "After `@NAME` or `@^NAME` a blank and some text must follow; the line says nothing and is ignored."

    118 TRAILING_BACKSLASH Warning Silent
    "a backslash at the end of a line"
    "Only the lines of a definition, `$NAME= \\`, are joined by a backslash at their end, and a comment among them ends the \
     definition, whatever it ends in. Elsewhere the backslash becomes a part of the last word."

    121 EXTRA_CLOSING_BRACE Error General
    "a closing brace too many"
    "There is no open block that this brace could close. Usually a brace further up closes a block earlier than meant, or \
     a keyword that opens a block is misspelt: an unknown keyword does not open one."

    122 UNCLOSED_BLOCK Error General
    "a block is not closed"
    "The configuration ends inside a block. The brace that closes it is missing, often of a block further up: everything \
     behind it was read as part of that block."

    123 MISSING_OPENING_BRACE Error General
    "an opening brace is missing"
    "This keyword starts a block: a `{` must follow it, at the end of the line or on the next one. What follows is read \
     as if it were inside the block, by those parts of keepalived that this block concerns."

    124 UNEXPECTED_OPENING_BRACE Error General
    "an opening brace where no block starts"
    "The keyword before it does not start a block, or it is not known here. The brace is ignored, and what follows is read as \
     part of the block around it; the brace that was meant to close the inner block then closes the outer one."

    125 UNTERMINATED_QUOTE Error General
    "a quoted word is not closed"
    "A double quote opens a word that ends with the next double quote on the same line. The word is dropped with the rest \
     of the line. Inside double quotes there is no way to write a double quote, except in commands, where `\\\"` works."

    126 BRACE_AS_ENTRY Error General
    "a brace inside a list"
    "This block is a list with one entry a line; it has no blocks inside. The brace is taken for an entry, and the next \
     closing brace ends the list."
}
