//! HTTP/2: the requests and answers of HTTP in frames of bytes, many at once over one connection (RFC 9113).
//!
//! Every frame belongs to a stream: a request and its answer. Frames of many streams alternate in one connection, so
//! that no answer waits for another one; in TCP, which has one order for all bytes, a lost segment still holds all of
//! them up. Programs need no lines to find the end of a frame: its length stands before it. What is in a header
//! block, `http2_header_list` tells.

use super::http2_frame::{self as frame, HEADER, Header, PREFACE};
use super::{http2_names as names, http2_payload};
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{FieldDef, joined};
use crate::model::framing;
use crate::model::layer::LayerView;
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static MAGIC: FieldDef = FieldDef::text("http2.magic", "Preface")
    .rfc(9113, "3.4")
    .meaning("What every client says first: a server of HTTP/1 takes it for nonsense and hangs up, before anything goes wrong.");

static LENGTH: FieldDef = FieldDef::decimal("http2.length", "Length")
    .unit("bytes")
    .rfc(9113, "4.1")
    .meaning("How long the frame is behind these nine bytes: so its end can be found in the stream of TCP.");

static TYPE: FieldDef = FieldDef::decimal("http2.type", "Type")
    .named(names::TYPES)
    .rfc(9113, "6")
    .meaning("What the frame is for: HEADERS asks and answers, DATA carries bodies, the others keep the connection going.");

static FLAGS: FieldDef = FieldDef::hex("http2.flags", "Flags")
    .rfc(9113, "4.1")
    .meaning("What is special about the frame; what each bit says depends on the type.");

static END_STREAM: FieldDef = flag("http2.flags.end_stream", "End of the stream")
    .rfc(9113, "6.1")
    .meaning("The sender has said all of this request or answer; the other side may still speak.");

static END_HEADERS: FieldDef = flag("http2.flags.eh", "End of the header")
    .rfc(9113, "6.2")
    .meaning("The header block is complete; otherwise it goes on in a CONTINUATION.");

static PADDED: FieldDef = flag("http2.flags.padded", "Padded")
    .rfc(9113, "6.1")
    .meaning("Bytes without a meaning stand at the end, so that who sees lengths learns less.");

static PRIORITY: FieldDef = flag("http2.flags.priority", "Priority")
    .rfc(9113, "6.2")
    .meaning("What the stream depends on stands before the header block; hardly any server looks at it any more.");

static ACK_SETTINGS: FieldDef = flag("http2.flags.ack.settings", "Acknowledgment")
    .rfc(9113, "6.5")
    .meaning("The other side's settings hold from here on; nothing else is in the frame.");

static ACK_PING: FieldDef = flag("http2.flags.ack.ping", "Acknowledgment")
    .rfc(9113, "6.7")
    .meaning("The frame answers a PING, with the same eight bytes.");

static RESERVED: FieldDef = FieldDef::hex("http2.r", "Reserved")
    .rfc(9113, "4.1")
    .meaning("A bit that nobody uses: 0.");

static STREAM: FieldDef = FieldDef::decimal("http2.streamid", "Stream")
    .rfc(9113, "5.1.1")
    .meaning("The request and its answer that the frame belongs to: odd numbers from the client, even ones from the server, 0 for the whole connection.");

const fn flag(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::flag(name, label).detail()
}

const OWN: [&FieldDef; 12] = [
    &MAGIC,
    &LENGTH,
    &TYPE,
    &FLAGS,
    &END_STREAM,
    &END_HEADERS,
    &PADDED,
    &PRIORITY,
    &ACK_SETTINGS,
    &ACK_PING,
    &RESERVED,
    &STREAM,
];

static FIELDS: [&FieldDef; OWN.len() + http2_payload::FIELDS.len()] =
    joined(&[&OWN, &http2_payload::FIELDS]);

/// Where HTTP/2 stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Application,
    tcp_ip: TcpIpLayer::Application,
    pdu: Pdu::Message,
};

/// HTTP/2.
pub static PROTOCOL: Protocol = Protocol {
    name: "http2",
    label: "HTTP/2",
    title: "Hypertext Transfer Protocol, version 2",
    purpose: "Carries many requests and answers of HTTP at once over one TCP connection, in frames of bytes.",
    standing: STANDING,
    sources: &[Source::Rfc(9113, ""), Source::Rfc(7541, "")],
    parents: &[],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(|bytes, _| frame::framing(bytes)),
    is_plain_data: false,
    summary,
};

/// The flags of each type: the bit, counted from the first, and what it says.
const FLAGS_OF: &[(u8, &[(u32, &FieldDef)])] = &[
    (names::DATA, &[(4, &PADDED), (7, &END_STREAM)]),
    (
        names::HEADERS,
        &[
            (2, &PRIORITY),
            (4, &PADDED),
            (5, &END_HEADERS),
            (7, &END_STREAM),
        ],
    ),
    (names::SETTINGS, &[(7, &ACK_SETTINGS)]),
    (names::PUSH_PROMISE, &[(4, &PADDED), (5, &END_HEADERS)]),
    (names::PING, &[(7, &ACK_PING)]),
    (names::CONTINUATION, &[(5, &END_HEADERS)]),
];

