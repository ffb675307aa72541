//! A field: its definition, said once for everybody, and its place in one frame.

use super::assembled::Bytes;
use super::bits::{self, BitRange};
use super::layer::LayerView;
use super::needs::{Depth, Needs, Past};
use super::source::Source;
use super::value::Value;

/// Everything there is to know about a field, whatever the frame. The tree, the hex colours, JSON,
/// filters and `explain` all read it from here, so that nothing is described twice.
#[derive(Debug)]
pub struct FieldDef {
    /// The filter name; Wireshark's where Wireshark has one: `ip.ttl`.
    pub name: &'static str,
    /// What people call it: `Time to live`.
    pub label: &'static str,
    /// How its bits become a value.
    pub kind: Kind,
    /// What part it plays in tiling its layer.
    pub role: Role,
    /// Where it is in the header.
    pub place: Place,
    /// Of a field at a varying place, the first bit and the length that it has nearly always: other contents put
    /// another field there.
    pub usual: Option<(u32, u32)>,
    /// In which order its bytes are.
    pub order: ByteOrder,
    /// The value counts units of this many: an IPv4 header length of 5 means 20 bytes. 1 for most.
    pub scale: u16,
    /// The unit of the (scaled) value: `bytes`, `seconds`, `hops`; empty where there is none.
    pub unit: &'static str,
    /// Names of values.
    pub symbols: Symbols,
    /// How a value is written that is [`Kind::Spelled`].
    pub spell: Spell,
    /// The name under which it is found together with its like: `ip.addr` for `ip.src` and `ip.dst`.
    pub joint: Option<&'static str>,
    /// Where it is defined.
    pub source: Source,
    /// What it is for, for somebody who has never heard of it.
    pub meaning: &'static str,
}

/// How the bits of a field become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An unsigned number of up to 64 bits, shown in this base.
    Number(Base),
    /// One bit: set or not set.
    Flag,
    /// An EUI-48 hardware address.
    Mac,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// UTF-8, as far as it is.
    Text,
    /// The name of a host or a domain as DNS writes it: a part of it may stand elsewhere in the message.
    Domain,
    /// Text that is made of the bytes, such as the numbers of an object identifier.
    Spelled,
    /// Bytes without further meaning here.
    Bytes,
    /// A moment, in nanoseconds since 1970.
    Time,
    /// A moment, in whole seconds since 1970: a date that was written into the frame.
    Date,
    /// A time between two moments, in nanoseconds; may be negative.
    Duration,
    /// No value of its own: a heading over the fields inside it.
    Heading,
}

/// The base a number is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Counts, lengths, ports.
    Decimal,
    /// Bit patterns, checksums, identifiers.
    Hexadecimal,
}

/// What part a field plays in tiling its layer: every bit belongs to exactly one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Owns its bits.
    Leaf,
    /// Covers the fields inside it, which own the bits.
    Group,
    /// A closer look at bits that another field owns, such as the group bit of a MAC address.
    Detail,
    /// Not in the frame: computed from it, or from what came before it.
    Derived,
}

