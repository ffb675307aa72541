//! System calls in words: what was asked, what came of it, and the frames that it has to do with.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ops::Range;

use crate::flow::causes::Causes;
use crate::model::call::{
    Action, Call, Carrier, Direction, Family, Message, Omitted, OptionValue, Outcome, Socket,
    room_of,
};
use crate::model::duration;
use crate::model::text;
use crate::model::tie::{Bond, Ending, Tie};

/// How many characters of a call's bytes are shown.
const SHOWN_CHARACTERS: usize = 20;

/// What takes at least so many nanoseconds in the kernel is told how many.
const LONG: i64 = 1_000_000;

/// How many frames are named before the rest is counted.
const NAMED_FRAMES: usize = 6;

/// Appends who makes a call, `[pid 4711] `, where it is not the only thread on its host that does.
pub fn push_maker(call: &Call, causes: &Causes, out: &mut String) {
    if causes.is_one_of_many(call) {
        let kind = if call.tid == call.pid { "pid" } else { "tid" };
        let _ = write!(out, "[{kind} {}] ", call.tid);
    }
}

/// Appends what a call asks: `sendto(4, "welcome", 7 B)`.
pub fn push_request(call: &Call, out: &mut String) {
    out.push_str(call.name);
    out.push('(');
    let before = out.len();
    if let Some(descriptor) = call
        .descriptor
        .filter(|_| !matches!(call.action, Action::Open { .. }))
    {
        let _ = write!(out, "{descriptor}");
    }
    let start = out.len();
    push_arguments(call, out);
    push_flags(&call.flags, out);
    if start > before && out.len() > start {
        out.insert_str(start, ", ");
    }
    out.push(')');
}

fn push_arguments(call: &Call, out: &mut String) {
    match &call.action {
        Action::Open { family, carrier } => {
            out.push_str(name_of(*carrier));
            // IPv4 is what is expected.
            out.push_str(if *family == Family::Ipv6 {
                ", IPv6"
            } else {
                ""
            });
        }
        Action::Bind { address } | Action::Connect { to: address } => push_address(*address, out),
        Action::Listen { backlog } => {
            let _ = write!(out, "backlog {backlog}");
        }
        Action::Send { asked, to, data } => {
            if !data.is_empty() {
                push_data(data, out);
                out.push_str(", ");
            }
            let _ = write!(out, "{asked} B");
            if let Some(to) = to {
                let _ = write!(out, " to {to}");
            }
        }
        Action::Receive { room, peek, .. } => {
            let _ = write!(out, "up to {room}");
            out.push_str(if *peek { ", only looking" } else { "" });
        }
        Action::SendMany { messages } => {
            if push_messages(messages.iter(), out) {
                out.push_str(", ");
            }
            let _ = write!(out, "{}, {} B", count_of(messages), room_of(messages));
        }
        Action::ReceiveMany { peek, messages } => {
            let _ = write!(out, "{}, up to {}", count_of(messages), room_of(messages));
            out.push_str(if *peek { ", only looking" } else { "" });
        }
        Action::Shutdown { how } => out.push_str(match how {
            Direction::Receiving => "receiving",
            Direction::Sending => "sending",
            Direction::Both => "both ways",
        }),
        Action::SetOption { option, value } => {
            out.push_str(option.unwrap_or("another option"));
            push_option_value(*value, out);
        }
        Action::GetOption { option, .. } => out.push_str(option.unwrap_or("another option")),
        Action::SetBlocking { blocking } => out.push_str(if *blocking {
            "may wait"
        } else {
            "shall not wait"
        }),
        Action::CloseAll { sockets, .. } => {
            out.push_str(match call.name {
                "exit" => "the kernel closes ",
                _ => "closes ",
            });
            push_descriptors(sockets, out);
        }
        Action::Wait {
            sockets,
            timeout_ms,
            ..
        } => {
            // They are waited for, and no arguments: the descriptor that epoll_wait is given is none of them.
            out.push_str("on ");
            push_descriptors(sockets, out);
            match timeout_ms {
                Some(time) => {
                    let _ = write!(out, ", up to {time} ms");
                }
                None => out.push_str(", for ever"),
            }
        }
        Action::Accept { .. }
        | Action::Close
        | Action::AskAddress { .. }
        | Action::Duplicate
        | Action::OpenRing => {}
    }
}

