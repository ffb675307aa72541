//! What is done with an exchange while it happens: frames are shown and written, lines of the programs
//! are kept or shown, and at the end comes what is to be learnt from it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use super::acts::Exit;
use super::drops::Drops;
use super::error::CliError;
use super::judge::{Judge, Verdict};
use super::key_log::{self, WatchedKeyLog};
use super::ledger::{Closed, Ledger};
use super::output::{Output, Screen, print, tell};
use super::recording::Recording;
use super::sieve::Sieve;
use super::stage::Audience;
use super::view::{Format, Show, ViewArgs};
use super::watch::{Calls, Card, Lines, Watch};
use crate::decode::Decoder;
use crate::explain::timeline::Moment;
use crate::lab::{Fault, HostName, Launch, Line, RecordedFrame, WireReport};
use crate::model::call::{Call, Omitted, Outcome};
use crate::model::frame::Timestamp;
use crate::model::needs::Needs;
use crate::model::text;
use crate::protocols::chat_wire::PROMPT;
use crate::render::calls::push_comment;
use crate::render::diagnoses::Told;
use crate::render::exchange::{Exchange, Lanes};
use crate::render::{theme, width};

/// What is told after the frames.
enum Said {
    Line(Line),
    Exit(Exit),
}

/// Watches an exchange.
pub struct Watcher {
    screen: Screen,
    sieve: Sieve,
    /// What is shown while it happens: the exchange, or the view that was asked for.
    show: Option<Show>,
    only: Option<u64>,
    /// Whether people read it: then there are titles, and a card at the end.
    for_people: bool,
    /// Whether the bytes of the streams are drawn, and no frame is shown.
    draws_bytes: bool,
    lanes: Lanes,
    lines: Lines,
    drops: Drops,
    recording: Option<Recording>,
    /// While calls are kept, frames are written without what is not known of them yet: these.
    draft: Option<Sieve>,
    first_message: Option<RecordedFrame>,
    said: Vec<Said>,
    /// When the first frame came.
    begin: Option<Timestamp>,
    calls: Calls,
    /// What is kept until the end of an exchange, where calls are told too.
    ledger: Option<Ledger>,
    /// What was kept, once it has been told.
    closed: Option<Closed>,
    seen: u64,
    /// When the exchange was over.
    over: Option<Timestamp>,
    /// The faults that were to harm frames and have harmed none yet.
    harmless: Vec<String>,
    judge: Judge,
    key_log: Option<WatchedKeyLog>,
}

impl Watcher {
    /// A watcher that has seen nothing.
    ///
    /// # Errors
    ///
    /// The view cannot be built, or the file not be made.
    pub fn new(mut watch: Watch<'_>) -> Result<Self, CliError> {
        let output_is_taken = watch.write.takes_output();
        let for_people = watch.view.chosen().is_none() && watch.frame.is_none() && !output_is_taken;
        let draws_bytes = watch.view.chosen() == Some(Format::Bytes);
        let show = if for_people || output_is_taken || draws_bytes {
            None
        } else {
            let view = watch
                .view
                .build(watch.screen, Format::Layers, watch.names)?;
            Some(Show::begin(view, Output::at_once()))
        };
        if let Some(key_log) = &watch.key_log {
            watch.sieve.decrypt_with(key_log.secrets());
        }
        Ok(Self {
            screen: watch.screen,
            sieve: watch.sieve,
            show,
            only: watch.frame,
            for_people,
            draws_bytes,
            lanes: watch.lanes,
            lines: watch.lines,
            drops: watch.drops,
            recording: watch.write.create(&watch.interfaces)?,
            draft: None,
            first_message: None,
            said: Vec::new(),
            begin: None,
            calls: watch.calls,
            ledger: None,
            closed: None,
            seen: 0,
            over: None,
            harmless: watch
                .faults
                .iter()
                .filter(|fault| fault.names_frames())
                .map(Fault::to_string)
                .collect(),
            judge: Judge::default(),
            key_log: watch.key_log,
        })
    }

