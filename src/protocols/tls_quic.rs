//! The transport parameters of QUIC: what each side lets the other do, told in an extension of TLS's handshake, which
//! proves them genuine (RFC 9000, section 18; RFC 9001, section 8.2).

use std::ops::Range;

use super::quic_names as names;
use super::tls_vectors::Reader;
use crate::model::expander::Expander;
use crate::model::field::{ByteOrder, FieldDef};

static PARAMETER: FieldDef = FieldDef::heading("tls.quic.parameter", "Parameter of QUIC")
    .rfc(9000, "18")
    .meaning("What the sender lets the other side do, or wants it to know, once both speak QUIC.");

static TYPE: FieldDef = varint("tls.quic.parameter.type", "Type")
    .named_by(names::parameter)
    .rfc(9000, "18")
    .meaning("Which parameter it is; one that is not known is passed over.");

static LENGTH: FieldDef = varint("tls.quic.parameter.length", "Length")
    .unit("bytes")
    .rfc(9000, "18")
    .meaning("How long the parameter's value is; of some it is 0, for their being there says all.");

static VALUE: FieldDef = FieldDef::bytes("tls.quic.parameter.value", "Value")
    .rfc(9000, "18")
    .meaning("The value of the parameter as it is written.");

static ORIGINAL_ID: FieldDef = id(
    "tls.quic.parameter.original_destination_connection_id",
    "ID of the client's first packet",
)
.meaning("The connection ID that the client's first packet was for, by chance: so the client sees that nobody has answered in the server's place.");

static IDLE: FieldDef = number("tls.quic.parameter.max_idle_timeout", "Longest silence")
    .unit("milliseconds")
    .meaning("How long the connection may be silent before the sender of this forgets it.");

static RESET_TOKEN: FieldDef = id(
    "tls.quic.parameter.stateless_reset_token",
    "Token of a stateless reset",
)
.meaning("With it at the end of a packet, the server can end the connection though it has forgotten its keys.");

static LONGEST_DATAGRAM: FieldDef = number(
    "tls.quic.parameter.max_udp_payload_size",
    "Longest datagram",
)
.unit("bytes")
.meaning("The longest payload of UDP that the sender of this takes.");

static MOST_DATA: FieldDef = number(
    "tls.quic.parameter.initial_max_data",
    "First maximum of data",
)
.unit("bytes")
.meaning(
    "How many bytes the other side may send on all streams together, until it is allowed more.",
);

static MOST_OWN: FieldDef = number(
    "tls.quic.parameter.initial_max_stream_data_bidi_local",
    "First maximum of data on own streams",
)
.unit("bytes")
.meaning("How many bytes the other side may send on each stream of both directions that the sender of this opens.");

static MOST_THEIRS: FieldDef = number(
    "tls.quic.parameter.initial_max_stream_data_bidi_remote",
    "First maximum of data on the other's streams",
)
.unit("bytes")
.meaning("How many bytes the other side may send on each stream of both directions that it opens itself.");

static MOST_ONE_WAY: FieldDef = number(
    "tls.quic.parameter.initial_max_stream_data_uni",
    "First maximum of data on streams of one direction",
)
.unit("bytes")
.meaning("How many bytes the other side may send on each stream of one direction that it opens.");

static MOST_STREAMS: FieldDef = number(
    "tls.quic.parameter.initial_max_streams_bidi",
    "First maximum of streams",
)
.meaning("How many streams of both directions the other side may open, until it is allowed more.");

static MOST_STREAMS_ONE_WAY: FieldDef = number(
    "tls.quic.parameter.initial_max_streams_uni",
    "First maximum of streams of one direction",
)
.meaning("How many streams of one direction the other side may open, until it is allowed more.");

static DELAY_EXPONENT: FieldDef = number(
    "tls.quic.parameter.ack_delay_exponent",
    "Exponent of the delay",
)
.meaning(
    "The delay in an ACK counts units of 2 to this power, in microseconds: 3 means 8 microseconds.",
);

