//! Frames on their way into a capture file, each with a comment that says what it is there for.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;

use super::error::CliError;
use super::output::tell;
use crate::capture::Interface;
use crate::capture::series::{Rotation, Series};
use crate::capture::write::{Existing, Format};
use crate::explain::story;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;

/// The options that ask for a capture file.
#[derive(Args, Debug)]
#[command(next_help_heading = "Writing a capture file")]
pub struct WriteArgs {
    /// Write the frames to this file too: pcapng with a comment on each frame, or pcap when the name ends in .pcap
    #[arg(short, long, value_name = "FILE")]
    write: Option<PathBuf>,

    /// Overwrite that file when it is there already
    #[arg(long, requires = "write")]
    force: bool,
}

/// The options that ask for a series of files.
#[derive(Args, Debug)]
#[command(next_help_heading = "Writing a capture file")]
pub struct RotationArgs {
    /// Begin the next file before one has more than so many bytes: 500k, 10M, 1G; files are called NAME-00001.pcapng and so on
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, requires = "write")]
    rotate_size: Option<u64>,

    /// Begin the next file when one has frames of so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_interval, requires = "write")]
    rotate_time: Option<Duration>,

    /// Keep only the last N files of the series
    #[arg(long, value_name = "N", requires = "write")]
    keep: Option<NonZeroUsize>,
}

impl RotationArgs {
    /// What was asked for.
    ///
    /// # Errors
    ///
    /// Files are to be given up, but nothing tells when the next one begins.
    pub fn rotation(&self) -> Result<Rotation, CliError> {
        let rotation = Rotation {
            size: self.rotate_size,
            time: self.rotate_time,
            keep: self.keep,
        };
        if self.keep.is_some() && self.rotate_size.is_none() && self.rotate_time.is_none() {
            return Err(CliError::Usage(
                "--keep is about a series of files: add --rotate-size 10M or --rotate-time 60"
                    .to_owned(),
            ));
        }
        Ok(rotation)
    }
}

/// A number of bytes as typed: `65536`, `500k`, `10M`, `1G`, in powers of 1000 as disks are sold.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    let bytes = digits.parse::<u64>().ok();
    bytes
        .and_then(|bytes| bytes.checked_mul(unit))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "a number of bytes, such as 500k, 10M or 1G, is expected".to_owned())
}

impl WriteArgs {
    /// Whether the frames go to standard output, where nothing else can be shown then.
    pub fn takes_output(&self) -> bool {
        self.write.as_deref() == Some(Path::new("-"))
    }

    /// Whether frames are written.
    pub const fn is_given(&self) -> bool {
        self.write.is_some()
    }

    /// Makes the file, where one is asked for.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be made.
    pub fn create(&self, interfaces: &[Interface]) -> Result<Option<Recording>, CliError> {
        self.create_series(interfaces, Rotation::default())
    }

    /// Makes the file, or the first one of a series, where one is asked for.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be made.
    pub fn create_series(
        &self,
        interfaces: &[Interface],
        rotation: Rotation,
    ) -> Result<Option<Recording>, CliError> {
        let Some(path) = &self.write else {
            return Ok(None);
        };
        if self.takes_output() && rotation != Rotation::default() {
            return Err(CliError::Usage(
                "a series of files needs a name, and - is standard output: --write live.pcapng"
                    .to_owned(),
            ));
        }
        let existing = if self.force {
            Existing::Overwrite
        } else {
            Existing::Keep
        };
        let series = Series::create(path, interfaces, existing, rotation)?;
        if Format::of_name(path) == Format::Pcap {
            tell(
                "a .pcap file holds no comments, directions and interface names; a .pcapng file does",
            );
        }
        Ok(Some(Recording {
            series,
            handed_over: Instant::now(),
            comment: String::new(),
        }))
    }
}

/// How often the file is brought up to date, for whoever reads it meanwhile.
const AT_LEAST_EVERY: Duration = Duration::from_secs(1);

/// A capture file that is being written.
#[derive(Debug)]
pub struct Recording {
    series: Series,
    /// When the system last got all there was.
    handed_over: Instant,
    comment: String,
}

impl Recording {
    /// What it needs of its frames.
    pub const NEEDS: Needs = Needs::STORY;

    /// Writes one frame, decoded as deep as [`Self::NEEDS`] says, and what it is there for.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn frame(&mut self, decoded: &Decoded<'_>) -> Result<(), CliError> {
        self.frame_with(decoded, |_| {})
    }

    /// Writes one frame, what it is there for, and the lines that `more` adds.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn frame_with(
        &mut self,
        decoded: &Decoded<'_>,
        more: impl FnOnce(&mut String),
    ) -> Result<(), CliError> {
        let frame = decoded.frame;
        self.comment.clear();
        story::push_frame(decoded, &mut self.comment);
        for harm in frame.harms() {
            let _ = write!(self.comment, "\n{harm}");
        }
        more(&mut self.comment);
        self.series.frame(frame, Some(&self.comment))?;
        if self.handed_over.elapsed() >= AT_LEAST_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes a part of a key log, which opens frames behind it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn key_log(&mut self, log: &[u8]) -> Result<(), CliError> {
        Ok(self.series.key_log(log)?)
    }

    /// From here on, frames are written in short first, and again when more is known of them; whether that can
    /// be, as it can in a file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn begin_draft(&mut self) -> Result<bool, CliError> {
        let Some(file) = self.series.only_file() else {
            return Ok(false);
        };
        file.mark()?;
        Ok(true)
    }

    /// Begins to write the frames of the draft again. Until [`Recording::end_fair_copy`], the file keeps the
    /// draft.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn begin_fair_copy(&mut self) -> Result<(), CliError> {
        match self.series.only_file() {
            Some(file) => Ok(file.begin_anew()?),
            None => Ok(()),
        }
    }

    /// Puts what was written since in the place of the draft.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn end_fair_copy(&mut self) -> Result<(), CliError> {
        match self.series.only_file() {
            Some(file) => Ok(file.end_anew()?),
            None => Ok(()),
        }
    }

    /// Hands everything over to the system: the file is whole as it is.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), CliError> {
        self.handed_over = Instant::now();
        Ok(self.series.flush()?)
    }
}
