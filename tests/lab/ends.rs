//! Whatever happens, the lab leaves nothing behind: no process, no namespace, no interface, no mount.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use netinspect::lab::{Ending, HostName, Network, Settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Test;
use crate::common::PATIENCE;
use crate::common::home::Home;
use crate::tools::{Watched, python};

pub const TESTS: &[Test] = &[
    ("after_the_end_of_a_lab_nothing_is_left", plain),
    ("after_ctrl_c_nothing_is_left", || {
        interrupted(Signal::SIGINT);
    }),
    ("after_sigterm_nothing_is_left", || {
        interrupted(Signal::SIGTERM);
    }),
    ("after_the_terminal_is_gone_nothing_is_left", || {
        interrupted(Signal::SIGHUP);
    }),
    (
        "after_a_second_ctrl_c_to_a_process_that_does_not_listen_nothing_is_left",
        second_ctrl_c,
    ),
    ("after_a_panic_nothing_is_left", panicked),
    (
        "when_the_process_itself_is_killed_its_programs_are_too",
        killed,
    ),
    (
        "a_program_killed_from_outside_is_reported_and_nothing_is_left",
        program_killed,
    ),
    ("a_daemon_that_left_its_group_ends_with_the_lab", daemon),
];

/// What of the system a lab could change.
#[derive(Debug, PartialEq, Eq)]
struct System {
    interfaces: BTreeSet<String>,
    mounts: String,
    host_name: String,
    networks: BTreeSet<PathBuf>,
}

impl System {
    fn look() -> Self {
        let interfaces = fs::read_to_string("/proc/net/dev").expect("readable");
        let name = |line: &str| line.split_once(':').map(|(name, _)| name.trim().to_owned());
        Self {
            interfaces: interfaces.lines().filter_map(name).collect(),
            mounts: fs::read_to_string("/proc/self/mountinfo").expect("readable"),
            host_name: fs::read_to_string("/proc/sys/kernel/hostname").expect("readable"),
            networks: own_networks(),
        }
    }
}

/// The network namespaces that our threads live in: other tests have labs at the same time.
fn own_networks() -> BTreeSet<PathBuf> {
    let threads = fs::read_dir("/proc/self/task").expect("readable").flatten();
    let links = threads.filter_map(|thread| fs::read_link(thread.path().join("ns/net")).ok());
    links.collect()
}

/// What a victim said of itself before it was ready.
struct Victim {
    child: Child,
    output: BufReader<ChildStdout>,
    programs: Vec<String>,
    homes: Vec<Home>,
}

impl Victim {
    fn start(kind: &str) -> Self {
        let mut child = Command::new("/proc/self/exe")
            .args(["victim", kind])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program can be started again");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let (mut programs, mut homes) = (Vec::<String>::new(), Vec::new());
        loop {
            let mut line = String::new();
            assert!(
                output.read_line(&mut line).expect("readable") > 0,
                "it ended before it was ready"
            );
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            match words.split_first() {
                Some((first, rest)) if first == "pid" => programs.extend_from_slice(rest),
                Some((first, _)) if first == "net" => {
                    homes.push(Home::of(programs.last().expect("told before")));
                }
                _ => break,
            }
        }
        assert_eq!(
            (programs.len(), homes.len()),
            (4, 2),
            "two programs on two hosts"
        );
        Self {
            child,
            output,
            programs,
            homes,
        }
    }

    fn signal(&self, signal: Signal) {
        kill(
            Pid::from_raw(self.child.id().try_into().expect("a number of a process")),
            signal,
        )
        .expect("it lives");
    }

