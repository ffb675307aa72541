//! Which protocols there are, inside which others.

use super::Count;
use crate::model::layer::Decoded;
use crate::model::protocol::Protocol;

/// How many places of protocols are told apart; frames that pile up headers in ever new orders are counted
/// as deep as they are known.
const MAX_PLACES: usize = 10_000;

/// A protocol at its place.
#[derive(Clone, Debug)]
pub struct Place {
    /// The protocols around it and itself, outermost first.
    pub path: Vec<&'static Protocol>,
    /// The frames that have it there, with all their bytes.
    pub count: Count,
}

/// The protocols of a capture as a tree.
#[derive(Debug)]
pub struct Hierarchy {
    nodes: Vec<Node>,
    roots: Vec<usize>,
    all: Count,
    limit: usize,
    others: Count,
}

#[derive(Debug)]
struct Node {
    protocol: &'static Protocol,
    count: Count,
    inside: Vec<usize>,
}

impl Default for Hierarchy {
    fn default() -> Self {
        Self::with_limit(MAX_PLACES)
    }
}

impl Hierarchy {
    fn with_limit(limit: usize) -> Self {
        Self {
            nodes: Vec::new(),
            roots: Vec::new(),
            all: Count::default(),
            limit,
            others: Count::default(),
        }
    }

    /// Counts a frame at each of its protocols. A quoted packet is part of the ICMP message that quotes it.
    pub fn add(&mut self, decoded: &Decoded<'_>) {
        self.all.add(decoded.frame.wire_length);
        let counted = decoded.layers_that_count().map(|(_, layer)| layer);
        let told = counted
            .take_while(|layer| !layer.is_quoted())
            .filter(|layer| !is_part_of_another(layer.protocol));
        let mut around = None;
        for layer in told {
            if self.is_one_more(around, layer.protocol) {
                continue;
            }
            let Some(index) = self.place(around, layer.protocol) else {
                self.others.add(decoded.frame.wire_length);
                return;
            };
            if let Some(node) = self.nodes.get_mut(index) {
                node.count.add(decoded.frame.wire_length);
            }
            around = Some(index);
        }
    }

    /// Whether a message, or a packet of QUIC, is one more of the protocol `around`: they stand one behind the other in
    /// what carries them, and a frame with several counts once.
    fn is_one_more(&self, around: Option<usize>, protocol: &Protocol) -> bool {
        let around = around.and_then(|around| self.nodes.get(around));
        let is_the_same = around.is_some_and(|around| std::ptr::eq(around.protocol, protocol));
        is_the_same && (protocol.standing.is_of_programs() || protocol.is_over_datagrams())
    }

    /// The index of a protocol inside the node `around`; `None` where it is new and there is no room.
    fn place(&mut self, around: Option<usize>, protocol: &'static Protocol) -> Option<usize> {
        let known = self.inside(around);
        let is_it = |index: &&usize| {
            let node = self.nodes.get(**index);
            node.is_some_and(|node| std::ptr::eq(node.protocol, protocol))
        };
        if let Some(index) = known.iter().find(is_it) {
            return Some(*index);
        }
        let new = self.nodes.len();
        if new >= self.limit {
            return None;
        }
        self.nodes.push(Node {
            protocol,
            count: Count::default(),
            inside: Vec::new(),
        });
        match around.and_then(|around| self.nodes.get_mut(around)) {
            Some(node) => node.inside.push(new),
            None => self.roots.push(new),
        }
        Some(new)
    }

    fn inside(&self, around: Option<usize>) -> &[usize] {
        match around {
            Some(around) => self.nodes.get(around).map_or(&[], |node| &node.inside),
            None => &self.roots,
        }
    }

    /// All frames.
    pub const fn all(&self) -> Count {
        self.all
    }

    /// The protocols, each before those inside it, in the order in which they were first seen.
    pub fn list(&self) -> Vec<Place> {
        let mut list = Vec::with_capacity(self.nodes.len());
        self.push_inside(None, &mut Vec::new(), &mut list);
        list
    }

    /// No deeper than frames have layers.
    fn push_inside(
        &self,
        around: Option<usize>,
        path: &mut Vec<&'static Protocol>,
        list: &mut Vec<Place>,
    ) {
        for index in self.inside(around) {
            let Some(node) = self.nodes.get(*index) else {
                continue;
            };
            path.push(node.protocol);
            list.push(Place {
                path: path.clone(),
                count: node.count,
            });
            self.push_inside(Some(*index), path, list);
            path.pop();
        }
    }

    /// The frames that have protocols at places for which there was no room.
    pub const fn others(&self) -> Count {
        self.others
    }
}

/// Whether a protocol is a further header of another one, as `ipv6.hopopts` is of `ipv6`: it opens no place
/// of its own, so that what is inside is counted in one place, with and without it.
fn is_part_of_another(protocol: &Protocol) -> bool {
    protocol.name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::super::testing::{udp, with_frame};
    use super::*;

    fn told(hierarchy: &Hierarchy) -> Vec<(String, u64)> {
        let tell = |place: &Place| {
            let names: Vec<&str> = place.path.iter().map(|protocol| protocol.name).collect();
            (names.join(":"), place.count.frames)
        };
        hierarchy.list().iter().map(tell).collect()
    }

    #[test]
    fn a_frame_counts_at_each_of_its_protocols() {
        let mut hierarchy = Hierarchy::default();
        with_frame(&udp(1, 2), |decoded| hierarchy.add(decoded));
        with_frame(&udp(1, 2), |decoded| hierarchy.add(decoded));
        let expected = [
            ("eth", 2),
            ("eth:ip", 2),
            ("eth:ip:udp", 2),
            ("eth:ip:udp:data", 2),
        ];
        assert_eq!(
            told(&hierarchy),
            expected.map(|(path, n)| (path.to_owned(), n))
        );
    }

    #[test]
    fn where_there_is_no_room_for_a_protocol_the_frame_counts_as_deep_as_it_is_known() {
        let mut hierarchy = Hierarchy::with_limit(2);
        with_frame(&udp(1, 2), |decoded| hierarchy.add(decoded));
        let expected = [("eth", 1), ("eth:ip", 1)];
        assert_eq!(
            told(&hierarchy),
            expected.map(|(path, n)| (path.to_owned(), n))
        );
        assert_eq!(hierarchy.others().frames, 1);
    }
}
