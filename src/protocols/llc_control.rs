//! The control field of an LLC frame: most frames only carry information; some open, guard and close a
//! connection on the link itself, with numbered frames, as TCP does much later.

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::{ByteOrder, FieldDef};
use crate::model::source::Source;

const IEEE_802_2: &str = "802.2-1998";

/// The whole field.
pub static CONTROL: FieldDef = FieldDef::hex("llc.control", "Control")
    .group()
    .ordered(ByteOrder::Little)
    .source(Source::Ieee(IEEE_802_2, "5.2"))
    .meaning("What the frame does on the link: 0x03, by far the most usual value, just carries information.");

/// First bits of an unnumbered frame.
pub static MODIFIER_HIGH: FieldDef =
    FieldDef::decimal("llc.control.modifier_high", "Modifier, first bits")
        .source(Source::Ieee(IEEE_802_2, "5.2"))
        .meaning("The first three bits of the number that says what an unnumbered frame does; the poll bit stands between them and the rest.");

/// Their other bits.
pub static MODIFIER_LOW: FieldDef =
    FieldDef::decimal("llc.control.modifier_low", "Modifier, last bits")
        .source(Source::Ieee(IEEE_802_2, "5.2"))
        .meaning("The last two bits of the number that says what an unnumbered frame does.");

/// The modifier of a command.
pub static COMMAND: FieldDef = FieldDef::hex("llc.control.u_modifier_cmd", "Command")
    .derived()
    .named_by(command_name)
    .source(Source::Ieee(IEEE_802_2, "5.4"))
    .meaning(
        "What the frame asks of the other side; put together from the two parts of the modifier.",
    );

/// The modifier of a response.
pub static RESPONSE: FieldDef = FieldDef::hex("llc.control.u_modifier_resp", "Response")
    .derived()
    .named_by(response_name)
    .source(Source::Ieee(IEEE_802_2, "5.4"))
    .meaning("What the frame answers to the other side; put together from the two parts of the modifier.");

/// Unused bits of a supervisory frame.
pub static RESERVED: FieldDef = FieldDef::decimal("llc.control.reserved", "Reserved")
    .source(Source::Ieee(IEEE_802_2, "5.2"))
    .meaning("Unused bits of a supervisory frame; they are sent as 0.");

/// What a supervisory frame says.
pub static SUPERVISION: FieldDef = FieldDef::hex("llc.control.s_ftype", "Supervision")
    .named(SUPERVISIONS)
    .source(Source::Ieee(IEEE_802_2, "5.4"))
    .meaning("Whether the receiver is ready for more, is not, or wants frames sent again.");

/// The number of an information frame.
pub static SEND_NUMBER: FieldDef = FieldDef::decimal("llc.control.n_s", "Send number N(S)")
    .source(Source::Ieee(IEEE_802_2, "5.3"))
    .meaning("The number of this frame, counted from 0 to 127 and over again.");

/// Which of the three forms the field has.
pub static FRAME_TYPE: FieldDef = FieldDef::hex("llc.control.ftype", "Frame type")
    .named(&[
        (0, "numbered information"),
        (1, "supervisory"),
        (3, "unnumbered"),
    ])
    .source(Source::Ieee(IEEE_802_2, "5.2"))
    .meaning("Which of its three forms the control field has, and so how long it is.");

/// The number expected next.
pub static RECEIVE_NUMBER: FieldDef = FieldDef::decimal("llc.control.n_r", "Receive number N(R)")
    .source(Source::Ieee(IEEE_802_2, "5.3"))
    .meaning("The number of the frame that the sender expects next; all before it have arrived.");

/// The set bit of a command.
pub static POLL: FieldDef = FieldDef::flag("llc.control.p", "Poll")
    .source(Source::Ieee(IEEE_802_2, "5.3"))
    .meaning("The other side must answer this command at once.");

/// The set bit of a response.
pub static FINAL: FieldDef = FieldDef::flag("llc.control.f", "Final")
    .source(Source::Ieee(IEEE_802_2, "5.3"))
    .meaning("This response is the answer to a command that had its poll bit set.");

