//! `netinspect part`: the small programs of the lessons, which start this program anew for them.

use clap::Args;

use super::super::error::CliError;
use crate::lab::parts::Part;

/// Play a small part in a lesson
#[derive(Args, Debug)]
pub struct PartArgs {
    /// Which
    #[arg(value_parser = Part::named)]
    part: Part,

    /// The server's name or address
    #[arg(default_value = "server")]
    host: String,
}

impl PartArgs {
    /// Plays it.
    ///
    /// # Errors
    ///
    /// A call on the socket fails.
    pub fn run(&self) -> Result<(), CliError> {
        let played = self.part.play(&self.host);
        played.map_err(|error| CliError::Failed(error.to_string()))
    }
}
