//! The main job, on the built program: `run-demo` as root and as an ordinary user, what a person sees,
//! what a program reads, and what it writes.

mod common;

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};

use common::place::{Place, for_each_user};
use common::{lab, missing};
use serde_json::Value;

/// Runs the demonstration with these options as this user; it must succeed.
fn demo(place: &Place, user: u32, options: &[&str]) -> String {
    demo_of_width(160, place, user, options)
}

/// As [`demo`], so many cells wide.
fn demo_of_width(columns: usize, place: &Place, user: u32, options: &[&str]) -> String {
    let output = place
        .command(user)
        .arg("run-demo")
        .args(options)
        .env("COLUMNS", columns.to_string())
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{options:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The lines that stand for frames: an arrow shows their direction.
fn frames_of(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.contains("───▶   ") || line.contains("◀───"))
        .collect()
}

fn assert_in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for part in wanted {
        let at = rest.find(part);
        assert!(
            at.is_some(),
            "\"{part}\" is not where it should be in\n{text}"
        );
        rest = &rest[at.unwrap() + part.len()..];
    }
}

#[test]
fn a_chat_is_shown_frame_by_frame_and_its_first_message_layer_by_layer() {
    for_each_user(|place, user| {
        let text = demo(place, user, &[]);
        assert_in_order(
            &text,
            &[
                "TCP chat, loop style    client 192.168.1.7",
                "server 192.168.1.6:12345",
                "who has 192.168.1.6? tell 192.168.1.7",
                "192.168.1.6 is at 02:00:00:00:00:06",
                "SYN  asks to open (1 of 3)",
                "SYN ACK  agrees (2 of 3)",
                "ACK  it is open (3 of 3)",
                "PSH ACK  7 B  \"welcome\"",
                "PSH ACK  5 B  \"hello\"",
                "PSH ACK  12 B  \"how are you?\"",
                "PSH ACK  6 B  \"你好\"",
                "FIN ACK  has no more to say",
                "30 of message",
                "What layering costs: ",
                "client prints │ welcome",
                ": 你好",
                " left\n",
                "through the seven layers",
                "7 application",
                "Chat message: \"welcome\"",
                "6 presentation",
                "here 7 characters as 7 bytes",
                "5 session",
                "no session",
                "4 transport",
                "TCP segment: 12345 → ",
                "[payload length 7 bytes, checksum",
                "3 network",
                "IPv4 packet: 192.168.1.6 →",
                "2 data link",
                "Ethernet frame: 02:00:00:00:00:06",
                "1 physical",
                "not in any capture",
                "computed here, not in the packet",
                "0000  02 00 00 00 00 07 02 00  00 00 00 06 08 00 45 00",
                "Try next",
                "netinspect run-demo --frame 6 -V",
            ],
        );
        assert!(!text.contains('\u{1b}'), "colour without a terminal");
    });
}

#[test]
fn every_line_fits_a_terminal_of_80_columns() {
    for_each_user(|place, user| {
        let text = demo_of_width(80, place, user, &[]);
        assert!(!frames_of(&text).is_empty(), "{text}");
        for line in text.lines() {
            let cells = netinspect::render::width::of(line);
            assert!(cells <= 80, "{cells} cells: {line}");
        }
    });
}

#[test]
fn on_a_narrow_terminal_the_title_and_what_to_try_next_go_on_below() {
    for_each_user(|place, user| {
        let text = demo_of_width(40, place, user, &[]);
        let title = text.split("\n\n").next().unwrap();
        let (_, ideas) = text.split_once("Try next\n").unwrap();
        for line in title.lines().chain(ideas.lines()) {
            assert!(line.chars().count() <= 40, "{line}");
        }
        assert!(
            ideas.ends_with("the OSI layers beside TCP/IP's\n"),
            "{ideas}"
        );
    });
}

