//! Writing the captures: classic pcap, pcapng, and pcap inside gzip.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How the frames are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// The classic format, with microseconds.
    Pcap,
    /// The newer format, with microseconds.
    Pcapng,
    /// The classic format, compressed.
    Gzip,
}

impl Container {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Pcap, Self::Pcapng, Self::Gzip];

    /// What its files' names end in.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
            Self::Gzip => "pcap.gz",
        }
    }
}

/// A capture file that is being written. A frame comes every 50 microseconds.
pub struct Sink {
    writer: Box<dyn Write>,
    container: Container,
    microseconds: u64,
}

const BEGINNING: u64 = 1_700_000_000_000_000;
const STEP: u64 = 50;
const ETHERNET: u32 = 1;
const SNAP_LENGTH: u32 = 262_144;

impl Sink {
    /// Begins a file.
    pub fn create(path: &Path, container: Container) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let mut writer: Box<dyn Write> = match container {
            Container::Gzip => Box::new(GzEncoder::new(file, Compression::fast())),
            Container::Pcap | Container::Pcapng => Box::new(file),
        };
        match container {
            Container::Pcap | Container::Gzip => {
                push_numbers(&mut writer, &[0xa1b2_c3d4, 0x0004_0002, 0, 0])?;
                push_numbers(&mut writer, &[SNAP_LENGTH, ETHERNET])?;
            }
            Container::Pcapng => {
                let section = [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28];
                push_numbers(&mut writer, &section)?;
                push_numbers(&mut writer, &[1, 20, ETHERNET, SNAP_LENGTH, 20])?;
            }
        }
        Ok(Self {
            writer,
            container,
            microseconds: BEGINNING,
        })
    }

    /// Writes a frame.
    pub fn frame(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        let time = self.microseconds;
        self.microseconds += STEP;
        let part = |number: u64| u32::try_from(number).map_err(io::Error::other);
        if self.container == Container::Pcapng {
            let padded = length.next_multiple_of(4);
            let total = 32 + padded;
            let (high, low) = (part(time >> 32)?, part(time & 0xffff_ffff)?);
            push_numbers(&mut self.writer, &[6, total, 0, high, low, length, length])?;
            self.writer.write_all(bytes)?;
            self.writer
                .write_all(&[0; 3][..(padded - length) as usize])?;
            return push_numbers(&mut self.writer, &[total]);
        }
        let (seconds, rest) = (part(time / 1_000_000)?, part(time % 1_000_000)?);
        push_numbers(&mut self.writer, &[seconds, rest, length, length])?;
        self.writer.write_all(bytes)
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn push_numbers(writer: &mut impl Write, numbers: &[u32]) -> io::Result<()> {
    let mut bytes = [0; 28];
    for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    writer.write_all(&bytes[..numbers.len() * 4])
}
