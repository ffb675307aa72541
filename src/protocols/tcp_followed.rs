//! What is known of a TCP segment only from those before it: its place in the stream, and what is
//! noteworthy about it. Names and rules are Wireshark's where Wireshark has one.

use crate::model::field::FieldDef;
use crate::model::source::Source;

const WIRESHARK: Source = Source::Wireshark("TCP analysis");

/// Which connection.
pub static STREAM: FieldDef = FieldDef::decimal("tcp.stream", "Stream")
    .followed()
    .source(WIRESHARK)
    .meaning("Which TCP connection of the capture this is, counted from 0; the wire knows no such number.");

/// Which side sent the segment.
pub static SENDER: FieldDef = FieldDef::decimal("tcp.sender", "Sent by")
    .named(SENDERS)
    .followed()
    .source(Source::Netinspect("sides of a connection"))
    .meaning("Which side sent this segment: the client, who opened the connection, or the server; of a connection that was opened before the capture began, the side with the higher port is taken for the client.");

/// The sides of a connection.
const SENDERS: &[(u64, &str)] = &[(0, "client"), (1, "server")];

/// Bits of what was seen of the connection.
pub static COMPLETENESS: FieldDef = FieldDef::decimal("tcp.completeness", "Completeness")
    .named_by(completeness)
    .followed()
    .source(WIRESHARK)
    .meaning("What had been seen of the connection before this segment, as a sum: 1 SYN, 2 SYN ACK, 4 ACK, 8 data, 16 FIN, 32 RST.");

/// Sequence number, relative.
pub static SEQUENCE: FieldDef = FieldDef::decimal("tcp.seq", "Relative sequence number")
    .followed()
    .source(WIRESHARK)
    .meaning("The sequence number counted from the sender's SYN, which has 0; the first byte of the stream has 1.");

/// The sequence number that follows.
pub static NEXT_SEQUENCE: FieldDef =
    FieldDef::decimal("tcp.nxtseq", "Next relative sequence number")
        .followed()
        .source(WIRESHARK)
        .meaning("The relative sequence number that the sender's next segment will have; SYN and FIN count as a byte.");

/// Acknowledgment number, relative.
pub static ACKNOWLEDGMENT: FieldDef = FieldDef::decimal(
    "tcp.ack",
    "Relative acknowledgment number",
)
.followed()
.source(WIRESHARK)
.meaning("The acknowledgment number counted from the other side's SYN: one more than the bytes that have arrived.");

/// Where a block of bytes begins that has arrived, relative.
pub static SACK_LEFT: FieldDef =
    FieldDef::decimal("tcp.options.sack_le", "Relative left edge of a SACK block")
        .followed()
        .rfc(2018, "3")
        .meaning("The number of the first byte of a block that has arrived beyond what is acknowledged, counted from the other side's SYN; one for each block.");

/// Where it ends.
pub static SACK_RIGHT: FieldDef =
    FieldDef::decimal("tcp.options.sack_re", "Relative right edge of a SACK block")
        .followed()
        .rfc(2018, "3")
        .meaning("The number behind the last byte of that block, counted from the other side's SYN; one for each block.");

/// The window in bytes.
pub static WINDOW: FieldDef = FieldDef::decimal("tcp.window_size", "Window in bytes")
    .unit("bytes")
    .followed()
    .rfc(7323, "2.2")
    .meaning("How many more bytes the sender of this segment has room for: the window field times the scale told in its SYN.");

/// What the window is multiplied with.
pub static WINDOW_SCALE: FieldDef =
    FieldDef::decimal("tcp.window_size_scalefactor", "Window scale")
        .followed()
        .rfc(7323, "2.2")
        .meaning("What the window field is multiplied with, as told in the SYN; missing where the capture has not seen that.");

/// Since the first segment of the connection.
pub static SINCE_FIRST: FieldDef =
    FieldDef::duration("tcp.time_relative", "Since the first segment")
        .unit("seconds")
        .followed()
        .source(WIRESHARK)
        .meaning("How long after the first segment of this connection this one was seen.");

