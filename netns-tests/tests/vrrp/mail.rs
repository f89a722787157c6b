//! Mail about changes, through a real mail server on the neighbour: one that takes it, and others.

use std::fs::File;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use netns_tests::alone;
use netns_tests::prelude::*;

use crate::{LATE, PATIENCE};

const MAILS: &str = "/run/mails";
const SERVER: &str = "/run/mail_server.py";
/// The python that Debian's packages are for.
const PYTHON: &str = "/usr/bin/python3";

/// A certificate for the neighbour's address, and an authority that vouches for it.
const CERTIFICATES: &str = r#"
set -e
cd "$1"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=mail.example.org -keyout mail.key -out mail.csr
printf 'subjectAltName=IP:%s\n' "$2" > extensions
openssl x509 -req -in mail.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out mail.crt
cat mail.crt mail.key > mail.pem
"#;

/// A mail server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // That it has ended already is no error.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts a mail server on `x` that behaves in this way.
fn serve(lab: &Lab, way: &str, further: &[&str]) -> Server {
    let x = lab.node("x");
    x.write(SERVER, include_str!("mail_server.py"));
    let mut command = Command::new(PYTHON);
    command
        .arg(x.host_path(SERVER))
        .arg(x.ipv4().to_string())
        .arg(x.host_path(MAILS))
        .arg(way)
        .args(further)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(x.host_path("/run/mail_server.log")).expect("a log for the mail server"));
    let server = Server(x.netns().inside(move || command.spawn()).expect("starting the mail server"));
    x.expect_lines(MAILS, PATIENCE, "a server that listens", |lines| lines.contains(&"listening"));
    server
}

fn mailing(server: Ipv4Addr) -> Conf {
    Conf::v3(150)
        .global("router_id LB1")
        .global("notification_email {\n    ops@example.org\n    boss@example.org\n}")
        .global("notification_email_from lb1@example.org")
        .global(&format!("smtp_server {server}"))
        .global("smtp_connect_timeout 1")
        .global("smtp_alert")
}

/// The line that the server notes for a mail.
fn mail(event: &str, body: &str) -> String {
    [
        "clear|nobody|lb1@example.org|ops@example.org,boss@example.org|Date|From: lb1@example.org",
        &format!("Subject: [LB1] VRRP {event}"),
        "X-Mailer: Keepalived|To: ops@example.org, boss@example.org",
        &format!("=> {body} <="),
    ]
    .join("|")
}

fn lost_and_won() -> [String; 2] {
    [
        mail("Instance VI_1 - Entering BACKUP state", "VRRP Instance is no longer owning VRRP VIPs"),
        mail("Instance VI_1 - Entering MASTER state", "VRRP Instance is now owning VRRP VIPs"),
    ]
}

fn has(lines: &[&str], mail: &str) -> bool {
    lines.contains(&mail)
}

/// Changes of instances and groups are mailed to all, with the texts of the C program. It ends before its mails
/// about the end have been taken.
fn changes_are_mailed(lab: &Lab) {
    let a = lab.node("a");
    let _server = serve(lab, "take", &[]);
    let group = "vrrp_sync_group G1 {\n    group {\n        VI_1\n    }\n    smtp_alert\n}";
    a.start(&mailing(lab.node("x").ipv4()).block(group).text());
    let [lost, won] = lost_and_won();
    let all = [
        lost,
        won,
        mail("Group G1 - Entering BACKUP state", "All VRRP group instances are now in BACKUP state"),
        mail("Group G1 - Entering MASTER state", "All VRRP group instances are now in MASTER state"),
    ];
    let told = |lines: &[&str]| all.iter().all(|mail| has(lines, mail));
    lab.node("x").expect_lines(MAILS, PATIENCE, "four mails", told);
    a.stop();
    if a.program() == Program::Ours {
        let lines = lab.node("x").read(MAILS);
        let lines: Vec<&str> = lines.lines().collect();
        let stopping = mail("Instance VI_1 - Stopping", "VRRP Instance stopping");
        let group = mail("Group G1 - Stopping", "All VRRP group instances are now stopping");
        assert!(has(&lines, &stopping) && has(&lines, &group), "{lines:#?}");
    }
}

/// A fault is mailed, unless nobody wants to know.
fn faults_are_mailed_if_wanted(lab: &Lab) {
    let a = lab.node("a");
    let x = lab.node("x");
    let _server = serve(lab, "take", &[]);
    a.write_script("/etc/keepalived/healthy.sh", "test -e /run/healthy");
    let conf = mailing(x.ipv4()).global("script_user root").health_script("");
    a.start(&conf.text());
    let fault = mail("Instance VI_1 - Entering FAULT state", "VRRP Instance is no longer owning VRRP VIPs");
    x.expect_lines(MAILS, PATIENCE, "a fault", |lines| has(lines, &fault));
    a.stop();
    x.write(MAILS, "");
    a.start(&conf.global("no_email_faults").text());
    a.write("/run/healthy", "");
    let [_, won] = lost_and_won();
    let lines = x.expect_lines(MAILS, PATIENCE, "a mastership", |lines| has(lines, &won));
    assert!(!lines.contains(&fault), "{lines:#?}");
}

/// A recipient who is refused does not keep the other from knowing; the C program gives up.
fn one_recipient_is_refused(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let _server = serve(lab, "refuse-one", &[]);
    let conf = mailing(x.ipv4()).global("notification_email {\n    gone@example.org\n}");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let to = "|ops@example.org,boss@example.org|";
    let taken = |lines: &[&str]| lines.iter().any(|line| line.contains(to) && line.contains("MASTER"));
    match a.program() {
        Program::Ours => {
            x.expect_lines(MAILS, PATIENCE, "mail for the others", taken);
            expect_log(a, &["gone@example.org", "550"]);
        }
        Program::Theirs => {
            pause(secs(1));
            assert!(!taken(&x.read(MAILS).lines().collect::<Vec<_>>()), "the C program goes on now");
        }
    }
}

