//! Every field that both this program and tshark name has the same value on every frame of every fixture.
//!
//! The comparison goes over names: a field that only one of the two knows is not compared. A field that
//! both know must occur as often, in the same order, with the same value.

mod common;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use common::tshark;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::model::fault::FaultKind;
use netinspect::model::field::{Field, FieldDef, Place};
use netinspect::model::layer::Extent;
use netinspect::model::needs::{Depth, Past};
use netinspect::model::value::Value;
use netinspect::protocols::registry::ALL;

/// Names that are compared nowhere, each with the reason why we differ on purpose.
const EXCEPTIONS: &[(&str, &str)] = &[
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

/// The flags of DNS that only an answer has in tshark; in the frame they are in every message.
const OF_ANSWERS: &[&str] = &[
    "dns.flags.authoritative",
    "dns.flags.recavail",
    "dns.flags.authenticated",
    "dns.flags.rcode",
];

/// What a mark without a value is compared as.
const PRESENT: &str = "present";

/// Whether a field without a value tells something by being there.
fn is_mark(name: &str) -> bool {
    name.starts_with("tcp.analysis") || name.starts_with("tcp.connection.")
}

type Fields = BTreeMap<String, Vec<String>>;

/// What tshark says of each frame: the values of each field by name, in the order of the dissection.
fn fields_by_tshark(path: &Path) -> Option<Vec<Fields>> {
    let output = tshark::reading(path)
        .args(["-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE"])
        .args(["-o", "tcp.desegment_tcp_streams:TRUE"])
        .args(["-T", "pdml"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let document = roxmltree::Document::parse(&text).expect("tshark writes XML");
    let packets = document
        .descendants()
        .filter(|node| node.has_tag_name("packet"));
    Some(packets.map(fields_of_packet).collect())
}

fn fields_of_packet(packet: roxmltree::Node<'_, '_>) -> Fields {
    let mut fields = Fields::new();
    for node in packet
        .descendants()
        .filter(|node| node.has_tag_name("field"))
    {
        let (Some(name), Some(show)) = (node.attribute("name"), node.attribute("show")) else {
            continue;
        };
        if is_mark(name) && show.is_empty() {
            fields.insert(name.to_owned(), vec![PRESENT.to_owned()]);
            continue;
        }
        // Headings without a value, and fields without bytes.
        if show.is_empty() {
            continue;
        }
        fields
            .entry(name.to_owned())
            .or_default()
            .push(show.to_owned());
    }
    fields
}

/// What we say of each frame, in the same words, and whether something in it cannot be.
fn fields_by_us(path: &Path) -> Vec<(Fields, bool)> {
    let mut source = capture::open(path).expect("the fixture opens");
    let mut decoder = Decoder::new();
    let mut flows = common::flows_of(source.as_mut());
    let mut frames = Vec::new();
    // A damaged capture ends with an error, after its good frames.
    while let Ok(Some(frame)) = source.next_frame() {
        decoder.walk(&frame);
        flows.assemble(&mut decoder, &frame, Past::Everything);
        let decoded = decoder.deepen(&frame, Depth::Expand);
        let followed = flows.followed();
        // What a single fragment has of a datagram, tshark shows in the frame that completes it alone.
        let is_of_part = |index: usize| decoded.layers[index].extent == Extent::Fragment;
        let of_wire = (0..decoded.layers.len())
            .filter(|index| !is_of_part(*index))
            .flat_map(|index| decoded.fields_of(index));
        let of_past = followed.iter().filter(|found| !is_of_part(found.layer));
        let mut fields = Fields::new();
        for field in of_wire.chain(of_past.map(|found| &found.field)) {
            let value = decoded.value(field);
            let name = field.definition.name;
            if value != Value::None {
                let values = fields.entry(name.to_owned()).or_default();
                values.push(plain(field, value));
            } else if is_mark(name) {
                fields.insert(name.to_owned(), vec![PRESENT.to_owned()]);
            }
        }
        let is_broken = decoded.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::BadValue { .. }
                    | FaultKind::TooShort { .. }
                    | FaultKind::CutByCapture { .. }
                    // A message that is not whole is shown nowhere by tshark.
                    | FaultKind::EndedEarly
                    | FaultKind::TooLong
            )
        });
        frames.push((fields, is_broken));
        flows.is_shown(frame.time);
    }
    frames
}

