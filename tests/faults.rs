//! Faults of the cable on the real kernel: each does what it says, to the frame it says, the record tells
//! it, and the kernels react as their RFCs have it. Properties are asked, not lists of frames: the fault is
//! always the same, what the kernels do about it is so only in the main.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use common::lab;
use common::place::{Place, for_each_user};
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::flow::Flows;
use netinspect::model::needs::Past;

/// How many frames must pass a filter.
#[derive(Clone, Copy, Debug)]
enum Frames {
    Are(usize),
    /// Of what a timer sends: on a busy machine it may run out once more.
    AtLeast(usize),
}
use Frames::{Are, AtLeast};

/// The demonstration with faults, and what is then true of its frames.
struct Case {
    what: &'static str,
    options: &'static [&'static str],
    claims: &'static [(&'static str, Frames)],
}

const CASES: &[Case] = &[
    Case {
        what: "a first segment that is lost is sent again when a timer runs out",
        options: &["--fault", "drop 1st from client where tcp.len > 0"],
        claims: &[
            ("frame.fate == \"lost\" and chat.text == \"hello\"", Are(1)),
            ("frame.fate", Are(1)),
            (
                "tcp.analysis.retransmission and chat.text == \"hello\"",
                AtLeast(1),
            ),
            ("tcp.analysis.rto > 0.1", AtLeast(1)),
            ("tcp.flags.fin == 1", AtLeast(2)),
        ],
    },
    Case {
        what: "a lost SYN is sent again after a second",
        options: &["--fault", "drop where tcp.flags.syn == 1"],
        claims: &[
            ("tcp.flags.syn == 1 and tcp.flags.ack == 0", AtLeast(2)),
            ("tcp.analysis.rto > 0.9 and tcp.flags.syn == 1", AtLeast(1)),
            ("chat.text == \"你好\"", AtLeast(1)),
        ],
    },
    Case {
        what: "a corrupted segment is thrown away by the receiver's checksum, and sent again",
        options: &[
            "--fault",
            "corrupt from client where chat.text == \"hello\"",
        ],
        claims: &[
            (
                "frame.fate == \"corrupted\" and tcp.checksum.status == \"Bad\"",
                Are(1),
            ),
            ("tcp.checksum.status == \"Bad\"", Are(1)),
            ("chat.text == \"helln\"", Are(1)),
            ("chat.text == \"hello\"", AtLeast(1)),
        ],
    },
    Case {
        what: "one byte can be named, and frames without it are not meant",
        options: &[
            "--fault",
            "corrupt byte 66 from client where tcp.flags.syn == 0",
        ],
        claims: &[
            (
                "frame.fate == \"corrupted\" and chat.text == \"iello\"",
                Are(1),
            ),
            ("frame.fate", Are(1)),
        ],
    },
    Case {
        what: "a duplicated segment is acknowledged twice, and read once",
        options: &["--fault", "duplicate from client where tcp.len > 0"],
        claims: &[
            (
                "frame.fate == \"duplicated\" and chat.text == \"hello\"",
                Are(1),
            ),
            ("tcp.analysis.duplicate_ack", AtLeast(1)),
        ],
    },
    Case {
        what: "the next overtakes, and the receiver says what it has and what it misses",
        options: &[
            "--mtu",
            "100",
            "-m",
            LONG,
            "--fault",
            "swap from client where tcp.len > 0",
        ],
        claims: &[
            ("frame.fate == \"swapped\"", Are(1)),
            ("tcp.srcport == 12345 and tcp.options.sack", AtLeast(1)),
        ],
    },
    Case {
        what: "a datagram that is lost is lost for good, and the others arrive",
        options: &[
            "--transport",
            "udp",
            "--fault",
            "drop 2nd from client where udp",
        ],
        claims: &[
            ("udp", Are(4)),
            (
                "frame.fate == \"lost\" and chat.text == \"how are you?\"",
                Are(1),
            ),
        ],
    },
    Case {
        what: "a cut cable carries nothing any more, from either side",
        options: &[
            "--timeout",
            "6",
            "--fault",
            "cut 2nd from client where tcp.len > 0",
        ],
        claims: &[
            ("frame.fate == \"lost\"", AtLeast(3)),
            ("!frame.fate and chat.text contains \"how\"", Are(0)),
            ("tcp.analysis.rto > 0.3", AtLeast(1)),
        ],
    },
    Case {
        what: "a slow cable takes its time for every frame",
        options: &["--fault", "rate 100kbit"],
        claims: &[
            ("!frame.fate == \"queued\"", Are(0)),
            ("tcp.analysis.initial_rtt > 0.014", AtLeast(1)),
        ],
    },
    Case {
        what: "a delay is as long as it says",
        options: &["--fault", "delay 50ms all from client where tcp"],
        claims: &[
            ("tcp.srcport == 12345 and frame.fate", Are(0)),
            (
                "tcp.dstport == 12345 and !(frame.fate == \"delayed\")",
                Are(0),
            ),
            ("tcp.analysis.ack_rtt > 0.05", AtLeast(3)),
        ],
    },
    Case {
        what: "what is longer than the cable's own MTU is lost, and nobody is told",
        options: &["--timeout", "6", "-m", LONG, "--fault", "mtu 100"],
        claims: &[
            ("frame.fate == \"lost\" and ip.len > 100", AtLeast(3)),
            ("frame.fate and !(ip.len > 100)", Are(0)),
            ("!frame.fate and ip.len > 100", Are(0)),
            ("icmp", Are(0)),
        ],
    },
];

