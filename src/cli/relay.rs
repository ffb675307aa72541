//! Two threads that count: one reads and finds who sends to whom, the other counts it.
//!
//! Each keeps what it looks things up in: the table of conversations would not stay in the cache of a core, were
//! it filled by both. What goes from one to the other is a few numbers a frame.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use super::counting::Counting;
use super::error::CliError;
use super::links::Links;
use super::sieve::Sieve;
use super::stats::each_frame;
use crate::capture::Source;
use crate::flow::statistics::peers::{Exchange, Level, exchanges};
use crate::model::needs::Needs;

/// How many exchanges go over at a time: so many that it does not count what it takes to wake a thread.
const BATCH: usize = 8192;

/// How many batches may wait.
const WAITING: usize = 2;

/// Counts what is exchanged in every frame that passes the sieve; gives the link types of all frames.
///
/// # Errors
///
/// The capture is damaged, after what was before the damage has been counted.
pub fn count(
    source: &mut (dyn Source + Send),
    sieve: &mut Sieve,
    counting: &mut Counting,
) -> Result<Links, CliError> {
    let (hand, take) = sync_channel(WAITING);
    let (give_back, used) = channel();
    let (levels, needs) = (counting.levels(), counting.needs());
    thread::scope(|scope| {
        let finder = scope.spawn(move || find(source, sieve, needs, &levels, &hand, &used));
        for mut batch in take {
            for exchange in batch.drain(..) {
                counting.add_exchange(&exchange);
            }
            // Who found the last one is gone.
            let _ = give_back.send(batch);
        }
        finder.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Hands over what is exchanged in every frame that passes the sieve, in memory that comes back.
fn find(
    source: &mut dyn Source,
    sieve: &mut Sieve,
    needs: Needs,
    levels: &[Level],
    hand: &SyncSender<Vec<Exchange>>,
    used: &Receiver<Vec<Exchange>>,
) -> Result<Links, CliError> {
    let mut batch = Vec::with_capacity(BATCH);
    let hand_over = |batch: &mut Vec<Exchange>| {
        let empty = used.try_recv().unwrap_or_default();
        // Who counts ends only when nobody finds any more.
        let _ = hand.send(std::mem::replace(batch, empty));
    };
    let read = each_frame(source, sieve, needs, |decoded, time| {
        for level in levels {
            batch.extend(exchanges(decoded, *level, time));
        }
        if batch.len() >= BATCH {
            hand_over(&mut batch);
        }
    });
    hand_over(&mut batch);
    read
}
