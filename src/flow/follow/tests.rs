//! What counts of a conversation, of which some came damaged or twice.

use etherparse::PacketBuilder;

use super::*;
use crate::decode::Decoder;
use crate::decode::testing::frame_of;
use crate::model::frame::LinkType;

/// A segment of a conversation, as it was captured.
#[derive(Clone, Copy)]
struct Sent {
    by: Role,
    seq: u32,
    ack: u32,
    flags: &'static str,
    says: &'static str,
    is_intact: bool,
}

const fn sent(by: Role, seq: u32, ack: u32, flags: &'static str, says: &'static str) -> Sent {
    Sent {
        by,
        seq,
        ack,
        flags,
        says,
        is_intact: true,
    }
}

const fn damaged(sent: Sent) -> Sent {
    Sent {
        is_intact: false,
        ..sent
    }
}

impl Sent {
    /// In an IPv4 packet.
    fn packet(&self) -> Vec<u8> {
        let (hosts, ports) = match self.by {
            Role::Client => ([[10, 0, 0, 1], [10, 0, 0, 2]], [4000, 80]),
            Role::Server => ([[10, 0, 0, 2], [10, 0, 0, 1]], [80, 4000]),
        };
        let mut builder =
            PacketBuilder::ipv4(hosts[0], hosts[1], 64).tcp(ports[0], ports[1], self.seq, 500);
        for flag in self.flags.chars() {
            builder = match flag {
                'S' => builder.syn(),
                'F' => builder.fin(),
                'R' => builder.rst(),
                _ => builder.ack(self.ack),
            };
        }
        let mut packet = Vec::new();
        builder.write(&mut packet, self.says.as_bytes()).unwrap();
        packet[37] ^= u8::from(!self.is_intact);
        packet
    }
}

const OPENING: [Sent; 3] = [
    sent(Role::Client, 0, 0, "S", ""),
    sent(Role::Server, 0, 1, "SA", ""),
    sent(Role::Client, 1, 1, "A", ""),
];

/// What is told of a conversation that is opened and goes on so.
fn told(all: &[Sent]) -> Vec<String> {
    let mut follower = Follower::new(Wanted::First(None));
    let mut told = Vec::new();
    let mut tell = |_: &Ends, happening: Happening<'_>| {
        let by = happening.by.name();
        let what = match happening.what {
            What::Opens(_) | What::Agrees(_) => return,
            What::Speaks(Event::Bytes { bytes, origin, .. }) => {
                let text = String::from_utf8_lossy(bytes);
                format!("says {text} in frame {}", origin.frame)
            }
            What::Speaks(event) => format!("{event:?}"),
            What::Ends(origin) => format!("ends in frame {}", origin.frame),
            What::BreaksOff(origin) => format!("breaks off in frame {}", origin.frame),
            What::IsDamaged(origin) => format!("is damaged in frame {}", origin.frame),
        };
        told.push(format!("{by} {what}"));
    };
    for (number, sent) in (1..).zip(all) {
        let packet = sent.packet();
        let mut frame = frame_of(LinkType::IPV4, &packet, packet.len());
        frame.number = number;
        follower.take(&Decoder::new().walk(&frame), &mut tell);
    }
    follower.finish(&mut tell);
    told
}

fn told_behind_opening(all: &[Sent]) -> Vec<String> {
    told(&[&OPENING, all].concat())
}

#[test]
fn what_came_damaged_and_again_counts_as_it_came_again() {
    let told = told_behind_opening(&[
        damaged(sent(Role::Client, 1, 1, "A", "helln")),
        sent(Role::Client, 1, 1, "A", "hello"),
        sent(Role::Server, 1, 6, "A", ""),
    ]);
    assert_eq!(
        told,
        [
            "client says hello in frame 5",
            "client is damaged in frame 4"
        ]
    );
}

#[test]
fn an_end_that_came_damaged_hides_nothing_behind_it() {
    let told = told_behind_opening(&[
        damaged(sent(Role::Client, 1, 1, "FA", "")),
        sent(Role::Client, 1, 1, "A", "hello"),
        sent(Role::Server, 1, 6, "A", ""),
        sent(Role::Client, 6, 1, "FA", ""),
    ]);
    assert_eq!(
        told,
        [
            "client says hello in frame 5",
            "client is damaged in frame 4",
            "client ends in frame 7"
        ]
    );
}

