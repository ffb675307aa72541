//! What each part of the way of one frame costs: `cargo bench --bench parts`.

use std::path::Path;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, TcpOptionElement};
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::flow::Flows;
use netinspect::model::draft::Draft;
use netinspect::model::frame::{ChecksumOffload, Frame, LinkType, Timestamp};
use netinspect::model::needs::{Depth, Past};
use netinspect::protocols::checksum;
use netinspect::render::View;
use netinspect::render::json::{Framing, Json};
use netinspect::render::list::{List, TimeStyle};
use netinspect::render::theme::Theme;
use netinspect::render::tree::{Dump, Tree};

fn main() {
    divan::main();
}

/// A segment with options and so many bytes, from the client of this number.
fn segment(client: u32, payload: usize) -> Vec<u8> {
    let clocks = TcpOptionElement::Timestamp(1, 2);
    let options = [TcpOptionElement::Noop, TcpOptionElement::Noop, clocks];
    let mut bytes = Vec::new();
    packet(client)
        .tcp(40_000, 9000, 1, 509)
        .ack(1)
        .options(&options)
        .unwrap()
        .write_to_vec(&mut bytes, &vec![b'x'; payload])
        .unwrap();
    bytes
}

/// What the server answers, with nothing to say of its own: the client's 64 bytes came.
fn acknowledgment(client: u32) -> Vec<u8> {
    let [_, b, c, d] = client.to_be_bytes();
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 6], [2, 0, 0, 0, 0, 7])
        .ipv4([192, 168, 1, 6], [10, b, c, d], 64)
        .tcp(9000, 40_000, 1, 509)
        .ack(65)
        .write_to_vec(&mut bytes, b"")
        .unwrap();
    bytes
}

/// A datagram from the client of this number.
fn datagram(client: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let udp = packet(client).udp(40_000, 9000);
    udp.write_to_vec(&mut bytes, &[b'x'; 64]).unwrap();
    bytes
}

fn packet(client: u32) -> PacketBuilderStep<IpHeaders> {
    let [_, b, c, d] = client.to_be_bytes();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 7], [2, 0, 0, 0, 0, 6]).ipv4(
        [10, b, c, d],
        [192, 168, 1, 6],
        64,
    )
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
    let bytes = segment(7, 64);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.walk(black_box(&frame(&bytes))).layers.len());
}

/// The walk, and the sums of IPv4 and TCP over so many bytes.
#[divan::bench(args = [64, 1448])]
fn check(bencher: Bencher<'_, '_>, payload: usize) {
    let bytes = segment(7, payload);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.check(black_box(&frame(&bytes))).faults.len());
}

/// The walk, the sums, and every field.
#[divan::bench]
fn expand(bencher: Bencher<'_, '_>) {
    let bytes = segment(7, 64);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.expand(black_box(&frame(&bytes))).fields.len());
}

/// Recorded frames of many protocols.
const RECORDED: &[&str] = &[
    "arp-nobody",
    "extension-headers",
    "fragments",
    "frames",
    "icmp-unreachable",
    "icmpv6-echo",
    "multicast",
    "record-route",
    "tcp-loop",
    "udp",
    "vlan",
];

/// Every layer and every field of the frames of a fixture, the sums included.
#[divan::bench(args = RECORDED)]
fn dissect(bencher: Bencher<'_, '_>, fixture: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut source = capture::open(&folder.join(format!("{fixture}.pcapng"))).unwrap();
    let mut recorded = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        recorded.push((frame.link_type, frame.bytes.to_vec()));
    }
    let mut decoder = Decoder::new();
    let count = ItemsCount::new(recorded.len());
    bencher.counter(count).bench_local(|| {
        let fields = recorded.iter().map(|(link_type, bytes)| {
            let frame = Frame {
                link_type: *link_type,
                ..frame(bytes)
            };
            decoder.expand(black_box(&frame)).fields.len()
        });
        fields.sum::<usize>()
    });
}

/// The sum over so many bytes (RFC 1071).
#[divan::bench(args = [20, 64, 1448, 65_535])]
fn sum(bencher: Bencher<'_, '_>, length: usize) {
    let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
    let count = BytesCount::new(length);
    bencher
        .counter(count)
        .bench_local(|| checksum::of_bytes(black_box(&bytes), 10));
}

/// Asking a frame that was decoded as deep as the question needs it.
#[divan::bench(args = [
    "tcp.flags.syn == 1",
    "ip.addr == 192.168.1.0/24 and tcp.port in {80, 9000}",
    "tcp.options.timestamp.tsval == 1",
    "frame contains \"xyz\"",
])]
fn filter(bencher: Bencher<'_, '_>, text: &str) {
    let bytes = segment(7, 64);
    let filter = Filter::new(text).unwrap();
    let mut decoder = Decoder::new();
    let frame = frame(&bytes);
    decoder.walk(&frame);
    let decoded = decoder.deepen(&frame, filter.needs().depth);
    bencher.bench_local(|| filter.passes(black_box(&decoded)));
}

/// Following a segment of one of so many connections, or its acknowledgment, the walk included.
#[divan::bench(args = [1, 1_000, 100_000])]
fn follow_tcp(bencher: Bencher<'_, '_>, connections: u32) {
    let both = |client| [segment(client, 64), acknowledgment(client)];
    follow(bencher, (0..connections).flat_map(both));
}

/// Following a datagram of one of so many conversations, the walk included.
#[divan::bench(args = [1, 1_000, 100_000])]
fn follow_udp(bencher: Bencher<'_, '_>, conversations: u32) {
    follow(bencher, (0..conversations).map(datagram));
}

/// Each of them in its turn. All conversations are known before the first one is timed.
fn follow(bencher: Bencher<'_, '_>, frames: impl Iterator<Item = Vec<u8>>) {
    let frames: Vec<Vec<u8>> = frames.collect();
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let mut one = |bytes: &[u8]| {
        let frame = frame(bytes);
        flows.follow(&decoder.walk(&frame), Past::Marks).len()
    };
    for bytes in &frames {
        one(bytes);
    }
    let mut next = frames.iter().cycle();
    bencher.bench_local(|| one(next.next().unwrap()));
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
    show(bencher, Tree::new(Theme::Plain, Dump::Hidden, None));
}

/// The text of a frame that is decoded already.
fn show(bencher: Bencher<'_, '_>, mut view: impl View) {
    let bytes = segment(7, 64);
    let (mut decoder, mut flows, mut out) = (Decoder::new(), Flows::default(), Draft::default());
    let frame = frame(&bytes);
    let followed = flows.follow(&decoder.walk(&frame), view.needs().past);
    let decoded = decoder
        .deepen(&frame, Depth::Expand)
        .with_followed(followed);
    bencher.bench_local(|| {
        out.text().clear();
        view.frame(black_box(&decoded), &mut out);
        out.len()
    });
}
