//! The Internet Protocol, version 4: from host to host, across any number of networks.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |Version|  IHL  |   DSCP    |ECN|         Total length          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Identification        |Flags|     Fragment offset     |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! | Time to live  |   Protocol    |        Header checksum        |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                        Source address                         |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                     Destination address                       |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                    Options, if any ...
//! ```

use std::ops::Range;

use etherparse::err::ipv4::{HeaderError, HeaderSliceError};
use etherparse::{IpNumber, Ipv4HeaderSlice};

use super::{checksum, fragments, ipv4_options};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{self, FieldDef};
use crate::model::frame::LinkType;
use crate::model::layer::{Extent, LayerView};
use crate::model::protocol::{Endpoints, Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static VERSION: FieldDef = FieldDef::decimal("ip.version", "Version")
    .at_bits(0, 4)
    .rfc(791, "3.1")
    .meaning(
        "Which version of IP this is; always 4 here, since version 6 has a header of its own.",
    );

static HEADER_LENGTH: FieldDef = FieldDef::decimal("ip.hdr_len", "Header length")
    .at_bits(4, 4)
    .scaled(4, "bytes")
    .rfc(791, "3.1")
    .meaning("Where the payload begins; sent as a count of 32-bit words. 20 bytes (5 words) means no options.");

static DS_FIELD: FieldDef = FieldDef::hex("ip.dsfield", "Differentiated services field")
    .at(1, 1)
    .group()
    .rfc(2474, "3")
    .meaning(
        "How routers should treat the packet: its class of service, and whether it met congestion.",
    );

static DSCP: FieldDef = FieldDef::decimal("ip.dsfield.dscp", "Class of service (DSCP)")
    .at_bits(8, 6)
    .named_by(dscp_name)
    .rfc(2474, "3")
    .meaning(
        "The class of service that routers may give the packet; 0 is the ordinary best effort.",
    );

static ECN: FieldDef = FieldDef::decimal("ip.dsfield.ecn", "Explicit congestion notification")
    .at_bits(14, 2)
    .named(ECN_NAMES)
    .rfc(3168, "5")
    .meaning("Lets a router mark the packet instead of dropping it when its queue grows.");

static TOTAL_LENGTH: FieldDef = FieldDef::decimal("ip.len", "Total length")
    .at(2, 2)
    .unit("bytes")
    .rfc(791, "3.1")
    .meaning("How long the packet is, header and payload together; what follows in the frame is padding.");

static IDENTIFICATION: FieldDef = FieldDef::hex("ip.id", "Identification")
    .at(4, 2)
    .rfc(6864, "4.1")
    .meaning(
        "Tells which fragments belong together; without fragments it means nothing and may be 0.",
    );

static FLAGS: FieldDef = FieldDef::hex("ip.flags", "Flags")
    .at_bits(48, 3)
    .group()
    .rfc(791, "3.1")
    .meaning("Whether the packet may be cut into fragments, and whether more of them follow.");

static RESERVED: FieldDef = FieldDef::flag("ip.flags.rb", "Reserved")
    .at_bits(48, 1)
    .rfc(791, "3.1")
    .meaning("Must be 0; nobody uses it.");

static DONT_FRAGMENT: FieldDef = FieldDef::flag("ip.flags.df", "Don't fragment")
    .at_bits(49, 1)
    .rfc(791, "3.1")
    .meaning("A router to whose next link the packet is too long must drop it and say so by ICMP, not cut it.");

static MORE_FRAGMENTS: FieldDef = FieldDef::flag("ip.flags.mf", "More fragments")
    .at_bits(50, 1)
    .rfc(791, "3.1")
    .meaning("Set on every fragment of a datagram but the last.");

static FRAGMENT_OFFSET: FieldDef = FieldDef::decimal("ip.frag_offset", "Fragment offset")
    .at_bits(51, 13)
    .unit("× 8 bytes")
    .rfc(791, "3.1")
    .meaning("Where in the original datagram this fragment belongs, counted in units of 8 bytes. 0 for whole packets.");

static TIME_TO_LIVE: FieldDef = FieldDef::decimal("ip.ttl", "Time to live")
    .at(8, 1)
    .unit("hops")
    .rfc(1122, "3.2.1.7")
    .meaning("How many more routers may pass the packet on; each takes 1 off, and at 0 it is dropped, so that nothing circles for ever. Senders start with 64, 128 or 255.");

static PROTOCOL_NUMBER: FieldDef = FieldDef::decimal("ip.proto", "Protocol")
    .at(9, 1)
    .named_by(protocol_name)
    .rfc(791, "3.1")
    .meaning("Which protocol the payload belongs to: 1 ICMP, 6 TCP, 17 UDP.");

static CHECKSUM: FieldDef = FieldDef::hex("ip.checksum", "Header checksum")
    .at(10, 2)
    .rfc(791, "3.1")
    .meaning("The ones' complement sum of the header alone; every router computes it anew, since the time to live changed.");

static CHECKSUM_STATUS: FieldDef =
    FieldDef::decimal("ip.checksum.status", "Header checksum status")
        .named(checksum::STATUS)
        .computed(|view| Some(verdict(view)?.status()))
        .rfc(1071, "1")
        .meaning("Whether the header's bytes sum to its checksum; computed here, not sent.");

static SOURCE: FieldDef = FieldDef::ipv4("ip.src", "Source address")
    .at(12, 4)
    .joint("ip.addr")
    .rfc(791, "3.1")
    .meaning("The host that sent the packet; stays the same on the whole way (unless a NAT rewrites it).");

static DESTINATION: FieldDef = FieldDef::ipv4("ip.dst", "Destination address")
    .at(16, 4)
    .joint("ip.addr")
    .rfc(791, "3.1")
    .meaning("The host that the packet is for, however many links away it is.");

/// The fields of the header.
const HEADER: &[&FieldDef] = &[
    &VERSION,
    &HEADER_LENGTH,
    &DS_FIELD,
    &DSCP,
    &ECN,
    &TOTAL_LENGTH,
    &IDENTIFICATION,
    &FLAGS,
    &RESERVED,
    &DONT_FRAGMENT,
    &MORE_FRAGMENTS,
    &FRAGMENT_OFFSET,
    &TIME_TO_LIVE,
    &PROTOCOL_NUMBER,
    &CHECKSUM,
    &CHECKSUM_STATUS,
    &SOURCE,
    &DESTINATION,
    &ipv4_options::OPTIONS,
    &ipv4_options::OPTION,
    &ipv4_options::TYPE,
    &ipv4_options::COPIED,
    &ipv4_options::CLASS,
    &ipv4_options::NUMBER,
    &ipv4_options::LENGTH,
    &ipv4_options::POINTER,
    &ipv4_options::ROUTE,
    &ipv4_options::ROUTER_ALERT,
    &ipv4_options::STREAM_ID,
    &ipv4_options::OVERFLOW,
    &ipv4_options::FLAG,
    &ipv4_options::ADDRESS,
    &ipv4_options::TIME,
    &ipv4_options::DATA,
    &ipv4_options::PADDING,
];

static FIELDS: [&FieldDef; HEADER.len() + fragments::IPV4_FIELDS.len()] =
    field::joined(&[HEADER, fragments::IPV4_FIELDS]);

/// IPv4.
pub static PROTOCOL: Protocol = Protocol {
    name: "ip",
    label: "IPv4",
    title: "Internet Protocol Version 4",
    purpose: "Carries a packet from host to host across any number of networks, as well as it can and without promise.",
    standing: Standing {
        osi: OsiLayer::Network,
        tcp_ip: TcpIpLayer::Network,
        pdu: Pdu::Packet,
    },
    sources: &[Source::Rfc(791, ""), Source::Rfc(1122, "3.2.1")],
    parents: &[
        Selector::EtherType(0x0800),
        Selector::LlcSap(0x06),
        Selector::IpProtocol(4),
        Selector::Link(LinkType::IPV4),
    ],
    fields: &FIELDS,
    endpoints: Some(Endpoints {
        source: &SOURCE,
        destination: &DESTINATION,
    }),
    measure: Some(measure),
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

const FIXED_LENGTH: usize = 20;

fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let header = match Ipv4HeaderSlice::from_slice(bytes) {
        Ok(header) => header,
        Err(HeaderSliceError::Len(short)) => {
            return room.too_short(short.required_len);
        }
        Err(HeaderSliceError::Content(content)) => return room.forbidden(why_not(&content)),
    };
    let header_length = header.slice().len();
    let measure = Measure::header(header_length, next(&header)).with_extent(extent(&header));
    match (header.total_len(), header.payload_len()) {
        (_, Ok(payload_length)) => measure.with_payload(payload_length),
        // A sender that lets its card cut the packet (segmentation offload) may leave the length 0 when it
        // does not fit 16 bits; then the frame is believed.
        (0, Err(_)) => measure,
        (total_length, Err(_)) => {
            room.blame(FaultKind::TooShort {
                needed: header_length as u64,
                present: total_length.into(),
                believed: Believed::Own(TOTAL_LENGTH.label),
            });
            Measure::header(header_length, Next::DATA)
        }
    }
}

fn why_not(content: &HeaderError) -> &'static str {
    match content {
        HeaderError::UnexpectedVersion { .. } => "the version is not 4",
        HeaderError::HeaderLengthSmallerThanHeader { .. } => {
            "the header length is below 20 bytes, the least a header has"
        }
    }
}

