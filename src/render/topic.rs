//! The explanation of a topic as text, from the same tables as everything else.

use std::fmt::Write as _;

use super::theme::{self, Theme};
use super::{code, header, width};
use crate::explain::diagnoses::{KINDS, Kind as Diagnosed, Shown};
use crate::explain::terms::{self, Term};
use crate::explain::topic::Topic;
use crate::model::field::{Base, FieldDef, Kind, Place, Role, Symbols};
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Standing};
use crate::model::source::{Source, rfc_title};
use crate::protocols::names::FieldOf;
use crate::protocols::registry;

/// Appends the explanation of a topic, `columns` wide.
pub fn push_topic(topic: &Topic, theme: Theme, columns: usize, out: &mut String) {
    let mut page = Page {
        theme,
        columns: columns.min(WIDEST),
        out,
    };
    match topic {
        Topic::Layer(layer) => page.layer(*layer),
        Topic::Protocol(protocol) => page.protocol(protocol),
        Topic::Field(name, fields) => page.field(name, fields),
        Topic::Term(term) => page.term(term),
        Topic::Diagnosis(kind) => page.diagnosis(kind),
        Topic::Diagnoses => page.diagnoses(),
        Topic::Topics => page.topics(),
    }
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;

struct Page<'a> {
    theme: Theme,
    columns: usize,
    out: &'a mut String,
}

/// The column that facts begin in, behind their names.
const FACTS: usize = 12;

/// The column that what a diagnosis means begins in, behind its name.
const DIAGNOSES: usize = 24;

