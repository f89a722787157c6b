//! Goes over to a configuration that the parent has judged.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::super::configuration;
use super::super::files::Files;
use super::super::linkbeat::Polling;
use super::super::processes::{Processes, Told};
use super::super::protocol::FromChild;
use super::super::{Options, Role, child};
use super::Shell;
use crate::base::id::RequestId;
use crate::conf::model::{Model, Settings};
use crate::sys::{clock, memfd};
use crate::vrrp::belonging::has_routes_or_rules;
use crate::vrrp::event::{Event, Reload};

/// A configuration that is being read on a thread of its own, so that adverts leave meanwhile.
#[derive(Debug, Default)]
pub(super) struct Reading(Option<JoinHandle<Option<Arc<Model>>>>);

impl Reading {
    /// Begins; what was being read before does not matter any more.
    fn begin(&mut self, options: Options, file: OwnedFd) {
        self.0 = Some(tokio::task::spawn_blocking(move || understand(&options, file)));
    }

    /// Waits for the meaning of it; for ever if nothing is being read. Losing the future loses nothing.
    pub(super) async fn finished(&mut self) -> Option<Arc<Model>> {
        let Some(reading) = &mut self.0 else { return std::future::pending().await };
        let read = reading.await;
        self.0 = None;
        read.unwrap_or_else(|error| {
            tracing::error!("reading the configuration failed: {error}");
            None
        })
    }
}

fn understand(options: &Options, file: OwnedFd) -> Option<Arc<Model>> {
    let text = memfd::read(file).map_err(|error| tracing::error!("{error}")).ok()?;
    configuration::understand(options, &text).map(Arc::new)
}

impl Shell {
    /// The parent has attached a configuration to its last message.
    pub(super) fn read_configuration(&mut self) {
        match self.line.take_attached() {
            Some(file) => self.reading.begin(self.options.clone(), file),
            None => {
                tracing::error!("the parent process attached no configuration");
                self.tell_parent(&FromChild::NotReloaded);
            }
        }
    }

    /// Asks for the links that the new configuration wants to be asked for.
    fn poll_links(&mut self) {
        let polling = Polling::new(self.router.model(), clock::now());
        if !polling.is_as(&self.polling) {
            self.polling = polling;
            self.relists = true;
            self.monitor.relist();
        }
    }

    /// Goes over to `model`. What is known so far is told to the core before, so that it is in the old terms.
    pub(super) fn reload(&mut self, model: Arc<Model>) {
        while !self.effects.replies.is_empty() {
            self.reply();
        }
        if has_routes_or_rules(&model)
            && let Err(error) = self.monitor.hear_of_routes()
        {
            tracing::error!("{error}; routes and rules that somebody removes stay away");
        }
        let (mut files, mut processes) = (Files::open(&model), Processes::open(&model));
        self.reloads += 1;
        self.keep_state("pre");
        self.follow(&model.global.settings);
        let contents = files.everything();
        let listed = processes.everything();
        let all = listed.as_ref().map(Told::all).unwrap_or_default();
        self.effects.expect(Arc::clone(&model), self.router.links());
        self.feed(Event::Reload(RequestId(1), Reload { model, files: &contents, processes: &all }));
        (self.files, self.processes) = (files, processes);
        self.keep_state("post");
        self.poll_links();
        self.spare.burst(clock::now());
    }

    /// Is called, runs and makes files as the settings say now.
    fn follow(&mut self, settings: &Settings) {
        child::follow(Role::Vrrp, &self.options, settings);
        self.manner.adopt(&settings.processes.vrrp);
        self.urgency = self.urgency.after(&settings.processes.vrrp, &settings.processes);
        self.rttime = settings.processes.vrrp.rttime;
    }

    /// Keeps the state before or after a reload for those who look for what went wrong later (`config_save_dir`).
    fn keep_state(&mut self, when: &str) {
        let Some(directory) = self.router.model().global.settings.files.save.clone() else { return };
        let pid = std::process::id();
        let path = directory.join(format!("keepalived_vrrp.{pid}.{}.{when}", self.reloads));
        let particulars = self.effects.particulars(&self.receivers);
        self.dumps.keep(&self.options, &mut self.router, particulars, path);
    }
}
