//! What a process may still do when it begins with foreign bytes, as the kernel tells in `/proc/PID/status`
//! and as strace(1) sees it.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::fixtures::folder;
use common::place::{NOBODY, Place, for_each_user, has_python};
use common::{PATIENCE, lab, missing};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

/// `CAP_NET_RAW` alone, as the kernel writes a set of capabilities.
const NET_RAW: &str = "0000000000002000";
const NO_CAPABILITY: &str = "0000000000000000";

/// What the kernel says of a process, or of one of its threads.
type Status = BTreeMap<String, String>;

fn status(of: &str) -> Status {
    let text = fs::read_to_string(format!("/proc/{of}/status")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// Waits until the process says that it has done something.
fn soon(what: &str, condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn end(mut child: Child) {
    kill(
        Pid::from_raw(child.id().try_into().unwrap()),
        Signal::SIGINT,
    )
    .unwrap();
    child.wait().unwrap();
}

#[test]
fn decode_has_no_privilege_and_a_sandbox_before_the_first_byte_comes() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .args(["decode", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let of = child.id().to_string();
    // Nothing has been written to it yet, so nothing can have been read.
    soon("it enters its sandbox", || status(&of)["Seccomp"] == "2");
    let now = status(&of);
    for set in ["CapPrm", "CapEff", "CapInh", "CapAmb"] {
        assert_eq!(now[set], NO_CAPABILITY, "{set}");
    }
    assert_eq!(now["NoNewPrivs"], "1");
    let capture = fs::read(folder().join("udp.pcapng")).unwrap();
    child.stdin.take().unwrap().write_all(&capture).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty());
}

#[test]
fn every_command_that_reads_a_capture_is_in_the_sandbox_when_it_reads() {
    if Command::new("strace").arg("-V").output().is_err() {
        missing("strace");
        return;
    }
    let path = folder().join("tcp-loop.pcapng");
    let name = path.to_str().unwrap();
    let commands: [&[&str]; 6] = [
        &["decode", name],
        &["decode", "-T", "json", name],
        &["stats", name],
        &["follow", name],
        &["sequence", name],
        &["explain", name, "--frame", "3"],
    ];
    for arguments in commands {
        let output = Command::new("strace")
            .args(["-f", "-s", "200", env!("CARGO_BIN_EXE_netinspect")])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        let trace = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, after) = trace
            .split_once(name)
            .expect("it is named on the command line");
        let (_, after) = after.split_once(name).expect("it is opened");
        let (sandbox, after) = after.split_once("\nread(").expect("it is read");
        for call in [
            "prctl(PR_SET_NO_NEW_PRIVS",
            "capset(",
            "landlock_restrict_self(",
            "seccomp(",
        ] {
            assert!(
                sandbox.contains(call),
                "{arguments:?}: no {call} in {sandbox}"
            );
        }
        for call in [
            "socket(",
            "execve(",
            "fork(",
            "O_WRONLY",
            "O_RDWR",
            "= -1 EPERM",
            "= -1 EACCES",
        ] {
            assert!(!after.contains(call), "{arguments:?}: {call} in {after}");
        }
    }
}

#[test]
fn the_version_tells_what_of_the_sandbox_there_is_here() {
    let version = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let short = version(&["--version"]);
    assert_eq!(short, format!("netinspect {}\n", env!("CARGO_PKG_VERSION")));
    let long = version(&["--version", "-v"]);
    for part in [
        short.as_str(),
        "no_new_privs",
        "Landlock",
        "ABI",
        "system calls: no socket",
    ] {
        assert!(long.contains(part), "no {part} in {long}");
    }
}

/// Starts a live capture on the loopback and waits until it listens.
fn capturing(mut command: Command, options: &[&str]) -> Child {
    let mut child = command
        .args(["capture", "-i", "lo"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    errors.read_line(&mut told).unwrap();
    assert!(told.contains("capturing on lo"), "{told}");
    child
}

/// No frame is looked at before the line that `capturing` waits for: it stands before the first one.
fn has_no_privilege(child: &Child, user: u32) {
    let now = status(&child.id().to_string());
    for set in ["CapPrm", "CapEff", "CapInh", "CapAmb"] {
        assert_eq!(now[set], NO_CAPABILITY, "{set}");
    }
    assert_eq!(now["NoNewPrivs"], "1");
    let users: Vec<&str> = now["Uid"].split_whitespace().collect();
    assert_eq!(
        users,
        vec![user.to_string(); 4],
        "real, effective, saved, file system"
    );
}

#[test]
fn a_capture_keeps_no_capability_once_it_listens() {
    if !geteuid().is_root() {
        missing("root, to capture");
        return;
    }
    let place = Place::make();
    let child = capturing(place.command(0), &[]);
    has_no_privilege(&child, 0);
    end(child);
}

#[test]
fn under_sudo_a_capture_becomes_the_caller_and_its_file_is_the_callers() {
    if !geteuid().is_root() {
        missing("root, to be called as sudo calls");
        return;
    }
    let place = Place::make();
    let mut command = place.command(0);
    // What sudo(8) tells of its caller.
    command
        .env("SUDO_UID", NOBODY.to_string())
        .env("SUDO_GID", NOBODY.to_string());
    let child = capturing(command, &["--write", "live.pcapng"]);
    has_no_privilege(&child, NOBODY);
    let groups = &status(&child.id().to_string())["Groups"];
    assert!(
        !groups.split_whitespace().any(|group| group == "0"),
        "{groups}"
    );
    end(child);
    let file = fs::metadata(place.work.join("live.pcapng")).unwrap();
    assert_eq!((file.uid(), file.gid()), (NOBODY, NOBODY));
}

#[test]
fn two_capabilities_of_the_file_let_an_ordinary_user_capture() {
    if !geteuid().is_root() || Command::new("setcap").arg("-h").output().is_err() {
        missing("root and setcap, to give the program its capabilities");
        return;
    }
    let place = Place::make();
    let given = Command::new("setcap")
        .arg("cap_net_raw,cap_net_admin+ep")
        .arg(&place.program)
        .status();
    assert!(given.is_ok_and(|status| status.success()));
    let child = capturing(place.command(NOBODY), &["--write", "live.pcapng"]);
    has_no_privilege(&child, NOBODY);
    end(child);
    assert_eq!(
        fs::metadata(place.work.join("live.pcapng")).unwrap().uid(),
        NOBODY
    );
}

/// What a program in the lab finds out about itself.
const LOOK: &str = "grep -E '^(Cap|NoNewPrivs)' /proc/self/status; \
    echo descriptors $(ls /proc/self/fd | tr '\\n' ' '); \
    echo environment $(env | cut -d= -f1 | tr '\\n' ' '); \
    grep -E 'Max (processes|file size|core)' /proc/self/limits; \
    sleep 0.5";

#[test]
fn programs_in_the_lab_have_raw_sockets_there_and_nothing_else() {
    for_each_user(|place, user| {
        let mut command = Command::new("bash");
        // A descriptor that somebody left open to us, as a careless parent does.
        command
            .args(["-c", "exec 7</etc/hostname; exec \"$0\" \"$@\""])
            .arg(&place.program)
            .args([
                "run",
                "--client",
                &format!("sh -c {}", shlex::try_quote(LOOK).unwrap()),
            ])
            .env("AWS_SECRET_ACCESS_KEY", "hidden")
            .current_dir(&place.work);
        if user != geteuid().as_raw() {
            std::os::unix::process::CommandExt::uid(&mut command, user);
            std::os::unix::process::CommandExt::gid(&mut command, user);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let printed = |name: &str| {
            let line = said
                .lines()
                .find_map(|line| line.split_once(&format!("prints │ {name}")));
            line.unwrap_or_else(|| panic!("no {name} in {said}"))
                .1
                .trim()
                .to_owned()
        };
        for set in ["CapPrm:", "CapEff:", "CapAmb:"] {
            assert!(printed(set).ends_with(NET_RAW), "{set} {}", printed(set));
        }
        assert_eq!(printed("NoNewPrivs:").trim_start_matches("\\t"), "1");
        // The last one is of the ls that lists them.
        assert_eq!(printed("descriptors"), "0 1 2 3");
        assert!(!printed("environment").contains("SECRET"));
        assert!(printed("environment").contains("PATH"));
        assert!(!printed("Max processes").starts_with("unlimited"));
        assert!(printed("Max file size").starts_with("1073741824"));
        assert!(printed("Max core file size").starts_with('0'));
    });
}

#[test]
fn under_sudo_programs_are_the_callers_and_at_home_and_so_is_the_file_of_the_lab() {
    if !geteuid().is_root() {
        missing("root, to be called as sudo calls");
        return;
    }
    if !lab::is_here() {
        return;
    }
    let place = Place::make();
    let client = "sh -c 'echo user $(id -u) $USER $LOGNAME at $HOME'";
    let output = place
        .command(0)
        .env("SUDO_UID", NOBODY.to_string())
        .env("SUDO_GID", NOBODY.to_string())
        // What sudo(8) leaves of root's.
        .envs([("HOME", "/root"), ("USER", "root"), ("LOGNAME", "root")])
        .args(["run", "--write", "lab.pcapng", "--client", client])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{told}");
    let account = User::from_uid(NOBODY.into()).unwrap().expect("everywhere");
    let (name, home) = (account.name, account.dir.display().to_string());
    let words = format!("user {NOBODY} {name} {name} at {home}");
    assert!(said.contains(&words), "{words}: {said}");
    let file = fs::metadata(place.work.join("lab.pcapng")).unwrap();
    assert_eq!((file.uid(), file.gid()), (NOBODY, NOBODY));
}

#[test]
fn while_programs_talk_no_thread_of_the_lab_has_more_than_they_have() {
    for_each_user(|place, user| {
        let child = place
            .command(user)
            .args(["run", "--client", "sh -c 'echo ready; sleep 2'"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let threads = || {
            let tasks = fs::read_dir(format!("/proc/{}/task", child.id()))
                .into_iter()
                .flatten();
            let of = tasks
                .flatten()
                .map(|task| task.path().strip_prefix("/proc").unwrap().to_owned());
            of.map(|task: std::path::PathBuf| status(&task.display().to_string()))
                .filter(|status| !status.is_empty())
                .collect::<Vec<_>>()
        };
        soon("the client's thread is there", || {
            threads()
                .iter()
                .any(|thread| thread["Name"].starts_with("client's"))
        });
        std::thread::sleep(Duration::from_millis(100));
        let seen = threads();
        assert!(seen.len() >= 5, "{seen:?}");
        for thread in &seen {
            let name = &thread["Name"];
            // The main thread decodes, the cable relays; the others start programs and wait.
            let most = if name == "netinspect" || name == "cable" {
                NO_CAPABILITY
            } else {
                NET_RAW
            };
            let has = &thread["CapPrm"];
            assert!(has == most || has == NO_CAPABILITY, "{name} has {has}");
            assert_eq!(thread["NoNewPrivs"], "1", "{name}");
        }
        child.wait_with_output().unwrap();
    });
}

#[test]
fn a_program_that_floods_is_cut_and_counted_and_one_that_forks_without_end_is_held() {
    let place = Place::make();
    let user = if geteuid().is_root() {
        NOBODY
    } else {
        geteuid().as_raw()
    };
    if !lab::is_here_for(user) || !has_python() {
        return;
    }
    let lines = |client: &str| {
        let output = place
            .command(user)
            .args(["run", "--client", client])
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            output.status.success(),
        )
    };
    let (said, _) = lines("sh -c 'yes 0123456789 | head -n 300000'");
    assert!(
        said.len() < 4 << 20,
        "{} bytes of three million",
        said.len()
    );
    assert!(
        said.contains("lines more"),
        "{}",
        &said[said.len().saturating_sub(600)..]
    );

    let fork = "python3 -c 'import os, time\nn = 0\ntry:\n  while n < 5000:\n    if os.fork() == 0: time.sleep(5); os._exit(0)\n    n += 1\nexcept OSError as error: print(\"held after\", n, error.strerror)'";
    let (said, _) = lines(fork);
    let held = said
        .split("held after ")
        .nth(1)
        .unwrap_or_else(|| panic!("not held: {said}"));
    let count: u32 = held.split(' ').next().unwrap().parse().unwrap();
    assert!((100..5000).contains(&count), "{count}");
}
