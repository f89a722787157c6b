//! HTTP/1.1 (RFC 9112) as far as a check needs it: a request, and the status of the answer.

use super::Failure;
use crate::conf::model::probe::Http;

/// How much is read before there has to be a status, in octets: informational answers may precede it.
const MOST: usize = 16 << 10;

/// The request for a page.
#[must_use]
pub fn request(page: &Http) -> Vec<u8> {
    let Http { authority, path, .. } = page;
    format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: keepalived-rs\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n"
    )
    .into_bytes()
}

/// What has been read of an answer.
#[derive(Debug, Default)]
pub struct Answer {
    read: Vec<u8>,
}

impl Answer {
    /// More was read. Tells the status once it is there.
    ///
    /// # Errors
    /// If it is not HTTP.
    pub fn push(&mut self, octets: &[u8]) -> Result<Option<u16>, Failure> {
        self.read.extend_from_slice(octets);
        loop {
            let Some(status) = status(&self.read)? else {
                let too_long = self.read.len() > MOST;
                return if too_long { Err(Failure::NotHttp) } else { Ok(None) };
            };
            if status >= 200 {
                return Ok(Some(status));
            }
            // Something else follows an informational answer.
            let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") else {
                let too_long = self.read.len() > MOST;
                return if too_long { Err(Failure::NotHttp) } else { Ok(None) };
            };
            self.read.drain(..end + 4);
        }
    }
}

/// The status in the first line, if that is complete.
fn status(read: &[u8]) -> Result<Option<u16>, Failure> {
    const START: &[u8] = b"HTTP/";
    if !read.starts_with(START) && !START.starts_with(read) {
        return Err(Failure::NotHttp);
    }
    let Some(end) = read.iter().position(|octet| *octet == b'\n') else { return Ok(None) };
    let line = read.get(..end).unwrap_or_default();
    let mut words = line.trim_ascii_end().split(|octet| *octet == b' ');
    let digits = words.nth(1).filter(|word| word.len() == 3 && word.iter().all(u8::is_ascii_digit));
    let number = digits.and_then(|word| std::str::from_utf8(word).ok()?.parse().ok());
    number.filter(|status| (100..600).contains(status)).map(Some).ok_or(Failure::NotHttp)
}

/// Whether a status is the one that was expected.
///
/// # Errors
/// If it is not.
pub const fn judge(found: u16, wanted: Option<u16>) -> Result<(), Failure> {
    let good = match wanted {
        Some(wanted) => found == wanted,
        None => found >= 200 && found < 300,
    };
    if good { Ok(()) } else { Err(Failure::Status { found, wanted }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conf::model::probe::Host;

    fn answer(parts: &[&[u8]]) -> Result<Option<u16>, Failure> {
        let mut answer = Answer::default();
        let mut last = Ok(None);
        for part in parts {
            last = answer.push(part);
        }
        last
    }

    #[test]
    fn the_request_names_host_and_path() {
        let page = Http {
            host: Host::Name("web".into()),
            port: 8080,
            authority: "web:8080".into(),
            path: "/up?x".into(),
            status: None,
        };
        let text = String::from_utf8(request(&page)).unwrap();
        assert!(
            text.starts_with("GET /up?x HTTP/1.1\r\nHost: web:8080\r\n") && text.ends_with("\r\n\r\n"),
            "{text}"
        );
    }

    #[test]
    fn the_status_is_found_however_the_answer_is_cut() {
        assert_eq!(answer(&[b"HTTP/1.1 200 OK\r\n"]), Ok(Some(200)));
        assert_eq!(answer(&[b"HTTP/1.0 503\n"]), Ok(Some(503)));
        assert_eq!(answer(&[b"HT", b"TP/1.1 30", b"1 Moved\r", b"\n"]), Ok(Some(301)));
        assert_eq!(answer(&[b"HTTP/1.1 20"]), Ok(None));
        assert_eq!(
            answer(&[b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n"]),
            Ok(Some(204))
        );
        assert_eq!(answer(&[b"HTTP/1.1 100 Continue\r\n"]), Ok(None));
    }

    #[test]
    fn what_is_not_http_is_refused() {
        let endless = [b"HTTP/1.1 200 ".as_slice(), &[b'x'; MOST]].concat();
        for wrong in [
            &b"SSH-2.0-OpenSSH\r\n"[..],
            b"HTTP/1.1 abc\r\n",
            b"HTTP/1.1 999 x\r\n",
            b"HTTP/1.1\r\n",
            &endless,
        ] {
            assert_eq!(answer(&[wrong]), Err(Failure::NotHttp), "{}", String::from_utf8_lossy(wrong));
        }
    }

    #[test]
    fn a_status_is_judged_by_what_was_asked_for() {
        assert_eq!([judge(204, None), judge(301, Some(301))], [Ok(()), Ok(())]);
        assert_eq!(judge(301, None), Err(Failure::Status { found: 301, wanted: None }));
        assert_eq!(judge(503, Some(200)), Err(Failure::Status { found: 503, wanted: Some(200) }));
    }

    proptest! {
        #[test]
        fn any_octets_can_be_read(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let mut answer = Answer::default();
            for part in parts {
                let _ = answer.push(&part);
            }
        }
    }
}
