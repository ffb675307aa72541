//! What the frames of HTTP/2 carry, type by type (RFC 9113, section 6).

use std::ops::Range;

use super::hpack::{FieldLines, Literal, Number, Way};
use super::hpack_static;
use super::http2_frame::{ACK, HEADER, Header, WITH_PRIORITY};
use super::http2_names as names;
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;

static PAD: FieldDef = FieldDef::hex("http2.padding", "Length of the padding")
    .rfc(9113, "6.1")
    .meaning("How many bytes without a meaning stand behind what the frame carries.");

static DATA: FieldDef = FieldDef::bytes("http2.data.data", "Data")
    .rfc(9113, "6.1")
    .meaning("A part of the body of a request or an answer; flow control counts it.");

static DATA_PADDING: FieldDef = FieldDef::bytes("http2.data.padding", "Padding")
    .rfc(9113, "6.1")
    .meaning("Zeros that hide how long the data is; flow control counts them too.");

static EXCLUSIVE: FieldDef = FieldDef::flag("http2.exclusive", "Exclusive")
    .rfc(9113, "6.3")
    .meaning("The stream comes between the other one and all that depended on that; what this was for is given up.");

static DEPENDENCY: FieldDef = FieldDef::decimal("http2.stream_dependency", "Depends on stream")
    .rfc(9113, "6.3")
    .meaning("Which stream should be served before this one; 0 for none.");

static WEIGHT: FieldDef = FieldDef::decimal("http2.headers.weight", "Weight")
    .rfc(9113, "6.3")
    .meaning("How large its share is among streams that depend on the same one, less 1.");

static WEIGHT_REAL: FieldDef = FieldDef::decimal("http2.headers.weight_real", "Share")
    .derived()
    .rfc(9113, "6.3")
    .meaning("The weight as it counts, from 1 to 256.");

static BLOCK: FieldDef = FieldDef::bytes("http2.headers", "Header block")
    .group()
    .rfc(9113, "4.3")
    .meaning("The header in few bytes: names and values that were said before are numbers (HPACK). What it says in words stands beside it.");

static HEADERS_PADDING: FieldDef = FieldDef::bytes("http2.headers.padding", "Padding")
    .rfc(9113, "6.2")
    .meaning("Zeros that hide how long the header block is.");

static PROMISE_BLOCK: FieldDef = FieldDef::bytes("http2.push_promise.header", "Header block")
    .group()
    .rfc(9113, "6.6")
    .meaning("The header of the request that the server makes for the client, in few bytes.");

static PROMISE_PADDING: FieldDef = FieldDef::bytes("http2.push_promise.padding", "Padding")
    .rfc(9113, "6.6")
    .meaning("Zeros that hide how long the header of the promised request is.");

static PROMISE_RESERVED: FieldDef = FieldDef::hex("http2.push_promise.r", "Reserved")
    .rfc(9113, "6.6")
    .meaning("A bit before the promised stream that nobody uses: 0.");

static PROMISED: FieldDef =
    FieldDef::decimal("http2.push_promise.promised_stream_id", "Promised stream")
        .rfc(9113, "6.6")
        .meaning("The stream on which the server will send what nobody has asked for yet.");

static CONTINUATION: FieldDef =
    FieldDef::bytes("http2.continuation.header", "More of the header block")
        .rfc(9113, "6.10")
        .meaning("The header block goes on here: it was too long for one frame.");

static LINE: FieldDef = FieldDef::heading("http2.hpack.line", "Field line as it is written")
    .rfc(7541, "6")
    .meaning("A name and a value of the header, or numbers that stand for them.");

static INDEXED: FieldDef = way("http2.hpack.indexed", "Name and value by an index", "6.1")
    .meaning("Both are an entry of a table: a byte or two stand for all of the line.");

static INCREMENTAL: FieldDef = way(
    "http2.hpack.incremental",
    "Value, an entry from here on",
    "6.2.1",
)
.meaning("The value follows, and both become an entry: the next time an index is enough.");