/// Since the segment before.
pub static SINCE_PREVIOUS: FieldDef =
    FieldDef::duration("tcp.time_delta", "Since the segment before")
        .unit("seconds")
        .followed()
        .source(WIRESHARK)
        .meaning(
            "How long after the segment before it, of the same connection, this one was seen.",
        );

/// Who opened the connection is the client.
pub static CLIENT_STATE: FieldDef = state(
    "tcp.state.client",
    "Client's state",
    "The state of the side that opened the connection, as far as this capture tells, after this segment.",
);

/// The other side.
pub static SERVER_STATE: FieldDef = state(
    "tcp.state.server",
    "Server's state",
    "The state of the side that waited for the connection, as far as this capture tells, after this segment.",
);

/// The client's state before, where the segment changed it.
pub static CLIENT_STATE_BEFORE: FieldDef = state(
    "tcp.state.client_before",
    "Client's state before",
    "The state that the client left because of this segment.",
);

/// The server's state before, where the segment changed it.
pub static SERVER_STATE_BEFORE: FieldDef = state(
    "tcp.state.server_before",
    "Server's state before",
    "The state that the server left because of this segment.",
);

const fn state(name: &'static str, label: &'static str, meaning: &'static str) -> FieldDef {
    FieldDef::decimal(name, label)
        .named(STATES)
        .followed()
        .rfc(9293, "3.3.2")
        .meaning(meaning)
}

/// The states of a side, numbered in the order of RFC 9293, section 3.3.2.
pub const STATES: &[(u64, &str)] = &[
    (0, "CLOSED"),
    (1, "LISTEN"),
    (2, "SYN-SENT"),
    (3, "SYN-RECEIVED"),
    (4, "ESTABLISHED"),
    (5, "FIN-WAIT-1"),
    (6, "FIN-WAIT-2"),
    (7, "CLOSE-WAIT"),
    (8, "CLOSING"),
    (9, "LAST-ACK"),
    (10, "TIME-WAIT"),
];

const fn mark(name: &'static str, label: &'static str, meaning: &'static str) -> FieldDef {
    FieldDef::heading(name, label)
        .followed()
        .source(WIRESHARK)
        .meaning(meaning)
}

/// A SYN.
pub static SYN_SEEN: FieldDef = mark(
    "tcp.connection.syn",
    "Opens a connection",
    "A SYN without ACK: a client asks for a connection.",
);
/// A SYN ACK.
pub static SYN_ACK_SEEN: FieldDef = mark(
    "tcp.connection.synack",
    "Agrees to the connection",
    "A SYN with ACK: the server agrees.",
);
/// A FIN.
pub static FIN_SEEN: FieldDef = mark(
    "tcp.connection.fin",
    "Ends a direction",
    "A FIN: the sender has nothing more to say.",
);
/// The first FIN.
pub static ACTIVE_CLOSE: FieldDef = mark(
    "tcp.connection.fin_active",
    "Closes first",
    "The first FIN of the connection: this side closes, and will have to wait in TIME-WAIT.",
);
/// The other FIN.
pub static PASSIVE_CLOSE: FieldDef = mark(
    "tcp.connection.fin_passive",
    "Closes too",
    "The FIN of the side that did not close first.",
);
/// An RST.
pub static RST_SEEN: FieldDef = mark(
    "tcp.connection.rst",
    "Breaks off",
    "An RST: the connection is refused or broken off.",
);

/// The heading over what acknowledgments tell.
pub static ANALYSIS: FieldDef = mark(
    "tcp.analysis",
    "Beside the segments before",
    "What this segment tells beside those before it.",
);
/// Which segment is acknowledged.
pub static ACKS_FRAME: FieldDef =
    FieldDef::decimal("tcp.analysis.acks_frame", "Acknowledges frame")
        .followed()
        .source(WIRESHARK)
        .meaning("The frame whose last byte this acknowledgment confirms.");
