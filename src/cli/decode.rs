//! `netinspect decode`: frames from a file or a pipe.

use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;

use super::error::CliError;
use super::input::{self, InputArgs};
use super::key_log::KeyLogArgs;
use super::links::{self, Links};
use super::output::{Output, Screen, write_bytes};
use super::parallel;
use super::sieve::{FilterArgs, Sieve};
use super::view::{Format, Show, ViewArgs};
use crate::capture;
use crate::render::View;
use crate::render::sequence::Names;

/// Decode a capture: pcap or pcapng, plain or gzip, from a file or a pipe
#[derive(Args, Debug)]
pub struct DecodeArgs {
    #[command(flatten)]
    input: InputArgs,

    /// Show only this frame, in depth
    #[arg(long, value_name = "N", value_parser = super::parse_ordinal, allow_negative_numbers = true)]
    frame: Option<u64>,

    /// Stop after showing this many frames
    #[arg(short = 'c', long, value_name = "N", conflicts_with = "frame", value_parser = super::parse_number, allow_negative_numbers = true)]
    count: Option<u64>,

    /// Read the capture twice, so that frames can name the later ones that complete them, as ip.reassembled_in
    /// does; not from a pipe. The layer cards do so anyway
    #[arg(short = '2', long)]
    two_pass: bool,

    /// How many threads make the text of a large file, where there is more than one core [default: as many as the
    /// machine has cores]
    #[arg(long, value_name = "N", value_parser = super::parse_from_1::<NonZeroUsize>, allow_negative_numbers = true)]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    key_log: KeyLogArgs,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    view: ViewArgs,
}

/// How many frames behind the one that is wanted are looked through for the one that completes it.
const AHEAD: u64 = 100_000;

impl DecodeArgs {
    /// Shows the frames.
    ///
    /// # Errors
    ///
    /// The capture cannot be read or is damaged (after every frame before the damage has been shown),
    /// the view cannot be built, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let Some(mut sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        let path = self.input.path();
        let secrets = self.key_log.secrets()?;
        sieve.decrypt_with(secrets.clone());
        let otherwise = if self.frame.is_some() {
            Format::Layers
        } else {
            Format::List
        };
        if let Some(views) = self.views_for_threads(screen, path)? {
            let mut source = input::open(path)?;
            self.key_log.tell(source.as_mut(), &secrets);
            return show_in_threads(source.as_mut(), sieve, views);
        }
        let mut show = Show::begin(
            self.view.build(screen, otherwise, Names::new())?,
            Output::in_large_pieces(),
        );
        if self.two_pass && !path.is_file() {
            let text = "--two-pass reads the capture twice, which only a file can give";
            return Err(CliError::Usage(text.to_owned()));
        }
        let is_card = self.view.chosen().unwrap_or(otherwise) == Format::Layers;
        if self.two_pass || is_card && path.is_file() {
            let until = self
                .frame
                .map_or(u64::MAX, |frame| frame.saturating_add(AHEAD));
            let mut source = capture::open(path)?;
            self.key_log.tell(source.as_mut(), &secrets);
            sieve.foresee(source.as_mut(), &secrets, until);
        }
        let mut source = input::open(path)?;
        self.key_log.tell(source.as_mut(), &secrets);
        let wanted = Wanted::new(self.frame, self.count);
        let read = wanted.show(source.as_mut(), &mut sieve, &mut show);
        // What was read before the damage is shown before the damage is told.
        show.end()?;
        sieve.tell_forgotten();
        match (self.frame, read?) {
            (Some(missing), Some(frames)) => Err(no_such_frame(missing, frames, path)),
            _ => Ok(()),
        }
    }
}

impl DecodeArgs {
    /// A view for each thread, where it is worth while: the file is large and waits for nobody, all its frames
    /// are wanted, and the view shows each for itself.
    fn views_for_threads(
        &self,
        screen: Screen,
        path: &Path,
    ) -> Result<Option<Vec<Box<dyn View + Send>>>, CliError> {
        let threads = parallel::threads_for(path, self.threads);
        let are_all_wanted = self.frame.is_none() && self.count.is_none() && !self.two_pass;
        if threads < 2 || !are_all_wanted {
            return Ok(None);
        }
        self.view.build_for_threads(screen, threads)
    }
}

/// The capture has but so many frames, or the one that was wanted does not pass the filter.
fn no_such_frame(missing: u64, frames: u64, path: &Path) -> CliError {
    let path = path.display();
    CliError::Failed(if frames < missing {
        format!(
            "there is no frame {missing} in {path}: {}",
            links::how_many(frames)
        )
    } else {
        format!("frame {missing} of {path} does not pass the filter")
    })
}

fn show_in_threads(
    source: &mut dyn capture::Source,
    mut sieve: Sieve,
    mut views: Vec<Box<dyn View + Send>>,
) -> Result<(), CliError> {
    let mut beginning = String::new();
    if let Some(first) = views.first_mut() {
        first.begin(&mut beginning);
    }
    write_bytes(beginning.as_bytes())?;
    let shown = parallel::show(source, &mut sieve, views);
    sieve.tell_forgotten();
    shown?.told()
}

/// Which frames are shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    /// All.
    All,
    /// The first so many.
    First(u64),
    /// The one with this number.
    Only(u64),
}

impl Wanted {
    /// What `--frame` and `--count` ask for.
    pub(super) fn new(frame: Option<u64>, count: Option<u64>) -> Self {
        match (frame, count) {
            (Some(number), _) => Self::Only(number),
            (_, Some(count)) => Self::First(count),
            _ => Self::All,
        }
    }

    /// Shows the frames that are wanted and pass the sieve; where the one with a number was not reached, how many
    /// were read.
    pub(super) fn show(
        self,
        source: &mut dyn capture::Source,
        sieve: &mut Sieve,
        show: &mut Show,
    ) -> Result<Option<u64>, CliError> {
        let (mut shown, mut read) = (0, 0);
        if self.is_enough(shown) {
            return Ok(None);
        }
        let mut links = Links::default();
        let needs = show.needs();
        while !self.is_enough(shown) {
            // Looked at where it is: to copy a frame costs as much as to find its layers.
            let next = source.next_frame();
            let Ok(Some(frame)) = &next else {
                next?;
                break;
            };
            links.note(frame.link_type);
            let passed = sieve.sift(frame, needs);
            match (self, passed) {
                (Self::Only(number), _) if frame.number != number => read = frame.number,
                (_, Some(decoded)) => {
                    show.frame(&decoded)?;
                    shown += 1;
                }
                (Self::Only(number), None) => {
                    read = number;
                    break;
                }
                (Self::All | Self::First(_), None) => {}
            }
        }
        links.told()?;
        Ok((!self.is_enough(shown)).then_some(read))
    }

    const fn is_enough(self, shown: u64) -> bool {
        match self {
            Self::All => false,
            Self::First(count) => shown >= count,
            Self::Only(_) => shown > 0,
        }
    }
}
