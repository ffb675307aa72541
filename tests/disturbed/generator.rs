//! Conversations that are disturbed in every way that TCP knows: written by a seed, the same every time.
//!
//! Each is a talk of two sides that keep the rules more or less, seen through a cable and a capture that
//! lose, double, delay and swap. No number is 0, which Wireshark takes for "none".

mod steps;
mod wire;

use fastrand::Rng;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;

/// A frame of a conversation, and when it was seen.
pub struct Seen {
    /// In nanoseconds since the epoch.
    pub time: i64,
    /// From the Ethernet header on.
    pub bytes: Vec<u8>,
}

/// The frames of `count` conversations in the order of their times.
pub fn conversations(seed: u64, count: u16) -> Vec<Seen> {
    let mut rng = Rng::with_seed(seed);
    let mut seen = Vec::new();
    for number in 0..count {
        let begin = 1_700_000_000_000_000_000 + i64::from(number) * 20 * MILLISECOND;
        let talk = Talk::new(Rng::with_seed(rng.u64(..)), number, begin);
        seen.extend(talk.whole());
    }
    seen.sort_by_key(|seen| seen.time);
    seen
}

/// One side of a talk.
#[derive(Debug)]
struct Side {
    start: u32,
    /// Behind the furthest that it has sent.
    next: u32,
    /// What it acknowledged last.
    ack: u32,
    window: u16,
    /// By how many bits its windows are shifted, where both sides agreed to that.
    shift: u8,
    clock: u32,
    identification: u16,
    /// The latest segments: sequence number and length.
    sent: Vec<(u32, u32)>,
}

/// A segment to be sent.
#[derive(Clone, Copy, Debug)]
struct Segment {
    flags: u8,
    seq: u32,
    ack: u32,
    window: u16,
    length: u32,
    /// What has arrived beyond the acknowledgment number.
    sack: Option<(u32, u32)>,
}

struct Talk {
    rng: Rng,
    number: u16,
    now: i64,
    sides: [Side; 2],
    is_ipv6: bool,
    has_clocks: bool,
    scales: [Option<u8>; 2],
    /// How often in a hundred the capture misses a segment, and how often one is late.
    misses: u8,
    delays: u8,
    /// Between two steps, usually, in nanoseconds.
    pace: i64,
    seen: Vec<Seen>,
}

impl Talk {
    fn new(mut rng: Rng, number: u16, now: i64) -> Self {
        let sides = [(); 2].map(|()| {
            let start = match rng.u8(..4) {
                // Soon round.
                0 => u32::MAX - rng.u32(1..3000),
                1 => i32::MAX.cast_unsigned() - rng.u32(..3000),
                _ => rng.u32(10_000..),
            };
            Side {
                start,
                next: start,
                ack: 0,
                window: rng.u16(200..4000),
                shift: 0,
                clock: rng.u32(1..),
                identification: rng.u16(1..),
                sent: Vec::new(),
            }
        });
        let scale = |rng: &mut Rng| rng.u8(..4).checked_sub(1);
        let scales = [scale(&mut rng), scale(&mut rng)];
        Self {
            number,
            now,
            sides,
            is_ipv6: rng.u8(..5) == 0,
            has_clocks: rng.bool(),
            scales,
            misses: if rng.bool() { rng.u8(..20) } else { 0 },
            delays: if rng.bool() { rng.u8(..20) } else { 0 },
            pace: [50 * MICROSECOND, 2 * MILLISECOND, 15 * MILLISECOND][rng.usize(..3)],
            seen: Vec::new(),
            rng,
        }
    }

    fn whole(mut self) -> Vec<Seen> {
        self.open();
        for _ in 0..self.rng.u8(10..60) {
            self.step();
        }
        self.seen
    }

    fn wait(&mut self) {
        let times = match self.rng.u8(..20) {
            0 => 0,
            1 => 100,
            2..5 => 10,
            _ => self.rng.i64(1..4),
        };
        self.now += self.pace * times + self.rng.i64(0..MICROSECOND);
    }

    /// The handshake in one of its ways, or a capture that begins after it.
    fn open(&mut self) {
        let way = self.rng.u8(..12);
        if self.scales.iter().all(Option::is_some) {
            for side in [0, 1] {
                self.sides[side].shift = self.scales[side].unwrap_or(0);
            }
        }
        match way {
            // The capture began late: a part of the handshake, or nothing of it, was seen.
            0 => self.begin_unseen(),
            1 => {
                self.syn(0, SYN);
                self.begin_unseen();
            }
            2 => {
                self.begin_unseen();
                self.sides[1].next = self.sides[1].start;
                self.syn(1, SYN | ACK);
            }
            // Both ask at the same time.
            3 => {
                self.syn(0, SYN);
                self.syn(1, SYN);
                self.sides[0].ack = self.sides[1].next;
                self.sides[1].ack = self.sides[0].next;
                self.syn_again(0, SYN | ACK);
                self.syn_again(1, SYN | ACK);
            }
            // Asked twice, answered twice, or with another number in between.
            4 => {
                self.syn(0, SYN);
                self.wait();
                self.syn_again(0, SYN);
                self.shake();
            }
            5 => {
                self.syn(0, SYN);
                self.sides[1].ack = self.sides[0].next;
                self.syn(1, SYN | ACK);
                self.wait();
                self.syn_again(1, SYN | ACK);
                self.acknowledge(0);
            }
            // Refused.
            6 => {
                self.syn(0, SYN);
                let ack = self.sides[0].next;
                let answer = Segment {
                    flags: RST | ACK,
                    seq: 1,
                    ack,
                    window: 0,
                    length: 0,
                    sack: None,
                };
                self.send(1, answer);
                self.syn_again(0, SYN);
            }
            _ => {
                self.syn(0, SYN);
                self.shake();
            }
        }
    }

    fn begin_unseen(&mut self) {
        for side in &mut self.sides {
            side.next = side.start.wrapping_add(1);
        }
        self.sides[0].ack = self.sides[1].next;
        self.sides[1].ack = self.sides[0].next;
    }

    fn shake(&mut self) {
        self.wait();
        self.sides[1].ack = self.sides[0].next;
        self.syn(1, SYN | ACK);
        self.wait();
        self.acknowledge(0);
    }

    fn syn(&mut self, who: usize, flags: u8) {
        let side = &mut self.sides[who];
        side.next = side.start.wrapping_add(1);
        self.syn_again(who, flags);
    }

    fn syn_again(&mut self, who: usize, flags: u8) {
        let side = &self.sides[who];
        let syn = Segment {
            flags,
            seq: side.start,
            ack: side.ack,
            window: side.window,
            length: 0,
            sack: None,
        };
        self.send(who, syn);
    }

    /// Sends a segment, which the capture sees, misses, or sees late.
    fn send(&mut self, who: usize, mut segment: Segment) {
        if segment.flags & ACK == 0 {
            segment.ack = 0;
        }
        let takes = segment.length + u32::from(segment.flags & (SYN | FIN) != 0);
        let has_zero = segment.seq == 0
            || segment.seq.wrapping_add(takes) == 0
            || segment.seq.wrapping_sub(1) == 0
            || (segment.flags & ACK != 0 && segment.ack == 0);
        if has_zero || self.rng.u8(..100) < self.misses {
            return;
        }
        let late = if self.rng.u8(..100) < self.delays {
            self.rng.i64(0..5 * self.pace)
        } else {
            0
        };
        let bytes = self.frame(who, segment);
        self.seen.push(Seen {
            time: self.now + late,
            bytes,
        });
    }
}
