//! What the wire shows of the bytes that calls move: the segments of each connection, with their place in
//! the stream, and the datagrams.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::cover::Cover;
use super::fragments::Fragments;
use crate::decode::Decoder;
use crate::flow::answers::{self, Answers};
use crate::flow::endpoints::{Endpoint, Role, ends_of};
use crate::flow::reassembly::Reassembly;
use crate::flow::tcp::{Connections, Flags, Placed, Segment, Seq};
use crate::flow::telling::Telling;
use crate::flow::udp;
use crate::model::bits;
use crate::model::fault::FaultKind;
use crate::model::field::{Buffer, FieldDef};
use crate::model::frame::{Frame, Timestamp};
use crate::model::layer::{Decoded, Extent, Layer};
use crate::model::needs::{Depth, Past};
use crate::model::secrets::Secrets;
use crate::protocols::{registry, tls};

/// Everything that was on the wire, in the order of the frames.
#[derive(Debug, Default)]
pub struct Wire {
    /// The segments.
    pub segments: Vec<Seen>,
    /// The datagrams.
    pub datagrams: Vec<Datagram>,
    /// Between which ends datagrams went in fragments that were not all there, as far as is known by now; by
    /// the frame of the first fragment.
    pub fragmented: HashMap<u64, (Endpoint, Endpoint)>,
    /// What ICMP errors said that could not go.
    pub undelivered: Vec<Undelivered>,
    /// The questions who has an address.
    pub asked: Vec<Asked>,
    /// The messages inside of which their sender ended its stream.
    pub unfinished: Vec<Unfinished>,
    /// The alerts with which sides gave TLS up, as far as they could be read.
    pub alerts: Vec<Alert>,
    fragments: Fragments,
    connections: Connections,
    messages: Reassembly,
    answers: Answers,
    ways: HashMap<(u64, bool), Way>,
}

/// A segment on the wire.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The number of its frame.
    pub frame: u64,
    /// When it was on the wire.
    pub time: Timestamp,
    /// Its connection.
    pub connection: u64,
    /// The part that its sender plays.
    pub from: Role,
    /// Who sent it, and to whom.
    pub ends: (Endpoint, Endpoint),
    /// What it is for, beside its bytes.
    pub purpose: Purpose,
    /// Its flags.
    pub flags: Flags,
    /// Up to which byte of the other way it acknowledges.
    pub acknowledged: Option<u64>,
    /// Whether the other side's kernel got it whole.
    pub arrived: bool,
    /// The bytes of the stream that it carried, and where in the frame the first of them is.
    pub carries: Range<u64>,
    /// See `carries`.
    pub at: usize,
    /// Of these, what it carried for the first time.
    pub first_time: Vec<Range<u64>>,
    /// Of these, what it brought to the other side before any other.
    pub brings: Vec<Range<u64>>,
}

/// What a segment is for, beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// SYN.
    Asks,
    /// SYN and ACK.
    Agrees,
    /// FIN.
    Ends,
    /// RST.
    BreaksOff,
    /// None of these.
    Plain,
}

/// A datagram on the wire.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// When the first frame with a piece of it was on the wire.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// Who sent it.
    pub sender: Endpoint,
    /// To whom.
    pub receiver: Endpoint,
    /// How often the other side's kernel got it.
    pub deliveries: u32,
    /// The pieces of its payload: one, or one in each fragment.
    pub pieces: Vec<Piece>,
    /// How many bytes its payload has.
    pub length: u64,
    /// The first of its payload.
    pub head: Vec<u8>,
}

/// What could not go, as an ICMP error says.
#[derive(Clone, Debug)]
pub struct Undelivered {
    /// The number of the error's frame.
    pub frame: u64,
    /// When that was on the wire.
    pub time: Timestamp,
    /// Whether the kernel of who had sent it got the error whole.
    pub arrived: bool,
    /// Who had sent it.
    pub sender: Endpoint,
    /// To whom.
    pub receiver: Endpoint,
}

/// A question to everybody on the link who has an address.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number of its frame.
    pub frame: u64,
    /// When that was on the wire.
    pub time: Timestamp,
    /// The address.
    pub address: Ipv4Addr,
}

/// A message inside of which its sender ended its stream.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The label of its protocol.
    pub protocol: &'static str,
    /// How many bytes of it there are.
    pub length: usize,
    /// The numbers of the frames that brought them.
    pub frames: Vec<u64>,
    /// The number of the frame with the FIN.
    pub end: u64,
}

/// An alert with which a side of a connection gave TLS up.
#[derive(Clone, Debug)]
pub struct Alert {
    /// The number of its frame.
    pub frame: u64,
    /// The connection.
    pub connection: u64,
    /// The part that its sender plays.
    pub from: Role,
    /// Its number, and the name of that: RFC 8446 section 6.
    pub number: u8,
    /// See `number`.
    pub name: &'static str,
}

