//! JSON of system calls, and of what frames have to do with them: the identifiers go both ways.

use super::pieces::{push_hex_string, push_key, push_range, push_signed, push_string};
use crate::flow::causes::Causes;
use crate::model::call::{Action, Call, Carrier, Omitted, OptionValue, Outcome, Socket, room_of};
use crate::model::text;
use crate::model::tie::{Bond, Side, Tie};
use crate::render::calls;

/// Appends to the object of a frame which calls it has to do with.
pub fn push_calls_of(frame: u64, causes: &Causes, out: &mut String) {
    let mut ties = causes.of_frame(frame).peekable();
    if ties.peek().is_none() {
        return;
    }
    out.push_str(",\"calls\":[");
    for (index, tie) in ties.enumerate() {
        out.push_str(if index > 0 { ",{" } else { "{" });
        push_number(out, "call", tie.call.0);
        push_tie(tie, out);
    }
    out.push(']');
}

/// Appends a call as an object.
pub fn push_call(call: &Call, causes: &Causes, out: &mut String) {
    out.push('{');
    push_number(out, "call", call.id.0);
    out.push(',');
    push_key(out, "time_ns");
    push_signed(out, call.entered.nanoseconds());
    if let Some(left) = call.left() {
        out.push(',');
        push_key(out, "left_ns");
        push_signed(out, left.nanoseconds());
    }
    out.push(',');
    push_text(out, "host", &call.host);
    out.push(',');
    push_text(out, "program", &call.program);
    out.push(',');
    push_number(out, "pid", call.pid.into());
    out.push(',');
    push_number(out, "tid", call.tid.into());
    out.push(',');
    push_text(out, "name", call.name);
    if let Some(descriptor) = call.descriptor {
        out.push(',');
        push_key(out, "descriptor");
        push_signed(out, descriptor.into());
    }
    if let Some(socket) = &call.socket {
        push_socket("socket", socket, out);
    }
    if let Some(former) = &call.former {
        push_socket("former_socket", former, out);
    }
    push_action(call, out);
    push_flags(&call.flags, out);
    let mut request = String::new();
    calls::push_request(call, &mut request);
    out.push(',');
    push_text(out, "request", &request);
    push_outcome(call, out);
    push_causes(call, causes, out);
    out.push('}');
}

/// Appends how many calls of a program are not told, as an object.
pub fn push_omitted(omitted: &Omitted, out: &mut String) {
    out.push('{');
    push_key(out, "omitted_calls");
    match omitted.calls {
        Some(calls) => text::push_number(out, calls),
        None => out.push_str("null"),
    }
    out.push(',');
    push_text(out, "host", &omitted.host);
    out.push('}');
}

fn push_action(call: &Call, out: &mut String) {
    match &call.action {
        Action::SendMany { messages } => {
            out.push(',');
            push_number(out, "asked", room_of(messages));
            push_messages(call, out);
        }
        Action::ReceiveMany { messages, .. } => {
            out.push(',');
            push_number(out, "room", room_of(messages));
            push_messages(call, out);
        }
        Action::Send { asked, data, .. } => {
            out.push(',');
            push_number(out, "asked", *asked);
            push_data(data, out);
        }
        Action::Receive { room, data, .. } => {
            out.push(',');
            push_number(out, "room", *room);
            push_data(data, out);
        }
        Action::Accept {
            connection: Some(connection),
        } => push_socket("connection", connection, out),
        Action::Wait { sockets, .. } => {
            push_inodes("waits_for", sockets, out);
        }
        Action::CloseAll { sockets, signal } => {
            push_inodes("closes", sockets, out);
            if let Some(signal) = signal {
                out.push(',');
                push_text(out, "signal", signal);
            }
        }
        Action::SetOption { option, value } | Action::GetOption { option, value } => {
            push_option(*option, *value, out);
        }
        _ => {}
    }
}

/// A number as it is, a time in microseconds, and how long `close` lingers in seconds.
fn push_option(option: Option<&str>, value: Option<OptionValue>, out: &mut String) {
    if let Some(option) = option {
        out.push(',');
        push_text(out, "option", option);
    }
    let Some(value) = value else { return };
    out.push(',');
    match value {
        OptionValue::Number(number) => {
            push_key(out, "value");
            push_signed(out, number.into());
        }
        OptionValue::Error(error) => {
            push_key(out, "value");
            push_signed(out, error.number.into());
            out.push(',');
            push_text(out, "error_told", error.name);
        }
        OptionValue::Wait { microseconds } => push_number(out, "wait_us", microseconds),
        OptionValue::Linger { seconds } => {
            push_key(out, "linger_s");
            match seconds {
                Some(seconds) => push_signed(out, seconds.into()),
                None => out.push_str("null"),
            }
        }
    }
}

