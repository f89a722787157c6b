//! What this host and our user are called.

use nix::unistd::{User, geteuid, gethostname};

/// The name of this host.
#[must_use]
pub fn name() -> String {
    gethostname().map_or_else(|_| "localhost".into(), |name| name.to_string_lossy().into_owned())
}

/// The name of our user, or its number if it has none.
#[must_use]
pub fn user() -> String {
    let uid = geteuid();
    let found = User::from_uid(uid).ok().flatten();
    found.map_or_else(|| uid.to_string(), |user| user.name)
}
