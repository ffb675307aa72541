//! What the frames of QUIC say (RFC 9000, section 19).

use super::quic::varint;
use super::quic_names as names;
use super::tls;
use crate::model::field::{ByteOrder, FieldDef};

/// `quic.frame`.
pub static FRAME: FieldDef = FieldDef::heading("quic.frame", "Frame")
    .rfc(9000, "12.4")
    .meaning("One thing that a packet says; a packet has as many as fit.");

/// `quic.frame_type`.
pub static TYPE: FieldDef = FieldDef::hex("quic.frame_type", "Type")
    .ordered(ByteOrder::Prefixed)
    .named_by(names::frame)
    .rfc(9000, "12.4")
    .meaning("What the frame is for; the types below 64 take one byte.");

/// `quic.padding`.
pub static PADDING: FieldDef = FieldDef::bytes("quic.padding", "More padding").rfc(9000, "19.1").meaning("Further frames of padding, a zero byte each: they say nothing, and make the packet longer.");

/// `quic.padding_length`.
pub static PADDING_LENGTH: FieldDef =
    FieldDef::decimal("quic.padding_length", "Length of the padding")
        .derived()
        .unit("bytes")
        .rfc(9000, "19.1")
        .meaning("How many zeros follow each other, each a frame of its own.");

/// `quic.ack.largest_acknowledged`.
pub static ACK_LARGEST: FieldDef = varint("quic.ack.largest_acknowledged", "Largest acknowledged").rfc(9000, "19.3").meaning("The largest packet number that was received; numbers are never used again, so it is clear which sending arrived.");

/// `quic.ack.ack_delay`.
pub static ACK_DELAY: FieldDef = varint("quic.ack.ack_delay", "Delay").rfc(9000, "19.3").meaning("How long that packet waited for its acknowledgment, in units that the handshake has agreed on: mostly 8 microseconds.");

/// `quic.ack.ack_range_count`.
pub static ACK_COUNT: FieldDef = varint("quic.ack.ack_range_count", "Further ranges")
    .rfc(9000, "19.3")
    .meaning("How many more ranges of numbers follow, with gaps between them.");

/// `quic.ack.first_ack_range`.
pub static ACK_FIRST: FieldDef = varint("quic.ack.first_ack_range", "First range")
    .rfc(9000, "19.3")
    .meaning("How many packets right below the largest were received too.");

/// `quic.ack.gap`.
pub static ACK_GAP: FieldDef = varint("quic.ack.gap", "Gap")
    .rfc(9000, "19.3.1")
    .meaning("How many numbers are missing below the range before, less one.");

/// `quic.ack.ack_range`.
pub static ACK_RANGE: FieldDef = varint("quic.ack.ack_range", "Range")
    .rfc(9000, "19.3.1")
    .meaning("How many numbers below the gap were received, less one.");

/// `quic.ack.ect0_count`.
pub static ECT0: FieldDef = varint("quic.ack.ect0_count", "ECT(0)")
    .rfc(9000, "19.3.2")
    .meaning("How many packets came with the mark ECT(0): a router could have told congestion.");

/// `quic.ack.ect1_count`.
pub static ECT1: FieldDef = varint("quic.ack.ect1_count", "ECT(1)")
    .rfc(9000, "19.3.2")
    .meaning("How many packets came with the mark ECT(1), of a newer kind of congestion control.");

/// `quic.ack.ecn_ce_count`.
pub static ECN_CE: FieldDef = varint("quic.ack.ecn_ce_count", "ECN-CE")
    .rfc(9000, "19.3.2")
    .meaning("How many packets came with the mark of a router that was congested.");

/// `quic.rsts.stream_id`.
pub static RESET_STREAM: FieldDef = varint("quic.rsts.stream_id", "Stream")
    .rfc(9000, "19.4")
    .meaning("The stream whose sender says no more of it.");

/// `quic.rsts.application_error_code`.
pub static RESET_ERROR: FieldDef = varint(
    "quic.rsts.application_error_code",
    "Error of the application",
)
.rfc(9000, "19.4")
.meaning(
    "Why the sender breaks the stream off; the application's protocol says what the number means.",
);

/// `quic.rsts.final_size`.
pub static RESET_SIZE: FieldDef = varint("quic.rsts.final_size", "Final size")
    .unit("bytes")
    .rfc(9000, "19.4")
    .meaning("How many bytes of the stream count as sent, for flow control.");

