//! The compiled filter passes the frames that a plain reading of the language passes: values are collected
//! into lists from the listed fields, and compared one by one.

mod common;

use common::decoding::frame;
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::model::frame::LinkType;
use netinspect::model::layer::Decoded;
use netinspect::model::value::Value;
use netinspect::protocols::names::{self, Named};
use proptest::collection::vec;
use proptest::prelude::*;

/// A filter, as this test understands it.
#[derive(Clone, Debug)]
enum Asked {
    And(Box<Asked>, Box<Asked>),
    Or(Box<Asked>, Box<Asked>),
    Not(Box<Asked>),
    Present(&'static str),
    Compare(&'static str, Operation, u64),
    Masked(&'static str, u64),
    Sum(&'static str, u64, Operation, u64),
    In(&'static str, Vec<(u64, u64)>),
    Slice(&'static str, usize, Vec<u8>),
    Contains(&'static str, Vec<u8>),
    Count(&'static str, u64),
    Length(&'static str, u64),
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Equal,
    NotEqual,
    AllEqual,
    AnyNotEqual,
    Less,
    AllLess,
    GreaterOrEqual,
    AnyGreater,
}

const OPERATIONS: [Operation; 8] = [
    Operation::Equal,
    Operation::NotEqual,
    Operation::AllEqual,
    Operation::AnyNotEqual,
    Operation::Less,
    Operation::AllLess,
    Operation::GreaterOrEqual,
    Operation::AnyGreater,
];

const NUMBERS: [&str; 14] = [
    "ip.ttl",
    "ip.len",
    "ip.proto",
    "ip.flags",
    "ip.flags.df",
    "tcp.port",
    "tcp.srcport",
    "tcp.flags",
    "tcp.flags.syn",
    "tcp.len",
    "tcp.option_kind",
    "udp.port",
    "icmp.type",
    "frame.len",
];

const ADDRESSES: [&str; 4] = ["eth.addr", "eth.src", "ip.addr", "ip.dst"];

const BYTES: [&str; 5] = ["eth", "ip", "tcp", "frame", "eth.dst"];

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..8, Just(64), Just(80), Just(12345), 0u64..200]
}

/// One more than the greatest value that a field can hold: greater ones are refused.
fn limit(name: &str) -> u64 {
    match name {
        "ip.flags" => 8,
        "ip.flags.df" | "tcp.flags.syn" => 2,
        "ip.ttl" | "ip.proto" | "icmp.type" | "tcp.option_kind" => 256,
        "tcp.flags" => 4096,
        _ => 65536,
    }
}

fn simple() -> impl Strategy<Value = Asked> {
    let numbers = || proptest::sample::select(&NUMBERS[..]);
    let any_name = || {
        let all: Vec<_> = [&NUMBERS[..], &ADDRESSES[..], &BYTES[..]].concat();
        proptest::sample::select(all)
    };
    let bytes = || proptest::sample::select(&BYTES[..]);
    let operation = || proptest::sample::select(&OPERATIONS[..]);
    prop_oneof![
        any_name().prop_map(Asked::Present),
        (numbers(), operation(), number()).prop_map(|(name, op, value)| Asked::Compare(
            name,
            op,
            value % limit(name)
        )),
        (numbers(), number()).prop_map(|(name, mask)| Asked::Masked(name, mask)),
        (numbers(), number(), operation(), number())
            .prop_map(|(name, add, op, value)| Asked::Sum(name, add, op, value)),
        (numbers(), vec((number(), 0u64..20), 1..4)).prop_map(|(name, ranges)| {
            let ranges = ranges.into_iter().map(|(first, more)| {
                let first = first % limit(name);
                (first, (first + more).min(limit(name) - 1))
            });
            Asked::In(name, ranges.collect())
        }),
        (
            bytes(),
            0usize..24,
            vec(prop_oneof![Just(0u8), Just(2), any::<u8>()], 1..3)
        )
            .prop_map(|(name, start, part)| Asked::Slice(name, start, part)),
        (
            bytes(),
            vec(prop_oneof![Just(0u8), Just(2), Just(0x30)], 1..3)
        )
            .prop_map(|(name, part)| Asked::Contains(name, part)),
        (any_name(), 0u64..4).prop_map(|(name, count)| Asked::Count(name, count)),
        (bytes(), 0u64..80).prop_map(|(name, length)| Asked::Length(name, length)),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    simple().prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Asked::And(a.into(), b.into())),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Asked::Or(a.into(), b.into())),
            inner.prop_map(|a| Asked::Not(a.into())),
        ]
    })
}

impl Operation {
    const fn written(self) -> (&'static str, &'static str) {
        match self {
            Self::Equal => ("", "=="),
            Self::NotEqual => ("", "!="),
            Self::AllEqual => ("", "==="),
            Self::AnyNotEqual => ("", "!=="),
            Self::Less => ("", "<"),
            Self::AllLess => ("all ", "<"),
            Self::GreaterOrEqual => ("", ">="),
            Self::AnyGreater => ("any ", ">"),
        }
    }

    fn holds(self, values: &[u64], other: u64) -> bool {
        let any = |fits: &dyn Fn(u64) -> bool| values.iter().any(|value| fits(*value));
        let all = |fits: &dyn Fn(u64) -> bool| {
            !values.is_empty() && values.iter().all(|value| fits(*value))
        };
        match self {
            Self::Equal => any(&|value| value == other),
            Self::NotEqual => all(&|value| value != other),
            Self::AllEqual => all(&|value| value == other),
            Self::AnyNotEqual => any(&|value| value != other),
            Self::Less => any(&|value| value < other),
            Self::AllLess => all(&|value| value < other),
            Self::GreaterOrEqual => any(&|value| value >= other),
            Self::AnyGreater => any(&|value| value > other),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(":")
}

/// The filter as somebody types it, every part in parentheses.
fn written(asked: &Asked) -> String {
    let compared = |left: String, operation: &Operation, value: &u64| {
        let (quantifier, symbol) = operation.written();
        format!("{quantifier}{left} {symbol} {value}")
    };
    match asked {
        Asked::And(a, b) => format!("({}) and ({})", written(a), written(b)),
        Asked::Or(a, b) => format!("({}) || ({})", written(a), written(b)),
        Asked::Not(a) => format!("not ({})", written(a)),
        Asked::Present(name) => (*name).to_owned(),
        Asked::Compare(name, operation, value) => compared((*name).to_owned(), operation, value),
        Asked::Masked(name, mask) => format!("{name} & {mask:#x}"),
        Asked::Sum(name, add, operation, value) => {
            compared(format!("{name} + {add}"), operation, value)
        }
        Asked::In(name, ranges) => {
            let ranges: Vec<_> = ranges.iter().map(|(a, b)| format!("{a}..{b}")).collect();
            format!("{name} in {{{}}}", ranges.join(", "))
        }
        Asked::Slice(name, start, part) => {
            format!("{name}[{start}:{}] == {}", part.len(), hex(part))
        }
        Asked::Contains(name, part) => format!("{name} contains {}", hex(part)),
        Asked::Count(name, count) => format!("count({name}) == {count}"),
        Asked::Length(name, length) => format!("len({name}) > {length}"),
    }
}

/// All values of a field, or of a protocol its bytes, in a list.
fn values<'a>(name: &str, decoded: &Decoded<'a>) -> Vec<Value<'a>> {
    let bytes = decoded.frame.bytes;
    match names::find(name).unwrap() {
        Named::Protocol(protocol) => decoded
            .layers
            .iter()
            .filter(|layer| std::ptr::eq(layer.protocol, *protocol))
            .map(|layer| Value::Bytes(&bytes[layer.start..layer.end]))
            .collect(),
        Named::Fields(fields) => {
            let wanted = |name: &str| fields.iter().any(|field| field.definition.name == name);
            decoded
                .fields
                .iter()
                .filter(|field| wanted(field.definition.name))
                .map(|field| decoded.value(field))
                .collect()
        }
    }
}

fn numbers(name: &str, decoded: &Decoded<'_>) -> Vec<u64> {
    values(name, decoded)
        .iter()
        .filter_map(Value::as_number)
        .collect()
}

fn byte_strings(name: &str, decoded: &Decoded<'_>) -> Vec<Vec<u8>> {
    values(name, decoded)
        .into_iter()
        .map(|value| match value {
            Value::Bytes(bytes) | Value::Text(bytes) => bytes.to_vec(),
            Value::Mac(octets) => octets.to_vec(),
            other => panic!("{other:?} has no bytes"),
        })
        .collect()
}

/// What the filter says of a frame, read plainly.
fn passes(asked: &Asked, decoded: &Decoded<'_>) -> bool {
    match asked {
        Asked::And(a, b) => passes(a, decoded) && passes(b, decoded),
        Asked::Or(a, b) => passes(a, decoded) || passes(b, decoded),
        Asked::Not(a) => !passes(a, decoded),
        Asked::Present(name) => !values(name, decoded).is_empty(),
        Asked::Compare(name, operation, value) => operation.holds(&numbers(name, decoded), *value),
        Asked::Masked(name, mask) => numbers(name, decoded).iter().any(|value| value & mask != 0),
        Asked::Sum(name, add, operation, value) => {
            let sums: Vec<u64> = numbers(name, decoded)
                .iter()
                .map(|value| value + add)
                .collect();
            operation.holds(&sums, *value)
        }
        Asked::In(name, ranges) => numbers(name, decoded)
            .iter()
            .any(|value| ranges.iter().any(|(a, b)| (a..=b).contains(&value))),
        Asked::Slice(name, start, part) => byte_strings(name, decoded)
            .iter()
            .any(|bytes| bytes.get(*start..start + part.len()) == Some(part)),
        Asked::Contains(name, part) => byte_strings(name, decoded)
            .iter()
            .any(|bytes| bytes.windows(part.len()).any(|window| window == part)),
        Asked::Count(name, count) => {
            let found = values(name, decoded).len() as u64;
            found > 0 && found == *count
        }
        Asked::Length(name, length) => byte_strings(name, decoded)
            .iter()
            .any(|bytes| bytes.len() as u64 > *length),
    }
}

/// Frames that have the fields that are asked about: plain ones, tagged ones, tunnels, errors.
fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let segment = (0u16..200, vec(any::<u8>(), 0..30)).prop_map(|(port, payload)| {
        let mut bytes = port.to_be_bytes().to_vec();
        bytes.extend([
            0x30, 0x39, 0, 0, 0, 1, 0, 0, 0, 2, 0x70, 0x12, 1, 0, 0, 0, 0, 0,
        ]);
        bytes.extend([2, 4, 5, 0xb4, 1, 3, 3, 7]);
        bytes.extend(payload);
        (6u8, bytes)
    });
    let datagram = (0u16..200, vec(any::<u8>(), 0..30)).prop_map(|(port, payload)| {
        let mut bytes = port.to_be_bytes().to_vec();
        bytes.extend([0, 80]);
        bytes.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
        bytes.extend([0, 0]);
        bytes.extend(payload);
        (17u8, bytes)
    });
    let message = (any::<u8>(), vec(any::<u8>(), 7..60)).prop_map(|(kind, mut rest)| {
        rest.insert(0, kind % 14);
        (1u8, rest)
    });
    let inner = prop_oneof![segment, datagram, message];
    (inner, any::<bool>(), any::<bool>(), 0u8..4).prop_map(
        |((protocol, payload), tunnel, tag, ttl)| {
            let mut packet = in_ip(protocol, &payload, ttl);
            if tunnel {
                packet = in_ip(4, &packet, 64);
            }
            let mut frame = vec![2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7];
            if tag {
                frame.extend([0x81, 0, 0, 7]);
            }
            frame.extend([8, 0]);
            frame.extend(packet);
            frame
        },
    )
}

fn in_ip(protocol: u8, payload: &[u8], ttl: u8) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let mut packet = vec![
        0x45, 0, length[0], length[1], 0, 1, 0x40, 0, ttl, protocol, 0, 0,
    ];
    packet.extend([192, 168, 1, 7, 192, 168, 1, 6]);
    packet.extend(payload);
    packet
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_filter_passes_what_a_plain_reading_passes(asked in asked(), bytes in some_frame(), cut in 0usize..40) {
        let text = written(&asked);
        let filter = Filter::new(&text).unwrap_or_else(|error| panic!("{error}"));
        let kept = bytes.len().saturating_sub(cut).max(1);
        let missing = u32::try_from(bytes.len() - kept).unwrap();
        let frame = frame(&bytes[..kept], LinkType::ETHERNET, missing);
        let mut decoder = Decoder::new();
        let expected = passes(&asked, &decoder.expand(&frame));
        let mut other = Decoder::new();
        other.walk(&frame);
        let decoded = other.deepen(&frame, filter.needs().depth);
        prop_assert_eq!(filter.passes(&decoded), expected, "{}", text);
    }

    #[test]
    fn no_text_makes_the_filter_panic(text in "[ -~äé你\\n]{0,60}") {
        if let Err(error) = Filter::new(&text) {
            let told = error.to_string();
            prop_assert!(told.contains('^'), "{}", told);
        }
    }

    #[test]
    fn no_mixture_of_pieces_makes_the_filter_panic(pieces in vec(proptest::sample::select(&PIECES[..]), 0..14)) {
        let _ = Filter::new(&pieces.join(" ")).map(|filter| filter.explain());
        let _ = Filter::new(&pieces.concat());
    }
}

const PIECES: [&str; 40] = [
    "ip.addr",
    "tcp.port",
    "eth.src",
    "tcp",
    "frame",
    "chat.text",
    "tcp.flags.syn",
    "frame.time",
    "ip.checksum.status",
    "==",
    "!=",
    "===",
    "<",
    "contains",
    "matches",
    "in",
    "{",
    "}",
    "(",
    ")",
    "and",
    "or",
    "not",
    "any",
    "all",
    "[0:3]",
    "[-1]",
    "#1",
    "#[1-2]",
    "..",
    ",",
    "&",
    "+",
    "-",
    "80",
    "192.168.1.0/24",
    "\"text\"",
    "'c'",
    "len(",
    "0x",
];
