//! A header of HTTP/2 in words: what its block says, once the numbers in it are looked up in what was said before on
//! the connection (RFC 7541, section 3.2). It stands in no frame like this; who has followed the connection writes it
//! down.
//!
//! ```text
//! type of the frame (8)   stream (32)   whether all of it could be read (8)
//! then for each field line
//! length of the name (32)   name   length of the value (32)   value
//! ```
//!
//! Where the first bit of a length is set, an entry has the name or the value that came in bytes which the capture
//! has not; the other bits are its index.

use std::ops::Range;

use super::http2_header_names as known;
use super::{http_status, http2, http2_names as names};
use crate::model::assembled::{Assembled, Part, Whole};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{FieldDef, joined};
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::source::Source;
use crate::model::text;

const OWN_SOURCE: Source = Source::Netinspect("headers in words");

static FRAME: FieldDef = FieldDef::decimal("http2.header_list.frame", "Header of")
    .named(names::TYPES)
    .source(OWN_SOURCE)
    .meaning("The type of the frame that says this of a header.");

static STREAM: FieldDef = FieldDef::decimal("http2.header_list.streamid", "Stream")
    .source(OWN_SOURCE)
    .meaning("The stream that the header belongs to: a request and its answer have the same.");

static END: FieldDef = FieldDef::decimal("http2.header_list.end", "Read")
    .named(&[
        (End::Whole as u64, "all of it"),
        (End::Lost as u64, "but for what the capture has not"),
        (End::Malformed as u64, "up to what is no header block"),
        (End::TooLong as u64, "as much of it as is kept"),
    ])
    .source(OWN_SOURCE)
    .meaning("Whether all of the header could be read.");

static LENGTH: FieldDef = FieldDef::decimal("http2.header.length", "Length in words")
    .unit("bytes")
    .computed(|view| Some(length(view.bytes) as u64))
    .rfc(9113, "6.5.2")
    .meaning("How long all names and values are together, with four bytes for the length of each.");

static COUNT: FieldDef = FieldDef::decimal("http2.header.count", "Field lines")
    .computed(|view| Some(Line::all(view.bytes).count() as u64))
    .rfc(9113, "4.3")
    .meaning("How many names with values the header has.");

static HEADER: FieldDef = FieldDef::heading("http2.header", "Field line")
    .rfc(9113, "8.2")
    .meaning("A name and a value, as the header lines of HTTP/1 have them; those that begin with a colon were its first line.");

static NAME_LENGTH: FieldDef = FieldDef::decimal("http2.header.name.length", "Length of the name")
    .unit("bytes")
    .rfc(9113, "8.2.1")
    .meaning("How long the name is, written out.");

static NAME: FieldDef = FieldDef::text("http2.header.name", "Name")
    .rfc(9113, "8.2.1")
    .meaning("What is told; always in small letters.");

static VALUE_LENGTH: FieldDef =
    FieldDef::decimal("http2.header.value.length", "Length of the value")
        .unit("bytes")
        .rfc(9113, "8.2.1")
        .meaning("How long the value is, written out.");

static VALUE: FieldDef = FieldDef::text("http2.header.value", "Value")
    .rfc(9113, "8.2.1")
    .meaning("What it is that the name announces.");

static LOST: FieldDef = FieldDef::flag("http2.header.lost", "Not known")
    .source(OWN_SOURCE)
    .meaning("An entry of the dynamic table has it, and came in bytes that the capture has not.");

static LOST_INDEX: FieldDef =
    FieldDef::decimal("http2.header.lost.index", "Entry that is not known")
        .source(OWN_SOURCE)
        .meaning("The index of the entry that nobody can look up here.");

/// The request that an answer is to.
pub static REQUEST_IN: FieldDef = FieldDef::decimal("http2.request_in", "Request in frame")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("The frame with the header of the request that this answers: both are on one stream.");

/// How long the answer took.
pub static TIME: FieldDef = FieldDef::duration("http2.time", "Since the request")
    .unit("seconds")
    .followed()
    .source(Source::Wireshark("requests and responses"))
    .meaning("How long the answer took: from the frame with the header of the request to the one with its own.");

const OWN: [&FieldDef; 14] = [
    &LENGTH,
    &COUNT,
    &FRAME,
    &STREAM,
    &END,
    &HEADER,
    &NAME_LENGTH,
    &NAME,
    &VALUE_LENGTH,
    &VALUE,
    &LOST,
    &LOST_INDEX,
    &REQUEST_IN,
    &TIME,
];

