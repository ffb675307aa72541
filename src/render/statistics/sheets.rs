//! What was counted, as sheets.

use std::borrow::Cow;

use super::{Cell, Column, Row, Rows, Sheet};
use crate::flow::statistics::Count;
use crate::flow::statistics::conversations::{Conversation, Conversations};
use crate::flow::statistics::endpoints::{Endpoints, Traffic};
use crate::flow::statistics::hierarchy::{Hierarchy, Place};
use crate::flow::statistics::lengths::{Class, Lengths};
use crate::flow::statistics::peers::Peer;
use crate::flow::statistics::time::Intervals;

pub(super) const fn column(name: &'static str, heading: &'static str) -> Column {
    Column { name, heading }
}

const HIERARCHY: &[Column] = &[
    column("protocol", "Protocol"),
    column("path", "Path"),
    column("frames", "Frames"),
    column("frames_share", "Share"),
    column("bytes", "Bytes"),
    column("bytes_share", "Share"),
];

const CONVERSATIONS: &[Column] = &[
    column("layer", "Layer"),
    column("address_a", "Address A"),
    column("port_a", "Port A"),
    column("address_b", "Address B"),
    column("port_b", "Port B"),
    column("frames_from_b", "Frames ←"),
    column("bytes_from_b", "Bytes ←"),
    column("frames_from_a", "Frames →"),
    column("bytes_from_a", "Bytes →"),
    column("frames", "Frames"),
    column("bytes", "Bytes"),
    column("start", "Start s"),
    column("duration", "Duration s"),
];

const ENDPOINTS: &[Column] = &[
    column("layer", "Layer"),
    column("address", "Address"),
    column("port", "Port"),
    column("frames", "Frames"),
    column("bytes", "Bytes"),
    column("frames_sent", "Frames sent"),
    column("bytes_sent", "Bytes sent"),
    column("frames_received", "Frames received"),
    column("bytes_received", "Bytes received"),
];

const INTERVALS: &[Column] = &[
    column("start", "From s"),
    column("end", "To s"),
    column("frames", "Frames"),
    column("bytes", "Bytes"),
];

const LENGTHS: &[Column] = &[
    column("length", "Length"),
    column("frames", "Frames"),
    column("frames_share", "Share"),
    column("average", "Average"),
    column("shortest", "Shortest"),
    column("longest", "Longest"),
];

pub(super) const TABLE_FULL: &str = "others (table full)";

/// The protocols, each inside those around it.
pub fn hierarchy(hierarchy: &Hierarchy) -> Sheet<'_> {
    let all = hierarchy.all();
    let row = move |place: &Place| {
        let names: Vec<&str> = place.path.iter().map(|protocol| protocol.name).collect();
        let name = names.last().copied().unwrap_or_default();
        Row {
            depth: place.path.len().saturating_sub(1),
            cells: protocol_cells(name, names.join(":"), place.count, all),
        }
    };
    Sheet {
        title: "Protocol hierarchy".to_owned(),
        columns: HIERARCHY,
        parts: &[],
        bars: None,
        rows: Rows::of(hierarchy.list(), row),
        others: others(hierarchy.others(), |count| {
            protocol_cells(TABLE_FULL, String::new(), count, all)
        }),
    }
}

fn protocol_cells(name: &'static str, path: String, count: Count, all: Count) -> Vec<Cell> {
    vec![
        text(name),
        Cell::Text(path.into()),
        Cell::Number(count.frames),
        share(count.frames, all.frames),
        Cell::Number(count.bytes),
        share(count.bytes, all.bytes),
    ]
}

/// The conversations of one level.
pub fn conversations(conversations: &Conversations) -> Sheet<'_> {
    let label = conversations.level().protocol().label;
    let row = move |told: &Conversation| {
        let mut cells = Vec::with_capacity(CONVERSATIONS.len());
        cells.push(text(label));
        cells.extend(peer_cells(&told.a));
        cells.extend(peer_cells(&told.b));
        for count in [told.back, told.forth, told.total()] {
            cells.extend(count_cells(count));
        }
        cells.extend([told.start, told.duration()].map(Cell::Seconds));
        flat(cells)
    };
    Sheet {
        title: format!("{label} conversations"),
        columns: CONVERSATIONS,
        parts: &[],
        bars: None,
        rows: Rows::of(conversations.list(), row),
        others: others(conversations.others(), |count| {
            let mut cells = vec![text(label), text(TABLE_FULL)];
            cells.resize(9, Cell::Empty);
            cells.extend(count_cells(count));
            cells.extend([Cell::Empty, Cell::Empty]);
            cells
        }),
    }
}

