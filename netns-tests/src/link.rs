//! The cable of a node: pulled, plugged in, or cut in the middle where the node does not notice.

use crate::command;
use crate::netns::Netns;

/// The cable between a node's interface and the bridge, handled at the bridge's end.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    pub(crate) bridge: &'a Netns,
    pub(crate) port: &'a str,
}

impl Link<'_> {
    /// Pulls the cable: the node's interface loses its carrier.
    pub fn pull(&self) {
        self.set(&["link", "set", "dev", self.port, "down"]);
    }

    /// Plugs the cable in again.
    pub fn plug(&self) {
        self.set(&["link", "set", "dev", self.port, "up"]);
    }

    /// Lets nothing pass any more in either direction while the node keeps its carrier, like a fault of the
    /// switch behind it.
    pub fn cut(&self) {
        self.set_state("disabled");
    }

    /// Mends what [`Link::cut`] did.
    pub fn mend(&self) {
        self.set_state("forwarding");
    }

    fn set(&self, arguments: &[&str]) {
        let mut argv = vec!["ip", "-n", self.bridge.name()];
        argv.extend(arguments);
        let _ = command::run(&argv);
    }

    fn set_state(&self, state: &str) {
        let argv = ["bridge", "-n", self.bridge.name(), "link", "set", "dev", self.port, "state", state];
        let _ = command::run(&argv);
    }
}