/// `quic.ss.stream_id`.
pub static STOP_STREAM: FieldDef = varint("quic.ss.stream_id", "Stream")
    .rfc(9000, "19.5")
    .meaning("The stream that the receiver wants to hear no more of.");

/// `quic.ss.application_error_code`.
pub static STOP_ERROR: FieldDef =
    varint("quic.ss.application_error_code", "Error of the application")
        .rfc(9000, "19.5")
        .meaning(
            "Why the receiver has heard enough, in the numbers of the application's protocol.",
        );

/// `quic.crypto.offset`.
pub static CRYPTO_OFFSET: FieldDef = varint("quic.crypto.offset", "Offset")
    .unit("bytes")
    .rfc(9000, "19.6")
    .meaning("How many bytes of the handshake stand before these, at this level of encryption.");

/// `quic.crypto.length`.
pub static CRYPTO_LENGTH: FieldDef = varint("quic.crypto.length", "Length")
    .unit("bytes")
    .rfc(9000, "19.6")
    .meaning("How many bytes of the handshake are in this frame.");

/// `quic.crypto.crypto_data`.
pub static CRYPTO_DATA: FieldDef = FieldDef::bytes("quic.crypto.crypto_data", "Data of the handshake").rfc(9000, "19.6").meaning("Bytes of TLS's handshake, without its records: QUIC encrypts by itself; the layer below reads them in order.");

/// `quic.nt.length`.
pub static TOKEN_LENGTH: FieldDef = varint("quic.nt.length", "Length of the token")
    .unit("bytes")
    .rfc(9000, "19.7")
    .meaning("How long the token for a later connection is.");

/// `quic.nt.token`.
pub static TOKEN: FieldDef = FieldDef::bytes("quic.nt.token", "Token").rfc(9000, "19.7").meaning("What the client may show at the start of its next connection, so that the server need not ask whether it is where it says.");

/// `quic.stream.fin`.
pub static FIN: FieldDef = FieldDef::flag("quic.stream.fin", "Fin")
    .detail()
    .rfc(9000, "19.8")
    .meaning("These are the last bytes of the stream in this direction.");

/// `quic.stream.len`.
pub static LEN: FieldDef = FieldDef::flag("quic.stream.len", "Length is there")
    .detail()
    .rfc(9000, "19.8")
    .meaning("The frame says how long its data is; else it has the rest of the packet.");

/// `quic.stream.off`.
pub static OFF: FieldDef = FieldDef::flag("quic.stream.off", "Offset is there")
    .detail()
    .rfc(9000, "19.8")
    .meaning("The frame says where in the stream its data belongs; else it is the start.");

/// `quic.stream.stream_id`.
pub static STREAM_ID: FieldDef = varint("quic.stream.stream_id", "Stream")
    .rfc(9000, "19.8")
    .meaning("Which stream it is: each has an order of its own, and waits for no other one.");

/// `quic.stream.initiator`.
pub static INITIATOR: FieldDef = FieldDef::decimal("quic.stream.initiator", "Opened by")
    .detail()
    .named(&[(0, "client"), (1, "server")])
    .rfc(9000, "2.1")
    .meaning("Who opened the stream: the last bit of its number.");

/// `quic.stream.direction`.
pub static DIRECTION: FieldDef = FieldDef::decimal("quic.stream.direction", "Direction")
    .detail()
    .named(&[(0, "both"), (1, "one")])
    .rfc(9000, "2.1")
    .meaning("Whether both sides may speak on the stream: the bit before the last of its number.");

/// `quic.stream.offset`.
pub static STREAM_OFFSET: FieldDef = varint("quic.stream.offset", "Offset").unit("bytes").rfc(9000, "19.8").meaning("How many bytes of the stream stand before these; so they find their place, whatever order they come in.");

/// `quic.stream.length`.
pub static STREAM_LENGTH: FieldDef = varint("quic.stream.length", "Length")
    .unit("bytes")
    .rfc(9000, "19.8")
    .meaning("How many bytes of the stream are in this frame.");

/// `quic.stream_data`.
pub static STREAM_DATA: FieldDef = FieldDef::bytes("quic.stream_data", "Data")
    .rfc(9000, "19.8")
    .meaning("What a program says on the stream.");

