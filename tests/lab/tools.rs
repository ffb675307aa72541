//! What the tests of the lab share: Python programs, waiting for events, reading frames.

use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use netinspect::lab::{
    Ended, Event, HostName, Input, Lab, Launch, Line, Network, Program, RecordedFrame, Settings,
};

use crate::common::{self, PATIENCE};

/// The real interpreter: a version manager's shim takes a third of a second.
pub fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        ["/usr/bin/python3", "python3"]
            .into_iter()
            .find_map(|name| {
                let output = Command::new(name)
                    .args(["-c", "import sys; print(sys.executable)"])
                    .output()
                    .ok()?;
                let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
                (!path.is_empty()).then_some(path)
            })
    });
    if found.is_none() {
        common::missing("python3");
    }
    found.as_deref()
}

/// A lab whose events are collected.
pub struct Watched {
    pub lab: Lab,
    pub frames: Vec<RecordedFrame>,
    pub lines: Vec<Line>,
    pub ended: Vec<Ended>,
}

impl Watched {
    pub fn build(settings: &Settings) -> Self {
        let lab = Lab::build(settings).unwrap_or_else(|error| panic!("{error}"));
        Self {
            lab,
            frames: Vec::new(),
            lines: Vec::new(),
            ended: Vec::new(),
        }
    }

    pub fn python(&self, host: HostName, code: &str) -> Program {
        let python = python().expect("checked before");
        let launch = Launch::new(python, ["-c", code]).input(Input::Piped);
        self.lab
            .start(host, &launch)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Collects events until `done`.
    pub fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(
                Instant::now() < deadline,
                "waited for {what} in vain: {:#?}",
                self.lines
            );
            self.collect(Duration::from_millis(5));
        }
    }

    pub fn until_line(&mut self, text: &str) {
        self.until(text, |lab| {
            lab.lines.iter().any(|line| line.text.contains(text))
        });
    }

    pub fn until_ended(&mut self, program: &Program) {
        let pid = program.pid();
        self.until("the end of a program", |lab| {
            lab.ended.iter().any(|ended| ended.pid == pid)
        });
    }

    /// Waits until nothing has crossed the cable for 30 ms, and cuts it.
    pub fn until_quiet(&mut self) {
        while self.lab.quiet_for() < Duration::from_millis(30) {
            self.collect(Duration::from_millis(5));
        }
        let report = self.lab.stop_recording();
        self.fetch_all();
        assert_eq!(
            report.recorded,
            self.frames.len() as u64,
            "every recorded frame is delivered once"
        );
        assert_eq!((report.refused, report.lost), (0, 0), "no frame was lost");
    }

    /// Collects what has happened.
    pub fn fetch_all(&mut self) {
        while self.collect(Duration::ZERO) {}
    }

    fn collect(&mut self, timeout: Duration) -> bool {
        match self.lab.next_event(timeout) {
            Some(Event::Frame(frame)) => self.frames.push(frame),
            Some(Event::Delivered(number)) => self.note_delivery(number),
            Some(Event::Line(line)) => self.lines.push(line),
            Some(Event::Ended(ended)) => self.ended.push(ended),
            Some(other) => panic!("unexpected: {other:?}"),
            None => return false,
        }
        true
    }

    fn note_delivery(&mut self, number: u64) {
        let mut frames = self.frames.iter_mut();
        let told = frames.find(|frame| frame.number == number);
        told.expect("a frame is told of first").deliveries += 1;
    }

    /// What the programs of one host wrote.
    pub fn said(&self, host: HostName) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|line| line.host == host)
            .map(|line| line.text.as_str())
            .collect()
    }
}

/// The payload of a TCP segment or UDP datagram, after its checksums were found good.
pub fn payload_with_good_checksums(frame: &RecordedFrame) -> Option<&[u8]> {
    let packet = SlicedPacket::from_ethernet(&frame.bytes).expect("a whole packet");
    let (found, computed, payload) = match (packet.net.as_ref()?, packet.transport.as_ref()?) {
        (NetSlice::Ipv4(ip), TransportSlice::Tcp(tcp)) => {
            let header = tcp.to_header();
            let computed = header.calc_checksum_ipv4(&ip.header().to_header(), tcp.payload());
            (header.checksum, computed, tcp.payload())
        }
        (NetSlice::Ipv4(ip), TransportSlice::Udp(udp)) => {
            let header = udp.to_header();
            let computed = header.calc_checksum_ipv4(&ip.header().to_header(), udp.payload());
            (header.checksum, computed, udp.payload())
        }
        (NetSlice::Ipv6(ip), TransportSlice::Tcp(tcp)) => {
            let header = tcp.to_header();
            let computed = header.calc_checksum_ipv6(&ip.header().to_header(), tcp.payload());
            (header.checksum, computed, tcp.payload())
        }
        _ => return None,
    };
    let computed = computed.expect("short enough");
    // Linux writes the zero of ones' complement as 0xffff, in TCP too.
    assert!(
        found == computed || (found, computed) == (0xffff, 0),
        "frame {}",
        frame.number
    );
    if let NetSlice::Ipv4(ip) = packet.net.as_ref()? {
        let header = ip.header().to_header();
        assert_eq!(
            header.header_checksum,
            header.calc_header_checksum(),
            "frame {}",
            frame.number
        );
    }
    Some(payload)
}

/// The two bytes that say what is in the frame.
pub fn ether_type(frame: &RecordedFrame) -> u16 {
    u16::from_be_bytes([frame.bytes[12], frame.bytes[13]])
}
