//! Frames on their way through several threads that show them, in order.
//!
//! What needs the order of the frames (reading, following, the filter, the numbers) is done by one thread at a
//! time, for a batch of frames. Then the next thread takes its batch, while this one makes text of it. Each waits
//! for its turn to write that.

use std::fs::Metadata;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::error::CliError;
use super::links::Links;
use super::output::Output;
use super::sieve::Sieve;
use crate::capture::Source;
use crate::decode::Decoder;
use crate::decode::kept::Kept;
use crate::model::needs::{Depth, Needs};
use crate::render::View;

/// How many bytes of frames are a batch: few enough that what is made of them stays in a cache. A view that shows
/// every field writes fifty bytes for one, and a text that grows takes up to twice its length.
const fn batch(depth: Depth) -> usize {
    match depth {
        Depth::Headers | Depth::Walk | Depth::Check => 64 * 1024,
        Depth::Expand => 16 * 1024,
    }
}

/// Where frames come from, for one thread at a time.
struct Intake<'a> {
    source: &'a mut (dyn Source + Send),
    sieve: &'a mut Sieve,
    /// How many batches have been taken.
    taken: u64,
    links: Links,
    ended: Option<Result<(), CliError>>,
}

/// Whose turn it is to write, and what has gone wrong with that.
#[derive(Default)]
struct Turn {
    written: u64,
    failed: Option<CliError>,
}

/// A file that takes less time than a thread does to begin.
const SMALL: u64 = 1024 * 1024;

/// How many threads work on a capture where so many are asked for: as many as there are cores where nobody
/// says, and one where the file is small, or waits for somebody.
pub fn threads_for(path: &Path, asked: Option<NonZeroUsize>) -> usize {
    let is_large = |file: Metadata| file.is_file() && file.len() >= SMALL;
    match asked.map_or_else(cores, NonZeroUsize::get) {
        threads if path.metadata().is_ok_and(is_large) => threads,
        _ => 1,
    }
}

/// How many cores there are for this program.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Shows all frames that pass, in as many threads as there are views, all alike; gives the link
/// types of all frames.
///
/// # Errors
///
/// The capture is damaged, after what was before the damage has been shown, or the output cannot be written.
pub fn show(
    source: &mut (dyn Source + Send),
    sieve: &mut Sieve,
    views: Vec<Box<dyn View + Send>>,
) -> Result<Links, CliError> {
    let intake = Mutex::new(Intake {
        source,
        sieve,
        taken: 0,
        links: Links::default(),
        ended: None,
    });
    let turn = (Mutex::new(Turn::default()), Condvar::new());
    thread::scope(|scope| {
        for view in views {
            scope.spawn(|| show_batches(&intake, &turn, view));
        }
    });
    let intake = intake.into_inner().unwrap_or_else(PoisonError::into_inner);
    let turn = turn.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (turn.failed, intake.ended) {
        (Some(failed), _) => Err(failed),
        (None, Some(Err(ended))) => Err(ended),
        (None, _) => Ok(intake.links),
    }
}

/// Takes one batch after the other, until there are no more.
fn show_batches(
    intake: &Mutex<Intake<'_>>,
    turn: &(Mutex<Turn>, Condvar),
    mut view: Box<dyn View + Send>,
) {
    let mut output = Output::in_large_pieces();
    let mut kept = Kept::default();
    let mut decoder = Decoder::new();
    let needs = view.needs();
    loop {
        kept.clear();
        let number = {
            let mut intake = locked(intake);
            intake.fill(&mut kept, needs);
            if kept.is_empty() {
                return;
            }
            intake.taken += 1;
            intake.taken - 1
        };
        kept.show(&mut decoder, needs.depth, |decoded| {
            view.frame(decoded, output.text());
        });
        if !write_in_turn(turn, number, &mut output) {
            // Nobody reads any more.
            locked(intake).ended.get_or_insert(Ok(()));
            return;
        }
    }
}

/// Writes when it is this batch's turn; whether to go on.
fn write_in_turn(turn: &(Mutex<Turn>, Condvar), number: u64, output: &mut Output) -> bool {
    let (turn, changed) = turn;
    let mut turn = changed
        .wait_while(locked(turn), |turn| turn.written != number)
        .unwrap_or_else(PoisonError::into_inner);
    if turn.failed.is_none() {
        turn.failed = output.write_all().err();
    }
    turn.written += 1;
    changed.notify_all();
    turn.failed.is_none()
}

impl Intake<'_> {
    /// Puts by as many frames as make a batch; none at the end.
    fn fill(&mut self, kept: &mut Kept, needs: Needs) {
        while self.ended.is_none() && kept.size() < batch(needs.depth) {
            // Looked at where it is: to copy a frame costs as much as to find its layers.
            let next = self.source.next_frame();
            let Ok(Some(frame)) = &next else {
                self.ended = Some(next.map(|_| ()).map_err(Into::into));
                return;
            };
            self.links.note(frame.link_type);
            self.sieve.sift_and_keep(frame, needs, kept);
        }
    }
}

/// A thread that panicked has left nothing half done that the others would see.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
