//! The walk: from the link inwards, layer by layer, as each announces what is inside it.

use std::ops::Range;

use super::Decoder;
use crate::model::assembled::{Assembled, Bytes};
use crate::model::bits;
use crate::model::fault::{Believed, Fault, FaultKind};
use crate::model::field::Buffer;
use crate::model::frame::Frame;
use crate::model::layer::{Extent, Layer, MAX_LAYERS, Rest};
use crate::model::needs::Depth;
use crate::model::protocol::{Flaw, Next, Protocol, Room, Selector};
use crate::protocols::registry::{self, Announced};
use crate::protocols::{data, frame as capture, tcp, udp};

impl Decoder {
    /// Finds the layers of a frame; only the headers where no more is wanted, and none where only the frame is.
    pub(super) fn find_layers(&mut self, frame: &Frame<'_>, wanted: Depth) {
        self.forget();
        self.reached = wanted.min(Depth::Walk);
        if wanted == Depth::Frame {
            return;
        }
        let end = frame.bytes.len();
        let wire_end = end.max(frame.wire_length as usize);
        self.layers.push(Layer {
            protocol: &capture::PROTOCOL,
            buffer: Buffer::FRAME,
            start: 0,
            header_end: 0,
            end,
            wire_end,
            extent: Extent::Whole,
            rest: Rest::ByLength,
        });
        self.find_inside(
            frame,
            Inside {
                buffer: Buffer::FRAME,
                start: 0,
                end,
                wire_end,
                announced: registry::announced(Next::selected(Selector::Link(frame.link_type))),
                extent: Extent::Whole,
                around: self.layers.len(),
            },
        );
        if self.has_rests {
            self.settle_ends();
        }
        // Of what was not looked for, nothing is missed.
        if self.reached == Depth::Walk && frame.wire_length as usize != end {
            if frame.is_cut() {
                self.blame_the_capture();
            } else {
                self.blame_the_length(frame);
            }
        }
    }

    /// Begins with the next frame. A list that is empty mostly is left alone: what was just written is waited
    /// for when it is read together with what stands beside it.
    #[inline]
    fn forget(&mut self) {
        self.layers.clear();
        self.has_rests = false;
        if !self.field_ends.is_empty() {
            self.fields.clear();
            self.field_ends.clear();
        }
        if !self.faults.is_empty() {
            self.faults.clear();
        }
        if !self.assembled.is_empty() {
            self.assembled.clear();
        }
    }

    /// Finds one layer after the other, each inside the one before, until no bytes are left.
    ///
    /// What is found is written where it stays, value by value: to copy what was just written costs more than
    /// to find it.
    #[expect(
        clippy::inline_always,
        reason = "of a whole frame, nearly all of where to begin is known beforehand"
    )]
    #[inline(always)]
    pub(super) fn find_inside(&mut self, frame: &Frame<'_>, inside: Inside) {
        let Inside {
            buffer,
            mut start,
            end,
            wire_end,
            mut announced,
            mut extent,
            around,
        } = inside;
        let are_headers_enough = self.reached == Depth::Headers;
        // What is beside it was found before, and is not around it.
        let most_layers = self.layers.len() - around + MAX_LAYERS;
        let mut room = Room {
            // On the wire, nothing ends before it does in the capture.
            wire_length: wire_end.saturating_sub(start),
            link_type: frame.link_type,
            flaw: None,
        };
        let all = Bytes::new(frame, &self.assembled).of(buffer);
        let mut bytes = all.get(start..end).unwrap_or_default();
        while !bytes.is_empty() {
            if self.layers.len() > most_layers {
                announced = Announced::of(&data::PROTOCOL);
                let place = start..start + bytes.len();
                blame(&mut self.faults, &self.layers, FaultKind::TooDeep, place);
            }
            let Some(measure) = announced.measure else {
                let end = start + bytes.len();
                self.layers.push(Layer {
                    protocol: spoken(announced.protocol, self.layers.last(), bytes),
                    buffer,
                    start,
                    header_end: end,
                    end,
                    wire_end: start + room.wire_length,
                    extent,
                    rest: Rest::ByLength,
                });
                return;
            };
            let measure = measure(bytes, &mut room);
            let header_length = measure.header_length.min(bytes.len());
            let most = room.wire_length - header_length;
            let payload_length = match measure.payload_length.map(usize::from) {
                Some(stated) if stated > most => {
                    // Where the stated payload is not all there, that is what is wrong.
                    room.flaw.get_or_insert(Flaw::Short(header_length + stated));
                    if extent == Extent::Quotation {
                        extent = Extent::PartialQuotation;
                    }
                    most
                }
                stated => stated.unwrap_or(most),
            };
            let (_, behind) = bytes.split_at(header_length);
            let payload = behind.get(..payload_length).unwrap_or(behind);
            let header_end = start + header_length;
            self.layers.push(Layer {
                protocol: announced.protocol,
                buffer,
                start,
                header_end,
                end: header_end + payload.len(),
                wire_end: header_end + payload_length,
                extent,
                rest: measure.rest,
            });
            if measure.rest != Rest::ByLength {
                self.has_rests = true;
            }
            if room.flaw.is_some() {
                blame_flaw(
                    &mut self.faults,
                    &self.layers,
                    bytes.len(),
                    &mut room,
                    frame,
                );
            }
            if measure.next.is_by_ports() && are_headers_enough {
                return;
            }
            start = header_end;
            bytes = payload;
            room.wire_length = payload_length;
            announced = registry::announced(measure.next);
            // What is inside a part is a part.
            extent = extent.max(measure.extent);
        }
    }

    /// Gives the bytes that follow a payload to the layer that owns them, from the inside out.
    fn settle_ends(&mut self) {
        for index in (1..self.layers.len()).rev() {
            let bounded_by = match self.layers[index].rest {
                Rest::ByLength => continue,
                Rest::Kept => self.layers.get(index - 1),
                Rest::Left => self.layers.get(index + 1),
            };
            if let Some(&Layer { end, wire_end, .. }) = bounded_by {
                self.layers[index].end = end;
                self.layers[index].wire_end = wire_end;
            }
        }
    }

    /// Says at the outermost layer that the capture has more of the frame than it says that the wire had.
    #[cold]
    fn blame_the_length(&mut self, frame: &Frame<'_>) {
        const OUTERMOST: usize = 1; // Behind the pseudo-layer of the capture.
        let Some(layer) = self.layers.get(OUTERMOST) else {
            return;
        };
        self.faults.push(Fault {
            layer: OUTERMOST,
            kind: FaultKind::TooShort {
                needed: frame.bytes.len() as u64,
                present: frame.wire_length.into(),
                believed: Believed::Frame,
            },
            bits: bits::of_bytes(&(layer.start..layer.header_end)),
        });
    }

    /// Says once, at the innermost layer, that the capture kept less than the wire had.
    fn blame_the_capture(&mut self) {
        let Some(last) = self.layers.last() else {
            return;
        };
        let already_said = self.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::CutByCapture { .. } | FaultKind::CutByQuotation { .. }
            )
        });
        if last.end < last.wire_end && !already_said {
            let kind = FaultKind::CutByCapture {
                needed: (last.wire_end - last.start) as u64,
                present: (last.end - last.start) as u64,
            };
            let place = last.start..last.end;
            blame(&mut self.faults, &self.layers, kind, place);
        }
    }
}

