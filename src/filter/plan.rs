//! A filter understood: what is read of each frame, and what is asked of it.

use std::fmt::Write as _;

use jiff::Timestamp;
use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::in_place::InPlace;
use super::syntax::{Calculation, Part, Quantifier, Reach};
use super::types::Type;
use crate::model::field::Place;
use crate::model::needs::Needs;
use crate::model::protocol::Protocol;
use crate::protocols::names::FieldOf;

/// What is asked of a frame.
#[derive(Debug)]
pub enum Test {
    /// Both.
    And(Box<Test>, Box<Test>),
    /// At least one.
    Or(Box<Test>, Box<Test>),
    /// The opposite.
    Not(Box<Test>),
    /// Is there a value?
    Present(Operand),
    /// Is there a value that is not zero?
    NonZero(Operand),
    /// Do the values compare so?
    Compare(Quantifier, Operand, Relation, Operand),
    /// The same, where any number at one place in the headers of one protocol may do: what most filters ask.
    InPlace(InPlace, Box<Test>),
    /// Are the bytes of one in the other?
    Contains(Quantifier, Operand, Needle),
    /// Does the text fit the pattern?
    Matches(Quantifier, Operand, Regex),
    /// Is the value one of these?
    In(Quantifier, Operand, Vec<Member>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equal,
    /// Not the same.
    NotEqual,
    /// More.
    Greater,
    /// More or the same.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or the same.
    LessOrEqual,
}

/// What is looked for.
#[derive(Debug)]
pub enum Needle {
    /// These bytes.
    Fixed(Box<Finder<'static>>),
    /// The bytes of another value of the frame.
    Operand(Operand),
}

/// One of several that a value may be.
#[derive(Debug)]
pub enum Member {
    /// This one.
    One(Operand),
    /// One from here to there, both included.
    Range(Operand, Operand),
}

/// Something that has values in a frame.
#[derive(Debug)]
pub struct Operand {
    /// What.
    pub kind: OperandKind,
    /// Of which type its values are.
    pub of: Type,
}

/// What has values.
#[derive(Debug)]
pub enum OperandKind {
    /// A field, or several under one name, in some layers of its protocol.
    Fields(String, Vec<FieldOf>, Layers),
    /// A protocol, in some of its layers.
    Protocol(&'static Protocol, Layers),
    /// What was written.
    Constant(Constant),
    /// Parts of the bytes of another.
    Slice(Box<Operand>, Vec<Part>),
    /// A function of others.
    Function(Function, Vec<Operand>),
    /// Two calculated with.
    Arithmetic(Calculation, Box<Operand>, Box<Operand>),
    /// Another with the other sign.
    Negated(Box<Operand>),
}

/// Which layers of a protocol, counted from 1; `None`: all.
pub type Layers = Option<Vec<Part>>;

/// A value that was written in the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A number, or a time in nanoseconds.
    Number(i128),
    /// An address and how many of its first bits count.
    Ipv4(u32, u8),
    /// An address and how many of its first bits count.
    Ipv6(u128, u8),
    /// Bytes, or a text.
    Bytes(Vec<u8>),
}

/// A function of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The length in bytes.
    Len,
    /// How often the field is there.
    Count,
    /// The text in capital letters.
    Upper,
    /// The text in small letters.
    Lower,
    /// The value as a text.
    String,
    /// The greatest value.
    Max,
    /// The smallest value.
    Min,
    /// The value without its sign.
    Abs,
}

impl Function {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 8] = [
        ("len", Self::Len),
        ("count", Self::Count),
        ("upper", Self::Upper),
        ("lower", Self::Lower),
        ("string", Self::String),
        ("max", Self::Max),
        ("min", Self::Min),
        ("abs", Self::Abs),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, function)| *function == self)
            .map_or("", |(name, _)| *name)
    }
}

impl Test {
    /// What the test needs.
    pub fn needs(&self) -> Needs {
        self.operands()
            .into_iter()
            .map(Operand::needs)
            .chain(self.inner().into_iter().map(Self::needs))
            .fold(Needs::HEADERS, Needs::and)
    }

    fn inner(&self) -> Vec<&Self> {
        match self {
            Self::And(first, second) | Self::Or(first, second) => vec![first, second],
            Self::Not(inner) | Self::InPlace(_, inner) => vec![inner],
            _ => Vec::new(),
        }
    }

    fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::And(..) | Self::Or(..) | Self::Not(_) | Self::InPlace(..) => Vec::new(),
            Self::Present(operand)
            | Self::NonZero(operand)
            | Self::Matches(_, operand, _)
            | Self::Contains(_, operand, Needle::Fixed(_)) => vec![operand],
            Self::Contains(_, first, Needle::Operand(second))
            | Self::Compare(_, first, _, second) => vec![first, second],
            Self::In(_, operand, members) => {
                let mut all = vec![operand];
                for member in members {
                    match member {
                        Member::One(one) => all.push(one),
                        Member::Range(first, last) => all.extend([first, last]),
                    }
                }
                all
            }
        }
    }

    /// Appends the test as a tree, two blanks for each depth.
    pub fn describe(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        let title = match self {
            Self::InPlace(_, as_written) => return as_written.describe(depth, out),
            Self::And(..) => "both of".to_owned(),
            Self::Or(..) => "at least one of".to_owned(),
            Self::Not(_) => "not".to_owned(),
            Self::Present(_) => "is there".to_owned(),
            Self::NonZero(_) => "is there and not zero".to_owned(),
            Self::Compare(quantifier, _, relation, _) => {
                format!("{} {}", named(*quantifier), relation.name())
            }
            Self::Contains(quantifier, _, needle) => match needle {
                Needle::Fixed(finder) => {
                    let needle = shown(finder.needle());
                    format!("{} contains {needle}", named(*quantifier))
                }
                Needle::Operand(_) => format!("{} contains", named(*quantifier)),
            },
            Self::Matches(quantifier, _, pattern) => {
                format!("{} matches {:?}", named(*quantifier), pattern.as_str())
            }
            Self::In(quantifier, _, members) => {
                format!(
                    "{} is one of {} (first the value, then each)",
                    named(*quantifier),
                    members.len()
                )
            }
        };
        let _ = writeln!(out, "{indent}{title}");
        for operand in self.operands() {
            operand.describe(depth + 1, out);
        }
        for test in self.inner() {
            test.describe(depth + 1, out);
        }
    }
}

