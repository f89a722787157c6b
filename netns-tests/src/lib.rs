//! The laboratory in which keepalived-rs meets the C program: namespaces as hosts, a bridge as the LAN.
//!
//! A scenario starts daemons on nodes, pulls cables and kills processes, and says what it expects to see
//! within a deadline:
//!
//! ```no_run
//! use netns_tests::prelude::*;
//!
//! let lab = Lab::new("a master dies", &[("a", Program::Ours), ("b", Program::Theirs)]);
//! lab.node("a").start(&Conf::v2(150).text());
//! lab.node("b").start(&Conf::v2(100).text());
//! lab.expect_owner("a", VIP4).within(secs(6));
//! lab.node("a").crash();
//! lab.expect_gain("b", VIP4, Stamp::now()).within(secs(6));
//! ```
//!
//! What a test believes comes from the kernels of the nodes (rtnetlink), from the wire (AF_PACKET, with
//! tcpdump as a second reader) and from files that real scripts wrote; never from what a daemon prints.
//! Everything has a deadline and nothing sleeps to be in step. A [`lab::Lab`] removes its namespaces,
//! processes and files when it is dropped, also while a test panics.
//!
//! Needs root, iproute2, util-linux and tcpdump. `KA_SUBJECT` and `KA_PEER` choose the programs, see
//! [`subject`]. Scenarios spend their time waiting, so let more of them run at once than there are
//! processors: `RUST_TEST_THREADS=12`.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "an expectation that fails ends its test")]

pub mod bench;
pub mod clock;
pub mod command;
pub mod conf;
pub mod expect;
pub mod forge;
pub mod form;
pub mod lab;
pub mod link;
pub mod netns;
pub mod nginx;
pub mod node;
pub mod observe;
pub mod packet;
pub mod stage;
pub mod state;
pub mod subject;
pub mod theory;
pub mod timeline;
pub mod transcript;
pub mod wait;
pub mod witness;

/// What scenarios use.
pub mod prelude {
    pub use crate::clock::Stamp;
    pub use crate::conf::{Conf, FAST, VIP4, VIP6, VIP6_LINK};
    pub use crate::expect::{expect_elapsed, expect_interval};
    pub use crate::forge::{Checksum, Forged};
    pub use crate::lab::Lab;
    pub use crate::node::Node;
    pub use crate::packet::{Advert, Auth, Mac, Packet};
    pub use crate::subject::Program;
    pub use crate::theory::{master_down_v2, master_down_v3, skew_v2, skew_v3};
    pub use crate::wait::{millis, pause, poll_until, secs};
}
