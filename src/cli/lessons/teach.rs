//! Runs a lesson: tells what is going to happen, lets it happen, says which frames show what, and asks.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::time::Duration;

use super::super::acts::{Act, Ready, Script};
use super::super::drops::Drops;
use super::super::error::CliError;
use super::super::lab_args::{lab_interfaces, lab_names};
use super::super::output::{Screen, print};
use super::super::recording::WriteArgs;
use super::super::run::by_port_of_the_cable;
use super::super::run_demo::own_program;
use super::super::sieve::Sieve;
use super::super::sights::{Sight, Sights};
use super::super::stage::{Audience, Stage};
use super::super::view::ViewArgs;
use super::super::watch::{Calls, Lines, Watch};
use super::super::watcher::Watcher;
use super::{Lesson, Says, See};
use crate::lab::{self, Fault, HostName, HostSettings, Lab, Launch, Line, Mtu, Network as _};
use crate::lab::{RecordedFrame, Settings, Sysctl};
use crate::model::call::{Call, Omitted};
use crate::model::frame::Timestamp;
use crate::privilege::{self, NONE};
use crate::render::exchange::Lanes;
use crate::render::{theme, width};

/// How a lesson is shown.
#[derive(Debug)]
pub struct Showing<'a> {
    /// Where.
    pub screen: Screen,
    /// Which frames.
    pub sieve: Sieve,
    /// In which view; without a choice, with the words around it.
    pub view: &'a ViewArgs,
    /// The one frame that is wanted, where only one is.
    pub frame: Option<u64>,
    /// The file that they are written to, where one is.
    pub write: &'a WriteArgs,
    /// How long a program may be waited for.
    pub patience: Duration,
    /// Whether the programs' calls are told.
    pub calls: Calls,
}

/// Runs a lesson.
///
/// # Errors
///
/// The lab cannot be built here, the output cannot be written, or something that was to be seen was not.
pub fn teach(lesson: &Lesson, showing: Showing<'_>) -> Result<(), CliError> {
    let settings = lesson.settings()?;
    lab::prepare()?;
    let mut network = Lab::build(&settings)?;
    privilege::keep_only(NONE).map_err(CliError::Privilege)?;
    let with_words =
        showing.view.chosen().is_none() && showing.frame.is_none() && !showing.write.takes_output();
    let screen = showing.screen;
    if with_words {
        print(&begin(lesson, screen))?;
    }
    let (patience, calls) = (showing.patience, showing.calls);
    let mut class = Class::new(lesson, showing.watcher(&settings)?)?;
    class
        .watcher
        .begin_exchange("client 192.168.1.7  ──────  server 192.168.1.6")?;
    let performed = perform(lesson, &mut network, &mut class, patience, calls);
    class.watcher.end_exchange()?;
    class.watcher.show_verdict(&performed)?;
    let report = network.stop_recording();
    let Class { watcher, sights } = class;
    let seen: Vec<_> = lesson.see.iter().zip(&sights.sights).collect();
    watcher.end(report, lesson.card)?;
    performed?;
    if with_words {
        print(&told(&seen, screen))?;
        ask(lesson, screen)?;
    }
    match seen.iter().find(|(see, sight)| !is_seen(see, sight)) {
        None => Ok(()),
        Some((see, _)) => Err(CliError::Failed(format!(
            "this run did not show what it should: {} (frames with {})",
            see.what, see.filter
        ))),
    }
}

fn is_seen(see: &See, sight: &Sight) -> bool {
    see.frames.are(sight.frames.len())
}

fn perform(
    lesson: &Lesson,
    network: &mut Lab,
    class: &mut Class,
    patience: Duration,
    calls: Calls,
) -> Result<(), CliError> {
    let program = own_program()?;
    let launch = |arguments: &[&str]| {
        let arguments = arguments.iter().map(|part| (*part).to_owned());
        calls.of(Launch::new(&program, arguments))
    };
    for host in [HostName::SERVER, HostName::CLIENT] {
        class.watcher.judge().program(host, "netinspect");
    }
    let server = lesson.server.map(launch);
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    let script = match lesson.says {
        Says::InTurn([]) => Script::Silence,
        Says::InTurn(said) => Script::Lines(lines(said)),
        Says::AtOnce(said) => Script::AtOnce(lines(said)),
    };
    let stage = Stage::new(network, class).with_patience(patience);
    let server = server.as_ref();
    let servers: Vec<_> = server
        .map(|server| (Act::server(server), Ready::FirstLine))
        .into_iter()
        .collect();
    let performance = stage.perform(&servers, Act::client(&launch(lesson.client)), script);
    // In some lessons failing is what the client has to do.
    for exit in &performance.exits {
        class.watcher.note_unusual_exit(exit);
    }
    performance.result
}

