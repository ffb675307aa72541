//! Which view was asked for, and frames on their way through it.

use std::sync::Arc;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::drawing::DrawingArgs;
use super::error::CliError;
use super::output::{Output, Screen};
use crate::explain::timeline::Moment;
use crate::flow::causes::Causes;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::render::View;
use crate::render::card::Card;
use crate::render::count::Count;
use crate::render::diagnoses::Told;
use crate::render::fields::{Column, Fields, Separation};
use crate::render::hex::Hex;
use crate::render::json::{Framing, Json};
use crate::render::list::{List, TimeStyle};
use crate::render::sequence::Names;
use crate::render::table::Table;
use crate::render::tree::{Dump, Tree};

/// How frames are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line a frame, streaming
    List,
    /// The same in a table laid out to fit; kept until the end
    Table,
    /// Every layer with every field
    Tree,
    /// One line a frame, and its bytes in hex and text
    Hex,
    /// The seven OSI layers of each frame beside the TCP/IP models
    Layers,
    /// The exchange as a ladder: an arrow a frame, a lane a host; kept until the end
    Sequence,
    /// The bytes of each stream as a ruler, between the calls that sent and received them (run and run-demo)
    Bytes,
    /// One JSON array
    Json,
    /// One JSON object a line
    Ndjson,
    /// The fields named with -e, one line a frame
    Fields,
    /// How many frames there are, and nothing of them
    Count,
}

impl Format {
    /// Whether the view has a place for the programs' calls.
    pub const fn shows_calls(self) -> bool {
        !matches!(
            self,
            Self::List | Self::Hex | Self::Layers | Self::Fields | Self::Count
        )
    }
}

/// What the time column tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Time {
    /// Seconds since the first frame
    #[default]
    #[value(alias = "r")]
    Relative,
    /// Seconds since the frame before
    #[value(alias = "d")]
    Delta,
    /// Seconds since the frame shown before
    #[value(alias = "dd")]
    DeltaShown,
    /// Seconds since 1970
    #[value(alias = "e")]
    Epoch,
}

/// The options that choose a view.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "How to show frames")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option as typed; `chosen` makes one format of them"
)]
pub struct ViewArgs {
    /// The view
    #[arg(long, short = 'T', visible_alias = "view", value_enum)]
    pub format: Option<Format>,

    /// Show every layer with every field (the same as --format tree)
    #[arg(short = 'V', long = "tree", conflicts_with_all = ["format", "field"])]
    tree: bool,

    /// Show the bytes too; alone, after one line a frame
    #[arg(short = 'x', long = "hex", conflicts_with_all = ["format", "field"])]
    hex: bool,

    /// Show only how many frames there are (the same as --format count)
    #[arg(long, conflicts_with_all = ["format", "field", "tree", "hex"])]
    count_only: bool,

    /// Show this field only; repeat for more columns, such as -e ip.src -e tcp.dstport
    #[arg(short = 'e', long = "field", value_name = "NAME")]
    field: Vec<String>,

    /// Separate the columns of -e by commas (RFC 4180) instead of tabs
    #[arg(long, requires = "field")]
    csv: bool,

    /// What the time column tells
    #[arg(short = 't', long, value_enum, default_value_t)]
    time: Time,

    #[command(flatten)]
    drawing: DrawingArgs,
}

impl ViewArgs {
    /// The format that was asked for in one way or another.
    pub fn chosen(&self) -> Option<Format> {
        match self {
            Self {
                format: Some(format),
                ..
            } => Some(*format),
            Self { field, .. } if !field.is_empty() => Some(Format::Fields),
            Self { tree: true, .. } => Some(Format::Tree),
            Self { hex: true, .. } => Some(Format::Hex),
            Self {
                count_only: true, ..
            } => Some(Format::Count),
            _ => None,
        }
    }

    /// Options of a drawing go with a view that draws; what is shown when no view was chosen is none.
    ///
    /// # Errors
    ///
    /// One of them was given without that view.
    pub fn drawing_must_fit(&self) -> Result<(), CliError> {
        match self.chosen() {
            Some(Format::Sequence) => Ok(()),
            _ => self.drawing.must_be_unused(),
        }
    }

    /// Builds the view that was asked for, or `otherwise`; `names` are what hosts are called in a drawing.
    ///
    /// # Errors
    ///
    /// A field that does not exist, the fields view without fields, or an option that the view does not have.
    pub fn build(
        &self,
        screen: Screen,
        otherwise: Format,
        names: Names,
    ) -> Result<Box<dyn View>, CliError> {
        let theme = screen.theme;
        let format = self.chosen().unwrap_or(otherwise);
        self.drawing_must_fit()?;
        if let Some(view) = self.build_independent(screen, format)? {
            return Ok(view);
        }
        Ok(match format {
            Format::Table => Box::new(Table::new(theme, self.time_style(), screen.columns)),
            Format::Layers => Box::new(Card::new(theme, screen.table_columns())),
            Format::Sequence => self.drawing.view(screen, names),
            Format::Count => Box::new(Count::default()),
            _ => Box::new(Json::new(Framing::Array)),
        })
    }

