use std::collections::BTreeSet;

use super::*;
use crate::conf::keyword::Meta;

fn spellings(meta: &Meta) -> impl Iterator<Item = &'static str> {
    std::iter::once(&meta.name).chain(meta.aliases).chain(meta.old_names).copied()
}

#[test]
fn a_spelling_means_one_keyword_of_its_block() {
    for section in blocks().iter().map(|block| block.keywords) {
        let mut seen = BTreeSet::new();
        for name in section.metas().into_iter().flat_map(spellings) {
            assert!(seen.insert(name), "`{name}` stands twice in {}", section.title());
            assert!(section.meta(name).is_some());
        }
    }
}

#[test]
fn every_keyword_is_described() {
    for section in blocks().iter().map(|block| block.keywords) {
        for meta in section.metas() {
            assert!(meta.doc.ends_with('.'), "`{}` of {}: {:?}", meta.name, section.title(), meta.doc);
            assert!(
                meta.default == "." || !meta.default.ends_with('.'),
                "`{}` of {}",
                meta.name,
                section.title()
            );
        }
    }
}
