//! System calls beside their frames, of real programs on the real kernel: what ties them is asked as
//! properties, since how the kernel cuts a stream is its own affair.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::PATIENCE;
use common::lab;
use common::place::{Place, for_each_user};
use netinspect::capture;
use serde_json::Value;

/// What a run told as JSON, and the frames that it wrote.
struct Told {
    calls: Vec<Value>,
    frames: BTreeMap<u64, Value>,
    bytes: BTreeMap<u64, Vec<u8>>,
    success: bool,
}

const PYTHON: &str = "/usr/bin/python3";

/// Whether this user can run programs in a lab, and be told their calls.
fn can_run(user: u32) -> bool {
    if !Path::new(PYTHON).exists() {
        common::missing("python3");
        return false;
    }
    lab::is_here_for(user) && lab::tells_calls()
}

/// Runs two programs; `None` where there is no lab, or no Python.
fn run(place: &Place, user: u32, server: &str, client: &str, options: &[&str]) -> Option<Told> {
    if !can_run(user) {
        return None;
    }
    let file = format!("run-{user}.pcapng");
    let output = place
        .command(user)
        .args(["run", "--server", server, "--client", client])
        .args(["--format", "ndjson", "--force", "--write", &file])
        .args(options)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    let objects = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let (calls, frames): (Vec<_>, Vec<_>) = objects.partition(|one| one.get("call").is_some());
    assert!(!calls.is_empty(), "{errors}");
    let numbered = frames
        .into_iter()
        .map(|frame| (number(&frame, "number"), frame));
    Some(Told {
        calls,
        frames: numbered.collect(),
        bytes: written(&place.work.join(&file)),
        success: output.status.success(),
    })
}

fn written(path: &Path) -> BTreeMap<u64, Vec<u8>> {
    let mut source = capture::open(path).expect("it was written");
    let mut bytes = BTreeMap::new();
    while let Some(frame) = source.next_frame().expect("a whole file") {
        bytes.insert(frame.number, frame.bytes.to_vec());
    }
    bytes
}

fn number(object: &Value, key: &str) -> u64 {
    object[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key} in {object}"))
}

fn range(object: &Value, key: &str) -> (u64, u64) {
    let bound = |index: usize| object[key][index].as_u64().expect("a number");
    (bound(0), bound(1))
}

fn list(object: &Value, key: &str) -> Vec<Value> {
    object[key].as_array().cloned().unwrap_or_default()
}

fn has_bond(tie: &Value, bond: &str) -> bool {
    tie["bond"] == bond
}

impl Told {
    fn named<'a>(&'a self, host: &'a str, name: &'a str) -> impl Iterator<Item = &'a Value> {
        let of_host = self.calls.iter().filter(move |call| call["host"] == host);
        of_host.filter(move |call| call["name"] == name)
    }

    /// The laws that hold for every run.
    fn obey_the_laws(&self) {
        let mut there = BTreeSet::new();
        for call in &self.calls {
            let left = call["left_ns"].as_u64().unwrap_or(u64::MAX);
            assert!(number(call, "time_ns") <= left, "{call}");
            let mut carried = BTreeSet::new();
            for tie in list(call, "frames") {
                let frame = &self.frames[&number(&tie, "number")];
                there.insert((
                    number(call, "call"),
                    number(frame, "number"),
                    tie["bond"].to_string(),
                ));
                let time = number(frame, "time_ns");
                match tie["bond"].as_str().expect("text") {
                    "carried" | "carried again" => assert!(time >= number(call, "time_ns")),
                    "brought" | "told the end" | "told the refusal" => {
                        assert!(time <= left, "{call} {frame}");
                    }
                    _ => {}
                }
                if tie.get("range").is_some() {
                    let (start, end) = range(&tie, "stream");
                    let again = has_bond(&tie, "carried again");
                    for byte in start..end {
                        assert!(carried.insert(byte) || again, "byte {byte} twice in {call}");
                    }
                    self.are_the_same_bytes(call, &tie);
                }
            }
            Self::are_all_tied(call, &carried);
        }
        let and_back: BTreeSet<_> = self
            .frames
            .iter()
            .flat_map(|(frame, object)| {
                list(object, "calls")
                    .into_iter()
                    .map(|tie| (number(&tie, "call"), *frame, tie["bond"].to_string()))
            })
            .collect();
        assert_eq!(there, and_back, "identifiers go both ways");
    }

    /// The bytes that a call moved are those in the frame.
    fn are_the_same_bytes(&self, call: &Value, tie: &Value) {
        let (start, end) = range(tie, "range");
        let (from, to) = range(tie, "stream");
        assert_eq!(end - start, to - from);
        let first = call
            .get("stream")
            .map_or(0, |stream| range(stream, "range").0);
        let mut data = call["data"].as_str().unwrap_or("").to_owned();
        for message in list(call, "messages") {
            data.push_str(message["data"].as_str().expect("hexadecimal"));
        }
        let place = |byte: u64| usize::try_from(byte).expect("few");
        let frame = &self.bytes[&number(tie, "number")][place(start)..place(end)];
        let mut hex = String::new();
        for byte in frame {
            netinspect::model::text::push_hex(&mut hex, *byte);
        }
        let kept = data.get(place(2 * (from - first))..).unwrap_or("");
        let common = hex.len().min(kept.len());
        assert_eq!(hex[..common], kept[..common], "{call} {tie}");
    }

    /// Each byte that was moved is tied to a frame, where nothing is said to be unclear.
    fn are_all_tied(call: &Value, tied: &BTreeSet<u64>) {
        if call.get("unclear").is_some() || call.get("stream").is_none() {
            return;
        }
        let (start, end) = range(&call["stream"], "range");
        let messages = list(call, "messages");
        let moved = if messages.is_empty() {
            number(call, "returned")
        } else {
            messages
                .iter()
                .map(|message| number(message, "length"))
                .sum()
        };
        assert_eq!(end - start, moved);
        assert!((start..end).all(|byte| tied.contains(&byte)), "{call}");
    }
}

