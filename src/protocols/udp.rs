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
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{self, FieldDef};
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
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
    measure: Some(measure),
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
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
        // Whether it may be 0 is for the check to say: that depends on the packet around.
        0 => measure,
        length => match length.checked_sub(UdpHeader::LEN_U16) {
            Some(payload_length) => measure.with_payload(payload_length),
            None => {
                room.blame(shorter_than_header(length));
                measure
            }
        },
    }
}

/// The fault of a length below 8, the least there is (RFC 768).
fn shorter_than_header(length: u16) -> FaultKind {
    FaultKind::TooShort {
        needed: HEADER_LENGTH as u64,
        present: length.into(),
        believed: Believed::Own(LENGTH.label),
    }
}

/// Whether a length of 0 is that of a jumbogram of IPv6, whose own does not fit the field (RFC 2675, section 4). Where
/// an error message quotes only its beginning, it may be.
fn may_be_jumbogram(view: &LayerView<'_>) -> bool {
    let is_long = view.wire_length() > usize::from(u16::MAX);
    (is_long || view.layer.is_quoted()) && checksum::is_over_ipv6(view)
}

fn states_less_than_header(view: &LayerView<'_>) -> bool {
    (1..HEADER_LENGTH).contains(&stated_length(view))
}

/// The length that the header states.
fn stated_length(view: &LayerView<'_>) -> usize {
    bits::u16_at(view.bytes, 4).map_or(0, usize::from)
}

fn verdict(view: &LayerView<'_>) -> Verdict {
    match bits::u16_at(view.bytes, 6) {
        Some(0) if checksum::is_over_ipv6(view) => Verdict::Missing,
        Some(0) => Verdict::NotPresent,
        // Which bytes it sums over is not known then.
        _ if states_less_than_header(view) || stated_length(view) > view.wire_length() => {
            Verdict::Unverified
        }
        _ => checksum::of_transport(view, PROTOCOL_NUMBER, 6),
    }
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    let checksum = bits::u16_at(view.bytes, 6)?;
    if bits::u16_at(view.bytes, 4)? == 0 && !may_be_jumbogram(view) {
        return Some(shorter_than_header(0));
    }
    verdict(view).fault(checksum)
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
    let on_wire = view.wire_length().saturating_sub(HEADER_LENGTH);
    let stated = stated_length(view).saturating_sub(HEADER_LENGTH);
    // Of a fragment, a quotation, or more than the packet around has room for.
    if stated > on_wire {
        out.put_number(on_wire as u64);
        out.put(b" of ");
    }
    out.put_byte_count(stated.max(on_wire));
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ipv4, seen};
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6;

    fn faults_in_ipv4(datagram: &[u8]) -> Vec<String> {
        seen(LinkType::IPV4, &in_ipv4(17, datagram)).faults
    }

    #[test]
    fn a_length_below_that_of_the_header_is_a_fault_0_as_well_as_5() {
        assert_eq!(
            faults_in_ipv4(&[0, 5, 0, 7, 0, 5, 0, 0, b'h', b'i']),
            ["needs 8 bytes, but by its own field \"Length\" there are 5"]
        );
        assert_eq!(
            faults_in_ipv4(&[0, 5, 0, 7, 0, 0, 0, 0, b'h', b'i']),
            ["needs 8 bytes, but by its own field \"Length\" there are 0"]
        );
        assert!(faults_in_ipv4(&[0, 5, 0, 7, 0, 10, 0, 0, b'h', b'i']).is_empty());
    }

    #[test]
    fn of_a_length_below_that_of_the_header_nobody_knows_what_the_checksum_is_over() {
        let packet = in_ipv4(17, &[0, 5, 0, 7, 0, 5, 0x12, 0x34, b'h', b'i']);
        assert_eq!(
            seen(LinkType::IPV4, &packet).chosen("udp", &["udp.checksum.status"]),
            ["= udp.checksum.status 2 (not verified: not all bytes are here)"]
        );
    }

    #[test]
    fn a_short_datagram_over_ipv6_has_a_length_too() {
        let packet = ipv6::testing::packet(17, &[0, 5, 0, 7, 0, 0, 0x12, 0x34, b'h', b'i']);
        assert_eq!(
            seen(LinkType::IPV6, &packet).faults,
            ["needs 8 bytes, but by its own field \"Length\" there are 0"]
        );
    }

    #[test]
    fn a_jumbogram_over_ipv6_needs_no_length() {
        // A hop-by-hop header that says 65544 bytes, itself among them.
        let mut payload = vec![17, 0, 0xc2, 4, 0, 1, 0, 8, 0, 5, 0, 7, 0, 0, 0x05, 0xd3];
        payload.resize(65_544, 0);
        let mut packet = ipv6::testing::packet(0, &[]);
        packet.extend(&payload);
        assert_eq!(seen(LinkType::IPV6, &packet).faults, [""; 0]);
    }

    #[test]
    fn of_a_datagram_that_is_longer_than_its_packet_the_checksum_is_not_verified() {
        let seen = seen(
            LinkType::IPV4,
            &in_ipv4(
                17,
                &[0, 5, 0, 7, 0, 100, 0x12, 0x34, b'a', b'b', b'c', b'd'],
            ),
        );
        assert_eq!(
            seen.chosen("udp", &["udp.checksum.status"]),
            ["= udp.checksum.status 2 (not verified: not all bytes are here)"]
        );
        assert_eq!(
            seen.faults,
            ["needs 100 bytes, but by the frame's length on the wire there are 12"]
        );
        assert!(
            seen.line.starts_with("5 → 7  4 of 92 bytes"),
            "{}",
            seen.line
        );
    }
}
