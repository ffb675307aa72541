//! Captures from anywhere: whole, cut, too long to believe, and no captures at all. `damage.rs` has more.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::fixtures::{captures, folder};
use common::missing;
use common::place::{NOBODY, Place};
use flate2::Compression;
use flate2::write::GzEncoder;
use netinspect::capture;
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{Block, PcapBlockOwned, PcapError};

fn netinspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn shown_frames(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stdout).lines().count()
}

/// A pcap file of one ARP frame, the numbers of its header in this order of bytes.
fn pcap(link_type: u32, snap_length: u32) -> Vec<u8> {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(snap_length.to_le_bytes());
    bytes.extend(link_type.to_le_bytes());
    bytes.extend(record(42, 42, &ARP));
    bytes
}

fn record(captured: u32, length: u32, frame: &[u8]) -> Vec<u8> {
    let mut bytes = [1u32, 2, captured, length].map(u32::to_le_bytes).concat();
    bytes.extend(frame);
    bytes
}

const ARP: [u8; 42] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0,
    0, 7, 192, 168, 1, 7, 0, 0, 0, 0, 0, 0, 192, 168, 1, 6,
];

/// What is decoded of a file with these bytes.
fn decoded(name: &str, bytes: &[u8]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    fs::write(&path, bytes).unwrap();
    netinspect(&["decode", path.to_str().unwrap()])
}

/// Bad input, how many good frames come before, and what the error must say.
fn assert_told(output: &Output, frames: usize, parts: &[&str]) {
    let told = errors(output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(shown_frames(output), frames, "{told}");
    for part in parts {
        assert!(told.contains(part), "\"{part}\" is not in: {told}");
    }
    assert!(told.starts_with("netinspect: "), "{told}");
}

#[test]
fn what_is_no_capture_is_told_for_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().to_str().unwrap();
    let gone = format!("{folder}/gone.pcap");
    assert_told(
        &netinspect(&["decode", &gone]),
        0,
        &[&gone, "there is no such file"],
    );
    assert_told(&netinspect(&["decode", folder]), 0, &["it is a directory"]);
    assert_told(&decoded("empty", b""), 0, &["is empty"]);
    assert_told(
        &decoded("text", b"these are words, and no frames\n"),
        0,
        &["is not a capture", "looks like text"],
    );
}

#[test]
fn a_compression_that_is_not_undone_is_told_with_what_undoes_it() {
    for (begins, told, command) in [
        (&b"\x28\xb5\x2f\xfd"[..], "compressed with zstd", "zstd -dc"),
        (b"\x04\x22\x4d\x18", "compressed with LZ4", "lz4 -dc"),
        (b"BZh91AY&SY", "compressed with bzip2", "bzip2 -dc"),
        (b"\xfd7zXZ\0\0\x04", "compressed with xz", "xz -dc"),
    ] {
        let reads = format!("{command} FILE | netinspect decode - reads it");
        assert_told(&decoded("compressed", begins), 0, &[told, &reads]);
    }
}

#[test]
fn a_file_that_this_user_may_not_read_is_told() {
    if !nix::unistd::geteuid().is_root() {
        missing("root, to make a file that another user may not read");
        return;
    }
    let place = Place::make();
    let path = place.work.join("secret.pcap");
    fs::write(&path, pcap(1, 65535)).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let output = place
        .command(NOBODY)
        .args(["decode", "secret.pcap"])
        .output()
        .unwrap();
    assert_told(&output, 0, &["this user may not read it"]);
    let output = place
        .command(NOBODY)
        .args(["capture", "-i", "lo"])
        .output()
        .unwrap();
    assert_told(&output, 0, &["CAP_NET_RAW", "sudo"]);
}

#[test]
fn an_interface_that_does_not_exist_is_told_with_those_that_do() {
    let output = netinspect(&["capture", "-i", "nosuch0", "--count", "1"]);
    assert_told(&output, 0, &["there is no interface nosuch0", "lo"]);
}

