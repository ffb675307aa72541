//! Who the client of DHCP is: its identifier (RFC 4361) and its full name (RFC 4702).

use std::ops::Range;

use super::dhcp::{HARDWARE_TYPE, MAC_ADDRESS};
use super::dhcp_names::{HARDWARE, UNIQUE_FORMS};
use crate::model::bits;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static IDENTIFIER_TYPE: FieldDef = FieldDef::decimal("dhcp.client_id.type", "Identifier type")
    .named(&[(0, "no hardware address")])
    .rfc(2132, "9.14")
    .meaning("What kind of identifier follows: a hardware address by its kind of network, or 0 for anything else.");

static IDENTIFIER_TEXT: FieldDef = FieldDef::text("dhcp.client_id.undef", "Client identifier")
    .rfc(2132, "9.14")
    .meaning(
        "What the client is known by to the server, where it is no hardware address; often a name.",
    );

static IAID: FieldDef =
    FieldDef::spelled("dhcp.client_id.iaid", "Interface number (IAID)", spell_hex)
        .rfc(4361, "6.1")
        .meaning("Which of its interfaces the client speaks of, by a number that it has chosen.");

static UNIQUE_FORM: FieldDef = FieldDef::decimal("dhcp.client_id.duid_type", "Form of the DUID")
    .named(UNIQUE_FORMS)
    .rfc(4361, "6.1")
    .meaning(
        "What the unique identifier of the client is made of, which is the same in DHCP for IPv6.",
    );

static TIMED_HARDWARE: FieldDef = FieldDef::decimal(
    "dhcp.client_id.duid_llt_hw_type",
    "Hardware type of the DUID",
)
.named(HARDWARE)
.rfc(4361, "6.1")
.meaning("What kind of network the address in an identifier with a time belongs to.");

static UNTIMED_HARDWARE: FieldDef = FieldDef::decimal(
    "dhcp.client_id.duid_ll_hw_type",
    "Hardware type of the address",
)
.named(HARDWARE)
.rfc(4361, "6.1")
.meaning("What kind of network the address in an identifier without a time belongs to.");

static TIME: FieldDef = FieldDef::decimal("dhcp.client_id.time", "Time of the DUID")
    .unit("seconds since 2000")
    .rfc(4361, "6.1")
    .meaning("When the identifier was made, in seconds since 2000; it is never made again.");

static LINK_LAYER_ADDRESS: FieldDef = FieldDef::spelled(
    "dhcp.client_id.link_layer_address",
    "Link-layer address of the DUID",
    spell_with_colons,
)
.rfc(4361, "6.1")
.meaning("The address of one of the client's interfaces when the identifier was made, maybe not of this one.");

static ENTERPRISE: FieldDef =
    FieldDef::decimal("dhcp.client_id.enterprise_num", "Enterprise number")
        .rfc(4361, "6.1")
        .meaning("Who gave the identifier out, by a number of IANA's.");

static IDENTIFIER: FieldDef = FieldDef::bytes("dhcp.client_id", "Identifier")
    .rfc(4361, "6.1")
    .meaning("What the client is known by, as bytes that only their maker reads.");

static NAME_FLAGS: FieldDef = FieldDef::hex("dhcp.fqdn.flags", "Flags of the name")
    .group()
    .rfc(4702, "2.1")
    .meaning("Who tells DNS the client's name and address, and how the name is written.");

static NAME_RESERVED: FieldDef = FieldDef::hex("dhcp.fqdn.mbz", "Reserved bits of the name")
    .rfc(4702, "2.1")
    .meaning("Bits of the flags that have no meaning yet and are 0.");

static NAME_UNTOLD: FieldDef = FieldDef::flag("dhcp.fqdn.n", "No updates by the server")
    .rfc(4702, "2.1")
    .meaning("The server is not to tell DNS anything of the client.");

static NAME_ENCODED: FieldDef = FieldDef::flag("dhcp.fqdn.e", "Encoded as in DNS")
    .rfc(4702, "2.1")
    .meaning("The name is labels behind their lengths, as DNS writes it; else it is text.");

static NAME_OVERRIDDEN: FieldDef = FieldDef::flag("dhcp.fqdn.o", "Server overrides")
    .rfc(4702, "2.1")
    .meaning("The server does not do about DNS what the client has asked for.");

static NAME_BY_SERVER: FieldDef = FieldDef::flag("dhcp.fqdn.s", "Server updates the address")
    .rfc(4702, "2.1")
    .meaning(
        "The server tells DNS the address that belongs to the name (A); else the client does.",
    );

