//! The story of an exchange: what each frame is there for, in a few words.
//!
//! A frame alone does not tell whether an ACK completes the handshake or acknowledges a FIN; what was
//! followed does.

use crate::model::layer::{Decoded, LayerView};
use crate::model::text;
use crate::protocols::{tcp, tcp_followed as followed};

/// Appends what a frame is there for, with what is known of it from those before.
pub fn push_frame(decoded: &Decoded<'_>, out: &mut String) {
    let segment = decoded.layers_on_wire().find(|(_, layer)| {
        std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL) && !layer.is_quoted()
    });
    let Some((index, _)) = segment else {
        push_message_or_line(decoded, out);
        return;
    };
    let flags = decoded.view(index).and_then(|view| tcp::flags(view.bytes));
    let (Some(view), Some(flags)) = (decoded.view(index), flags) else {
        decoded.push_said_and_fault(out);
        return;
    };
    tcp::push_flags(flags, out);
    let length = tcp::payload_on_wire(&view).unwrap_or(0);
    if length > 0 {
        out.push_str("  ");
        push_amount(length, out);
    }
    decoded.push_inside(index + 1, out);
    push_part(decoded, flags, length, out);
}

/// States by their numbers (RFC 9293, section 3.3.2).
const SYN_RECEIVED: u64 = 3;
const FIN_WAIT_2: u64 = 6;
const TIME_WAIT: u64 = 10;
const CLOSED: u64 = 0;

/// What [`followed::COMPLETENESS`] adds up.
const SEEN_SYN: u64 = 1;
const SEEN_SYN_ACK: u64 = 2;
const SEEN_ACK: u64 = 4;
const SEEN_FIN: u64 = 16;

/// What a handshake has.
const OPENED: u64 = SEEN_SYN | SEEN_SYN_ACK | SEEN_ACK;

/// Appends the part that the segment plays in its connection, where it plays one of its own.
fn push_part(decoded: &Decoded<'_>, flags: u16, length: usize, out: &mut String) {
    let number = |definition| decoded.followed_number(definition);
    let has = |definition| number(definition).is_some();
    let Some(sender) = number(&followed::SENDER) else {
        return;
    };
    let seen = number(&followed::COMPLETENESS).unwrap_or(0);
    if has(&followed::NOT_TAKEN) {
        out.push_str("  is not taken");
    } else if has(&followed::RST_SEEN) {
        out.push_str(match (seen, sender) {
            (1, 1) => "  refuses: nobody listens there",
            (seen, _) if seen & OPENED != OPENED && seen & SEEN_SYN != 0 => {
                "  gives up before it is open"
            }
            (seen, sender) if seen & OPENED == OPENED && was_gone(decoded, sender) => {
                "  answers: that connection is gone"
            }
            _ => "  breaks the connection off",
        });
    } else if has(&followed::SYN_ACK_SEEN) {
        out.push_str("  agrees (2 of 3)");
    } else if has(&followed::SYN_SEEN) {
        out.push_str("  asks to open (1 of 3)");
    } else if has(&followed::FIN_SEEN) {
        out.push_str("  has no more to say");
    } else if length == 0 && flags & tcp::ACK_BIT != 0 {
        push_acknowledgment(decoded, sender, out);
    }
}

/// Whether the sender of a segment had no connection any more before it, `sender` being 0 for the client.
fn was_gone(decoded: &Decoded<'_>, sender: u64) -> bool {
    let (before, now) = match sender {
        0 => (&followed::CLIENT_STATE_BEFORE, &followed::CLIENT_STATE),
        _ => (&followed::SERVER_STATE_BEFORE, &followed::SERVER_STATE),
    };
    let has_moved = decoded.followed_number(before).is_some();
    !has_moved && decoded.followed_number(now) == Some(CLOSED)
}