#[test]
fn a_capture_cut_anywhere_gives_every_frame_before_the_cut() {
    let mut bytes = pcap(1, 65535);
    bytes.extend(record(42, 42, &ARP));
    let header = &bytes[..bytes.len() - 50];
    assert_told(
        &decoded("header", header),
        1,
        &["byte 82", "needs 16 bytes", "8 are left"],
    );
    let frame = &bytes[..bytes.len() - 20];
    assert_told(
        &decoded("frame", frame),
        1,
        &["byte 82", "needs 58 bytes", "38 are left"],
    );
    assert_told(
        &decoded("global", &bytes[..20]),
        0,
        &["header of the file", "20 are left"],
    );
}

#[test]
fn lengths_beyond_belief_cost_no_memory() {
    let output = decoded("snap", &pcap(1, u32::MAX));
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shown_frames(&output), 1);
    let mut bytes = pcap(1, u32::MAX);
    bytes.extend(record(u32::MAX, u32::MAX, b"abc"));
    assert_told(
        &decoded("huge", &bytes),
        1,
        &["frame 2", "4294967295", "one frame before is whole"],
    );
}

#[test]
fn a_version_that_nobody_knows_is_not_read_as_one_that_is_known() {
    let mut classic = pcap(1, 65_535);
    classic[4..8].copy_from_slice(&[9, 0, 4, 0]);
    let told = "version 9.4 of pcap, and only 2 is known";
    assert_told(&decoded("nine.pcap", &classic), 0, &[told]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut next = fs::read(folder.join("udp.pcapng")).unwrap();
    next[12..14].copy_from_slice(&[0, 2]);
    let told = "version 2.0 of pcapng, and only 1 is known";
    assert_told(&decoded("two.pcapng", &next), 0, &[told]);
}

#[test]
fn a_length_on_the_wire_below_what_was_captured_is_told_as_the_file_has_it() {
    let mut pcap = pcap(1, 65_535);
    pcap.extend(record(42, 20, &ARP));
    let output = decoded("short.pcap", &pcap);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let [usual, short] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    assert!(!usual.contains("needs"), "{usual}");
    let told = "[Ethernet: needs 42 bytes, but by the frame's length on the wire there are 20]";
    assert!(short.contains(" 20  who has"), "{short}");
    assert!(short.ends_with(told), "{short}");
}

/// A block of pcapng.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(12 + body.len()).unwrap().to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &length].concat()
}

/// The section header of a pcapng file, and its one interface, an Ethernet.
fn beginning() -> Vec<u8> {
    let section = [
        0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
    ];
    let interface = [1, 0, 0, 0, 0, 0, 0, 0];
    [block(0x0a0d_0d0a, &section), block(1, &interface)].concat()
}

/// The body of an enhanced packet block up to its options.
fn timed_arp(microseconds: u64) -> Vec<u8> {
    let halves = [microseconds >> 32, microseconds & 0xffff_ffff];
    let [high, low] = halves.map(|half| u32::try_from(half).unwrap());
    let head = [0, high, low, 42, 42].map(u32::to_le_bytes);
    [&head.concat()[..], &ARP, &[0, 0]].concat()
}

