//! Reads the configuration again, judges it, and gives it to the child; one that cannot be run changes nothing.

use std::os::fd::AsFd as _;

use super::super::Role;
use super::super::configuration::Configuration;
use super::super::mailer::{self, Mailer};
use super::super::names::Names;
use super::super::protocol::FromParent;
use super::family::{Family, MAIL_STOPS_WITHIN};
use crate::sys::Error;
use crate::sys::clock;

/// How far a reload is.
#[derive(Debug, Default)]
pub(super) struct Reloading {
    /// The child has been given a configuration and has not said what became of that.
    under_way: bool,
    /// Somebody asked for another one meanwhile.
    again: bool,
    /// `reload_check_config`: a configuration with any complaint is refused.
    strictly: bool,
}

impl Reloading {
    pub(super) fn new(configuration: &Configuration) -> Reloading {
        Reloading { strictly: configuration.wants_strict_reloads(), ..Reloading::default() }
    }

    /// Whether the child has yet to say what became of a configuration.
    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// The child is gone; its successor begins with the newest configuration.
    pub(super) const fn forget(&mut self) {
        self.under_way = false;
    }
}

impl Family<'_> {
    /// Goes over to the configuration as it is now.
    pub(super) fn reload(&mut self) {
        if self.is_stopping() {
            return;
        }
        if self.reload.under_way {
            self.reload.again = true;
            return;
        }
        tracing::info!("Reloading {}", self.options.config.display());
        let now = clock::now().as_micros();
        self.tell_manager(&format!("RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS=Reloading"));
        let configuration = Configuration::read(self.options);
        configuration.log(self.options);
        if configuration.refusal().is_some() {
            return self.refuse_reload("it cannot be run");
        }
        if self.reload.strictly && configuration.has_complaints() {
            return self.refuse_reload("there are complaints, and reload_check_config is set");
        }
        if let Err(error) = self.hand_over(&configuration) {
            self.refuse_reload(&error.to_string());
        }
    }

    /// Everything stays as it was.
    pub(super) fn refuse_reload(&mut self, why: &str) {
        tracing::error!(
            "The configuration {} was not reloaded: {why}. The old one stays in use; `keepalived --config-test` explains",
            self.options.config.display()
        );
        self.reload.under_way = false;
        self.ready(&format!("Running; the last reload was refused: {why}"));
        self.reload_again();
    }

    /// The new configuration counts.
    pub(super) fn reloaded(&mut self) {
        tracing::info!("Reload finished");
        self.reload.under_way = false;
        self.ready("Running");
        self.reload_again();
    }

    fn reload_again(&mut self) {
        if std::mem::take(&mut self.reload.again) {
            self.reload();
        }
    }

    /// Gives a configuration to the child, which is started or stopped if that is what it takes.
    fn hand_over(&mut self, configuration: &Configuration) -> Result<(), Error> {
        let text = self.launch.text(Role::Vrrp, configuration)?;
        self.companions.follow(&self.launch, configuration, clock::now())?;
        let running = self.child.as_mut().filter(|child| !child.dismissed);
        match (running, &text) {
            (Some(child), Some(text)) => {
                child.line.send_with(&FromParent::Reload.encode(), text.as_fd())?;
                self.reload.under_way = true;
            }
            (Some(child), None) => {
                child.line.send(&FromParent::Stop.encode())?;
                child.dismissed = true;
                self.reload.under_way = true;
            }
            (None, Some(_) | None) => {}
        }
        self.text = text;
        self.reload.strictly = configuration.wants_strict_reloads();
        self.renew_services(configuration);
        if self.child.is_none() {
            // Whoever waits to be started again finds the new configuration then.
            if self.text.is_some() && self.is_waiting() {
                self.ready("Running; the VRRP process is about to be started again");
            } else if self.text.is_some() {
                self.reload.under_way = true;
                self.start_child()?;
            } else {
                self.reloaded();
            }
        }
        Ok(())
    }

    /// Mail and names are as the new configuration has them.
    fn renew_services(&mut self, configuration: &Configuration) {
        self.names = Names::of(configuration.model());
        let new = configuration.model().and_then(mailer::Address::of);
        if let Some(before) = std::mem::replace(&mut self.mailer, new.map(Mailer::start)) {
            tokio::spawn(before.finish(MAIL_STOPS_WITHIN));
        }
    }
}
