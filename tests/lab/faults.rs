//! What the record says of frames that the cable harms.

use netinspect::lab::{Fault, HostName, Network as _, Settings};

use crate::Test;
use crate::tools::{Watched, payload_with_good_checksums, python};

pub const TESTS: &[Test] = &[
    (
        "a_delayed_frame_counts_as_delivered_when_it_has_been",
        delayed,
    ),
    (
        "a_frame_that_is_on_its_way_at_the_end_is_told_of_and_not_delivered",
        on_its_way_at_the_end,
    ),
];

fn lab_with(faults: &[&str]) -> Watched {
    let hosts = [HostName::SERVER, HostName::CLIENT];
    let faults = faults.iter().map(|text| Fault::parse(text, &hosts));
    Watched::build(&Settings {
        faults: faults
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{error}")),
        ..Settings::default()
    })
}

const SENDER: &str = "import socket\n\
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'hello', ('192.168.1.6', 9))";

fn delayed() {
    if python().is_none() {
        return;
    }
    let mut lab = lab_with(&["delay 50ms all", "duplicate where udp"]);
    let client = lab.python(HostName::CLIENT, SENDER);
    lab.until("the first frame", |lab| !lab.frames.is_empty());
    assert_eq!(lab.frames[0].deliveries, 0, "it is on its way");
    lab.until_ended(&client);
    lab.until_quiet();
    for frame in &lab.frames {
        let is_datagram = payload_with_good_checksums(frame) == Some(b"hello");
        assert_eq!(frame.deliveries, 1 + u32::from(is_datagram), "{frame:?}");
    }
}

fn on_its_way_at_the_end() {
    if python().is_none() {
        return;
    }
    let mut lab = lab_with(&["delay 60s all"]);
    let client = lab.python(HostName::CLIENT, SENDER);
    lab.until("the first frame", |lab| !lab.frames.is_empty());
    lab.until_ended(&client);
    lab.lab.stop_recording();
    lab.fetch_all();
    assert!(
        lab.frames.iter().all(|frame| frame.deliveries == 0),
        "{:?}",
        lab.frames
    );
}