fn next(header: &Ipv4HeaderSlice<'_>) -> Next {
    if header.fragments_offset().value() > 0 {
        Next::DATA
    } else {
        Next::selected(Selector::IpProtocol(header.protocol().0))
    }
}

fn extent(header: &Ipv4HeaderSlice<'_>) -> Extent {
    if header.is_fragmenting_payload() {
        Extent::Fragment
    } else {
        Extent::Whole
    }
}

/// What can be said of the checksum; nothing of what is no IPv4 header, whose sum would mean nothing.
pub fn verdict(view: &LayerView<'_>) -> Option<checksum::Verdict> {
    match Ipv4HeaderSlice::from_slice(view.bytes) {
        Ok(header) => Some(checksum::of_bytes(header.slice(), 10)),
        Err(HeaderSliceError::Len(_)) => Some(checksum::Verdict::Unverified),
        Err(HeaderSliceError::Content(_)) => None,
    }
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    verdict(view)?.fault(bits::u16_at(view.bytes, 10)?)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    // Behind a header of a wrong length nobody knows where options would end.
    let is_header = Ipv4HeaderSlice::from_slice(view.bytes).is_ok();
    if is_header && view.header_length() > FIXED_LENGTH {
        ipv4_options::expand(view.header(), FIXED_LENGTH, out);
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let Ok(header) = Ipv4HeaderSlice::from_slice(view.header()) else {
        return;
    };
    if header.is_fragmenting_payload() {
        push_fragment(&header, view.payload().len(), out);
    }
    let number = header.protocol();
    match number.keyword_str() {
        Some(name) => out.push_str(name),
        None => {
            out.push_str("protocol ");
            out.put_number(u64::from(number.0));
        }
    }
}

fn push_fragment(header: &Ipv4HeaderSlice<'_>, length: usize, out: &mut Draft) {
    let offset = u64::from(header.fragments_offset().value()) * 8;
    let bytes = offset..offset + length as u64;
    push_part(
        header.identification().into(),
        bytes,
        header.more_fragments(),
        out,
    );
}

/// Appends which part of which datagram a fragment is: `fragment 0x1a2b bytes 0–1479, more follow of `.
pub fn push_part(identification: u32, bytes: Range<u64>, more: bool, out: &mut Draft) {
    out.push_str("fragment ");
    out.put_hex_number(identification.into(), 4);
    match bytes.end.saturating_sub(1) {
        last if last > bytes.start => {
            out.push_str(" bytes ");
            out.put_number(bytes.start);
            out.push('–');
            out.put_number(last);
        }
        _ => {
            let is_empty = bytes.is_empty();
            out.push_str(if is_empty {
                " empty at byte "
            } else {
                " byte "
            });
            out.put_number(bytes.start);
        }
    }
    out.push_str(if more { ", more follow" } else { ", the last" });
    out.push_str(" of ");
}

/// Names of the two bits of explicit congestion notification.
pub const ECN_NAMES: &[(u64, &str)] = &[
    (0, "not ECN-capable"),
    (1, "ECN-capable, ECT(1)"),
    (2, "ECN-capable, ECT(0)"),
    (3, "congestion experienced"),
];

/// The name of an IP protocol number (IANA "Assigned Internet Protocol Numbers").
pub fn protocol_name(number: u64) -> Option<&'static str> {
    IpNumber(u8::try_from(number).ok()?).keyword_str()
}

