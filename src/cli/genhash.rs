//! The command line of genhash(1).

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::daemon::genhash::{Protocol, Wish};
use crate::sys::fetch::{Name, Way};

/// An option.
struct Flag {
    letter: char,
    name: &'static str,
    argument: bool,
    help: &'static [&'static str],
}

const fn flag(letter: char, name: &'static str, argument: bool, help: &'static [&'static str]) -> Flag {
    Flag { letter, name, argument, help }
}

/// Every option, in the order of the help text.
const FLAGS: [Flag; 11] = [
    flag('S', "use-ssl", false, &["Use an encrypted connection."]),
    flag('I', "use-sni", false, &["Name the virtual host when the connection is", "encrypted (see -V)."]),
    flag('s', "server", true, &["The address of the server."]),
    flag('p', "port", true, &["The port of the server."]),
    flag('u', "url", true, &["The page."]),
    flag('V', "use-virtualhost", true, &["The virtual host."]),
    flag('v', "verbose", false, &["Show everything that comes."]),
    flag('h', "help", false, &["Show this text."]),
    flag('m', "fwmark", true, &["The firewall mark of the packets."]),
    flag(
        'P',
        "protocol",
        true,
        &["The version of HTTP: 1.0, 1.1, or 1.0c, which", "is 1.0 with 'Connection: close'."],
    ),
    flag('t', "timeout", true, &["How many seconds the server may be silent."]),
];

/// The help text.
#[must_use]
pub fn usage(program: &str) -> String {
    let mut text = format!(
        "Usage: {program} COMMAND [OPTIONS]\nCommands:\n   -s server-address -p port -u url\n   \
         -S -s server-address -p port -u url\n   -h\n\nOptions:\nEither long or short options are allowed.\n"
    );
    for flag in &FLAGS {
        let (first, rest) = flag.help.split_first().unwrap_or((&"", &[]));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "   --{:<17} -{}       {first}", flag.name, flag.letter);
        rest.iter().for_each(|line| text.push_str(&format!("{:32}{line}\n", "")));
    }
    text
}

/// What the words say so far.
#[derive(Default)]
struct Words {
    server: Option<IpAddr>,
    port: Option<u16>,
    url: Option<String>,
    host: Option<String>,
    tls: bool,
    named: bool,
    mark: Option<u32>,
    protocol: Protocol,
    patience: Option<Duration>,
    verbose: bool,
    help: bool,
}

/// Reads the words behind the name of the program, or behind `--genhash`.
///
/// # Errors
/// What is wrong; nothing if the help text is all that was asked for.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Wish, String> {
    let mut rest: VecDeque<String> =
        words.into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut read = Words::default();
    let mut stray = Vec::new();
    while let Some(word) = rest.pop_front() {
        if word == "--" {
            stray.extend(rest.drain(..));
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, attached) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let flag = find(name)?;
            if attached.is_some() && !flag.argument {
                return Err(format!("Option --{name} takes no parameter"));
            }
            let argument = if flag.argument { attached.or_else(|| rest.pop_front()) } else { None };
            read.set(flag, argument)?;
        } else if let Some(mut letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            while let Some(letter) = letters.chars().next() {
                letters = letters.get(letter.len_utf8()..).unwrap_or_default();
                let flag = FLAGS.iter().find(|flag| flag.letter == letter);
                let flag = flag.ok_or_else(|| format!("Unknown option -{letter}"))?;
                let mut argument = None;
                if flag.argument {
                    argument = Some(std::mem::take(&mut letters).to_owned())
                        .filter(|attached| !attached.is_empty())
                        .or_else(|| rest.pop_front());
                }
                read.set(flag, argument)?;
            }
        } else {
            stray.push(word);
        }
    }
    if !stray.is_empty() {
        return Err(format!("Unexpected argument(s): {}", stray.join(" ")));
    }
    read.finish()
}

/// The option of this name, or of a name that begins so if there is one only.
fn find(name: &str) -> Result<&'static Flag, String> {
    let exact = FLAGS.iter().find(|flag| flag.name == name);
    let mut begin = FLAGS.iter().filter(|flag| flag.name.starts_with(name) && !name.is_empty());
    match (exact, begin.next(), begin.next()) {
        (Some(flag), ..) | (None, Some(flag), None) => Ok(flag),
        (None, ..) => Err(format!("Unknown option --{name}")),
    }
}