    /// A program to start, which is told where to write its key log.
    pub fn with_key_log(&self, launch: Launch) -> Launch {
        match &self.key_log {
            Some(key_log) => launch.env(key_log::VARIABLE, key_log.path()),
            None => launch,
        }
    }

    /// Announces an exchange.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn begin_exchange(&mut self, title: &str) -> Result<(), CliError> {
        self.ledger = (self.calls == Calls::Told).then(Ledger::default);
        self.draft = None;
        if let Some(recording) = self.recording.as_mut().filter(|_| self.ledger.is_some())
            && recording.begin_draft()?
        {
            self.draft = Some(self.sieve.another());
        }
        self.over = None;
        self.judge = Judge::default();
        if self.for_people {
            let mut out = String::new();
            let theme = self.screen.theme;
            let columns = self.screen.table_columns();
            let mut heading = title.to_owned();
            width::wrap(&mut heading, 0, columns, 2);
            theme.paint_str(&mut out, theme::heading(), &heading);
            out.push_str("\n\n");
            print(&out)?;
            let exchange = Exchange::new(theme, columns, self.lanes.clone());
            let show = self
                .show
                .insert(Show::begin(Box::new(exchange), Output::at_once()));
            show.write_beginning()?;
        }
        Ok(())
    }

    /// Sums up an exchange, and tells what the programs wrote.
    ///
    /// # Errors
    ///
    /// As [`Watcher::begin_exchange`].
    pub fn end_exchange(&mut self) -> Result<(), CliError> {
        self.tell_kept()?;
        if !self.for_people {
            return Ok(());
        }
        self.print_lines_until(None)?;
        if let Some(show) = self.show.take() {
            show.end()?;
        }
        let mut out = String::from("\n");
        for said in std::mem::take(&mut self.said) {
            match said {
                Said::Line(line) => self.push_line(&line, &mut out),
                Said::Exit(exit) => {
                    let _ = writeln!(out, "{:9} {:>7} {}", "", exit.host, exit.how());
                    if exit.lines_omitted > 0 {
                        let (host, count) = (exit.host, exit.lines_omitted);
                        let _ = writeln!(
                            out,
                            "{:9} {host:>7} wrote {count} lines more, which are not kept",
                            ""
                        );
                    }
                }
            }
        }
        out.push('\n');
        print(&out)
    }

    /// Notes how a program ended.
    pub fn note_exit(&mut self, exit: &Exit) {
        self.judge.exit(exit);
        self.said.push(Said::Exit(*exit));
    }

    /// Whether a host's program wrote such a line, of those that are told after the exchange.
    pub fn heard(&self, host: HostName, is_meant: impl Fn(&str) -> bool) -> bool {
        let mut lines = self.said.iter().filter_map(|said| match said {
            Said::Line(line) => Some(line),
            Said::Exit(_) => None,
        });
        lines.any(|line| line.host == host && is_meant(&line.text))
    }

    /// Who judges the exchange when it is over.
    pub const fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }

    /// Notes how a program ended, and tells it where it is worth a line.
    pub fn note_unusual_exit(&mut self, exit: &Exit) {
        if exit.is_usual() {
            self.judge.exit(exit);
        } else {
            self.note_exit(exit);
        }
    }

    /// Shows the bytes of each stream of the exchange, where these were asked for, and to people what went
    /// wrong.
    ///
    /// # Errors
    ///
    /// As [`Watcher::begin_exchange`].
    pub fn show_verdict(&mut self, result: &Result<(), CliError>) -> Result<(), CliError> {
        let verdict = self.verdict(result.as_ref().is_err_and(CliError::cuts_short));
        if self.draws_bytes {
            verdict.print_bytes(self.screen)?;
            return verdict.print(self.screen);
        }
        if self.for_people {
            verdict.print_between(self.screen)?;
        }
        Ok(())
    }

    /// What went wrong in the exchange, once it has ended; `was_cut_short` where the programs took too long.
    pub fn verdict(&mut self, was_cut_short: bool) -> Verdict {
        self.judge.verdict(self.closed.take(), was_cut_short)
    }

    /// Whether the view has a place for what went wrong; there it is shown then.
    pub fn shows_diagnoses(&mut self, told: &Told<'_>) -> bool {
        let show = self.show.as_mut();
        show.is_some_and(|show| show.diagnoses(told))
    }

    /// Whether the exchange is shown for people to read.
    pub const fn is_for_people(&self) -> bool {
        self.for_people
    }

    /// Ends what is shown and written, and shows the first message in depth: the number of that frame.
    ///
    /// # Errors
    ///
    /// The output cannot be written, or the one frame that was wanted never came.
    pub fn end(mut self, report: WireReport, card: Card) -> Result<Option<u64>, CliError> {
        self.tell_kept()?;
        let shown = self.show.take().map_or(Ok(()), Show::end);
        let written = self.recording.as_mut().map_or(Ok(()), Recording::flush);
        if let Some(losses) = self.drops.of(report) {
            tell(&losses);
        }
        for fault in &self.harmless {
            let mut told = String::from("this fault harmed no frame: ");
            text::push_printed(&mut told, fault.as_bytes());
            tell(&told);
        }
        written.and(shown)?;
        if let Some(number) = self.only.filter(|number| *number > self.seen) {
            return Err(CliError::Failed(format!(
                "there is no frame {number}: the exchange had {} frames",
                self.seen
            )));
        }
        let is_wanted = self.for_people && card == Card::OfFirstMessage;
        let Some(frame) = self.first_message.filter(|_| is_wanted) else {
            return Ok(None);
        };
        let frame = frame.frame();
        let mut show = Show::begin(ViewArgs::card(self.screen), Output::at_once());
        show.frame(&Decoder::new().expand(&frame))?;
        show.end()?;
        Ok(Some(frame.number))
    }
}

