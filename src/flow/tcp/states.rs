//! The states of RFC 9293, as far as somebody beside the cable can tell them.
//!
//! A side changes its state when it sends or when something reaches it. Who only sees the cable knows of
//! a SYN or a first FIN that it has arrived once the other side has answered it; so are two that open or
//! close at the same time told from two that do it one after the other. Any other segment is taken for
//! arrived, but what the lab's cable is known to have lost; and one that came damaged is as good as none
//! (RFC 1122, section 4.2.2.7), as is an RST or a SYN ACK whose numbers its receiver does not take.

use super::segment::Segment;
use super::sequence::Seq;

/// A state of one side (RFC 9293, section 3.3.2); numbered as the table of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// No connection.
    Closed = 0,
    /// Waits for somebody to connect.
    Listen = 1,
    /// Has asked to connect.
    SynSent = 2,
    /// Has agreed, and waits for the other to hear it.
    SynReceived = 3,
    /// Open.
    Established = 4,
    /// Has ended its direction, and waits for the acknowledgment.
    FinWait1 = 5,
    /// Has ended its direction, and the other knows it.
    FinWait2 = 6,
    /// The other has ended its direction, this program has not yet closed.
    CloseWait = 7,
    /// Both have ended their directions at the same time.
    Closing = 8,
    /// Has ended its direction as the second, and waits for the acknowledgment.
    LastAck = 9,
    /// All is said; waits until no old segment can come.
    TimeWait = 10,
}

/// What decides the state of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its state, once known.
    pub state: Option<State>,
    /// Whether it has sent a right checksum: then a wrong one is damage, and not of a capture in which all are wrong.
    pub has_sent_intact: bool,
    /// Whether it has asked to connect; who agrees without that has listened.
    has_asked: bool,
    /// The number behind its SYN.
    after_syn: Option<Seq>,
    /// The number behind its FIN.
    after_fin: Option<Seq>,
    /// The number behind the other side's FIN.
    after_other_fin: Option<Seq>,
}

/// A change of a side's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The state that it left, where known.
    pub before: Option<State>,
    /// The state that it is in.
    pub after: State,
}

impl Standing {
    /// It sends a segment.
    pub fn sends(&mut self, segment: &Segment) -> Option<Change> {
        let flags = segment.flags;
        if flags.rst() {
            return self.sends_reset(flags.ack());
        }
        if flags.syn() {
            self.after_syn = Some(segment.next_seq());
            return self.sends_syn(flags.ack());
        }
        if self.state.is_none() {
            self.state = Some(State::Established);
        }
        let heard = match self.state {
            Some(State::Established) if self.answers_fin(segment) => self.moves(State::CloseWait),
            Some(State::FinWait1) if self.answers_fin(segment) => self.moves(State::Closing),
            _ => None,
        };
        if flags.fin() {
            self.after_fin = Some(segment.next_seq());
            return match self.state {
                Some(State::Established | State::SynReceived) => self.moves(State::FinWait1),
                Some(State::CloseWait) => self.moves(State::LastAck),
                _ => heard,
            };
        }
        heard
    }

    /// Who asks and hears what is no answer to that, rejects it by an RST without ACK, and asks on (RFC 9293, section
    /// 3.10.7.3).
    #[cold]
    fn sends_reset(&mut self, has_ack: bool) -> Option<Change> {
        if self.state == Some(State::SynSent) && !has_ack {
            return None;
        }
        self.moves(State::Closed)
    }

    /// The other side has agreed to connect, and it has answered that: nobody but who has opened does so. Of its SYN,
    /// the capture may have seen only one that was old.
    #[cold]
    pub fn has_answered(&mut self) -> Option<Change> {
        match self.state {
            Some(State::Closed | State::Listen | State::SynSent) => self.moves(State::Established),
            _ => None,
        }
    }

    fn answers_fin(&self, segment: &Segment) -> bool {
        let fin = self.after_other_fin;
        segment.flags.ack() && fin.is_some_and(|fin| fin.is_at_most(segment.ack))
    }

    fn sends_syn(&mut self, agrees: bool) -> Option<Change> {
        self.has_asked |= !agrees;
        match (self.state, agrees) {
            // Only who listens, or has asked at the same time, agrees.
            (None | Some(State::Closed | State::TimeWait), true) => {
                self.state = Some(State::Listen);
                self.moves(State::SynReceived)
            }
            (Some(State::Listen | State::SynSent), true) => self.moves(State::SynReceived),
            (None | Some(State::Closed | State::TimeWait | State::Listen), false) => {
                self.state = Some(State::Closed);
                self.moves(State::SynSent)
            }
            _ => None,
        }
    }

    /// A segment from the other side arrives; `is_next` tells that nothing before it is missing.
    pub fn receives(&mut self, segment: &Segment, is_next: bool) -> Option<Change> {
        let before = self.state;
        self.takes(segment, is_next);
        match self.state {
            Some(after) if before != Some(after) => Some(Change { before, after }),
            _ => None,
        }
    }

    fn takes(&mut self, segment: &Segment, is_next: bool) {
        let flags = segment.flags;
        if flags.rst() {
            self.takes_reset();
            return;
        }
        if flags.syn() {
            self.state = match (self.state, flags.ack()) {
                (Some(State::SynSent), false) => Some(State::SynReceived),
                (Some(State::SynSent | State::SynReceived), true) => Some(State::Established),
                (same, _) => same,
            };
            return;
        }
        if self.state.is_none() {
            self.state = Some(State::Established);
        }
        if flags.ack() {
            self.takes_acknowledgment(segment.ack);
        }
        if flags.fin() && is_next {
            self.after_other_fin = Some(segment.next_seq());
            self.state = match self.state {
                Some(State::FinWait1) => Some(State::Closing),
                Some(State::FinWait2) => Some(State::TimeWait),
                same => same,
            };
        }
    }

    /// Who has not answered yet is not known to have anything to lose. Who only listens has nothing, and listens again
    /// where it had agreed (RFC 9293, sections 3.10.7.2 and 3.10.7.4).
    #[cold]
    fn takes_reset(&mut self) {
        self.state = self.state.map(|state| match state {
            State::SynReceived if !self.has_asked => State::Listen,
            State::Listen => State::Listen,
            _ => State::Closed,
        });
    }

    fn takes_acknowledgment(&mut self, ack: Seq) {
        let covers = |number: Option<Seq>| number.is_some_and(|number| number.is_at_most(ack));
        self.state = match self.state {
            Some(State::SynReceived) if covers(self.after_syn) => Some(State::Established),
            Some(State::FinWait1) if covers(self.after_fin) => Some(State::FinWait2),
            Some(State::Closing) if covers(self.after_fin) => Some(State::TimeWait),
            Some(State::LastAck) if covers(self.after_fin) => Some(State::Closed),
            same => same,
        };
    }

    fn moves(&mut self, after: State) -> Option<Change> {
        let before = self.state.replace(after);
        (before != Some(after)).then_some(Change { before, after })
    }
}
