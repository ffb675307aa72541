//! Putting together what was cut on its way: a datagram from its fragments, the stream of a TCP direction
//! from its segments.
//!
//! Memory is bounded, and what was given up to keep it so is told.

mod datagrams;
#[cfg(test)]
mod dialogue_tests;
mod fragment;
mod messages;
pub mod stream;

pub use datagrams::{MOST_DATAGRAMS, MOST_FRAGMENT_BYTES, PATIENCE};
pub use messages::{MOST_BEHIND_A_HOLE, MOST_STREAM_BYTES};

use datagrams::{Datagrams, Found};
pub use fragment::Fragment;
use messages::{Brought, Messages, Segment};
use stream::Origin;

use super::answers::{self, Answers};
use super::decryption::{Decryption, Heard, Listener, Opened};
use super::tcp::Placed;
use super::telling::Telling;
use crate::decode::{Content, Decoder};
use crate::model::assembled::Whole;
use crate::model::bits;
use crate::model::frame::Frame;
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::model::secrets::Secrets;
use crate::protocols::{piece, registry, tls, websocket_message};

/// Puts together what the frames of a capture bring in parts; it must see them all, in their order.
#[derive(Debug, Default)]
pub struct Reassembly {
    datagrams: Datagrams,
    found: Vec<Found>,
    messages: Messages,
    decryption: Decryption,
}

/// What the sender of a segment speaks in it.
#[derive(Clone, Copy, Debug)]
pub struct Spoken {
    /// The protocol.
    pub protocol: &'static Protocol,
    /// Whether it says anything that was not said before, and all before which is there.
    pub is_new: bool,
    /// Whether bytes before are missing for good, so that what came since is read only now.
    pub has_lost: bool,
    /// Whether it answers, while the other side has begun a message that is not whole yet.
    pub interrupts: bool,
}

impl Spoken {
    /// This, of which no more is known.
    const fn of(protocol: &'static Protocol) -> Self {
        Self {
            protocol,
            is_new: false,
            has_lost: false,
            interrupts: false,
        }
    }
}

/// How often a datagram may be a fragment of another one.
pub const MOST_NESTED: usize = 4;

impl Reassembly {
    /// Takes the frame that was just walked; where it completes a datagram, the decoder goes on in that.
    #[inline]
    pub fn assemble(&mut self, decoder: &mut Decoder, frame: &Frame<'_>) {
        if !self.found.is_empty() {
            self.found.clear();
        }
        if decoder.ends_in_part() {
            self.take_fragments(decoder, frame);
        }
    }

    fn take_fragments(&mut self, decoder: &mut Decoder, frame: &Frame<'_>) {
        for _ in 0..MOST_NESTED {
            let Some(fragment) = Fragment::of(&decoder.walked(frame)) else {
                return;
            };
            let (found, whole) = self.datagrams.take(&fragment);
            self.found.push(found);
            match whole {
                Some((whole, next)) => decoder.go_on(frame, whole, next),
                None => return,
            }
        }
    }

    /// Takes the segment of that frame; where its bytes are other messages than it says for itself, or it ends one, or
    /// what it encrypts can be opened, the decoder reads those. Gives what its sender speaks, where it says anything;
    /// inside TLS, where that is one of requests and answers. Where a message ends may depend on which of the
    /// `answers` that are waited for it is.
    #[inline]
    pub fn find_messages(
        &mut self,
        placed: &Placed<'_>,
        answers: &mut Answers,
        decoder: &mut Decoder,
        frame: &Frame<'_>,
    ) -> Option<Spoken> {
        let flags = placed.segment.flags;
        if placed.segment.length == 0 && !flags.fin() && !flags.rst() {
            return None;
        }
        self.find_messages_inside(placed, answers, decoder, frame)
    }

    /// Apart, since half of all segments bring nothing.
    #[inline(never)]
    fn find_messages_inside(
        &mut self,
        placed: &Placed<'_>,
        answers: &mut Answers,
        decoder: &mut Decoder,
        frame: &Frame<'_>,
    ) -> Option<Spoken> {
        let decoded = decoder.walked(frame);
        let layer = placed.segment.layer;
        let inside = decoded.layers.get(layer + 1).map(|layer| layer.protocol);
        let view = decoded.view(layer)?;
        let segment = Segment {
            placed,
            payload: view.payload(),
            port: bits::u16_at(view.bytes, 2).unwrap_or(0),
            origin: Origin::of(frame),
            expected: answers.expected(placed.stream),
        };
        let spoken = self.messages.spoken_by(&segment, inside);
        let protocol = spoken.or(inside)?;
        let is_as_announced = inside.is_some_and(|inside| std::ptr::eq(inside, protocol));
        if protocol.framing.is_none() && is_as_announced {
            // It knows no messages: its bytes are what they are for themselves.
            return Some(Spoken::of(protocol));
        }
        let is_tls = std::ptr::eq(protocol, &raw const tls::PROTOCOL);
        let heard = is_tls.then(|| Heard {
            frame: frame.number,
            expected: segment.expected,
            inside: spoken_inside_tls(inside, view.bytes),
        });
        let mut brought = Brought::default();
        let opened = self.take(&segment, protocol, inside, heard, &mut brought);
        if brought.has_lost {
            answers.lose(placed.stream);
        }
        Some(self.read(&mut brought, opened, protocol, placed, decoder, frame))
    }

