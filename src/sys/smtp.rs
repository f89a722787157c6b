//! Mail: one message by one dialogue with a server (RFC 5321), in clear, after STARTTLS (RFC 3207) or encrypted from the
//! first octet on (RFC 8314).

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::Error as Refusal;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::base::time::Span;
use crate::conf::model::settings::MailSecurity;

/// Whom mail goes through.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address or name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What we call ourselves.
    pub helo: String,
    /// How long each step may take.
    pub patience: Span,
    /// Whether the way there is encrypted.
    pub security: MailSecurity,
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{}]:{}", self.host, self.port)
    }
}

/// Who logs in to a server.
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A message and where it goes; the addresses are bare.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Who sends it.
    pub from: &'a str,
    /// Who gets it.
    pub to: &'a [String],
    /// Headers and body.
    pub text: &'a str,
}

/// What a message failed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Connecting.
    Connect,
    /// The greeting and our answer.
    Greeting,
    /// Encrypting.
    Encrypt,
    /// Logging in.
    LogIn,
    /// Naming the sender.
    Sender,
    /// Naming those who get it.
    Recipient,
    /// Offering the message.
    Data,
    /// The message itself.
    Text,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Step::Connect => "connecting",
            Step::Greeting => "greeting (EHLO)",
            Step::Encrypt => "encrypting (TLS)",
            Step::LogIn => "logging in (AUTH)",
            Step::Sender => "sender (MAIL FROM)",
            Step::Recipient => "recipient (RCPT TO)",
            Step::Data => "message (DATA)",
            Step::Text => "end of the message",
        }
    }
}

/// Why a message was not taken.
#[derive(Debug)]
pub struct Failure {
    /// What it failed at.
    pub step: Step,
    /// What the server or the kernel said.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.step.name(), self.why)
    }
}

/// Sends a message and tells who was refused, and why, if somebody was and somebody was not. Needs a runtime.
///
/// # Errors
/// What it failed at, and why.
pub async fn send(
    server: &Server,
    login: Option<Login>,
    message: Message<'_>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut dialogue = Dialogue::open(server).await?;
    if let Some(Login { user, password }) = login {
        let credentials = Credentials::new(user, password);
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let answer = timeout(dialogue.patience, dialogue.connection.auth(&mechanisms, &credentials)).await;
        answered(Step::LogIn, answer)?;
    }
    dialogue.say(Step::Sender, format!("MAIL FROM:<{}>\r\n", message.from)).await?;
    let mut refused = Vec::new();
    for to in message.to {
        match dialogue.say(Step::Recipient, format!("RCPT TO:<{to}>\r\n")).await {
            Ok(()) => {}
            // One recipient that does not exist must not keep the others from knowing.
            Err(failure) if dialogue.goes_on && refused.len() + 1 < message.to.len() => {
                refused.push((to.clone(), failure.why));
            }
            Err(failure) => return Err(failure),
        }
    }
    dialogue.say(Step::Data, Data).await?;
    let answer = timeout(dialogue.patience, dialogue.connection.message(message.text.as_bytes())).await;
    answered(Step::Text, answer)?;
    // The message has been taken; whether the server also says goodbye does not matter.
    let _ = timeout(dialogue.patience, dialogue.connection.quit()).await;
    Ok(refused)
}

struct Dialogue {
    connection: AsyncSmtpConnection,
    patience: Duration,
    /// The server has answered to the last word, even if it said no.
    goes_on: bool,
}

impl Dialogue {
    async fn open(server: &Server) -> Result<Dialogue, Failure> {
        let patience = Duration::from_micros(server.patience.as_micros());
        let helo = ClientId::Domain(server.helo.clone());
        let address = (server.host.as_str(), server.port);
        let encryption = match server.security {
            MailSecurity::None => None,
            MailSecurity::StartTls | MailSecurity::Tls => {
                let parameters = TlsParameters::new(server.host.clone());
                Some(parameters.map_err(|error| failure(Step::Encrypt, &error))?)
            }
        };
        let connection = if let (MailSecurity::Tls, Some(parameters)) = (server.security, encryption.clone())
        {
            let connected =
                AsyncSmtpConnection::connect_tokio1(address, Some(patience), &helo, Some(parameters), None);
            answered(Step::Encrypt, timeout(patience * 2, connected).await)?
        } else {
            let stream = connect(address, patience).await?;
            let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &helo);
            answered(Step::Greeting, timeout(patience, greeted).await)?
        };
        let mut dialogue = Dialogue { connection, patience, goes_on: true };
        if let (MailSecurity::StartTls, Some(parameters)) = (server.security, encryption) {
            let encrypted = timeout(patience, dialogue.connection.starttls(parameters, &helo)).await;
            answered(Step::Encrypt, encrypted)?;
        }
        Ok(dialogue)
    }

    async fn say(&mut self, step: Step, command: impl fmt::Display) -> Result<(), Failure> {
        let answer = timeout(self.patience, self.connection.command(command)).await;
        let refusal = |error: &Refusal| error.is_permanent() || error.is_transient();
        self.goes_on = matches!(&answer, Ok(answer) if answer.as_ref().err().is_none_or(refusal));
        answered(step, answer).map(drop)
    }
}

async fn connect(address: (&str, u16), patience: Duration) -> Result<TcpStream, Failure> {
    let connected =
        timeout(patience, TcpStream::connect(address)).await.map_err(|_| silent(Step::Connect))?;
    // The end of a message is written apart: it must not wait until the server has confirmed the rest.
    let connected = connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    connected.map_err(|error| Failure { step: Step::Connect, why: error.to_string() })
}

fn answered<T>(
    step: Step,
    answer: Result<Result<T, Refusal>, tokio::time::error::Elapsed>,
) -> Result<T, Failure> {
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failure(step, &error)),
        Err(_) => Err(silent(step)),
    }
}

fn failure(step: Step, error: &Refusal) -> Failure {
    Failure { step, why: error.to_string() }
}

fn silent(step: Step) -> Failure {
    Failure { step, why: "no answer in time (smtp_connect_timeout)".into() }
}