    /// Builds the view that was asked for, or a list, where it shows each frame for itself: then several of
    /// its kind, each with its part of the frames, show the same as one.
    ///
    /// # Errors
    ///
    /// As [`ViewArgs::build`].
    pub fn build_for_threads(
        &self,
        screen: Screen,
        threads: usize,
    ) -> Result<Option<Vec<Box<dyn View + Send>>>, CliError> {
        let format = self.chosen().unwrap_or(Format::List);
        let views = (0..threads).map(|_| self.build_independent(screen, format));
        Ok(views.collect::<Result<Vec<_>, _>>()?.into_iter().collect())
    }

    fn build_independent(
        &self,
        screen: Screen,
        format: Format,
    ) -> Result<Option<Box<dyn View + Send>>, CliError> {
        self.fields_must_be_shown(format)?;
        let theme = screen.theme;
        let list = List::new(theme, self.time_style(), screen.columns);
        Ok(Some(match format {
            Format::List => Box::new(list),
            Format::Tree => {
                let dump = if self.hex { Dump::Shown } else { Dump::Hidden };
                Box::new(Tree::new(theme, dump, screen.columns))
            }
            Format::Hex => Box::new(Hex::new(list, theme, screen.columns)),
            Format::Bytes => {
                return Err(CliError::Usage(
                    "--format bytes draws what programs sent and received, which no frame tells: use it with `netinspect run` or `run-demo`"
                        .to_owned(),
                ));
            }
            Format::Ndjson => Box::new(Json::new(Framing::Lines)),
            Format::Fields => Box::new(Fields::new(self.columns()?, self.separation())),
            Format::Table | Format::Layers | Format::Sequence | Format::Json | Format::Count => {
                return Ok(None);
            }
        }))
    }

    /// A view that shows what it always shows would leave out what was asked for.
    fn fields_must_be_shown(&self, format: Format) -> Result<(), CliError> {
        if self.field.is_empty() || format == Format::Fields {
            return Ok(());
        }
        let format = format.to_possible_value();
        let format = format.as_ref().map_or("", PossibleValue::get_name);
        Err(CliError::Usage(format!(
            "-e has columns of its own, which --format {format} does not show: leave --format out"
        )))
    }

    const fn time_style(&self) -> TimeStyle {
        match self.time {
            Time::Relative => TimeStyle::Relative,
            Time::Delta => TimeStyle::Delta,
            Time::DeltaShown => TimeStyle::DeltaShown,
            Time::Epoch => TimeStyle::Epoch,
        }
    }

    /// Asks for a sequence.
    ///
    /// # Errors
    ///
    /// Another view was asked for.
    pub fn choose_sequence(&mut self) -> Result<(), CliError> {
        if self
            .chosen()
            .is_some_and(|chosen| chosen != Format::Sequence)
        {
            let text = "sequence is a view of its own: without it, the command shows any other";
            return Err(CliError::Usage(text.to_owned()));
        }
        self.format = Some(Format::Sequence);
        Ok(())
    }

    /// The layer card, whatever was asked for.
    pub fn card(screen: Screen) -> Box<dyn View> {
        Box::new(Card::new(screen.theme, screen.table_columns()))
    }

    fn columns(&self) -> Result<Vec<Column>, CliError> {
        if self.field.is_empty() {
            return Err(CliError::Usage(
                "--format fields shows the fields named with -e, and none is named: add for example -e ip.src"
                    .to_owned(),
            ));
        }
        let columns = self.field.iter().map(|name| Column::named(name));
        Ok(columns.collect::<Result<_, _>>()?)
    }

    const fn separation(&self) -> Separation {
        if self.csv {
            Separation::Commas
        } else {
            Separation::Tabs
        }
    }
}

/// Frames on their way through a view to standard output.
pub struct Show {
    view: Box<dyn View>,
    output: Output,
    has_frames: bool,
}

impl Show {
    /// Begins the view's output.
    pub fn begin(mut view: Box<dyn View>, mut output: Output) -> Self {
        view.begin(output.text());
        Self {
            view,
            output,
            has_frames: false,
        }
    }

    /// Writes what the view begins with, before something else is written.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn write_beginning(&mut self) -> Result<(), CliError> {
        self.output.write_all()
    }

    /// What it needs of its frames.
    pub fn needs(&self) -> Needs {
        self.view.needs()
    }

    /// Shows one frame.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn frame(&mut self, decoded: &Decoded<'_>) -> Result<(), CliError> {
        self.has_frames = true;
        self.view.frame(decoded, self.output.draft());
        self.output.write_if_enough()
    }

    /// Whether a frame was shown.
    pub const fn has_frames(&self) -> bool {
        self.has_frames
    }

    /// Tells what is known of calls and frames together, before the first frame.
    pub fn causes(&mut self, causes: &Arc<Causes>) {
        self.view.causes(causes);
    }

    /// Shows a moment of a program's calls, `time` nanoseconds after the first frame.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn call(&mut self, moment: &Moment<'_>, time: i64) -> Result<(), CliError> {
        self.view.call(moment, time, self.output.text());
        self.output.write_if_enough()
    }

    /// Shows what went wrong, where the view has a place for it; whether it has.
    pub fn diagnoses(&mut self, told: &Told<'_>) -> bool {
        self.view.diagnoses(told, self.output.text())
    }

    /// Ends the view's output.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn end(mut self) -> Result<(), CliError> {
        self.view.end(self.output.text());
        self.output.write_all()
    }
}
