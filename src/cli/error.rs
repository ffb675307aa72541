//! What a command can end with, and the exit code that says so: 0 fine, 1 it failed, 2 the call was wrong.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

use super::output::tell;
use crate::capture::CaptureError;
use crate::filter::FilterError;
use crate::lab::chat::ChatError;
use crate::lab::{FaultError, LabError};
use crate::render::fields::UnknownField;

/// Why a command ended early.
#[derive(Debug, Error)]
pub enum CliError {
    /// What was asked for cannot be understood.
    #[error("{0}")]
    Usage(String),
    /// A column was asked for that is no field.
    #[error(transparent)]
    UnknownField(#[from] UnknownField),
    /// The display filter cannot be understood.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A fault of the cable cannot be understood.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// Reading, capturing or writing frames failed.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// Whoever read the output has seen enough; that is no error.
    #[error("the reader of the output has gone")]
    OutputClosed,
    /// The lab cannot be built here.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A chat program ended early.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// Somebody asked to stop: Ctrl-C (the number of the signal).
    #[error("stopped by signal {0}")]
    Interrupted(i32),
    /// Privilege cannot be given up, and with it nothing of a stranger's is looked at.
    #[error("cannot give up privilege before looking at foreign bytes: {0}")]
    Privilege(#[source] io::Error),
    /// Something else failed; the text says what and what to do.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// Whether an exchange that ends with it was cut short, its programs having still been at work: they took too
    /// long, or somebody pressed Ctrl-C.
    pub const fn cuts_short(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Interrupted(_))
    }

    /// Says what went wrong, on standard error, where there is anything to say; gives the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::OutputClosed => ExitCode::SUCCESS,
            Self::Capture(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
            Self::Usage(_) | Self::UnknownField(_) | Self::Filter(_) | Self::Fault(_) => {
                self.say();
                ExitCode::from(2)
            }
            // As shells report a program that a signal ended.
            Self::Interrupted(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
            Self::Lab(_)
            | Self::Chat(_)
            | Self::Capture(_)
            | Self::Output(_)
            | Self::Privilege(_)
            | Self::Failed(_) => {
                self.say();
                ExitCode::FAILURE
            }
        }
    }

    fn say(&self) {
        tell(&self.to_string());
    }
}
