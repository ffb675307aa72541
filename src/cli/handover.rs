//! Batches of frames on their way from the thread that finds them to those that show them, and whose turn it is to
//! write.
//!
//! There are a few batches, and their memory goes round.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::error::CliError;
use crate::decode::kept::Kept;

/// Frames that are shown together.
pub struct Batch {
    /// How many batches are before it.
    number: u64,
    /// The frames.
    pub kept: Kept,
}

/// What all threads share.
pub struct Handover {
    state: Mutex<State>,
    /// A batch waits, or no more will.
    came: Condvar,
    /// It is another batch's turn to write.
    turned: Condvar,
    /// How many batches may wait.
    most: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Batch>,
    /// Memory to use again.
    used: Vec<Kept>,
    put: u64,
    written: u64,
    /// No more batches will come.
    is_over: bool,
    /// Nothing more can be written: the reader has gone, or a thread has panicked.
    is_stopped: bool,
    failed: Option<CliError>,
}

impl Handover {
    /// Nothing waits yet, and never more batches than this many.
    pub fn new(most: usize) -> Self {
        Self {
            state: Mutex::default(),
            came: Condvar::new(),
            turned: Condvar::new(),
            most,
        }
    }

    /// Empty memory for a batch.
    pub fn memory(&self) -> Kept {
        self.state().used.pop().unwrap_or_default()
    }

    /// Hands frames over; gives the oldest batch back where too many wait.
    pub fn put(&self, kept: Kept) -> Option<Batch> {
        let mut state = self.state();
        let number = state.put;
        state.put += 1;
        state.waiting.push_back(Batch { number, kept });
        if state.waiting.len() > self.most {
            return state.waiting.pop_front();
        }
        self.came.notify_one();
        None
    }

    /// The oldest batch that waits, once one does; `None` when no more will.
    pub fn take(&self) -> Option<Batch> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_over;
        let state = self.came.wait_while(self.state(), is_idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.waiting.pop_front()
    }

    /// The oldest batch that waits now.
    pub fn take_if_any(&self) -> Option<Batch> {
        self.state().waiting.pop_front()
    }

    /// Writes when it is this batch's turn, and not at all where that is in vain.
    pub fn write_in_turn(&self, batch: Batch, write: impl FnOnce() -> Result<(), CliError>) {
        let is_early = |state: &mut State| state.written != batch.number && !state.is_stopped;
        let state = self.turned.wait_while(self.state(), is_early);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        if state.is_stopped {
            return;
        }
        // The others take and put batches meanwhile.
        drop(state);
        let written = write();
        let mut kept = batch.kept;
        kept.clear();
        let mut state = self.state();
        state.written += 1;
        state.used.push(kept);
        if let Err(failed) = written {
            state.failed = Some(failed);
            self.stop(&mut state);
        }
        self.turned.notify_all();
    }

    /// Whether what is found now would never be written.
    pub fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    /// When the thread that holds this leaves, no more batches come; and if it panics, nobody waits for it.
    pub const fn ends_with_me(&self) -> End<'_> {
        End(self)
    }

    /// Whether everything could be written, when all is over.
    ///
    /// # Errors
    ///
    /// It could not.
    pub fn written(&self) -> Result<(), CliError> {
        self.state().failed.take().map_or(Ok(()), Err)
    }

    fn stop(&self, state: &mut State) {
        state.is_stopped = true;
        state.waiting.clear();
        self.end(state);
        self.turned.notify_all();
    }

    fn end(&self, state: &mut State) {
        state.is_over = true;
        self.came.notify_all();
    }

    /// Nothing that can panic is done while the state is held.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the handover when it is dropped.
pub struct End<'a>(&'a Handover);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if thread::panicking() {
            self.0.stop(&mut state);
        } else {
            self.0.end(&mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(handover: &Handover) -> Vec<u64> {
        let waiting = std::iter::from_fn(|| handover.take_if_any());
        waiting.map(|batch| batch.number).collect()
    }

    #[test]
    fn where_too_many_wait_the_oldest_comes_back() {
        let handover = Handover::new(2);
        let back: Vec<Option<u64>> = (0..4)
            .map(|_| handover.put(Kept::default()).map(|batch| batch.number))
            .collect();
        assert_eq!(back, [None, None, Some(0), Some(1)]);
        assert_eq!(numbers(&handover), [2, 3]);
    }

    #[test]
    fn batches_are_written_in_their_order_whoever_is_ready_first() {
        let handover = Handover::new(2);
        let written = Mutex::new(Vec::new());
        handover.put(Kept::default());
        handover.put(Kept::default());
        let [first, second] = [(); 2].map(|()| handover.take().unwrap());
        thread::scope(|scope| {
            let write = |batch: Batch| {
                let number = batch.number;
                handover.write_in_turn(batch, || {
                    written.lock().unwrap().push(number);
                    Ok(())
                });
            };
            scope.spawn(move || write(second));
            write(first);
        });
        assert_eq!(written.into_inner().unwrap(), [0, 1]);
        assert!(handover.written().is_ok());
    }

    #[test]
    fn what_cannot_be_written_stops_everybody_and_is_told() {
        let handover = Handover::new(2);
        handover.put(Kept::default());
        handover.put(Kept::default());
        let first = handover.take().unwrap();
        handover.write_in_turn(first, || Err(CliError::OutputClosed));
        assert!(handover.is_stopped());
        assert!(handover.take().is_none());
        assert!(matches!(handover.written(), Err(CliError::OutputClosed)));
    }

    #[test]
    fn nobody_waits_for_a_thread_that_panicked() {
        let handover = Handover::new(2);
        handover.put(Kept::default());
        handover.put(Kept::default());
        let [first, second] = [(); 2].map(|()| handover.take().unwrap());
        thread::scope(|scope| {
            let panicked = scope.spawn(|| {
                let (_first, _end) = (first, handover.ends_with_me());
                panic!("as a fault of this program would");
            });
            assert!(panicked.join().is_err());
            handover.write_in_turn(second, || panic!("out of turn"));
            assert!(handover.take().is_none());
        });
    }
}
