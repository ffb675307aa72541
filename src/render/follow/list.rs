//! The conversations of a capture, for somebody who has to choose one.

use comfy_table::{Cell, CellAlignment};

use crate::flow::endpoints::Role;
use crate::flow::follow::Listed;
use crate::render::fit;
use crate::render::table::{heading, plain_grid};
use crate::render::theme::Theme;

/// Appends a table of conversations, `columns` cells wide where given.
pub fn push(listed: &[Listed], theme: Theme, columns: Option<usize>, out: &mut String) {
    let mut grid = plain_grid(theme, columns);
    let heads = [
        "protocol",
        "stream",
        "client",
        "server",
        "from frame",
        "frames",
        "client says",
        "server says",
    ];
    grid.set_header(heads.map(heading));
    for index in [1, 4, 5, 6, 7] {
        if let Some(column) = grid.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for one in listed {
        let bytes = |role: Role| format!("{} B", one.bytes_of(role));
        let cells = [
            one.ends.transport.name().to_owned(),
            one.ends.stream.to_string(),
            one.ends.client.to_string(),
            one.ends.server.to_string(),
            one.first_frame.to_string(),
            one.frames.to_string(),
            bytes(Role::Client),
            bytes(Role::Server),
        ];
        grid.add_row(cells.map(Cell::new));
    }
    out.push_str(&fit::text_of(&mut grid));
    out.push('\n');
}
