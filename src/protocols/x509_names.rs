//! Distinguished names: who a certificate is for and who has issued it, as a path of attributes from the country down
//! to the name (RFC 5280, section 4.1.2.4).
//!
//! ```text
//! SEQUENCE
//!    SET: SEQUENCE: 2.5.4.6 (C), "AT"
//!    SET: SEQUENCE: 2.5.4.3 (CN), "server"
//! ```

use std::ops::Range;

use der::Tag;

use super::x509_der::{Element, Elements, Teller, UNDECODED};
use super::x509_oids as oids;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static ATTRIBUTE: FieldDef = FieldDef::spelled("x509if.oid", "Attribute", oids::put)
    .named_by_bytes(oids::name)
    .rfc(5280, "4.1.2.4")
    .meaning(
        "Which part of the name follows: the name itself (CN), an organization (O), a country (C).",
    );

static UTF8: FieldDef = FieldDef::text("x509sat.uTF8String", "Value")
    .rfc(5280, "4.1.2.4")
    .meaning("This part of the name, in any script.");

static PRINTABLE: FieldDef = FieldDef::text("x509sat.printableString", "Value")
    .rfc(5280, "4.1.2.4")
    .meaning("This part of the name, in letters that every machine can print.");

static TELETEX: FieldDef = FieldDef::text("x509sat.teletexString", "Value")
    .rfc(5280, "4.1.2.4")
    .meaning("This part of the name as old certificates write it, for teletex machines.");

static BMP: FieldDef = FieldDef::spelled("x509sat.bmpString", "Value", put_two_byte_text)
    .rfc(5280, "4.1.2.4")
    .meaning("This part of the name, with two bytes for each character.");

static IA5: FieldDef = FieldDef::text("x509sat.IA5String", "Value")
    .rfc(5280, "4.1.2.4")
    .meaning(
        "This part of the name in ASCII: an address of e-mail, or a label of a domain's name.",
    );

static COUNTRY: FieldDef = FieldDef::text("x509sat.CountryName", "Country")
    .rfc(5280, "4.1.2.4")
    .meaning("The country, by the two letters that ISO 3166 has for it.");

static SERIAL: FieldDef = FieldDef::text("x509sat.PrintableString", "Serial number")
    .rfc(5280, "4.1.2.4")
    .meaning(
        "A number that tells one from others of the same name, such as that of a company's entry.",
    );

static OTHER: FieldDef = FieldDef::bytes("x509.value", "Value as it is sent")
    .rfc(5280, "4.1.2.4")
    .meaning("This part of the name, of a kind that is no text.");

/// Of names.
pub const FIELDS: [&FieldDef; 9] = [
    &ATTRIBUTE, &UTF8, &PRINTABLE, &TELETEX, &BMP, &IA5, &COUNTRY, &SERIAL, &OTHER,
];

/// Tells the name that these bytes are, which is not in a certificate.
pub fn expand_alone(
    bytes: &[u8],
    place: Range<usize>,
    is_cut: bool,
    heading: &'static FieldDef,
    out: &mut Expander<'_>,
) {
    let mut all = Elements::new(bytes, place.clone());
    let mut teller = Teller::new(out, place.start, is_cut);
    if let Some(name) = all.read_tagged(Tag::Sequence) {
        teller.grouped(heading, &all, &name, expand);
    }
    teller.rest(&UNDECODED, place.end);
}

/// Tells what is inside a name.
pub fn expand(teller: &mut Teller<'_, '_>, name: &mut Elements<'_>) -> Option<()> {
    while !name.is_empty() {
        let set = name.read_tagged(Tag::Set)?;
        teller.within(name, &set, |teller, set| {
            while !set.is_empty() {
                let pair = set.read_tagged(Tag::Sequence)?;
                teller.within(set, &pair, expand_attribute);
            }
            Some(())
        });
    }
    Some(())
}

fn expand_attribute(teller: &mut Teller<'_, '_>, pair: &mut Elements<'_>) -> Option<()> {
    let kind = pair.read_tagged(Tag::ObjectIdentifier)?;
    teller.content(&ATTRIBUTE, &kind);
    let value = pair.read()?;
    teller.content(definition_of(pair.content(&kind), value.tag), &value);
    Some(())
}

/// The field of a value; of some kinds of attributes it has a name of its own.
fn definition_of(kind: &[u8], tag: Tag) -> &'static FieldDef {
    match kind {
        oids::COUNTRY => return &COUNTRY,
        oids::SERIAL_NUMBER => return &SERIAL,
        _ => {}
    }
    match tag {
        Tag::Utf8String => &UTF8,
        Tag::PrintableString => &PRINTABLE,
        Tag::TeletexString => &TELETEX,
        Tag::BmpString => &BMP,
        Tag::Ia5String => &IA5,
        _ => &OTHER,
    }
}

/// How many attributes of a name are spelled, from what is nearest on; the rest is an ellipsis.
pub const SPELLED: usize = 16;