/// The bytes of a datagram's payload that are in one frame.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The number of the frame.
    pub frame: u64,
    /// How many bytes of the payload are before these.
    pub offset: u64,
    /// Where in the frame they are.
    pub at: Range<usize>,
}

/// One way of a connection, as far as it has been seen.
#[derive(Debug)]
struct Way {
    /// The sequence number of the first byte.
    first: Seq,
    carried: Cover,
    brought: Cover,
}

/// How many of a datagram's bytes are kept to tell it from others.
const KEPT_BYTES: usize = 64;

impl Wire {
    /// From here on, what these secrets open is decrypted.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.messages.decrypt_with(secrets);
    }

    /// Takes the next frame, which the other side's kernel got so many times, whole.
    pub fn take(&mut self, decoder: &mut Decoder, frame: &Frame<'_>, deliveries: u32) {
        self.fragments.note(&decoder.walk(frame), deliveries);
        self.fragments.join(decoder, frame);
        let decoded = &decoder.walked(frame);
        self.undelivered
            .extend(undelivered(decoded, deliveries > 0));
        self.asked.extend(asked(decoded));
        let mut followed = Vec::new();
        let mut telling = Telling::new(&mut followed, Past::Nothing);
        match Segment::of(decoded) {
            Some(segment) => {
                let placed = self.connections.follow(&segment, decoded, &mut telling);
                self.take_segment(&placed, decoded, deliveries > 0);
                self.take_messages(&placed, decoder, frame, &mut telling);
            }
            None => self.take_datagram(decoded, deliveries),
        }
    }

    fn take_messages(
        &mut self,
        placed: &Placed<'_>,
        decoder: &mut Decoder,
        frame: &Frame<'_>,
        telling: &mut Telling<'_>,
    ) {
        let spoken = self
            .messages
            .find_messages(placed, &mut self.answers, decoder, frame);
        let decoded = decoder.walked(frame);
        if let Some(spoken) = spoken.filter(|spoken| answers::are_given_in(spoken.protocol)) {
            self.answers.follow(placed, &spoken, &decoded, telling);
        }
        if placed.segment.flags.fin() {
            self.unfinished.extend(unfinished(&decoded));
        }
        if decoded.layers.iter().any(is_of_tls) {
            let decoded = decoder.deepen(frame, Depth::Expand);
            self.alerts.extend(alert(placed, &decoded));
        }
    }

    fn take_datagram(&mut self, decoded: &Decoded<'_>, deliveries: u32) {
        let Some((index, sender, receiver)) = udp::datagram(decoded) else {
            return;
        };
        match decoded.layers.get(index) {
            None => {}
            Some(layer) if layer.is_quoted() => {}
            Some(layer) if layer.extent == Extent::Fragment => {
                let first = decoded.frame.number;
                self.fragmented.insert(first, (sender, receiver));
            }
            Some(layer) if layer.buffer == Buffer::FRAME => {
                self.datagrams.extend(datagram(decoded, deliveries));
            }
            Some(layer) => {
                let whole = self.fragments.datagram(decoded, layer, sender, receiver);
                for piece in whole.iter().flat_map(|whole| &whole.pieces) {
                    self.fragmented.remove(&piece.frame);
                }
                self.datagrams.extend(whole);
            }
        }
    }

    fn take_segment(&mut self, placed: &Placed<'_>, decoded: &Decoded<'_>, arrived: bool) {
        let Placed {
            segment,
            stream,
            role,
            ..
        } = placed;
        let begins = segment.flags.syn();
        let first = if begins {
            segment.seq.plus(1)
        } else {
            segment.seq
        };
        let back = self.ways.get(&(*stream, *role != Role::Client));
        let acknowledged = back
            .filter(|_| segment.flags.ack())
            .map(|back| u64::from(segment.ack.since(back.first)));
        let key = (*stream, *role == Role::Client);
        let way = self.ways.entry(key).or_insert_with(|| Way {
            first,
            carried: Cover::default(),
            brought: Cover::default(),
        });
        let start = u64::from(first.since(way.first));
        // A number from before the first byte, as of a keep-alive, carries nothing of the stream.
        let is_before = first.is_before(way.first);
        let length = if is_before {
            0
        } else {
            u64::from(segment.length)
        };
        let carries = start..start + length;
        let brings = if arrived {
            way.brought.add(&carries)
        } else {
            Vec::new()
        };
        self.segments.push(Seen {
            frame: segment.frame,
            time: segment.time,
            connection: *stream,
            from: *role,
            ends: (segment.sender(), segment.receiver()),
            purpose: match segment.flags {
                flags if flags.rst() => Purpose::BreaksOff,
                flags if flags.ask_to_open() => Purpose::Asks,
                flags if flags.syn() => Purpose::Agrees,
                flags if flags.fin() => Purpose::Ends,
                _ => Purpose::Plain,
            },
            flags: segment.flags,
            acknowledged,
            arrived,
            first_time: way.carried.add(&carries),
            brings,
            carries,
            at: decoded
                .layers
                .get(segment.layer)
                .map_or(0, |layer| layer.header_end),
        });
    }
}

