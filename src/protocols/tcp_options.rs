//! The options of a TCP header: what the two sides announce when they open a connection, and what few
//! segments carry besides.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |     Kind      |    Length     |  contents: length - 2 bytes ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```
//!
//! Kinds 0 and 1 are a single byte. The way along the options is in `tcp_option_list`. Here are the common ones;
//! the others are in `tcp_options_recent`, `tcp_options_security`, `tcp_options_historic` and `tcp_mptcp`.

use std::ops::Range;

use super::tcp_option_list::{FIXED_LENGTH, Found, Options};
use super::{tcp_mptcp, tcp_options_historic, tcp_options_recent, tcp_options_security};
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fault::{Believed, FaultKind};
use crate::model::field::FieldDef;
use crate::model::source::Source;

/// The registry of kinds.
pub const REGISTRY: Source = Source::Iana("Transmission Control Protocol (TCP) Parameters");

static OPTIONS: FieldDef = FieldDef::bytes("tcp.options", "Options")
    .group()
    .rfc(9293, "3.2")
    .meaning("Additions to the header, each with a kind and mostly a length; a SYN announces with them what its sender can do.");

static KIND: FieldDef = FieldDef::decimal("tcp.option_kind", "Kind")
    .named(NAMES)
    .source(REGISTRY)
    .meaning("Which option this is; a receiver that does not know it goes on at the next one.");

pub(super) static LENGTH: FieldDef = FieldDef::decimal("tcp.option_len", "Length")
    .unit("bytes")
    .rfc(9293, "3.2")
    .meaning("How long the option is, its kind and this byte included.");

static END: FieldDef = FieldDef::bytes("tcp.options.eol", "End of option list")
    .group()
    .rfc(9293, "3.2")
    .meaning("Nothing but zeros follows up to the end of the header, which is counted in words of 4 bytes.");

static NO_OPERATION: FieldDef = FieldDef::bytes("tcp.options.nop", "No operation")
    .group()
    .rfc(9293, "3.2")
    .meaning("One byte that says nothing: it brings the option behind it to a word border.");

static MSS: FieldDef = FieldDef::bytes("tcp.options.mss", "Maximum segment size")
    .group()
    .rfc(9293, "3.7.1")
    .meaning("In a SYN: how long the segments may be that the other side sends here.");

static MSS_VALUE: FieldDef = FieldDef::decimal("tcp.options.mss_val", "Maximum segment size")
    .unit("bytes")
    .rfc(9293, "3.7.1")
    .meaning("The greatest payload of a segment that the sender of this option will take; 1460 on Ethernet with IPv4 (1500 less 40 bytes of headers).");

static WINDOW_SCALE: FieldDef = FieldDef::bytes("tcp.options.wscale", "Window scale")
    .group()
    .rfc(7323, "2.2")
    .meaning("In a SYN: by what all later windows of the sender are to be multiplied. Used only if both sides send it.");

static SHIFT: FieldDef = FieldDef::decimal("tcp.options.wscale.shift", "Shift count")
    .rfc(7323, "2.2")
    .meaning("By how many bits the window is shifted to the left; 7 is usual, 14 the most.");

static MULTIPLIER: FieldDef = FieldDef::decimal("tcp.options.wscale.multiplier", "Multiplier")
    .derived()
    .rfc(7323, "2.3")
    .meaning("What the shift count amounts to: two to its power, at most 16384. Computed here, not sent.");

static SACK_PERMITTED: FieldDef = FieldDef::bytes("tcp.options.sack_perm", "SACK permitted")
    .group()
    .rfc(2018, "2")
    .meaning("In a SYN: the other side may say with SACK options which later bytes have arrived while earlier ones are missing.");

static SACK: FieldDef = FieldDef::bytes("tcp.options.sack", "Selective acknowledgment (SACK)")
    .group()
    .rfc(2018, "3")
    .meaning("Which bytes beyond the acknowledgment number have arrived already, so that only the missing ones need be sent again.");

static SACK_LEFT: FieldDef = FieldDef::decimal("tcp.options.sack_le_raw", "Left edge")
    .rfc(2018, "3")
    .meaning("The sequence number of the first byte of a block that has arrived.");

static SACK_RIGHT: FieldDef = FieldDef::decimal("tcp.options.sack_re_raw", "Right edge")
    .rfc(2018, "3")
    .meaning("The sequence number behind the last byte of a block that has arrived.");

static SACK_COUNT: FieldDef = FieldDef::decimal("tcp.options.sack.count", "Blocks")
    .derived()
    .rfc(2018, "3")
    .meaning("How many blocks the option names; at most four fit. Computed here, not sent.");

