//! Captures whose datagrams and streams are never whole, and whose conversations never end: what is kept of
//! them meets its bound, and the output says so.

mod common;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Output};

use etherparse::{IpFragOffset, IpNumber, Ipv4Header, PacketBuilder};
use netinspect::flow::reassembly::{MOST_BEHIND_A_HOLE, MOST_DATAGRAMS, MOST_STREAM_BYTES};
use netinspect::flow::tcp::MOST_OUTSTANDING;
use netinspect::flow::{REMEMBERED, follow};

/// What a process may have of memory here, in KiB: the longest bound, the program and its libraries.
const MEMORY: u32 = 200_000;

/// A capture of raw IP packets, on disk: some are longer than is good for memory.
struct Capture {
    _directory: tempfile::TempDir,
    path: std::path::PathBuf,
}

impl Capture {
    fn of(packets: impl Iterator<Item = Vec<u8>>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hostile.pcap");
        let mut file = BufWriter::new(File::create(&path).unwrap());
        let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 101_u32];
        file.write_all(&header.map(u32::to_le_bytes).concat())
            .unwrap();
        for packet in packets {
            let length = u32::try_from(packet.len()).unwrap();
            let head = [0, 0, length, length].map(u32::to_le_bytes).concat();
            file.write_all(&head).unwrap();
            file.write_all(&packet).unwrap();
        }
        file.flush().unwrap();
        Self {
            _directory: directory,
            path,
        }
    }
}

/// What the program says of a capture, in little memory.
fn run(memory: u32, command: &str, path: &Path, arguments: &[&str]) -> Output {
    let limited = format!("ulimit -v {memory}; exec \"$0\" \"$@\"");
    let output = Command::new("bash")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_netinspect"), command])
        .arg(path)
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    output
}

