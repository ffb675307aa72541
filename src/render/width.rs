//! Fitting text into terminal cells: 你 takes two, a combining accent none.

use textwrap::core::Word;
use textwrap::{WordSeparator, WordSplitter};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::text;

/// How many cells a text takes.
pub fn of(text: &str) -> usize {
    if text::are_printable(text.as_bytes(), b"") {
        text.len()
    } else {
        text.width()
    }
}

/// How many cells a character takes.
pub fn of_char(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// Appends blanks until what was appended since byte `start` of `out` takes `cells` cells. The text
/// since `start` must hold no escape sequences.
pub fn pad(out: &mut String, start: usize, cells: usize) {
    let taken = out.get(start..).map_or(0, of);
    text::push_blanks(out, cells.saturating_sub(taken));
}

/// Appends what `write` appends, with blanks before it so that it takes `cells` cells.
pub fn push_right(out: &mut String, cells: usize, write: impl FnOnce(&mut String)) {
    let start = out.len();
    write(out);
    let taken = out.get(start..).map_or(0, of);
    out.insert_str(start, &" ".repeat(cells.saturating_sub(taken)));
}

/// The lines of a text, of which none takes more than `cells` cells where given: a longer one is broken behind a blank,
/// or inside a word that is too long itself. None of an empty text.
pub fn lines(text: &str, cells: Option<usize>) -> impl Iterator<Item = &str> {
    let most = cells.unwrap_or(usize::MAX).max(2);
    text.lines().flat_map(move |line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let line = rest?;
            let (first, others) = line.split_at(fitting(line, most));
            rest = (!others.is_empty()).then_some(others);
            Some(first)
        })
    })
}

/// How many bytes of a line stand on one of `cells` cells. Blanks that it begins with are no place to break it.
fn fitting(line: &str, cells: usize) -> usize {
    let mut taken = 0;
    let too_far = seen(line).find(|(_, width)| {
        taken += width;
        taken > cells
    });
    let Some((end, _)) = too_far else {
        return line.len();
    };
    let words = line.len() - line.trim_start_matches(' ').len();
    let blank = line.get(words..end).and_then(|fitting| fitting.rfind(' '));
    match blank {
        Some(blank) => words + blank + 1,
        None => outside_escape(line, words, end),
    }
}

/// The last place up to `end` that is not inside an escape such as `\r` or `\u{a0}`, of a word that begins at `begin`.
fn outside_escape(line: &str, begin: usize, end: usize) -> usize {
    let mut at = begin;
    while let Some(found) = line.get(at..end).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        at = start + length_of_escape(line.get(start..).unwrap_or_default());
        if at > end {
            return if start > begin { start } else { end };
        }
    }
    end
}

/// How many bytes an escape has, of a text that begins with one.
fn length_of_escape(text: &str) -> usize {
    match text.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => text.find('}').map_or(2, |brace| brace + 1),
        _ => 2,
    }
}

/// Where each character of a text is, and how many cells it takes: none in an escape sequence of a colour.
fn seen(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut is_escaped = false;
    text.char_indices().map(move |(index, character)| {
        is_escaped |= character == '\x1b';
        if is_escaped {
            is_escaped = character != 'm';
            return (index, 0);
        }
        (index, of_char(character))
    })
}

/// Breaks every line of what was appended since byte `start` of `out` that takes more than `cells` cells, between
/// words where there are such. What is broken off stands a little further in than its line. Colours take no cells.
pub fn fold(out: &mut String, start: usize, cells: usize) {
    let is_too_long = |line: &str| seen(line).map(|(_, width)| width).sum::<usize>() > cells;
    if !out
        .get(start..)
        .is_some_and(|text| text.lines().any(is_too_long))
    {
        return;
    }
    let text = out.split_off(start);
    for line in text.split_inclusive('\n') {
        let further = line.len() - line.trim_start_matches(' ').len() + FURTHER_IN;
        let further = further.min(cells / 2);
        let end = fitting(line.trim_end_matches('\n'), cells);
        let (first, mut rest) = line.split_at(end);
        out.push_str(first);
        while !rest.trim_end_matches('\n').is_empty() {
            out.push('\n');
            text::push_blanks(out, further);
            let line = rest.trim_end_matches('\n');
            let (next, others) = rest.split_at(fitting(line, cells.saturating_sub(further).max(2)));
            out.push_str(next);
            rest = others;
        }
        out.push_str(rest);
    }
}

/// How much further in than its line stands what is broken off.
const FURTHER_IN: usize = 2;

/// How texts are broken into lines of so many cells: between words alone, so that a command, a date and `TIME-WAIT`
/// stay whole, and so does `97.1 %`.
pub fn prose<'a>(cells: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(cells)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
}

/// What stands behind a number on the same line.
const UNITS: [&str; 9] = ["%", "B", "kB", "MB", "s", "ms", "µs", "ns", "Mbit/s"];

/// The words of a line; a number and its unit are one.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut ends: Vec<usize> = Vec::new();
    let mut end = 0;
    for word in WordSeparator::AsciiSpace.find_words(line) {
        let before = line.get(..end).unwrap_or_default().trim_end();
        if before.ends_with(|last: char| last.is_ascii_digit()) && is_unit(word.word) {
            ends.pop();
        }
        end += word.word.len() + word.whitespace.len();
        ends.push(end);
    }
    let mut begin = 0;
    Box::new(ends.into_iter().filter_map(move |end| {
        let word = line.get(std::mem::replace(&mut begin, end)..end)?;
        Some(Word::from(word))
    }))
}

