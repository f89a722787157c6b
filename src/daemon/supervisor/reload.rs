//! Reads the configuration again, judges it, and gives it to the child; one that cannot be run changes nothing.

use std::os::fd::{AsFd as _, OwnedFd};

use super::super::configuration::Configuration;
use super::super::dumps::ParentData;
use super::super::mailer::{self, Mailer};
use super::super::names::Names;
use super::super::protocol::FromParent;
use super::super::{Role, place};
use super::appointment::Appointment;
use super::archive;
use super::errand::Errand;
use super::family::{Family, MAIL_STOPS_WITHIN};
use super::marker::Marker;
use crate::conf::model::settings::Files;
use crate::sys::{Error, clock, memory, process};

/// How far a reload is.
#[derive(Debug, Default)]
pub(super) struct Reloading {
    /// The child has been given a configuration and has not said what became of that.
    under_way: bool,
    /// Somebody asked for another one meanwhile.
    again: bool,
    /// What the child has been given, until it counts.
    pending: Option<(Configuration, Option<OwnedFd>)>,
    /// What the configuration that counts says of files.
    files: Files,
    /// How many configurations have been read since the start.
    count: u64,
    /// Why the last reload was refused.
    pub(super) refused: Option<String>,
}

impl Reloading {
    pub(super) fn new(configuration: &Configuration) -> Reloading {
        let files = configuration.files().cloned().unwrap_or_default();
        archive::save(&files, 0, configuration.text());
        Reloading { files, ..Reloading::default() }
    }

    /// Whether the child has yet to say what became of a configuration.
    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }
}

impl Family<'_> {
    /// Goes over to the configuration as it is now.
    pub(super) fn reload(&mut self) {
        if self.is_stopping() {
            return;
        }
        // A child that has just been started first has to say that it runs.
        let starting = self.child.as_ref().is_some_and(|child| child.listens && !child.ready);
        if self.reload.under_way || starting {
            self.reload.again = true;
            return;
        }
        tracing::info!("Reloading {}", self.options.config.display());
        let now = clock::now().as_micros();
        self.tell_manager(&format!("RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS=Reloading"));
        let marker = Marker::set(&self.reload.files, &self.launch.own_pid_file);
        let configuration = Configuration::read(self.options);
        drop(marker);
        configuration.log(self.options);
        self.reload.count += 1;
        archive::save(&self.reload.files, self.reload.count, configuration.text());
        if let Some(log) = self.reload.files.reload_check.as_ref().and_then(Option::as_ref) {
            configuration.write_complaints(log);
        }
        if configuration.refusal().is_some() {
            return self.refuse_reload("it cannot be run");
        }
        if self.reload.files.reload_check.is_some() && configuration.has_complaints() {
            return self.refuse_reload("there are complaints, and reload_check_config is set");
        }
        if let Err(error) = self.hand_over(configuration) {
            self.refuse_reload(&error.to_string());
        }
        memory::give_back();
    }

    /// Everything stays as it was.
    pub(super) fn refuse_reload(&mut self, why: &str) {
        tracing::error!(
            "The configuration {} was not reloaded: {why}. The old one stays in use; `keepalived --config-test` explains",
            self.options.config.display()
        );
        self.reload.under_way = false;
        self.reload.pending = None;
        self.reload.refused = Some(why.to_owned());
        self.ready(&self.status());
        self.reload_again();
    }

    /// The new configuration counts.
    pub(super) fn reloaded(&mut self) {
        if let Some((configuration, text)) = self.reload.pending.take() {
            self.accept(&configuration, text);
        }
        tracing::info!("Reload finished");
        self.reload.under_way = false;
        self.reload.refused = None;
        self.ready(&self.status());
        self.reload_again();
    }

    /// A child that was started runs, perhaps because of a reload.
    pub(super) fn child_is_ready(&mut self) {
        if self.reload.under_way {
            self.reloaded();
        } else {
            self.ready(&self.status());
            self.reload_again();
        }
    }

    /// The child is gone; its successor begins with the newest configuration.
    pub(super) fn forget_reload(&mut self) {
        if let Some((configuration, text)) = self.reload.pending.take() {
            self.accept(&configuration, text);
        }
        self.reload.under_way = false;
    }

    fn reload_again(&mut self) {
        if std::mem::take(&mut self.reload.again) {
            self.reload();
        }
    }

    /// Gives a configuration to the child, which is started or stopped if that is what it takes.
    fn hand_over(&mut self, configuration: Configuration) -> Result<(), Error> {
        let text = self.launch.text(Role::Vrrp, &configuration)?;
        self.companions.follow(&self.launch, &configuration, clock::now())?;
        let waiting = self.is_waiting();
        match (&mut self.child, &text) {
            (Some(child), Some(new)) if child.listens => {
                child.line.send_with(&FromParent::Reload.encode(), new.as_fd())?;
                self.reload.under_way = true;
                self.reload.pending = Some((configuration, text));
            }
            (Some(child), None) if child.listens => {
                child.line.send(&FromParent::Stop.encode())?;
                child.dismissed = true;
                self.reload.under_way = true;
                self.accept(&configuration, None);
            }
            // Whoever has died, or waits to be started again, finds the new configuration then.
            (Some(_), _) => {
                self.accept(&configuration, text);
                self.ready(&self.status());
            }
            (None, Some(_)) if waiting => {
                self.accept(&configuration, text);
                self.ready("Running; the VRRP process is about to be started again");
            }
            (None, Some(_)) => {
                self.accept(&configuration, text);
                self.reload.under_way = true;
                self.start_child()?;
            }
            (None, None) => {
                self.accept(&configuration, None);
                self.reloaded();
            }
        }
        Ok(())
    }

    /// From here on this configuration is the one that counts: mail, names and files are as it has them.
    fn accept(&mut self, configuration: &Configuration, text: Option<OwnedFd>) {
        self.text = text;
        let settings = configuration.settings();
        process::set_umask(place::umask(self.options, &settings));
        if let Err(error) = process::take_name(place::process_name(None, &settings)) {
            tracing::warn!("{error}");
        }
        self.reload.files = configuration.files().cloned().unwrap_or_default();
        self.appointment = Appointment::of(Some(&self.reload.files));
        self.after = Errand::at_end(&settings.life);
        self.names = Names::of(configuration.model());
        self.data = ParentData::of(self.options, configuration.model());
        let new = configuration.model().and_then(mailer::Address::of);
        if let Some(before) = std::mem::replace(&mut self.mailer, new.map(Mailer::start)) {
            tokio::spawn(before.finish(MAIL_STOPS_WITHIN));
        }
    }
}
