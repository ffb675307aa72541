//! DHCP: a host that has just come into a network asks for an address, and is lent one (RFC 2131).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+---------------+---------------+---------------+
//! |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
//! +---------------+---------------+---------------+---------------+
//! |                            xid (4)                            |
//! +-------------------------------+-------------------------------+
//! |           secs (2)            |           flags (2)           |
//! +-------------------------------+-------------------------------+
//! |      ciaddr (4), yiaddr (4), siaddr (4), giaddr (4)           |
//! +---------------------------------------------------------------+
//! |      chaddr (16), sname (64), file (128)                      |
//! +---------------------------------------------------------------+
//! |      cookie (4) and options                                   |
//! +---------------------------------------------------------------+
//! ```
//!
//! The header is that of BOOTP, which came before; what makes it DHCP are the options (`dhcp_options`). Client and server
//! have no connection, and the client no address yet: so it says who it is in each message, and both may speak to
//! everybody.

use super::dhcp_chain::{self, COOKIE, FILE, OPTIONS, SERVER};
use super::dhcp_names::{HARDWARE, MESSAGES, OPERATIONS, name_of};
use super::dhcp_options::{self, expand_text};
use super::dhcp_story;
use crate::model::address::put_mac;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{self, FieldDef};
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

static OPERATION: FieldDef = FieldDef::decimal("dhcp.type", "Operation")
    .at(0, 1)
    .named(OPERATIONS)
    .rfc(2131, "2")
    .meaning("Whether a client speaks (1) or a server (2); what it says is in option 53.");

static IS_BOOTP: FieldDef = FieldDef::flag("dhcp.bootp", "Is BOOTP")
    .computed(|view| (message_type(view.bytes).is_none() && view.is_whole()).then_some(1))
    .source(Source::Wireshark("BOOTP and DHCP"))
    .meaning(
        "The message has no option with a message type: it is of BOOTP, which DHCP is made from.",
    );

/// The kind of network; in an identifier of a client too.
pub static HARDWARE_TYPE: FieldDef = FieldDef::hex("dhcp.hw.type", "Hardware type")
    .usually_at(1, 1)
    .named(HARDWARE)
    .rfc(2131, "2")
    .meaning(
        "What kind of network the client's hardware address belongs to; nearly always Ethernet.",
    );

static HARDWARE_LENGTH: FieldDef = FieldDef::decimal("dhcp.hw.len", "Hardware address length")
    .usually_at(2, 1)
    .unit("bytes")
    .rfc(2131, "2")
    .meaning("How many of the 16 bytes for the client's hardware address are used; 6 on Ethernet.");

static HOPS: FieldDef = FieldDef::decimal("dhcp.hops", "Hops")
    .usually_at(3, 1)
    .rfc(2131, "2")
    .meaning("How many relay agents have passed the message on; a client says 0.");

static TRANSACTION: FieldDef = FieldDef::hex("dhcp.id", "Transaction ID")
    .usually_at(4, 4)
    .rfc(2131, "2")
    .meaning("A random number of the client's that comes back with each answer: so it knows which are for it.");

static SECONDS: FieldDef = FieldDef::decimal("dhcp.secs", "Seconds elapsed")
    .usually_at(8, 2)
    .unit("seconds")
    .rfc(2131, "2")
    .meaning(
        "For how long the client has been asking; a second server may help out when it is long.",
    );

static FLAGS: FieldDef = FieldDef::hex("dhcp.flags", "Flags")
    .usually_at(10, 2)
    .group()
    .rfc(2131, "2")
    .meaning("How the answer is to be sent; of 16 bits only the first has a meaning.");

static BROADCAST: FieldDef = FieldDef::flag("dhcp.flags.bc", "Broadcast")
    .named(&[(0, "answer to the client alone"), (1, "answer to everybody")])
    .rfc(2131, "4.1")
    .meaning("The client cannot take packets for an address that it does not have yet: answer to everybody.");

static RESERVED: FieldDef = FieldDef::hex("dhcp.flags.reserved", "Reserved flags")
    .rfc(2131, "2")
    .meaning("Bits behind the broadcast flag, without a meaning; 0.");

static CLIENT_ADDRESS: FieldDef = FieldDef::ipv4("dhcp.ip.client", "Client's address")
    .usually_at(12, 4)
    .rfc(2131, "2")
    .meaning(
        "The address that the client has and uses: to keep it, to give it back; else 0.0.0.0.",
    );

static YOUR_ADDRESS: FieldDef = FieldDef::ipv4("dhcp.ip.your", "Your address")
    .usually_at(16, 4)
    .rfc(2131, "2")
    .meaning("The address that the server offers or gives to the client.");

