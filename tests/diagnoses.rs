//! What goes wrong between two programs is found, from their calls and frames, and in programs that do it
//! right nothing is.
//!
//! `tests/programs/faults` has a folder for each fault: a server and a client that show it, and a mended one
//! of them that does not.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use common::lab;
use common::place::{NOBODY, Place, has_python, python};
use serde_json::Value;

/// A folder, the diagnosis that its programs deserve, and what its evidence is: the host at fault, a part of
/// a call's text, and a part of a frame's line where a frame shows it.
type Fault = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const FAULTS: &[Fault] = &[
    (
        "accepts_without_listening",
        "failed-call",
        "server",
        "accept4(3) failed: Invalid argument",
        "",
    ),
    (
        "address_still_in_use",
        "address-in-use",
        "server",
        "bind(3, 0.0.0.0:12345) failed: Address already in use",
        "FIN",
    ),
    (
        "announces_more_than_it_sends",
        "message-not-whole",
        "server",
        "sendto(4, 45) = 45",
        "not whole",
    ),
    (
        "another_socket_listens",
        "address-in-use",
        "server",
        "bind(4, 0.0.0.0:12345) failed: Address already in use",
        "",
    ),
    (
        "answer_kept_alive",
        "both-wait",
        "client",
        "1024) never returned",
        "ACK",
    ),
    (
        "answers_at_the_wrong_port",
        "connection-refused",
        "server",
        "sendto(3, 5) = 5",
        "port unreachable",
    ),
    (
        "backlog_too_short",
        "backlog-overflow",
        "server",
        "listen(3, 0) = 0",
        "SYN",
    ),
    (
        "both_send_and_neither_reads",
        "both-send",
        "server",
        "20000000) never returned",
        "ero window",
    ),
    (
        "both_wait_for_a_datagram",
        "both-wait",
        "server",
        "65535) never returned",
        "5 bytes",
    ),
    (
        "both_wait_for_the_other",
        "both-wait",
        "server",
        "1024) never returned",
        "ACK",
    ),
    (
        "certificate_not_trusted",
        "tls-alert",
        "client",
        "7) = 7",
        "Unknown CA",
    ),
    (
        "character_cut_in_two",
        "character-cut",
        "server",
        "recvfrom(4, 16) = 16",
        "PSH",
    ),
    (
        "client_takes_one_port",
        "address-in-use",
        "client",
        "bind(3, 0.0.0.0:5555) failed: Address already in use",
        "FIN",
    ),
    (
        "closed_with_data_unread",
        "closed-unread",
        "server",
        "close(4) = 0",
        "RST",
    ),
    (
        "connect_does_not_wait",
        "failed-call",
        "client",
        "connect(3, 192.168.1.6:12345) did not wait",
        "",
    ),
    (
        "copy_left_open",
        "copy-left-open",
        "server",
        "close(4) = 0",
        "7 bytes",
    ),
    (
        "datagram_cut",
        "datagram-cut",
        "server",
        "recvfrom(3, 8) = 8",
        "24 bytes",
    ),
    (
        "datagram_to_everybody",
        "failed-call",
        "client",
        "failed: Permission denied",
        "",
    ),
    (
        "end_of_stream_taken_for_data",
        "end-taken-for-data",
        "server",
        "recvfrom(4, 1024) = 0",
        "FIN",
    ),
    (
        "gives_up_before_nobody_answers",
        "host-unreachable",
        "client",
        "connect(3, 192.168.1.99:12345)",
        "192.168.1.99",
    ),
    (
        "gives_up_by_its_own_timer",
        "own-timeout",
        "client",
        "poll(500 ms) = 0",
        "PSH",
    ),
    (
        "gives_up_by_the_sockets_timer",
        "own-timeout",
        "client",
        "recvfrom(3, 100) failed: Resource temporarily unavailable",
        "PSH",
    ),
    (
        "gives_up_on_a_datagram_that_nobody_took",
        "peer-gone",
        "client",
        "poll(1000 ms) = 0",
        "port unreachable",
    ),
    (
        "killed_by_sigpipe",
        "broken-pipe",
        "client",
        "write(3, 6) failed: Broken pipe",
        "RST",
    ),
    (
        "length_the_wrong_way_round",
        "byte-order",
        "server",
        "recvfrom(4, 184549376) = 11",
        "15 bytes",
    ),
    (
        "listener_closed_too_early",
        "connection-refused",
        "client",
        "close(3) = 0",
        "RST",
    ),
    (
        "listens_on_another_address",
        "connection-refused",
        "client",
        "bind(3, 127.0.0.1:12345) = 0",
        "RST",
    ),
    (
        "looks_on_its_own_host",
        "connection-refused",
        "client",
        "connect(3, 127.0.0.1:12345) failed",
        "",
    ),
    (
        "nobody_has_the_address",
        "host-unreachable",
        "client",
        "connect(3, 192.168.1.99:12345) failed: No route to host",
        "192.168.1.99",
    ),
    (
        "nobody_listens",
        "connection-refused",
        "client",
        "connect(3, 192.168.1.6:12354) failed: Connection refused",
        "RST",
    ),
    (
        "nobody_listens_and_connect_has_a_timeout",
        "connection-refused",
        "client",
        "getsockopt(3, SO_ERROR) told: Connection refused",
        "RST",
    ),
    (
        "nobody_reads",
        "nobody-reads",
        "server",
        "3000000) never returned",
        "ero window",
    ),
    (
        "nobody_takes_the_datagram",
        "connection-refused",
        "client",
        "recvfrom(3, 65535) failed: Connection refused",
        "port unreachable",
    ),
    (
        "part_taken_for_the_whole",
        "part-taken-for-whole",
        "server",
        "recvfrom(4, 1000000) = ",
        "1448 bytes",
    ),
    (
        "port_the_wrong_way_round",
        "connection-refused",
        "client",
        "connect(3, 192.168.1.6:14640) failed: Connection refused",
        "RST",
    ),
    (
        "receives_on_the_listener",
        "failed-call",
        "server",
        "recvfrom(3, 1024) failed",
        "",
    ),
    (
        "rest_never_sent",
        "rest-never-sent",
        "client",
        "sendto(3, 300000) = ",
        "bytes",
    ),
    (
        "sends_read_as_one",
        "sends-read-as-one",
        "server",
        "recvfrom(4, 1024) = 10",
        "5 bytes",
    ),
    (
        "serves_one_after_the_other",
        "not-accepted",
        "server",
        "recvfrom(4, 1024) never returned",
        "18 bytes",
    ),
    (
        "small_sends_held_back",
        "held-back",
        "client",
        // Which of the questions is for the scheduler to say.
        "sendto(3, 1",
        "bytes",
    ),
    (
        "socket_never_closed",
        "never-closed",
        "server",
        "recvfrom(4, 1024) = 0",
        "FIN",
    ),
    (
        "tcp_against_udp",
        "peer-gone",
        "client",
        "recvfrom(3, 65535) never returned",
        "port unreachable",
    ),
    (
        "tls_against_plain",
        "tls-against-plain",
        "client",
        "517) = 517",
        "Client Hello",
    ),
    (
        "waits_behind_a_cut_cable",
        "peer-gone",
        "client",
        "recvfrom(3, 1024) never returned",
        "15 bytes",
    ),
    (
        "waits_for_a_lost_datagram",
        "datagram-lost",
        "client",
        "recvfrom(3, 65535) never returned",
        "14 bytes",
    ),
    (
        "waits_for_a_peer_that_is_gone",
        "peer-gone",
        "client",
        "recvfrom(3, 65535) never returned",
        "port unreachable",
    ),
    (
        "waits_for_an_end_that_is_not_told",
        "both-wait",
        "server",
        "1024) never returned",
        "ACK",
    ),
];

