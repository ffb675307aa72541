//! What was found about a segment, as fields.

use super::analysis::{Findings, Repeat, Signs};
use super::flight::Figures;
use super::segment::{Blocks, Segment};
use super::sequence::Seq;
use super::told::{FalseAlarms, Marks, Missed, Standing, Told};
use crate::flow::endpoints::Role;
use crate::flow::telling::Telling;
use crate::model::fate::Arrival;
use crate::model::field::FieldDef;
use crate::protocols::{dialogue, tcp_followed as field};

/// Tells everything that is known of a segment from those before it.
pub fn tell(segment: &Segment, marks: &Marks, told: &Told<'_>, telling: &mut Telling<'_>) {
    telling.of_layer(segment.layer);
    telling.number(&field::STREAM, marks.stream);
    telling.number(&field::SENDER, u64::from(marks.role == Role::Server));
    if let Some(turns) = told.turns {
        turns.tell(marks.role, &dialogue::OF_TCP, telling);
    }
    telling.number(&field::COMPLETENESS, told.completeness.into());
    telling.number(&field::SEQUENCE, told.seq.into());
    telling.number(&field::NEXT_SEQUENCE, told.next.into());
    telling.number(&field::ACKNOWLEDGMENT, told.ack.into());
    if let Some((blocks, syn)) = told.blocks {
        tell_blocks(blocks, syn, telling);
    }
    telling.number(&field::WINDOW, told.window.into());
    telling.number_if_any(&field::WINDOW_SCALE, told.scale);
    telling.duration(&field::SINCE_FIRST, told.since_first);
    telling.duration(&field::SINCE_PREVIOUS, told.since_previous);
    tell_state(
        told.client,
        &field::CLIENT_STATE_BEFORE,
        &field::CLIENT_STATE,
        telling,
    );
    tell_state(
        told.server,
        &field::SERVER_STATE_BEFORE,
        &field::SERVER_STATE,
        telling,
    );
    tell_part(segment, told, telling);
    if let Some(time) = told.echoed_after {
        telling.duration(&field::TIMESTAMP_RTT, time);
    }
    telling.under(&field::ANALYSIS, |telling| {
        tell_analysis(segment, marks, told, telling);
    });
    if marks.findings.show(Signs::REFUSED) {
        tell_refusal(segment, told.missed, telling);
    }
    tell_false_alarms(&marks.false_alarms, telling);
}

/// Where the blocks are that have arrived, counted from the number of the other's SYN.
#[cold]
fn tell_blocks(blocks: &Blocks, syn: Seq, telling: &mut Telling<'_>) {
    for (left, right) in blocks.iter().flatten() {
        telling.number(&field::SACK_LEFT, left.since(syn).into());
        telling.number(&field::SACK_RIGHT, right.since(syn).into());
    }
}

/// Tells of a segment what is noteworthy, and nothing else.
pub fn tell_marks(segment: &Segment, marks: &Marks, telling: &mut Telling<'_>) {
    telling.of_layer(segment.layer);
    if marks.findings.are_noteworthy() {
        telling.under(&field::ANALYSIS, |telling| {
            tell_findings(&marks.findings, telling);
        });
    }
    if marks.findings.show(Signs::REFUSED) {
        tell_refusal(segment, None, telling);
    }
    if marks.false_alarms.are_any() {
        tell_false_alarms(&marks.false_alarms, telling);
    }
}

/// That its receiver does not take it, and which window it missed where that is known.
#[cold]
fn tell_refusal(segment: &Segment, missed: Option<Missed>, telling: &mut Telling<'_>) {
    let is_reset = segment.flags.rst();
    telling.under(&field::NOT_TAKEN, |telling| {
        telling.mark_if(&field::RST_NOT_TAKEN, is_reset);
        telling.mark_if(&field::SYN_ACK_NOT_TAKEN, !is_reset);
        if let Some(Missed { awaited, room }) = missed {
            telling.number(&field::AWAITED, awaited.into());
            telling.number(&field::ROOM, room.into());
        }
    });
}

fn tell_state(
    standing: Standing,
    before: &'static FieldDef,
    after: &'static FieldDef,
    telling: &mut Telling<'_>,
) {
    let left = standing.change.and_then(|change| change.before);
    telling.number_if_any(before, left.map(|state| state as u64));
    telling.number_if_any(after, standing.state.map(|state| state as u64));
}

/// The part that the segment plays in opening and closing.
fn tell_part(segment: &Segment, told: &Told<'_>, telling: &mut Telling<'_>) {
    let flags = segment.flags;
    telling.mark_if(&field::SYN_SEEN, flags.ask_to_open());
    telling.mark_if(&field::SYN_ACK_SEEN, flags.syn() && flags.ack());
    telling.mark_if(&field::FIN_SEEN, flags.fin());
    telling.mark_if(&field::ACTIVE_CLOSE, told.closes_first == Some(true));
    telling.mark_if(&field::PASSIVE_CLOSE, told.closes_first == Some(false));
    telling.mark_if(&field::RST_SEEN, flags.rst());
}