fn programs(place: &Place) {
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs")).expect("ours")
    {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "py") {
            fs::copy(&path, place.work.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
}

fn tutorial(name: &str, lines: &str) -> (String, String) {
    let server = format!("{PYTHON} {name}_server.py 192.168.1.6 12345");
    let client =
        format!("sh -c \"printf '{lines}' | {PYTHON} {name}_client.py 192.168.1.6 12345\"");
    (server, client)
}

#[test]
fn the_tutorials_programs_are_tied_to_their_frames_both_ways() {
    for_each_user(|place, user| {
        programs(place);
        for name in ["one_shot", "loop"] {
            let (server, client) = tutorial(name, "hello\\n");
            let Some(told) = run(place, user, &server, &client, &[]) else {
                return;
            };
            told.obey_the_laws();
            let connect = told.named("client", "connect").next().expect("it connects");
            let opened = list(connect, "frames");
            assert_eq!(opened.len(), 3, "{connect}");
            assert!(opened.iter().all(|tie| has_bond(tie, "opened")));
            assert!(number(connect, "waited_ns") > 0);
            let accept = told.named("server", "accept4").next().expect("it accepts");
            assert_eq!(accept["frames"], connect["frames"]);
            let sent: Vec<_> = told.named("client", "sendto").collect();
            assert_eq!(sent[0]["data"], "68656c6c6f");
            assert!(
                list(sent[0], "frames")
                    .iter()
                    .any(|tie| has_bond(tie, "carried"))
            );
            let received = told.named("server", "recvfrom");
            assert!(
                received
                    .flat_map(|call| list(call, "frames"))
                    .any(|tie| has_bond(&tie, "brought"))
            );
            let close = told.named("client", "close").next().expect("it closes");
            assert!(
                list(close, "frames")
                    .iter()
                    .any(|tie| has_bond(tie, "ended")),
                "{close}"
            );
        }
    });
}

#[test]
fn the_loop_server_that_never_looks_for_the_end_is_told_it_again_and_again() {
    let place = Place::make();
    programs(&place);
    let user = nix::unistd::geteuid().as_raw();
    let (server, client) = tutorial("loop", "hello\\n");
    let Some(told) = run(&place, user, &server, &client, &[]) else {
        return;
    };
    let ends = told
        .named("server", "recvfrom")
        .filter(|call| call["returned"] == 0);
    let told_by: Vec<_> = ends.map(|call| list(call, "frames")).collect();
    // How often until the run ends is for the scheduler to say.
    assert!(told_by.len() > 1, "{}", told_by.len());
    for ties in &told_by {
        assert_eq!(ties.len(), 1);
        assert_eq!(
            (&ties[0]["bond"], &ties[0]["by"]),
            (&"told the end".into(), &"FIN".into())
        );
    }
}

#[test]
fn a_segment_that_is_sent_again_is_tied_again_and_only_what_arrived_delivers() {
    let place = Place::make();
    programs(&place);
    let user = nix::unistd::geteuid().as_raw();
    let (server, client) = tutorial("one_shot", "hello\\n");
    let fault = ["--fault", "drop 1st from client where tcp.len > 0"];
    let Some(told) = run(&place, user, &server, &client, &fault) else {
        return;
    };
    told.obey_the_laws();
    let send = told.named("client", "sendto").next().expect("it sends");
    let ties = list(send, "frames");
    let lost: Vec<_> = ties.iter().filter(|tie| has_bond(tie, "carried")).collect();
    let again: Vec<_> = ties
        .iter()
        .filter(|tie| has_bond(tie, "carried again"))
        .collect();
    assert_eq!(lost.len(), 1, "{send}");
    assert!(!again.is_empty(), "{send}");
    let receive = told
        .named("server", "recvfrom")
        .find(|call| call["returned"] == 5)
        .expect("it arrives");
    let brought = list(receive, "frames");
    assert!(
        brought.iter().all(|tie| tie["number"] != lost[0]["number"]),
        "{receive}"
    );
    assert!(
        again
            .iter()
            .any(|tie| tie["number"] == brought[0]["number"]),
        "{receive}"
    );
}

#[test]
fn datagrams_are_told_apart_by_their_turn_when_one_comes_twice() {
    for_each_user(|place, user| {
        let receive = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('192.168.1.6', 12345)); [s.recvfrom(100) for _ in range(4)]";
        let send = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(m, ('192.168.1.6', 12345)) for m in (b'one', b'two', b'two')]";
        let (server, client) = (
            format!("{PYTHON} -c \"{receive}\""),
            format!("{PYTHON} -c \"{send}\""),
        );
        let fault = ["--fault", "duplicate 1st from client where udp"];
        let Some(told) = run(place, user, &server, &client, &fault) else {
            return;
        };
        told.obey_the_laws();
        let frames_of = |host, name| -> Vec<u64> {
            let ties = told.named(host, name).flat_map(|call| list(call, "frames"));
            ties.map(|tie| number(&tie, "number")).collect()
        };
        let sent = frames_of("client", "sendto");
        assert_eq!(sent.len(), 3);
        let twice = [sent[0], sent[0], sent[1], sent[2]];
        assert_eq!(frames_of("server", "recvfrom"), twice);
    });
}

