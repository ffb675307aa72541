//! Whatever can be asked has an answer: every layer, protocol, field and term, every frame and every byte
//! of every fixture.

mod common;

use std::process::{Command, Output};

use common::fixtures::{captures, folder};
use netinspect::capture;
use netinspect::cli::lessons;
use netinspect::decode::Decoder;
use netinspect::explain::diagnoses::KINDS;
use netinspect::explain::terms;
use netinspect::explain::topic::Topic;
use netinspect::protocols::names;
use netinspect::protocols::registry::ALL;
use netinspect::render::meaning::Page;
use netinspect::render::theme::Theme;
use netinspect::render::{topic, width};

fn netinspect(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(arguments)
        .current_dir(folder())
        .env("COLUMNS", "80")
        .output()
        .expect("the program starts")
}

fn answer(name: &str) -> String {
    let found = Topic::find(name).unwrap_or_else(|near| panic!("{name}: nothing, near {near:?}"));
    let mut out = String::new();
    topic::push_topic(&found, Theme::Plain, 80, &mut out);
    out
}

#[test]
fn every_field_is_explained_with_its_meaning_its_place_and_a_filter_that_works() {
    for field in names::every_field() {
        let definition = field.definition;
        let told = answer(definition.name);
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = [
            definition.meaning,
            definition.label,
            "Type",
            "Place",
            "Defined in",
        ];
        for part in wanted {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                flat.contains(&part),
                "{}: no \"{part}\" in {told}",
                definition.name
            );
        }
        let filter = flat
            .split("-Y ")
            .nth(1)
            .and_then(|rest| match rest.strip_prefix('\'') {
                Some(quoted) => quoted.split('\'').next(),
                None => rest.split(' ').next(),
            })
            .unwrap_or_else(|| panic!("{}: no filter in {told}", definition.name));
        netinspect::filter::Filter::new(filter)
            .unwrap_or_else(|error| panic!("{}: {error}", definition.name));
    }
}

/// What programs say has no header, and what is computed no place.
#[test]
fn a_place_is_said_to_be_in_a_header_only_where_there_is_one() {
    for (field, place) in [
        (
            "tcp.window_size_value",
            "bytes 14 to 15 of the TCP header; counted from 0",
        ),
        (
            "tcp.options.mss_val",
            "where the TCP header's own contents put it",
        ),
        ("chat.text", "where the Chat message's own contents put it"),
        ("dns.id", "bytes 0 to 1 of the DNS message; counted from 0"),
        (
            "dns.count.answers",
            "bytes 6 to 7 of the DNS message, if no other field is there; counted",
        ),
        (
            "tls.handshake.random",
            "where the TLS record's own contents put it",
        ),
        ("dns.nsec.type", "not in the packet: computed from it"),
    ] {
        let told = answer(field);
        assert!(told.contains(&format!("Place       {place}\n")), "{told}");
    }
}

#[test]
fn every_protocol_layer_and_term_is_explained() {
    for protocol in ALL {
        let told = answer(protocol.name);
        assert!(told.contains(protocol.title), "{told}");
        for field in protocol.fields {
            assert!(told.contains(field.name), "{} is not in {told}", field.name);
        }
    }
    for layer in [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "transport",
        "layer 3",
        "internet",
    ] {
        assert!(answer(layer).starts_with("Layer "), "{layer}");
    }
    for name in terms::names() {
        assert!(answer(name).len() > 80, "{name}");
    }
    for wanted in [
        "mss",
        "handshake",
        "byte stream",
        "pdu",
        "encapsulation",
        "checksum offload",
        "time_wait",
    ] {
        assert!(!answer(wanted).is_empty());
    }
}

#[test]
fn a_lesson_that_a_term_names_is_there() {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut named = 0;
    for name in terms::names() {
        let Ok(Topic::Term(term)) = Topic::find(name) else {
            continue;
        };
        for lesson in term.text.split("--lesson ").skip(1) {
            let lesson = lesson.split(|c| !is_of_name(c)).next().unwrap();
            assert!(lessons::named(lesson).is_ok(), "{name}: {lesson}");
            named += 1;
        }
    }
    assert!(named > 5);
}

#[test]
fn every_diagnosis_is_listed_and_explained_with_its_reason_and_its_fix() {
    let list = answer("diagnoses");
    for kind in KINDS {
        let told = answer(kind.name);
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [kind.title, kind.name, kind.reason, kind.fix] {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                flat.contains(&part),
                "{}: no \"{part}\" in {told}",
                kind.name
            );
        }
        for line in kind.python.lines().chain(kind.c.lines()) {
            assert!(
                told.contains(line),
                "{}: no \"{line}\" in {told}",
                kind.name
            );
        }
        assert!(list.contains(kind.name), "{} is not in {list}", kind.name);
        for line in told.lines().chain(list.lines()) {
            assert!(width::of(line) <= 80, "{line}");
        }
    }
}