impl Audience for Watcher {
    fn frame(&mut self, recorded: &RecordedFrame) -> Result<(), CliError> {
        self.begin.get_or_insert(recorded.time);
        self.print_lines_until(Some(recorded.time))?;
        let harms_it = |fault: &String| recorded.frame().harms().any(|harm| harm.fault == fault);
        self.harmless.retain(|fault| !harms_it(fault));
        let Some(ledger) = &mut self.ledger else {
            self.take_keys_down()?;
            return self.tell_frame(recorded, None);
        };
        ledger.frame(recorded.clone());
        self.write_draft(recorded)?;
        self.keep_no_more_than_fits()
    }

    fn delivered(&mut self, number: u64) {
        if let Some(ledger) = &mut self.ledger {
            ledger.delivered(number);
        }
    }

    fn over(&mut self, time: Timestamp) {
        self.over = Some(time);
    }

    fn call(&mut self, mut call: Call) -> Result<(), CliError> {
        let is_late = |time: Timestamp| self.over.is_some_and(|over| time > over);
        if is_late(call.entered) {
            return Ok(());
        }
        // It returns since the programs are being ended.
        if call.left().is_some_and(is_late) {
            call.outcome = Outcome::NeverReturned;
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.call(call);
        }
        self.keep_no_more_than_fits()
    }

