//! What somebody who listens on the way learns of a frame of TLS or QUIC, and what not: the work of layer 6, as layer 7
//! has it.

use crate::model::field::{Field, FieldDef};
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::model::text;
use crate::model::value::Value;
use crate::protocols::quic_header::{self, Kind};
use crate::protocols::{
    piece, quic, tls, tls_extensions, tls_handshake, tls_hellos, tls_opened, x509,
};

/// What a listener learns; `None` where the frame has no record of TLS, and ends in none, and no packet of QUIC with a
/// hello or with what nobody else can read. The frame's fields were found before.
pub fn told(decoded: &Decoded<'_>) -> Option<String> {
    let is = |layer: &Layer, protocol: *const Protocol| std::ptr::eq(layer.protocol, protocol);
    let layers = decoded.layers_on_wire();
    let mut records = layers
        .filter(|(_, layer)| is(layer, &raw const tls::PROTOCOL))
        .peekable();
    let last = decoded.layers.last();
    let goes_on = last.is_some_and(|last| is(last, &raw const piece::OF_RECORD));
    let mut heard = Heard::default();
    if records.peek().is_none() && !goes_on {
        let is_heard = heard.hear_packets(decoded);
        return is_heard.then(|| heard.told());
    }
    for (index, _) in records {
        for field in decoded.fields_of(index) {
            heard.hear(field, decoded);
        }
    }
    if goes_on {
        heard.say_once(GOES_ON);
    }
    Some(heard.told())
}

/// What is heard of the records of a frame.
#[derive(Default)]
struct Heard {
    hello: Option<Hello>,
    alert: Option<String>,
    /// What the first certificate says of its owner.
    certificate: Option<String>,
    /// What else there is, each said once.
    rest: Vec<&'static str>,
    /// How many bytes of the programs.
    hidden: usize,
}

/// How many bytes the fields of this definition have in the layer at `index`.
fn length_of(definition: &'static FieldDef, index: usize, decoded: &Decoded<'_>) -> usize {
    let fields = decoded.fields_of(index).iter();
    let of_it = fields.filter(|field| std::ptr::eq(field.definition, definition));
    of_it.map(|field| field.bytes(decoded.bytes()).len()).sum()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Client,
    Server,
}

/// A hello, and what it says.
struct Hello {
    sender: Sender,
    asks_again: bool,
    server: String,
    protocols: String,
    /// What stands where TLS 1.2 told it.
    version: String,
    versions: String,
    suite: String,
    suites: u64,
}

impl Heard {
    /// Hears packets of QUIC: what is in the first flight, which everybody can decrypt, and how long the others are.
    /// Whether that is anything.
    fn hear_packets(&mut self, decoded: &Decoded<'_>) -> bool {
        let is = |layer: &Layer, protocol: *const Protocol| std::ptr::eq(layer.protocol, protocol);
        let mut is_first_flight = false;
        for (index, layer) in decoded.layers_on_wire() {
            if is(layer, &raw const quic::PROTOCOL) {
                let bytes = decoded.bytes_of(layer).unwrap_or_default();
                let packet = quic_header::Packet::of(bytes, 0, None);
                is_first_flight = packet.is_some_and(|packet| packet.kind == Kind::Initial);
                if !is_first_flight {
                    self.hidden += length_of(&quic::REMAINING, index, decoded);
                }
            } else if is_first_flight && is(layer, &raw const tls_opened::PROTOCOL) {
                for field in decoded.fields_of(index) {
                    self.hear(field, decoded);
                }
            }
        }
        self.hello.is_some() || self.hidden > 0
    }

    fn hear(&mut self, field: &Field, decoded: &Decoded<'_>) {
        let is = |definition: &'static FieldDef| std::ptr::eq(field.definition, definition);
        let value = decoded.value(field);
        if is(&tls_handshake::TYPE) {
            self.hear_step(value.as_number());
        } else if is(&tls_handshake::ENCRYPTED) {
            self.say_once(HIDDEN_STEP);
        } else if is(&tls::APPLICATION_DATA) {
            self.hidden += field.bytes(decoded.bytes()).len();
        } else if is(&tls::CONTINUED) {
            self.say_once(CONTINUED);
        } else if is(&tls::ENCRYPTED_ALERT) {
            self.say_once(HIDDEN_ALERT);
        } else if is(&x509::CERTIFICATE) {
            self.certificate.get_or_insert_with(|| {
                let mut says = String::new();
                value.push_plain(&mut says, field.definition, 0);
                says.chars().take(CERTIFICATE_CHARACTERS).collect()
            });
        } else if is(&tls::ALERT_DESCRIPTION) {
            let mut alert = String::new();
            push_name(&value, field.definition, &mut alert);
            self.alert = Some(alert);
        } else if let Some(hello) = &mut self.hello {
            hello.hear(field.definition, &value);
        }
    }

