//! `netinspect capture`: frames as an interface of this host sees them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::error::CliError;
use super::output::{Output, Screen};
use super::recording::WriteArgs;
use super::sieve::FilterArgs;
use super::view::{Format, Show, ViewArgs};
use crate::capture::Source as _;
use crate::capture::live::{Live, Until};

/// Show live frames of an interface
#[derive(Args, Debug)]
pub struct CaptureArgs {
    /// The interface: a name or number from `netinspect interfaces`
    #[arg(short, long, value_name = "IFACE")]
    interface: String,

    /// Stop after this many frames
    #[arg(short = 'c', long, value_name = "N")]
    count: Option<u64>,

    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = super::parse_seconds)]
    duration: Option<Duration>,

    #[command(flatten)]
    write: WriteArgs,

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
        let Some(mut sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        let stopped = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&stopped))
                .map_err(|error| CliError::Failed(format!("cannot watch for Ctrl-C: {error}")))?;
        }
        let until = Until {
            deadline: self.duration.map(|duration| Instant::now() + duration),
            stopped,
        };
        let mut live = Live::open(&self.interface, until)?;
        let mut writer = self.write.create(live.interfaces())?;
        eprintln!(
            "netinspect: capturing on {}; Ctrl-C ends it",
            self.interface.escape_debug()
        );
        let mut show = Show::begin(self.view.build(screen, Format::List)?, Output::at_once());
        let mut frames = 0u64;
        let ended = loop {
            if self.count == Some(0) {
                break Ok(());
            }
            let frame = match live.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break Ok(()),
                Err(error) => break Err(CliError::from(error)),
            };
            let (passes, followed) = sieve.sift(&frame);
            if !passes {
                continue;
            }
            frames += 1;
            if let Some(writer) = &mut writer
                && let Err(error) = writer.frame(&frame)
            {
                break Err(error);
            }
            if let Err(error) = show.frame(&frame, followed) {
                break Err(error);
            }
            if self.count.is_some_and(|count| frames >= count) {
                break Ok(());
            }
        };
        let shown = show.end();
        if let Some(mut writer) = writer {
            writer.finish()?;
        }
        eprintln!(
            "netinspect: {frames} frames captured, {} dropped by the kernel",
            live.drops()
        );
        ended.and(shown)
    }
}
