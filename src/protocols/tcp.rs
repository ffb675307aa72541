//! The Transmission Control Protocol: a stream of bytes from program to program, in order and complete.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Source port          |       Destination port        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Sequence number                        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Acknowledgment number                      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Data  |     |A|C|E|U|A|P|R|S|F|                               |
//! | offset| Res.|E|W|C|R|C|S|S|Y|I|            Window             |
//! |       |     | |R|E|G|K|H|T|N|N|                               |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           Checksum            |        Urgent pointer         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Options, if any ...
//! ```

use etherparse::TcpHeaderSlice;
use etherparse::err::tcp::HeaderSliceError;

use super::checksum::{self, Verdict};
use super::{
    dialogue, piece, tcp_followed, tcp_mptcp, tcp_options, tcp_options_historic,
    tcp_options_recent, tcp_options_security,
};
use crate::model::bits;
use crate::model::draft::{self, Draft, Piece};
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{self, FieldDef};
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static SOURCE_PORT: FieldDef = FieldDef::decimal("tcp.srcport", "Source port")
    .at(0, 2)
    .joint("tcp.port")
    .rfc(9293, "3.1")
    .meaning("Which program on the sending host this is from; a client is given a free number, mostly above 32768.");

static DESTINATION_PORT: FieldDef = FieldDef::decimal("tcp.dstport", "Destination port")
    .at(2, 2)
    .joint("tcp.port")
    .rfc(9293, "3.1")
    .meaning("Which program on the receiving host this is for; a server listens on a number that clients know.");

static LENGTH: FieldDef = FieldDef::decimal("tcp.len", "Payload length")
    .unit("bytes")
    .computed(|view| {
        payload_on_wire(view).map(|length| length as u64)
    })
    .rfc(9293, "3.4")
    .meaning("How many bytes of the stream this segment carries; no field says so, it is what IP's length leaves over.");

static PAYLOAD: FieldDef = FieldDef::bytes("tcp.payload", "Payload")
    .payload()
    .rfc(9293, "3.1")
    .meaning(
        "The bytes of the stream that this segment carries; the layers inside show what they mean.",
    );

static SEQUENCE: FieldDef = FieldDef::decimal("tcp.seq_raw", "Sequence number")
    .at(4, 4)
    .rfc(9293, "3.4")
    .meaning("The position of the segment's first byte in the sender's stream, counted on from a random start; SYN and FIN count as one byte each.");

static ACKNOWLEDGMENT: FieldDef = FieldDef::decimal("tcp.ack_raw", "Acknowledgment number")
    .at(8, 4)
    .rfc(9293, "3.4")
    .meaning("The position of the byte that the sender of this segment expects next from the other side: all before it has arrived. Counts only with the ACK flag.");

static HEADER_LENGTH: FieldDef = FieldDef::decimal("tcp.hdr_len", "Header length")
    .at_bits(96, 4)
    .scaled(4, "bytes")
    .rfc(9293, "3.1")
    .meaning("Where the payload begins; sent as a count of 32-bit words (data offset). 20 bytes means no options.");

static FLAGS: FieldDef = FieldDef::hex("tcp.flags", "Flags")
    .at_bits(100, 12)
    .group()
    .rfc(9293, "3.1")
    .meaning("What the segment does besides carrying bytes: open, acknowledge, close, break off.");

static RESERVED: FieldDef = FieldDef::decimal("tcp.flags.res", "Reserved")
    .at_bits(100, 3)
    .rfc(9293, "3.1")
    .meaning("Must be 0; kept for later.");

static ACCURATE_ECN: FieldDef = FieldDef::flag("tcp.flags.ae", "Accurate ECN")
    .at_bits(103, 1)
    .rfc(9768, "3.1.1")
    .meaning("With CWR and ECE, counts the congestion marks seen since the last segment; 0 where that is not used.");

static CWR: FieldDef = FieldDef::flag("tcp.flags.cwr", "Congestion window reduced")
    .at_bits(104, 1)
    .rfc(3168, "6.1.2")
    .meaning("The sender has slowed down because it was told of congestion.");

static ECE: FieldDef = FieldDef::flag("tcp.flags.ece", "ECN echo")
    .at_bits(105, 1)
    .rfc(3168, "6.1.3")
    .meaning("Tells the other side that a router marked its packets: slow down. In a SYN: this host can do ECN.");

static URG: FieldDef = FieldDef::flag("tcp.flags.urg", "Urgent")
    .at_bits(106, 1)
    .rfc(9293, "3.8.5")
    .meaning("The urgent pointer counts; hardly anybody uses it, and new programs should not.");

static ACK: FieldDef = FieldDef::flag("tcp.flags.ack", "Acknowledgment")
    .at_bits(107, 1)
    .rfc(9293, "3.4")
    .meaning("The acknowledgment number counts; set on every segment but the SYN that opens the connection and some resets: one that answers a segment with ACK has none.");