static WITHOUT: FieldDef = way("http2.hpack.without_indexing", "Value, no entry", "6.2.2").meaning(
    "The value follows, and is not worth remembering: it will be another one the next time.",
);

static NEVER: FieldDef = way(
    "http2.hpack.never_indexed",
    "Value, never an entry",
    "6.2.3",
)
.meaning("The value follows, and nobody on the way may remember it: a password, perhaps.");

static SIZE_UPDATE: FieldDef = way(
    "http2.hpack.size_update",
    "Size of the dynamic table",
    "6.3",
)
.meaning("No line, but how much the sender remembers of what it has said.");

const fn way(name: &'static str, label: &'static str, section: &'static str) -> FieldDef {
    FieldDef::decimal(name, label).rfc(7541, section)
}

static NEW_NAME: FieldDef = FieldDef::decimal("http2.hpack.new_name", "Name by no index")
    .rfc(7541, "6.2")
    .meaning("A 0 in place of an index: no entry has the name, so it follows.");

static FIRST_BITS: FieldDef = FieldDef::decimal("http2.hpack.number", "Number")
    .rfc(7541, "5.1")
    .meaning("The first bits of a number; all ones say that it goes on in further bytes.");

static MORE: FieldDef = FieldDef::bytes("http2.hpack.number.more", "Number goes on")
    .rfc(7541, "5.1")
    .meaning("Further bytes of the number, seven bits each; the last one begins with a 0.");

static INDEX: FieldDef = FieldDef::decimal("http2.header.index", "Index")
    .named_by(|index| hpack_static::name(u32::try_from(index).ok()?))
    .rfc(7541, "2.3.3")
    .meaning("Which entry has the name, or name and value: up to 61 of the table that everybody has, above that of what was said on this connection, the last first.");

static TABLE_SIZE: FieldDef = FieldDef::decimal(
    "http2.header_table_size_update.header_table_size",
    "Size of the dynamic table",
)
.unit("bytes")
.rfc(7541, "6.3")
.meaning(
    "How much the sender remembers of headers from here on; so the receiver must remember as much.",
);

static HUFFMAN: FieldDef = FieldDef::flag("http2.hpack.huffman", "Huffman code")
    .rfc(7541, "5.2")
    .meaning("The string is in a code that has few bits for frequent characters.");

static STRING_LENGTH: FieldDef =
    FieldDef::decimal("http2.hpack.string.length", "Length of the string")
        .unit("bytes")
        .rfc(7541, "5.2")
        .meaning(
            "How many bytes the string has as it is sent; all ones say that the number goes on.",
        );

static STRING: FieldDef = FieldDef::text("http2.hpack.string", "String")
    .rfc(7541, "5.2")
    .meaning("A name or a value, as it is.");

static CODED: FieldDef = FieldDef::bytes("http2.hpack.string.coded", "String in the Huffman code")
    .rfc(7541, "5.2")
    .meaning("A name or a value, of which each character has five to thirty bits.");

static CUT: FieldDef = FieldDef::bytes("http2.hpack.cut", "Field line that goes on")
    .rfc(9113, "4.3")
    .meaning("Bytes of a field line whose other bytes are in a CONTINUATION, or nowhere.");

static ERROR_OF_STREAM: FieldDef = FieldDef::decimal("http2.rst_stream.error", "Error")
    .named(names::ERRORS)
    .rfc(9113, "7")
    .meaning("Why the stream ends before its time; the connection goes on.");

static SETTING: FieldDef = FieldDef::heading("http2.settings", "Setting")
    .rfc(9113, "6.5.1")
    .meaning("A number that the sender wants the other side to keep to.");

static SETTING_ID: FieldDef = FieldDef::decimal("http2.settings.id", "Which")
    .named(names::SETTING_NAMES)
    .rfc(9113, "6.5.2")
    .meaning("Which setting it is; one that is not known is passed over.");

