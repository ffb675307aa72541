//! Somebody at a terminal: what waits for them waits, and what they type arrives. The terminal is a pseudo one,
//! which `script` makes.

mod common;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use common::place::{Place, for_each_user, for_each_user_without_a_lab, has_python, python};
use common::{PATIENCE, lab};

/// Netinspect at a terminal.
struct Terminal {
    child: Child,
    keyboard: Option<ChildStdin>,
    pieces: Receiver<Vec<u8>>,
    /// What has come for the screen; a piece of it may end within a character.
    came: Vec<u8>,
    /// What the screen has shown.
    shown: String,
}

impl Terminal {
    /// Begins with these arguments, as a shell reads them; `None` where there is nothing that makes terminals.
    fn begin(place: &Place, user: u32, arguments: &str) -> Option<Self> {
        Self::begin_of_width(80, place, user, arguments)
    }

    /// As [`Terminal::begin`], so many cells wide.
    fn begin_of_width(columns: usize, place: &Place, user: u32, arguments: &str) -> Option<Self> {
        let mut command = Command::new("script");
        command
            .args(["-q", "-e", "-c"])
            .arg(format!(
                "stty cols {columns} rows 24; exec {} {arguments}",
                place.program.display()
            ))
            .arg("/dev/null")
            .current_dir(&place.work)
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if user != nix::unistd::geteuid().as_raw() {
            command.uid(user).gid(user);
        }
        let Ok(mut child) = command.spawn() else {
            common::missing("script");
            return None;
        };
        let (sender, pieces) = mpsc::channel();
        let mut screen = child.stdout.take().expect("piped");
        thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = screen.read(&mut piece) {
                let _ = sender.send(piece[..length].to_vec());
            }
        });
        Some(Self {
            keyboard: child.stdin.take(),
            child,
            pieces,
            came: Vec::new(),
            shown: String::new(),
        })
    }

    fn presses(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().expect("it is there until the end");
        keyboard.write_all(keys.as_bytes()).expect("somebody reads");
    }

    /// Takes in what is shown within this time, and ends early where that holds `wanted`; whether it does.
    fn shows_within(&mut self, time: Duration, wanted: &str) -> bool {
        let deadline = Instant::now() + time;
        while !self.shown.contains(wanted) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(piece) = self.pieces.recv_timeout(left) else {
                return false;
            };
            self.came.extend(piece);
            self.shown = String::from_utf8_lossy(&self.came).into_owned();
        }
        true
    }

    fn must_show(&mut self, wanted: &str) {
        let shows = self.shows_within(PATIENCE, wanted);
        assert!(shows, "no {wanted:?} on the screen:\n{}", self.shown);
    }

    /// Waits until it has ended: the exit code, and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        // Nothing shows this: all there is, is taken in.
        self.shows_within(PATIENCE, "\0");
        drop(self.keyboard.take());
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("our own") {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                self.child.kill().expect("our own");
                panic!("it does not end; the screen:\n{}", self.shown);
            }
            thread::sleep(Duration::from_millis(5));
        };
        (status.code(), self.shown)
    }
}

#[test]
fn a_lesson_waits_for_enter_before_it_answers_its_question() {
    for_each_user(|place, user| {
        let arguments = "run-demo --lesson handshake";
        let Some(mut terminal) = Terminal::begin(place, user, arguments) else {
            return;
        };
        terminal.must_show("Your answer, or Enter: ");
        let answered = terminal.shows_within(Duration::from_millis(500), "Answer\u{1b}");
        assert!(!answered, "{}", terminal.shown);
        terminal.presses("three\n");
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
        let (_, after) = shown.split_once("or Enter: ").expect("it was there");
        assert!(after.contains("three"), "what is typed is seen: {after}");
        assert!(after.contains("Answer"), "{after}");
    });
}

#[test]
fn what_a_program_prints_is_broken_between_words_and_stays_beside_its_rule() {
    for_each_user(|place, user| {
        let arguments = "run-demo --lesson refused";
        let Some(mut terminal) = Terminal::begin(place, user, arguments) else {
            return;
        };
        terminal.must_show("Your answer, or Enter: ");
        terminal.presses("\n");
        let (_, shown) = terminal.end();
        let rule = format!("{:25}│ ", "");
        let lines = shown.lines().skip_while(|line| !line.contains("prints │"));
        let lines: Vec<&str> = lines.take(3).map(str::trim_end).collect();
        assert!(
            lines[0].ends_with("cannot connect to 192.168.1.6:12345:"),
            "{lines:?}"
        );
        let further = [
            "refused (RST): the host is there, but no program",
            "listens on that port;",
        ];
        for (line, text) in lines[1..].iter().zip(further) {
            assert!(line.starts_with(&format!("{rule}{text}")), "{shown}");
        }
    });
}

