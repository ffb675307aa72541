//! The bytes of a frame in hexadecimal and as text, sixteen a line, coloured by layer.

use anstyle::Style;

use super::View;
use super::list::List;
use super::theme::{self, Theme};
use crate::model::draft::Draft;
use crate::model::field::Buffer;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::model::reference::OsiLayer;
use crate::model::text;

/// The hex view: the line of each frame, then its bytes.
#[derive(Debug)]
pub struct Hex {
    list: List,
    theme: Theme,
}

impl Hex {
    /// A hex view in a theme, with the lines of `list`.
    pub const fn new(list: List, theme: Theme) -> Self {
        Self { list, theme }
    }
}

impl View for Hex {
    fn needs(&self) -> Needs {
        Needs::LINE
    }

    fn text_per_byte(&self) -> usize {
        5
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        self.list.frame(decoded, out);
        let out = out.text();
        push_dump(decoded, self.theme, out);
        out.push('\n');
    }
}

/// How many bytes stand in a line.
pub(super) const BYTES_A_LINE: usize = 16;

/// Appends the dump of a frame: offset, sixteen bytes, the same as ASCII; and of what it completes.
pub fn push_dump(decoded: &Decoded<'_>, theme: Theme, out: &mut String) {
    push_buffer(decoded, Buffer::FRAME, theme, out);
    for (index, whole) in decoded.assembled.iter().enumerate() {
        let Some(buffer) = Buffer::of_assembled(index) else {
            return;
        };
        theme.paint(out, theme::dim(), |out| {
            out.push_str("\nThe ");
            out.push_str(whole.whole.name());
            out.push_str(" from ");
            whole.push_frames(out);
            out.push('\n');
        });
        push_buffer(decoded, buffer, theme, out);
    }
}

fn push_buffer(decoded: &Decoded<'_>, buffer: Buffer, theme: Theme, out: &mut String) {
    let all = decoded.bytes().of(buffer);
    for (line, bytes) in all.chunks(BYTES_A_LINE).enumerate() {
        let offset = line * BYTES_A_LINE;
        theme.paint(out, theme::dim(), |out| push_offset(out, offset));
        let style = |column| theme::layer(layer_at(decoded, buffer, offset + column));
        push_line(bytes, theme, style, out);
    }
}

/// Appends at most sixteen bytes, each in its style, in hexadecimal and as ASCII.
pub(super) fn push_line(
    bytes: &[u8],
    theme: Theme,
    style_at: impl Fn(usize) -> Style,
    out: &mut String,
) {
    out.push(' ');
    for column in 0..BYTES_A_LINE {
        if column == BYTES_A_LINE / 2 {
            out.push(' ');
        }
        match bytes.get(column) {
            Some(byte) => {
                out.push(' ');
                theme.paint(out, style_at(column), |out| text::push_hex(out, *byte));
            }
            None => out.push_str("   "),
        }
    }
    out.push_str("   ");
    for (column, byte) in bytes.iter().enumerate() {
        let shown = if byte.is_ascii_graphic() || *byte == b' ' {
            char::from(*byte)
        } else {
            '.'
        };
        theme.paint(out, style_at(column), |out| out.push(shown));
    }
    out.push('\n');
}

/// The OSI layer of the innermost layer whose own bytes include the one at `offset`.
fn layer_at(decoded: &Decoded<'_>, buffer: Buffer, offset: usize) -> OsiLayer {
    decoded
        .layers
        .iter()
        .rev()
        .find(|layer| layer.buffer == buffer && (layer.start..layer.end).contains(&offset))
        .map_or(OsiLayer::Physical, |layer| layer.protocol.standing.osi)
}

fn push_offset(out: &mut String, offset: usize) {
    use std::fmt::Write as _;
    let _ = write!(out, "{offset:04x}");
}
