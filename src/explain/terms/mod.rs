//! Words that can be explained: those of a first course, the states of TCP, the calls that programs make, and
//! the errors that these return.

mod calls;
mod certificates;
mod clocks;
mod concepts;
mod errors;
mod leases;
mod options;
mod quic;
mod sockets;
mod states;
mod zones;

/// A term.
#[derive(Debug)]
pub struct Term {
    /// The term as people say it: `byte stream`.
    pub name: &'static str,
    /// Other words for it.
    pub also: &'static [&'static str],
    /// What it is.
    pub text: &'static str,
    /// What to look up next: fields, protocols, layers, other terms, diagnoses.
    pub see: &'static [&'static str],
}

const fn term(
    name: &'static str,
    also: &'static [&'static str],
    text: &'static str,
    see: &'static [&'static str],
) -> Term {
    Term {
        name,
        also,
        text,
        see,
    }
}

fn all() -> impl Iterator<Item = &'static Term> {
    [
        concepts::CONCEPTS,
        certificates::CERTIFICATES,
        clocks::CLOCKS,
        sockets::SOCKETS,
        states::STATES,
        calls::CALLS,
        options::OPTIONS,
        quic::QUIC,
        errors::ERRORS,
        leases::LEASES,
        zones::ZONES,
    ]
    .into_iter()
    .flatten()
}

/// The term of this name, or with this other word for it, however it is capitalised.
pub fn find(name: &str) -> Option<&'static Term> {
    let wanted = normal(name);
    all()
        .find(|term| normal(term.name) == wanted)
        .or_else(|| all().find(|term| term.also.iter().any(|other| normal(other) == wanted)))
}

/// Every name and other word.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().flat_map(|term| std::iter::once(term.name).chain(term.also.iter().copied()))
}

/// Capitals, hyphens, underscores and the parentheses of a call make no difference.
fn normal(name: &str) -> String {
    let name = name.strip_suffix("()").unwrap_or(name);
    name.to_lowercase().replace(['-', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::topic::Topic;
    use crate::protocols::tcp_followed::STATES;

    #[test]
    fn the_terms_stand_in_order_and_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for name in names() {
            assert!(seen.insert(normal(name)), "{name} is there twice");
        }
        for list in [
            concepts::CONCEPTS,
            certificates::CERTIFICATES,
            clocks::CLOCKS,
            calls::CALLS,
            options::OPTIONS,
            quic::QUIC,
            errors::ERRORS,
            leases::LEASES,
            zones::ZONES,
        ] {
            assert!(list.is_sorted_by_key(|term| normal(term.name)));
        }
    }

    #[test]
    fn what_a_term_points_to_is_there_and_is_not_itself() {
        for term in all() {
            for other in term.see {
                let found = Topic::find(other).unwrap_or_else(|_| panic!("{}: {other}", term.name));
                let itself = matches!(found, Topic::Term(found) if found.name == term.name);
                assert!(!itself, "{}: {other}", term.name);
            }
        }
    }

    #[test]
    fn every_state_of_tcp_is_explained() {
        for (_, name) in STATES {
            assert!(Topic::find(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn capitals_hyphens_and_parentheses_make_no_difference() {
        assert_eq!(find("TIME-WAIT").unwrap().name, "TIME_WAIT");
        assert_eq!(find("粘包").unwrap().name, "byte stream");
        assert_eq!(find("connect()").unwrap().name, "connect");
    }
}