static NEXT_SERVER: FieldDef = FieldDef::ipv4("dhcp.ip.server", "Next server's address")
    .usually_at(20, 4)
    .rfc(2131, "2")
    .meaning("The host from which the client fetches the file to boot from, where it boots so.");

static RELAY_ADDRESS: FieldDef = FieldDef::ipv4("dhcp.ip.relay", "Relay agent's address")
    .usually_at(24, 4)
    .rfc(2131, "2")
    .meaning("The router that has passed the message on to a server in another network: answers go through it, and the address is of its network.");

/// The client's address on Ethernet; in an identifier of a client too.
pub static MAC_ADDRESS: FieldDef = FieldDef::mac("dhcp.hw.mac_addr", "Client's MAC address")
    .usually_at(28, 6)
    .rfc(2131, "2")
    .meaning("Who asks, by the only address that it has: that of its network card.");

static HARDWARE_ADDRESS: FieldDef = FieldDef::bytes("dhcp.hw.addr", "Client's hardware address")
    .rfc(2131, "2")
    .meaning("Who asks, by an address of another kind of network than Ethernet.");

static HARDWARE_PADDING: FieldDef =
    FieldDef::bytes("dhcp.hw.addr_padding", "Padding of the hardware address")
        .usually_at(34, 10)
        .rfc(2131, "2")
        .meaning("The rest of the 16 bytes for the client's hardware address.");

static SERVER_NAME: FieldDef = FieldDef::text("dhcp.server", "Server's name")
    .usually_at(44, 64)
    .rfc(2131, "2")
    .meaning("The name of the host to boot from, up to the first byte of zeros.");

static SERVER_PADDING: FieldDef =
    FieldDef::bytes("dhcp.server_padding", "Padding of the server's name")
        .rfc(2131, "2")
        .meaning(
            "The rest of the 64 bytes for the server's name, all of them where there is none.",
        );

static FILE_NAME: FieldDef = FieldDef::text("dhcp.file", "Boot file")
    .usually_at(108, 128)
    .rfc(2131, "2")
    .meaning("The file that the client is to boot from, up to the first byte of zeros.");

static FILE_PADDING: FieldDef = FieldDef::bytes("dhcp.file_padding", "Padding of the file's name")
    .rfc(2131, "2")
    .meaning("The rest of the 128 bytes for the name of a file, all of them where there is none.");

static SERVER_OPTIONS: FieldDef = FieldDef::heading(
    "dhcp.server_options",
    "Options in place of the server's name",
)
.rfc(2131, "4.1")
.meaning("Options that found no room behind the header, in the 64 bytes for a name.");

static FILE_OPTIONS: FieldDef =
    FieldDef::heading("dhcp.file_options", "Options in place of the file's name")
        .rfc(2131, "4.1")
        .meaning("Options that found no room behind the header, in the 128 bytes for a file.");

static MAGIC_COOKIE: FieldDef = FieldDef::ipv4("dhcp.cookie", "Magic cookie")
    .usually_at(236, 4)
    .rfc(2131, "3")
    .meaning("Says that options follow as RFC 2132 defines them: 99.130.83.99, written as an address ever since.");

static VENDOR_OPTIONS: FieldDef = FieldDef::bytes(
    "dhcp.vendor_specific_options",
    "Vendor information of BOOTP",
)
.rfc(951, "3")
.meaning(
    "What stands behind the header without a cookie before it: only the maker knows what it means.",
);

const HEADER_FIELDS: [&FieldDef; 25] = [
    &OPERATION,
    &IS_BOOTP,
    &HARDWARE_TYPE,
    &HARDWARE_LENGTH,
    &HOPS,
    &TRANSACTION,
    &SECONDS,
    &FLAGS,
    &BROADCAST,
    &RESERVED,
    &CLIENT_ADDRESS,
    &YOUR_ADDRESS,
    &NEXT_SERVER,
    &RELAY_ADDRESS,
    &MAC_ADDRESS,
    &HARDWARE_ADDRESS,
    &HARDWARE_PADDING,
    &SERVER_NAME,
    &SERVER_PADDING,
    &FILE_NAME,
    &FILE_PADDING,
    &SERVER_OPTIONS,
    &FILE_OPTIONS,
    &MAGIC_COOKIE,
    &VENDOR_OPTIONS,
];

static FIELDS: [&FieldDef; HEADER_FIELDS.len() + dhcp_options::FIELDS.len()] =
    field::joined(&[&HEADER_FIELDS, &dhcp_options::FIELDS]);

