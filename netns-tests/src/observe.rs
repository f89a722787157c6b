//! The observer: one thread that writes down what the kernels of all nodes tell, and lets tests wait for it.
//!
//! It reads addresses and links from a netlink socket in the namespace of each node, and frames from the
//! bridge's side of each node's cable. It never reads what a daemon says about itself.

mod capture;
mod rtnetlink;

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::EventFd;
use nix::unistd::{Pid, gettid};

use crate::clock::Stamp;
use crate::command;
use crate::netns::Netns;
use crate::timeline::{Entry, NodeIndex, Seen, Timeline};

pub(crate) use capture::{Capture, Ports};
pub(crate) use rtnetlink::Monitor;

/// A handle on the timeline that the observer's thread fills.
#[derive(Debug)]
pub struct Observer {
    shared: Arc<Shared>,
    stop: Arc<EventFd>,
    id: Pid,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    timeline: Mutex<Timeline>,
    grown: Condvar,
}

/// A source of entries: a socket and how to read it.
pub(crate) trait Source: Send {
    /// The descriptor to wait on.
    fn fd(&self) -> &OwnedFd;
    /// Reads all there is.
    ///
    /// # Errors
    /// What was lost or could not be read.
    fn read(&mut self, into: &mut Vec<Entry>) -> Result<(), String>;
}

impl Observer {
    /// Begins to watch the addresses and links of `nodes` and the frames that arrive at the ports of the
    /// namespace `bridge`.
    ///
    /// # Panics
    /// If a socket or the thread cannot be made.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without descriptors and threads no test can go on")]
    pub fn start(names: &[&str], nodes: &[&Netns], bridge: &Netns, ports: Ports) -> Self {
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Capture::open(bridge, ports))];
        for (index, netns) in nodes.iter().enumerate() {
            sources.push(Box::new(Monitor::open(netns, index)));
        }
        let shared = Arc::new(Shared { timeline: Mutex::new(Timeline::new(names)), grown: Condvar::new() });
        let stop = Arc::new(EventFd::new().expect("eventfd of the observer"));
        let (announce, announced) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("observer".into()).spawn({
            let (shared, stop) = (Arc::clone(&shared), Arc::clone(&stop));
            move || {
                announce.send(gettid()).ok();
                watch(&shared, &stop, &mut sources);
            }
        });
        let thread = thread.expect("thread of the observer");
        let id = announced.recv().expect("the observer says its id first");
        Self { shared, stop, id, thread: Some(thread) }
    }

    /// Lets the thread run before anything else on the host, for stamps that are read at once.
    pub fn hurry(&self) {
        let _ = command::run(&["chrt", "--rr", "--pid", "50", &self.id.to_string()]);
    }

    /// The timeline as it is now.
    pub fn timeline(&self) -> MutexGuard<'_, Timeline> {
        self.shared.timeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a remark about the moment `at` into the timeline.
    pub fn mark(&self, at: Stamp, node: NodeIndex, text: String) {
        self.timeline().push(Entry { at, node, seen: Seen::Mark(text) });
    }

    /// Asks `question` whenever the timeline grows, until it has an answer or `limit` has passed.
    ///
    /// # Errors
    /// Nothing but `None` if there was no answer in time; the trouble if the observer has lost something.
    pub fn wait<T>(
        &self,
        limit: Duration,
        mut question: impl FnMut(&Timeline) -> Option<T>,
    ) -> Result<T, Option<String>> {
        let deadline = Stamp::now().plus(limit);
        let mut timeline = self.timeline();
        loop {
            if let Some(trouble) = timeline.trouble() {
                return Err(Some(trouble.to_owned()));
            }
            if let Some(answer) = question(&timeline) {
                return Ok(answer);
            }
            let left = deadline.since(Stamp::now());
            if left.is_zero() {
                return Err(None);
            }
            let waited = self.shared.grown.wait_timeout(timeline, left);
            timeline = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the thread. What it has seen stays.
    pub fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        // Neither can fail in a way that matters here: the thread ends, or has ended.
        self.stop.write(1).ok();
        thread.join().ok();
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn watch(shared: &Shared, stop: &EventFd, sources: &mut [Box<dyn Source>]) {
    let mut entries = Vec::new();
    loop {
        let mut fds = vec![PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
        fds.extend(sources.iter().map(|source| PollFd::new(source.fd().as_fd(), PollFlags::POLLIN)));
        if poll(&mut fds, PollTimeout::NONE).is_err() {
            continue;
        }
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(true)).collect();
        if ready.first() == Some(&true) {
            return;
        }
        let mut trouble = None;
        for (source, _) in sources.iter_mut().zip(ready.iter().skip(1)).filter(|(_, ready)| **ready) {
            if let Err(error) = source.read(&mut entries) {
                trouble = Some(error);
            }
        }
        let mut timeline = shared.timeline.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.drain(..) {
            timeline.push(entry);
        }
        if let Some(trouble) = trouble {
            timeline.set_trouble(trouble);
        }
        drop(timeline);
        shared.grown.notify_all();
    }
}