static LONGEST_DELAY: FieldDef = number(
    "tls.quic.parameter.max_ack_delay",
    "Longest delay of an acknowledgment",
)
.unit("milliseconds")
.meaning("How long the sender of this may wait before it acknowledges a packet.");

static ADDRESS_4: FieldDef = FieldDef::ipv4(
    "tls.quic.parameter.preferred_address.ipv4address",
    "Preferred IPv4 address",
)
.detail()
.rfc(9000, "18.2")
.meaning(
    "Where the server would rather be spoken to over IPv4; zeros where it has no such address.",
);

static PORT_4: FieldDef = FieldDef::decimal(
    "tls.quic.parameter.preferred_address.ipv4port",
    "Port at the IPv4 address",
)
.detail()
.rfc(9000, "18.2")
.meaning("The port of UDP at the preferred IPv4 address.");

static ADDRESS_6: FieldDef = FieldDef::ipv6(
    "tls.quic.parameter.preferred_address.ipv6address",
    "Preferred IPv6 address",
)
.detail()
.rfc(9000, "18.2")
.meaning(
    "Where the server would rather be spoken to over IPv6; zeros where it has no such address.",
);

static PORT_6: FieldDef = FieldDef::decimal(
    "tls.quic.parameter.preferred_address.ipv6port",
    "Port at the IPv6 address",
)
.detail()
.rfc(9000, "18.2")
.meaning("The port of UDP at the preferred IPv6 address.");

static PREFERRED_LENGTH: FieldDef = FieldDef::decimal(
    "tls.quic.parameter.preferred_address.connectionid.length",
    "Length of the connection ID",
)
.unit("bytes")
.detail()
.rfc(9000, "18.2")
.meaning("How long the connection ID for the preferred address is.");

static PREFERRED_ID: FieldDef = id(
    "tls.quic.parameter.preferred_address.connectionid",
    "Connection ID",
)
.meaning("The connection ID by which packets to the preferred address are known.");

static PREFERRED_TOKEN: FieldDef = id(
    "tls.quic.parameter.preferred_address.statelessresettoken",
    "Token of a stateless reset there",
)
.meaning(
    "The token of a stateless reset that belongs to the connection ID of the preferred address.",
);

static MOST_IDS: FieldDef = number(
    "tls.quic.parameter.active_connection_id_limit",
    "Most connection IDs",
)
.meaning("How many connection IDs of the other side the sender of this remembers at a time.");

static SOURCE_ID: FieldDef = id(
    "tls.quic.parameter.initial_source_connection_id",
    "ID of the sender's first packet",
)
.meaning("The connection ID that the sender gave in its first packet, repeated where nobody can change it.");

static RETRY_ID: FieldDef = id(
    "tls.quic.parameter.retry_source_connection_id",
    "ID of the Retry",
)
.meaning("The connection ID that the server gave in its Retry: so the client sees that it was the server's.");

static CHOSEN: FieldDef = version("tls.quic.parameter.vi.chosen_version", "Chosen version")
    .meaning("The version that the sender speaks in this connection, repeated where nobody can change it.");

static OTHER: FieldDef = version("tls.quic.parameter.vi.other_version", "Available version")
    .meaning("A version that the sender could speak, too.");

static LONGEST_FRAME: FieldDef = varint(
    "tls.quic.parameter.max_datagram_frame_size",
    "Longest frame of a datagram",
)
.unit("bytes")
.detail()
.rfc(9221, "3")
.meaning("The longest frame of type DATAGRAM that the sender of this takes.");

const fn varint(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::decimal(name, label).ordered(ByteOrder::Prefixed)
}

const fn number(name: &'static str, label: &'static str) -> FieldDef {
    varint(name, label).detail().rfc(9000, "18.2")
}

const fn id(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::bytes(name, label).detail().rfc(9000, "18.2")
}

