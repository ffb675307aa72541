//! The data of a record of DNS, which are laid out as its type says.

use std::ops::Range;

use super::dns_message::{Entry, Flaw, What};
use super::{dns_hosts, dns_options, dns_proofs, dns_services, dns_signatures, dns_trust};
use crate::model::bits::{self, BitRange};
use crate::model::domain_name::{DomainName, NameFlaw};
use crate::model::field::{self, FieldDef, Kind};

static DATA: FieldDef = FieldDef::bytes("dns.data", "Data")
    .rfc(3597, "3")
    .meaning("What the record says, in a type that is not taken apart here.");

/// The fields.
pub static FIELDS: [&FieldDef;
    1 + dns_hosts::FIELDS.len()
        + dns_options::FIELDS.len()
        + dns_services::FIELDS.len()
        + dns_trust::FIELDS.len()
        + dns_signatures::FIELDS.len()
        + dns_proofs::FIELDS.len()] = field::joined(&[
    &[&DATA],
    &dns_hosts::FIELDS,
    &dns_options::FIELDS,
    &dns_services::FIELDS,
    &dns_trust::FIELDS,
    &dns_signatures::FIELDS,
    &dns_proofs::FIELDS,
]);

/// What the data of records are, those that are asked for most first.
static LAYOUTS: [&[Layout]; 6] = [
    dns_hosts::LAYOUTS,
    dns_options::LAYOUTS,
    dns_services::LAYOUTS,
    dns_trust::LAYOUTS,
    dns_signatures::LAYOUTS,
    dns_proofs::LAYOUTS,
];

/// What the data of records of a type are.
#[derive(Debug)]
pub struct Layout {
    kind: u16,
    parts: &'static [Part],
    told: &'static [&'static FieldDef],
}

impl Layout {
    /// Of this type: these parts, one behind the other.
    pub const fn of(kind: u16, parts: &'static [Part]) -> Self {
        Self {
            kind,
            parts,
            told: &[],
        }
    }

    /// A line tells these of its values.
    #[must_use]
    pub const fn tells(mut self, told: &'static [&'static FieldDef]) -> Self {
        self.told = told;
        self
    }
}

/// A part of a record's data.
#[derive(Debug)]
pub enum Part {
    /// So many bytes.
    Fixed(&'static FieldDef, usize),
    /// So many bytes, and which of their bits are flags.
    Flags(
        &'static FieldDef,
        usize,
        &'static [(&'static FieldDef, u32)],
    ),
    /// A name.
    Name(&'static FieldDef),
    /// A length of so many bytes, and as many bytes of this field.
    Counted(&'static FieldDef, usize, &'static FieldDef),
    /// Texts behind their lengths of one byte, to the end.
    Texts(&'static FieldDef, &'static FieldDef),
    /// All that is left.
    Rest(&'static FieldDef),
    /// What another function takes apart, to the end.
    Inner(Inner),
}

/// Takes the fields of the data that end with these bytes and begin at this one; `None` where the data end before
/// what they hold does.
pub type Inner = fn(&[u8], usize, Take<'_>) -> Option<()>;

/// Takes a field with what its value is read from.
pub type Take<'a> = &'a mut dyn FnMut(&'static FieldDef, Piece);

/// What the value of a field is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// From these bits of the message.
    Bits(BitRange),
    /// Computed from the field before it.
    Number(u64),
}

impl From<Range<usize>> for Piece {
    fn from(bytes: Range<usize>) -> Self {
        Self::Bits(bits::of_bytes(&bytes))
    }
}

/// What the data of a record of this type are; `None` of a type that is not taken apart.
fn layout(kind: u16) -> Option<&'static Layout> {
    let mut all = LAYOUTS.iter().copied().flatten();
    all.find(|layout| layout.kind == kind)
}

/// Which of the values in a record's data a line tells.
pub fn told(kind: u16) -> &'static [&'static FieldDef] {
    layout(kind).map_or(&[], |layout| layout.told)
}

