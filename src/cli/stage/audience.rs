//! Who is told what happens on stage.

use super::super::error::CliError;
use crate::lab::{Line, RecordedFrame};
use crate::model::call::{Call, Omitted};
use crate::model::frame::Timestamp;

/// Who is told what happens.
pub trait Audience {
    /// A frame crossed the cable.
    ///
    /// # Errors
    ///
    /// It cannot be shown or written.
    fn frame(&mut self, frame: &RecordedFrame) -> Result<(), CliError>;

    /// A frame that was on its way when it was told of has been delivered.
    fn delivered(&mut self, number: u64);

    /// A program left a system call, or will never leave it.
    ///
    /// # Errors
    ///
    /// What was kept until now cannot be shown.
    fn call(&mut self, call: Call) -> Result<(), CliError>;

    /// So many calls of a program were left out.
    fn omitted(&mut self, omitted: Omitted);

    /// The exchange is over: what comes now is its programs' being ended.
    fn over(&mut self, time: Timestamp);

    /// A program wrote a line.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn line(&mut self, line: &Line) -> Result<(), CliError>;

    /// The client may be given a line: a prompt can be shown.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn prompt(&mut self) -> Result<(), CliError>;

    /// This was typed at the last prompt; `None`: nothing, and nothing will be.
    ///
    /// # Errors
    ///
    /// It cannot be shown.
    fn typed(&mut self, line: Option<&str>) -> Result<(), CliError>;
}
