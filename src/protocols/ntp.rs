//! NTP: a host asks others what time it is, and finds out how far its own clock is off (RFC 5905).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |LI | VN  |Mode |    Stratum    |     Poll      |   Precision   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |            Root delay, root dispersion, reference ID          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Reference, origin, receive and transmit time (64 each)   |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |    Extension fields, key identifier and message digest ...    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! The server sends the client's own time back, and its own of when it received and answered: with that of when the
//! answer came, the client knows how long both were under way, and takes half of it for either. Messages of control
//! (modes 6 and 7) have another form, and are bytes here.

use std::fmt::Write as _;
use std::ops::Range;

use super::ntp_names::{KISSES, LEAPS, MODES, POWERS, stratum_name, told_mode};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;

static FLAGS: FieldDef = FieldDef::hex("ntp.flags", "Flags")
    .at(0, 1)
    .group()
    .rfc(5905, "7.3")
    .meaning("Whether a second is added today, the version, and who speaks to whom.");

static LEAP: FieldDef = FieldDef::decimal("ntp.flags.li", "Leap indicator")
    .at_bits(0, 2)
    .named(LEAPS)
    .rfc(5905, "7.3")
    .meaning("Whether the last minute of this month has 61 or 59 seconds; 3 says that the sender does not know the time.");

static VERSION: FieldDef = FieldDef::decimal("ntp.flags.vn", "Version")
    .at_bits(2, 3)
    .rfc(5905, "7.3")
    .meaning("The version of NTP: 4 today, and many clients still say 3.");

static MODE: FieldDef = FieldDef::decimal("ntp.flags.mode", "Mode")
    .at_bits(5, 3)
    .named(MODES)
    .rfc(5905, "7.3")
    .meaning("Who speaks: a client that asks (3), a server that answers (4), one that tells everybody (5).");

static STRATUM: FieldDef = FieldDef::decimal("ntp.stratum", "Stratum")
    .usually_at(1, 1)
    .named_by(stratum_name)
    .rfc(5905, "7.3")
    .meaning("How many servers there are between the sender and a clock that is no computer's: 1 has such a clock itself.");

static POLL: FieldDef = FieldDef::decimal("ntp.ppoll", "Poll interval")
    .usually_at(2, 1)
    .named(POWERS)
    .rfc(5905, "7.3")
    .meaning("How often the client asks at most, as a power of two in seconds: 6 stands for 64.");

static PRECISION: FieldDef = FieldDef::decimal("ntp.precision", "Precision")
    .usually_at(3, 1)
    .named(POWERS)
    .rfc(5905, "7.3")
    .meaning("How finely the sender's clock can be read, as a power of two in seconds, which is negative: 256 less than the number.");

static ROOT_DELAY: FieldDef = FieldDef::decimal("ntp.rootdelay", "Root delay")
    .usually_at(4, 4)
    .unit("in 65536ths of a second")
    .rfc(5905, "7.3")
    .meaning("How long a message takes from the sender to the clock of stratum 1 and back.");

static ROOT_DISPERSION: FieldDef = FieldDef::decimal("ntp.rootdispersion", "Root dispersion")
    .usually_at(8, 4)
    .unit("in 65536ths of a second")
    .rfc(5905, "7.3")
    .meaning(
        "By how much the sender's time may be wrong, all clocks up to stratum 1 taken together.",
    );

static REFERENCE_ID: FieldDef = FieldDef::bytes("ntp.refid", "Reference identifier")
    .usually_at(12, 4)
    .rfc(5905, "7.3")
    .meaning("Where the sender has its time from: letters for a kind of clock at stratum 1, else the address of a server.");

static REFERENCE_CLOCK: FieldDef = FieldDef::text("ntp.refid.clock", "Reference clock")
    .detail()
    .rfc(5905, "7.3")
    .meaning(
        "The kind of clock at stratum 1 (GPS, PPS, DCF), or at stratum 0 why the server says no.",
    );

static REFERENCE_SERVER: FieldDef = FieldDef::ipv4("ntp.refid.server", "Reference server")
    .detail()
    .rfc(5905, "7.3")
    .meaning("The server that the sender asks itself, by its IPv4 address; of one with IPv6 four bytes of a digest.");

