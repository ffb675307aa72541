//! `netinspect part`: the small programs of the lessons, which start this program anew for them.

use clap::{Args, ValueEnum};

use super::super::error::CliError;
use crate::lab::parts::{Part, play};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PartName {
    Count,
    AskForCount,
    ReadLate,
    SendMuch,
    LeaveUnread,
    ExpectAnswer,
}

impl From<PartName> for Part {
    fn from(name: PartName) -> Self {
        match name {
            PartName::Count => Self::Count,
            PartName::AskForCount => Self::AskForCount,
            PartName::ReadLate => Self::ReadLate,
            PartName::SendMuch => Self::SendMuch,
            PartName::LeaveUnread => Self::LeaveUnread,
            PartName::ExpectAnswer => Self::ExpectAnswer,
        }
    }
}

/// Play a small part in a lesson
#[derive(Args, Debug)]
pub struct PartArgs {
    /// Which
    #[arg(value_enum)]
    part: PartName,

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
        play(self.part.into(), &self.host).map_err(|error| CliError::Failed(error.to_string()))
    }
}
