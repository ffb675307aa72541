//! What the sides of a talk do next.

use super::{ACK, FIN, MICROSECOND, MILLISECOND, PSH, RST, SYN, Seen, Segment, Talk};
use fastrand::Rng;

impl Talk {
    /// One side does something, or something happens to a frame.
    pub fn step(&mut self) {
        let who = self.rng.usize(..2);
        self.wait();
        match self.rng.u8(..104) {
            0..28 => self.data(who),
            28..46 => self.acknowledge(who),
            46..54 => self.repeat_acknowledgment(who),
            54..66 => self.again(who),
            66..70 => self.keep_alive(who),
            70..74 => self.tell_window(who),
            74..78 => self.fill_window(who),
            78..83 => self.close_window(who),
            83..87 => self.probe(who),
            87..91 => self.copy(),
            91..96 => self.anything(who),
            96..99 => self.finish(who, FIN | ACK),
            99 => self.finish(who, RST | ACK),
            100 => self.finish(who, RST),
            101 => self.reopen(),
            102 => self.reask(who),
            _ => self.burst(who),
        }
    }

    /// A plain segment with all that is acknowledged.
    fn plain(&self, who: usize, length: u32) -> Segment {
        let side = &self.sides[who];
        Segment {
            flags: ACK,
            seq: side.next,
            ack: side.ack,
            window: side.window,
            length,
            sack: None,
        }
    }

    fn data(&mut self, who: usize) {
        let length = match self.rng.u8(..6) {
            0 => 1,
            1 => 2,
            _ => self.rng.u32(3..500),
        };
        self.new_bytes(who, length);
    }

    fn new_bytes(&mut self, who: usize, length: u32) {
        let mut segment = self.plain(who, length);
        if self.rng.bool() {
            segment.flags |= PSH;
        }
        let side = &mut self.sides[who];
        side.sent.push((side.next, length));
        side.next = side.next.wrapping_add(length);
        self.send(who, segment);
    }

    /// Several segments one after the other, of which one comes late.
    fn burst(&mut self, who: usize) {
        let late = self.rng.usize(..4);
        for index in 0..4 {
            let before = self.now;
            if index == late {
                self.now += self.rng.i64(0..6 * MILLISECOND);
            }
            let length = self.rng.u32(1..300);
            self.new_bytes(who, length);
            self.now = before + self.rng.i64(0..50 * MICROSECOND);
        }
    }

    /// Acknowledges all, or up to the border of a segment, or into one.
    pub fn acknowledge(&mut self, who: usize) {
        let other = &self.sides[1 - who];
        let border = match other.sent.len() {
            0 => other.next,
            count => other.sent[self.rng.usize(..count)].0,
        };
        let ack = match self.rng.u8(..10) {
            0 | 1 => border,
            2 => border.wrapping_add(self.rng.u32(..20)),
            3 => other.next.wrapping_sub(1),
            _ => other.next,
        };
        self.sides[who].ack = ack;
        let segment = self.plain(who, 0);
        self.send(who, segment);
    }

    fn repeat_acknowledgment(&mut self, who: usize) {
        let left = self.sides[who].ack.wrapping_add(self.rng.u32(1..300));
        let range = (left, left.wrapping_add(self.rng.u32(1..600)));
        let has_range = self.rng.bool();
        for _ in 0..self.rng.u8(1..4) {
            let segment = Segment {
                sack: has_range.then_some(range),
                ..self.plain(who, 0)
            };
            self.send(who, segment);
            self.now += self.rng.i64(0..100 * MICROSECOND);
            if self.rng.u8(..5) == 0 {
                self.sides[who].window ^= 0x40;
            }
        }
        if self.rng.bool() {
            self.now += self.rng.i64(0..30 * MILLISECOND);
            let wanted = (self.sides[who].ack, self.rng.u32(1..300));
            self.send_again(1 - who, wanted);
        }
    }

    /// A segment again: as it was, or with another border.
    fn again(&mut self, who: usize) {
        let side = &self.sides[who];
        if side.sent.is_empty() {
            return;
        }
        let (mut seq, mut length) = side.sent[self.rng.usize(..side.sent.len())];
        match self.rng.u8(..6) {
            0 => length = length.div_ceil(2),
            1 => length += self.rng.u32(1..200),
            2 => {
                let cut = self.rng.u32(..=length);
                seq = seq.wrapping_add(cut);
                length -= cut;
            }
            _ => {}
        }
        self.send_again(who, (seq, length));
    }

    fn send_again(&mut self, who: usize, (seq, length): (u32, u32)) {
        let segment = Segment {
            seq,
            ..self.plain(who, length)
        };
        let end = seq.wrapping_add(length);
        let side = &mut self.sides[who];
        if side.next.wrapping_sub(end).cast_signed() < 0 {
            side.next = end;
        }
        self.send(who, segment);
    }