static REFERENCE_TIME: FieldDef = FieldDef::spelled("ntp.reftime", "Reference time", spell_time)
    .rfc(5905, "7.3")
    .meaning("When the sender's clock was last set or corrected.");

static ORIGIN_TIME: FieldDef = FieldDef::spelled("ntp.org", "Origin time", spell_time)
    .rfc(5905, "7.3")
    .meaning("In an answer the client's own transmit time, as it stood in the question: so the client knows that it is meant.");

static RECEIVE_TIME: FieldDef = FieldDef::spelled("ntp.rec", "Receive time", spell_time)
    .rfc(5905, "7.3")
    .meaning("When the question came to the server, by its clock.");

static TRANSMIT_TIME: FieldDef = FieldDef::spelled("ntp.xmt", "Transmit time", spell_time)
    .rfc(5905, "7.3")
    .meaning("When this message was sent, by the sender's clock; some clients write any number, which tells nobody their time.");

static EXTENSION: FieldDef = FieldDef::heading("ntp.ext", "Extension field")
    .rfc(7822, "3")
    .meaning("More than the header has room for, such as the keys and cookies of NTS.");

static EXTENSION_TYPE: FieldDef = FieldDef::hex("ntp.ext.type", "Extension type")
    .rfc(7822, "3")
    .meaning("What the extension field is about, by a number of IANA's.");

static EXTENSION_LENGTH: FieldDef = FieldDef::decimal("ntp.ext.length", "Extension length")
    .unit("bytes")
    .rfc(7822, "3")
    .meaning(
        "How long the extension field is, its type and this number included; a multiple of four.",
    );

static EXTENSION_VALUE: FieldDef = FieldDef::bytes("ntp.ext.value", "Extension value")
    .rfc(7822, "3")
    .meaning("What the extension field says, with its padding, as bytes.");

static KEY_ID: FieldDef = FieldDef::bytes("ntp.keyid", "Key identifier")
    .rfc(5905, "7.3")
    .meaning("Which of the keys that both sides know the digest is made with.");

static DIGEST: FieldDef = FieldDef::bytes("ntp.mac", "Message digest")
    .rfc(5905, "7.3")
    .meaning("Made of the key and the message: who does not know the key cannot change the time on the way. It is not checked here.");

static MESSAGE: FieldDef = FieldDef::bytes("ntp.message", "Message of control")
    .rfc(5905, "7.3")
    .meaning("What a server is asked about itself, by programs for who runs it; in another form, which is not taken apart here.");

/// NTP.
pub static PROTOCOL: Protocol = Protocol {
    name: "ntp",
    label: "NTP",
    title: "Network Time Protocol",
    purpose: "Tells hosts what time it is, more exactly than the way to them takes.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[Source::Rfc(5905, ""), Source::Rfc(7822, "")],
    parents: &[Selector::UdpPort(123)],
    fields: &[
        &FLAGS,
        &LEAP,
        &VERSION,
        &MODE,
        &STRATUM,
        &POLL,
        &PRECISION,
        &ROOT_DELAY,
        &ROOT_DISPERSION,
        &REFERENCE_ID,
        &REFERENCE_CLOCK,
        &REFERENCE_SERVER,
        &REFERENCE_TIME,
        &ORIGIN_TIME,
        &RECEIVE_TIME,
        &TRANSMIT_TIME,
        &EXTENSION,
        &EXTENSION_TYPE,
        &EXTENSION_LENGTH,
        &EXTENSION_VALUE,
        &KEY_ID,
        &DIGEST,
        &MESSAGE,
    ],
    endpoints: None,
    measure: None,
    expand,
    check: Some(check),
    framing: None,
    is_plain_data: false,
    summary,
};

/// How long a header is, in bytes.
const HEADER: usize = 48;

/// How long key identifier and digest are together at most; what is longer begins with an extension field (RFC 7822,
/// section 3).
const LONGEST_MAC: usize = 24;

const KEY_ID_LENGTH: usize = 4;

