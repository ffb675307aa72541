//! What a frame does to the dialogue that it is a part of: layer 5, whose work TCP/IP leaves to TCP and the
//! programs.

use crate::model::field::FieldDef;
use crate::model::layer::Decoded;
use crate::model::text;
use crate::model::value::Value;
use crate::protocols::dialogue::{self, Fields};
use crate::protocols::tcp_followed as tcp;

/// Appends what the frame does to its dialogue; nothing where it does nothing, or nobody followed it.
pub fn push(decoded: &Decoded<'_>, out: &mut String) {
    let is = |definition| number(decoded, definition).is_some();
    let sender = match number(decoded, &tcp::SENDER) {
        Some(0) => "the client",
        _ => "the server",
    };
    if is(&tcp::SYN_SEEN) {
        push_all(out, &[sender, " asks to open the dialogue"]);
    } else if is(&tcp::SYN_ACK_SEEN) {
        push_all(out, &[sender, " agrees to it"]);
    } else if is(&tcp::RST_SEEN) {
        push_all(out, &[sender, " breaks the dialogue off"]);
    }
    for fields in [&dialogue::OF_TCP, &dialogue::OF_UDP] {
        push_turn(decoded, fields, out);
    }
    if is(&tcp::FIN_SEEN) {
        push_all(out, &[if out.is_empty() { "" } else { "; " }, sender]);
        out.push_str(if is(&tcp::ACTIVE_CLOSE) {
            " ends its side of the dialogue; the other may still speak"
        } else {
            " ends its side too: the dialogue is over"
        });
    }
}

/// Appends `turn 3: the client speaks, the server has answered 2 times`.
fn push_turn(decoded: &Decoded<'_>, fields: &Fields, out: &mut String) {
    let (Some(turn), Some(answers)) = (
        number(decoded, fields.turn),
        number(decoded, fields.answers),
    ) else {
        return;
    };
    let is_client = number(decoded, fields.speaker) == Some(0);
    let (speaker, other) = if is_client {
        ("the client", "the server")
    } else {
        ("the server", "the client")
    };
    out.push_str("turn ");
    text::push_number(out, turn);
    push_all(out, &[": ", speaker, " speaks, ", other]);
    // Turns alternate: who has the odd ones began, and the other answers.
    out.push_str(match (answers, turn % 2) {
        (0, _) => " has said nothing yet",
        (_, 1) => " has answered ",
        _ => " has spoken ",
    });
    match answers {
        0 => {}
        1 => out.push_str("once"),
        2 => out.push_str("twice"),
        _ => {
            text::push_number(out, answers);
            out.push_str(" times");
        }
    }
}

fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// The value of a number that was followed; 0 of a mark.
pub(super) fn number(decoded: &Decoded<'_>, definition: &FieldDef) -> Option<u64> {
    let mut followed = decoded.followed.iter();
    let found = followed.find(|found| std::ptr::eq(found.field.definition, definition))?;
    match decoded.value(&found.field) {
        Value::Number(number) => Some(number),
        _ => Some(0),
    }
}