/// DHCP.
pub static PROTOCOL: Protocol = Protocol {
    name: "dhcp",
    label: "DHCP",
    title: "Dynamic Host Configuration Protocol",
    purpose: "Lends a host an address for a while, and tells it what it must know of its network.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[
        Source::Rfc(2131, ""),
        Source::Rfc(2132, ""),
        Source::Rfc(951, ""),
    ],
    parents: &[Selector::UdpPort(67), Selector::UdpPort(68)],
    fields: &FIELDS,
    endpoints: None,
    measure: None,
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

/// What a header has before its addresses, in its order.
const BEFORE_FLAGS: [(&FieldDef, usize); 5] = [
    (&HARDWARE_TYPE, 1),
    (&HARDWARE_LENGTH, 1),
    (&HOPS, 1),
    (&TRANSACTION, 4),
    (&SECONDS, 2),
];

const ADDRESSES: [&FieldDef; 4] = [&CLIENT_ADDRESS, &YOUR_ADDRESS, &NEXT_SERVER, &RELAY_ADDRESS];

/// Where the flags stand, the addresses, and the client's hardware address.
const FLAGS_AT: usize = 10;
const ADDRESSES_AT: usize = 12;
const HARDWARE_AT: usize = 28;

/// How long a header is, without the cookie.
const HEADER: usize = COOKIE.start;

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    let mut at = 1;
    for (definition, length) in BEFORE_FLAGS {
        out.bytes(definition, at..at + length);
        at += length;
    }
    out.bytes(&FLAGS, FLAGS_AT..FLAGS_AT + 2);
    let first_flag = bits::of_bytes(&(FLAGS_AT..FLAGS_AT + 2)).start;
    out.bits(&BROADCAST, first_flag, 1);
    out.bits(&RESERVED, first_flag + 1, 15);
    for (definition, at) in ADDRESSES.into_iter().zip((ADDRESSES_AT..).step_by(4)) {
        out.bytes(definition, at..at + 4);
    }
    expand_hardware_address(bytes, out);
    let (in_server, in_file) = dhcp_chain::overloaded(bytes);
    let names = [
        (
            SERVER,
            in_server,
            [&SERVER_NAME, &SERVER_PADDING, &SERVER_OPTIONS],
        ),
        (FILE, in_file, [&FILE_NAME, &FILE_PADDING, &FILE_OPTIONS]),
    ];
    for (place, holds_options, [name, padding, options]) in names {
        if holds_options {
            out.bytes(options, place.clone());
            dhcp_options::expand(bytes, place, padding, out);
        } else if place.end <= bytes.len() {
            let start = bytes.get(place.clone()).unwrap_or_default();
            let length = start.iter().take_while(|byte| **byte != 0).count();
            expand_text(name, bytes, place.clone(), out);
            out.bytes(padding, place.start + length..place.end);
        }
    }
    if dhcp_chain::has_options(bytes) {
        out.bytes(&MAGIC_COOKIE, COOKIE);
        dhcp_options::expand(bytes, OPTIONS..bytes.len(), &dhcp_options::PADDING, out);
    } else {
        out.bytes(&VENDOR_OPTIONS, HEADER..bytes.len());
    }
}

/// Adds the client's hardware address, which has 16 bytes and uses as many as the header says.
fn expand_hardware_address(bytes: &[u8], out: &mut Expander<'_>) {
    let length = bytes.get(2).copied().map_or(0, usize::from);
    let length = length.min(SERVER.start - HARDWARE_AT);
    let definition = if mac_address(bytes).is_some() {
        &MAC_ADDRESS
    } else {
        &HARDWARE_ADDRESS
    };
    out.bytes(definition, HARDWARE_AT..HARDWARE_AT + length);
    out.bytes(&HARDWARE_PADDING, HARDWARE_AT + length..SERVER.start);
}

/// The client's address on Ethernet, where it is there.
fn mac_address(bytes: &[u8]) -> Option<[u8; 6]> {
    let is_mac = bytes.get(1..3) == Some(&[1, 6]);
    let octets = bytes.get(HARDWARE_AT..)?.first_chunk().copied();
    octets.filter(|_| is_mac)
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    let bytes = view.bytes;
    if bytes.len() < HEADER {
        return view.is_whole().then(|| FaultKind::TooShort {
            needed: HEADER as u64,
            present: bytes.len() as u64,
            believed: dhcp_options::believed(view),
        });
    }
    if !dhcp_chain::has_options(bytes) {
        return None;
    }
    let (in_server, in_file) = dhcp_chain::overloaded(bytes);
    let places = [
        (true, OPTIONS..bytes.len()),
        (in_server, SERVER),
        (in_file, FILE),
    ];
    let mut with_options = places.into_iter().filter(|(has_options, _)| *has_options);
    with_options.find_map(|(_, place)| dhcp_options::flaw(view, &place))
}