/// Where the reference identifier stands, and the time at which a message was sent.
const REFERENCE_AT: usize = 12;
const TRANSMIT_AT: usize = 40;

const SERVER: u8 = 4;

/// The fields behind the flags, in their order.
const NUMBERS: [(&FieldDef, usize); 5] = [
    (&STRATUM, 1),
    (&POLL, 1),
    (&PRECISION, 1),
    (&ROOT_DELAY, 4),
    (&ROOT_DISPERSION, 4),
];

const TIMES: [&FieldDef; 4] = [&REFERENCE_TIME, &ORIGIN_TIME, &RECEIVE_TIME, &TRANSMIT_TIME];

fn mode(bytes: &[u8]) -> u8 {
    bytes.first().map_or(0, |flags| flags & 7)
}

/// Whether the message is about time, and has the form above.
fn is_of_time(bytes: &[u8]) -> bool {
    mode(bytes) < 6
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    let bytes = view.bytes;
    if !is_of_time(bytes) {
        out.bytes(&MESSAGE, 1..bytes.len());
        return;
    }
    let mut at = 1;
    for (definition, length) in NUMBERS {
        out.bytes(definition, at..at + length);
        at += length;
    }
    let reference = at..at + 4;
    at = reference.end;
    out.bytes(&REFERENCE_ID, reference.clone());
    expand_reference(bytes, reference, out);
    for definition in TIMES {
        out.bytes(definition, at..at + 8);
        at += 8;
    }
    expand_rest(bytes, out);
}

/// Adds what the reference identifier means, which the stratum tells.
fn expand_reference(bytes: &[u8], place: Range<usize>, out: &mut Expander<'_>) {
    let Some(reference) = bytes.get(place.clone()) else {
        return;
    };
    if reference == [0; 4] {
        return;
    }
    match bytes.get(1) {
        Some(0 | 1) => {
            let length = reference.iter().take_while(|byte| **byte != 0).count();
            out.bytes(&REFERENCE_CLOCK, place.start..place.start + length);
        }
        _ => out.bytes(&REFERENCE_SERVER, place),
    }
}

/// Adds extension fields, and the digest behind them.
fn expand_rest(bytes: &[u8], out: &mut Expander<'_>) {
    let mut at = HEADER;
    while let Some(end) = extension_end(bytes, at) {
        out.bytes(&EXTENSION, at..end);
        out.bytes(&EXTENSION_TYPE, at..at + 2);
        out.bytes(&EXTENSION_LENGTH, at + 2..at + 4);
        out.bytes(&EXTENSION_VALUE, at + 4..end);
        at = end;
    }
    let key_end = bytes.len().min(at.saturating_add(KEY_ID_LENGTH));
    out.bytes(&KEY_ID, at..key_end);
    out.bytes(&DIGEST, key_end..bytes.len());
}

/// Where the extension field ends that begins at this byte; `None` where none does.
fn extension_end(bytes: &[u8], at: usize) -> Option<usize> {
    const LEAST: usize = 4;
    let left = bytes.len().checked_sub(at)?;
    let length = usize::from(bits::u16_at(bytes, at + 2)?);
    let is_one = left > LONGEST_MAC && length >= LEAST && length <= left;
    is_one.then_some(at + length)
}

fn check(view: &LayerView<'_>) -> Option<FaultKind> {
    let length = view.bytes.len();
    let around = view.around().last();
    let is_short = is_of_time(view.bytes) && length < HEADER;
    (is_short && view.is_whole()).then(|| FaultKind::TooShort {
        needed: HEADER as u64,
        present: length as u64,
        believed: Believed::Enclosing(around.map_or("", |layer| layer.protocol.label)),
    })
}

/// Puts what the message is, and what it says in words.
fn summary(view: &LayerView<'_>, out: &mut Draft) {
    let bytes = view.bytes;
    let Some(flags) = bytes.first() else {
        return;
    };
    out.push_str("NTP Version ");
    out.put_number((flags >> 3 & 7).into());
    out.push_str(", ");
    out.push_str(told_mode(mode(bytes)));
    let time = bytes.get(TRANSMIT_AT..TRANSMIT_AT + 8);
    match (mode(bytes), bytes.get(1), time) {
        (3, _, Some(_)) => out.push_str("  what time is it?"),
        (SERVER, Some(0), Some(_)) => put_refusal(bytes, out),
        (SERVER | 5, _, Some(time)) => {
            out.push_str("  it is ");
            spell_time(time, &mut |text| out.push_str(text));
        }
        _ => {}
    }
}

