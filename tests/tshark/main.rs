//! Every field that both this program and tshark name has the same value on every frame of every fixture.
//!
//! The comparison goes over names: a field that only one of the two knows is not compared. A field that
//! both know must occur as often, in the same order, with the same value.

#[path = "../common/mod.rs"]
mod common;
mod exceptions;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use common::tshark;
use exceptions::Difference;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::model::fault::FaultKind;
use netinspect::model::field::{Field, FieldDef, Place};
use netinspect::model::layer::Extent;
use netinspect::model::needs::{Depth, Past};
use netinspect::model::value::Value;
use netinspect::protocols::registry::ALL;

/// What a mark without a value is compared as.
const PRESENT: &str = "present";

/// Whether a field without a value tells something by being there.
fn is_mark(name: &str) -> bool {
    name.starts_with("tcp.analysis") || name.starts_with("tcp.connection.")
}

type Fields = BTreeMap<String, Vec<String>>;

/// What tshark says of each frame: the values of each field by name, in the order of the dissection.
fn fields_by_tshark(path: &Path) -> Option<Vec<Fields>> {
    let output = tshark::reading(path)
        .args(["-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE"])
        .args(["-o", "tcp.desegment_tcp_streams:TRUE"])
        .args(["-T", "pdml"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let document = roxmltree::Document::parse(&text).expect("tshark writes XML");
    let packets = document
        .descendants()
        .filter(|node| node.has_tag_name("packet"));
    Some(packets.map(fields_of_packet).collect())
}

fn fields_of_packet(packet: roxmltree::Node<'_, '_>) -> Fields {
    let mut fields = Fields::new();
    for node in packet
        .descendants()
        .filter(|node| node.has_tag_name("field"))
    {
        let (Some(name), Some(show)) = (node.attribute("name"), node.attribute("show")) else {
            continue;
        };
        if is_mark(name) && show.is_empty() {
            fields.insert(name.to_owned(), vec![PRESENT.to_owned()]);
            continue;
        }
        // Headings without a value, and fields without bytes.
        if show.is_empty() {
            continue;
        }
        fields
            .entry(name.to_owned())
            .or_default()
            .push(show.to_owned());
    }
    fields
}

/// What we say of each frame, in the same words, and whether something in it cannot be.
fn fields_by_us(path: &Path) -> Vec<(Fields, bool)> {
    let mut source = capture::open(path).expect("the fixture opens");
    let mut decoder = Decoder::new();
    let mut flows = common::flows_of(source.as_mut());
    let mut frames = Vec::new();
    // A damaged capture ends with an error, after its good frames.
    while let Ok(Some(frame)) = source.next_frame() {
        decoder.walk(&frame);
        flows.assemble(&mut decoder, &frame, Past::Everything);
        let decoded = decoder.deepen(&frame, Depth::Expand);
        let followed = flows.followed();
        // What a single fragment has of a datagram, tshark shows in the frame that completes it alone.
        let is_of_part = |index: usize| decoded.layers[index].extent == Extent::Fragment;
        let of_wire = (0..decoded.layers.len())
            .filter(|index| !is_of_part(*index))
            .flat_map(|index| decoded.fields_of(index));
        let of_past = followed.iter().filter(|found| !is_of_part(found.layer));
        let mut fields = Fields::new();
        for field in of_wire.chain(of_past.map(|found| &found.field)) {
            let value = decoded.value(field);
            let name = field.definition.name;
            if value != Value::None {
                let values = fields.entry(name.to_owned()).or_default();
                values.push(plain(field, value));
            } else if is_mark(name) {
                fields.insert(name.to_owned(), vec![PRESENT.to_owned()]);
            }
        }
        let is_broken = decoded.faults.iter().any(|fault| {
            matches!(
                fault.kind,
                FaultKind::BadValue { .. }
                    | FaultKind::TooShort { .. }
                    | FaultKind::CutByCapture { .. }
                    // A message that is not whole is shown nowhere by tshark.
                    | FaultKind::EndedEarly
                    | FaultKind::TooLong
            )
        });
        frames.push((fields, is_broken));
        flows.is_shown(frame.time);
    }
    frames
}

fn plain(field: &Field, value: Value<'_>) -> String {
    match value {
        Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => {
            let mut out = String::new();
            value.push_plain(&mut out, field.definition, 0);
            out
        }
    }
}

/// tshark's words for a value, and ours, brought to one form: numbers to decimal, flags to 0 and 1.
fn normal(text: &str) -> String {
    match text {
        "True" => return "1".to_owned(),
        "False" => return "0".to_owned(),
        _ => {}
    }
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => None,
    };
    // In an attribute of XML, the end of a line is a blank.
    let in_attribute = || text.replace("\r\n", " ").replace('\n', " ");
    number.map_or_else(in_attribute, |number| number.to_string())
}

fn differences(path: &Path, theirs: &[Fields], ours: &[(Fields, bool)]) -> Vec<String> {
    let known_by_tshark = tshark::field_names();
    let known: HashMap<&str, &FieldDef> = ALL
        .iter()
        .flat_map(|protocol| protocol.fields.iter())
        .filter(|field| known_by_tshark.contains(field.name))
        // Nothing shows it beside the header: the layers inside do.
        .filter(|field| !matches!(field.place, Place::Payload))
        .filter(|field| !exceptions::is_compared_nowhere(field.name))
        .map(|field| (field.name, *field))
        .collect();
    let file = path.file_name().unwrap().to_string_lossy();
    let mut found = Vec::new();
    if theirs.len() != ours.len() {
        found.push(format!(
            "{file}: {} frames, tshark has {}",
            ours.len(),
            theirs.len()
        ));
    }
    let normalised = |fields: &Fields, name: &str| -> Vec<String> {
        let values = fields.get(name).into_iter().flatten();
        values.map(|value| normal(value)).collect()
    };
    for (index, (theirs, (ours, is_broken))) in theirs.iter().zip(ours).enumerate() {
        for (name, definition) in &known {
            let difference = Difference {
                file: &file,
                frame: index + 1,
                field: name,
                is_followed: matches!(definition.place, Place::Followed),
                theirs: normalised(theirs, name),
                ours: normalised(ours, name),
                their_frame: theirs,
                our_frame: ours,
                is_broken: *is_broken,
            };
            if difference.theirs != difference.ours && !difference.is_on_purpose() {
                found.push(difference.to_string());
            }
        }
    }
    found
}

/// The fixtures, or the one file that was asked for.
fn captures() -> Vec<PathBuf> {
    match std::env::var_os("NETINSPECT_COMPARE") {
        Some(one) => vec![PathBuf::from(one)],
        None => common::fixtures::captures(),
    }
}

#[test]
fn every_field_that_both_name_is_equal_on_every_frame() {
    if !tshark::is_here() {
        return;
    }
    let mut found = Vec::new();
    let mut compared = 0;
    for path in captures() {
        let theirs = fields_by_tshark(&path).expect("it is here");
        let ours = fields_by_us(&path);
        compared += ours.len();
        found.extend(differences(&path, &theirs, &ours));
    }
    assert!(compared > 0, "no frame was compared");
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found.join("\n")
    );
}
