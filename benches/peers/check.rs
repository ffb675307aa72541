//! What must hold before anything is measured: the captures are what they are meant to be, and both sides
//! say the same of them.

use std::path::Path;
use std::process::Command;

use super::file::Container;
use super::run;
use super::traffic::Traffic;
use super::work::Work;

/// How many frames are looked at.
const FRAMES: u32 = 3_000;

fn file(traffic: Traffic, container: Container, folder: &Path) -> std::path::PathBuf {
    let made = traffic.file(folder, FRAMES, container);
    made.expect("it can be written")
}

/// Both sides must say the same of a small capture of the same kind.
pub fn both_say_the_same(work: &Work, folder: &Path) {
    let file = file(work.traffic, Container::Pcap, folder);
    let (ours, theirs) = run::both_to_check(work, &file);
    let ours = (work.gist.ours)(&run::text(ours));
    let theirs = (work.gist.theirs)(&run::text(theirs));
    assert!(!ours.is_empty(), "{}: nothing was said", work.name);
    assert!(
        ours == theirs,
        "{} against {}: not the same",
        work.name,
        work.other.name()
    );
}

/// However the frames are packed, they are the same, and tshark finds them too.
pub fn containers_hold_the_same(folder: &Path) {
    for traffic in Traffic::ALL {
        let list = |container| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_netinspect"));
            command.arg("decode").arg(file(traffic, container, folder));
            run::text(command)
        };
        let frames = |container| {
            let mut command = Command::new("tshark");
            command.args(["-n", "-T", "fields", "-e", "frame.number", "-r"]);
            command.arg(file(traffic, container, folder));
            run::text(command).lines().count()
        };
        let first = list(Container::Pcap);
        for container in Container::ALL {
            let name = traffic.name();
            assert!(list(container) == first, "{name} as {container:?}");
            assert_eq!(
                frames(container),
                FRAMES as usize,
                "{name} as {container:?}"
            );
        }
    }
}

/// tshark and we find every checksum right.
pub fn checksums_are_valid(folder: &Path) {
    const GOOD: &str = "(not ip or ip.checksum.status == 1) and (not tcp or tcp.checksum.status == 1) and (not udp or udp.checksum.status == 1)";
    for traffic in Traffic::ALL {
        let file = file(traffic, Container::Pcap, folder);
        let mut ours = Command::new(env!("CARGO_BIN_EXE_netinspect"));
        ours.args(["decode", "-Y", GOOD]).arg(&file);
        let mut theirs = Command::new("tshark");
        for protocol in ["ip", "tcp", "udp"] {
            theirs.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
        }
        theirs.args(["-n", "-Y", GOOD, "-r"]).arg(&file);
        for command in [ours, theirs] {
            let good = run::text(command).lines().count();
            assert_eq!(good, FRAMES as usize, "{}: right checksums", traffic.name());
        }
    }
}
