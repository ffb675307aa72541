//! The options of DHCP: what the server says of the network, what the client asks for, and how long it all holds
//! (RFC 2132).

use std::ops::Range;

use super::dhcp_chain::{Chain, Entry, Link};
use super::dhcp_names::{MESSAGES, NODE_TYPES, OVERLOADS, option_name};
use super::{dhcp_agent, dhcp_clients, dhcp_networks};
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::{self, FieldDef};
use crate::model::layer::LayerView;

static OPTION: FieldDef = FieldDef::heading("dhcp.option", "Option")
    .rfc(2132, "2")
    .meaning("One thing that is said or asked for: a number that says what, a length, and data.");

static TYPE: FieldDef = FieldDef::decimal("dhcp.option.type", "Option number")
    .named_by(option_name)
    .rfc(2132, "2")
    .meaning("What the option is about; from 224 on what a site has agreed on for itself.");

static LENGTH: FieldDef = FieldDef::decimal("dhcp.option.length", "Length")
    .unit("bytes")
    .rfc(2132, "2")
    .meaning("How many bytes of data the option has, its number and this byte not among them.");

static VALUE: FieldDef = FieldDef::bytes("dhcp.option.value", "Value")
    .rfc(2132, "2")
    .meaning("The data of an option that is not taken apart here, as they are.");

/// What is behind the end of the options, too.
pub static PADDING: FieldDef = FieldDef::bytes("dhcp.option.padding", "Padding")
    .rfc(2132, "3.1")
    .meaning("Bytes without meaning, between the options or behind their end: many servers send at least 300 bytes.");

static END: FieldDef = FieldDef::decimal("dhcp.option.end", "End of options")
    .rfc(2132, "3.2")
    .meaning("The number 255: behind it there are no more options, only padding.");

const fn address(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::ipv4(name, label)
}

static SUBNET_MASK: FieldDef = address("dhcp.option.subnet_mask", "Subnet mask")
    .rfc(2132, "3.3")
    .meaning("Which bits of an address are those of the network: the hosts that share them are reached without a router.");

static ROUTER: FieldDef = address("dhcp.option.router", "Router")
    .rfc(2132, "3.5")
    .meaning("Where the client sends what is for other networks: its default gateway; the first one is preferred.");

static TIME_SERVER: FieldDef = address("dhcp.option.time_server", "Time server")
    .rfc(2132, "3.6")
    .meaning(
        "A host that tells the time by the old protocol of port 37; today it is NTP that is used.",
    );

static NAME_SERVER: FieldDef = address("dhcp.option.name_server", "Name server (IEN 116)")
    .rfc(2132, "3.7")
    .meaning("A host that knew names before there was DNS; nobody asks it any more.");

static DNS_SERVER: FieldDef = address("dhcp.option.domain_name_server", "Domain name server")
    .rfc(2132, "3.8")
    .meaning("Whom the client asks for the addresses of names, the first one first.");

static LOG_SERVER: FieldDef = address("dhcp.option.log_server", "Log server")
    .rfc(2132, "3.9")
    .meaning("A host that takes what others have to note down, by an old protocol of MIT.");

static HOST_NAME: FieldDef = FieldDef::text("dhcp.option.hostname", "Host name")
    .rfc(2132, "3.14")
    .meaning("What the client calls itself, or how the server tells it to call itself.");

static DOMAIN_NAME: FieldDef = FieldDef::text("dhcp.option.domain_name", "Domain name")
    .rfc(2132, "3.17")
    .meaning("The domain that is put behind a name without a dot, before DNS is asked.");

static ROOT_PATH: FieldDef = FieldDef::text("dhcp.option.root_path", "Root path")
    .rfc(2132, "3.19")
    .meaning("Where a client without a disk of its own finds its files.");

static DEFAULT_TTL: FieldDef =
    FieldDef::decimal("dhcp.option.default_ip_ttl", "Default time to live")
        .unit("hops")
        .rfc(2132, "4.5")
        .meaning("How many routers the packets of the client may pass at most.");

static INTERFACE_MTU: FieldDef = FieldDef::decimal("dhcp.option.interface_mtu", "Interface MTU")
    .unit("bytes")
    .rfc(2132, "5.1")
    .meaning("How long a packet may be on this network; usually 1500 on Ethernet.");

static BROADCAST_ADDRESS: FieldDef = address("dhcp.option.broadcast_address", "Broadcast address")
    .rfc(2132, "5.3")
    .meaning("The address at which all hosts of this network are reached at once.");

static ROUTE_DESTINATION: FieldDef = address("dhcp.option.static_route.ip", "Destination")
    .rfc(2132, "5.8")
    .meaning("A host, or a network by the old classes, for which there is another router.");

