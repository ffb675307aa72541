//! How far a capture has been read: a bar on standard error, where that is a terminal and it takes long.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::capture::CaptureError;
use crate::capture::open::Unread;

/// What is over before that needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the bar is drawn, in a second.
const DRAWN: u8 = 10;

const TEMPLATE: &str =
    "netinspect: reading {bar:24} {percent:>3} %  {bytes} of {total_bytes}, {eta} left";

/// There is one standard error, so there is one bar.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Opens a capture, of which it will be shown how far it has been read.
///
/// # Errors
///
/// As [`Unread::open`].
pub fn open(path: &Path) -> Result<Unread, CaptureError> {
    Unread::open_through(path, |file| {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        if length == 0 || !io::stderr().is_terminal() {
            return Box::new(file);
        }
        Box::new(Watched {
            file,
            read: 0,
            begun: Instant::now(),
            bar: BAR.get_or_init(|| hidden_bar(length)),
        })
    })
}

/// Writes to the terminal without getting into the bar.
pub fn aside<T>(write: impl FnOnce() -> T) -> T {
    match BAR.get() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// A file that is read before somebody's eyes.
#[derive(Debug)]
struct Watched {
    file: File,
    /// Bytes of the file, not of what is compressed in it.
    read: u64,
    begun: Instant,
    bar: &'static ProgressBar,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read += count as u64;
        if self.bar.is_hidden() && !self.bar.is_finished() && self.begun.elapsed() > PATIENCE {
            let target = ProgressDrawTarget::stderr_with_hz(DRAWN);
            self.bar.set_draw_target(target);
        }
        self.bar.set_position(self.read);
        if count == 0 {
            // What follows is not reading any more.
            self.bar.finish_and_clear();
        }
        Ok(count)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar that counts from now on.
fn hidden_bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template(TEMPLATE);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("█▉▊▋▌▍▎▏ "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_can_be_read() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
