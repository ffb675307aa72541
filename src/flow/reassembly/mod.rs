//! Putting together what was cut on its way: a datagram from its fragments, the stream of a TCP direction
//! from its segments.
//!
//! Memory is bounded, and what was given up to keep it so is told.

mod datagrams;
mod fragment;
pub mod stream;

use datagrams::{Datagrams, Found};
use fragment::Fragment;

use super::telling::Telling;
use crate::decode::Decoder;
use crate::model::frame::Frame;
use crate::model::layer::Decoded;

/// Puts together what the frames of a capture bring in parts; it must see them all, in their order.
#[derive(Debug, Default)]
pub struct Reassembly {
    datagrams: Datagrams,
    found: Vec<Found>,
}

/// How often a datagram may be a fragment of another one.
const MOST_NESTED: usize = 4;

impl Reassembly {
    /// Takes the frame that was just walked; where it completes something, the decoder goes on in that.
    pub fn assemble(&mut self, decoder: &mut Decoder, frame: &Frame<'_>) {
        self.found.clear();
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

    /// Tells what was found of the last frame.
    pub fn tell(&self, decoded: &Decoded<'_>, telling: &mut Telling<'_>) {
        let mut wholes = decoded.assembled.iter();
        for found in &self.found {
            let whole = if found.completes { wholes.next() } else { None };
            found.tell(whole, telling);
        }
    }

    /// How many datagrams were given up to keep memory bounded.
    pub const fn given_up(&self) -> u64 {
        self.datagrams.given_up()
    }
}