static NAME_RESULT: FieldDef = FieldDef::decimal("dhcp.fqdn.rcode1", "Result for the address")
    .rfc(4702, "2.2")
    .meaning("What DNS once answered to the update of the address; 255 or 0 today.");

static POINTER_RESULT: FieldDef = FieldDef::decimal("dhcp.fqdn.rcode2", "Result for the pointer")
    .rfc(4702, "2.2")
    .meaning("What DNS once answered to the update of the name of the address (PTR).");

static FULL_NAME: FieldDef = FieldDef::spelled("dhcp.fqdn.name", "Full name", spell_name)
    .rfc(4702, "2.3")
    .meaning("The client's name with its domain, or without where it does not know it.");

/// The fields.
pub const FIELDS: [&FieldDef; 19] = [
    &IDENTIFIER_TYPE,
    &IDENTIFIER_TEXT,
    &IAID,
    &UNIQUE_FORM,
    &TIMED_HARDWARE,
    &UNTIMED_HARDWARE,
    &TIME,
    &LINK_LAYER_ADDRESS,
    &ENTERPRISE,
    &IDENTIFIER,
    &NAME_FLAGS,
    &NAME_RESERVED,
    &NAME_UNTOLD,
    &NAME_ENCODED,
    &NAME_OVERRIDDEN,
    &NAME_BY_SERVER,
    &NAME_RESULT,
    &POINTER_RESULT,
    &FULL_NAME,
];

/// Adds the identifier of a client: a hardware address, a unique identifier of RFC 4361, or anything.
///
/// # Errors
///
/// It is too short for what it says it is.
pub fn expand_identifier(
    bytes: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    const MAC_LENGTH: usize = 6;
    const UNIQUE: u8 = 255;
    let Range { start, end } = data;
    match bytes.get(start).filter(|_| start < end) {
        None => return Err("an identifier without a type"),
        Some(0) => {
            out.bytes(&IDENTIFIER_TYPE, start..start + 1);
            out.bytes(&IDENTIFIER_TEXT, start + 1..end);
        }
        Some(&UNIQUE) if data.len() >= 7 => expand_unique(bytes, data, out),
        Some(1) if data.len() == 1 + MAC_LENGTH => {
            out.bytes(&HARDWARE_TYPE, start..start + 1);
            out.bytes(&MAC_ADDRESS, start + 1..end);
        }
        Some(_) => {
            out.bytes(&IDENTIFIER_TYPE, start..start + 1);
            out.bytes(&IDENTIFIER, start + 1..end);
        }
    }
    Ok(())
}

/// Adds the number of an interface and a unique identifier, which is of one of several forms.
fn expand_unique(bytes: &[u8], data: Range<usize>, out: &mut Expander<'_>) {
    let Range { start, end } = data;
    let form = start + 5;
    let rest = form + 2;
    out.bytes(&IDENTIFIER_TYPE, start..start + 1);
    out.bytes(&IAID, start + 1..form);
    out.bytes(&UNIQUE_FORM, form..rest);
    match bits::u16_at(bytes, form) {
        Some(1) if rest + 6 <= end => {
            out.bytes(&TIMED_HARDWARE, rest..rest + 2);
            out.bytes(&TIME, rest + 2..rest + 6);
            out.bytes(&LINK_LAYER_ADDRESS, rest + 6..end);
        }
        Some(2) if rest + 4 <= end => {
            out.bytes(&ENTERPRISE, rest..rest + 4);
            out.bytes(&IDENTIFIER, rest + 4..end);
        }
        Some(3) if rest + 2 <= end => {
            out.bytes(&UNTIMED_HARDWARE, rest..rest + 2);
            out.bytes(&LINK_LAYER_ADDRESS, rest + 2..end);
        }
        _ => out.bytes(&IDENTIFIER, rest..end),
    }
}

/// Adds the full name of a client, behind its flags and two results.
///
/// # Errors
///
/// It is too short for them.
pub fn expand_full_name(
    _: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    if data.len() < 3 {
        return Err("a full name has three bytes before it");
    }
    let Range { start, end } = data;
    let first = bits::of_bytes(&data).start;
    out.bytes(&NAME_FLAGS, start..start + 1);
    out.bits(&NAME_RESERVED, first, 4);
    let flags = [
        &NAME_UNTOLD,
        &NAME_ENCODED,
        &NAME_OVERRIDDEN,
        &NAME_BY_SERVER,
    ];
    for (flag, bit) in flags.into_iter().zip(first + 4..) {
        out.bits(flag, bit, 1);
    }
    out.bytes(&NAME_RESULT, start + 1..start + 2);
    out.bytes(&POINTER_RESULT, start + 2..start + 3);
    out.bytes(&FULL_NAME, start + 3..end);
    Ok(())
}

