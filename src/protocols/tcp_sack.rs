//! What the SACK blocks of a TCP header tell of what has come: that something before it is missing
//! (RFC 2018), or that it came again (RFC 2883).

use super::tcp_option_list::{Found, Options};
use super::tcp_options::SELECTIVE;
use crate::model::bits;

/// What a segment tells of what its sender got last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Something that was there, and nothing is missing.
    Again,
    /// Something that was there, while something before what is there is missing.
    AgainBesideGap,
    /// Something before which something is missing.
    BehindGap,
}

/// What the SACK blocks tell, where there are any: of something that was there where the first is below
/// the acknowledgment number, or within the second (RFC 2883, section 4).
pub fn came(header: &[u8]) -> Option<Came> {
    let contents = Options::of(header).find_map(|found| match found {
        Found::Option(SELECTIVE, range) => header.get(range.start + 2..range.end),
        _ => None,
    })?;
    let mut blocks = contents.as_chunks::<8>().0.iter().map(|block| {
        let [left, right] = [0, 4].map(|at| bits::u32_at(block, at).unwrap_or(0));
        (left, right)
    });
    let (left, right) = blocks.next()?;
    let second = blocks.next();
    let is_before = |one: u32, other: u32| one.wrapping_sub(other).cast_signed() < 0;
    let is_within = |(from, to)| !is_before(left, from) && !is_before(to, right);
    let was_there = is_before(left, bits::u32_at(header, 8)?) || second.is_some_and(is_within);
    Some(match (was_there, second) {
        (true, None) => Came::Again,
        (true, Some(_)) => Came::AgainBesideGap,
        (false, _) => Came::BehindGap,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tcp_option_list::FIXED_LENGTH;
    use super::*;

    /// A header with this acknowledgment number and these SACK blocks.
    fn header(ack: u32, blocks: &[(u32, u32)]) -> Vec<u8> {
        let mut header = vec![0; FIXED_LENGTH];
        header[8..12].copy_from_slice(&ack.to_be_bytes());
        let length = u8::try_from(2 + 8 * blocks.len()).expect("few blocks");
        header.extend([1, 1, SELECTIVE, length]);
        let edges = blocks.iter().flat_map(|(left, right)| [left, right]);
        header.extend(edges.flat_map(|edge| edge.to_be_bytes()));
        header
    }

    #[test]
    fn a_first_block_below_the_acknowledgment_or_within_the_second_tells_of_a_copy_and_any_other_of_a_gap()
     {
        for (ack, blocks, told) in [
            (8, &[(1, 8)][..], Some(Came::Again)),
            (2, &[(u32::MAX, 2)], Some(Came::Again)),
            (8, &[(1, 8), (20, 30)], Some(Came::AgainBesideGap)),
            (8, &[(22, 24), (20, 30)], Some(Came::AgainBesideGap)),
            (8, &[(20, 30)], Some(Came::BehindGap)),
            (8, &[(20, 30), (40, 50)], Some(Came::BehindGap)),
            (8, &[(18, 30), (20, 30)], Some(Came::BehindGap)),
            (8, &[], None),
        ] {
            assert_eq!(came(&header(ack, blocks)), told, "{ack} {blocks:?}");
        }
    }
}