static TIMESTAMPS: FieldDef = FieldDef::bytes("tcp.options.timestamp", "Timestamps")
    .group()
    .rfc(7323, "3.2")
    .meaning("The sender's clock and the last one seen of the other side: together they measure the round trip and tell old segments from new ones.");

static TIMESTAMP_VALUE: FieldDef =
    FieldDef::decimal("tcp.options.timestamp.tsval", "Timestamp value")
        .rfc(7323, "3.2")
        .meaning("The sender's clock, in ticks of its own (on Linux 1 ms) from a start of its own choice; it is not a time of day.");

static TIMESTAMP_ECHO: FieldDef =
    FieldDef::decimal("tcp.options.timestamp.tsecr", "Timestamp echo reply")
        .rfc(7323, "3.2")
        .meaning("The last clock value that came from the other side, sent back; 0 in the first SYN, which has none to return.");

static UNKNOWN: FieldDef = FieldDef::bytes("tcp.options.unknown", "Other option")
    .group()
    .source(REGISTRY)
    .meaning("An option whose contents this program does not know; receivers skip such options.");

static UNKNOWN_PAYLOAD: FieldDef = FieldDef::bytes("tcp.options.unknown.payload", "Contents")
    .source(REGISTRY)
    .meaning("The bytes of an option whose contents are not documented or not known here.");

static DATA: FieldDef = FieldDef::bytes("tcp.options.data", "Data")
    .rfc(9293, "3.2")
    .meaning("Bytes of a known option that do not fit its kind: too few, or too many.");

static PADDING: FieldDef = FieldDef::bytes("tcp.options.padding", "Padding")
    .rfc(9293, "3.1")
    .meaning("What stands behind the end of the option list; it should be zeros.");

/// The fields of this file.
pub const FIELDS: &[&FieldDef] = &[
    &OPTIONS,
    &KIND,
    &LENGTH,
    &END,
    &NO_OPERATION,
    &MSS,
    &MSS_VALUE,
    &WINDOW_SCALE,
    &SHIFT,
    &MULTIPLIER,
    &SACK_PERMITTED,
    &SACK,
    &SACK_LEFT,
    &SACK_RIGHT,
    &SACK_COUNT,
    &TIMESTAMPS,
    &TIMESTAMP_VALUE,
    &TIMESTAMP_ECHO,
    &UNKNOWN,
    &UNKNOWN_PAYLOAD,
    &DATA,
    &PADDING,
];

/// What is known of a kind of option: its heading, its length, and how its contents are read.
pub struct Kind {
    heading: &'static FieldDef,
    /// Least and greatest length, kind and length bytes included.
    lengths: (u8, u8),
    expand: fn(&mut Contents<'_, '_>),
}

impl Kind {
    /// An option that has always this length.
    pub fn exactly(
        length: u8,
        heading: &'static FieldDef,
        expand: fn(&mut Contents<'_, '_>),
    ) -> Self {
        Self {
            heading,
            lengths: (length, length),
            expand,
        }
    }

    /// An option of at least this length.
    pub fn at_least(
        length: u8,
        heading: &'static FieldDef,
        expand: fn(&mut Contents<'_, '_>),
    ) -> Self {
        Self {
            heading,
            lengths: (length, u8::MAX),
            expand,
        }
    }

    fn of(number: u8) -> Self {
        common(number)
            .or_else(|| tcp_options_recent::kind(number))
            .or_else(|| tcp_options_security::kind(number))
            .or_else(|| tcp_mptcp::kind(number))
            .or_else(|| tcp_options_historic::kind(number))
            .unwrap_or_else(|| {
                Self::at_least(2, &UNKNOWN, |contents| contents.rest(&UNKNOWN_PAYLOAD))
            })
    }
}

fn common(number: u8) -> Option<Kind> {
    Some(match number {
        MAXIMUM_SEGMENT_SIZE => Kind::exactly(4, &MSS, |contents| contents.add(&MSS_VALUE, 16)),
        SCALE => Kind::exactly(3, &WINDOW_SCALE, expand_window_scale),
        4 => Kind::exactly(2, &SACK_PERMITTED, |_| {}),
        SELECTIVE => Kind::at_least(10, &SACK, expand_sack),
        8 => Kind::exactly(10, &TIMESTAMPS, |contents| {
            contents.add(&TIMESTAMP_VALUE, 32);
            contents.add(&TIMESTAMP_ECHO, 32);
        }),
        _ => return None,
    })
}