/// Compiles a C program into the place; `false` where there is no compiler.
fn compile(place: &Place, name: &str, options: &[&str]) -> bool {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/programs/{name}.c"));
    let compiled = Command::new("cc")
        .args(["-O1", "-Wall", "-o"])
        .arg(place.work.join(name))
        .arg(source)
        .args(options)
        .status();
    let there = compiled.is_ok_and(|status| status.success());
    if !there {
        common::missing("a C compiler and its static library");
    }
    there
}

#[test]
fn threads_forks_and_static_programs_are_followed_as_any_other() {
    for_each_user(|place, user| {
        if !compile(place, "many", &["-static", "-pthread"]) {
            return;
        }
        let Some(told) = run(place, user, "./many server", "./many client", &[]) else {
            return;
        };
        assert!(told.success);
        told.obey_the_laws();
        let connects: Vec<_> = told.named("client", "connect").collect();
        assert_eq!(connects.len(), 3);
        let threads: BTreeSet<_> = connects.iter().map(|call| number(call, "tid")).collect();
        let processes: BTreeSet<_> = connects.iter().map(|call| number(call, "pid")).collect();
        assert_eq!(
            (threads.len(), processes.len()),
            (3, 1),
            "three threads of one process"
        );
        let accepts = told
            .named("server", "accept")
            .filter(|call| call["returned"].is_number());
        let parents: BTreeSet<_> = accepts.map(|call| number(call, "pid")).collect();
        let echoes: Vec<_> = told.named("server", "write").collect();
        let children: BTreeSet<_> = echoes.iter().map(|call| number(call, "pid")).collect();
        assert_eq!(
            (echoes.len(), children.len()),
            (3, 3),
            "a child for each connection"
        );
        assert!(children.is_disjoint(&parents));
        for call in told.named("client", "write").chain(echoes) {
            assert!(call.get("unclear").is_none(), "{call}");
            assert!(!list(call, "frames").is_empty(), "{call}");
        }
    });
}

#[test]
fn where_several_make_calls_each_view_says_who() {
    let place = Place::make();
    if !compile(&place, "many", &["-static", "-pthread"]) {
        return;
    }
    let user = nix::unistd::geteuid().as_raw();
    if !can_run(user) {
        return;
    }
    let run = |server: &str, client: &str, view: &[&str]| {
        let output = place
            .command(user)
            .args(["run", "--server", server, "--client", client])
            .args(view)
            .env("COLUMNS", "200")
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let story = run("./many server", "./many client", &[]);
    let views =
        ["table", "sequence"].map(|view| run("./many server", "./many client", &["--view", view]));
    for text in views.iter().chain([&story]) {
        for (kind, call) in [("pid", "read(4, "), ("tid", "connect(")] {
            let makers: BTreeSet<_> = text
                .lines()
                .filter_map(|line| line.split_once(call)?.0.split_once(&format!("[{kind} ")))
                .map(|(_, number)| number.trim_end().to_owned())
                .collect();
            assert!(makers.len() >= 2, "{makers:?} {call} in {text}");
        }
    }
    // One alone is not named.
    let server = format!("{PYTHON} -c \"{ACCEPT}\"");
    let client =
        format!("{PYTHON} -c \"import socket; socket.create_connection(('server', 12345))\"");
    let text = run(&server, &client, &[]);
    assert!(!text.contains("[pid "), "{text}");
}

#[test]
fn a_call_that_never_returns_is_told_and_its_program_is_ended() {
    for_each_user(|place, user| {
        let server = format!(
            "{PYTHON} -c \"import socket; s = socket.create_server(('192.168.1.6', 12345)); c = s.accept(); c[0].recv(9)\""
        );
        let client = format!(
            "{PYTHON} -c \"import socket; socket.create_connection(('192.168.1.6', 12345)).recv(9)\""
        );
        let begun = Instant::now();
        let Some(told) = run(place, user, &server, &client, &["--timeout", "8"]) else {
            return;
        };
        assert!(!told.success);
        assert!(begun.elapsed() < PATIENCE);
        for host in ["client", "server"] {
            let stuck: Vec<_> = told
                .named(host, "recvfrom")
                .filter(|call| call["never_returned"] == true)
                .collect();
            assert_eq!(stuck.len(), 1, "{host}");
            let process = format!("/proc/{}", number(stuck[0], "pid"));
            assert!(!Path::new(&process).exists(), "{host} is still there");
        }
    });
}

#[test]
fn a_connection_that_is_refused_is_tied_to_the_reset() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    let server = format!(
        "{PYTHON} -c \"import socket; s = socket.create_server(('192.168.1.6', 1)); s.accept()\""
    );
    let client =
        format!("{PYTHON} -c \"import socket; socket.create_connection(('192.168.1.6', 2))\"");
    let Some(told) = run(&place, user, &server, &client, &["--timeout", "60"]) else {
        return;
    };
    told.obey_the_laws();
    let connect = told.named("client", "connect").next().expect("it tries");
    assert_eq!(connect["error"]["name"], "ECONNREFUSED");
    let ties = list(connect, "frames");
    assert!(ties.iter().any(|tie| has_bond(tie, "opened")));
    assert!(ties.iter().any(|tie| tie["by"] == "RST"), "{connect}");
}

