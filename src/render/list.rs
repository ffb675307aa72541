//! The list: one line a frame, streaming, for captures of any length.

use super::View;
use super::memo::Memo;
use super::theme::{self, Theme};
use super::width;
use crate::model::address;
use crate::model::draft::{Draft, Piece};
use crate::model::fault::Severity;
use crate::model::field::{FieldDef, Kind, Place};
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
    /// The width of the terminal in cells, to break lines at; `None` when nobody looks at one.
    columns: Option<usize>,
    seconds: Seconds,
    /// The addresses of IPv6, once there is one: to write it takes several times as long as to find what was written.
    ipv6: Option<Memo>,
}

impl List {
    /// A list in a theme; lines are broken at `columns` cells where given.
    pub fn new(theme: Theme, time: TimeStyle, columns: Option<usize>) -> Self {
        Self {
            theme,
            time,
            columns,
            seconds: Seconds::new(0),
            ipv6: None,
        }
    }
}

/// Whole seconds, and the point behind them, in six cells. Most lines have those of the line before: they are not
/// written again.
#[derive(Debug)]
struct Seconds {
    count: u64,
    text: Piece<16>,
}

impl Seconds {
    #[cold]
    fn new(count: u64) -> Self {
        let text = Piece::EMPTY.with(&format!("{count:5}."));
        Self { count, text }
    }

    #[inline]
    fn text_of(&mut self, count: u64) -> &Piece<16> {
        if self.count != count {
            *self = Self::new(count);
        }
        &self.text
    }
}

const PER_SECOND: u64 = 1_000_000_000;

/// In cells: behind the number and the time.
const WHERE_ADDRESSES_BEGIN: usize = 19;

impl View for List {
    fn needs(&self) -> Needs {
        Needs::LINE
    }

    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let line = out.len();
        self.put_line(decoded, out);
        if let Some(columns) = self.columns {
            width::wrap(out.text(), line, columns, WHERE_ADDRESSES_BEGIN);
        }
        if self.theme == Theme::Coloured {
            self.colour_line(decoded, out.text(), line);
        }
        out.put(b"\n");
    }
}

impl List {
    fn put_line(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        out.put_number_right(decoded.frame.number, b" ");
        self.put_time(decoded, out);
        self.put_endpoints(decoded, out);
        let label = decoded.innermost().map_or("", |layer| layer.protocol.label);
        out.put_left(7, |out| out.push_str(label));
        out.put_number_right(decoded.frame.wire_length.into(), b"  ");
        decoded.put_line(out);
    }

    /// Puts the time in twelve cells; what is below a microsecond is cut off.
    fn put_time(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let nanoseconds = self.time.tell(decoded);
        match u64::try_from(nanoseconds) {
            Ok(count) => {
                out.put_piece(self.seconds.text_of(count / PER_SECOND));
                out.put_last_six_digits(count % PER_SECOND / 1_000, b" ");
            }
            Err(_) => out.push_by(|out| {
                text::push_microseconds_right(out, nanoseconds, 12);
                out.push(' ');
            }),
        }
    }

    /// Puts `192.168.1.7 → 192.168.1.6 `, each padded so that most lists stand in columns.
    fn put_endpoints(&mut self, decoded: &Decoded<'_>, out: &mut Draft) {
        let Some((layer, endpoints)) = decoded.endpoints() else {
            out.push_str(NO_ENDPOINTS);
            return;
        };
        let header = decoded.header_of(layer).unwrap_or_default();
        self.put_address(endpoints.source, header, out);
        out.push_str("→ ");
        self.put_address(endpoints.destination, header, out);
    }

    /// Puts the address that a field of a header is, read here at once, and a blank: two of them are on every line.
    #[inline]
    fn put_address(&mut self, definition: &FieldDef, header: &[u8], out: &mut Draft) {
        let Place::Fixed { start, .. } = definition.place else {
            return;
        };
        let bytes = header.get((start / 8) as usize..);
        if matches!(definition.kind, Kind::Ipv4)
            && let Some(octets) = bytes.and_then(<[u8]>::first_chunk::<4>)
        {
            return address::put_ipv4_left(out, (*octets).into());
        }
        self.put_longer_address(definition.kind, bytes.unwrap_or_default(), out);
    }

    /// Puts an address that is none of IPv4, where the capture did not cut it, and a blank.
    #[inline(never)]
    fn put_longer_address(&mut self, kind: Kind, bytes: &[u8], out: &mut Draft) {
        out.put_left(15, |out| match kind {
            Kind::Ipv6 => {
                if let Some(octets) = bytes.first_chunk() {
                    let number = u128::from_be_bytes(*octets);
                    let write = |out: &mut String| address::push_ipv6(out, number.into());
                    let remembered = self.ipv6.get_or_insert_default();
                    remembered.push(0, number, out, write);
                }
            }
            Kind::Mac => {
                if let Some(octets) = bytes.first_chunk() {
                    address::put_mac(out, *octets);
                }
            }
            _ => {}
        });
        out.put(b" ");
    }

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

/// As wide as two addresses with the arrow between them, and a blank.
const NO_ENDPOINTS: &str = "                                  ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft;
    use crate::protocols::registry;

    #[test]
    fn seconds_are_told_anew_where_they_are_not_those_of_the_line_before() {
        let mut seconds = Seconds::new(0);
        for count in [0, 0, 1, 99_999, 99_999, 100_000, u64::MAX / PER_SECOND, 0] {
            let mut out = String::new();
            draft::append(&mut out, |out| out.put_piece(seconds.text_of(count)));
            assert_eq!(out, format!("{count:5}."));
        }
    }

    #[test]
    fn every_pair_of_endpoints_is_addresses() {
        for protocol in registry::ALL {
            let Some(endpoints) = &protocol.endpoints else {
                continue;
            };
            for definition in [endpoints.source, endpoints.destination] {
                assert!(matches!(definition.place, Place::Fixed { .. }));
                let is_address = matches!(definition.kind, Kind::Mac | Kind::Ipv4 | Kind::Ipv6);
                assert!(is_address, "{}", definition.name);
            }
        }
    }
}
