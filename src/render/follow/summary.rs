//! What a conversation came to.

use super::{push_wrapped, reason, style_of};
use crate::flow::endpoints::Role;
use crate::flow::follow::{Ends, Happening, Transport, What};
use crate::flow::reassembly::stream::{Event, Missing};
use crate::flow::turns::Turns;
use crate::model::text;
use crate::render::theme::Theme;

/// What a conversation has come to so far.
#[derive(Debug, Default)]
pub struct Summary {
    /// The turns.
    pub turns: Turns,
    client: Side,
    server: Side,
    /// Who opened it first, and in which frame.
    pub opened: Option<(Role, u64)>,
    /// Who opened it too, without having heard the first, and in which frame.
    also_opened: Option<(Role, u64)>,
    /// Whether anybody agreed to open it.
    agreed: bool,
    /// Who ended its side, how, and in which frame; in the order of the frames.
    pub ended: Vec<(Role, Ending, u64)>,
    /// Whether the last thing said began a turn.
    pub begins_turn: bool,
}

/// How a side ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It said that it has no more to say.
    Closed,
    /// It broke off.
    BrokeOff,
}

/// What one side has said.
#[derive(Debug, Default)]
pub struct Side {
    /// In how many pieces.
    pub pieces: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many bytes came once more.
    pub again: u64,
    /// How many later copies differed.
    pub conflicts: u64,
    /// How many bytes are missing.
    pub missing: u64,
    /// Why the last of them are.
    pub why_missing: Option<Missing>,
}

impl Summary {
    /// Counts what happens.
    pub fn count(&mut self, happening: &Happening<'_>) {
        let by = happening.by;
        match happening.what {
            What::Opens(origin) => {
                self.begin_anew_where_broken_off();
                match self.opened {
                    None => self.opened = Some((by, origin.frame)),
                    Some(_) => self.also_opened = Some((by, origin.frame)),
                }
            }
            What::Agrees(origin) => {
                self.begin_anew_where_broken_off();
                self.opened.get_or_insert((by, origin.frame));
                self.agreed = true;
            }
            What::Ends(origin) => self.end(by, Ending::Closed, origin.frame),
            What::BreaksOff(origin) => self.end(by, Ending::BrokeOff, origin.frame),
            What::IsDamaged(_) => {}
            What::Speaks(event) => self.count_event(by, event),
        }
    }

    /// Who opens or agrees behind the end of a connection that was broken off, opens it once more.
    fn begin_anew_where_broken_off(&mut self) {
        let is_break = |(_, how, _): &(Role, Ending, u64)| *how == Ending::BrokeOff;
        if self.ended.iter().any(is_break) {
            self.ended.clear();
            self.opened = None;
            self.also_opened = None;
            self.agreed = false;
        }
    }

    /// Whether somebody asked to open it, and nothing came of it.
    fn is_unanswered(&self) -> bool {
        let is_asked = self.opened.is_some() && self.also_opened.is_none();
        is_asked && !self.agreed && self.turns.speaker().is_none()
    }

    /// Whether that is all that came of it: nobody agreed, and this side has said no to who had asked.
    pub fn is_refused(&self, by: Role) -> bool {
        self.is_unanswered() && self.opened.is_some_and(|(asked, _)| asked != by)
    }