/// The bit where it is not set.
pub static NO_POLL: FieldDef = FieldDef::flag("llc.control.pf", "Poll or final")
    .source(Source::Ieee(IEEE_802_2, "5.3"))
    .meaning("Not set: nothing has to be answered at once, and this is no such answer.");

const SUPERVISIONS: &[(u64, &str)] = &[
    (0, "receiver ready, RR"),
    (1, "receiver not ready, RNR"),
    (2, "reject, REJ"),
    (3, "selective reject, SREJ"),
];

/// A control field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// One byte: the frame has no number.
    Unnumbered(u8),
    /// Two bytes: the state of the receiver.
    Supervisory([u8; 2]),
    /// Two bytes: information with a number.
    Information([u8; 2]),
}

impl Control {
    /// Reads the field, and gives what is behind it; `None` when not all of it is there.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (first, behind) = bytes.split_first()?;
        if first & 3 == 3 {
            return Some((Self::Unnumbered(*first), behind));
        }
        let (both, behind) = bytes.split_first_chunk()?;
        let control = if first & 1 == 1 {
            Self::Supervisory(*both)
        } else {
            Self::Information(*both)
        };
        Some((control, behind))
    }

    /// Its length in bytes.
    pub const fn length(self) -> usize {
        match self {
            Self::Unnumbered(_) => 1,
            Self::Supervisory(_) | Self::Information(_) => 2,
        }
    }

    /// Whether the frame carries something for a program above, rather than minding the link.
    pub const fn carries_information(self) -> bool {
        match self {
            Self::Unnumbered(byte) => modifier(byte) == 0,
            Self::Supervisory(_) => false,
            Self::Information(_) => true,
        }
    }

    const fn is_polling(self) -> bool {
        match self {
            Self::Unnumbered(byte) => byte & 0x10 != 0,
            Self::Supervisory([_, last]) | Self::Information([_, last]) => last & 1 != 0,
        }
    }

    /// Appends what the frame does: `UI command`, `RR command, expects 5, poll`.
    pub fn push_summary(self, is_response: bool, out: &mut Draft) {
        match self {
            Self::Unnumbered(byte) => push_unnumbered(byte, is_response, out),
            Self::Supervisory([first, _]) => {
                let kind = u64::from(first >> 2 & 3);
                out.push_str(SUPERVISION.symbols.of(kind).map_or("", short));
            }
            Self::Information([first, _]) => {
                out.push_str("I frame ");
                out.put_number(u64::from(first >> 1));
            }
        }
        out.push_str(if is_response { " response" } else { " command" });
        if let Self::Supervisory([_, last]) | Self::Information([_, last]) = self {
            out.push_str(", expects ");
            out.put_number(u64::from(last >> 1));
        }
        if self.is_polling() {
            out.push_str(if is_response { ", final" } else { ", poll" });
        }
    }
}

/// Adds the fields of a control field at byte `at` of the header.
pub fn expand(control: Control, is_response: bool, at: usize, out: &mut Expander<'_>) {
    out.bytes(&CONTROL, at..at + control.length());
    let bit = u32::try_from(at * 8).unwrap_or(u32::MAX);
    let poll = match (control.is_polling(), is_response) {
        (false, _) => &NO_POLL,
        (true, false) => &POLL,
        (true, true) => &FINAL,
    };
    match control {
        Control::Unnumbered(byte) => {
            out.bits(&MODIFIER_HIGH, bit, 3);
            out.bits(poll, bit + 3, 1);
            out.bits(&MODIFIER_LOW, bit + 4, 2);
            out.bits(&FRAME_TYPE, bit + 6, 2);
            let definition = if is_response { &RESPONSE } else { &COMMAND };
            out.derived_beside(definition, u64::from(modifier(byte)));
            return;
        }
        Control::Supervisory(_) => {
            out.bits(&RESERVED, bit, 4);
            out.bits(&SUPERVISION, bit + 4, 2);
            out.bits(&FRAME_TYPE, bit + 6, 2);
        }
        Control::Information(_) => {
            out.bits(&SEND_NUMBER, bit, 7);
            out.bits(&FRAME_TYPE, bit + 7, 1);
        }
    }
    out.bits(&RECEIVE_NUMBER, bit + 8, 7);
    out.bits(poll, bit + 15, 1);
}