/// How long that took.
pub static ACK_RTT: FieldDef = FieldDef::duration("tcp.analysis.ack_rtt", "Time to acknowledge")
    .unit("seconds")
    .followed()
    .source(WIRESHARK)
    .meaning("How long after that frame the acknowledgment was seen; seen at the receiver it holds only its delay, at the sender the whole way.");
/// Handshake time.
pub static INITIAL_RTT: FieldDef =
    FieldDef::duration("tcp.analysis.initial_rtt", "Round trip of the handshake")
        .unit("seconds")
        .followed()
        .source(WIRESHARK)
        .meaning("From the SYN to the ACK that ends the handshake: one way there and back.");
/// Round trip by the timestamp option.
pub static TIMESTAMP_RTT: FieldDef =
    FieldDef::duration("tcp.analysis.timestamp_rtt", "Round trip by timestamps")
        .unit("seconds")
        .followed()
        .rfc(7323, "4.1")
        .meaning("How long ago the timestamp was sent that this segment echoes.");
/// Bytes not yet acknowledged.
pub static BYTES_IN_FLIGHT: FieldDef =
    FieldDef::decimal("tcp.analysis.bytes_in_flight", "Bytes in flight")
        .unit("bytes")
        .followed()
        .source(WIRESHARK)
        .meaning(
            "How many bytes the sender has sent and not yet seen acknowledged, with this segment.",
        );
/// Bytes since the last PSH.
pub static PUSH_BYTES_SENT: FieldDef =
    FieldDef::decimal("tcp.analysis.push_bytes_sent", "Bytes since the last PSH")
        .unit("bytes")
        .followed()
        .source(WIRESHARK)
        .meaning("How many bytes the sender has sent since its last segment with the PSH flag.");

/// The heading over the marks.
pub static FLAGS: FieldDef = mark(
    "tcp.analysis.flags",
    "Noteworthy",
    "Something about this segment is not as in an undisturbed exchange.",
);
/// Sent again.
pub static RETRANSMISSION: FieldDef = mark(
    "tcp.analysis.retransmission",
    "Retransmission",
    "These bytes were sent before; the sender sends them again because no acknowledgment came.",
);
/// Sent again after duplicate acknowledgments.
pub static FAST_RETRANSMISSION: FieldDef = mark(
    "tcp.analysis.fast_retransmission",
    "Fast retransmission",
    "Sent again within 20 ms of the second or later duplicate ACK, which told that a segment is missing: no timer had to run out.",
);
/// Sent again in vain.
pub static SPURIOUS_RETRANSMISSION: FieldDef = mark(
    "tcp.analysis.spurious_retransmission",
    "Spurious retransmission",
    "Sent again although these bytes had been acknowledged: the acknowledgment was lost or late.",
);
/// Overtaken.
pub static OUT_OF_ORDER: FieldDef = mark(
    "tcp.analysis.out_of_order",
    "Out of order",
    "A later segment has overtaken this one on its way; it comes so soon after it that it cannot be sent again.",
);
/// A gap before it.
pub static LOST_SEGMENT: FieldDef = mark(
    "tcp.analysis.lost_segment",
    "Previous segment not captured",
    "There is a gap before these bytes: a segment was lost on its way, comes later, or the capture has missed it.",
);
/// Acknowledges what was not seen.
pub static ACK_LOST_SEGMENT: FieldDef = mark(
    "tcp.analysis.ack_lost_segment",
    "Acknowledges what was not captured",
    "The receiver has bytes that this capture has not seen: the capture is incomplete, not the exchange.",
);
/// The same acknowledgment again.
pub static DUPLICATE_ACK: FieldDef = mark(
    "tcp.analysis.duplicate_ack",
    "Duplicate acknowledgment",
    "The receiver says once more what it waits for: a segment has arrived that does not follow it, or that it had.",
);
/// How often.
pub static DUPLICATE_ACK_NUMBER: FieldDef =
    FieldDef::decimal("tcp.analysis.duplicate_ack_num", "Duplicate number")
        .followed()
        .source(WIRESHARK)
        .meaning("The how-manieth duplicate of the same acknowledgment this is, from 1.");