impl Page<'_> {
    fn title(&mut self, name: &str, title: &str) {
        let separator = if title.is_empty() { "" } else { " · " };
        let text = format!("{name}{separator}{title}\n");
        self.theme.paint_str(self.out, theme::heading(), &text);
    }

    fn paragraph(&mut self, text: &str) {
        self.out
            .push_str(&textwrap::fill(text, width::prose(self.columns)));
        self.out.push_str("\n\n");
    }

    fn fact(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let indent = " ".repeat(FACTS);
        let first = format!("{name:<FACTS$}");
        let options = width::prose(self.columns)
            .initial_indent(&first)
            .subsequent_indent(&indent);
        self.out.push_str(&textwrap::fill(text, options));
        self.out.push('\n');
    }

    fn layer(&mut self, layer: OsiLayer) {
        let facts = layer.facts();
        let (five, four) = (facts.tcp_ip.name_of_five(), facts.tcp_ip.name_of_four());
        self.title(&format!("Layer {} of OSI", layer.number()), facts.name);
        self.paragraph(&format!("{}.", capitalised(facts.purpose)));
        self.fact(
            "TCP/IP",
            &format!("{five} (of five layers), {four} (of four, RFC 1122)"),
        );
        self.fact("PDU", facts.pdu);
        self.fact("Address", facts.address);
        self.fact("Known for", &facts.examples.join(", "));
        let decoded: Vec<_> = registry::ALL
            .iter()
            .filter(|protocol| {
                let place = protocol.place_in_models();
                place.is_some_and(|standing| standing.osi == layer)
            })
            .collect();
        if decoded.is_empty() {
            self.fact("In a frame", facts.without_bytes);
        } else {
            self.out
                .push_str("\nDecoded here (netinspect explain NAME)\n");
        }
        for protocol in decoded {
            self.entry(protocol.name, protocol.title);
        }
    }

    fn entry(&mut self, name: &str, text: &str) {
        self.entry_at(ENTRIES, name, text);
    }

    /// A name, and in this column what it is.
    fn entry_at(&mut self, column: usize, name: &str, text: &str) {
        let indent = " ".repeat(column);
        let mut first = format!("  {name:<width$} ", width = column - 3);
        if width::of(&first) > column {
            let _ = writeln!(self.out, "{}", first.trim_end());
            first.clone_from(&indent);
        }
        let options = width::prose(self.columns)
            .initial_indent(&first)
            .subsequent_indent(&indent);
        self.out.push_str(&textwrap::fill(text, options));
        self.out.push('\n');
    }

    fn protocol(&mut self, protocol: &'static Protocol) {
        self.title(protocol.label, protocol.title);
        self.paragraph(protocol.purpose);
        if let Some(place) = protocol.place_in_models() {
            self.fact("Layer", &standing(place));
            self.fact("PDU", place.pdu.name());
        }
        let beginning = registry::is_known_by_beginning(protocol)
            .then(|| "how its bytes begin, on any TCP port".to_owned());
        let parents = protocol.parents.iter().map(|parent| found_by(*parent));
        let parents: Vec<_> = parents.chain(beginning).collect();
        self.fact("Found by", &parents.join(", "));
        let sources: Vec<_> = protocol
            .sources
            .iter()
            .map(|source| cited(*source))
            .collect();
        self.fact("Defined in", &sources.join("; "));
        self.fact(
            "Find it",
            &format!("netinspect decode FILE -Y {}", protocol.name),
        );
        self.out.push('\n');
        self.drawing(protocol, None);
        self.out.push_str("Fields (netinspect explain NAME)\n");
        for field in protocol.fields {
            let label = match field.role {
                Role::Derived => format!("[{}]", field.label),
                _ => field.label.to_owned(),
            };
            self.entry(field.name, &label);
        }
        if protocol
            .fields
            .iter()
            .any(|field| field.role == Role::Derived)
        {
            self.out.push_str("[in brackets]: not in the packet\n");
        }
    }

    fn drawing(&mut self, protocol: &Protocol, marked: Option<&FieldDef>) {
        let before = self.out.len();
        header::push_header(protocol, marked, self.columns, self.out);
        if self.out.len() > before {
            if protocol
                .fields
                .iter()
                .any(|field| matches!(field.place, Place::Varying))
            {
                self.out.push_str(
                    "What has no fixed place follows, or stands where the header says.\n",
                );
            }
            self.out.push('\n');
        }
    }

    fn field(&mut self, name: &str, fields: &'static [FieldOf]) {
        let Some(first) = fields.first() else { return };
        if name != first.definition.name {
            let names: Vec<_> = fields.iter().map(|field| field.definition.name).collect();
            self.title(name, "a name for several fields");
            self.paragraph(&format!(
                "A question about {name} is a question about any of {}.",
                names.join(" and ")
            ));
            self.fact("Find it", &example(name, first.definition));
            self.out.push('\n');
        }
        let mut told: Vec<&str> = Vec::new();
        for field in fields {
            if !told.contains(&field.definition.name) {
                told.push(field.definition.name);
                self.one_field(field);
            }
        }
    }

    fn one_field(&mut self, field: &FieldOf) {
        let definition = field.definition;
        self.title(definition.name, definition.label);
        self.paragraph(definition.meaning);
        self.fact("Protocol", field.protocol.title);
        self.fact("Type", &type_of(definition));
        self.fact("Place", &place_of(definition, field.protocol));
        self.fact("Unit", &unit_of(definition));
        self.fact("Values", &values_of(definition));
        self.fact("Defined in", &cited(definition.source));
        self.fact("Find it", &example(definition.name, definition));
        self.out.push('\n');
        if definition.drawn().is_some() {
            self.drawing(field.protocol, Some(definition));
        }
    }

    fn diagnosis(&mut self, kind: &Diagnosed) {
        self.title(kind.title, "");
        self.paragraph(kind.reason);
        self.fact("Name", kind.name);
        self.fact("Do", kind.fix);
        self.code("Python", kind.python);
        self.code("C", kind.c);
        let shown = match kind.shown {
            Shown::ByWhatWas => "calls that were made, with their frames",
            Shown::ByWhatWasNot => "a call that was never made",
        };
        self.fact("Shown by", shown);
        self.fact("Find it", "netinspect run --server … --client … --check");
    }

    /// Lines of a program, as they are.
    fn code(&mut self, language: &str, code: &str) {
        let cells = self.columns.saturating_sub(FACTS);
        for (index, line) in code::lines(code, cells).iter().enumerate() {
            let name = if index == 0 { language } else { "" };
            let _ = writeln!(self.out, "{name:<FACTS$}{line}");
        }
    }

    fn diagnoses(&mut self) {
        self.title("Diagnoses", "what socket programmers get wrong");
        self.paragraph(
            "netinspect run looks for these in the calls and frames of your programs; with --check it \
             exits with 1 when it finds one. Each has a page: netinspect explain NAME",
        );
        for kind in KINDS {
            self.entry_at(DIAGNOSES, kind.name, kind.title);
        }
    }

    fn topics(&mut self) {
        self.title("Topics", "netinspect explain NAME");
        let layers = OsiLayer::FROM_TOP.into_iter().map(OsiLayer::name);
        self.names("Layers", layers);
        self.names("Protocols", registry::ALL.iter().map(|known| known.name));
        for (subject, terms) in terms::subjects() {
            self.names(subject, terms.iter().map(|term| term.name));
        }
        self.names(
            "What programs get wrong",
            KINDS.iter().map(|kind| kind.name),
        );
        self.out.push('\n');
        self.paragraph(
            "Fields are topics, too: netinspect fields lists them, netinspect fields tcp.flags those with that in \
             their names. Most terms are found by other words as well.",
        );
        // Nothing follows.
        self.out.truncate(self.out.trim_end().len());
        self.out.push('\n');
    }

    /// Names under a heading, one behind the other, each whole.
    fn names(&mut self, heading: &str, names: impl Iterator<Item = &'static str>) {
        self.out.push('\n');
        self.theme.paint_str(self.out, theme::heading(), heading);
        let mut cells = self.columns;
        let mut names = names.peekable();
        while let Some(name) = names.next() {
            let comma = if names.peek().is_some() { "," } else { "" };
            let taken = width::of(name) + width::of(comma);
            if cells + 1 + taken > self.columns {
                self.out.push_str("\n  ");
                cells = 2 + taken;
            } else {
                self.out.push(' ');
                cells += 1 + taken;
            }
            self.out.push_str(name);
            self.out.push_str(comma);
        }
        self.out.push('\n');
    }

    fn term(&mut self, term: &Term) {
        self.title(term.name, "");
        self.paragraph(term.text);
        self.fact("Also", &term.also.join(", "));
        self.fact("See", &term.see.join(", "));
    }
}