/// What an unnumbered frame does: its bits without the type's, the poll bit's place left empty.
const fn modifier(byte: u8) -> u8 {
    byte >> 2 & 0x3b
}

fn push_unnumbered(byte: u8, is_response: bool, out: &mut Draft) {
    let number = u64::from(modifier(byte));
    let name = if is_response {
        response_name(number)
    } else {
        command_name(number)
    };
    match name {
        Some(name) => out.push_str(short(name)),
        None => {
            out.push_str("unnumbered ");
            out.put_hex_number(number, 2);
        }
    }
}

/// The abbreviation at the end of a name.
fn short(name: &'static str) -> &'static str {
    name.rsplit(", ").next().unwrap_or(name)
}

fn command_name(modifier: u64) -> Option<&'static str> {
    Some(match modifier {
        0x10 => "disconnect, DISC",
        0x1b => "open a connection, SABME",
        both => return name_of_both(both),
    })
}

fn response_name(modifier: u64) -> Option<&'static str> {
    Some(match modifier {
        0x03 => "disconnected mode, DM",
        0x18 => "acknowledgment, UA",
        0x21 => "frame rejected, FRMR",
        both => return name_of_both(both),
    })
}

fn name_of_both(modifier: u64) -> Option<&'static str> {
    Some(match modifier {
        0x00 => "unnumbered information, UI",
        0x19 => "acknowledged information 0, AC0",
        0x2b => "exchange of abilities, XID",
        0x38 => "test of the link, TEST",
        0x39 => "acknowledged information 1, AC1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ethernet, seen};
    use crate::model::frame::LinkType;

    fn netbios(source: u8, control: &[u8]) -> Seen {
        let payload = [&[0xf0, source], control].concat();
        let length = u16::try_from(payload.len()).unwrap();
        seen(LinkType::ETHERNET, &in_ethernet(length, &payload))
    }

    #[test]
    fn a_command_that_opens_a_connection_wants_an_answer() {
        let seen = netbios(0xf0, &[0x7f]);
        assert_eq!(seen.line, "NetBIOS  SABME command, poll");
        assert_eq!(
            seen.chosen("llc", &["llc.control"]),
            [
                "llc.control 0x7f",
                "llc.control.modifier_high 3",
                "llc.control.p 1",
                "llc.control.modifier_low 3",
                "llc.control.ftype 0x3 (unnumbered)",
                "= llc.control.u_modifier_cmd 0x1b (open a connection, SABME)",
            ]
        );
    }

    #[test]
    fn a_response_has_names_of_its_own() {
        assert_eq!(netbios(0xf1, &[0x73]).line, "NetBIOS  UA response, final");
        assert_eq!(netbios(0xf1, &[0x0f]).line, "NetBIOS  DM response");
        assert_eq!(
            netbios(0xf0, &[0x0f]).line,
            "NetBIOS  unnumbered 0x03 command"
        );
    }

    #[test]
    fn a_numbered_frame_says_its_number_and_the_one_expected() {
        let seen = netbios(0xf0, &[0x06, 0x0b, b'x']);
        assert_eq!(seen.line, "NetBIOS  I frame 3 command, expects 5, poll");
        assert_eq!(
            seen.chosen("llc", &["llc.control"]),
            [
                "llc.control 0xb06",
                "llc.control.n_s 3",
                "llc.control.ftype 0x0 (numbered information)",
                "llc.control.n_r 5",
                "llc.control.p 1",
            ]
        );
    }

    #[test]
    fn a_supervisory_frame_says_how_the_receiver_is() {
        let seen = netbios(0xf1, &[0x05, 0x0a]);
        assert_eq!(seen.line, "NetBIOS  RNR response, expects 5");
        assert_eq!(
            seen.chosen("llc", &["llc.control"]),
            [
                "llc.control 0xa05",
                "llc.control.reserved 0",
                "llc.control.s_ftype 0x1 (receiver not ready, RNR)",
                "llc.control.ftype 0x1 (supervisory)",
                "llc.control.n_r 5",
                "llc.control.pf 0",
            ]
        );
    }
}
