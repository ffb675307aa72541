//! Several threads show the same as one: every byte, in the same order.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::available_parallelism;

/// A capture large enough for threads: every frame of a fixture over and over. All records of a classic capture
/// stand behind its header of 24 bytes.
fn large_capture(folder: &Path) -> PathBuf {
    let fixture = folder.join("fixture.pcap");
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tcp-loop.pcapng");
    rewrite(Path::new(recorded), &fixture);
    let bytes = fs::read(&fixture).unwrap();
    let (header, records) = bytes.split_at(24);
    let large = folder.join("large.pcap");
    let mut file = File::create(&large).unwrap();
    file.write_all(header).unwrap();
    for _ in 0..=1_500_000 / records.len() {
        file.write_all(records).unwrap();
    }
    large
}

fn rewrite(from: &Path, to: &Path) {
    use netinspect::capture;
    use netinspect::capture::write::{Existing, Writer};
    let mut source = capture::open(from).unwrap();
    let first = source.next_frame().unwrap().map(|frame| frame.link_type);
    let interface = capture::Interface::of_link(first.unwrap());
    let mut writer = Writer::create(to, &[interface], Existing::Keep).unwrap();
    let mut source = capture::open(from).unwrap();
    while let Some(frame) = source.next_frame().unwrap() {
        writer.frame(&frame, None).unwrap();
    }
    writer.flush().unwrap();
}

fn decode(file: &Path, threads: &str, options: &[&str]) -> Output {
    run("decode", file, threads, options)
}

fn run(command: &str, file: &Path, threads: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg(command)
        .arg(file)
        .args(["--threads", threads])
        .args(options)
        .output()
        .unwrap()
}

#[test]
fn several_threads_show_every_byte_that_one_shows_in_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_capture(folder.path());
    for options in [
        &[][..],
        &["-t", "dd", "-Y", "tcp.len > 0"],
        &["-T", "ndjson", "-Y", "tcp.flags.syn == 1"],
        &["-V", "-Y", "frame.number < 500"],
        &["-x", "-Y", "tcp.options.mss_val == 1460"],
        &[
            "-e",
            "frame.number",
            "-e",
            "tcp.analysis.flags",
            "-e",
            "tcp.options.mss_val",
        ],
    ] {
        let one = decode(&file, "1", options);
        assert!(
            one.status.success() && !one.stdout.is_empty(),
            "{options:?}"
        );
        for threads in ["2", "5"] {
            let several = decode(&file, threads, options);
            assert!(several.status.success(), "{options:?}");
            assert!(
                one.stdout == several.stdout,
                "{threads} threads, {options:?}"
            );
        }
    }
}

#[test]
fn several_threads_count_what_one_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_capture(folder.path());
    for options in [
        &["--by", "protocol"][..],
        &["--by", "conversations", "-T", "json"],
        &["--by", "endpoints", "-Y", "tcp.len > 0"],
        &["--by", "time", "--interval", "0.01"],
        &["--by", "tcp", "-T", "csv"],
    ] {
        let one = run("stats", &file, "1", options);
        let is_told = one.status.success() && !one.stdout.is_empty();
        assert!(is_told, "{options:?}");
        for threads in ["2", "5"] {
            let several = run("stats", &file, threads, options);
            assert!(several.status.success(), "{options:?}");
            assert!(one.stdout == several.stdout, "{threads}, {options:?}");
        }
    }
}

#[test]
fn what_is_before_damage_is_shown_by_several_threads_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_capture(folder.path());
    let mut bytes = fs::read(&file).unwrap();
    bytes.truncate(bytes.len() - 5);
    fs::write(&file, bytes).unwrap();
    for (command, options) in [
        ("decode", &[][..]),
        ("stats", &["--by", "conversations"]),
        ("stats", &["--by", "endpoints"]),
    ] {
        let [one, two] = ["1", "2"].map(|threads| run(command, &file, threads, options));
        assert_eq!(two.status.code(), Some(1));
        assert!(!one.stdout.is_empty(), "{command} {options:?}");
        assert!(one.stdout == two.stdout && one.stderr == two.stderr);
        assert!(String::from_utf8_lossy(&two.stderr).contains("a frame"));
    }
}

#[test]
fn a_reader_that_has_enough_ends_all_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_capture(folder.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "--threads", "4"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

/// How many threads the program has while it waits for us to read what it shows.
fn threads_of(program: &mut Command) -> usize {
    let mut child = program.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1]).unwrap();
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    let threads = threads.count();
    drop(stdout);
    assert!(child.wait().unwrap().success());
    threads
}

#[test]
fn two_threads_never_share_the_only_core_that_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = large_capture(folder.path());
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap();
    let core: String = allowed
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let program = env!("CARGO_BIN_EXE_netinspect");
    let arguments = ["decode", "-V", "--threads", "2"];
    let mut on_one = Command::new("taskset");
    on_one.args(["-c", &core, program]).args(arguments);
    assert_eq!(threads_of(on_one.arg(&file)), 1);
    if available_parallelism().unwrap().get() > 1 {
        let mut on_all = Command::new(program);
        assert_eq!(threads_of(on_all.args(arguments).arg(&file)), 2);
    }
}
