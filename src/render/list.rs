//! The list: one line a frame, streaming, for captures of any length.

use super::View;
use super::theme::{self, Theme};
use super::width;
use crate::model::fault::Severity;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::model::text;
use crate::protocols::frame::{SINCE_FIRST, SINCE_PREVIOUS, SINCE_SHOWN};

/// How the time of a frame is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// Seconds since the first frame.
    #[default]
    Relative,
    /// Seconds since the frame before.
    Delta,
    /// Seconds since the frame shown before.
    DeltaShown,
    /// Seconds since 1970.
    Epoch,
}

impl TimeStyle {
    /// Nanoseconds to tell for a frame; 0 where nobody followed the frames before it.
    pub fn tell(self, decoded: &Decoded<'_>) -> i64 {
        let definition = match self {
            Self::Relative => &SINCE_FIRST,
            Self::Delta => &SINCE_PREVIOUS,
            Self::DeltaShown => &SINCE_SHOWN,
            Self::Epoch => return decoded.frame.time.nanoseconds(),
        };
        decoded
            .followed_number(definition)
            .unwrap_or(0)
            .cast_signed()
    }
}

/// The list view.
#[derive(Debug)]
pub struct List {
    theme: Theme,
    time: TimeStyle,
    /// The width of the terminal in cells, to cut lines to; `None` when nobody looks at one.
    columns: Option<usize>,
}

impl List {
    /// A list in a theme; lines are cut to `columns` cells where given.
    pub const fn new(theme: Theme, time: TimeStyle, columns: Option<usize>) -> Self {
        Self {
            theme,
            time,
            columns,
        }
    }
}

impl View for List {
    fn needs(&self) -> Needs {
        Needs::LINE
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        let line = out.len();
        text::push_number_right(out, decoded.frame.number, 5);
        out.push(' ');
        text::push_microseconds_right(out, self.time.tell(decoded), 12);
        out.push(' ');
        push_endpoints(decoded, out);
        out.push(' ');
        let start = out.len();
        out.push_str(decoded.innermost().map_or("", |layer| layer.protocol.label));
        width::pad(out, start, 7);
        text::push_number_right(out, decoded.frame.wire_length.into(), 5);
        out.push_str("  ");
        decoded.push_line(out);
        if let Some(columns) = self.columns {
            width::cut(out, line, columns);
        }
        if self.theme == Theme::Coloured {
            self.colour_line(decoded, out, line);
        }
        out.push('\n');
    }
}

impl List {
    fn colour_line(&self, decoded: &Decoded<'_>, out: &mut String, line: usize) {
        let plain = out.split_off(line);
        let worst = decoded.faults.iter().map(|f| f.kind.severity()).max();
        let style = match (worst, decoded.innermost()) {
            (Some(severity @ (Severity::Error | Severity::Warning)), _) => theme::fault(severity),
            (_, Some(layer)) => theme::layer(layer.protocol.standing.osi),
            _ => theme::dim(),
        };
        self.theme.paint_str(out, style, &plain);
    }
}

/// Appends `192.168.1.7 → 192.168.1.6`, each padded so that most lists stand in columns.
fn push_endpoints(decoded: &Decoded<'_>, out: &mut String) {
    const CELLS: usize = 15;
    const ARROW: &str = " → ";
    const ARROW_CELLS: usize = 3;
    let Some((layer, endpoints)) = decoded.endpoints() else {
        text::push_blanks(out, CELLS + ARROW_CELLS + CELLS);
        return;
    };
    let push = |out: &mut String, address| {
        // An address is ASCII: a byte is a cell.
        let end = out.len() + CELLS;
        decoded.push_value(layer, address, out);
        text::push_blanks(out, end.saturating_sub(out.len()));
    };
    push(out, endpoints.source);
    out.push_str(ARROW);
    push(out, endpoints.destination);
}
