//! The rows of a sheet, each written out only while it is looked at.

use std::cmp::Ordering;
use std::fmt;

use super::{Cell, Row};

/// Rows in an order. Of a million, the cells would take several times the memory of what was counted, so
/// they are made from that, row by row, as often as they are needed.
pub struct Rows<'a> {
    row: Box<dyn Fn(u32) -> Option<Row> + 'a>,
    order: Vec<u32>,
}

/// Which way rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The greatest number first, text from A to Z.
    Usual,
    /// The other way.
    Reversed,
}

impl<'a> Rows<'a> {
    /// A row for each of these, in their order: at most 2³² − 1.
    pub fn of<T: 'a>(list: Vec<T>, row: impl Fn(&T) -> Row + 'a) -> Self {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        Self {
            row: Box::new(move |index| list.get(index as usize).map(&row)),
            order: (0..count).collect(),
        }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        self.order.iter().filter_map(|index| (self.row)(*index))
    }

    /// Sorts the rows by the column at this index; what is inside of a row stays behind it, and what is
    /// equal stays in its order.
    pub fn sort(&mut self, column: usize, direction: Direction) {
        let keys = self.order.iter().filter_map(|index| {
            let mut row = (self.row)(*index)?;
            let cell = row.cells.get_mut(column).map(std::mem::take);
            Some(Key {
                index: *index,
                depth: row.depth,
                cell: cell.unwrap_or_default().into_key(),
            })
        });
        let keys = keys.collect();
        let sorted = sorted(keys, 0, &|one, two| match direction {
            Direction::Usual => one.order(two),
            Direction::Reversed => one.order(two).reverse(),
        });
        self.order = sorted.into_iter().map(|key| key.index).collect();
    }
}

impl fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What a row is sorted by.
struct Key {
    index: u32,
    depth: usize,
    cell: Cell,
}

/// The rows of this depth in order, each followed by those inside it, in order as well.
fn sorted(mut keys: Vec<Key>, depth: usize, order: &impl Fn(&Cell, &Cell) -> Ordering) -> Vec<Key> {
    if keys.iter().all(|key| key.depth <= depth) {
        keys.sort_by(|one, two| order(&one.cell, &two.cell));
        return keys;
    }
    let mut groups: Vec<(Key, Vec<Key>)> = Vec::new();
    for key in keys {
        match groups.last_mut() {
            Some((_, inside)) if key.depth > depth => inside.push(key),
            _ => groups.push((key, Vec::new())),
        }
    }
    groups.sort_by(|(one, _), (two, _)| order(&one.cell, &two.cell));
    let ordered = groups
        .into_iter()
        .flat_map(|(key, inside)| std::iter::once(key).chain(sorted(inside, depth + 1, order)));
    ordered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::endpoints::Endpoint;
    use crate::flow::statistics::peers::Peer;

    fn rows(list: &'static [(usize, &str, u64)]) -> Rows<'static> {
        Rows::of(list.to_vec(), |(depth, name, frames)| Row {
            depth: *depth,
            cells: vec![Cell::Text((*name).into()), Cell::Number(*frames)],
        })
    }

    fn names(rows: &Rows<'_>) -> String {
        let name = |row: Row| match &row.cells[0] {
            Cell::Text(name) => name.to_string(),
            other => panic!("{other:?}"),
        };
        rows.iter().map(name).collect()
    }

    #[test]
    fn numbers_descend_and_text_ascends_unless_reversed() {
        let mut rows = rows(&[(0, "b", 1), (0, "a", 2), (0, "c", 3)]);
        rows.sort(0, Direction::Usual);
        assert_eq!(names(&rows), "abc");
        rows.sort(1, Direction::Usual);
        assert_eq!(names(&rows), "cab");
        rows.sort(1, Direction::Reversed);
        assert_eq!(names(&rows), "bac");
    }

    #[test]
    fn addresses_ascend_as_they_are_read() {
        let addresses = vec![[10, 0, 0, 9], [10, 0, 0, 10], [9, 0, 0, 1]];
        let row = |octets: &[u8; 4]| Row {
            depth: 0,
            cells: vec![Cell::Address(Peer::Host(Endpoint::new(
                (*octets).into(),
                0,
            )))],
        };
        let mut rows = Rows::of(addresses, row);
        rows.sort(0, Direction::Usual);
        let shown = rows.iter().map(|row| match &row.cells[0] {
            Cell::Address(peer) => peer.to_string(),
            other => panic!("{other:?}"),
        });
        let shown: Vec<String> = shown.collect();
        assert_eq!(shown, ["10.0.0.10", "10.0.0.9", "9.0.0.1"]);
    }

    #[test]
    fn what_is_inside_of_a_row_stays_behind_it() {
        let mut rows = rows(&[
            (0, "a", 1),
            (1, "b", 1),
            (1, "c", 2),
            (2, "d", 9),
            (0, "e", 5),
        ]);
        rows.sort(1, Direction::Usual);
        assert_eq!(names(&rows), "eacdb");
    }
}