static FIELDS: [&FieldDef; OWN.len() + known::FIELDS.len()] = joined(&[&OWN, &known::FIELDS]);

/// A header in words.
pub static PROTOCOL: Protocol = Protocol {
    name: "http2.header_list",
    label: "HTTP/2",
    title: "Header of HTTP/2 in words",
    purpose: "Asks for something, or says how it went: what a header block says, looked up in what was said before.",
    standing: http2::STANDING,
    sources: &[Source::Rfc(9113, "8.3"), Source::Rfc(7541, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    // All of it is one: what was said before made it.
    framing: Some(|bytes, _| Framing::Whole(bytes.len())),
    is_plain_data: false,
    summary,
};

/// Whether all of a header could be read; what is worse is larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// All of it.
    Whole = 0,
    /// But for what came in bytes that the capture has not.
    Lost = 1,
    /// Up to what HPACK does not allow.
    Malformed = 2,
    /// As much of it as is kept.
    TooLong = 3,
}

/// Whether all of this header could be read.
pub fn end_of(header: &[u8]) -> End {
    let all = [End::Whole, End::Lost, End::Malformed, End::TooLong];
    let noted = header.get(END_AT).copied().unwrap_or(0);
    all.into_iter()
        .find(|end| *end as u8 == noted)
        .unwrap_or(End::Whole)
}

/// How long what stands before the field lines is, in bytes.
const BEFORE: usize = 6;

/// Where it says how it ended.
const END_AT: usize = 5;

/// The bit that says that a name or a value is not known.
const UNKNOWN: u32 = 1 << 31;

/// How long a header may be, in bytes; a few bytes of a block can say very much by repeating what was said before.
pub const MOST_BYTES: usize = 64 << 10;

/// A name or a value, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known<'a> {
    /// It is this.
    Is(&'a [u8]),
    /// The entry with this index has it, and is not known.
    Lost(u32),
}

/// Writes a header down.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Of a header of which a frame of this type says something, on this stream.
    pub fn new(kind: u8, stream: u32) -> Self {
        let mut bytes = vec![kind];
        bytes.extend(stream.to_be_bytes());
        bytes.push(End::Whole as u8);
        Self { bytes }
    }

    /// Adds a field line, where there is room for it.
    pub fn add(&mut self, name: Known<'_>, value: Known<'_>) {
        let length = |part: Known<'_>| match part {
            Known::Is(text) => 4 + text.len(),
            Known::Lost(_) => 4,
        };
        if end_of(&self.bytes) == End::TooLong
            || self.bytes.len() + length(name) + length(value) > MOST_BYTES
        {
            self.note(End::TooLong);
            return;
        }
        for part in [name, value] {
            match part {
                Known::Is(text) => {
                    let length = u32::try_from(text.len()).unwrap_or(UNKNOWN - 1);
                    self.bytes.extend(length.to_be_bytes());
                    self.bytes.extend_from_slice(text);
                }
                Known::Lost(index) => {
                    self.note(End::Lost);
                    self.bytes.extend((UNKNOWN | index).to_be_bytes());
                }
            }
        }
    }

    /// What follows is no header block.
    pub fn stop(&mut self) {
        self.note(End::Malformed);
    }

    /// There is more of the block than is kept.
    pub fn cut(&mut self) {
        self.note(End::TooLong);
    }

    /// Whether nothing has been written down.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == BEFORE && end_of(&self.bytes) == End::Whole
    }

    /// The header.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn note(&mut self, end: End) {
        if let Some(noted) = self.bytes.get_mut(END_AT) {
            *noted = (end as u8).max(*noted);
        }
    }
}

/// A header that the frame with this number completes.
pub fn assembled(header: Vec<u8>, frame: u64) -> Assembled {
    Assembled {
        whole: Whole::Header,
        parts: vec![Part::behind(&[], frame, header.len())],
        bytes: header,
    }
}

/// A name or a value where it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Its length, or the index of the entry that has it.
    head: Range<usize>,
    /// It; `None` where it is not known.
    text: Option<Range<usize>>,
}

impl Place {
    fn at(bytes: &[u8], start: usize) -> Option<Self> {
        let length = bits::u32_at(bytes, start)?;
        let head = start..start + 4;
        if length & UNKNOWN != 0 {
            return Some(Self { head, text: None });
        }
        let end = head.end.checked_add(usize::try_from(length).ok()?)?;
        (end <= bytes.len()).then_some(Self {
            text: Some(head.end..end),
            head,
        })
    }