/// Where a field is in its header.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Always at these bits from the start of the header.
    Fixed {
        /// First bit.
        start: u32,
        /// Length in bits.
        length: u32,
    },
    /// All that stands behind the header: bytes that the layers inside show as what they mean.
    Payload,
    /// Where the header's own contents put it.
    Varying,
    /// Computed from the frame alone; `None` where it does not apply.
    Computed(fn(&LayerView<'_>) -> Option<u64>),
    /// Known only from the frames before, by the room that follows conversations.
    Followed,
    /// Noted beside the frame in the capture: its comments.
    Comment,
}

impl Place {
    /// What must be known of a frame to read a value there.
    pub const fn needs(&self) -> Needs {
        match self {
            Self::Fixed { .. } | Self::Payload => Needs::HEADERS,
            Self::Computed(_) => Needs::LAYERS,
            Self::Varying | Self::Comment => Needs::new(Depth::Expand, Past::Nothing),
            Self::Followed => Needs::new(Depth::Walk, Past::Everything),
        }
    }
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first, as nearly everything on the wire.
    Network,
    /// Least significant byte first.
    Little,
    /// That of the host that captured, which the frame does not tell: the reading that gives the
    /// smaller number (for small numbers in wide fields).
    Capturer,
    /// Most significant byte first, behind two bits that say how many bytes there are (RFC 9000, section 16).
    Prefixed,
}

/// Names of values.
#[derive(Clone, Copy, Debug)]
pub enum Symbols {
    /// The value speaks for itself.
    None,
    /// A list of values and names.
    Named(&'static [(u64, &'static str)]),
    /// A function that knows ranges too.
    Lookup(fn(u64) -> Option<&'static str>),
    /// A function that knows values which are no numbers, by their bytes.
    OfBytes(fn(&[u8]) -> Option<&'static str>),
}

/// Writes text that is made of bytes, piece by piece. The pieces are foreign text: whoever shows them escapes them.
pub type Spell = fn(&[u8], &mut dyn FnMut(&str));

impl Symbols {
    /// The name of a value, where it has one.
    pub fn of(&self, value: u64) -> Option<&'static str> {
        match self {
            Self::None | Self::OfBytes(_) => None,
            Self::Named(names) => names
                .iter()
                .find(|(named, _)| *named == value)
                .map(|(_, name)| *name),
            Self::Lookup(name) => name(value),
        }
    }

    /// The name of a value that is no number, where it has one.
    pub fn of_bytes(&self, bytes: &[u8]) -> Option<&'static str> {
        match self {
            Self::OfBytes(name) => name(bytes),
            Self::None | Self::Named(_) | Self::Lookup(_) => None,
        }
    }
}

