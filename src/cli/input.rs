//! A capture to be read: opened with what the user may open, and looked at with no privilege at all.

use std::path::Path;

use super::error::CliError;
use super::progress;
use crate::capture::Source;
use crate::privilege::sandbox;

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
