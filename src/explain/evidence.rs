//! What a mark of the TCP analysis means in this very frame: one plain sentence, with its evidence.

mod again;

use std::fmt::Write as _;

use crate::model::bits;
use crate::model::field::{FieldDef, Kind, Place};
use crate::model::layer::{Decoded, LayerView};
use crate::model::text;
use crate::protocols::tcp_sack::{self, Came};
use crate::protocols::{ipv4, tcp, tcp_followed as followed};

/// Whether there may be a sentence about it.
pub fn may_say(mark: &FieldDef) -> bool {
    let is = |wanted: &'static FieldDef| std::ptr::eq(mark, wanted);
    matches!((mark.kind, mark.place), (Kind::Heading, Place::Followed))
        || is(&followed::CLIENT_STATE_BEFORE)
        || is(&followed::SERVER_STATE_BEFORE)
}

/// Appends the sentence about a mark of a frame, or about the state that it moved, without a full stop;
/// nothing for what is neither.
pub fn push_sentence(decoded: &Decoded<'_>, mark: &FieldDef, out: &mut String) {
    let evidence = Evidence(decoded);
    let is = |wanted: &'static FieldDef| std::ptr::eq(mark, wanted);
    if is(&followed::CLIENT_STATE_BEFORE) {
        evidence.push_move("client", mark, &followed::CLIENT_STATE, out);
    } else if is(&followed::SERVER_STATE_BEFORE) {
        evidence.push_move("server", mark, &followed::SERVER_STATE, out);
    } else if mark.kind == Kind::Heading {
        evidence.push_mark(mark, out);
    }
}

/// The mark and the sentence about it: `Keep-alive: only asks whether ...`.
pub fn told(decoded: &Decoded<'_>, mark: &FieldDef) -> String {
    let mut out = mark.label.to_owned();
    let before = out.len();
    push_sentence(decoded, mark, &mut out);
    if out.len() > before {
        out.insert_str(before, ": ");
    }
    out
}

/// The frame that the sentences are about.
struct Evidence<'a>(&'a Decoded<'a>);