static ROUTE_ROUTER: FieldDef = address("dhcp.option.static_route.router", "Router to it")
    .rfc(2132, "5.8")
    .meaning("The router on the way to the destination that stands before it.");

static NIS_DOMAIN: FieldDef = FieldDef::text("dhcp.option.nis_domain", "NIS domain")
    .rfc(2132, "8.1")
    .meaning("The name of the group of hosts that share users and passwords by NIS.");

static NIS_SERVER: FieldDef = address("dhcp.option.nis_server", "NIS server")
    .rfc(2132, "8.2")
    .meaning("A host that knows the users and passwords of such a group.");

static NTP_SERVER: FieldDef = address("dhcp.option.ntp_server", "NTP server")
    .rfc(2132, "8.3")
    .meaning("Whom the client asks what time it is, the preferred one first.");

static VENDOR_VALUE: FieldDef = FieldDef::bytes("dhcp.option.vendor.value", "Vendor-specific data")
    .rfc(2132, "8.4")
    .meaning(
        "What the makers of client and server have agreed on; mostly options inside the option.",
    );

static NETBIOS_SERVER: FieldDef = address(
    "dhcp.option.netbios_over_tcpip_name_server",
    "NetBIOS name server",
)
.rfc(2132, "8.5")
.meaning("Whom a client with Windows asks for names of its neighbours: a WINS server.");

static NODE_TYPE: FieldDef = FieldDef::decimal(
    "dhcp.option.netbios_over_tcpip_node_type",
    "NetBIOS node type",
)
.named(NODE_TYPES)
.rfc(2132, "8.7")
.meaning("Whether names of neighbours are asked of a server, of everybody, or both in turn.");

static REQUESTED_ADDRESS: FieldDef =
    address("dhcp.option.requested_ip_address", "Requested address")
        .rfc(2132, "9.1")
        .meaning("The address that the client would like to have: the one that was offered, or the one it had before.");

static LEASE_TIME: FieldDef =
    FieldDef::decimal("dhcp.option.ip_address_lease_time", "Lease time")
        .unit("seconds")
        .named(&[(FOR_EVER as u64, "for ever")])
        .rfc(2132, "9.2")
        .meaning("For how long the client may use the address, unless it asks again before; in a request, what it would like.");

static OVERLOAD: FieldDef = FieldDef::decimal("dhcp.option.option_overload", "Option overload")
    .named(OVERLOADS)
    .rfc(2132, "9.3")
    .meaning("Options go on in the fields of the header for names, since there are too many for the message.");

static MESSAGE_TYPE: FieldDef = FieldDef::decimal("dhcp.option.dhcp", "Message type")
    .named(MESSAGES)
    .rfc(2132, "9.6")
    .meaning("What the message is for: Discover, Offer, Request and ACK, in this order, give a client its address.");

static SERVER_ID: FieldDef = address("dhcp.option.dhcp_server_id", "Server identifier")
    .rfc(2132, "9.7")
    .meaning("The server that speaks; in a request the one whose offer is taken, so that the others know that theirs are not.");

static LIST_ITEM: FieldDef = FieldDef::decimal("dhcp.option.request_list_item", "Requested option")
    .named_by(option_name)
    .rfc(2132, "9.8")
    .meaning("An option that the client wants the server to tell, those of most use first.");

static MESSAGE: FieldDef = FieldDef::text("dhcp.option.message", "Message")
    .rfc(2132, "9.9")
    .meaning("Why the server says no, or the client does not take the address: for people.");

static MAXIMUM_SIZE: FieldDef = FieldDef::decimal(
    "dhcp.option.dhcp_max_message_size",
    "Maximum message size",
)
.unit("bytes")
.rfc(2132, "9.10")
.meaning("How long a message may be that the client can take, its headers included; at least 576.");

static RENEWAL_TIME: FieldDef =
    FieldDef::decimal("dhcp.option.renewal_time_value", "Renewal time (T1)")
        .unit("seconds")
        .rfc(2132, "9.11")
        .meaning(
            "When the client asks its server to go on with the lease; usually after half of it.",
        );

static REBINDING_TIME: FieldDef =
    FieldDef::decimal("dhcp.option.rebinding_time_value", "Rebinding time (T2)")
        .unit("seconds")
        .rfc(2132, "9.12")
        .meaning("When the client, unanswered so far, asks any server to go on with the lease; usually after 7/8 of it.");

static VENDOR_CLASS: FieldDef =
    FieldDef::text("dhcp.option.vendor_class_id", "Vendor class identifier")
        .rfc(2132, "9.13")
        .meaning("Which program or device the client is, as its maker writes it.");

