//! The decompression of what one side says (RFC 7692, section 7): DEFLATE, from message to message.

use flate2::{Decompress, FlushDecompress, Status};

use super::MOST_MESSAGE;
use crate::protocols::websocket_handshake::Compression;
use crate::protocols::websocket_message::End;

/// How many times as long as it came a message may become, in which what is short may become this long.
pub const MOST_RATIO: usize = 256;

/// How long a message may become however short it came, in bytes.
pub const WITHOUT_RATIO: usize = 64 << 10;

/// What senders leave away from the end of each message.
const LEFT_AWAY: [u8; 4] = [0, 0, 0xff, 0xff];

/// What the decompression keeps: 32 KiB that may be referred to, and its tables.
const KEPT: usize = 44 << 10;

/// How much is decompressed at once.
const AT_ONCE: usize = 4 << 10;

/// Decompresses the messages of one side.
#[derive(Debug)]
pub struct Inflater {
    compression: Compression,
    /// Made when the first message comes.
    state: Option<Box<Decompress>>,
    /// Whether messages are missing that the next ones may refer to.
    has_lost: bool,
}

/// What became of a message.
#[derive(Debug)]
pub struct Inflated {
    /// What could be decompressed of it.
    pub bytes: Vec<u8>,
    /// Whether that is all.
    pub end: End,
}

impl Inflater {
    /// Of a side whose messages are compressed like this.
    pub const fn of(compression: Compression) -> Self {
        Self {
            compression,
            state: None,
            has_lost: false,
        }
    }

    /// How many bytes it keeps.
    pub const fn cost(&self) -> usize {
        if self.state.is_some() { KEPT } else { 0 }
    }

    /// Messages are missing.
    pub fn lose(&mut self) {
        self.state = None;
        self.has_lost = true;
    }

    /// Decompresses the next message.
    pub fn inflate(&mut self, message: &[u8]) -> Inflated {
        let nothing = |end| Inflated {
            bytes: Vec::new(),
            end,
        };
        match self.compression {
            Compression::None => return nothing(End::Malformed),
            Compression::Together if self.has_lost => return nothing(End::Lost),
            Compression::Together => {}
            Compression::Apart => self.state = None,
        }
        let mut state = self
            .state
            .take()
            .unwrap_or_else(|| Box::new(Decompress::new(false)));
        let most = (message.len().saturating_mul(MOST_RATIO))
            .saturating_add(WITHOUT_RATIO)
            .min(MOST_MESSAGE);
        let (mut bytes, mut has_ended) = (Vec::new(), false);
        for part in [message, &LEFT_AWAY] {
            match append(&mut state, part, most, &mut bytes) {
                Ok(Status::StreamEnd) => has_ended = true,
                Ok(_) => {}
                Err(end) => {
                    self.lose();
                    return Inflated { bytes, end };
                }
            }
            if has_ended {
                break;
            }
        }
        if has_ended {
            // The sender has begun anew, and what comes refers to what nobody has any more.
            self.lose();
        } else if self.compression == Compression::Together {
            self.state = Some(state);
        }
        Inflated {
            bytes,
            end: End::Whole,
        }
    }
}

/// Appends what a part of a message says, up to so many bytes.
fn append(
    state: &mut Decompress,
    part: &[u8],
    most: usize,
    bytes: &mut Vec<u8>,
) -> Result<Status, End> {
    let mut rest = part;
    loop {
        if bytes.len() > most {
            bytes.truncate(most);
            return Err(End::TooLong);
        }
        bytes.reserve(AT_ONCE);
        let before = (state.total_in(), state.total_out());
        let status = state
            .decompress_vec(rest, bytes, FlushDecompress::Sync)
            .map_err(|_| End::Malformed)?;
        let used = usize::try_from(state.total_in() - before.0).unwrap_or(rest.len());
        rest = rest.get(used..).unwrap_or_default();
        let has_moved = (state.total_in(), state.total_out()) != before;
        let has_room = bytes.len() < bytes.capacity();
        if status == Status::StreamEnd || (rest.is_empty() && has_room) || !has_moved {
            return Ok(status);
        }
    }
}
