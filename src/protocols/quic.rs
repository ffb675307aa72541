//! QUIC: streams of bytes over UDP, encrypted with TLS from the second flight on (RFC 9000, RFC 9001).
//!
//! A packet is told twice: here as it is on the wire, with what everybody on the way can read of it; and where its keys
//! are known, in `quic_opened`, decrypted. Those of the first flight are known to everybody: they are made of the
//! connection ID that stands in its header.

use super::quic_header::{self as header, Kind, Packet, Version};
use super::quic_names as names;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{ByteOrder, FieldDef};
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;

/// Which connection.
pub static CONNECTION: FieldDef = FieldDef::decimal("quic.connection.number", "Connection")
    .followed()
    .source(Source::Wireshark("conversations"))
    .meaning("Which connection of the capture this is, counted from 0.");

static PACKET_LENGTH: FieldDef = FieldDef::decimal("quic.packet_length", "Length of the packet")
    .unit("bytes")
    .derived()
    .rfc(9000, "12.2")
    .meaning("How long the packet is with its header; another one may follow it in the datagram.");

static FORM: FieldDef = FieldDef::decimal("quic.header_form", "Form of the header")
    .named(&[(0, "short"), (1, "long")])
    .rfc(8999, "5")
    .meaning(
        "Long until both sides have agreed on keys, then short: what both know need not be said.",
    );

static FIXED: FieldDef = FieldDef::flag("quic.fixed_bit", "Fixed bit")
    .rfc(9000, "17.2")
    .meaning("Always 1, so that other protocols can share the port; 0 only where the other side has allowed it.");

static TYPE: FieldDef = FieldDef::decimal("quic.long.packet_type", "Type")
    .named(names::TYPES)
    .rfc(9000, "17.2")
    .meaning("Which flight of the handshake the packet belongs to; each has keys of its own.");

static TYPE_V2: FieldDef = FieldDef::decimal("quic.long.packet_type_v2", "Type (version 2)")
    .named(names::TYPES_V2)
    .rfc(9369, "3.2")
    .meaning(
        "The same as in version 1 by other numbers, so that nobody on the way relies on them.",
    );

static PROTECTED_BITS: FieldDef = FieldDef::hex("quic.protected_bits", "Protected bits")
    .rfc(9001, "5.4.1")
    .meaning("How long the packet number is, and of a short header which keys are used: hidden by the header's own key.");

static UNUSED: FieldDef = FieldDef::hex("quic.unused", "Unused bits")
    .rfc(9000, "17.2.5")
    .meaning("Bits of a Retry that say nothing and may be any.");

static UNUSED_IN_LIST: FieldDef = FieldDef::hex("quic.vn.unused", "Unused bits")
    .rfc(9000, "17.2.1")
    .meaning("Bits of a list of versions that say nothing, for each version may want other ones.");

static OF_VERSION: FieldDef = FieldDef::hex("quic.version_specific_bits", "Bits of the version")
    .rfc(8999, "5.1")
    .meaning("What these bits say depends on the version, which is not known here.");

static SPIN: FieldDef = FieldDef::flag("quic.spin_bit", "Spin bit")
    .rfc(9000, "17.4")
    .meaning("Turns once a round trip, so that who looks on can measure it; many leave it 0, or set it by chance.");

static VERSION: FieldDef = FieldDef::hex("quic.version", "Version")
    .named_by(names::version)
    .rfc(8999, "5.1")
    .meaning(
        "The version that the rest of the packet follows; 0 says that the packet lists versions.",
    );

static DESTINATION_LENGTH: FieldDef =
    FieldDef::decimal("quic.dcil", "Length of the destination ID")
        .unit("bytes")
        .rfc(8999, "5.1")
        .meaning("How long the connection ID of the receiver is; a short header does not say it.");

/// The connection ID of who receives it.
static DESTINATION: FieldDef = FieldDef::bytes("quic.dcid", "Destination connection ID")
    .rfc(8999, "5.1")
    .meaning("By which the receiver knows the connection, whatever address the packet comes from: it has chosen it itself; of the client's first packets, chance has.");

static SOURCE_LENGTH: FieldDef = FieldDef::decimal("quic.scil", "Length of the source ID")
    .unit("bytes")
    .rfc(8999, "5.1")
    .meaning("How long the connection ID of the sender is; 0 where it needs none.");

static SOURCE: FieldDef = FieldDef::bytes("quic.scid", "Source connection ID")
    .rfc(8999, "5.1")
    .meaning("By which the sender wants to be addressed from here on.");