/// How many datagrams or streams `decode` gave up.
fn given_up(capture: &Capture) -> usize {
    let output = run(
        MEMORY,
        "decode",
        &capture.path,
        &["--count-only", "-Y", "ip or tcp.stream"],
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = told
        .strip_prefix("netinspect: ")
        .and_then(|rest| rest.split_once(" datagrams or streams, of which parts were missing"));
    let (count, why) = count.unwrap_or_else(|| panic!("nothing is given up: {told}"));
    assert!(why.contains("to keep memory bounded"), "{told}");
    count.parse().unwrap()
}

const CLIENT: [u8; 4] = [192, 168, 1, 7];
const SERVER: [u8; 4] = [192, 168, 1, 6];

/// The first fragment of a datagram.
fn fragment(identification: u16, length: u16) -> Vec<u8> {
    fragment_at(0, true, identification, length)
}

/// A fragment with so many times eight bytes before it.
fn fragment_at(offset: u16, more: bool, identification: u16, length: u16) -> Vec<u8> {
    let mut header = Ipv4Header::new(length, 64, IpNumber(253), CLIENT, SERVER).unwrap();
    header.identification = identification;
    header.more_fragments = more;
    header.fragment_offset = IpFragOffset::try_new(offset).unwrap();
    header.header_checksum = header.calc_header_checksum();
    let mut packet = header.to_bytes().to_vec();
    packet.resize(packet.len() + usize::from(length), 0);
    packet
}

const SEGMENT: u32 = 60_000;

/// The segments of a chat whose first byte never comes: a SYN, then so many of `SEGMENT` bytes.
fn holey(port: u16, segments: u32) -> impl Iterator<Item = Vec<u8>> {
    let build = move |seq| PacketBuilder::ipv4(CLIENT, SERVER, 64).tcp(port, 12_345, seq, 64_000);
    let mut syn = Vec::new();
    build(0).syn().write(&mut syn, &[]).unwrap();
    let payload = vec![b'x'; SEGMENT as usize];
    let later = (0..segments).map(move |number| {
        let mut packet = Vec::new();
        let segment = build(2 + number * SEGMENT);
        segment.write(&mut packet, &payload).unwrap();
        packet
    });
    std::iter::once(syn).chain(later)
}

#[test]
fn a_frame_that_completes_hundreds_of_messages_tells_as_many_as_it_can_and_says_so() {
    let waiting = 300;
    let build = |seq| PacketBuilder::ipv4(CLIENT, SERVER, 64).tcp(40_000, 12_345, seq, 64_000);
    let packet = |seq: u32, payload: &[u8]| {
        let mut packet = Vec::new();
        build(seq).write(&mut packet, payload).unwrap();
        packet
    };
    let mut syn = Vec::new();
    build(0).syn().write(&mut syn, &[]).unwrap();
    let later = (1..=waiting).map(|number| packet(1 + number * 5, b"hello"));
    let packets = std::iter::once(syn).chain(later);
    let capture = Capture::of(packets.chain([packet(1, b"first")]));
    let frame = ["--frame", "302", "--format", "ndjson"];
    let output = run(MEMORY, "decode", &capture.path, &frame);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("more than 255 messages are complete with this frame"));
    assert!(!told.contains("inside each other"));
    assert_eq!(told.matches(r#"{"protocol":"chat""#).count(), 256);
    let list = run(MEMORY, "decode", &capture.path, &[]);
    let list = String::from_utf8_lossy(&list.stdout);
    let last = list.lines().last().unwrap();
    assert_eq!(last.matches("hello").count(), 4, "{last}");
    assert!(last.contains("[from frame 5]  [and 251 more]"), "{last}");
}

#[test]
fn datagrams_without_their_rest_are_given_up_by_their_number() {
    let more = 50;
    let count = u16::try_from(MOST_DATAGRAMS + more).unwrap();
    let capture = Capture::of((0..count).map(|number| fragment(number, 8)));
    assert_eq!(given_up(&capture), more);
}

#[test]
fn as_many_datagrams_as_may_wait_are_all_completed() {
    let count = u16::try_from(MOST_DATAGRAMS).unwrap();
    let first = (0..count).map(|number| fragment(number, 8));
    let last = (0..count).map(|number| fragment_at(1, false, number, 8));
    let capture = Capture::of(first.chain(last));
    let filter = ["--count-only", "-Y", "ip.reassembled.length"];
    let output = run(MEMORY, "decode", &capture.path, &filter);
    assert_eq!(output.stdout, format!("{count}\n").as_bytes());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn datagrams_without_their_rest_are_given_up_by_their_length() {
    // 18 MB in 300 of them.
    let capture = Capture::of((0..300).map(|number| fragment(number, 60_000)));
    let count = given_up(&capture);
    assert!((10..60).contains(&count), "{count}");
}

#[test]
fn a_hole_in_a_stream_is_given_up_when_too_much_waits_behind_it() {
    let most = u32::try_from(MOST_BEHIND_A_HOLE).unwrap() / SEGMENT;
    assert_eq!(given_up(&Capture::of(holey(40_000, most + 1))), 1);
}

#[test]
fn streams_with_holes_are_given_up_when_they_are_too_much_together() {
    let segments = u32::try_from(MOST_BEHIND_A_HOLE).unwrap() / SEGMENT - 1;
    let streams = u16::try_from(MOST_STREAM_BYTES / (segments * SEGMENT) as usize).unwrap() + 10;
    let all = (0..streams).flat_map(|number| holey(40_000 + number, segments));
    let count = given_up(&Capture::of(all));
    assert!((5..20).contains(&count), "{count}");
}

#[test]
fn streams_with_holes_that_are_filled_in_turn_are_given_up_too() {
    const STREAMS: u16 = 250;
    let segments = u32::try_from(MOST_BEHIND_A_HOLE).unwrap() / SEGMENT - 1;
    let ports = 40_000..40_000 + STREAMS;
    let mut streams: Vec<_> = ports.map(|port| holey(port, segments)).collect();
    let in_turn = (0..=segments).flat_map(|_| {
        let each = streams.iter_mut().filter_map(Iterator::next);
        each.collect::<Vec<_>>()
    });
    let count = given_up(&Capture::of(in_turn));
    assert!(
        (usize::from(STREAMS) / 2..10_000).contains(&count),
        "{count}"
    );
}

/// A connection in which the client says 240 MB.
fn long(is_intact: bool) -> impl Iterator<Item = Vec<u8>> {
    let build = |seq| PacketBuilder::ipv4(CLIENT, SERVER, 64).tcp(40_000, 12_345, seq, 64_000);
    let mut syn = Vec::new();
    build(0).syn().write(&mut syn, &[]).unwrap();
    let payload = vec![b'x'; SEGMENT as usize];
    let segments = (0..4_000).map(move |number| {
        let mut packet = Vec::new();
        let segment = build(1 + number * SEGMENT);
        segment.write(&mut packet, &payload).unwrap();
        packet[36] ^= u8::from(!is_intact);
        packet
    });
    std::iter::once(syn).chain(segments)
}

#[test]
fn what_one_side_alone_says_with_wrong_checksums_is_followed_in_little_memory() {
    let capture = Capture::of(long(false));
    let options = ["--as", "raw", "--from", "server"];
    let output = run(MEMORY, "follow", &capture.path, &options);
    assert_eq!(output.stdout, b"");
    let options = ["--as", "raw", "--from", "client"];
    let output = run(MEMORY, "follow", &capture.path, &options);
    assert_eq!(output.stdout.len(), 4_000 * SEGMENT as usize);
}

#[test]
fn where_several_conversations_could_be_meant_the_first_one_is_not_kept() {
    let other = PacketBuilder::ipv4(CLIENT, SERVER, 64).tcp(40_001, 12_345, 0, 64_000);
    let mut syn = Vec::new();
    other.syn().write(&mut syn, &[]).unwrap();
    let capture = Capture::of(std::iter::once(syn).chain(long(true)));
    let output = run(MEMORY, "follow", &capture.path, &[]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("2 conversations; choose one"), "{told}");
}

#[test]
fn the_stream_that_is_followed_may_have_longer_holes_and_says_where_one_is_given_up() {
    let most = u32::try_from(follow::MOST_BEHIND_A_HOLE).unwrap() / SEGMENT;
    let capture = Capture::of(holey(40_000, most + 1));
    let output = run(MEMORY, "follow", &capture.path, &["--as", "raw"]);
    let told = String::from_utf8_lossy(&output.stderr);
    let words = "1 byte of what the client says is missing: too much waited behind them";
    assert!(told.contains(words), "{told}");
}

#[test]
fn segments_that_nobody_acknowledges_are_forgotten_when_they_are_too_many() {
    // Ten in each direction that a capture of one direction sees.
    let count = u32::try_from(MOST_OUTSTANDING + 10).unwrap();
    let capture = Capture::of((0..count).map(|number| {
        let mut packet = Vec::new();
        let [_, high, middle, low] = (number / 10).to_be_bytes();
        PacketBuilder::ipv4([10, high, middle, low], SERVER, 64)
            .tcp(40_000, 80, number, 64_000)
            .write(&mut packet, b"x")
            .unwrap();
        packet
    }));
    let filter = ["--count-only", "-Y", "tcp.analysis.retransmission"];
    let output = run(MEMORY, "decode", &capture.path, &filter);
    assert_eq!(output.stdout, b"0\n");
    let told = String::from_utf8_lossy(&output.stderr);
    let words = format!(
        "{} segments that nobody had acknowledged",
        MOST_OUTSTANDING + 1
    );
    assert!(told.contains(&words), "{told}");
}

#[test]
fn the_conversations_that_spoke_last_are_remembered_and_the_others_said_to_be_forgotten() {
    let more = 7;
    let count = u32::try_from(REMEMBERED + more).unwrap();
    let capture = Capture::of((0..count).map(|number| {
        let mut packet = Vec::new();
        let [_, high, middle, low] = number.to_be_bytes();
        PacketBuilder::ipv4([10, high, middle, low], SERVER, 64)
            .udp(40_000, 7)
            .write(&mut packet, &[])
            .unwrap();
        packet
    }));
    let last = format!("udp.stream == {}", count - 1);
    let output = run(
        800_000,
        "decode",
        &capture.path,
        &["--count-only", "-Y", &last],
    );
    assert_eq!(output.stdout, b"1\n");
    let told = String::from_utf8_lossy(&output.stderr);
    let words = format!("{more} conversations were forgotten to keep memory bounded");
    assert!(told.contains(&words), "{told}");
}
