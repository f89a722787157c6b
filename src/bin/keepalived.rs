//! The program: reads the command line and becomes what it asks for.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use keepalived::cli::{self, Child, Invocation, Task};
use keepalived::daemon::{
    Exit, Role, bystander, configuration, genhash, leftovers, logging, supervisor, vrrp,
};
use keepalived::sys::signal;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_default();
    // Before anything else: no signal that we know may end a process that has addresses to give back.
    if let Err(error) = signal::block() {
        tell(&error.to_string());
        return Exit::Fatal.into();
    }
    if Path::new(&program).file_name() == Some(OsStr::new("genhash")) {
        return genhash("genhash", words).into();
    }
    let Invocation { task, options } = match cli::parse(words) {
        Ok(invocation) => invocation,
        Err(refusal) => {
            tell(&refusal.to_string());
            return Exit::Fatal.into();
        }
    };
    let exit = match task {
        Task::Run => supervisor::run(&options),
        Task::Child(Child::Daemon) => supervisor::run_in_background(&options),
        Task::Child(Child::Successor) => supervisor::run_as_successor(&options),
        Task::Child(Child::Role(Role::Vrrp)) => vrrp::run(&options),
        Task::Child(Child::Role(role @ (Role::Checkers | Role::Bfd))) => bystander::run(&options, role),
        Task::Test(judgement) => configuration::test(&options, &judgement),
        Task::ReleaseLeftovers => leftovers::release(&options),
        Task::Explain(code) => match cli::explain(&code) {
            Ok(text) => print(&text),
            Err(complaint) => {
                tell(&complaint);
                Exit::Fatal
            }
        },
        Task::Version => {
            tell(cli::version().trim_end());
            Exit::Fine
        }
        Task::Help => {
            tell(cli::help(&program.to_string_lossy()).trim_end());
            Exit::Fine
        }
        Task::Genhash(words) => genhash("keepalived --genhash", words),
        Task::SignalNumber(number) => print(&format!("{number}\n")),
    };
    logging::finish();
    exit.into()
}

/// Is genhash(1).
fn genhash(program: &str, words: impl IntoIterator<Item = OsString>) -> Exit {
    match cli::genhash::parse(words) {
        Ok(wish) => genhash::run(&wish),
        Err(complaint) => {
            tell(format!("{complaint}\n{}", cli::genhash::usage(program)).trim());
            Exit::Fatal
        }
    }
}

fn print(text: &str) -> Exit {
    // A pipe that nobody reads is no reason to fail.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Fine
}

fn tell(text: &str) {
    // Nobody is left to tell that standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
