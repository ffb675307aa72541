//! `netinspect sequence`: an exchange drawn as a ladder.

use std::path::Path;

use clap::{Args, Subcommand};

use super::decode::Wanted;
use super::drawing::DrawingArgs;
use super::error::CliError;
use super::input::{self, InputArgs};
use super::key_log::KeyLogArgs;
use super::output::{Output, Screen};
use super::run::RunArgs;
use super::run_demo::RunDemoArgs;
use super::sieve::FilterArgs;
use super::view::Show;
use crate::render::sequence::Names;

/// Draw an exchange as a ladder: time runs down, every host has a lane, a frame is an arrow
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct SequenceArgs {
    #[command(flatten)]
    input: InputArgs,

    /// Only this TCP connection: the number that tcp.stream has
    #[arg(long, value_name = "N", value_parser = super::parse_number, allow_negative_numbers = true)]
    stream: Option<u64>,

    /// Stop after drawing this many frames
    #[arg(short = 'c', long, value_name = "N", value_parser = super::parse_number, allow_negative_numbers = true)]
    count: Option<u64>,

    #[command(flatten)]
    key_log: KeyLogArgs,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    drawing: DrawingArgs,

    #[command(subcommand)]
    live: Option<Live>,
}

/// An exchange that is run to be drawn, with all options of the command.
#[derive(Debug, Subcommand)]
enum Live {
    RunDemo(RunDemoArgs),
    Run(RunArgs),
}

impl SequenceArgs {
    /// Draws.
    ///
    /// # Errors
    ///
    /// The capture cannot be read or is damaged (after every frame before the damage has been drawn), the
    /// exchange fails, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        match self.live {
            Some(Live::RunDemo(mut arguments)) => {
                arguments.view.choose_sequence()?;
                arguments.run(screen)
            }
            Some(Live::Run(mut arguments)) => {
                arguments.view.choose_sequence()?;
                arguments.run(screen)
            }
            None => self.draw_file(screen),
        }
    }

    fn draw_file(self, screen: Screen) -> Result<(), CliError> {
        let is_filtered = self.filter.is_given();
        let Some(mut sieve) = self.filter.of_stream(self.stream).sieve()? else {
            return Ok(());
        };
        let secrets = self.key_log.secrets()?;
        let mut source = input::open(self.input.path())?;
        self.key_log.tell(source.as_mut(), &secrets);
        sieve.decrypt_with(secrets);
        let view = self.drawing.view(screen, Names::new());
        let mut show = Show::begin(view, Output::in_large_pieces());
        let wanted = Wanted::new(None, self.count);
        let read = wanted.show(source.as_mut(), &mut sieve, &mut show);
        // What was read before the damage is drawn before the damage is told.
        let is_drawn = show.has_frames();
        show.end()?;
        sieve.tell_forgotten();
        read?;
        match self.stream {
            Some(stream) if !is_drawn && self.count != Some(0) => {
                Err(no_frame_of(stream, self.input.path(), is_filtered))
            }
            _ => Ok(()),
        }
    }
}

/// A ladder without a rung would say nothing of why.
fn no_frame_of(stream: u64, path: &Path, is_filtered: bool) -> CliError {
    let path = path.display();
    CliError::Failed(if is_filtered {
        format!("no frame of TCP stream {stream} in {path} passes the filter")
    } else {
        format!(
            "there is no TCP stream {stream} in {path}; netinspect follow lists those that there are"
        )
    })
}
