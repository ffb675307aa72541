//! What a call has to do with frames: which carried its bytes, which brought them, which opened or ended
//! its connection.

use std::ops::Range;

use super::call::CallId;

/// A call and a frame that have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The call.
    pub call: CallId,
    /// The number of the frame.
    pub frame: u64,
    /// In what way.
    pub bond: Bond,
    /// The bytes that both have, where it is bytes that tie them.
    pub bytes: Option<TiedBytes>,
}

/// In what way a call and a frame have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// The frame carried bytes that the call sent, for the first time.
    Carried,
    /// The frame carried them again.
    CarriedAgain,
    /// The frame brought bytes that the call received.
    Brought,
    /// The frame is part of the handshake that the call began or took.
    Opened,
    /// The frame ended the stream, since the call closed it.
    Ended(Ending),
    /// The end in the frame is what the call was told.
    ToldEnd(Ending),
    /// The frame says that nobody took a datagram, by ICMP, and that is what the call was told.
    ToldRefusal,
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By FIN: after everything that was sent.
    Fin,
    /// By RST: at once.
    Rst,
}

impl Ending {
    /// The flag's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fin => "FIN",
            Self::Rst => "RST",
        }
    }
}

/// The same bytes, counted in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TiedBytes {
    /// In the stream (from 0, one way); of datagrams, among the bytes that the call moved.
    pub stream: Range<u64>,
    /// In the frame, from 0.
    pub frame: Range<usize>,
}

/// The part of a stream that a call moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Which stream.
    pub stream: StreamId,
    /// The bytes, from 0: `start..end`.
    pub bytes: Range<u64>,
}

/// One way of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Which connection, as `tcp.stream` numbers them: from 0.
    pub connection: u64,
    /// Who sends.
    pub from: Side,
}

/// Which side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The side that asked to open it.
    Client,
    /// The side that was asked.
    Server,
}

/// Why nobody can say of a call which frames it has to do with, or not of all its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nothing of its conversation was on the cable: both ends are on one host, say.
    NotOnTheCable,
    /// Its datagram went in fragments, and some of them never were.
    InFragments,
    /// Some of its bytes never were.
    NotAllOnTheCable,
    /// Another thread moved bytes of the same stream at the same time: their order is not known.
    AtTheSameTime,
    /// It would have made calls that nobody sees.
    OutOfSight,
}

impl Unclear {
    /// In a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotOnTheCable => "not on the cable",
            Self::InFragments => "in fragments, which were not all on the cable",
            Self::NotAllOnTheCable => "not all of it was on the cable",
            Self::OutOfSight => {
                "io_uring goes round system calls, which could not be followed: refused, as by an older kernel"
            }
            Self::AtTheSameTime => "at the same time as another: their order is not known",
        }
    }
}
