//! Faults of the cable as they are typed: any text is one, or an error that says where.

use netinspect::lab::{Fault, HostName};
use netinspect::model::fate::{Fate, Harm};
use netinspect::model::frame::LinkType;

use super::super::decoding::frame;
use super::frame::assert_steers_no_terminal;

/// The hosts of the cable.
const HOSTS: [HostName; 2] = [HostName::SERVER, HostName::CLIENT];

/// Every law of a text that may be a fault.
pub fn holds(text: &str) {
    match Fault::parse(text, &HOSTS) {
        Err(error) => {
            let place = text.get(error.span.clone());
            assert!(place.is_some(), "{:?} is no place in {text:?}", error.span);
            let told = error.to_string();
            assert_steers_no_terminal("an error", &told);
            assert!(told.len() < 2_000 + 16 * text.len(), "a long error: {told}");
        }
        Ok(fault) => {
            let written = fault.to_string();
            assert_eq!(Fault::parse(&written, &HOSTS), Ok(fault), "{text:?}");
            // Neither an argument of a program nor a comment has a NUL.
            if !written.contains('\0') {
                assert_is_read_from_a_comment(&written);
            }
        }
    }
}

/// What a fault did is a line of a frame's comment, from which every view and every later reader takes it.
fn assert_is_read_from_a_comment(fault: &str) {
    let harms = [Fate::Swapped, Fate::Delayed(1)].map(|fate| Harm { fate, fault });
    let lines = harms.map(|harm| harm.to_string());
    let comment = format!("SYN  asks to open\n{}", lines.join("\n"));
    let mut frame = frame(&[], LinkType::ETHERNET, 0);
    frame.comment = Some(comment.as_bytes());
    assert!(frame.harms().eq(harms), "{comment:?}");
}
