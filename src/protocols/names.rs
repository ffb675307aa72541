//! How fields and protocols are found by name, and what is near to a name that is none.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::registry::ALL;
use crate::model::field::FieldDef;
use crate::model::needs::Needs;
use crate::model::protocol::Protocol;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Named {
    /// A field; several where protocols share it, or where it is a joint name such as `ip.addr`.
    Fields(Vec<FieldOf>),
    /// A protocol.
    Protocol(&'static Protocol),
}

/// A field of a protocol.
#[derive(Clone, Copy, Debug)]
pub struct FieldOf {
    /// The protocol.
    pub protocol: &'static Protocol,
    /// The field.
    pub definition: &'static FieldDef,
}

impl FieldOf {
    /// What it takes to know its values in a frame.
    pub fn needs(&self) -> Needs {
        self.definition.place.needs().and(self.protocol.needs())
    }
}

/// What a name stands for, if anything.
pub fn find(name: &str) -> Option<&'static Named> {
    static NAMES: LazyLock<HashMap<&str, Named>> = LazyLock::new(collect);
    NAMES.get(name)
}

/// Every field, protocol by protocol.
pub fn every_field() -> impl Iterator<Item = FieldOf> {
    ALL.iter().flat_map(|protocol| {
        let fields = protocol.fields.iter();
        fields.map(move |definition| FieldOf {
            protocol,
            definition,
        })
    })
}

fn collect() -> HashMap<&'static str, Named> {
    let mut names = HashMap::new();
    for protocol in ALL {
        names.insert(protocol.name, Named::Protocol(protocol));
    }
    for field in every_field() {
        let own = std::iter::once(field.definition.name);
        for name in own.chain(field.definition.joint) {
            match names
                .entry(name)
                .or_insert_with(|| Named::Fields(Vec::new()))
            {
                Named::Fields(fields) => fields.push(field),
                // A heading over the options of a header may have the header's name.
                Named::Protocol(_) => {}
            }
        }
    }
    names
}

/// The names of fields and protocols nearest to `wanted`, the nearest first; at most three, and only
/// such as a typing error could have made.
pub fn nearest(wanted: &str) -> Vec<&'static str> {
    let protocols = ALL.iter().map(|protocol| protocol.name);
    let fields = every_field()
        .flat_map(|field| std::iter::once(field.definition.name).chain(field.definition.joint));
    let mut ranked: Vec<_> = protocols
        .chain(fields)
        .filter(|name| {
            let one_slip = wanted.len() >= 3 && strsim::damerau_levenshtein(wanted, name) == 1;
            one_slip || strsim::normalized_damerau_levenshtein(wanted, name) >= 0.7
        })
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name))
        .collect();
    ranked.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Names of Wireshark's that are none here, and what to write instead.
pub const WRITTEN_OTHERWISE: &[(&str, &str)] = &[
    (
        "frame.protocols",
        "in a filter write the protocols, such as ip and tcp, with -e _ws.col.protocol for the innermost",
    ),
    (
        "tcp.flags.str",
        "write tcp.flags == 0x12, or tcp.flags.syn == 1 for one of them",
    ),
    (
        "frame.interface_name",
        "write frame.interface_id, which has the name beside it with -V",
    ),
    ("eth.ig", "write eth.dst.ig or eth.src.ig"),
    ("eth.lg", "write eth.dst.lg or eth.src.lg"),
];

/// Protocols of Wireshark's that are not decoded here, and what finds most of their frames.
const NOT_DECODED: &[(&str, &str)] = &[("ssh", "tcp.port == 22"), ("telnet", "tcp.port == 23")];

/// What to write here for a name of Wireshark's that is none.
pub fn written_here(wanted: &str) -> Option<&'static str> {
    let row = WRITTEN_OTHERWISE.iter().find(|(name, _)| *name == wanted);
    row.map(|(_, advice)| *advice)
}

/// What helps who wrote a name that is none: what to write here, or the question that names what is nearest,
/// `did you mean ip.src?`; `None` where nothing is near.
pub fn hint(wanted: &str) -> Option<String> {
    if let Some(advice) = written_here(wanted) {
        return Some(advice.to_owned());
    }
    let lower = wanted.to_lowercase();
    if lower != wanted {
        return match find(&lower) {
            Some(_) => Some(format!("did you mean {lower}?")),
            None => hint(&lower),
        };
    }
    let shorter = wanted
        .replace(".source", ".src")
        .replace(".destination", ".dst");
    if find(&shorter).is_some() {
        return Some(format!("did you mean {shorter}?"));
    }
    let protocol = wanted.split('.').next().unwrap_or_default();
    if let Some((_, filter)) = NOT_DECODED.iter().find(|(name, _)| *name == protocol) {
        return Some(format!(
            "{protocol} is not decoded, its bytes are data; most of its frames: {filter}"
        ));
    }
    match nearest(wanted).as_slice() {
        [] => None,
        [only] => Some(format!("did you mean {only}?")),
        several => Some(format!("did you mean one of {}?", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joint_name_stands_for_all_that_share_it() {
        let Some(Named::Fields(fields)) = find("ip.addr") else {
            panic!("no field");
        };
        let names: Vec<_> = fields.iter().map(|field| field.definition.name).collect();
        assert_eq!(names, ["ip.src", "ip.dst"]);
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_ones() {
        assert_eq!(nearest("tcp.flags.sin").first(), Some(&"tcp.flags.fin"));
        assert!(nearest("tcp.flags.sin").contains(&"tcp.flags.syn"));
        assert_eq!(nearest("nothing.like.it"), Vec::<&str>::new());
    }

    #[test]
    fn a_name_that_is_written_otherwise_here_gets_what_to_write() {
        assert_eq!(
            hint("eth.ig").as_deref(),
            Some("write eth.dst.ig or eth.src.ig")
        );
        for (name, _) in WRITTEN_OTHERWISE {
            assert!(find(name).is_none(), "{name} is a name here too");
        }
    }

    #[test]
    fn a_direction_that_is_written_out_is_understood() {
        for (wanted, hinted) in [
            ("ip.source", "did you mean ip.src?"),
            ("eth.destination", "did you mean eth.dst?"),
        ] {
            assert_eq!(hint(wanted).as_deref(), Some(hinted));
        }
    }

    #[test]
    fn a_protocol_that_is_not_decoded_is_found_by_its_port() {
        let told = "ssh is not decoded, its bytes are data; most of its frames: tcp.port == 22";
        assert_eq!(hint("ssh.protocol").as_deref(), Some(told));
        for (name, _) in NOT_DECODED {
            assert!(find(name).is_none(), "{name} is decoded");
        }
    }

    #[test]
    fn fields_that_share_a_name_are_of_one_kind() {
        for field in every_field() {
            let names = std::iter::once(field.definition.name).chain(field.definition.joint);
            for name in names {
                if let Some(Named::Fields(fields)) = find(name) {
                    let first = fields[0].definition.kind;
                    assert!(
                        fields.iter().all(|other| other.definition.kind == first),
                        "{name}"
                    );
                }
            }
        }
    }
}
