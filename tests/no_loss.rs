//! A live capture that ends, however it ends, leaves a whole file with every frame so far, says what the
//! kernel dropped, and ends with the right exit code. Each in a network namespace of its own.

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::flood::{Flood, in_namespace};
use common::missing;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

/// What every script begins with: `capture ARGUMENTS...` starts a capture that writes `out.pcapng` and
/// waits until it listens, `ended` waits for its end.
const PRELUDE: &str = r#"
set -u
ip link set lo up
capture() {
  "$NETINSPECT" capture "$@" >shown 2>told & pid=$!
  until grep -q 'Ctrl-C ends it' told || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
}
ended() { wait $pid; echo "exit $?"; }
"#;

/// A capture that has ended.
struct Ended {
    directory: TempDir,
    /// What the script printed: at least the exit code.
    printed: String,
    /// What the capture said on standard error.
    told: String,
}

impl Ended {
    /// Runs a script in new network and mount namespaces.
    fn after(script: &str) -> Option<Self> {
        let ready = |tool: &str| Command::new(tool).arg("-V").output().is_ok();
        if !geteuid().is_root() || !ready("ip") || !ready("ping") {
            missing("root, ip and ping, to capture in a namespace");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new("unshare")
            .args(["--net", "--mount", "bash", "-c"])
            .arg(format!("{PRELUDE}{script}"))
            .env("NETINSPECT", env!("CARGO_BIN_EXE_netinspect"))
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = fs::read_to_string(directory.path().join("told")).unwrap();
        Some(Self {
            directory,
            printed: text(&output.stdout),
            told,
        })
    }

    /// Panics unless the file is whole and has exactly the frames that the capture counted; how many.
    fn frames(&self) -> usize {
        let counted = self.told.lines().find_map(|line| {
            let (count, rest) = line.strip_prefix("netinspect: ")?.split_once(' ')?;
            rest.starts_with("frames captured")
                .then(|| count.parse().unwrap())
        });
        let frames = decoded(&self.directory.path().join("out.pcapng"));
        assert_eq!(counted, Some(frames), "{}", self.told);
        frames
    }

    fn drops(&self) -> u64 {
        let (_, rest) = self.told.split_once("frames captured, ").expect("told");
        let (count, _) = rest.split_once(" dropped by the kernel").expect("told");
        count.parse().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn decode(path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .arg("decode")
        .arg(path)
        .output()
        .unwrap()
}

/// How many frames a file has that is whole.
fn decoded(path: &Path) -> usize {
    let output = decode(path);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().count()
}

#[test]
fn signals_leave_every_frame_that_came_before_them() {
    for signal in ["INT", "TERM", "HUP"] {
        let script = format!(
            "capture -i lo --write out.pcapng
             ping -q -c 20 -i 0.002 127.0.0.1 >/dev/null
             kill -{signal} $pid
             ended"
        );
        let Some(ended) = Ended::after(&script) else {
            return;
        };
        assert_eq!(ended.printed, "exit 0\n", "{signal}: {}", ended.told);
        // Each echo request and each reply: none that came before the signal is missing.
        assert_eq!(ended.frames(), 40, "{signal}");
        assert_eq!(ended.drops(), 0);
    }
}

#[test]
fn a_full_disk_leaves_what_fits_whole_and_says_so() {
    let script = "
        mkdir small && mount -t tmpfs -o size=64k none small
        capture -i lo --write small/out.pcapng
        ping -q -c 100 -i 0.002 -s 1400 127.0.0.1 >/dev/null
        sleep 1.1
        ping -q -c 1 127.0.0.1 >/dev/null
        ended
        cp small/out.pcapng .";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 1\n", "{}", ended.told);
    let kept = decoded(&ended.directory.path().join("out.pcapng"));
    assert!(
        (20..=45).contains(&kept),
        "{kept} frames of 1.4 kB in 64 kB"
    );
    let told = format!(
        "cannot write frame {} to small/out.pcapng: No space left",
        kept + 1
    );
    assert!(ended.told.contains(&told), "{told}: {}", ended.told);
    let told = format!("the {kept} frames before are in the file");
    assert!(ended.told.contains(&told), "{told}: {}", ended.told);
    assert!(
        ended.told.contains("dropped by the kernel"),
        "{}",
        ended.told
    );
}

#[test]
fn an_interface_that_vanishes_leaves_what_was_seen_on_it() {
    for end in ["ip link set v0 down", "ip link delete v0"] {
        let script = format!(
            "ip link add v0 type veth peer name v1
             ip address add 10.0.0.1/24 dev v0
             ip link set v0 up; ip link set v1 up
             capture -i v0 --write out.pcapng -Y arp
             ping -q -c 2 -i 0.2 -W 0.5 10.0.0.2 >/dev/null
             {end}
             ended"
        );
        let Some(ended) = Ended::after(&script) else {
            return;
        };
        assert_eq!(ended.printed, "exit 1\n", "{end}: {}", ended.told);
        assert!(
            ended
                .told
                .contains("the interface was switched off or has gone"),
            "{end}: {}",
            ended.told
        );
        assert!(ended.frames() > 0, "{end}: nobody was asked for");
        assert_eq!(ended.drops(), 0);
    }
}

#[test]
fn a_reader_that_goes_leaves_the_file_and_is_no_error() {
    let script = r#"
        { "$NETINSPECT" capture -i lo --write out.pcapng 2>told; echo "exit $?" >code; } | head -n 3 >/dev/null &
        until grep -q 'Ctrl-C ends it' told; do sleep 0.01; done
        ping -q -c 10 -i 0.01 127.0.0.1 >/dev/null
        wait
        cat code"#;
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0\n", "{}", ended.told);
    assert!(ended.frames() > 3);
    assert_eq!(ended.drops(), 0);
}

#[test]
fn a_reader_of_the_frames_themselves_that_goes_is_no_error_either() {
    let script = r#"
        { "$NETINSPECT" capture -i lo --write - 2>told; echo "exit $?" >code; } | head -c 1000 | wc -c &
        until grep -q 'Ctrl-C ends it' told; do sleep 0.01; done
        until [ -e code ]; do ping -q -c 50 -i 0.002 127.0.0.1 >/dev/null; sleep 1; done
        wait
        cat code"#;
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "1000\nexit 0\n", "{}", ended.told);
    assert!(!ended.told.contains("cannot"), "{}", ended.told);
    assert_eq!(ended.drops(), 0);
}

#[test]
fn nobody_to_tell_is_no_reason_to_lose_frames() {
    let script = r#"
        "$NETINSPECT" capture -i lo --count 10 --write out.pcapng >/dev/null 2>&1 2> >(head -n 1 >told) & pid=$!
        until grep -q 'Ctrl-C ends it' told; do sleep 0.01; done
        ping -q -c 10 -i 0.01 127.0.0.1 >/dev/null
        ended"#;
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0\n", "{}", ended.told);
    assert_eq!(decoded(&ended.directory.path().join("out.pcapng")), 10);
}

#[test]
fn what_the_kernel_dropped_is_counted_with_what_was_captured() {
    // While the capture stands still, more comes than the kernel keeps for it.
    let script = "
        capture -i lo --write out.pcapng -Y icmp -e icmp.seq
        kill -STOP $pid
        ping -q -f -c 8000 -s 8000 127.0.0.1 >/dev/null
        kill -CONT $pid
        kill -INT $pid
        ended";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0\n", "{}", ended.told);
    let (frames, drops) = (ended.frames() as u64, ended.drops());
    assert!(drops > 0, "{}", ended.told);
    assert_eq!(frames + drops, 16_000, "{}", ended.told);
}