fn tell_analysis(segment: &Segment, marks: &Marks, told: &Told<'_>, telling: &mut Telling<'_>) {
    let (found, figures) = (&marks.findings, &told.figures);
    if let Some((frame, after)) = figures.acknowledges {
        telling.number(&field::ACKS_FRAME, frame);
        telling.duration(&field::ACK_RTT, after);
    }
    let has_something = figures.acknowledges.is_some()
        || figures.push_bytes.is_some()
        || found.show(Signs::ACKNOWLEDGES_UNSEEN)
        || found.are_noteworthy();
    if let (Some(time), true) = (told.round_trip, has_something) {
        telling.duration(&field::INITIAL_RTT, time);
    }
    if let (Some(flying), Some(pushed)) = (figures.bytes_in_flight, figures.push_bytes) {
        telling.number(&field::BYTES_IN_FLIGHT, flying.into());
        telling.number(&field::PUSH_BYTES_SENT, pushed.into());
    }
    tell_findings(found, telling);
    tell_details(segment, found, figures, telling);
}

fn tell_findings(found: &Findings, telling: &mut Telling<'_>) {
    telling.under(&field::FLAGS, |telling| {
        let is = |wanted: fn(Repeat) -> bool| found.repeat.is_some_and(wanted);
        telling.mark_if(&field::REUSED_PORTS, found.show(Signs::REUSED_PORTS));
        telling.mark_if(
            &field::RETRANSMISSION,
            is(|repeat| repeat != Repeat::OutOfOrder),
        );
        telling.mark_if(
            &field::FAST_RETRANSMISSION,
            is(|repeat| repeat == Repeat::Fast),
        );
        telling.mark_if(
            &field::SPURIOUS_RETRANSMISSION,
            is(|repeat| repeat == Repeat::Spurious),
        );
        telling.mark_if(
            &field::OUT_OF_ORDER,
            is(|repeat| repeat == Repeat::OutOfOrder),
        );
        telling.mark_if(&field::LOST_SEGMENT, found.show(Signs::LOST_SEGMENT));
        telling.mark_if(
            &field::ACK_LOST_SEGMENT,
            found.show(Signs::ACK_LOST_SEGMENT),
        );
        telling.mark_if(&field::WINDOW_UPDATE, found.show(Signs::WINDOW_UPDATE));
        telling.mark_if(&field::WINDOW_FULL, found.show(Signs::WINDOW_FULL));
        telling.mark_if(&field::KEEP_ALIVE, found.show(Signs::KEEP_ALIVE));
        telling.mark_if(&field::KEEP_ALIVE_ACK, found.show(Signs::KEEP_ALIVE_ACK));
        telling.mark_if(&field::DUPLICATE_ACK, found.duplicate_ack.is_some());
        telling.mark_if(
            &field::ZERO_WINDOW_PROBE,
            found.show(Signs::ZERO_WINDOW_PROBE),
        );
        telling.mark_if(&field::ZERO_WINDOW, found.show(Signs::ZERO_WINDOW));
        telling.mark_if(
            &field::ZERO_WINDOW_PROBE_ACK,
            found.show(Signs::ZERO_WINDOW_PROBE_ACK),
        );
    });
}

/// What looks like trouble and is none.
fn tell_false_alarms(alarms: &FalseAlarms, telling: &mut Telling<'_>) {
    telling.under(&field::FALSE_ALARMS, |telling| {
        telling.mark_if(&field::CAPTURED_TWICE, alarms.copy_of.is_some());
        telling.number_if_any(&field::COPY_OF_FRAME, alarms.copy_of);
        telling.mark_if(&field::OVERSIZED, alarms.is_oversized);
        telling.mark_if(&field::LATE_CAPTURE, alarms.began_late);
    });
}

/// What belongs to the marks and has a value.
fn tell_details(segment: &Segment, found: &Findings, figures: &Figures, telling: &mut Telling<'_>) {
    if let Some(original) = figures.original {
        telling.number(&field::ORIGINAL_FRAME, original.frame);
        telling.duration(&field::ORIGINAL_AFTER, segment.time.since(original.time));
        telling.number_if_any(&field::ORIGINAL_LOST, harm(original.arrival));
        let asked_alone = original.is_question && segment.flags.ack();
        telling.number_if_any(&field::ORIGINAL_QUESTION, asked_alone.then_some(1));
    }
    if let Some((frame, arrival)) = figures.answer {
        telling.number(&field::ORIGINAL_ANSWER, frame);
        telling.number_if_any(&field::ORIGINAL_ANSWER_LOST, harm(arrival));
    }
    let for_room = figures.asks_for_room.then_some(1);
    telling.number_if_any(&field::KEEP_ALIVE_FOR_ROOM, for_room);
    // What comes again at the very same time is a copy: nothing has run out.
    if let Some((frame, after @ 1..)) = figures.timeout {
        telling.duration(&field::RTO, after);
        telling.number(&field::RTO_FRAME, frame);
    }
    if let Some((number, frame)) = found.duplicate_ack {
        telling.number(&field::DUPLICATE_ACK_NUMBER, number.into());
        telling.number(&field::DUPLICATE_ACK_FRAME, frame);
    }
}

/// What the lab's cable did to a frame, as the fields number it.
const fn harm(arrival: Arrival) -> Option<u64> {
    match arrival {
        Arrival::AsSent => None,
        Arrival::Lost => Some(1),
        Arrival::Corrupted => Some(2),
    }
}