    fn hear_step(&mut self, kind: Option<u64>) {
        match kind.and_then(|kind| usize::try_from(kind).ok()) {
            Some(tls_handshake::CLIENT_HELLO) => self.hello = Some(Hello::of(Sender::Client)),
            Some(tls_handshake::SERVER_HELLO) => self.hello = Some(Hello::of(Sender::Server)),
            Some(tls_handshake::SERVER_KEY_EXCHANGE | tls_handshake::CLIENT_KEY_EXCHANGE) => {
                self.say_once(KEY_EXCHANGE);
            }
            _ => {}
        }
    }

    fn say_once(&mut self, clause: &'static str) {
        if !self.rest.contains(&clause) {
            self.rest.push(clause);
        }
    }

    fn told(&self) -> String {
        let clauses = self.clauses().join("; ");
        match (self.hidden, clauses.as_str()) {
            (0, "") => "no message of the programs: TLS speaks for itself".to_owned(),
            (0, clauses) => format!("no message of the programs: {clauses}"),
            (_, clauses) => clauses.to_owned(),
        }
    }

    fn clauses(&self) -> Vec<String> {
        let mut clauses = Vec::new();
        if let Some(hello) = &self.hello {
            clauses.push(hello.told());
        }
        if let Some(says) = &self.certificate {
            clauses.push(format!("{CERTIFICATE}: {says}"));
        }
        clauses.extend(self.rest.iter().map(|clause| (*clause).to_owned()));
        if let Some(alert) = &self.alert {
            let why = format!("an alert of TLS itself ({alert}), {EVERYBODY}");
            clauses.push(why);
        }
        if self.hidden > 0 {
            let mut clause = String::new();
            text::push_byte_count(&mut clause, self.hidden);
            clause.push_str(HIDDEN);
            clauses.push(clause);
        }
        clauses
    }
}

const EVERYBODY: &str = "and everybody on the way can read it";

const CERTIFICATE: &str =
    "a certificate says who its owner is, and everybody on the way can read it";

/// How much of what it says is told; whoever made it may have made it long.
const CERTIFICATE_CHARACTERS: usize = 200;

const KEY_EXCHANGE: &str =
    "half of a key exchange, from which nobody who listens can reckon the key";

const HIDDEN_STEP: &str = "a step of the handshake that only the other side can read";

const HIDDEN_ALERT: &str =
    "an alert that only the other side can read; mostly that nothing more comes";

const GOES_ON: &str = "a part of a record, which is told in the frame that completes it";

const CONTINUED: &str = "bytes of a record whose beginning is not in the capture";

const HIDDEN: &str = " encrypted, of what the programs say or of TLS itself: who listens on the way sees how many, \
    from whom to whom, and when, and nothing else";

impl Hello {
    const fn of(sender: Sender) -> Self {
        Self {
            sender,
            asks_again: false,
            server: String::new(),
            protocols: String::new(),
            version: String::new(),
            versions: String::new(),
            suite: String::new(),
            suites: 0,
        }
    }

    fn hear(&mut self, definition: &'static FieldDef, value: &Value<'_>) {
        let is = |wanted: &'static FieldDef| std::ptr::eq(definition, wanted);
        if is(&tls_hellos::RETRY) {
            self.asks_again = true;
        } else if is(&tls_hellos::SUITE) {
            self.suites += 1;
            self.suite.clear();
            push_name(value, definition, &mut self.suite);
        } else if is(&tls_hellos::VERSION) {
            push_name(value, definition, &mut self.version);
        } else if is(&tls_extensions::VERSION) {
            push_one_more(value, definition, &mut self.versions);
        } else if is(&tls_extensions::ALPN) {
            push_one_more(value, definition, &mut self.protocols);
        } else if is(&tls_extensions::NAME) {
            push_one_more(value, definition, &mut self.server);
        }
    }