/// Where the flags are, and the stream, in bits.
const FLAGS_BIT: u32 = 32;
const STREAM_BIT: u32 = 40;

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    // They may be several where there are more than are told apart.
    for place in framing::each_in(view.bytes, frame::framing) {
        let bytes = view.bytes.get(..place.end).unwrap_or(view.bytes);
        expand_one(bytes, place.start, out);
    }
}

/// Tells the last frame of these bytes, which begins there.
fn expand_one(bytes: &[u8], start: usize, out: &mut Expander<'_>) {
    let of_frame = bytes.get(start..).unwrap_or_default();
    if of_frame.starts_with(PREFACE) {
        out.bytes(&MAGIC, start..start + PREFACE.len());
        return;
    }
    let Some(header) = Header::of(of_frame) else {
        return;
    };
    out.bytes(&LENGTH, start..start + 3);
    out.bytes(&TYPE, start + 3..start + 4);
    out.bytes(&FLAGS, start + 4..start + 5);
    let Ok(first_bit) = u32::try_from(start * 8) else {
        return;
    };
    let flags = FLAGS_OF.iter().find(|(kind, _)| *kind == header.kind);
    for (bit, field) in flags.map_or(&[][..], |(_, flags)| *flags) {
        out.bits(field, first_bit + FLAGS_BIT + bit, 1);
    }
    out.bits(&RESERVED, first_bit + STREAM_BIT, 1);
    out.bits(&STREAM, first_bit + STREAM_BIT + 1, 31);
    let needed = HEADER + header.length;
    if needed > of_frame.len() {
        out.fault(
            start..start + of_frame.len(),
            FaultKind::TooShort {
                needed: needed as u64,
                present: of_frame.len() as u64,
                believed: Believed::Own(LENGTH.label),
            },
        );
    }
    http2_payload::expand(of_frame, start, &header, out);
}

/// How many frames a line names; of more, it says how many there are.
const MOST_NAMED: usize = 8;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let mut count: usize = 0;
    for place in framing::each_in(view.bytes, frame::framing) {
        count += 1;
        if count > MOST_NAMED {
            continue;
        }
        if count > 1 {
            out.put(b", ");
        }
        put_frame(view.bytes.get(place).unwrap_or_default(), out);
    }
    if let Some(more) = count.checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        out.push_str(", and ");
        out.put_number(more as u64);
        out.push_str(" more");
    }
}

/// Puts what a frame is and of which stream, as Wireshark names it.
fn put_frame(bytes: &[u8], out: &mut Draft) {
    if bytes.starts_with(PREFACE) {
        out.push_str("Magic");
        return;
    }
    if let Some(header) = Header::of(bytes) {
        put_name(header.kind, header.stream, out);
    }
}