    /// Takes a segment of this protocol, which was announced to be `inside`, and has brought this; of TLS in `heard`,
    /// gives what could be opened of it.
    fn take(
        &mut self,
        segment: &Segment<'_>,
        protocol: &'static Protocol,
        inside: Option<&'static Protocol>,
        heard: Option<Heard>,
        brought: &mut Brought,
    ) -> Vec<Opened> {
        let (stream, role) = (segment.placed.stream, segment.placed.role);
        let decryption = &mut self.decryption;
        let mut listener = heard.map(|heard| decryption.listener(stream, role, heard));
        self.messages
            .take(segment, protocol, listener.as_mut(), brought);
        // It is not what its port tells, where both agreed to go on with TLS.
        let was_left = |inside: &Protocol| {
            registry::dialogue_of(inside).is_some() && !std::ptr::eq(inside, protocol)
        };
        if brought.contents.is_empty() && inside.is_some_and(was_left) {
            let all = Content::Message(0..segment.payload.len());
            brought.contents.push(all);
        }
        listener.map(Listener::into_opened).unwrap_or_default()
    }

    /// Has the decoder read what the segment of that frame brought, and what was opened of it.
    fn read(
        &self,
        brought: &mut Brought,
        opened: Vec<Opened>,
        protocol: &'static Protocol,
        placed: &Placed<'_>,
        decoder: &mut Decoder,
        frame: &Frame<'_>,
    ) -> Spoken {
        let layer = placed.segment.layer;
        if !brought.contents.is_empty() {
            let contents = std::mem::take(&mut brought.contents);
            decoder.read_inside(frame, layer, protocol, contents);
        }
        let mut spoken = protocol;
        for Opened { whole, protocol } in opened {
            decoder.read_also(frame, layer, protocol, whole);
            if answers::are_given_in(protocol) {
                spoken = protocol;
            }
        }
        let has_begun = || {
            let other = placed.role.other();
            self.messages.has_begun(placed.stream, other)
        };
        Spoken {
            protocol: spoken,
            is_new: brought.is_new,
            has_lost: brought.has_lost,
            interrupts: answers::are_given_in(spoken) && has_begun(),
        }
    }

    /// Tells what was put together with the last frame, whose segment is `placed`, and which `later` one
    /// completes what it began.
    pub fn tell(
        &self,
        placed: Option<&Placed<'_>>,
        later: Option<u64>,
        decoded: &Decoded<'_>,
        telling: &mut Telling<'_>,
    ) {
        let mut wholes = decoded.assembled.iter();
        for found in &self.found {
            let whole = if found.completes { wholes.next() } else { None };
            found.tell(whole, later, telling);
        }
        if let Some(placed) = placed {
            Self::tell_messages(placed.segment.layer, decoded, telling);
            let ends_inside = decoded.layers.last().is_some_and(Layer::is_piece);
            telling.number_if_any(&piece::REASSEMBLED_IN, later.filter(|_| ends_inside));
        }
    }

    /// Tells of the messages that the last frame completes, in the layer that carries them.
    fn tell_messages(layer: usize, decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        telling.of_layer(layer);
        let messages = decoded.assembled.iter();
        for message in messages.filter(|whole| whole.whole == Whole::Message) {
            telling.under(&piece::SEGMENTS, |telling| {
                for part in &message.parts {
                    telling.number(&piece::SEGMENT, part.frame);
                }
                telling.number(&piece::COUNT, message.parts.len() as u64);
                telling.number(&piece::LENGTH, message.bytes.len() as u64);
            });
        }
        if decoded
            .assembled
            .iter()
            .any(|whole| whole.whole == Whole::Content)
        {
            Self::tell_fragments(decoded, telling);
        }
    }