    /// Asks whether the other is there, and mostly gets an answer.
    fn keep_alive(&mut self, who: usize) {
        let length = self.rng.u32(..2);
        let segment = Segment {
            seq: self.sides[who].next.wrapping_sub(1),
            ..self.plain(who, length)
        };
        for _ in 0..self.rng.u8(1..3) {
            self.send(who, segment);
            self.wait();
        }
        if self.rng.u8(..4) > 0 {
            self.sides[1 - who].ack = self.sides[who].next;
            let answer = self.plain(1 - who, 0);
            self.send(1 - who, answer);
        }
    }

    fn tell_window(&mut self, who: usize) {
        self.sides[who].window = self.rng.u16(..3000);
        let segment = self.plain(who, 0);
        self.send(who, segment);
    }

    /// Sends just as much as the other has room for.
    fn fill_window(&mut self, who: usize) {
        let other = &self.sides[1 - who];
        let room = u32::from(other.window) << other.shift;
        let end = other.ack.wrapping_add(room);
        let length = end.wrapping_sub(self.sides[who].next);
        if (1..1400).contains(&length) {
            self.new_bytes(who, length);
        } else {
            self.acknowledge(1 - who);
        }
    }

    /// Has no room left, and is asked whether there is some again.
    fn close_window(&mut self, who: usize) {
        self.sides[who].ack = self.sides[1 - who].next;
        self.sides[who].window = 0;
        let full = self.plain(who, 0);
        self.send(who, full);
        for _ in 0..self.rng.u8(..3) {
            self.wait();
            self.probe(1 - who);
        }
        if self.rng.bool() {
            self.wait();
            self.tell_window(who);
        }
    }

    /// A byte into a window, closed or not, as an old or a new one; the answer takes it or does not.
    fn probe(&mut self, who: usize) {
        let mut probe = self.plain(who, 1);
        if self.rng.u8(..3) == 0 {
            probe.seq = probe.seq.wrapping_sub(1);
        }
        self.send(who, probe);
        self.wait();
        let taken = self.rng.u32(..2);
        let other = &mut self.sides[1 - who];
        other.ack = other.ack.wrapping_add(taken);
        if self.rng.u8(..4) > 0 {
            let answer = self.plain(1 - who, 0);
            self.send(1 - who, answer);
        }
        if self.rng.bool() {
            let side = &mut self.sides[who];
            side.next = side.next.wrapping_add(taken);
        }
    }

    /// The capture sees the last frame at a second place.
    fn copy(&mut self) {
        if let Some(last) = self.seen.last() {
            let bytes = last.bytes.clone();
            self.seen.push(Seen {
                time: self.now,
                bytes,
            });
        }
    }

    /// What keeps no rule, but stays near the borders that rules look at.
    fn anything(&mut self, who: usize) {
        let near = |rng: &mut Rng, number: u32| number.wrapping_add(rng.u32(..5)).wrapping_sub(2);
        let other_next = self.sides[1 - who].next;
        let plain = self.plain(who, 0);
        let rng = &mut self.rng;
        let ack = if rng.bool() { plain.ack } else { other_next };
        let segment = Segment {
            flags: *rng
                .choice(&[ACK, ACK, ACK, ACK | PSH, 0, ACK | FIN, SYN, SYN | ACK, RST])
                .unwrap_or(&ACK),
            seq: near(rng, plain.seq),
            ack: near(rng, ack),
            window: if rng.bool() {
                plain.window
            } else {
                rng.u16(..3)
            },
            length: *rng.choice(&[0, 0, 1, 2, 100]).unwrap_or(&0),
            sack: None,
        };
        self.send(who, segment);
    }

    fn finish(&mut self, who: usize, flags: u8) {
        let with = if self.rng.bool() {
            0
        } else {
            self.rng.u32(..50)
        };
        let segment = Segment {
            flags,
            ..self.plain(who, with)
        };
        let side = &mut self.sides[who];
        if flags & FIN != 0 {
            side.sent.push((side.next, with));
            side.next = side.next.wrapping_add(with + 1);
        }
        self.send(who, segment);
        if self.rng.bool() {
            self.wait();
            self.acknowledge(1 - who);
        }
    }

    /// Between the same ends once more, with another number.
    fn reopen(&mut self) {
        for side in &mut self.sides {
            side.start = side.next.wrapping_add(self.rng.u32(10_000..1_000_000));
            side.sent.clear();
            side.ack = 0;
        }
        if self.rng.u8(..4) == 0 {
            self.sides.swap(0, 1);
        }
        self.syn(0, SYN);
        self.shake();
    }

    /// Asks with the same number as before, in the middle of it all.
    fn reask(&mut self, who: usize) {
        self.syn_again(who, SYN);
    }
}
