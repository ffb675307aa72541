//! The tutorial's programs and ours on the two hosts of the lab, both ways, both styles.

use std::process::Stdio;

use crate::common::place::{for_each_user, has_python};

/// Runs a server and a client in the lab, and looks for what they say on the cable and on the screen.
fn talk(server: &str, client: &str) {
    for_each_user(|place, user| {
        let folder = place.work.join("programs");
        if !folder.exists() {
            std::fs::create_dir(&folder).unwrap();
            let from = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs");
            for entry in std::fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    continue;
                }
                std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
            }
        }
        let ours = place.program.to_str().unwrap();
        let output = place
            .command(user)
            .args(["run", "--server", &server.replace("OURS", ours)])
            .args(["--client", &client.replace("OURS", ours)])
            .stdin(Stdio::null())
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{server} | {client}: {errors}");
        let told = String::from_utf8(output.stdout).unwrap();
        for part in ["who has 192.168.1.6?", "\"welcome\"", "\"from the client\""] {
            assert!(
                told.contains(part),
                "{server} | {client}: no {part} in {told}"
            );
        }
        // The tutorials' clients print a prompt before it, which no line end follows.
        let is_welcome =
            |line: &str| line.contains("client prints │ ") && line.ends_with("welcome");
        assert!(told.lines().any(is_welcome), "{told}");
        assert!(
            told.contains("from the client\n"),
            "the server prints it: {told}"
        );
    });
}

#[test]
fn our_client_talks_to_the_tutorials_server_over_the_cable() {
    if !has_python() {
        return;
    }
    for (server, transport, style) in [
        ("one_shot_server", "tcp", "one-shot"),
        ("udp_one_shot_server", "udp", "one-shot"),
        ("udp_loop_server", "udp", "loop"),
        ("loop_server", "tcp", "loop"),
    ] {
        talk(
            &format!("python3 programs/{server}.py 192.168.1.6 12345"),
            &format!(
                "sh -c 'echo from the client | OURS client server --transport {transport} --style {style}'"
            ),
        );
    }
}

#[test]
fn the_tutorials_client_talks_to_our_server_over_the_cable() {
    if !has_python() {
        return;
    }
    for (client, transport, style) in [
        ("one_shot_client", "tcp", "one-shot"),
        ("udp_one_shot_client", "udp", "one-shot"),
    ] {
        talk(
            &format!("OURS server --bind 192.168.1.6 --transport {transport} --style {style}"),
            &format!(
                "sh -c 'echo from the client | python3 programs/{client}.py 192.168.1.6 12345'"
            ),
        );
    }
    // At the end of input the tutorial's loop dies of it; so would it at anybody's.
    for (client, transport) in [("loop_client", "tcp"), ("udp_loop_client", "udp")] {
        talk(
            &format!("OURS server --bind 192.168.1.6 --transport {transport} --style loop"),
            &format!(
                "sh -c 'echo from the client | python3 programs/{client}.py 192.168.1.6 12345 2> /dev/null; true'"
            ),
        );
    }
}