/// The column that the texts of lists begin in.
const ENTRIES: usize = 38;

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

fn standing(standing: Standing) -> String {
    format!(
        "{} {} (OSI) · {} (TCP/IP of five layers) · {} (of four)",
        standing.osi.number(),
        standing.osi.name(),
        standing.tcp_ip.name_of_five(),
        standing.tcp_ip.name_of_four(),
    )
}

fn found_by(selector: Selector) -> String {
    match selector {
        Selector::Link(link) => format!("link type {} ({link})", link.0),
        Selector::EtherType(number) => format!("EtherType 0x{number:04x}"),
        Selector::Llc => "a length in place of an EtherType".to_owned(),
        Selector::LlcSap(sap) => format!("LLC service access point 0x{sap:02x}"),
        Selector::IpProtocol(number) => format!("IP protocol {number}"),
        Selector::TcpPort(port) => format!("TCP port {port}"),
        Selector::UdpPort(port) => format!("UDP port {port}"),
        Selector::TcpMessage(port) => format!("TCP port {port} behind a length"),
    }
}

/// A source with its title, where it has one.
fn cited(source: Source) -> String {
    match source {
        Source::Rfc(number, _) => match rfc_title(number) {
            Some(title) => format!("{source} ({title})"),
            None => source.to_string(),
        },
        _ => source.to_string(),
    }
}

/// What kind of value it has: `a number of 16 bits`.
pub fn type_of(definition: &FieldDef) -> String {
    let length = match definition.place {
        Place::Fixed { length, .. } => Some(length),
        _ => None,
    };
    let what = match definition.kind {
        Kind::Number(Base::Decimal) => "a number",
        Kind::Number(Base::Hexadecimal) => "a hexadecimal number",
        Kind::Flag => return "a flag: one bit, set or not set".to_owned(),
        Kind::Mac => "a hardware address",
        Kind::Ipv4 => "an IPv4 address",
        Kind::Ipv6 => "an IPv6 address",
        Kind::Text => "text (UTF-8)",
        Kind::Domain => "a domain name",
        Kind::Spelled => "bytes that are read as text",
        Kind::Bytes => "bytes",
        Kind::Time => "a moment, in nanoseconds since 1970",
        Kind::Date => "a date and time",
        Kind::Duration => "a time, in nanoseconds",
        Kind::Heading => "a heading over other fields; no value of its own",
    };
    match length {
        Some(bits) if bits % 8 == 0 => format!("{what} of {}", counted(bits / 8, "byte")),
        Some(bits) => format!("{what} of {}", counted(bits, "bit")),
        None => what.to_owned(),
    }
}

