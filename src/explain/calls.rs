//! What a system call says, as programmers write it: `sendto(4, "welcome", 7 B) = 7`.

use std::fmt::Write as _;

use crate::model::call::{Action, Call, Direction, Outcome};
use crate::model::text;

/// Appends the call with what it was asked.
pub fn push_asked(call: &Call, out: &mut String) {
    out.push_str(call.name);
    out.push('(');
    let start = out.len();
    let _ = call.descriptor.map(|number| write!(out, "{number}"));
    let mut asked = String::new();
    push_arguments(&call.action, &mut asked);
    if !asked.is_empty() {
        out.push_str(if out.len() > start { ", " } else { "" });
        out.push_str(&asked);
    }
    out.push(')');
}

fn push_arguments(action: &Action, out: &mut String) {
    let _ = match action {
        Action::Bind { address: to } | Action::Connect { to } => {
            to.map_or(Ok(()), |address| write!(out, "{address}"))
        }
        Action::Listen { backlog } => write!(out, "{backlog}"),
        Action::Send { asked, to, data } => {
            push_data(data, *asked, out);
            let _ = write!(out, ", {asked} B");
            to.map_or(Ok(()), |address| write!(out, ", to {address}"))
        }
        Action::Receive { room, .. } => write!(out, "up to {room}"),
        Action::Shutdown { how } => out.write_str(match how {
            Direction::Receiving => "SHUT_RD",
            Direction::Sending => "SHUT_WR",
            Direction::Both => "SHUT_RDWR",
        }),
        Action::SetOption { option, value } => {
            out.push_str(option.unwrap_or("an option"));
            value.map_or(Ok(()), |value| write!(out, " = {value}"))
        }
        Action::GetOption { option, .. } => out.write_str(option.unwrap_or("an option")),
        Action::SetBlocking { blocking } => out.write_str(if *blocking {
            "may wait"
        } else {
            "must not wait"
        }),
        Action::Wait {
            sockets,
            timeout_ms,
        } => {
            let descriptors: Vec<String> = sockets
                .iter()
                .map(|(descriptor, _)| descriptor.to_string())
                .collect();
            out.push_str(&descriptors.join(", "));
            timeout_ms.map_or(Ok(()), |most| write!(out, ", at most {most} ms"))
        }
        Action::Open
        | Action::Accept { .. }
        | Action::Close
        | Action::AskAddress { .. }
        | Action::Duplicate => Ok(()),
    };
}

/// Appends what came of the call: `= 7`, with the bytes that it got.
pub fn push_outcome(call: &Call, out: &mut String) {
    let _ = match call.outcome {
        Outcome::Returned { value, .. } => {
            let _ = write!(out, "= {value}");
            if let Action::Receive { data, .. } = &call.action
                && value > 0
            {
                out.push(' ');
                push_data(data, value, out);
            }
            Ok(())
        }
        Outcome::Failed { error, .. } => write!(out, "= {}: {}", error.name, error.meaning),
        Outcome::NeverReturned => out.write_str("… never returned"),
    };
}

/// How many bytes of what a call moved are shown.
const SHOWN: usize = 48;

/// Appends bytes as text; an ellipsis where there were more.
fn push_data(data: &[u8], all: u64, out: &mut String) {
    let shown = data.get(..SHOWN).unwrap_or(data);
    out.push('"');
    text::push_escaped(out, shown);
    out.push_str(if (shown.len() as u64) < all {
        "…\""
    } else {
        "\""
    });
}
