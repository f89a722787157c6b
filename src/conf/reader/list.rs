//! Lists: blocks with an entry on each line, and the options of an entry.

use super::{Kind, Reader, Section, Severity, code};
use crate::conf::expanded::Extent;

impl<'r> Reader<'r> {
    /// Reads the list of the keyword at hand: `each` is called for each entry. Gives the brace that closes it.
    pub(in crate::conf) fn entries(&mut self, mut each: impl FnMut(&mut Reader<'r>)) -> Extent {
        if self.count() > self.used {
            let keyword = self.keyword();
            let extra = self.at(self.used).to(self.here.extent);
            let message =
                format!("`{keyword}` is followed by its list, not by `{}`", self.expanded.get(extra));
            self.report(&code::BLOCK_PARAMETERS, extra, message).label("ignored");
        }
        self.used = self.count();
        let (here, meta) = (self.here.extent, self.meta);
        let mut end = self.expanded.end();
        self.open_block(false);
        while let Some(piece) = self.advance() {
            match piece.kind {
                Kind::Open => self.brace_as_entry(piece),
                Kind::Close => {
                    end = piece.extent;
                    break;
                }
                Kind::Words => {
                    self.go_to(piece.extent);
                    (self.meta, self.used) = (None, 0);
                    self.open_quote();
                    if self.count() > 0 {
                        each(self);
                        self.unused_words();
                    }
                }
            }
        }
        self.go_to(here);
        (self.meta, self.used) = (meta, usize::MAX);
        end
    }

    /// Reads the options of an entry, which start at the word `from`. Tells whether all are known.
    pub(in crate::conf) fn options<D>(
        &mut self,
        section: &'static Section<D>,
        draft: &mut D,
        from: usize,
    ) -> bool {
        let mut all_known = true;
        self.options_or(section, draft, from, |_, r| {
            all_known = false;
            r.unknown_option(r.keyword(), section);
        });
        all_known
    }

    /// As [`options`](Self::options); `other` reads what is none.
    pub(in crate::conf) fn options_or<D>(
        &mut self,
        section: &'static Section<D>,
        draft: &mut D,
        from: usize,
        mut other: impl FnMut(&mut D, &mut Reader<'r>),
    ) {
        self.base = from;
        while self.base < self.count() {
            self.option(section, draft, &mut other);
            self.base = self.base.saturating_add(self.used).min(self.count());
        }
        (self.base, self.used, self.meta) = (0, usize::MAX, None);
    }

    /// Reads the option at `base`.
    fn option<D>(
        &mut self,
        section: &'static Section<D>,
        draft: &mut D,
        other: &mut impl FnMut(&mut D, &mut Reader<'r>),
    ) {
        self.used = 1;
        if let Some(row) = section.find(self.keyword()) {
            self.meta = Some(&row.meta);
            self.apply(section, row, draft);
        } else {
            self.meta = None;
            other(draft, self);
        }
    }

    /// As [`options_or`](Self::options_or), but only up to the first error: what is behind it is not looked at. Tells
    /// whether there was none.
    pub(in crate::conf) fn options_up_to_error<D>(
        &mut self,
        section: &'static Section<D>,
        draft: &mut D,
        mut other: impl FnMut(&mut D, &mut Reader<'r>),
    ) -> bool {
        let mut fine = true;
        while fine && self.base < self.count() {
            let before = self.diagnostics.len();
            self.option(section, draft, &mut other);
            fine = self.diagnostics.since(before).all(|problem| problem.severity < Severity::Error);
            self.base = self.base.saturating_add(self.used).min(self.count());
        }
        (self.base, self.used, self.meta) = (0, usize::MAX, None);
        fine
    }

    /// Reads options inside an option, from the word `from` on, up to the first that is none.
    pub(in crate::conf) fn inner_options<D>(
        &mut self,
        section: &'static Section<D>,
        draft: &mut D,
        from: usize,
    ) {
        let (base, meta) = (self.base, self.meta);
        self.base = base + from;
        while self.base < self.count()
            && let Some(row) = section.find(self.keyword())
        {
            (self.used, self.meta) = (1, Some(&row.meta));
            self.apply(section, row, draft);
            self.base = self.base.saturating_add(self.used).min(self.count());
        }
        self.used = self.base - base;
        (self.base, self.meta) = (base, meta);
    }
}