/// A frame's datagram, where it has one that is not quoted and whose payload is all there.
fn datagram(decoded: &Decoded<'_>, deliveries: u32) -> Option<Datagram> {
    let (index, sender, receiver) = udp::datagram(decoded)?;
    let layer: &Layer = decoded.layers.get(index)?;
    let header = decoded.frame.bytes.get(layer.start..layer.header_end)?;
    let stated = usize::from(bits::u16_at(header, 4)?);
    let at = layer.header_end..layer.start.checked_add(stated)?;
    let payload = decoded.frame.bytes.get(at.clone())?;
    Some(Datagram {
        first: decoded.frame.time,
        last: decoded.frame.time,
        sender,
        receiver,
        deliveries,
        length: payload.len() as u64,
        head: head_of(payload),
        pieces: vec![Piece {
            frame: decoded.frame.number,
            offset: 0,
            at,
        }],
    })
}

/// The message that a frame with a FIN leaves as it is. Of a protocol that is known by its port alone, the bytes need
/// not be what they seem.
fn unfinished(decoded: &Decoded<'_>) -> Option<Unfinished> {
    let mut faults = decoded.faults.iter();
    let fault = faults.find(|fault| fault.kind == FaultKind::EndedEarly)?;
    let layer = decoded.layers.get(fault.layer)?;
    let frames = match decoded.whole_of(layer) {
        Some(whole) => whole.parts.iter().map(|part| part.frame).collect(),
        None => vec![decoded.frame.number],
    };
    registry::is_known_by_beginning(layer.protocol).then_some(Unfinished {
        protocol: layer.protocol.label,
        length: layer.end - layer.start,
        frames,
        end: decoded.frame.number,
    })
}

fn is_of_tls(layer: &Layer) -> bool {
    std::ptr::eq(layer.protocol, &raw const tls::PROTOCOL)
}

/// The alert with which the sender of a frame gives TLS up, if it does.
fn alert(placed: &Placed<'_>, decoded: &Decoded<'_>) -> Option<Alert> {
    let mut layers = decoded.layers.iter().enumerate();
    layers.find_map(|(index, layer)| {
        let fields = is_of_tls(layer).then(|| decoded.fields_of(index))?;
        let value = |wanted: &'static FieldDef| {
            let mut fields = fields.iter();
            let field = fields.find(|field| std::ptr::eq(field.definition, wanted))?;
            Some(decoded.value(field))
        };
        let (level, what) = (value(&tls::ALERT_LEVEL)?, value(&tls::ALERT_DESCRIPTION)?);
        (level.as_number() == Some(tls::FATAL)).then_some(())?;
        Some(Alert {
            frame: decoded.frame.number,
            connection: placed.stream,
            from: placed.role,
            number: u8::try_from(what.as_number()?).ok()?,
            name: what.symbol(&tls::ALERT_DESCRIPTION)?,
        })
    })
}

/// The TCP segment or UDP datagram of which a frame's ICMP error says that it could not go.
fn undelivered(decoded: &Decoded<'_>, arrived: bool) -> Option<Undelivered> {
    let quoted = decoded.layers.iter().position(|layer| {
        layer.is_quoted()
            && (std::ptr::eq(layer.protocol, &raw const crate::protocols::udp::PROTOCOL)
                || std::ptr::eq(layer.protocol, &raw const crate::protocols::tcp::PROTOCOL))
    })?;
    let (sender, receiver) = ends_of(decoded, quoted)?;
    Some(Undelivered {
        frame: decoded.frame.number,
        time: decoded.frame.time,
        arrived,
        sender,
        receiver,
    })
}

/// The question of a frame's ARP request: RFC 826.
fn asked(decoded: &Decoded<'_>) -> Option<Asked> {
    let arp = decoded
        .layers
        .iter()
        .find(|layer| std::ptr::eq(layer.protocol, &raw const crate::protocols::arp::PROTOCOL))?;
    let packet = decoded.frame.bytes.get(arp.start..arp.header_end)?;
    let [.., a, b, c, d] = *packet.first_chunk::<28>()?;
    // Of Ethernet and IPv4, whose addresses have 6 and 4 bytes.
    let is_request = packet.get(4..8) == Some(&[6, 4, 0, 1]);
    is_request.then_some(Asked {
        frame: decoded.frame.number,
        time: decoded.frame.time,
        address: Ipv4Addr::new(a, b, c, d),
    })
}

/// The first bytes of a datagram's payload.
pub(super) fn head_of(payload: &[u8]) -> Vec<u8> {
    payload.iter().take(KEPT_BYTES).copied().collect()
}
