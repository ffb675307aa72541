//! A conversation in hexadecimal and as ASCII, each piece under a line that says whose it is.

use super::pieces::Pieces;
use super::{Summary, Transcript, push_title, style_of};
use crate::flow::follow::{Ends, Happening, What};
use crate::flow::reassembly::stream::Event;
use crate::model::text;
use crate::render::hex::{bytes_a_line, push_line};
use crate::render::theme::{self, Theme};
use crate::render::width;

/// The hex view.
#[derive(Debug)]
pub struct Dump {
    theme: Theme,
    columns: Option<usize>,
    pieces: Pieces,
}

/// How many cells an offset takes, with the blanks before it.
const OFFSET_CELLS: usize = 10;

impl Dump {
    /// A view in a theme, at most `columns` cells wide where given.
    pub fn new(theme: Theme, columns: Option<usize>) -> Self {
        Self {
            theme,
            columns,
            pieces: Pieces::default(),
        }
    }

    fn push_bytes(&self, offset: u64, bytes: &[u8], style: anstyle::Style, out: &mut String) {
        let a_line = bytes_a_line(self.columns, OFFSET_CELLS);
        for (line, bytes) in bytes.chunks(a_line).enumerate() {
            let offset = offset + (line * a_line) as u64;
            self.theme.paint(out, theme::dim(), |out| {
                use std::fmt::Write as _;
                let _ = write!(out, "  {offset:08x}");
            });
            push_line(bytes, a_line, self.theme, |_| style, out);
        }
    }
}

impl Transcript for Dump {
    fn begin(&mut self, ends: &Ends, out: &mut String) {
        push_title(ends, self.theme, self.columns, out);
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
                let start = out.len();
                self.push_head(entry.frame, happening, out);
                self.theme.paint_str(out, theme::dim(), &entry.remark);
                if let Some(columns) = self.columns {
                    width::fold(out, start, columns);
                }
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