#[test]
fn of_several_comments_on_a_frame_each_is_one_and_the_next_frame_has_its_own() {
    // A comment, that it was received, another comment, and the end.
    let options = b"\x01\0\x05\0first\0\0\0\x02\0\x04\0\x01\0\0\0\x01\0\x06\0second\0\0\0\0\0\0";
    let one = b"\x01\0\x03\0one\0\0\0\0\0";
    let file = [
        beginning(),
        block(6, &[&timed_arp(0)[..], options].concat()),
        block(6, &[&timed_arp(1)[..], one].concat()),
        block(6, &timed_arp(2)),
    ]
    .concat();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("comments.pcapng");
    fs::write(&path, file).unwrap();
    let mut source = capture::open(&path).unwrap();
    let mut comments = Vec::new();
    while let Some(frame) = source.next_frame().unwrap() {
        comments.push(frame.comment.map(<[u8]>::to_vec));
    }
    let expected = [Some(&b"first\0second"[..]), Some(b"one"), None];
    assert_eq!(
        comments,
        expected.map(|comment| comment.map(<[u8]>::to_vec))
    );
    let shown = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
        let output = command.arg("decode").arg(&path).args(arguments).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    // As tshark has them.
    let fields = ["-e", "frame.number", "-e", "frame.comment"];
    assert_eq!(
        shown(&fields),
        "frame.number\tframe.comment\n1\tfirst,second\n2\tone\n3\t\n"
    );
    for filter in ["frame.comment == \"second\"", "count(frame.comment) == 2"] {
        let numbers = shown(&["-Y", filter, "-e", "frame.number"]);
        assert_eq!(numbers, "frame.number\n1\n", "{filter}");
    }
    let json = shown(&["-T", "ndjson"]);
    assert!(json.contains(r#""comment":"first\nsecond""#), "{json}");
}

#[test]
fn a_frame_without_a_time_has_that_of_the_frame_before() {
    let arp = [&ARP[..], &[0, 0]].concat();
    // 1,700,000,000 seconds and some, in microseconds.
    let timed = |microseconds| block(6, &timed_arp(microseconds));
    let file = [
        beginning(),
        timed(1_700_000_000_000_000),
        block(3, &[&42_u32.to_le_bytes()[..], &arp].concat()),
        timed(1_700_000_000_500_000),
    ]
    .concat();
    let output = decoded("untimed.pcapng", &file);
    let list = String::from_utf8(output.stdout).unwrap();
    let times: Vec<_> = list.lines().map(|line| line[5..18].trim()).collect();
    assert_eq!(times, ["0.000000", "0.000000", "0.500000"], "{list}");
}

#[test]
fn frames_of_an_unknown_link_type_are_shown_as_bytes_and_told() {
    let output = decoded("link", &pcap(9999, 65535));
    assert_told(
        &output,
        1,
        &["link type 9999", "shown as bytes", "1 ETHERNET"],
    );
}

#[test]
fn a_wrong_call_is_no_failed_one() {
    for arguments in [
        &["decode"][..],
        &["decode", "x", "-T", "fields"],
        &["decode", "x", "-Y", "tcp.flags.sin"],
        &["decode", "x", "-e", "ip.scr"],
        &["decode", "x", "--format", "xml"],
        &["decode", "x", "-T", "json", "-e", "ip.src"],
        &["run-demo", "--style", "one-shot", "-m", "a", "-m", "b"],
        &["capture", "-i", "lo", "-w", "x", "--rotate-time", "0"],
        &["nonsense"],
    ] {
        let output = netinspect(arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            errors(&output)
        );
    }
}

#[test]
fn a_filter_may_begin_with_a_sign_and_a_number_below_0_is_told_as_one() {
    let path = folder().join("tcp-loop.pcapng");
    let path = path.to_str().unwrap();
    let output = netinspect(&["decode", path, "-Y", "-ip.ttl == -64"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(shown_frames(&output) > 0);
    for (arguments, told) in [
        (
            &["decode", path, "-c", "-1"][..],
            "'-1' for '--count <N>': a whole number from 0",
        ),
        (
            &["decode", path, "--frame", "-1"],
            "'-1' for '--frame <N>': a whole number from 1",
        ),
        (
            &["decode", path, "--frame", "0"],
            "'0' for '--frame <N>': a whole number from 1",
        ),
        (
            &["decode", path, "--threads", "-1"],
            "'-1' for '--threads <N>': a whole number from 1",
        ),
        (
            &["follow", path, "--stream", "-1"],
            "'-1' for '--stream <N>': a whole number from 0",
        ),
        (
            &["explain", path, "--frame", "1", "--byte", "-1"],
            "'-1' for '--byte <OFFSET>': an offset",
        ),
    ] {
        let output = netinspect(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let errors = errors(&output);
        assert!(errors.contains(told), "{errors}");
    }
}

#[test]
fn fields_are_shown_by_the_view_that_has_them_and_refused_by_every_other() {
    let path = folder().join("tcp-loop.pcapng");
    let path = path.to_str().unwrap();
    let asked = |format| netinspect(&["decode", path, "-T", format, "-e", "ip.src"]);
    for format in [
        "list", "table", "tree", "hex", "layers", "sequence", "json", "ndjson", "count",
    ] {
        let output = asked(format);
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert_eq!(shown_frames(&output), 0, "{format}");
        let told = format!("which --format {format} does not show");
        assert!(errors(&output).contains(&told), "{}", errors(&output));
    }
    assert!(asked("fields").status.success());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let path = folder().join("tcp-loop.pcapng");
    let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "-V", path.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(errors(&output), "");
}

#[test]
fn a_pipe_and_any_compression_give_the_same_frames() {
    let path = folder().join("tcp-loop.pcapng");
    let plain = netinspect(&["decode", path.to_str().unwrap()]);
    let bytes = fs::read(&path).unwrap();
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for contents in [
        bytes.clone(),
        gzip(&bytes),
        [gzip(first), gzip(second)].concat(),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(["decode", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&contents).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, plain.stdout);
    }
}

#[test]
fn bytes_behind_the_end_of_gzip_are_told_after_every_frame_and_zeros_are_none() {
    let bytes = fs::read(folder().join("tcp-loop.pcapng")).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).unwrap();
    let compressed = encoder.finish().unwrap();
    let with = |behind: &[u8]| decoded("behind.gz", &[&compressed, behind].concat());
    let whole = with(b"");
    assert!(whole.status.success());
    let frames = shown_frames(&whole);
    for behind in [&b"junk"[..], b"\0\0junk"] {
        assert_told(
            &with(behind),
            frames,
            &["other bytes follow it in the file"],
        );
    }
    let padded = with(&vec![0; 70_000]);
    assert!(padded.status.success(), "{}", errors(&padded));
    assert_eq!(padded.stdout, whole.stdout);
    assert_told(
        &with(&compressed[..20]),
        frames,
        &[&format!("after {frames} whole frames")],
    );
}

/// The frames of a file as another reader finds them: its bytes and lengths.
fn frames_by_another_reader(path: &Path) -> Vec<(Vec<u8>, u32)> {
    let file = fs::File::open(path).unwrap();
    let mut reader: Box<dyn PcapReaderIterator> = pcap_parser::create_reader(65536, file).unwrap();
    let mut frames = Vec::new();
    loop {
        match reader.next() {
            Ok((offset, block)) => {
                match block {
                    PcapBlockOwned::Legacy(packet) => {
                        frames.push((packet.data.to_vec(), packet.origlen));
                    }
                    PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                        let captured = packet.caplen as usize;
                        frames.push((packet.data[..captured].to_vec(), packet.origlen));
                    }
                    PcapBlockOwned::NG(_) | PcapBlockOwned::LegacyHeader(_) => {}
                }
                reader.consume(offset);
            }
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(PcapError::Eof) => return frames,
            Err(error) => {
                assert!(path.ends_with("cut.pcap"), "{}: {error:?}", path.display());
                return frames;
            }
        }
    }
}

#[test]
fn another_reader_finds_the_same_frames() {
    for path in captures() {
        if path.extension().is_some_and(|extension| extension == "gz") {
            continue;
        }
        let theirs = frames_by_another_reader(&path);
        let mut source = capture::open(&path).unwrap();
        let mut ours = Vec::new();
        while let Ok(Some(frame)) = source.next_frame() {
            ours.push((frame.bytes.to_vec(), frame.wire_length));
        }
        assert_eq!(ours, theirs, "{}", path.display());
    }
}

#[test]
fn a_capture_without_frames_is_told_to_have_none_in_every_view() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("empty.pcapng");
    fs::write(&path, beginning()).unwrap();
    let all = [
        "decode",
        "decode -V",
        "decode -T table",
        "decode -T json",
        "decode -Y tcp",
        "decode --threads 2",
        "decode --count-only",
        "sequence",
        "follow",
        "stats",
        "stats --by tcp",
        "explain --frame 1",
    ];
    for arguments in all {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(arguments.split(' '))
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let told = "the capture has no frames, only its header: ";
        assert_eq!(said.matches(told).count(), 1, "{arguments}: {said}");
    }
    let nothing_asked = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "-c", "0"])
        .arg(folder().join("udp.pcapng"))
        .output()
        .unwrap();
    assert!(nothing_asked.stderr.is_empty(), "{nothing_asked:?}");
}