/// What a busy machine makes true of programs beside their fault: it gathers what they send, or cuts it.
const BY_CHANCE: [&str; 2] = ["part-taken-for-whole", "sends-read-as-one"];

/// Those that wait for ever, or whose kernels do, until the time for the whole exchange is over.
const ENDLESS: [&str; 14] = [
    "answer_kept_alive",
    "answers_at_the_wrong_port",
    "both_send_and_neither_reads",
    "both_wait_for_a_datagram",
    "both_wait_for_the_other",
    "copy_left_open",
    "length_the_wrong_way_round",
    "nobody_reads",
    "serves_one_after_the_other",
    "tcp_against_udp",
    "waits_behind_a_cut_cable",
    "waits_for_a_lost_datagram",
    "waits_for_a_peer_that_is_gone",
    "waits_for_an_end_that_is_not_told",
];

/// Does this with each fault: those that never end at once, since they only wait, and beside them one of the others
/// after the other.
fn for_each_fault(case: impl Fn(&Fault) + Sync) {
    let is_endless = |fault: &&Fault| ENDLESS.contains(&fault.0);
    let (endless, others): (Vec<_>, Vec<_>) = FAULTS.iter().partition(is_endless);
    let case = &case;
    thread::scope(|scope| {
        for fault in endless {
            scope.spawn(move || case(fault));
        }
        for fault in others {
            case(fault);
        }
    });
}

