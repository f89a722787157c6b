//! Addresses of names, by way of the system's resolver. That may take its time, so each name is looked up by a thread of
//! its own, which nobody waits for: not even the end of the process.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Attempt, Error};

/// What the resolver said of a name.
#[derive(Debug)]
pub struct Answer {
    /// The name.
    pub name: Box<str>,
    /// Its addresses in the resolver's order; at least one.
    pub addresses: io::Result<Vec<IpAddr>>,
}

/// Looks names up.
#[derive(Debug)]
pub struct Resolver {
    answers: UnboundedReceiver<Answer>,
    tell: UnboundedSender<Answer>,
    /// Names that are being looked up.
    asked: BTreeSet<Box<str>>,
}

impl Resolver {
    /// Looks nothing up yet.
    #[must_use]
    pub fn new() -> Resolver {
        let (tell, answers) = unbounded_channel();
        Resolver { answers, tell, asked: BTreeSet::new() }
    }

    /// Begins to look a name up, unless that is being done.
    ///
    /// # Errors
    /// If there can be no more threads.
    pub fn ask(&mut self, name: &str) -> Result<(), Error> {
        if !self.asked.insert(name.into()) {
            return Ok(());
        }
        let (tell, owned) = (self.tell.clone(), Box::<str>::from(name));
        let look_up = move || {
            let addresses = addresses(&owned);
            // Nobody may be left to hear it.
            let _ = tell.send(Answer { name: owned, addresses });
        };
        let started = std::thread::Builder::new().name("resolver".into()).spawn(look_up);
        if started.is_err() {
            self.asked.remove(name);
        }
        started.map(drop).attempt("look up", name)
    }

    /// Waits for an answer. Losing the future loses nothing.
    pub async fn next(&mut self) -> Answer {
        match self.answers.recv().await {
            Some(answer) => {
                self.asked.remove(&answer.name);
                answer
            }
            None => std::future::pending().await,
        }
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::new()
    }
}

fn addresses(name: &str) -> io::Result<Vec<IpAddr>> {
    let mut found: Vec<IpAddr> = Vec::new();
    for address in (name, 0).to_socket_addrs()? {
        if !found.contains(&address.ip()) {
            found.push(address.ip());
        }
    }
    if found.is_empty() { Err(io::Error::other("it has no address")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::block_on;

    #[test]
    fn names_are_looked_up_side_by_side() {
        block_on(async {
            let mut resolver = Resolver::new();
            resolver.ask("localhost").unwrap();
            resolver.ask("localhost").unwrap();
            resolver.ask("192.0.2.1").unwrap();
            let mut answers = [resolver.next().await, resolver.next().await];
            answers.sort_by(|one, other| one.name.cmp(&other.name));
            let [address, localhost] = answers;
            assert_eq!(address.addresses.unwrap(), [IpAddr::from([192, 0, 2, 1])]);
            assert!(localhost.addresses.unwrap().iter().all(IpAddr::is_loopback));
            assert!(resolver.asked.is_empty());
        });
    }
}
