//! One direction of the conversation that is followed.

use super::doubtful::{Doubtful, Doubts};
use super::{Happening, What};
use crate::flow::endpoints::Role;
use crate::flow::reassembly::stream::{Assembler, Bounds, Event, Origin, Part};
use crate::flow::tcp::Seq;

/// How many bytes may wait behind a hole of the one conversation that is followed, each way: what the largest
/// usual window lets a sender send.
pub const MOST_BEHIND_A_HOLE: usize = 16 << 20;

/// What may wait and be remembered of it, each way.
const BOUNDS: Bounds = Bounds {
    waiting: MOST_BEHIND_A_HOLE,
    history: 1 << 20,
};

/// What one side has said and done so far.
#[derive(Debug)]
pub struct Direction {
    by: Role,
    assembler: Assembler,
    doubts: Doubts,
    has_opened: bool,
    has_ended: bool,
    has_broken_off: bool,
    /// Bytes of datagrams so far.
    said: u64,
}

impl Direction {
    /// That of this side, which has said nothing.
    pub fn new(by: Role) -> Self {
        Self {
            by,
            assembler: Assembler::new(BOUNDS),
            doubts: Doubts::default(),
            has_opened: false,
            has_ended: false,
            has_broken_off: false,
            said: 0,
        }
    }

    /// It says so many bytes in a datagram; gives how many it had said before.
    pub const fn say(&mut self, length: u64) -> u64 {
        let offset = self.said;
        self.said += length;
        offset
    }

    /// It sends a SYN, which opens the connection or agrees to that, and says which number the first byte has.
    pub fn open(&mut self, first: Seq, what: What<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        self.assembler.begin(first);
        if !std::mem::replace(&mut self.has_opened, true) {
            self.tell(what, tell);
        }
    }

    /// Whether it has broken off.
    pub const fn has_broken_off(&self) -> bool {
        self.has_broken_off
    }

    /// The connection was broken off and is opened once more: what it does to open and to end counts again.
    pub const fn begin_anew(&mut self) {
        self.has_opened = false;
        self.has_ended = false;
        self.has_broken_off = false;
    }

    /// It sends a segment; `is_intact` tells what is known of its checksum.
    pub fn send(
        &mut self,
        part: Part<'_>,
        breaks_off: bool,
        is_intact: Option<bool>,
        tell: &mut impl FnMut(Happening<'_>),
    ) {
        self.doubts.are_founded |= is_intact == Some(true);
        let says_something = part.length > 0 || part.is_last || breaks_off;
        let is_damaged = says_something && is_intact == Some(false);
        match (is_damaged, breaks_off) {
            (true, true) => self.doubts.add_break_off(part.origin),
            (true, false) => self.doubt(&part, tell),
            (false, true) => self.break_off(part.origin, tell),
            (false, false) => {
                if let Some(refuted) = self.doubts.take_break_off() {
                    self.tell(What::IsDamaged(refuted), tell);
                }
                self.take(part, tell);
            }
        }
    }

    /// The other side has taken all before this number.
    pub fn acknowledge(&mut self, ack: Seq, tell: &mut impl FnMut(Happening<'_>)) {
        while let Some(doubtful) = self.doubts.acknowledged(ack) {
            self.settle(&doubtful, tell);
        }
        let by = self.by;
        self.assembler
            .acknowledge(ack, &mut |event| tell(speaks(by, event)));
    }

    /// Nothing comes any more: tells what still waited, and what never came.
    pub fn finish(&mut self, tell: &mut impl FnMut(Happening<'_>)) {
        while let Some(doubtful) = self.doubts.first() {
            self.settle(&doubtful, tell);
        }
        if let Some(origin) = self.doubts.take_break_off() {
            self.break_off(origin, tell);
        }
        let by = self.by;
        self.assembler.finish(&mut |event| tell(speaks(by, event)));
    }

    /// Takes a segment that counts.
    fn take(&mut self, part: Part<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        let by = self.by;
        self.assembler
            .take(part, &mut |event| tell(speaks(by, event)));
        if part.is_last && !std::mem::replace(&mut self.has_ended, true) {
            self.tell(What::Ends(part.origin), tell);
        }
    }

    /// What an RST carries is a remark on it, and no part of the stream (RFC 9293, section 3.5.3).
    fn break_off(&mut self, origin: Origin, tell: &mut impl FnMut(Happening<'_>)) {
        // It is sent as often as the other side speaks on.
        if !std::mem::replace(&mut self.has_broken_off, true) {
            self.tell(What::BreaksOff(origin), tell);
        }
    }

    /// Puts a segment by whose checksum is wrong.
    fn doubt(&mut self, part: &Part<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        self.doubts.add(Doubtful::new(part));
        while let Some(doubtful) = self.doubts.beyond_bounds() {
            self.settle(&doubtful, tell);
        }
    }

    /// A segment whose checksum is wrong counts where no other brought the same.
    fn settle(&mut self, doubtful: &Doubtful, tell: &mut impl FnMut(Happening<'_>)) {
        let only_ends = doubtful.part().length == 0;
        let came_otherwise =
            self.assembler.has_all_before(doubtful.end()) || only_ends && self.has_ended;
        if came_otherwise && self.doubts.are_founded {
            self.tell(What::IsDamaged(doubtful.origin), tell);
        } else {
            self.take(doubtful.part(), tell);
        }
    }

    fn tell(&self, what: What<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        tell(Happening { by: self.by, what });
    }
}

/// A side says something, says it again, or what it says is missing.
pub const fn speaks(by: Role, event: Event<'_>) -> Happening<'_> {
    let what = What::Speaks(event);
    Happening { by, what }
}
