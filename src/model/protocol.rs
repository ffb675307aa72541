//! The table that every protocol fills in: one `static Protocol` a file.

use super::bits::{self, BitRange};
use super::draft::Draft;
use super::fault::{Fault, FaultKind};
use super::field::{Buffer, Field, FieldDef, Origin, Place, Role};
use super::frame::LinkType;
use super::framing::{Answering, Framing};
use super::layer::{Extent, LayerView, Rest};
use super::needs::{Depth, Needs, Past};
use super::plan::Plan;
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
    /// What it takes to know which layers of it a frame has: whether bytes of a stream are a whole message, only
    /// the frames before tell.
    pub fn needs(&self) -> Needs {
        let is_in_stream = |parent: &Selector| matches!(parent, Selector::TcpMessage(_));
        let is_message = self.framing.is_some() || self.parents.iter().any(is_in_stream);
        if is_message || self.is_piece() {
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

/// Takes the fields of one layer, in the order of the wire, and keeps the promise that every bit
/// belongs to exactly one leaf: what a dissector passes over becomes a gap field by itself.
#[derive(Debug)]
pub struct Expander<'a> {
    fields: &'a mut Vec<Field>,
    faults: &'a mut Vec<Fault>,
    gap: &'static FieldDef,
    layer: usize,
    /// What the layer is in.
    buffer: Buffer,
    /// First bit of the layer there.
    origin: u32,
    /// First bit that no leaf has yet, and the end of what the layer owns there.
    cursor: u32,
    end: u32,
    /// What it owns behind the layers inside it, until that is begun.
    trailer: Option<BitRange>,
    /// Where the bytes end that there are of it, when it had more.
    cut: Option<u32>,
    /// The ends of the groups that are open, outermost first.
    open: [u32; MAX_NESTING],
    open_count: u8,
}

/// How deep groups nest inside a layer; what is deeper is shown at this depth.
const MAX_NESTING: usize = 8;

impl<'a> Expander<'a> {
    /// An expander for the layer at index `layer`, which owns the bits `header` of its buffer and,
    /// behind the layers inside it, `trailer`; what it passes over becomes a field `gap`.
    pub fn new(
        fields: &'a mut Vec<Field>,
        faults: &'a mut Vec<Fault>,
        gap: &'static FieldDef,
        (layer, buffer): (usize, Buffer),
        header: BitRange,
        trailer: BitRange,
    ) -> Self {
        Self {
            fields,
            faults,
            gap,
            layer,
            buffer,
            origin: header.start,
            cursor: header.start,
            end: header.end,
            trailer: Some(trailer),
            cut: None,
            open: [0; MAX_NESTING],
            open_count: 0,
        }
    }

    /// Takes note that the layer had more bytes than there are here.
    pub fn note_cut(&mut self) {
        self.cut = self.trailer.as_ref().map(|trailer| trailer.end);
    }

    /// Adds the fields of a plan, as [`Expander::fixed`] adds those of its table; `false` and nothing where some
    /// of their bits are not there.
    pub fn lay(&mut self, view: &LayerView<'_>, plan: &mut Plan) -> bool {
        let is_there = |end: u32| end <= self.end;
        if !self.origin.checked_add(plan.end).is_some_and(is_there) {
            return false;
        }
        let first = self.fields.len();
        let fields = plan.fields_at(self.buffer, self.origin);
        self.fields.extend_from_slice(fields);
        // From the last on, for what does not apply is taken out.
        for (index, compute) in plan.computed.iter().rev() {
            let at = first + index;
            let is_last = at + 1 == self.fields.len();
            match (compute(view), self.fields.get_mut(at)) {
                (Some(value), Some(field)) => field.origin = Origin::Derived(value),
                (None, Some(_)) if is_last => self.fields.truncate(at),
                (None, Some(_)) => drop(self.fields.remove(at)),
                // The plan is all there.
                (_, None) => {}
            }
        }
        self.cursor = self.origin + plan.cursor;
        true
    }

    /// Where the bits begin that no leaf has yet; `None` where a group is open there.
    pub(super) fn end_of_fixed(mut self) -> Option<u32> {
        self.close_groups(self.cursor);
        (self.open_count == 0).then_some(self.cursor)
    }

    /// Adds every field of the table that has a fixed place, as far as its bits are there, and what is
    /// computed from them.
    pub fn fixed(&mut self, view: &LayerView<'_>, table: &[&'static FieldDef]) {
        for definition in table {
            match definition.place {
                Place::Fixed { start, length } => self.bits(definition, start, length),
                Place::Computed(compute) => {
                    if let Some(value) = compute(view) {
                        self.derived(definition, value);
                    }
                }
                // The layers inside show it.
                Place::Payload | Place::Comment => {}
                // The table has these last, and there may be many.
                Place::Varying | Place::Followed => break,
            }
        }
    }

    /// Adds a field at these bytes of the layer. Nothing happens where they are not all there.
    pub fn bytes(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let range = bits::of_bytes(&range);
        self.bits(
            definition,
            range.start,
            range.end.saturating_sub(range.start),
        );
    }

    /// Adds a field at these bits of the layer. Nothing happens where they are not all there; a leaf
    /// whose first bits another leaf already has gives way to it. A closer look at a field that is not all
    /// there stands below what is there instead.
    pub fn bits(&mut self, definition: &'static FieldDef, start: u32, length: u32) {
        let start = self.origin.saturating_add(start);
        let Some(end) = start.checked_add(length).filter(|end| *end <= self.end) else {
            return;
        };
        if length == 0 {
            return;
        }
        if definition.role == Role::Detail {
            if start >= self.cursor {
                self.fill_gap(self.end);
            }
            let depth = self.depth_below_last();
            self.push(definition, start, length, depth);
            return;
        }
        if start < self.cursor {
            return;
        }
        self.fill_gap(start);
        self.close_groups(start);
        let depth = self.depth();
        self.push(definition, start, length, depth);
        if definition.role == Role::Group {
            self.open_group(end);
        } else {
            self.cursor = end;
        }
    }

    /// Adds a closer look at these bytes of the layer before the fields that own them, and beside the first of those.
    /// Nothing happens where they are not all there.
    pub fn ahead(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let range = bits::of_bytes(&range);
        let start = self.origin.saturating_add(range.start);
        let length = range.end.saturating_sub(range.start);
        let is_there = start.checked_add(length).is_some_and(|end| end <= self.end);
        if is_there && length > 0 && start >= self.cursor {
            self.fill_gap(start);
            self.close_groups(start);
            let depth = self.depth();
            self.push(definition, start, length, depth);
        }
    }

    /// Adds a value that is not on the wire.
    pub fn derived(&mut self, definition: &'static FieldDef, value: u64) {
        self.close_groups(self.cursor);
        let depth = self.depth();
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds a value that is computed from the field before it, beside that field.
    pub fn derived_beside(&mut self, definition: &'static FieldDef, value: u64) {
        let depth = self.fields.last().map_or(0, |last| last.depth);
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds a value that is computed from the field before it, below that field, beside a closer look at it.
    pub fn derived_below(&mut self, definition: &'static FieldDef, value: u64) {
        let depth = self.depth_below_last();
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds the comment that the capture has on the frame.
    pub fn comment(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let [start, end] = [range.start, range.end].map(u32::try_from);
        if let (Ok(start), Ok(end)) = (start, end) {
            self.fields.push(Field {
                definition,
                origin: Origin::Comment { start, end },
                depth: 0,
            });
        }
    }

    /// Says that something is wrong with these bytes of the layer. What is too short because the layer is cut
    /// is not wrong; that it is cut has been said.
    pub fn fault(&mut self, range: std::ops::Range<usize>, kind: FaultKind) {
        let range = bits::of_bytes(&range);
        let end = self.origin.saturating_add(range.end);
        if self.cut == Some(end) && matches!(kind, FaultKind::TooShort { .. }) {
            return;
        }
        self.faults.push(Fault {
            layer: self.layer,
            kind,
            bits: self.origin.saturating_add(range.start)..end,
        });
    }

    /// Goes on at the layer's trailer, behind the layers inside it; all that the header still owes
    /// becomes a gap field. The second time nothing happens.
    pub fn enter_trailer(&mut self) {
        if let Some(trailer) = self.trailer.take() {
            self.finish();
            self.cursor = trailer.start;
            self.end = trailer.end;
        }
    }

    /// Turns what no leaf has taken into a gap field.
    pub fn finish(&mut self) {
        self.fill_gap(self.end);
        self.open_count = 0;
    }

    #[inline]
    fn fill_gap(&mut self, until: u32) {
        if self.cursor < until {
            self.push_gaps(until);
        }
    }

    #[cold]
    fn push_gaps(&mut self, until: u32) {
        while self.cursor < until {
            let start = self.cursor;
            self.close_groups(start);
            let depth = self.depth();
            // What is behind the innermost group is another gap.
            let open = usize::from(self.open_count);
            let innermost = self.open.get(..open).and_then(<[u32]>::last);
            let end = innermost.map_or(until, |end| until.min(*end));
            self.push(self.gap, start, end - start, depth);
            self.cursor = end;
        }
    }

    fn close_groups(&mut self, at: u32) {
        while let Some(innermost) = self.open_count.checked_sub(1)
            && self
                .open
                .get(usize::from(innermost))
                .is_some_and(|end| *end <= at)
        {
            self.open_count = innermost;
        }
    }

    fn open_group(&mut self, end: u32) {
        if let Some(free) = self.open.get_mut(usize::from(self.open_count)) {
            *free = end;
            self.open_count += 1;
        }
    }

    fn depth(&self) -> u8 {
        self.open_count
    }

    fn depth_below_last(&self) -> u8 {
        match self.fields.last() {
            Some(last) if last.definition.role == Role::Detail => last.depth,
            // What is computed from a field stands below it too.
            Some(last) if last.definition.role == Role::Derived && last.depth > self.depth() => {
                last.depth
            }
            Some(last) => last.depth.saturating_add(1),
            None => 0,
        }
    }

    fn push(&mut self, definition: &'static FieldDef, start: u32, length: u32, depth: u8) {
        self.fields.push(Field {
            definition,
            origin: Origin::Bits {
                buffer: self.buffer,
                start,
                length,
                layer: self.origin / 8,
            },
            depth,
        });
    }
}
