//! The data file of the parent process.

use super::global::{self, Process};
use super::page::Page;
use crate::conf::model::Model;

/// The whole file.
#[must_use]
pub fn render(model: &Model) -> String {
    let mut page = Page::default();
    global::write(&mut page, model, &Process::Parent);
    page.finish()
}
