//! genhash(1): fetches a page and prints the MD5 digest of everything behind its header, for `digest` in the
//! configuration of checks: as much as the header says, or what the server sends until it hangs up.

mod printing;

use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use md5::{Digest as _, Md5};

use super::{Exit, child};
use crate::sys::fetch::{Connection, Way};
use crate::sys::{Error, clock};
use printing::{dump, hexadecimal};

/// How long a header may be.
const LONGEST_HEADER: usize = 1 << 20;
/// What a header ends with.
const END: &[u8] = b"\r\n\r\n";

/// A page that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The server.
    pub way: Way,
    /// What is asked for, as it is asked for.
    pub url: String,
    /// The virtual host; that of the server's address if there is none.
    pub host: Option<String>,
    /// How it is asked for.
    pub protocol: Protocol,
    /// How long the server may be silent.
    pub patience: Option<Duration>,
    /// Whether everything is shown that comes.
    pub verbose: bool,
}

/// The versions of HTTP that the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.0.
    #[default]
    Plain,
    /// HTTP/1.0, and the server is asked to hang up.
    Closing,
    /// HTTP/1.1, which is always asked to.
    Current,
}

impl Wish {
    fn request(&self) -> String {
        let (version, closes) = match self.protocol {
            Protocol::Plain => ("1.0", ""),
            Protocol::Closing => ("1.0", "Connection: close\r\n"),
            Protocol::Current => ("1.1", "Connection: close\r\n"),
        };
        let host = self.host.clone().unwrap_or_else(|| match self.way.to.ip() {
            IpAddr::V4(ip) => format!("{ip}:{}", self.way.to.port()),
            IpAddr::V6(ip) => format!("[{ip}]:{}", self.way.to.port()),
        });
        format!(
            "GET {} HTTP/{version}\r\nUser-Agent: KeepAliveClient\r\n{closes}Host: {host}\r\n\r\n",
            self.url
        )
    }
}

/// What has come of a page so far.
struct Page {
    header: Option<Vec<u8>>,
    /// What may be a part of the header.
    beginning: Vec<u8>,
    /// How many octets of the page have not come; as many as there are if the header does not say.
    left: usize,
    digest: Md5,
}

/// What became of octets that were read.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    /// The header goes on.
    Header,
    /// A part of the page has come.
    Body(Vec<u8>),
    /// No header is as long.
    Endless,
}

impl Page {
    fn new() -> Page {
        Page { header: None, beginning: Vec::new(), left: usize::MAX, digest: Md5::new() }
    }

    fn push(&mut self, octets: &[u8]) -> Read {
        if self.header.is_some() {
            return self.body(octets.to_vec());
        }
        self.beginning.extend_from_slice(octets);
        let Some(at) = self.beginning.windows(END.len()).position(|window| window == END) else {
            return if self.beginning.len() > LONGEST_HEADER { Read::Endless } else { Read::Header };
        };
        let body = self.beginning.split_off(at + END.len());
        let header = std::mem::take(&mut self.beginning);
        self.left = length(&header).unwrap_or(usize::MAX);
        self.header = Some(header);
        self.body(body)
    }

    fn body(&mut self, mut octets: Vec<u8>) -> Read {
        octets.truncate(self.left);
        self.left -= octets.len();
        self.digest.update(&octets);
        Read::Body(octets)
    }

    /// The digest; none of a page without an end of its header.
    fn finish(self) -> Option<[u8; 16]> {
        self.header.map(|_| self.digest.finalize().into())
    }
}

/// How long the header says that the page is (RFC 9110, 8.6).
fn length(header: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(header);
    let said = text.lines().filter_map(|line| line.split_once(':'));
    let mut said = said.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    said.find_map(|(_, value)| value.trim().parse().ok())
}

/// Fetches a page and prints its digest.
#[must_use]
pub fn run(wish: &Wish) -> Exit {
    let began = clock::now();
    let fetched = child::runtime().and_then(|runtime| runtime.block_on(fetch(wish)));
    let exit = match fetched {
        Ok(digest) => {
            if wish.verbose {
                title("    HTML hash resulting    ");
                print(&dump(&digest));
                title(" HTML hash final resulting ");
            }
            print(&format!("{}\n", hexadecimal(&digest)));
            Exit::Fine
        }
        Err(error) => {
            // Nobody is left to tell that standard error is closed.
            let _ = writeln!(std::io::stderr(), "{error}");
            Exit::Fatal
        }
    };
    if wish.verbose {
        print(&format!(
            "\nGlobal response time for [{}] = {} usecs\n",
            wish.url,
            clock::now().since(began).as_micros()
        ));
    }
    exit
}