    fn omitted(&mut self, omitted: Omitted) {
        if let Some(ledger) = &mut self.ledger {
            ledger.omitted(omitted);
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), CliError> {
        self.judge.line(line);
        if self.for_people && self.lines == Lines::AtOnce {
            let mut out = String::new();
            self.push_line(line, &mut out);
            return print(&out);
        }
        self.said.push(Said::Line(line.clone()));
        Ok(())
    }

    fn prompt(&mut self) -> Result<(), CliError> {
        self.print_lines_until(None)?;
        self.print_beside(PROMPT)
    }

    fn typed(&mut self, line: Option<&str>) -> Result<(), CliError> {
        if let Some(word) = line
            .map(str::trim)
            .filter(|line| WORDS_TO_LEAVE.contains(line))
        {
            tell(&format!(
                "\"{word}\" is sent as any other line; Ctrl-D ends the chat"
            ));
        }
        match line {
            // A terminal has shown it already.
            Some(_) if io::stdin().is_terminal() => Ok(()),
            line => {
                let mut out = String::new();
                text::push_printed(&mut out, line.unwrap_or("").as_bytes());
                out.push('\n');
                self.print_beside(&out)
            }
        }
    }
}

/// What people type who want to leave.
const WORDS_TO_LEAVE: [&str; 3] = ["exit", "quit", "/quit"];

impl Watcher {
    fn keep_no_more_than_fits(&mut self) -> Result<(), CliError> {
        if self.ledger.as_ref().is_some_and(Ledger::is_full) {
            tell("the exchange is too long to be kept: from here on, calls are left out");
            self.tell_kept()?;
        }
        Ok(())
    }

    /// Writes a frame, whatever happens to us until all is known of it.
    fn write_draft(&mut self, recorded: &RecordedFrame) -> Result<(), CliError> {
        let (Some(sieve), Some(recording)) = (&mut self.draft, &mut self.recording) else {
            return Ok(());
        };
        if let Some(decoded) = sieve.sift(&recorded.frame(), Recording::NEEDS) {
            recording.frame(&decoded)?;
            recording.flush()?;
        }
        Ok(())
    }

    /// Tells everything that was kept, calls and frames in one time line; what comes then is told at once.
    fn tell_kept(&mut self) -> Result<(), CliError> {
        let Some(ledger) = self.ledger.take() else {
            return Ok(());
        };
        let keys = self.keys_taken_down();
        let closed = ledger.close(self.key_log.as_ref().map(WatchedKeyLog::secrets));
        if let Some(show) = &mut self.show {
            show.causes(&closed.causes);
        }
        let has_draft = self.draft.take().is_some();
        if let Some(recording) = self.recording.as_mut().filter(|_| has_draft) {
            recording.begin_fair_copy()?;
        }
        self.hand_keys_on(&keys)?;
        let begin = closed.begin();
        // Who asks for some frames asks for these alone.
        let with_calls = self.only.is_none() && !self.sieve.has_filter();
        let mut time = begin;
        for moment in closed.moments() {
            time = match &moment {
                Moment::Frame(place) => {
                    if let Some(frame) = closed.frames.get(*place) {
                        self.tell_frame(frame, Some(&closed))?;
                    }
                    continue;
                }
                Moment::Entered(call) | Moment::Whole(call) => call.entered,
                Moment::Left(call) => call.left().unwrap_or(call.entered),
                Moment::Again(calls) => calls.first().map_or(begin, |call| call.entered),
                Moment::Omitted(_) => time,
            };
            if let Some(show) = self.show.as_mut().filter(|_| with_calls) {
                show.call(&moment, time.since(begin))?;
            }
        }
        if let Some(recording) = self.recording.as_mut().filter(|_| has_draft) {
            recording.end_fair_copy()?;
        }
        self.closed = Some(closed);
        Ok(())
    }

    /// Takes down what the programs have written into their key log, and hands it on with the frames.
    fn take_keys_down(&mut self) -> Result<(), CliError> {
        let keys = self.keys_taken_down();
        self.hand_keys_on(&keys)
    }

    fn keys_taken_down(&mut self) -> Vec<u8> {
        let log = self.key_log.as_mut().map(WatchedKeyLog::take_down);
        log.unwrap_or_default()
    }

    fn hand_keys_on(&mut self, keys: &[u8]) -> Result<(), CliError> {
        match &mut self.recording {
            Some(recording) if !keys.is_empty() => recording.key_log(keys),
            _ => Ok(()),
        }
    }