/// `quic.md.maximum_data`.
pub static MAX_DATA: FieldDef = varint("quic.md.maximum_data", "Maximum of data").unit("bytes").rfc(9000, "19.9").meaning("How many bytes the other side may send in all, on all streams together: flow control of the connection.");

/// `quic.msd.stream_id`.
pub static MAX_STREAM: FieldDef = varint("quic.msd.stream_id", "Stream")
    .rfc(9000, "19.10")
    .meaning("The stream on which more may be sent.");

/// `quic.msd.maximum_stream_data`.
pub static MAX_STREAM_DATA: FieldDef = varint("quic.msd.maximum_stream_data", "Maximum of data")
    .unit("bytes")
    .rfc(9000, "19.10")
    .meaning("How many bytes the other side may send on this stream in all.");

/// `quic.ms.max_streams`.
pub static MAX_STREAMS: FieldDef = varint("quic.ms.max_streams", "Maximum of streams")
    .rfc(9000, "19.11")
    .meaning("How many streams of this kind the other side may open in all.");

/// `quic.sb.stream_data_limit`.
pub static BLOCKED_LIMIT: FieldDef = varint("quic.sb.stream_data_limit", "Limit")
    .unit("bytes")
    .rfc(9000, "19.12")
    .meaning("The number of bytes at which the sender had to stop, though it has more to say.");

/// `quic.sdb.stream_id`.
pub static BLOCKED_STREAM: FieldDef = varint("quic.sdb.stream_id", "Stream")
    .rfc(9000, "19.13")
    .meaning("The stream on which the sender had to stop.");

/// `quic.sib.stream_limit`.
pub static STREAMS_LIMIT: FieldDef = varint("quic.sib.stream_limit", "Limit of streams")
    .rfc(9000, "19.14")
    .meaning(
        "The number of streams at which the sender had to stop, though it wants to open more.",
    );

/// `quic.nci.sequence`.
pub static NEW_SEQUENCE: FieldDef = varint("quic.nci.sequence", "Sequence number")
    .rfc(9000, "19.15")
    .meaning("Which of its connection IDs the sender gives here, counted from 0.");

/// `quic.nci.retire_prior_to`.
pub static NEW_RETIRE: FieldDef = varint("quic.nci.retire_prior_to", "Retire those before")
    .rfc(9000, "19.15")
    .meaning("The other side shall use no connection ID with a smaller number any more.");

/// `quic.nci.connection_id.length`.
pub static NEW_LENGTH: FieldDef = FieldDef::decimal(
    "quic.nci.connection_id.length",
    "Length of the connection ID",
)
.unit("bytes")
.rfc(9000, "19.15")
.meaning("How long the new connection ID is.");

/// `quic.nci.connection_id`.
pub static NEW_ID: FieldDef = FieldDef::bytes("quic.nci.connection_id", "Connection ID").rfc(9000, "19.15").meaning("By which the sender can be addressed, too: who moves to another network takes one that nobody has seen, so that nobody can follow.");

/// `quic.nci.stateless_reset_token`.
pub static NEW_RESET: FieldDef = FieldDef::bytes("quic.nci.stateless_reset_token", "Token of a stateless reset").rfc(9000, "10.3").meaning("With it at the end of a packet, a host that has forgotten everything can still end the connection.");

/// `quic.rci.sequence`.
pub static RETIRE_SEQUENCE: FieldDef = varint("quic.rci.sequence", "Sequence number")
    .rfc(9000, "19.16")
    .meaning("Which of the other side's connection IDs is used no more.");

/// `quic.path_challenge.data`.
pub static CHALLENGE: FieldDef =
    FieldDef::bytes("quic.path_challenge.data", "Data of the challenge")
        .rfc(9000, "19.17")
        .meaning(
            "Eight bytes by chance, which only who is at the other end of this path can send back.",
        );

/// `quic.path_response.data`.
pub static RESPONSE: FieldDef = FieldDef::bytes("quic.path_response.data", "Data of the response")
    .rfc(9000, "19.18")
    .meaning("The eight bytes of the challenge: so the path works, and the address is no lie.");

/// `quic.cc.error_code`.
pub static ERROR: FieldDef = varint("quic.cc.error_code", "Error")
    .named_by(names::error)
    .rfc(9000, "20.1")
    .meaning("Why the connection ends, as QUIC itself says; NO_ERROR is an end in good order.");

