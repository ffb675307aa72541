//! `netinspect capture`: frames as an interface of this host sees them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::error::CliError;
use super::output::{Output, Screen, tell};
use super::recording::{Recording, RotationArgs, WriteArgs};
use super::sieve::{FilterArgs, Sieve};
use super::view::{Format, Show, ViewArgs};
use crate::capture::Source as _;
use crate::capture::live::{Feed, Live, Until};
use crate::model::needs::Needs;
use crate::privilege::{self, NONE, TO_CAPTURE};
use crate::render::sequence::Names;

/// Show live frames of an interface
#[derive(Args, Debug)]
pub struct CaptureArgs {
    /// The interface: a name or number from `netinspect interfaces`
    #[arg(short, long, value_name = "IFACE")]
    interface: String,

    /// Stop after this many frames
    #[arg(short = 'c', long, value_name = "N", value_parser = super::parse_number, allow_negative_numbers = true)]
    count: Option<u64>,

    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_time)]
    duration: Option<Duration>,

    #[command(flatten)]
    write: WriteArgs,

    #[command(flatten)]
    rotation: RotationArgs,

    #[command(flatten)]
    filter: FilterArgs,

    #[command(flatten)]
    view: ViewArgs,
}

impl CaptureArgs {
    /// Captures until told to stop.
    ///
    /// # Errors
    ///
    /// Capturing is not possible or breaks off, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let Some(sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        let rotation = self.rotation.rotation()?;
        let until = Until {
            deadline: self.duration.map(|duration| Instant::now() + duration),
            stopped: asked_to_stop()?,
        };
        let view = self.view.build(screen, Format::List, Names::new())?;
        privilege::become_caller(TO_CAPTURE).map_err(CliError::Privilege)?;
        let mut live = Live::open(&self.interface, Feed::InBlocks, until)?;
        privilege::keep_only(NONE).map_err(CliError::Privilege)?;
        let recording = self.write.create_series(live.interfaces(), rotation)?;
        tell(&format!(
            "capturing on {}; Ctrl-C ends it",
            self.interface.escape_debug()
        ));
        let show = (!self.write.takes_output()).then(|| Show::begin(view, Output::at_once()));
        let mut session = Session {
            sieve,
            recording,
            show,
            frames: 0,
        };
        let ended = session.run(&mut live, self.count.unwrap_or(u64::MAX));
        // However it ended, what came before is shown and written as a whole, and counted.
        let frames = session.frames;
        let ended = session.finish(ended);
        tell(&format!(
            "{frames} frames captured, {} dropped by the kernel",
            live.drops()
        ));
        ended
    }
}

/// Becomes true at Ctrl-C and its kin. A second one ends the process at once.
fn asked_to_stop() -> Result<Arc<AtomicBool>, CliError> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // In this order: the first one is not the second one yet.
        flag::register_conditional_default(signal, Arc::clone(&stopped))
            .and_then(|_| flag::register(signal, Arc::clone(&stopped)))
            .map_err(|error| CliError::Failed(format!("cannot watch for Ctrl-C: {error}")))?;
    }
    Ok(stopped)
}

/// Frames on their way from the interface to where they are wanted.
struct Session {
    sieve: Sieve,
    recording: Option<Recording>,
    /// Gone where standard output takes the file.
    show: Option<Show>,
    /// How many passed the filter.
    frames: u64,
}

impl Session {
    fn run(&mut self, live: &mut Live, count: u64) -> Result<(), CliError> {
        while self.frames < count
            && let Some(frame) = live.next_frame()?
        {
            let shown = self.show.as_ref().map_or(Needs::LAYERS, Show::needs);
            let written = self
                .recording
                .as_ref()
                .map_or(Needs::LAYERS, |_| Recording::NEEDS);
            let wanted = shown.and(written);
            let Some(decoded) = self.sieve.sift(&frame, wanted) else {
                continue;
            };
            if let Some(recording) = &mut self.recording {
                recording.frame(&decoded)?;
            }
            self.frames += 1;
            if let Some(show) = &mut self.show {
                show.frame(&decoded)?;
            }
        }
        Ok(())
    }

    /// Ends the file and the view; of several things that went wrong, a lost frame is told first.
    fn finish(mut self, ended: Result<(), CliError>) -> Result<(), CliError> {
        let written = self.recording.as_mut().map_or(Ok(()), Recording::flush);
        let shown = self.show.map_or(Ok(()), Show::end);
        written.and(ended).and(shown)
    }
}