    /// What a side has said.
    pub const fn of(&self, role: Role) -> &Side {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    fn end(&mut self, by: Role, how: Ending, frame: u64) {
        self.ended.push((by, how, frame));
    }

    fn count_event(&mut self, by: Role, event: Event<'_>) {
        if matches!(event, Event::Bytes { .. } | Event::Gap { .. }) {
            self.begins_turn = self.turns.speaks(by);
        }
        let side = match by {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        };
        match event {
            Event::Bytes { bytes, .. } => {
                side.pieces += 1;
                side.bytes += bytes.len() as u64;
            }
            Event::Gap { length, why, .. } => {
                side.missing += length;
                side.why_missing = Some(why);
            }
            Event::Again { length, .. } => side.again += length,
            Event::Conflict { .. } => side.conflicts += 1,
            Event::BehindEnd { .. } => {}
        }
    }

    /// Appends it in sentences, broken between words where they are longer than `columns` cells.
    pub fn push(&self, ends: &Ends, theme: Theme, columns: Option<usize>, out: &mut String) {
        let mut told = String::new();
        self.tell(ends, theme, &mut told);
        push_wrapped(columns, &told, out);
    }

    fn tell(&self, ends: &Ends, theme: Theme, out: &mut String) {
        for role in [Role::Client, Role::Server] {
            theme.paint(out, style_of(role), |out| out.push_str(role.name()));
            push_said(self.of(role), self.turns.of(role), out);
        }
        match ends.transport {
            Transport::Tcp => self.push_course(out),
            Transport::Udp => {
                out.push_str(
                    "UDP opens no connection and ends none; who spoke first is called the client\n",
                );
                self.push_who_waits(out);
            }
        }
    }

    /// Appends whose word would be next, where both could still speak: two that each wait for the other
    /// look just like this.
    fn push_who_waits(&self, out: &mut String) {
        let Some(last) = self.turns.speaker() else {
            out.push_str("nobody has spoken: each may wait for the other\n");
            return;
        };
        out.push_str("the ");
        out.push_str(last.name());
        out.push_str(" spoke last: if it waits, then for the ");
        out.push_str(last.other().name());
        out.push('\n');
    }

    /// Appends who opened, and who ended; where nobody did, who waits.
    fn push_course(&self, out: &mut String) {
        if let Some((by, frame)) = self.opened {
            out.push_str("opened by the ");
            push_who(by, frame, out);
            if let Some((by, frame)) = self.also_opened {
                out.push_str(" and by the ");
                push_who(by, frame, out);
            }
        } else {
            out.push_str("its opening is not in the capture");
        }
        let mut before = None;
        for (by, how, frame) in &self.ended {
            out.push_str(match (before.replace(how), how) {
                (None, Ending::Closed) => ", ended by the ",
                (Some(Ending::Closed), Ending::Closed) => ", then by the ",
                (Some(Ending::BrokeOff), Ending::Closed) => ", then ended by the ",
                (None, Ending::BrokeOff) if self.is_refused(*by) => ", refused by the ",
                (_, Ending::BrokeOff) => ", broken off by the ",
            });
            push_who(*by, *frame, out);
        }
        if self.ended.is_empty() && self.is_unanswered() {
            out.push_str(", and nobody has answered: it is not open\n");
            return;
        }
        if self.ended.is_empty() {
            out.push_str(", not ended in the capture\n");
            self.push_who_waits(out);
            return;
        }
        out.push('\n');
    }
}

fn push_who(by: Role, frame: u64, out: &mut String) {
    out.push_str(by.name());
    out.push_str(" (frame ");
    text::push_number(out, frame);
    out.push(')');
}

/// Appends ` says 23 bytes in 3 pieces and 1 turn`, and what is not as it should be.
fn push_said(side: &Side, turns: u32, out: &mut String) {
    out.push_str(" says ");
    if side.pieces == 0 && side.missing == 0 {
        out.push_str("nothing\n");
        return;
    }
    push_count(side.bytes, "byte", out);
    out.push_str(" in ");
    push_count(side.pieces, "piece", out);
    out.push_str(" and ");
    push_count(turns.into(), "turn", out);
    if side.again > 0 {
        out.push_str("; ");
        push_count(side.again, "byte", out);
        out.push_str(" came again");
    }
    if side.conflicts > 0 {
        out.push_str("; ");
        push_count(side.conflicts, "time", out);
        out.push_str(" a copy differed from the one that counts");
    }
    if let Some(why) = side.why_missing {
        out.push_str("; ");
        push_count(side.missing, "byte", out);
        out.push_str(" missing: ");
        out.push_str(reason(why));
    }
    out.push('\n');
}

/// Appends `1 byte`, `7 bytes`.
pub fn push_count(count: u64, what: &str, out: &mut String) {
    text::push_number(out, count);
    out.push(' ');
    out.push_str(what);
    if count != 1 {
        out.push('s');
    }
}