impl Words {
    fn set(&mut self, flag: &Flag, argument: Option<String>) -> Result<(), String> {
        if flag.argument && argument.is_none() {
            return Err(format!("Missing parameter for option --{}", flag.name));
        }
        let text = argument.unwrap_or_default();
        let invalid = |what: &str| format!("invalid {what} '{text}'");
        match flag.letter {
            'S' => self.tls = true,
            'I' => self.named = true,
            's' => {
                let server = text.parse().map_err(|_| format!("server should be an IP, not {text}"));
                self.server = Some(server?);
            }
            'p' => {
                let port = text.parse().ok().filter(|port| *port > 0);
                self.port = Some(port.ok_or_else(|| invalid("port number"))?);
            }
            'u' => self.url = Some(text),
            'V' => self.host = Some(text),
            'v' => self.verbose = true,
            'm' => self.mark = Some(text.parse().map_err(|_| invalid("fwmark"))?),
            'P' => {
                self.protocol = match &*text {
                    "1.0" => Protocol::Plain,
                    "1.0c" => Protocol::Closing,
                    "1.1" => Protocol::Current,
                    _ => return Err(invalid("HTTP protocol version")),
                };
            }
            't' => {
                let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
                self.patience = Some(Duration::from_secs(seconds.ok_or_else(|| invalid("timeout"))?));
            }
            _ => self.help = true,
        }
        Ok(())
    }

    fn finish(self) -> Result<Wish, String> {
        let Words { server, port, url, host, tls, named, mark, protocol, patience, verbose, help } = self;
        if help {
            return Err(String::new());
        }
        let (Some(server), Some(port), Some(url)) = (server, port, url) else {
            return Err("The options -s, -p and -u are needed".to_owned());
        };
        // What is on the line after this would be another header.
        if [Some(&url), host.as_ref()].into_iter().flatten().any(|text| text.contains(char::is_control)) {
            return Err("url and virtual host are one line each".to_owned());
        }
        let name = match &host {
            Some(host) if named => Name::Is(host.split(':').next().unwrap_or_default().into()),
            Some(_) | None => Name::None,
        };
        let way = Way { to: SocketAddr::new(server, port), mark, tls: tls.then_some(name) };
        Ok(Wish { way, url, host, protocol, patience, verbose })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(words: &str) -> Result<Wish, String> {
        parse(words.split_whitespace().map(Into::into))
    }

    #[test]
    fn every_spelling_says_the_same() {
        let wanted = wish("-s 192.0.2.1 -p 80 -u /").unwrap();
        assert_eq!(wanted.way.to, "192.0.2.1:80".parse().unwrap());
        for words in [
            "-s192.0.2.1 -p80 -u/",
            "--server 192.0.2.1 --port 80 --url /",
            "--server=192.0.2.1 --port=80 --url=/",
            "--serv 192.0.2.1 --po 80 --ur /",
            "-u / -p 80 -s 192.0.2.1",
        ] {
            assert_eq!(wish(words).as_ref(), Ok(&wanted), "{words}");
        }
        let all = wish("-SIvs ::1 -p 443 -u /x -V a.example:443 -m 7 -P 1.1 -t 3").unwrap();
        let tls = Some(Name::Is("a.example".into()));
        assert_eq!(all.way, Way { to: "[::1]:443".parse().unwrap(), mark: Some(7), tls });
        assert_eq!((all.protocol, all.patience), (Protocol::Current, Some(Duration::from_secs(3))));
        assert_eq!(all.host.as_deref(), Some("a.example:443"));
        assert_eq!(wish("-Ss ::1 -p 443 -u /x -V a").unwrap().way.tls, Some(Name::None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (words, complaint) in [
            ("-s nohost -p 80 -u /", "server should be an IP, not nohost"),
            ("-s 192.0.2.1 -p 0 -u /", "invalid port number '0'"),
            ("-s 192.0.2.1 -p 65536 -u /", "invalid port number '65536'"),
            ("-s 192.0.2.1 -p 80 -u / -P 2.0", "invalid HTTP protocol version '2.0'"),
            ("-s 192.0.2.1 -p 80 -u / -m x", "invalid fwmark 'x'"),
            ("-s 192.0.2.1 -p 80 -u / -t 0", "invalid timeout '0'"),
            ("-s 192.0.2.1 -p 80 -u / -Z", "Unknown option -Z"),
            ("-s 192.0.2.1 -p 80 -u / --use", "Unknown option --use"),
            ("-s 192.0.2.1 -p 80 -u / word", "Unexpected argument(s): word"),
            ("-s 192.0.2.1 -p 80 -u", "Missing parameter for option --url"),
            ("-s 192.0.2.1 -p 80", "The options -s, -p and -u are needed"),
            ("-h", ""),
        ] {
            assert_eq!(wish(words).unwrap_err(), complaint, "{words}");
        }
        let two = ["-s", "::1", "-p", "1", "-u", "/ HTTP/1.0\r\nX: y"].map(Into::into);
        assert!(parse(two).is_err());
    }

    #[test]
    fn the_help_fits() {
        assert!(usage("genhash").lines().all(|line| line.len() <= 80));
    }
}
