//! What a router did, one line each; what it did again and again is one line.

use keepalived::base::time::Instant;

struct Entry {
    first: Instant,
    last: Instant,
    times: u32,
    text: String,
}

/// What a router did, in order.
#[derive(Default)]
pub struct Journal(Vec<Entry>);

impl Journal {
    pub fn add(&mut self, at: Instant, text: String) {
        match self.0.last_mut() {
            Some(entry) if entry.text == text => {
                entry.last = at;
                entry.times += 1;
            }
            _ => self.0.push(Entry { first: at, last: at, times: 1, text }),
        }
    }

    pub fn lines(&self) -> Vec<String> {
        let line = |entry: &Entry| {
            let when = if entry.first == entry.last {
                entry.first.to_string()
            } else {
                format!("{} - {}", entry.first, entry.last)
            };
            let times = if entry.times > 1 { format!(" x{}", entry.times) } else { String::new() };
            format!("| {when:9} {}{times}", entry.text)
        };
        self.0.iter().map(line).collect()
    }
}