/// The start of a definition; the methods below complete it. All are `const`, so that each protocol's
/// table is a `static`.
impl FieldDef {
    const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            kind,
            role: Role::Leaf,
            place: Place::Varying,
            usual: None,
            order: ByteOrder::Network,
            scale: 1,
            unit: "",
            symbols: Symbols::None,
            spell: |_, _| {},
            joint: None,
            source: Source::Netinspect(""),
            meaning: "",
        }
    }

    /// A number shown in decimal.
    pub const fn decimal(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Number(Base::Decimal))
    }

    /// A number shown in hexadecimal.
    pub const fn hex(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Number(Base::Hexadecimal))
    }

    /// One bit.
    pub const fn flag(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Flag)
    }

    /// A hardware address.
    pub const fn mac(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Mac)
    }

    /// An IPv4 address.
    pub const fn ipv4(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Ipv4)
    }

    /// An IPv6 address.
    pub const fn ipv6(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Ipv6)
    }

    /// Text.
    pub const fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Text)
    }

    /// The name of a host or a domain; at a varying place.
    pub const fn domain(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Domain)
    }

    /// Text that this function makes of the bytes.
    pub const fn spelled(name: &'static str, label: &'static str, spell: Spell) -> Self {
        let mut spelled = Self::new(name, label, Kind::Spelled);
        spelled.spell = spell;
        spelled
    }

    /// Bytes.
    pub const fn bytes(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Bytes)
    }

    /// A moment.
    pub const fn time(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Time)
    }

    /// A moment in whole seconds.
    pub const fn date(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Date)
    }

    /// A time between two moments.
    pub const fn duration(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Duration)
    }

    /// A heading without a value, over the fields inside it.
    pub const fn heading(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Heading).group()
    }

    /// At these bits from the start of the header.
    #[must_use]
    pub const fn at_bits(mut self, start: u32, length: u32) -> Self {
        self.place = Place::Fixed { start, length };
        self
    }

    /// At these bytes from the start of the header.
    #[must_use]
    pub const fn at(self, byte: u32, length: u32) -> Self {
        self.at_bits(byte * 8, length * 8)
    }

    /// At these bytes from the start of the header nearly always: that is how the header is drawn.
    #[must_use]
    pub const fn usually_at(mut self, byte: u32, length: u32) -> Self {
        self.usual = Some((byte * 8, length * 8));
        self
    }

    /// First bit and length, as the header is drawn.
    pub const fn drawn(&self) -> Option<(u32, u32)> {
        match self.place {
            Place::Fixed { start, length } => Some((start, length)),
            _ => self.usual,
        }
    }

    /// All that stands behind the header.
    #[must_use]
    pub const fn payload(mut self) -> Self {
        self.role = Role::Detail;
        self.place = Place::Payload;
        self
    }

    /// Covers the fields inside it.
    #[must_use]
    pub const fn group(mut self) -> Self {
        self.role = Role::Group;
        self
    }

    /// A closer look at bits that another field owns.
    #[must_use]
    pub const fn detail(mut self) -> Self {
        self.role = Role::Detail;
        self
    }

    /// Not in the frame: this function computes it.
    #[must_use]
    pub const fn computed(mut self, compute: fn(&LayerView<'_>) -> Option<u64>) -> Self {
        self.role = Role::Derived;
        self.place = Place::Computed(compute);
        self
    }

    /// Not in the frame: computed where the layer's contents call for it.
    #[must_use]
    pub const fn derived(mut self) -> Self {
        self.role = Role::Derived;
        self
    }

    /// Not in the frame: known from the frames before.
    #[must_use]
    pub const fn followed(mut self) -> Self {
        self.role = Role::Derived;
        self.place = Place::Followed;
        self
    }

    /// Not in the frame: the comment that the capture has beside it.
    #[must_use]
    pub const fn noted(mut self) -> Self {
        self.role = Role::Derived;
        self.place = Place::Comment;
        self
    }

    /// In this order of bytes.
    #[must_use]
    pub const fn ordered(mut self, order: ByteOrder) -> Self {
        self.order = order;
        self
    }

    /// Counts units of `scale` of the unit.
    #[must_use]
    pub const fn scaled(mut self, scale: u16, unit: &'static str) -> Self {
        self.scale = scale;
        self.unit = unit;
        self
    }

    /// Has a unit.
    #[must_use]
    pub const fn unit(self, unit: &'static str) -> Self {
        self.scaled(1, unit)
    }

    /// The unit of so many: `bytes`, but of one `byte`; nothing where it has none.
    #[inline]
    pub fn unit_of(&self, number: Option<u64>) -> &'static str {
        if number == Some(1) {
            return singular(self.unit);
        }
        self.unit
    }

    /// Values have these names.
    #[must_use]
    pub const fn named(mut self, names: &'static [(u64, &'static str)]) -> Self {
        self.symbols = Symbols::Named(names);
        self
    }

    /// Values have the names that this function knows.
    #[must_use]
    pub const fn named_by(mut self, name: fn(u64) -> Option<&'static str>) -> Self {
        self.symbols = Symbols::Lookup(name);
        self
    }

    /// Values that are no numbers have the names that this function knows by their bytes.
    #[must_use]
    pub const fn named_by_bytes(mut self, name: fn(&[u8]) -> Option<&'static str>) -> Self {
        self.symbols = Symbols::OfBytes(name);
        self
    }

    /// Is also found under this name, together with its like.
    #[must_use]
    pub const fn joint(mut self, name: &'static str) -> Self {
        self.joint = Some(name);
        self
    }

    /// Where it is defined.
    #[must_use]
    pub const fn source(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Defined in this section of an RFC.
    #[must_use]
    pub const fn rfc(self, number: u16, section: &'static str) -> Self {
        self.source(Source::Rfc(number, section))
    }

    /// What it is for, in one plain sentence.
    #[must_use]
    pub const fn meaning(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }
}

