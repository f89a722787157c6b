//! The configuration as the processes see it: the parent reads and judges the files, children read what it has judged.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::options::Choice;
use super::{Exit, Options, Role};
use crate::conf::diag::{Style, masked};
use crate::conf::model::settings::Files;
use crate::conf::model::{Model, Settings};
use crate::conf::source::Machine;
use crate::conf::{self, Loaded};
use crate::sys::Error;
use crate::sys::{clock, namespace};

/// A configuration that has been read and judged.
#[derive(Debug)]
pub(super) struct Configuration {
    loaded: Loaded,
}

impl Configuration {
    /// Reads the configuration that the options name.
    pub(super) fn read(options: &Options) -> Configuration {
        let machine = machine(options);
        Configuration { loaded: conf::load(&machine, &options.config, &machine) }
    }

    /// What is wrong, one thing a line.
    pub(super) fn complaints(&self) -> impl Iterator<Item = String> {
        self.loaded.plain_lines()
    }

    /// What is wrong, with the text around it, as standard error can show it.
    pub(super) fn render(&self) -> String {
        self.loaded.render(if stderr().is_terminal() { Style::Terminal } else { Style::Plain })
    }

    /// Logs what is wrong, and the whole if that is wanted.
    pub(super) fn log(&self, options: &Options) {
        for line in self.complaints() {
            tracing::warn!("{line}");
        }
        if options.dump {
            self.loaded.expanded.text().lines().for_each(|line| tracing::info!("{}", masked(line)));
        }
    }

    /// The exit status of a daemon that cannot run this.
    pub(super) fn refusal(&self) -> Option<Exit> {
        match &self.loaded.model {
            Some(_) => None,
            // Nothing could be read at all.
            None if self.loaded.sources.iter().len() == 0 => Some(Exit::NoConfiguration),
            None => Some(Exit::Configuration),
        }
    }

    /// Whether there is anything to complain about.
    pub(super) fn has_complaints(&self) -> bool {
        self.loaded.exit_class().status() != 0
    }

    /// What it says of files, if it can be run.
    pub(super) fn files(&self) -> Option<&Files> {
        self.model().map(|model| &model.global.settings.files)
    }

    /// The whole text, with everything that was included.
    pub(super) fn text(&self) -> &str {
        self.loaded.expanded.text()
    }

    /// Writes what is wrong into a file, as `--config-test=FILE` does.
    pub(super) fn write_complaints(&self, path: &Path) {
        if let Err(error) = std::fs::write(path, self.loaded.render(Style::Plain)) {
            tracing::error!("{}", Error::new("write", path.display(), error));
        }
    }

    /// What it means, if it can be run.
    pub(super) const fn model(&self) -> Option<&Model> {
        self.loaded.model.as_ref()
    }

    /// What a child is given to read, if there is anything for it to do.
    pub(super) fn for_child(&self, role: Role, choice: &Choice) -> Option<Zeroizing<String>> {
        let model = self.loaded.model.as_ref()?;
        let has_work = match role {
            Role::Vrrp => !model.instances.is_empty(),
            Role::Checkers => !model.checks.services.is_empty(),
            Role::Bfd => !model.bfd.is_empty(),
        };
        let wanted = choice.permits(role) && (has_work || choice.all);
        wanted.then(|| Zeroizing::new(self.loaded.expanded.to_text()))
    }

    /// What concerns the daemon as a whole; of a configuration that cannot be run what goes without saying.
    pub(super) fn settings(&self) -> Settings {
        self.model().map(|model| model.global.settings.clone()).unwrap_or_default()
    }
}

/// In which form complaints are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
}

/// How a configuration is to be judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The file that gets the complaints; none: they are printed.
    pub log: Option<PathBuf>,
    /// Their form.
    pub format: Format,
    /// Whether a warning is fatal.
    pub strict: bool,
    /// Whether advice is wanted, too.
    pub advice: bool,
}

/// Judges the configuration and does nothing else (`--config-test`). Complaints for people go to standard error, those for
/// programs to standard output, unless there is a file for them.
#[must_use]
pub fn test(options: &Options, judgement: &Judgement) -> Exit {
    if let Some(Err(error)) = options.namespace.as_deref().map(namespace::enter) {
        let _ = writeln!(stderr(), "{error}");
        return Exit::Fatal;
    }
    let machine = machine(options);
    let load = if judgement.advice { conf::load_with_advice } else { conf::load };
    // Never dropped: the process ends, and the kernel takes everything back at once.
    let loaded = ManuallyDrop::new(load(&machine, &options.config, &machine));
    let class = if judgement.strict { loaded.diagnostics.strict_exit_class() } else { loaded.exit_class() };
    let text = match judgement.format {
        Format::Json => loaded.json(class),
        Format::Text if judgement.log.is_none() && stderr().is_terminal() => loaded.render(Style::Terminal),
        Format::Text => loaded.render(Style::Plain),
    };
    let written = match (&judgement.log, judgement.format) {
        (Some(path), _) => File::create(path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Error::new("write", path.display(), error)),
        (None, Format::Text) => stderr()
            .write_all(text.as_bytes())
            .map_err(|error| Error::new("write to", "standard error", error)),
        (None, Format::Json) => stdout()
            .write_all(text.as_bytes())
            .map_err(|error| Error::new("write to", "standard output", error)),
    };
    if let Err(error) = written {
        let _ = writeln!(stderr(), "{error}");
        return Exit::Fatal;
    }
    Exit::of(class.status())
}

/// The meaning of the text that the parent has judged, for a child.
pub(super) fn understand(options: &Options, text: &[u8]) -> Option<Model> {
    let text = String::from_utf8_lossy(text);
    // The parent has asked for every name; a child that waits for a name server is no master any more.
    match conf::load_expanded(&text, &machine(options).without_lookups()) {
        Ok(loaded) if loaded.model.is_some() => loaded.model,
        Ok(loaded) => {
            loaded.plain_lines().for_each(|line| tracing::error!("{line}"));
            None
        }
        Err(error) => {
            tracing::error!("cannot understand the configuration that the parent process gave: {error}");
            None
        }
    }
}

fn machine(options: &Options) -> Machine {
    let machine = Machine::new(options.config_id.as_deref(), clock::now().as_micros());
    if options.all_config { machine.requiring_all_includes() } else { machine }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::Scratch;

    /// What the log of a daemon that starts says of keywords that nothing acts on yet: one line.
    #[test]
    fn what_is_not_acted_on_is_said_once_at_the_start() -> std::io::Result<()> {
        let Scratch(file) = &Scratch::new("configuration");
        std::fs::write(file, "global_defs {\n    lvs_flush\n    enable_dbus\n    lvs_flush\n}\n")?;
        let mut options = Options::new(Vec::new());
        options.config = file.clone();
        let configuration = Configuration::read(&options);
        let lines: Vec<String> = configuration.complaints().collect();
        assert_eq!(lines, ["accepted, not yet acted on: enable_dbus, lvs_flush"]);
        Ok(())
    }
}
