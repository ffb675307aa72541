//! How many bytes of an exchange are message, and how many each layer puts around it.

use std::fmt::Write as _;

use super::theme::{self, Theme};
use super::width;
use crate::model::field::Buffer;
use crate::model::layer::Decoded;
use crate::model::protocol::Protocol;
use crate::protocols::piece;
use crate::protocols::tcp_followed::RETRANSMISSION;

/// What layering costs: bytes of message against bytes of headers.
#[derive(Debug, Default)]
pub struct Sums {
    frames: u64,
    bytes: u64,
    by_protocol: Vec<(&'static Protocol, u64)>,
    /// How many bytes of message are in segments that were sent again.
    again: u64,
}

impl Sums {
    /// Counts a frame, with what is known of it from those before.
    pub fn add(&mut self, decoded: &Decoded<'_>) {
        self.frames += 1;
        self.bytes += u64::from(decoded.frame.wire_length);
        // What was put together from several frames was counted in each of them.
        let layers = decoded.layers_on_wire().map(|(_, layer)| layer);
        let is_again = decoded.followed_number(&RETRANSMISSION).is_some();
        let mut carrier = None;
        for layer in layers.filter(|layer| layer.buffer == Buffer::FRAME) {
            let own = (layer.header_end - layer.start) as u64;
            // What an ICMP error quotes is said by the error.
            let protocol = carrier
                .filter(|_| layer.is_quoted())
                .unwrap_or(layer.protocol);
            carrier = Some(protocol);
            self.count(protocol, own);
            if is_again && is_message(protocol) {
                self.again += own;
            }
        }
    }

    fn count(&mut self, protocol: &'static Protocol, own: u64) {
        let known = self
            .by_protocol
            .iter_mut()
            .find(|(known, _)| std::ptr::eq(*known, protocol));
        match known {
            Some((_, bytes)) => *bytes += own,
            None => self.by_protocol.push((protocol, own)),
        }
    }

    fn messages(&self) -> u64 {
        self.by_protocol
            .iter()
            .filter(|(protocol, _)| is_message(protocol))
            .map(|(_, bytes)| bytes)
            .sum()
    }

    /// Appends how much there was, `columns` cells wide.
    pub fn push(&self, theme: Theme, columns: usize, out: &mut String) {
        let messages = self.messages();
        let around = self.bytes - messages.min(self.bytes);
        let share = (around * 1000).checked_div(self.bytes).unwrap_or(0);
        let again = match self.again {
            0 => String::new(),
            again => format!(" ({again} of them sent again)"),
        };
        out.push('\n');
        let start = out.len();
        let _ = write!(
            out,
            "{} frames, {} bytes: {messages} of message{again}, {around} of headers and padding ({}.{} %)",
            self.frames,
            self.bytes,
            share / 10,
            share % 10,
        );
        width::wrap(out, start, columns, 2);
        out.push('\n');
        if self.by_protocol.is_empty() {
            return;
        }
        let mut cells = width::of(WHAT_IT_COSTS);
        out.push_str(WHAT_IT_COSTS);
        for (index, (protocol, bytes)) in self.by_protocol.iter().enumerate() {
            let part = format!("{} {bytes}", label_of(protocol));
            let separator = if index > 0 { " · " } else { "" };
            cells += width::of(&part) + width::of(separator);
            // Behind the last one there is the unit.
            if cells + width::of(UNIT) > columns {
                out.push_str(" ·\n  ");
                cells = 2 + width::of(&part);
            } else {
                out.push_str(separator);
            }
            theme.paint_str(out, theme::layer(protocol.standing.osi), &part);
        }
        out.push_str(UNIT);
        out.push('\n');
    }
}

/// Whether it is what the programs say to each other, and no header around it.
fn is_message(protocol: &Protocol) -> bool {
    protocol.standing.is_of_programs()
}

/// What bytes of a protocol are called beside those of others: a message that came in pieces counts there, and not
/// for the protocol that shows it when it is whole.
fn label_of(protocol: &Protocol) -> &'static str {
    if std::ptr::eq(protocol, &raw const piece::PROTOCOL) {
        "messages in pieces"
    } else {
        protocol.label
    }
}

const WHAT_IT_COSTS: &str = "What layering costs: ";
const UNIT: &str = " bytes";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::capture;
    use crate::decode::Decoder;
    use crate::flow::Flows;
    use crate::model::needs::{Depth, Past};

    #[test]
    fn without_a_frame_nothing_is_told_of_what_layering_costs() {
        let mut out = String::new();
        Sums::default().push(Theme::Plain, 80, &mut out);
        assert_eq!(
            out,
            "\n0 frames, 0 bytes: 0 of message, 0 of headers and padding (0.0 %)\n"
        );
    }

    /// What there was in all in a fixture.
    fn sums_of(name: &str) -> String {
        let mut sums = Sums::default();
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut source = capture::open(&Path::new(fixtures).join(name)).unwrap();
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        while let Some(frame) = source.next_frame().unwrap() {
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Everything);
            let decoded = decoder.deepen(&frame, Depth::Expand);
            sums.add(&decoded.with_followed(flows.followed()));
        }
        let mut out = String::new();
        sums.push(Theme::Plain, 200, &mut out);
        out
    }

    #[test]
    fn what_an_icmp_error_quotes_is_no_message_once_more() {
        assert_eq!(
            sums_of("icmp-unreachable.pcapng"),
            "\n4 frames, 236 bytes: 20 of message, 216 of headers and padding (91.5 %)\n\
             What layering costs: Ethernet 56 · ARP 56 · IPv4 40 · UDP 8 · Data 20 · ICMP 56 bytes\n"
        );
    }

    #[test]
    fn bytes_of_message_that_were_sent_again_are_told_to_be() {
        let sums = sums_of("damaged.pcapng");
        let said = "16 frames, 1051 bytes: 27 of message (10 of them sent again), 1024 of headers";
        assert!(sums.contains(said), "{sums}");
    }

    #[test]
    fn bytes_of_messages_that_came_in_pieces_are_called_so() {
        let sums = sums_of("http.pcapng");
        assert!(sums.contains(" · messages in pieces "), "{sums}");
    }

    #[test]
    fn what_there_was_in_all_goes_on_below_on_a_narrow_terminal() {
        let mut out = String::new();
        Sums::default().push(Theme::Plain, 40, &mut out);
        assert_eq!(
            out,
            "\n0 frames, 0 bytes: 0 of message, 0 of\n  headers and padding (0.0 %)\n"
        );
    }
}
