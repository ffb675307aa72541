//! The story of an exchange: what each frame is there for, in a few words.
//!
//! A frame alone does not tell whether an ACK completes the handshake or acknowledges a FIN; so the
//! story remembers, for a bounded number of TCP connections, how far each has come.

use etherparse::TcpHeaderSlice;

use crate::model::layer::{Decoded, LayerView};
use crate::model::text;
use crate::protocols::tcp;

/// How many TCP connections are remembered; frames of further ones are told without their past.
const REMEMBERED: usize = 256;

/// Tells frames in their order.
#[derive(Debug, Default)]
pub struct Story {
    connections: Vec<Connection>,
}

/// What the story remembers of a TCP connection.
#[derive(Debug)]
struct Connection {
    opener: Side,
    other: Side,
    handshake_done: bool,
}

/// One side of it.
#[derive(Debug)]
struct Side {
    port: u16,
    /// The sequence number of its SYN, once seen.
    start: Option<u32>,
    /// The sequence number after its FIN, once seen.
    after_fin: Option<u32>,
}

impl Side {
    const fn new(port: u16) -> Self {
        Self {
            port,
            start: None,
            after_fin: None,
        }
    }
}

impl Story {
    /// Appends what a frame is there for.
    pub fn push_frame(&mut self, decoded: &Decoded<'_>, out: &mut String) {
        let segment = decoded.layers_on_wire().find(|(_, layer)| {
            std::ptr::eq(layer.protocol, &raw const tcp::PROTOCOL) && !layer.is_quoted()
        });
        let Some((index, _)) = segment else {
            push_message_or_line(decoded, out);
            return;
        };
        let Some(view) = decoded.view(index) else {
            return;
        };
        let Ok(header) = TcpHeaderSlice::from_slice(view.bytes) else {
            decoded.push_line(out);
            return;
        };
        tcp::push_flags(tcp::flags(view.bytes).unwrap_or(0), out);
        let length = tcp::payload_on_wire(&view).unwrap_or(0);
        if length > 0 {
            out.push_str("  ");
            push_amount(length, out);
            push_inner(decoded, index + 1, out);
        }
        self.push_part(&header, length, out);
    }

    /// Appends the part that the segment plays in its connection, where it plays one of its own.
    fn push_part(&mut self, header: &TcpHeaderSlice<'_>, length: usize, out: &mut String) {
        let Some(connection) = self.connection(header) else {
            return;
        };
        let from_opener = header.source_port() == connection.opener.port;
        let (sender, receiver) = if from_opener {
            (&mut connection.opener, &mut connection.other)
        } else {
            (&mut connection.other, &mut connection.opener)
        };
        let after = header
            .sequence_number()
            .wrapping_add(u32::try_from(length).unwrap_or(u32::MAX));
        if header.rst() {
            out.push_str(if connection.handshake_done {
                "  breaks the connection off"
            } else {
                "  refuses: nobody listens there"
            });
            return;
        }
        if header.syn() {
            sender.start = Some(header.sequence_number());
            out.push_str(if header.ack() {
                "  agrees (2 of 3)"
            } else {
                "  asks to open (1 of 3)"
            });
            return;
        }
        if header.fin() {
            sender.after_fin = Some(after.wrapping_add(1));
            out.push_str("  has no more to say");
            return;
        }
        if length > 0 {
            return;
        }
        if !connection.handshake_done && from_opener {
            connection.handshake_done = true;
            out.push_str("  it is open (3 of 3)");
        } else if receiver.after_fin == Some(header.acknowledgment_number()) {
            out.push_str("  heard the end");
        } else if let Some(start) = receiver.start {
            out.push_str("  got ");
            let arrived = header
                .acknowledgment_number()
                .wrapping_sub(start)
                .wrapping_sub(1);
            push_amount(arrived as usize, out);
            out.push_str(" so far");
        }
    }

    /// The connection that a segment belongs to; a SYN makes it known.
    fn connection(&mut self, header: &TcpHeaderSlice<'_>) -> Option<&mut Connection> {
        let ports = [header.source_port(), header.destination_port()];
        let known = self.connections.iter().rposition(|connection| {
            let both = [connection.opener.port, connection.other.port];
            both == ports || both == [ports[1], ports[0]]
        });
        let opens_anew = header.syn() && !header.ack();
        match known {
            Some(index) if !opens_anew => self.connections.get_mut(index),
            _ if opens_anew && self.connections.len() < REMEMBERED => {
                self.connections.push(Connection {
                    opener: Side::new(ports[0]),
                    other: Side::new(ports[1]),
                    handshake_done: false,
                });
                self.connections.last_mut()
            }
            _ => None,
        }
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
            push_inner(decoded, index + 1, out);
        }
        _ => decoded.push_line(out),
    }
}

fn payload_length(view: &LayerView<'_>) -> usize {
    view.wire_length.saturating_sub(view.header_length)
}

fn push_inner(decoded: &Decoded<'_>, index: usize, out: &mut String) {
    let is_plain = decoded
        .layers
        .get(index)
        .is_none_or(|layer| layer.protocol.is_plain_data());
    if !is_plain {
        out.push_str("  ");
        decoded.push_summary(index, out);
    }
}

fn push_amount(bytes: usize, out: &mut String) {
    text::push_number(out, bytes as u64);
    out.push_str(" B");
}