#[test]
fn what_frames_say_stands_in_one_column_and_goes_on_below_where_it_has_no_room() {
    let said = 51;
    for lesson in ["refused", "zero-window"] {
        for_each_user(|place, user| {
            let text = demo_of_width(80, place, user, &["--lesson", lesson]);
            let frames = frames_of(&text);
            assert!(!frames.is_empty(), "{text}");
            for line in frames
                .into_iter()
                .chain(text.lines().filter(|line| line.contains("what it says")))
            {
                let around: Vec<char> = line.chars().skip(said - 1).take(2).collect();
                assert!(around[0] == ' ' && around[1] != ' ', "{line}");
            }
            if lesson == "refused" {
                let below = format!("RST ACK  refuses: nobody\n{:said$}listens there\n", "");
                assert!(text.contains(&below), "{text}");
            }
        });
    }
}

#[test]
fn each_transport_style_family_and_tag_shows_its_own_frames() {
    for_each_user(|place, user| {
        let udp = demo(place, user, &["--transport", "udp"]);
        let mut datagrams = frames_of(&udp);
        datagrams.retain(|line| line.contains("UDP"));
        assert_eq!(datagrams.len(), 4, "{udp}");
        assert_in_order(&udp, &["\"hello\"", "\"welcome\"", "nobody is told"]);

        let both = demo(place, user, &["--transport", "both"]);
        assert_in_order(&both, &["TCP chat", "SYN ACK", "UDP chat", "\"welcome\""]);

        let once = demo(place, user, &["--style", "one-shot", "--message", "once"]);
        assert_in_order(
            &once,
            &["one-shot style", "\"once\"", "client prints │ welcome"],
        );

        let ipv6 = demo(place, user, &["--ipv6", "--message", "six"]);
        assert_in_order(&ipv6, &["server [fd00::6]:12345", "IPv6", "\"six\""]);

        let tagged = demo(place, user, &["--vlan", "7", "--message", "tagged"]);
        assert_in_order(&tagged, &["VLAN", "\"tagged\""]);
    });
}

#[test]
fn messages_are_what_was_asked_for_and_steer_no_terminal() {
    for_each_user(|place, user| {
        let text = demo(
            place,
            user,
            &["-m", r"C:\temp", "-m", "\u{1b}[31mred\u{202e}", "-m", ""],
        );
        let wanted = [
            r#""C:\\temp""#,
            r#""\x1b[31mred\u{202e}""#,
            r": C:\temp",
            r": \x1b[31mred\u{202e}",
        ];
        assert_in_order(&text, &wanted);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    });
}

#[test]
fn no_line_of_a_program_is_empty_where_no_message_is() {
    for_each_user(|place, user| {
        for transport in ["tcp", "udp"] {
            let text = demo(place, user, &["--transport", transport, "-m", "one"]);
            assert_in_order(&text, &["client prints │ welcome"]);
            let is_empty = |line: &str| line.trim_end().ends_with("prints │");
            assert!(!text.lines().any(is_empty), "{text}");
        }
    });
}

