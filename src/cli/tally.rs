//! The same chat over two transports, and what one of them adds: counted while it goes, and told in a table.

use super::error::CliError;
use super::sights::Sights;
use super::stage::Audience;
use super::watcher::Watcher;
use crate::lab::{HostName, Line, RecordedFrame};
use crate::model::call::{Call, Omitted};
use crate::model::frame::Timestamp;
use crate::render::comparison::{Comparison, Row};

/// What is counted of frames: in words, and which.
const FRAMES: [(&str, &str); 6] = [
    ("frames of the chat on the cable", "tcp or udp"),
    ("· lost there", "frame.fate == \"lost\""),
    (
        "· to open and to close a connection",
        "tcp.flags.syn == 1 or tcp.flags.fin == 1",
    ),
    (
        "· only to acknowledge",
        "tcp.len == 0 and tcp.flags.syn == 0 and tcp.flags.fin == 0",
    ),
    ("· with bytes of the chat", "chat"),
    (
        "· with bytes that were sent before",
        "chat and tcp.analysis.retransmission",
    ),
];

/// Counts what happens in an exchange, and lets its watcher see it.
pub struct Tally<'a> {
    watcher: &'a mut Watcher,
    sights: Sights,
    received: u64,
}

/// What was counted.
#[derive(Debug)]
pub struct Counted {
    transport: &'static str,
    said: u64,
    received: u64,
    frames: Vec<u64>,
    bytes: u64,
}

impl<'a> Tally<'a> {
    /// Nothing is counted yet.
    ///
    /// # Errors
    ///
    /// None that a test has not seen: the filters are written down here.
    pub fn new(watcher: &'a mut Watcher) -> Result<Self, CliError> {
        Ok(Self {
            watcher,
            sights: Sights::new(FRAMES.map(|(_, filter)| filter))?,
            received: 0,
        })
    }

    /// What was counted of the chat over this transport, in which the client has said so many bytes.
    pub fn end(self, transport: &'static str, said: u64) -> Counted {
        let sights = &self.sights.sights;
        Counted {
            transport,
            said,
            received: self.received,
            frames: sights
                .iter()
                .map(|sight| sight.frames.len() as u64)
                .collect(),
            bytes: sights.first().map_or(0, |sight| sight.bytes),
        }
    }
}

impl Audience for Tally<'_> {
    fn frame(&mut self, recorded: &RecordedFrame) -> Result<(), CliError> {
        self.sights.look(recorded);
        self.watcher.frame(recorded)
    }

    fn delivered(&mut self, number: u64) {
        self.watcher.delivered(number);
    }

    fn call(&mut self, call: Call) -> Result<(), CliError> {
        self.watcher.call(call)
    }

    fn omitted(&mut self, omitted: Omitted) {
        self.watcher.omitted(omitted);
    }

    fn over(&mut self, time: Timestamp) {
        self.watcher.over(time);
    }

    fn line(&mut self, line: &Line) -> Result<(), CliError> {
        // The server prints a message behind the address and port of its client.
        if line.host == HostName::SERVER
            && let Some((client, message)) = line.text.split_once(": ")
            && client.parse::<std::net::SocketAddr>().is_ok()
        {
            self.received += message.len() as u64;
        }
        self.watcher.line(line)
    }

    fn prompt(&mut self) -> Result<(), CliError> {
        self.watcher.prompt()
    }

    fn typed(&mut self, line: Option<&str>) -> Result<(), CliError> {
        self.watcher.typed(line)
    }
}

/// What TCP adds, beside UDP.
pub fn compare(counted: &[Counted]) -> Comparison {
    let row = |what: &'static str, value: fn(&Counted) -> u64| Row {
        what,
        values: counted.iter().map(value).collect(),
    };
    let mut rows = vec![
        row("bytes that the client said", |counted| counted.said),
        row("bytes that the server's program got", |counted| {
            counted.received
        }),
    ];
    for (index, (what, _)) in FRAMES.into_iter().enumerate() {
        rows.push(Row {
            what,
            values: counted
                .iter()
                .map(|counted| counted.frames.get(index).copied().unwrap_or(0))
                .collect(),
        });
    }
    rows.push(row("bytes on the cable", |counted| counted.bytes));
    Comparison {
        title: "What TCP adds",
        columns: counted
            .iter()
            .map(|counted| counted.transport.to_uppercase())
            .collect(),
        rows,
        remarks: counted.iter().map(remark).collect(),
    }
}

/// Whether what was said has arrived, and what that took.
fn remark(counted: &Counted) -> String {
    let Counted {
        transport,
        said,
        received,
        ..
    } = counted;
    let transport = transport.to_uppercase();
    match received.cmp(said) {
        std::cmp::Ordering::Equal => format!("{transport}: every byte arrived."),
        std::cmp::Ordering::Less => format!(
            "{transport}: {} bytes never arrived, and neither program was told.",
            said - received
        ),
        std::cmp::Ordering::Greater => format!(
            "{transport}: {} bytes arrived more than once, and the server took them for new.",
            received - said
        ),
    }
}