impl Lesson {
    /// The lab that it needs.
    fn settings(&self) -> Result<Settings, CliError> {
        let host = |host: HostSettings, sysctls: &[(&str, &str)]| {
            let sysctls = sysctls
                .iter()
                .filter_map(|(name, value)| Sysctl::new(name, value));
            sysctls.fold(host, HostSettings::sysctl)
        };
        let usual = Settings::default();
        let names: Vec<_> = usual.hosts.iter().map(|host| host.name).collect();
        let faults = self.faults.iter().map(|text| Fault::parse(text, &names));
        Ok(Settings {
            hosts: vec![
                host(HostSettings::SERVER, self.server_sysctls),
                host(HostSettings::CLIENT, self.client_sysctls),
            ],
            mtu: self.mtu.and_then(Mtu::new).unwrap_or(usual.mtu),
            faults: faults.collect::<Result<_, _>>()?,
            ..usual
        })
    }
}

impl Showing<'_> {
    fn watcher(self, settings: &Settings) -> Result<Watcher, CliError> {
        Watcher::new(Watch {
            screen: self.screen,
            sieve: self.sieve,
            view: self.view,
            frame: self.frame,
            write: self.write,
            interfaces: lab_interfaces(&settings.hosts),
            names: lab_names(&settings.hosts),
            lanes: Lanes::Two(by_port_of_the_cable),
            lines: Lines::Afterwards,
            calls: self.calls,
            drops: Drops::ToldIfAny,
            faults: &[],
            key_log: None,
        })
    }
}

/// Watches the exchange, and for what is to be seen in it.
struct Class {
    watcher: Watcher,
    sights: Sights,
}

impl Class {
    fn new(lesson: &Lesson, watcher: Watcher) -> Result<Self, CliError> {
        Ok(Self {
            watcher,
            sights: Sights::new(lesson.see.iter().map(|see| see.filter))?,
        })
    }
}

impl Audience for Class {
    fn frame(&mut self, recorded: &RecordedFrame) -> Result<(), CliError> {
        self.sights.look(recorded);
        self.watcher.frame(recorded)
    }

    fn delivered(&mut self, number: u64) {
        self.watcher.delivered(number);
    }

    fn call(&mut self, call: Call) -> Result<(), CliError> {
        self.watcher.call(call)
    }

    fn omitted(&mut self, omitted: Omitted) {
        self.watcher.omitted(omitted);
    }

    fn over(&mut self, time: Timestamp) {
        self.watcher.over(time);
    }

    fn line(&mut self, line: &Line) -> Result<(), CliError> {
        self.watcher.line(line)
    }

    fn prompt(&mut self) -> Result<(), CliError> {
        self.watcher.prompt()
    }

    fn typed(&mut self, line: Option<&str>) -> Result<(), CliError> {
        self.watcher.typed(line)
    }
}

fn begin(lesson: &Lesson, screen: Screen) -> String {
    let mut out = String::new();
    let title = format!("{}: {}", lesson.name, lesson.title);
    screen.theme.paint_str(&mut out, theme::heading(), &title);
    out.push_str("\n\n");
    push_text(lesson.story, "", screen, &mut out);
    for fault in lesson.faults {
        push_text(&format!("--fault '{fault}'"), "  ", screen, &mut out);
    }
    out.push('\n');
    push_text(lesson.look, "", screen, &mut out);
    out.push('\n');
    out
}

/// What is to be seen, with the frames that show it.
fn told(seen: &[(&See, &Sight)], screen: Screen) -> String {
    let mut out = String::new();
    let title = "What you should see";
    screen.theme.paint_str(&mut out, theme::heading(), title);
    out.push('\n');
    for (see, sight) in seen {
        let mut frames = String::new();
        match &sight.frames[..] {
            [] => frames.push_str("no frame"),
            [one] => {
                let _ = write!(frames, "frame {one}");
            }
            [first, .., last] if sight.frames.len() > MOST_NAMED => {
                let _ = write!(frames, "frames {first} … {last}");
            }
            several => {
                let numbers: Vec<_> = several.iter().map(u64::to_string).collect();
                let _ = write!(frames, "frames {}", numbers.join(", "));
            }
        }
        let mark = if is_seen(see, sight) { '✓' } else { '✗' };
        let text = format!("{mark} {frames}: {}", see.what);
        push_text(&text, "  ", screen, &mut out);
    }
    out.push('\n');
    out
}

/// How many frames are named one by one.
const MOST_NAMED: usize = 4;

/// Asks the question; somebody at a terminal has time to think.
fn ask(lesson: &Lesson, screen: Screen) -> Result<(), CliError> {
    let mut out = String::new();
    screen
        .theme
        .paint_str(&mut out, theme::heading(), "Question");
    out.push('\n');
    push_text(lesson.question, "  ", screen, &mut out);
    out.push('\n');
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        out.push_str("Your answer, or Enter: ");
        print(&out)?;
        out.clear();
        // What was typed is for whoever typed it.
        let _ = io::stdin().lock().read_line(&mut String::new());
        out.push('\n');
    }
    screen.theme.paint_str(&mut out, theme::heading(), "Answer");
    out.push('\n');
    push_text(lesson.answer, "  ", screen, &mut out);
    print(&out)
}

fn push_text(text: &str, indent: &str, screen: Screen, out: &mut String) {
    let further = format!("{indent}  ");
    let further = if text.starts_with(['✓', '✗']) {
        &further
    } else {
        indent
    };
    let options = width::prose(screen.table_columns())
        .initial_indent(indent)
        .subsequent_indent(further);
    out.push_str(&textwrap::fill(text, options));
    out.push('\n');
}