/// Puts that a server says no, and why (RFC 5905, section 7.4).
fn put_refusal(bytes: &[u8], out: &mut Draft) {
    let code = bytes.get(REFERENCE_AT..REFERENCE_AT + 4);
    let code = code.unwrap_or_default();
    out.push_str("  says no: ");
    let known = KISSES.iter().find(|(known, _)| *known == code);
    match known {
        Some((_, words)) => out.push_str(words),
        None => text::put_escaped(out, code),
    }
}

/// Seconds from 1900, where the first era of NTP begins, to 1970, and how many an era has.
const TO_1970: i64 = 2_208_988_800;
const ERA: i64 = 1 << 32;

/// Spells a time as RFC 3339 writes it, in UTC. Without its first bit it is one of the era that begins in 2036.
fn spell_time(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let (Some(seconds), Some(fraction)) = (bits::u32_at(bytes, 0), bits::u32_at(bytes, 4)) else {
        return;
    };
    if (seconds, fraction) == (0, 0) {
        put("not set");
        return;
    }
    let era = if seconds >> 31 == 0 { ERA } else { 0 };
    let nanoseconds = (u64::from(fraction) * 1_000_000_000) >> 32;
    let nanoseconds = i32::try_from(nanoseconds).unwrap_or(0);
    let since_1970 = i64::from(seconds) + era - TO_1970;
    if let Ok(moment) = jiff::Timestamp::new(since_1970, nanoseconds) {
        // Whoever takes it takes all of it.
        let _ = write!(Pieces(put), "{moment:.9}");
    }
}

/// Takes what is written piece by piece.
struct Pieces<'a>(&'a mut dyn FnMut(&str));

