//! Frames on their way through several threads that show them, in order.
//!
//! What needs the order of the frames (reading, following, the filter, the numbers) is done by one thread from first
//! to last: what it looks things up in stays in the cache of its core. It puts batches of frames by, and the others
//! make text of them. Where they are slower than it is, it makes text of the oldest batch itself. Each waits for
//! its turn to write.

use std::fs::Metadata;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use super::error::CliError;
use super::handover::{Batch, Handover};
use super::links::Links;
use super::output::Output;
use super::sieve::Sieve;
use crate::capture::Source;
use crate::decode::Decoder;
use crate::decode::kept::Kept;
use crate::model::needs::Needs;
use crate::render::View;

/// How many frames are a batch at most: so many that it does not count what it takes to wake a thread that waits for
/// them, which is as much as to decode a hundred.
const MOST_FRAMES: usize = 2048;

/// How many bytes of text are made of a batch at most, about, and how many fields are put by with it, where a filter
/// has asked for them: so few that batches take little memory.
const MOST_TEXT: usize = 1024 * 1024;
const MOST_FIELDS: usize = 16 * 1024;

/// A file that takes less time than a thread does to begin.
const SMALL: u64 = 1024 * 1024;

/// How many threads work on a capture where so many are asked for: as many as there are cores where nobody
/// says, and one where the file is small, or waits for somebody, or there is one core: two threads that share it
/// would only hand over.
pub fn threads_for(path: &Path, asked: Option<NonZeroUsize>) -> usize {
    let is_large = |file: Metadata| file.is_file() && file.len() >= SMALL;
    if asked.is_some_and(|asked| asked.get() == 1) || !path.metadata().is_ok_and(is_large) {
        return 1;
    }
    match cores() {
        1 => 1,
        cores => asked.map_or(cores, NonZeroUsize::get),
    }
}

/// How many cores there are for this program.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Shows all frames that pass, in as many threads as there are views, all alike; gives the link
/// types of all frames.
///
/// # Errors
///
/// The capture is damaged, after what was before the damage has been shown, or the output cannot be written.
pub fn show(
    source: &mut dyn Source,
    sieve: &mut Sieve,
    views: Vec<Box<dyn View + Send>>,
) -> Result<Links, CliError> {
    let mut makers = views.into_iter().map(TextMaker::new);
    let Some(mut own) = makers.next() else {
        return Ok(Links::default());
    };
    let handover = Handover::new(makers.len());
    let found = thread::scope(|scope| {
        for mut maker in makers {
            let handover = &handover;
            scope.spawn(move || {
                let _end = handover.ends_with_me();
                while let Some(batch) = handover.take() {
                    maker.show(batch, handover);
                }
            });
        }
        let _end = handover.ends_with_me();
        find(source, sieve, &mut own, &handover)
    });
    handover.written()?;
    found
}

/// Puts all frames that pass by, batch after batch, and shows those that nobody else has the time for.
fn find(
    source: &mut dyn Source,
    sieve: &mut Sieve,
    own: &mut TextMaker,
    handover: &Handover,
) -> Result<Links, CliError> {
    let mut links = Links::default();
    let mut read = Ok(true);
    while matches!(read, Ok(true)) && !handover.is_stopped() {
        let mut kept = handover.memory();
        read = fill(&mut kept, source, sieve, own, &mut links);
        if kept.frames() > 0
            && let Some(oldest) = handover.put(kept)
        {
            own.show(oldest, handover);
        }
    }
    while let Some(batch) = handover.take_if_any() {
        own.show(batch, handover);
    }
    read.map(|_| links)
}

/// Puts by as many frames as make a batch; whether there may be more.
fn fill(
    kept: &mut Kept,
    source: &mut dyn Source,
    sieve: &mut Sieve,
    maker: &TextMaker,
    links: &mut Links,
) -> Result<bool, CliError> {
    let most_bytes = MOST_TEXT / maker.view.text_per_byte();
    while kept.frames() < MOST_FRAMES && kept.bytes() < most_bytes && kept.fields() < MOST_FIELDS {
        // Looked at where it is: to copy a frame costs as much as to find its layers.
        let Some(frame) = &source.next_frame()? else {
            return Ok(false);
        };
        links.note(frame.link_type);
        sieve.sift_and_keep(frame, maker.needs, kept);
    }
    Ok(true)
}

/// What one thread makes text with.
struct TextMaker {
    view: Box<dyn View + Send>,
    needs: Needs,
    decoder: Decoder,
    output: Output,
}

impl TextMaker {
    fn new(view: Box<dyn View + Send>) -> Self {
        Self {
            needs: view.needs(),
            view,
            decoder: Decoder::new(),
            output: Output::in_large_pieces(),
        }
    }

    /// Shows a batch when it is its turn.
    fn show(&mut self, batch: Batch, handover: &Handover) {
        let (view, output) = (&mut self.view, &mut self.output);
        batch
            .kept
            .show(&mut self.decoder, self.needs.depth, |decoded| {
                view.frame(decoded, output.draft());
            });
        handover.write_in_turn(batch, || output.write_all());
    }
}
