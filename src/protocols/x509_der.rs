//! What certificates are written in: elements, each with its type and its length before it, one inside the other
//! (Distinguished Encoding Rules of ASN.1, ITU-T X.690).
//!
//! ```text
//! 30 0d                            SEQUENCE of 13 bytes
//!    06 09 2a 86 48 86 f7 0d 01 …  OBJECT IDENTIFIER of 9
//!    05 00                         NULL
//! ```

use std::ops::Range;

use der::{Decode as _, Header, Reader as _, SliceReader, Tag};

use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::FieldDef;

/// The types and lengths before what a field has.
pub static STRUCTURE: FieldDef = FieldDef::spelled("x509.structure", "Type and length", put_structure)
    .rfc(5280, "4.1")
    .meaning("What kind of element follows, and how many bytes it has: certificates are made of elements inside each other.");

/// What is passed over.
pub static UNDECODED: FieldDef = FieldDef::bytes("x509.undecoded", "Not taken apart")
    .rfc(5280, "4.1")
    .meaning(
        "A part of the certificate that is not taken apart here, or that is not as it should be.",
    );

/// An element at its place.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its type.
    pub tag: Tag,
    /// It with its type and length.
    pub whole: Range<usize>,
    /// What is in it, as much as there is.
    pub content: Range<usize>,
    /// Whether its length says that there is more of it than there is.
    pub is_short: bool,
}

impl Element {
    /// The number of a type that only its surroundings tell the meaning of, such as an alternative or what may be
    /// left out.
    pub fn number(&self) -> Option<u32> {
        self.tag
            .is_context_specific()
            .then(|| self.tag.number().value())
    }
}

/// The elements in some bytes, one behind the other.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    bytes: &'a [u8],
    rest: Range<usize>,
}

impl<'a> Elements<'a> {
    /// Those at this place of the bytes.
    pub fn new(bytes: &'a [u8], place: Range<usize>) -> Self {
        let end = place.end.min(bytes.len());
        Self {
            bytes,
            rest: place.start.min(end)..end,
        }
    }

    /// Those inside an element.
    #[must_use]
    pub fn inside(&self, element: &Element) -> Self {
        Self::new(self.bytes, element.content.clone())
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What the elements are in.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The content of an element.
    pub fn content(&self, element: &Element) -> &'a [u8] {
        self.bytes.get(element.content.clone()).unwrap_or_default()
    }

    /// The next one; `None` behind the last, and where bytes are no element.
    pub fn read(&mut self) -> Option<Element> {
        let rest = self.bytes.get(self.rest.clone())?;
        let (tag, header, stated) = header_of(rest)?;
        let start = self.rest.start;
        let there = stated.min(rest.len().checked_sub(header)?);
        let content = start + header..start + header + there;
        self.rest.start = content.end;
        Some(Element {
            tag,
            whole: start..content.end,
            content,
            is_short: there < stated,
        })
    }

    /// The next one, where it has this type.
    pub fn read_if(&mut self, is_wanted: impl FnOnce(&Element) -> bool) -> Option<Element> {
        let mut ahead = self.clone();
        let element = ahead.read().filter(is_wanted)?;
        *self = ahead;
        Some(element)
    }

    /// The next one, which must have this type.
    pub fn read_tagged(&mut self, tag: Tag) -> Option<Element> {
        self.read_if(|element| element.tag == tag)
    }
}

/// The type of the element that begins with these bytes, how long its header is, and how long the content behind it.
fn header_of(bytes: &[u8]) -> Option<(Tag, usize, usize)> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let behind = usize::try_from(reader.position()).ok()?;
    Some((header.tag(), behind, usize::try_from(header.length()).ok()?))
}

/// Tells elements as fields, and what is between these.
pub struct Teller<'o, 'e> {
    /// What the fields go to; whoever uses it tells no bytes by it that are behind what is told.
    pub out: &'o mut Expander<'e>,
    /// Where what is told ends.
    told: usize,
    /// Whether more was to come than there is: then nothing that is missing is wrong.
    is_cut: bool,
}

impl<'o, 'e> Teller<'o, 'e> {
    /// Tells from this place on.
    pub fn new(out: &'o mut Expander<'e>, from: usize, is_cut: bool) -> Self {
        Self {
            out,
            told: from,
            is_cut,
        }
    }

    /// Tells the types and lengths up to this place.
    pub fn structure(&mut self, until: usize) {
        self.rest(&STRUCTURE, until);
    }

    /// Tells all that is left up to this place as one field.
    pub fn rest(&mut self, definition: &'static FieldDef, until: usize) {
        if self.told < until {
            self.out.bytes(definition, self.told..until);
            self.told = until;
        }
    }

    /// Begins a field that has others inside it.
    pub fn group(&mut self, definition: &'static FieldDef, place: Range<usize>) {
        self.structure(place.start);
        self.out.bytes(definition, place);
    }

    /// Tells a field.
    pub fn leaf(&mut self, definition: &'static FieldDef, place: Range<usize>) {
        self.structure(place.start);
        self.rest(definition, place.end);
    }

