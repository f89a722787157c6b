//! Commands of the host, each with a time limit, each echoed when it fails.

use std::fmt;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// Seconds after which a command is ended by coreutils' `timeout`.
const LIMIT: &str = "20";

/// A command that could not be started, failed or took too long, with what it printed.
#[derive(Debug)]
pub struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs `argv` and returns its standard output.
///
/// # Errors
/// The command line, its exit status and both of its outputs, if it does not end with 0 within the limit.
pub fn try_run(argv: &[&str], input: &str) -> Result<String, Failed> {
    let output = spawn(argv, input).map_err(|error| Failed(format!("$ {}\n{error}", argv.join(" "))))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let fed = if input.is_empty() { String::new() } else { format!("\n<input>\n{input}</input>") };
    Err(Failed(format!("$ {}{fed}\n{stdout}{stderr}{} (limit {LIMIT} s)", argv.join(" "), output.status)))
}

/// As [`try_run`], but a failure ends the test.
///
/// # Panics
/// With the command and its output, if it fails.
#[must_use]
pub fn run(argv: &[&str]) -> String {
    feed(argv, "")
}

/// As [`run`], with `input` on the command's standard input.
///
/// # Panics
/// With the command, its input and its output, if it fails.
#[must_use]
pub fn feed(argv: &[&str], input: &str) -> String {
    match try_run(argv, input) {
        Ok(stdout) => stdout,
        Err(failed) => panic!("{failed}"),
    }
}

fn spawn(argv: &[&str], input: &str) -> std::io::Result<Output> {
    let mut child = Command::new("timeout")
        .args(["--kill-after=2", LIMIT])
        .args(argv)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(input.as_bytes()) {
            // A command that ends without reading its input says why on its own.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    child.wait_with_output()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_its_input_and_its_words() {
        let failed =
            try_run(&["sh", "-c", "cat; echo out; echo err >&2; exit 3"], "fed\n").unwrap_err().to_string();
        for part in ["$ sh -c", "<input>\nfed\n", "out\n", "err\n", "exit status: 3"] {
            assert!(failed.contains(part), "{part:?} is missing in {failed}");
        }
    }

    #[test]
    fn a_missing_program_is_a_failure() {
        assert!(try_run(&["/nonexistent/program"], "").is_err());
    }
}