/// Appends what an acknowledgment and nothing else tells the other side, `sender` being 0 for the client.
fn push_acknowledgment(decoded: &Decoded<'_>, sender: u64, out: &mut String) {
    let number = |definition| decoded.followed_number(definition);
    let (before, after) = match sender {
        0 => (&followed::SERVER_STATE_BEFORE, &followed::SERVER_STATE),
        _ => (&followed::CLIENT_STATE_BEFORE, &followed::CLIENT_STATE),
    };
    let seen = number(&followed::COMPLETENESS).unwrap_or(0);
    let has_seen = |what| seen & what != 0;
    let has_heard_the_end = match number(after) {
        Some(FIN_WAIT_2 | TIME_WAIT) => true,
        // An RST closes too, and has no number that could be acknowledged.
        Some(CLOSED) => has_seen(SEEN_FIN),
        _ => false,
    };
    if number(before) == Some(SYN_RECEIVED) {
        out.push_str("  it is open (3 of 3)");
    } else if has_heard_the_end {
        out.push_str("  heard the end");
    } else if let Some(ack) = number(&followed::ACKNOWLEDGMENT)
        && has_seen(SEEN_SYN | SEEN_SYN_ACK)
    {
        out.push_str("  got ");
        push_amount(
            usize::try_from(ack.saturating_sub(1)).unwrap_or(usize::MAX),
            out,
        );
        out.push_str(" so far");
    }
}

/// A datagram's length and message; any other frame's own line.
fn push_message_or_line(decoded: &Decoded<'_>, out: &mut String) {
    use crate::model::reference::OsiLayer;
    let transport = decoded.layers_on_wire().find(|(_, layer)| {
        layer.protocol.standing.osi == OsiLayer::Transport && !layer.is_quoted()
    });
    let view = transport.and_then(|(index, _)| Some((index, decoded.view(index)?)));
    match view {
        Some((index, view)) if index + 1 < decoded.layers.len() => {
            push_amount(payload_length(&view), out);
            decoded.push_inside(index + 1, out);
        }
        _ => decoded.push_said_and_fault(out),
    }
}

fn payload_length(view: &LayerView<'_>) -> usize {
    view.wire_length().saturating_sub(view.header_length())
}

fn push_amount(bytes: usize, out: &mut String) {
    text::push_number(out, bytes as u64);
    out.push_str(" B");
}

#[cfg(test)]
mod tests {
    use etherparse::{PacketBuilder, PacketBuilderStep, TcpHeader};

    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{frame_of, in_ethernet};
    use crate::flow::Flows;
    use crate::model::frame::{Frame, LinkType};
    use crate::model::needs::Past;

    #[test]
    fn an_rst_outside_of_the_window_breaks_nothing_off() {
        let segment = |number| {
            PacketBuilder::ipv4([10, 0, 0, 7], [10, 0, 0, 6], 64).tcp(40_000, 80, number, 1_000)
        };
        let answer = |number| {
            PacketBuilder::ipv4([10, 0, 0, 6], [10, 0, 0, 7], 64).tcp(80, 40_000, number, 1_000)
        };
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let mut tell = |segment: PacketBuilderStep<TcpHeader>| {
            let mut packet = Vec::new();
            segment.write(&mut packet, &[]).unwrap();
            let frame = frame_of(LinkType::IPV4, &packet, packet.len());
            decoder.walk(&frame);
            let decoded = decoder.expand(&frame);
            let decoded = decoded.with_followed(flows.follow(&decoded, Past::Everything));
            let mut said = String::new();
            push_frame(&decoded, &mut said);
            said
        };
        tell(segment(1_000).syn());
        tell(answer(5_000).syn().ack(1_001));
        tell(segment(1_001).ack(5_001));
        assert_eq!(tell(answer(99_000).rst()), "RST  is not taken");
        let awaited = tell(answer(5_001).rst());
        assert_eq!(awaited, "RST  breaks the connection off");
        // Which crossed the RST on its way: that has no number of its own, so nothing more was heard.
        assert_eq!(tell(segment(1_001).ack(5_001)), "ACK  got 0 B so far");
    }

    #[test]
    fn what_the_cable_did_is_no_part_of_what_a_frame_says() {
        let request = [
            0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 192, 168, 1, 7, 0, 0, 0, 0, 0, 0, 192, 168,
            1, 6,
        ];
        let bytes = in_ethernet(0x0806, &request);
        let frame = Frame {
            comment: Some(b"duplicated on the cable: duplicate all"),
            ..frame_of(LinkType::ETHERNET, &bytes, bytes.len())
        };
        let mut said = String::new();
        push_frame(&Decoder::new().expand(&frame), &mut said);
        assert_eq!(said, "who has 192.168.1.6? tell 192.168.1.7");
    }
}
