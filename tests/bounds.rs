//! Captures that ask for without end: each meets its bound, which is said, and costs no more than it.

mod common;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::decoding::frame;
use flate2::Compression;
use flate2::write::GzEncoder;
use netinspect::capture::pcap::LONGEST_FRAME;
use netinspect::capture::pcapng::{LONGEST_BLOCK, MOST_INTERFACES};
use netinspect::decode::Decoder;
use netinspect::filter::{DEEPEST, Filter, MOST_OPERATORS};
use netinspect::flow::foresight::MOST_FORESEEN;
use netinspect::flow::reassembly::{
    MOST_BEHIND_A_HOLE, MOST_DATAGRAMS, MOST_FRAGMENT_BYTES, MOST_NESTED, MOST_STREAM_BYTES,
    PATIENCE,
};
use netinspect::flow::statistics::bounded::MAX_ENTRIES;
use netinspect::flow::statistics::time::MAX_INTERVALS;
use netinspect::flow::tcp::{MOST_OUTSTANDING, MOST_TIMED};
use netinspect::flow::{
    REMEMBERED, answers, decryption, follow, http2, questions, quic, websocket,
};
use netinspect::lab::chat::server;
use netinspect::model::domain_name;
use netinspect::model::field::Buffer;
use netinspect::model::frame::LinkType;
use netinspect::model::layer::MAX_LAYERS;
use netinspect::model::secrets;
use netinspect::protocols::{
    dns_message, dns_proofs, http_message, http2_frame, http2_header_list, lines, tls, tls_record,
    websocket_frame, x509_names,
};
use netinspect::render::sequence::MAX_DRAWN;
use netinspect::render::table::MOST_ROWS;

/// What a process may have of memory here, in KiB: the program, its libraries, a buffer, and little more.
const MEMORY: u32 = 120_000;

/// Decodes a capture of these bytes in little memory and time.
fn decoded(bytes: &[u8]) -> Output {
    shown(MEMORY, &["decode"], bytes)
}

/// Shows a capture of these bytes in so much memory, and in little time.
fn shown(memory: u32, command: &[&str], bytes: &[u8]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hostile");
    fs::write(&path, bytes).unwrap();
    let begin = Instant::now();
    let output = Command::new("bash")
        .args(["-c", &format!("ulimit -v {memory}; exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_netinspect"))
        .args(command)
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        begin.elapsed() < Duration::from_secs(30),
        "{:?}",
        begin.elapsed()
    );
    output
}

fn assert_says(output: &Output, code: i32, part: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(part), "no \"{part}\" in {told}");
}

/// A block of a pcapng file.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(12 + body.len()).unwrap().to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &length].concat()
}