/// The programs of a folder, on the given host one of its other variant.
struct Pair {
    server: String,
    client: String,
    /// What happens to the cable meanwhile: what is in the file `fault` of the folder.
    fault: Option<String>,
    /// How long the whole exchange may take, in seconds: the start of two interpreters is part of it.
    limit: &'static str,
}

const LONG: &str = "60";
const SHORT: &str = "8";

impl Pair {
    fn new(server: String, client: String) -> Self {
        Self {
            server,
            client,
            fault: None,
            limit: LONG,
        }
    }

    fn with_fault_of(self, folder: &Path) -> Self {
        let fault = fs::read_to_string(folder.join("fault")).ok();
        Self { fault, ..self }
    }

    fn with_limit_of(self, folder: &Path) -> Self {
        let is_endless = ENDLESS.iter().any(|name| folder.ends_with(name));
        let limit = if is_endless { SHORT } else { LONG };
        Self { limit, ..self }
    }
}

fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

/// Whether there are a lab whose calls are told, Python, and these tools.
fn can_run_with(tools: &[&str]) -> bool {
    lab::is_here()
        && lab::tells_calls()
        && has_python()
        && tools.iter().all(|tool| {
            let is_here = Command::new(tool).arg("--version").output().is_ok();
            if !is_here {
                common::missing(tool);
            }
            is_here
        })
}

/// The command that runs a program: a script as it is, C built to a static program first.
fn command(folder: &Path, name: &str, work: &Path) -> String {
    let script = folder.join(format!("{name}.py"));
    if script.exists() {
        return format!("{} {}", python(), script.display());
    }
    let fault = folder.file_name().expect("a folder").to_string_lossy();
    let built = work.join(format!("{fault}-{name}"));
    let source = folder.join(format!("{name}.c"));
    build(
        Command::new("cc")
            .args(["-static", "-O1", "-o"])
            .arg(&built)
            .arg(source),
    );
    built.display().to_string()
}

fn build(compiler: &mut Command) {
    let output = compiler.output().expect("a compiler");
    assert!(output.status.success(), "{output:?}");
}

impl Pair {
    fn faulty(folder: &Path, work: &Path) -> Self {
        Self::new(
            command(folder, "server", work),
            command(folder, "client", work),
        )
        .with_fault_of(folder)
        .with_limit_of(folder)
    }

    fn mended(folder: &Path, work: &Path) -> Self {
        let of = |role: &str| {
            let mended = format!("mended_{role}");
            let is_there = |ending: &str| folder.join(format!("{mended}.{ending}")).exists();
            let name = if is_there("py") || is_there("c") {
                &mended
            } else {
                role
            };
            command(folder, name, work)
        };
        let pair = Self::new(of("server"), of("client")).with_fault_of(folder);
        // Nobody hears the end of what says it to a cut cable.
        let limit = if pair.fault.is_some() { SHORT } else { LONG };
        Self { limit, ..pair }
    }

    fn run(&self, mut netinspect: Command) -> Verdict {
        let output = netinspect
            .args(["run", "--check", "-T", "ndjson", "--timeout", self.limit])
            .args(["--server", &self.server, "--client", &self.client])
            .args(
                self.fault
                    .iter()
                    .flat_map(|fault| ["--fault", fault.trim()]),
            )
            .output()
            .expect("netinspect");
        Verdict::of(&output)
    }
}

