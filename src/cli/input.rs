//! A capture to be read: opened with what the user may open, and looked at with no privilege at all.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CliError;
use super::progress;
use crate::capture::Source;
use crate::privilege::sandbox;

/// The capture that a command reads, by its place or as tcpdump and tshark take it.
#[derive(Args, Debug)]
pub struct InputArgs {
    /// The capture: pcap or pcapng, plain or gzip; - for standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "read",
        conflicts_with = "read"
    )]
    file: Option<PathBuf>,

    /// The capture, as tcpdump and tshark take it
    #[arg(short = 'r', long, value_name = "FILE")]
    read: Option<PathBuf>,
}

impl InputArgs {
    /// Where it is; `-` is standard input.
    pub fn path(&self) -> &Path {
        let named = self.file.as_deref().or(self.read.as_deref());
        named.unwrap_or_else(|| Path::new("-"))
    }
}

/// Opens a capture file (`-` is standard input), gives up everything else, and looks what it is. Nothing
/// can be opened after this.
///
/// # Errors
///
/// The file cannot be opened, is empty, or is no capture; or privilege cannot be given up.
pub fn open(path: &Path) -> Result<Box<dyn Source + Send>, CliError> {
    let unread = progress::open(path)?;
    sandbox::enter().map_err(CliError::Privilege)?;
    Ok(unread.recognise()?)
}