/// One list of definitions made of several, for a protocol whose fields are defined in more than one
/// file. `N` is the sum of their lengths.
pub const fn joined<const N: usize>(
    lists: &[&'static [&'static FieldDef]],
) -> [&'static FieldDef; N] {
    let mut all = [lists[0][0]; N];
    let (mut list, mut from, mut to) = (0, 0, 0);
    while list < lists.len() {
        while from < lists[list].len() {
            all[to] = lists[list][from];
            from += 1;
            to += 1;
        }
        list += 1;
        from = 0;
    }
    assert!(to == N, "N is the sum of the lengths");
    all
}

/// A buffer that a field's bits are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer(u8);

impl Buffer {
    /// The bytes of the frame itself.
    pub const FRAME: Self = Self(0);

    /// How many wholes one frame can complete.
    pub const MOST_ASSEMBLED: usize = u8::MAX as usize;

    /// The bytes that were put together as the frame's `index`th; `None` where there are too many.
    pub fn of_assembled(index: usize) -> Option<Self> {
        u8::try_from(index).ok()?.checked_add(1).map(Self)
    }

    /// Which of the wholes that the frame completed this is; `None` of the frame itself.
    pub fn assembled(self) -> Option<usize> {
        self.0.checked_sub(1).map(usize::from)
    }
}

/// One field of one frame: 32 bytes, no value and no text.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// What it is.
    pub definition: &'static FieldDef,
    /// Where its value comes from.
    pub origin: Origin,
    /// How deep it is nested: 0 directly in its layer.
    pub depth: u8,
}

/// Where the value of a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From these bits.
    Bits {
        /// Which buffer.
        buffer: Buffer,
        /// First bit in the buffer.
        start: u32,
        /// Length in bits.
        length: u32,
        /// The byte of the buffer that its layer begins with: pointers in the names of DNS count from there.
        layer: u32,
    },
    /// Not on the wire: computed.
    Derived(u64),
    /// Not on the wire: a comment that the capture has on the frame.
    Comment {
        /// Its first byte among those of all comments.
        start: u32,
        /// Behind its last.
        end: u32,
    },
}

impl Field {
    /// The bits it has in its buffer; `None` for what is not on the wire.
    pub fn bits(&self) -> Option<BitRange> {
        match self.origin {
            Origin::Bits { start, length, .. } => Some(start..start + length),
            Origin::Derived(_) | Origin::Comment { .. } => None,
        }
    }

    /// The value, read from the bytes of its buffer.
    #[inline]
    pub fn value<'a>(&self, bytes: Bytes<'a>) -> Value<'a> {
        match self.origin {
            Origin::Derived(value) => Value::of_number(self.definition, value),
            Origin::Comment { start, end } => {
                let range = bits::of_bytes(&(start as usize..end as usize));
                Value::read(self.definition, bytes.comments(), &range)
            }
            Origin::Bits {
                buffer,
                start,
                length,
                layer,
            } => {
                let range = start..start + length;
                Value::read_in(self.definition, bytes.of(buffer), &range, layer as usize)
            }
        }
    }

    /// The buffer that its bits are in; `None` for what is not on the wire.
    pub const fn buffer(&self) -> Option<Buffer> {
        match self.origin {
            Origin::Bits { buffer, .. } => Some(buffer),
            Origin::Derived(_) | Origin::Comment { .. } => None,
        }
    }

    /// The bytes it touches in its buffer; empty for what is not on the wire.
    pub fn bytes<'a>(&self, bytes: Bytes<'a>) -> &'a [u8] {
        match self.origin {
            Origin::Bits {
                buffer,
                start,
                length,
                ..
            } => bits::bytes_of(bytes.of(buffer), &(start..start + length)),
            Origin::Derived(_) | Origin::Comment { .. } => &[],
        }
    }
}

/// The unit of one.
#[cold]
fn singular(unit: &'static str) -> &'static str {
    match unit {
        "bits" => "bit",
        "bytes" => "byte",
        "days" => "day",
        "hops" => "hop",
        "seconds" => "second",
        "seconds since 1970" => "second since 1970",
        "tenths of a second" => "tenth of a second",
        "words of 4 bytes" => "word of 4 bytes",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_frame_stays_small() {
        assert!(size_of::<Field>() <= 32);
    }
}