static HEADER_TABLE_SIZE: FieldDef = setting(
    "http2.settings.header_table_size",
    "Size of the header table",
)
.unit("bytes")
.meaning("How much of headers the sender of this can remember: 4096 bytes unless it says so.");

static ENABLE_PUSH: FieldDef = setting("http2.settings.enable_push", "Push")
    .meaning("Whether a server may answer what was not asked: 1 unless the client says 0.");

static MOST_STREAMS: FieldDef = setting("http2.settings.max_concurrent_streams", "Streams at once")
    .meaning("How many streams the other side may have open at a time.");

static WINDOW: FieldDef = setting("http2.settings.initial_window_size", "First window")
    .unit("bytes")
    .meaning("How much data may be sent on each stream before the receiver must agree to more: 65,535 bytes unless it says so.");

static MOST_FRAME: FieldDef = setting("http2.settings.max_frame_size", "Longest frame")
    .unit("bytes")
    .meaning("How long the payload of a frame may be that the sender of this takes: 16,384 bytes unless it says so.");

static MOST_LIST: FieldDef = setting("http2.settings.max_header_list_size", "Longest header")
    .unit("bytes")
    .meaning(
        "How long a header may be in words that the sender of this takes; no more than advice.",
    );

static CONNECT: FieldDef = setting("http2.settings.extended_connect", "Extended CONNECT")
    .rfc(8441, "3")
    .meaning("Whether the server lets other protocols, such as WebSocket, go through a stream.");

static OTHER_SETTING: FieldDef = setting("http2.settings.unknown", "Value")
    .meaning("The value of a setting that has no field of its own here.");

static PING: FieldDef = FieldDef::bytes("http2.ping", "Ping")
    .rfc(9113, "6.7")
    .meaning(
        "Eight bytes that the other side sends back: so it is there, and so long does it take.",
    );

static PONG: FieldDef = FieldDef::bytes("http2.pong", "Pong")
    .rfc(9113, "6.7")
    .meaning("The eight bytes of the PING that this answers.");

static GOAWAY_RESERVED: FieldDef = FieldDef::hex("http2.goway.r", "Reserved")
    .rfc(9113, "6.8")
    .meaning("A bit before the last stream that nobody uses: 0.");

static LAST_STREAM: FieldDef = FieldDef::decimal("http2.goaway.last_stream_id", "Last stream")
    .rfc(9113, "6.8")
    .meaning("The last stream of the other side that was looked at; what came behind it can be asked again elsewhere.");

static GOAWAY_ERROR: FieldDef = FieldDef::decimal("http2.goaway.error", "Error")
    .named(names::ERRORS)
    .rfc(9113, "7")
    .meaning("Why the connection ends; NO_ERROR is an end in good order.");

static DEBUG: FieldDef = FieldDef::bytes("http2.goaway.addata", "For people")
    .rfc(9113, "6.8")
    .meaning("What the sender has to say about it to whoever looks for the fault.");

static UPDATE_RESERVED: FieldDef = FieldDef::hex("http2.window_update.r", "Reserved")
    .rfc(9113, "6.9")
    .meaning("A bit before the increment that nobody uses: 0.");

static INCREMENT: FieldDef = FieldDef::decimal(
    "http2.window_update.window_size_increment",
    "More bytes allowed",
)
.unit("bytes")
.rfc(9113, "6.9")
.meaning("How much more data may be sent, on this stream or, on stream 0, on all of them together: flow control, as TCP has it for a connection.");

static UNKNOWN: FieldDef = FieldDef::bytes("http2.unknown", "Payload")
    .rfc(9113, "5.5")
    .meaning(
        "What a frame carries whose type is not known here; who does not know it passes it over.",
    );

const fn setting(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::decimal(name, label).rfc(9113, "6.5.2")
}

