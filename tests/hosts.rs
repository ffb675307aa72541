//! `run` with programs on many hosts, with input, limits and exit statuses, on the built program; the
//! programs are this one's own server and client.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::PATIENCE;
use common::place::{Place, for_each_user};

/// In the PATH that the programs get.
const PYTHON: &str = "/usr/bin/python3";

fn has_python() -> bool {
    let is_here = Path::new(PYTHON).exists();
    if !is_here {
        common::missing("python3");
    }
    is_here
}

fn run(place: &Place, user: u32, options: &[&str]) -> Output {
    place
        .command(user)
        .arg("run")
        .args(options)
        .env("COLUMNS", "80")
        // Every user may look into these.
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    format!("{text}{}", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn however_short_the_names_of_hosts_are_what_they_send_stands_below_its_heading() {
    for_each_user(|place, user| {
        let ours = place.program.to_str().expect("UTF-8");
        let [a, b] = [
            format!("a:{ours} server --bind 0.0.0.0"),
            format!("b:{ours} client a"),
        ];
        let text = said(&run(
            place,
            user,
            &["--no-calls", "--host", &a, "--host", &b],
        ));
        let place_of = |line: &str, word: &str| Some(line.split_once(word)?.0.chars().count());
        let heading = text.lines().find_map(|line| place_of(line, "layers"));
        let rows = text.lines().filter(|line| line.contains(" → "));
        let layers: Vec<_> = rows.filter_map(|line| place_of(line, "Ethernet")).collect();
        assert!(layers.len() > 7, "{text}");
        assert!(layers.iter().all(|place| Some(*place) == heading), "{text}");
    });
}

#[test]
fn eight_hosts_stand_around_a_switch_and_know_each_other_by_name() {
    for_each_user(|place, user| {
        let ours = place.program.to_str().expect("UTF-8");
        let web = format!("web:{ours} server --bind 0.0.0.0");
        let clients = ["a", "b", "c", "d", "e", "f", "g=192.168.1.99"]
            .map(|name| format!("{name}:{ours} client web"));
        let mut options = vec!["--host", &web];
        options.extend(clients.iter().flat_map(|client| ["--host", client]));
        let output = run(place, user, &options);
        let text = said(&output);
        assert!(output.status.success(), "{text}");
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            assert!(
                text.contains(&format!("{name:>7} prints │ welcome\n")),
                "{text}"
            );
            assert!(
                text.contains(&format!("{name:>7} exited with code 0\n")),
                "{text}"
            );
            assert!(
                text.contains(&format!("  {name} → all  ")),
                "{name} asks: {text}"
            );
            assert!(
                text.contains(&format!("web → {name}  ")),
                "{name} is answered: {text}"
            );
        }
        assert!(text.contains("192.168.1.99:"), "{text}");
        assert!(
            text.contains("    web still ran, and was ended\n"),
            "{text}"
        );
    });
}

#[test]
fn a_fault_is_for_the_frames_of_one_host_among_many() {
    for_each_user(|place, user| {
        let ours = place.program.to_str().expect("UTF-8");
        let hosts = [
            format!("web:{ours} server --bind 0.0.0.0"),
            format!("alice:{ours} client web"),
            format!("bob:{ours} client web"),
        ];
        let mut options: Vec<&str> = hosts.iter().flat_map(|host| ["--host", host]).collect();
        options.extend(["--fault", "drop from bob where tcp.flags.fin == 1"]);
        let text = said(&run(place, user, &options));
        assert_eq!(text.matches(" ✗ ").count(), 1, "{text}");
        assert!(text.contains("  bob ✗ web  "), "{text}");
        options.pop();
        let output = run(place, user, &[&options[..], &["drop from carol"]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(
            said(&output).contains("^^^^^ web, alice, bob"),
            "{}",
            said(&output)
        );
    });
}

#[test]
fn the_client_reads_a_file_and_the_exit_status_of_each_is_told() {
    for_each_user(|place, user| {
        let ours = place.program.to_str().expect("UTF-8");
        let file = place.work.join("input.txt");
        fs::write(&file, "first\nsecond\n").expect("our own directory");
        let server = format!("{ours} server");
        let client = format!("sh -c '{ours} client server; exit 3'");
        let input = file.to_str().expect("UTF-8");
        let options = [
            "--server",
            &server,
            "--client",
            &client,
            "--client-input",
            input,
        ];
        let output = run(place, user, &options);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        for part in [
            "first",
            "second",
            " server prints │ listening on ",
            " server still ran, and was ended\n",
            " client exited with code 3\n",
            "netinspect: the client exited with code 3\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        fs::remove_file(&file).expect("our own");
        let output = run(place, user, &options);
        assert!(
            said(&output).contains("for the client's input: "),
            "{}",
            said(&output)
        );
    });
}

#[test]
fn standard_input_that_is_empty_is_told_where_the_client_was_to_have_it() {
    if !has_python() {
        return;
    }
    for_each_user(|place, user| {
        let program = place.program.display();
        let client = format!("{PYTHON} -c 'import sys; sys.stdin.read()'");
        let run = format!("{program} run --client \"{client}\" --client-input - --no-calls");
        for (before, behind, is_told) in [
            ("", "< /dev/null", true),
            ("", "<&-", true),
            ("echo hello |", "", false),
        ] {
            let line = format!("{before} {run} {behind}");
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(&line).current_dir(&place.work);
            if user != nix::unistd::geteuid().as_raw() {
                shell.uid(user).gid(user);
            }
            let text = said(&shell.output().expect("there is a shell"));
            let told = "netinspect: --client-input - gives the client our standard input, and that";
            assert_eq!(text.contains(told), is_told, "{line}: {text}");
        }
    });
}

#[test]
fn a_client_that_finds_its_input_empty_is_told_how_to_have_some() {
    if !has_python() {
        return;
    }
    for_each_user(|place, user| {
        let client = format!("{PYTHON} -c 'input()'");
        let output = run(place, user, &["--client", &client]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("netinspect: the client's input is empty: --client-input FILE "),
            "{text}"
        );

        let output = run(
            place,
            user,
            &["--client", &client, "--client-input", "/dev/null"],
        );
        assert!(
            !said(&output).contains("--client-input"),
            "{}",
            said(&output)
        );
    });
}

#[test]
fn a_client_that_hangs_is_ended_after_the_time_for_the_whole_exchange() {
    for_each_user(|place, user| {
        let begin = std::time::Instant::now();
        let output = run(
            place,
            user,
            &["--client", "sleep 600", "--timeout", "300ms"],
        );
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains(
                "waited until the client ends, in vain: the 0.3 s for the whole exchange are over"
            ),
            "{text}"
        );
        assert!(
            text.contains(" client still ran, and was ended\n"),
            "{text}"
        );
        assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    });
}

#[test]
fn a_program_that_is_not_there_or_cannot_be_executed_is_told() {
    for_each_user(|place, user| {
        let script = place.work.join("no-interpreter");
        if !script.exists() {
            fs::write(&script, "#!/no/such/interpreter\n").unwrap();
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (program, why) in [
            (
                "./no-interpreter",
                "is the interpreter of its first line there?",
            ),
            ("no-such-program", "No such file or directory"),
            ("./no-such-program", "No such file or directory"),
            ("/etc/passwd", "Permission denied"),
        ] {
            for options in [
                &["--client", program][..],
                &["--client", program, "--no-calls"],
            ] {
                let output = run(place, user, options);
                let text = said(&output);
                assert_eq!(output.status.code(), Some(1), "{text}");
                assert!(
                    text.contains("cannot start `") && text.contains(why),
                    "{text}"
                );
                assert!(!text.contains("panicked"), "{text}");
            }
        }
    });
}

#[test]
fn a_server_whose_calls_nobody_sees_has_a_moment_for_its_last_words() {
    const SERVER: &str = "
import socket, time
listener = socket.create_server(('', 12345))
connection, _ = listener.accept()
connection.send(b'welcome')
connection.recv(1024)
connection.close()
time.sleep(0.05)
print('server says goodbye')
";
    if !has_python() {
        return;
    }
    for_each_user(|place, user| {
        let script = place.work.join("goodbye.py");
        if !script.exists() {
            fs::write(&script, SERVER).unwrap();
        }
        let ours = place.program.to_str().expect("UTF-8");
        let client = format!("{ours} client server --style one-shot");
        let server = format!("{PYTHON} goodbye.py");
        let server = ["--server", &server, "--no-calls"];
        let options = [&server[..], &["--client", &client]].concat();
        let is_heard = |_| {
            let text = said(&run(place, user, &options));
            println!("{text}");
            text.contains(" server says goodbye") && text.contains("server exited with code 0")
        };
        // The moment is 0.3 s, in which a busy machine may let the server lie still.
        assert!((0..3).any(is_heard));
    });
}

#[test]
fn what_a_program_prints_is_shown_as_it_was_printed() {
    for_each_user(|place, user| {
        for (printed, shown) in [
            ("send--> done", "send--> done"),
            ("send--> ", "send--> "),
            (r#"in "C:\temp""#, r#"in "C:\temp""#),
            ("\u{1b}[31mred", r"\x1b[31mred"),
        ] {
            let client = format!("printf '%s\\n' '{printed}'");
            let text = said(&run(place, user, &["--client", &client]));
            let line = format!(" client prints │ {shown}\n");
            assert!(text.contains(&line), "no {line:?} in {text}");

            let server = format!("sh -c 'printf \"%s\\n\" \"$1\" >&2' sh '{printed}'");
            let options = ["--server", &server, "--client", "true"];
            let text = said(&run(place, user, &options));
            let line = format!("\n  server: {shown}\n");
            assert!(text.contains(&line), "no {line:?} in {text}");
        }
    });
}