#[test]
fn who_breaks_off_damaged_and_goes_on_has_not_broken_off() {
    let broken = damaged(sent(Role::Client, 1, 1, "RA", ""));
    let goes_on = sent(Role::Client, 1, 1, "A", "hello");
    assert_eq!(
        told_behind_opening(&[broken, goes_on]),
        [
            "client is damaged in frame 4",
            "client says hello in frame 5"
        ]
    );
    assert_eq!(
        told_behind_opening(&[broken]),
        ["client breaks off in frame 4"]
    );
}

#[test]
fn where_all_checksums_are_wrong_all_is_said_as_where_they_are_right() {
    let all = [
        &OPENING[..],
        &[
            sent(Role::Client, 1, 1, "A", "hello"),
            sent(Role::Client, 1, 1, "A", "hello"),
            sent(Role::Server, 1, 6, "A", "welcome"),
            sent(Role::Client, 6, 8, "FA", "bye"),
            sent(Role::Server, 8, 10, "FA", ""),
            sent(Role::Client, 10, 9, "A", ""),
        ],
    ]
    .concat();
    let wrong: Vec<Sent> = all.iter().copied().map(damaged).collect();
    let told = [told(&all), told(&wrong)];
    assert_eq!(told[0].len(), 6);
    assert_eq!(told[0], told[1]);
}

#[test]
fn what_nobody_acknowledges_is_said_at_the_end_of_the_capture() {
    let last = damaged(sent(Role::Client, 1, 1, "FA", "hello"));
    assert_eq!(
        told_behind_opening(&[last]),
        ["client says hello in frame 4", "client ends in frame 4"]
    );
}

#[test]
fn of_two_agreements_the_one_counts_that_the_other_side_takes() {
    let told_with = |second: u32, taken: u32| {
        told(&[
            sent(Role::Client, 0, 0, "S", ""),
            sent(Role::Server, 9_000, 1, "SA", ""),
            sent(Role::Client, 0, 0, "S", ""),
            sent(Role::Server, second, 1, "SA", ""),
            sent(Role::Client, 1, taken + 1, "A", ""),
            sent(Role::Server, taken + 1, 1, "A", "welcome"),
            sent(Role::Client, 1, taken + 8, "A", ""),
        ])
    };
    let welcome = ["server says welcome in frame 6"];
    assert_eq!(told_with(5_000, 5_000), welcome);
    assert_eq!(told_with(50_000, 50_000), welcome);
    let late = told(&[
        OPENING[0],
        OPENING[1],
        OPENING[2],
        sent(Role::Server, 5_000, 1, "SA", ""),
        sent(Role::Client, 1, 1, "A", ""),
        sent(Role::Server, 1, 1, "A", "welcome"),
    ]);
    assert_eq!(late, welcome);
}

#[test]
fn an_rst_that_nobody_takes_breaks_nothing_off() {
    let told = told_behind_opening(&[
        sent(Role::Server, 9_999_999, 0, "R", ""),
        sent(Role::Client, 1, 1, "A", "hello"),
    ]);
    assert_eq!(told, ["client says hello in frame 5"]);
}

#[test]
fn what_is_opened_once_more_is_not_broken_off() {
    let refused = [
        sent(Role::Client, 0, 0, "S", ""),
        sent(Role::Server, 0, 1, "RA", ""),
    ];
    let opened = [
        sent(Role::Client, 0, 0, "S", ""),
        sent(Role::Server, 5_000, 1, "SA", ""),
        sent(Role::Client, 1, 5_001, "A", ""),
        sent(Role::Server, 5_001, 1, "A", "welcome"),
        sent(Role::Client, 1, 5_008, "A", ""),
    ];
    assert_eq!(
        told(&[&refused[..], &refused, &opened].concat()),
        [
            "server breaks off in frame 2",
            "server breaks off in frame 4",
            "server says welcome in frame 8"
        ]
    );
}