    fn told(&self) -> String {
        let mut out = String::new();
        match self.sender {
            Sender::Client => {
                out.push_str("the client says ");
                push_all(&mut out, "which server it wants (", &self.server);
                push_all(&mut out, "what it could speak inside (", &self.protocols);
                match self.versions.as_str() {
                    "" => push_all(&mut out, "which version is its newest (", &self.version),
                    versions => push_all(&mut out, "which versions it knows (", versions),
                }
                text::push_number(&mut out, self.suites);
                out.push_str(" ways to encrypt, ");
                out.push_str(EVERYBODY);
            }
            Sender::Server if self.asks_again => {
                out.push_str("the server asks for another hello, with another key share");
            }
            Sender::Server => {
                out.push_str("the server says what it chose: ");
                let version = match self.versions.as_str() {
                    "" => &self.version,
                    _ => &self.versions,
                };
                for chosen in [version, &self.protocols] {
                    if !chosen.is_empty() {
                        out.push_str(chosen);
                        out.push_str(", ");
                    }
                }
                out.push_str(&self.suite);
                out.push_str(", ");
                out.push_str(EVERYBODY);
            }
        }
        out
    }
}

/// Appends `which server it wants (server), `; nothing where that is not said.
fn push_all(out: &mut String, what: &str, said: &str) {
    if !said.is_empty() {
        out.push_str(what);
        out.push_str(said);
        out.push_str("), ");
    }
}

/// How many of a list are named.
const NAMED_BYTES: usize = 100;

fn push_one_more(value: &Value<'_>, definition: &FieldDef, out: &mut String) {
    if out.len() > NAMED_BYTES {
        return;
    }
    if !out.is_empty() {
        out.push_str(", ");
    }
    push_name(value, definition, out);
}

/// Appends the name that a value has, or itself.
fn push_name(value: &Value<'_>, definition: &FieldDef, out: &mut String) {
    match (value.symbol(definition), value) {
        (Some(name), _) => out.push_str(name),
        (None, Value::Text(text)) => {
            text::push_escaped(out, text.get(..NAMED_BYTES).unwrap_or(text));
        }
        (None, _) => value.push_plain(out, definition, 0),
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::frame_of;
    use crate::flow::Flows;
    use crate::model::frame::LinkType;
    use crate::model::needs::{Depth, Past};
    use crate::model::reference::OsiLayer;

    /// On which layers the bytes of each of these segments' frames stand above TCP, and what a listener learns.
    fn told_of(segments: &[&[u8]]) -> Vec<(Vec<OsiLayer>, Option<String>)> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let mut seq = 1;
        let all = segments.iter().zip(1..).map(|(payload, number)| {
            let builder = PacketBuilder::ipv4([192, 168, 1, 6], [192, 168, 1, 7], 64);
            let segment = builder.tcp(40_000, 443, seq, 64_000).ack(1);
            let mut packet = Vec::new();
            segment.write(&mut packet, payload).unwrap();
            seq += u32::try_from(payload.len()).unwrap();
            let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
            frame.number = number;
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Marks);
            let decoded = decoder.deepen(&frame, Depth::Expand);
            let above = decoded.layers.iter().skip(3);
            let above = above.map(|layer| layer.protocol.standing.osi).collect();
            (above, told(&decoded))
        });
        all.collect()
    }

    #[test]
    fn of_quic_a_listener_sees_how_long_it_is_behind_the_first_flight() {
        let datagram = [&[0x40; 9][..], &[0x5a; 20]].concat();
        let builder = PacketBuilder::ipv4([192, 168, 1, 6], [192, 168, 1, 7], 64);
        let mut packet = Vec::new();
        let builder = builder.udp(40_000, 443);
        builder.write(&mut packet, &datagram).unwrap();
        let frame = frame_of(LinkType::IPV4, &packet, packet.len());
        let told = told(&Decoder::new().expand(&frame)).unwrap();
        assert!(told.starts_with("28 bytes encrypted"), "{told}");
    }

    #[test]
    fn a_frame_that_has_no_more_than_a_part_of_a_record_is_one_of_tls_too() {
        let record = [&[23, 3, 3, 0, 32][..], &[0x5a; 32]].concat();
        let told = told_of(&[&record[..10], &record[10..20], &record[20..]]);
        let part = "no message of the programs: a part of a record, which is told in the frame that completes it";
        for (layers, heard) in &told[..2] {
            assert_eq!(*layers, [OsiLayer::Presentation]);
            assert_eq!(heard.as_deref(), Some(part));
        }
        let (layers, heard) = &told[2];
        assert_eq!(*layers, [OsiLayer::Presentation; 2]);
        assert!(
            heard.as_deref().unwrap().starts_with("32 bytes"),
            "{heard:?}"
        );
    }
}