#[test]
fn the_exchange_tells_calls_and_frames_in_one_time_line_of_eighty_columns() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    if !can_run(user) {
        return;
    }
    programs(&place);
    let (server, client) = tutorial("one_shot", "hello\\n");
    let output = place
        .command(user)
        .args(["run", "--server", &server, "--client", &client])
        .env("COLUMNS", "80")
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let exchange: Vec<_> = text
        .lines()
        .take_while(|line| !line.contains("frames, "))
        .collect();
    for line in &exchange {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let says = |part: &str| exchange.iter().any(|line| line.contains(part));
    assert!(says("connect(3, 192.168.1.6:12345) …"), "{text}");
    assert!(says("→ frames 3–5, "), "{text}");
    assert!(says("sendto(3, \"hello\", 5 B)"), "{text}");
    assert!(says("= 5 \"hello\"") && says("← frame "), "{text}");
}

#[test]
fn a_datagram_in_fragments_is_tied_to_the_frame_of_each() {
    for_each_user(|place, user| {
        let sender = format!(
            "{PYTHON} -c \"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(bytes(range(250)) * 16, ('server', 4000)) for _ in range(2)]\""
        );
        let receiver = format!(
            "{PYTHON} -c \"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 4000)); s.recv(9000)\""
        );
        // Of the first datagram a fragment is lost: nothing of it is received.
        let fault = ["--fault", "drop 2nd from client where ip.flags.mf == 1"];
        let Some(told) = run(place, user, &receiver, &sender, &fault) else {
            return;
        };
        told.obey_the_laws();
        let sent: Vec<_> = told.named("client", "sendto").collect();
        assert_eq!(sent.len(), 2);
        for call in &sent {
            assert!(call.get("unclear").is_none(), "{call}");
            let ties = list(call, "frames");
            let pieces: Vec<_> = ties.iter().map(|tie| range(tie, "stream")).collect();
            assert_eq!(pieces, [(0, 1472), (1472, 2952), (2952, 4000)], "{call}");
        }
        let received: Vec<_> = told.named("server", "recvfrom").collect();
        let frames = |call: &Value| -> Vec<u64> {
            let ties = list(call, "frames");
            ties.iter().map(|tie| number(tie, "number")).collect()
        };
        assert_eq!(frames(received[0]), frames(sent[1]));
    });
}

#[test]
fn each_of_several_messages_in_one_call_is_tied_and_what_follows_them_too() {
    for_each_user(|place, user| {
        if !compile(place, "several", &[]) {
            return;
        }
        for carrier in ["tcp", "udp"] {
            let [server, client] =
                ["server", "client"].map(|side| format!("./several {side} {carrier}"));
            let Some(told) = run(place, user, &server, &client, &[]) else {
                return;
            };
            assert!(told.success);
            told.obey_the_laws();
            let sends = told.named("client", "sendmmsg").next().expect("it sends");
            let lengths: Vec<_> = list(sends, "messages")
                .iter()
                .map(|message| number(message, "length"))
                .collect();
            assert_eq!(lengths, [3, 5, 6], "{sends}");
            let got: u64 = told
                .named("server", "recvmmsg")
                .flat_map(|call| list(call, "messages"))
                .map(|message| number(&message, "length"))
                .sum();
            for call in told.named("server", "recvmmsg").chain([sends]) {
                assert!(call.get("unclear").is_none(), "{call}");
                assert!(!list(call, "frames").is_empty(), "{call}");
            }
            if carrier == "udp" {
                let ties = list(sends, "frames");
                let places: Vec<_> = ties.iter().map(|tie| range(tie, "stream")).collect();
                assert_eq!(
                    (got, places),
                    (14, vec![(0, 3), (3, 8), (8, 14)]),
                    "{sends}"
                );
            } else {
                let end = told.named("client", "sendto").next().expect("it sends on");
                assert_eq!(range(&end["stream"], "range"), (14, 17));
                assert_eq!(got, 17);
            }
        }
    });
}

/// A way to give a connection up without close, and the call that does.
const LEAVES: [(&str, &str); 5] = [
    ("return", "exit"),
    ("signal", "exit"),
    ("thread", "exit"),
    ("close_range", "close_range"),
    ("execve", "execve"),
];

