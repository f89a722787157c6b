//! Goes over to the program file that a package has put in the place of ours, without letting go of an address: the
//! child ends without a word, the parent becomes the new program, and that goes on with what the child left.

use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

use super::super::configuration::Configuration;
use super::super::ledger::Estate;
use super::super::protocol::FromParent;
use super::super::{Exit, Options, child, identity, logging, place};
use super::family::Family;
use crate::sys::ipc::{self, LONGEST, Line};
use crate::sys::lockfile::LockFile;
use crate::sys::{Error, clock, process, script};

/// How long a program may take to say its version.
const TRIED_WITHIN: Duration = Duration::from_secs(3);

/// What an earlier program hands over to the one that takes its place.
pub(super) struct Succession {
    pub(super) estate: Estate,
    /// `None` if there was none.
    pub(super) pid_file: Option<LockFile>,
}

impl Succession {
    /// Takes over what is at standard input.
    ///
    /// # Errors
    /// If there is nothing to take, which is so when a person starts this.
    pub(super) fn take(options: &Options) -> Result<Succession, Error> {
        let configuration = Configuration::read(options);
        let settings = configuration.settings();
        process::take_name(place::process_name(None, &settings))?;
        let end = process::take_standard_input()?;
        let (ledger, pid_file) = child::runtime()?.block_on(async { receive(&Line::new(end)?) })?;
        let pid_file = pid_file.map(|file| LockFile::adopt(&place::pid_file(None, options, &settings), file));
        Ok(Succession { estate: Estate::from_earlier(ledger), pid_file })
    }
}

fn receive(line: &Line) -> Result<(OwnedFd, Option<OwnedFd>), Error> {
    let (mut ledger, mut pid_file) = (None, None);
    let mut buffer = [0; LONGEST];
    while let Ok(said) = line.receive_now(&mut buffer) {
        match FromParent::decode(said) {
            Some(FromParent::Ledger) => ledger = line.take_attached(),
            Some(FromParent::PidFile) => pid_file = line.take_attached(),
            Some(
                FromParent::Stop
                | FromParent::AreYouAlive
                | FromParent::Reload
                | FromParent::Dump(_)
                | FromParent::Located { .. },
            )
            | None => {}
        }
    }
    let nothing = || std::io::Error::other("only a running keepalived can hand over");
    let ledger = ledger.ok_or_else(|| Error::new("take over", "from another program", nothing()))?;
    Ok((ledger, pid_file))
}

impl Family<'_> {
    /// Becomes the program that is where ours was. What speaks against it is found out before anything is ended.
    pub(super) fn upgrade(&mut self) {
        if self.is_stopping() || self.reload.is_under_way() {
            tracing::error!("no upgrade while the daemon is reloading or stopping; ask again");
            return;
        }
        tracing::info!("Upgrading to {}", self.program.display());
        if Configuration::read(self.options).refusal().is_some() {
            tracing::error!("the configuration cannot be run, so no other program is started");
            return;
        }
        if let Err(error) = self.try_out() {
            tracing::error!("{error}; this program goes on");
            return;
        }
        let ends = ipc::pair().and_then(|(ours, theirs)| {
            self.pack(&Line::new(ours)?)?;
            Ok(theirs)
        });
        match ends {
            Ok(theirs) => self.become_another(theirs),
            Err(error) => tracing::error!("{error}; this program goes on"),
        }
    }

    /// Sees whether the program runs, and whether it is one that can take over.
    fn try_out(&self) -> Result<(), Error> {
        let version = process::version_of(&self.program, TRIED_WITHIN)?;
        if version.contains(identity::OWN_NAME) {
            tracing::info!("{} is {version}", self.program.display());
            return Ok(());
        }
        let another =
            std::io::Error::other(format!("it is not {}, it says: {version:?}", identity::OWN_NAME));
        Err(Error::new("upgrade to", self.program.display(), another))
    }

    /// Puts what has to be handed over where the other program finds it.
    fn pack(&self, line: &Line) -> Result<(), Error> {
        line.send_with(&FromParent::Ledger.encode(), self.estate.for_program())?;
        match &self.pid_file {
            Some(file) => line.send_with(&FromParent::PidFile.encode(), file.as_fd()),
            None => Ok(()),
        }
    }

    /// Comes back only if that fails.
    fn become_another(&mut self, theirs: OwnedFd) {
        self.tell_manager("STATUS=Upgrading");
        self.end_child_for_successor();
        self.companions.end_for_successor();
        logging::finish();
        let words = std::iter::once("--child=successor".into()).chain(self.options.arguments.iter().cloned());
        let error = process::become_program(&self.program, words, theirs);
        tracing::error!("{error}; this program goes on");
        let started = self.start_child().and_then(|()| self.companions.resume(&self.launch, clock::now()));
        if let Err(error) = started {
            tracing::error!("{error}");
            self.give_up(Exit::Fatal);
        }
    }

    fn end_child_for_successor(&mut self) {
        let Some(child) = self.child.take() else { return };
        process::kill(child.pid());
        // However it ends, it is gone.
        let _ = script::wait_for(child.pid());
        self.hear_out(&child);
        self.estate.inherit();
    }
}