const fn version(name: &'static str, label: &'static str) -> FieldDef {
    FieldDef::hex(name, label)
        .named_by(names::version)
        .detail()
        .rfc(9368, "3")
}

/// Of the parameters.
pub const FIELDS: [&FieldDef; 29] = [
    &PARAMETER,
    &TYPE,
    &LENGTH,
    &VALUE,
    &ORIGINAL_ID,
    &IDLE,
    &RESET_TOKEN,
    &LONGEST_DATAGRAM,
    &MOST_DATA,
    &MOST_OWN,
    &MOST_THEIRS,
    &MOST_ONE_WAY,
    &MOST_STREAMS,
    &MOST_STREAMS_ONE_WAY,
    &DELAY_EXPONENT,
    &LONGEST_DELAY,
    &ADDRESS_4,
    &PORT_4,
    &ADDRESS_6,
    &PORT_6,
    &PREFERRED_LENGTH,
    &PREFERRED_ID,
    &PREFERRED_TOKEN,
    &MOST_IDS,
    &SOURCE_ID,
    &RETRY_ID,
    &CHOSEN,
    &OTHER,
    &LONGEST_FRAME,
];

/// Parameters whose value is all one thing, by their types.
static WHOLE: &[(u64, &FieldDef)] = &[
    (0x00, &ORIGINAL_ID),
    (0x01, &IDLE),
    (0x02, &RESET_TOKEN),
    (0x03, &LONGEST_DATAGRAM),
    (0x04, &MOST_DATA),
    (0x05, &MOST_OWN),
    (0x06, &MOST_THEIRS),
    (0x07, &MOST_ONE_WAY),
    (0x08, &MOST_STREAMS),
    (0x09, &MOST_STREAMS_ONE_WAY),
    (0x0a, &DELAY_EXPONENT),
    (0x0b, &LONGEST_DELAY),
    (0x0e, &MOST_IDS),
    (0x0f, &SOURCE_ID),
    (0x10, &RETRY_ID),
    (0x20, &LONGEST_FRAME),
];

const PREFERRED_ADDRESS: u64 = 0x0d;
const VERSIONS: u64 = 0x11;

/// Tells the parameters, all that is left of their extension.
pub fn expand(data: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    while data.left() > 0 {
        let mut ahead = data.clone();
        let from = ahead.rest().start;
        let kind = ahead.varint()?;
        let length = usize::try_from(ahead.varint()?).ok()?;
        ahead.take_most(length);
        out.bytes(&PARAMETER, from..ahead.rest().start);
        data.tell_varint(&TYPE, out)?;
        data.tell_varint(&LENGTH, out)?;
        let value = data.take_most(length);
        out.bytes(&VALUE, value.clone());
        expand_value(kind, value, data, out);
    }
    Some(())
}

/// Tells what a value says, below it.
fn expand_value(kind: u64, value: Range<usize>, all: &Reader<'_>, out: &mut Expander<'_>) {
    let mut inside = all.clone().within(value.clone());
    let mut whole = WHOLE.iter();
    if let Some((_, field)) = whole.find(|(whole, _)| *whole == kind) {
        let is_number = field.order == ByteOrder::Prefixed;
        if !is_number || inside.varint().is_some() && inside.left() == 0 {
            out.bytes(field, value);
        }
    } else if kind == PREFERRED_ADDRESS {
        // What does not fit stays the value alone.
        let _ = expand_address(&mut inside, out);
    } else if kind == VERSIONS {
        inside.tell(&CHOSEN, 4, out);
        while inside.tell(&OTHER, 4, out).is_some() {}
    }
}