/// What one run told.
struct Verdict {
    code: Option<i32>,
    frames: Vec<Value>,
    diagnoses: Vec<Value>,
    errors: String,
}

impl Verdict {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let objects: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let last = objects
            .last()
            .unwrap_or_else(|| panic!("nothing came: {errors}"));
        let diagnoses = last["diagnoses"].as_array();
        Self {
            code: output.status.code(),
            diagnoses: diagnoses.unwrap_or_else(|| panic!("{last}")).clone(),
            frames: objects,
            errors,
        }
    }

    fn names(&self) -> Vec<&str> {
        self.diagnoses
            .iter()
            .filter_map(|found| found["name"].as_str())
            .collect()
    }

    fn line_of_frame(&self, number: &Value) -> &str {
        let mut frames = self.frames.iter();
        let frame = frames.find(|frame| frame["number"] == *number);
        frame
            .and_then(|frame| frame["summary"].as_str())
            .expect("a frame of the exchange")
    }

    /// It tells this, and nothing else that is true of the programs on every machine.
    fn assert_found(&self, name: &str, what: &str) -> &Value {
        let of_chance = |found: &Value| BY_CHANCE.iter().any(|name| found["name"] == *name);
        let (own, others): (Vec<_>, Vec<_>) = self
            .diagnoses
            .iter()
            .partition(|found| found["name"] == name);
        assert!(
            own.len() == 1 && others.into_iter().all(of_chance),
            "{what}: {:?} {}",
            self.names(),
            self.errors
        );
        own[0]
    }

    fn assert_none(&self, what: &str) {
        assert_eq!(self.names(), [""; 0], "{what}: {:?}", self.diagnoses);
        assert_eq!(self.code, Some(0), "{what}: {}", self.errors);
    }
}

fn as_ourselves() -> Command {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
}

#[test]
fn every_fault_is_found_with_the_calls_and_frames_that_show_it() {
    if !can_run_with(&["cc"]) {
        return;
    }
    let work = tempfile::TempDir::new().unwrap();
    for_each_fault(|(folder, name, host, call, frame)| {
        let folder = programs().join("faults").join(folder);
        let verdict = Pair::faulty(&folder, work.path()).run(as_ourselves());
        let found = verdict.assert_found(name, &folder.display().to_string());
        assert_eq!(verdict.code, Some(1), "{name}: {}", verdict.errors);
        assert_eq!(found["host"], *host, "{found}");
        let texts = || {
            found["calls"]
                .as_array()
                .unwrap()
                .iter()
                .map(|call| call["text"].as_str().unwrap())
        };
        assert!(
            texts().any(|text| text.contains(call)),
            "no {call:?} in {found}"
        );
        let frames = found["frames"].as_array().unwrap();
        let mut lines = frames.iter().map(|number| verdict.line_of_frame(number));
        assert!(
            frame.is_empty() || lines.any(|line| line.contains(frame)),
            "no {frame:?} in the frames of {found}"
        );
        for text in ["title", "found", "reason", "fix", "code"] {
            let text = found[text].as_str().unwrap();
            assert!(!text.is_empty(), "{name}: {found}");
            assert!(!text.contains(" 1 connections"), "{name}: {text}");
        }
    });
}

#[test]
fn nothing_is_found_in_the_mended_twin_of_any_fault() {
    if !can_run_with(&["cc"]) {
        return;
    }
    let work = tempfile::TempDir::new().unwrap();
    for_each_fault(|(folder, ..)| {
        let path = programs().join("faults").join(folder);
        let verdict = Pair::mended(&path, work.path()).run(as_ourselves());
        verdict.assert_none(folder);
    });
}

#[test]
fn every_folder_of_faults_is_in_the_table() {
    let mut folders: Vec<String> = fs::read_dir(programs().join("faults"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let listed: Vec<&str> = FAULTS.iter().map(|fault| fault.0).collect();
    assert_eq!(folders, listed);
}

/// Copies a folder of programs to where every user can read it.
fn copy_for_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let source = entry.unwrap().path();
        let copy = to.join(source.file_name().unwrap());
        fs::copy(source, &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).unwrap();
    }
}

