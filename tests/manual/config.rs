//! keepalived.conf(5).

use keepalived::conf::keyword::Parity;
use keepalived::conf::keywords::{Block, blocks};

use crate::roff::Page;
use crate::rows::{self, Row};

const EXAMPLE: &str = "\
global_defs {
    enable_script_security
    script_user nobody
}
vrrp_script haproxy {
    script /usr/local/bin/check_haproxy
    interval 2
    timeout 1
    fall 2
    rise 2
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1
    virtual_ipaddress {
        192.0.2.10/24
    }
    track_script {
        haproxy
    }
    notify /usr/local/bin/notify_vrrp
}
";

pub(crate) fn page() -> String {
    let mut page = Page::new("keepalived.conf", 5, "what keepalived is to do", "File formats");
    introduction(&mut page);
    for block in blocks() {
        describe(&mut page, block);
    }
    page.section("Example");
    page.paragraph("One of two load balancers; the other one differs in `priority` only.");
    page.example(EXAMPLE, false);
    page.section("Files");
    page.item(
        "/etc/keepalived/keepalived.conf",
        "",
        &["The file that is read, unless `-f` names another one.".into()],
    );
    page.section("See also");
    page.paragraph("`keepalived`(8), `ip-address`(8), `ip-route`(8), `ip-rule`(8), `ipvsadm`(8), `nft`(8). RFC 3768, RFC 9568, RFC 5880.");
    page.finish()
}

fn introduction(page: &mut Page) {
    page.section("Description");
    for paragraph in [
        "The configuration of `keepalived`(8) is a text of lines. The first word of a line is a keyword, the words behind it are \
         its parameters. Words are parted by blanks; a word that contains blanks stands in double quotes. Case matters.",
        "A keyword that opens a block is followed by `{`, on its line or on the next one, and the lines up to the matching `}` \
         belong to the block. A block may stand on one line. Some blocks are lists and have an entry instead of a keyword on \
         each line; the words behind an entry are its options.",
        "An unknown keyword is an error and its line is ignored; the rest of the file counts. `keepalived --config-test` says \
         what is wrong with a file, with line, reason and what to do, and `keepalived --explain` tells more about a message by \
         its code.",
        "Most keywords may stand again, and the last one counts. Lists add up. What is tracked has to be defined further up \
         than it is used; everything else may stand in any order.",
        "Below, UPPER CASE stands for something to fill in, brackets enclose what may be left out, and `|` parts alternatives. \
         A switch is on with `on`, `true`, `yes` or no parameter at all, and off with `off`, `false` or `no`. Times are in \
         seconds and may have decimals where it says SECONDS and a decimal limit is given. \"Since\" names the first version \
         of keepalived with the word. Words that are \"not yet acted on\" are read, checked and kept, but have no effect; a \
         configuration that uses them is told so, in one line.",
    ] {
        page.paragraph(paragraph);
    }
}

/// What introduces the rows of a block.
fn heading(page: &mut Page, block: &Block) {
    match block.path {
        "(any line)" => {
            page.section("Any line");
            page.paragraph("These are understood before keywords are, on every line and inside every block.");
        }
        "(command)" => {
            page.section("Commands");
            page.paragraph("Where a keyword takes a COMMAND, it is written like this.");
        }
        "" => {
            page.section("Outside all blocks");
        }
        path => match path.split_once('/') {
            None => page.section(path),
            Some(_) => page.subsection(&path.replace('/', " / ")),
        },
    }
    if rows::is_stored(block) {
        page.paragraph("The whole block is not yet acted on.");
    }
}

fn describe(page: &mut Page, block: &'static Block) {
    heading(page, block);
    for row in rows::of(block) {
        let meaning = meaning(row);
        page.item(row.meta.name, row.meta.parameters, &meaning);
        // What follows from the parameters needs no example.
        if !row.meta.example.is_empty()
            && (row.meta.example.contains(['\n', '[']) || row.meta.parameters.contains(' '))
        {
            page.example(&row.meta.example.replace(['[', ']'], ""), true);
        }
    }
}

fn meaning(row: Row) -> Vec<String> {
    let Row { block, meta } = row;
    let mut facts = Vec::new();
    let limits = block.keywords.limits(meta);
    if !limits.is_empty() {
        facts.push(format!("Range: {limits}."));
    }
    if !meta.default.is_empty() {
        // The default may end in a full stop of its own: the root of the DNS.
        facts.push(format!("Default: {}.", meta.default).replace("..", "\"`.`\"."));
    }
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !meta.aliases.is_empty() {
        facts.push(format!("Also written {}.", quoted(meta.aliases)));
    }
    if !meta.old_names.is_empty() {
        facts.push(format!("Old name: {}.", quoted(meta.old_names)));
    }
    if !row.since().is_empty() {
        facts.push(format!("Since {}.", row.since()));
    }
    match row.parity() {
        Parity::Full => {}
        Parity::Stored if rows::is_stored(block) => {}
        Parity::Stored => facts.push("Not yet acted on.".into()),
        Parity::NoEffect(reason) => facts.push(format!("It has no effect: {reason}.")),
    }
    vec![meta.doc.to_owned(), facts.join(" ")]
}
