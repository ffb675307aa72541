//! The chat of this program: UTF-8 text over TCP or UDP port 12345, and nothing else.
//!
//! ```text
//! server → client   welcome
//! client → server   whatever was typed
//! ```
//!
//! Over TCP there is no mark between two messages: what a segment carries is a piece of the stream. A
//! character that is cut in two at its end is read in the frame that completes it. Over UDP each datagram is
//! one message.

use super::chat_wire::PORT;
use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;
use crate::model::framing::{Answering, Framing};
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;
use crate::model::text;
use crate::model::utf8::{count_characters, incomplete_tail};

const SOURCE: Source = Source::Netinspect("the chat's wire format");

static TEXT: FieldDef = FieldDef::text("chat.text", "Text").source(SOURCE).meaning(
    "What one program says to the other, in UTF-8; without a length and without an end mark.",
);

static CHARACTERS: FieldDef = FieldDef::decimal("chat.characters", "Characters")
    .computed(|view| {
        Some(count_characters(view.bytes) as u64)
    })
    .source(SOURCE)
    .meaning("How many whole characters the bytes are; fewer than bytes where a character needs two to four of them.");

/// The chat.
pub static PROTOCOL: Protocol = Protocol {
    name: "chat",
    label: "Chat",
    title: "netinspect chat",
    purpose: "Carries what one person types to the other's screen, as plain UTF-8 text.",
    standing: Standing {
        osi: OsiLayer::Application,
        tcp_ip: TcpIpLayer::Application,
        pdu: Pdu::Message,
    },
    sources: &[SOURCE],
    parents: &[Selector::TcpPort(PORT), Selector::UdpPort(PORT)],
    fields: &[&CHARACTERS, &TEXT],
    endpoints: None,
    measure: None,
    expand,
    check: None,
    framing: Some(framing),
    is_plain_data: false,
    summary,
};

/// The chat marks no end of a message; but a character ends somewhere, and only whole ones can be read.
fn framing(bytes: &[u8], _: Answering) -> Framing {
    match bytes.len() - incomplete_tail(bytes) {
        0 => Framing::NeedsMore,
        whole => Framing::Whole(whole),
    }
}

fn expand(view: &LayerView<'_>, out: &mut Expander<'_>) {
    out.bytes(&TEXT, 0..view.bytes.len());
}

/// Longer texts are cut on a line; the tree has them whole.
const SHOWN_BYTES: usize = 60;

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    put_quoted(view.bytes, out);
}

/// Puts what somebody says in quotation marks, as far as a line of a list has room for it.
pub fn put_quoted(said: &[u8], out: &mut Draft) {
    let shown = said.get(..shown_length(said)).unwrap_or(said);
    out.push('"');
    text::put_escaped(out, shown);
    out.push_str(if shown.len() < said.len() {
        "…\""
    } else {
        "\""
    });
}

/// At most [`SHOWN_BYTES`], and no character cut in two.
fn shown_length(bytes: &[u8]) -> usize {
    if bytes.len() <= SHOWN_BYTES {
        return bytes.len();
    }
    let is_continuation = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (SHOWN_BYTES - 3..=SHOWN_BYTES)
        .rev()
        .find(|at| !is_continuation(at))
        .unwrap_or(SHOWN_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_never_cut_inside_a_character() {
        for before in 0..4 {
            let text = format!("{}{}", "a".repeat(before), "好".repeat(40));
            let shown = shown_length(text.as_bytes());
            assert!(text.is_char_boundary(shown), "{before}: {shown}");
            assert!((57..=60).contains(&shown));
        }
    }
}