static TOKEN_LENGTH: FieldDef = varint("quic.token_length", "Length of the token")
    .unit("bytes")
    .rfc(9000, "17.2.2")
    .meaning("How long the token is; 0 in the first packet to a server that is not known yet.");

static TOKEN: FieldDef = FieldDef::bytes("quic.token", "Token")
    .rfc(9000, "17.2.2")
    .meaning("What the server gave before, in a Retry or an earlier connection: it proves that the client is where it says.");

static LENGTH: FieldDef = varint("quic.length", "Length")
    .unit("bytes")
    .rfc(9000, "17.2")
    .meaning("How long the rest of the packet is: packet number, frames, and the tag that proves both genuine.");

/// What nobody on the way can read.
pub static REMAINING: FieldDef = FieldDef::bytes("quic.remaining_payload", "Protected payload")
    .rfc(9001, "5")
    .meaning("The packet number and the frames, encrypted, and 16 bytes at the end by which the receiver knows that nothing was changed.");

static FILLING: FieldDef = FieldDef::bytes("quic.coalesced_padding_data", "Filling")
    .rfc(9000, "14.1")
    .meaning("Bytes behind the last packet that belong to none: a client's first datagrams must be long, so that nobody can make a server shout at others.");

static SUPPORTED: FieldDef = FieldDef::hex("quic.supported_version", "Supported version")
    .named_by(names::version)
    .rfc(8999, "6")
    .meaning("A version that the server can speak; it did not know the client's.");

static RETRY_TOKEN: FieldDef = FieldDef::bytes("quic.retry_token", "Token of the Retry")
    .rfc(9000, "17.2.5")
    .meaning("What the client has to repeat in its next Initial, so that the server knows that its address is no lie.");

static RETRY_TAG: FieldDef = FieldDef::bytes("quic.retry_integrity_tag", "Tag of the Retry")
    .rfc(9001, "5.8")
    .meaning("Made of the Retry and the connection ID that it answers, with a key that everybody knows: it shows what chance has changed, and who has not seen the Initial.");

/// Whether a Retry is genuine.
pub static IS_GENUINE: FieldDef = FieldDef::flag(
    "quic.retry_integrity_tag.status",
    "Tag of the Retry fits",
)
.named(&[(0, "no"), (1, "yes")])
.followed()
.rfc(9001, "5.8")
.meaning(
    "Whether the tag is made of this Retry and of the connection ID of the Initial before it.",
);

static CONTENT: FieldDef = FieldDef::bytes("quic.version_specific_data", "Content of the version")
    .rfc(8999, "5.1")
    .meaning("Bytes of a packet whose version is not known here.");

/// A number that says in its first bits how long it is.
pub const fn varint(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::decimal(name, label).ordered(ByteOrder::Prefixed)
}

/// Where QUIC stands.
pub const STANDING: Standing = Standing {
    osi: OsiLayer::Transport,
    tcp_ip: TcpIpLayer::Transport,
    pdu: Pdu::Packet,
};