async fn fetch(wish: &Wish) -> Result<[u8; 16], Error> {
    let mut connection = in_time(wish, "connect to", Connection::open(&wish.way)).await?;
    in_time(wish, "send to", connection.send(wish.request().as_bytes())).await?;
    let mut page = Page::new();
    let mut buffer = [0; 4096];
    while page.left > 0 {
        let count = in_time(wish, "read from", connection.receive(&mut buffer)).await?;
        let octets = buffer.get(..count).unwrap_or_default();
        if octets.is_empty() {
            break;
        }
        let before = page.header.is_some();
        match page.push(octets) {
            Read::Endless => return Err(trouble(wish, "its header does not end")),
            Read::Body(part) if wish.verbose => {
                if let Some(header) = page.header.as_ref().filter(|_| !before) {
                    show_header(header);
                }
                print(&dump(&part));
            }
            Read::Header | Read::Body(_) => {}
        }
    }
    if wish.verbose {
        print("\n");
    }
    page.finish().ok_or_else(|| trouble(wish, "it sent no page: there is no end of a header"))
}

/// Waits for something that the server has to do, as long as it may take.
async fn in_time<T>(
    wish: &Wish,
    what: &'static str,
    done: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match wish.patience {
        None => done.await,
        Some(limit) => tokio::time::timeout(limit, done).await.unwrap_or_else(|_| {
            let target = format!("{} port {} for {limit:?}", wish.way.to.ip(), wish.way.to.port());
            Err(Error::new(what, target, std::io::ErrorKind::TimedOut.into()))
        }),
    }
}

fn trouble(wish: &Wish, what: &'static str) -> Error {
    let target = format!("the page {} of {} port {}", wish.url, wish.way.to.ip(), wish.way.to.port());
    Error::new("read", target, std::io::Error::other(what))
}

fn show_header(header: &[u8]) {
    title("    HTTP Header Buffer    ");
    print(&dump(header));
    title(" HTTP Header Ascii Buffer ");
    print(&format!("{}\n", String::from_utf8_lossy(header)));
    title("        HTML Buffer        ");
}

fn title(text: &str) {
    print(&format!("-----------------------[{text}]-----------------------\n"));
}

fn print(text: &str) {
    // A pipe that nobody reads is no reason to fail.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(parts: &[&[u8]]) -> Option<String> {
        let mut page = Page::new();
        parts.iter().for_each(|part| drop(page.push(part)));
        page.finish().map(|digest| hexadecimal(&digest))
    }

    #[test]
    fn what_counts_is_behind_the_header_however_it_comes() {
        let hello = Some("5d41402abc4b2a76b9719d911017c592".to_owned());
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\r\n\r\nhello"]), hello);
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\r", b"\n\r", b"\nhel", b"lo"]), hello);
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel", b"lo!"]), hello);
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"]), hello);
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\r\n\r\n"]).unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(digest(&[b"HTTP/1.1 200 OK\n\nhello"]), None);
        assert_eq!(digest(&[]), None);
        let mut page = Page::new();
        assert_eq!(page.push(&vec![b'x'; LONGEST_HEADER]), Read::Header);
        assert_eq!(page.push(b"x"), Read::Endless);
    }

    #[test]
    fn requests_are_those_of_the_c_program() {
        let mut wish = Wish {
            way: Way { to: "192.0.2.1:8080".parse().unwrap(), mark: None, tls: None },
            url: "/x".to_owned(),
            host: None,
            protocol: Protocol::Plain,
            patience: None,
            verbose: false,
        };
        let plain = "GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 192.0.2.1:8080\r\n\r\n";
        assert_eq!(wish.request(), plain);
        wish.protocol = Protocol::Current;
        wish.host = Some("example.org".to_owned());
        let current = "GET /x HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: example.org\r\n\r\n";
        assert_eq!(wish.request(), current);
        wish.protocol = Protocol::Closing;
        assert_eq!(wish.request(), current.replace("1.1", "1.0"));
    }
}
