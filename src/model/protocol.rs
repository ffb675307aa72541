//! The table that every protocol fills in: one `static Protocol` a file.

use super::draft::Draft;
use super::expander::Expander;
use super::fault::FaultKind;
use super::field::FieldDef;
use super::frame::LinkType;
use super::framing::{Answering, Framing};
use super::layer::{Extent, LayerView, Rest};
use super::needs::{Depth, Needs, Past};
use super::reference::{OsiLayer, Standing};
use super::source::Source;

/// Everything there is to know about a protocol.
#[derive(Debug)]
pub struct Protocol {
    /// The filter name: `tcp`. The names of its fields begin with it.
    pub name: &'static str,
    /// The short name people use: `TCP`.
    pub label: &'static str,
    /// The full name: `Transmission Control Protocol`.
    pub title: &'static str,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// Where it stands in both models, and what its PDU is called.
    pub standing: Standing,
    /// Where it is defined.
    pub sources: &'static [Source],
    /// How the layers around it find it.
    pub parents: &'static [Selector],
    /// Its fields: the fixed ones in the order of the wire, each group before what is in it, and each
    /// computed one after what it is computed from; then those whose place varies.
    pub fields: &'static [&'static FieldDef],
    /// Which fields name the two ends of the exchange, where it has such.
    pub endpoints: Option<Endpoints>,
    /// How long the header is, where the payload ends, what comes next; or the fault that stops here.
    /// Costs little: it runs for every frame. `None` where all bytes are its own, as with what programs say.
    pub measure: Option<fn(&[u8], &mut Room) -> Measure>,
    /// Adds the fields that are not at a fixed place: options, records, names.
    pub expand: fn(&LayerView<'_>, &mut Expander<'_>),
    /// Looks at every byte for what is wrong with it: checksums. `None` where there is nothing to check.
    pub check: Option<fn(&LayerView<'_>) -> Option<FaultKind>>,
    /// How long the message is that begins with these bytes of a stream (there is at least one): then the
    /// dissector gets whole messages, whatever segments they came in. `None` where every segment or datagram
    /// is read for itself.
    pub framing: Option<fn(&[u8], Answering) -> Framing>,
    /// Whether nobody decodes its bytes, here or without other frames.
    pub is_plain_data: bool,
    /// Appends the protocol's part of the one-line description.
    pub summary: fn(&LayerView<'_>, &mut Draft),
}

impl Protocol {
    /// What it takes to know which layers of it a frame has: whether bytes of a stream are a whole message, a part of
    /// one, or nobody's, only the frames before tell.
    pub fn needs(&self) -> Needs {
        let is_in_stream = |parent: &Selector| matches!(parent, Selector::TcpMessage(_));
        let is_message = self.framing.is_some() || self.parents.iter().any(is_in_stream);
        if is_message || self.is_piece() || self.is_plain_data || self.is_over_datagrams() {
            Needs::new(Depth::Walk, Past::Marks)
        } else if self.standing.osi <= OsiLayer::Transport {
            Needs::HEADERS
        } else {
            Needs::LAYERS
        }
    }

    /// Whether it is a part of a message whose other parts are in other frames.
    pub fn is_piece(&self) -> bool {
        matches!(self.name, "tcp.piece" | "tls.piece")
    }

    /// Whether it is a transport over another one, whose packets only those before tell, and of which several stand in
    /// one datagram: QUIC.
    pub fn is_over_datagrams(&self) -> bool {
        matches!(self.name, "quic" | "quic.opened")
    }

    /// What people call the bytes that are its own: of what programs say, all of it.
    pub fn own_bytes(&self) -> &'static str {
        if self.standing.osi < OsiLayer::Presentation {
            "header"
        } else {
            self.standing.pdu.name()
        }
    }

    /// Whether it is no more than what another protocol puts around its messages, so that they have an end in a stream.
    pub const fn is_around_messages(&self) -> bool {
        self.framing.is_some() && self.measure.is_some()
    }

    /// Where it stands in the models; `None` of what the capture knows of a frame, which is on no layer, as it is on
    /// no wire.
    pub fn place_in_models(&self) -> Option<Standing> {
        (self.name != "frame").then_some(self.standing)
    }
}

/// The fields that name the two ends of an exchange.
#[derive(Debug)]
pub struct Endpoints {
    /// Who sent.
    pub source: &'static FieldDef,
    /// Who is to receive.
    pub destination: &'static FieldDef,
}

/// What a layer says about the protocol inside it, and how a protocol says where it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The capture's link type.
    Link(LinkType),
    /// An `EtherType`.
    EtherType(u16),
    /// The payload of an IEEE 802.3 frame, whose type field is a length.
    Llc,
    /// The service access point that both sides of an LLC header name.
    LlcSap(u8),
    /// An IP protocol number, in IPv4 or the next-header fields of IPv6.
    IpProtocol(u8),
    /// A TCP port, on either side.
    TcpPort(u16),
    /// What a protocol of this TCP port puts its messages around, so that they have an end in the stream.
    TcpMessage(u16),
    /// A UDP port, on either side.
    UdpPort(u16),
}

