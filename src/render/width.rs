//! Fitting text into terminal cells: 你 takes two, a combining accent none.

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
    blank.map_or(end, |blank| words + blank + 1)
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
/// stay whole.
pub fn prose<'a>(cells: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(cells).word_splitter(textwrap::WordSplitter::NoHyphenation)
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
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
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
