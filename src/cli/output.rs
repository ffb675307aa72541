//! Standard output: what it is, and text on its way to it.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd;

use clap::ValueEnum;
use nix::fcntl::{FcntlArg, fcntl};

use super::error::CliError;
use super::progress::aside;
use crate::model::draft::{Draft, LARGE_PIECE};
use crate::render::ruler::Glyphs;
use crate::render::theme::Theme;
use crate::render::width;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the reader of standard output looks at.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Whether to colour.
    pub theme: Theme,
    /// Which characters can be shown.
    pub glyphs: Glyphs,
    /// Width in cells; `None` where the output is no terminal.
    pub columns: Option<usize>,
    /// The width of tables where it is none: what `COLUMNS` says, or a usual one.
    usual_columns: usize,
}

/// The width of tables where nobody tells one.
const USUAL_COLUMNS: usize = 100;

/// The least width that a table still makes sense in.
const LEAST_COLUMNS: usize = 40;

impl Screen {
    /// Looks at standard output and the environment.
    pub fn examine(color: ColorWhen) -> Self {
        let stdout = io::stdout();
        let coloured = match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never
                    && stdout.is_terminal()
            }
        };
        Self {
            theme: if coloured {
                Theme::Coloured
            } else {
                Theme::Plain
            },
            glyphs: glyphs_of_locale(),
            columns: columns_of(&stdout),
            usual_columns: env::var("COLUMNS")
                .ok()
                .and_then(|columns| columns.parse().ok())
                .unwrap_or(USUAL_COLUMNS),
        }
    }

    /// The width for what must have one.
    pub fn table_columns(self) -> usize {
        self.columns
            .unwrap_or(self.usual_columns)
            .max(LEAST_COLUMNS)
    }
}

/// What the locale can show: only one that was chosen, and that is not UTF-8, is held to ASCII.
fn glyphs_of_locale() -> Glyphs {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    match chosen.map(|locale| locale.to_ascii_lowercase().replace('-', "")) {
        Some(locale) if !locale.contains("utf8") => Glyphs::Ascii,
        _ => Glyphs::Unicode,
    }
}

/// Text on its way to standard output, in large pieces.
#[derive(Debug)]
pub struct Output {
    draft: Draft,
    /// How much text is kept before it is written.
    keep: usize,
}

/// What Linux allows everybody (`/proc/sys/fs/pipe-max-size`).
const WIDE_PIPE: i32 = 1024 * 1024;

impl Output {
    /// Writes in large pieces, for which the pipe is widened where standard output is one.
    pub fn in_large_pieces() -> Self {
        widen_pipe();
        Self {
            draft: Draft::default(),
            keep: LARGE_PIECE,
        }
    }

    /// Writes whenever it is asked whether it is time to.
    pub fn at_once() -> Self {
        Self {
            draft: Draft::default(),
            keep: 0,
        }
    }

    /// Where to put text together.
    pub fn draft(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// Where to append.
    pub fn text(&mut self) -> &mut String {
        self.draft().text()
    }

    /// Writes what there is, when it is enough.
    ///
    /// # Errors
    ///
    /// [`CliError::OutputClosed`] when the reader has gone, [`CliError::Output`] when it cannot be written.
    pub fn write_if_enough(&mut self) -> Result<(), CliError> {
        if self.draft().len() > self.keep {
            self.write_all()?;
        }
        Ok(())
    }

    /// Writes what there is.
    ///
    /// # Errors
    ///
    /// As [`Output::write_if_enough`].
    pub fn write_all(&mut self) -> Result<(), CliError> {
        self.draft.drain(write_bytes)
    }
}

/// Standard output, without getting into the bar.
struct Stdout;

impl io::Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        aside(|| io::stdout().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        aside(|| io::stdout().lock().flush())
    }
}

fn cannot_write(error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::OutputClosed,
        _ => CliError::Output(error),
    }
}

/// Lets a pipe behind standard output take a large piece at once, so that neither end of it waits for the other
/// many times a piece. Where it is no pipe, or the system does not allow it, everything stays as it is.
fn widen_pipe() {
    let _ = fcntl(io::stdout(), FcntlArg::F_SETPIPE_SZ(WIDE_PIPE));
}

/// Writes bytes to standard output as they are.
///
/// # Errors
///
/// As [`Output::write_if_enough`].
pub fn write_bytes(bytes: &[u8]) -> Result<(), CliError> {
    let written = Stdout.write_all(bytes).and_then(|()| Stdout.flush());
    written.map_err(cannot_write)
}

/// Writes a text for people to standard output: none of its lines is longer than a terminal there.
///
/// # Errors
///
/// As [`Output::write_if_enough`].
pub fn print(text: &str) -> Result<(), CliError> {
    write_bytes(folded(text.to_owned(), &io::stdout()).as_bytes())
}

/// A text whose lines are not longer than the terminal, where this is one.
fn folded(mut text: String, terminal: &impl AsFd) -> String {
    if let Some(columns) = columns_of(terminal) {
        width::fold(&mut text, 0, columns);
    }
    text
}

/// The width of a terminal in cells; `None` of what is none.
fn columns_of(terminal: &impl AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(terminal).map(|(width, _)| usize::from(width.0))
}

/// Says something beside the output, on standard error. Where nobody listens there, nothing is lost: what
/// was asked for goes on. On a terminal no line is longer than it.
pub fn tell(text: &str) {
    let text = folded(format!("netinspect: {text}\n"), &io::stderr());
    tell_text(&text);
}

/// Says lines beside the output, as they are; where nobody listens there, nothing is lost.
pub fn tell_text(text: &str) {
    let _ = aside(|| io::stderr().write_all(text.as_bytes()));
}

/// Writes a value to standard output as indented JSON.
///
/// # Errors
///
/// As [`Output::write_if_enough`].
pub fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let mut stdout = io::BufWriter::with_capacity(LARGE_PIECE, Stdout);
    serde_json::to_writer_pretty(&mut stdout, value)
        .map_err(io::Error::from)
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.flush())
        .map_err(cannot_write)
}