/// `quic.cc.error_code.app`.
pub static ERROR_APP: FieldDef = varint("quic.cc.error_code.app", "Error of the application")
    .rfc(9000, "20.2")
    .meaning("Why the application ends the connection; its protocol says what the number means.");

/// `quic.cc.error_code.tls_alert`.
pub static ERROR_ALERT: FieldDef =
    FieldDef::decimal("quic.cc.error_code.tls_alert", "Alert of TLS")
        .derived()
        .named_by(|alert| tls::ALERT_DESCRIPTION.symbols.of(alert))
        .rfc(9001, "4.8")
        .meaning("What TLS found wrong: the last byte of the error is the number of its alert.");

/// `quic.cc.frame_type`.
pub static ERROR_FRAME: FieldDef = varint("quic.cc.frame_type", "Type of the frame")
    .named_by(names::frame)
    .rfc(9000, "19.19")
    .meaning("The type of the frame in which something was wrong; 0 where none is to blame.");

/// `quic.cc.reason_phrase.length`.
pub static REASON_LENGTH: FieldDef = varint("quic.cc.reason_phrase.length", "Length of the reason")
    .unit("bytes")
    .rfc(9000, "19.19")
    .meaning("How long the reason in words is.");

/// `quic.cc.reason_phrase`.
pub static REASON: FieldDef = FieldDef::text("quic.cc.reason_phrase", "Reason")
    .rfc(9000, "19.19")
    .meaning("The reason in words, for people.");

/// `quic.dg.length`.
pub static DATAGRAM_LENGTH: FieldDef = varint("quic.dg.length", "Length")
    .unit("bytes")
    .rfc(9221, "4")
    .meaning("How long the datagram inside the connection is.");

/// `quic.dg`.
pub static DATAGRAM: FieldDef = FieldDef::bytes("quic.dg", "Datagram")
    .rfc(9221, "4")
    .meaning("What a program says without a stream: encrypted, but sent only once, as UDP does.");

/// `quic.frame.unknown`.
pub static UNKNOWN: FieldDef = FieldDef::bytes("quic.frame.unknown", "Content").rfc(9000, "12.4").meaning("The rest of a packet behind a frame of a type that is not known here: nobody can tell where it ends.");

/// `quic.frame.cut`.
pub static CUT: FieldDef = FieldDef::bytes("quic.frame.cut", "Rest of a frame")
    .rfc(9000, "12.4")
    .meaning(
        "Bytes of a frame that ends early: its numbers say that it is longer than its packet.",
    );

/// All of them.
pub const FIELDS: [&FieldDef; 57] = [
    &FRAME,
    &TYPE,
    &PADDING,
    &PADDING_LENGTH,
    &ACK_LARGEST,
    &ACK_DELAY,
    &ACK_COUNT,
    &ACK_FIRST,
    &ACK_GAP,
    &ACK_RANGE,
    &ECT0,
    &ECT1,
    &ECN_CE,
    &RESET_STREAM,
    &RESET_ERROR,
    &RESET_SIZE,
    &STOP_STREAM,
    &STOP_ERROR,
    &CRYPTO_OFFSET,
    &CRYPTO_LENGTH,
    &CRYPTO_DATA,
    &TOKEN_LENGTH,
    &TOKEN,
    &FIN,
    &LEN,
    &OFF,
    &STREAM_ID,
    &INITIATOR,
    &DIRECTION,
    &STREAM_OFFSET,
    &STREAM_LENGTH,
    &STREAM_DATA,
    &MAX_DATA,
    &MAX_STREAM,
    &MAX_STREAM_DATA,
    &MAX_STREAMS,
    &BLOCKED_LIMIT,
    &BLOCKED_STREAM,
    &STREAMS_LIMIT,
    &NEW_SEQUENCE,
    &NEW_RETIRE,
    &NEW_LENGTH,
    &NEW_ID,
    &NEW_RESET,
    &RETIRE_SEQUENCE,
    &CHALLENGE,
    &RESPONSE,
    &ERROR,
    &ERROR_APP,
    &ERROR_ALERT,
    &ERROR_FRAME,
    &REASON_LENGTH,
    &REASON,
    &DATAGRAM_LENGTH,
    &DATAGRAM,
    &UNKNOWN,
    &CUT,
];