#[test]
fn every_frame_and_every_byte_of_every_fixture_is_explained() {
    let page = Page::new(Theme::Plain, 80);
    let mut decoder = Decoder::new();
    for path in captures() {
        let mut source = capture::open(&path).unwrap();
        while let Ok(Some(frame)) = source.next_frame() {
            let decoded = decoder.expand(&frame);
            let mut out = String::new();
            page.push_frame(&decoded, &mut out);
            assert!(out.contains("What it means"), "{}", path.display());
            for offset in 0..frame.bytes.len() {
                let mut out = String::new();
                page.push_byte(&decoded, offset, &mut out);
                assert!(
                    out.contains("Layer   "),
                    "byte {offset} of {}",
                    path.display()
                );
                assert!(
                    out.contains("Field   "),
                    "byte {offset} of {}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn a_heading_over_a_byte_is_named_without_a_value() {
    let output = netinspect(&["explain", "dns.pcapng", "--frame", "4", "--byte", "60"]);
    let told = String::from_utf8(output.stdout).unwrap();
    for line in [
        "7 application: Domain Name System, byte 18 of its message\n",
        "Part of Question section (dns.questions)\n",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn a_byte_is_explained_bit_by_bit() {
    let output = netinspect(&[
        "explain",
        "tcp-loop.pcapng",
        "--frame",
        "3",
        "--byte",
        "0x2f",
    ]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.starts_with("Byte 47 (0x2f) of frame 3: 0x02 = 2 = 00000010"),
        "{told}"
    );
    for part in [
        "4 transport: Transmission Control Protocol, byte 13 of its header",
        "Synchronize (tcp.flags.syn): 1 (set)",
        "46 bit 4 to 47 bit 7. What",
        "47 bit 6",
        "RFC 9293",
    ] {
        assert!(told.contains(part), "no \"{part}\" in {told}");
    }
    for line in told.lines() {
        assert!(width::of(line) <= 80, "{line}");
    }
}

#[test]
fn what_nobody_knows_gets_what_is_near() {
    let output = netinspect(&["explain", "handshak"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("did you mean one of handshake,"), "{told}");
    for arguments in [
        &["explain", "tcp-loop.pcapng", "--frame", "99"][..],
        &[
            "explain",
            "tcp-loop.pcapng",
            "--frame",
            "3",
            "--byte",
            "999",
        ],
    ] {
        let output = netinspect(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
}

#[test]
fn fields_and_protocols_are_listed_for_people_and_for_programs() {
    let output = netinspect(&["fields", "tcp.flags"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("tcp.flags.syn") && told.contains("RFC 9293"),
        "{told}"
    );
    let output = netinspect(&["fields", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for row in rows.as_array().unwrap() {
        for key in ["name", "label", "type", "protocol", "meaning", "source"] {
            assert!(!row[key].as_str().unwrap().is_empty(), "{key} of {row}");
        }
    }
    let output = netinspect(&["protocols", "--format", "json"]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), ALL.len());
    let output = netinspect(&["fields", "nosuchfieldatall"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "netinspect: no field has \"nosuchfieldatall\" in its name\n"
    );
}

#[test]
fn completions_and_the_manual_know_the_commands_and_the_fields() {
    for shell in ["bash", "zsh", "fish"] {
        let output = netinspect(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("run-demo"), "{shell}");
        assert!(
            text.contains("tcp.flags.syn"),
            "{shell} does not complete fields"
        );
        assert!(
            text.contains("both-wait both-send nobody-reads"),
            "{shell} does not complete diagnoses"
        );
        assert!(
            text.contains("EPIPE EPROTONOSUPPORT"),
            "{shell} does not complete terms"
        );
    }
    let output = netinspect(&["man"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [".TH netinspect 1", "run\\-demo", "\\-\\-filter", "explain"] {
        assert!(text.contains(part), "no {part} in the manual");
    }
}

#[test]
fn the_readmes_session_is_what_the_program_answers() {
    let readme = include_str!("../README.md");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_netinspect"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut commands = 0;
    for session in readme.split("<!-- session -->\n```console\n$ ").skip(1) {
        let (session, _) = session.split_once("\n```").unwrap();
        for step in session.split("\n$ ") {
            let (command, told) = step.split_once('\n').unwrap();
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("PATH", &path)
                .env("COLUMNS", "80")
                .output()
                .unwrap();
            let shown = String::from_utf8(output.stdout).unwrap();
            assert_eq!(told, shown.trim_end(), "{command}");
            commands += 1;
        }
    }
    assert!(commands >= 5);
}
