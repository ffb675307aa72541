//! Folding frames: where many follow each other and neither a send nor a receive has its border among them,
//! the first and the last say enough.

use std::collections::BTreeSet;
use std::ops::Bound::Excluded;

use super::{Fate, Glyphs, Mark, Strip, counted};

/// The strip with its long runs of frames folded.
pub(super) fn frames_of(strip: &Strip, glyphs: Glyphs) -> Strip {
    let mut frames = strip.frames.clone();
    frames.sort_by_key(|frame| frame.bytes.start);
    let borders: BTreeSet<u64> = [&strip.sends, &strip.receives]
        .into_iter()
        .flatten()
        .flat_map(|mark| [mark.bytes.start, mark.bytes.end])
        .collect();
    let mut folded = Vec::new();
    for run in runs(&frames, &borders) {
        match run {
            [first, between @ .., last] if between.len() > 1 && are_plain(run) => {
                folded.extend([first.clone(), joined(between, glyphs), last.clone()]);
            }
            others => folded.extend_from_slice(others),
        }
    }
    Strip {
        frames: folded,
        ..strip.clone()
    }
}

/// Frames that follow each other without a gap, an overlap or a border between them.
fn runs<'a>(frames: &'a [Mark], borders: &BTreeSet<u64>) -> impl Iterator<Item = &'a [Mark]> {
    frames.chunk_by(|one, next| {
        let among = (Excluded(one.bytes.start), Excluded(next.bytes.end));
        // A range must not end before it begins, which an empty one would.
        one.bytes.end == next.bytes.start
            && one.bytes.start < next.bytes.end
            && borders.range(among).next().is_none()
    })
}

fn are_plain(run: &[Mark]) -> bool {
    run.iter().all(|frame| frame.fate == Fate::Done)
}

fn joined(frames: &[Mark], glyphs: Glyphs) -> Mark {
    let dots = if glyphs == Glyphs::Ascii {
        "..."
    } else {
        "⋯"
    };
    let bounds = frames.first().zip(frames.last());
    Mark {
        bytes: bounds.map_or(0..0, |(first, last)| first.bytes.start..last.bytes.end),
        end: frames.iter().any(|frame| frame.end),
        label: format!("{dots} {}", counted(frames.len(), "frame")),
        fate: Fate::Done,
    }
}
