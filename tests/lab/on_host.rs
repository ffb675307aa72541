//! The same without a lab: programs on this system's own network, watched on its loopback.

use std::net::UdpSocket;
use std::time::Duration;

use etherparse::{SlicedPacket, TransportSlice};
use netinspect::lab::{Event, HostName, Launch, Network, OnHost};
use netinspect::model::frame::{ChecksumOffload, Frame};
use nix::unistd::geteuid;

use crate::Test;
use crate::common::{self, PATIENCE};
use crate::tools::python;

pub const TESTS: &[Test] = &[
    (
        "on_the_loopback_each_frame_is_recorded_once",
        each_frame_once,
    ),
    (
        "when_nobody_fetches_the_frames_of_the_loopback_memory_is_bounded_and_it_is_not_quiet",
        congestion,
    ),
    (
        "an_interface_that_does_not_exist_is_refused_by_name",
        no_interface,
    ),
];

/// The datagram in a frame: the port that it is for, and what it carries.
fn datagram<'a>(frame: &Frame<'a>) -> Option<(u16, &'a [u8])> {
    let packet = SlicedPacket::from_ethernet(frame.bytes).ok()?;
    match packet.transport? {
        TransportSlice::Udp(udp) => Some((udp.destination_port(), udp.payload())),
        _ => None,
    }
}

fn each_frame_once() {
    let Some(python) = python() else { return };
    // Others talk on the loopback too: only we say this.
    let said = format!("hello {}", std::process::id());
    let answer = said.to_uppercase();
    let ours = [said.clone(), answer.clone()];
    let begun = OnHost::begin("lo", move |frame| {
        datagram(frame).is_some_and(|(_, payload)| ours.iter().any(|own| own.as_bytes() == payload))
    });
    if !geteuid().is_root() {
        // The capabilities of our user namespace count in its own networks alone.
        let error = begun
            .expect_err("an ordinary user may not capture")
            .to_string();
        assert!(error.contains("lo"), "{error}");
        return;
    }
    let mut network = begun.unwrap_or_else(|error| panic!("{error}"));
    let server = "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); print('listening', s.getsockname()[1])\n\
         data, address = s.recvfrom(1024); s.sendto(data.upper(), address)";
    let client = |port: &str| {
        format!(
            "import socket\n\
             s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'{said}', ('127.0.0.1', {port}))\n\
             print(s.recv(1024).decode())"
        )
    };
    let start = |network: &OnHost, host, code: &str| {
        let program = network.start(host, &Launch::new(python, ["-c", code]));
        program.unwrap_or_else(|error| panic!("{error}"))
    };
    let mut programs = vec![start(&network, HostName::SERVER, server)];
    let (mut frames, mut ended) = (Vec::new(), 0);
    while ended < 2 {
        match network.next_event(PATIENCE) {
            Some(Event::Line(line)) => match line.text.strip_prefix("listening ") {
                Some(port) => programs.push(start(&network, HostName::CLIENT, &client(port))),
                None => assert_eq!(line.text, answer),
            },
            Some(Event::Frame(frame)) => frames.push(frame),
            Some(Event::Ended(end)) => {
                assert!(end.ending.is_success(), "{end:?}");
                ended += 1;
            }
            other => panic!("unexpected: {other:?}"),
        }
    }
    while network.quiet_for() < Duration::from_millis(60) {
        if let Some(Event::Frame(frame)) = network.next_event(Duration::from_millis(5)) {
            frames.push(frame);
        }
    }
    let report = network.stop_recording();
    assert_eq!(
        (report.recorded, report.lost, frames.len()),
        (2, 0, 2),
        "{frames:?}"
    );
    let payloads: Vec<_> = frames.iter().map(|frame| &frame.bytes[42..]).collect();
    assert_eq!(payloads, [said.as_bytes(), answer.as_bytes()]);
    for frame in &frames {
        assert_eq!(
            frame.checksum_offload,
            ChecksumOffload::FilledInLater,
            "as loopbacks have it"
        );
        assert_eq!(frame.from, None);
    }
}

fn congestion() {
    if !geteuid().is_root() {
        if !crate::is_run_as_root_too() {
            common::missing("root, to capture on the loopback");
        }
        return;
    }
    let receiver = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = receiver.local_addr().expect("bound");
    let is_ours =
        move |frame: &Frame<'_>| datagram(frame).is_some_and(|(port, _)| port == address.port());
    let mut network = OnHost::begin("lo", is_ours).unwrap_or_else(|error| panic!("{error}"));
    // 168 MB are sent; 32 MiB and a socket's buffer have room.
    for _ in 0..120_000 {
        sender.send_to(&[0; 1400], address).expect("taken");
    }
    // Who keeps up has nothing left to record by then.
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(network.quiet_for(), Duration::ZERO, "frames wait");
    let report = network.stop_recording();
    let (mut frames, mut bytes) = (0, 0);
    while let Some(event) = network.next_event(Duration::ZERO) {
        let Event::Frame(frame) = event else {
            panic!("unexpected: {event:?}")
        };
        frames += 1;
        bytes += frame.bytes.len();
    }
    assert!(bytes < 40 << 20, "{bytes} bytes waited");
    assert!(report.lost > 0, "{report:?}");
    assert_eq!(report.recorded, frames);
}

fn no_interface() {
    let error = OnHost::begin("no-such-interface", |_| true)
        .expect_err("there is none")
        .to_string();
    assert!(error.contains("no-such-interface"), "{error}");
}