fn section() -> Vec<u8> {
    let mut body = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    body.extend([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    block(0x0a0d_0d0a, &body)
}

const ETHERNET: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];

/// The first words of a frame's block: interface 0, no time, so many bytes.
fn packet(bytes: &[u8], options: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let mut body = [0, 0, 0, length, length].map(u32::to_le_bytes).concat();
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(options);
    block(6, &body)
}

/// What a frame of these bytes on Ethernet has to say of its depth.
fn faults(bytes: &[u8]) -> Vec<String> {
    let mut decoder = Decoder::new();
    let frame = frame(bytes, LinkType::ETHERNET, 0);
    let decoded = decoder.expand(&frame);
    assert!(decoded.layers.len() <= MAX_LAYERS + 2);
    decoded
        .faults
        .iter()
        .map(|fault| fault.kind.to_string())
        .collect()
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [
        &[2, 0, 0, 0, 0, 6, 2, 0, 0, 0, 0, 7][..],
        &ether_type.to_be_bytes(),
        payload,
    ]
    .concat()
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let head = [
        0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0,
    ];
    [&head[..], &[192, 168, 1, 7, 192, 168, 1, 6], payload].concat()
}

#[test]
fn encapsulation_without_end_stops_and_says_so() {
    let told =
        format!("more than {MAX_LAYERS} layers inside each other: the rest is shown as bytes");
    let tags = ethernet(0x8100, &[0, 7, 0x81, 0].repeat(1000));
    assert!(faults(&tags).contains(&told), "{:?}", faults(&tags));

    let nested = (0..200).fold(vec![0; 8], |inner, _| ipv4(4, &inner));
    let nested = ethernet(0x0800, &nested);
    assert!(faults(&nested).contains(&told), "{:?}", faults(&nested));

    // Hop-by-hop options, behind each other for ever.
    let mut packet = vec![0x60, 0, 0, 0, 0x1f, 0x40, 0, 64];
    packet.extend([0xfd; 32]);
    packet.extend([0, 0, 1, 4, 0, 0, 0, 0].repeat(1000));
    let extended = ethernet(0x86dd, &packet);
    assert!(faults(&extended).contains(&told), "{:?}", faults(&extended));
}

#[test]
fn a_frame_longer_than_any_is_damage() {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    bytes.extend(
        [0, 0, LONGEST_FRAME + 1, LONGEST_FRAME + 1]
            .map(u32::to_le_bytes)
            .concat(),
    );
    bytes.resize(bytes.len() + LONGEST_FRAME as usize + 1, 0);
    assert_says(
        &decoded(&bytes),
        1,
        &format!("no frame has more than {LONGEST_FRAME}"),
    );
    let mut bytes = section();
    bytes.extend(block(1, &ETHERNET));
    bytes.extend(packet(&vec![0; LONGEST_FRAME as usize + 4], &[]));
    assert_says(
        &decoded(&bytes),
        1,
        &format!("no frame has more than {LONGEST_FRAME}"),
    );
}

#[test]
fn a_block_of_four_gibibytes_is_damage_or_passed_over_without_being_kept() {
    let head = |kind: u32| [kind.to_le_bytes(), 0xffff_fffc_u32.to_le_bytes()].concat();
    let mut bytes = section();
    bytes.extend(head(6));
    bytes.extend([0; 64]);
    assert_says(
        &decoded(&bytes),
        1,
        &format!("no frame needs more than {LONGEST_BLOCK}"),
    );
    // A kind that nobody knows: where it should end, the file has ended long before.
    let mut bytes = section();
    bytes.extend(head(0x0bad));
    bytes.extend([0; 64]);
    assert_says(&decoded(&bytes), 1, "needs 4294967292 bytes");
}

#[test]
fn a_section_and_an_interface_are_read_however_long_they_are() {
    let comment = [
        &1_u16.to_le_bytes()[..],
        &65_532_u16.to_le_bytes(),
        &vec![b'x'; 65_532],
    ]
    .concat();
    let comments = comment.repeat(6);
    let section = &section()[8..24];
    let mut bytes = block(0x0a0d_0d0a, &[section, &comments].concat());
    bytes.extend(block(1, &[&ETHERNET[..], &comments].concat()));
    assert!(bytes.len() > 2 * LONGEST_BLOCK as usize);
    bytes.extend(packet(&[0; 60], &[]));
    let output = decoded(&bytes);
    assert!(output.status.success(), "{output:?}");
    let list = String::from_utf8(output.stdout).unwrap();
    assert_eq!(list.lines().count(), 1, "{list}");
}

#[test]
fn secrets_that_lie_about_their_length_are_passed_over_or_cut() {
    let frame = packet(&[0; 60], &[]);
    let words = |kind: u32, length: u32| [kind, length].map(u32::to_le_bytes).concat();
    let key_log = 0x544c_534b;
    let before = [section(), block(1, &ETHERNET)].concat();
    for body in [
        vec![],
        words(key_log, 0),
        words(key_log, u32::MAX),
        words(1, 7),
    ] {
        let output = decoded(&[&before[..], &block(10, &body), &frame].concat());
        assert!(output.status.success(), "{output:?}");
        assert!(!output.stdout.is_empty());
    }
    let mut endless = [10, 0xffff_fffc_u32].map(u32::to_le_bytes).concat();
    endless.extend(words(key_log, u32::MAX));
    endless.extend(vec![b'x'; 200_000]);
    assert_says(
        &decoded(&[before, endless].concat()),
        1,
        "needs 4294967292 bytes",
    );
}

#[test]
fn interfaces_by_the_million_stop_and_say_so() {
    let mut bytes = section();
    for _ in 0..1_000_000 {
        bytes.extend(block(1, &ETHERNET));
    }
    assert_says(
        &decoded(&bytes),
        1,
        &format!("more than {MOST_INTERFACES} interfaces"),
    );
}

#[test]
fn options_by_the_thousand_are_read_to_the_end_of_their_block() {
    let mut bytes = section();
    bytes.extend(block(1, &ETHERNET));
    // Unknown options of four bytes each, and the comment behind them.
    let mut options = [0xff, 0x7f, 4, 0, 1, 2, 3, 4].repeat(8_000);
    options.extend([1, 0, 4, 0, b'l', b'a', b's', b't', 0, 0, 0, 0]);
    bytes.extend(packet(&[0xff; 60], &options));
    let output = decoded(&bytes);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    // As many as would not fit into any block that is kept.
    bytes.extend(packet(&[0xff; 60], &options.repeat(6)));
    assert_says(&decoded(&bytes), 1, "the one frame before is whole");
}

#[test]
fn a_gzip_bomb_costs_the_memory_of_a_buffer() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&section()).unwrap();
    packed.write_all(&block(1, &ETHERNET)).unwrap();
    // 64 MiB that nobody knows the kind of, then a frame.
    packed
        .write_all(&block(0x0bad, &vec![0; 64 << 20]))
        .unwrap();
    packed.write_all(&packet(&[0xff; 60], &[])).unwrap();
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
    let output = decoded(&bomb);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[test]