/// Of all types.
pub const FIELDS: [&FieldDef; 50] = [
    &PAD,
    &DATA,
    &DATA_PADDING,
    &EXCLUSIVE,
    &DEPENDENCY,
    &WEIGHT,
    &WEIGHT_REAL,
    &BLOCK,
    &HEADERS_PADDING,
    &PROMISE_BLOCK,
    &PROMISE_PADDING,
    &PROMISE_RESERVED,
    &PROMISED,
    &CONTINUATION,
    &LINE,
    &INDEXED,
    &INCREMENTAL,
    &WITHOUT,
    &NEVER,
    &SIZE_UPDATE,
    &NEW_NAME,
    &FIRST_BITS,
    &MORE,
    &INDEX,
    &TABLE_SIZE,
    &HUFFMAN,
    &STRING_LENGTH,
    &STRING,
    &CODED,
    &CUT,
    &ERROR_OF_STREAM,
    &SETTING,
    &SETTING_ID,
    &HEADER_TABLE_SIZE,
    &ENABLE_PUSH,
    &MOST_STREAMS,
    &WINDOW,
    &MOST_FRAME,
    &MOST_LIST,
    &CONNECT,
    &OTHER_SETTING,
    &PING,
    &PONG,
    &GOAWAY_RESERVED,
    &LAST_STREAM,
    &GOAWAY_ERROR,
    &DEBUG,
    &UPDATE_RESERVED,
    &INCREMENT,
    &UNKNOWN,
];

/// Whether a field is a header block, or a part of one.
pub fn is_block(field: &FieldDef) -> bool {
    let blocks = [&BLOCK, &PROMISE_BLOCK, &CONTINUATION];
    blocks.into_iter().any(|block| std::ptr::eq(block, field))
}

/// A part of a payload that is always there: a field, and how many bits it has.
type Fixed = (&'static FieldDef, u32);

/// What payloads begin with, in bits.
const DEPENDS: &[Fixed] = &[(&EXCLUSIVE, 1), (&DEPENDENCY, 31), (&WEIGHT, 8)];
const PROMISES: &[Fixed] = &[(&PROMISE_RESERVED, 1), (&PROMISED, 31)];
const RESETS: &[Fixed] = &[(&ERROR_OF_STREAM, 32)];
const ENDS: &[Fixed] = &[
    (&GOAWAY_RESERVED, 1),
    (&LAST_STREAM, 31),
    (&GOAWAY_ERROR, 32),
];
const UPDATES: &[Fixed] = &[(&UPDATE_RESERVED, 1), (&INCREMENT, 31)];

/// How long a PING is, and a setting, in bytes.
const PING_BYTES: usize = 8;
const SETTING_BYTES: usize = 6;

/// Tells what a frame carries, which begins there in the layer.
pub fn expand(frame: &[u8], start: usize, header: &Header, out: &mut Expander<'_>) {
    let end = frame.len().min(HEADER + header.length);
    let payload = Payload {
        frame: frame.get(..end).unwrap_or(frame),
        start,
    };
    match header.kind {
        names::DATA => payload.tell_data(header, out),
        names::HEADERS | names::PUSH_PROMISE => payload.tell_header(header, out),
        names::PRIORITY => {
            payload.tell_fixed(DEPENDS, HEADER, out);
            payload.tell_weight(HEADER, out);
            payload.require(header.length == 5, "a PRIORITY has 5 bytes", out);
        }
        names::RST_STREAM => {
            payload.tell_fixed(RESETS, HEADER, out);
            payload.require(header.length == 4, "a RST_STREAM has 4 bytes", out);
        }
        names::SETTINGS => payload.tell_settings(header, out),
        names::PING => {
            let field = if header.has(ACK) { &PONG } else { &PING };
            payload.tell(field, HEADER..HEADER + PING_BYTES, out);
            payload.require(header.length == PING_BYTES, "a PING has 8 bytes", out);
        }
        names::GOAWAY => {
            let end = payload.tell_fixed(ENDS, HEADER, out);
            payload.tell(&DEBUG, end..payload.frame.len(), out);
            payload.require(header.length >= 8, "a GOAWAY has at least 8 bytes", out);
        }
        names::WINDOW_UPDATE => {
            payload.tell_fixed(UPDATES, HEADER, out);
            payload.require(header.length == 4, "a WINDOW_UPDATE has 4 bytes", out);
        }
        names::CONTINUATION => payload.tell(&CONTINUATION, HEADER..payload.frame.len(), out),
        _ => payload.tell(&UNKNOWN, HEADER..payload.frame.len(), out),
    }
}

/// The payload of a frame, with the header before it.
struct Payload<'a> {
    frame: &'a [u8],
    /// Where the frame begins in its layer.
    start: usize,
}