/// What a message of DHCP is for; `None` of one of BOOTP.
fn message_type(bytes: &[u8]) -> Option<u8> {
    match dhcp_chain::find(bytes, 53) {
        Some([number, ..]) => Some(*number),
        _ => None,
    }
}

/// Puts what the message is, and what it says in words.
fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    match message_type(bytes) {
        Some(number) => {
            out.push_str("DHCP ");
            put_message_type(number, out);
            out.push_str(" - Transaction ID ");
            out.put_hex_number(bits::u32_at(bytes, 4).unwrap_or(0).into(), 1);
            dhcp_story::put(number, bytes, out);
        }
        None => put_bootp(bytes, out),
    }
}

/// Puts the name of a message type, with blanks up to the width of the longest of the usual ones.
fn put_message_type(number: u8, out: &mut Draft) {
    const WIDTH: usize = 8;
    match name_of(MESSAGES, number.into()) {
        Some(name) => out.put_left(WIDTH, |out| out.push_str(name)),
        None => {
            out.push_str("Unknown Message Type (");
            out.put_hex_number(number.into(), 2);
            out.push(')');
        }
    }
}

fn put_bootp(bytes: &[u8], out: &mut Draft) {
    match bytes.first().copied().map(u64::from) {
        Some(operation) => match name_of(OPERATIONS, operation) {
            Some(name) => out.push_str(name),
            None => out.push_str("Unknown operation"),
        },
        None => return,
    }
    if let (Some(1), Some(octets)) = (bytes.first(), mac_address(bytes)) {
        out.push_str(" from ");
        put_mac(out, octets);
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{LEASED, NOTHING, asked, message, packet, sent, with_options};
    use crate::decode::testing::seen_of;
    use crate::model::frame::LinkType;

    #[test]
    fn a_header_is_told_to_its_last_byte() {
        let seen = asked(&[53, 1, 1, 255]);
        assert_eq!(seen.layers[1..], ["udp", "dhcp"]);
        assert_eq!(
            seen.fields("dhcp"),
            [
                "dhcp.type 1 (Boot Request)",
                "dhcp.hw.type 0x1 (Ethernet)",
                "dhcp.hw.len 6",
                "dhcp.hops 0",
                "dhcp.id 0x12345678",
                "dhcp.secs 3",
                "dhcp.flags 0x8000",
                "  dhcp.flags.bc 1 (answer to everybody)",
                "  dhcp.flags.reserved 0x0",
                "dhcp.ip.client 0.0.0.0",
                "dhcp.ip.your 0.0.0.0",
                "dhcp.ip.server 0.0.0.0",
                "dhcp.ip.relay 0.0.0.0",
                "dhcp.hw.mac_addr 02:00:00:00:00:07",
                "dhcp.hw.addr_padding 00:00:00:00:00:00:00:00:00:00",
                &format!("dhcp.server_padding {}", ["00"; 64].join(":")),
                &format!("dhcp.file_padding {}", ["00"; 128].join(":")),
                "dhcp.cookie 99.130.83.99",
                "dhcp.option",
                "  dhcp.option.type 53 (DHCP message type)",
                "  dhcp.option.length 1",
                "  dhcp.option.dhcp 1 (Discover)",
                "dhcp.option.end 255",
            ]
        );
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn what_has_no_message_type_is_of_bootp() {
        let seen = sent(&message(1, NOTHING, NOTHING, &[0; 64]));
        assert!(
            seen.line.ends_with("  Boot Request from 02:00:00:00:00:07"),
            "{}",
            seen.line
        );
        assert_eq!(seen.chosen("dhcp", &["dhcp.bootp"]), ["= dhcp.bootp 1"]);
        let vendor = seen.chosen("dhcp", &["dhcp.vendor_specific_options"]);
        assert_eq!(
            vendor,
            [format!(
                "dhcp.vendor_specific_options {}",
                ["00"; 64].join(":")
            )]
        );
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn an_address_of_another_network_than_ethernet_is_as_long_as_it_says() {
        let mut bytes = message(1, NOTHING, NOTHING, &with_options(&[255]));
        bytes[1..3].copy_from_slice(&[32, 16]);
        let seen = sent(&bytes);
        let address = ["02:00:00:00:00:07", &["00"; 10].join(":")].join(":");
        assert_eq!(
            seen.chosen("dhcp", &["dhcp.hw.addr", "dhcp.hw.mac_addr"]),
            [format!("dhcp.hw.addr {address}")]
        );
    }

    #[test]
    fn names_in_the_header_are_read_up_to_their_end() {
        let mut bytes = message(2, NOTHING, LEASED, &with_options(&[255]));
        bytes[44..50].copy_from_slice(b"server");
        bytes[108..112].copy_from_slice(b"boot");
        let seen = sent(&bytes);
        assert_eq!(
            seen.chosen("dhcp", &["dhcp.server ", "dhcp.file "]),
            ["dhcp.server server", "dhcp.file boot"]
        );
    }

    #[test]
    fn options_go_on_in_the_fields_for_names_where_an_option_says_so() {
        let mut bytes = message(
            2,
            NOTHING,
            LEASED,
            &with_options(&[53, 1, 5, 52, 1, 3, 255]),
        );
        bytes[44..49].copy_from_slice(&[12, 2, b'm', b'e', 255]);
        bytes[108..115].copy_from_slice(&[0, 15, 3, b'l', b'a', b'b', 255]);
        let seen = sent(&bytes);
        assert_eq!(
            seen.fields("dhcp")[15..28],
            [
                "dhcp.server_options",
                "  dhcp.option",
                "    dhcp.option.type 12 (host name)",
                "    dhcp.option.length 2",
                "    dhcp.option.hostname me",
                "  dhcp.option.end 255",
                &format!("  dhcp.server_padding {}", ["00"; 59].join(":")),
                "dhcp.file_options",
                "  dhcp.option.padding 00",
                "  dhcp.option",
                "    dhcp.option.type 15 (domain name)",
                "    dhcp.option.length 3",
                "    dhcp.option.domain_name lab",
            ]
        );
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn a_message_that_the_capture_cut_is_not_wrong() {
        let options = [53, 1, 1, 12, 2, b'm', b'e', 61, 7, 1, 2, 0, 0, 0, 0, 7, 255];
        let whole = packet(&message(1, NOTHING, NOTHING, &with_options(&options)));
        for end in 29..whole.len() {
            let seen = seen_of(LinkType::IPV4, &whole[..end], whole.len());
            assert_eq!(seen.faults.len(), 1, "{end}: {:?}", seen.faults);
            assert!(seen.faults[0].starts_with("cut by the capture"));
        }
    }
}

#[cfg(test)]
pub mod testing {
    //! Messages for tests.

    use crate::decode::testing::{Seen, in_ipv4, seen};
    use crate::model::frame::LinkType;

    /// No address.
    pub const NOTHING: [u8; 4] = [0; 4];

    /// An address that is lent.
    pub const LEASED: [u8; 4] = [192, 168, 1, 7];

    /// A message of a client on Ethernet, with the addresses of client and lease, and what is behind the header.
    pub fn message(operation: u8, client: [u8; 4], yours: [u8; 4], behind: &[u8]) -> Vec<u8> {
        let start = [operation, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 3, 0x80, 0];
        let hardware = [2, 0, 0, 0, 0, 7];
        let addresses = [client, yours, NOTHING, NOTHING].concat();
        [
            &start[..],
            &addresses,
            &hardware,
            &[0; 10],
            &[0; 192],
            behind,
        ]
        .concat()
    }

    /// The cookie, and these options.
    pub fn with_options(options: &[u8]) -> Vec<u8> {
        [&[0x63, 0x82, 0x53, 0x63][..], options].concat()
    }

    /// A packet with a message to the server.
    pub fn packet(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + message.len()).unwrap().to_be_bytes();
        let header = [0, 68, 0, 67, length[0], length[1], 0, 0];
        in_ipv4(17, &[&header[..], message].concat())
    }

    /// What is seen of a message.
    pub fn sent(message: &[u8]) -> Seen {
        seen(LinkType::IPV4, &packet(message))
    }

    /// A message of a client with these options.
    pub fn asked(options: &[u8]) -> Seen {
        sent(&message(1, NOTHING, NOTHING, &with_options(options)))
    }

    /// The fields of the options, without those of the header.
    pub fn options_of(options: &[u8]) -> Vec<String> {
        let seen = asked(options);
        let fields = seen.fields("dhcp");
        let from = fields
            .iter()
            .position(|field| field.starts_with("dhcp.cookie"));
        fields[from.unwrap() + 1..]
            .iter()
            .map(|field| (*field).to_owned())
            .collect()
    }
}
