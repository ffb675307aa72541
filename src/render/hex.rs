//! The bytes of a frame in hexadecimal and as text, sixteen a line where there is room, coloured by layer.

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
    columns: Option<usize>,
}

impl Hex {
    /// A hex view in a theme, with the lines of `list`, at most `columns` cells wide where given.
    pub const fn new(list: List, theme: Theme, columns: Option<usize>) -> Self {
        Self {
            list,
            theme,
            columns,
        }
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
        push_dump(decoded, self.theme, self.columns, out);
        out.push('\n');
    }
}

/// How many bytes stand in a line, and how many where there is little room.
const BYTES_A_LINE: usize = 16;
const FEWER: [usize; 2] = [8, 4];

/// The bytes of a line behind which there is a gap.
const HALF: usize = 8;

/// How many bytes stand in a line of so many cells behind an offset of `before`.
pub(super) fn bytes_a_line(columns: Option<usize>, before: usize) -> usize {
    let Some(columns) = columns else {
        return BYTES_A_LINE;
    };
    // Three cells for a byte and one for its character, before each of these and behind the first half a gap.
    let cells = |bytes: usize| before + 4 * bytes + 4 + usize::from(bytes > HALF);
    let counts = [BYTES_A_LINE, FEWER[0]];
    let most = counts.into_iter().find(|bytes| cells(*bytes) <= columns);
    most.unwrap_or(FEWER[1])
}

/// Appends the dump of a frame, at most `columns` cells wide where given: offset, sixteen bytes or fewer, the same as
/// ASCII; and of what it completes.
pub fn push_dump(decoded: &Decoded<'_>, theme: Theme, columns: Option<usize>, out: &mut String) {
    let a_line = bytes_a_line(columns, OFFSET_CELLS);
    push_buffer(decoded, Buffer::FRAME, a_line, theme, out);
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
        push_buffer(decoded, buffer, a_line, theme, out);
    }
}

fn push_buffer(
    decoded: &Decoded<'_>,
    buffer: Buffer,
    a_line: usize,
    theme: Theme,
    out: &mut String,
) {
    let all = decoded.bytes().of(buffer);
    for (line, bytes) in all.chunks(a_line).enumerate() {
        let offset = line * a_line;
        theme.paint(out, theme::dim(), |out| push_offset(out, offset));
        let style = |column| theme::layer(layer_at(decoded, buffer, offset + column));
        push_line(bytes, a_line, theme, style, out);
    }
}

/// Appends at most `a_line` bytes, each in its style, in hexadecimal and as ASCII.
pub(super) fn push_line(
    bytes: &[u8],
    a_line: usize,
    theme: Theme,
    style_at: impl Fn(usize) -> Style,
    out: &mut String,
) {
    out.push(' ');
    for column in 0..a_line {
        if column == HALF {
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

/// How many cells an offset takes.
const OFFSET_CELLS: usize = 4;

fn push_offset(out: &mut String, offset: usize) {
    use std::fmt::Write as _;
    let _ = write!(out, "{offset:0OFFSET_CELLS$x}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::width;

    #[test]
    fn a_narrow_dump_has_fewer_bytes_a_line_and_fits() {
        for (columns, bytes) in [(73, 16), (72, 8), (40, 8), (39, 4), (24, 4)] {
            let a_line = bytes_a_line(Some(columns), OFFSET_CELLS);
            assert_eq!(a_line, bytes, "{columns}");
            let mut out = String::new();
            push_offset(&mut out, 0);
            push_line(
                &vec![0x61; a_line],
                a_line,
                Theme::Plain,
                |_| Style::new(),
                &mut out,
            );
            assert!(width::of(out.trim_end()) <= columns, "{out}");
        }
        assert_eq!(bytes_a_line(None, OFFSET_CELLS), BYTES_A_LINE);
    }
}