/// Of which frame.
pub static DUPLICATE_ACK_FRAME: FieldDef =
    FieldDef::decimal("tcp.analysis.duplicate_ack_frame", "Duplicate of frame")
        .followed()
        .source(WIRESHARK)
        .meaning("The frame that said it first.");
/// Probes whether the other side is there.
pub static KEEP_ALIVE: FieldDef = mark(
    "tcp.analysis.keep_alive",
    "Keep-alive",
    "A segment with the number of a byte that the other side has acknowledged already, so that it must answer: sent to hear whether it is still there, or, where its window is 0, whether there is room again.",
);
/// For what a keep-alive asks.
pub static KEEP_ALIVE_FOR_ROOM: FieldDef =
    FieldDef::decimal("tcp.analysis.keep_alive_for_room", "Asks")
        .named(&[(1, "whether there is room again, since the window was 0")])
        .followed()
        .source(Source::Netinspect("what a keep-alive asks"))
        .meaning(
            "What looks like a keep-alive asks for room where the other side's last window was 0 (RFC 9293, section 3.8.6.1): Linux sends its zero-window probes so.",
        );
/// The answer to it.
pub static KEEP_ALIVE_ACK: FieldDef = mark(
    "tcp.analysis.keep_alive_ack",
    "Answer to a keep-alive",
    "The other side is still there.",
);
/// No room.
pub static ZERO_WINDOW: FieldDef = mark(
    "tcp.analysis.zero_window",
    "Zero window",
    "The sender of this segment has no room left: its program does not read what has come.",
);
/// Asks for room.
pub static ZERO_WINDOW_PROBE: FieldDef = mark(
    "tcp.analysis.zero_window_probe",
    "Zero-window probe",
    "One byte into a closed window, to hear whether there is room again.",
);
/// The answer to it.
pub static ZERO_WINDOW_PROBE_ACK: FieldDef = mark(
    "tcp.analysis.zero_window_probe_ack",
    "Answer to a zero-window probe",
    "There is still no room.",
);
/// Room again.
pub static WINDOW_UPDATE: FieldDef = mark(
    "tcp.analysis.window_update",
    "Window update",
    "Tells of another amount of room and of nothing else: the program has read.",
);
/// No room after this.
pub static WINDOW_FULL: FieldDef = mark(
    "tcp.analysis.window_full",
    "Window full",
    "With these bytes the other side's room is used up; the sender must wait for a window update.",
);
/// The same four numbers again.
pub static REUSED_PORTS: FieldDef = mark(
    "tcp.analysis.reused_ports",
    "Port numbers used again",
    "A new connection between the same addresses and ports as an earlier one.",
);
/// How long after the original.
pub static RTO: FieldDef = FieldDef::duration("tcp.analysis.rto", "Sent again after")
    .unit("seconds")
    .followed()
    .source(WIRESHARK)
    .meaning("How long after the frame that carried the bytes before they were sent again.");
/// The original.
pub static RTO_FRAME: FieldDef = FieldDef::decimal("tcp.analysis.rto_frame", "First sent in frame")
    .followed()
    .source(WIRESHARK)
    .meaning("The frame that carried these bytes before, as far as can be told.");

const ORIGINAL: Source = Source::Netinspect("what a repetition repeats");

/// What comes again.
pub static ORIGINAL_FRAME: FieldDef =
    FieldDef::decimal("tcp.analysis.original_frame", "Repeats frame")
        .followed()
        .source(ORIGINAL)
        .meaning(
            "The last frame before this one that carried its first byte, as far as it is remembered: what waits for an acknowledgment, and the last that did.",
        );
/// How long after it.
pub static ORIGINAL_AFTER: FieldDef =
    FieldDef::duration("tcp.analysis.original_after", "Repeats it after")
        .unit("seconds")
        .followed()
        .source(ORIGINAL)
        .meaning("How long after that frame the same bytes were seen again.");