#[test]
fn an_ordinary_user_gets_the_same_diagnoses() {
    if !can_run_with(&["cc"]) {
        return;
    }
    if !nix::unistd::geteuid().is_root() {
        common::missing("root, to try it as an ordinary user");
        return;
    }
    if !lab::is_here_for(NOBODY) {
        return;
    }
    let place = Place::make();
    for_each_fault(|(name, diagnosis, ..)| {
        let folder = place.work.join(name);
        copy_for_all(&programs().join("faults").join(name), &folder);
        let faulty = Pair::faulty(&folder, &place.work).run(place.command(NOBODY));
        faulty.assert_found(diagnosis, name);
        let mended = Pair::mended(&folder, &place.work).run(place.command(NOBODY));
        mended.assert_none(name);
    });
}

#[test]
fn the_tutorials_programs_get_the_diagnoses_that_they_deserve() {
    if !can_run_with(&[]) {
        return;
    }
    let expected: &[(&str, &str, &[&str])] = &[
        ("one_shot", "hello", &[]),
        ("loop", "hello", &["end-taken-for-data"]),
        (
            "loop",
            r"hello\nworld",
            &["end-taken-for-data", "sends-read-as-one"],
        ),
        ("udp_one_shot", "hello", &[]),
    ];
    for (name, said, names) in expected {
        let folder = programs();
        let script = |role: &str| {
            folder
                .join(format!("{name}_{role}.py"))
                .display()
                .to_string()
        };
        let pair = Pair::new(
            format!("{} {} 192.168.1.6 12345", python(), script("server")),
            format!(
                "sh -c 'printf \"{said}\\n\" | {} {} server 12345'",
                python(),
                script("client")
            ),
        );
        let verdict = pair.run(as_ourselves());
        let found = verdict.names();
        // Whether the two lines arrive before the server looks is for the scheduler to say.
        let least = &names[..names.len().min(1)];
        assert!(
            found == *names || found == least,
            "{name} {said}: {found:?} {}",
            verdict.errors
        );
    }
}

#[test]
fn nothing_is_found_in_programs_that_do_it_right() {
    if !can_run_with(&["cc", "rustc", "curl"]) {
        return;
    }
    let (folder, work) = (programs(), tempfile::TempDir::new().unwrap());
    let path = |name: &str| folder.join(name).display().to_string();
    let (server, client) = (work.path().join("server"), work.path().join("client"));
    build(
        Command::new("cc")
            .args(["-static", "-O1", "-o"])
            .arg(&server)
            .arg(path("loop_server.c")),
    );
    build(
        Command::new("rustc")
            .args(["-O", "-C", "target-feature=+crt-static", "-o"])
            .arg(&client)
            .arg(path("one_shot_client.rs")),
    );
    fs::write(work.path().join("page"), vec![b'x'; 200_000]).unwrap();
    let own = env!("CARGO_BIN_EXE_netinspect");
    let chat = |transport: &str, style: &str| {
        let options = format!("--transport {transport} --style {style}");
        (
            format!("{own} server {options}"),
            format!("sh -c 'printf \"hello\\n\" | {own} client {options} server'"),
        )
    };
    let web = format!(
        "{} -m http.server 8000 -d {}",
        python(),
        work.path().display()
    );
    let pairs = [
        (
            format!("{} {}", python(), path("threads_server.py")),
            format!("{} {}", python(), path("threads_client.py")),
        ),
        (
            format!("{} {}", python(), path("upper_server.py")),
            format!("{} {}", python(), path("upper_client.py")),
        ),
        (server.display().to_string(), client.display().to_string()),
        (
            web.clone(),
            "curl -sf -o /dev/null http://server:8000/page".to_owned(),
        ),
        (
            web,
            "curl -s -o /dev/null http://server:8000/nothing".to_owned(),
        ),
        chat("tcp", "loop"),
        chat("tcp", "one-shot"),
        chat("udp", "loop"),
        chat("udp", "one-shot"),
    ];
    for (server, client) in pairs {
        let what = format!("{server} with {client}");
        Pair::new(server, client)
            .run(as_ourselves())
            .assert_none(&what);
    }
}

