//! The display-filter language: Wireshark's own, as its manual `wireshark-filter(4)` defines it.
//!
//! A filter is taken to pieces (`lexer`), read (`parser`, into `syntax`), understood (`compile`, into
//! `plan`: names become fields, literals values, types are checked) and then asked of frames (`evaluate`).
//! A filter on fields at fixed places never needs a frame expanded, and asking
//! allocates nothing, but for `string(…)`.
//!
//! Uses `model` and `protocols`, whose tables hold every name; of `decode`, only how headers
//! are found; nothing of how frames are read or shown.

#![forbid(unsafe_code)]

mod capture_filter;
mod compile;
mod error;
mod evaluate;
mod in_place;
mod lexer;
mod literal;
mod parser;
mod plan;
pub mod syntax;
mod types;

use std::fmt::Write as _;

pub use capture_filter::as_display_filter;
use error::Complaint;
pub use error::FilterError;
pub use parser::{DEEPEST, MOST_OPERATORS};

use crate::model::field::{Kind, Place};
use crate::model::frame::Frame;
use crate::model::layer::Decoded;
use crate::model::needs::{Depth, Needs, Past};
use evaluate::{Asked, Buffers};
use plan::{OperandKind, Test};

/// A display filter, ready to be asked.
#[derive(Debug)]
pub struct Filter {
    text: String,
    test: Test,
    needs: Needs,
    buffers: Buffers,
}

impl Filter {
    /// Understands a filter.
    ///
    /// # Errors
    ///
    /// It says where the filter is wrong, what was expected, and what is near.
    pub fn new(text: &str) -> Result<Self, FilterError> {
        match understood(text) {
            Ok(test) => Ok(Self {
                text: text.to_owned(),
                needs: test.needs(),
                test,
                buffers: Buffers::default(),
            }),
            Err(complaint) => {
                let display_filter = capture_filter::as_display_filter(text);
                let complaint = match display_filter.filter(|said| understood(said).is_ok()) {
                    Some(said) => complaint.help(format!(
                        "a capture filter, as tcpdump has them? here, about: {said}"
                    )),
                    None => complaint,
                };
                Err(complaint.about(text))
            }
        }
    }

    /// What it was understood from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a frame must have been given before it can be asked.
    pub const fn needs(&self) -> Needs {
        self.needs
    }

    /// Whether a frame passes.
    #[inline]
    pub fn passes(&self, decoded: &Decoded<'_>) -> bool {
        if let Test::InPlace(in_place, _) = &self.test {
            return in_place.passes(decoded);
        }
        let asked = Asked {
            decoded,
            buffers: &self.buffers,
        };
        asked.passes(&self.test)
    }

    /// As [`Filter::passes`], of a frame of which nothing was found yet; `None` where its headers alone do not tell.
    #[inline]
    pub fn told_by_headers(&self, frame: &Frame<'_>) -> Option<bool> {
        match &self.test {
            Test::InPlace(in_place, _) => in_place.told_by_headers(frame),
            _ => None,
        }
    }

    /// What the filter means, and how each value is read: for people who wonder.
    pub fn explain(&self) -> String {
        let mut out = self.text.clone();
        out.push('\n');
        self.test.describe(1, &mut out);
        let depth = match self.needs.depth {
            Depth::Expand => {
                "every frame is decoded in full: something asked for has no fixed place in its header"
            }
            Depth::Frame | Depth::Headers | Depth::Walk | Depth::Check => {
                "quick: nothing asked for needs a frame to be decoded in full"
            }
        };
        let _ = writeln!(out, "  {depth}");
        if self.needs.past > Past::Nothing {
            out.push_str("  the answer depends on the frames before, which are looked at, too\n");
        }
        out
    }

    /// What is probably not meant: flags that are asked whether they are there, which they always are.
    pub fn hint(&self) -> Option<String> {
        let name = flag_alone(&self.test)?;
        Some(format!(
            "{name} alone passes whenever the field is there, set or not; to ask whether it is set: {name} == 1"
        ))
    }
}

/// The test that a filter is.
fn understood(filter: &str) -> Result<Test, Complaint> {
    compile::compile(&parser::parse(filter)?)
}

