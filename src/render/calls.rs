//! System calls in words: what was asked, what came of it, and the frames that it has to do with.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ops::Range;

use super::theme::{self, Theme};
use super::width;
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::call::{
    Action, Call, CallId, Carrier, Direction, Family, Message, Omitted, OptionValue, Outcome,
    Socket, room_of,
};
use crate::model::duration;
use crate::model::fault::Severity;
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
        Action::Open { family } => {
            out.push_str(carrier(call.socket));
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

const fn carrier(socket: Option<Socket>) -> &'static str {
    match socket {
        Some(Socket {
            carrier: Carrier::Tcp,
            ..
        }) => "TCP",
        Some(Socket {
            carrier: Carrier::Udp,
            ..
        }) => "UDP",
        _ => "another protocol",
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
        let _ = write!(out, "was: {}", carrier(call.former));
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

/// A moment of a program's calls, as one line of an exchange, or two where it would be too long.
#[derive(Debug)]
pub struct CallLine {
    number: Option<CallId>,
    host: String,
    what: String,
    ties: String,
    is_trouble: bool,
}

impl CallLine {
    /// The line of a moment; `None` of a frame's.
    pub fn of(moment: &Moment<'_>, causes: &Causes) -> Option<Self> {
        let (mut what, mut ties) = (String::new(), String::new());
        let call = match moment {
            Moment::Frame(_) => return None,
            Moment::Entered(call) => {
                push_request(call, &mut what);
                what.push_str(" …");
                if call.left().is_none() {
                    what.push_str(" never returned");
                    push_ties(call, causes, &mut ties);
                }
                *call
            }
            Moment::Left(call) => {
                let _ = write!(what, "… {} ", call.name);
                push_result(call, &mut what);
                push_ties(call, causes, &mut ties);
                *call
            }
            Moment::Whole(call) => {
                push_request(call, &mut what);
                what.push(' ');
                push_result(call, &mut what);
                // Of what has two lines, their times tell it.
                push_duration(call, &mut what);
                push_ties(call, causes, &mut ties);
                *call
            }
            Moment::Again(calls) => {
                let _ = write!(what, "… and so {} times more", calls.len());
                *calls.last()?
            }
            Moment::Omitted(omitted) => return Some(Self::of_omitted(omitted)),
        };
        let mut maker = String::new();
        push_maker(call, causes, &mut maker);
        what.insert_str(0, &maker);
        let is_trouble = match call.outcome {
            Outcome::Failed { error, .. } => !matches!(error.name, "EAGAIN" | "EINPROGRESS"),
            Outcome::NeverReturned | Outcome::Returned { .. } => false,
        };
        Some(Self {
            number: (!matches!(moment, Moment::Again(_))).then_some(call.id),
            host: call.host.to_string(),
            what,
            ties,
            is_trouble,
        })
    }

    fn of_omitted(omitted: &Omitted) -> Self {
        let mut what = "… and ".to_owned();
        push_omitted(omitted, &mut what);
        Self {
            number: None,
            host: omitted.host.to_string(),
            what,
            ties: String::new(),
            is_trouble: true,
        }
    }

    /// The number of the call, where it is about one.
    pub const fn number(&self) -> Option<CallId> {
        self.number
    }

    /// The host that it is about.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Appends the line behind `place`: when it was, and the host. Where that takes more than `columns` cells it goes
    /// on below, the frames in a line of their own.
    pub fn push(&self, place: &str, columns: usize, theme: Theme, out: &mut String) {
        let style = if self.is_trouble {
            theme::fault(Severity::Error)
        } else {
            theme::dim()
        };
        let indent = " ".repeat(width::of(place).min(columns / 2) + 2);
        let mut whole = self.what.clone();
        if !self.ties.is_empty() {
            whole.push_str("  ");
            whole.push_str(&self.ties);
        }
        let is_one = width::of(place) + width::of(&whole) <= columns;
        let parts: &[&str] = match self.ties.as_str() {
            _ if is_one => &[&whole],
            "" => &[&self.what],
            ties => &[&self.what, ties],
        };
        for (part, begin) in parts.iter().zip([place, &indent]) {
            let options = textwrap::Options::new(columns)
                .initial_indent(begin)
                .subsequent_indent(&indent);
            for line in textwrap::wrap(part, options) {
                theme.paint_str(out, style, &line);
                out.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::causes::testing::{Play, receive, socket};
    use crate::model::frame::Timestamp;
    use crate::model::tie::TiedBytes;

    /// The lines of a call of the client that took so many nanoseconds.
    fn told(taken: i64, columns: usize) -> Vec<String> {
        let ends = ["192.168.1.7:40000", "192.168.1.6:5000"].map(|end| end.parse().unwrap());
        let mut play = Play::default();
        let socket = socket(Carrier::Udp, 7, ends);
        play.enter("client", socket, receive(2048, b""));
        let mut call = play.calls.remove(0);
        let at = Timestamp::from_nanoseconds(call.entered.nanoseconds() + taken);
        call.outcome = Outcome::Returned { at, value: 0 };
        let line = CallLine::of(&Moment::Whole(&call), &Causes::default()).unwrap();
        let mut out = String::new();
        line.push(
            " c1    0.500 client        ",
            columns,
            Theme::Plain,
            &mut out,
        );
        out.lines().map(str::to_owned).collect()
    }

    #[test]
    fn how_long_a_call_took_is_told_where_it_took_long() {
        let start = " c1    0.500 client        call(up to 2048) = 0";
        assert_eq!(told(999_999, 80), [start]);
        assert_eq!(told(2_004_000_000, 80), [format!("{start}  after 2 s")]);
    }

    #[test]
    fn what_a_call_is_goes_on_below_where_it_has_no_room() {
        let narrow = [
            " c1    0.500 client        call(up to 2048) = 0",
            "                           after 2 s",
        ];
        assert_eq!(told(2_004_000_000, 50), narrow);
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
