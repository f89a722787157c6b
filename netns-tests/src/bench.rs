//! Both programs measured in the same run: what `scripts/bench` does.
//!
//! A section measures one thing, round by round, ours and the C program in turn, so that what else goes on on the host
//! meets both. What it finds are [`figures`]; they are printed as they come and written to a file and a plot in the end.

pub mod config;
pub mod detection;
pub mod dumps;
pub mod figures;
pub mod flood;
pub mod many;
pub mod plot;
pub mod reload;
pub mod scripts;
pub mod size;
pub mod steady;
pub mod stress;
pub mod takeover;
pub mod usage;

use std::time::Duration;

use crate::subject::Program;
use figures::{Report, Samples};

/// What is measured, how often and of whom.
#[derive(Clone, Debug)]
pub struct Plan {
    /// A few trials only, to see that everything works.
    pub quick: bool,
    /// Which part of the rounds and of the time is enough: 1 is all, 4 a quarter.
    pub part: u32,
    /// The programs, in the order of their turns.
    pub programs: Vec<Program>,
}

impl Plan {
    /// `thorough`, or what is enough for a quick look.
    #[must_use]
    pub fn number(&self, thorough: usize, quick: usize) -> usize {
        let part = usize::try_from(self.part).unwrap_or(usize::MAX);
        if self.quick { quick } else { (thorough / part).max(quick) }
    }

    /// The same for how long something is watched.
    #[must_use]
    pub fn span(&self, thorough: Duration, quick: Duration) -> Duration {
        if self.quick { quick } else { (thorough / self.part).max(quick) }
    }

    /// Measures each program in each round; `trial` returns values of several figures.
    pub fn rounds<const N: usize>(
        &self,
        rounds: usize,
        mut trial: impl FnMut(Program) -> [Vec<f64>; N],
    ) -> Both<N> {
        let mut both = Both { ours: [const { Vec::new() }; N], theirs: [const { Vec::new() }; N] };
        for _ in 0..rounds {
            for program in &self.programs {
                let into = match program {
                    Program::Ours => &mut both.ours,
                    Program::Theirs => &mut both.theirs,
                };
                for (values, more) in into.iter_mut().zip(trial(*program)) {
                    values.extend(more);
                }
            }
        }
        both
    }
}

/// The values of several figures, of each program.
#[derive(Debug)]
pub struct Both<const N: usize> {
    ours: [Vec<f64>; N],
    theirs: [Vec<f64>; N],
}

impl<const N: usize> Both<N> {
    /// Ours and theirs, figure by figure.
    #[must_use]
    pub fn figures(self) -> [(Samples, Samples); N] {
        let mut theirs = self.theirs.into_iter();
        self.ours.map(|ours| (Samples::new(ours), Samples::new(theirs.next().unwrap_or_default())))
    }
}

/// A thing that can be measured.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it measures.
    pub about: &'static str,
    /// Measures it.
    pub run: fn(&Plan, &mut Report),
}

/// Everything that can be measured.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "detection",
        about: "from the death of a master to the address on its backup",
        run: detection::run,
    },
    Section { name: "stress", about: "the same while every processor is busy", run: stress::run },
    Section { name: "takeover", about: "a thousand addresses, and a thousand instances", run: takeover::run },
    Section { name: "steady", about: "processor and system calls per advert", run: steady::run },
    Section { name: "size", about: "memory, and the time until all are master", run: size::run },
    Section { name: "config", about: "configuration tests of large files", run: config::run },
    Section { name: "reload", about: "one change among a thousand instances", run: reload::run },
    Section { name: "flood", about: "20,000 adverts a second that nobody should believe", run: flood::run },
    Section { name: "dumps", about: "dumps of a thousand instances beside adverts", run: dumps::run },
    Section { name: "scripts", about: "255 scripts a second beside adverts", run: scripts::run },
];

/// A span in milliseconds.
#[must_use]
pub fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