fn names_of_interfaces_are_kept_in_part() {
    // What is no UTF-8 takes three bytes for one.
    let option = |code: u8| [&[code, 0, 0, 8][..], &[0xff; 2048]].concat();
    let named = block(1, &[&ETHERNET[..], &option(2), &option(3)].concat());
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&section()).unwrap();
    for _ in 0..MOST_INTERFACES {
        packed.write_all(&named).unwrap();
    }
    packed.write_all(&packet(&[0xff; 60], &[])).unwrap();
    // 65,536 interfaces of twice 256 bytes; of twice 6144 they would be 800 MB.
    let output = shown(2 * MEMORY, &["decode"], &packed.finish().unwrap());
    assert_says(&output, 0, "");
}

#[test]
fn a_clock_that_goes_back_and_forth_draws_no_endless_ladder() {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    for seconds in [0, u32::MAX, 0] {
        bytes.extend([seconds, 0, 60, 60].map(u32::to_le_bytes).concat());
        bytes.extend(ethernet(0x0800, &ipv4(17, &[0; 26])));
    }
    for medium in ["text", "svg", "mermaid"] {
        let output = shown(MEMORY, &["sequence", "--to-scale", "--as", medium], &bytes);
        assert_says(&output, 0, "");
        assert!(output.stdout.len() < 50_000, "{medium}");
    }
}

#[test]
fn what_is_kept_until_the_end_is_not_all_that_there_is() {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]);
    let frame = ethernet(0x0800, &ipv4(17, &[0; 26]));
    for microseconds in 0..u32::try_from(MOST_ROWS + 5).unwrap() {
        bytes.extend([0, microseconds, 60, 60].map(u32::to_le_bytes).concat());
        bytes.extend(&frame);
    }
    for (command, last) in [
        (
            &["decode", "-T", "table"][..],
            "5 further rows are not shown",
        ),
        (&["sequence"], "5 further frames are not drawn"),
    ] {
        let output = shown(MEMORY, command, &bytes);
        assert_says(&output, 0, "");
        let text = String::from_utf8_lossy(&output.stdout);
        let end: String = text.lines().rev().take(3).collect();
        assert!(end.contains(last), "{end}");
    }
}