    /// Tells of the messages of WebSocket that came in several frames of it, in the layers that say them.
    fn tell_fragments(decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        for (index, layer) in decoded.layers_on_wire() {
            let whole = decoded.whole_of(layer);
            let Some(message) =
                whole.filter(|whole| whole.whole == Whole::Content && whole.parts.len() > 1)
            else {
                continue;
            };
            telling.of_layer(index);
            telling.under(&websocket_message::FRAGMENTS, |telling| {
                for part in &message.parts {
                    telling.number(&websocket_message::FRAGMENT, part.frame);
                }
                let count = message.parts.len() as u64;
                telling.number(&websocket_message::FRAGMENT_COUNT, count);
                let length = message.parts.iter().map(|part| part.length).sum();
                telling.number(&websocket_message::FRAGMENT_LENGTH, length);
            });
        }
    }

    /// Decrypts what these secrets open, as far as they are there when it comes.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.decryption.look_in(secrets);
    }

    /// How many datagrams, and directions of streams, were given up to keep memory bounded.
    pub const fn given_up(&self) -> u64 {
        self.datagrams.given_up() + self.messages.given_up()
    }
}

/// What is spoken inside TLS, where the ports of a segment tell, in which this protocol is spoken before both agree on
/// TLS.
fn spoken_inside_tls(
    announced: Option<&'static Protocol>,
    segment: &[u8],
) -> Option<&'static Protocol> {
    let before = announced.filter(|protocol| registry::dialogue_of(protocol).is_some());
    let ports = [0, 2].map(|at| bits::u16_at(segment, at).unwrap_or(0));
    before.or_else(|| ports.into_iter().find_map(registry::behind_tls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{frame_of, in_ipv4};
    use crate::model::frame::LinkType;

    #[test]
    fn ports_tell_what_is_spoken_inside_tls_where_its_bytes_do_not() {
        let inside = |ports: [u16; 2], announced: Option<&'static Protocol>| {
            let header = ports.map(u16::to_be_bytes).concat();
            spoken_inside_tls(announced, &header).map(|protocol| protocol.name)
        };
        let smtp = registry::named("smtp");
        assert_eq!(inside([40_000, 465], Some(&tls::PROTOCOL)), Some("smtp"));
        assert_eq!(inside([995, 40_000], Some(&tls::PROTOCOL)), Some("pop"));
        assert_eq!(inside([40_000, 993], Some(&tls::PROTOCOL)), Some("imap"));
        assert_eq!(inside([40_000, 25], smtp), Some("smtp"));
        assert_eq!(inside([40_000, 443], Some(&tls::PROTOCOL)), None);
    }

    /// A payload of IPv4 in two packets, of which the first has so many bytes of it.
    fn in_two(protocol: u8, payload: &[u8], at: u8, identification: u8) -> [Vec<u8>; 2] {
        let (first, last) = payload.split_at(at.into());
        [(first, 0x20, 0), (last, 0, at / 8)].map(|(part, flags, offset)| {
            let mut packet = in_ipv4(protocol, part);
            packet[5] = identification;
            packet[6] = flags;
            packet[7] = offset;
            packet
        })
    }

    /// The layers of the last of these packets of IPv4, and of what it completes.
    fn layers_of_last(packets: &[Vec<u8>]) -> Vec<&'static str> {
        let (mut decoder, mut reassembly) = (Decoder::new(), Reassembly::default());
        let mut names = Vec::new();
        for packet in packets {
            let frame = frame_of(LinkType::IPV4, packet, packet.len());
            decoder.walk(&frame);
            reassembly.assemble(&mut decoder, &frame);
            let layers = decoder.walked(&frame).layers.iter().skip(1);
            names = layers.map(|layer| layer.protocol.name).collect();
        }
        names
    }

    fn datagram() -> Vec<u8> {
        let mut datagram = vec![0, 5, 0, 7, 0, 48, 0, 0];
        datagram.resize(48, b'x');
        datagram
    }

    #[test]
    fn an_error_whose_first_fragment_quotes_a_packet_is_put_together() {
        let unreachable = [3, 3, 0, 0, 0, 0, 0, 0];
        let error = [&unreachable[..], &in_ipv4(17, &datagram())].concat();
        let layers = layers_of_last(&in_two(1, &error, 48, 1));
        assert_eq!(layers, ["ip", "data", "icmp", "ip", "udp", "data"]);
    }

    #[test]
    fn a_datagram_whose_fragments_came_in_fragments_is_put_together() {
        let [first, last] = in_two(17, &datagram(), 24, 1);
        let packets = [in_two(4, &first, 32, 2), in_two(4, &last, 32, 3)].concat();
        let layers = layers_of_last(&packets);
        assert_eq!(layers, ["ip", "data", "ip", "data", "udp", "data"]);
    }
}
