//! Frames on their way into a capture file, each with a comment that says what it is there for.

use std::path::PathBuf;

use clap::Args;

use super::error::CliError;
use crate::capture::Interface;
use crate::capture::write::{Existing, Format, Writer};
use crate::decode::Decoder;
use crate::explain::story::Story;
use crate::model::frame::Frame;

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

impl WriteArgs {
    /// Makes the file, where one is asked for.
    ///
    /// # Errors
    ///
    /// The file is there already, or cannot be made.
    pub fn create(&self, interfaces: &[Interface]) -> Result<Option<Recording>, CliError> {
        let Some(path) = &self.write else {
            return Ok(None);
        };
        let existing = if self.force {
            Existing::Overwrite
        } else {
            Existing::Keep
        };
        let writer = Writer::create(path, interfaces, existing)?;
        if Format::of_name(path) == Format::Pcap {
            eprintln!(
                "netinspect: a .pcap file holds no comments, directions and interface names; a .pcapng file does"
            );
        }
        Ok(Some(Recording {
            writer,
            decoder: Decoder::new(),
            story: Story::default(),
            comment: String::new(),
        }))
    }
}

/// A capture file that is being written.
#[derive(Debug)]
pub struct Recording {
    writer: Writer,
    decoder: Decoder,
    story: Story,
    comment: String,
}

impl Recording {
    /// Writes one frame and what it is there for.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn frame(&mut self, frame: &Frame<'_>) -> Result<(), CliError> {
        self.comment.clear();
        let decoded = self.decoder.check(frame);
        self.story.push_frame(&decoded, &mut self.comment);
        Ok(self.writer.frame(frame, Some(&self.comment))?)
    }

    /// Hands everything over to the system.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish(&mut self) -> Result<(), CliError> {
        Ok(self.writer.flush()?)
    }
}