/// A server that refuses everybody, says so in the log with step and reply.
fn refusals_are_explained(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let _server = serve(lab, "refuse", &[]);
    a.start(&mailing(x.ipv4()).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    if a.program() == Program::Ours {
        expect_log(a, &["SMTP alert failed: [LB1] VRRP Instance VI_1 - Entering MASTER", "RCPT TO", "550"]);
    }
}

/// No server at all is said, too, with where it should be.
fn a_server_that_is_down_is_named(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    a.start(&mailing(x.ipv4()).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    if a.program() == Program::Ours {
        expect_log(a, &["SMTP alert failed", "10.77.0.2]:25", "connecting", "refused"]);
    }
}

/// A server that never says a word delays neither adverts nor the end.
fn a_silent_server_delays_nothing(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let _server = serve(lab, "silent", &[]);
    a.start(&mailing(x.ipv4()).text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    let from = Stamp::now();
    pause(secs(2));
    let adverts = lab.adverts("a", from, Stamp::now());
    let gaps = adverts.windows(2).map(|pair| pair[1].0.since(pair[0].0));
    assert!(gaps.max().is_some_and(|gap| gap < FAST + LATE), "{adverts:?}");
    if a.program() == Program::Ours {
        expect_log(a, &["SMTP alert failed", "greeting", "no answer in time"]);
    }
    a.stop();
}

/// A server that hangs up in the middle costs one mail; the next one is taken.
fn a_server_that_hangs_up_costs_one_mail(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    let _server = serve(lab, "hang-up", &[]);
    a.start(&mailing(x.ipv4()).text());
    let [_, won] = lost_and_won();
    x.expect_lines(MAILS, PATIENCE, "the second mail", |lines| has(lines, &won));
    if a.program() == Program::Ours {
        expect_log(a, &["SMTP alert failed: [LB1] VRRP Instance VI_1 - Entering BACKUP", "MAIL FROM"]);
    }
}

/// Makes a certificate for `x`. Gives the file with it and its key, and the certificate of the authority.
fn certify(x: &Node) -> (String, String) {
    let directory = x.host_path("/tmp/certificates");
    std::fs::create_dir(&directory).expect("a directory for certificates");
    let made = Command::new("sh")
        .args(["-c", CERTIFICATES, "certificates"])
        .arg(&directory)
        .arg(x.ipv4().to_string())
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("running openssl").success(), "openssl failed");
    let authority = std::fs::read_to_string(directory.join("ca.pem")).expect("the authority's certificate");
    (directory.join("mail.pem").display().to_string(), authority)
}

/// With `smtp_tls` the server has to prove who it is, and the password travels encrypted. The C program has neither.
fn mail_can_be_encrypted(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    if a.program() == Program::Theirs {
        return;
    }
    let (certificate, authority) = certify(x);
    let _server = serve(lab, "starttls", &[&certificate]);
    a.write("/etc/keepalived/password", "secret word\nand a remark\n");
    let conf = mailing(x.ipv4())
        .global("smtp_tls starttls")
        .global("smtp_user lb")
        .global("smtp_password_file /etc/keepalived/password");

    // Nobody vouches for the server.
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    expect_log(a, &["SMTP alert failed", "encrypting", "certificate"]);
    a.stop();

    a.write("/etc/keepalived/ca.pem", &authority);
    a.trust("/etc/keepalived/ca.pem");
    a.start(&conf.text());
    let encrypted = |lines: &[&str]| {
        lines.iter().any(|line| line.starts_with("encrypted|lb|") && line.contains("MASTER"))
    };
    x.expect_lines(MAILS, PATIENCE, "an encrypted mail", encrypted);
    a.stop();

    a.write("/etc/keepalived/password", "wrong\n");
    a.start(&conf.text());
    lab.expect_owner("a", VIP4).within(PATIENCE);
    expect_log(a, &["SMTP alert failed", "logging in", "535"]);
}

/// `smtp_tls tls` encrypts from the first octet on.
fn mail_can_be_encrypted_from_the_start(lab: &Lab) {
    let (a, x) = (lab.node("a"), lab.node("x"));
    if a.program() == Program::Theirs {
        return;
    }
    let (certificate, authority) = certify(x);
    let _server = serve(lab, "tls", &[&certificate]);
    a.write("/etc/keepalived/ca.pem", &authority);
    a.trust("/etc/keepalived/ca.pem");
    a.start(&mailing(x.ipv4()).global("smtp_tls tls").text());
    let encrypted = |lines: &[&str]| lines.iter().any(|line| line.starts_with("encrypted|nobody|lb1@"));
    x.expect_lines(MAILS, PATIENCE, "an encrypted mail", encrypted);
}

/// Waits until one line of the log has all of these words, which only the log has.
fn expect_log(node: &Node, words: &[&str]) {
    let limit: Duration = PATIENCE;
    let said = |log: &str| log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    let found = poll_until(limit, || said(&node.log()).then_some(()));
    assert!(found.is_some(), "no line with {words:?} in the log within {limit:?}:\n{}", node.log());
}

alone!(
    changes_are_mailed,
    faults_are_mailed_if_wanted,
    one_recipient_is_refused,
    refusals_are_explained,
    a_server_that_is_down_is_named,
    a_silent_server_delays_nothing,
    a_server_that_hangs_up_costs_one_mail,
    mail_can_be_encrypted,
    mail_can_be_encrypted_from_the_start,
);
