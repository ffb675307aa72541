//! Where a frame goes: over a cable to the other end; at a switch to the port behind which its destination
//! was seen, and to all ports where it was not (IEEE 802.1D, sections 7.7, flooding, and 7.8, learning).

use std::ops::Range;

/// A cable between two ports, or a switch among more.
pub struct Switch {
    ports: usize,
    /// The MAC addresses that were seen as sources, and the port behind which each is.
    learned: Vec<([u8; 6], usize)>,
}

/// How many addresses are learned; a program that makes them up floods, and fills no memory.
const ROOM: usize = 256;

impl Switch {
    pub const fn new(ports: usize) -> Self {
        Self {
            ports,
            learned: Vec::new(),
        }
    }

    /// The ports to which a frame goes that came in at the port `from`.
    pub fn outlets(&mut self, bytes: &[u8], from: usize) -> impl Iterator<Item = usize> + use<> {
        let known = if self.ports > 2 {
            self.learn(bytes, from);
            self.port_of(bytes)
        } else {
            None
        };
        let outlets: Range<usize> = known.map_or(0..self.ports, |port| port..port + 1);
        outlets.filter(move |port| *port != from)
    }

    /// The port behind which the destination is, where it has been learned: a group address never sends.
    fn port_of(&self, bytes: &[u8]) -> Option<usize> {
        let destination = bytes.first_chunk::<6>()?;
        let learned = self.learned.iter();
        learned
            .rev()
            .find_map(|(address, port)| (address == destination).then_some(*port))
    }

    fn learn(&mut self, bytes: &[u8], from: usize) {
        let Some(source) = bytes.get(6..).and_then(<[u8]>::first_chunk::<6>) else {
            return;
        };
        let is_group = source[0] & 1 == 1;
        let has_room = self.learned.len() < ROOM;
        let known = self.learned.iter_mut().find(|(known, _)| known == source);
        match known {
            // A host may have moved to another port.
            Some((_, port)) => *port = from,
            None if !is_group && has_room => self.learned.push((*source, from)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(destination: u8, source: u8) -> Vec<u8> {
        [[2, 0, 0, 0, 0, destination], [2, 0, 0, 0, 0, source]].concat()
    }

    fn outlets(switch: &mut Switch, bytes: &[u8], from: usize) -> Vec<usize> {
        switch.outlets(bytes, from).collect()
    }

    #[test]
    fn a_cable_ends_at_the_other_side_whatever_the_address() {
        let mut cable = Switch::new(2);
        for destination in [6, 7, 0xff] {
            assert_eq!(outlets(&mut cable, &frame(destination, 7), 1), [0]);
            assert_eq!(outlets(&mut cable, &frame(destination, 7), 0), [1]);
        }
    }

    #[test]
    fn a_switch_floods_what_it_does_not_know_and_learns_from_sources() {
        let mut switch = Switch::new(4);
        assert_eq!(outlets(&mut switch, &frame(6, 7), 1), [0, 2, 3], "unknown");
        assert_eq!(outlets(&mut switch, &frame(7, 6), 0), [1], "learned");
        assert_eq!(outlets(&mut switch, &frame(6, 7), 1), [0], "learned");
        let nowhere: [usize; 0] = [];
        assert_eq!(outlets(&mut switch, &frame(7, 7), 1), nowhere, "own port");
        assert_eq!(outlets(&mut switch, &[0xff; 14], 2), [0, 1, 3], "broadcast");
        assert_eq!(outlets(&mut switch, &frame(7, 6), 3), [1], "moved");
        assert_eq!(outlets(&mut switch, &frame(6, 7), 1), [3], "moved");
    }

    #[test]
    fn a_frame_without_addresses_is_flooded_and_made_up_addresses_fill_no_memory() {
        let mut switch = Switch::new(3);
        assert_eq!(outlets(&mut switch, &[2, 0], 0), [1, 2]);
        for number in 0..10_000_u16 {
            let [high, low] = number.to_be_bytes();
            let bytes = [2, 0, 0, 0, 0, 6, 4, 0, 0, 0, high, low];
            switch.outlets(&bytes, 0).count();
        }
        assert_eq!(switch.learned.len(), ROOM);
    }
}
