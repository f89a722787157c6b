//! genhash(1), which makes the digests for checks of web pages, against a real nginx.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use netns_tests::alone;
use netns_tests::nginx::Nginx;
use netns_tests::prelude::*;

/// The digest of `well` and a newline.
const WELL: &str = "1b42a11f5f647e53d20da8c8f57a9f02";

/// What it ends with, and what it prints on standard output and standard error.
fn genhash(node: &Node, words: &str) -> (Option<i32>, String, String) {
    let output = node.netns().inside(|| {
        Command::new(node.program().binary()).arg0("genhash").args(words.split_whitespace()).output()
    });
    let output = output.expect("the program");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn digest(node: &Node, words: &str) -> String {
    let (status, printed, said) = genhash(node, words);
    assert_eq!(status, Some(0), "{words}: {said}");
    printed.strip_suffix('\n').expect("a newline").to_owned()
}

/// In the clear, in all versions, over both families, by all spellings.
fn pages_of_nginx(lab: &Lab) {
    let a = lab.node("a");
    let nginx = Nginx::on(a);
    nginx.start();
    for words in [
        "-s 127.0.0.1 -p 80 -u /",
        "--server=127.0.0.1 --port=80 --url=/x",
        "-s 127.0.0.1 -p 80 -u / -P 1.0c",
        "-s 127.0.0.1 -p 80 -u / --protocol 1.1 -V www.example.org",
        "-s 127.0.0.1 -p 80 -u / -t 5 -m 7",
    ] {
        assert_eq!(digest(a, words), WELL, "{words}");
    }
    for option in ["-T", "--genhash"] {
        let output = a.netns().inside(|| {
            Command::new(a.program().binary())
                .args([option, "-s", "127.0.0.1", "-p", "80", "-u", "/"])
                .output()
        });
        assert_eq!(
            String::from_utf8_lossy(&output.expect("the program").stdout),
            format!("{WELL}\n"),
            "{option}"
        );
    }
    let (_, printed, _) = genhash(a, "-v -s 127.0.0.1 -p 80 -u /");
    for line in [
        "-----------------------[    HTTP Header Buffer    ]-----------------------",
        "-----------------------[ HTTP Header Ascii Buffer ]-----------------------",
        "-----------------------[        HTML Buffer        ]-----------------------",
        "0000  77 65 6c 6c 0a          -                           well.           ",
        "-----------------------[    HTML hash resulting    ]-----------------------",
        "-----------------------[ HTML hash final resulting ]-----------------------",
        WELL,
    ] {
        assert!(printed.lines().any(|printed| printed == line), "no {line} in\n{printed}");
    }
    assert!(
        printed
            .trim_end()
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("Global response time for [/] = "))
    );
}

/// Encrypted; the virtual host is named then if that is wanted.
fn encrypted_pages_of_nginx(lab: &Lab) {
    let a = lab.node("a");
    let nginx = Nginx::on(a);
    nginx.encrypt();
    nginx.start();
    let plain = digest(a, "-S -s 127.0.0.1 -p 443 -u /");
    let not_named = digest(a, "-S -s 127.0.0.1 -p 443 -u / -V www.example.org");
    let named = digest(a, "--use-ssl --use-sni -s 127.0.0.1 -p 443 -u / -V www.example.org");
    assert_eq!([plain, not_named], [md5("called \n"), md5("called \n")]);
    assert_eq!(named, md5("called www.example.org\n"));
    // What is there does not speak TLS.
    let (status, printed, said) = genhash(a, "-S -s 127.0.0.1 -p 80 -u /");
    match a.program() {
        Program::Ours => {
            assert_eq!((status, &*printed), (Some(1), ""));
            assert!(said.contains("encrypt the connection to 127.0.0.1 port 80"), "{said}");
        }
        Program::Theirs => assert_eq!(status, Some(0), "{printed}{said}"),
    }
}

fn md5(text: &str) -> String {
    let printed = netns_tests::command::feed(&["md5sum"], text);
    printed.split_whitespace().next().unwrap_or_default().to_owned()
}

/// A page is as long as its header says, or ends when the server hangs up; what has no end of a header is none.
fn pages_of_other_servers(lab: &Lab) {
    let a = lab.node("a");
    let answers: [(&'static [u8], Option<&str>); 4] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello", Some("hel")),
        (b"HTTP/1.1 404 Not Found\r\n\r\nnope", Some("nope")),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Some("5\r\nhello\r\n0\r\n\r\n"),
        ),
        (b"garbage", None),
    ];
    // Each has a port of its own: a process that another test is just starting may hold the old one for a moment.
    for (port, (answer, page)) in (8080..).zip(answers) {
        let listener = a.netns().inside(|| TcpListener::bind(("127.0.0.1", port))).expect("a port");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = [0; 1024];
            let length = stream.read(&mut request).expect("a request");
            stream.write_all(answer).expect("the client reads");
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let (status, printed, said) = genhash(a, &format!("-s 127.0.0.1 -p {port} -u /a?b"));
        let request = server.join().expect("the server");
        assert_eq!(
            request,
            format!("GET /a?b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:{port}\r\n\r\n")
        );
        match (page, a.program()) {
            (Some(page), _) => assert_eq!((status, printed.trim()), (Some(0), &*md5(page)), "{said}"),
            (None, Program::Ours) => assert_eq!((status, &*printed), (Some(1), ""), "{said}"),
            (None, Program::Theirs) => assert_eq!((status, &*printed), (Some(0), ""), "{said}"),
        }
        if page.is_none() {
            assert!(!said.is_empty());
        }
    }
}

/// Options that are wrong end with 1 and the help text. Ours ends with 1 as well when there is no page, and prints nothing
/// that a script could take for a digest.
fn no_page(lab: &Lab) {
    let a = lab.node("a");
    for words in [
        "",
        "-h",
        "-s 127.0.0.1 -p 80",
        "-s nohost -p 80 -u /",
        "-s ::1 -p 0 -u /",
        "-s ::1 -p 1 -u / -P 3",
        "-Z",
    ] {
        let (status, printed, said) = genhash(a, words);
        assert_eq!((status, &*printed), (Some(1), ""), "{words}");
        assert!(
            said.contains("Usage: genhash COMMAND [OPTIONS]") && said.contains("--use-virtualhost "),
            "{words}: {said}"
        );
    }
    let (status, printed, said) = genhash(a, "-s 127.0.0.1 -p 9 -u /");
    match a.program() {
        Program::Ours => {
            assert_eq!((status, &*printed), (Some(1), ""));
            assert_eq!(said, "cannot connect to 127.0.0.1 port 9: Connection refused\n");
        }
        Program::Theirs => assert_eq!((status, &*printed), (Some(0), "Connection failed\n")),
    }
    // Nobody answers.
    let listener = a.netns().inside(|| TcpListener::bind(("127.0.0.1", 8080))).expect("a port");
    let began = Stamp::now();
    let (status, printed, said) = genhash(a, "-s 127.0.0.1 -p 8080 -u / -t 1");
    assert!(Stamp::now().since(began) < secs(4));
    match a.program() {
        Program::Ours => {
            assert_eq!((status, &*printed), (Some(1), ""));
            assert!(said.contains("cannot read from 127.0.0.1 port 8080"), "{said}");
        }
        Program::Theirs => assert_eq!((status, &*printed), (Some(0), "Timeout WEB read\n")),
    }
    drop(listener);
}

alone!(pages_of_nginx, encrypted_pages_of_nginx, pages_of_other_servers, no_page);