/// Not shown are what most libraries set by themselves, since it changes nothing on the wire, and what is told
/// in words.
const UNSHOWN_FLAGS: [&str; 3] = ["MSG_NOSIGNAL", "MSG_CMSG_CLOEXEC", "MSG_PEEK"];

/// Appends `, MSG_MORE|MSG_DONTWAIT`.
fn push_flags(flags: &[&str], out: &mut String) {
    let shown = flags.iter().filter(|flag| !UNSHOWN_FLAGS.contains(flag));
    for (index, flag) in shown.enumerate() {
        out.push_str(if index > 0 { "|" } else { ", " });
        out.push_str(flag);
    }
}

/// Appends what came of a call: `= 7 "welcome"`.
pub fn push_result(call: &Call, out: &mut String) {
    let value = match call.outcome {
        Outcome::Returned { value, .. } => value,
        Outcome::Failed { error, .. } => {
            let _ = write!(out, "= {}: {}", error.name, error.meaning());
            return;
        }
        Outcome::NeverReturned => {
            out.push_str("never returned");
            return;
        }
    };
    let _ = write!(out, "= {value}");
    match &call.action {
        Action::Receive { data, from, .. } => {
            if !data.is_empty() {
                out.push(' ');
                push_data(data, out);
            }
            if let Some(from) = from {
                let _ = write!(out, " from {from}");
            }
        }
        Action::ReceiveMany { .. } => {
            let _ = write!(out, " of {} B ", call.moved().unwrap_or(0));
            push_messages(call.messages(), out);
        }
        Action::Accept { connection } => {
            if let Some(peer) = connection.and_then(|connection| connection.peer) {
                let _ = write!(out, " from {peer}");
            }
        }
        Action::AskAddress {
            address: Some(address),
        } => {
            let _ = write!(out, ", {address}");
        }
        Action::CloseAll {
            signal: Some(signal),
            ..
        } => {
            let _ = write!(out, ": {signal} ended it");
        }
        Action::GetOption { value, .. } => push_option_value(*value, out),
        _ => {}
    }
}

/// Appends `, 1`, `, 500 ms`, `, on, 0 s`.
fn push_option_value(value: Option<OptionValue>, out: &mut String) {
    let _ = match value {
        None => Ok(()),
        Some(OptionValue::Number(number)) => write!(out, ", {number}"),
        Some(OptionValue::Error(error)) => write!(out, ", {}: {}", error.name, error.meaning()),
        Some(OptionValue::Wait { microseconds: 0 }) => write!(out, ", for ever"),
        Some(OptionValue::Wait { microseconds }) => {
            out.push_str(", ");
            let nanoseconds = microseconds.saturating_mul(1_000);
            duration::push(i64::try_from(nanoseconds).unwrap_or(i64::MAX), out);
            Ok(())
        }
        Some(OptionValue::Linger { seconds: None }) => write!(out, ", off"),
        Some(OptionValue::Linger {
            seconds: Some(seconds),
        }) => write!(out, ", on, {seconds} s"),
    };
}

const fn name_of(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Tcp => "TCP",
        Carrier::Udp => "UDP",
        Carrier::Icmp => "ICMP",
        Carrier::Other => "another protocol",
    }
}

fn push_descriptors(sockets: &[(i32, Socket)], out: &mut String) {
    for (index, (descriptor, _)) in sockets.iter().enumerate() {
        let _ = write!(out, "{}{descriptor}", if index > 0 { " " } else { "" });
    }
}

/// How many messages are shown.
const SHOWN_MESSAGES: usize = 3;

/// Appends the first bytes of the first messages, `"one" "two"`; whether there are any.
fn push_messages<'a>(messages: impl Iterator<Item = &'a Message>, out: &mut String) -> bool {
    let with_data = messages.filter(|message| !message.data.is_empty());
    let mut count = 0;
    for message in with_data {
        count += 1;
        match count {
            ..=SHOWN_MESSAGES => {
                out.push_str(if count > 1 { " " } else { "" });
                push_data(&message.data, out);
            }
            more if more == SHOWN_MESSAGES + 1 => out.push_str(" …"),
            _ => {}
        }
    }
    count > 0
}