    fn wait(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            if begin.elapsed() > PATIENCE {
                self.child.kill().expect("our child");
                panic!("it does not end");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn last_line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("readable");
        line
    }
}

fn lives(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie that its parent has not fetched yet is dead.
    !status.is_empty() && !status.contains(") Z ")
}

/// Waits: the kernel may take a moment to end what it was told to.
fn soon(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn nothing_is_left(victim: &Victim, before: &System) {
    for pid in &victim.programs {
        soon(&format!("process {pid} is left"), || !lives(pid));
    }
    for home in &victim.homes {
        soon("somebody is left", || !home.is_inhabited());
    }
    let after = System::look();
    assert_eq!(
        (&after.interfaces, &after.mounts, &after.host_name),
        (&before.interfaces, &before.mounts, &before.host_name)
    );
}

fn plain() {
    let before = System::look();
    drop(Watched::build(&Settings::default()));
    assert_eq!(System::look(), before);
}

fn interrupted(signal: Signal) {
    let before = System::look();
    let mut victim = Victim::start("patient");
    victim.signal(signal);
    assert_eq!(victim.last_line(), format!("interrupted by {signal}\n"));
    assert!(victim.wait().success());
    nothing_is_left(&victim, &before);
}

fn second_ctrl_c() {
    let before = System::look();
    let mut victim = Victim::start("stubborn");
    victim.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(50));
    assert!(
        victim.child.try_wait().expect("our child").is_none(),
        "the first one is an event"
    );
    // Two that come before either is looked at count as one.
    soon("it does not end", || {
        victim.signal(Signal::SIGINT);
        !lives(&victim.child.id().to_string())
    });
    let status = victim.wait();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(2)
    );
    end_orphans(&victim);
    nothing_is_left(&victim, &before);
}

fn panicked() {
    let before = System::look();
    let mut victim = Victim::start("panic");
    assert_eq!(victim.wait().code(), Some(101));
    nothing_is_left(&victim, &before);
}

fn killed() {
    let before = System::look();
    let mut victim = Victim::start("patient");
    victim.signal(Signal::SIGKILL);
    victim.wait();
    for pid in victim.programs.iter().step_by(2) {
        soon(&format!("program {pid} is left"), || !lives(pid));
    }
    end_orphans(&victim);
    nothing_is_left(&victim, &before);
}

/// A process that is killed without a chance takes its programs along, but not their own children.
fn end_orphans(victim: &Victim) {
    for pid in victim
        .programs
        .iter()
        .skip(1)
        .step_by(2)
        .filter(|pid| lives(pid))
    {
        let _ = kill(
            Pid::from_raw(pid.parse().expect("a number")),
            Signal::SIGKILL,
        );
    }
}

fn program_killed() {
    let before = System::look();
    let mut lab = Watched::build(&Settings::default());
    let launch = netinspect::lab::Launch::new("/bin/sh", ["-c", "sleep 1000 & echo $!; wait"]);
    let program = lab
        .lab
        .start(HostName::SERVER, &launch)
        .unwrap_or_else(|error| panic!("{error}"));
    lab.until("its child's number", |lab| lab.lines.len() == 1);
    let grandchild = lab.lines[0].text.clone();
    let home = Home::of(&grandchild);
    kill(
        Pid::from_raw(program.pid().try_into().expect("a number")),
        Signal::SIGKILL,
    )
    .expect("it lives");
    lab.until_ended(&program);
    assert_eq!(lab.ended[0].ending, Ending::Killed(Signal::SIGKILL));
    drop(program);
    soon("its child is left", || !lives(&grandchild));
    drop(lab);
    assert!(!home.is_inhabited());
    assert_eq!(System::look(), before);
}

fn daemon() {
    if python().is_none() {
        return;
    }
    let before = System::look();
    let mut lab = Watched::build(&Settings::default());
    let program = lab.python(
        HostName::CLIENT,
        "import os, time\n\
         if os.fork(): os._exit(0)\n\
         os.setsid()\n\
         if os.fork(): os._exit(0)\n\
         print(os.getpid()); time.sleep(1000)",
    );
    lab.until("the daemon's number", |lab| lab.lines.len() == 1);
    let daemon = lab.lines[0].text.clone();
    let home = Home::of(&daemon);
    drop(program);
    assert!(lives(&daemon), "it has left the group of its program");
    drop(lab);
    assert!(!lives(&daemon) && !home.is_inhabited());
    assert_eq!(System::look(), before);
}