#[test]
fn one_frame_in_depth_is_that_frame_alone() {
    for_each_user(|place, user| {
        let card = demo(place, user, &["--frame", "3"]);
        assert!(
            card.starts_with("Frame 3 through the seven layers"),
            "{card}"
        );
        let tree = demo(place, user, &["--frame", "3", "-V"]);
        assert_in_order(&tree, &["Frame 3", "Ethernet", "Synchronize: 1"]);
        assert_eq!(tree.matches("Synchronize").count(), 1);

        let output = place
            .command(user)
            .args(["run-demo", "--frame", "999"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("there is no frame 999"), "{errors}");
    });
}

#[test]
fn a_program_reads_one_object_a_frame() {
    for_each_user(|place, user| {
        let text = demo(place, user, &["--format", "json"]);
        let frames: Value = serde_json::from_str(&text).expect("JSON");
        let frames = frames.as_array().expect("an array");
        // Of 16 some acknowledgments may go with what is said, and on a busy machine some frames come twice.
        assert!(frames.len() > 10, "{text}");
        for (index, frame) in frames.iter().enumerate() {
            assert_eq!(frame["number"], index + 1);
            assert_eq!(frame["length"], frame["captured"]);
            assert!(frame["time_ns"].as_i64().unwrap() > 1_600_000_000_000_000_000);
            assert_eq!(frame["layers"][0]["protocol"], "eth");
            assert_eq!(frame["layers"][0]["range"], serde_json::json!([0, 14]));
            assert_eq!(frame["layers"][0]["osi"], 2);
        }
        let lines = demo(place, user, &["--format", "ndjson"]);
        assert!(lines.lines().count() > 10, "{lines}");
        for line in lines.lines() {
            serde_json::from_str::<Value>(line).expect("JSON");
        }
    });
}

#[test]
fn what_is_typed_crosses_the_cable_and_the_frames_appear() {
    for_each_user(|place, user| {
        use std::io::Write as _;
        let mut child = place
            .command(user)
            .args(["run-demo", "--interactive"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut keyboard = child.stdin.take().unwrap();
        keyboard.write_all("typed\n打字\n".as_bytes()).unwrap();
        drop(keyboard);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_in_order(
            &text,
            &[
                "what it says",
                "server prints │ listening",
                "\"welcome\"",
                "send--> typed\n",
                "\"typed\"",
                "send--> 打字\n",
                "\"打字\"",
                "send--> \n",
                "FIN",
            ],
        );
        let time_of = |line: &str| -> Option<f64> {
            let place = usize::from(!line.contains(" prints │ "));
            line.split_whitespace().nth(place)?.parse().ok()
        };
        let (story, _) = text.split_once(" bytes: ").unwrap();
        let times: Vec<f64> = story.lines().filter_map(time_of).collect();
        assert!(times.is_sorted(), "{times:?} in\n{text}");
    });
}

#[test]
fn each_call_of_the_chat_stands_beside_its_frames_where_that_is_asked_for() {
    if !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        // One message: of two, a server that the machine keeps waiting may read both at once, and that is told.
        let one = ["--calls", "--transport", "both", "--message", "hello"];
        let text = demo(place, user, &one);
        for part in [
            "connect(",
            "accept4(",
            "\"welcome\"",
            "→ frames ",
            "← frame ",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert_in_order(&text, &["TCP chat", "sendto(", "UDP chat", "sendto("]);
        assert!(!text.contains("What went wrong"), "{text}");
        let lines = demo(place, user, &["--calls", "--format", "ndjson"]);
        let calls = lines.lines().filter(|line| line.starts_with("{\"call\":"));
        assert!(calls.count() > 20, "{lines}");
        let sequence = demo(place, user, &["--calls", "--format", "sequence"]);
        assert_in_order(&sequence, &["the programs", "sendto(", "PSH ACK"]);
        let list = place
            .command(user)
            .args(["run-demo", "--calls", "--format", "list"])
            .output()
            .expect("the program starts");
        let errors = String::from_utf8_lossy(&list.stderr);
        assert!(
            list.status.success() && errors.contains("no place for --calls"),
            "{errors}"
        );
    });
}

#[test]
fn the_bytes_of_the_chat_and_of_a_lesson_are_drawn_as_rulers() {
    if !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        let text = demo(place, user, &["--view", "bytes"]);
        assert_in_order(&text, &["hello", "how are you?", "你好", "3 sends, "]);
        assert!(frames_of(&text).is_empty(), "{text}");
        let lesson = demo(place, user, &["--lesson", "byte-stream", "--view", "bytes"]);
        assert_in_order(
            &lesson,
            &[
                "the receives do not end where the sends did",
                "sends-read-as-one",
            ],
        );
    });
}

fn tshark(place: &Place, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("tshark");
    command.current_dir(&place.work).args(arguments);
    for check in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{check}.check_checksum:TRUE")]);
    }
    command.output().ok()
}