/// It never arrived.
pub static ORIGINAL_LOST: FieldDef = FieldDef::decimal(
    "tcp.analysis.original_lost",
    "Fate of that frame",
)
.named(HARMS)
.followed()
.source(ORIGINAL)
.meaning(
    "The lab's cable has lost that frame, as its comment in the recording says, or has corrupted it: then the kernel of the receiver drops it, since its checksum does not fit.",
);
/// What it repeats was the question alone.
pub static ORIGINAL_QUESTION: FieldDef = FieldDef::decimal(
    "tcp.analysis.original_question",
    "Kind of that frame",
)
.named(&[(1, "a SYN without ACK")])
.followed()
.source(ORIGINAL)
.meaning(
    "A SYN comes again, now with the acknowledgment of the other side's SYN: both have asked at once (RFC 9293, section 3.5).",
);
/// It had been acknowledged.
pub static ORIGINAL_ANSWER: FieldDef =
    FieldDef::decimal("tcp.analysis.original_answer", "Acknowledged in frame")
        .followed()
        .source(ORIGINAL)
        .meaning(
            "The frame that had acknowledged that one. Its sender had not heard it when it sent the same again.",
        );
/// That never arrived.
pub static ORIGINAL_ANSWER_LOST: FieldDef = FieldDef::decimal(
    "tcp.analysis.original_answer_lost",
    "Fate of that acknowledgment",
)
.named(HARMS)
.followed()
.source(ORIGINAL)
.meaning(
    "The lab's cable has lost that acknowledgment, as its comment in the recording says, or has corrupted it: what it acknowledges has arrived, but its sender cannot know.",
);

/// What the lab's cable did to a frame.
const HARMS: &[(u64, &str)] = &[
    (1, "lost on the cable"),
    (2, "corrupted on the cable, and refused for its checksum"),
];

const fn not_taken(name: &'static str, label: &'static str, meaning: &'static str) -> FieldDef {
    FieldDef::heading(name, label)
        .followed()
        .source(Source::Netinspect("what a receiver does not take"))
        .meaning(meaning)
}

/// The heading over what has no effect.
pub static NOT_TAKEN: FieldDef = not_taken(
    "tcp.not_taken",
    "Without effect",
    "Its receiver drops this segment, because of its numbers.",
);
/// An RST that breaks nothing off.
pub static RST_NOT_TAKEN: FieldDef = not_taken(
    "tcp.not_taken.rst",
    "RST not taken",
    "Its receiver drops this RST, and its connection stays as it was: an RST may answer an old segment, and anybody can write the addresses and ports of two others on one; so it counts only with a number in the receiver's window, or, where a SYN is not answered yet, with the acknowledgment of that SYN (RFC 9293, section 3.5.3).",
);
/// A SYN ACK that opens nothing.
pub static SYN_ACK_NOT_TAKEN: FieldDef = not_taken(
    "tcp.not_taken.synack",
    "SYN ACK not taken",
    "It acknowledges what its receiver has not sent, so it agrees to nothing: most likely it answers an older SYN (RFC 9293, section 3.10.7.3).",
);
/// Where the window begins that an RST has missed.
pub static AWAITED: FieldDef =
    FieldDef::decimal("tcp.not_taken.awaited", "Number that its receiver awaits")
        .followed()
        .rfc(9293, "3.5.3")
        .meaning("The relative sequence number that the receiver of this RST waits for: its window begins there.");
/// How long that window is.
pub static ROOM: FieldDef = FieldDef::decimal("tcp.not_taken.window", "Receiver's window")
    .unit("bytes")
    .followed()
    .rfc(9293, "3.5.3")
    .meaning("How many numbers from there on the receiver of this RST would have taken it with.");

const fn no_alarm(name: &'static str, label: &'static str, meaning: &'static str) -> FieldDef {
    FieldDef::heading(name, label)
        .followed()
        .source(Source::Netinspect("false alarms of a capture"))
        .meaning(meaning)
}

