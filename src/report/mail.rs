//! What mail says about a change: subject and body are those of the C program.

use super::hooks::{Subject, subject};
use crate::base::calendar::MailTime;
use crate::conf::model::Model;
use crate::vrrp::event::{Notify, Told, Who};

/// How wide the list of recipients gets before it is folded (RFC 5322, 2.1.1).
const WIDTH: usize = 78;

/// A mail without its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject, without the name of this host before it.
    pub subject: String,
    /// The one line that it says.
    pub body: String,
}

/// The mail about a change, if anybody wants one (`smtp_alert`, `smtp_alert_vrrp`, `no_email_faults`).
#[must_use]
pub fn letter(notify: &Notify, model: &Model) -> Option<Letter> {
    let mail = &model.global.settings.mail;
    let Subject { name, mail: own, .. } = subject(notify.who, model)?;
    let wanted = own.or(mail.alert_vrrp).or(mail.alert).unwrap_or(false);
    let possible = mail.server.is_some() && !mail.to.is_empty();
    let suppressed = mail.without_faults && notify.what == Told::Fault;
    if !wanted || !possible || suppressed {
        return None;
    }
    let (is_group, what) = match notify.who {
        Who::Instance(_) => (false, "Instance"),
        Who::Group(_) => (true, "Group"),
    };
    let word = notify.what.word();
    let (event, body) = match notify.what {
        Told::Master | Told::Backup | Told::Fault if is_group => {
            (format!("Entering {word} state"), format!("All VRRP group instances are now in {word} state"))
        }
        Told::Master => (format!("Entering {word} state"), "VRRP Instance is now owning VRRP VIPs".into()),
        Told::Backup | Told::Fault => {
            (format!("Entering {word} state"), "VRRP Instance is no longer owning VRRP VIPs".into())
        }
        Told::Stop if is_group => ("Stopping".into(), "All VRRP group instances are now stopping".into()),
        Told::Stop => ("Stopping".into(), "VRRP Instance stopping".into()),
        Told::Deleted => ("Deleted".into(), "VRRP Deleted at reload".into()),
        Told::MasterRxLowerPri | Told::MasterPriority | Told::BackupPriority => return None,
    };
    Some(Letter { subject: format!("VRRP {what} {name} - {event}"), body: format!("=> {body} <=") })
}

/// A whole message: headers as the C program has them, and the body.
#[must_use]
pub fn message(letter: &Letter, router_id: &str, from: &str, to: &[String], date: MailTime) -> String {
    let Letter { subject, body } = letter;
    let mut line = "To: ".to_owned();
    let mut recipients = String::new();
    for (position, address) in to.iter().enumerate() {
        if position > 0 {
            line.push(',');
            if line.len() + 1 + address.len() > WIDTH {
                recipients.push_str(&line);
                recipients.push_str("\r\n");
                line.clear();
            }
            line.push(' ');
        }
        line.push_str(address);
    }
    recipients.push_str(&line);
    format!(
        "Date: {date}\r\nFrom: {from}\r\nSubject: [{router_id}] {subject}\r\nX-Mailer: Keepalived\r\n\
         {recipients}\r\n\r\n{body}\r\n"
    )
}

/// The bare address in `Name <user@host>`.
#[must_use]
pub fn bare(address: &str) -> &str {
    match address.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::LocalTime;

    #[test]
    fn a_message_is_that_of_the_c_program() {
        let date = LocalTime {
            year: 2026,
            month: 10,
            day: 21,
            weekday: 6,
            hour: 16,
            minute: 2,
            second: 24,
            offset: 0,
        };
        let letter = Letter {
            subject: "VRRP Instance A - Entering MASTER state".into(),
            body: "=> VRRP Instance is now owning VRRP VIPs <=".into(),
        };
        let to = ["one@example.org", "two@example.org", "three@example.org"].map(str::to_owned);
        let expected = "Date: Sat, 21 Nov 2026 16:02:24 +0000\r\n\
            From: me@here.example\r\n\
            Subject: [RID] VRRP Instance A - Entering MASTER state\r\n\
            X-Mailer: Keepalived\r\n\
            To: one@example.org, two@example.org, three@example.org\r\n\
            \r\n\
            => VRRP Instance is now owning VRRP VIPs <=\r\n";
        assert_eq!(message(&letter, "RID", "me@here.example", &to, date.mail()), expected);

        let many: Vec<String> = (0..20).map(|number| format!("someone{number}@example.org")).collect();
        let text = message(&letter, "RID", "me@here.example", &many, date.mail());
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.matches("@example.org,\r\n someone").count() + 1, 20_usize.div_ceil(3), "{text}");
    }

    #[test]
    fn the_envelope_has_bare_addresses() {
        assert_eq!(bare("Load balancer <lb@example.org>"), "lb@example.org");
        assert_eq!(bare("root"), "root");
    }
}
