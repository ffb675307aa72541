//! The same without a lab: programs on this system's own network, watched on its loopback.

use std::net::UdpSocket;
use std::time::Duration;

use etherparse::{SlicedPacket, TransportSlice};
use netinspect::lab::{Event, HostName, Launch, Network, OnHost};
use netinspect::model::frame::{ChecksumOffload, Frame};
use nix::unistd::geteuid;

use crate::Test;
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

const PORT: u16 = 23_417;

fn is_ours(frame: &Frame<'_>) -> bool {
    match SlicedPacket::from_ethernet(frame.bytes).map(|packet| packet.transport) {
        Ok(Some(TransportSlice::Udp(udp))) => {
            [udp.source_port(), udp.destination_port()].contains(&PORT)
        }
        _ => false,
    }
}

fn each_frame_once() {
    let Some(python) = python() else { return };
    let begun = OnHost::begin("lo", is_ours);
    if !geteuid().is_root() {
        // The capabilities of our user namespace count in its own networks alone.
        let error = begun
            .expect_err("an ordinary user may not capture")
            .to_string();
        assert!(error.contains("lo"), "{error}");
        return;
    }
    let mut network = begun.unwrap_or_else(|error| panic!("{error}"));
    let server = format!(
        "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', {PORT})); print('listening')\n\
         data, address = s.recvfrom(1024); s.sendto(data.upper(), address)"
    );
    let client = format!(
        "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'hello', ('127.0.0.1', {PORT}))\n\
         print(s.recv(1024).decode())"
    );
    let start = |network: &OnHost, host, code: &str| {
        let program = network.start(host, &Launch::new(python, ["-c", code]));
        program.unwrap_or_else(|error| panic!("{error}"))
    };
    let mut programs = vec![start(&network, HostName::SERVER, &server)];
    let (mut frames, mut ended) = (Vec::new(), 0);
    while ended < 2 {
        match network.next_event(Duration::from_secs(10)) {
            Some(Event::Line(line)) if line.text == "listening" => {
                programs.push(start(&network, HostName::CLIENT, &client));
            }
            Some(Event::Line(line)) => assert_eq!(line.text, "HELLO"),
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
    assert_eq!(payloads, [b"hello", b"HELLO"]);
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
        return;
    }
    let mut network = OnHost::begin("lo", is_ours).unwrap_or_else(|error| panic!("{error}"));
    let receiver = UdpSocket::bind(("127.0.0.1", PORT)).expect("a free port");
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = receiver.local_addr().expect("bound");
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
