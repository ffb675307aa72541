//! Memory that a file's length does not move: ten frames or a hundred thousand, a file or a pipe.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// What no view may reach, in KiB. The code of a program that is not optimised takes 8 MiB more: of ten
/// frames it holds 14.8 MiB, where the one that ships holds 6.4.
const BOUND: u64 = if cfg!(debug_assertions) { 24 } else { 16 } * 1024;

const FRAMES: usize = 100_000;

/// A pcap file of so many times the same ARP frame.
fn write_capture(path: &Path) {
    let mut header = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    header.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.extend(65_535_u32.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    let mut record = [1_u32, 2, 42, 42].map(u32::to_le_bytes).concat();
    record.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 8, 6]);
    record.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 7, 192, 168, 1, 7]);
    record.extend([0, 0, 0, 0, 0, 0, 192, 168, 1, 6]);
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    file.write_all(&header).unwrap();
    for _ in 0..FRAMES {
        file.write_all(&record).unwrap();
    }
}

/// The most memory that the program held, in KiB, while it wrote all its output but the last of it, and
/// the count of the lines written.
///
/// The program's own count, asked for while it waits for us to read: what a parent is told of its child's
/// use holds the parent's own, from before the child became another program.
fn peak_of(arguments: &[&str], stdin: Stdio) -> (u64, usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut buffer = vec![0; 64 * 1024];
    let (mut peak, mut lines) = (0, 0);
    loop {
        if let Some(now) = peak_so_far(child.id()) {
            peak = now;
        }
        let count = stdout.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..count]).count();
    }
    assert!(child.wait().unwrap().success(), "{arguments:?}");
    (peak, lines)
}

/// `None` once it has ended.
fn peak_so_far(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn no_view_holds_more_than_a_few_mebibytes_however_long_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.pcap");
    write_capture(&path);
    let file = path.to_str().unwrap();
    let views: [&[&str]; 5] = [
        &[],
        &["-V"],
        &["-x"],
        &["--format", "ndjson"],
        &["-e", "arp.src.proto_ipv4", "-Y", "arp"],
    ];
    for view in views {
        let (peak, lines) = peak_of(&[&["decode", file], view].concat(), Stdio::null());
        assert!(lines >= FRAMES, "{view:?}: {lines} lines");
        assert!(peak > 0 && peak < BOUND, "{view:?}: {peak} KiB");
    }
    let (peak, lines) = peak_of(&["decode", "-"], File::open(&path).unwrap().into());
    assert!(lines >= FRAMES, "{lines} lines");
    assert!(peak > 0 && peak < BOUND, "{peak} KiB from a pipe");
}

/// Connections that are asked for and never answered.
const FLOOD: u32 = 200_000;

/// What one of them may take at most, in bytes, with its place in the memory and what is waited for.
const A_CONNECTION: u64 = 400;

/// A pcap file of a SYN from each of so many addresses.
fn write_flood(path: &Path) {
    let mut header = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    header.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    header.extend(65_535_u32.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    file.write_all(&header).unwrap();
    for number in 0..FLOOD {
        let source = (0x0a00_0000 + number).to_be_bytes();
        let mut bytes = Vec::new();
        etherparse::PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4(source, [192, 168, 1, 6], 64)
            .tcp(40_000, 80, number, 1024)
            .syn()
            .write(&mut bytes, &[])
            .unwrap();
        let length = u32::try_from(bytes.len()).unwrap();
        let record = [number / 1000, number % 1000, length, length].map(u32::to_le_bytes);
        file.write_all(&record.concat()).unwrap();
        file.write_all(&bytes).unwrap();
    }
}

#[test]
fn a_connection_takes_a_few_hundred_bytes_and_a_flood_of_syns_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flood.pcap");
    write_flood(&path);
    let file = path.to_str().unwrap();
    let (peak, lines) = peak_of(&["decode", file, "-e", "tcp.stream"], Stdio::null());
    assert_eq!(
        lines,
        FLOOD as usize + 1,
        "each is a connection, below a title"
    );
    let each = peak.saturating_sub(BOUND) * 1024 / u64::from(FLOOD);
    println!("{each} bytes each");
    assert!(each > 0 && each < A_CONNECTION, "{each} bytes each");
}

/// What `stats` may take at most for one of them, in bytes: a row in the table of addresses and one in that of
/// connections, or all that `--by tcp` follows and counts of it.
const A_ROW: u64 = 950;

#[test]
fn statistics_take_a_few_hundred_bytes_a_conversation() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flood.pcap");
    write_flood(&path);
    let file = path.to_str().unwrap();
    for (by, format) in [
        ("conversations", "table"),
        ("endpoints", "csv"),
        ("tcp", "json"),
    ] {
        let arguments = ["stats", file, "--by", by, "--sort", "bytes", "-T", format];
        let (peak, lines) = peak_of(&arguments, Stdio::null());
        assert!(lines > FLOOD as usize, "{by}, {format}: {lines} lines");
        let each = peak.saturating_sub(BOUND) * 1024 / u64::from(FLOOD);
        println!("{by}, {format}: {each} bytes each");
        assert!(each > 0 && each < A_ROW, "{by}, {format}: {each} bytes");
    }
}