fn count_of(messages: &[Message]) -> String {
    match messages.len() {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

fn push_address(address: Option<SocketAddr>, out: &mut String) {
    match address {
        Some(address) => {
            let _ = write!(out, "{address}");
        }
        None => out.push_str("no internet address"),
    }
}

fn push_data(data: &[u8], out: &mut String) {
    let mut shown = String::new();
    text::push_escaped(&mut shown, data);
    out.push('"');
    match shown.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => {
            out.push_str(shown.get(..end).unwrap_or_default());
            out.push('…');
        }
        None => out.push_str(&shown),
    }
    out.push('"');
}

/// Appends `10000 calls more, which are not told`.
pub fn push_omitted(omitted: &Omitted, out: &mut String) {
    let _ = match omitted.calls {
        Some(1) => write!(out, "1 call more, which is not told"),
        Some(calls) => write!(out, "{calls} calls more, which are not told"),
        None => write!(out, "maybe calls more, which could not be followed"),
    };
}

/// Appends which frames a call has to do with, what cannot be known of it, and of what its descriptor was;
/// nothing where there is nothing to say.
pub fn push_ties(call: &Call, causes: &Causes, out: &mut String) {
    let ties = causes.of_call(call.id);
    let start = out.len();
    for (bond, before, after) in [
        (Bond::Opened, "→ ", ""),
        (Bond::Carried, "→ ", ""),
        (Bond::CarriedAgain, "again → ", ""),
        (Bond::Brought, "← ", ""),
        (Bond::Ended(Ending::Fin), "→ ", " (FIN)"),
        (Bond::Ended(Ending::Rst), "→ ", " (RST)"),
        (Bond::ToldEnd(Ending::Fin), "← ", " (FIN)"),
        (Bond::ToldEnd(Ending::Rst), "← ", " (RST)"),
        (Bond::ToldRefusal, "← ", " (ICMP)"),
    ] {
        let of_kind: Vec<&Tie> = ties.iter().filter(|tie| tie.bond == bond).collect();
        if of_kind.is_empty() {
            continue;
        }
        out.push_str(if out.len() > start { "; " } else { "" });
        out.push_str(before);
        push_frames(&of_kind, out);
        out.push_str(after);
    }
    if let Some(waited) = causes.waited(call.id) {
        out.push_str(", ");
        text::push_milliseconds(out, waited);
        out.push_str(" ms of it waiting for the answer");
    }
    if let Some(unclear) = causes.unclear(call.id) {
        out.push_str(if out.len() > start { "; " } else { "" });
        out.push_str(unclear.words());
    }
    if let Some(former) = call.former {
        let _ = write!(out, "was: {}", name_of(former.carrier));
        for (before, address) in [(" ", former.local), (" → ", former.peer)] {
            if let Some(address) = address {
                let _ = write!(out, "{before}{address}");
            }
        }
    }
}

/// Appends `  after 2.00 s` where a call took long.
pub fn push_duration(call: &Call, out: &mut String) {
    let taken = call.left().map_or(0, |left| left.since(call.entered));
    if taken >= LONG {
        out.push_str("  after ");
        duration::push(taken, out);
    }
}

/// `frame 9, bytes 66–71`, `frames 3–5`, `frames 9 and 11`.
fn push_frames(ties: &[&Tie], out: &mut String) {
    let mut numbers: Vec<u64> = ties.iter().map(|tie| tie.frame).collect();
    numbers.dedup();
    match numbers.as_slice() {
        [] => {}
        [one] => {
            let _ = write!(out, "frame {one}");
            if let [tie] = ties
                && let Some(bytes) = &tie.bytes
            {
                push_bytes(bytes.frame.start as u64..bytes.frame.end as u64, out);
            }
        }
        [first, .., last] if last - first == numbers.len() as u64 - 1 && numbers.len() > 2 => {
            let _ = write!(out, "frames {first}–{last}");
        }
        several => {
            out.push_str("frames ");
            let named = several.len().min(NAMED_FRAMES);
            for (index, number) in several.iter().take(named).enumerate() {
                let is_last = index + 1 == named && named == several.len();
                out.push_str(match (index, is_last) {
                    (0, _) => "",
                    (_, true) => " and ",
                    _ => ", ",
                });
                text::push_number(out, *number);
            }
            if several.len() > named {
                let _ = write!(out, " and {} more", several.len() - named);
            }
        }
    }
}

/// Appends `, bytes 66–71`; nothing of a datagram without any.
fn push_bytes(bytes: Range<u64>, out: &mut String) {
    if !bytes.is_empty() {
        let _ = write!(out, ", bytes {}–{}", bytes.start, bytes.end - 1);
    }
}

/// Appends, a line each, what calls a frame has to do with: for the comment in a capture file.
pub fn push_comment(frame: u64, causes: &Causes, calls: &[Call], out: &mut String) {
    for tie in causes.of_frame(frame) {
        // Calls are in the order of their numbers.
        let Ok(place) = calls.binary_search_by_key(&tie.call, |call| call.id) else {
            continue;
        };
        let Some(call) = calls.get(place) else {
            continue;
        };
        out.push('\n');
        out.push_str(match tie.bond {
            Bond::Carried => "carries what was sent by ",
            Bond::CarriedAgain => "carries again what was sent by ",
            Bond::Brought => "brings what was received by ",
            Bond::Opened => "is in the handshake of ",
            Bond::Ended(_) => "ends the stream for ",
            Bond::ToldEnd(_) => "is the end that was told to ",
            Bond::ToldRefusal => "is the refusal that was told to ",
        });
        let _ = write!(out, "call {} of {}: ", call.id.0, call.host);
        push_maker(call, causes, out);
        push_request(call, out);
        if let Some(bytes) = tie.bytes.as_ref().filter(|bytes| !bytes.stream.is_empty()) {
            push_bytes(bytes.stream.clone(), out);
            out.push_str(" of the stream");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::causes::testing::{Play, socket};
    use crate::model::call::CallId;
    use crate::model::tie::TiedBytes;

    #[test]
    fn what_a_socket_was_to_be_is_told_where_there_is_none() {
        let ends = ["192.168.1.7:40000", "192.168.1.6:5000"].map(|end| end.parse().unwrap());
        let mut play = Play::default();
        let opens = Action::Open {
            family: Family::Ipv6,
            carrier: Carrier::Icmp,
        };
        play.enter("client", socket(Carrier::Tcp, 7, ends), opens);
        let call = Call {
            name: "socket",
            descriptor: None,
            socket: None,
            ..play.calls.remove(0)
        };
        let mut out = String::new();
        push_request(&call, &mut out);
        assert_eq!(out, "socket(ICMP, IPv6)");
    }

    #[test]
    fn what_is_waited_for_is_told_from_what_the_call_is_asked_with() {
        let ends = ["192.168.1.7:40000", "192.168.1.6:5000"].map(|end| end.parse().unwrap());
        let socket = socket(Carrier::Tcp, 7, ends);
        let mut out = String::new();
        let waits = Action::Wait {
            sockets: vec![(5, socket), (7, socket)],
            others: true,
            timeout_ms: Some(1000),
        };
        let mut play = Play::default();
        play.enter("client", socket, waits);
        let call = Call {
            name: "epoll_wait",
            descriptor: None,
            ..play.calls.remove(0)
        };
        push_request(&call, &mut out);
        assert_eq!(out, "epoll_wait(on 5 7, up to 1000 ms)");
    }

    #[test]
    fn an_empty_datagram_has_a_frame_and_no_bytes() {
        let told = |bytes: Range<usize>| {
            let tie = Tie {
                call: CallId(1),
                frame: 12,
                bond: Bond::Carried,
                bytes: Some(TiedBytes {
                    stream: 0..bytes.len() as u64,
                    frame: bytes,
                }),
            };
            let mut out = String::new();
            push_frames(&[&tie], &mut out);
            out
        };
        assert_eq!(told(42..47), "frame 12, bytes 42–46");
        assert_eq!(told(42..42), "frame 12");
    }
}
