//! The pseudo-layer of what the capture knows about a frame. None of it is on the wire.

use crate::model::draft::Draft;
use crate::model::expander::Expander;
use crate::model::fate::Fate;
use crate::model::field::FieldDef;
use crate::model::frame::Direction;
use crate::model::layer::LayerView;
use crate::model::protocol::{Measure, Next, Protocol, Room};
use crate::model::reference::{OsiLayer, Pdu, Standing, TcpIpLayer};
use crate::model::source::Source;

const SOURCE: Source = Source::Netinspect("what the capture knows of the frame");

static NUMBER: FieldDef = FieldDef::decimal("frame.number", "Number")
    .computed(|view| Some(view.frame.number))
    .source(SOURCE)
    .meaning("The position of the frame in its capture, from 1; the wire knows no such number.");

static TIME: FieldDef = FieldDef::time("frame.time_epoch", "Time")
    .unit("seconds since 1970")
    .joint("frame.time")
    .computed(|view| Some(view.frame.time.nanoseconds().cast_unsigned()))
    .source(SOURCE)
    .meaning(
        "When the capturing kernel saw the frame; it is noted beside the frame, not sent in it. A frame that the capture has no time of has that of the frame before it.",
    );

/// How long after the first frame.
pub static SINCE_FIRST: FieldDef =
    FieldDef::duration("frame.time_relative", "Since the first frame")
        .unit("seconds")
        .followed()
        .source(SOURCE)
        .meaning("How long after the first frame of the capture this one was seen.");

/// How long after the frame before.
pub static SINCE_PREVIOUS: FieldDef =
    FieldDef::duration("frame.time_delta", "Since the frame before")
        .unit("seconds")
        .followed()
        .source(SOURCE)
        .meaning("How long after the frame before it this one was seen.");

/// How long after the frame shown before.
pub static SINCE_SHOWN: FieldDef =
    FieldDef::duration("frame.time_delta_displayed", "Since the frame shown before")
        .unit("seconds")
        .followed()
        .source(SOURCE)
        .meaning("How long after the last frame that passed the filter this one was seen.");

static LENGTH: FieldDef = FieldDef::decimal("frame.len", "Length on the wire")
    .unit("bytes")
    .computed(|view| Some(u64::from(view.frame.wire_length)))
    .source(SOURCE)
    .meaning(
        "How long the frame was, from the link-layer header on; preamble and FCS are not counted.",
    );

static CAPTURED: FieldDef = FieldDef::decimal("frame.cap_len", "Length captured")
    .unit("bytes")
    .computed(|view| Some(view.frame.bytes.len() as u64))
    .source(SOURCE)
    .meaning("How many bytes of the frame the capture kept; fewer than its length where a snap length cut it.");

static INTERFACE: FieldDef = FieldDef::decimal("frame.interface_id", "Interface")
    .computed(|view| view.frame.interface.map(u64::from))
    .source(SOURCE)
    .meaning("Which interface of the capture saw the frame, counted from 0.");

static DIRECTION: FieldDef = FieldDef::decimal("frame.packet_flags_direction", "Direction")
    .named(&[(1, "inbound"), (2, "outbound")])
    .computed(|view| {
        Some(match view.frame.direction? {
            Direction::Inbound => 1,
            Direction::Outbound => 2,
        })
    })
    .source(SOURCE)
    .meaning("Whether the capturing interface received the frame or sent it.");

static FATE: FieldDef = FieldDef::decimal("frame.fate", "On the cable")
    .named(&[
        (1, "lost"),
        (2, "delayed"),
        (3, "queued"),
        (4, "duplicated"),
        (5, "swapped"),
        (6, "corrupted"),
    ])
    .computed(|view| {
        let harm = view.frame.harms().next()?;
        Some(match harm.fate {
            Fate::Lost => 1,
            Fate::Delayed(_) => 2,
            Fate::Queued(_) => 3,
            Fate::Duplicated => 4,
            Fate::Swapped => 5,
            Fate::Corrupted(_) => 6,
        })
    })
    .source(SOURCE)
    .meaning("What a fault of the lab's cable did to the frame, as its comment tells; of several faults, the first.");

static COMMENT: FieldDef = FieldDef::text("frame.comment", "Comment")
    .noted()
    .source(SOURCE)
    .meaning("What somebody wrote about the frame into the capture file; it is noted beside the frame, not sent in it. There may be several.");

/// What the capture knows about the frame.
pub static PROTOCOL: Protocol = Protocol {
    name: "frame",
    label: "Frame",
    title: "Frame",
    purpose: "Holds what the capture knows about a frame: number, time, lengths. It is no protocol, and no byte of it is on the wire.",
    standing: Standing {
        osi: OsiLayer::Physical,
        tcp_ip: TcpIpLayer::Physical,
        pdu: Pdu::Frame,
    },
    sources: &[SOURCE],
    parents: &[],
    fields: &[
        &NUMBER,
        &TIME,
        &LENGTH,
        &CAPTURED,
        &INTERFACE,
        &DIRECTION,
        &FATE,
        &COMMENT,
        &SINCE_FIRST,
        &SINCE_PREVIOUS,
        &SINCE_SHOWN,
    ],
    endpoints: None,
    measure: Some(measure),
    expand,
    check: None,
    framing: None,
    is_plain_data: false,
    summary,
};

fn measure(_: &[u8], _: &mut Room) -> Measure {
    Measure::header(0, Next::DATA)
}

fn expand(view: &LayerView<'_>, expander: &mut Expander<'_>) {
    // Hardly any frame has one.
    if view.frame.comment.is_some() {
        for range in view.frame.comments() {
            expander.comment(&COMMENT, range);
        }
    }
}

fn summary(view: &LayerView<'_>, out: &mut Draft) {
    out.put_byte_count(view.frame.wire_length as usize);
    out.push_str(" on the wire");
}