fn is_unit(word: &str) -> bool {
    UNITS.contains(&word.trim_end_matches([')', ',', '.', ';', ':']))
}

/// Breaks what was appended since byte `start` of `out` so that no line takes more than `cells` cells, between words
/// where there are such; lines behind the first begin with `indent` blanks, or fewer where there is little room.
pub fn wrap(out: &mut String, start: usize, cells: usize, indent: usize) {
    if out.get(start..).is_none_or(|text| of(text) <= cells) {
        return;
    }
    let text = out.split_off(start);
    let indent = " ".repeat(indent.min(cells / 4));
    let options = textwrap::Options::new(cells)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    for (index, line) in textwrap::wrap(&text, options).iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(line);
    }
}

/// Cuts what was appended since byte `start` of `out` to at most `cells` cells, the last an ellipsis.
pub fn cut(out: &mut String, start: usize, cells: usize) {
    let Some(text) = out.get(start..) else {
        return;
    };
    if of(text) <= cells {
        return;
    }
    let mut taken = 0;
    let keep = text
        .char_indices()
        .find(|(_, character)| {
            taken += of_char(*character);
            taken >= cells
        })
        .map_or(text.len(), |(index, _)| index);
    out.truncate(start + keep);
    if cells > 0 {
        out.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words_and_not_at_hyphens() {
        let lines = textwrap::wrap("then TIME-WAIT of 2030-01-01", prose(12));
        assert_eq!(lines, ["then", "TIME-WAIT of", "2030-01-01"]);
    }

    #[test]
    fn a_number_is_not_parted_from_its_unit() {
        let mut out = String::from("66 of headers and padding (6.5 %), in 12.5 ms");
        wrap(&mut out, 0, 30, 2);
        assert_eq!(out, "66 of headers and padding\n  (6.5 %), in 12.5 ms");
        let lines = textwrap::wrap("it took 7.76 µs  and more", prose(14));
        assert_eq!(lines, ["it took", "7.76 µs  and", "more"]);
    }

    #[test]
    fn a_line_is_not_broken_inside_an_escape() {
        for (text, cells, broken) in [
            (r"abc\r\n", 4, &["abc", r"\r\n"][..]),
            (r"abc\r\n", 6, &[r"abc\r", r"\n"]),
            (r"ab\\ncd", 4, &[r"ab\\", "ncd"]),
            (r"ab\x1fc", 5, &["ab", r"\x1fc"]),
            (r"a\u{a0}b", 6, &["a", r"\u{a0}", "b"]),
            (r"\u{10ffff}", 4, &[r"\u{1", "0fff", "f}"]),
        ] {
            let found: Vec<_> = lines(text, Some(cells)).collect();
            assert_eq!(found, broken, "{text} in {cells}");
        }
    }

    #[test]
    fn wide_characters_count_double() {
        let mut out = String::from("#");
        out.push_str("你好");
        pad(&mut out, 1, 6);
        assert_eq!(out, "#你好  ");
    }

    #[test]
    fn a_cut_text_never_takes_more_cells_than_allowed() {
        for cells in 0..8 {
            let mut out = String::from("a你b好c");
            cut(&mut out, 0, cells);
            assert!(of(&out) <= cells, "{out:?} in {cells}");
        }
    }

    #[test]
    fn what_does_not_fit_goes_on_below_and_nothing_is_lost() {
        let text = "12  a line of  words 你好, and-one-that-is-longer-than-all-of-it";
        let mut out = String::from("before ");
        wrap(&mut out, 7, 24, 5);
        assert_eq!(out, "before ");
        out.push_str(text);
        wrap(&mut out, 7, 24, 5);
        let broken = out.split_off(7);
        assert_eq!(out, "before ");
        assert!(broken.lines().all(|line| of(line) <= 24), "{broken}");
        assert_eq!(
            broken,
            "12  a line of  words\n     你好,\n     and-one-that-is-lon\n     ger-than-all-of-it"
        );
    }

    #[test]
    fn a_line_is_broken_where_it_no_longer_fits_and_loses_nothing() {
        let lines: Vec<&str> = lines("你好a\n\nbcdefg", Some(4)).collect();
        assert_eq!(lines, ["你好", "a", "", "bcde", "fg"]);
        assert_eq!(super::lines("", Some(4)).count(), 0);
    }

    #[test]
    fn a_line_is_broken_between_words_where_it_can_be() {
        let lines: Vec<&str> = lines("it has no more to say", Some(9)).collect();
        assert_eq!(lines, ["it has ", "no more ", "to say"]);
    }

    #[test]
    fn long_lines_are_folded_a_little_further_in_and_colours_take_no_room() {
        let mut out = String::from("a line of before that is long\n");
        let start = out.len();
        out.push_str("  \x1b[2m[Since the first frame: 0]\x1b[0m\nshort\n\n    averylongword 你好");
        fold(&mut out, start, 14);
        assert_eq!(
            &out[start..],
            "  \x1b[2m[Since the \n    first \n    frame: 0]\x1b[0m\nshort\n\n    averylongw\n      ord 你好"
        );
        assert!(out.starts_with("a line of before that is long\n"));
    }

    #[test]
    fn a_text_of_lines_that_fit_is_not_folded() {
        let mut out = String::from("\x1b[31mseven c\x1b[0m\n你好\n");
        let before = out.clone();
        fold(&mut out, 0, 7);
        assert_eq!(out, before);
    }

    #[test]
    fn a_text_that_fits_is_left_alone() {
        let mut out = String::from("welcome");
        cut(&mut out, 0, 7);
        assert_eq!(out, "welcome");
    }
}
