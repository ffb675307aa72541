//! Tables that have to fit into a terminal without breaking a word or a number.

use comfy_table::{ColumnConstraint, Row, Table as Grid, Width};

use super::width;
use crate::model::text;

/// Longer words may be broken: longer than any address.
const LONGEST_WORD: usize = 40;

/// Between two columns, and between two figures of a card.
const GAP: usize = 3;

/// How far the further lines of a card stand in.
const INDENT: usize = 3;

/// What a grid holds, as text: a table where the words of all columns have room beside each other, else a card
/// of each row, on which every value stands behind the name of its column.
pub fn text_of(grid: &mut Grid) -> String {
    let Some(columns) = grid.width().map(usize::from) else {
        return grid.trim_fmt();
    };
    let needs: Vec<Need> = (0..grid.column_count())
        .map(|index| Need::of(grid, index))
        .collect();
    let room = (columns + 1).saturating_sub(GAP * needs.len());
    let Some(spare) = room.checked_sub(needs.iter().map(|need| need.least).sum()) else {
        return cards(grid, columns);
    };
    let more: usize = needs.iter().map(Need::more).sum();
    for (column, need) in grid.column_iter_mut().zip(&needs) {
        let share = need.more() * spare.min(more) / more.max(1);
        let with_padding = need.least + share + usize::from(column.padding_width());
        let width = Width::Fixed(u16::try_from(with_padding).unwrap_or(u16::MAX));
        column.set_constraint(ColumnConstraint::Absolute(width));
    }
    grid.trim_fmt()
}

/// Terminals from this width on have room for tables of sentences.
const USUAL: usize = 80;

/// What a grid of sentences holds, as text: where it is narrow, as [`text_of`].
pub fn text_of_sentences(grid: &mut Grid) -> String {
    match grid.width().map(usize::from) {
        Some(columns) if columns < USUAL => text_of(grid),
        _ => grid.trim_fmt(),
    }
}

/// How many cells a column needs.
#[derive(Debug)]
struct Need {
    /// For its longest word.
    least: usize,
    /// For its longest text.
    most: usize,
}

impl Need {
    fn of(grid: &Grid, index: usize) -> Self {
        let mut need = Self { least: 0, most: 0 };
        for cell in grid.column_cells_with_header_iter(index).flatten() {
            let text = cell.content();
            let words = text.split([' ', '\n']).map(width::of);
            need.least = need.least.max(words.max().unwrap_or(0).min(LONGEST_WORD));
            need.most = need.most.max(width::of(&text));
        }
        need
    }

    /// How many more cells than the least are of use.
    const fn more(&self) -> usize {
        self.most - self.least
    }
}

fn cards(grid: &Grid, columns: usize) -> String {
    let rule = "─".repeat(columns);
    let names: Vec<String> = grid.header().map(contents).unwrap_or_default();
    let mut out = rule.clone();
    for row in grid.row_iter() {
        out.push('\n');
        push_card(&names, &contents(row), columns, &mut out);
    }
    out.push('\n');
    out + &rule
}

fn contents(row: &Row) -> Vec<String> {
    let one_line = |cell: &comfy_table::Cell| cell.content().replace('\n', " ");
    row.cell_iter().map(one_line).collect()
}

/// Appends each value behind its name, as many on a line as fit.
fn push_card(names: &[String], values: &[String], columns: usize, out: &mut String) {
    let mut taken = 0;
    for (name, value) in names.iter().zip(values) {
        if value.is_empty() {
            continue;
        }
        let figure = format!("{name} {}", value.trim_start());
        let figure = figure.trim_start();
        let cells = width::of(figure);
        if taken > 0 && taken + GAP + cells <= columns {
            text::push_blanks(out, GAP);
            taken += GAP + cells;
        } else {
            out.push_str(if taken == 0 { " " } else { "\n   " });
            taken = INDENT + cells;
        }
        let start = out.len();
        out.push_str(figure);
        width::wrap(out, start, columns.saturating_sub(INDENT), INDENT + 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::table::plain_grid;
    use crate::render::theme::Theme;

    const HEADINGS: [&str; 5] = ["From", "To", "Frames received", "Start s", "Info"];
    const ROWS: [[&str; 5]; 2] = [
        [
            "192.168.1.7",
            "02:00:00:00:00:06",
            "12",
            "0.000205",
            "192.168.1.6 is at 02:00:00:00:00:06",
        ],
        [
            "fd00::7",
            "",
            "1000000",
            "12.678000",
            "12345 → 33572 SYN ACK",
        ],
    ];

    fn shown(columns: usize) -> String {
        let mut grid = plain_grid(Theme::Plain, Some(columns));
        grid.set_header(HEADINGS);
        grid.add_rows(ROWS);
        text_of(&mut grid)
    }

    #[test]
    fn no_word_is_broken_and_no_line_too_long_however_narrow_the_terminal_is() {
        for columns in 40..140 {
            let shown = shown(columns);
            let words: Vec<&str> = shown.split_whitespace().collect();
            let texts = HEADINGS.iter().chain(ROWS.iter().flatten());
            for word in texts.flat_map(|text| text.split(' ')) {
                assert!(
                    word.is_empty() || words.contains(&word),
                    "{word} in\n{shown}"
                );
            }
            assert!(
                shown.lines().all(|line| width::of(line) <= columns),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_terminal_of_a_cell_gets_all_words_too() {
        for columns in 0..40 {
            let shown = shown(columns);
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            assert!(
                letters(&shown) >= letters(&ROWS.concat().concat()),
                "{columns}: {shown}"
            );
        }
    }

    #[test]
    fn a_row_that_has_no_room_for_its_words_becomes_a_card() {
        let rule = "─".repeat(60);
        let cards = [
            &rule,
            " From 192.168.1.7   To 02:00:00:00:00:06",
            "   Frames received 12   Start s 0.000205",
            "   Info 192.168.1.6 is at 02:00:00:00:00:06",
            " From fd00::7   Frames received 1000000",
            "   Start s 12.678000   Info 12345 → 33572 SYN ACK",
            &rule,
        ];
        assert_eq!(shown(60), cards.join("\n"));
    }

    #[test]
    fn a_cell_of_several_lines_is_one_figure_of_a_card() {
        let mut grid = plain_grid(Theme::Plain, Some(24));
        grid.set_header(["", "TCP/IP: 5\n· 4"]);
        grid.add_row(["presentation", "application\n· internet"]);
        let rule = "─".repeat(24);
        let card = " presentation\n   TCP/IP: 5 · 4\n     application ·\n     internet";
        assert_eq!(
            text_of_sentences(&mut grid),
            format!("{rule}\n{card}\n{rule}")
        );
    }

    #[test]
    fn a_long_text_gets_the_room_that_the_others_leave() {
        assert!(shown(100).contains("192.168.1.6 is at"), "{}", shown(100));
    }
}
