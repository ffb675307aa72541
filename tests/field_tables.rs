//! The field tables keep their promises: names are unique and known, nothing is left unexplained, and
//! fixed fields tile their header.

use std::collections::{HashMap, HashSet};

use netinspect::model::field::{FieldDef, Kind, Place, Role};
use netinspect::model::source::{Source, rfc_title};
use netinspect::protocols::registry::ALL;

fn every_field() -> impl Iterator<Item = (&'static str, &'static FieldDef)> {
    ALL.iter()
        .flat_map(|protocol| protocol.fields.iter().map(|field| (protocol.name, *field)))
}

/// How the names begin of what stands in a certificate, which is no protocol.
const OF_CERTIFICATES: [&str; 8] = [
    "x509.",
    "x509af.",
    "x509ce.",
    "x509if.",
    "x509sat.",
    "pkcs1.",
    "pkix1implicit.",
    "ber.",
];

#[test]
fn a_name_belongs_to_one_field_and_begins_with_its_protocol() {
    let mut seen: HashMap<&str, &FieldDef> = HashMap::new();
    for (protocol, field) in every_field() {
        // Protocols may share a definition, and then its name begins with that of the first: the options of
        // IPv6's headers, the extensions of ICMP and ICMPv6.
        if let Some(other) = seen.insert(field.name, field) {
            assert!(std::ptr::eq(other, field), "{} is there twice", field.name);
            continue;
        }
        // What certificates say has the names of the modules of ASN.1 that define it.
        let mut modules = OF_CERTIFICATES.iter();
        let is_of_certificate =
            protocol.starts_with("tls") && modules.any(|module| field.name.starts_with(module));
        // The extension headers of IPv6 are protocols of one family.
        let family = protocol.split('.').next().unwrap();
        let rest = field.name.strip_prefix(family);
        assert!(
            is_of_certificate || rest.is_some_and(|rest| rest.starts_with('.')),
            "{} does not begin with {family}.",
            field.name
        );
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        assert!(
            field.name.bytes().all(is_plain),
            "{}: JSON and filters take names as they are",
            field.name
        );
    }
}

#[test]
fn what_has_no_fixed_place_stands_behind_all_that_has_one() {
    for protocol in ALL {
        let is_loose = |place| matches!(place, Place::Varying | Place::Followed);
        let tables = protocol.fields.iter();
        let behind = tables.skip_while(|field| !is_loose(field.place));
        let unreached = behind.filter(|field| !is_loose(field.place));
        let names: Vec<&str> = unreached.map(|field| field.name).collect();
        assert!(names.is_empty(), "{}: {names:?}", protocol.name);
    }
}

/// Those at fixed places are laid once for all layers of a protocol, wherever these begin, and read by filters as they are.
#[test]
fn no_name_whose_pointers_count_from_its_layer_and_no_spelled_text_has_a_fixed_place() {
    for (_, field) in every_field() {
        let is_name = field.kind == Kind::Domain;
        let is_spelled = field.kind == Kind::Spelled;
        assert!(
            !(is_name || is_spelled) || matches!(field.place, Place::Varying),
            "{}",
            field.name
        );
    }
}

#[test]
fn every_field_has_a_label_a_meaning_of_its_own_and_a_source() {
    let mut meanings: HashMap<&str, &str> = HashMap::new();
    for (_, field) in every_field() {
        assert!(!field.label.is_empty(), "{} has no label", field.name);
        let words = field.meaning.split_whitespace().count();
        assert!(
            words >= 5,
            "{}: \"{}\" explains nothing",
            field.name,
            field.meaning
        );
        assert!(field.meaning.ends_with('.'), "{}: no sentence", field.name);
        if let Some(other) = meanings.insert(field.meaning, field.name) {
            assert_eq!(field.name, other, "two fields have one meaning");
        }
        assert_ne!(
            field.source,
            Source::Netinspect(""),
            "{}: no source",
            field.name
        );
    }
}

#[test]
fn every_rfc_that_is_cited_has_a_title() {
    let cited = every_field().map(|(_, field)| field.source).chain(
        ALL.iter()
            .flat_map(|protocol| protocol.sources.iter().copied()),
    );
    for source in cited {
        if let Source::Rfc(number, _) = source {
            assert!(rfc_title(number).is_some(), "RFC {number} has no title");
        }
    }
}

#[test]
fn fixed_fields_follow_each_other_without_overlap() {
    for protocol in ALL {
        let mut end = 0;
        let mut group_end = 0;
        for field in protocol.fields {
            let Place::Fixed { start, length } = field.place else {
                continue;
            };
            match field.role {
                Role::Leaf => {
                    assert!(start >= end, "{} overlaps the field before it", field.name);
                    end = start + length;
                }
                Role::Group => {
                    assert!(start >= end.max(group_end), "{} overlaps", field.name);
                    group_end = start + length;
                }
                Role::Detail => {
                    assert!(
                        start + length <= end,
                        "{} looks at bits nobody owns",
                        field.name
                    );
                }
                Role::Derived => panic!("{} is derived and has a place", field.name),
            }
        }
    }
}

#[test]
fn no_two_protocols_claim_one_selector() {
    let mut claimed = Vec::new();
    for protocol in ALL {
        for selector in protocol.parents {
            assert!(
                !claimed.contains(selector),
                "{} claims {selector:?} too",
                protocol.name
            );
            claimed.push(*selector);
        }
    }
}

#[test]
fn every_field_that_a_protocol_file_defines_is_in_its_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocols");
    let mut defined = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
        defined += code.matches(": FieldDef =").count();
    }
    let listed: HashSet<_> = every_field().map(|(_, field)| field.name).collect();
    assert_eq!(defined, listed.len());
}