/// QUIC.
pub static PROTOCOL: Protocol = Protocol {
    name: "quic",
    label: "QUIC",
    title: "QUIC",
    purpose: "Carries streams of bytes over UDP, as TCP with TLS does over IP: reliable, in order, encrypted, and many at once; a lost datagram holds up only the streams that were in it.",
    standing: STANDING,
    sources: &[
        Source::Rfc(9000, ""),
        Source::Rfc(9001, ""),
        Source::Rfc(8999, ""),
        Source::Rfc(9369, ""),
    ],
    parents: &[Selector::UdpPort(443)],
    fields: &[
        &PACKET_LENGTH,
        &FORM,
        &FIXED,
        &TYPE,
        &TYPE_V2,
        &PROTECTED_BITS,
        &UNUSED,
        &UNUSED_IN_LIST,
        &OF_VERSION,
        &SPIN,
        &VERSION,
        &DESTINATION_LENGTH,
        &DESTINATION,
        &SOURCE_LENGTH,
        &SOURCE,
        &TOKEN_LENGTH,
        &TOKEN,
        &LENGTH,
        &REMAINING,
        &SUPPORTED,
        &RETRY_TOKEN,
        &RETRY_TAG,
        &CONTENT,
        &FILLING,
        &CONNECTION,
        &IS_GENUINE,
    ],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

/// How long the tag of a Retry is, in bytes.
pub const TAG: usize = 16;

/// How long the connection ID of a short header is, where the frames before tell: then the header ends behind it.
fn known_id(view: &LayerView<'_>) -> Option<usize> {
    let header = view.header_length();
    (header < view.bytes.len()).then(|| header.saturating_sub(header::SHORT_ID))
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let id = known_id(view);
    for packet in header::packets(bytes, id) {
        expand_packet(bytes, &packet, out);
        if id.is_some() {
            // Behind the header of the only packet.
            out.enter_trailer();
        }
        expand_rest(bytes, &packet, out);
    }
}

fn expand_packet(bytes: &[u8], packet: &Packet, out: &mut Expander<'_>) {
    let at = packet.start;
    let Ok(bit) = u32::try_from(at.saturating_mul(8)) else {
        return;
    };
    out.derived(&PACKET_LENGTH, (packet.end.min(bytes.len()) - at) as u64);
    out.bits(&FORM, bit, 1);
    match packet.kind {
        Kind::OneRtt => {
            out.bits(&FIXED, bit + 1, 1);
            out.bits(&SPIN, bit + 2, 1);
            out.bits(&PROTECTED_BITS, bit + 3, 5);
            out.bytes(&DESTINATION, packet.destination.clone());
            return;
        }
        Kind::VersionNegotiation => out.bits(&UNUSED_IN_LIST, bit + 1, 7),
        Kind::Unknown => out.bits(&OF_VERSION, bit + 1, 7),
        kind => {
            let field = match packet.version {
                Some(Version::V2) => &TYPE_V2,
                _ => &TYPE,
            };
            out.bits(&FIXED, bit + 1, 1);
            out.bits(field, bit + 2, 2);
            let last = if kind == Kind::Retry {
                &UNUSED
            } else {
                &PROTECTED_BITS
            };
            out.bits(last, bit + 4, 4);
        }
    }
    out.bytes(&VERSION, at + 1..at + 5);
    for (length, id, place) in [
        (&DESTINATION_LENGTH, &DESTINATION, &packet.destination),
        (&SOURCE_LENGTH, &SOURCE, &packet.source),
    ] {
        out.bytes(length, place.start.saturating_sub(1)..place.start);
        out.bytes(id, place.clone());
    }
    if let Some((length, token)) = &packet.token {
        out.bytes(&TOKEN_LENGTH, length.clone());
        out.bytes(&TOKEN, token.clone());
    }
    if let Some(length) = &packet.length {
        out.bytes(&LENGTH, length.clone());
        if !packet.is_whole_in(bytes) {
            let kind = FaultKind::TooShort {
                needed: (packet.end - packet.rest) as u64,
                present: bytes.len().saturating_sub(packet.rest) as u64,
                believed: Believed::Enclosing("UDP"),
            };
            out.fault(length.start..bytes.len(), kind);
        }
    }
}

/// Tells what stands behind the header.
fn expand_rest(bytes: &[u8], packet: &Packet, out: &mut Expander<'_>) {
    let rest = packet.rest..packet.end.min(bytes.len());
    match packet.kind {
        Kind::VersionNegotiation => {
            let mut at = rest.start;
            while at + 4 <= rest.end {
                out.bytes(&SUPPORTED, at..at + 4);
                at += 4;
            }
        }
        Kind::Retry => {
            let tag = rest.end.saturating_sub(TAG).max(rest.start);
            out.bytes(&RETRY_TOKEN, rest.start..tag);
            out.bytes(&RETRY_TAG, tag..rest.end);
        }
        Kind::Unknown => out.bytes(&CONTENT, rest),
        _ => out.bytes(&REMAINING, rest),
    }
    out.bytes(
        &FILLING,
        packet.end.min(bytes.len())..packet.filled.min(bytes.len()),
    );
}

/// How many packets a line names, where one layer has several.
const NAMED: usize = 4;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    for (index, packet) in header::packets(view.bytes, known_id(view))
        .take(NAMED)
        .enumerate()
    {
        if index > 0 {
            out.push_str("  ");
        }
        put_packet(view, &packet, out);
    }
}