/// The heading over what is no trouble.
pub static FALSE_ALARMS: FieldDef = no_alarm(
    "tcp.false_alarms",
    "No trouble, though it may look so",
    "Something about this segment comes of the capture, not of the exchange.",
);
/// One packet, seen twice.
pub static CAPTURED_TWICE: FieldDef = no_alarm(
    "tcp.false_alarms.captured_twice",
    "Captured twice",
    "Most likely not sent again: the same packet seen at two places, for it has the same IP identification and checksum and comes within 10 ms; a packet that is sent again comes later, and mostly has a new identification.",
);
/// Longer than agreed.
pub static OVERSIZED: FieldDef = no_alarm(
    "tcp.false_alarms.oversized",
    "Longer than the agreed maximum",
    "Not on the wire like this: the network card cuts it into segments, or has joined it from several, after or before the capture (offload).",
);
/// Opened before the capture.
pub static LATE_CAPTURE: FieldDef = no_alarm(
    "tcp.false_alarms.late_capture",
    "The capture began late",
    "The connection was opened before the capture began, so its window scale and its first sequence numbers are not known.",
);
/// Which frame it is a copy of.
pub static COPY_OF_FRAME: FieldDef =
    FieldDef::decimal("tcp.false_alarms.copy_of_frame", "The same packet as frame")
        .followed()
        .source(Source::Netinspect("false alarms of a capture"))
        .meaning("The frame that holds the same packet, with the same IP identification.");

/// All of them, for the table of TCP.
pub const FIELDS: &[&FieldDef] = &[
    &STREAM,
    &SENDER,
    &COMPLETENESS,
    &SEQUENCE,
    &NEXT_SEQUENCE,
    &ACKNOWLEDGMENT,
    &SACK_LEFT,
    &SACK_RIGHT,
    &WINDOW,
    &WINDOW_SCALE,
    &SINCE_FIRST,
    &SINCE_PREVIOUS,
    &CLIENT_STATE,
    &CLIENT_STATE_BEFORE,
    &SERVER_STATE,
    &SERVER_STATE_BEFORE,
    &SYN_SEEN,
    &SYN_ACK_SEEN,
    &FIN_SEEN,
    &ACTIVE_CLOSE,
    &PASSIVE_CLOSE,
    &RST_SEEN,
    &ANALYSIS,
    &ACKS_FRAME,
    &ACK_RTT,
    &INITIAL_RTT,
    &TIMESTAMP_RTT,
    &BYTES_IN_FLIGHT,
    &PUSH_BYTES_SENT,
    &FLAGS,
    &RETRANSMISSION,
    &FAST_RETRANSMISSION,
    &SPURIOUS_RETRANSMISSION,
    &OUT_OF_ORDER,
    &LOST_SEGMENT,
    &ACK_LOST_SEGMENT,
    &DUPLICATE_ACK,
    &DUPLICATE_ACK_NUMBER,
    &DUPLICATE_ACK_FRAME,
    &KEEP_ALIVE,
    &KEEP_ALIVE_FOR_ROOM,
    &KEEP_ALIVE_ACK,
    &ZERO_WINDOW,
    &ZERO_WINDOW_PROBE,
    &ZERO_WINDOW_PROBE_ACK,
    &WINDOW_UPDATE,
    &WINDOW_FULL,
    &REUSED_PORTS,
    &RTO,
    &RTO_FRAME,
    &ORIGINAL_FRAME,
    &ORIGINAL_AFTER,
    &ORIGINAL_LOST,
    &ORIGINAL_QUESTION,
    &ORIGINAL_ANSWER,
    &ORIGINAL_ANSWER_LOST,
    &NOT_TAKEN,
    &RST_NOT_TAKEN,
    &SYN_ACK_NOT_TAKEN,
    &AWAITED,
    &ROOM,
    &FALSE_ALARMS,
    &CAPTURED_TWICE,
    &OVERSIZED,
    &LATE_CAPTURE,
    &COPY_OF_FRAME,
];

/// Names for the sums that people meet.
fn completeness(sum: u64) -> Option<&'static str> {
    Some(match sum {
        0 => "nothing seen",
        1 => "SYN sent",
        3 => "SYN answered",
        7 => "open, no data",
        15 => "open, with data",
        23 | 39 | 55 => "complete, no data",
        31 | 47 | 63 => "complete, with data",
        _ => return None,
    })
}
