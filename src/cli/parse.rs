//! From words to what they ask for.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::flags::{Argument, FLAGS, Flag, Id, Standing};
use super::{Child, Invocation, Task};
use crate::daemon::configuration::{Format, Judgement};
use crate::daemon::{Options, Role};
use crate::report::log::Facility;
use crate::sys::signal;

/// Why a command line cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No option of this name.
    Unknown(String),
    /// An option of keepalived that this version does not have.
    Missing(String),
    /// The beginning of several options.
    Ambiguous(String, Vec<&'static str>),
    /// The option needs an argument.
    NoArgument(String),
    /// The option takes none.
    Argument(String),
    /// The argument of the option is not one of those.
    Invalid {
        /// The option.
        option: String,
        /// Its argument.
        argument: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The option means something only with another one.
    OnlyWith(String, &'static str),
    /// Words that belong to no option.
    Words(Vec<String>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Unknown(option) => write!(out, "Unknown option {option} (see --help)"),
            Refusal::Missing(option) => {
                write!(out, "Option {option} is known, but not supported by this version; leave it out")
            }
            Refusal::Ambiguous(option, choices) => {
                write!(out, "Option {option} could be any of --{}", choices.join(", --"))
            }
            Refusal::NoArgument(option) => write!(out, "Missing parameter for option {option}"),
            Refusal::Argument(option) => write!(out, "Option {option} takes no parameter"),
            Refusal::Invalid { option, argument, expected } => {
                write!(out, "Invalid parameter '{argument}' of option {option}: expected {expected}")
            }
            Refusal::OnlyWith(option, other) => {
                write!(out, "Option {option} means something only with {other}")
            }
            Refusal::Words(words) => write!(out, "Unexpected argument(s): {}", words.join(" ")),
        }
    }
}

/// Reads the words of a command line, without the name of the program.
///
/// # Errors
/// The first thing that cannot be followed.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, Refusal> {
    let mut words: VecDeque<OsString> = words.into_iter().collect();
    // What we are is not what those shall be whom we start.
    let ours = |word: &&OsString| !INTERNAL.iter().any(|internal| word.as_bytes().starts_with(internal));
    let arguments = words.iter().filter(ours).cloned().collect();
    let mut parser = Parser::new(Options::new(arguments));
    let mut stray = Vec::new();
    while let Some(word) = words.pop_front() {
        match word.as_bytes() {
            b"--" => {
                stray.extend(words.drain(..));
                break;
            }
            [b'-', b'-', long @ ..] => parser.long(long, &mut words)?,
            [b'-', letters @ ..] if !letters.is_empty() => parser.short(letters, &mut words)?,
            _ => stray.push(word),
        }
        if let Task::Genhash(theirs) = &mut parser.task {
            theirs.extend(words.drain(..));
        }
    }
    let stray: Vec<String> = stray.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if stray.is_empty() { parser.finish() } else { Err(Refusal::Words(stray)) }
}

/// What has been asked for so far.
struct Parser {
    task: Task,
    options: Options,
    /// How a configuration is to be judged, if it is.
    judgement: Judgement,
    /// An option that says so.
    about_judgement: Option<String>,
    /// Where the configuration is, whatever else is said.
    descriptor: Option<PathBuf>,
}

impl Parser {
    fn new(options: Options) -> Parser {
        Parser {
            task: Task::Run,
            options,
            judgement: Judgement::default(),
            about_judgement: None,
            descriptor: None,
        }
    }

    fn finish(mut self) -> Result<Invocation, Refusal> {
        if let Some(descriptor) = self.descriptor {
            self.options.config = descriptor;
        }
        let task = match (self.task, self.about_judgement) {
            (Task::Test(_), _) => Task::Test(self.judgement),
            (Task::Run, Some(option)) => return Err(Refusal::OnlyWith(option, "--config-test")),
            (task, _) => task,
        };
        Ok(Invocation { task, options: self.options })
    }

    /// What an option says about how to judge.
    fn judged(&mut self, option: String) -> &mut Judgement {
        self.about_judgement.get_or_insert(option);
        &mut self.judgement
    }

