//! keepalived(8).

use keepalived::cli::{Argument, FLAGS, Flag, Standing};
use keepalived::conf::diag::{ExitClass, Severity, code};
use keepalived::daemon::Exit;

use crate::roff::Page;

pub(crate) fn page() -> String {
    let mut page =
        Page::new("keepalived", 8, "move addresses between hosts with VRRP", "System administration");
    page.section("Synopsis");
    page.paragraph("`keepalived` [OPTION...]");
    page.section("Description");
    page.paragraph(
        "`keepalived` lets several hosts share addresses. The hosts speak VRRP (RFC 3768, RFC 9568); one of them, the master, \
         holds the addresses, and when it fails another one takes them. What to do stands in `keepalived.conf`(5).",
    );
    page.paragraph(
        "A parent process reads the configuration and watches over its children: one that speaks VRRP, and, where the \
         configuration has something for them, one for health checking and one for BFD, which this version does not do yet and \
         which say so. A configuration that cannot be run is refused at the start, with every reason at once.",
    );
    options(&mut page);
    testing(&mut page);
    document(&mut page);
    ending(&mut page);
    signals(&mut page);
    messages(&mut page);
    page.section("Files");
    page.item("/etc/keepalived/keepalived.conf", "", &["The configuration.".into()]);
    page.item(
        "/run/keepalived.pid, /run/vrrp.pid, /run/checkers.pid, /run/bfd.pid",
        "",
        &["The numbers of the processes. With `use_pid_dir`, `instance` or `net_namespace` these files are in /run/keepalived, \
           and have the name of the instance in theirs: `vrrp_NAME.pid`."
            .into()],
    );
    page.section("See also");
    page.paragraph("`keepalived.conf`(5), `ip-address`(8), `journalctl`(1), `systemctl`(1).");
    page.finish()
}

/// How an option is written.
fn spelling(flag: &Flag) -> String {
    let (short, long) = match flag.argument {
        Argument::None => (String::new(), String::new()),
        Argument::Required(name) => (format!(" {name}"), format!("={name}")),
        Argument::Optional(name) => (format!("[{name}]"), format!("[={name}]")),
    };
    match flag.short {
        Some(letter) => format!("-{letter}{short}, --{}{long}", flag.long),
        None => format!("--{}{long}", flag.long),
    }
}

fn options(page: &mut Page) {
    page.section("Options");
    let known = FLAGS.iter().filter(|flag| matches!(flag.standing, Standing::Works | Standing::Moot));
    for flag in known {
        page.item(&spelling(flag), "", &[format!("{}.", flag.help.join(" "))]);
    }
    let missing: Vec<String> = FLAGS
        .iter()
        .filter(|flag| flag.standing == Standing::Missing)
        .map(|flag| format!("`--{}`", flag.long))
        .collect();
    page.paragraph(&format!("These options of keepalived are known and refused: {}.", missing.join(", ")));
}

fn testing(page: &mut Page) {
    page.section("Testing a configuration");
    page.paragraph(
        "`keepalived --config-test` needs neither root nor the interfaces that the file names. It says everything that is wrong, \
         each thing with its place, its code, the reason, and what to do; `--explain` `CODE` says more about one. Keywords that \
         are accepted but not yet acted on are named in one line.",
    );
    page.paragraph("With `--lint` it gives advice as well, which never changes the exit status. With `--strict` a warning is fatal: the exit status is then 4 where it would have been 0.");
}

/// The members of the document that `--format json` prints, see `conf::diag::json`.
const MEMBERS: &[(&str, &str)] = &[
    (
        "version",
        "The version of this layout: 1. Members may be added without a new version; none is taken away.",
    ),
    ("file", "The file that was asked for, or null if it cannot be read."),
    ("usable", "Whether the daemon would start with it."),
    ("exit_status", "The exit status of the test."),
    ("counts", "An object with how many `errors`, `warnings` and `notes` there are."),
    ("not_acted_on", "The names of the keywords in use that nothing acts on yet."),
    ("diagnostics", "A list of objects, in the order of the files, with the members below."),
    ("diagnostics[].code", "Such as \"K0201\". Codes never get another meaning."),
    ("diagnostics[].severity", "\"error\", \"warning\" or \"note\"."),
    ("diagnostics[].fatal", "Whether it keeps the daemon from running."),
    ("diagnostics[].message", "What is wrong, in one line."),
    ("diagnostics[].label", "A few words on the place itself, or null."),
    ("diagnostics[].help", "What to do, or null."),
    ("diagnostics[].consequence", "Whether it only follows from another problem."),
    (
        "diagnostics[].place",
        "An object with `file`, `line` and `column` (both from 1, the column in octets) and `span`, an object with the columns \
         `start` and `end`; the end is behind the last octet. It is null where no line is concerned.",
    ),
    ("diagnostics[].related", "A list of objects with `place` and `label`: other places that matter."),
];

fn document(page: &mut Page) {
    page.section("Output for programs");
    page.paragraph("`keepalived --config-test --format json` prints one JSON document (RFC 8259, UTF-8) on standard output. Its members:");
    for (name, meaning) in MEMBERS {
        page.item(name, "", &[(*meaning).to_owned()]);
    }
}

fn ending(page: &mut Page) {
    page.section("Exit status");
    page.paragraph("Of a configuration test:");
    for class in ExitClass::ALL {
        page.item(&class.status().to_string(), "", &[class.meaning().to_owned()]);
    }
    page.paragraph("Of the daemon:");
    for exit in Exit::ALL {
        page.item(&exit.status().to_string(), "", &[format!("{}.", exit.meaning())]);
    }
}

/// What an upgrade is.
const UPGRADING: &str = "After a package has put another program file in the place of the running one: the daemon becomes \
    that program without giving up an address. The file and the configuration are tried first; if one of them is not \
    fit, everything stays as it is.";

fn signals(page: &mut Page) {
    page.section("Signals");
    page.item("TERM, INT", "", &["It gives up its addresses, tells the others, and ends.".into()]);
    page.item("the number of UPGRADE", "", &[UPGRADING.into()]);
    page.paragraph("`--signum` says which number a signal has that is known by what it asks for.");
}

fn messages(page: &mut Page) {
    page.section("Messages about configurations");
    page.paragraph("`keepalived --explain` `CODE` explains each of them.");
    for code in code::all() {
        let severity = match code.severity {
            Severity::Note => "Note",
            Severity::Warning => "Warning",
            Severity::Error => "Error",
            Severity::Fatal => "Error; the daemon does not start",
        };
        page.item(&code.to_string(), "", &[format!("{severity}: {}.", code.title)]);
    }
}