#[test]
fn a_series_of_files_keeps_the_last_ones_and_loses_no_frame_between_them() {
    let script = "
        capture -i lo --write out.pcapng --rotate-size 10k --keep 3
        ping -q -c 30 -i 0.002 -s 1000 127.0.0.1 >/dev/null
        kill -INT $pid
        ended
        ls -1 *.pcapng | tr '\\n' ' '";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    let (code, files) = ended.printed.split_once('\n').unwrap();
    assert_eq!(code, "exit 0", "{}", ended.told);
    let files: Vec<&str> = files.split_whitespace().collect();
    assert_eq!(
        files,
        ["out-00006.pcapng", "out-00007.pcapng", "out-00008.pcapng"]
    );
    let path = |name: &str| ended.directory.path().join(name);
    let frames: Vec<usize> = files.iter().map(|name| decoded(&path(name))).collect();
    // 60 frames of 1042 bytes, with what the file notes of each: 8 in one of 10 kB.
    assert_eq!(frames, [8, 8, 4]);
    for name in files {
        assert!(fs::metadata(path(name)).unwrap().len() <= 10_000);
    }
}

#[test]
fn a_file_of_the_series_that_somebody_has_taken_away_ends_nothing() {
    let script = "
        capture -i lo --write out.pcapng --rotate-size 1 --keep 2
        ping -q -c 2 -i 0.002 127.0.0.1 >/dev/null
        until [ -e out-00004.pcapng ]; do sleep 0.01; done
        rm out-*.pcapng
        ping -q -c 2 -i 0.002 127.0.0.1 >/dev/null
        kill -INT $pid
        ended
        ls -1 *.pcapng | tr '\\n' ' '";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    let files = "exit 0\nout-00007.pcapng out-00008.pcapng ";
    assert_eq!(ended.printed, files, "{}", ended.told);
}

