//! Where this program and tshark differ on purpose, and why.

use std::fmt;

use super::Fields;
use super::common::tshark;

/// A field that is not the same in both.
pub struct Difference<'a> {
    /// The name of the capture.
    pub file: &'a str,
    /// The number of the frame.
    pub frame: usize,
    pub field: &'a str,
    /// Whether the field tells of frames before.
    pub is_followed: bool,
    /// Its values.
    pub theirs: Vec<String>,
    pub ours: Vec<String>,
    /// All that is told of the frame.
    pub their_frame: &'a Fields,
    pub our_frame: &'a Fields,
    /// Whether something in the frame cannot be.
    pub is_broken: bool,
}

impl Difference<'_> {
    /// Whether it is one of those that are meant.
    pub fn is_on_purpose(&self) -> bool {
        let (theirs, ours) = (self.theirs.join(","), self.ours.join(","));
        IN_PLACES.iter().any(|(_, is_it)| is_it(self))
            || tshark::differs_on_purpose(self.field, &theirs, &ours)
    }

    /// Whether we tell this field of the frame.
    fn we_have(&self, field: &str) -> bool {
        self.our_frame.contains_key(field)
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} frame {}: {} is {:?}, tshark says {:?}",
            self.file, self.frame, self.field, self.ours, self.theirs
        )
    }
}

/// Whether a name is one of those that are compared nowhere.
pub fn is_compared_nowhere(name: &str) -> bool {
    BY_NAME.iter().any(|(known, _)| *known == name)
}

/// Names that are compared nowhere, each with the reason why we differ on purpose.
const BY_NAME: &[(&str, &str)] = &[
    (
        "ip.version",
        "tshark hides one in IPv6 headers too, where the field is ipv6.version",
    ),
    (
        "data.data",
        "what has no dissector differs: tshark does not know the chat",
    ),
    (
        "dns.rrsig.signature_expiration",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "dns.rrsig.signature_inception",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "dns.tsig.time_signed",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    ("dns.tsig.mac", "its bytes; in tshark a heading"),
    ("quic.crypto.crypto_data", "its bytes; in tshark a heading"),
    (
        "quic.coalesced_padding_data",
        "its bytes; in tshark a remark without a value",
    ),
    (
        "ntp.reftime",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "ntp.org",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "ntp.rec",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "ntp.xmt",
        "the date as RFC 3339 writes it; tshark names months",
    ),
    (
        "tftp.data",
        "the bytes of each block; tshark has them in a layer of their own",
    ),
    (
        "dhcp.option.value",
        "of options that are not taken apart; tshark hides one in every option",
    ),
    (
        "dhcp.option.agent_information_option.value",
        "of what is not taken apart; tshark hides one everywhere",
    ),
    (
        "tls.handshake.verify_data",
        "tshark names it and gives it no value",
    ),
    (
        "ip.fragment.overlap",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "ip.fragment.overlap.conflict",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "ip.fragment.error",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "ipv6.fragment.overlap",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "ipv6.fragment.overlap.conflict",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "ipv6.fragment.error",
        "said of the fragment that overlaps; tshark says it of the frame that completes the datagram",
    ),
    (
        "tcp.segment",
        "messages of the chat, which tshark does not know",
    ),
    (
        "tcp.segment.count",
        "messages of the chat, which tshark does not know",
    ),
    (
        "tcp.segment_data",
        "messages of the chat, which tshark does not know",
    ),
    (
        "tcp.reassembled.length",
        "messages of the chat, which tshark does not know",
    ),
    (
        "tcp.reassembled_in",
        "messages of the chat, which tshark does not know",
    ),
    (
        "ip.fragments",
        "a heading; in tshark all the bytes of the datagram",
    ),
    (
        "http.chunk_data",
        "text, as bodies mostly are; in tshark bytes",
    ),
    (
        "http2.data.data",
        "those of the frame; tshark adds the body that they are together",
    ),
    (
        "websocket.masked_payload",
        "its bytes; in tshark a mark without a value",
    ),
    (
        "websocket.payload",
        "its bytes; in tshark a mark without a value",
    ),
    (
        "http2.continuation.header",
        "bytes, as they are; in tshark text",
    ),
    (
        "tls.change_cipher_spec",
        "its byte; in tshark a mark without a value",
    ),
    (
        "pop.request",
        "the command; in tshark a field whose value is no text at all",
    ),
    (
        "pop.response",
        "the reply; in tshark a field whose value is no text at all",
    ),
    (
        "ber.bitstring.padding",
        "of every string of bits; tshark leaves it out where it takes apart what the bits are",
    ),
    (
        "x509af.generalizedTime",
        "as a time with two digits for its year is written; in tshark as times of frames are",
    ),
    (
        "data.len",
        "what has no dissector differs: tshark does not know the chat",
    ),
];

/// Why a field differs, and where it may.
type Exception = (&'static str, fn(&Difference<'_>) -> bool);