/// The name of a differentiated services codepoint (IANA "DSCP" registry).
pub fn dscp_name(codepoint: u64) -> Option<&'static str> {
    Some(match codepoint {
        0 => "best effort",
        8 => "CS1",
        10 => "AF11",
        12 => "AF12",
        14 => "AF13",
        16 => "CS2",
        18 => "AF21",
        20 => "AF22",
        22 => "AF23",
        24 => "CS3",
        26 => "AF31",
        28 => "AF32",
        30 => "AF33",
        32 => "CS4",
        34 => "AF41",
        36 => "AF42",
        38 => "AF43",
        40 => "CS5",
        44 => "voice admit",
        46 => "expedited forwarding",
        48 => "CS6",
        56 => "CS7",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ipv4, seen_of};
    use crate::model::frame::LinkType;

    #[test]
    fn the_checksum_of_a_header_that_is_not_all_there_is_not_verified() {
        let packet = in_ipv4(17, &[0, 5, 0, 7, 0, 10, 0, 0, b'h', b'i']);
        for captured in 12..packet.len() {
            let seen = seen_of(LinkType::IPV4, &packet[..captured], packet.len());
            let status = match captured {
                ..20 => "= ip.checksum.status 2 (not verified: not all bytes are here)",
                _ => "= ip.checksum.status 1 (good)",
            };
            assert_eq!(seen.chosen("ip", &["ip.checksum.status"]), [status]);
        }
    }
}