#[test]
fn a_fin_without_close_is_tied_to_what_gave_the_socket_up() {
    for_each_user(|place, user| {
        if !compile(place, "leaves", &["-pthread"]) {
            return;
        }
        for (way, name) in LEAVES {
            let Some(told) = run(place, user, "./leaves", &format!("./leaves {way}"), &[]) else {
                return;
            };
            told.obey_the_laws();
            assert_eq!(told.success, way != "signal", "{way}");
            let socket = told.named("client", "connect").next().expect("it connects");
            let inode = &socket["socket"]["inode"];
            let leaving: Vec<_> = told
                .named("client", name)
                .filter(|call| list(call, "closes").contains(inode))
                .collect();
            let [leaving] = leaving.as_slice() else {
                panic!("{way}: {:?}", told.calls);
            };
            let ties = list(leaving, "frames");
            assert_eq!(ties.len(), 1, "{way}: {leaving}");
            assert_eq!(
                (&ties[0]["bond"], &ties[0]["by"]),
                (&"ended".into(), &"FIN".into())
            );
            let (code, signal) = match way {
                "signal" => (137, Some("SIGKILL")),
                _ => (0, None),
            };
            assert_eq!(number(leaving, "returned"), code, "{way}");
            let told = leaving.get("signal").and_then(Value::as_str);
            assert_eq!(told, signal, "{way}");
        }
    });
}

#[test]
fn an_epoll_set_is_followed_over_fork_and_dup() {
    let place = Place::make();
    if !compile(&place, "leaves", &["-pthread"]) {
        return;
    }
    let user = nix::unistd::geteuid().as_raw();
    let Some(told) = run(&place, user, "./leaves", "./leaves return", &[]) else {
        return;
    };
    let accept = told.named("server", "accept").next().expect("it accepts");
    let waits: Vec<_> = told.named("server", "epoll_wait").collect();
    assert!(!waits.is_empty());
    for wait in waits {
        assert_ne!(wait["pid"], accept["pid"], "the child waits");
        let waited_for = list(wait, "waits_for");
        assert_eq!(
            waited_for,
            [accept["connection"]["inode"].clone()],
            "{wait}"
        );
    }
}

#[test]
fn calls_over_ipv6_are_tied_as_those_over_ipv4_and_both_to_one_listener() {
    for_each_user(|place, user| {
        let talk = |kind: &str, bytes: u32| {
            format!(
                "import socket; [(s.connect((a, 12345)), s.sendall(bytes({bytes})), s.recv(9000), s.close()) for f, a in ((socket.AF_INET6, 'fd00::6'), (socket.AF_INET, '192.168.1.6')) for s in [socket.socket(f, socket.{kind})]]"
            )
        };
        let stream = "import socket; s = socket.create_server(('::', 12345), family=socket.AF_INET6, dualstack_ipv6=True); [(c.sendall(c.recv(9000)), c.recv(1), c.close()) for _ in range(2) for c in [s.accept()[0]]]";
        let datagram = "import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0); s.bind(('::', 12345)); [s.sendto(*s.recvfrom(9000)) for _ in range(2)]";
        for (server, client, carrier) in [
            (stream, talk("SOCK_STREAM", 5), "TCP"),
            (datagram, talk("SOCK_DGRAM", 4000), "UDP"),
        ] {
            let (server, client) = (
                format!("{PYTHON} -c \"{server}\""),
                format!("{PYTHON} -c \"{client}\""),
            );
            let Some(told) = run(place, user, &server, &client, &["--ipv6"]) else {
                return;
            };
            assert!(told.success);
            told.obey_the_laws();
            let opened = told.named("client", "socket");
            let opened: Vec<_> = opened.map(|call| call["request"].clone()).collect();
            assert_eq!(
                opened,
                [
                    format!("socket({carrier}, IPv6)"),
                    format!("socket({carrier})")
                ]
            );
            for host in ["client", "server"] {
                let moving: Vec<_> = ["sendto", "recvfrom"]
                    .into_iter()
                    .flat_map(|name| told.named(host, name))
                    .collect();
                assert!(moving.len() >= 4, "{host}: {moving:?}");
                for call in moving {
                    assert!(call.get("unclear").is_none(), "{call}");
                    assert!(!list(call, "frames").is_empty(), "{call}");
                }
            }
        }
    });
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_ring_that_would_hide_calls_is_refused_and_that_is_told() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    let server = format!(
        "{PYTHON} -c \"import socket; socket.create_server(('192.168.1.6', 12345)).accept()\""
    );
    let ring = "import ctypes, socket; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall(425, 8, ctypes.create_string_buffer(120)), ctypes.get_errno()); socket.create_connection(('192.168.1.6', 12345))";
    let client = format!("{PYTHON} -c \"{ring}\"");
    let Some(told) = run(&place, user, &server, &client, &[]) else {
        return;
    };
    assert!(told.success);
    let ring = told
        .named("client", "io_uring_setup")
        .next()
        .expect("it tries");
    assert_eq!(ring["error"]["name"], "ENOSYS");
    let why = ring["unclear"].as_str().expect("why");
    assert!(why.contains("could not be followed"), "{ring}");
    assert!(
        told.named("client", "connect").next().is_some(),
        "it goes on"
    );
}

