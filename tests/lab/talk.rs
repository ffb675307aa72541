//! Programs that talk in the lab, and what the cable has of it.

use std::path::Path;
use std::time::{Duration, Instant};

use netinspect::lab::{HostName, HostSettings, Mtu, Network, Settings, Sysctl, VlanId};

use crate::Test;
use crate::common::PATIENCE;
use crate::tools::{Watched, ether_type, payload_with_good_checksums, python};

pub const TESTS: &[Test] = &[
    (
        "two_programs_talk_over_tcp_and_each_frame_is_recorded_once",
        tcp,
    ),
    ("two_programs_talk_over_udp", udp),
    (
        "over_ipv6_the_recording_begins_with_the_neighbour_solicitation",
        ipv6,
    ),
    ("a_trunk_carries_tags_that_the_hosts_do_not_see", trunk),
    ("a_fixed_client_port_and_no_timestamps_are_as_set", sysctls),
    ("a_small_mtu_makes_small_segments", small_mtu),
    ("ten_megabytes_cross_the_cable_unharmed", bulk),
    (
        "when_nobody_fetches_the_frames_memory_is_bounded_and_the_loss_is_counted",
        congestion,
    ),
    ("a_silent_lab_has_no_frames", silence),
    (
        "an_mtu_too_small_for_ipv6_is_refused_with_the_reason",
        mtu_and_ipv6,
    ),
    (
        "a_setting_that_the_kernel_does_not_have_is_refused_with_its_name",
        unknown_sysctl,
    ),
];

const TCP_SERVER: &str = r#"
import socket
server = socket.create_server(("server", 12345), family=FAMILY)
print("listening")
connection, address = server.accept()
print("from", address[0], address[1])
connection.sendall("welcome".encode())
print(connection.recv(1024).decode())
assert connection.recv(1024) == b""
connection.close()
"#;

const TCP_CLIENT: &str = r#"
import socket
connection = socket.create_connection(("server", 12345))
print(connection.recv(1024).decode())
connection.sendall("你好".encode())
connection.close()
"#;

/// Runs the two programs and returns the lab when the cable has been cut.
fn tcp_exchange(settings: &Settings) -> Watched {
    let mut lab = Watched::build(settings);
    let family = if settings.ipv6 {
        "socket.AF_INET6"
    } else {
        "socket.AF_INET"
    };
    let server = lab.python(HostName::SERVER, &TCP_SERVER.replace("FAMILY", family));
    lab.until_line("listening");
    let client = lab.python(HostName::CLIENT, TCP_CLIENT);
    lab.until_ended(&server);
    lab.until_ended(&client);
    lab.until_quiet();
    assert!(
        lab.ended.iter().all(|ended| ended.ending.is_success()),
        "{:?} {:?}",
        lab.ended,
        lab.lines
    );
    assert_eq!(lab.said(HostName::CLIENT), ["welcome"]);
    assert_eq!(lab.said(HostName::SERVER).last(), Some(&"你好"));
    lab
}

/// Every payload once, numbers without gap, times that never step back.
fn check_exchange(lab: &Watched) {
    let payloads: Vec<_> = lab
        .frames
        .iter()
        .filter_map(payload_with_good_checksums)
        .filter(|p| !p.is_empty())
        .collect();
    assert_eq!(payloads, ["welcome".as_bytes(), "你好".as_bytes()]);
    let numbers: Vec<_> = lab.frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers, (1..=lab.frames.len() as u64).collect::<Vec<_>>());
    assert!(
        lab.frames.is_sorted_by_key(|frame| frame.time),
        "{:?}",
        lab.frames
    );
    assert!(lab.frames.iter().all(|frame| frame.deliveries == 1));
}

fn tcp() {
    if python().is_none() {
        return;
    }
    let lab = tcp_exchange(&Settings::default());
    check_exchange(&lab);
    let [request, reply, syn, ..] = lab.frames.as_slice() else {
        panic!("{:?}", lab.frames)
    };
    assert_eq!(
        request.bytes[..22],
        [
            255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 7, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1
        ],
        "the client asks everybody for the server's address"
    );
    assert_eq!(
        (request.from, reply.from, syn.from),
        (
            Some(HostName::CLIENT),
            Some(HostName::SERVER),
            Some(HostName::CLIENT)
        )
    );
    assert_eq!(reply.bytes[6..14], [2, 0, 0, 0, 0, 6, 8, 6]);
    assert_eq!(ether_type(syn), 0x0800);
    assert_eq!(syn.bytes[47], 0x02, "the first segment has SYN alone");
}

fn udp() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let server = lab.python(
        HostName::SERVER,
        "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 12345)); print('listening')\n\
         data, address = s.recvfrom(1024); s.sendto(data.upper(), address)",
    );
    lab.until_line("listening");
    let client = lab.python(
        HostName::CLIENT,
        "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'hello', ('server', 12345))\n\
         print(s.recv(1024).decode())",
    );
    lab.until_ended(&server);
    lab.until_ended(&client);
    lab.until_quiet();
    assert_eq!(lab.said(HostName::CLIENT), ["HELLO"]);
    let datagrams: Vec<_> = lab
        .frames
        .iter()
        .filter_map(payload_with_good_checksums)
        .collect();
    assert_eq!(datagrams, [b"hello", b"HELLO"]);
}

