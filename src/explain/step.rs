//! One frame as a step of an exchange: from whom to whom, with what, and what it does to both sides.

use super::ends::Ends;
use super::{evidence, refusal};
use crate::flow::endpoints::Role;
use crate::model::fate::Fate;
use crate::model::fault::Severity;
use crate::model::field::FieldDef;
use crate::model::layer::Decoded;
use crate::model::reference::OsiLayer;
use crate::model::text;
use crate::protocols::frame::SINCE_FIRST;
use crate::protocols::{tcp, tcp_followed as followed};

/// What there is to draw of a frame.
#[derive(Clone, Debug)]
pub struct Step {
    /// The number of the frame.
    pub number: u64,
    /// Nanoseconds since the first frame of the capture.
    pub time: i64,
    /// From whom to whom; `None` where the frame does not say.
    pub ends: Option<Ends>,
    /// What it is: `SYN ACK`, `UDP`.
    pub head: String,
    /// Its numbers: `seq 1 ack 8 len 5`; of what is no segment or datagram none.
    pub numbers: String,
    /// What it says: `"hello"`.
    pub message: String,
    /// Whether it never reached the other side.
    pub is_lost: bool,
    /// What is noteworthy about it, each in a sentence.
    pub notes: Vec<Note>,
    /// The layer that it is about.
    pub layer: OsiLayer,
    /// What it means to its connection, where it belongs to one.
    pub connection: Option<Place>,
}

/// Something noteworthy about a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub text: String,
    /// How bad that is.
    pub severity: Severity,
}

/// The place of a segment in its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the connection.
    pub stream: u64,
    /// Which side sent it.
    pub sender: Role,
    /// Whether it ends its direction, with a FIN.
    pub is_last: bool,
    /// What the client was before and is behind it.
    pub client: Standing,
    /// What the server was before and is behind it.
    pub server: Standing,
}

/// The state of a side (RFC 9293, section 3.3.2), as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Before the segment, where the segment changed it.
    pub before: Option<&'static str>,
    /// After it.
    pub after: Option<&'static str>,
}

impl Step {
    /// The step that a checked and followed frame is.
    pub fn of(decoded: &Decoded<'_>) -> Self {
        let mut step = Self {
            number: decoded.frame.number,
            time: decoded
                .followed_number(&SINCE_FIRST)
                .unwrap_or(0)
                .cast_signed(),
            ends: Ends::of(decoded),
            head: String::new(),
            numbers: String::new(),
            message: String::new(),
            is_lost: decoded.frame.is_lost(),
            notes: Vec::new(),
            layer: decoded
                .innermost()
                .map_or(OsiLayer::DataLink, |layer| layer.protocol.standing.osi),
            connection: place(decoded),
        };
        step.say(decoded);
        step.notes.extend(fault(decoded));
        step.notes.extend(harms(decoded));
        step.notes.extend(refused(decoded));
        step.notes.extend(marks(decoded));
        step
    }

    fn say(&mut self, decoded: &Decoded<'_>) {
        let transport = decoded.layers_on_wire().find(|(_, layer)| {
            layer.protocol.standing.osi == OsiLayer::Transport && !layer.is_quoted()
        });
        let Some((index, layer)) = transport else {
            let innermost = decoded.innermost();
            self.head
                .push_str(innermost.map_or("", |layer| layer.protocol.label));
            decoded.push_said(&mut self.message);
            return;
        };
        let is_tcp = std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL);
        let view = decoded.view(index);
        let flags = view.and_then(|view| tcp::flags(view.bytes));
        match flags.filter(|_| is_tcp) {
            Some(flags) => tcp::push_flags(flags, &mut self.head),
            None => self.head.push_str(layer.protocol.label),
        }
        let length = if is_tcp {
            self.number("seq", decoded.followed_number(&followed::SEQUENCE));
            let has_ack = flags.is_some_and(|flags| flags & tcp::ACK_BIT != 0);
            let ack = decoded.followed_number(&followed::ACKNOWLEDGMENT);
            self.number("ack", ack.filter(|_| has_ack));
            view.and_then(|view| tcp::payload_on_wire(&view))
        } else {
            view.map(|view| view.wire_length().saturating_sub(view.header_length()))
        };
        let length = length.filter(|length| *length > 0);
        self.number("len", length.map(|length| length as u64));
        self.say_inner(decoded, index + 1);
    }

    fn number(&mut self, name: &str, number: Option<u64>) {
        let Some(number) = number else { return };
        if !self.numbers.is_empty() {
            self.numbers.push(' ');
        }
        self.numbers.push_str(name);
        self.numbers.push(' ');
        text::push_number(&mut self.numbers, number);
    }

    fn say_inner(&mut self, decoded: &Decoded<'_>, first: usize) {
        for (index, layer) in decoded.layers.iter().enumerate().skip(first) {
            if !decoded.says_more(layer) || layer.is_quoted() {
                continue;
            }
            let before = self.message.len();
            if before > 0 {
                self.message.push_str("  ");
            }
            let separated = self.message.len();
            decoded.push_saying(index, &mut self.message);
            if self.message.len() == separated {
                self.message.truncate(before);
            }
        }
    }
}

fn place(decoded: &Decoded<'_>) -> Option<Place> {
    let state = |definition: &'static FieldDef| {
        let state = decoded.followed_number(definition)?;
        definition.symbols.of(state)
    };
    Some(Place {
        stream: decoded.followed_number(&followed::STREAM)?,
        sender: match decoded.followed_number(&followed::SENDER)? {
            0 => Role::Client,
            _ => Role::Server,
        },
        is_last: decoded.followed_number(&followed::FIN_SEEN).is_some(),
        client: Standing {
            before: state(&followed::CLIENT_STATE_BEFORE),
            after: state(&followed::CLIENT_STATE),
        },
        server: Standing {
            before: state(&followed::SERVER_STATE_BEFORE),
            after: state(&followed::SERVER_STATE),
        },
    })
}

fn fault(decoded: &Decoded<'_>) -> Option<Note> {
    let fault = decoded.worst_fault()?;
    let mut text = String::new();
    decoded.push_fault(fault, &mut text);
    let severity = fault.kind.severity();
    Some(Note { text, severity })
}

/// What was done to it on the lab's cable. On a slow cable every frame takes its time.
fn harms(decoded: &Decoded<'_>) -> impl Iterator<Item = Note> {
    let harms = decoded.frame.harms();
    harms
        .filter(|harm| !matches!(harm.fate, Fate::Queued(_)))
        .map(|harm| {
            // The fault is text that a file's comment has.
            let mut text = String::new();
            text::push_escaped(&mut text, harm.to_string().as_bytes());
            let severity = Severity::Error;
            Note { text, severity }
        })
}

/// That the receiver drops what was corrupted there.
fn refused(decoded: &Decoded<'_>) -> Option<Note> {
    Some(Note {
        text: refusal::told(decoded)?,
        severity: Severity::Error,
    })
}

/// What is noteworthy beside the frames before, each in its sentence.
fn marks(decoded: &Decoded<'_>) -> impl Iterator<Item = Note> {
    decoded.marks().map(|mark| Note {
        text: evidence::told(decoded, mark),
        severity: Severity::Warning,
    })
}
