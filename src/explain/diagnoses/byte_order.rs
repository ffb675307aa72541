//! A length that was written in one order of its bytes and read in the other.

use super::framing;
use super::scene::{Act, Deed, Scene, Socket};
use super::{Finding, Kind, Shown, bytes};

/// The kind.
pub static KIND: Kind = Kind {
    name: "byte-order",
    title: "A length was read with its bytes the other way round",
    reason: "A number of several bytes has two orders in memory: most machines keep the lowest byte first, and the network \
        sends the highest one first. Where one side sends a number as it is in memory and \
        the other one takes it as the network has it, 11 becomes 184549376, and the reader waits for as many bytes.",
    fix: "Send numbers in the network's order, and turn them on both sides: htons and htonl before sending, ntohs and \
        ntohl after receiving.",
    python: "head = struct.pack(\"!I\", len(message))   # !: network's order\ns.sendall(head + message)",
    c: "uint32_t length = htonl(size);\nsend(s, &length, sizeof length, 0);",
    shown: Shown::ByWhatWas,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter_map(|(reader, writer)| find_in(scene, reader, writer))
        .collect()
}

/// Whether one of two ends has read a length of the other so.
pub(super) fn is_between(one: &Socket, other: &Socket) -> bool {
    turned(one, other).is_some() || turned(other, one).is_some()
}

fn find_in(scene: &Scene, reader: &Socket, writer: &Socket) -> Option<Finding> {
    let Turned { act, asked, meant } = turned(reader, writer)?;
    let (reads, writes) = (scene.who_begins(reader.program), scene.who(writer.program));
    let told = format!(
        "{reads} asks for {}. The number before them in the stream is {meant} with its bytes the other way round, \
         and so many are what {writes} has sent.",
        bytes(asked)
    );
    let before = act.bytes.start.saturating_sub(1)..act.bytes.start;
    let length = reader
        .receives()
        .find(|receive| receive.bytes.contains(&before.start));
    let calls = [length, Some(act)].into_iter().flatten();
    Some(
        Finding::in_program(reader.program, told)
            .with_calls(calls.map(|act| act.call))
            .with_frames(writer.frames_of(&before)),
    )
}

/// A receive that asks for a number of bytes that was read the wrong way round.
struct Turned<'a> {
    act: &'a Act,
    asked: u64,
    meant: u64,
}

fn turned<'a>(reader: &'a Socket, writer: &Socket) -> Option<Turned<'a>> {
    let mut stream = None;
    let written = writer.written();
    reader.receives().find_map(|act| {
        let Deed::Receive { asked } = act.deed else {
            return None;
        };
        let rest = written.saturating_sub(act.bytes.start);
        if asked <= rest {
            return None;
        }
        let stream = stream.get_or_insert_with(|| framing::content(writer.sends()));
        let before = stream.get(..usize::try_from(act.bytes.start).ok()?)?;
        let meant = [2, 4, 8].into_iter().find_map(|width| {
            let (_, number) = before.split_at_checked(before.len().checked_sub(width)?)?;
            let values = [framing::big_endian(number), framing::little_endian(number)];
            let [one, other] = values;
            match asked {
                _ if one == other => None,
                _ if asked == one => Some(other),
                _ if asked == other => Some(one),
                _ => None,
            }
        })?;
        (meant == rest).then_some(Turned { act, asked, meant })
    })
}