#[test]
fn a_server_that_is_killed_does_not_pass() {
    if !can_run_with(&[]) {
        return;
    }
    let server = "import os, socket; c = socket.create_server(('', 12345)).accept()[0]; c.recv(9); c.close(); os.abort()";
    let client = "import socket; s = socket.create_connection(('server', 12345)); s.sendall(b'hi'); s.recv(9)";
    let pair = Pair::new(
        format!("{} -c \"{server}\"", python()),
        format!("{} -c \"{client}\"", python()),
    );
    let verdict = pair.run(as_ourselves());
    assert_eq!(verdict.names(), [""; 0], "{:?}", verdict.diagnoses);
    assert_eq!(verdict.code, Some(1), "{}", verdict.errors);
    assert!(verdict.errors.contains("the server was ended by SIGABRT"));
}

#[test]
fn a_call_that_shows_a_fault_has_the_number_and_time_that_it_has_in_the_story() {
    if !can_run_with(&[]) {
        return;
    }
    let work = tempfile::TempDir::new().unwrap();
    let folder = programs().join("faults/end_of_stream_taken_for_data");
    let pair = Pair::faulty(&folder, work.path());
    let output = as_ourselves()
        .args(["run", "--server", &pair.server, "--client", &pair.client])
        .env("COLUMNS", "80")
        .output()
        .expect("netinspect");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (story, verdict) = text.split_once("What went wrong").expect("something did");
    let mut lines = verdict.lines().map(str::split_whitespace);
    let shown = lines
        .find_map(|mut words| (words.next() == Some("calls")).then(|| words.collect::<Vec<_>>()));
    let shown = shown.expect("a call shows it");
    let is_it = |line: &str| {
        line.split_whitespace()
            .take(2)
            .eq(shown[..2].iter().copied())
    };
    assert!(story.lines().any(is_it), "no {shown:?} in {text}");
}

#[test]
fn a_character_that_was_never_sent_whole_was_cut_by_no_receive() {
    if !can_run_with(&[]) {
        return;
    }
    let server = programs().join("faults/character_cut_in_two/server.py");
    let code = r#"import socket; s = socket.create_connection(("server", 12345)); s.sendall(b"hi \xe4\xbd"); s.close()"#;
    let pair = Pair::new(
        format!("{} {}", python(), server.display()),
        format!("{} -c '{code}'", python()),
    );
    let verdict = pair.run(as_ourselves());
    assert!(
        !verdict.names().contains(&"character-cut"),
        "{:?}",
        verdict.diagnoses
    );
}

#[test]
fn the_ruler_shows_two_sends_over_the_receive_that_read_both() {
    if !can_run_with(&[]) {
        return;
    }
    let folder = programs().join("faults/sends_read_as_one");
    let output = as_ourselves()
        .env("COLUMNS", "80")
        .args(["run", "--view", "bytes"])
        .arg(format!(
            "--server={} {}/server.py",
            python(),
            folder.display()
        ))
        .arg(format!(
            "--client={} {}/client.py",
            python(),
            folder.display()
        ))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = |name: &str| -> &str {
        text.lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("{text}"))
    };
    let (sends, bytes, receives) = (line("sends "), line("bytes "), line("receives "));
    assert_eq!(sends.matches(" = 5 ").count(), 2, "{text}");
    assert!(
        bytes.contains("│ hello ") && bytes.contains("│ world "),
        "{text}"
    );
    let merged = receives.split('┼').next().unwrap();
    assert!(merged.contains(" = 10 ──"), "{text}");
    // The receive is as long as both sends are.
    let cells = |line: &str, border: usize| {
        line.match_indices('┼')
            .nth(border)
            .map(|(at, _)| line[..at].chars().count())
    };
    assert_eq!(cells(receives, 0), cells(sends, 1), "{text}");
}

#[test]
fn a_capture_alone_has_no_ruler() {
    let fixture = common::fixtures::captures().remove(0);
    let output = as_ourselves()
        .args(["decode", "-T", "bytes"])
        .arg(fixture)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("use it with `netinspect run` or `run-demo`"),
        "{errors}"
    );
}

