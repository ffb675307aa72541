//! Bytes on their way into a capture file: handed over in large pieces, and cut back to the last whole
//! record where the system takes no more, so that the file can be read whatever happens.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};
use std::rc::Rc;

/// Where the bytes go.
pub(super) enum Target {
    /// A file of our own.
    File(File),
    /// Standard output: each record at once, since somebody waits for it.
    Output(io::Stdout),
}

/// How much is kept before it is handed over, in bytes.
const PIECE: usize = 256 * 1024;

/// The way to the file, shared between the format's writer, which does not give it back, and ours.
#[derive(Clone)]
pub(super) struct Sink(Rc<RefCell<Way>>);

struct Way {
    target: Target,
    pending: Vec<u8>,
    /// Where in `pending` records end.
    ends: Vec<usize>,
    /// Bytes that the target has.
    handed_over: u64,
    /// Whole records that the target has.
    records: u64,
    /// Where what may be written again begins: bytes and records before it.
    mark: (u64, u64),
    /// Whether everything from the mark on is being written again; until that is complete, the target keeps
    /// what it has.
    is_anew: bool,
}

impl Sink {
    /// A way to `target`, on which nothing is yet.
    pub fn new(target: Target) -> Self {
        Self(Rc::new(RefCell::new(Way {
            target,
            pending: Vec::new(),
            ends: Vec::new(),
            handed_over: 0,
            records: 0,
            mark: (0, 0),
            is_anew: false,
        })))
    }

    /// Notes that the bytes so far are whole, and hands them over when there are enough.
    pub fn end_record(&self) -> io::Result<()> {
        let mut way = self.0.borrow_mut();
        let end = way.pending.len();
        way.ends.push(end);
        if end >= PIECE && !way.is_anew || matches!(way.target, Target::Output(_)) {
            way.hand_over()?;
        }
        Ok(())
    }

    /// Hands everything over to the system.
    pub fn hand_over(&self) -> io::Result<()> {
        self.0.borrow_mut().hand_over()
    }

    /// Whether what was handed over can be written again: in a file it can, in a pipe it cannot.
    pub fn can_go_back(&self) -> bool {
        match &self.0.borrow().target {
            Target::File(file) => file.metadata().is_ok_and(|of| of.is_file()),
            Target::Output(_) => false,
        }
    }

    /// From here on, everything may be written again.
    pub fn mark(&self) -> io::Result<()> {
        let mut way = self.0.borrow_mut();
        way.hand_over()?;
        way.mark = (way.handed_over, way.records);
        Ok(())
    }

    /// Begins to write everything again from the mark on. It takes the place of what is there at once, with
    /// [`Sink::end_anew`].
    pub fn begin_anew(&self) -> io::Result<()> {
        let mut way = self.0.borrow_mut();
        way.hand_over()?;
        way.is_anew = true;
        Ok(())
    }

    /// Puts everything that was written again in the place of what was there.
    pub fn end_anew(&self) -> io::Result<()> {
        self.0.borrow_mut().end_anew()
    }

    /// How many whole records the target has.
    pub fn records(&self) -> u64 {
        self.0.borrow().records
    }

    /// How many bytes have come this way.
    pub fn bytes(&self) -> u64 {
        let way = self.0.borrow();
        way.handed_over + way.pending.len() as u64
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Way {
    fn end_anew(&mut self) -> io::Result<()> {
        self.is_anew = false;
        (self.handed_over, self.records) = self.mark;
        if let Target::File(file) = &mut self.target {
            file.seek(SeekFrom::Start(self.handed_over))?;
        }
        self.hand_over()?;
        match &self.target {
            Target::File(file) => file.set_len(self.handed_over),
            Target::Output(_) => Ok(()),
        }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if self.is_anew {
            return Ok(());
        }
        let (taken, result) = match &mut self.target {
            Target::File(file) => write_counted(file, &self.pending),
            Target::Output(output) => write_counted(output, &self.pending),
        };
        let whole = self.ends.partition_point(|end| *end <= taken);
        self.records += whole as u64;
        if result.is_err()
            && let Target::File(file) = &self.target
        {
            let kept = whole.checked_sub(1).and_then(|last| self.ends.get(last));
            let end = self.handed_over + kept.copied().unwrap_or(0) as u64;
            // What cannot be cut off either is left as it is: readers tell of it.
            let _ = file.set_len(end);
        }
        self.handed_over += taken as u64;
        self.pending.clear();
        self.ends.clear();
        result
    }
}

/// Writes all of it, or as much as the system takes.
fn write_counted(target: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut taken = 0;
    while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
        match target.write(rest) {
            Ok(0) => return (taken, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => taken += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (taken, Err(error)),
        }
    }
    (taken, target.flush())
}