    fn end(&self) -> usize {
        self.text.as_ref().map_or(self.head.end, |text| text.end)
    }
}

/// A field line where it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: Place,
    value: Place,
}

impl Line {
    fn all(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let mut at = BEFORE;
        std::iter::from_fn(move || {
            let name = Place::at(bytes, at)?;
            let value = Place::at(bytes, name.end())?;
            at = value.end();
            Some(Self { name, value })
        })
    }
}

/// The value of the first field line with this name.
pub fn value<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let is_it =
        |line: &Line| line.name.text.clone().and_then(|text| header.get(text)) == Some(name);
    let line = Line::all(header).find(is_it)?;
    header.get(line.value.text?)
}

/// How long all names and values are together, with four bytes for the length of each.
pub fn length(header: &[u8]) -> usize {
    header.len().saturating_sub(BEFORE)
}

/// The type of the frame that says it.
pub fn frame_of(header: &[u8]) -> Option<u8> {
    header.first().copied()
}

/// The stream that it belongs to.
pub fn stream_of(header: &[u8]) -> Option<u32> {
    bits::u32_at(header, 1)
}

/// What a header is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It asks.
    Request,
    /// It answers; what comes before the answer (1xx) does not.
    Answer,
}

/// What a header is for; `None` of trailers, of what a server promises, and of what comes before an answer.
pub fn says(header: &[u8]) -> Option<Says> {
    if let Some(status) = value(header, b":status") {
        return (!status.starts_with(b"1")).then_some(Says::Answer);
    }
    let is_promise = frame_of(header) == Some(names::PUSH_PROMISE);
    let asks = !is_promise && value(header, b":method").is_some();
    asks.then_some(Says::Request)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    out.bytes(&FRAME, 0..1);
    out.bytes(&STREAM, 1..5);
    out.bytes(&END, END_AT..BEFORE);
    for line in Line::all(bytes) {
        out.bytes(&HEADER, line.name.head.start..line.value.end());
        expand_part(&line.name, (&NAME_LENGTH, &NAME), out);
        expand_part(&line.value, (&VALUE_LENGTH, &VALUE), out);
        let text = |part: &Place| part.text.clone().and_then(|text| bytes.get(text));
        if let (Some(name), Some(value), Some(range)) =
            (text(&line.name), text(&line.value), line.value.text.clone())
        {
            known::tell(name, value, range, out);
        }
    }
    let why = match end_of(bytes) {
        End::Malformed => {
            "has a header block that HPACK does not allow, so what follows on this connection may be misread"
        }
        End::TooLong => "says more in its header block than is kept",
        End::Whole | End::Lost => return,
    };
    out.fault(0..bytes.len(), FaultKind::BadValue { why });
}

fn expand_part(
    part: &Place,
    (length, field): (&'static FieldDef, &'static FieldDef),
    out: &mut Expander<'_>,
) {
    match &part.text {
        Some(text) => {
            out.bytes(length, part.head.clone());
            out.bytes(field, text.clone());
        }
        None => {
            let head = bits::of_bytes(&part.head);
            out.bits(&LOST, head.start, 1);
            out.bits(&LOST_INDEX, head.start + 1, 31);
        }
    }
}

/// Longer paths are cut on a line.
const SHOWN_BYTES: usize = 100;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let (Some(kind), Some(stream)) = (frame_of(view.bytes), stream_of(view.bytes)) else {
        return;
    };
    http2::put_name(kind, stream, out);
    if let Some(status) = value(view.bytes, b":status") {
        out.put(b": ");
        put_cut(status, out);
        if let Some(phrase) = http_status::phrase(status) {
            out.put(b" ");
            out.push_str(phrase);
        }
    } else if let Some(method) = value(view.bytes, b":method") {
        out.put(b": ");
        put_cut(method, out);
        let authority = || value(view.bytes, b":authority");
        if let Some(target) = value(view.bytes, b":path").or_else(authority) {
            out.put(b" ");
            put_cut(target, out);
        }
    }
    if end_of(view.bytes) == End::Lost {
        out.push_str(" (some of it came in bytes that were not captured)");
    }
}

fn put_cut(value: &[u8], out: &mut Draft) {
    text::put_escaped(out, value.get(..SHOWN_BYTES).unwrap_or(value));
    if value.len() > SHOWN_BYTES {
        out.push('…');
    }
}
