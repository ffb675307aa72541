//! The list: one line a frame, streaming, for captures of any length.

use super::View;
use super::theme::{self, Theme};
use super::width;
use crate::model::address;
use crate::model::draft::Draft;
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
        let mut columns = Columns::new();
        columns.put_number_right(decoded.frame.number, 5);
        columns.put(b" ");
        columns.put_microseconds_right(self.time.tell(decoded));
        columns.put(b" ");
        put_endpoints(decoded, &mut columns, out);
        columns.put(b" ");
        let label = decoded.innermost().map_or("", |layer| layer.protocol.label);
        columns.put_left::<7>(|columns| columns.put_str(label));
        columns.put_number_right(decoded.frame.wire_length.into(), 5);
        columns.put(b"  ");
        columns.push_to(out);
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

/// What stands before and behind the arrow: at most 20 bytes of number, 18 of time and an address of 39; or an
/// address, the longest name of a protocol and 10 of length.
type Columns = Draft<128>;

/// Puts `192.168.1.7 → 192.168.1.6`, each padded so that most lists stand in columns. What is before the arrow is
/// appended with it: text that is ASCII from one end to the other is looked at sooner.
fn put_endpoints(decoded: &Decoded<'_>, columns: &mut Columns, out: &mut String) {
    let Some((layer, endpoints)) = decoded.endpoints() else {
        columns.put(&[b' '; 15 + 3 + 15]);
        return;
    };
    let header = decoded.header_of(layer).unwrap_or_default();
    columns.put_left::<15>(|columns| put_address(endpoints.source, header, columns));
    columns.push_to(out);
    out.push_str(text::ARROW);
    columns.put_left::<15>(|columns| put_address(endpoints.destination, header, columns));
}

/// Puts the address that a field of a header is, read here at once: two of them are on every line.
#[inline]
fn put_address(definition: &FieldDef, header: &[u8], columns: &mut Columns) {
    let Place::Fixed { start, .. } = definition.place else {
        return;
    };
    let bytes = header.get((start / 8) as usize..).unwrap_or_default();
    match definition.kind {
        Kind::Ipv4 => put_whole(bytes, columns, |columns, octets: [u8; 4]| {
            address::put_ipv4(columns, octets.into());
        }),
        Kind::Ipv6 => put_whole(bytes, columns, |columns, octets: [u8; 16]| {
            address::put_ipv6(columns, octets.into());
        }),
        Kind::Mac => put_whole(bytes, columns, address::put_mac),
        _ => {}
    }
}

/// Puts by `put` an address of `N` bytes, where the capture did not cut it.
#[inline]
fn put_whole<const N: usize>(
    bytes: &[u8],
    columns: &mut Columns,
    put: impl FnOnce(&mut Columns, [u8; N]),
) {
    if let Some(octets) = bytes.first_chunk() {
        put(columns, *octets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::registry;

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

    #[test]
    fn the_longest_columns_lose_nothing() {
        let longest = "1111:2222:3333:4444:5555:6666:7777:8888";
        let address = longest.parse::<std::net::Ipv6Addr>().unwrap().octets();
        let field = FieldDef::ipv6("x", "X").at(0, 16);
        let (mut columns, mut out) = (Columns::new(), String::new());
        columns.put_number_right(u64::MAX, 5);
        columns.put_microseconds_right(i64::MIN);
        columns.put_left::<15>(|columns| put_address(&field, &address, columns));
        columns.push_to(&mut out);
        let expected = format!("{}-9223372036.854775{longest}", u64::MAX);
        assert_eq!(out, expected);
        let label = registry::ALL.iter().map(|protocol| protocol.label);
        let label = label.max_by_key(|label| label.len()).unwrap();
        columns.put_left::<15>(|columns| put_address(&field, &address, columns));
        columns.put_left::<7>(|columns| columns.put_str(label));
        columns.put_number_right(u32::MAX.into(), 5);
        columns.push_to(&mut out);
        assert_eq!(out, format!("{expected}{longest}{label}{}", u32::MAX));
    }
}
