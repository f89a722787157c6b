//! Sends mails, one after the other, beside everything else that the parent process does.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::base::time::Span;
use crate::conf::model::Model;
use crate::conf::model::settings::{Mail, MailSecurity};
use crate::report::mail::{self, Letter};
use crate::sys::smtp::{self, Login, Message, Server};
use crate::sys::{clock, host};

/// How many mails may wait; beyond that the oldest is not sent.
const LONGEST: usize = 256;

/// Where mail goes and whom it is from.
#[derive(Clone, Debug)]
pub(super) struct Address {
    server: Server,
    /// As it is written in the message.
    from: String,
    to: Vec<String>,
    router_id: String,
    /// Who logs in, and where the password is.
    login: Option<(String, Box<Path>)>,
}

/// Sends mails.
#[derive(Debug)]
pub(super) struct Mailer {
    queue: Arc<Queue>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    letters: VecDeque<Letter>,
    /// No more will come.
    closed: bool,
}

impl Address {
    /// What `model` says about mail; nothing if it is to be sent nowhere.
    pub(super) fn of(model: &Model) -> Option<Address> {
        let mail = &model.global.settings.mail;
        let (host, port) = mail.server.as_ref().filter(|_| !mail.to.is_empty())?;
        let server = Server {
            host: host.to_string(),
            port: *port,
            helo: mail.helo.as_deref().map_or_else(host::name, str::to_owned),
            patience: mail.timeout,
            security: mail.security,
        };
        let whoever = || format!("{}@{}", host::user(), host::name());
        Some(Address {
            server,
            from: mail.from.as_deref().map_or_else(whoever, str::to_owned),
            to: mail.to.iter().map(ToString::to_string).collect(),
            router_id: model.global.router_id.to_string(),
            login: login(mail),
        })
    }
}

/// Who logs in. A password is never sent in clear.
fn login(mail: &Mail) -> Option<(String, Box<Path>)> {
    let user = mail.user.as_ref()?;
    let Some(file) = &mail.password_file else {
        tracing::error!("smtp_user has no smtp_password_file: mail is sent without logging in");
        return None;
    };
    if mail.security == MailSecurity::None {
        tracing::error!(
            "smtp_user needs `smtp_tls starttls` or `smtp_tls tls`, since a password is not sent in clear: mail is \
             sent without logging in"
        );
        return None;
    }
    Some((user.to_string(), file.clone()))
}

impl Mailer {
    /// Waits for mails to send. Needs a runtime.
    pub(super) fn start(address: Address) -> Mailer {
        let queue = Arc::new(Queue::default());
        let task = tokio::spawn(send_all(address, Arc::clone(&queue)));
        Mailer { queue, task }
    }

    /// Sends a mail when its turn comes.
    pub(super) fn post(&self, letter: Letter) {
        if let Some(Letter { subject, .. }) = self.queue.push(letter) {
            tracing::error!("too many mails wait for the mail server; this one is not sent: {subject}");
        }
    }

    /// Waits until everything has been sent, but not for long.
    pub(super) async fn finish(self, within: Span) {
        self.queue.close();
        if tokio::time::timeout(Duration::from_micros(within.as_micros()), self.task).await.is_err() {
            let left = self.queue.with(|waiting| waiting.letters.len());
            tracing::error!("the mail server is too slow: after {within}, {} mails are not sent", left + 1);
        }
    }
}

impl Queue {
    /// The lock is never held across a wait, so nobody waits for it, and what it guards is whole even after a panic.
    fn with<T>(&self, act: impl FnOnce(&mut Waiting) -> T) -> T {
        act(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a mail at the end; gives back one that there is no room for any more.
    fn push(&self, letter: Letter) -> Option<Letter> {
        let dropped = self.with(|waiting| {
            waiting.letters.push_back(letter);
            if waiting.letters.len() > LONGEST { waiting.letters.pop_front() } else { None }
        });
        self.changed.notify_one();
        dropped
    }

    /// No more will come.
    fn close(&self) {
        self.with(|waiting| waiting.closed = true);
        self.changed.notify_one();
    }

    /// The next mail; none when there will be none.
    async fn next(&self) -> Option<Letter> {
        loop {
            let (letter, closed) = self.with(|waiting| (waiting.letters.pop_front(), waiting.closed));
            if letter.is_some() || closed {
                return letter;
            }
            self.changed.notified().await;
        }
    }
}

async fn send_all(address: Address, queue: Arc<Queue>) {
    while let Some(letter) = queue.next().await {
        send(&address, &letter).await;
    }
}

async fn send(address: &Address, letter: &Letter) {
    let Address { server, from, to, router_id, login } = address;
    let text = mail::message(letter, router_id, from, to, clock::local_time().mail());
    let recipients: Vec<String> = to.iter().map(|to| mail::bare(to).to_owned()).collect();
    let message = Message { from: mail::bare(from), to: &recipients, text: &text };
    let subject = format!("[{router_id}] {}", letter.subject);
    let login = match login.as_ref().map(|(user, file)| password(user, file)).transpose() {
        Ok(login) => login,
        Err(error) => return tracing::error!("SMTP alert failed: {subject}: {error}"),
    };
    match smtp::send(server, login, message).await {
        Ok(refused) => {
            for (to, why) in refused {
                tracing::warn!("mail server {server} does not take mail for {to}: {why}");
            }
            tracing::info!("SMTP alert successfully sent. ({subject}, through {server})");
        }
        Err(failure) => tracing::error!("SMTP alert failed: {subject}, through {server}, {failure}"),
    }
}

/// The first line of the file.
fn password(user: &str, file: &Path) -> Result<Login, crate::sys::Error> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        crate::sys::Error::new("read the password of smtp_user from", file.display(), error)
    })?;
    Ok(Login { user: user.to_owned(), password: text.lines().next().unwrap_or_default().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::testing::block_on;

    fn letter(number: usize) -> Letter {
        Letter { subject: number.to_string(), body: String::new() }
    }

    #[test]
    fn mails_wait_in_order_until_the_end_and_of_too_many_the_oldest_goes() {
        block_on(async {
            let queue = Queue::default();
            assert!((0..LONGEST).all(|number| queue.push(letter(number)).is_none()));
            assert_eq!(queue.push(letter(LONGEST)), Some(letter(0)));
            queue.close();
            for number in 1..=LONGEST {
                assert_eq!(queue.next().await, Some(letter(number)));
            }
            assert_eq!(queue.next().await, None);
        });
    }

    #[test]
    fn who_waits_for_mail_is_woken() {
        block_on(async {
            let queue = Arc::new(Queue::default());
            let waiting = tokio::spawn({
                let queue = Arc::clone(&queue);
                async move { (queue.next().await, queue.next().await) }
            });
            tokio::task::yield_now().await;
            queue.push(letter(1));
            tokio::task::yield_now().await;
            queue.close();
            assert_eq!(waiting.await.unwrap(), (Some(letter(1)), None));
        });
    }

    #[test]
    fn nobody_logs_in_in_clear() {
        let encrypted = |security, password_file: Option<&str>| {
            let password_file = password_file.map(|path| Path::new(path).into());
            let user = Some("lb".into());
            login(&Mail { security, user, password_file, ..Mail::default() }).is_some()
        };
        assert!(encrypted(MailSecurity::Tls, Some("/secret")));
        assert!(encrypted(MailSecurity::StartTls, Some("/secret")));
        assert!(!encrypted(MailSecurity::None, Some("/secret")));
        assert!(!encrypted(MailSecurity::Tls, None));
    }
}
