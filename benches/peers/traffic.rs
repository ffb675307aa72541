//! The captures that the comparison is made with: seeded, so that they are the same on every machine.

use std::fs;
use std::io;
use std::path::{Path as FilePath, PathBuf};

use fastrand::Rng;

use super::file::{Container, Sink};
use super::flow::{Flow, Mark, Path, Tcp};

/// What a capture holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Frames of chats, datagrams, DNS and ARP in very many short exchanges.
    Chat,
    /// The same mixture in few long ones.
    Few,
    /// Full segments in eight streams.
    Bulk,
    /// One SYN from each of as many addresses as there are frames.
    Flood,
    /// Frames spread evenly over so many chats.
    Spread(u32),
}

impl Traffic {
    /// What the comparison is made with.
    pub const ALL: [Self; 4] = [Self::Chat, Self::Few, Self::Bulk, Self::Flood];

    /// How many frames it has where nobody says.
    pub const fn usual_frames(self) -> u32 {
        match self {
            Self::Chat | Self::Few => 2_000_000,
            Self::Bulk => 900_000,
            Self::Flood => 10_000_000,
            Self::Spread(_) => 1_000_000,
        }
    }

    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Self::Chat => "chat".to_owned(),
            Self::Few => "few".to_owned(),
            Self::Bulk => "bulk".to_owned(),
            Self::Flood => "flood".to_owned(),
            Self::Spread(flows) => format!("spread-{flows}"),
        }
    }

    /// The file of its first `frames` frames in `folder`, made when it is not there yet.
    pub fn file(self, folder: &FilePath, frames: u32, container: Container) -> io::Result<PathBuf> {
        let name = format!("{}-{frames}.{}", self.name(), container.extension());
        let path = folder.join(name);
        if !path.exists() {
            eprintln!("making {}", path.display());
            let unfinished = folder.join("unfinished");
            let mut sink = Sink::create(&unfinished, container)?;
            self.write(frames, &mut sink)?;
            sink.finish()?;
            fs::rename(&unfinished, &path)?;
        }
        Ok(path)
    }

    fn write(self, frames: u32, sink: &mut Sink) -> io::Result<()> {
        let mut rng = Rng::with_seed(0x006e_6574_696e_7370);
        match self {
            Self::Chat => mixture(frames, 300, 4..16, &mut rng, sink),
            Self::Few => mixture(frames, 700, 2_000..2_500, &mut rng, sink),
            Self::Spread(flows) => spread(frames, flows, &mut rng, sink),
            Self::Bulk => bulk(frames, &mut rng, sink),
            Self::Flood => flood(frames, &mut rng, sink),
        }
    }
}

/// `frames` frames of exchanges of so many messages, of which `at_once` go on at any time.
fn mixture(
    frames: u32,
    at_once: u32,
    messages: std::ops::Range<u32>,
    rng: &mut Rng,
    sink: &mut Sink,
) -> io::Result<()> {
    let begin = |number, rng: &mut Rng| Flow::of_mixture(number, messages.clone(), rng);
    let mut flows: Vec<Flow> = (0..at_once).map(|number| begin(number, rng)).collect();
    let mut begun = at_once;
    let mut bytes = Vec::new();
    for _ in 0..frames {
        let index = rng.usize(..flows.len());
        bytes.clear();
        if !flows[index].next(rng, &mut bytes) {
            flows[index] = begin(begun, rng);
            begun += 1;
        }
        sink.frame(&bytes)?;
    }
    Ok(())
}

/// Every chat sends in its turn.
fn spread(frames: u32, flows: u32, rng: &mut Rng, sink: &mut Sink) -> io::Result<()> {
    let chat = |number: u32, rng: &mut Rng| {
        let [_, b, c, d] = number.to_be_bytes();
        Tcp::new(Path::plain([10, b, c, d], 40_000), u32::MAX, rng)
    };
    let mut chats: Vec<Tcp> = (0..flows).map(|number| chat(number, rng)).collect();
    let mut bytes = Vec::new();
    for number in 0..frames as usize {
        let chat = &mut chats[number % flows as usize];
        bytes.clear();
        chat.push(0, Mark::Psh, b"hello, how are you today?", &mut bytes);
        sink.frame(&bytes)?;
    }
    Ok(())
}

/// Full segments, acknowledged by the other side after every second one.
fn bulk(frames: u32, rng: &mut Rng, sink: &mut Sink) -> io::Result<()> {
    let open =
        |number: u8, rng: &mut Rng| Tcp::new(Path::plain([10, 0, 0, number], 40_000), 0, rng);
    let mut streams: Vec<Tcp> = (1..=8).map(|number| open(number, rng)).collect();
    let payload: Vec<u8> = (0..1448).map(|_| rng.u8(..)).collect();
    let mut bytes = Vec::new();
    for number in 0..frames as usize {
        let stream = &mut streams[number / 3 % 8];
        bytes.clear();
        if number % 3 == 2 {
            stream.push(1, Mark::None, b"", &mut bytes);
        } else {
            stream.push(0, Mark::None, &payload, &mut bytes);
        }
        sink.frame(&bytes)?;
    }
    Ok(())
}

fn flood(frames: u32, rng: &mut Rng, sink: &mut Sink) -> io::Result<()> {
    let mut bytes = Vec::new();
    for number in 0..frames {
        let [_, b, c, d] = number.to_be_bytes();
        let path = Path::plain([10, b, c, d], rng.u16(1024..));
        bytes.clear();
        Tcp::new(path, 0, rng).push_syn(&mut bytes);
        sink.frame(&bytes)?;
    }
    Ok(())
}
