//! What is told of an exchange when it is over, from the programs' calls and the frames together: what went
//! wrong, and the bytes of each stream as a ruler.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::acts::Exit;
use super::error::CliError;
use super::ledger::Closed;
use super::output::{Screen, print, tell_text};
use crate::explain::diagnoses::record::Record;
use crate::explain::diagnoses::scene::{End, Language, Scene};
use crate::explain::diagnoses::{self, Diagnosis};
use crate::lab::{HostName, Line};
use crate::model::call::Call;
use crate::model::frame::Timestamp;
use crate::render::diagnoses::Told;
use crate::render::theme::Theme;
use crate::render::{diagnoses as page, ruler};

/// Takes note of an exchange, and judges it.
#[derive(Debug, Default)]
pub struct Judge {
    record: Record,
}

/// What a judge found.
#[derive(Debug, Default)]
pub struct Verdict {
    scene: Scene,
    calls: Vec<Call>,
    begin: Timestamp,
    diagnoses: Vec<Diagnosis>,
}

impl Judge {
    /// There is a host with these addresses.
    pub fn host(&mut self, host: HostName, addresses: &[IpAddr]) {
        self.record.host(host.as_str(), addresses);
    }

    /// A program is started on a host.
    pub fn program(&mut self, host: HostName, command: &str) {
        let language = if command.contains("python") || command.contains(".py") {
            Language::Python
        } else {
            Language::C
        };
        self.record.program(host.as_str(), language);
    }

    /// A program wrote a line.
    pub fn line(&mut self, line: &Line) {
        self.record.line(line.host.as_str(), &line.text);
    }

    /// A program has ended, or had to be ended.
    pub fn exit(&mut self, exit: &Exit) {
        if let Some(ending) = exit.ending {
            let how = match ending {
                _ if ending.is_success() => End::Well,
                _ if ending.is_by_signal() => End::Killed,
                _ => End::Badly,
            };
            self.record.end(exit.host.as_str(), how);
        }
    }

    /// What went wrong in an exchange that was kept, if any was; `was_cut_short` where the programs took too
    /// long.
    pub fn verdict(&self, closed: Option<Closed>, was_cut_short: bool) -> Verdict {
        let Some(closed) = closed else {
            return Verdict::default();
        };
        let scene = self.record.scene(closed.exchange(was_cut_short));
        Verdict {
            diagnoses: diagnoses::diagnose(&scene),
            scene,
            begin: closed.begin(),
            calls: closed.calls,
        }
    }
}

impl Verdict {
    /// What went wrong, to be told.
    pub fn told(&self) -> Told<'_> {
        Told {
            diagnoses: &self.diagnoses,
            scene: &self.scene,
            calls: &self.calls,
            begin: self.begin,
        }
    }

    /// Prints what went wrong, below something else.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn print(&self, screen: Screen) -> Result<(), CliError> {
        print(&below(self.text(screen.theme, screen)))
    }

    /// Prints what went wrong below a story, which an empty line ends.
    ///
    /// # Errors
    ///
    /// As [`Verdict::print`].
    pub fn print_after_story(&self, screen: Screen) -> Result<(), CliError> {
        print(&self.text(screen.theme, screen))
    }

    /// Prints what went wrong between a story and what follows: a card, or another exchange.
    ///
    /// # Errors
    ///
    /// As [`Verdict::print`].
    pub fn print_between(&self, screen: Screen) -> Result<(), CliError> {
        let mut text = self.text(screen.theme, screen);
        if !text.is_empty() {
            text.push('\n');
        }
        print(&text)
    }

    /// Says on standard error what went wrong: for who has asked for a view without a place for it.
    pub fn tell(&self, screen: Screen) {
        tell_text(&below(self.text(Theme::Plain, screen)));
    }

    /// What went wrong; nothing where there is nothing to say.
    fn text(&self, theme: Theme, screen: Screen) -> String {
        let mut told = String::new();
        page::push(&self.told(), theme, screen.table_columns(), &mut told);
        told
    }

    /// Prints the bytes of each stream as a ruler.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn print_bytes(&self, screen: Screen) -> Result<(), CliError> {
        let pen = ruler::Pen {
            theme: screen.theme,
            glyphs: screen.glyphs,
            columns: screen.table_columns(),
        };
        let mut out = String::new();
        ruler::push_all(&self.scene, pen, &mut out);
        print(&out)
    }

    /// Nothing, or as an error how many faults there are.
    ///
    /// # Errors
    ///
    /// There are any.
    pub fn check(&self) -> Result<(), CliError> {
        let names: Vec<&str> = self.diagnoses.iter().map(|found| found.kind.name).collect();
        match names.as_slice() {
            [] => Ok(()),
            names => Err(CliError::Failed(format!(
                "the programs do not pass the check: {}",
                each_once(names)
            ))),
        }
    }
}

/// A text behind an empty line, where it is one.
fn below(text: String) -> String {
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// Each name once, those of one kind being side by side, with how often it is there where that is more:
/// `never-closed, connection-refused (2 times)`.
fn each_once(names: &[&str]) -> String {
    let mut out = String::new();
    for same in names.chunk_by(|one, next| one == next) {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(same[0]);
        if same.len() > 1 {
            let _ = write!(out, " ({} times)", same.len());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_more_than_once_is_named_once_with_how_often() {
        assert_eq!(each_once(&["broken-pipe"]), "broken-pipe");
        assert_eq!(
            each_once(&["connection-refused", "connection-refused", "broken-pipe"]),
            "connection-refused (2 times), broken-pipe"
        );
    }
}
