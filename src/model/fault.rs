//! What is wrong with a layer, as data beside its fields.
//!
//! *Cut by the capture* and *wrong on the wire* are different faults: the first says nothing about the
//! sender. A value that the network card fills in later is no fault at all, and is said as a note.

use std::fmt;

use super::bits::BitRange;
use super::field::Buffer;

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing, not an error.
    Note,
    /// Unusual.
    Warning,
    /// Wrong.
    Error,
}

impl Severity {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that is wrong, or looks wrong and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Index of the layer it belongs to, in the frame's layers.
    pub layer: usize,
    /// What it is.
    pub kind: FaultKind,
    /// Which bits of the frame it is about; empty where there are none.
    pub bits: BitRange,
}

/// Whose word for a length was believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Believed {
    /// The length of the frame on the wire.
    Frame,
    /// The length field of the layer around, by its protocol's label.
    Enclosing(&'static str),
    /// A length field of the layer itself, by its label.
    Own(&'static str),
}

impl fmt::Display for Believed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame => f.write_str("the frame's length on the wire"),
            Self::Enclosing(protocol) => write!(f, "the length that {protocol} states"),
            Self::Own(field) => write!(f, "its own field \"{field}\""),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The capture kept fewer bytes than the wire had; nobody sent anything wrong.
    CutByCapture {
        /// Bytes the layer has on the wire, as far as is known.
        needed: u64,
        /// Bytes in the capture.
        present: u64,
    },
    /// An ICMP error quotes only the beginning of a packet; that is as it should be.
    CutByQuotation {
        /// Bytes the quoted packet had.
        needed: u64,
        /// Bytes quoted.
        present: u64,
    },
    /// The sender's lengths contradict each other: more is needed than there is.
    TooShort {
        /// Bytes needed.
        needed: u64,
        /// Bytes that there are on the wire.
        present: u64,
        /// Whose word for what there is was believed.
        believed: Believed,
    },
    /// A checksum does not fit the bytes.
    BadChecksum {
        /// What the header says.
        found: u16,
        /// What it should say.
        computed: u16,
    },
    /// The checksum is only the sum of the pseudo-header: the network card completes it after the
    /// capture point (checksum offload).
    ChecksumFilledInLater,
    /// A value that its source forbids.
    BadValue {
        /// What is wrong with it, as a clause: `"is not 4"`.
        why: &'static str,
    },
    /// Layers inside layers beyond the bound of this program.
    TooDeep,
    /// A frame completes more messages than this program tells of one.
    TooManyCompleted,
    /// A frame has more messages than this program tells apart in one.
    TooManyMessages,
    /// Bytes that belong to a fragment: the rest of the datagram is in other frames.
    Fragment,
    /// A message goes on where its stream has ended.
    EndedEarly,
    /// A message is longer than this program waits for its end.
    TooLong,
}

impl FaultKind {
    /// How much it matters.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::CutByCapture { .. }
            | Self::CutByQuotation { .. }
            | Self::ChecksumFilledInLater
            | Self::Fragment => Severity::Note,
            Self::TooDeep | Self::TooManyCompleted | Self::TooManyMessages | Self::TooLong => {
                Severity::Warning
            }
            Self::TooShort { .. }
            | Self::BadChecksum { .. }
            | Self::BadValue { .. }
            | Self::EndedEarly => Severity::Error,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutByCapture { needed, present } => write!(
                f,
                "cut by the capture: {present} of {needed} bytes were kept (not an error on the wire)"
            ),
            Self::CutByQuotation { needed, present } => write!(
                f,
                "only the first {present} of {needed} bytes are quoted (as an ICMP error does)"
            ),
            Self::TooShort {
                needed,
                present,
                believed,
            } => write!(
                f,
                "needs {needed} bytes, but by {believed} there are {present}"
            ),
            Self::BadChecksum { found, computed } => write!(
                f,
                "checksum is 0x{found:04x} but the bytes sum to 0x{computed:04x}: damaged on the way"
            ),
            Self::ChecksumFilledInLater => f.write_str(
                "checksum not yet computed: the network card fills it in after the capture point (not an error)",
            ),
            Self::BadValue { why } => f.write_str(why),
            Self::TooDeep => write!(
                f,
                "more than {} layers inside each other: the rest is shown as bytes",
                super::layer::MAX_LAYERS
            ),
            Self::TooManyCompleted => write!(
                f,
                "more than {} messages are complete with this frame: the rest is not told",
                Buffer::MOST_ASSEMBLED
            ),
            Self::EndedEarly => f.write_str("not whole: the connection ended before the message did"),
            Self::TooLong => f.write_str("longer than what is kept of a message: the rest is shown as it comes"),
            Self::TooManyMessages => write!(
                f,
                "more than {} layers and messages in this frame: the last messages are shown as one",
                super::layer::MAX_LAYERS
            ),
            Self::Fragment => f.write_str("one fragment of a datagram: the rest is in other frames"),
        }
    }
}