/// Writes the name that is this element, or that these elements are: `CN=server, O=Lab, C=AT`, what is nearest first
/// (RFC 4514).
pub fn put(bytes: &[u8], put: &mut dyn FnMut(&str)) {
    let mut all = Elements::new(bytes, 0..bytes.len());
    let Some(name) = all.read() else {
        return;
    };
    let mut parts: [Option<(Element, Element)>; SPELLED] = Default::default();
    let mut found = 0;
    for part in attributes(&all, &name) {
        // What is nearest to whom it names stands last.
        parts.rotate_left(1);
        if let Some(last) = parts.last_mut() {
            *last = Some(part);
        }
        found += 1;
    }
    let mut before = "";
    for (kind, value) in parts.iter().rev().flatten() {
        put(before);
        before = ", ";
        let kind = all.content(kind);
        match oids::short_name(kind) {
            Some(name) => put(name),
            None => oids::put(kind, put),
        }
        put("=");
        put_value(value.tag, all.content(value), put);
    }
    if found > SPELLED {
        put(", …");
    }
}

/// The attributes of a name, from the root on: the kind of each, and its value.
fn attributes<'a>(
    around: &Elements<'a>,
    name: &Element,
) -> impl Iterator<Item = (Element, Element)> + use<'a> {
    let mut sets = around.inside(name);
    let mut pairs: Option<Elements<'a>> = None;
    std::iter::from_fn(move || {
        loop {
            if let Some(pair) = pairs.as_mut().and_then(Elements::read) {
                let mut pair = sets.inside(&pair);
                if let Some(both) = pair.read().zip(pair.read()) {
                    return Some(both);
                }
                continue;
            }
            let set = sets.read()?;
            pairs = Some(sets.inside(&set));
        }
    })
}

/// Writes the last value of the kind of attribute in the name that is this element; gives whether there is one.
pub fn put_last(
    around: &Elements<'_>,
    name: &Element,
    wanted: &[u8],
    put: &mut dyn FnMut(&str),
) -> bool {
    let of_kind = |(kind, _): &(Element, Element)| around.content(kind) == wanted;
    let Some((_, value)) = attributes(around, name).filter(of_kind).last() else {
        return false;
    };
    put_text(value.tag, around.content(&value), put);
    true
}

/// Writes a value as a part of a name: what would end it or begin another one is escaped (RFC 4514, section 2.4).
fn put_value(tag: Tag, content: &[u8], put: &mut dyn FnMut(&str)) {
    put_text(tag, content, &mut |text| {
        let mut rest = text;
        while let Some(at) = rest.find([',', '+', '"', '\\', '<', '>', ';', '=']) {
            let (plain, behind) = rest.split_at(at);
            put(plain);
            put("\\");
            let (special, behind) = behind.split_at(1);
            put(special);
            rest = behind;
        }
        put(rest);
    });
}

/// Writes text of any of the types that names may have.
fn put_text(tag: Tag, content: &[u8], put: &mut dyn FnMut(&str)) {
    match tag {
        Tag::BmpString => put_two_byte_text(content, put),
        _ => {
            for chunk in content.utf8_chunks() {
                put(chunk.valid());
                for byte in chunk.invalid() {
                    put_character(char::from(*byte), put);
                }
            }
        }
    }
}

/// Writes text of two bytes for each character.
fn put_two_byte_text(content: &[u8], put: &mut dyn FnMut(&str)) {
    let units = content
        .as_chunks()
        .0
        .iter()
        .map(|unit| u16::from_be_bytes(*unit));
    for character in char::decode_utf16(units) {
        put_character(character.unwrap_or(char::REPLACEMENT_CHARACTER), put);
    }
}

fn put_character(character: char, put: &mut dyn FnMut(&str)) {
    put(character.encode_utf8(&mut [0; 4]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(bytes: &[u8]) -> String {
        let mut out = String::new();
        put(bytes, &mut |text| out.push_str(text));
        out
    }

    #[test]
    fn a_name_is_spelled_from_what_is_nearest_on() {
        #[rustfmt::skip]
        let name = [
            0x30, 44,
            0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'A', b'T',
            0x31, 29, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 3, b'a', b',', b'b',
            0x30, 15, 6, 3, 0x2a, 3, 4, 0x1e, 8, 0x4f, 0x60, 0x59, 0x7d, 0, b'o', 0, b'k',
        ];
        assert_eq!(spelled(&name), "1.2.3.4=你好ok, CN=a\\,b, C=AT");
    }

    #[test]
    fn of_a_name_without_end_the_last_attributes_are_spelled() {
        let one = [0x31, 9, 0x30, 7, 6, 3, 0x55, 4, 3, 0x0c, 0];
        let many = one.repeat(1_000);
        let length = u16::try_from(many.len()).unwrap().to_be_bytes();
        let text = spelled(&[&[0x30, 0x82], &length[..], &many].concat());
        assert_eq!(text, "CN=, ".repeat(SPELLED) + "…");
    }

    #[test]
    fn what_is_no_name_is_not_spelled() {
        assert_eq!(spelled(&[]), "");
        assert_eq!(spelled(&[0x30, 5, 0x31, 3, 0x30, 1, 6]), "");
    }
}
