//! `netinspect stats`: figures over all frames of a capture.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::counting::Counting;
use super::error::CliError;
use super::input::{self, InputArgs};
use super::key_log::KeyLogArgs;
use super::links::Links;
use super::output::{Output, Screen, print_json, tell};
use super::parallel::threads_for;
use super::relay;
use super::sieve::{FilterArgs, Sieve};
use crate::capture;
use crate::flow::statistics::Clock;
use crate::flow::statistics::peers::Level;
use crate::model::layer::Decoded;
use crate::model::needs::Needs;
use crate::render::statistics::{Direction, Objects, Sheet, csv, table};

/// Count the frames and bytes of a capture: by protocol, conversation, endpoint, time, length or TCP connection
#[derive(Args, Debug)]
pub struct StatsArgs {
    #[command(flatten)]
    input: InputArgs,

    /// What to count by
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    by: By,

    /// Conversations or endpoints of this layer alone, instead of one table for each that there is
    #[arg(long, value_enum, value_name = "LAYER")]
    layer: Option<LevelName>,

    /// How long an interval of time is, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_interval)]
    interval: Option<Duration>,

    /// Sort by this column, the greatest number first, text from A to Z; the names are those of the JSON
    #[arg(long, value_name = "COLUMN")]
    sort: Option<String>,

    /// Sort the other way
    #[arg(long, requires = "sort")]
    reverse: bool,

    /// How to write the figures
    #[arg(long, short = 'T', value_enum, default_value_t)]
    format: StatsFormat,

    /// How many threads may work on a large file, where there is more than one core: conversations and endpoints are
    /// counted by a second one [default: as many as the machine has cores]
    #[arg(long, value_name = "N", value_parser = super::parse_from_1::<NonZeroUsize>, allow_negative_numbers = true)]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    key_log: KeyLogArgs,

    #[command(flatten)]
    filter: FilterArgs,
}

/// What to count by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Protocols, each inside those around it
    #[default]
    Protocol,
    /// Who talked with whom, each way
    Conversations,
    /// What each address sent and received
    Endpoints,
    /// Frames and bytes per interval
    Time,
    /// How long the frames were
    Lengths,
    /// How each TCP connection fared: how it opened and ended, round trips, what was sent again, rates, cost
    Tcp,
}

/// A layer, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelName {
    Ethernet,
    Ipv4,
    Ipv6,
    Tcp,
    Udp,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Ethernet => Self::Ethernet,
            LevelName::Ipv4 => Self::Ipv4,
            LevelName::Ipv6 => Self::Ipv6,
            LevelName::Tcp => Self::Tcp,
            LevelName::Udp => Self::Udp,
        }
    }
}

/// How figures are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StatsFormat {
    /// Tables for people
    #[default]
    Table,
    /// One JSON array, an object a row
    Json,
    /// Comma-separated values below a line of names
    Csv,
}

/// How long an interval is where nobody says.
const USUAL_INTERVAL: Duration = Duration::from_secs(1);

impl StatsArgs {
    /// Counts, and shows the figures.
    ///
    /// # Errors
    ///
    /// The capture cannot be read or is damaged (after the figures of what came before have been shown),
    /// there is no such column, an option does not go with what is counted by, or the output cannot be
    /// written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        self.check()?;
        let Some(mut sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        let layer = self.layer.map(Level::from);
        let interval = self.interval.unwrap_or(USUAL_INTERVAL);
        let mut counting = Counting::begin(self.by, layer, interval);
        // A column that is none is told before a long capture is read.
        self.sort(&mut counting.sheets())?;
        let path = self.input.path();
        // How many there may be is told by files that cannot be read any more once the capture is open.
        let is_relayed = !counting.levels().is_empty() && threads_for(path, self.threads) > 1;
        let secrets = self.key_log.secrets()?;
        sieve.decrypt_with(secrets.clone());
        let mut source = input::open(path)?;
        self.key_log.tell(source.as_mut(), &secrets);
        let read = if is_relayed {
            relay::count(source.as_mut(), &mut sieve, &mut counting)
        } else {
            let needs = counting.needs();
            each_frame(source.as_mut(), &mut sieve, needs, |decoded, time| {
                counting.add(decoded, time);
            })
        };
        let mut sheets = counting.sheets();
        self.sort(&mut sheets)?;
        // What came before the damage is shown before the damage is told.
        self.show(&sheets, screen)?;
        tell_others(&sheets);
        sieve.tell_forgotten();
        read?.told()
    }

