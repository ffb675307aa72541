//! Frames that pass filters, noted while they cross the cable.

use crate::decode::Decoder;
use crate::filter::{Filter, FilterError};
use crate::flow::Flows;
use crate::lab::RecordedFrame;
use crate::model::needs::{Depth, Past};

/// Looks at every frame of an exchange with several filters at once.
#[derive(Debug)]
pub struct Sights {
    decoder: Decoder,
    flows: Flows,
    /// In the order of the filters.
    pub sights: Vec<Sight>,
}

/// The frames that passed a filter.
#[derive(Debug)]
pub struct Sight {
    filter: Filter,
    /// Their numbers.
    pub frames: Vec<u64>,
    /// Their bytes on the wire.
    pub bytes: u64,
}

impl Sights {
    /// Nothing seen yet with these filters.
    ///
    /// # Errors
    ///
    /// One of them cannot be understood.
    pub fn new<'a>(filters: impl IntoIterator<Item = &'a str>) -> Result<Self, FilterError> {
        let sight = |filter| {
            Ok(Sight {
                filter: Filter::new(filter)?,
                frames: Vec::new(),
                bytes: 0,
            })
        };
        Ok(Self {
            decoder: Decoder::new(),
            flows: Flows::default(),
            sights: filters.into_iter().map(sight).collect::<Result<_, _>>()?,
        })
    }

    /// Looks at the next frame.
    pub fn look(&mut self, recorded: &RecordedFrame) {
        let frame = recorded.frame();
        self.decoder.walk_to(&frame, Depth::Walk);
        let (decoder, past) = (&mut self.decoder, Past::Everything);
        let followed = self.flows.assemble(decoder, &frame, past);
        let decoded = decoder.deepen(&frame, Depth::Expand);
        let decoded = decoded.with_followed(followed);
        for sight in &mut self.sights {
            if sight.filter.passes(&decoded) {
                sight.frames.push(frame.number);
                sight.bytes += u64::from(frame.wire_length);
            }
        }
    }
}
