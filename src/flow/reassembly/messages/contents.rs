//! What a segment brings, as a list of what its bytes turn out to be.

use crate::decode::Content;

/// Bytes that were there before are pieces of what was said then.
pub(super) fn without_holes(contents: Vec<Content>, length: usize) -> Vec<Content> {
    let mut all = Vec::with_capacity(contents.len() + 1);
    let mut end = 0;
    for content in contents {
        if let Some(range) = content.range() {
            if end < range.start {
                all.push(Content::Piece(end..range.start));
            }
            end = range.end;
        }
        all.push(content);
    }
    if end < length {
        all.push(Content::Piece(end..length));
    }
    all
}

/// Whether all of a segment is one message, as it is read for itself.
pub(super) fn says_nothing_new(contents: &[Content], length: usize) -> bool {
    match contents {
        [] => true,
        [Content::Message(range) | Content::Foreign(range)] => *range == (0..length),
        _ => false,
    }
}
