//! How the bytes of a frame become characters: layer 6, whose work the programs do.

use super::session;
use crate::model::assembled::{Assembled, Whole};
use crate::model::field::{Kind, Role};
use crate::model::layer::{Decoded, Layer};
use crate::model::reference::OsiLayer;
use crate::model::text;
use crate::model::utf8::length_by_first;
use crate::protocols::{http2_header_list, http2_payload, piece};

/// Appends what the encoding made of the message's characters, where the message is text; and where one of
/// them is in several frames.
pub fn push(decoded: &Decoded<'_>, out: &mut String) {
    push_counts(decoded, out);
    push_headers(decoded, out);
    for whole in decoded.assembled {
        push_joined(whole, decoded.frame.number, out);
    }
    push_begun(decoded, out);
}

fn push_counts(decoded: &Decoded<'_>, out: &mut String) {
    let is_in_words = |layer: &Layer| {
        let whole = decoded.whole_of(layer);
        whole.is_some_and(|whole| whole.whole == Whole::Header)
    };
    let texts = decoded
        .layers_on_wire()
        .filter(|(_, layer)| layer.protocol.standing.osi == OsiLayer::Application)
        // Those characters are not in the frame.
        .filter(|(_, layer)| !is_in_words(layer))
        .flat_map(|(index, _)| decoded.fields_of(index))
        // A closer look tells of no more characters.
        .filter(|field| field.definition.role == Role::Leaf && field.definition.kind == Kind::Text);
    let bytes = texts.map(|field| field.bytes(decoded.bytes()));
    let (mut characters, mut length) = (0, 0);
    for bytes in bytes {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        characters += text.chars().count();
        length += bytes.len();
    }
    if length > 0 {
        let plural = if characters == 1 { "" } else { "s" };
        out.push_str(": here ");
        text::push_number(out, characters as u64);
        out.push_str(" character");
        out.push_str(plural);
        out.push_str(" as ");
        text::push_byte_count(out, length);
        out.push_str(" (UTF-8)");
    }
}

/// Appends how few bytes HPACK made of headers, where their blocks are in the frame.
fn push_headers(decoded: &Decoded<'_>, out: &mut String) {
    let wholes = decoded.assembled.iter();
    let in_words = wholes.filter(|whole| whole.whole == Whole::Header);
    let in_words: usize = in_words
        .map(|whole| http2_header_list::length(&whole.bytes))
        .sum();
    let all = decoded.layers_on_wire();
    let blocks = all.flat_map(|(index, _)| decoded.fields_of(index));
    let blocks = blocks.filter(|field| http2_payload::is_block(field.definition));
    let written: usize = blocks.map(|field| field.bytes(decoded.bytes()).len()).sum();
    if in_words == 0 || written == 0 {
        return;
    }
    out.push_str(if out.ends_with(')') {
        "; and "
    } else {
        ": here "
    });
    text::push_byte_count(out, in_words);
    out.push_str(" of header as ");
    text::push_number(out, written as u64);
    out.push_str(" (HPACK)");
}

/// Appends in which frames the first character of a message came, where one did not have all of it.
fn push_joined(whole: &Assembled, current: u64, out: &mut String) {
    let Some(character) = first_character(&whole.bytes) else {
        return;
    };
    let length = character.len_utf8() as u64;
    let parts = whole.parts.iter().filter(|part| part.offset < length);
    if whole.whole != Whole::Message || parts.clone().count() < 2 {
        return;
    }
    out.push_str(". ");
    text::push_escaped_char(out, character);
    out.push_str(" came in pieces:");
    for (index, part) in parts.enumerate() {
        out.push_str(if index > 0 { ", " } else { " " });
        let of_it = part.length.min(length - part.offset);
        text::push_byte_count(out, usize::try_from(of_it).unwrap_or(usize::MAX));
        if part.frame == current {
            out.push_str(" here");
        } else {
            out.push_str(" in frame ");
            text::push_number(out, part.frame);
        }
    }
}

fn first_character(bytes: &[u8]) -> Option<char> {
    bytes.utf8_chunks().next()?.valid().chars().next()
}

/// Appends that the frame ends inside a character.
fn push_begun(decoded: &Decoded<'_>, out: &mut String) {
    let Some(last) = decoded.layers.last().filter(|last| last.is_piece()) else {
        return;
    };
    let bytes = decoded.header_of(last).unwrap_or_default();
    let Some(length) = bytes.first().copied().and_then(length_by_first) else {
        return;
    };
    if length > bytes.len() {
        out.push_str(". The frame ends inside a character: the first ");
        text::push_number(out, bytes.len() as u64);
        out.push_str(" of its ");
        text::push_byte_count(out, length);
        match session::number(decoded, &piece::REASSEMBLED_IN) {
            Some(frame) => {
                out.push_str(", the rest is in frame ");
                text::push_number(out, frame);
            }
            None => out.push_str(", the rest comes in a later frame"),
        }
    }
}