fn plain(field: &Field, value: Value<'_>) -> String {
    match value {
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => {
            let mut out = String::new();
            value.push_plain(&mut out, field.definition, 0);
            out
        }
    }
}

/// tshark's words for a value, and ours, brought to one form: numbers to decimal, flags to 0 and 1.
fn normal(text: &str) -> String {
    match text {
        "True" => return "1".to_owned(),
        "False" => return "0".to_owned(),
        _ => {}
    }
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => None,
    };
    // In an attribute of XML, the end of a line is a blank.
    let in_attribute = || text.replace("\r\n", " ").replace('\n', " ");
    number.map_or_else(in_attribute, |number| number.to_string())
}

fn differences(path: &Path, theirs: &[Fields], ours: &[(Fields, bool)]) -> Vec<String> {
    let known_by_tshark = tshark::field_names();
    let known: HashMap<&str, &FieldDef> = ALL
        .iter()
        .flat_map(|protocol| protocol.fields.iter())
        .filter(|field| known_by_tshark.contains(field.name))
        // Nothing shows it beside the header: the layers inside do.
        .filter(|field| !matches!(field.place, Place::Payload))
        .filter(|field| !EXCEPTIONS.iter().any(|(name, _)| *name == field.name))
        .map(|field| (field.name, *field))
        .collect();
    let name = path.file_name().unwrap().to_string_lossy();
    let mut found = Vec::new();
    if theirs.len() != ours.len() {
        found.push(format!(
            "{name}: {} frames, tshark has {}",
            ours.len(),
            theirs.len()
        ));
    }
    let none = Vec::new();
    for (index, (theirs, (ours, is_broken))) in theirs.iter().zip(ours).enumerate() {
        let has_service = ours.contains_key("dns.srv.port");
        let has_answer = ours.contains_key("tls.handshake.ocsp_response");
        let has_proof = ours.contains_key("dns.nsec.type");
        let has_chunks = ours.contains_key("http.chunk_size");
        let ours_has_fragments = ours.contains_key("websocket.fragment");
        let ours_has_literal = ours.contains_key("imap.literal");
        let ours_has_plus = ours
            .get("imap.response_tag")
            .is_some_and(|tags| tags.iter().any(|tag| tag == "+"));
        let is_retry = ours.contains_key("quic.retry_token");
        let is_of_unknown_version = ours.contains_key("quic.version_specific_data");
        let has_no_frames = !theirs.contains_key("http2.type");
        for field in known.keys() {
            let normalised = |fields: &Fields| -> Vec<String> {
                let values = fields.get(*field).unwrap_or(&none);
                values.iter().map(|value| normal(value)).collect()
            };
            let (theirs, ours) = (normalised(theirs), normalised(ours));
            // Behind what cannot be, one of the two may stop earlier than the other.
            let one_stopped = *is_broken && (theirs.is_empty() || ours.is_empty());
            // Made by hand: its frame 5 states a header shorter than a header, which tshark takes for a
            // part of the connection and we do not; what follows from it differs.
            let is_made_by_hand =
                name == "fields.pcap" && matches!(known[field].place, Place::Followed);
            // Fragments whose bytes had come before are none that the datagram was put together from; and
            // for us a dialogue begins with the first fragment of its first datagram.
            let is_of_copies = name == "odd-fragments.pcapng"
                && matches!(*field, "ip.fragment" | "ip.fragment.count");
            let is_of_fragments = (name.contains("fragment") || name == "udp-long.pcapng")
                && field.starts_with("udp.time_");
            // tshark shows what the chunks are together, too.
            let is_in_chunks = *field == "http.file_data" && has_chunks;
            // In a question tshark shows only the flags of questions.
            let is_of_answers = theirs.is_empty() && OF_ANSWERS.contains(field);
            // Names that are no letters are spelled otherwise, and what is wrong with one is told beside it; tshark
            // ties what is said to all to what was asked of all.
            let is_odd = name == "dns-odd.pcapng"
                && matches!(
                    *field,
                    "dns.qry.name" | "dns.cname" | "dns.response_to" | "dns.time"
                );
            // tshark takes the name of such a record apart: service, protocol, name.
            let is_of_service = *field == "dns.resp.name" && has_service;
            // What tshark calls so too are the types that a record NSEC says there are.
            let is_of_proof = *field == "dns.resp.type" && has_proof;
            // Where TLS 1.3 was agreed on before, tshark calls what an encrypted record says of itself opaque.
            let is_opaque = *field == "tls.record.content_type"
                && theirs.iter().eq(ours.iter().filter(|kind| *kind != "23"));
            // What is in a record that is decrypted, tshark tells in place of what the record says of itself.
            let has_key_log = name.starts_with("tls-key")
                || matches!(
                    &*name,
                    "smtp-starttls.pcapng" | "http2-tls.pcapng" | "websocket-tls.pcapng"
                );
            let is_decrypted =
                has_key_log && matches!(*field, "tls.record.content_type" | "tls.app_data");
            // Such a cipher is not decrypted here.
            let is_encrypted = name == "tls-cbc.pcapng"
                && (ours.is_empty() || field.starts_with("tls.handshake."));
            // A reply of POP3 with its text is one message; tshark reads it segment by segment.
            let is_in_segments = name == "pop3.pcapng" && field.starts_with("pop.response.");
            // What follows a letter in its last segment, tshark does not read.
            let is_behind_letter = name == "smtp-pieces.pcapng"
                && index + 1 == 35
                && field.starts_with("smtp.")
                && theirs.is_empty();
            // For tshark, a connection for data begins with the reply that tells its port, before its SYN.
            let is_of_data = name == "ftp.pcapng" && *field == "tcp.completeness";
            // tshark takes the first four letters of a command for its verb.
            let is_cut_verb = field.starts_with("smtp.req.")
                && ours
                    .iter()
                    .any(|ours| ours.eq_ignore_ascii_case("STARTTLS"))
                || field == &"smtp.req.parameter" && theirs == ["TLS"];
            // A server may send its settings before the client has said anything, by which tshark knows HTTP/2.
            let is_before_preface =
                name == "http2.pcapng" && has_no_frames && field.starts_with("http2.");
            // tshark tells whether a message is compressed only where both have agreed on that.
            let is_not_agreed = *field == "websocket.pmc" && theirs.is_empty();
            // A compressed message in several frames of WebSocket, tshark shows as it is; and does not put one together
            // whose last frame is empty.
            let is_in_frames = name.starts_with("websocket")
                && ours_has_fragments
                && (field.starts_with("websocket.fragment")
                    || matches!(
                        *field,
                        "websocket.payload.text" | "websocket.reassembled.length"
                    ));
            // tshark takes for a reply what asks to go on, and what follows a literal; for commands the lines of a letter
            // that is put into a mailbox; and for a mailbox what a search is for.
            let is_of_literal = ours_has_literal && field.starts_with("imap.");
            let is_of_plus =
                ours_has_plus && matches!(*field, "imap.response.status" | "imap.response.command");
            // It takes the first and the last letter of a password for quotation marks, whatever they are; and tells
            // of a piece of a message who sends it.
            let is_cut_password = *field == "imap.request.password"
                && ours
                    .iter()
                    .zip(&theirs)
                    .all(|(ours, theirs)| ours.contains(theirs.as_str()));
            let is_of_piece = *field == "imap.isrequest" && ours.is_empty();
            let is_of_search = *field == "imap.request.folder" && ours.is_empty();
            // The answer of an authority about a certificate (OCSP), which has certificates inside, stays bytes here.
            let is_of_answer = has_answer && theirs.starts_with(&ours) && is_of_certificate(field);
            // tshark repeats the file of a transfer in each of its messages.
            let is_of_transfer =
                ours.is_empty() && matches!(*field, "tftp.source_file" | "tftp.destination_file");
            // What ends the options of DHCP, and what is between them, has a name of its own; in tshark also the number 0.
            let is_of_end = *field == "dhcp.option.type"
                && theirs.iter().filter(|number| *number != "0").eq(&ours);
            // Options in place of the names in the header stand there; in tshark inside the option that says so.
            let is_overloaded = name == "dhcp-odd.pcapng"
                && matches!(index + 1, 2 | 18)
                && field.starts_with("dhcp.option.")
                && are_the_same_in_another_order(&theirs, &ours);
            // Of the identifier of a client, tshark tells the type where it is 0, and else only what follows it.
            let is_of_identifier =
                theirs.is_empty() && matches!(*field, "dhcp.client_id.type" | "dhcp.client_id");
            // Behind an option that cannot be, tshark reads no other.
            let is_behind_oddity =
                name == "dhcp-odd.pcapng" && *is_broken && ours.starts_with(&theirs);
            // What is on the wire of a packet that is decrypted; tshark tells it only of one that is not.
            let is_opened = *field == "quic.remaining_payload"
                && theirs.iter().all(|theirs| ours.contains(theirs));
            // Of a version that nobody knows, only what all versions have in common can be read (RFC 8999); tshark reads
            // it as the first one.
            // After a Retry the client says hello anew, with other keys; for tshark these bytes have come before.
            let is_said_anew = name == "quic.pcapng"
                && index + 1 == 7
                && field.starts_with("tls.")
                && theirs.is_empty();
            // tshark leaves the fixed bit of a Retry out.
            let is_of_retry = *field == "quic.fixed_bit" && is_retry && theirs.is_empty();
            let is_of_no_version = is_of_unknown_version && field.starts_with("quic.");
            // tshark puts overlapping fragments of IPv6 together, which RFC 5722 forbids.
            let is_forbidden = name == "odd-fragments.pcapng" && index + 1 == 16;
            if theirs != ours
                && !is_forbidden
                && !is_of_transfer
                && !is_of_end
                && !is_overloaded
                && !is_of_identifier
                && !is_behind_oddity
                && !is_before_preface
                && !is_opened
                && !is_of_no_version
                && !is_of_retry
                && !is_said_anew
                && !is_of_answer
                && !is_not_agreed
                && !is_of_literal
                && !is_of_plus
                && !is_of_search
                && !is_cut_password
                && !is_of_piece
                && !is_in_frames
                && !one_stopped
                && !is_in_chunks
                && !is_of_answers
                && !is_odd
                && !is_of_service
                && !is_of_proof
                && !is_opaque
                && !is_decrypted
                && !is_encrypted
                && !is_in_segments
                && !is_behind_letter
                && !is_of_data
                && !is_cut_verb
                && !is_of_copies
                && !is_of_fragments
                && !is_made_by_hand
                && !differ_on_purpose(field, &theirs, &ours)
            {
                found.push(format!(
                    "{name} frame {}: {field} is {ours:?}, tshark says {theirs:?}",
                    index + 1
                ));
            }
        }
    }
    found
}

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

fn differ_on_purpose(field: &str, theirs: &[String], ours: &[String]) -> bool {
    tshark::differs_on_purpose(field, &theirs.join(","), &ours.join(","))
}

/// The fixtures, or the one file that was asked for.
fn captures() -> Vec<PathBuf> {
    match std::env::var_os("NETINSPECT_COMPARE") {
        Some(one) => vec![PathBuf::from(one)],
        None => common::fixtures::captures(),
    }
}

#[test]
fn every_field_that_both_name_is_equal_on_every_frame() {
    if !tshark::is_here() {
        return;
    }
    let mut found = Vec::new();
    let mut compared = 0;
    for path in captures() {
        let theirs = fields_by_tshark(&path).expect("it is here");
        let ours = fields_by_us(&path);
        compared += ours.len();
        found.extend(differences(&path, &theirs, &ours));
    }
    assert!(compared > 0, "no frame was compared");
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found.join("\n")
    );
}