impl Relation {
    /// Its name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "is equal",
            Self::NotEqual => "is not equal",
            Self::Greater => "is greater",
            Self::GreaterOrEqual => "is greater or equal",
            Self::Less => "is less",
            Self::LessOrEqual => "is less or equal",
        }
    }
}

fn named(quantifier: Quantifier) -> &'static str {
    match quantifier {
        Quantifier::Any => "any value",
        Quantifier::All => "every value",
    }
}

fn shown(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    crate::model::text::push_escaped(&mut out, bytes);
    out.push('"');
    out
}

impl Operand {
    fn needs(&self) -> Needs {
        match &self.kind {
            OperandKind::Fields(_, fields, _) => fields
                .iter()
                .map(FieldOf::needs)
                .fold(Needs::HEADERS, Needs::and),
            OperandKind::Protocol(protocol, _) => protocol.needs(),
            OperandKind::Constant(_) => Needs::HEADERS,
            OperandKind::Slice(inner, _) | OperandKind::Negated(inner) => inner.needs(),
            OperandKind::Function(_, arguments) => arguments
                .iter()
                .map(Self::needs)
                .fold(Needs::HEADERS, Needs::and),
            OperandKind::Arithmetic(_, first, second) => first.needs().and(second.needs()),
        }
    }

    fn describe(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        let of = self.of.name();
        let inner: Vec<&Self> = match &self.kind {
            OperandKind::Fields(name, fields, layers) => {
                let _ = writeln!(out, "{indent}{name}{}: {of}", in_layers(layers));
                let mut lines: Vec<String> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.definition.name, how_read(field)))
                    .collect();
                // Two protocols that share a field mostly have it alike.
                lines.dedup();
                for line in lines {
                    let _ = writeln!(out, "{indent}  {line}");
                }
                Vec::new()
            }
            OperandKind::Protocol(protocol, layers) => {
                let (name, layers) = (protocol.name, in_layers(layers));
                let _ = writeln!(out, "{indent}{name}{layers}: {of}");
                Vec::new()
            }
            OperandKind::Constant(constant) => {
                let _ = writeln!(out, "{indent}{}: {of}, as written", constant.shown(self.of));
                Vec::new()
            }
            OperandKind::Slice(inner, parts) => {
                let _ = writeln!(out, "{indent}bytes {}", parts_shown(parts));
                vec![inner]
            }
            OperandKind::Function(function, arguments) => {
                let _ = writeln!(out, "{indent}{}() of: {of}", function.name());
                arguments.iter().collect()
            }
            OperandKind::Arithmetic(calculation, first, second) => {
                let _ = writeln!(out, "{indent}{}: {of}", calculation.symbol());
                vec![first, second]
            }
            OperandKind::Negated(inner) => {
                let _ = writeln!(out, "{indent}-: {of}");
                vec![inner]
            }
        };
        for operand in inner {
            operand.describe(depth + 1, out);
        }
    }
}

fn how_read(field: &FieldOf) -> String {
    let of = format!("{} {}", field.protocol.label, field.protocol.own_bytes());
    match field.definition.place {
        Place::Fixed { start, length } => {
            let bits = if length == 1 { "bit" } else { "bits" };
            format!("{length} {bits} at bit {start} of each {of}")
        }
        Place::Payload => format!("the bytes behind each {of}"),
        Place::Varying => {
            "no fixed place: it is looked for among all that the frame has".to_owned()
        }
        Place::Computed(_) => "computed from the frame".to_owned(),
        Place::Followed => "known from the frames before".to_owned(),
        Place::Comment => "noted beside the frame in the capture".to_owned(),
    }
}

impl Constant {
    fn shown(&self, of: Type) -> String {
        match self {
            // Without a zone it was local: so it is shown which moment was understood.
            Self::Number(number) if of == Type::Time => Timestamp::from_nanosecond(*number)
                .map_or_else(|_| format!("{number} ns"), |moment| moment.to_string()),
            Self::Number(number) if of == Type::Duration => format!("{number} ns"),
            Self::Number(number) => number.to_string(),
            Self::Ipv4(address, prefix) => {
                format!("{}/{prefix}", std::net::Ipv4Addr::from(*address))
            }
            Self::Ipv6(address, prefix) => {
                format!("{}/{prefix}", std::net::Ipv6Addr::from(*address))
            }
            Self::Bytes(bytes) if of == Type::Text => shown(bytes),
            Self::Bytes(bytes) => {
                let mut out = String::new();
                crate::model::text::push_hex_bytes(&mut out, bytes);
                out
            }
        }
    }
}

fn in_layers(layers: &Layers) -> String {
    layers
        .as_ref()
        .map_or(String::new(), |parts| format!("#{}", parts_shown(parts)))
}

fn parts_shown(parts: &[Part]) -> String {
    let shown: Vec<String> = parts
        .iter()
        .map(|part| match part.reach {
            Reach::Length(length) => format!("{}:{length}", part.start),
            Reach::Through(last) => format!("{}-{last}", part.start),
            Reach::End => format!("{}:", part.start),
        })
        .collect();
    format!("[{}]", shown.join(","))
}