/// Differences that are meant in some captures, or beside other fields.
const IN_PLACES: &[Exception] = &[
    (
        "behind what cannot be, one of the two may stop earlier than the other",
        |it| it.is_broken && (it.theirs.is_empty() || it.ours.is_empty()),
    ),
    (
        "made by hand: its frame 5 states a header shorter than a header, which tshark takes for a part of the connection and we do not; what follows from it differs",
        |it| it.file == "fields.pcap" && it.is_followed,
    ),
    (
        "fragments whose bytes had come before are none that the datagram was put together from",
        |it| {
            it.file == "odd-fragments.pcapng"
                && matches!(it.field, "ip.fragment" | "ip.fragment.count")
        },
    ),
    (
        "a dialogue begins with the first fragment of its first datagram, in tshark with the frame that completes it",
        |it| {
            let has_fragments = it.file.contains("fragment") || it.file == "udp-long.pcapng";
            has_fragments && it.field.starts_with("udp.time_")
        },
    ),
    (
        "tshark puts overlapping fragments of IPv6 together, which RFC 5722 forbids",
        |it| it.file == "odd-fragments.pcapng" && it.frame == 16,
    ),
    ("tshark shows what the chunks are together, too", |it| {
        it.field == "http.file_data" && it.we_have("http.chunk_size")
    }),
    (
        "in a question tshark shows only the flags of questions",
        |it| it.theirs.is_empty() && OF_ANSWERS.contains(&it.field),
    ),
    (
        "names that are no letters are spelled otherwise, and what is wrong with one is told beside it; tshark ties what is said to all to what was asked of all",
        |it| {
            let fields = ["dns.qry.name", "dns.cname", "dns.response_to", "dns.time"];
            it.file == "dns-odd.pcapng" && fields.contains(&it.field)
        },
    ),
    (
        "tshark takes the name of such a record apart: service, protocol, name",
        |it| it.field == "dns.resp.name" && it.we_have("dns.srv.port"),
    ),
    (
        "what tshark calls so too are the types that a record NSEC says there are",
        |it| it.field == "dns.resp.type" && it.we_have("dns.nsec.type"),
    ),
    (
        "where TLS 1.3 was agreed on before, tshark calls what an encrypted record says of itself opaque",
        |it| {
            it.field == "tls.record.content_type"
                && it
                    .theirs
                    .iter()
                    .eq(it.ours.iter().filter(|kind| *kind != "23"))
        },
    ),
    (
        "what is in a record that is decrypted, tshark tells in place of what the record says of itself",
        |it| {
            let with_key_log = [
                "smtp-starttls.pcapng",
                "http2-tls.pcapng",
                "websocket-tls.pcapng",
            ];
            let has_key_log = it.file.starts_with("tls-key") || with_key_log.contains(&it.file);
            has_key_log && matches!(it.field, "tls.record.content_type" | "tls.app_data")
        },
    ),
    ("such a cipher is not decrypted here", |it| {
        it.file == "tls-cbc.pcapng"
            && (it.ours.is_empty() || it.field.starts_with("tls.handshake."))
    }),
    (
        "the answer of an authority about a certificate (OCSP), which has certificates inside, stays bytes here",
        |it| {
            it.we_have("tls.handshake.ocsp_response")
                && it.theirs.starts_with(&it.ours)
                && is_of_certificate(it.field)
        },
    ),
    (
        "a reply of POP3 with its text is one message; tshark reads it segment by segment",
        |it| it.file == "pop3.pcapng" && it.field.starts_with("pop.response."),
    ),
    (
        "what follows a letter in its last segment, tshark does not read",
        |it| {
            it.file == "smtp-pieces.pcapng"
                && it.frame == 35
                && it.field.starts_with("smtp.")
                && it.theirs.is_empty()
        },
    ),
    (
        "for tshark, a connection for data begins with the reply that tells its port, before its SYN",
        |it| it.file == "ftp.pcapng" && it.field == "tcp.completeness",
    ),
    (
        "tshark takes the first four letters of a command for its verb",
        |it| {
            let is_cut = it
                .ours
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case("STARTTLS"));
            it.field.starts_with("smtp.req.") && is_cut
                || it.field == "smtp.req.parameter" && it.theirs == ["TLS"]
        },
    ),
    (
        "a server may send its settings before the client has said anything, by which tshark knows HTTP/2",
        |it| {
            it.file == "http2.pcapng"
                && it.field.starts_with("http2.")
                && !it.their_frame.contains_key("http2.type")
        },
    ),
    (
        "tshark tells whether a message is compressed only where both have agreed on that",
        |it| it.field == "websocket.pmc" && it.theirs.is_empty(),
    ),
    (
        "a compressed message in several frames of WebSocket, tshark shows as it is; and does not put one together whose last frame is empty",
        |it| {
            let is_of_message = matches!(
                it.field,
                "websocket.payload.text" | "websocket.reassembled.length"
            );
            it.file.starts_with("websocket")
                && it.we_have("websocket.fragment")
                && (is_of_message || it.field.starts_with("websocket.fragment"))
        },
    ),
    (
        "tshark takes for a reply what follows a literal, and for commands the lines of a letter that is put into a mailbox",
        |it| it.we_have("imap.literal") && it.field.starts_with("imap."),
    ),
    ("tshark takes for a reply what asks to go on", |it| {
        let tags = it.our_frame.get("imap.response_tag").into_iter().flatten();
        let asks_to_go_on = tags.into_iter().any(|tag| tag == "+");
        asks_to_go_on && matches!(it.field, "imap.response.status" | "imap.response.command")
    }),
    (
        "tshark takes the first and the last letter of a password for quotation marks, whatever they are",
        |it| {
            let mut pairs = it.ours.iter().zip(&it.theirs);
            it.field == "imap.request.password"
                && pairs.all(|(ours, theirs)| ours.contains(theirs.as_str()))
        },
    ),
    (
        "tshark tells also of a piece of a message who sends it",
        |it| it.field == "imap.isrequest" && it.ours.is_empty(),
    ),
    ("tshark takes for a mailbox what a search is for", |it| {
        it.field == "imap.request.folder" && it.ours.is_empty()
    }),
    (
        "tshark repeats the file of a transfer in each of its messages",
        |it| it.ours.is_empty() && matches!(it.field, "tftp.source_file" | "tftp.destination_file"),
    ),
    (
        "what ends the options of DHCP, and what is between them, has a name of its own; in tshark also the number 0",
        |it| {
            it.field == "dhcp.option.type"
                && it
                    .theirs
                    .iter()
                    .filter(|number| *number != "0")
                    .eq(&it.ours)
        },
    ),
    (
        "options in place of the names in the header stand there; in tshark inside the option that says so",
        |it| {
            it.file == "dhcp-odd.pcapng"
                && matches!(it.frame, 2 | 18)
                && it.field.starts_with("dhcp.option.")
                && are_the_same_in_another_order(&it.theirs, &it.ours)
        },
    ),
    (
        "of the identifier of a client, tshark tells the type where it is 0, and else only what follows it",
        |it| it.theirs.is_empty() && matches!(it.field, "dhcp.client_id.type" | "dhcp.client_id"),
    ),
    (
        "behind an option that cannot be, tshark reads no other",
        |it| it.file == "dhcp-odd.pcapng" && it.is_broken && it.ours.starts_with(&it.theirs),
    ),
    (
        "what is on the wire of a packet that is decrypted; tshark tells it only of one that is not",
        |it| {
            it.field == "quic.remaining_payload"
                && it.theirs.iter().all(|theirs| it.ours.contains(theirs))
        },
    ),
    (
        "of a version that nobody knows, only what all versions have in common can be read (RFC 8999); tshark reads it as the first one",
        |it| it.we_have("quic.version_specific_data") && it.field.starts_with("quic."),
    ),
    (
        "after a Retry the client says hello anew, with other keys; for tshark these bytes have come before",
        |it| {
            it.file == "quic.pcapng"
                && it.frame == 7
                && it.field.starts_with("tls.")
                && it.theirs.is_empty()
        },
    ),
    ("tshark leaves the fixed bit of a Retry out", |it| {
        it.field == "quic.fixed_bit" && it.we_have("quic.retry_token") && it.theirs.is_empty()
    }),
];

/// The flags of DNS that only an answer has in tshark; in the frame they are in every message.
const OF_ANSWERS: &[&str] = &[
    "dns.flags.authoritative",
    "dns.flags.recavail",
    "dns.flags.authenticated",
    "dns.flags.rcode",
];

/// Whether a field is one of those that certificates have.
fn is_of_certificate(field: &str) -> bool {
    ["x509", "ber.", "pkcs1."]
        .iter()
        .any(|module| field.starts_with(module))
}

/// Whether both have these values, those of the ends of options apart.
fn are_the_same_in_another_order(theirs: &[String], ours: &[String]) -> bool {
    let sorted = |values: &[String]| {
        let mut values = values.to_vec();
        values.retain(|value| value != "0");
        values.sort();
        values
    };
    sorted(theirs) == sorted(ours)
}
