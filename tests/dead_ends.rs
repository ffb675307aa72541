//! Where a learner's first tries lead nowhere, the next step is told.

mod common;

use std::process::{Command, Output, Stdio};

use common::fixtures::folder;
use common::missing;
use common::place::{Place, for_each_user, python};
use netinspect::render::width;
use nix::unistd::geteuid;

fn netinspect(arguments: &[&str], columns: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(arguments)
        .current_dir(folder())
        .env("COLUMNS", columns)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn who_asks_for_what_is_done_otherwise_here_is_told_how() {
    for (arguments, code, hint) in [
        (
            &["explain", "tcp-loop.pcapng"][..],
            2,
            "tcp-loop.pcapng is a file: to explain a frame of it, say which, netinspect explain tcp-loop.pcapng --frame 1",
        ),
        (
            &["explain", "tcp-loop.pcapng", "3"],
            2,
            "netinspect explain tcp-loop.pcapng --frame 1",
        ),
        (
            &["explain", "--frame", "3"],
            2,
            "netinspect explain FILE --frame 3",
        ),
        (
            &["explain", "tcp-loop.pcapng", "--frame", "99"],
            1,
            "there is no frame 99 in tcp-loop.pcapng: it has 16 frames\n",
        ),
        (&["explain", "qqqqqq"], 2, "netinspect explain lists them\n"),
        (
            &["decode", "tcp-loop.pcapng", "--frame", "999"],
            1,
            "there is no frame 999 in tcp-loop.pcapng: it has 16 frames\n",
        ),
        (
            &["decode", "tcp-loop.pcapng", "--frame", "3", "-Y", "arp"],
            1,
            "frame 3 of tcp-loop.pcapng does not pass the filter\n",
        ),
        (
            &["decode", "tcp-loop.pcapng", "--frame", "99", "-Y", "arp"],
            1,
            "it has 16 frames\n",
        ),
        (
            &["tcp-loop.pcapng"],
            2,
            "to show a capture: netinspect decode tcp-loop.pcapng\n",
        ),
        (
            &["-r", "tcp-loop.pcapng", "-Y", "tcp.len > 0"],
            2,
            "netinspect decode -r tcp-loop.pcapng -Y 'tcp.len > 0'\n",
        ),
        (
            &["capture", "-i", "lo", "port 80"],
            2,
            "-Y '(tcp.port == 80 or udp.port == 80)'\n",
        ),
        (
            &["capture", "-i", "lo", "-f", "tcp port 80"],
            2,
            "-Y 'tcp.port == 80'\n",
        ),
        (
            &["run"],
            2,
            "--server 'python3 server.py' --client 'python3 client.py'; or one for each --host NAME:COMMAND",
        ),
        (
            &["run", "--server", "x"],
            2,
            "the client's command line is missing: --client 'python3 client.py'",
        ),
    ] {
        let output = netinspect(arguments, "80");
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(hint), "{arguments:?}: {told}");
        assert!(told.starts_with("netinspect: "), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn all_topics_are_listed_by_kind_in_the_width_of_the_terminal() {
    for columns in ["40", "80", "120"] {
        let whole = netinspect(&["explain"], columns);
        let text = String::from_utf8(whole.stdout).unwrap();
        for part in [
            "\nLayers\n",
            "\nProtocols\n",
            "\nTCP\n",
            "\nSystem calls\n",
            "\nWhat programs get wrong\n",
            "handshake",
            "ECONNABORTED",
            "never-closed",
            "netinspect fields",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        let cells: usize = columns.parse().unwrap();
        for line in text.lines() {
            assert!(width::of(line) <= cells, "{line}");
        }
        for name in ["terms", "topics", "list"] {
            let listed = netinspect(&["explain", name], columns);
            assert_eq!(String::from_utf8(listed.stdout).unwrap(), text, "{name}");
        }
    }
}

#[test]
fn where_no_connection_is_counted_that_is_said_in_place_of_four_empty_tables() {
    let output = netinspect(&["stats", "udp.pcapng", "--by", "tcp"], "80");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "TCP connections\nthere are none\n");
}

#[test]
fn a_name_that_is_longer_than_its_column_stands_above_what_it_is() {
    let output = netinspect(&["explain", "tls"], "80");
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, fields) = text.split_once("Fields (").unwrap();
    let names = fields.lines().filter(|line| line.starts_with("  tls."));
    for line in names {
        let column = line.get(..38).map(|column| column.ends_with(' '));
        let is_alone = line.trim().split(' ').count() == 1;
        assert!(column == Some(true) || is_alone, "{line}");
    }
}

fn run(place: &Place, user: u32, arguments: &[&str]) -> Output {
    place
        .command(user)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_script_without_its_interpreter_is_told_the_one_it_has() {
    for_each_user(|place, user| {
        std::fs::write(place.work.join("s18.py"), "print(1)\n").unwrap();
        for script in ["s18.py", "./s18.py"] {
            let output = run(
                place,
                user,
                &["run", "--server", script, "--client", "true"],
            );
            let hint = format!("; it is a script: python3 {script}\n");
            assert!(told(&output).ends_with(&hint), "{}", told(&output));
        }
    });
}

#[test]
fn a_server_that_reads_its_keyboard_is_told_how_to_get_a_file() {
    for_each_user(|place, user| {
        let python = python();
        let server = format!("{python} -c \"input()\"");
        let arguments = ["run", "--server", &server, "--client", "true", "--no-calls"];
        let output = run(place, user, &arguments);
        let told = told(&output);
        assert!(
            told.contains("the server's input is empty, and only the client can be given one"),
            "{told}"
        );
    });
}

#[test]
fn whoever_types_is_told_how_to_end_it() {
    for_each_user(|place, user| {
        use std::io::Write as _;
        let mut child = place
            .command(user)
            .args(["run-demo", "--interactive"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"exit\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let told = told(&output);
        assert!(output.status.success(), "{told}");
        for hint in [
            "what you type the client says, a line each; Ctrl-D ends it\n",
            "\"exit\" is sent as any other line; Ctrl-D ends the chat\n",
        ] {
            assert!(told.contains(hint), "{told}");
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, next) = text.split_once("Try next").unwrap();
        assert!(!next.contains("--interactive"), "{next}");
        assert!(next.contains("run-demo --calls"), "{next}");
    });
}

/// Both programs are on one host, and a kernel gives itself its packets by the loopback.
#[test]
fn a_chat_that_does_not_cross_the_interface_is_told_where_it_does() {
    if !geteuid().is_root() {
        missing("root, to make an interface");
        return;
    }
    let place = Place::make();
    let script = format!(
        "ip link set lo up && ip link add d0 type veth peer name d1 && ip addr add 192.0.2.1/24 dev d0 && ip link set d0 up && ip link set d1 up && {} run-demo --on d0",
        place.program.display()
    );
    let output = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if !told(&output).contains("Error: ") => {
            let hint = "nothing of the chat has crossed d0: two programs on one host talk over its loopback";
            assert!(told(&output).contains(hint), "{}", told(&output));
        }
        _ => missing("unshare, and ip that can make a veth"),
    }
}
