//! One file per output. A view turns decoded frames into text; what it needs of a
//! protocol is in the field tables, but for the bytes around a frame on Ethernet, which the layer card counts.
//! Nothing here decides where the text goes.
//!
//! Uses `model` and the results of `decode`, `flow` and `explain`; knows no command line and no file.

#![forbid(unsafe_code)]

mod abreast;
mod call_line;
pub mod calls;
pub mod card;
mod code;
pub mod comparison;
pub mod count;
pub mod diagnoses;
pub mod exchange;
pub mod fields;
pub mod fit;
pub mod follow;
pub mod header;
pub mod hex;
pub mod json;
pub mod list;
pub mod meaning;
mod memo;
pub mod models;
pub mod ruler;
pub mod sequence;
mod shape;
pub mod statistics;
mod sums;
pub mod table;
pub mod theme;
pub mod topic;
pub mod tree;
pub mod width;

use std::sync::Arc;

use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::draft::Draft;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;

/// Something that turns frames into text, one after the other.
pub trait View {
    /// What it needs of its frames.
    fn needs(&self) -> Needs;

    /// How many bytes of text it makes of a byte of a frame, about and at most: of a short frame more than of a long
    /// one. What is made at a time is bounded by it.
    fn text_per_byte(&self) -> usize {
        1
    }

    /// Appends what stands before the first frame.
    fn begin(&mut self, _out: &mut String) {}

    /// Appends one frame.
    fn frame(&mut self, decoded: &Decoded<'_>, out: &mut Draft);

    /// Before the first frame: what is known of calls and frames together, where programs were followed.
    fn causes(&mut self, _causes: &Arc<Causes>) {}

    /// Appends a moment of a program's calls, told at `time` nanoseconds after the first frame. Views of
    /// frames alone leave calls out.
    fn call(&mut self, _moment: &Moment<'_>, _time: i64, _out: &mut String) {}

    /// Appends what went wrong, where the view has a place for it; whether it has.
    fn diagnoses(&mut self, _told: &diagnoses::Told<'_>, _out: &mut String) -> bool {
        false
    }

    /// Appends what stands after the last frame.
    fn end(&mut self, _out: &mut String) {}
}
