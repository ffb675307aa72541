//! A program's output, cut into lines, with a bound on how long one may be and how much is kept.

/// The longest line that is kept whole, in bytes.
pub const LINE_LIMIT: usize = 4096;

/// How many bytes of output are kept of one program.
pub const OUTPUT_LIMIT: usize = 1 << 20;

/// A line as it came: `LINE_LIMIT` bytes at most, and how many more it had.
#[derive(Debug, PartialEq, Eq)]
pub struct CutLine {
    /// Without its line feed.
    pub bytes: Vec<u8>,
    /// How many bytes are missing at its end.
    pub omitted: usize,
}

/// Cuts a stream of bytes at its line feeds.
#[derive(Debug, Default)]
pub struct LineCutter {
    begun: Vec<u8>,
    omitted: usize,
}

impl LineCutter {
    /// Takes the next bytes and gives the lines that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<CutLine> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (text, ends) = match piece {
                [text @ .., b'\n'] => (text, true),
                text => (text, false),
            };
            self.extend(text);
            if ends {
                lines.push(self.take());
            }
        }
        lines
    }

    /// The last line, where the stream ended without a line feed.
    pub fn finish(&mut self) -> Option<CutLine> {
        let empty = self.begun.is_empty() && self.omitted == 0;
        (!empty).then(|| self.take())
    }

    fn extend(&mut self, text: &[u8]) {
        let room = LINE_LIMIT.saturating_sub(self.begun.len()).min(text.len());
        let (kept, omitted) = text.split_at(room);
        self.begun.extend_from_slice(kept);
        self.omitted = self.omitted.saturating_add(omitted.len());
    }

    fn take(&mut self) -> CutLine {
        CutLine {
            bytes: std::mem::take(&mut self.begun),
            omitted: std::mem::take(&mut self.omitted),
        }
    }
}

/// How much more of a program's output may be kept.
#[derive(Debug)]
pub struct Budget {
    bytes_left: usize,
    /// Lines for which nothing was left.
    pub lines_omitted: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes_left: OUTPUT_LIMIT,
            lines_omitted: 0,
        }
    }
}

impl Budget {
    /// Whether the line may be kept; counts it where it may not. An empty line takes its line feed.
    pub fn allows(&mut self, line: &CutLine) -> bool {
        if let Some(left) = self.bytes_left.checked_sub(line.bytes.len() + 1) {
            self.bytes_left = left;
            return true;
        }
        self.bytes_left = 0;
        self.lines_omitted += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> CutLine {
        CutLine {
            bytes: text.as_bytes().to_vec(),
            omitted: 0,
        }
    }

    #[test]
    fn lines_come_whole_however_the_reads_cut_them() {
        let text = b"one\n\ntwo and a half";
        for cut in 0..text.len() {
            let mut cutter = LineCutter::default();
            let (first, second) = text.split_at(cut);
            let mut lines = cutter.push(first);
            lines.extend(cutter.push(second));
            assert_eq!(lines, [whole("one"), whole("")], "cut at {cut}");
            assert_eq!(
                cutter.finish(),
                Some(whole("two and a half")),
                "cut at {cut}"
            );
            assert_eq!(cutter.finish(), None);
        }
    }

    #[test]
    fn a_line_without_end_is_cut_and_counted() {
        let mut cutter = LineCutter::default();
        for _ in 0..100 {
            assert_eq!(cutter.push(&[b'a'; 1000]), []);
        }
        let lines = cutter.push(b"\nnext\n");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].bytes.len(), LINE_LIMIT);
        assert_eq!(lines[0].omitted, 100_000 - LINE_LIMIT);
        assert_eq!(lines[1], whole("next"));
    }

    #[test]
    fn output_without_end_is_cut_and_its_lines_are_counted() {
        let mut budget = Budget::default();
        let line = whole(&"y".repeat(1023));
        let kept = (0..5000).filter(|_| budget.allows(&line)).count();
        assert_eq!(kept, OUTPUT_LIMIT / 1024);
        assert_eq!(budget.lines_omitted, 5000 - 1024);
        assert!(
            !budget.allows(&whole("")),
            "once something is cut, nothing later is kept"
        );
    }
}