#[test]
fn datagrams_have_no_ruler_and_that_is_said() {
    if !can_run_with(&[]) {
        return;
    }
    let program = |name: &str| programs().join(name).display().to_string();
    let (server, client) = (
        program("udp_one_shot_server.py"),
        program("udp_one_shot_client.py"),
    );
    let output = as_ourselves()
        .args(["run", "--view", "bytes"])
        .arg(format!("--server={} {server} 0.0.0.0 12345", python()))
        .arg(format!(
            "--client=sh -c 'echo hi | {} {client} server 12345'",
            python()
        ))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.starts_with("no TCP stream carried a byte, so there is none to draw: over UDP"),
        "{output:?}"
    );
}

#[test]
fn of_datagrams_nothing_is_said_where_there_were_none() {
    if !can_run_with(&[]) {
        return;
    }
    let output = as_ourselves()
        .args(["run", "--view", "bytes", "--server=false", "--client=true"])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "no TCP stream carried a byte, so there is none to draw\n",
        "{output:?}"
    );
}

#[test]
fn what_went_wrong_is_told_after_the_exchange_in_a_view_that_is_kept_until_its_end() {
    if !can_run_with(&[]) {
        return;
    }
    let folder = programs().join("faults").join("sends_read_as_one");
    let work = tempfile::TempDir::new().unwrap();
    let Pair { server, client, .. } = Pair::faulty(&folder, work.path());
    for view in ["", "-T sequence", "-T table", "-T list"] {
        // Both streams into one pipe, as on a terminal.
        let output = Command::new("sh")
            .args(["-c", "exec \"$@\" 2>&1", "sh"])
            .arg(env!("CARGO_BIN_EXE_netinspect"))
            .arg("run")
            .args(view.split_whitespace())
            .args(["--server", &server, "--client", &client])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let wrong = text.find("What went wrong").expect("it was told");
        let last = text.rfind("FIN").expect("it was shown");
        assert!(last < wrong, "{view}:\n{text}");
        let before = &text[..wrong];
        let is_apart = before.ends_with("\n\n") && !before.ends_with("\n\n\n");
        assert!(is_apart, "{view}:\n{text}");
    }
}

#[test]
fn a_server_that_breaks_down_does_not_pass_even_where_its_client_ends_well() {
    if !can_run_with(&[]) {
        return;
    }
    let output = as_ourselves()
        .args(["run", "--check", "--server"])
        .arg(format!(
            "{} -c 'import socket; socket.create_server((\"\", 9000)).accept(); 1 / 0'",
            python()
        ))
        .arg("--client")
        .arg(format!(
            "{} -c 'import socket; socket.create_connection((\"server\", 9000)).recv(1)'",
            python()
        ))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("netinspect: the server exited with code 1"),
        "{told}"
    );
}

#[test]
fn who_looks_for_a_name_that_nobody_has_is_told_the_names_of_the_lab() {
    if !can_run_with(&[]) {
        return;
    }
    let output = as_ourselves()
        .args(["run", "--client"])
        .arg(format!(
            "{} -c 'import socket; socket.create_connection((\"sever\", 9000))'",
            python()
        ))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("the hosts of the lab are called server, client"),
        "{told}"
    );
}

#[test]
fn a_python_program_that_a_shell_starts_gets_its_advice_in_python() {
    if !can_run_with(&[]) {
        return;
    }
    let folder = programs().join("faults").join("closed_with_data_unread");
    let work = tempfile::TempDir::new().unwrap();
    let Pair { server, client, .. } = Pair::faulty(&folder, work.path());
    let script = work.path().join("start");
    fs::write(&script, format!("{server}\n")).unwrap();
    let verdict = Pair::new(format!("sh {}", script.display()), client).run(as_ourselves());
    assert_eq!(verdict.names(), ["closed-unread"], "{}", verdict.errors);
    let code = verdict.diagnoses[0]["code"].as_str().unwrap();
    assert!(code.starts_with("conn."), "{code}");
}

#[test]
fn nothing_is_found_where_tls_works_and_the_listener_is_wrapped() {
    if !can_run_with(&["curl"]) {
        return;
    }
    let server = programs().join("https_server.py");
    let pair = Pair::new(
        format!("{} {}", python(), server.display()),
        "curl -kfsS https://server:8443/".to_owned(),
    );
    pair.run(as_ourselves()).assert_none("HTTPS");
}