    fn long(&mut self, word: &[u8], words: &mut VecDeque<OsString>) -> Result<(), Refusal> {
        let (name, attached) = match word.iter().position(|octet| *octet == b'=') {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word, None),
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let shown = format!("--{name}");
        let flag = find(&name)?;
        let argument = match (flag.argument, attached) {
            (Argument::None, Some(_)) => return Err(Refusal::Argument(shown)),
            (Argument::None | Argument::Optional(_), None) => None,
            (Argument::Required(_) | Argument::Optional(_), Some(attached)) => Some(os_string(attached)),
            (Argument::Required(_), None) => {
                Some(words.pop_front().ok_or_else(|| Refusal::NoArgument(shown.clone()))?)
            }
        };
        self.set(flag, shown, argument)
    }

    fn short(&mut self, letters: &[u8], words: &mut VecDeque<OsString>) -> Result<(), Refusal> {
        let mut letters = letters;
        while let Some((letter, rest)) = letters.split_first() {
            letters = rest;
            let shown = format!("-{}", char::from(*letter));
            let known = |flag: &&Flag| flag.short == Some(char::from(*letter));
            let flag = FLAGS.iter().find(known).ok_or_else(|| Refusal::Unknown(shown.clone()))?;
            let argument = match flag.argument {
                Argument::None => None,
                Argument::Optional(_) => take(&mut letters),
                Argument::Required(_) => {
                    let argument = take(&mut letters).or_else(|| words.pop_front());
                    Some(argument.ok_or_else(|| Refusal::NoArgument(shown.clone()))?)
                }
            };
            self.set(flag, shown, argument)?;
            if let Task::Genhash(theirs) = &mut self.task
                && let Some(rest) = take(&mut letters)
            {
                theirs.push([OsStr::new("-"), &rest].into_iter().collect());
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, shown: String, argument: Option<OsString>) -> Result<(), Refusal> {
        match flag.standing {
            Standing::Missing => return Err(Refusal::Missing(shown)),
            Standing::Moot => return Ok(()),
            Standing::Works | Standing::Internal => {}
        }
        let text = argument.as_deref().unwrap_or_default().to_string_lossy().into_owned();
        let options = &mut self.options;
        let file = || argument.clone().unwrap_or_default().into();
        match flag.id {
            Id::Config => options.config = file(),
            Id::Console => options.console = true,
            Id::Detail => options.detail = options.detail.saturating_add(1),
            Id::Facility => options.facility = valid(facility(&text), shown, text, FACILITIES)?,
            Id::LogFile => options.log_file = Some(argument.map(Into::into)),
            Id::NoSyslog => options.syslog = false,
            Id::Umask => options.umask = Some(valid(umask(&text), shown, text, UMASKS)?),
            Id::KeepAddresses => options.keep_addresses = true,
            Id::NoRespawn => options.respawn = false,
            Id::Foreground => options.foreground = true,
            Id::Dump => options.dump = true,
            Id::Pid(role) => options.pid_files.name(role, file()),
            Id::Only(role) => options.choice.only.push(role),
            Id::NoBfd => options.choice.no_bfd = true,
            Id::EveryProcess => options.choice.all = true,
            Id::Namespace => options.namespace = Some(valid(namespace(&text), shown, text, NAMESPACES)?),
            Id::CorePattern => options.name_cores(argument),
            Id::Addresses => options.log_addresses = true,
            Id::AllConfig => options.all_config = true,
            Id::Descriptor => self.descriptor = Some(valid(descriptor(&text), shown, text, DESCRIPTORS)?),
            Id::Host => options.config_id = Some(text),
            Id::Core => options.core = true,
            Id::IgnoreInterrupt => options.ignore_interrupt = true,
            Id::SignalNumber => {
                self.task = Task::SignalNumber(valid(signal_number(&text), shown, text, SIGNALS)?);
            }
            // `-t=FILE` would otherwise write to a file called `=FILE`.
            Id::Test if text.starts_with('=') => {
                let expected = "-tFILE or --config-test=FILE";
                return Err(Refusal::Invalid { option: shown, argument: text, expected });
            }
            Id::Test => {
                self.judgement.log = argument.map(Into::into);
                self.task = Task::Test(Judgement::default());
            }
            Id::Format => {
                let format = valid(format(&text), shown.clone(), text, "text or json")?;
                self.judged(shown).format = format;
            }
            Id::Strict => self.judged(shown).strict = true,
            Id::Lint => self.judged(shown).advice = true,
            Id::ReleaseLeftovers => self.task = Task::ReleaseLeftovers,
            Id::Explain => self.task = Task::Explain(text),
            Id::Genhash => self.task = Task::Genhash(Vec::new()),
            Id::Version => self.task = Task::Version,
            Id::Help => self.task = Task::Help,
            Id::Child => self.task = Task::Child(valid(child(&text), shown, text, CHILDREN)?),
            Id::Called => options.called = text,
            Id::None => {}
        }
        Ok(())
    }
}

/// How processes of ours start each other.
const INTERNAL: [&[u8]; 2] = [b"--child=", b"--called="];
const CHILDREN: &str = "daemon, successor, vrrp, checkers or bfd";
const NAMESPACES: &str = "the name of a network namespace";
const DESCRIPTORS: &str = "the number of an open file";
const FACILITIES: &str = "0 to 7, local0 to local7, user or daemon";
const UMASKS: &str = "a number up to 0777";
const SIGNALS: &str = "STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON, TDUMP or TDATA";

/// The option of this name, or of a name that begins so if there is one only. Dash and underscore are the same.
fn find(name: &str) -> Result<&'static Flag, Refusal> {
    let alike = |name: &str| name.replace('_', "-");
    let wanted = alike(name);
    if let Some(flag) = FLAGS.iter().find(|flag| alike(flag.long) == wanted) {
        return Ok(flag);
    }
    let begins = |flag: &&Flag| {
        flag.standing != Standing::Internal && !wanted.is_empty() && alike(flag.long).starts_with(&wanted)
    };
    let candidates: Vec<&'static Flag> = FLAGS.iter().filter(begins).collect();
    match *candidates {
        [] => Err(Refusal::Unknown(format!("--{name}"))),
        [flag] => Ok(flag),
        [..] => {
            let choices = candidates.iter().map(|flag| flag.long).collect();
            Err(Refusal::Ambiguous(format!("--{name}"), choices))
        }
    }
}

fn take(letters: &mut &[u8]) -> Option<OsString> {
    let rest = std::mem::take(letters);
    (!rest.is_empty()).then(|| os_string(rest))
}

fn os_string(octets: &[u8]) -> OsString {
    OsStr::from_bytes(octets).to_owned()
}

fn valid<T>(
    value: Option<T>,
    option: String,
    argument: String,
    expected: &'static str,
) -> Result<T, Refusal> {
    value.ok_or(Refusal::Invalid { option, argument, expected })
}

fn facility(text: &str) -> Option<Facility> {
    match text {
        "daemon" => Some(Facility::DAEMON),
        "user" => Some(Facility::USER),
        other => {
            let number = other.strip_prefix("local").unwrap_or(other);
            number.parse().ok().filter(|_| number.len() == 1).and_then(Facility::local)
        }
    }
}

/// As the C library reads numbers: `0x1f` and `017` are what they look like.
fn umask(text: &str) -> Option<u32> {
    let mask = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None if text.starts_with('0') => u32::from_str_radix(text, 8),
        None => text.parse(),
    };
    mask.ok().filter(|mask| *mask <= 0o777 && !text.contains('+'))
}

fn signal_number(name: &str) -> Option<u32> {
    signal::NAMES.iter().find(|(known, _)| *known == name).map(|(_, asked)| asked.number())
}

/// The path by which an open file is opened again.
fn descriptor(number: &str) -> Option<PathBuf> {
    let number: u32 = number.parse().ok()?;
    Some(format!("/proc/self/fd/{number}").into())
}

/// A name that names a file in one directory.
fn namespace(name: &str) -> Option<Box<str>> {
    (!name.is_empty() && !name.contains('/') && name != "." && name != "..").then(|| name.into())
}

fn format(name: &str) -> Option<Format> {
    match name {
        "text" => Some(Format::Text),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn child(name: &str) -> Option<Child> {
    match name {
        "daemon" => Some(Child::Daemon),
        "successor" => Some(Child::Successor),
        name => Role::named(name).map(Child::Role),
    }
}

#[cfg(test)]
mod tests;
