//! The strips of an exchange: two of each TCP connection, one of each way that datagrams went.

use std::net::SocketAddr;

use super::{Content, Fate, Mark, Strip, counted};
use crate::explain::diagnoses::scene::{Act, Deed, Outcome, Scene, SentSegment, Socket, Transport};

/// The strips of all conversations, in the order of their first calls.
pub(super) fn of(scene: &Scene) -> Vec<Strip> {
    let writers = scene.sockets_of(Transport::Tcp).filter(|socket| {
        socket.sends().next().is_some()
            || socket.sent.iter().any(|segment| !segment.bytes.is_empty())
    });
    writers
        .map(|writer| strip(scene, writer, writer.peer_of(scene)))
        .collect()
}

fn strip(scene: &Scene, writer: &Socket, reader: Option<&Socket>) -> Strip {
    let mut content = Content::default();
    for act in reader
        .into_iter()
        .flat_map(Socket::receives)
        .chain(writer.sends())
    {
        content.add(act.bytes.start, &act.content);
    }
    let sends = sends_of(writer);
    let frames: Vec<Mark> = writer.sent.iter().filter_map(frame).collect();
    let length = writer
        .sends()
        .map(|send| send.bytes.end)
        .chain(writer.carried().map(|segment| segment.bytes.end))
        .max()
        .unwrap_or(0);
    let receives = reader.map_or_else(Vec::new, |reader| receives_of(reader, length));
    let of = |marks: &[Mark]| {
        let marks = marks.iter();
        marks
            .filter(|mark| mark.fate == Fate::Done && !mark.bytes.is_empty())
            .count()
    };
    let counts = (of(&sends), of(&frames), of(&receives));
    Strip {
        heading: heading(scene, writer, reader, length),
        lesson: lesson(counts, &sends, &receives),
        content,
        sends,
        frames,
        receives,
    }
}

fn heading(scene: &Scene, writer: &Socket, reader: Option<&Socket>, length: u64) -> String {
    let address = |address: Option<SocketAddr>| {
        address.map_or_else(String::new, |address| format!(" {address}"))
    };
    let to = reader.map_or("?", |reader| scene.host_of(reader.program));
    format!(
        "{}{} to {to}{}: {}",
        scene.host_of(writer.program),
        address(writer.local),
        address(writer.remote),
        counted(usize::try_from(length).unwrap_or(usize::MAX), "byte"),
    )
}

fn sends_of(writer: &Socket) -> Vec<Mark> {
    let mut marks: Vec<Mark> = writer.sends().map(|send| mark(send, "send")).collect();
    let ends = |act: &&Act| matches!(act.deed, Deed::Close | Deed::Shutdown);
    if let (Some(end), Some(fin)) = (writer.acts.iter().find(ends), writer.fin()) {
        let name = if end.deed == Deed::Close {
            "close"
        } else {
            "shutdown"
        };
        marks.push(Mark {
            bytes: fin.bytes.end..fin.bytes.end,
            end: true,
            label: format!("{name} c{}", end.call),
            fate: Fate::Done,
        });
    }
    marks
}

fn receives_of(reader: &Socket, length: u64) -> Vec<Mark> {
    let mut marks: Vec<Mark> = reader
        .receives()
        .map(|receive| mark(receive, "recv"))
        .collect();
    let taken = reader
        .receives()
        .map(|act| act.bytes.end)
        .max()
        .unwrap_or(0);
    if taken < length {
        marks.push(Mark {
            bytes: taken..length,
            end: false,
            label: "not received".to_owned(),
            fate: Fate::Missing,
        });
    }
    if let Some(end) = reader.acts.iter().find(|act| act.returned_end()) {
        marks.push(Mark {
            bytes: taken..taken,
            end: true,
            label: format!("recv c{} = 0", end.call),
            fate: Fate::Done,
        });
    }
    marks
}

fn mark(act: &Act, name: &str) -> Mark {
    let wanted = match act.deed {
        Deed::Send { asked } if act.outcome != Outcome::Done(asked) => format!(" of {asked}"),
        _ => String::new(),
    };
    Mark {
        bytes: act.bytes.clone(),
        end: false,
        label: format!("{name} c{} = {}{wanted}", act.call, act.length()),
        fate: Fate::Done,
    }
}

fn frame(segment: &SentSegment) -> Option<Mark> {
    if segment.bytes.is_empty() && !segment.flags.fin() {
        return None;
    }
    let fin = if segment.flags.fin() { " FIN" } else { "" };
    let lost = if segment.delivered { "" } else { " lost" };
    Some(Mark {
        bytes: segment.bytes.clone(),
        end: segment.flags.fin(),
        label: format!("frame {}{fin}{lost}", segment.frame),
        fate: if segment.delivered {
            Fate::Done
        } else {
            Fate::Lost
        },
    })
}

/// What the borders tell.
fn lesson(
    (sent, carried, received): (usize, usize, usize),
    sends: &[Mark],
    receives: &[Mark],
) -> String {
    let borders = |marks: &[Mark]| -> Vec<u64> {
        let done = marks
            .iter()
            .filter(|mark| mark.fate == Fate::Done && !mark.bytes.is_empty());
        done.map(|mark| mark.bytes.end).collect()
    };
    let counts = format!(
        "{}, {}, {}: ",
        counted(sent, "send"),
        counted(carried, "frame"),
        counted(received, "receive")
    );
    let lesson = if borders(sends) == borders(receives) {
        "here each receive took what one send wrote. TCP does not promise that."
    } else {
        "the receives do not end where the sends did. TCP keeps the bytes and their order, not the borders."
    };
    counts + lesson
}