static PSH: FieldDef = FieldDef::flag("tcp.flags.push", "Push")
    .at_bits(108, 1)
    .rfc(9293, "3.9.1.2")
    .meaning("Asks the receiver to hand the bytes to its program now; set by the kernel at the end of what it had to send. It does not mark the end of a message.");

static RST: FieldDef = FieldDef::flag("tcp.flags.reset", "Reset")
    .at_bits(109, 1)
    .rfc(9293, "3.5.2")
    .meaning("Breaks the connection off at once: nobody listens here, or the program closed with bytes unread.");

static SYN: FieldDef = FieldDef::flag("tcp.flags.syn", "Synchronize")
    .at_bits(110, 1)
    .rfc(9293, "3.5")
    .meaning("Opens a direction of the connection and tells where its sequence numbers start.");

static FIN: FieldDef = FieldDef::flag("tcp.flags.fin", "Finish")
    .at_bits(111, 1)
    .rfc(9293, "3.6")
    .meaning("The sender has nothing more to say in its direction; the other may go on. The receiver's program reads 0 bytes.");

static WINDOW: FieldDef = FieldDef::decimal("tcp.window_size_value", "Window")
    .at(14, 2)
    .rfc(9293, "3.8.6")
    .meaning("How many more bytes the sender of this segment has room for; times the scale agreed in the SYNs, which this field does not show.");

static CHECKSUM: FieldDef = FieldDef::hex("tcp.checksum", "Checksum")
    .at(16, 2)
    .rfc(9293, "3.1")
    .meaning("The ones' complement sum of addresses, header and payload; a segment that does not fit it is dropped in silence and sent again.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("tcp.checksum.status", "Checksum status")
    .named(checksum::STATUS)
    .computed(|view| Some(verdict(view).status()))
    .rfc(1071, "1")
    .meaning("Whether the segment's bytes sum to its checksum; computed here, not sent.");

static URGENT_POINTER: FieldDef = FieldDef::decimal("tcp.urgent_pointer", "Urgent pointer")
    .at(18, 2)
    .rfc(9293, "3.8.5")
    .meaning("How far the urgent bytes reach, counted from the sequence number; counts only with the URG flag.");

/// The fields of the header before its options.
const HEADER: &[&FieldDef] = &[
    &SOURCE_PORT,
    &DESTINATION_PORT,
    &LENGTH,
    &SEQUENCE,
    &ACKNOWLEDGMENT,
    &HEADER_LENGTH,
    &FLAGS,
    &RESERVED,
    &ACCURATE_ECN,
    &CWR,
    &ECE,
    &URG,
    &ACK,
    &PSH,
    &RST,
    &SYN,
    &FIN,
    &WINDOW,
    &CHECKSUM,
    &CHECKSUM_STATUS,
    &URGENT_POINTER,
    &PAYLOAD,
];

static FIELDS: [&FieldDef;
    HEADER.len()
        + tcp_options::FIELDS.len()
        + tcp_options_recent::FIELDS.len()
        + tcp_options_security::FIELDS.len()
        + tcp_options_historic::FIELDS.len()
        + tcp_mptcp::FIELDS.len()
        + tcp_followed::FIELDS.len()
        + piece::FOLLOWED.len()
        + dialogue::TCP_FIELDS.len()] = field::joined(&[
    HEADER,
    tcp_options::FIELDS,
    tcp_options_recent::FIELDS,
    tcp_options_security::FIELDS,
    tcp_options_historic::FIELDS,
    tcp_mptcp::FIELDS,
    tcp_followed::FIELDS,
    piece::FOLLOWED,
    dialogue::TCP_FIELDS,
]);

/// TCP.
pub static PROTOCOL: Protocol = Protocol {
    name: "tcp",
    label: "TCP",
    title: "Transmission Control Protocol",
    purpose: "Carries a stream of bytes from program to program, complete and in order; it knows no messages.",
    standing: Standing {
        osi: OsiLayer::Transport,
        tcp_ip: TcpIpLayer::Transport,
        pdu: Pdu::Segment,
    },
    sources: &[Source::Rfc(9293, "")],
    parents: &[Selector::IpProtocol(PROTOCOL_NUMBER)],
    fields: &FIELDS,
    endpoints: None,
    measure: Some(measure),
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

const PROTOCOL_NUMBER: u8 = 6;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    match TcpHeaderSlice::from_slice(bytes) {
        Ok(header) => {
            let next = Next::either(
                Selector::TcpPort(header.destination_port()),
                Selector::TcpPort(header.source_port()),
            );
            Measure::header(header.slice().len(), next)
        }
        Err(HeaderSliceError::Len(short)) => room.too_short(short.required_len),
        Err(HeaderSliceError::Content(_)) => {
            room.forbidden("the header length is below 20 bytes, the least a header has")
        }
    }
}

/// How many bytes of the stream a segment carries, also where the capture cut them off; `None` where
/// nobody knows, since the header's length cannot be.
pub fn payload_on_wire(view: &LayerView<'_>) -> Option<usize> {
    payload_length(view.bytes, view.wire_length())
}

/// As [`payload_on_wire`], of a segment that begins with these bytes and is so long on the wire.
pub fn payload_length(bytes: &[u8], wire_length: usize) -> Option<usize> {
    let words = bytes.get(12)? >> 4;
    let header_length = usize::from(words) * 4;
    (words >= 5).then(|| wire_length.saturating_sub(header_length))
}

/// What can be said of the checksum of a segment.
pub fn verdict(view: &LayerView<'_>) -> Verdict {
    checksum::of_transport(view, PROTOCOL_NUMBER, 16)
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    verdict(view).fault(bits::u16_at(view.bytes, 16)?)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let stated = view.bytes.get(12).map_or(0, |byte| byte >> 4) * 4;
    tcp_options::expand(view.header(), usize::from(stated), out);
}

/// Reads the bytes themselves: of a header that the capture cut, the first part says enough.
fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let (Some(source), Some(destination)) = (bits::u16_at(bytes, 0), bits::u16_at(bytes, 2)) else {
        return;
    };
    out.put_number(source.into());
    out.push_str(" → ");
    out.put_number(destination.into());
    let Some(flags) = flags(bytes) else { return };
    out.put(b"  ");
    put_flags(flags, out);
    if flags & SYN_BIT != 0 {
        tcp_options::put_announcement(view.header(), out);
    }
    let length = payload_on_wire(view).unwrap_or(0);
    if length > 0 {
        out.put(b"  ");
        out.put_byte_count(length);
    }
}