    /// Options that would be without effect are mistakes.
    fn check(&self) -> Result<(), CliError> {
        if self.layer.is_some() && !matches!(self.by, By::Conversations | By::Endpoints) {
            let text = "--layer goes with --by conversations or --by endpoints";
            return Err(CliError::Usage(text.to_owned()));
        }
        if self.interval.is_some() && self.by != By::Time {
            return Err(CliError::Usage("--interval goes with --by time".to_owned()));
        }
        Ok(())
    }

    fn sort(&self, sheets: &mut [Sheet<'_>]) -> Result<(), CliError> {
        let Some(name) = &self.sort else {
            return Ok(());
        };
        let direction = if self.reverse {
            Direction::Reversed
        } else {
            Direction::Usual
        };
        for sheet in sheets {
            let column = sheet.column(name).ok_or_else(|| no_column(name, sheet))?;
            sheet.rows.sort(column, direction);
        }
        Ok(())
    }

    fn show(&self, sheets: &[Sheet<'_>], screen: Screen) -> Result<(), CliError> {
        match self.format {
            StatsFormat::Json => print_json(&Objects(sheets)),
            StatsFormat::Csv => write_pieces(csv(sheets)),
            StatsFormat::Table => {
                let tables = worth_showing(sheets).enumerate();
                write_pieces(tables.flat_map(|(index, sheet)| {
                    let before = (index > 0).then(|| "\n".to_owned());
                    let table = table(sheet, screen.theme, screen.columns);
                    before.into_iter().chain(table)
                }))
            }
        }
    }
}

fn write_pieces(pieces: impl Iterator<Item = String>) -> Result<(), CliError> {
    let mut output = Output::in_large_pieces();
    for piece in pieces {
        output.text().push_str(&piece);
        output.write_if_enough()?;
    }
    output.write_all()
}

/// The sheets that have rows; where none has, the first, so that it is seen what is empty.
fn worth_showing<'a>(sheets: &'a [Sheet<'a>]) -> impl Iterator<Item = &'a Sheet<'a>> {
    let none = sheets.iter().all(|sheet| sheet.rows.is_empty());
    let first = sheets.iter().take(usize::from(none));
    first.chain(sheets.iter().filter(|sheet| !sheet.rows.is_empty()))
}

fn no_column(name: &str, sheet: &Sheet<'_>) -> CliError {
    let names: Vec<&str> = sheet.columns.iter().map(|column| column.name).collect();
    CliError::Usage(format!(
        "there is no column \"{}\" to sort by; there are {}",
        name.escape_debug(),
        names.join(", ")
    ))
}

/// Lets `take` see every frame that passes the sieve, decoded as deep as it needs, and how many nanoseconds after
/// the first one it was seen; gives their link types.
///
/// # Errors
///
/// The capture cannot be read or is damaged, after what was before the damage has been taken.
pub(super) fn each_frame(
    source: &mut dyn capture::Source,
    sieve: &mut Sieve,
    needs: Needs,
    mut take: impl FnMut(&Decoded<'_>, i64),
) -> Result<Links, CliError> {
    let mut clock = Clock::default();
    let mut links = Links::default();
    loop {
        // Looked at where it is: to copy a frame costs as much as to find its layers.
        let next = source.next_frame();
        let Ok(Some(frame)) = &next else {
            next?;
            break;
        };
        links.note(frame.link_type);
        let time = clock.since_first(frame.time);
        if let Some(decoded) = sieve.sift(frame, needs) {
            take(&decoded, time);
        }
    }
    Ok(links)
}

/// Says which tables were too small.
fn tell_others(sheets: &[Sheet<'_>]) {
    for sheet in sheets.iter().filter(|sheet| sheet.others.is_some()) {
        tell(&format!(
            "{}: the table is full; what had no place in it is in its last row (a filter with -Y, or a longer --interval, makes it smaller)",
            sheet.title
        ));
    }
}