#[test]
fn a_filter_has_no_more_operators_than_there_is_room_for_inside_each_other() {
    let chains: [fn(usize) -> String; 6] = [
        |count| format!("tcp{}", " or tcp".repeat(count)),
        |count| format!("tcp{}", " and tcp".repeat(count)),
        |count| format!("tcp.len == 1{}", " + 1".repeat(count)),
        |count| format!("tcp.len & 1{} == 1", " & 1".repeat(count - 1)),
        |count| format!("0 < 1{}", " < tcp.len".repeat(count)),
        |count| format!("eth.src{} == 02", "[0:1]".repeat(count)),
    ];
    for chain in chains {
        // At the bound there is nothing to say but about types.
        let deepest = Filter::new(&chain(MOST_OPERATORS)).err();
        let told = deepest.map(|error| error.to_string()).unwrap_or_default();
        assert!(!told.contains("operators"), "{told}");
        let error = Filter::new(&chain(100_000)).unwrap_err().to_string();
        assert!(error.contains("it has more than 250 operators"), "{error}");
    }
}

#[test]
fn the_readme_names_the_bounds_that_hold() {
    let grouped = |number: usize| {
        let digits = number.to_string();
        let groups = digits.as_bytes().rchunks(3).rev();
        let groups: Vec<&str> = groups
            .map(|group| std::str::from_utf8(group).unwrap())
            .collect();
        groups.join(",")
    };
    let rows = [
        ("layers inside each other", MAX_LAYERS),
        ("parentheses of a filter inside each other", DEEPEST),
        ("operators of a filter", MOST_OPERATORS),
        ("bytes of a frame", LONGEST_FRAME as usize),
        (
            "bytes of a pcapng block with a frame",
            LONGEST_BLOCK as usize,
        ),
        ("interfaces of a capture", MOST_INTERFACES),
        ("bytes of fragments that wait", MOST_FRAGMENT_BYTES),
        ("datagrams of which some fragments wait", MOST_DATAGRAMS),
        (
            "seconds that the rest of a datagram is waited for \\*",
            usize::try_from(PATIENCE).unwrap() / 1_000_000_000,
        ),
        ("bytes behind a hole in a stream", MOST_BEHIND_A_HOLE),
        (
            "the same in one that is followed",
            follow::MOST_BEHIND_A_HOLE,
        ),
        ("bytes of all streams that wait", MOST_STREAM_BYTES),
        ("messages that one frame completes", Buffer::MOST_ASSEMBLED),
        (
            "bytes of a header of HTTP; what is longer is shown as it comes",
            http_message::MOST_HEADER,
        ),
        (
            "lines of a header of HTTP that are taken apart",
            http_message::MOST_LINES,
        ),
        (
            "chunks of a body of HTTP; what has more is shown as it comes",
            http_message::MOST_CHUNKS,
        ),
        (
            "bytes of a frame of HTTP/2; what is longer is shown as it comes",
            http2_frame::MOST_FRAME,
        ),
        (
            "bytes of a header of HTTP/2 in words; what is behind them is left out",
            http2_header_list::MOST_BYTES,
        ),
        (
            "bytes of a field line of HTTP/2 that goes on in other frames",
            http2::MOST_LEFT_OVER,
        ),
        (
            "bytes of the dynamic table of a side of HTTP/2, whatever is agreed \\*",
            http2::MOST_SIZE,
        ),
        (
            "requests of HTTP/2 that wait for their answers \\*",
            answers::MOST_STREAMS,
        ),
        (
            "bytes of a frame of WebSocket; what is longer is shown as it comes",
            websocket_frame::MOST_FRAME,
        ),
        (
            "bytes of a message of WebSocket that is put together, or decompressed; what is behind them is left out",
            websocket::MOST_MESSAGE,
        ),
        (
            "frames of WebSocket that such a message is put together from",
            websocket::MOST_FRAGMENTS,
        ),
        (
            "times as long as it came that such a message becomes when it is decompressed, beyond the next bound",
            websocket::MOST_RATIO,
        ),
        (
            "bytes that it becomes however short it came",
            websocket::WITHOUT_RATIO,
        ),
        (
            "questions and records of a message of DNS; what is behind them is shown as bytes",
            dns_message::MOST_ENTRIES,
        ),
        (
            "types of records that a proof of DNSSEC lists, one by one; what is behind them is shown as bits",
            dns_proofs::MOST_TYPES,
        ),
        ("bytes of a name of DNS", domain_name::MOST_BYTES),
        (
            "labels and pointers of such a name that are followed",
            domain_name::MOST_STEPS,
        ),
        (
            "questions of DNS that wait for their answers \\*",
            questions::MOST_QUESTIONS,
        ),
        (
            "bytes of a record of TLS; what says that it has more is none",
            tls_record::MOST_RECORD,
        ),
        (
            "records of TLS that a message of its handshake is in; what is in more is shown as it comes",
            tls::MOST_RECORDS,
        ),
        (
            "bytes of a line of SMTP, POP3, IMAP or FTP; what is longer is shown as it comes",
            lines::MOST_LINE,
        ),
        (
            "bytes of a reply of FTP that is waited for; what is longer is shown as it comes",
            lines::MOST_REPLY,
        ),
        (
            "lines of a message of theirs, and doubled dots, that are taken apart",
            lines::MOST_LINES,
        ),
        (
            "requests of a connection that wait for their answers \\*",
            answers::MOST_WAITING,
        ),
        (
            "commands of IMAP that wait for their replies \\*",
            answers::MOST_COMMANDS,
        ),
        (
            "connections on which requests wait \\*",
            answers::MOST_CONNECTIONS,
        ),
        (
            "attributes of a name in a certificate that are spelled on one line, from whom it names on",
            x509_names::SPELLED,
        ),
        ("secrets of a key log \\*", secrets::MOST_SECRETS),
        (
            "connections whose TLS is decrypted \\*",
            decryption::MOST_CONNECTIONS,
        ),
        (
            "bytes of a message inside TLS; what is longer is shown as it comes",
            decryption::MOST_MESSAGE,
        ),
        (
            "bytes of all such messages that wait \\*",
            decryption::MOST_BYTES,
        ),
        (
            "connections of QUIC that are remembered \\*",
            quic::MOST_CONNECTIONS,
        ),
        (
            "packets of QUIC that are told apart in one datagram",
            quic::MOST_PACKETS,
        ),
        (
            "bytes of a handshake of QUIC that wait for those before them \\*",
            quic::MOST_AHEAD,
        ),
        (
            "bytes of all handshakes of QUIC that wait \\*",
            quic::MOST_BYTES,
        ),
        ("segments that nobody acknowledges", MOST_OUTSTANDING),
        ("segments of a direction that are timed \\*", MOST_TIMED),
        (
            "damaged segments of a direction that may still count, in `follow`",
            follow::MOST_DOUBTFUL,
        ),
        (
            "frames that are told which later one completes them \\*",
            MOST_FORESEEN,
        ),
        ("datagrams put together inside each other \\*", MOST_NESTED),
        ("conversations of a protocol", REMEMBERED),
        ("rows of a table of frames", MOST_ROWS),
        ("frames of a drawing", MAX_DRAWN),
        ("intervals of time", MAX_INTERVALS),
        ("rows of any other table of figures", MAX_ENTRIES),
        (
            "clients that `netinspect server` serves at once",
            server::MOST_CLIENTS,
        ),
        (
            "clients that it remembers over UDP; with one more, all are welcomed anew",
            server::MOST_PEERS,
        ),
        ("bytes of a program's output", netinspect::lab::OUTPUT_LIMIT),
        ("bytes of a line of it", netinspect::lab::LINE_LIMIT),
        (
            "more processes of it",
            usize::try_from(netinspect::lab::MOST_PROCESSES).unwrap(),
        ),
        (
            "bytes of a file that it writes",
            usize::try_from(netinspect::lab::LONGEST_FILE).unwrap(),
        ),
    ];
    let readme = include_str!("../README.md");
    for (what, bound) in rows {
        let row = format!("| {what} | {} |", grouped(bound));
        assert!(readme.contains(&row), "no row \"{row}\" in the README");
    }
}