fn expand_address(inside: &mut Reader<'_>, out: &mut Expander<'_>) -> Option<()> {
    inside.tell(&ADDRESS_4, 4, out)?;
    inside.tell(&PORT_4, 2, out)?;
    inside.tell(&ADDRESS_6, 16, out)?;
    inside.tell(&PORT_6, 2, out)?;
    let length = inside.clone().number(1)?;
    inside.tell(&PREFERRED_LENGTH, 1, out)?;
    inside.tell(&PREFERRED_ID, length, out)?;
    inside.tell(&PREFERRED_TOKEN, 16, out)
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_segment, seen};
    use crate::model::frame::LinkType;

    /// A client's hello with these parameters, in a record of TLS.
    fn sent(parameters: &[u8]) -> Seen {
        let length = u8::try_from(parameters.len()).unwrap();
        let extensions = [&[0, length + 4, 0, 57, 0, length], parameters].concat();
        let hello = [&[3, 3], &[7; 32][..], &[0, 0, 0, 1, 0], &extensions].concat();
        let length = u8::try_from(hello.len()).unwrap();
        let record = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length], &hello[..]].concat();
        seen(LinkType::IPV4, &in_segment(&record))
    }

    /// What is told of them.
    fn told(parameters: &[u8]) -> Vec<String> {
        let seen = sent(parameters);
        let told = seen.chosen("tls", &["tls.quic.", "data.gap"]);
        told.iter().map(|told| (*told).to_owned()).collect()
    }

    #[test]
    fn a_parameter_has_a_type_a_value_and_what_that_says() {
        assert_eq!(
            told(&[1, 2, 0x40, 100, 12, 0, 0x1b, 1, 9]),
            [
                "tls.quic.parameter",
                "tls.quic.parameter.type 1 (max_idle_timeout)",
                "tls.quic.parameter.length 2",
                "tls.quic.parameter.value 40:64",
                "- tls.quic.parameter.max_idle_timeout 100",
                "tls.quic.parameter",
                "tls.quic.parameter.type 12 (disable_active_migration)",
                "tls.quic.parameter.length 0",
                "tls.quic.parameter",
                "tls.quic.parameter.type 27 (means nothing, on purpose)",
                "tls.quic.parameter.length 1",
                "tls.quic.parameter.value 09",
            ]
        );
    }

    #[test]
    fn versions_and_the_preferred_address_are_taken_apart() {
        let versions = [17, 8, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf];
        assert_eq!(
            told(&versions)[4..],
            [
                "- tls.quic.parameter.vi.chosen_version 0x1 (1)",
                "- tls.quic.parameter.vi.other_version 0x6b3343cf (2)",
            ]
        );
        let address = [
            &[192, 168, 1, 6, 1, 0xbb][..],
            &[0xfd],
            &[0; 15],
            &[1, 0xbb, 1, 7],
            &[5; 16],
        ]
        .concat();
        let length = u8::try_from(address.len()).unwrap();
        assert_eq!(
            told(&[&[13, length], &address[..]].concat())[4..],
            [
                "- tls.quic.parameter.preferred_address.ipv4address 192.168.1.6",
                "- tls.quic.parameter.preferred_address.ipv4port 443",
                "- tls.quic.parameter.preferred_address.ipv6address fd00::",
                "- tls.quic.parameter.preferred_address.ipv6port 443",
                "- tls.quic.parameter.preferred_address.connectionid.length 1",
                "- tls.quic.parameter.preferred_address.connectionid 07",
                "- tls.quic.parameter.preferred_address.statelessresettoken 05:05:05:05:05:05:05:05:05:05:05:05:05:05:05:05",
            ]
        );
    }

    #[test]
    fn what_does_not_fit_stays_bytes() {
        // A number that does not fill its value, one that ends early, and a length beyond the end.
        let number = told(&[1, 2, 5, 5]);
        assert_eq!(number[3..], ["tls.quic.parameter.value 05:05"]);
        assert_eq!(told(&[0x40]), ["data.gap 40"]);
        let long = told(&[1, 50, 5]);
        assert_eq!(
            long[3..],
            [
                "tls.quic.parameter.value 05",
                "- tls.quic.parameter.max_idle_timeout 5"
            ]
        );
    }
}
