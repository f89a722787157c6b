//! The rows of all tables of keywords, and what follows from where they stand.

use std::fmt;

use keepalived::conf::keyword::{Meta, Parity};
use keepalived::conf::keywords::{Block, blocks};

/// A row and the block that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) block: &'static Block,
    pub(crate) meta: &'static Meta,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.block.path, self.meta.name)
    }
}

/// The rows of a block: words that are known by their place first.
pub(crate) fn of(block: &'static Block) -> impl Iterator<Item = Row> {
    let metas = block.keywords.positional().iter().chain(block.keywords.metas());
    metas.map(move |meta| Row { block, meta })
}

pub(crate) fn all() -> impl Iterator<Item = Row> {
    blocks().iter().flat_map(of)
}

/// The row that opens a block, unless it stands outside all blocks.
pub(crate) fn opener(block: &Block) -> Option<Row> {
    let (parent, name) = block.path.rsplit_once('/').unwrap_or(("", block.path));
    let name = name.split(' ').next()?;
    let parent = blocks().iter().find(|other| other.path == parent && other.path != block.path)?;
    of(parent).find(|row| row.meta.name == name)
}

impl Row {
    /// How far it is followed: nothing in a block is that is not followed itself.
    pub(crate) fn parity(self) -> Parity {
        match self.block.keywords.parity(self.meta) {
            Parity::Full if is_stored(self.block) => Parity::Stored,
            other => other,
        }
    }

    /// The first version of keepalived that has it: not before its block.
    pub(crate) fn since(self) -> &'static str {
        let own = self.meta.since;
        let block = opener(self.block).map_or("", Row::since);
        if version(own) < version(block) { block } else { own }
    }
}

/// Whether nothing in a block is acted on yet.
pub(crate) fn is_stored(block: &Block) -> bool {
    opener(block).is_some_and(|row| row.parity() == Parity::Stored)
}

/// A version as something to compare; what is no number comes last.
pub(crate) fn version(text: &str) -> Vec<u32> {
    text.split(['.', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap_or(u32::MAX))
        .collect()
}
