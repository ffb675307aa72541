//! What the tree knows of a value, JSON, the columns and the filter know too.

use netinspect::filter::Filter;
use netinspect::model::draft;
use netinspect::model::field::{Field, Kind};
use netinspect::model::layer::Decoded;
use netinspect::model::value::Value;
use netinspect::render::View;
use netinspect::render::fields::{Column, Fields, Separation};
use serde_json::Value as Json;

/// How many fields of a frame are asked for, evenly spread: each costs a filter.
const ASKED: usize = 24;

/// Every law about one value in several outputs; `ndjson` is the frame in JSON.
pub fn holds(decoded: &Decoded<'_>, ndjson: &str) {
    let json: Json = serde_json::from_str(ndjson).unwrap_or_else(|error| {
        panic!("no JSON ({error}): {ndjson}");
    });
    let listed = fields_in(&json);
    let known: Vec<&Field> = decoded
        .layers_on_wire()
        .flat_map(|(index, _)| {
            let on_wire = decoded.fields_of(index).iter();
            let followed = decoded.followed_of(index).flatten();
            on_wire.chain(followed.map(|found| &found.field))
        })
        .collect();
    assert_eq!(listed.len(), known.len(), "{ndjson}");
    for (field, json) in known.iter().zip(&listed) {
        assert_eq!(json["name"], field.definition.name);
        assert_json_has(decoded, field, json);
    }
    for field in known.iter().step_by(known.len() / ASKED + 1) {
        if let Some(value) = plain(decoded, field) {
            assert_column_has(decoded, field, &value);
            assert_filter_finds(decoded, field, &value);
        }
    }
}

/// All fields of a frame in JSON, in the order in which they stand there.
fn fields_in(frame: &Json) -> Vec<&Json> {
    fn collect<'a>(fields: &'a Json, all: &mut Vec<&'a Json>) {
        for field in fields.as_array().into_iter().flatten() {
            all.push(field);
            collect(&field["fields"], all);
        }
    }
    let mut all = Vec::new();
    for layer in frame["layers"].as_array().into_iter().flatten() {
        collect(&layer["fields"], &mut all);
    }
    all
}

fn assert_json_has(decoded: &Decoded<'_>, field: &Field, json: &Json) {
    let name = field.definition.name;
    match decoded.value(field) {
        Value::Number(number) => assert_eq!(json["value"].as_u64(), Some(number), "{name}"),
        Value::Flag(set) => assert_eq!(json["value"].as_bool(), Some(set), "{name}"),
        Value::Time(time) | Value::Duration(time) => {
            assert_eq!(json["value"].as_i64(), Some(time), "{name}");
        }
        Value::None => assert!(json["value"].is_null(), "{name}"),
        _ => assert!(json["value"].is_string(), "{name}"),
    }
    let range = field
        .bits()
        .map(|bits| [bits.start / 8, bits.end.div_ceil(8)]);
    if let Some(range) = range {
        let buffer = field.buffer().map(|buffer| decoded.bytes().of(buffer));
        let most = buffer.map_or(0, <[u8]>::len);
        assert!(range[1] as usize <= most, "{name} is outside of its bytes");
        assert_eq!(json["range"], serde_json::json!(range), "{name}");
    }
}

/// The value as a column and a filter write it; `None` for kinds that a filter writes otherwise.
fn plain(decoded: &Decoded<'_>, field: &Field) -> Option<String> {
    let value = decoded.value(field);
    let is_written_alike = match field.definition.kind {
        Kind::Number(_) | Kind::Flag | Kind::Mac | Kind::Ipv4 | Kind::Ipv6 => true,
        Kind::Bytes => matches!(value, Value::Bytes(bytes) if !bytes.is_empty()),
        Kind::Text
        | Kind::Domain
        | Kind::Spelled
        | Kind::Time
        | Kind::Date
        | Kind::Duration
        | Kind::Heading => false,
    };
    if !is_written_alike || value == Value::None {
        return None;
    }
    let mut out = String::new();
    let digits = netinspect::render::tree::hex_digits(field);
    value.push_plain(&mut out, field.definition, digits);
    Some(out)
}

fn assert_column_has(decoded: &Decoded<'_>, field: &Field, value: &str) {
    let name = field.definition.name;
    let column = Column::named(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut out = String::new();
    let mut view = Fields::new(vec![column], Separation::Tabs);
    draft::append(&mut out, |out| view.frame(decoded, out));
    let found = out
        .trim_end_matches('\n')
        .split(',')
        .any(|cell| cell == value);
    assert!(found, "{name}: {value} is not among {out}");
}

fn assert_filter_finds(decoded: &Decoded<'_>, field: &Field, value: &str) {
    let name = field.definition.name;
    let text = format!("{name} == {value}");
    let filter = Filter::new(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert!(filter.passes(decoded), "{text} does not find its own frame");
}
