//! What is known of the dialogue that a frame is a part of: the work of a session layer, which TCP/IP leaves
//! to the programs.

use crate::model::field::FieldDef;
use crate::model::source::Source;

const SOURCE: Source = Source::Netinspect("turns of a dialogue");

/// The names of who speaks.
const SPEAKERS: &[(u64, &str)] = &[(0, "the client"), (1, "the server")];

/// The fields of one transport.
#[derive(Debug)]
pub struct Fields {
    /// Which turn it is.
    pub turn: &'static FieldDef,
    /// Who speaks in it: 0 the client, 1 the server.
    pub speaker: &'static FieldDef,
    /// How many turns the other side has had.
    pub answers: &'static FieldDef,
}

/// Those of TCP.
pub static OF_TCP: Fields = Fields {
    turn: &TCP_TURN,
    speaker: &TCP_SPEAKER,
    answers: &TCP_ANSWERS,
};

/// Those of UDP.
pub static OF_UDP: Fields = Fields {
    turn: &UDP_TURN,
    speaker: &UDP_SPEAKER,
    answers: &UDP_ANSWERS,
};

static TCP_TURN: FieldDef = FieldDef::decimal("tcp.dialogue.turn", "Turn of the dialogue")
    .followed()
    .source(SOURCE)
    .meaning("Which turn of the connection's dialogue this frame speaks in, from 1: a turn is all that one side says until the other speaks.");

static TCP_SPEAKER: FieldDef = FieldDef::decimal("tcp.dialogue.speaker", "Speaker")
    .named(SPEAKERS)
    .followed()
    .source(SOURCE)
    .meaning("Which side of the connection speaks in this frame: it brings bytes that were not there before.");

static TCP_ANSWERS: FieldDef = FieldDef::decimal("tcp.dialogue.answers", "Turns of the other side")
    .followed()
    .source(SOURCE)
    .meaning("How many turns the other side of the connection has had before this frame.");

static UDP_TURN: FieldDef = FieldDef::decimal("udp.dialogue.turn", "Turn of the dialogue")
    .followed()
    .source(SOURCE)
    .meaning("Which turn of the dialogue this datagram speaks in, from 1: a turn is all that one side says until the other speaks.");

static UDP_SPEAKER: FieldDef = FieldDef::decimal("udp.dialogue.speaker", "Speaker")
    .named(SPEAKERS)
    .followed()
    .source(SOURCE)
    .meaning("Which side sends this datagram; who spoke first is called the client.");

static UDP_ANSWERS: FieldDef = FieldDef::decimal("udp.dialogue.answers", "Turns of the other side")
    .followed()
    .source(SOURCE)
    .meaning("How many turns the other side of the dialogue has had before this datagram.");

/// For the table of TCP.
pub const TCP_FIELDS: &[&FieldDef] = &[&TCP_TURN, &TCP_SPEAKER, &TCP_ANSWERS];

/// For the table of UDP.
pub const UDP_FIELDS: &[&FieldDef] = &[&UDP_TURN, &UDP_SPEAKER, &UDP_ANSWERS];