impl std::fmt::Write for Pieces<'_> {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        (self.0)(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen, seen_of};
    use crate::model::frame::LinkType;

    const ZERO: [u8; 8] = [0; 8];
    /// 2026-11-29, some minutes before five.
    const TIME: [u8; 8] = [0xee, 0xb6, 0x2e, 0x55, 0x80, 0, 0, 0];

    fn message(start: [u8; 4], reference: [u8; 4], sent: [u8; 8], rest: &[u8]) -> Vec<u8> {
        let delays = [0, 0, 1, 0, 0, 0, 2, 0];
        [
            &start[..],
            &delays,
            &reference,
            &ZERO,
            &TIME,
            &TIME,
            &sent,
            rest,
        ]
        .concat()
    }

    fn packet(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(8 + message.len()).unwrap().to_be_bytes();
        let header = [0x9c, 0x40, 0, 123, length[0], length[1], 0, 0];
        in_ipv4(17, &[&header[..], message].concat())
    }

    fn sent(message: &[u8]) -> Seen {
        seen(LinkType::IPV4, &packet(message))
    }

    #[test]
    fn an_answer_is_told_to_its_last_byte() {
        let digest = [&[0, 0, 0, 7][..], &[0xab; 16]].concat();
        let seen = sent(&message([0x24, 2, 6, 230], [192, 168, 1, 6], TIME, &digest));
        assert_eq!(seen.layers[1..], ["udp", "ntp"]);
        assert_eq!(
            seen.fields("ntp"),
            [
                "ntp.flags 0x24",
                "  ntp.flags.li 0 (no warning)",
                "  ntp.flags.vn 4",
                "  ntp.flags.mode 4 (server)",
                "ntp.stratum 2 (of a server that asks others)",
                "ntp.ppoll 6 (64 seconds)",
                "ntp.precision 230 (14.9 ns)",
                "ntp.rootdelay 256",
                "ntp.rootdispersion 512",
                "ntp.refid c0:a8:01:06",
                "  - ntp.refid.server 192.168.1.6",
                "ntp.reftime not set",
                "ntp.org 2026-11-29T04:53:41.500000000Z",
                "ntp.rec 2026-11-29T04:53:41.500000000Z",
                "ntp.xmt 2026-11-29T04:53:41.500000000Z",
                "ntp.keyid 00:00:00:07",
                &format!("ntp.mac {}", ["ab"; 16].join(":")),
            ]
        );
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn the_line_tells_what_is_asked_and_what_time_it_is() {
        for (start, reference, words) in [
            ([0x23, 0, 6, 0], [0; 4], "client  what time is it?"),
            (
                [0x24, 1, 6, 230],
                *b"GPS\0",
                "server  it is 2026-11-29T04:53:41.500000000Z",
            ),
            (
                [0xe4, 0, 6, 230],
                *b"RATE",
                "server  says no: asked too often (RATE)",
            ),
            ([0xe4, 0, 6, 230], *b"WHY?", "server  says no: WHY?"),
            (
                [0x25, 1, 6, 230],
                *b"GPS\0",
                "broadcast  it is 2026-11-29T04:53:41.500000000Z",
            ),
            ([0x21, 1, 6, 230], *b"GPS\0", "symmetric active"),
        ] {
            let line = sent(&message(start, reference, TIME, &[])).line;
            let told = format!("  NTP Version 4, {words}");
            assert!(line.ends_with(&told), "{line}");
        }
    }

    #[test]
    fn at_stratum_1_the_reference_is_a_clock_and_not_a_server() {
        let seen = sent(&message([0x24, 1, 6, 230], *b"GPS\0", TIME, &[]));
        assert_eq!(
            seen.chosen("ntp", &["ntp.refid."]),
            ["- ntp.refid.clock GPS"]
        );
    }

    #[test]
    fn times_go_on_behind_the_year_2036() {
        let later = [0, 0, 0, 1, 0, 0, 0, 0];
        let seen = sent(&message([0x23, 0, 6, 0], [0; 4], later, &[]));
        assert_eq!(
            seen.chosen("ntp", &["ntp.xmt"]),
            ["ntp.xmt 2036-02-07T06:28:17.000000000Z"]
        );
    }

    #[test]
    fn extension_fields_stand_before_the_digest_and_one_without_a_length_is_none() {
        let extension = [&[1, 4, 0, 28][..], &[9; 24]].concat();
        let rest = [&extension[..], &[0, 0, 0, 7], &[0xab; 16]].concat();
        let seen = sent(&message([0x23, 0, 6, 0], [0; 4], TIME, &rest));
        assert_eq!(
            seen.fields("ntp")[14..18],
            [
                "ntp.ext",
                "  ntp.ext.type 0x104",
                "  ntp.ext.length 28",
                &format!("  ntp.ext.value {}", ["09"; 24].join(":")),
            ]
        );
        assert_eq!(
            seen.chosen("ntp", &["ntp.keyid"]),
            ["ntp.keyid 00:00:00:07"]
        );
        let seen = sent(&message([0x23, 0, 6, 0], [0; 4], TIME, &[0; 40]));
        assert_eq!(seen.chosen("ntp", &["ntp.ext"]), [""; 0]);
    }

    #[test]
    fn messages_of_control_are_bytes() {
        let seen = sent(&[0x16, 2, 0, 1]);
        assert_eq!(
            seen.chosen("ntp", &["ntp.message"]),
            ["ntp.message 02:00:01"]
        );
        assert_eq!(seen.faults, [""; 0]);
    }

    #[test]
    fn a_message_that_is_too_short_is_told_and_one_that_the_capture_cut_is_not_wrong() {
        let whole = message([0x23, 0, 6, 0], [0; 4], TIME, &[]);
        assert_eq!(
            sent(&whole[..20]).faults,
            ["needs 48 bytes, but by the length that UDP states there are 20"]
        );
        let whole = packet(&whole);
        for end in 29..whole.len() {
            let seen = seen_of(LinkType::IPV4, &whole[..end], whole.len());
            assert_eq!(seen.faults.len(), 1, "{end}: {:?}", seen.faults);
            assert!(seen.faults[0].starts_with("cut by the capture"));
        }
    }
}