fn counted(count: u32, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn place_of(definition: &FieldDef, protocol: &Protocol) -> String {
    let (label, own) = (protocol.label, protocol.own_bytes());
    match (definition.place, definition.drawn()) {
        (Place::Fixed { .. }, Some(bits)) => {
            let look = match definition.role {
                Role::Detail => " (a closer look at another field)",
                _ => "",
            };
            let place = bits_of_header(bits, &format!("{label} {own}"));
            format!("{place}{look}; counted from 0")
        }
        (_, Some(bits)) => {
            let place = bits_of_header(bits, &format!("{label} {own}"));
            format!("{place}, if no other field is there; counted from 0")
        }
        (Place::Payload, None) => format!("the bytes behind the {label} {own}"),
        (Place::Fixed { .. } | Place::Varying, None) if definition.role != Role::Derived => {
            format!("where the {label} {own}'s own contents put it")
        }
        (Place::Fixed { .. } | Place::Varying | Place::Computed(_), None) => {
            "not in the packet: computed from it".to_owned()
        }
        (Place::Followed, None) => "not in the packet: known from the frames before".to_owned(),
        (Place::Comment, None) => "not in the packet: noted beside it in the capture".to_owned(),
    }
}

/// `bytes 2 to 3 of the TCP header`, `byte 0 of the IPv4 header, 4 bits from bit 4`.
fn bits_of_header((start, length): (u32, u32), header: &str) -> String {
    let (first, last) = (start / 8, (start + length - 1) / 8);
    let bytes = if first == last {
        format!("byte {first}")
    } else {
        format!("bytes {first} to {last}")
    };
    let whole = start % 8 == 0 && length % 8 == 0;
    let bits = if whole {
        String::new()
    } else {
        format!(", {} from bit {}", counted(length, "bit"), start % 8)
    };
    format!("{bytes} of the {header}{bits}")
}

fn unit_of(definition: &FieldDef) -> String {
    if definition.scale > 1 {
        format!(
            "{}; sent as a count of {}",
            definition.unit, definition.scale
        )
    } else {
        definition.unit.to_owned()
    }
}

/// The values that have names.
fn values_of(definition: &FieldDef) -> String {
    let shown = |value: u64| match definition.kind {
        Kind::Number(Base::Hexadecimal) => format!("0x{value:x}"),
        _ => value.to_string(),
    };
    let named: Vec<(u64, &str)> = match definition.symbols {
        Symbols::Named(names) => names.to_vec(),
        Symbols::Lookup(name_of) => (0..=u64::from(u16::MAX))
            .filter_map(|value| Some((value, name_of(value)?)))
            .collect(),
        Symbols::None if definition.kind == Kind::Flag => vec![(0, "not set"), (1, "set")],
        Symbols::None | Symbols::OfBytes(_) => Vec::new(),
    };
    let mut out = String::new();
    for (index, (value, name)) in named.iter().enumerate() {
        let separator = if index > 0 { " · " } else { "" };
        let _ = write!(out, "{separator}{} {name}", shown(*value));
    }
    out
}

/// A filter that finds the field.
fn example(name: &str, definition: &FieldDef) -> String {
    let literal = match definition.kind {
        Kind::Flag => "1",
        Kind::Mac => "02:00:00:00:00:06",
        Kind::Ipv4 => "192.168.1.6",
        Kind::Ipv6 => "fd00::6",
        Kind::Number(base) => {
            let named = match definition.symbols {
                Symbols::Named(names) => names.last().map(|(value, _)| *value),
                _ => None,
            };
            let value = named.unwrap_or(1) * u64::from(definition.scale);
            return match base {
                Base::Decimal => format!("netinspect decode FILE -Y '{name} == {value}'"),
                Base::Hexadecimal => format!("netinspect decode FILE -Y '{name} == 0x{value:x}'"),
            };
        }
        Kind::Duration => return format!("netinspect decode FILE -Y '{name} > 0.1'"),
        Kind::Domain => return format!("netinspect decode FILE -Y '{name} == \"server.lab\"'"),
        Kind::Text => return format!("netinspect decode FILE -Y '{name} contains \"hello\"'"),
        Kind::Date => return format!("netinspect decode FILE -Y '{name} > \"Jan 1, 2026 00:00\"'"),
        Kind::Bytes | Kind::Spelled | Kind::Heading | Kind::Time => {
            return format!("netinspect decode FILE -Y {name}");
        }
    };
    format!("netinspect decode FILE -Y '{name} == {literal}'")
}