/// Takes each field of a record's data with its place, as far as they are there.
///
/// # Errors
///
/// The data end before what they hold.
pub fn each_part(
    bytes: &[u8],
    entry: &Entry,
    mut take: impl FnMut(&'static FieldDef, Piece),
) -> Result<(), Flaw> {
    let Range { start, end } = entry.data;
    let Some(layout) = layout(entry.kind) else {
        take(&DATA, (start..end).into());
        return Ok(());
    };
    // Without data there is nothing to read: an update deletes so (RFC 2136, section 2.5).
    if start == end {
        return Ok(());
    }
    let data = bytes.get(..end).unwrap_or(bytes);
    let mut at = start;
    for part in layout.parts {
        at = take_part(part, data, at, &mut take).map_err(|what| Flaw { at: start, what })?;
    }
    Ok(())
}

/// Takes the part that begins at byte `at` of the data; where it ends.
fn take_part(part: &Part, data: &[u8], at: usize, take: Take<'_>) -> Result<usize, What> {
    let until = |length: usize| {
        let end = at.checked_add(length).filter(|end| *end <= data.len());
        end.ok_or(What::Data)
    };
    match part {
        Part::Fixed(definition, length) => {
            let end = until(*length)?;
            take(definition, (at..end).into());
            Ok(end)
        }
        Part::Flags(definition, length, flags) => {
            let end = until(*length)?;
            take(definition, (at..end).into());
            let first = bits::of_bytes(&(at..end)).start;
            for (flag, bit) in *flags {
                take(flag, Piece::Bits(first + bit..first + bit + 1));
            }
            Ok(end)
        }
        Part::Name(definition) => {
            let end = DomainName::new(data, at).end().map_err(of_name)?;
            take(definition, (at..end).into());
            Ok(end)
        }
        Part::Counted(length, width, content) => {
            counted(data, at, *width, (length, content), take).ok_or(What::Data)
        }
        Part::Texts(length, text) => {
            let mut at = at;
            while at < data.len() {
                at = counted(data, at, 1, (length, text), take).ok_or(What::Data)?;
            }
            Ok(at)
        }
        Part::Rest(definition) => {
            take(definition, (at..data.len()).into());
            Ok(data.len())
        }
        Part::Inner(inner) => {
            inner(data, at, take).ok_or(What::Data)?;
            Ok(data.len())
        }
    }
}

/// Takes a length of `width` bytes, and so many bytes behind it; where they end.
pub fn counted(
    data: &[u8],
    at: usize,
    width: usize,
    (length, content): (&'static FieldDef, &'static FieldDef),
    take: Take<'_>,
) -> Option<usize> {
    let from = at.checked_add(width)?;
    let stated = data.get(at..from)?;
    let add = |number: usize, byte: &u8| number << u8::BITS | usize::from(*byte);
    let end = from.checked_add(stated.iter().fold(0, add))?;
    data.get(from..end)?;
    take(length, (at..from).into());
    take(content, (from..end).into());
    Some(end)
}

const fn of_name(name: NameFlaw) -> What {
    match name {
        NameFlaw::Short(_) => What::Data,
        _ => What::Name(name),
    }
}

/// What is wrong with the names and the data of an entry.
pub fn flaw(bytes: &[u8], entry: &Entry) -> Option<Flaw> {
    let flaw_at = |at| {
        let what = What::Name(DomainName::new(bytes, at).flaw()?);
        Some(Flaw { at, what })
    };
    let mut found = flaw_at(entry.start);
    let parts = each_part(bytes, entry, |definition, piece| {
        if let (Kind::Domain, Piece::Bits(range)) = (definition.kind, piece) {
            found = found.or_else(|| flaw_at(bits::bytes_around(&range).start));
        }
    });
    found.or(parts.err())
}

#[cfg(test)]
mod tests {
    use crate::decode::testing::{Seen, in_ipv4, seen};
    use crate::model::frame::LinkType;

    /// A response in a datagram from port 53, with one record of the root, of this type, with these data.
    fn answer(kind: u16, data: &[u8]) -> Seen {
        message([0x81, 0x80], [0, 1, 0, 0], &record(kind, 1, data))
    }

    fn message(flags: [u8; 2], counts: [u8; 4], entries: &[u8]) -> Seen {
        let counts = counts.map(|count| [0, count]).concat();
        let message = [&[0x12, 0x34][..], &flags, &counts, entries].concat();
        let length = u16::try_from(8 + message.len()).unwrap().to_be_bytes();
        let header = [0, 53, 0x9c, 0x40, length[0], length[1], 0, 0];
        seen(
            LinkType::IPV4,
            &in_ipv4(17, &[&header[..], &message].concat()),
        )
    }

    fn record(kind: u16, class: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        let numbers = [kind, class, 0, 300, length].map(u16::to_be_bytes).concat();
        [&[0][..], &numbers, data].concat()
    }

    /// The fields behind the length of the data of the last record.
    fn said(seen: &Seen) -> Vec<String> {
        let fields = seen.fields("dns");
        let is_length = |line: &&str| line.trim_start().starts_with("dns.resp.len");
        let at = fields.iter().rposition(is_length).unwrap();
        let inside = fields[at + 1..].iter();
        inside
            .map(|line| line.strip_prefix("    ").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_record_https_says_how_a_web_server_is_reached() {
        let data = [
            &b"\x00\x01\x00"[..],
            b"\x00\x00\x00\x02\x00\x01",
            b"\x00\x01\x00\x06\x02h2\x02h3",
            b"\x00\x02\x00\x00",
            b"\x00\x03\x00\x02\x20\xfb",
            b"\x00\x04\x00\x08\xc0\xa8\x01\x06\xc0\xa8\x01\x07",
            b"\x00\x05\x00\x02\xfe\x0d",
            b"\x00\x07\x00\x02/q",
            b"\xff\x35\x00\x01!",
        ];
        let seen = answer(65, &data.concat());
        assert_eq!(seen.faults.len(), 0, "{:?}", seen.faults);
        let is_head = |line: &&String| !line.contains("svcparam.key") && !line.contains("length");
        let said: Vec<String> = said(&seen)
            .into_iter()
            .filter(|line| is_head(&line))
            .collect();
        assert_eq!(
            said,
            [
                "dns.svcb.svcpriority 1",
                "dns.svcb.targetname <Root>",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.mandatory.key 1 (alpn)",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.alpn h2",
                "  dns.svcb.svcparam.alpn h3",
                "dns.svcb.svcparam",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.port 8443",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.ipv4hint.ip 192.168.1.6",
                "  dns.svcb.svcparam.ipv4hint.ip 192.168.1.7",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.echconfig fe:0d",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.value 2f:71",
                "    - dns.svcb.svcparam.dohpath /q",
                "dns.svcb.svcparam",
                "  dns.svcb.svcparam.value 21",
            ]
        );
    }

    #[test]
    fn data_that_end_in_the_middle_of_what_they_hold_are_a_fault() {
        for (kind, data) in [
            (65, &b"\x00\x01\x00\x00\x03\x00\x01\x20"[..]),
            (65, b"\x00\x01\x00\x00\x04\x00\x03\xc0\xa8\x01"),
            (64, b"\x00\x01\x00\x00\x01\x00\x03\x03h2"),
            (64, b"\x00\x01\x00\x00\x01\x00\x09\x02h2"),
            (65, b"\x00\x01\x00\x00\x01\x00"),
            (35, b"\x00\x01\x00\x01\x01"),
            (257, b"\x00\x05issu"),
            (257, b"\x00"),
            (46, b"\x00\x01\x0d\x02"),
            (47, b"\x00\x00\x02\x40"),
            (47, b"\x00\x00"),
            (48, b"\x01\x01\x03"),
            (50, b"\x01\x00\x00\x01\x03\xc0\xff"),
            (52, b"\x03\x01"),
            (250, b"\x00\x00\x00\x6b\x0a\x15\x32\x01\x2c\x00\x20"),
        ] {
            let seen = answer(kind, data);
            assert_eq!(seen.faults.len(), 1, "{kind}: {:?}", seen.faults);
            let fault = "the data of a record end before what they hold does";
            assert!(
                seen.faults[0].starts_with(fault),
                "{kind}: {:?}",
                seen.faults
            );
        }
    }

    #[test]
    fn a_property_is_told_by_its_tag_whatever_the_case_of_its_letters() {
        for (tag, field) in [
            ("issue", "issue"),
            ("Issue", "issue"),
            ("issuewild", "issuewild"),
            ("iodef", "iodef"),
            ("issuemail", "unknown"),
        ] {
            let tag_length = u8::try_from(tag.len()).unwrap();
            let data = [&[0x80, tag_length][..], tag.as_bytes(), b"ca.lab"].concat();
            assert_eq!(
                said(&answer(257, &data)),
                [
                    "dns.caa.flags 0x80".to_owned(),
                    "  - dns.caa.flags.issuer_critical 1".to_owned(),
                    format!("dns.caa.tag_length {tag_length}"),
                    format!("dns.caa.tag {tag}"),
                    "dns.caa.value ca.lab".to_owned(),
                    format!("  - dns.caa.{field} ca.lab"),
                ]
            );
        }
    }

    #[test]
    fn bits_of_a_window_are_the_types_that_a_name_has() {
        let types = |data: &[u8]| {
            let said = said(&answer(47, data)).into_iter();
            let types = said.filter(|line| line.contains("dns.nsec.type"));
            types
                .map(|line| line.trim_start().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            types(b"\x00\x00\x01\x40\x01\x01\x40"),
            ["= dns.nsec.type 1 (A)", "= dns.nsec.type 257 (CAA)"]
        );
        let full = [&b"\x00\x00\x20"[..], &[0xff; 32]].concat();
        assert_eq!(types(&full).len(), crate::protocols::dns_proofs::MOST_TYPES);
        assert_eq!(types(b"\x00"), [""; 0]);
    }

    #[test]
    fn options_of_another_length_than_they_have_are_shown_as_bytes() {
        let options = |data: &[u8]| {
            let said = said(&answer(41, data));
            said.iter().filter(|line| line.starts_with("    ")).count()
        };
        assert_eq!(options(b"\x00\x0b\x00\x02\x01\x2c"), 1);
        assert_eq!(options(b"\x00\x0b\x00\x01\x01"), 0);
        assert_eq!(options(b"\x00\x08\x00\x07\x00\x01\x18\x00\xc0\xa8\x01"), 4);
        assert_eq!(options(b"\x00\x08\x00\x03\x00\x01\x18"), 2);
        assert_eq!(options(b"\x00\x08\x00\x01\x00"), 0);
        assert_eq!(options(b"\x00\x0f\x00\x04\x00\x12no"), 2);
        assert_eq!(options(b"\x00\x0f\x00\x01\x00"), 0);
        // Five bytes are no address of IPv4.
        assert_eq!(
            options(b"\x00\x08\x00\x09\x00\x01\x18\x00\x01\x02\x03\x04\x05"),
            4
        );
    }

    #[test]
    fn the_sections_of_an_update_have_names_of_their_own_and_its_records_an_effect() {
        const UPDATE: [u8; 2] = [0x28, 0];
        let zone = b"\x03lab\x00\x00\x06\x00\x01";
        let effects = |counts: [u8; 4], kind, class| {
            let seen = message(
                UPDATE,
                counts,
                &[&zone[..], &record(kind, class, &[])].concat(),
            );
            let fields = seen.fields("dns");
            let effect = fields
                .iter()
                .find_map(|line| line.trim_start().strip_prefix("= dns.update.effect "));
            effect.unwrap().to_owned()
        };
        let needs = |kind, class| effects([1, 1, 0, 0], kind, class);
        assert_eq!(
            needs(255, 255),
            "1 (the name must have records, of whatever type)"
        );
        assert_eq!(needs(1, 255), "2 (the name must have records of this type)");
        assert_eq!(needs(255, 254), "3 (the name must have no records at all)");
        assert_eq!(
            needs(1, 254),
            "4 (the name must have no records of this type)"
        );
        assert!(needs(1, 1).starts_with("5 (the name must have this record"));
        let does = |kind, class| effects([1, 0, 1, 0], kind, class);
        assert_eq!(does(255, 255), "6 (deletes all records of the name)");
        assert_eq!(
            does(1, 255),
            "7 (deletes all records of the name that are of this type)"
        );
        assert_eq!(does(1, 254), "8 (deletes this record)");
        assert_eq!(does(1, 1), "9 (adds this record)");

        let seen = message(UPDATE, [1, 0, 0, 0], zone);
        assert!(
            seen.line.ends_with("  Dynamic update 0x1234 SOA lab"),
            "{}",
            seen.line
        );
        assert_eq!(
            seen.fields("dns")[12..],
            [
                "dns.count.zones 1",
                "dns.count.prerequisites 0",
                "dns.count.updates 0",
                "dns.count.add_rr 0",
                "dns.zones",
                "  dns.zone",
                "    dns.qry.name lab",
                "    dns.qry.type 6 (SOA)",
                "    dns.qry.class 0x1 (IN, the Internet)",
            ]
        );
    }
}
