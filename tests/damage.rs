//! Every fixture, damaged in every place: cut at each byte, each byte changed, its records in another order.
//!
//! Whatever is done, the reader ends with frames or a clear error, every good frame before the damage is
//! lent as it was, and no law of a frame is broken.

mod common;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use common::decoding::{assert_every_bit_has_one_owner, views_of};
use common::fixtures::captures;
use common::laws::capture::{read, records};
use common::laws::frame::assert_steers_no_terminal;
use netinspect::model::frame::Frame;
use proptest::prelude::*;
use proptest::sample::Index;

/// A fixture.
#[derive(Clone, Debug)]
struct Fixture {
    path: PathBuf,
    bytes: Vec<u8>,
    frames: Vec<Vec<u8>>,
}

impl Fixture {
    fn open(path: PathBuf) -> Self {
        let bytes = fs::read(&path).unwrap();
        Self::of(path, bytes)
    }

    fn of(path: PathBuf, bytes: Vec<u8>) -> Self {
        let mut frames = Vec::new();
        read(&bytes, |frame| frames.push(frame.bytes.to_vec()));
        Self {
            path,
            bytes,
            frames,
        }
    }

    /// It in pieces, each a capture of its own: some of its frames, behind all records before them that hold none.
    /// What is far from the damage has no part in it, and would be read once for each byte.
    fn into_pieces(self) -> Vec<Self> {
        let records = records(&self.bytes);
        let first = records
            .first()
            .map_or(self.bytes.len(), |first| first.start);
        let last = records.last().map_or(first, |last| last.end);
        let mut head = self.bytes[..first].to_vec();
        let mut piece = head.clone();
        let mut pieces = Vec::new();
        for record in records {
            let bytes = &self.bytes[record.start..record.end];
            let is_full = piece.len() - head.len() >= PIECE;
            if piece.len() > head.len() && (is_full || !record.has_frame) {
                pieces.push(std::mem::replace(&mut piece, head.clone()));
            }
            piece.extend(bytes);
            if !record.has_frame {
                head.extend(bytes);
            }
        }
        piece.extend(&self.bytes[last..]);
        pieces.push(piece);
        let of = |bytes| Self::of(self.path.clone(), bytes);
        pieces.into_iter().map(of).collect()
    }

    /// What damaged bytes of it give: how many frames are as they were, from the first on. Those that are
    /// not are held to the laws.
    fn good_frames_of(&self, damaged: &[u8]) -> usize {
        let mut good = 0;
        read(damaged, |frame| {
            let number = usize::try_from(frame.number).unwrap() - 1;
            if self.frames.get(number).map(Vec::as_slice) == Some(frame.bytes) {
                good += usize::from(good == number);
            } else {
                assert_shown(frame, &self.path);
            }
        });
        good
    }
}

/// How many bytes of records a piece has at least, but for the last.
const PIECE: usize = 1_000;

/// Of so many damaged frames, one is shown in every view, which takes most of the time.
const SHOWN: usize = 16;

/// The laws that are worth their time on tens of thousands of frames.
fn assert_shown(frame: &Frame<'_>, path: &Path) {
    assert_every_bit_has_one_owner(frame);
    let sum: usize = frame.bytes.iter().copied().map(usize::from).sum();
    if !sum.is_multiple_of(SHOWN) {
        return;
    }
    for (name, text) in views_of(frame) {
        assert_steers_no_terminal(name, &text);
        assert!(!text.is_empty(), "{name} of {}", path.display());
    }
}

fn fixtures() -> impl Iterator<Item = Fixture> {
    captures().into_iter().map(Fixture::open)
}

fn is_packed(fixture: &Fixture) -> bool {
    fixture.bytes.starts_with(&[0x1f, 0x8b])
}

/// Does this with each piece of each fixture, with as many at a time as there is room for.
fn for_each_piece(case: impl Fn(&Fixture) + Sync) {
    let plain = fixtures().filter(|fixture| !is_packed(fixture));
    let waiting: Mutex<Vec<Fixture>> = Mutex::new(plain.flat_map(Fixture::into_pieces).collect());
    let workers = thread::available_parallelism().map_or(2, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().pop();
                    let Some(piece) = next else { return };
                    case(&piece);
                }
            });
        }
    });
}

#[test]
fn the_pieces_of_a_capture_have_all_its_frames() {
    for fixture in fixtures().filter(|fixture| !is_packed(fixture)) {
        let path = fixture.path.clone();
        let all = fixture.frames.clone();
        let pieces = fixture.into_pieces();
        let in_pieces: Vec<_> = pieces.into_iter().flat_map(|piece| piece.frames).collect();
        assert_eq!(in_pieces, all, "{}", path.display());
    }
}

#[test]
fn a_capture_cut_at_any_byte_gives_every_frame_that_is_whole() {
    for_each_piece(|fixture| {
        let records = records(&fixture.bytes);
        for end in 0..fixture.bytes.len() {
            let ends = records.iter().map(|record| (record.has_frame, record.end));
            let whole = ends.filter(|(has_frame, last)| *has_frame && *last <= end);
            assert_eq!(
                fixture.good_frames_of(&fixture.bytes[..end]),
                whole.count(),
                "{} cut at {end}",
                fixture.path.display()
            );
        }
    });
}

#[test]
fn a_packed_capture_cut_at_any_byte_gives_no_frame_that_was_not_in_it() {
    for fixture in fixtures().filter(is_packed) {
        let mut before = 0;
        for end in 0..fixture.bytes.len() {
            let good = fixture.good_frames_of(&fixture.bytes[..end]);
            assert!(good >= before, "{} cut at {end}", fixture.path.display());
            before = good;
        }
    }
}

#[test]
fn a_capture_with_any_byte_changed_gives_every_frame_before_the_change() {
    for_each_piece(|fixture| {
        let records = records(&fixture.bytes);
        let mut damaged = fixture.bytes.clone();
        for place in 0..damaged.len() {
            let ends = records.iter().filter(|record| record.has_frame);
            let before = ends.filter(|record| record.end <= place).count();
            let change = [0x01, 0x80, 0xff][place % 3];
            damaged[place] ^= change;
            let good = fixture.good_frames_of(&damaged);
            assert!(
                good >= before,
                "byte {place} of {} changed by {change:#x}: {good} of {before} frames",
                fixture.path.display()
            );
            damaged[place] ^= change;
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn records_in_any_order_twice_or_missing_are_read_to_an_end(
        which in any::<Index>(), order in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let all: Vec<PathBuf> = captures();
        let fixture = Fixture::open(which.get(&all).clone());
        let records = records(&fixture.bytes);
        let mut shuffled = fixture.bytes[..records.first().map_or(0, |first| first.start)].to_vec();
        for index in order.iter().filter(|_| !records.is_empty()) {
            let record = index.get(&records);
            shuffled.extend(&fixture.bytes[record.start..record.end]);
        }
        fixture.good_frames_of(&shuffled);
    }
}