#[test]
fn a_program_that_has_ended_before_anybody_looks_is_no_error() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    if !can_run(user) {
        return;
    }
    for _ in 0..20 {
        let output = place
            .command(user)
            .args(["run", "--client", "true"])
            .output()
            .expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }
}

#[test]
fn frames_are_in_the_file_when_netinspect_is_killed_and_calls_beside_them_when_it_ends() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    if !can_run(user) {
        return;
    }
    let server = "import socket; c = socket.create_server(('192.168.1.6', 12345)).accept()[0]; c.sendall(c.recv(9))";
    let client = |then: &str| {
        format!(
            "{PYTHON} -c \"import socket, time; s = socket.create_connection(('192.168.1.6', 12345)); s.sendall(b'hello'); s.recv(9); {then}\""
        )
    };
    let start = |file: &str, then: &str| {
        place
            .command(user)
            .args(["run", "--server", &format!("{PYTHON} -c \"{server}\"")])
            .args([
                "--client",
                &client(then),
                "--timeout",
                "60",
                "--write",
                file,
            ])
            .args(["--filter", "tcp.len > 0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts")
    };
    let mut killed = start("killed.pcapng", "time.sleep(60)");
    let path = place.work.join("killed.pcapng");
    let deadline = Instant::now() + PATIENCE;
    // What is just being written may end within a frame, or before the first one.
    let messages = || {
        let mut source = capture::open(&path).ok()?;
        let mut count = 0;
        while source.next_frame().ok()?.is_some() {
            count += 1;
        }
        Some(count)
    };
    while messages() != Some(2) {
        let status = killed.try_wait().expect("our own");
        assert!(status.is_none(), "it ends too early: {status:?}");
        if Instant::now() > deadline {
            killed.kill().expect("our own");
            panic!("{:?} messages are in the file", messages());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    killed.kill().expect("our own");
    killed.wait().expect("our own");
    assert_eq!(messages(), Some(2));
    let whole = start("whole.pcapng", "s.close()").wait().expect("our own");
    assert!(whole.success());
    let mut source = capture::open(&place.work.join("whole.pcapng")).expect("it was written");
    let mut comments = Vec::new();
    while let Some(frame) = source.next_frame().expect("a whole file") {
        let comment = frame.comment.expect("each has one");
        comments.push(String::from_utf8_lossy(comment).into_owned());
    }
    assert_eq!(comments.len(), 2, "{comments:?}");
    for (comment, call) in comments
        .iter()
        .zip(["of client: sendto", "of server: sendto"])
    {
        assert_eq!(comment.matches(call).count(), 1, "{comment}");
    }
}

/// Counts how often a program was taken off its processor while it did something 5,000 times.
const COUNT: &str = "
import os, resource, socket
def stops(what):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    for _ in range(5000): what()
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before
file = os.open('/dev/zero', os.O_RDWR)
print('without', stops(lambda: os.read(file, 1)) + stops(lambda: os.write(file, b'x')))
s = socket.create_connection(('192.168.1.6', 12345))
print('with', stops(lambda: os.write(1, b'')))
print('files', stops(lambda: os.read(file, 1)))
";

const ACCEPT: &str =
    "import socket; c = socket.create_server(('192.168.1.6', 12345)).accept()[0]; c.recv(9)";

#[test]
fn files_of_a_program_without_sockets_and_standard_streams_stop_nobody() {
    for_each_user(|place, user| {
        if !can_run(user) {
            return;
        }
        fs::write(place.work.join("count.py"), COUNT).expect("ours");
        let output = place
            .command(user)
            .args(["run", "--server", &format!("{PYTHON} -c \"{ACCEPT}\"")])
            .args(["--client", &format!("{PYTHON} count.py")])
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let stops = |what: &str| -> u32 {
            let begin = format!("client prints │ {what} ");
            let line = text.lines().find_map(|line| line.split_once(&begin));
            let (_, count) = line.unwrap_or_else(|| panic!("{what} in {text}"));
            count.parse().expect("a number")
        };
        assert!(stops("files") >= 5000, "this is how stops are seen: {text}");
        for what in ["without", "with"] {
            assert!(stops(what) < 1000, "{text}");
        }
    });
}

/// Ways to get a socket without making it, or as a standard stream, and to send `hello` through it.
#[cfg(target_arch = "x86_64")]
const UNUSUAL: [(&str, &str); 6] = [
    (
        "dup2",
        "import os, socket; s = socket.create_connection(('192.168.1.6', 12345)); os.dup2(s.fileno(), 1); os.write(1, b'hello')",
    ),
    (
        "execve",
        "import os, socket; s = socket.create_connection(('192.168.1.6', 12345)); os.dup2(s.fileno(), 1); os.execlp('sh', 'sh', '-c', 'printf hello')",
    ),
    (
        "fork",
        "import os, socket; s = socket.create_connection(('192.168.1.6', 12345)); os.fork() or (os.dup2(s.fileno(), 0), os.write(0, b'hello'), os._exit(0)); os.wait()",
    ),
    (
        "close before",
        "import os, socket; os.close(0); s = socket.create_connection(('192.168.1.6', 12345)); os.write(0, b'hello')",
    ),
    (
        "close after",
        "import os, socket; s = socket.create_connection(('192.168.1.6', 12345)); os.close(0); os.dup(s.fileno()); os.write(0, b'hello')",
    ),
    (
        "SCM_RIGHTS",
        "import os, socket\na, b = socket.socketpair()\nif os.fork() == 0: os.write(socket.recv_fds(b, 1, 1)[1][0], b'hello'); os._exit(0)\ns = socket.create_connection(('192.168.1.6', 12345)); socket.send_fds(a, [b'x'], [s.fileno()]); os.wait()",
    ),
];

#[test]
#[cfg(target_arch = "x86_64")]
fn a_socket_is_followed_however_a_process_came_to_it() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    for (way, code) in UNUSUAL {
        fs::write(place.work.join("client.py"), code).expect("ours");
        let server = format!("{PYTHON} -c \"{ACCEPT}\"");
        let client = format!("{PYTHON} client.py");
        let Some(told) = run(&place, user, &server, &client, &[]) else {
            return;
        };
        assert!(told.success, "{way}");
        told.obey_the_laws();
        let writes: Vec<_> = told.named("client", "write").collect();
        let [write] = writes.as_slice() else {
            panic!("{way}: {:?}", told.calls);
        };
        assert_eq!(write["data"], "68656c6c6f", "{way}: {write}");
        assert!(!list(write, "frames").is_empty(), "{way}: {write}");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn where_the_kernel_lets_a_program_be_followed_no_further_that_is_told() {
    for_each_user(|place, user| {
        if !can_run(user) || !compile(place, "full", &[]) {
            return;
        }
        let output = place
            .command(user)
            .args(["run", "--server", &format!("{PYTHON} -c \"{ACCEPT}\"")])
            .args(["--client", "./full"])
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let missing = "… and maybe calls more, which could not be followed";
        assert!(text.contains(missing), "{text}");
        assert!(!text.contains("write("), "it was followed: {text}");
    });
}

#[test]
fn a_process_is_followed_as_far_as_who_made_it_whoever_its_parent_is() {
    let place = Place::make();
    if !compile(&place, "sibling", &[]) {
        return;
    }
    let user = nix::unistd::geteuid().as_raw();
    let server = format!("{PYTHON} -c \"{ACCEPT}\"");
    let Some(told) = run(&place, user, &server, "./sibling", &[]) else {
        return;
    };
    told.obey_the_laws();
    let write = told.named("client", "write").next();
    assert!(write.is_some_and(|call| call["returned"] == 2), "{write:?}");
}

#[test]
fn a_call_on_a_socket_that_is_closed_is_told_with_what_it_was() {
    let place = Place::make();
    if !compile(&place, "closed", &[]) {
        return;
    }
    let user = nix::unistd::geteuid().as_raw();
    let server = format!("{PYTHON} -c \"{ACCEPT}\"");
    let Some(told) = run(&place, user, &server, "./closed", &[]) else {
        return;
    };
    assert!(told.success);
    told.obey_the_laws();
    let connect = told.named("client", "connect").next().expect("it connects");
    let own = told.calls.iter().filter(|call| call["host"] == "client");
    let failed: Vec<_> = own
        .filter(|call| call["error"]["name"] == "EBADF")
        .collect();
    let names: Vec<_> = failed.iter().map(|call| &call["name"]).collect();
    assert_eq!(
        names,
        ["sendto", "write", "recvfrom", "read", "shutdown", "close"]
    );
    for call in failed {
        assert_eq!(call["former_socket"], connect["socket"], "{call}");
        assert!(call.get("socket").is_none(), "{call}");
    }
    let shown = place
        .command(user)
        .args(["run", "--server", &server, "--client", "./closed"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(shown.stdout).expect("UTF-8");
    assert!(text.contains("EBADF"), "{text}");
    assert!(text.contains("was: TCP 192.168.1.7:"), "{text}");
}

#[test]
fn the_flags_of_a_call_are_told() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    let server = format!("{PYTHON} -c \"{ACCEPT}\"");
    let send = "import socket; s = socket.create_connection(('192.168.1.6', 12345)); s.send(b'HEAD ', socket.MSG_MORE | socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL); s.sendmsg([b'BODY'], [], socket.MSG_NOSIGNAL)";
    let client = format!("{PYTHON} -c \"{send}\"");
    let Some(told) = run(&place, user, &server, &client, &[]) else {
        return;
    };
    assert!(told.success);
    let head = told.named("client", "sendto").next().expect("it sends");
    let flags = serde_json::json!(["MSG_DONTWAIT", "MSG_NOSIGNAL", "MSG_MORE"]);
    assert_eq!(head["flags"], flags);
    assert_eq!(
        head["request"],
        "sendto(3, \"HEAD \", 5 B, MSG_DONTWAIT|MSG_MORE)"
    );
    let body = told.named("client", "sendmsg").next().expect("it sends on");
    assert_eq!(body["flags"], serde_json::json!(["MSG_NOSIGNAL"]));
    assert_eq!(body["request"], "sendmsg(3, \"BODY\", 4 B)");
    let receive = told.named("server", "recvfrom").next().expect("it gets it");
    assert!(receive.get("flags").is_none(), "{receive}");
}

#[test]
fn the_options_of_a_socket_are_told_with_their_values() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    let server = format!("{PYTHON} -c \"{ACCEPT}\"");
    let set = "import socket, struct; s = socket.create_connection(('192.168.1.6', 12345)); S = socket.SOL_SOCKET; s.setsockopt(S, socket.SO_RCVTIMEO, struct.pack('ll', 0, 500_000)); s.setsockopt(S, socket.SO_SNDTIMEO, struct.pack('ll', 0, 0)); s.setsockopt(S, socket.SO_KEEPALIVE, 1); s.setsockopt(S, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.getsockopt(S, socket.SO_LINGER, 8); s.setsockopt(S, socket.SO_LINGER, struct.pack('ii', 0, 9))";
    let client = format!("{PYTHON} -c \"{set}\"");
    let Some(told) = run(&place, user, &server, &client, &[]) else {
        return;
    };
    assert!(told.success);
    let set = told.named("client", "setsockopt");
    let set: Vec<_> = set.map(|call| call["request"].as_str()).collect();
    assert_eq!(
        set,
        [
            Some("setsockopt(3, SO_RCVTIMEO, 500 ms)"),
            Some("setsockopt(3, SO_SNDTIMEO, for ever)"),
            Some("setsockopt(3, SO_KEEPALIVE, 1)"),
            Some("setsockopt(3, SO_LINGER, on, 0 s)"),
            Some("setsockopt(3, SO_LINGER, off)"),
        ]
    );
    let asked = told.named("client", "getsockopt").next().expect("it asks");
    assert_eq!(asked["option"], "SO_LINGER");
    assert_eq!(asked["linger_s"], 0);
}

/// How many calls of one program are told.
const TOLD_CALLS: u64 = 50_000;

#[test]
fn calls_beyond_those_that_are_told_are_counted_and_nothing_is_claimed_of_them() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    if !can_run(user) || !compile(&place, "busy", &[]) {
        return;
    }
    let run = |options: &[&str]| {
        let output = place
            .command(user)
            .args(["run", "--server", "./busy", "--client", "./busy 50100"])
            .args(["--timeout", "60"])
            .args(options)
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        text
    };
    let text = run(&[]);
    let missing = "… and 106 calls more, which are not told";
    let (_, behind) = text.split_once(missing).unwrap_or_else(|| panic!("{text}"));
    assert!(behind.contains("FIN"), "not where they are missing: {text}");
    assert!(text.contains("client prints │ 50106"), "{text}");
    assert!(!text.contains("What went wrong"), "{text}");
    assert!(
        text.contains("Not looked for, since calls are missing"),
        "{text}"
    );
    let json = run(&["--format", "ndjson", "--check"]);
    let objects: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let told = objects
        .iter()
        .filter(|one| one.get("call").is_some() && one["host"] == "client");
    assert_eq!(told.count() as u64, TOLD_CALLS);
    let omitted: Vec<_> = objects
        .iter()
        .filter(|one| one.get("omitted_calls").is_some())
        .collect();
    assert_eq!(omitted.len(), 1);
    assert_eq!(
        (number(omitted[0], "omitted_calls"), &omitted[0]["host"]),
        (106, &"client".into())
    );
    let judged = objects.last().expect("the diagnoses");
    assert_eq!(judged["diagnoses"], Value::Array(Vec::new()));
    assert!(
        list(judged, "not_looked_for").contains(&"rest-never-sent".into()),
        "{judged}"
    );
}

#[test]
fn a_server_of_ipv6_that_is_asked_over_ipv4_is_shown_with_the_addresses_of_the_frames() {
    let python = |code: &str| format!("{PYTHON} -c \"import socket; {code}\"");
    let server = python(
        "s = socket.socket(socket.AF_INET6); s.bind(('::', 12345)); s.listen(); c, _ = s.accept(); c.recv(9); c.close(); s.close()",
    );
    let client = python(
        "s = socket.create_connection(('192.168.1.6', 12345)); s.sendall(b'hello'); s.recv(9); s.close()",
    );
    for_each_user(|place, user| {
        if !can_run(user) {
            return;
        }
        let shown = |options: &[&str]| {
            let mut command = place.command(user);
            let command = command.args(["run", "--server", &server, "--client", &client]);
            let output = command.args(options).stdin(Stdio::null()).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let story = shown(&[]);
        let told = "::ffff:192.168.1.7 in a call is 192.168.1.7: ";
        assert_eq!(story.matches(told).count(), 1, "{story}");
        let accepted = story.lines().find(|line| line.contains("accept4 = "));
        let accepted = accepted.unwrap_or_else(|| panic!("{story}"));
        assert!(
            accepted.contains("from [::ffff:192.168.1.7]:"),
            "{accepted}"
        );
        assert!(accepted.contains("→ frames "), "{accepted}");
        let bytes = shown(&["--view", "bytes"]);
        assert!(
            bytes.contains("to server 192.168.1.6:12345: 5 bytes"),
            "{bytes}"
        );
        assert!(!bytes.contains("ffff"), "{bytes}");
    });
}
