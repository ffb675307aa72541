//! A character that a receive cut in two.

use super::scene::{Act, Scene, Socket};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "character-cut",
    title: "A character was cut in two between receives",
    reason: "In UTF-8 a character outside of ASCII takes two to four bytes. TCP knows bytes and no \
        characters, so a receive can end within one. The half is no text, nor is the other half: each \
        becomes a replacement character or an error.",
    fix: "Collect the bytes of a whole message before turning them into text, or let a decoder keep the \
        half until the rest has come.",
    python: "decoder = codecs.getincrementaldecoder(\"utf-8\")()\nprint(decoder.decode(data))",
    c: "size_t kept = unfinished(data, size);   /* at most 3 */\nmemmove(data, data + size - kept, kept);\nn = recv(s, data + kept, sizeof data - kept, 0);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(socket, peer)| find_in(scene, socket, peer))
        .collect()
}

fn find_in(scene: &Scene, reader: &Socket, writer: &Socket) -> Option<Finding> {
    let receives: Vec<&Act> = reader.receives().collect();
    let (index, missing) = receives.iter().enumerate().find_map(|(index, receive)| {
        let missing = bytes_missing(&receive.content)?;
        // What was never sent, no receive has cut off.
        let has_rest = receive.bytes.end + missing as u64 <= writer.written();
        has_rest.then_some((index, missing))
    })?;
    // Only the program knows whether it keeps the half: what it writes, or that it goes on no more, tells.
    let harmed = scene.writes_replacements(reader.program)
        || (scene.has_failed(reader.program) && index + 1 == receives.len());
    // What is no text anywhere is no text cut in two.
    let text: Vec<u8> = writer
        .sends()
        .flat_map(|send| send.content.clone())
        .collect();
    let is_text = match std::str::from_utf8(&text) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if !harmed || !is_text {
        return None;
    }
    let receive = receives.get(index)?;
    Some(
        Finding::in_program(
            reader.program,
            format!(
                "A receive returned {} bytes and ended within a character: {missing} more of its bytes \
                 were still to come.",
                receive.length()
            ),
        )
        .with_calls(receives.iter().skip(index).take(2).map(|act| act.call))
        .with_frames(writer.frames_of(&receive.bytes)),
    )
}

/// How many bytes the character at the end of these still needs; `None` when it is whole.
fn bytes_missing(bytes: &[u8]) -> Option<usize> {
    let start = bytes.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    let has = bytes.len() - start;
    let needs = match bytes.get(start)? {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    (has < needs).then(|| needs - has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_cut_where_bytes_of_it_are_missing() {
        let text = "a你é🦀";
        let missing: Vec<Option<usize>> = (0..=text.len())
            .map(|end| bytes_missing(&text.as_bytes()[..end]))
            .collect();
        let (n, s) = (None, Some);
        assert_eq!(missing, [n, n, s(2), s(1), n, s(1), n, s(3), s(2), s(1), n]);
        assert_eq!(bytes_missing(b"\xff"), None);
    }
}
