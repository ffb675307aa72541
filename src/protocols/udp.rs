//! The User Datagram Protocol: ports and a checksum over IP, and nothing else.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Source port          |       Destination port        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |            Length             |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use etherparse::{UdpHeader, UdpHeaderSlice};

use super::checksum::{self, Verdict};
use super::dialogue;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{self, FieldDef};
use crate::model::layer::{Extent, LayerView};
use crate::model::protocol::{Expander, Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static SOURCE_PORT: FieldDef = FieldDef::decimal("udp.srcport", "Source port")
    .at(0, 2)
    .joint("udp.port")
    .rfc(768, "")
    .meaning("Which program on the sending host this is from, and where an answer goes; 0 when no answer is wanted.");

static DESTINATION_PORT: FieldDef = FieldDef::decimal("udp.dstport", "Destination port")
    .at(2, 2)
    .joint("udp.port")
    .rfc(768, "")
    .meaning("Which program on the receiving host this is for: the one whose socket is bound to this port.");

static LENGTH: FieldDef = FieldDef::decimal("udp.length", "Length")
    .at(4, 2)
    .unit("bytes")
    .rfc(768, "")
    .meaning("How long the datagram is, these 8 bytes of header included.");

static PAYLOAD: FieldDef = FieldDef::bytes("udp.payload", "Payload")
    .payload()
    .rfc(768, "")
    .meaning("The bytes that this datagram carries; the layers inside show what they mean.");

static CHECKSUM: FieldDef = FieldDef::hex("udp.checksum", "Checksum")
    .at(6, 2)
    .rfc(768, "")
    .meaning("The ones' complement sum of addresses, header and payload; 0 means that the sender computed none.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("udp.checksum.status", "Checksum status")
    .named(checksum::STATUS)
    .computed(|view| Some(verdict(view).status()))
    .rfc(1071, "1")
    .meaning("Whether the datagram's bytes sum to its checksum; computed here, not sent.");

/// Which dialogue.
pub static STREAM: FieldDef = FieldDef::decimal("udp.stream", "Stream")
    .followed()
    .source(WIRESHARK)
    .meaning("Which pair of addresses and ports of the capture this is, counted from 0; UDP itself knows no connections.");

/// Since the first datagram of the dialogue.
pub static SINCE_FIRST: FieldDef = FieldDef::duration(
    "udp.time_relative",
    "Since the first datagram",
)
.unit("seconds")
.followed()
.source(WIRESHARK)
.meaning("How long after the first datagram between these addresses and ports this one was seen.");

/// Since the datagram before.
pub static SINCE_PREVIOUS: FieldDef =
    FieldDef::duration("udp.time_delta", "Since the datagram before")
        .unit("seconds")
        .followed()
        .source(WIRESHARK)
        .meaning("How long after the datagram before it, between the same addresses and ports, this one was seen.");

const WIRESHARK: Source = Source::Wireshark("conversations");

/// The fields without those of the dialogue.
const OWN: &[&FieldDef] = &[
    &SOURCE_PORT,
    &DESTINATION_PORT,
    &LENGTH,
    &CHECKSUM,
    &CHECKSUM_STATUS,
    &PAYLOAD,
    &STREAM,
    &SINCE_FIRST,
    &SINCE_PREVIOUS,
];

static FIELDS: [&FieldDef; OWN.len() + dialogue::UDP_FIELDS.len()] =
    field::joined(&[OWN, dialogue::UDP_FIELDS]);

/// UDP.
pub static PROTOCOL: Protocol = Protocol {
    name: "udp",
    label: "UDP",
    title: "User Datagram Protocol",
    purpose: "Carries one message from program to program, whole or not at all; nobody is told which.",
    standing: Standing {
        osi: OsiLayer::Transport,
        tcp_ip: TcpIpLayer::Transport,
        pdu: Pdu::Datagram,
    },
    sources: &[Source::Rfc(768, "")],
    parents: &[Selector::IpProtocol(PROTOCOL_NUMBER)],
    fields: &FIELDS,
    endpoints: None,
    measure,
    expand,
    check: Some(check),
    framing: None,
    summary,
};

const PROTOCOL_NUMBER: u8 = 17;
const HEADER_LENGTH: usize = 8;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let Ok(header) = UdpHeaderSlice::from_slice(bytes) else {
        return room.too_short(HEADER_LENGTH);
    };
    let next = Next::either(
        Selector::UdpPort(header.destination_port()),
        Selector::UdpPort(header.source_port()),
    );
    let measure = Measure::header(HEADER_LENGTH, next);
    match header.length() {
        // A jumbogram's length does not fit the field (RFC 2675, section 4).
        0 => measure,
        length => match length.checked_sub(UdpHeader::LEN_U16) {
            Some(payload_length) => measure.with_payload(payload_length),
            None => {
                room.blame(FaultKind::TooShort {
                    needed: HEADER_LENGTH as u64,
                    present: length.into(),
                    believed: Believed::Own(LENGTH.label),
                });
                measure
            }
        },
    }
}

fn verdict(view: &LayerView<'_>) -> Verdict {
    match bits::u16_at(view.bytes, 6) {
        Some(0) if checksum::is_over_ipv6(view) => Verdict::Missing,
        Some(0) => Verdict::NotPresent,
        _ => checksum::of_transport(view, PROTOCOL_NUMBER, 6),
    }
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    verdict(view).fault(bits::u16_at(view.bytes, 6)?)
}

fn expand(_: &LayerView<'_>, _: &mut Expander<'_>) {}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Ok(header) = UdpHeaderSlice::from_slice(view.bytes) else {
        return;
    };
    out.put_number(header.source_port().into());
    out.push_str(" → ");
    out.put_number(header.destination_port().into());
    out.put(b"  ");
    let here = view.payload().len();
    let stated = usize::from(header.length()).saturating_sub(HEADER_LENGTH);
    // A fragment or a quotation has only a part.
    if stated > here && view.layer.extent != Extent::Whole {
        out.put_number(here as u64);
        out.put(b" of ");
    }
    out.put_byte_count(stated.max(here));
}
