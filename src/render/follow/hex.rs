//! A conversation in hexadecimal and as ASCII, each piece under a line that says whose it is.

use super::pieces::Pieces;
use super::{Summary, Transcript, push_title, style_of};
use crate::flow::follow::{Ends, Happening, What};
use crate::flow::reassembly::stream::Event;
use crate::model::text;
use crate::render::hex::{BYTES_A_LINE, push_line};
use crate::render::theme::{self, Theme};

/// The hex view.
#[derive(Debug)]
pub struct Dump {
    theme: Theme,
    columns: Option<usize>,
    pieces: Pieces,
}

impl Dump {
    /// A view in a theme; the sentences at its end are broken at `columns` cells where given.
    pub fn new(theme: Theme, columns: Option<usize>) -> Self {
        Self {
            theme,
            columns,
            pieces: Pieces::default(),
        }
    }

    fn push_bytes(&self, offset: u64, bytes: &[u8], style: anstyle::Style, out: &mut String) {
        for (line, bytes) in bytes.chunks(BYTES_A_LINE).enumerate() {
            let offset = offset + (line * BYTES_A_LINE) as u64;
            self.theme.paint(out, theme::dim(), |out| {
                use std::fmt::Write as _;
                let _ = write!(out, "  {offset:08x}");
            });
            push_line(bytes, self.theme, |_| style, out);
        }
    }
}

impl Transcript for Dump {
    fn begin(&mut self, ends: &Ends, out: &mut String) {
        push_title(ends, self.theme, out);
        out.push('\n');
    }

    fn happening(&mut self, happening: &Happening<'_>, summary: &Summary, out: &mut String) {
        let style = style_of(happening.by);
        let What::Speaks(Event::Bytes {
            offset,
            bytes,
            origin,
        }) = happening.what
        else {
            if let Some(entry) = self.pieces.entry(happening, summary) {
                self.push_head(entry.frame, happening, out);
                self.theme.paint_str(out, theme::dim(), &entry.remark);
                out.push('\n');
            }
            return;
        };
        self.push_head(Some(origin.frame), happening, out);
        super::summary::push_count(bytes.len() as u64, "byte", out);
        out.push('\n');
        self.push_bytes(offset, bytes, style, out);
    }

    fn end(&mut self, ends: &Ends, summary: &Summary, out: &mut String) {
        out.push('\n');
        summary.push(ends, self.theme, self.columns, out);
    }
}

impl Dump {
    /// Appends `frame 6  server  `.
    fn push_head(&self, frame: Option<u64>, happening: &Happening<'_>, out: &mut String) {
        if let Some(frame) = frame {
            out.push_str("frame ");
            text::push_number(out, frame);
            out.push_str("  ");
        }
        self.theme
            .paint_str(out, style_of(happening.by), happening.by.name());
        out.push_str("  ");
    }
}