impl Evidence<'_> {
    fn push_mark(&self, mark: &FieldDef, out: &mut String) {
        let is = |wanted: &'static FieldDef| std::ptr::eq(mark, wanted);
        if is(&followed::RETRANSMISSION) {
            self.push_again(out);
        } else if is(&followed::FAST_RETRANSMISSION) {
            out.push_str("two or more duplicate ACKs had asked for it: no timer had to run out");
        } else if is(&followed::SPURIOUS_RETRANSMISSION) {
            self.push_vain(out);
        } else if is(&followed::OUT_OF_ORDER) {
            out.push_str("a later segment came first: these bytes belong before those of it");
        } else if is(&followed::LOST_SEGMENT) {
            out.push_str(
                "bytes before these were not seen: lost on the way, late, or missed by the capture",
            );
        } else if is(&followed::ACK_LOST_SEGMENT) {
            out.push_str("the receiver has bytes that the capture has not seen: the capture is incomplete, not the exchange");
        } else if is(&followed::DUPLICATE_ACK) {
            self.push_duplicate(out);
        } else if is(&followed::REUSED_PORTS) {
            out.push_str("a new connection between the same addresses and ports as one before");
        } else {
            self.push_room_or_alarm(mark, out);
        }
    }

    fn push_room_or_alarm(&self, mark: &FieldDef, out: &mut String) {
        let is = |wanted: &'static FieldDef| std::ptr::eq(mark, wanted);
        if is(&followed::KEEP_ALIVE) {
            self.push_keep_alive(out);
        } else if is(&followed::KEEP_ALIVE_ACK) {
            out.push_str("it is still there");
        } else if is(&followed::ZERO_WINDOW) {
            out.push_str(
                "no room left: its program does not read what has come; the other side must wait",
            );
        } else if is(&followed::ZERO_WINDOW_PROBE) {
            out.push_str("one byte into a closed window: is there room again?");
        } else if is(&followed::ZERO_WINDOW_PROBE_ACK) {
            out.push_str("there is still no room");
        } else if is(&followed::WINDOW_UPDATE) {
            self.push_update(out);
        } else if is(&followed::WINDOW_FULL) {
            self.push_filling(out);
            out.push_str(
                " the other side's room up: nothing more may be sent until it tells of room",
            );
        } else if is(&followed::RST_NOT_TAKEN) {
            self.push_refused_reset(out);
        } else if is(&followed::SYN_ACK_NOT_TAKEN) {
            out.push_str("it acknowledges what the other side has not sent, so it agrees to nothing: most likely it answers an older SYN");
        } else if is(&followed::CAPTURED_TWICE) {
            self.push_copy(out);
        } else if is(&followed::OVERSIZED) {
            self.push_amount(out);
            out.push_str(
                " are more than the other side takes at once: a network card cuts or joins them beside the capture (offload)",
            );
        } else if is(&followed::LATE_CAPTURE) {
            out.push_str("the SYNs were not seen: numbers are counted from here, and the window scale is not known");
        }
    }

    /// `client SYN-SENT → ESTABLISHED`.
    fn push_move(&self, who: &str, before: &FieldDef, after: &'static FieldDef, out: &mut String) {
        let state = |definition: &FieldDef| {
            let number = self.0.followed_number(definition)?;
            definition.symbols.of(number)
        };
        if let (Some(before), Some(after)) = (state(before), state(after)) {
            for part in [who, " ", before, " → ", after] {
                out.push_str(part);
            }
        }
    }

    /// Whether it is a SYN without ACK.
    fn asks(&self) -> bool {
        self.has(&followed::SYN_SEEN)
    }

    fn has(&self, definition: &FieldDef) -> bool {
        self.0.followed_number(definition).is_some()
    }

    /// The segment that the sentences are about.
    fn segment(&self) -> Option<LayerView<'_>> {
        let index = self.0.layers.iter().rposition(|layer| {
            std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL) && !layer.is_quoted()
        });
        self.0.view(index?)
    }

    /// How many bytes the segment carries.
    fn payload_length(&self) -> Option<usize> {
        tcp::payload_on_wire(&self.segment()?)
    }

    /// What the segment carries: `7 bytes`, or which of SYN and FIN.
    fn push_amount(&self, out: &mut String) {
        let Some(view) = self.segment() else {
            return;
        };
        match tcp::payload_on_wire(&view) {
            None | Some(0) => tcp::push_flags(tcp::flags(view.bytes).unwrap_or(0), out),
            Some(length) => text::push_byte_count(out, length),
        }
    }

    /// `these 7 bytes use`.
    fn push_filling(&self, out: &mut String) {
        if self.payload_length() == Some(1) {
            out.push_str("this byte uses");
            return;
        }
        out.push_str("these ");
        self.push_amount(out);
        out.push_str(" use");
    }

    fn push_keep_alive(&self, out: &mut String) {
        out.push_str(if self.has(&followed::KEEP_ALIVE_FOR_ROOM) {
            "asks whether there is room again (the other side's window was 0)"
        } else {
            "asks whether the other side is still there"
        });
        out.push_str(
            ", with the number of a byte that it has acknowledged already, so that it must answer",
        );
    }

    fn push_duplicate(&self, out: &mut String) {
        let number = self.0.followed_number(&followed::DUPLICATE_ACK_NUMBER);
        let frame = self.0.followed_number(&followed::DUPLICATE_ACK_FRAME);
        let ack = self.0.followed_number(&followed::ACKNOWLEDGMENT);
        if let (Some(number), Some(frame), Some(ack)) = (number, frame, ack) {
            let _ = write!(out, "number {number}");
            // Behind the last number of all comes 0, with which a side begins: no frame has said that first.
            if frame > 0 {
                let _ = write!(out, " after frame {frame}");
            }
            out.push_str(": ");
            let segment = self.segment();
            let header = segment.and_then(|view| view.bytes.get(..view.header_length()));
            push_reason(header.and_then(tcp_sack::came), ack, out);
        }
    }

    fn push_refused_reset(&self, out: &mut String) {
        let number = |definition| self.0.followed_number(definition);
        let window = number(&followed::AWAITED).zip(number(&followed::ROOM));
        if let (Some(seq), Some((awaited, room))) = (number(&followed::SEQUENCE), window) {
            let _ = write!(
                out,
                "its number {seq} is outside of the receiver's window of {room} bytes from {awaited} on, so it is an old one or a guess, and changes nothing (RFC 9293, section 3.5.3)"
            );
        } else {
            out.push_str("who has asked, and was not answered yet, is refused only by what acknowledges its SYN (RFC 9293, section 3.10.7.3)");
        }
    }

    fn push_update(&self, out: &mut String) {
        if let Some(window) = self.0.followed_number(&followed::WINDOW) {
            let _ = write!(out, "room for {window} bytes now, and nothing else");
        }
    }

    fn push_copy(&self, out: &mut String) {
        let Some(frame) = self.0.followed_number(&followed::COPY_OF_FRAME) else {
            return;
        };
        let _ = write!(
            out,
            "most likely not sent again but the same packet as frame {frame}, "
        );
        let packet = self.0.layers.iter().rev();
        let header = packet
            .filter(|layer| std::ptr::eq(layer.protocol, &raw const ipv4::PROTOCOL))
            .find_map(|layer| self.0.header_of(layer));
        if let Some(identification) = header.and_then(|header| bits::u16_at(header, 4)) {
            let _ = write!(
                out,
                "with the same IP identification 0x{identification:04x} and so soon behind it: "
            );
        }
        out.push_str("one that is sent again comes later, and mostly with a new one");
    }
}

/// Why a receiver acknowledges the same again, from what its SACK blocks tell. Without any, nobody can say
/// whether something is missing.
fn push_reason(came: Option<Came>, ack: u64, out: &mut String) {
    let _ = match came {
        Some(Came::Again) => write!(out, "it got again what it had"),
        Some(Came::AgainBesideGap) => write!(
            out,
            "it got again what it had, and still waits for byte {ack}"
        ),
        Some(Came::BehindGap) => write!(
            out,
            "it still waits for byte {ack}; what it got since does not follow"
        ),
        None => write!(
            out,
            "it asks for byte {ack} again: it got what it had, or what does not follow"
        ),
    };
}

/// Milliseconds, with microseconds where there are less than ten.
fn push_duration(nanoseconds: i64, out: &mut String) {
    if nanoseconds.abs() < 10_000_000 {
        text::push_milliseconds(out, nanoseconds);
    } else {
        let _ = write!(out, "{}", nanoseconds / 1_000_000);
    }
    out.push_str(" ms");
}

#[cfg(test)]
mod tests;
