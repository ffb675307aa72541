//! What each part of the way of one frame costs: `cargo bench --bench parts`.

use divan::{Bencher, black_box};
use etherparse::{PacketBuilder, TcpOptionElement};
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::flow::Flows;
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use netinspect::model::needs::{Depth, Past};
use netinspect::render::View;
use netinspect::render::json::{Framing, Json};
use netinspect::render::list::{List, TimeStyle};
use netinspect::render::theme::Theme;
use netinspect::render::tree::{Dump, Tree};

fn main() {
    divan::main();
}

/// A segment with options and so many bytes, from a client's port.
fn segment(port: u16, payload: usize) -> Vec<u8> {
    let clocks = TcpOptionElement::Timestamp(1, 2);
    let options = [TcpOptionElement::Noop, TcpOptionElement::Noop, clocks];
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 7], [2, 0, 0, 0, 0, 6])
        .ipv4([192, 168, 1, 7], [192, 168, 1, 6], 64)
        .tcp(port, 9000, 1, 509)
        .ack(1)
        .options(&options)
        .unwrap()
        .write(&mut bytes, &vec![b'x'; payload])
        .unwrap();
    bytes
}

fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame {
        number: 1,
        time: Timestamp::from_nanoseconds(0),
        link_type: LinkType::ETHERNET,
        interface: None,
        direction: None,
        wire_length: u32::try_from(bytes.len()).unwrap(),
        checksum_offload: ChecksumOffload::NotKnown,
        comment: None,
        bytes,
    }
}

/// Ethernet, IPv4 and TCP, layer by layer.
#[divan::bench]
fn walk(bencher: Bencher<'_, '_>) {
    let bytes = segment(40_000, 64);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.walk(black_box(&frame(&bytes))).layers.len());
}

/// The walk, and the sums of IPv4 and TCP over so many bytes.
#[divan::bench(args = [64, 1448])]
fn check(bencher: Bencher<'_, '_>, payload: usize) {
    let bytes = segment(40_000, payload);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.check(black_box(&frame(&bytes))).faults.len());
}

/// The walk, the sums, and every field.
#[divan::bench]
fn expand(bencher: Bencher<'_, '_>) {
    let bytes = segment(40_000, 64);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.expand(black_box(&frame(&bytes))).fields.len());
}

/// Asking a frame that was walked.
#[divan::bench(args = ["tcp.flags.syn == 1", "ip.addr == 192.168.1.0/24 and tcp.port in {80, 9000}", "frame contains \"xyz\""])]
fn filter(bencher: Bencher<'_, '_>, text: &str) {
    let bytes = segment(40_000, 64);
    let filter = Filter::new(text).unwrap();
    let mut decoder = Decoder::new();
    let frame = frame(&bytes);
    let decoded = decoder.walk(&frame);
    bencher.bench_local(|| filter.passes(black_box(&decoded)));
}

/// Following a segment of one of so many connections, the walk included.
#[divan::bench(args = [1, 1_000, 25_000])]
fn follow(bencher: Bencher<'_, '_>, connections: u16) {
    let segments: Vec<Vec<u8>> = (0..connections)
        .map(|number| segment(30_000 + number, 64))
        .collect();
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let mut next = segments.iter().cycle();
    bencher.bench_local(|| {
        let frame = frame(next.next().unwrap());
        flows.follow(&decoder.walk(&frame), Past::Marks).len()
    });
}

#[divan::bench]
fn list(bencher: Bencher<'_, '_>) {
    show(bencher, List::new(Theme::Plain, TimeStyle::Relative, None));
}

#[divan::bench]
fn json(bencher: Bencher<'_, '_>) {
    show(bencher, Json::new(Framing::Lines));
}

#[divan::bench]
fn tree(bencher: Bencher<'_, '_>) {
    show(bencher, Tree::new(Theme::Plain, Dump::Hidden));
}

/// The text of a frame that is decoded already.
fn show(bencher: Bencher<'_, '_>, mut view: impl View) {
    let bytes = segment(40_000, 64);
    let (mut decoder, mut flows, mut out) = (Decoder::new(), Flows::default(), String::new());
    let frame = frame(&bytes);
    let followed = flows.follow(&decoder.walk(&frame), view.needs().past);
    let decoded = decoder
        .deepen(&frame, Depth::Expand)
        .with_followed(followed);
    bencher.bench_local(|| {
        out.clear();
        view.frame(black_box(&decoded), &mut out);
        out.len()
    });
}