    /// Tells the content of an element as a field.
    pub fn content(&mut self, definition: &'static FieldDef, element: &Element) {
        self.check(element);
        self.leaf(definition, element.content.clone());
    }

    /// Tells what is inside an element; what is not as it should be stays bytes.
    pub fn within<'a>(
        &mut self,
        around: &Elements<'a>,
        element: &Element,
        tell: impl FnOnce(&mut Self, &mut Elements<'a>) -> Option<()>,
    ) {
        self.check(element);
        let mut inside = around.inside(element);
        let is_told = tell(self, &mut inside).is_some() && inside.is_empty();
        self.rest(
            if is_told { &STRUCTURE } else { &UNDECODED },
            element.content.end,
        );
    }

    /// As [`Teller::within`], below a heading.
    pub fn grouped<'a>(
        &mut self,
        definition: &'static FieldDef,
        around: &Elements<'a>,
        element: &Element,
        tell: impl FnOnce(&mut Self, &mut Elements<'a>) -> Option<()>,
    ) {
        self.group(definition, element.whole.clone());
        self.within(around, element, tell);
    }

    /// Says where a length is too long for what it is in.
    fn check(&mut self, element: &Element) {
        if element.is_short && !self.is_cut {
            let why = "an element of the certificate says that it is longer than what it is in";
            self.out
                .fault(element.whole.clone(), FaultKind::BadValue { why });
            // What is inside it is short for the same reason.
            self.is_cut = true;
        }
    }
}

/// How many types a line names.
const NAMED: usize = 8;

/// Writes the types and lengths that stand here, one behind the other.
fn put_structure(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let mut rest = bytes;
    let mut named = 0;
    while let Some((tag, header, length)) = header_of(rest) {
        if named > 0 {
            put(", ");
        }
        if named == NAMED {
            put("…");
            return;
        }
        named += 1;
        put_tag(tag, put);
        if length > 0 {
            put(" of ");
            put(itoa::Buffer::new().format(length));
        }
        rest = rest.get(header..).unwrap_or_default();
    }
}

fn put_tag(tag: Tag, put: &mut dyn FnMut(&str)) {
    let name = match tag {
        Tag::Boolean => "BOOLEAN",
        Tag::Integer => "INTEGER",
        Tag::BitString => "BIT STRING",
        Tag::OctetString => "OCTET STRING",
        Tag::Null => "NULL",
        Tag::ObjectIdentifier => "OBJECT IDENTIFIER",
        Tag::Utf8String => "UTF8String",
        Tag::Sequence => "SEQUENCE",
        Tag::Set => "SET",
        Tag::NumericString => "NumericString",
        Tag::PrintableString => "PrintableString",
        Tag::TeletexString => "TeletexString",
        Tag::Ia5String => "IA5String",
        Tag::UtcTime => "UTCTime",
        Tag::GeneralizedTime => "GeneralizedTime",
        Tag::VisibleString => "VisibleString",
        Tag::BmpString => "BMPString",
        Tag::ContextSpecific { number, .. } => {
            put("[");
            put(itoa::Buffer::new().format(number.value()));
            "]"
        }
        _ => "another type",
    };
    put(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure_of(bytes: &[u8]) -> String {
        let mut out = String::new();
        put_structure(bytes, &mut |text| out.push_str(text));
        out
    }

    #[test]
    fn elements_are_read_one_behind_the_other_and_one_inside_the_other() {
        let bytes = [0x30, 5, 2, 1, 7, 5, 0, 0xa3, 0];
        let mut all = Elements::new(&bytes, 0..bytes.len());
        let sequence = all.read_tagged(Tag::Sequence).unwrap();
        assert_eq!(
            (sequence.whole.clone(), sequence.content.clone()),
            (0..7, 2..7)
        );
        let mut inside = all.inside(&sequence);
        assert_eq!(inside.read_tagged(Tag::Sequence).map(|_| ()), None);
        assert_eq!(inside.read().unwrap().content, 4..5);
        assert_eq!(inside.read().unwrap().tag, Tag::Null);
        assert!(inside.is_empty() && inside.read().is_none());
        assert_eq!(all.read().unwrap().number(), Some(3));
    }

    #[test]
    fn of_an_element_that_is_too_long_there_is_what_there_is() {
        let mut all = Elements::new(&[0x30, 0x82, 1, 0, 2, 1], 0..6);
        let sequence = all.read().unwrap();
        assert_eq!((sequence.content.clone(), sequence.is_short), (4..6, true));
        assert!(all.is_empty());
    }

    #[test]
    fn types_and_lengths_are_spelled_as_in_the_rules() {
        assert_eq!(
            structure_of(&[0xa3, 0x30, 0x30, 0x2e, 0x06, 3]),
            "[3] of 48, SEQUENCE of 46, OBJECT IDENTIFIER of 3"
        );
        assert_eq!(structure_of(&[5, 0]), "NULL");
        assert_eq!(structure_of(&[0x30, 0x80]), "");
        assert_eq!(
            structure_of(&[0x30; 100]).matches("SEQUENCE of 48").count(),
            NAMED
        );
    }
}