/// What the bytes of a program are that nobody claims: how they begin may tell, in this layer.
fn spoken(announced: &'static Protocol, around: Option<&Layer>, bytes: &[u8]) -> &'static Protocol {
    let (true, Some(around)) = (std::ptr::eq(announced, &raw const data::PROTOCOL), around) else {
        return announced;
    };
    let begun_by = if std::ptr::eq(around.protocol, &raw const tcp::PROTOCOL) {
        registry::begun_by(bytes)
    } else if std::ptr::eq(around.protocol, &raw const udp::PROTOCOL) {
        registry::begun_in_datagram_by(bytes)
    } else {
        None
    };
    begun_by.unwrap_or(announced)
}

/// Says what its measure found wrong with the last layer, of which `present` bytes were captured.
#[cold]
fn blame_flaw(
    faults: &mut Vec<Fault>,
    layers: &[Layer],
    present: usize,
    room: &mut Room,
    frame: &Frame<'_>,
) {
    let (Some(flaw), Some((layer, around))) = (room.flaw.take(), layers.split_last()) else {
        return;
    };
    let kind = match flaw {
        Flaw::Of(kind) => kind,
        Flaw::Short(needed) => {
            let is_there = needed <= room.wire_length;
            let (needed, present) = (needed as u64, present as u64);
            match layer.extent {
                _ if is_there => FaultKind::CutByCapture { needed, present },
                Extent::Quotation | Extent::PartialQuotation => {
                    FaultKind::CutByQuotation { needed, present }
                }
                Extent::Fragment => FaultKind::Fragment,
                Extent::Whole => FaultKind::TooShort {
                    needed,
                    present: room.wire_length as u64,
                    believed: believed(around.last(), frame),
                },
            }
        }
    };
    blame(faults, layers, kind, layer.start..layer.header_end);
}

/// Whose word for the bytes that there are is believed: the layer around that ends before the frame does, or
/// else the frame itself.
fn believed(around: Option<&Layer>, frame: &Frame<'_>) -> Believed {
    let wire_end = frame.bytes.len().max(frame.wire_length as usize);
    match around {
        Some(around) if around.wire_end < wire_end => Believed::Enclosing(around.protocol.label),
        _ => Believed::Frame,
    }
}

/// Says what is wrong with the last layer.
#[cold]
fn blame(faults: &mut Vec<Fault>, layers: &[Layer], kind: FaultKind, bytes: Range<usize>) {
    faults.push(Fault {
        layer: layers.len() - 1,
        kind,
        bits: bits::of_bytes(&bytes),
    });
}

/// Bytes that a layer is looked for in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside {
    pub(super) buffer: Buffer,
    pub(super) start: usize,
    /// Where they end in the buffer, and where on the wire.
    pub(super) end: usize,
    pub(super) wire_end: usize,
    /// What the layer around says that they are.
    pub(super) announced: Announced,
    pub(super) extent: Extent,
    /// How many of the layers that were found before are around them.
    pub(super) around: usize,
}

impl Inside {
    /// All that was put together, inside so many layers.
    pub(super) const fn whole(
        buffer: Buffer,
        whole: &Assembled,
        announced: Announced,
        around: usize,
    ) -> Self {
        Self {
            buffer,
            start: 0,
            end: whole.bytes.len(),
            wire_end: whole.bytes.len(),
            announced,
            extent: Extent::Whole,
            around,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{in_ipv4, seen_of};
    use crate::model::frame::LinkType;

    #[test]
    fn a_frame_that_is_said_to_be_shorter_than_what_there_is_of_it_is_read_and_told() {
        let packet = in_ipv4(17, &[0, 5, 0, 7, 0, 10, 0, 0, b'h', b'i']);
        let seen = seen_of(LinkType::IPV4, &packet, 20);
        assert_eq!(seen.layers[..2], ["ip", "udp"]);
        assert_eq!(
            seen.faults,
            ["needs 30 bytes, but by the frame's length on the wire there are 20"]
        );
    }
}