#[test]
fn a_time_begins_the_next_file_too() {
    let script = "
        capture -i lo --write out.pcap --rotate-time 0.3
        ping -q -c 2 -i 0.01 127.0.0.1 >/dev/null
        sleep 0.6
        ping -q -c 1 127.0.0.1 >/dev/null
        kill -INT $pid
        ended
        for file in out-*.pcap; do \"$NETINSPECT\" decode $file | wc -l; done";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0\n4\n2\n", "{}", ended.told);
}

/// A capture on the loopback of a namespace of its own, which listens.
fn listening(program: &mut Command, directory: &Path) -> Child {
    let told = directory.join("told");
    let child = program
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&told).unwrap())
        .spawn()
        .unwrap();
    while !fs::read_to_string(&told)
        .unwrap()
        .contains("Ctrl-C ends it")
    {
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Asks it to end; its exit code.
fn end(mut child: Child) -> Option<i32> {
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    child.wait().unwrap().code()
}

/// Captures while datagrams of this length come: as often as there are pauses, so many at once.
fn flooded(length: usize, at_once: usize, pauses: &[Duration]) -> Option<Ended> {
    if !geteuid().is_root() || Command::new("ip").arg("-V").output().is_err() {
        missing("root and ip, to capture in a namespace");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let code = in_namespace(|| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_netinspect"));
        program.args(["capture", "-i", "lo", "--count-only", "-w", "out.pcapng"]);
        let child = listening(&mut program, directory.path());
        let flood = Flood::new();
        for pause in pauses {
            flood.send(at_once, length);
            std::thread::sleep(*pause);
        }
        end(child)
    });
    let told = fs::read_to_string(directory.path().join("told")).unwrap();
    Some(Ended {
        directory,
        printed: format!("exit {}", code.unwrap()),
        told,
    })
}

#[test]
fn of_a_moderate_flood_no_frame_is_missing() {
    let Some(ended) = flooded(64, 1_000, &[Duration::from_millis(5); 20]) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0", "{}", ended.told);
    assert_eq!(ended.frames(), 20_000, "{}", ended.told);
    assert_eq!(ended.drops(), 0);
}

#[test]
fn of_the_hardest_flood_every_frame_is_in_the_file_or_counted_as_dropped() {
    let Some(ended) = flooded(1_400, 150_000, &[Duration::ZERO]) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0", "{}", ended.told);
    let (frames, drops) = (ended.frames() as u64, ended.drops());
    assert_eq!(frames + drops, 150_000, "{}", ended.told);
}

#[test]
fn a_frame_is_shown_at_once_when_few_come() {
    if !geteuid().is_root() || Command::new("ip").arg("-V").output().is_err() {
        missing("root and ip, to capture in a namespace");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut waits = in_namespace(|| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_netinspect"));
        let mut child = listening(program.args(["capture", "-i", "lo"]), directory.path());
        let mut shown = BufReader::new(child.stdout.take().unwrap());
        let flood = Flood::new();
        let waits: Vec<Duration> = (0..15)
            .map(|_| {
                let sent = Instant::now();
                flood.send(1, 64);
                let mut line = String::new();
                shown.read_line(&mut line).unwrap();
                assert!(line.contains("UDP"), "{line}");
                sent.elapsed()
            })
            .collect();
        assert_eq!(end(child), Some(0));
        waits
    });
    waits.sort_unstable();
    // What a person does not notice, and a busy machine still keeps.
    assert!(waits[7] < Duration::from_millis(100), "{waits:?}");
}

#[test]
fn a_frame_keeps_its_tag_its_direction_and_its_length() {
    if Command::new("python3").arg("--version").output().is_err() {
        missing("python3, to send a frame with a tag");
        return;
    }
    let frame =
        "b'\\xff' * 6 + b'\\2\\0\\0\\0\\0\\7' + b'\\x81\\0\\x60\\7' + b'\\x88\\xb5' + b'x' * 50";
    for (end, direction) in [("v0", 2), ("v1", 1)] {
        let script = format!(
            "ip link add v0 type veth peer name v1
             ip link set v0 up; ip link set v1 up
             capture -i {end} --write out.pcapng -Y 'eth.dst == ff:ff:ff:ff:ff:ff' --count 1
             python3 -c \"import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('v0', 0))
s.send({frame})\"
             ended
             \"$NETINSPECT\" decode out.pcapng -e vlan.priority -e vlan.id -e frame.packet_flags_direction -e frame.len"
        );
        let Some(ended) = Ended::after(&script) else {
            return;
        };
        // The kernel takes the tag out where the frame comes in; it is put back.
        let row = format!("3\t7\t{direction}\t68");
        assert!(ended.printed.starts_with("exit 0\n"), "{}", ended.told);
        assert_eq!(ended.printed.lines().last(), Some(row.as_str()), "{end}");
    }
}

#[test]
fn without_blocks_from_the_kernel_frames_come_one_by_one() {
    if Command::new("strace").arg("-V").output().is_err() {
        missing("strace, to have the kernel refuse");
        return;
    }
    let script = r#"
        strace -o calls -e trace=setsockopt,recvmsg -e inject=setsockopt:error=ENOPROTOOPT:when=4 \
          "$NETINSPECT" capture -i lo --count 10 --write out.pcapng >shown 2>told & pid=$!
        until grep -q 'Ctrl-C ends it' told; do sleep 0.01; done
        ping -q -c 5 -i 0.01 127.0.0.1 >/dev/null
        ended
        grep INJECTED calls"#;
    let Some(ended) = Ended::after(script) else {
        return;
    };
    let (code, refused) = ended.printed.split_once('\n').unwrap();
    assert_eq!(code, "exit 0", "{}", ended.told);
    assert!(refused.contains("PACKET_VERSION"), "{refused}");
    assert_eq!(ended.frames(), 10);
}

#[test]
fn an_interface_without_frames_of_its_own_gives_packets() {
    let script = "
        python3 -c 'import fcntl, os, struct, time
tun = os.open(\"/dev/net/tun\", os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack(\"16sH22x\", b\"tun0\", 0x1001))
time.sleep(10)' & holder=$!
        until ip link set tun0 up 2>/dev/null || ! kill -0 $holder; do sleep 0.01; done
        ip address add 10.9.0.1/24 dev tun0
        capture -i tun0 --write out.pcapng --count 1 -Y 'icmp.type == 8 and !eth'
        ping -q -c 2 -i 0.2 -W 0.5 10.9.0.2 >/dev/null
        ended; kill $holder";
    let Some(ended) = Ended::after(script) else {
        return;
    };
    assert_eq!(ended.printed, "exit 0\n", "{}", ended.told);
    assert!(ended.frames() > 0, "{}", ended.told);
    let shown = fs::read_to_string(ended.directory.path().join("shown")).unwrap();
    assert!(shown.contains("10.9.0.1"), "{shown}");
}
