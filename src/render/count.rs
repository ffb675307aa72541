//! How many frames there are: for questions whose answer is a number.

use super::View;
use crate::model::draft::Draft;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::model::text;

/// The view of nothing but the number of frames.
#[derive(Debug, Default)]
pub struct Count {
    frames: u64,
}

impl View for Count {
    fn needs(&self) -> Needs {
        Needs::FRAME
    }

    fn frame(&mut self, _: &Decoded<'_>, _: &mut Draft) {
        self.frames += 1;
    }

    fn end(&mut self, out: &mut String) {
        text::push_number(out, self.frames);
        out.push('\n');
    }
}
