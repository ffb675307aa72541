//! What can be explained by name: a layer, a protocol, a field, a term, a diagnosis.

use super::diagnoses::{self, Kind};
use super::terms::{self, Term};
use crate::model::protocol::Protocol;
use crate::model::reference::OsiLayer;
use crate::protocols::names::{self, FieldOf, Named};

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Topic {
    /// A layer of the OSI model.
    Layer(OsiLayer),
    /// A protocol.
    Protocol(&'static Protocol),
    /// A field; several where the name is a joint one.
    Field(&'static str, &'static [FieldOf]),
    /// A term.
    Term(&'static Term),
    /// Something that socket programmers get wrong.
    Diagnosis(&'static Kind),
    /// All of these.
    Diagnoses,
    /// Whatever there is to explain, by kind.
    Topics,
}

/// The name under which all diagnoses are listed.
pub const DIAGNOSES: &str = "diagnoses";

/// The names under which all topics are listed.
const TOPICS: &[&str] = &["topics", "terms", "list", "all", "glossary"];

impl Topic {
    /// What this name stands for: a layer by name or number, a protocol by filter name, label or title, a
    /// field by its filter name, a term, or a diagnosis by its name; all of these by [`DIAGNOSES`], and all
    /// topics by `topics`.
    ///
    /// # Errors
    ///
    /// Nothing has this name; the nearest names, the nearest first, at most five.
    pub fn find(name: &str) -> Result<Self, Vec<&'static str>> {
        let name = name.trim();
        layer(name)
            .map(Self::Layer)
            .or_else(|| of_table(name))
            .or_else(|| diagnosis(name))
            .or_else(|| terms::find(name).map(Self::Term))
            .or_else(|| is_of_all(name).then_some(Self::Topics))
            .or_else(|| labelled(name).map(Self::Protocol))
            .ok_or_else(|| nearest(name))
    }
}

fn layer(name: &str) -> Option<OsiLayer> {
    let bare = name.to_lowercase();
    let bare = bare.strip_prefix("layer").unwrap_or(&bare).trim();
    let bare = bare.strip_suffix("layer").unwrap_or(bare).trim();
    OsiLayer::FROM_TOP.into_iter().find(|layer| {
        layer.name() == bare
            || layer.number().to_string() == bare
            || layer.facts().tcp_ip.name_of_four() == bare && layer.name() != "physical"
    })
}

fn of_table(name: &str) -> Option<Topic> {
    let lower = name.to_lowercase();
    let found = names::find(name).or_else(|| names::find(&lower))?;
    Some(match found {
        Named::Protocol(protocol) => Topic::Protocol(protocol),
        Named::Fields(fields) => {
            let own = fields.first().map_or("", |field| field.definition.name);
            let joint = fields.first().and_then(|field| field.definition.joint);
            let shown = joint.filter(|joint| *joint == lower).unwrap_or(own);
            Topic::Field(shown, fields)
        }
    })
}

/// The names that diagnoses have, in the order in which they are looked for.
pub fn diagnosis_names() -> impl Iterator<Item = &'static str> {
    let names = diagnoses::KINDS.iter().map(|kind| kind.name);
    std::iter::once(DIAGNOSES).chain(names)
}

fn diagnosis(name: &str) -> Option<Topic> {
    let wanted = name.to_lowercase().replace([' ', '_'], "-");
    if wanted == DIAGNOSES || wanted == "diagnosis" {
        return Some(Topic::Diagnoses);
    }
    let kind = diagnoses::KINDS.iter().find(|kind| kind.name == wanted)?;
    Some(Topic::Diagnosis(kind))
}

fn is_of_all(name: &str) -> bool {
    TOPICS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn labelled(name: &str) -> Option<&'static Protocol> {
    crate::protocols::registry::ALL
        .iter()
        .find(|protocol| {
            protocol.label.eq_ignore_ascii_case(name) || protocol.title.eq_ignore_ascii_case(name)
        })
        .copied()
}

fn nearest(wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_lowercase();
    let layers = OsiLayer::FROM_TOP.into_iter().map(OsiLayer::name);
    let mut ranked: Vec<_> = layers
        .chain(terms::names())
        .chain(diagnosis_names())
        .chain(names::nearest(&wanted))
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let likeness = strsim::normalized_damerau_levenshtein(&wanted, &lower);
            let near = likeness >= 0.6 || wanted.len() >= 4 && lower.contains(&wanted);
            near.then_some((likeness, name))
        })
        .collect();
    ranked.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(5).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_found_by_name_and_number() {
        for name in ["transport", "Transport Layer", "4", "layer 4"] {
            let found = Topic::find(name);
            assert!(
                matches!(found, Ok(Topic::Layer(OsiLayer::Transport))),
                "{name}"
            );
        }
        assert!(matches!(
            Topic::find("internet"),
            Ok(Topic::Layer(OsiLayer::Network))
        ));
    }

    #[test]
    fn protocols_and_fields_are_found_by_their_filter_names() {
        assert!(matches!(Topic::find("TCP"), Ok(Topic::Protocol(p)) if p.name == "tcp"));
        assert!(matches!(Topic::find("IPv4"), Ok(Topic::Protocol(p)) if p.name == "ip"));
        assert!(matches!(Topic::find("ip.addr"), Ok(Topic::Field("ip.addr", f)) if f.len() == 2));
    }

    #[test]
    fn every_diagnosis_is_found_by_its_name_and_no_term_hides_it() {
        for kind in diagnoses::KINDS {
            let found = Topic::find(kind.name);
            assert!(
                matches!(found, Ok(Topic::Diagnosis(found)) if found.name == kind.name),
                "{}",
                kind.name
            );
        }
        assert!(matches!(
            Topic::find("never closed"),
            Ok(Topic::Diagnosis(_))
        ));
    }

    #[test]
    fn all_topics_have_a_name_and_no_term_is_hidden_by_it() {
        for name in TOPICS {
            assert!(matches!(Topic::find(name), Ok(Topic::Topics)), "{name}");
        }
    }

    #[test]
    fn an_unknown_topic_gets_the_nearest() {
        assert_eq!(
            Topic::find("handshak").unwrap_err().first(),
            Some(&"handshake")
        );
        assert!(
            Topic::find("tcp.flags.sin")
                .unwrap_err()
                .contains(&"tcp.flags.syn")
        );
    }
}
