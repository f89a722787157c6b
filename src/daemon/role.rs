//! The child processes: what each of them is called, in one table.

/// A child process of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Speaks VRRP.
    Vrrp,
    /// Checks real servers.
    Checkers,
    /// Watches other routers with BFD.
    Bfd,
}

/// What a process is called where.
struct Names {
    word: &'static str,
    ident: &'static str,
    usual: &'static str,
    task: &'static str,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 3] = [Role::Vrrp, Role::Checkers, Role::Bfd];

    const fn names(self) -> Names {
        match self {
            Role::Vrrp => {
                Names { word: "vrrp", ident: "Keepalived_vrrp", usual: "keepalived_vrrp", task: "VRRP" }
            }
            Role::Checkers => Names {
                word: "checkers",
                ident: "Keepalived_healthcheckers",
                usual: "keepalived_lvs",
                task: "Healthcheck",
            },
            Role::Bfd => Names { word: "bfd", ident: "Keepalived_bfd", usual: "keepalived_bfd", task: "BFD" },
        }
    }

    /// The word for it between our processes, and in the name of its pid file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.names().word
    }

    /// What syslog knows it by.
    #[must_use]
    pub const fn ident(self) -> &'static str {
        self.names().ident
    }

    /// What it is called in lists of processes with `process_names`.
    #[must_use]
    pub const fn usual_name(self) -> &'static str {
        self.names().usual
    }

    /// What the log of the parent calls its task.
    #[must_use]
    pub const fn task(self) -> &'static str {
        self.names().task
    }

    /// The process that this is the word for.
    #[must_use]
    pub fn named(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_one_process_and_every_name_fits() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.word()), Some(role));
            assert!(role.usual_name().len() <= 15, "the kernel keeps 15 octets");
        }
        assert_eq!(Role::named("daemon"), None);
    }
}