static TFTP_SERVER_NAME: FieldDef = FieldDef::text(
    "dhcp.option.tftp_server_name",
    "TFTP server name",
)
.rfc(2132, "9.4")
.meaning(
    "The host that has the file to boot from, where the field of the header for it holds options.",
);

static BOOT_FILE_NAME: FieldDef = FieldDef::text("dhcp.option.bootfile_name", "Boot file name")
    .rfc(2132, "9.5")
    .meaning("The file to boot from, where the field of the header for it holds options.");

static CAPTIVE_PORTAL: FieldDef = FieldDef::text("dhcp.option.captive_portal", "Captive portal")
    .rfc(8910, "2.1")
    .meaning("Where a guest of this network must ask to be let out of it, as a URI.");

static AUTO_CONFIGURATION: FieldDef =
    FieldDef::decimal("dhcp.option.dhcp_auto_configuration", "Auto-configuration")
        .named(&[(0, "do not"), (1, "go ahead")])
        .rfc(2563, "2")
        .meaning("Whether a client that gets no address may give itself one (169.254.0.0/16).");

static TFTP_SERVER_ADDRESS: FieldDef =
    address("dhcp.option.tftp_server_address", "TFTP server address")
        .rfc(5859, "2")
        .meaning("A host that has the configuration of a telephone, to be fetched by TFTP.");

/// A time that never ends.
pub const FOR_EVER: u32 = u32::MAX;

const OWN: [&FieldDef; 40] = [
    &OPTION,
    &TYPE,
    &LENGTH,
    &VALUE,
    &PADDING,
    &END,
    &SUBNET_MASK,
    &ROUTER,
    &TIME_SERVER,
    &NAME_SERVER,
    &DNS_SERVER,
    &LOG_SERVER,
    &HOST_NAME,
    &DOMAIN_NAME,
    &ROOT_PATH,
    &DEFAULT_TTL,
    &INTERFACE_MTU,
    &BROADCAST_ADDRESS,
    &ROUTE_DESTINATION,
    &ROUTE_ROUTER,
    &NIS_DOMAIN,
    &NIS_SERVER,
    &NTP_SERVER,
    &VENDOR_VALUE,
    &NETBIOS_SERVER,
    &NODE_TYPE,
    &REQUESTED_ADDRESS,
    &LEASE_TIME,
    &OVERLOAD,
    &MESSAGE_TYPE,
    &SERVER_ID,
    &LIST_ITEM,
    &MESSAGE,
    &MAXIMUM_SIZE,
    &RENEWAL_TIME,
    &REBINDING_TIME,
    &VENDOR_CLASS,
    &TFTP_SERVER_NAME,
    &BOOT_FILE_NAME,
    &CAPTIVE_PORTAL,
];

/// The fields.
pub static FIELDS: [&FieldDef;
    OWN.len()
        + 2
        + dhcp_clients::FIELDS.len()
        + dhcp_networks::FIELDS.len()
        + dhcp_agent::FIELDS.len()] = field::joined(&[
    &OWN,
    &[&AUTO_CONFIGURATION, &TFTP_SERVER_ADDRESS],
    &dhcp_clients::FIELDS,
    &dhcp_networks::FIELDS,
    &dhcp_agent::FIELDS,
]);

