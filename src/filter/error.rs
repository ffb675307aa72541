//! What is wrong with a filter: where, what was expected, what to do.

use std::fmt;
use std::ops::Range;

use crate::model::text;

/// A filter that cannot be understood, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    filter: String,
    /// The bytes of the filter that it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: Option<String>,
}

/// What is wrong with a part of a filter, before the whole is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub(super) span: Range<usize>,
    pub(super) what: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    /// These bytes of the filter are wrong.
    pub fn new(span: Range<usize>, what: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            help: None,
        }
    }

    /// And this can be done.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The complaint about the filter that it was found in.
    pub fn about(self, filter: &str) -> FilterError {
        FilterError {
            filter: filter.to_owned(),
            span: self.span,
            what: self.what,
            help: self.help,
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the display filter cannot be understood: {}", self.what)?;
        let mut shown = String::new();
        let help = self.help.as_deref().unwrap_or_default();
        text::push_pointed(&mut shown, &self.filter, &self.span, help);
        f.write_str(&shown)
    }
}

impl std::error::Error for FilterError {}
