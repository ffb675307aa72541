//! `netinspect run`: programs of the user's own in the lab, and every frame between them.

use std::time::Duration;

use clap::Args;

use super::error::CliError;
use super::lab_args::{LabArgs, lab_interfaces, lab_names};
use super::output::Screen;
use super::recording::WriteArgs;
use super::sieve::FilterArgs;
use super::stage::{Ready, Script, Stage};
use super::view::ViewArgs;
use super::watcher::{Card, Drops, Lines, Watch, Watcher};
use crate::lab::{self, Lab, Launch, Network as _, Settings};
use crate::model::layer::Decoded;
use crate::privilege::{self, NONE};
use crate::render::exchange::Sender;

/// Run two programs of yours in a lab of two hosts, and show every frame between them
///
/// The programs are started as they are, each on a host of its own: `server` is 192.168.1.6, `client`
/// is 192.168.1.7, and each knows the other by these names. The client starts when the server listens.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The server's command line, such as 'python3 server.py'
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    server: Option<Command>,

    /// The client's command line
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    client: Command,

    /// Start the client so long after the server, instead of when it listens: 200ms, 1.5s
    #[arg(long, value_name = "TIME", value_parser = super::parse_time, requires = "server")]
    client_after: Option<Duration>,

    /// End the programs when one keeps the other waiting for so long
    #[arg(long, value_name = "TIME", value_parser = super::parse_time, default_value = "10")]
    timeout: Duration,

    /// Do not follow the programs' system calls: they run a little faster
    #[arg(long)]
    no_calls: bool,

    #[command(flatten)]
    lab: LabArgs,

    /// Show this frame alone, in depth
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frame: Option<u64>,

    #[command(flatten)]
    write: WriteArgs,

    #[command(flatten)]
    filter: FilterArgs,

    /// How frames are shown.
    #[command(flatten)]
    pub view: ViewArgs,
}

/// A command line, taken apart as a shell does it: at least a program.
#[derive(Clone, Debug)]
struct Command {
    program: String,
    arguments: Vec<String>,
}

fn parse_command(text: &str) -> Result<Command, String> {
    let mut words = shlex::split(text)
        .ok_or_else(|| "a quotation mark is not closed".to_owned())?
        .into_iter();
    let program = words
        .next()
        .ok_or_else(|| "it names no program".to_owned())?;
    Ok(Command {
        program,
        arguments: words.collect(),
    })
}

impl Command {
    fn launch(&self) -> Launch {
        Launch::new(&self.program, self.arguments.clone())
    }
}

impl RunArgs {
    /// Builds the lab, runs the programs, shows the frames.
    ///
    /// # Errors
    ///
    /// The lab cannot be built here, a program cannot be started or fails, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let Some(sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        let settings = self.lab.settings(Settings::default().hosts)?;
        lab::prepare()?;
        let mut network = Lab::build(&settings)?;
        privilege::keep_only(NONE).map_err(CliError::Privilege)?;
        let mut watcher = Watcher::new(Watch {
            screen,
            sieve,
            view: &self.view,
            frame: self.frame,
            write: &self.write,
            interfaces: lab_interfaces(&settings.hosts),
            names: lab_names(&settings.hosts),
            tell_sender: by_port_of_the_cable,
            lines: Lines::Afterwards,
            drops: Drops::ToldIfAny,
        })?;
        let exchange = self.exchange(&mut network, &mut watcher);
        // Whatever went wrong, what was seen before is shown and written as a whole.
        let report = network.stop_recording();
        let ended = watcher.end(report, Card::OfFirstMessage);
        exchange.and(ended.map(|_| ()))
    }

    fn launch(&self, command: &Command) -> Launch {
        let launch = command.launch();
        if self.no_calls {
            launch
        } else {
            launch.with_calls()
        }
    }

    fn exchange(&self, network: &mut Lab, watcher: &mut Watcher) -> Result<(), CliError> {
        watcher.begin_exchange("client 192.168.1.7  ──────  server 192.168.1.6")?;
        let server = self.server.as_ref().map(|command| self.launch(command));
        let ready = self.client_after.map_or(Ready::Socket, Ready::After);
        let stage = Stage::new(network, watcher).with_patience(self.timeout);
        let performed = stage.perform(
            server.as_ref().map(|launch| (launch, ready)),
            &self.launch(&self.client),
            Script::Silence,
        );
        if let Ok(end) = &performed {
            watcher.note_end(end);
        }
        watcher.end_exchange()?;
        match performed?.ending {
            ending if ending.is_success() => Ok(()),
            ending => Err(CliError::Failed(format!("the client {ending}"))),
        }
    }
}

/// In a lab of two hosts, the port of the cable tells who sent a frame.
pub fn by_port_of_the_cable(decoded: &Decoded<'_>) -> Sender {
    if decoded.frame.interface == Some(0) {
        Sender::Server
    } else {
        Sender::Client
    }
}
