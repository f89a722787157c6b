//! What can be wrong with lines and braces.

use super::{Keywords, Piece, Reader, code, suggest, text_code};
use crate::conf::expanded::Extent;

impl Reader<'_> {
    /// Words that no reader asked for.
    pub(super) fn unused_words(&mut self) {
        if self.used >= self.count() {
            return;
        }
        let extra = self.at(self.used).to(self.here.extent);
        let message = match self.used {
            0 | 1 => format!("`{}` takes no parameter; the rest of the line is ignored", self.keyword()),
            _ => format!("`{}` takes fewer parameters; the rest of the line is ignored", self.keyword()),
        };
        self.report(&code::EXTRA_WORDS, extra, message).label("ignored");
    }

    pub(super) fn open_quote(&mut self) {
        let Some(at) = self.here.open_quote else { return };
        let place = Extent::new(at, self.here.extent.hi);
        let message = "this quote is not closed on its line; the rest of the line is dropped";
        self.report(&text_code::UNTERMINATED_QUOTE, place, message);
        self.derailed = true;
    }

    pub(super) fn unexpected_open(&mut self, piece: Piece) {
        let follows = self.derailed || self.after_unknown;
        let problem = self.diagnostics.report(
            &text_code::UNEXPECTED_OPENING_BRACE,
            piece.extent,
            "no block starts here; the brace is ignored",
        );
        if follows {
            problem.follows();
        }
        self.derailed = true;
    }

    pub(super) fn extra_close(&mut self, piece: Piece) {
        let (follows, closed) = (self.derailed, self.closed);
        let problem = self.diagnostics.report(
            &text_code::EXTRA_CLOSING_BRACE,
            piece.extent,
            "there is no open block that this brace closes",
        );
        if let Some(closed) = closed {
            problem.also(closed, "the last block is closed here");
        }
        if follows {
            problem.follows();
        } else {
            problem.help("look for a brace above that closes a block too early");
        }
    }

    /// Says that a word is no option of an entry.
    pub(in crate::conf) fn unknown_option(&mut self, name: &str, section: &dyn Keywords) {
        let help = suggest::help(name, section);
        let message = format!("`{name}` is no option of {}", section.title());
        let problem = self.report(&code::UNKNOWN_OPTION, self.at(0), message);
        if let Some(help) = help {
            problem.help(help);
        }
    }

    pub(super) fn brace_as_entry(&mut self, piece: Piece) {
        let message = "a list has no blocks inside; the brace is taken for an entry";
        self.report(&text_code::BRACE_AS_ENTRY, piece.extent, message);
        self.derailed = true;
    }

    pub(super) fn unknown(&mut self, section: &dyn Keywords) {
        let name = self.keyword();
        let follows = self.derailed;
        let help = if follows || self.suggestions == 0 {
            None
        } else {
            self.suggestions -= 1;
            suggest::help(name, section)
        };
        let place = self.at(0);
        let message = format!("`{name}` is no keyword {}", suggest::inside(section));
        let problem = self.report(&code::UNKNOWN_KEYWORD, place, message);
        if let Some(help) = help {
            problem.help(help);
        }
        if follows {
            problem.follows();
        }
        self.after_unknown = true;
        self.used = usize::MAX;
    }
}