    /// Shows and writes one frame, with what it has to do with calls.
    fn tell_frame(
        &mut self,
        recorded: &RecordedFrame,
        closed: Option<&Closed>,
    ) -> Result<(), CliError> {
        let frame = recorded.frame();
        self.seen = frame.number;
        let shown = self.show.as_ref().map_or(Needs::STORY, Show::needs);
        let wanted = shown.and(Recording::NEEDS);
        let Some(decoded) = self.sieve.sift(&frame, wanted) else {
            return Ok(());
        };
        if let Some(recording) = &mut self.recording {
            recording.frame_with(&decoded, |comment| {
                if let Some(Closed { causes, calls, .. }) = closed {
                    push_comment(frame.number, causes, calls, comment);
                }
            })?;
            // Whatever happens to the lab next, this frame is kept.
            recording.flush()?;
        }
        if self.first_message.is_none() && carries_message(recorded) {
            self.first_message = Some(recorded.clone());
        }
        match &mut self.show {
            Some(show) if self.only.is_none_or(|only| only == frame.number) => show.frame(&decoded),
            _ => Ok(()),
        }
    }

    /// Prints the lines that were written until then, where they stand between the frames.
    fn print_lines_until(&mut self, time: Option<Timestamp>) -> Result<(), CliError> {
        if !self.for_people || self.lines != Lines::InOrder {
            return Ok(());
        }
        let is_due = |said: &mut Said| matches!(said, Said::Line(line) if time.is_none_or(|time| line.time <= time));
        let due: Vec<Said> = self.said.extract_if(.., is_due).collect();
        let mut out = String::new();
        for said in &due {
            if let Said::Line(line) = said {
                self.push_line(line, &mut out);
            }
        }
        print(&out)
    }

    /// Prints what belongs to the keyboard: where a program reads the frames, not among them.
    fn print_beside(&self, text: &str) -> Result<(), CliError> {
        if self.for_people {
            return print(text);
        }
        // Where nobody listens there, the exchange goes on.
        let _ = io::stderr().write_all(text.as_bytes());
        Ok(())
    }
}

fn carries_message(recorded: &RecordedFrame) -> bool {
    let mut decoder = Decoder::new();
    decoder
        .walk(&recorded.frame())
        .layers_on_wire()
        .any(|(_, layer)| layer.protocol.standing.is_of_programs())
}

/// What a program prints has at least so many cells on a line, or stands below its time and host.
const LEAST_ROOM: usize = 24;

/// How far it stands in there.
const NARROW_GUTTER: usize = 4;

impl Watcher {
    /// Appends a line of a program and when it came, as the frames' times count. On a terminal it is wrapped.
    fn push_line(&self, line: &Line, out: &mut String) {
        let mut shown = String::new();
        text::push_printed(&mut shown, line.text.as_bytes());
        if line.omitted > 0 {
            let _ = write!(shown, "… and {} bytes more", line.omitted);
        }
        let mut time = String::new();
        if let Some(begin) = self.begin {
            text::push_milliseconds(&mut time, line.time.since(begin));
        }
        let gutter = format!("{time:>9} {:>7} prints ", line.host);
        let (columns, beside) = (self.screen.columns, width::of(&gutter));
        let is_below = columns.is_some_and(|columns| columns < beside + LEAST_ROOM);
        let cells = if is_below { NARROW_GUTTER } else { beside };
        let room = columns.map(|columns| columns.saturating_sub(cells + 2));
        let mut lines = width::lines(&shown, room);
        let _ = if is_below {
            writeln!(out, "{}", gutter.trim_end())
        } else {
            writeln!(out, "{gutter}│ {}", lines.next().unwrap_or_default())
        };
        for line in lines {
            let _ = writeln!(out, "{:cells$}│ {line}", "");
        }
    }
}