const LONG: &str = "a message that is longer than one hundred bytes with its headers, so it is lost, and lost again";

/// Those that end as an exchange should.
fn must_succeed(case: &Case) -> bool {
    !case.options.contains(&"--timeout")
}

fn demo(place: &Place, user: u32, options: &[&str]) -> Output {
    place
        .command(user)
        .arg("run-demo")
        .args(options)
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

/// How many frames of a file pass a filter.
fn count(file: &Path, filter: &str) -> usize {
    let filter = Filter::new(filter).unwrap_or_else(|error| panic!("{error}"));
    let mut source = capture::open(file).expect("it was just written");
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let mut passed = 0;
    while let Some(frame) = source.next_frame().expect("a whole file") {
        let decoded = decoder.expand(&frame);
        let followed = flows.follow(&decoded, Past::Everything);
        let passes = filter.passes(&decoded.with_followed(followed));
        passed += usize::from(passes);
    }
    passed
}

#[test]
fn each_fault_does_what_it_says_and_the_kernels_react() {
    for_each_user(|place, user| {
        for (number, case) in CASES.iter().enumerate() {
            let file = place.work.join(format!("{number}.pcapng"));
            let options = [case.options, &["-w", file.to_str().unwrap(), "--force"]].concat();
            let output = demo(place, user, &options);
            let said = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            let succeeded = output.status.success();
            assert!(succeeded || !must_succeed(case), "{}: {errors}", case.what);
            for (filter, frames) in case.claims {
                let passed = count(&file, filter);
                let holds = match frames {
                    Are(wanted) => passed == *wanted,
                    AtLeast(wanted) => passed >= *wanted,
                };
                assert!(
                    holds,
                    "{}: {filter}: {passed}, not {frames:?}\n{said}",
                    case.what
                );
            }
            for line in said.lines().filter(|line| !line.contains("prints │")) {
                let cells = netinspect::render::width::of(line);
                assert!(cells <= 80, "{cells} cells: {line}");
            }
            fs::remove_file(&file).expect("it was there");
        }
    });
}

#[test]
fn the_story_says_what_the_cable_did_and_what_the_kernels_did_about_it() {
    for_each_user(|place, user| {
        let fault = "drop 1st from client where tcp.len > 0";
        let output = demo(place, user, &["--fault", fault]);
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines().skip_while(|line| !line.contains("─────✗ "));
        assert!(lines.next().is_some_and(|line| line.ends_with("\"hello\"")));
        assert_eq!(
            lines.next(),
            Some(format!("             └ lost on the cable: {fault}").as_str()),
            "{said}"
        );
        assert!(
            said.contains("└ Retransmission: the cable lost frame "),
            "{said}"
        );
        assert!(said.contains("server prints │ 192.168.1.7"), "{said}");
        assert!(said.contains(": hello\n"), "{said}");
    });
}

#[test]
fn a_delayed_segment_counts_as_delivered_only_when_it_has_been() {
    if !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        let never_comes = |delay: &str| {
            let fault = format!("delay {delay} from client where tcp.len > 0");
            let options = ["-m", "hello", "--view", "bytes", "--timeout", "5"];
            let output = demo(place, user, &[&["--fault", &fault], &options[..]].concat());
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(said.contains("│ hello "), "{said}");
            said.contains(" lost ")
        };
        assert!(never_comes("60s"), "what came was sent again");
        assert!(!never_comes("20ms"));
    });
}

#[test]
fn who_acknowledges_a_copy_of_what_it_had_is_not_said_to_wait_for_anything() {
    for_each_user(|place, user| {
        let fault = "duplicate 1st from server where tcp.len > 0";
        let output = demo(place, user, &["--fault", fault]);
        let said = String::from_utf8_lossy(&output.stdout);
        let said: Vec<&str> = said.split_whitespace().collect();
        let said = said.join(" ");
        assert!(said.contains(": it got again what it had"), "{said}");
        assert!(!said.contains("still waits"), "{said}");
    });
}