/// What the data of an option are.
#[derive(Debug)]
pub enum Content {
    /// One value of so many bytes, and nothing else.
    One(&'static FieldDef, usize),
    /// Values of so many bytes each, in turn, to the end.
    Each(&'static [(&'static FieldDef, usize)]),
    /// Text.
    Text(&'static FieldDef),
    /// Bytes.
    Bytes(&'static FieldDef),
    /// What another function takes apart.
    Inner(Inner),
}

/// Adds the fields of data that stand at this place of a message.
///
/// # Errors
///
/// What is wrong with the data, as a clause.
pub type Inner = fn(&[u8], Range<usize>, &mut Expander<'_>) -> Result<(), &'static str>;

const WRONG_LENGTH: &str = "the option has another length than its number defines";

/// What the data of options are, by their numbers; those of others are not taken apart.
static CONTENTS: &[(u8, Content)] = &[
    (1, Content::One(&SUBNET_MASK, 4)),
    (3, Content::Each(&[(&ROUTER, 4)])),
    (4, Content::Each(&[(&TIME_SERVER, 4)])),
    (5, Content::Each(&[(&NAME_SERVER, 4)])),
    (6, Content::Each(&[(&DNS_SERVER, 4)])),
    (7, Content::Each(&[(&LOG_SERVER, 4)])),
    (12, Content::Text(&HOST_NAME)),
    (15, Content::Text(&DOMAIN_NAME)),
    (17, Content::Text(&ROOT_PATH)),
    (23, Content::One(&DEFAULT_TTL, 1)),
    (26, Content::One(&INTERFACE_MTU, 2)),
    (28, Content::One(&BROADCAST_ADDRESS, 4)),
    (
        33,
        Content::Each(&[(&ROUTE_DESTINATION, 4), (&ROUTE_ROUTER, 4)]),
    ),
    (40, Content::Text(&NIS_DOMAIN)),
    (41, Content::Each(&[(&NIS_SERVER, 4)])),
    (42, Content::Each(&[(&NTP_SERVER, 4)])),
    (43, Content::Bytes(&VENDOR_VALUE)),
    (44, Content::Each(&[(&NETBIOS_SERVER, 4)])),
    (46, Content::One(&NODE_TYPE, 1)),
    (50, Content::One(&REQUESTED_ADDRESS, 4)),
    (51, Content::One(&LEASE_TIME, 4)),
    (52, Content::One(&OVERLOAD, 1)),
    (53, Content::One(&MESSAGE_TYPE, 1)),
    (54, Content::One(&SERVER_ID, 4)),
    (55, Content::Each(&[(&LIST_ITEM, 1)])),
    (56, Content::Text(&MESSAGE)),
    (57, Content::One(&MAXIMUM_SIZE, 2)),
    (58, Content::One(&RENEWAL_TIME, 4)),
    (59, Content::One(&REBINDING_TIME, 4)),
    (60, Content::Text(&VENDOR_CLASS)),
    (61, Content::Inner(dhcp_clients::expand_identifier)),
    (66, Content::Text(&TFTP_SERVER_NAME)),
    (67, Content::Text(&BOOT_FILE_NAME)),
    (81, Content::Inner(dhcp_clients::expand_full_name)),
    (82, Content::Inner(dhcp_agent::expand)),
    (114, Content::Text(&CAPTIVE_PORTAL)),
    (116, Content::One(&AUTO_CONFIGURATION, 1)),
    (119, Content::Inner(dhcp_networks::expand_search)),
    (121, Content::Inner(dhcp_networks::expand_routes)),
    (150, Content::Each(&[(&TFTP_SERVER_ADDRESS, 4)])),
];

static UNKNOWN: &Content = &Content::Bytes(&VALUE);

/// Adds the options in these bytes of a message, with `behind` for what is behind their end, and says what is wrong with
/// their data.
pub fn expand(
    bytes: &[u8],
    place: Range<usize>,
    behind: &'static FieldDef,
    out: &mut Expander<'_>,
) {
    let end = place.end.min(bytes.len());
    let mut chain = Chain::within(bytes, place);
    for link in chain.by_ref() {
        match link {
            Link::Padding(padding) => out.bytes(&PADDING, padding),
            Link::Option(entry) => expand_option(bytes, &entry, out),
            Link::End(at) => out.bytes(&END, at..at + 1),
            Link::Short(start, _) => {
                expand_head(start, end, out);
                out.bytes(&VALUE, start + 2..end);
                return;
            }
        }
    }
    out.bytes(behind, chain.at()..end);
}

/// What is wrong with the chain of the options in these bytes of a message: it has no end, or is longer than they are.
pub fn flaw(view: &LayerView<'_>, place: &Range<usize>) -> Option<FaultKind> {
    let bytes = view.bytes;
    let last = Chain::within(bytes, place.clone()).last();
    let is_in_header = place.end < bytes.len();
    match last {
        Some(Link::End(_)) => None,
        Some(Link::Short(..)) if is_in_header => Some(FaultKind::BadValue {
            why: "an option goes on behind the field that it is in",
        }),
        // Of a message that is cut, nobody knows.
        _ if !view.is_whole() => None,
        Some(Link::Short(_, end)) => Some(FaultKind::TooShort {
            needed: end as u64,
            present: bytes.len() as u64,
            believed: believed(view),
        }),
        _ => Some(FaultKind::BadValue {
            why: "the options have no end (255)",
        }),
    }
}

/// Whose word it is how long the message is.
pub fn believed(view: &LayerView<'_>) -> Believed {
    let around = view.around().last();
    Believed::Enclosing(around.map_or("", |layer| layer.protocol.label))
}

fn expand_head(start: usize, end: usize, out: &mut Expander<'_>) {
    out.bytes(&OPTION, start..end);
    out.bytes(&TYPE, start..start + 1);
    out.bytes(&LENGTH, start + 1..start + 2);
}

fn expand_option(bytes: &[u8], entry: &Entry, out: &mut Expander<'_>) {
    let data = entry.data.clone();
    expand_head(entry.start, data.end, out);
    let mut known = CONTENTS.iter();
    let content = known.find(|(number, _)| *number == entry.number);
    let content = content.map_or(UNKNOWN, |(_, content)| content);
    let told = expand_content(content, bytes, data.clone(), out);
    if let Err(why) = told {
        // What has no field of its own.
        out.bytes(&VALUE, data.clone());
        out.fault(entry.start..data.end, FaultKind::BadValue { why });
    }
}

/// Adds the data of an option at this place.
///
/// # Errors
///
/// What is wrong with them.
pub fn expand_content(
    content: &Content,
    bytes: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    match content {
        Content::One(_, length) if data.len() != *length => return Err(WRONG_LENGTH),
        Content::One(definition, _) | Content::Bytes(definition) => out.bytes(definition, data),
        Content::Text(definition) => expand_text(definition, bytes, data, out),
        Content::Each(row) => {
            let length: usize = row.iter().map(|(_, length)| length).sum();
            if data.is_empty() || !data.len().is_multiple_of(length) {
                return Err(WRONG_LENGTH);
            }
            let mut at = data.start;
            while at < data.end {
                for (definition, length) in *row {
                    out.bytes(definition, at..at + length);
                    at += length;
                }
            }
        }
        Content::Inner(expand) => return expand(bytes, data, out),
    }
    Ok(())
}

/// Adds a text, which some end with a byte of zeros.
pub fn expand_text(
    definition: &'static FieldDef,
    bytes: &[u8],
    place: Range<usize>,
    out: &mut Expander<'_>,
) {
    let text = bytes.get(place.clone()).unwrap_or_default();
    let length = text.iter().take_while(|byte| **byte != 0).count();
    out.bytes(definition, place.start..place.start + length);
}

#[cfg(test)]
mod tests {
    use crate::protocols::dhcp::testing::{
        LEASED, NOTHING, asked, message, options_of, sent, with_options,
    };

    #[test]
    fn an_option_that_nobody_knows_is_shown_as_bytes() {
        assert_eq!(
            options_of(&[224, 2, 0xca, 0xfe, 255, 0]),
            [
                "dhcp.option",
                "  dhcp.option.type 224 (of the site)",
                "  dhcp.option.length 2",
                "  dhcp.option.value ca:fe",
                "dhcp.option.end 255",
                "dhcp.option.padding 00",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_and_the_next_option_is_read_all_the_same() {
        for (options, fault) in [
            (&[1, 2, 255, 255][..], "the option has another length"),
            (&[3, 5, 10, 0, 0, 1, 7], "the option has another length"),
            (&[3, 0], "the option has another length"),
            (&[61, 0], "an identifier without a type"),
            (&[81, 1, 4], "a full name has three bytes"),
            (&[82, 3, 1, 9, 7], "what a relay agent adds goes on"),
            (&[119, 2, 0xc0, 4], "a domain has no end in the option"),
            (
                &[119, 3, 7, b'a', b'b'],
                "a domain has no end in the option",
            ),
            (
                &[121, 5, 40, 10, 0, 0, 1],
                "a route to a network with more than 32 bits",
            ),
            (&[121, 2, 8, 10], "a route goes on behind"),
        ] {
            let seen = asked(&[options, &[12, 2, b'm', b'e', 255]].concat());
            assert_eq!(seen.faults.len(), 1, "{options:?}: {:?}", seen.faults);
            assert!(seen.faults[0].starts_with(fault), "{:?}", seen.faults);
            assert_eq!(
                seen.chosen("dhcp", &["dhcp.option.hostname"]),
                ["dhcp.option.hostname me"]
            );
        }
    }

    #[test]
    fn options_that_do_not_end_are_told_and_so_is_one_that_is_too_long() {
        assert_eq!(asked(&[53, 1, 1]).faults, ["the options have no end (255)"]);
        let short = "needs 286 bytes, but by the length that UDP states there are 247";
        assert_eq!(asked(&[53, 1, 1, 12, 41, b'm', b'e']).faults, [short]);
        let mut bytes = message(
            2,
            NOTHING,
            LEASED,
            &with_options(&[53, 1, 5, 52, 1, 1, 255]),
        );
        bytes[108..110].copy_from_slice(&[15, 200]);
        assert_eq!(
            sent(&bytes).faults,
            ["an option goes on behind the field that it is in"]
        );
        let short = "needs 236 bytes, but by the length that UDP states there are 9";
        assert_eq!(sent(&bytes[..9]).faults, [short]);
    }
}
