//! What a daemon has counted, as its JSON dump tells.

use super::Node;
use crate::command;
use crate::wait::{poll_until, secs};

const PATH: &str = "/tmp/keepalived.json";

impl Node {
    /// The JSON dump of the daemon, written anew.
    ///
    /// # Panics
    /// If it writes none.
    #[must_use]
    pub fn json(&self) -> String {
        if self.has_file(PATH) {
            self.remove_file(PATH);
        }
        let (parent, _) = self.family();
        // A real-time signal, which nix has no name for.
        drop(command::run(&["kill", "-s", "36", &parent.pid.to_string()]));
        let whole = |text: &String| text.trim_end().ends_with(']');
        let read = || self.has_file(PATH).then(|| self.read(PATH)).filter(whole);
        match poll_until(secs(5), read) {
            Some(text) => text,
            None => panic!("the daemon on {} writes no {PATH}", self.name()),
        }
    }

    /// A counter of the first instance, by its name in the JSON dump.
    ///
    /// # Panics
    /// If there is none of that name.
    #[must_use]
    pub fn counter(&self, name: &str) -> u64 {
        let json = self.json();
        let found = json.split_once(&format!("\"{name}\":")).map(|(_, rest)| rest);
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        match found.and_then(|rest| rest.get(..digits(rest))?.parse().ok()) {
            Some(count) => count,
            None => panic!("no counter {name} in {json}"),
        }
    }
}