#[test]
fn who_acknowledges_again_without_sack_blocks_is_not_said_to_wait_for_anything() {
    for_each_user(|place, user| {
        for flag in ["syn", "fin"] {
            let fault = format!("duplicate 1st from server where tcp.flags.{flag} == 1");
            let output = demo(place, user, &["--fault", &fault]);
            let said = String::from_utf8_lossy(&output.stdout);
            let said: Vec<&str> = said.split_whitespace().collect();
            let said = said.join(" ");
            assert!(said.contains("it got what it had, or "), "{said}");
            assert!(!said.contains("still waits"), "{said}");
        }
    });
}

#[test]
fn who_answers_a_copy_of_the_last_acknowledgment_breaks_nothing_off() {
    for_each_user(|place, user| {
        let fault =
            "duplicate all where tcp.len == 0 and tcp.flags.syn == 0 and tcp.flags.fin == 0";
        let output = demo(place, user, &["--fault", fault]);
        let said = String::from_utf8_lossy(&output.stdout);
        let said: Vec<&str> = said.split_whitespace().collect();
        let said = said.join(" ");
        assert!(
            said.contains("RST answers: that connection is gone"),
            "{said}"
        );
        assert!(!said.contains("breaks the connection off"), "{said}");
    });
}

#[test]
fn the_same_seed_loses_the_same_datagrams() {
    for_each_user(|place, user| {
        let lost = |seed: &str| {
            let fault = format!("loss 40% seed {seed} from client where udp");
            let messages = [
                "-m", "a", "-m", "b", "-m", "c", "-m", "d", "-m", "e", "-m", "f",
            ];
            let fields = ["-Y", "frame.fate", "-e", "chat.text", "--transport", "udp"];
            let options = [&["--fault", &fault], &fields[..], &messages].concat();
            let output = demo(place, user, &options);
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        let first = lost("7");
        assert_eq!(first, lost("7"));
        let letters = first.lines().count() - 1;
        assert!((1..6).contains(&letters), "{first}");
        assert_ne!(first, lost("8"));
    });
}

#[test]
fn a_fault_that_harmed_no_frame_is_told() {
    for_each_user(|place, user| {
        let harmless = [
            "drop 1st where udp",
            "drop 99th from client",
            "corrupt byte 9999",
        ];
        let mut options = vec!["--fault", "delay 5ms 1st where tcp", "--fault", "mtu 1400"];
        options.extend(harmless.iter().flat_map(|fault| ["--fault", fault]));
        let output = demo(place, user, &options);
        assert!(output.status.success());
        let told =
            harmless.map(|fault| format!("netinspect: this fault harmed no frame: {fault}\n"));
        assert_eq!(String::from_utf8_lossy(&output.stderr), told.concat());
    });
}

#[test]
fn a_fault_that_cannot_be_understood_is_an_error_of_the_call() {
    let place = Place::make();
    let output = demo(
        &place,
        nix::unistd::geteuid().as_raw(),
        &["--fault", "drop 1st form client"],
    );
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("\n  drop 1st form client\n           ^^^^ "),
        "{errors}"
    );
}

#[test]
fn datagrams_are_shown_though_no_connection_came_to_be() {
    for_each_user(|place, user| {
        let fault = "drop all where tcp.flags.syn == 1";
        let options = ["--transport", "both", "--timeout", "6", "--fault", fault];
        let output = demo(place, user, &options);
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(errors.contains("the TCP chat failed: "), "{errors}");
        let datagrams = said.split("UDP chat").nth(1).unwrap_or_default();
        assert!(datagrams.contains("\"你好\""), "{said}");
        assert!(!said.contains("What TCP adds "), "{said}");
    });
}

#[test]
fn both_transports_meet_the_same_fault_and_a_table_says_what_tcp_adds() {
    for_each_user(|place, user| {
        let fault = "drop 2nd from client where chat";
        let output = demo(place, user, &["--transport", "both", "--fault", fault]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        let row = |what: &str| {
            let line = said.lines().find(|line| line.starts_with(what));
            let numbers = line
                .unwrap_or_default()
                .get(what.len()..)
                .unwrap_or_default();
            let numbers = numbers.split_whitespace().map(|word| word.parse().ok());
            numbers.collect::<Option<Vec<u64>>>().unwrap_or_default()
        };
        assert!(said.contains("What TCP adds "), "{said}");
        assert_eq!(row("bytes that the client said"), [23, 23], "{said}");
        assert_eq!(
            row("bytes that the server's program got"),
            [23, 11],
            "{said}"
        );
        assert_eq!(row("· lost there"), [1, 1], "{said}");
        let again = row("· with bytes that were sent before");
        assert!(matches!(again[..], [tcp, 0] if tcp >= 1), "{said}");
        assert!(
            said.contains("TCP: every byte arrived.\nUDP: 12 bytes never arrived"),
            "{said}"
        );
    });
}