/// The twelve bits of flags.
pub fn flags(bytes: &[u8]) -> Option<u16> {
    Some(bits::u16_at(bytes, 12)? & 0x0fff)
}

const SYN_BIT: u16 = 0x002;

/// The flag that says that the acknowledgment number counts.
pub const ACK_BIT: u16 = 0x010;

/// Appends the names of the flags that are set, as people say them: `SYN ACK`.
pub fn push_flags(flags: u16, out: &mut String) {
    draft::append(out, |out| put_flags(flags, out));
}

#[inline]
fn put_flags(flags: u16, out: &mut Draft) {
    let usual = &USUAL_FLAGS[usize::from(flags & USUAL)];
    out.put_piece(usual);
    if flags & !USUAL != 0 {
        put_rare_flags(flags, out);
    }
}

/// Puts the names of the others, behind those of the five lowest.
#[cold]
fn put_rare_flags(flags: u16, out: &mut Draft) {
    let mut separator = if flags & USUAL == 0 { "" } else { " " };
    for (bit, name) in RARE_FLAGS {
        if flags & bit != 0 {
            out.push_str(separator);
            out.push_str(name);
            separator = " ";
        }
    }
}

/// The five lowest flags: nearly every segment has no others.
const USUAL: u16 = 0x1f;

/// The names of the five lowest flags, for each combination of them.
static USUAL_FLAGS: [Piece<20>; 32] = {
    // What opens is named before what ends.
    const ORDER: [(usize, &str); 5] = [
        (0x02, "SYN"),
        (0x01, "FIN"),
        (0x04, "RST"),
        (0x08, "PSH"),
        (0x10, "ACK"),
    ];
    let mut all = [Piece::EMPTY; 32];
    let mut flags = 1;
    while flags < all.len() {
        let mut at = 0;
        while at < ORDER.len() {
            let (bit, name) = ORDER[at];
            if flags & bit != 0 {
                let separator = if all[flags].is_empty() { "" } else { " " };
                all[flags] = all[flags].with(separator).with(name);
            }
            at += 1;
        }
        flags += 1;
    }
    all
};

const RARE_FLAGS: [(u16, &str); 4] = [
    (0x020, "URG"),
    (0x040, "ECE"),
    (0x080, "CWR"),
    (0x100, "AE"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::field::Place;

    #[test]
    fn every_flag_that_is_set_is_named_in_one_order() {
        const ORDER: [(&FieldDef, &str); 9] = [
            (&SYN, "SYN"),
            (&FIN, "FIN"),
            (&RST, "RST"),
            (&PSH, "PSH"),
            (&ACK, "ACK"),
            (&URG, "URG"),
            (&ECE, "ECE"),
            (&CWR, "CWR"),
            (&ACCURATE_ECN, "AE"),
        ];
        for flags in 0..1 << 12 {
            let mut header = [0; 20];
            header[12..14].copy_from_slice(&u16::to_be_bytes(flags));
            let is_set = |definition: &FieldDef| match definition.place {
                Place::Fixed { start, length } => {
                    bits::number(&header, &(start..start + length)) == Some(1)
                }
                _ => false,
            };
            let set = ORDER
                .into_iter()
                .filter(|(definition, _)| is_set(definition));
            let expected: Vec<&str> = set.map(|(_, name)| name).collect();
            let mut out = String::new();
            push_flags(flags, &mut out);
            assert_eq!(out, expected.join(" "), "{flags:#x}");
        }
    }
}
