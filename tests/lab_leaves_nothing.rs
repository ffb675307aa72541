//! Whatever ends `run-demo`, it leaves nothing behind: no process, no namespace, no interface, no mount,
//! no file. Tried on the built program, as whoever runs the test, and where that is root, as an ordinary
//! user too.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::PATIENCE;
use common::home::Home;
use common::place::{Place, for_each_user};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What of the system could have changed.
#[derive(Debug, PartialEq, Eq)]
struct System {
    interfaces: BTreeSet<String>,
    mounts: String,
    host_name: String,
    files: usize,
}

impl System {
    fn look(place: &Place) -> Self {
        let interfaces = fs::read_dir("/sys/class/net").expect("readable").flatten();
        Self {
            interfaces: interfaces
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect(),
            mounts: fs::read_to_string("/proc/self/mountinfo").expect("readable"),
            host_name: fs::read_to_string("/proc/sys/kernel/hostname").expect("readable"),
            files: fs::read_dir(&place.work).expect("readable").count(),
        }
    }
}

/// A demonstration that waits for somebody to type.
struct Demonstration {
    child: Child,
    /// The server and the client, with the networks that they live in.
    programs: Vec<(u32, Home)>,
}

impl Demonstration {
    fn start(place: &Place, user: u32) -> Self {
        Self::start_with(place, user, &["run-demo", "--interactive"], 2)
    }

    /// Starts something with so many programs in it.
    fn start_with(place: &Place, user: u32, options: &[&str], count: usize) -> Self {
        let mut command = place.command(user);
        command
            .args(options)
            .env("TMPDIR", &place.work)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let begin = Instant::now();
        let programs = loop {
            let programs = children(child.id());
            if programs.len() == count {
                let home = |pid: u32| (pid, Home::of(&pid.to_string()));
                break programs.into_iter().map(home).collect();
            }
            let ended = child.try_wait().expect("our child").is_some();
            if ended || begin.elapsed() > PATIENCE {
                let mut text = String::new();
                let _ = child.kill();
                let _ = child
                    .stderr
                    .take()
                    .expect("piped")
                    .read_to_string(&mut text);
                panic!("the demonstration does not begin: {text}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Self { child, programs }
    }

    /// Waits until it has ended, and then for what the kernel still has to do.
    fn leaves_nothing(mut self, what: &str, before: &System, place: &Place) {
        let begin = Instant::now();
        while self.child.try_wait().expect("our child").is_none() {
            if begin.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("{what}: it does not end");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        for (pid, home) in &self.programs {
            while lives(*pid) || home.is_inhabited() {
                assert!(
                    begin.elapsed() < PATIENCE,
                    "{what}: process {pid} is left, or another in {home:?}"
                );
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        assert_eq!(&System::look(place), before, "{what}");
    }
}

fn pid(number: u32) -> Pid {
    Pid::from_raw(number.try_into().expect("the number of a process"))
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("readable").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The fields of `/proc/PID/stat` after the name: state, parent, …
fn status(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn lives(pid: u32) -> bool {
    status(pid).is_some_and(|fields| fields[0] != "Z")
}

/// The programs that a process has started, once each lives in a network of its own.
fn children(parent: u32) -> Vec<u32> {
    let network = |pid| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    let own = network(std::process::id());
    let of_parent = |pid: &u32| status(*pid).is_some_and(|fields| fields[1] == parent.to_string());
    let is_moved = |pid: &u32| network(*pid).is_some_and(|found| Some(found) != own);
    processes().filter(of_parent).filter(is_moved).collect()
}

#[test]
fn after_ctrl_c_sigterm_and_a_closed_terminal_nothing_is_left() {
    for_each_user(|place, user| {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let before = System::look(place);
            let demonstration = Demonstration::start(place, user);
            kill(pid(demonstration.child.id()), signal).expect("it lives");
            demonstration.leaves_nothing(signal.as_str(), &before, place);
        }
    });
}

#[test]
fn when_the_program_itself_is_killed_its_server_and_client_are_too() {
    for_each_user(|place, user| {
        let before = System::look(place);
        let demonstration = Demonstration::start(place, user);
        kill(pid(demonstration.child.id()), Signal::SIGKILL).expect("it lives");
        demonstration.leaves_nothing("SIGKILL", &before, place);
    });
}

#[test]
fn after_its_server_or_client_was_killed_from_outside_nothing_is_left() {
    for_each_user(|place, user| {
        for which in [0, 1] {
            let before = System::look(place);
            let mut demonstration = Demonstration::start(place, user);
            kill(pid(demonstration.programs[which].0), Signal::SIGKILL).expect("it lives");
            // Nobody types any more.
            drop(demonstration.child.stdin.take());
            demonstration.leaves_nothing("a killed program", &before, place);
        }
    });
}

#[test]
fn a_disturbed_chat_leaves_nothing_while_frames_are_on_their_way() {
    for_each_user(|place, user| {
        for signal in [Signal::SIGINT, Signal::SIGKILL] {
            let before = System::look(place);
            let faults = ["--fault", "delay 5s all", "--fault", "duplicate all"];
            let options = [&["run-demo", "--interactive"][..], &faults].concat();
            let demonstration = Demonstration::start_with(place, user, &options, 2);
            kill(pid(demonstration.child.id()), signal).expect("it lives");
            demonstration.leaves_nothing("a disturbed chat", &before, place);
        }
    });
}

#[test]
fn many_hosts_leave_nothing_also_when_their_programs_hang_and_fork() {
    for_each_user(|place, user| {
        // Each has a child that leaves its process group, and holds on to its outputs.
        let hang = "a:sh -c 'setsid sleep 60 & exec sleep 60'";
        let hosts: Vec<_> = ('a'..='h')
            .map(|name| hang.replacen('a', &name.to_string(), 1))
            .collect();
        let hosts: Vec<&str> = hosts.iter().flat_map(|host| ["--host", host]).collect();
        for signal in [Some(Signal::SIGINT), Some(Signal::SIGKILL), None] {
            let before = System::look(place);
            let mut options = vec!["run", "--client-after", "20ms", "--timeout", "2"];
            options.extend(&hosts);
            if signal == Some(Signal::SIGKILL) {
                // Whoever is killed so takes no file away.
                options.push("--no-keylog");
            }
            let demonstration = Demonstration::start_with(place, user, &options, 8);
            if let Some(signal) = signal {
                kill(pid(demonstration.child.id()), signal).expect("it lives");
            }
            demonstration.leaves_nothing("eight hosts", &before, place);
        }
    });
}