impl Payload<'_> {
    /// Tells these bytes of the frame, where they are all there and any.
    fn tell(&self, field: &'static FieldDef, range: Range<usize>, out: &mut Expander<'_>) {
        if range.end <= self.frame.len() {
            out.bytes(field, self.start + range.start..self.start + range.end);
        }
    }

    /// Tells bits of the frame.
    fn tell_bits(
        &self,
        field: &'static FieldDef,
        byte: usize,
        bits: Range<u32>,
        out: &mut Expander<'_>,
    ) {
        if let Ok(first) = u32::try_from((self.start + byte) * 8) {
            out.bits(field, first + bits.start, bits.end - bits.start);
        }
    }

    /// Tells what is always there from this byte on; gives where it ends.
    fn tell_fixed(&self, fields: &[Fixed], from: usize, out: &mut Expander<'_>) -> usize {
        let mut bit = 0;
        let end = |bit: u32| from + bit.div_ceil(8) as usize;
        for (field, length) in fields {
            if end(bit + length) > self.frame.len() {
                return self.frame.len();
            }
            self.tell_bits(field, from, bit..bit + length, out);
            bit += length;
        }
        end(bit)
    }

    /// Says what a frame of this type must be, where it is not.
    fn require(&self, is_so: bool, why: &'static str, out: &mut Expander<'_>) {
        if !is_so {
            let range = self.start..self.start + self.frame.len();
            out.fault(range, FaultKind::BadValue { why });
        }
    }

    /// Tells the length of padding, where there is one.
    fn tell_pad(&self, header: &Header, out: &mut Expander<'_>) {
        if header.is_padded() {
            self.tell(&PAD, HEADER..HEADER + 1, out);
        }
    }

    fn tell_data(&self, header: &Header, out: &mut Expander<'_>) {
        self.tell_pad(header, out);
        if let Some(data) = self.block(header, out) {
            self.tell(&DATA, data.clone(), out);
            self.tell(&DATA_PADDING, data.end..self.frame.len(), out);
        }
    }

    fn tell_header(&self, header: &Header, out: &mut Expander<'_>) {
        self.tell_pad(header, out);
        let from = HEADER + usize::from(header.is_padded());
        let is_promise = header.kind == names::PUSH_PROMISE;
        if is_promise {
            self.tell_fixed(PROMISES, from, out);
        } else if header.has(WITH_PRIORITY) {
            self.tell_fixed(DEPENDS, from, out);
            self.tell_weight(from, out);
        }
        let Some(block) = self.block(header, out) else {
            return;
        };
        let (field, padding) = if is_promise {
            (&PROMISE_BLOCK, &PROMISE_PADDING)
        } else {
            (&BLOCK, &HEADERS_PADDING)
        };
        self.tell(field, block.clone(), out);
        self.tell_lines(&block, out);
        self.tell(padding, block.end..self.frame.len(), out);
    }

    /// Where data or a header block is; says what is wrong where padding leaves no room for it.
    fn block(&self, header: &Header, out: &mut Expander<'_>) -> Option<Range<usize>> {
        let block = header.block(self.frame);
        self.require(
            block.is_some(),
            "what the flags announce needs more bytes than there are",
            out,
        );
        block
    }

    fn tell_weight(&self, from: usize, out: &mut Expander<'_>) {
        const BEFORE: usize = 4;
        if let Some(weight) = self.frame.get(from + BEFORE) {
            out.derived_beside(&WEIGHT_REAL, u64::from(*weight) + 1);
        }
    }

    fn tell_settings(&self, header: &Header, out: &mut Expander<'_>) {
        let mut at = HEADER;
        while at + SETTING_BYTES <= self.frame.len() {
            self.tell(&SETTING, at..at + SETTING_BYTES, out);
            self.tell(&SETTING_ID, at..at + 2, out);
            let value = match bits::u16_at(self.frame, at) {
                Some(1) => &HEADER_TABLE_SIZE,
                Some(2) => &ENABLE_PUSH,
                Some(3) => &MOST_STREAMS,
                Some(4) => &WINDOW,
                Some(5) => &MOST_FRAME,
                Some(6) => &MOST_LIST,
                Some(8) => &CONNECT,
                _ => &OTHER_SETTING,
            };
            self.tell(value, at + 2..at + SETTING_BYTES, out);
            at += SETTING_BYTES;
        }
        let is_whole = header.length.is_multiple_of(SETTING_BYTES);
        self.require(is_whole, "settings have 6 bytes each", out);
        let is_empty = !header.has(ACK) || header.length == 0;
        self.require(is_empty, "an acknowledgment of settings has none", out);
    }

    /// Tells the field lines of a block as they are written; what they say, somebody must remember for.
    fn tell_lines(&self, block: &Range<usize>, out: &mut Expander<'_>) {
        let mut lines = FieldLines::of(self.frame.get(block.clone()).unwrap_or_default());
        let from = block.start;
        for line in lines.by_ref() {
            let within = |range: &Range<usize>| from + range.start..from + range.end;
            self.tell(&LINE, within(&line.range), out);
            let bits = u32::from(line.way.bits());
            self.tell_bits(field_of(line.way), from + line.range.start, 0..bits, out);
            let meant = match (line.way, line.index.value) {
                (Way::SizeUpdate, _) => &TABLE_SIZE,
                (_, 0) => &NEW_NAME,
                _ => &INDEX,
            };
            self.tell_number(meant, &line.index, from, out);
            for literal in line.name.iter().chain(&line.value) {
                self.tell_literal(literal, from, out);
            }
        }
        let rest = lines.rest();
        self.tell(&CUT, from + rest.start..from + rest.end, out);
    }

    /// Tells a number as this field; where it goes on in further bytes, they are told before it.
    fn tell_number(
        &self,
        field: &'static FieldDef,
        number: &Number,
        from: usize,
        out: &mut Expander<'_>,
    ) {
        const BYTE: u32 = u8::BITS;
        let start = from + number.range.start;
        let bits = BYTE - u32::from(number.bits)..BYTE;
        if number.range.len() == 1 {
            self.tell_bits(field, start, bits, out);
            return;
        }
        self.tell_bits(&FIRST_BITS, start, bits, out);
        self.tell(&MORE, start + 1..from + number.range.end, out);
        out.derived_beside(field, number.value.into());
    }

    fn tell_literal(&self, literal: &Literal, from: usize, out: &mut Expander<'_>) {
        self.tell_bits(&HUFFMAN, from + literal.length.range.start, 0..1, out);
        self.tell_number(&STRING_LENGTH, &literal.length, from, out);
        let field = if literal.is_huffman { &CODED } else { &STRING };
        self.tell(
            field,
            from + literal.bytes.start..from + literal.bytes.end,
            out,
        );
    }
}

const fn field_of(way: Way) -> &'static FieldDef {
    match way {
        Way::Indexed => &INDEXED,
        Way::Incremental => &INCREMENTAL,
        Way::WithoutIndexing => &WITHOUT,
        Way::NeverIndexed => &NEVER,
        Way::SizeUpdate => &SIZE_UPDATE,
    }
}