const MAXIMUM_SEGMENT_SIZE: u8 = 2;
const SCALE: u8 = 3;
pub(super) const SELECTIVE: u8 = 5;

/// The greatest shift count of a window (RFC 7323, section 2.3).
const GREATEST_SHIFT: u32 = 14;

fn expand_window_scale(contents: &mut Contents<'_, '_>) {
    let shift = contents.peek(8);
    contents.add(&SHIFT, 8);
    contents.computed(&MULTIPLIER, 1 << shift.min(GREATEST_SHIFT));
    if shift > GREATEST_SHIFT {
        contents.blame("a window scale above 14 counts as 14");
    }
}

fn expand_sack(contents: &mut Contents<'_, '_>) {
    let blocks = contents.left() / 8;
    for _ in 0..blocks {
        contents.add(&SACK_LEFT, 32);
        contents.add(&SACK_RIGHT, 32);
    }
    contents.computed(&SACK_COUNT, blocks.into());
}

/// The contents of one option: a cursor over the bits behind its kind and length.
pub struct Contents<'a, 'b> {
    header: &'a [u8],
    option: Range<usize>,
    cursor: u32,
    out: &'a mut Expander<'b>,
}

impl Contents<'_, '_> {
    /// Adds a field of so many bits and goes on behind it. Nothing happens where they are not there.
    pub fn add(&mut self, definition: &'static FieldDef, length: u32) {
        if length <= self.left_bits() {
            self.out.bits(definition, self.cursor, length);
            self.cursor += length;
        }
    }

    /// Adds a group over the next so many bits, and stays before them.
    pub fn open(&mut self, group: &'static FieldDef, length: u32) {
        self.out
            .bits(group, self.cursor, length.min(self.left_bits()));
    }

    /// Adds a field of all bytes that are left.
    pub fn rest(&mut self, definition: &'static FieldDef) {
        self.add(definition, self.left_bits());
    }

    /// Adds a value that is computed from the field before it.
    pub fn computed(&mut self, definition: &'static FieldDef, value: u64) {
        self.out.derived_beside(definition, value);
    }

    /// The number in the next so many bits, at most 32; 0 where they are not there.
    pub fn peek(&self, length: u32) -> u32 {
        if length > self.left_bits() {
            return 0;
        }
        bits::number(self.header, &(self.cursor..self.cursor + length))
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    }

    /// How many whole bytes are left.
    pub fn left(&self) -> u32 {
        self.left_bits() / 8
    }

    /// Length of the option, kind and length bytes included.
    pub fn option_length(&self) -> usize {
        self.option.len()
    }

    /// Says what is wrong with the option.
    pub fn blame(&mut self, why: &'static str) {
        self.out
            .fault(self.option.clone(), FaultKind::BadValue { why });
    }

    /// Adds what is left as bytes that could not be read, and says why.
    pub fn give_up(&mut self, why: &'static str) {
        self.rest(&DATA);
        self.blame(why);
    }

    fn left_bits(&self) -> u32 {
        bits::of_bytes(&self.option).end.saturating_sub(self.cursor)
    }
}

/// Adds the options of `header`, which is all that there is of a header that states `stated` bytes.
pub fn expand(header: &[u8], stated: usize, out: &mut Expander<'_>) {
    let end = header.len().min(stated);
    let Some(header) = header.get(..end) else {
        return;
    };
    out.bytes(&OPTIONS, FIXED_LENGTH..end);
    for found in Options::of(header) {
        match found {
            Found::Single(kind, at) => {
                out.bytes(if kind == 0 { &END } else { &NO_OPERATION }, at..at + 1);
                out.bytes(&KIND, at..at + 1);
            }
            Found::Option(kind, range) => expand_option(kind, header, range, out),
            Found::Padding(range) => {
                out.bytes(&PADDING, range.clone());
                let why = "what stands behind the end of the option list is not zero";
                out.fault(range, FaultKind::BadValue { why });
            }
            // Where the header itself is cut, that has been said of it already.
            Found::Broken(broken) if end < stated => {
                if broken.fits(stated) {
                    out.bytes(Kind::of(broken.kind).heading, broken.at..end);
                    out.bytes(&KIND, broken.at..broken.at + 1);
                    out.bytes(&LENGTH, broken.at + 1..broken.at + 2);
                }
            }
            Found::Broken(broken) => out.fault(broken.at..end, broken.into()),
        }
    }
}

