//! Programs on a host: what they know, what goes in and comes out.

use netinspect::lab::{Ending, HostName, Launch, Network, ProgramError, Settings, Stream};

use crate::Test;
use crate::tools::{Watched, python};

pub const TESTS: &[Test] = &[
    ("a_host_knows_its_name_and_the_other_one", names),
    ("lines_go_in_and_come_out_in_order_with_their_stream", lines),
    ("output_that_floods_is_cut_and_counted", flood),
    (
        "a_program_that_does_not_exist_cannot_be_started",
        no_program,
    ),
    (
        "a_program_starts_without_blocked_signals_and_with_its_environment",
        clean,
    ),
];

fn names() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let code = "import socket; print(socket.gethostname(), *(socket.gethostbyname(h) for h in ('server', 'client', 'localhost')))";
    for host in [HostName::SERVER, HostName::CLIENT] {
        let program = lab.python(host, code);
        lab.until_ended(&program);
        assert_eq!(
            lab.said(host),
            [format!("{host} 192.168.1.6 192.168.1.7 127.0.0.1")]
        );
    }
}

fn lines() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let mut program = lab.python(
        HostName::CLIENT,
        "import sys\n\
         for line in sys.stdin: print('got', line.strip(), file=sys.stderr if 'b' in line else sys.stdout)\n\
         print('end', end='')",
    );
    for line in ["a", "b", "ä"] {
        program
            .send_line(line)
            .unwrap_or_else(|error| panic!("{error}"));
        lab.until_line(&format!("got {line}"));
    }
    program.close_input();
    lab.until_ended(&program);
    let streams: Vec<_> = lab
        .lines
        .iter()
        .map(|line| (line.stream, line.text.as_str()))
        .collect();
    let expected = [
        (Stream::Output, "got a"),
        (Stream::Error, "got b"),
        (Stream::Output, "got ä"),
        (Stream::Output, "end"),
    ];
    assert_eq!(streams, expected);
    let error = program.send_line("late").expect_err("its input is closed");
    assert!(
        matches!(
            error,
            ProgramError::Input {
                host: HostName::CLIENT,
                ..
            }
        ),
        "{error}"
    );
}

fn flood() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let program = lab.python(
        HostName::SERVER,
        "for n in range(5000): print('y' * 1023)\nraise SystemExit(3)",
    );
    lab.until_ended(&program);
    assert_eq!(
        lab.lines.len(),
        1024 + 1,
        "and one that says what is not kept"
    );
    assert_eq!(lab.ended[0].lines_omitted, 5000 - 1024);
    assert_eq!(lab.ended[0].ending, Ending::Exited(3));
}

fn no_program() {
    let lab = Watched::build(&Settings::default());
    let launch = Launch::new("no-such\u{1b}program", [""; 0]).env("PATH", "/usr/bin:/bin");
    let error = lab
        .lab
        .start(HostName::CLIENT, &launch)
        .expect_err("there is none")
        .to_string();
    assert!(
        error
            .starts_with("cannot start `no-such\\u{1b}program` on the host `client`: No such file"),
        "{error}"
    );
    assert!(error.ends_with(
        "is it spelled right and in PATH, and is the interpreter of its first line there?"
    ));
}

fn clean() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let launch = Launch::new(
        "/bin/sh",
        [
            "-c",
            "grep SigBlk /proc/self/status; echo own=$OWN python=$PYTHONUNBUFFERED",
        ],
    );
    let program = lab
        .lab
        .start(HostName::SERVER, &launch.env("OWN", "1"))
        .unwrap_or_else(|error| panic!("{error}"));
    lab.until_ended(&program);
    assert_eq!(
        lab.said(HostName::SERVER),
        ["SigBlk:\t0000000000000000", "own=1 python=1"]
    );
}
