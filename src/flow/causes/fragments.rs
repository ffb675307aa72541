//! Datagrams that went in fragments: put together, with the place of each byte in its frame.

use std::collections::HashMap;

use super::wire::{Datagram, Piece, head_of};
use crate::decode::Decoder;
use crate::flow::endpoints::Endpoint;
use crate::flow::reassembly::{Fragment, Reassembly};
use crate::model::bits;
use crate::model::frame::{Frame, Timestamp};
use crate::model::layer::{Decoded, Layer};

/// How many bytes a UDP header has (RFC 768).
const HEADER: u64 = 8;

/// Fragments of datagrams, and what was put together from them.
#[derive(Debug, Default)]
pub struct Fragments {
    reassembly: Reassembly,
    /// By the number of the frame.
    seen: HashMap<u64, Seen>,
}

/// A fragment on the wire.
#[derive(Debug)]
struct Seen {
    time: Timestamp,
    /// How many bytes of the datagram are before its own.
    offset: u64,
    /// Where in the frame these are.
    at: usize,
    deliveries: u32,
}

impl Fragments {
    /// Takes note of a frame that was just walked, where it is a fragment.
    pub fn note(&mut self, decoded: &Decoded<'_>, deliveries: u32) {
        let Some(fragment) = Fragment::of(decoded) else {
            return;
        };
        let at = decoded.layers.get(fragment.layer);
        let seen = Seen {
            time: fragment.time,
            offset: fragment.offset,
            at: at.map_or(0, |layer| layer.header_end),
            deliveries,
        };
        self.seen.insert(fragment.frame, seen);
    }

    /// Lets the decoder go on with that frame in the datagram that it completes.
    pub fn join(&mut self, decoder: &mut Decoder, frame: &Frame<'_>) {
        self.reassembly.assemble(decoder, frame);
    }

    /// The UDP datagram that a frame has completed, whose header is this layer. `None` where it is not a
    /// whole one, or was in another datagram that was cut too.
    pub fn datagram(
        &self,
        decoded: &Decoded<'_>,
        layer: &Layer,
        sender: Endpoint,
        receiver: Endpoint,
    ) -> Option<Datagram> {
        let whole = decoded.assembled.get(layer.buffer.assembled()?)?;
        let stated = u64::from(bits::u16_at(decoded.header_of(layer)?, 4)?);
        let length = stated.checked_sub(HEADER).filter(|_| layer.start == 0)?;
        let end = usize::try_from(stated).ok()?;
        let payload = whole.bytes.get(layer.header_end..end)?;
        let mut datagram = Datagram {
            first: decoded.frame.time,
            last: decoded.frame.time,
            sender,
            receiver,
            deliveries: 1,
            pieces: Vec::new(),
            length,
            head: head_of(payload),
        };
        for part in &whole.parts {
            let seen = self.seen.get(&part.frame)?;
            datagram.first = datagram.first.min(seen.time);
            // One that came twice is still one.
            datagram.deliveries = datagram.deliveries.min(seen.deliveries);
            let [start, end] =
                [part.offset, part.offset + part.length].map(|at| at.clamp(HEADER, stated));
            let place =
                |at: u64| Some(seen.at + usize::try_from(at.checked_sub(seen.offset)?).ok()?);
            datagram.pieces.push(Piece {
                frame: part.frame,
                offset: start - HEADER,
                at: place(start)?..place(end)?,
            });
        }
        Some(datagram)
    }
}