fn expand_option(number: u8, header: &[u8], option: Range<usize>, out: &mut Expander<'_>) {
    let at = option.start;
    let kind = Kind::of(number);
    out.bytes(kind.heading, option.clone());
    out.bytes(&KIND, at..at + 1);
    out.bytes(&LENGTH, at + 1..at + 2);
    let (least, most) = (usize::from(kind.lengths.0), usize::from(kind.lengths.1));
    if option.len() < least {
        let short = FaultKind::TooShort {
            needed: least as u64,
            present: option.len() as u64,
            believed: Believed::Own(LENGTH.label),
        };
        out.fault(option.clone(), short);
    }
    let fits = (least..=most).contains(&option.len());
    let mut contents = Contents {
        header,
        cursor: bits::of_bytes(&(at + 2..option.end)).start,
        option,
        out,
    };
    if fits {
        (kind.expand)(&mut contents);
    }
    if contents.left() > 0 {
        contents.rest(&DATA);
        if contents.option.len() >= least {
            contents.blame("the option has more bytes than its kind defines");
        }
    }
}

/// Appends what a SYN announces of its sender, as far as it is worth a word in one line:
/// `, segments ≤ 1460, window ×128`.
pub fn put_announcement(header: &[u8], out: &mut Draft) {
    for found in Options::of(header) {
        let Found::Option(kind, range) = found else {
            continue;
        };
        match (kind, header.get(range.start + 2..range.end)) {
            (MAXIMUM_SEGMENT_SIZE, Some([high, low])) => {
                out.push_str("  MSS ");
                out.put_number(u16::from_be_bytes([*high, *low]).into());
            }
            (SCALE, Some([shift])) => {
                out.push_str("  window ×");
                out.put_number(1 << u32::from(*shift).min(GREATEST_SHIFT));
            }
            _ => {}
        }
    }
}

const NAMES: &[(u64, &str)] = &[
    (0, "end of option list"),
    (1, "no operation"),
    (2, "maximum segment size"),
    (3, "window scale"),
    (4, "SACK permitted"),
    (5, "SACK"),
    (6, "echo (obsolete)"),
    (7, "echo reply (obsolete)"),
    (8, "timestamps"),
    (9, "partial order connection permitted (obsolete)"),
    (10, "partial order service profile (obsolete)"),
    (11, "CC (obsolete)"),
    (12, "CC.NEW (obsolete)"),
    (13, "CC.ECHO (obsolete)"),
    (14, "alternate checksum request (obsolete)"),
    (15, "alternate checksum data (obsolete)"),
    (16, "Skeeter (not documented)"),
    (17, "Bubba (not documented)"),
    (18, "trailer checksum (not documented)"),
    (19, "MD5 signature"),
    (20, "SCPS capabilities"),
    (21, "selective negative acknowledgments (SCPS)"),
    (22, "record boundary (SCPS)"),
    (23, "corruption experienced (SCPS)"),
    (24, "SNAP (not documented)"),
    (26, "compression filter (not documented)"),
    (27, "quick-start response"),
    (28, "user timeout"),
    (29, "authentication (TCP-AO)"),
    (30, "multipath TCP"),
    (34, "fast open cookie"),
    (69, "encryption negotiation (TCP-ENO)"),
    (70, "used without registration"),
    (76, "Riverbed probe (not registered)"),
    (77, "used without registration"),
    (78, "Riverbed transparency (not registered)"),
    (172, "accurate ECN, order 0"),
    (174, "accurate ECN, order 1"),
    (253, "experiment 1"),
    (254, "experiment 2"),
];

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ipv4, seen_of};
    use crate::model::frame::LinkType;

    #[test]
    fn an_option_that_the_capture_cut_stands_under_its_heading_as_far_as_it_is_there() {
        #[rustfmt::skip]
        let packet = in_ipv4(6, &[
            0, 5, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0,
            1, 8, 10, 0x13, 0x46, 0x1c, 0xf0, 0, 0, 0, 0, 0,
        ]);
        let seen = seen_of(LinkType::IPV4, &packet[..46], packet.len());
        let fields = seen.fields("tcp").into_iter();
        let options: Vec<&str> = fields
            .skip_while(|field| !field.starts_with("tcp.options"))
            .collect();
        assert_eq!(
            options,
            [
                "tcp.options 01:08:0a:13:46:1c",
                "  tcp.options.nop 01",
                "    tcp.option_kind 1 (no operation)",
                "  tcp.options.timestamp 08:0a:13:46:1c",
                "    tcp.option_kind 8 (timestamps)",
                "    tcp.option_len 10",
                "    data.gap 13:46:1c",
            ]
        );
    }
}