fn flag_alone(test: &Test) -> Option<&str> {
    match test {
        Test::And(first, second) | Test::Or(first, second) => {
            flag_alone(first).or_else(|| flag_alone(second))
        }
        Test::Not(inner) => flag_alone(inner),
        Test::Present(operand) => match &operand.kind {
            OperandKind::Fields(name, fields, _) => fields
                .iter()
                .all(|field| {
                    field.definition.kind == Kind::Flag
                        && matches!(field.definition.place, Place::Fixed { .. })
                })
                .then_some(name),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_wrong_is_told_what_to_write() {
        for (filter, help) in [
            (
                "port 80",
                "a capture filter, as tcpdump has them? here, about: (tcp.port == 80 or udp.port == 80)",
            ),
            ("ip.source == 10.0.0.1", "did you mean ip.src?"),
            (
                "tcp.payload[0] == 104",
                "a byte is hexadecimal: 104 is 0x68",
            ),
            ("ip.addr =! 10.0.0.1", "did you mean !=?"),
            ("ip.ttl => 64", "did you mean >=?"),
            ("ip.ttl = 64", "did you mean ==?"),
            ("TCP", "did you mean tcp?"),
            ("IP.SRC == 1.2.3.4", "did you mean ip.src?"),
            (
                "tcp.port == 80 or 443",
                "either of them is: tcp.port in {80, 443}",
            ),
            ("tcp & udp", "to ask for both: tcp and udp"),
            (
                "tcp.flags == SYN",
                "to ask for that flag: tcp.flags.syn == 1",
            ),
            (
                "tcp.flags == \"SYN\"",
                "to ask for that flag: tcp.flags.syn == 1",
            ),
            (
                "frame.time > 5",
                "written \"2026-11-23 10:00:00\"; seconds since the first frame are frame.time_relative, such as frame.time_relative > 5, since 1970 frame.time_epoch",
            ),
        ] {
            let told = Filter::new(filter).unwrap_err().help;
            assert_eq!(told.as_deref(), Some(help), "{filter}");
        }
    }

    #[test]
    fn a_moment_is_explained_as_a_date_and_what_protocols_share_is_said_once() {
        let filter = Filter::new("dns.rrsig.signature_expiration < \"2026-12-28T01:00:00+01:00\"");
        let told = filter.unwrap().explain();
        assert!(
            told.contains("2026-12-28T00:00:00Z: a moment, as written"),
            "{told}"
        );
        assert_eq!(
            told.matches("no fixed place: it is looked for").count(),
            1,
            "{told}"
        );
        let told = Filter::new("dns.id == 7").unwrap().explain();
        assert!(
            told.contains("16 bits at bit 0 of each DNS message"),
            "{told}"
        );
        assert!(
            told.contains("16 bits at bit 0 of each MDNS message"),
            "{told}"
        );
    }

    #[test]
    fn a_part_that_nothing_has_is_refused_where_it_stands() {
        for (filter, part, why) in [
            ("tcp[2:0]", "2:0", "a part is at least 1 long"),
            ("tcp[3:-1]", "3:-1", "a part is at least 1 long"),
            (
                "tcp[0:2,5-3] == 01",
                "5-3",
                "this part ends before it begins",
            ),
            ("tcp[-1--3]", "-1--3", "this part ends before it begins"),
            ("ip#[2-1]", "2-1", "this part ends before it begins"),
            ("tcp[-4:5]", "-4:5", "this part goes on beyond the end"),
            (
                "frame[0:4294967296]",
                "0:4294967296",
                "nothing is that long",
            ),
            (
                "tcp[999999999999:2]",
                "999999999999:2",
                "nothing is that long",
            ),
        ] {
            let error = Filter::new(filter).unwrap_err();
            let pointed = &filter[error.span];
            assert_eq!((pointed, error.what.as_str()), (part, why), "{filter}");
        }
        for filter in [
            "tcp[-4:4]",
            "tcp[-4--1]",
            "tcp[2--1]",
            "tcp[0-0]",
            "tcp[3:]",
        ] {
            assert!(Filter::new(filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn what_has_no_value_is_compared_with_nothing() {
        let name = "tcp.analysis.flags";
        for filter in [
            "tcp.analysis.flags == 1",
            "1 == tcp.analysis.flags",
            "tcp.len == tcp.analysis.flags",
            "tcp.analysis.flags in {1}",
            "tcp.analysis.flags contains 01",
            "tcp.analysis.flags + 1 == 2",
            "-tcp.analysis.flags == 1",
        ] {
            let error = Filter::new(filter).unwrap_err();
            assert_eq!(
                error.help.as_deref(),
                Some("write tcp.analysis.flags alone")
            );
            assert_eq!(&filter[error.span], name, "{filter}");
        }
        assert!(Filter::new("count(tcp.analysis.flags) == 1").is_ok());
    }

    #[test]
    fn who_is_wrong_is_shown_where() {
        for (filter, pointed, what) in [
            ("nosuch(tcp.len)", "nosuch", "there is no function nosuch"),
            ("tcp.port in {80,443", "{", "this set is not closed"),
            ("ip.addr =! 10.0.0.1", "=!", "\"=!\" is no comparison"),
            (
                "tcp.port == 70000",
                "70000",
                "tcp.port is 16 bits long: at most 65535",
            ),
        ] {
            let error = Filter::new(filter).unwrap_err();
            let told = (&filter[error.span], error.what.as_str());
            assert_eq!(told, (pointed, what), "{filter}");
        }
    }
}
