//! The dynamic table of HPACK: what was said before on one side of a connection (RFC 7541, sections 2.3.2 and 4).

use std::collections::VecDeque;
use std::sync::Arc;

use crate::protocols::hpack::{FieldLine, FieldLines, Literal, Way};
use crate::protocols::http2_header_list::{Known, Writer};
use crate::protocols::{hpack_huffman, hpack_static};

/// How large a table is unless its sender says otherwise, in bytes.
const USUAL_SIZE: usize = 4096;

/// How large a table may be at most, whatever both sides agree on.
pub const MOST_SIZE: usize = 64 << 10;

/// What an entry counts beside its name and its value.
const OVERHEAD: usize = 32;

/// A name or a value; an entry that is made of another one shares its name.
type Text = Arc<[u8]>;

/// A name or a value, where it is known; otherwise the index of the entry that has it.
#[derive(Clone, Debug)]
enum Part {
    Is(Text),
    Lost(u32),
}

impl Part {
    fn known(&self) -> Known<'_> {
        match self {
            Self::Is(text) => Known::Is(text),
            Self::Lost(index) => Known::Lost(*index),
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Is(text) => text.len(),
            Self::Lost(_) => 0,
        }
    }
}

/// An entry: its name and its value.
type Entry = (Part, Part);

fn size_of_entry((name, value): &Entry) -> usize {
    name.length() + value.length() + OVERHEAD
}

/// The table of one side.
#[derive(Debug)]
pub struct Table {
    /// The one that came last first.
    entries: VecDeque<Entry>,
    /// How large they are together, and may be.
    size: usize,
    most: usize,
    /// Whether there were entries that are not known.
    has_lost: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            size: 0,
            most: USUAL_SIZE,
            has_lost: false,
        }
    }
}

impl Table {
    /// How many bytes it keeps.
    pub fn cost(&self) -> usize {
        self.size + self.entries.capacity() * size_of::<Entry>()
    }

    /// Blocks are missing: what was said in them, and all that had been said before, has other indexes now.
    pub fn lose(&mut self) {
        self.entries.clear();
        self.size = 0;
        self.has_lost = true;
    }

    /// Reads the field lines of a block that are whole, and writes down what they say; gives how many bytes they have.
    pub fn read(&mut self, block: &[u8], out: &mut Writer) -> usize {
        let mut lines = FieldLines::of(block);
        for line in lines.by_ref() {
            if self.read_line(block, &line, out).is_none() {
                // Which entries follow, nobody knows.
                self.lose();
                out.stop();
                return block.len();
            }
        }
        lines.rest().start
    }

    /// Reads a field line; `None` where HPACK does not allow it.
    fn read_line(&mut self, block: &[u8], line: &FieldLine, out: &mut Writer) -> Option<()> {
        if line.way == Way::SizeUpdate {
            self.resize(usize::try_from(line.index.value).ok()?);
            return Some(());
        }
        let Some(value) = &line.value else {
            let (name, value) = self.entry(line.index.value)?;
            out.add(name.known(), value.known());
            return Some(());
        };
        let name = match &line.name {
            Some(name) => Part::Is(string(block, name)?),
            None => self.entry(line.index.value)?.0,
        };
        let value = Part::Is(string(block, value)?);
        out.add(name.known(), value.known());
        if line.way == Way::Incremental {
            self.add((name, value));
        }
        Some(())
    }

    /// The entry with this index; `None` where there is none.
    fn entry(&self, index: u32) -> Option<Entry> {
        if index <= hpack_static::COUNT {
            let (name, value) = hpack_static::entry(index)?;
            let part = |text: &str| Part::Is(text.as_bytes().into());
            return Some((part(name), part(value)));
        }
        let place = usize::try_from(index - hpack_static::COUNT - 1).ok()?;
        match self.entries.get(place) {
            Some(entry) => Some(entry.clone()),
            // More than so many entries fit into no table.
            None if self.has_lost && place < MOST_SIZE / OVERHEAD => {
                Some((Part::Lost(index), Part::Lost(index)))
            }
            None => None,
        }
    }

    fn add(&mut self, entry: Entry) {
        let size = size_of_entry(&entry);
        // One that is too large empties the table (RFC 7541, section 4.4).
        self.evict(self.most.saturating_sub(size));
        if size <= self.most {
            // How long a name is that is not known, is not known either: the oldest may be gone already.
            self.has_lost |= matches!(entry, (Part::Lost(_), _) | (_, Part::Lost(_)));
            self.size += size;
            self.entries.push_front(entry);
        }
    }

    fn resize(&mut self, wanted: usize) {
        self.has_lost |= wanted > MOST_SIZE;
        self.most = wanted.min(MOST_SIZE);
        self.evict(self.most);
    }

    /// Forgets the oldest entries until the rest is no larger than this.
    fn evict(&mut self, most: usize) {
        while self.size > most
            && let Some(gone) = self.entries.pop_back()
        {
            self.size -= size_of_entry(&gone);
        }
    }
}

/// The string of a literal.
fn string(block: &[u8], literal: &Literal) -> Option<Text> {
    let bytes = block.get(literal.bytes.clone())?;
    if !literal.is_huffman {
        return Some(bytes.into());
    }
    let mut text = Vec::new();
    hpack_huffman::decode(bytes, &mut text)?;
    Some(text.into())
}