fn ipv6() {
    if python().is_none() {
        return;
    }
    let lab = tcp_exchange(&Settings {
        ipv6: true,
        ..Settings::default()
    });
    check_exchange(&lab);
    let first = &lab.frames[0];
    assert_eq!(
        first.bytes[..6],
        [0x33, 0x33, 0xff, 0, 0, 6],
        "to the multicast group of fd00::6"
    );
    assert_eq!(
        (ether_type(first), first.bytes[20], first.bytes[54]),
        (0x86dd, 58, 135)
    );
    assert!(lab.said(HostName::SERVER)[1].starts_with("from fd00::7 "));
}

fn trunk() {
    if python().is_none() {
        return;
    }
    let lab = tcp_exchange(&Settings {
        vlan: VlanId::new(10),
        ..Settings::default()
    });
    check_exchange(&lab);
    for frame in &lab.frames {
        assert_eq!(
            frame.bytes[12..16],
            [0x81, 0, 0, 10],
            "frame {}",
            frame.number
        );
    }
}

fn sysctls() {
    if python().is_none() {
        return;
    }
    let no_timestamps = || Sysctl::new("net.ipv4.tcp_timestamps", "0").expect("a valid name");
    let lab = tcp_exchange(&Settings {
        hosts: vec![
            HostSettings::SERVER.sysctl(no_timestamps()),
            HostSettings::CLIENT
                .sysctl(no_timestamps())
                .sysctl(Sysctl::local_port(50_000)),
        ],
        ..Settings::default()
    });
    assert_eq!(lab.said(HostName::SERVER)[1], "from 192.168.1.7 50000");
    let bare = lab
        .frames
        .iter()
        .filter(|frame| ether_type(frame) == 0x0800 && frame.bytes[46] >> 4 == 5)
        .count();
    assert!(
        bare > 4,
        "without timestamps the segments after the handshake have no options"
    );
}

fn small_mtu() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings {
        mtu: Mtu::new(576).expect("in range"),
        ..Settings::default()
    });
    transfer(&mut lab, 20_000);
    let longest = lab.frames.iter().map(|frame| frame.bytes.len()).max();
    assert_eq!(longest, Some(576 + 14));
}

fn bulk() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    transfer(&mut lab, 10 << 20);
    assert!(
        lab.frames.iter().all(|frame| frame.bytes.len() <= 1514),
        "no segment is longer than the MTU"
    );
    for frame in &lab.frames {
        payload_with_good_checksums(frame);
    }
}

/// Moves `size` bytes from the client to the server, which checks them.
fn transfer(lab: &mut Watched, size: usize) {
    let server = lab.python(
        HostName::SERVER,
        "import socket, hashlib\n\
         s = socket.create_server(('', 12345)); print('listening'); c, _ = s.accept()\n\
         h = hashlib.sha256(); n = 0\n\
         while data := c.recv(1 << 16): h.update(data); n += len(data)\n\
         print(n, h.hexdigest())",
    );
    lab.until_line("listening");
    let client = lab.python(
        HostName::CLIENT,
        &format!(
            "import socket, hashlib, os\n\
             data = os.urandom({size}); c = socket.create_connection(('server', 12345))\n\
             c.sendall(data); c.close(); print(len(data), hashlib.sha256(data).hexdigest())"
        ),
    );
    lab.until_ended(&client);
    lab.until_ended(&server);
    lab.until_quiet();
    assert_eq!(
        lab.said(HostName::SERVER).last(),
        lab.said(HostName::CLIENT).last()
    );
}

fn congestion() {
    if python().is_none() {
        return;
    }
    let mut lab = Watched::build(&Settings::default());
    let client = lab.python(
        HostName::CLIENT,
        "import socket\n\
         s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
         for n in range(120000): s.sendto(bytes(1400), ('192.168.1.6', 9))\n\
         open('/dev/stdout', 'w').write('sent')",
    );
    // Nothing is fetched meanwhile: 168 MB are sent, 32 MiB and a socket's buffer have room.
    let begin = Instant::now();
    while Path::new(&format!("/proc/{}/fd/0", client.pid())).exists() {
        assert!(begin.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
    let report = lab.lab.stop_recording();
    lab.fetch_all();
    assert_eq!(lab.said(HostName::CLIENT), ["sent"]);
    let bytes: usize = lab.frames.iter().map(|frame| frame.bytes.len()).sum();
    assert!(bytes < 48 << 20, "{bytes} bytes waited");
    assert!(report.lost > 0, "{report:?}");
    assert_eq!(report.recorded, lab.frames.len() as u64);
}

fn silence() {
    let mut lab = Watched::build(&Settings::default());
    std::thread::sleep(Duration::from_millis(1200));
    lab.until_quiet();
    assert_eq!(lab.frames, []);
}

fn mtu_and_ipv6() {
    let settings = Settings {
        ipv6: true,
        mtu: Mtu::new(1279).expect("in range"),
        ..Settings::default()
    };
    let error = netinspect::lab::Lab::build(&settings)
        .expect_err("too small")
        .to_string();
    assert!(
        error.starts_with("cannot give an IPv6 address to the interface eth0: "),
        "{error}"
    );
    assert!(error.contains("choose an MTU of at least 1280"), "{error}");
}

fn unknown_sysctl() {
    let sysctl = Sysctl::new("net.ipv4.no_such_thing", "1").expect("a valid name");
    let settings = Settings {
        hosts: vec![HostSettings::SERVER, HostSettings::CLIENT.sysctl(sysctl)],
        ..Settings::default()
    };
    let error = netinspect::lab::Lab::build(&settings)
        .expect_err("there is none")
        .to_string();
    assert!(
        error.starts_with(
            "cannot set net.ipv4.no_such_thing to `1` on the host `client`: No such file"
        ),
        "{error}"
    );
    assert!(
        error.contains("why: this kernel has no such setting"),
        "{error}"
    );
}
