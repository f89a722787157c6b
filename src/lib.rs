//! keepalived-rs: virtual addresses that move between Linux hosts (VRRP), from an ordinary `keepalived.conf`.
//!
//! This page is the architecture. Each module says at its top what it owns, what it must not do, and where in the RFCs
//! it belongs.
//!
//! # One idea
//!
//! **Decisions live in a core without effects; effects live in a shell without decisions.** The core
//! ([`vrrp::Router`]) is told what happened and when, and says what is to be done. It has no clock, no socket, no log
//! and no randomness, so the same events always give the same actions: thousands of routers run in one test, in virtual
//! time, and a failure is replayed from a seed. The shell ([`daemon`]) turns the world into events and actions into
//! system calls.
//!
//! ```text
//!                  packets, time, links, ends of scripts, answers of the kernel
//!                                        │ Event
//!   keepalived.conf ─► conf ─► Model ─► vrrp::Router ─► Action: adverts, frames, addresses, scripts, notes, hooks
//!                                        ▲                        │
//!                                        └──── Done(Ticket, …) ◄──┘  nothing asked for has happened until then
//! ```
//!
//! # Layers
//!
//! Imports only go down this table; `tests/architecture.rs` reads the source and says so if one does not.
//!
//! | module | what it is | may import |
//! |---|---|---|
//! | [`daemon`] | the processes: a parent that supervises, a child that routes | everything below |
//! | [`cli`] | the command line, from one table of flags | `daemon`'s options, `conf`, `report` |
//! | [`report`] | what people and programs are told: log lines, hooks | the types of the core, `conf::model` |
//! | [`sys`] | the only system calls, thin and without policy; all `unsafe` code | the types of the core, `probe`, `conf::model` |
//! | [`vrrp`] | the core: elections, states, announcements | `track`, `wire`, `conf::model`, `base` |
//! | [`track`] | things that are watched, as pure machines | `probe`, `wire`, `conf::model`, `base` |
//! | [`probe`] | what a check without a program says and expects | `wire`, `conf::model`, `base` |
//! | [`conf`] | from text to a validated [`conf::model`], with every problem of a file in one pass | `base` |
//! | [`wire`] | bytes and their meaning, one file per format | `base` |
//! | [`base`] | words that all share: time, identities, addresses, deadlines | `std` |
//!
//! Below `daemon` and `sys` nothing may read a clock, open a file or socket, start a process or thread, or await.
//!
//! # How things flow
//!
//! **An advertisement.** `sys::raw` reads the one socket of its family in batches, those that come in a stream at most half
//! a millisecond after the first (`daemon::gather`), unless something is due; the shell stamps the present and
//! calls [`vrrp::Router::handle`]; the router finds the instance by interface, family and VRID; `vrrp::receive` believes
//! the packet or says why not; the state file of the instance decides. Silence ends at a deadline that the core names
//! ([`vrrp::Router::next_deadline`]) and one timerfd keeps. Before a master is declared dead everything that arrived
//! has been heard (`heard_until`), so a stall of our own process kills nobody.
//!
//! **A change of role.** An instance says what it *wants*, `vrrp::settle` decides what it *may*,
//! and the instance obeys. A new master advertises first, then asks for its addresses; each is announced when the kernel
//! has said that it is there, and again when it has said so of all; hooks run last.
//!
//! **A line of the configuration.** `conf` expands the text (includes, definitions, conditions), reads it by the keyword
//! tables, completes it, checks it across blocks, and gives a model or every reason why not. The parent hands the
//! expanded text to the child in a sealed memfd, and the child reads it with the same code.
//!
//! **An error.** Bytes from outside are refused with a typed reason, counted and complained about once. A kernel
//! operation that fails comes back as an event, and what to do about it is decided in the core. What ends a process says
//! what was attempted on what, and what can be done.
//!
//! # Conventions
//!
//! * `now` is an argument, durations are [`base::time::Span`], identities are types.
//! * States carry the data that only they need; every `match` names every variant.
//! * What exists once is in one table: keywords, flags, sentences of the log, error codes.
//! * A deviation from the C program is on purpose, has a reason and a test, and is in `tests/DEVIATIONS.md`.
#![deny(unsafe_code)]

pub mod base;
pub mod cli;
pub mod conf;
pub mod daemon;
pub mod probe;
pub mod report;
pub mod sys;
pub mod track;
pub mod vrrp;
pub mod wire;