#[test]
fn tshark_reads_what_was_written_with_good_checksums_and_our_comments() {
    for_each_user(|place, user| {
        let file = format!("chat-{user}.pcapng");
        let ours = demo(place, user, &["--format", "ndjson", "--write", &file]);
        let ours: Vec<Value> = ours
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let fields = [
            "frame.number",
            "frame.len",
            "frame.time_epoch",
            "frame.interface_name",
            "frame.interface_description",
            "frame.packet_flags_direction",
            "frame.comment",
            "ip.checksum.status",
            "tcp.checksum.status",
        ];
        let mut arguments = vec!["-r", &file, "-T", "fields"];
        arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
        let Some(output) = tshark(place, &arguments) else {
            missing("tshark");
            return;
        };
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text.lines().count(), ours.len(), "{text}");
        for (line, ours) in text.lines().zip(&ours) {
            let theirs: Vec<&str> = line.split('\t').collect();
            let time = ours["time_ns"].as_i64().unwrap();
            assert_eq!(theirs[0], ours["number"].to_string());
            assert_eq!(theirs[1], ours["length"].to_string());
            assert_eq!(theirs[2].replace('.', ""), time.to_string(), "nanoseconds");
            assert!(["to-server", "to-client"].contains(&theirs[3]), "{line}");
            assert!(theirs[4].contains("cable"), "{line}");
            assert_eq!(theirs[5], "0x00000001", "the cable takes frames in: {line}");
            assert!(!theirs[6].is_empty(), "no comment: {line}");
            if ours["layers"][1]["protocol"] == "ip" {
                assert_eq!(theirs[7..], ["1", "1"], "a bad checksum: {line}");
            }
        }
        let comments: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('\t').nth(6))
            .collect();
        assert!(
            comments
                .iter()
                .any(|comment| comment.contains("asks to open (1 of 3)"))
        );
        assert!(comments.iter().any(|comment| comment.contains("\"你好\"")));
    });
}

#[test]
fn a_file_that_is_there_is_not_overwritten_unless_forced() {
    for_each_user(|place, user| {
        let file = place.work.join(format!("kept-{user}"));
        std::fs::write(&file, "mine").unwrap();
        let name = file.to_str().unwrap();
        let output = place
            .command(user)
            .args(["run-demo", "--write", name])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("--force"), "{errors}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    });
}

#[test]
fn on_the_loopback_each_frame_comes_once_and_how_many_were_dropped_is_told() {
    let place = Place::make();
    if !nix::unistd::geteuid().is_root() {
        missing("root, to capture on the loopback");
        return;
    }
    let output = place
        .command(0)
        .args(["run-demo", "--on", "lo", "--format", "ndjson"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains(" dropped by the kernel"), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut seen = std::collections::HashSet::new();
    for line in text.lines() {
        let frame: Value = serde_json::from_str(line).unwrap();
        let network = &frame["layers"][1]["fields"];
        let identification = network
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["name"] == "ip.id")
            .map(|field| (field["value"].clone(), frame["summary"].clone()));
        assert!(seen.insert(identification), "twice: {line}");
    }
    assert!(seen.len() >= 14, "{text}");
    assert!(text.contains("welcome"), "{text}");
}

/// The lines of a text without what differs from run to run: numbers, blanks, the bytes of the dump, the
/// order of what happens at one time on two hosts, and who is first to hear the end.
fn masked(text: &str) -> BTreeSet<String> {
    let is_dump = |line: &str| line.starts_with("00") && line.get(4..6) == Some("  ");
    text.lines()
        .filter(|line| !is_dump(line) && !line.ends_with("heard the end"))
        .map(|line| {
            let mut masked = String::new();
            for character in line.chars() {
                let shown = if character.is_ascii_digit() {
                    '#'
                } else {
                    character
                };
                if !(matches!(shown, '#' | ' ') && masked.ends_with(shown)) {
                    masked.push(shown);
                }
            }
            masked
        })
        .collect()
}

#[test]
fn the_readme_opens_with_what_the_demonstration_shows() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("<!-- run-demo -->\n```text\n").unwrap();
    let (told, _) = rest.split_once("\n```").unwrap();
    for_each_user(|place, user| {
        let told = masked(told);
        let differs = |_| {
            let shown = demo_of_width(80, place, user, &[]);
            let (shown, _) = shown.split_once("\nTry next").expect("ideas");
            let shown = masked(shown.trim_end());
            let differing: Vec<_> = told.symmetric_difference(&shown).collect();
            println!("{differing:#?}");
            !differing.is_empty()
        };
        // On a busy machine an acknowledgment may go with what is said, or a frame come twice.
        assert!(!(0..3).all(differs), "the README shows what nobody sees");
    });
}
