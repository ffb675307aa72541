//! Captures: whatever the bytes are, the reader ends, and what it lends are frames.

use std::io::Cursor;

use netinspect::capture;
use netinspect::model::frame::Frame;

/// How many bytes a capture may spend on a frame at least; a record has a header of its own.
const LEAST_RECORD: usize = 12;

/// Reads a capture to its end or its damage; `look` sees each frame. How many there were.
pub fn read(bytes: &[u8], mut look: impl FnMut(&Frame<'_>)) -> u64 {
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    let mut source = match capture::open::from_reader(reader, "a test's bytes".to_owned()) {
        Ok(source) => source,
        Err(error) => {
            super::frame::assert_steers_no_terminal("an error", &error.to_string());
            return 0;
        }
    };
    let mut frames = 0;
    loop {
        match source.next_frame() {
            Ok(None) => return frames,
            Ok(Some(frame)) => {
                frames += 1;
                assert_eq!(frame.number, frames);
                look(&frame);
            }
            Err(error) => {
                super::frame::assert_steers_no_terminal("an error", &error.to_string());
                assert!(
                    matches!(source.next_frame(), Ok(None) | Err(_)),
                    "more after damage"
                );
                return frames;
            }
        }
    }
}

/// Every law of a capture that is not packed, and of its frames.
pub fn holds(bytes: &[u8]) {
    let mut follower = super::exchange::Follower::default();
    let frames = read(bytes, |frame| {
        super::frame::holds(frame);
        follower.follow(frame);
    });
    follower.end();
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
    let most = bytes.len() / LEAST_RECORD;
    assert!(
        is_packed || frames <= most as u64,
        "{frames} frames of {} bytes",
        bytes.len()
    );
}

/// A record of a pcap file, or a block of a pcapng file.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// Whether it holds a frame.
    pub has_frame: bool,
}

/// The records of an undamaged capture; none of one that is packed.
pub fn records(bytes: &[u8]) -> Vec<Record> {
    let number = |place: usize, is_big: bool| -> Option<u32> {
        let four = bytes.get(place..place + 4)?.try_into().ok()?;
        Some(if is_big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    };
    let is_pcapng = bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]);
    let is_big = match bytes.first() {
        Some(0x0a) => bytes.get(8) == Some(&0x1a),
        first => first == Some(&0xa1),
    };
    if !is_pcapng && !matches!(bytes.first(), Some(0xa1 | 0xd4 | 0x4d)) {
        return Vec::new();
    }
    let mut records = Vec::new();
    let mut start = if is_pcapng { 0 } else { 24 };
    // A pcapng block states its whole length, a pcap record the length behind its header.
    let (place, beside) = if is_pcapng { (4, 0) } else { (8, 16) };
    while let Some(length) = number(start + place, is_big) {
        let end = start + length as usize + beside;
        if end > bytes.len() {
            break;
        }
        let has_frame = !is_pcapng || number(start, is_big) == Some(6);
        records.push(Record {
            start,
            end,
            has_frame,
        });
        start = end;
    }
    records
}
