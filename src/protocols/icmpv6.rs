//! ICMPv6: IPv6's own messages. Errors, echoes, and all that a link needs: who is my neighbour, who is my
//! router, who listens to which group.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Type      |     Code      |           Checksum            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  depends on type ...
//! ```
//!
//! The messages are in `icmpv6_messages`, the options of neighbour discovery in `icmpv6_options`, listener
//! discovery in `icmpv6_mld`.

use super::checksum::{self, Verdict};
use super::{icmp_extensions, icmpv6_messages, icmpv6_mld, icmpv6_options};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{FieldDef, joined};
use crate::model::layer::{Extent, LayerView, Rest};
use crate::model::protocol::{Measure, Next, Protocol, Room, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static TYPE: FieldDef = FieldDef::decimal("icmpv6.type", "Type")
    .at(0, 1)
    .named_by(icmpv6_messages::type_name)
    .rfc(4443, "2.1")
    .meaning("What the message is: below 128 an error, from 128 on information.");

static CODE: FieldDef = FieldDef::decimal("icmpv6.code", "Code")
    .at(1, 1)
    .rfc(4443, "2.1")
    .meaning("What exactly, within the type; 0 for most.");

static CODE_NAME: FieldDef = FieldDef::decimal("icmpv6.code.name", "Code means")
    .named(icmpv6_messages::CODES)
    .computed(|view| {
        let key = u64::from(bits::u16_at(view.bytes, 0)?);
        icmpv6_messages::code_name(key).map(|_| key)
    })
    .rfc(4443, "3")
    .meaning("What type and code mean together; a number made of both, computed here, not sent.");

static CHECKSUM: FieldDef = FieldDef::hex("icmpv6.checksum", "Checksum")
    .at(2, 2)
    .rfc(4443, "2.3")
    .meaning("The ones' complement sum of the addresses and the whole message; ICMP over IPv4 sums the message alone.");

static CHECKSUM_STATUS: FieldDef = FieldDef::decimal("icmpv6.checksum.status", "Checksum status")
    .named(checksum::STATUS)
    .computed(|view| Some(verdict(view).status()))
    .rfc(1071, "1")
    .meaning(
        "Whether the message's bytes and addresses sum to its checksum; computed here, not sent.",
    );

const HEADER: &[&FieldDef] = &[&TYPE, &CODE, &CODE_NAME, &CHECKSUM, &CHECKSUM_STATUS];

static FIELDS: [&FieldDef;
    HEADER.len()
        + icmpv6_messages::FIELDS.len()
        + icmpv6_options::FIELDS.len()
        + icmp_extensions::FIELDS.len()
        + icmpv6_mld::FIELDS.len()] = joined(&[
    HEADER,
    icmpv6_messages::FIELDS,
    icmpv6_options::FIELDS,
    icmp_extensions::FIELDS,
    icmpv6_mld::FIELDS,
]);

/// ICMPv6.
pub static PROTOCOL: Protocol = Protocol {
    name: "icmpv6",
    label: "ICMPv6",
    title: "Internet Control Message Protocol v6",
    purpose: "Reports errors, answers pings, and finds neighbours, routers and listeners on a link, for IPv6.",
    standing: Standing {
        osi: OsiLayer::Network,
        tcp_ip: TcpIpLayer::Network,
        pdu: Pdu::Message,
    },
    sources: &[
        Source::Rfc(4443, ""),
        Source::Rfc(4861, ""),
        Source::Rfc(9777, ""),
    ],
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

const PROTOCOL_NUMBER: u8 = 58;
const FIXED_LENGTH: usize = 4;

/// Length of an error before the packet that it quotes.
const ERROR_LENGTH: usize = 8;

/// Errors quote the packet that they are about; all other messages are read here to their end.
fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    let Some(kind) = bytes.first().filter(|_| bytes.len() >= FIXED_LENGTH) else {
        return room.too_short(FIXED_LENGTH);
    };
    let shortest = icmpv6_messages::shortest(*kind);
    if bytes.len() < shortest {
        return room.too_short(shortest);
    }
    if !icmpv6_messages::is_error(*kind) {
        return Measure::ALL;
    }
    let quoted = Next::selected(Selector::EtherType(0x86dd));
    let measure = Measure::header(ERROR_LENGTH, quoted).with_extent(Extent::Quotation);
    let most = room.wire_length.saturating_sub(ERROR_LENGTH);
    match icmpv6_messages::quoted_length(bytes).filter(|length| usize::from(*length) <= most) {
        Some(length) => measure.with_payload(length).with_rest(Rest::Kept),
        None => measure,
    }
}

fn verdict(view: &LayerView<'_>) -> Verdict {
    checksum::of_transport(view, PROTOCOL_NUMBER, 2)
}

fn check(view: &LayerView<'_>) -> Option<crate::model::fault::FaultKind> {
    verdict(view).fault(bits::u16_at(view.bytes, 2)?)
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    icmpv6_messages::expand(view, out);
    if let Some(length) = icmpv6_messages::quoted_length(view.bytes) {
        out.enter_trailer();
        icmp_extensions::expand_behind(view, ERROR_LENGTH + usize::from(length), out);
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    icmpv6_messages::summary(view, out);
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{seen, seen_of};
    use crate::model::frame::LinkType;
    use crate::protocols::ipv6::testing::packet;

    const TARGET: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6];

    fn message(parts: &[&[u8]]) -> Vec<u8> {
        packet(58, &parts.concat())
    }

    #[test]
    fn a_neighbour_is_asked_for_and_answers() {
        let question = message(&[
            &[135, 0, 0, 0, 0, 0, 0, 0],
            &TARGET,
            &[1, 1, 2, 0, 0, 0, 0, 7],
        ]);
        let asked = seen(LinkType::IPV6, &question);
        assert!(asked.line.starts_with("who has fd00::6?"), "{}", asked.line);
        assert_eq!(
            asked.chosen("icmpv6", &["icmpv6.nd", "icmpv6.opt.src"]),
            [
                "icmpv6.nd.ns.target_address fd00::6",
                "icmpv6.opt.src_linkaddr 02:00:00:00:00:07",
            ]
        );
        let answer = message(&[
            &[136, 0, 0, 0, 0x60, 0, 0, 0],
            &TARGET,
            &[2, 1, 2, 0, 0, 0, 0, 6],
        ]);
        let told = seen(LinkType::IPV6, &answer);
        assert!(
            told.line.starts_with("fd00::6 is at 02:00:00:00:00:06"),
            "{}",
            told.line
        );
    }

    #[test]
    fn a_message_without_all_of_its_fixed_part_is_too_short() {
        let shortest = [
            (128, 8),
            (130, 24),
            (132, 24),
            (134, 16),
            (135, 24),
            (136, 24),
        ];
        for (kind, length) in shortest.into_iter().chain([(137, 40), (143, 8)]) {
            let all = message(&[&[kind], &[0; 39]]);
            let faults = |bytes: usize| {
                let mut packet = all[..40 + bytes].to_vec();
                packet[5] = u8::try_from(bytes).unwrap();
                seen(LinkType::IPV6, &packet).faults
            };
            let needs = format!("needs {length} bytes");
            let says_so = |fault: &String| fault.starts_with(&needs);
            assert!(faults(length - 1).iter().any(says_so), "type {kind}");
            assert!(!faults(length).iter().any(says_so), "type {kind}");
        }
    }

    #[test]
    fn the_checksum_covers_the_addresses_too() {
        let good = message(&[&[128, 0, 0xcd, 0x8f, 0, 1, 0, 1]]);
        let seen = seen(LinkType::IPV6, &good);
        assert_eq!(
            seen.chosen("icmpv6", &["icmpv6.checksum.status"]),
            ["= icmpv6.checksum.status 0 (bad)"]
        );
        assert!(
            seen.faults[0].contains("the bytes sum to 0x"),
            "{:?}",
            seen.faults
        );
    }

    #[test]
    fn an_option_of_no_length_stops_the_options_and_not_the_frame() {
        let seen = seen(
            LinkType::IPV6,
            &message(&[&[133, 0, 0, 0, 0, 0, 0, 0], &[1, 0, 9, 9, 9, 9, 9, 9]]),
        );
        assert!(
            seen.faults
                .iter()
                .any(|fault| fault.starts_with("needs 8 bytes")),
            "{:?}",
            seen.faults
        );
    }

    #[test]
    fn an_option_without_all_of_its_fields_is_told_and_the_next_one_is_read() {
        let seen = seen(
            LinkType::IPV6,
            &message(&[
                &[133, 0, 0, 0, 0, 0, 0, 0],
                &[3, 1, 64, 0xc0, 0, 0, 0, 9], // of a prefix, which needs 32 bytes
                &[5, 1, 0, 0, 0, 0, 5, 0xdc],
            ]),
        );
        let why = "the option has fewer bytes than its type defines";
        assert!(
            seen.faults.iter().any(|fault| fault == why),
            "{:?}",
            seen.faults
        );
        assert_eq!(
            seen.chosen("icmpv6", &["icmpv6.opt.mtu", "icmpv6.opt.prefix.valid"]),
            ["icmpv6.opt.prefix.valid_lifetime 9", "icmpv6.opt.mtu 1500"]
        );
    }

    #[test]
    fn an_option_or_a_record_that_the_capture_cut_is_not_called_wrong() {
        let solicitation = message(&[&[133, 0, 0, 0, 0, 0, 0, 0], &[1, 1, 2, 0, 0, 0, 0, 7]]);
        let report = message(&[&[143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0], &TARGET]);
        for packet in [solicitation, report] {
            let cut = seen_of(LinkType::IPV6, &packet[..packet.len() - 2], packet.len());
            assert_eq!(cut.faults.len(), 1, "{:?}", cut.faults);
            assert!(cut.faults[0].starts_with("cut by the capture"));
        }
    }

    #[test]
    fn a_listener_tells_what_it_wants() {
        let seen = seen(
            LinkType::IPV6,
            &message(&[
                &[143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0],
                &[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfb],
            ]),
        );
        assert_eq!(
            seen.chosen("icmpv6", &["icmpv6.mldr"]),
            [
                "icmpv6.mldr.nb_mcast_records 1",
                "icmpv6.mldr.mar",
                "icmpv6.mldr.mar.record_type 4 (now all but these sources)",
                "icmpv6.mldr.mar.aux_data_len 0",
                "icmpv6.mldr.mar.nb_sources 0",
                "icmpv6.mldr.mar.multicast_address ff02::fb",
            ]
        );
        assert!(seen.line.contains("ff02::fb"), "{}", seen.line);
    }
}
