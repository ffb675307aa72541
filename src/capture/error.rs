//! What can go wrong with a capture: where, what was found, and what to do next.

use std::io;

use thiserror::Error;

/// Why no further frame comes, or none can be written.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open the capture {path}: {}", cause(.source))]
    Open {
        /// Its name.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is a directory.
    #[error("cannot read {path} as a capture: it is a directory; name a file in it")]
    Directory {
        /// Its name.
        path: String,
    },
    /// Reading stopped.
    #[error("cannot read {path} further at byte {offset}, after {frames} whole frames: {source}")]
    Read {
        /// Its name.
        path: String,
        /// Where, counted in the (uncompressed) capture.
        offset: u64,
        /// How many frames came before.
        frames: u64,
        /// What the system or the decompression says.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error(
        "{path} is empty: not even the header of a capture is there; was the capturing program still running, or not allowed to write?"
    )]
    Empty {
        /// Its name.
        path: String,
    },
    /// It is compressed in a way that is not undone here.
    #[error(
        "{path} is compressed with {name}, and only gzip is undone here: {command} FILE | netinspect decode - reads it"
    )]
    Compressed {
        /// Its name.
        path: String,
        /// What the compression is called.
        name: &'static str,
        /// The command that undoes it.
        command: &'static str,
    },
    /// It is something else.
    #[error("{path} is not a capture: it begins with {found}, but a pcap begins with d4 c3 b2 a1 (or a1 b2 c3 d4, or 4d 3c b2 a1) and a pcapng with 0a 0d 0d 0a{}", hint(*text))]
    NotACapture {
        /// Its name.
        path: String,
        /// Its first bytes in hexadecimal.
        found: String,
        /// Whether they are plain text.
        text: bool,
    },
    /// It ends in the middle of something.
    #[error("{path} ends too early: {what} begins at byte {offset} and needs {needed} bytes, but {present} are left; {}", frames_before(*frames))]
    Cut {
        /// Its name.
        path: String,
        /// What ends too early.
        what: &'static str,
        /// Where that begins.
        offset: u64,
        /// How long it should be.
        needed: u64,
        /// How much of it is there.
        present: u64,
        /// How many whole frames came before.
        frames: u64,
    },
    /// A number in it cannot be.
    #[error("{path} is damaged at byte {offset}: {what}; {}", frames_before(*frames))]
    Damaged {
        /// Its name.
        path: String,
        /// What was found, and why it cannot be.
        what: String,
        /// Where.
        offset: u64,
        /// How many whole frames came before.
        frames: u64,
    },
    /// There is no such interface.
    #[error("there is no interface {name} on this host; there are: {known}")]
    NoInterface {
        /// What was asked for.
        name: String,
        /// The names of those that are there.
        known: String,
    },
    /// Live capture cannot begin or go on.
    #[error("cannot capture on {name}: {}", live_cause(.source))]
    Live {
        /// The interface.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file to write is there already.
    #[error(
        "{path} is there already and is kept as it is; name another file, or add --force to overwrite it"
    )]
    Exists {
        /// Its name.
        path: String,
    },
    /// The file to write is a folder.
    #[error(
        "{path} is a folder; name a file in it, such as {}/frames.pcapng",
        path.trim_end_matches('/')
    )]
    Folder {
        /// Its name.
        path: String,
    },
    /// The file to write cannot be made.
    #[error("cannot make the capture file {path}: {source}{}", advice(source))]
    Create {
        /// Its name.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The oldest file of a series cannot be given up.
    #[error("cannot remove {path}, the oldest file of the series: {source}")]
    Remove {
        /// Its name.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Writing stopped.
    #[error("cannot write frame {} to {path}: {source}; the {frames} frames before are in the file", frames + 1)]
    Write {
        /// Its name.
        path: String,
        /// How many frames have been written.
        frames: u64,
        /// What the system says.
        source: io::Error,
    },
}

impl CaptureError {
    /// Whether it is only that whoever read the frames that were written has seen enough.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn live_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "a packet socket needs the capability CAP_NET_RAW, which this process does not have; run it with sudo, or give it to the program once: sudo setcap cap_net_raw,cap_net_admin+ep \"$(command -v netinspect)\"".to_owned()
        }
        io::ErrorKind::NetworkDown => "the interface was switched off or has gone".to_owned(),
        _ => error.to_string(),
    }
}

fn frames_before(frames: u64) -> String {
    match frames {
        0 => "no whole frame comes before".to_owned(),
        1 => "the one frame before is whole".to_owned(),
        _ => format!("the {frames} frames before are whole"),
    }
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "this user may not read it; ask its owner, or read it with sudo".to_owned()
        }
        _ => error.to_string(),
    }
}

fn hint(text: bool) -> &'static str {
    if text {
        " (this looks like text: a hex dump or a log can be turned into a capture with text2pcap)"
    } else {
        ""
    }
}

/// What to do when a file cannot be made, where that says it.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::NotFound
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory => "; choose a folder that this user may write to",
        _ => "",
    }
}
