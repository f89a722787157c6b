//! The configuration as the processes see it: the parent reads and judges the files, children read what it has judged.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::Path;

use super::{Exit, Options};
use crate::conf::diag::{Style, masked};
use crate::conf::model::Model;
use crate::conf::source::Machine;
use crate::conf::{self, Loaded};
use crate::sys::Error;
use crate::sys::clock;

/// A configuration that has been read and judged.
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

    /// What it means, if it can be run.
    pub(super) const fn model(&self) -> Option<&Model> {
        self.loaded.model.as_ref()
    }

    /// What the VRRP child is given to read, if there is anything for it to do.
    pub(super) fn for_child(&self) -> Option<String> {
        let model = self.loaded.model.as_ref()?;
        (!model.instances.is_empty()).then(|| self.loaded.expanded.to_text())
    }
}

/// Judges the configuration and does nothing else (`--config-test`): complaints go to `log`, or to standard error.
#[must_use]
pub fn test(options: &Options, log: Option<&Path>) -> Exit {
    let configuration = Configuration::read(options);
    let written = match log {
        Some(path) => File::create(path)
            .and_then(|mut file| file.write_all(configuration.loaded.render(Style::Plain).as_bytes()))
            .map_err(|error| Error::new("write", path.display(), error)),
        None => stderr()
            .write_all(configuration.render().as_bytes())
            .map_err(|error| Error::new("write to", "standard error", error)),
    };
    if let Err(error) = written {
        let _ = writeln!(stderr(), "{error}");
        return Exit::Fatal;
    }
    Exit::of(configuration.loaded.exit_class().status())
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
