//! What is compressed with gzip (RFC 1952): members, one behind the other.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// How much of the compressed bytes is read at a time.
const PIECE: usize = 32 * 1024;

/// How a member begins: RFC 1952, section 2.3.1.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

type Compressed = BufReader<Box<dyn Read + Send>>;

/// The contents of all members.
pub struct Members {
    decoder: GzDecoder<Compressed>,
    over: bool,
}

impl Members {
    /// Of what `reader` gives.
    pub fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            decoder: GzDecoder::new(BufReader::with_capacity(PIECE, reader)),
            over: false,
        }
    }

    /// Goes on with the next member, where there is one.
    fn go_on(&mut self) -> io::Result<()> {
        match first_behind(self.decoder.get_mut())? {
            None => self.over = true,
            Some(first) if first == MAGIC[0] => {
                // It begins anew only with another reader: with this one again.
                let none = BufReader::with_capacity(0, Box::new(io::empty()) as _);
                let reader = self.decoder.reset(none);
                self.decoder.reset(reader);
            }
            Some(_) => {
                self.over = true;
                let what = "what was compressed ends here, and other bytes follow it in the file; gzip -dc leaves them out";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
        Ok(())
    }
}

impl Read for Members {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.decoder.read(into)?;
            if count > 0 || into.is_empty() || self.over {
                return Ok(count);
            }
            self.go_on()?;
        }
    }
}

/// The first byte behind a member that is not 0: zeros fill the last block of a tape, and gzip passes over them.
fn first_behind(reader: &mut Compressed) -> io::Result<Option<u8>> {
    loop {
        let there = reader.fill_buf()?;
        let zeros = there.iter().take_while(|byte| **byte == 0).count();
        let (first, is_end) = (there.get(zeros).copied(), there.is_empty());
        reader.consume(zeros);
        if first.is_some() || is_end {
            return Ok(first);
        }
    }
}