/// The endpoints of one level.
pub fn endpoints(endpoints: &Endpoints) -> Sheet<'_> {
    let label = endpoints.level().protocol().label;
    let row = move |traffic: &&Traffic| {
        let mut cells = Vec::with_capacity(ENDPOINTS.len());
        cells.push(text(label));
        cells.extend(peer_cells(&traffic.peer));
        for count in [traffic.total(), traffic.sent, traffic.received] {
            cells.extend(count_cells(count));
        }
        flat(cells)
    };
    Sheet {
        title: format!("{label} endpoints"),
        columns: ENDPOINTS,
        parts: &[],
        bars: None,
        rows: Rows::of(endpoints.list(), row),
        others: others(endpoints.others(), |count| {
            let mut cells = vec![text(label), text(TABLE_FULL), Cell::Empty];
            cells.extend(count_cells(count));
            cells.resize(ENDPOINTS.len(), Cell::Empty);
            cells
        }),
    }
}

/// The intervals of time.
pub fn intervals(intervals: &Intervals) -> Sheet<'_> {
    let row = |(start, end, count): &(i64, i64, Count)| {
        let mut cells = vec![Cell::Seconds(*start), Cell::Seconds(*end)];
        cells.extend(count_cells(*count));
        flat(cells)
    };
    Sheet {
        title: "Frames per interval".to_owned(),
        columns: INTERVALS,
        parts: &[],
        bars: Some("bytes"),
        rows: Rows::of(intervals.list().collect(), row),
        others: others(intervals.others(), |count| {
            let mut cells = vec![text(TABLE_FULL), Cell::Empty];
            cells.extend(count_cells(count));
            cells
        }),
    }
}

/// The classes of lengths, below the frames of all lengths.
pub fn lengths(lengths: &Lengths) -> Sheet<'_> {
    let all = lengths.all();
    let classes = lengths.classes().map(|(range, class)| {
        let name = match *range.end() {
            u32::MAX => format!("{} and more", range.start()),
            end => format!("{}-{end}", range.start()),
        };
        length_row(1, name.into(), class, all)
    });
    let rows = std::iter::once(length_row(0, "all".into(), all, all)).chain(classes);
    Sheet {
        title: "Frame lengths".to_owned(),
        columns: LENGTHS,
        parts: &[],
        bars: Some("frames"),
        rows: Rows::of(rows.collect(), Row::clone),
        others: None,
    }
}

fn length_row(depth: usize, name: Cow<'static, str>, class: Class, all: Class) -> Row {
    let Count { frames, bytes } = class.count;
    let told = |cell: Cell| if frames == 0 { Cell::Empty } else { cell };
    let cells = vec![
        Cell::Text(name),
        Cell::Number(frames),
        share(frames, all.count.frames),
        told(Cell::Average(ratio(bytes, frames))),
        told(Cell::Number(u64::from(class.shortest))),
        told(Cell::Number(u64::from(class.longest))),
    ];
    Row { depth, cells }
}

pub(super) const fn flat(cells: Vec<Cell>) -> Row {
    Row { depth: 0, cells }
}

pub(super) fn others(count: Count, cells: impl FnOnce(Count) -> Vec<Cell>) -> Option<Row> {
    (count.frames > 0).then(|| flat(cells(count)))
}

pub(super) const fn text(text: &'static str) -> Cell {
    Cell::Text(Cow::Borrowed(text))
}

pub(super) fn peer_cells(peer: &Peer) -> [Cell; 2] {
    let port = peer.port().map(u64::from);
    [Cell::Address(*peer), port.map_or(Cell::Empty, Cell::Number)]
}

pub(super) const fn count_cells(count: Count) -> [Cell; 2] {
    [Cell::Number(count.frames), Cell::Number(count.bytes)]
}

pub(super) fn share(part: u64, whole: u64) -> Cell {
    Cell::Share(ratio(part, whole))
}

/// A part of a whole; 0 where there is no whole.
#[expect(clippy::cast_precision_loss, reason = "nobody counts 2⁵³ frames")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
