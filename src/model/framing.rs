//! Where a message ends in a stream of bytes, which knows none.

use std::ops::Range;

/// What the first bytes of a message tell of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// It has so many bytes, all of which are there; at least one.
    Whole(usize),
    /// Its end is not among them.
    NeedsMore,
    /// It ends where the stream does.
    UntilEnd,
    /// Its end is not looked for any more: all of them are taken for it.
    TooLong,
    /// There is none: so no message of this protocol begins. All of them are something else.
    Foreign,
}

/// What a message answers, as far as that tells where it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answering {
    /// Nothing that is known, or what any message may answer.
    #[default]
    Anything,
    /// A request for no more than the header of an answer.
    HeadRequest,
    /// A request for a tunnel: once it is granted, what follows is no message any more.
    TunnelRequest,
}

/// Where messages are that stand one behind the other: what is not whole reaches to the end of the bytes.
pub fn each_in(
    bytes: &[u8],
    framing: impl Fn(&[u8]) -> Framing,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = match framing(rest) {
            Framing::Whole(length) => length,
            _ => rest.len(),
        };
        let place = start..start + length;
        start = place.end;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_behind_each_other_and_the_last_may_not_be_whole() {
        let by_first_byte = |bytes: &[u8]| match usize::from(bytes[0]) {
            length if length <= bytes.len() => Framing::Whole(length),
            _ => Framing::NeedsMore,
        };
        let places: Vec<_> = each_in(&[2, 0, 1, 3, 0, 0, 9, 0], by_first_byte).collect();
        assert_eq!(places, [0..2, 2..3, 3..6, 6..8]);
        assert_eq!(each_in(&[], by_first_byte).next(), None);
    }
}