fn spell_hex(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    for byte in bytes {
        spell_byte(*byte, put);
    }
}

fn spell_with_colons(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            put(":");
        }
        spell_byte(*byte, put);
    }
}

fn spell_byte(byte: u8, put: &mut dyn FnMut(&str)) {
    for nibble in [byte >> 4, byte & 0xf] {
        if let Some(digit) = char::from_digit(nibble.into(), 16) {
            put(digit.encode_utf8(&mut [0; 4]));
        }
    }
}

/// Spells a name as text, or as labels where it is nothing but those; the last of these may be without its end, where
/// the client does not know its domain (RFC 4702, section 2.3.1).
fn spell_name(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    if !is_labels(bytes) {
        spell_text(bytes, put);
        return;
    }
    let mut rest = bytes;
    while let Some((label, behind)) = next_label(rest).filter(|(label, _)| !label.is_empty()) {
        if rest.len() < bytes.len() {
            put(".");
        }
        spell_text(label, put);
        rest = behind;
    }
}

/// Whether bytes are labels and nothing else, of which none but the last is empty.
fn is_labels(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((label, behind)) = next_label(rest) {
        if label.is_empty() {
            return behind.is_empty();
        }
        rest = behind;
    }
    rest.is_empty()
}

/// The label that bytes begin with, and what is behind it.
fn next_label(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    const LONGEST: u8 = 63;
    let (length, rest) = bytes.split_first()?;
    if *length > LONGEST {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
}

fn spell_text(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    for chunk in bytes.utf8_chunks() {
        put(chunk.valid());
        if !chunk.invalid().is_empty() {
            put("\u{fffd}");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::dhcp::testing::{asked, options_of};

    #[test]
    fn a_client_is_known_by_an_address_a_unique_identifier_or_a_text() {
        let values = |data: &[u8]| {
            let length = u8::try_from(data.len()).unwrap();
            let fields = options_of(&[&[61, length][..], data, &[255]].concat());
            fields[3..fields.len() - 1].to_vec()
        };
        assert_eq!(
            values(&[1, 2, 0, 0, 0, 0, 7]),
            [
                "  dhcp.hw.type 0x1 (Ethernet)",
                "  dhcp.hw.mac_addr 02:00:00:00:00:07"
            ]
        );
        assert_eq!(
            values(b"\0me"),
            [
                "  dhcp.client_id.type 0 (no hardware address)",
                "  dhcp.client_id.undef me"
            ]
        );
        assert_eq!(
            values(&[255, 0, 0, 0, 7, 0, 1, 0, 1, 42, 0, 0, 0, 2, 0, 0, 0, 0, 7]),
            [
                "  dhcp.client_id.type 255",
                "  dhcp.client_id.iaid 00000007",
                "  dhcp.client_id.duid_type 1 (link-layer address and time)",
                "  dhcp.client_id.duid_llt_hw_type 1 (Ethernet)",
                "  dhcp.client_id.time 704643072",
                "  dhcp.client_id.link_layer_address 02:00:00:00:00:07",
            ]
        );
        assert_eq!(
            values(&[255, 0, 0, 0, 7, 0, 2, 0, 0, 1, 55, b'a'])[2..],
            [
                "  dhcp.client_id.duid_type 2 (of an enterprise)",
                "  dhcp.client_id.enterprise_num 311",
                "  dhcp.client_id 61",
            ]
        );
    }

    #[test]
    fn a_full_name_is_text_or_labels_with_or_without_their_end() {
        let name = |data: &[u8]| {
            let length = u8::try_from(data.len()).unwrap();
            let seen = asked(&[&[81, length][..], data, &[255]].concat());
            seen.chosen("dhcp", &["dhcp.fqdn.name"])[0]
                .trim_start()
                .to_owned()
        };
        assert_eq!(name(b"\0\0\0me.lab"), "dhcp.fqdn.name me.lab");
        assert_eq!(name(b"\x05\0\0\x02me\x03lab\0"), "dhcp.fqdn.name me.lab");
        assert_eq!(name(b"\x05\0\0\x02me"), "dhcp.fqdn.name me");
        assert_eq!(name(b"\0\0\0\xffme"), "dhcp.fqdn.name \u{fffd}me");
    }
}
