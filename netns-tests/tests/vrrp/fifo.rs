//! The FIFOs that changes are written to, and the scripts that read them.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use netns_tests::alone;
use netns_tests::prelude::*;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;

use crate::{LATE, PATIENCE};

const PIPE: &str = "/run/vrrp.fifo";
const HEARD: &str = "/run/heard";

/// A reader that notes its arguments and every line, and dies of a fault.
const READER: &str = "echo \"start $*\" >> /run/heard\n\
    trap 'echo term >> /run/heard; exit 0' TERM\n\
    for last; do :; done\n\
    while read -r line; do\n\
        echo \"$line\" >> /run/heard\n\
        case $line in *FAULT*) exit 3;; esac\n\
    done < \"$last\"\n\
    echo end >> /run/heard";

fn conf() -> Conf {
    Conf::v3(150)
        .global("script_user root")
        .global(&format!("vrrp_notify_fifo {PIPE}"))
        .global("vrrp_notify_fifo_script \"/etc/keepalived/reader.sh one 'two words'\"")
}

fn line(state: &str) -> String {
    format!("INSTANCE \"VI_1\" {state} 150")
}

/// The script gets the path as its last argument and hears everything. When it dies it is started again and hears
/// what happened meanwhile, and it hears the end before it comes. The C program does not start it again.
fn the_reader_is_looked_after(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/reader.sh", READER);
    a.start(&conf().text());
    let start = format!("start one two words {PIPE}");
    let (backup, master, fault) = (line("BACKUP"), line("MASTER"), line("FAULT"));
    let found = a.expect_lines(HEARD, PATIENCE, "a mastership", |lines| lines.len() == 3);
    assert_eq!(found, [&*start, &backup, &master]);
    lab.link("a").pull();
    a.expect_lines(HEARD, PATIENCE, "a fault", |lines| lines.contains(&&*fault));
    lab.link("a").plug();
    lab.expect_owner("a", VIP4).within(PATIENCE);
    match a.program() {
        Program::Ours => {
            let found = a.expect_lines(HEARD, PATIENCE, "what came later", |lines| lines.len() == 7);
            assert_eq!(found[4..], [&*start, &backup, &master]);
            a.stop();
            let found = a.expect_lines(HEARD, PATIENCE, "the end", |lines| lines.len() >= 9);
            assert_eq!(found[7..], [&*line("STOP"), "end"]);
        }
        Program::Theirs => {
            pause(secs(2));
            assert_eq!(a.read(HEARD).lines().count(), 4, "the C program starts it again now");
            a.stop();
        }
    }
    assert!(!a.has_file(PIPE));
}

/// A pipe that nobody reads holds nothing up. Once somebody reads, the last state is there, which the C program has
/// lost.
fn a_full_pipe_holds_nothing_up(lab: &Lab) {
    let a = lab.node("a");
    let mut pipe = full_pipe(a);
    let conf = Conf::v3(150).global(&format!("vrrp_notify_fifo {PIPE}"));
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let from = Stamp::now();
    pause(secs(1));
    let adverts = lab.adverts("a", from, Stamp::now());
    let gaps = adverts.windows(2).map(|pair| pair[1].0.since(pair[0].0));
    assert!(gaps.max().is_some_and(|gap| gap < FAST + LATE), "{adverts:?}");

    drain(&mut pipe);
    pause(millis(600));
    let expected = match a.program() {
        Program::Ours => line("MASTER") + "\n",
        Program::Theirs => String::new(),
    };
    assert_eq!(drain(&mut pipe), expected);
    a.stop();
    assert_eq!(drain(&mut pipe), line("STOP") + "\n");
    assert!(a.has_file(PIPE), "it was there before");
}

/// A pipe that was there before the daemon, with no room left.
fn full_pipe(node: &Node) -> File {
    let path = node.host_path(PIPE);
    nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("making a FIFO");
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits());
    let mut pipe = options.open(path).expect("opening the FIFO");
    fcntl(&pipe, FcntlArg::F_SETPIPE_SZ(4096)).expect("making the FIFO small");
    while pipe.write(&[b'\n'; 512]).is_ok() {}
    while pipe.write(b"\n").is_ok() {}
    pipe
}

fn drain(pipe: &mut File) -> String {
    let mut space = [0; 8192];
    let count = pipe.read(&mut space).unwrap_or_default();
    String::from_utf8_lossy(&space[..count]).into_owned()
}

/// What is no pipe, and a pipe of somebody else, is left alone; the C program writes over it.
fn what_is_no_pipe_of_ours_is_left_alone(lab: &Lab) {
    let a = lab.node("a");
    a.write("/run/all.fifo", "precious\n");
    let path = a.host_path(PIPE);
    nix::unistd::mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("making a FIFO");
    std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).expect("giving it away");
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits());
    let mut pipe = options.open(&path).expect("opening the FIFO");
    let conf = Conf::v3(150).global("notify_fifo /run/all.fifo").global(&format!("vrrp_notify_fifo {PIPE}"));
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    a.stop();
    let found = (a.read("/run/all.fifo"), drain(&mut pipe));
    match a.program() {
        Program::Ours => assert_eq!(found, ("precious\n".into(), String::new())),
        // Later versions look first.
        Program::Theirs => assert!(found.0.contains("MASTER"), "the C program spares {found:?} now"),
    }
}

/// A group says `GROUP`, its name and priority 0: first of all at the start, later after its members.
fn groups_are_told_of(lab: &Lab) {
    let a = lab.node("a");
    a.write_script("/etc/keepalived/reader.sh", READER);
    let group = "vrrp_sync_group G1 {\n    group {\n        VI_1\n    }\n}";
    a.start(&conf().block(group).text());
    let found = a.expect_lines(HEARD, PATIENCE, "a mastership", |lines| lines.len() == 5);
    let expected = ["GROUP \"G1\" BACKUP 0", &line("BACKUP"), &line("MASTER"), "GROUP \"G1\" MASTER 0"];
    assert_eq!(found[1..], expected);
}

alone!(
    the_reader_is_looked_after,
    a_full_pipe_holds_nothing_up,
    what_is_no_pipe_of_ours_is_left_alone,
    groups_are_told_of,
);
