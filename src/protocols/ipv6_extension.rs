//! What the extension headers of IPv6 have in common (RFC 8200, section 4): the first byte says what
//! follows, and for most of them the second says how long they are.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Next header  |    Length     |  8 × length + 6 bytes ...
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use etherparse::Ipv6RawExtHeaderSlice;

use super::ipv6;
use crate::model::draft::Draft;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Room};

/// Measures a header whose length is its second byte, in units of 8 bytes beyond the first 8.
pub fn measure(bytes: &[u8], room: &mut Room) -> Measure {
    match Ipv6RawExtHeaderSlice::from_slice(bytes) {
        Ok(header) => Measure::header(header.slice().len(), ipv6::next(header.next_header().0)),
        Err(short) => room.too_short(short.required_len),
    }
}

/// Its length in bytes, as its second byte states it.
pub fn stated_length(view: &LayerView<'_>) -> Option<u64> {
    view.bytes.get(1).map(|length| (u64::from(*length) + 1) * 8)
}

/// Appends what follows.
pub fn summary(view: &LayerView<'_>, out: &mut Draft) {
    if let Some(next_header) = view.bytes.first() {
        out.push_str("then ");
        ipv6::push_next_header(*next_header, out);
    }
}
