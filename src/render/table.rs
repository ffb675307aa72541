//! The table: the same columns as the list, laid out to fit, for what fits a screen.

use std::fmt::Write as _;
use std::sync::Arc;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table as Grid, TableStyle,
};

use super::list::TimeStyle;
use super::theme::{self, Theme};
use super::{View, calls, fit};
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::call::Omitted;
use crate::model::draft::Draft;
use crate::model::fault::Severity;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::model::reference::OsiLayer;
use crate::model::text;

/// How many rows a table has; those behind them are counted.
pub const MOST_ROWS: usize = 10_000;

/// The table view. It keeps a row for each frame until the end, since a column is as wide as its
/// widest cell.
#[derive(Debug)]
pub struct Table {
    grid: Grid,
    beyond: u64,
    time: TimeStyle,
    causes: Arc<Causes>,
}

impl Table {
    /// A table in a theme, `columns` cells wide where given.
    pub fn new(theme: Theme, time: TimeStyle, columns: Option<usize>) -> Self {
        let mut grid = plain_grid(theme, columns);
        grid.set_header([
            "No.",
            "Time s",
            "Source",
            "Destination",
            "Protocol",
            "Length",
            "Info",
        ]);
        for index in [0, 1, 5] {
            if let Some(column) = grid.column_mut(index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self {
            grid,
            beyond: 0,
            time,
            causes: Arc::default(),
        }
    }

    fn add_omitted(&mut self, omitted: &Omitted) {
        let mut line = String::new();
        calls::push_omitted(omitted, &mut line);
        let host = omitted.host.to_string();
        let nothing = String::new;
        let cells = [
            nothing(),
            nothing(),
            host,
            nothing(),
            "calls".to_owned(),
            nothing(),
            line,
        ];
        self.grid.add_row(cells.map(Cell::new));
    }
}

impl Table {
    /// Whether a row more has no place; it is counted then.
    fn is_full(&mut self) -> bool {
        let is_full = self.grid.row_count() >= MOST_ROWS;
        self.beyond += u64::from(is_full);
        is_full
    }
}

impl View for Table {
    fn needs(&self) -> Needs {
        Needs::LINE
    }

    fn frame(&mut self, decoded: &Decoded<'_>, _: &mut Draft) {
        if self.is_full() {
            return;
        }
        let mut time = String::new();
        text::push_microseconds(&mut time, self.time.tell(decoded));
        let [source, destination] = endpoints(decoded);
        let innermost = decoded.innermost().map(|layer| layer.protocol);
        let mut line = String::new();
        decoded.push_line(&mut line);
        let color = color_of(decoded);
        let cells = [
            decoded.frame.number.to_string(),
            time,
            source,
            destination,
            innermost.map_or("", |protocol| protocol.label).to_owned(),
            decoded.frame.wire_length.to_string(),
            line,
        ];
        self.grid
            .add_row(cells.map(|text| Cell::new(text).fg(color)));
    }

    fn causes(&mut self, causes: &Arc<Causes>) {
        self.causes = Arc::clone(causes);
    }

    fn call(&mut self, moment: &Moment<'_>, time: i64, _: &mut String) {
        let call = match moment {
            Moment::Entered(call) | Moment::Whole(call) => *call,
            // Told where it was entered.
            Moment::Frame(_) | Moment::Left(_) | Moment::Again(_) => return,
            Moment::Omitted(omitted) => {
                self.add_omitted(omitted);
                return;
            }
        };
        if self.is_full() {
            return;
        }
        let mut seconds = String::new();
        text::push_microseconds(&mut seconds, time);
        let mut line = String::new();
        calls::push_maker(call, &self.causes, &mut line);
        calls::push_request(call, &mut line);
        line.push(' ');
        calls::push_result(call, &mut line);
        line.push_str("  ");
        calls::push_ties(call, &self.causes, &mut line);
        let length = call
            .moved()
            .map_or_else(String::new, |moved| moved.to_string());
        let cells = [
            call.id.to_string(),
            seconds,
            call.host.to_string(),
            String::new(),
            "call".to_owned(),
            length,
            line.trim_end().to_owned(),
        ];
        self.grid.add_row(cells.map(Cell::new));
    }

    fn end(&mut self, out: &mut String) {
        out.push_str(&fit::text_of(&mut self.grid));
        out.push('\n');
        if self.beyond > 0 {
            let _ = writeln!(
                out,
                "{} further rows are not shown: choose some with -Y FILTER, or take the list (-T list)",
                self.beyond
            );
        }
    }
}

fn endpoints(decoded: &Decoded<'_>) -> [String; 2] {
    let Some((layer, endpoints)) = decoded.endpoints() else {
        return Default::default();
    };
    [endpoints.source, endpoints.destination].map(|definition| {
        let mut out = String::new();
        decoded.push_value(layer, definition, &mut out);
        out
    })
}

fn color_of(decoded: &Decoded<'_>) -> Color {
    let worst = decoded
        .faults
        .iter()
        .map(|fault| fault.kind.severity())
        .max();
    match (worst, decoded.innermost()) {
        (Some(Severity::Error), _) => Color::Red,
        (_, Some(layer)) => color(layer.protocol.standing.osi),
        _ => Color::Reset,
    }
}

/// The colour of a layer, in the words of the table crate.
pub fn color(layer: OsiLayer) -> Color {
    match theme::layer_color(layer) {
        anstyle::AnsiColor::Blue => Color::DarkBlue,
        anstyle::AnsiColor::Green => Color::DarkGreen,
        anstyle::AnsiColor::Yellow => Color::DarkYellow,
        anstyle::AnsiColor::Cyan => Color::DarkCyan,
        anstyle::AnsiColor::Magenta => Color::DarkMagenta,
        _ => Color::DarkGrey,
    }
}

/// A heading cell.
pub fn heading(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

/// The line above, below and behind the head of a table.
pub const RULE: LineStyle = LineStyle::none().fill('─').junction('─');

const RULED: TableStyle = TableStyle::new()
    .top_border(RULE)
    .header_separator(RULE)
    .bottom_border(RULE);

/// An empty table with lines above and below its head, and at its end, in a theme, `columns` cells wide where given.
pub fn plain_grid(theme: Theme, columns: Option<usize>) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(RULED)
        .force_no_tty()
        .set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(columns) = columns.and_then(|columns| u16::try_from(columns).ok()) {
        grid.set_width(columns);
    } else {
        grid.set_content_arrangement(ContentArrangement::Disabled);
    }
    if theme == Theme::Coloured {
        grid.enforce_styling();
    }
    grid
}