/// Puts the name of a type, and the stream.
pub fn put_name(kind: u8, stream: u32, out: &mut Draft) {
    match names::of_type(kind) {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("Unknown type ");
            out.put_number(kind.into());
        }
    }
    out.put(b"[");
    out.put_number(stream.into());
    out.put(b"]");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{Seen, frame_of, in_segment, seen, seen_in};
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::{Depth, Past};

    /// What these frames are behind the preface of a connection.
    fn sent(frames: &[u8]) -> Seen {
        let packet = in_segment(&[PREFACE, frames].concat());
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        decoder.walk(&frame);
        flows.assemble(&mut decoder, &frame, Past::Everything);
        seen_in(&decoder.deepen(&frame, Depth::Expand))
    }

    #[test]
    fn a_connection_is_known_by_its_preface_on_any_port() {
        let seen = seen(LinkType::IPV4, &in_segment(PREFACE));
        assert_eq!(seen.layers, ["ip", "tcp", "http2"]);
        assert_eq!(
            seen.fields("http2"),
            [r"http2.magic PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
        );
    }

    #[test]
    fn settings_are_told_by_their_names() {
        let seen = sent(&[
            0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 16, 0, 0, 99, 0, 0, 0, 7,
        ]);
        assert!(seen.line.contains("  Magic  SETTINGS[0]"), "{}", seen.line);
        assert_eq!(
            seen.fields("http2")[1..],
            [
                "http2.length 12",
                "http2.type 4 (SETTINGS)",
                "http2.flags 0x0",
                "  - http2.flags.ack.settings 0",
                "http2.r 0x0",
                "http2.streamid 0",
                "http2.settings",
                "  http2.settings.id 1 (HEADER_TABLE_SIZE)",
                "  http2.settings.header_table_size 4096",
                "http2.settings",
                "  http2.settings.id 99",
                "  http2.settings.unknown 7",
            ]
        );
    }

    #[test]
    fn a_header_is_told_as_it_is_written_and_in_words() {
        let seen = sent(&[
            0, 0, 18, 1, 0x2d, 0, 0, 0, 1, 2, 0x80, 0, 0, 3, 15, 0x82, 0x10, 1, b'a', 0x81, 0x1f,
            0x0f, 0x0d, 1, b'5', 0, 0,
        ]);
        assert!(
            seen.line.contains("  Magic  HEADERS[1]: GET  ["),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("http2")[4..],
            [
                "  - http2.flags.priority 1",
                "  - http2.flags.padded 1",
                "  - http2.flags.eh 1",
                "  - http2.flags.end_stream 1",
                "http2.r 0x0",
                "http2.streamid 1",
                "http2.padding 0x2",
                "http2.exclusive 1",
                "http2.stream_dependency 3",
                "http2.headers.weight 15",
                "= http2.headers.weight_real 16",
                "http2.headers 82:10:01:61:81:1f:0f:0d:01:35",
                "  http2.hpack.line",
                "    http2.hpack.indexed 1",
                "    http2.header.index 2 (:method)",
                "  http2.hpack.line",
                "    http2.hpack.never_indexed 1",
                "    http2.hpack.new_name 0",
                "    http2.hpack.huffman 0",
                "    http2.hpack.string.length 1",
                "    http2.hpack.string a",
                "    http2.hpack.huffman 1",
                "    http2.hpack.string.length 1",
                "    http2.hpack.string.coded 1f",
                "  http2.hpack.line",
                "    http2.hpack.without_indexing 0",
                "    http2.hpack.number 15",
                "    http2.hpack.number.more 0d",
                "    http2.header.index 28 (content-length)",
                "    http2.hpack.huffman 0",
                "    http2.hpack.string.length 1",
                "    http2.hpack.string 5",
                "http2.headers.padding 00:00",
            ]
        );
        let in_words = [
            "http2.header.name ",
            "http2.header.value ",
            "http2.headers.",
        ];
        assert_eq!(
            seen.chosen("http2.header_list", &in_words),
            [
                "http2.header.name :method",
                "http2.header.value GET",
                "- http2.headers.method GET",
                "http2.header.name a",
                "http2.header.value a",
                "http2.header.name content-length",
                "http2.header.value 5",
                "= http2.headers.content_length 5",
            ]
        );
    }

    #[test]
    fn the_other_types_are_taken_apart() {
        let carried = |frame: &[u8]| {
            let seen = sent(frame);
            let fields = seen.fields("http2");
            let behind = fields
                .iter()
                .position(|field| field.starts_with("http2.streamid"));
            let fields = fields[behind.unwrap() + 1..].iter();
            fields.map(|field| (*field).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            carried(&[0, 0, 6, 0, 8, 0, 0, 0, 1, 2, b'h', b'i', b'!', 0, 0]),
            [
                "http2.padding 0x2",
                "http2.data.data 68:69:21",
                "http2.data.padding 00:00"
            ]
        );
        assert_eq!(
            carried(&[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]),
            ["http2.rst_stream.error 8 (CANCEL)"]
        );
        assert_eq!(
            carried(&[0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
            ["http2.pong 01:02:03:04:05:06:07:08"]
        );
        assert_eq!(
            carried(&[
                0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 11, b'n', b'o'
            ]),
            [
                "http2.goway.r 0x0",
                "http2.goaway.last_stream_id 5",
                "http2.goaway.error 11 (ENHANCE_YOUR_CALM)",
                "http2.goaway.addata 6e:6f",
            ]
        );
        assert_eq!(
            carried(&[0, 0, 4, 8, 0, 0, 0, 0, 3, 0x80, 0, 1, 0]),
            [
                "http2.window_update.r 0x1",
                "http2.window_update.window_size_increment 256"
            ]
        );
        assert_eq!(
            carried(&[0, 0, 2, 99, 0, 0, 0, 0, 1, 7, 8]),
            ["http2.unknown 07:08"]
        );
    }

    #[test]
    fn what_cannot_be_is_a_fault_and_every_byte_is_told_nevertheless() {
        let lies: [&[u8]; 6] = [
            &[0, 0, 3, 3, 0, 0, 0, 0, 1, 0, 0, 0],
            &[0, 0, 7, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9],
            &[0, 0, 2, 0, 8, 0, 0, 0, 1, 200, 1],
            &[0, 0, 2, 1, 0x24, 0, 0, 0, 1, 0, 0],
            &[0, 0, 1, 8, 0, 0, 0, 0, 1, 0],
            &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0xbe],
        ];
        for lie in lies {
            let seen = sent(lie);
            // The checksum of the segment is never right here.
            assert!(seen.faults.len() > 1, "{lie:?}");
        }
    }
}