/// A selector as one number: all that finding its protocol needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u32);

impl Key {
    /// No selector has it.
    pub const NOBODY: Self = Self(u32::MAX);

    /// The number: less than 2^24 of any selector.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl Selector {
    /// It as one number.
    #[inline]
    pub const fn key(self) -> Key {
        let (kind, number) = match self {
            Self::Link(link) => (0, link.0),
            Self::EtherType(number) => (1, number),
            Self::Llc => (2, 0),
            Self::LlcSap(sap) => (3, sap as u16),
            Self::IpProtocol(number) => (4, number as u16),
            Self::TcpPort(port) => (5, port),
            Self::UdpPort(port) => (6, port),
            Self::TcpMessage(port) => (7, port),
        };
        Key(kind << 16 | number as u32)
    }
}

/// What comes after a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    first: Key,
    second: Key,
}

impl Next {
    /// Bytes that nobody decodes here.
    pub const DATA: Self = Self {
        first: Key::NOBODY,
        second: Key::NOBODY,
    };

    /// The protocol that has this selector; bytes that nobody decodes where none has it.
    #[inline]
    pub const fn selected(selector: Selector) -> Self {
        Self {
            first: selector.key(),
            second: Key::NOBODY,
        }
    }

    /// The first that is known of the protocols that have these selectors: the ports of a segment or datagram.
    #[inline]
    pub const fn either(first: Selector, second: Selector) -> Self {
        Self {
            first: first.key(),
            second: second.key(),
        }
    }

    /// The keys to look for, in this order; no protocol has [`Key::NOBODY`].
    #[inline]
    pub const fn keys(self) -> [Key; 2] {
        [self.first, self.second]
    }

    /// Whether ports tell what it is: no header, but what programs say.
    #[inline]
    pub const fn is_by_ports(self) -> bool {
        self.second.0 != Key::NOBODY.0
    }
}

/// What is known of where a layer is, before it is measured, beside its captured bytes; takes what is wrong
/// with it.
#[derive(Debug)]
pub struct Room {
    /// How many bytes there are on the wire for the layer and what is in it.
    pub wire_length: usize,
    /// What the frame begins with.
    pub link_type: LinkType,
    /// What is wrong with the layer.
    pub flaw: Option<Flaw>,
}

/// What is wrong with a header, as far as its own bytes tell.
#[derive(Debug)]
pub enum Flaw {
    /// The layer needs so many bytes, and there are fewer. Whether the capture or the sender is to blame is told
    /// by the layers around.
    Short(usize),
    /// Another fault.
    Of(FaultKind),
}

impl Room {
    /// The layer needs so many bytes, more than there are; what is measured can be believed nevertheless.
    fn lacks(&mut self, needed: usize) {
        self.flaw = Some(Flaw::Short(needed));
    }

    /// Something is wrong, but what is measured can be believed.
    pub fn blame(&mut self, fault: FaultKind) {
        self.flaw = Some(Flaw::Of(fault));
    }

    /// The header needs more bytes than there are: all of them are its own, and nothing is inside.
    #[cold]
    pub fn too_short(&mut self, needed: usize) -> Measure {
        self.lacks(needed);
        Measure::ALL
    }

    /// The header forbids to go on: all bytes are its own, and nothing is inside.
    #[cold]
    pub fn forbidden(&mut self, why: &'static str) -> Measure {
        self.blame(FaultKind::BadValue { why });
        Measure::ALL
    }
}

/// What a dissector measured of its layer.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Length of the header in bytes, as far as so many are there.
    pub header_length: usize,
    /// Length of the payload in bytes as the header states it; `None`: all there is.
    pub payload_length: Option<u16>,
    /// What the payload is.
    pub next: Next,
    /// Whether the payload is all there.
    pub extent: Extent,
    /// Whose the bytes are that follow the payload.
    pub rest: Rest,
}

impl Measure {
    /// All bytes are its own, and nothing is inside.
    pub const ALL: Self = Self::header(usize::MAX, Next::DATA);

    /// A header of this length; its payload reaches to the end of what there is.
    #[inline]
    pub const fn header(header_length: usize, next: Next) -> Self {
        Self {
            header_length,
            payload_length: None,
            next,
            extent: Extent::Whole,
            rest: Rest::ByLength,
        }
    }

    /// The header states the length of its payload.
    #[must_use]
    pub const fn with_payload(mut self, payload_length: u16) -> Self {
        self.payload_length = Some(payload_length);
        self
    }

    /// The payload is only a part of what its own lengths say, and that is as it should be.
    #[must_use]
    pub const fn with_extent(mut self, extent: Extent) -> Self {
        self.extent = extent;
        self
    }

    /// Whose the bytes are that follow the payload, where its length does not say.
    #[must_use]
    pub const fn with_rest(mut self, rest: Rest) -> Self {
        self.rest = rest;
        self
    }
}
