//! TLS that is decrypted with a key log: beside the capture, inside it, and written by the programs of `run`; on the
//! built program.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::missing;
use common::place::{Place, for_each_user, python};

/// A capture with a key log inside, and a request in it that only that opens.
const SEALED: &str = "tls-keylog.pcapng";
const REQUEST: &str = "decrypted: GET / HTTP/1.1";
const NOT_OPENED: &str = "Application Data (87 bytes encrypted)";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn netinspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn told(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    format!("{text}{}", String::from_utf8_lossy(&output.stderr))
}

/// The capture without its key log, and the key log.
fn apart(capture: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut rest, mut without, mut log) = (capture, Vec::new(), Vec::new());
    while let Some(head) = rest.first_chunk::<16>() {
        let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let (block, behind) = rest.split_at(word(4) as usize);
        match word(0) {
            10 => log.extend(&block[16..16 + block_length(block)]),
            _ => without.extend(block),
        }
        rest = behind;
    }
    (without, log)
}

/// How long the key log of a block is.
fn block_length(block: &[u8]) -> usize {
    u32::from_le_bytes(block[12..16].try_into().unwrap()) as usize
}

#[test]
fn a_key_log_beside_a_capture_opens_what_one_inside_it_opens() {
    let (without, log) = apart(&fs::read(fixture(SEALED)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (sealed, keys) = (path("sealed.pcapng"), path("keys.log"));
    fs::write(&sealed, without).unwrap();
    fs::write(&keys, log).unwrap();
    let whole = fixture(SEALED);
    let whole = whole.to_str().unwrap();
    for view in [&["-V"][..], &["-T", "ndjson"], &["-T", "list"], &["-2"]] {
        let decode = |options: &[&str]| told(&netinspect(&[&["decode"], options, view].concat()));
        let inside = decode(&[whole]);
        assert!(inside.contains("GET / HTTP/1.1"), "{inside}");
        let beside = decode(&[&sealed, "--keylog", &keys]);
        assert!(beside == inside, "{beside}");
        let unopened = decode(&[&sealed]);
        assert!(!unopened.contains("GET / HTTP/1.1"), "{unopened}");
        let as_seen = decode(&[whole, "--no-keylog"]);
        assert!(as_seen == unopened, "{as_seen}");
    }
}

#[test]
fn a_key_log_inside_a_capture_may_be_longer_than_any_other_block() {
    let (without, log) = apart(&fs::read(fixture(SEALED)).unwrap());
    // As a browser writes that was busy with others before, and after it a last line without an end.
    let others = format!("CLIENT_RANDOM {:064x} {:096x}\n", 1, 2).repeat(6_000);
    let long = [others.as_bytes(), &log, b"# the last"].concat();
    let body = long.len().next_multiple_of(4);
    let words = [10, 20 + body, 0x544c_534b, long.len()];
    let words = words.map(|word| u32::try_from(word).unwrap().to_le_bytes());
    let mut block = [&words.concat()[..], &long].concat();
    block.resize(16 + body, 0);
    block.extend(words[1]);
    // Behind the section's header and the interface.
    let length_at = |at: usize| u32::from_le_bytes(without[at + 4..at + 8].try_into().unwrap());
    let interface = length_at(0) as usize;
    let (head, frames) = without.split_at(interface + length_at(interface) as usize);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.pcapng");
    fs::write(&path, [head, &block, frames].concat()).unwrap();
    let list = told(&netinspect(&["decode", path.to_str().unwrap()]));
    assert!(list.contains(REQUEST), "{list}");
    // Cut in the middle of it.
    fs::write(&path, [head, &block[..block.len() / 2]].concat()).unwrap();
    let cut = told(&netinspect(&["decode", path.to_str().unwrap()]));
    let needed = format!("needs {} bytes", block.len());
    assert!(cut.contains(&needed), "{cut}");
}

#[test]
fn what_is_decrypted_is_filtered_drawn_and_explained() {
    let path = fixture(SEALED);
    let path = path.to_str().unwrap();
    let requests = told(&netinspect(&["decode", path, "-Y", "http.request"]));
    assert_eq!(requests.lines().count(), 4, "{requests}");
    assert!(requests.lines().all(|line| line.contains(REQUEST)));
    let ladder = told(&netinspect(&["sequence", path, "--stream", "0"]));
    assert!(ladder.contains(REQUEST), "{ladder}");
    let as_seen = told(&netinspect(&["sequence", path, "--no-keylog"]));
    assert!(as_seen.contains(NOT_OPENED), "{as_seen}");
    let frame = told(&netinspect(&["explain", path, "--frame", "12"]));
    assert!(frame.contains("GET / HTTP/1.1"), "{frame}");
}

/// The bytes of a side of stream 2 inside TLS.
fn followed(side: &str) -> Vec<u8> {
    let path = fixture(SEALED);
    let stream = ["--protocol", "tls", "--stream", "2", "--as", "raw"];
    let from = ["follow", path.to_str().unwrap(), "--from", side];
    let output = netinspect(&[&from[..], &stream].concat());
    assert!(output.status.success(), "{}", told(&output));
    output.stdout
}

#[test]
fn what_both_sides_say_inside_tls_is_followed_as_tshark_does() {
    if !common::tshark::is_here() {
        return;
    }
    let output = Command::new("tshark")
        .args(["-q", "-n", "-z", "follow,tls,raw,2", "-r"])
        .arg(fixture(SEALED))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // What the server says is indented.
    let is_hexadecimal = |line: &&str| {
        let digits = line.trim_start();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let (servers, clients): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(is_hexadecimal)
        .partition(|line| line.starts_with('\t'));
    for (side, lines) in [("client", clients), ("server", servers)] {
        let hexadecimal = |byte: &u8| format!("{byte:02x}");
        let ours: String = followed(side).iter().map(hexadecimal).collect();
        let theirs: String = lines.iter().map(|line| line.trim_start()).collect();
        assert!(!theirs.is_empty());
        assert_eq!(ours, theirs, "{side}");
    }
}

#[test]
fn what_cannot_be_decrypted_cannot_be_followed_and_why_is_told() {
    for (name, options) in [
        ("tls-cbc.pcapng", &[][..]),
        (SEALED, &["--no-keylog", "--stream", "1"]),
    ] {
        let path = fixture(name);
        let follow = ["follow", path.to_str().unwrap(), "--protocol", "tls"];
        let output = netinspect(&[&follow, options].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let said = told(&output);
        assert!(
            said.contains("could be decrypted: that takes its secrets"),
            "{said}"
        );
    }
}

#[test]
fn a_key_log_that_is_not_there_is_an_error_and_one_without_secrets_a_word() {
    let path = fixture(SEALED);
    let path = path.to_str().unwrap();
    let output = netinspect(&["decode", path, "--keylog", "/nowhere/keys.log"]);
    assert!(!output.status.success());
    let said = told(&output);
    assert!(
        said.contains("cannot read the key log /nowhere/keys.log: No such file"),
        "{said}"
    );
    let no_log = fixture("README.md");
    let output = netinspect(&["decode", path, "--keylog", no_log.to_str().unwrap()]);
    assert!(output.status.success());
    let said = told(&output);
    assert!(
        said.contains("has no secret: its lines begin with CLIENT_RANDOM"),
        "{said}"
    );
}

fn run(place: &Place, user: u32, options: &[&str]) -> String {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    for name in ["tls_server.py", "tls_client.py", "tls.pem"] {
        fs::copy(programs.join(name), place.work.join(name)).expect("our own");
    }
    let python = python();
    let output = place
        .command(user)
        .args([
            "run",
            "--server",
            &format!("{python} tls_server.py tls.pem"),
        ])
        .args(["--client", &format!("{python} tls_client.py tls.pem")])
        .args(options)
        .env("COLUMNS", "160")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = told(&output);
    assert!(
        said.contains("client prints │ b'GET /HELLO HTTP/1.0"),
        "{said}"
    );
    said
}

#[test]
fn what_programs_in_the_lab_encrypt_is_told_and_written_with_its_key_log() {
    if !python_is_here() {
        return;
    }
    for_each_user(|place, user| {
        let [opened, sealed] = ["opened", "sealed"].map(|name| format!("{name}-{user}.pcapng"));
        let said = run(place, user, &["--write", &opened]);
        assert!(said.contains("decrypted: GET /hello HTTP/1.0"), "{said}");
        let written = place.work.join(opened);
        let list = told(&netinspect(&["decode", written.to_str().unwrap()]));
        assert!(list.contains("decrypted: GET /hello HTTP/1.0"), "{list}");
        let said = run(place, user, &["--no-keylog", "--write", &sealed]);
        assert!(!said.contains("decrypted"), "{said}");
        let written = fs::read(place.work.join(sealed)).unwrap();
        assert!(!written.windows(6).any(|bytes| bytes == b"CLIENT"));
    });
}

#[test]
fn frames_that_are_told_at_once_are_decrypted_from_where_the_keys_are_known() {
    if !python_is_here() {
        return;
    }
    for_each_user(|place, user| {
        let said = run(place, user, &["--no-calls"]);
        assert!(said.contains("decrypted: GET /hello HTTP/1.0"), "{said}");
    });
}

#[test]
fn nothing_stays_of_the_key_log() {
    if !python_is_here() {
        return;
    }
    for_each_user(|place, user| {
        let folder = place.work.join("temporary");
        fs::create_dir_all(&folder).unwrap();
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        fs::set_permissions(&folder, permissions).unwrap();
        let output = place
            .command(user)
            .args(["run", "--client", "sh -c 'echo $SSLKEYLOGFILE'"])
            .env("TMPDIR", &folder)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let said = told(&output);
        let named = format!("client prints │ {}/netinspect-", folder.display());
        assert!(said.contains(&named), "{said}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    });
}

fn python_is_here() -> bool {
    let works = Command::new(python())
        .args(["-c", "import ssl"])
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        missing("python3 with ssl");
    }
    works
}