fn put_packet(view: &LayerView<'_>, packet: &Packet, out: &mut Draft) {
    let bytes = view.bytes;
    out.push_str(packet.kind.name());
    for (name, id) in [
        (", DCID=", &packet.destination),
        (", SCID=", &packet.source),
    ] {
        let id = bytes.get(id.clone()).unwrap_or_default();
        if !id.is_empty() {
            out.push_str(name);
            text::put_hex_run(out, id.get(..header::MOST_ID).unwrap_or(id));
        }
    }
    if packet.kind.is_protected() && !view.is_before_its_plaintext {
        out.push_str(" (");
        out.put_byte_count(packet.end.min(bytes.len()).saturating_sub(packet.rest));
        out.push_str(" encrypted)");
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen};
    use crate::model::frame::LinkType;

    /// A datagram to the port of QUIC with these bytes.
    fn sent(payload: &[u8]) -> Seen {
        let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        let header = [&[0x9c, 0x40, 1, 0xbb], &length[..], &[0, 0]].concat();
        seen(LinkType::IPV4, &in_ipv4(17, &[&header, payload].concat()))
    }

    #[test]
    fn a_list_of_versions_is_told_one_by_one() {
        let seen = sent(&[
            0xf6, 0, 0, 0, 0, 1, 7, 2, 8, 9, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf, 9,
        ]);
        assert!(
            seen.line
                .ends_with("Version Negotiation, DCID=07, SCID=0809"),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("quic"),
            [
                "= quic.packet_length 19",
                "quic.header_form 1 (long)",
                "quic.vn.unused 0x76",
                "quic.version 0x0 (Version Negotiation)",
                "quic.dcil 1",
                "quic.dcid 07",
                "quic.scil 2",
                "quic.scid 08:09",
                "quic.supported_version 0x1 (1)",
                "quic.supported_version 0x6b3343cf (2)",
                "data.gap 09",
            ]
        );
    }

    #[test]
    fn a_retry_has_a_token_and_a_tag() {
        let retry = [&[0xf5, 0, 0, 0, 1, 0, 1, 8, b'h', b'i'][..], &[9; 16]].concat();
        let seen = sent(&retry);
        assert_eq!(
            seen.fields("quic")[3..],
            [
                "quic.long.packet_type 3 (Retry)",
                "quic.unused 0x5",
                "quic.version 0x1 (1)",
                "quic.dcil 0",
                "quic.scil 1",
                "quic.scid 08",
                "quic.retry_token 68:69",
                "quic.retry_integrity_tag 09:09:09:09:09:09:09:09:09:09:09:09:09:09:09:09",
            ]
        );
        let short = sent(&retry[..20]);
        assert_eq!(short.chosen("quic", &["quic.retry_token"]), [""; 0]);
    }

    #[test]
    fn packets_of_one_datagram_are_told_one_behind_the_other_and_what_fills_it_up() {
        let initial = [0xc3, 0, 0, 0, 1, 1, 7, 0, 1, 0xaa, 2, 1, 2];
        let zero = [0xd0, 0x6b, 0x33, 0x43, 0xcf, 1, 7, 0, 0, 1, 9];
        let seen = sent(&[&initial[..], &zero, &[0x60, 7, 5, 5]].concat());
        assert!(
            seen.line.ends_with(
                "Initial, DCID=07 (2 bytes encrypted)  Initial, DCID=07 (1 byte encrypted)  Protected Payload, DCID=07 (2 bytes encrypted)"
            ),
            "{}",
            seen.line
        );
        let names = ["quic.token ", "quic.long", "quic.spin", "quic.remaining"];
        assert_eq!(
            seen.chosen("quic", &names),
            [
                "quic.long.packet_type 0 (Initial)",
                "quic.token aa",
                "quic.remaining_payload 01:02",
                "quic.long.packet_type_v2 1 (Initial)",
                "quic.remaining_payload 09",
                "quic.spin_bit 1",
                "quic.remaining_payload 05:05",
            ]
        );
        let filled = sent(&[&initial[..], &[0; 3]].concat());
        let filling = filled.chosen("quic", &["quic.coalesced"]);
        assert_eq!(filling, ["quic.coalesced_padding_data 00:00:00"]);
    }

    #[test]
    fn of_a_version_that_nobody_knows_what_all_versions_have_is_told() {
        let seen = sent(&[0x81, 0x1a, 0x2a, 0x3a, 0x4a, 1, 7, 0, 5, 6]);
        assert_eq!(
            seen.fields("quic")[1..],
            [
                "quic.header_form 1 (long)",
                "quic.version_specific_bits 0x1",
                "quic.version 0x1a2a3a4a (known to nobody, on purpose)",
                "quic.dcil 1",
                "quic.dcid 07",
                "quic.scil 0",
                "quic.version_specific_data 05:06",
            ]
        );
    }

    #[test]
    fn a_packet_longer_than_its_datagram_is_a_fault() {
        let seen = sent(&[0xe3, 0, 0, 0, 1, 0, 0, 0x40, 99, 1, 2]);
        assert_eq!(
            seen.faults,
            ["needs 99 bytes, but by the length that UDP states there are 2"]
        );
        let nothing = sent(&[0xe3, 0, 0, 0, 1, 200]);
        assert_eq!(nothing.fields("quic"), ["data.gap e3:00:00:00:01:c8"]);
    }
}