#[test]
fn no_line_is_longer_than_a_narrow_terminal() {
    let place = Place::make();
    let user = nix::unistd::geteuid().as_raw();
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/disturbed.pcapng");
    let of_fixture = [
        "decode",
        "decode -V -c 3",
        "decode -x -c 3",
        "decode -T table",
        "decode --frame 18",
        "explain --frame 18",
        "follow",
        "follow --side-by-side",
        "follow --as hex",
        "sequence --to-scale",
        "stats --by tcp",
    ];
    let of_fixture = of_fixture.map(|arguments| format!("{arguments} {fixture}"));
    let others = [
        "models",
        "lessons",
        "explain tcp.flags",
        "decode no-file-of-this-name",
        "run-demo",
    ];
    let others = others
        .into_iter()
        .filter(|name| *name != "run-demo" || lab::is_here());
    let all = of_fixture.into_iter().chain(others.map(str::to_owned));
    for (arguments, columns) in all.flat_map(|all| [(all.clone(), 40), (all, 60)]) {
        let Some(terminal) = Terminal::begin_of_width(columns, &place, user, &arguments) else {
            return;
        };
        let (_, shown) = terminal.end();
        let shown = anstream::adapter::strip_str(&shown).to_string();
        assert!(!shown.trim().is_empty(), "{arguments}");
        for line in shown.lines() {
            let cells = netinspect::render::width::of(line.trim_end_matches('\r'));
            assert!(cells <= columns, "{arguments}: {cells} cells: {line}");
        }
    }
}

/// A server that says what it gets, and a client that sends what is typed.
fn typed_run() -> String {
    let server = "import socket; c = socket.create_server(('', 12345)).accept()[0]; [print('got', d.decode()) for d in iter(lambda: c.recv(100), b'')]";
    let client = "import socket, sys; s = socket.create_connection(('server', 12345)); print('ready'); [s.sendall(l.encode()) for l in sys.stdin]";
    let python = python();
    format!(
        "run --server \"{python} -c \\\"{server}\\\"\" --client \"{python} -c \\\"{client}\\\"\" --client-input -"
    )
}

#[test]
fn what_is_typed_for_the_client_reaches_its_server_and_ctrl_d_ends_it() {
    if !has_python() || !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        let Some(mut terminal) = Terminal::begin(place, user, &typed_run()) else {
            return;
        };
        terminal.must_show("ready");
        terminal.presses("typed\n");
        terminal.must_show("got typed");
        terminal.presses("打字\n");
        terminal.must_show("got 打字");
        terminal.presses("\u{4}");
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
        for part in ["sendto(3, \"typed\\n\", 6 B)", "\"打字\\n\"", "FIN"] {
            assert!(shown.contains(part), "no {part} in {shown}");
        }
    });
}

#[test]
fn ctrl_c_ends_the_programs_and_shows_what_was_seen() {
    if !has_python() || !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        let Some(mut terminal) = Terminal::begin(place, user, &typed_run()) else {
            return;
        };
        terminal.must_show("ready");
        terminal.presses("typed\n");
        terminal.must_show("got typed");
        terminal.presses("\u{3}");
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(130), "{shown}");
        assert!(shown.contains("SYN ACK"), "{shown}");
    });
}

#[test]
fn our_client_asks_for_a_line_where_somebody_can_type_one() {
    for_each_user_without_a_lab(|place, user| {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it has one").port();
        let arguments = format!("client 127.0.0.1 --port {port}");
        let Some(mut terminal) = Terminal::begin(place, user, &arguments) else {
            return;
        };
        listener.set_nonblocking(true).expect("it can be");
        let begin = Instant::now();
        let mut server = loop {
            match listener.accept() {
                Ok((server, _)) => break server,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            assert!(begin.elapsed() < PATIENCE, "it does not come");
            thread::sleep(Duration::from_millis(5));
        };
        server.write_all(b"welcome").expect("it listens");
        terminal.must_show("welcome\r\nsend--> ");
        drop(server);
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(0), "{shown}");
    });
}