fn push_flags(flags: &[&str], out: &mut String) {
    if flags.is_empty() {
        return;
    }
    out.push_str(",\"flags\":[");
    for (index, flag) in flags.iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        push_string(out, flag.as_bytes());
    }
    out.push(']');
}

/// Several sockets, each by its identity.
fn push_inodes(key: &str, sockets: &[(i32, Socket)], out: &mut String) {
    out.push(',');
    push_key(out, key);
    out.push('[');
    for (index, (_, socket)) in sockets.iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        text::push_number(out, socket.inode);
    }
    out.push(']');
}

/// The messages that a call moved, each with its length and the first of its bytes.
fn push_messages(call: &Call, out: &mut String) {
    out.push_str(",\"messages\":[");
    for (index, message) in call.messages().enumerate() {
        out.push_str(if index > 0 { ",{" } else { "{" });
        push_number(out, "length", message.length);
        if let Some(address) = message.address {
            out.push(',');
            push_text(out, "address", &address.to_string());
        }
        push_data(&message.data, out);
        out.push('}');
    }
    out.push(']');
}

/// The first of the bytes, in hexadecimal.
fn push_data(data: &[u8], out: &mut String) {
    out.push_str(",\"data\":");
    push_hex_string(out, data);
}

fn push_socket(key: &str, socket: &Socket, out: &mut String) {
    out.push(',');
    push_key(out, key);
    out.push('{');
    push_number(out, "inode", socket.inode);
    out.push(',');
    let carrier = match socket.carrier {
        Carrier::Tcp => "tcp",
        Carrier::Udp => "udp",
        Carrier::Icmp => "icmp",
        Carrier::Other => "other",
    };
    push_text(out, "carrier", carrier);
    for (key, address) in [("local", socket.local), ("peer", socket.peer)] {
        if let Some(address) = address {
            out.push(',');
            push_text(out, key, &address.to_string());
        }
    }
    out.push('}');
}

fn push_outcome(call: &Call, out: &mut String) {
    out.push(',');
    match call.outcome {
        Outcome::Returned { value, .. } => push_number(out, "returned", value),
        Outcome::Failed { error, .. } => {
            push_key(out, "error");
            out.push('{');
            push_number(out, "number", error.number.unsigned_abs().into());
            out.push(',');
            push_text(out, "name", error.name);
            out.push(',');
            push_text(out, "meaning", &error.meaning());
            out.push('}');
        }
        Outcome::NeverReturned => out.push_str("\"never_returned\":true"),
    }
}

fn push_causes(call: &Call, causes: &Causes, out: &mut String) {
    if let Some(portion) = causes.portion(call.id) {
        out.push(',');
        push_key(out, "stream");
        out.push('{');
        push_number(out, "connection", portion.stream.connection);
        out.push(',');
        let from = match portion.stream.from {
            Side::Client => "client",
            Side::Server => "server",
        };
        push_text(out, "from", from);
        out.push(',');
        push_key(out, "range");
        push_range(out, portion.bytes.start, portion.bytes.end);
        out.push('}');
    }
    if let Some(waited) = causes.waited(call.id) {
        out.push(',');
        push_key(out, "waited_ns");
        push_signed(out, waited);
    }
    if let Some(unclear) = causes.unclear(call.id) {
        out.push(',');
        push_text(out, "unclear", unclear.words());
    }
    let ties = causes.of_call(call.id);
    if ties.is_empty() {
        return;
    }
    out.push_str(",\"frames\":[");
    for (index, tie) in ties.iter().enumerate() {
        out.push_str(if index > 0 { ",{" } else { "{" });
        push_number(out, "number", tie.frame);
        push_tie(tie, out);
    }
    out.push(']');
}

/// Appends in what way, and which bytes; and ends the object.
fn push_tie(tie: &Tie, out: &mut String) {
    out.push(',');
    let bond = match tie.bond {
        Bond::Carried => "carried",
        Bond::CarriedAgain => "carried again",
        Bond::Brought => "brought",
        Bond::Opened => "opened",
        Bond::Ended(_) => "ended",
        Bond::ToldEnd(_) => "told the end",
        Bond::ToldRefusal => "told the refusal",
    };
    push_text(out, "bond", bond);
    if let Bond::Ended(ending) | Bond::ToldEnd(ending) = tie.bond {
        out.push(',');
        push_text(out, "by", ending.name());
    }
    if let Some(bytes) = &tie.bytes {
        out.push(',');
        push_key(out, "stream");
        push_range(out, bytes.stream.start, bytes.stream.end);
        out.push(',');
        push_key(out, "range");
        push_range(out, bytes.frame.start as u64, bytes.frame.end as u64);
    }
    out.push('}');
}

fn push_number(out: &mut String, key: &str, number: u64) {
    push_key(out, key);
    text::push_number(out, number);
}

fn push_text(out: &mut String, key: &str, value: &str) {
    push_key(out, key);
    push_string(out, value.as_bytes());
}
