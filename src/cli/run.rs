//! `netinspect run`: programs of the user's own in the lab, and every frame between them.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::acts::{Act, Exit, Performance, Ready, Script};
use super::cast::{Command, HostArg, hosts, parse_command, parse_host};
use super::drops::Drops;
use super::error::CliError;
use super::key_log::WatchedKeyLog;
use super::lab_args::{LabArgs, lab_interfaces, lab_names};
use super::output::{Screen, tell};
use super::recording::WriteArgs;
use super::sieve::FilterArgs;
use super::stage::Stage;
use super::typing;
use super::view::{Format, ViewArgs};
use super::watch::{Calls, Card, Lines, Watch};
use super::watcher::Watcher;
use crate::lab::{self, HostName, HostSettings, Input, Lab, Launch, Network as _, Settings};
use crate::model::layer::Decoded;
use crate::privilege::{self, NONE};
use crate::render::exchange::{Lanes, Sender};

/// Run programs of yours in a lab, each on a host of its own, and show every frame between them
///
/// The programs are started as they are. With --server and --client they run on two hosts at the ends of a
/// cable: `server` is 192.168.1.6, `client` is 192.168.1.7. With --host up to eight stand around a switch.
/// Each knows the others by name. The client starts when the server listens.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The server's command line, such as 'python3 server.py'
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    server: Option<Command>,

    /// The client's command line
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    client: Option<Command>,

    /// A host and its command line, such as web:'python3 -m http.server 80' or db=192.168.1.20:'./db';
    /// repeat for up to eight. They start in this order, each when the one before listens or has sent
    /// something, and the exchange is over when the last one has ended
    #[arg(long = "host", value_name = "NAME[=IP]:COMMAND", value_parser = parse_host, conflicts_with_all = ["server", "client"])]
    hosts: Vec<HostArg>,

    /// Start the client (each next host) so long after the one before, instead of when that listens: 200ms, 1.5s
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    client_after: Option<Duration>,

    /// What the client (the last host) reads from its standard input, which is empty otherwise: a file, or - for
    /// what you type
    #[arg(long, value_name = "FILE")]
    client_input: Option<PathBuf>,

    /// End the programs when they are not done after so long; without a limit while you type [default: 10]
    #[arg(long, value_name = "TIME", value_parser = super::parse_time)]
    timeout: Option<Duration>,

    /// Do not follow the programs' system calls: each on a socket takes some 20 µs less, and so does each on a
    /// file of a program that has a socket
    #[arg(long)]
    no_calls: bool,

    /// Exit with code 1 when the programs do something wrong with their sockets (netinspect explain diagnoses
    /// lists what), or one of them fails; with --format json or ndjson, end with an object {"diagnoses": […]}
    #[arg(long, conflicts_with = "no_calls")]
    check: bool,

    /// Do not have the programs tell the secrets of TLS: show it as somebody on the way sees it
    #[arg(long)]
    no_keylog: bool,

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

/// How long an exchange may take.
const USUAL_LIMIT: Duration = Duration::from_secs(10);
/// What Python's input() ends with where there is none. Other programs end in silence.
const END_OF_INPUT: &str = "EOFError: EOF when reading a line";
/// What the C library says of a name that it cannot find (getaddrinfo(3)), and curl.
const UNKNOWN_NAME: [&str; 4] = [
    "Name or service not known",
    "Temporary failure in name resolution",
    "No address associated with hostname",
    "Could not resolve host",
];
/// As long as anybody types.
const NO_LIMIT: Duration = Duration::from_hours(24);

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
        self.check_programs()?;
        self.view.drawing_must_fit()?;
        if self.no_calls && self.view.chosen() == Some(Format::Bytes) {
            let text =
                "--view bytes is drawn from the programs' calls, and --no-calls leaves them out";
            return Err(CliError::Usage(text.to_owned()));
        }
        let hosts = if self.hosts.is_empty() {
            Settings::default().hosts
        } else {
            hosts(&self.hosts)?
        };
        let settings = self.lab.settings(hosts)?;
        let input = self.input()?;
        let has_empty_stdin = matches!(input, Input::Inherited) && typing::is_at_end();
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
            lanes: lanes(&settings.hosts),
            lines: if matches!(input, Input::Inherited) {
                Lines::AtOnce
            } else {
                Lines::Afterwards
            },
            drops: Drops::ToldIfAny,
            calls: self.calls(),
            faults: &settings.faults,
            key_log: self.key_log(),
        })?;
        watcher.begin_exchange(&title(&settings))?;
        for host in &settings.hosts {
            let addresses = [host.ipv4().into(), host.ipv6().into()];
            watcher.judge().host(host.name, &addresses);
        }
        let Performance { exits, result } = self.perform(&mut network, &mut watcher, input);
        for exit in &exits {
            watcher.note_exit(exit);
        }
        let lacks_input = self.lacks_input(&watcher);
        let misses_name = self.misses_name(&watcher);
        watcher.end_exchange()?;
        // Whatever went wrong, what was seen before is shown and written as a whole.
        let report = network.stop_recording();
        let was_cut_short = result.as_ref().is_err_and(CliError::cuts_short);
        let verdict = watcher.verdict(was_cut_short);
        let for_people = watcher.is_for_people();
        let has_place = self.check && watcher.shows_diagnoses(&verdict.told());
        let ended = watcher.end(report, Card::OfFirstMessage);
        let shown = if for_people {
            verdict.print_after_story(screen)
        } else if self.view.chosen() == Some(Format::Bytes) {
            let drawn = verdict.print_bytes(screen);
            drawn.and_then(|()| verdict.print(screen))
        } else {
            if !has_place {
                verdict.tell(screen);
            }
            Ok(())
        };
        if let Some(advice) = lacks_input {
            tell(&advice);
        } else if has_empty_stdin {
            tell(
                "--client-input - gives the client our standard input, and that is empty: type there, or pipe the text into it (echo hello | netinspect run …)",
            );
        }
        if let Some(host) = misses_name {
            let names: Vec<&str> = settings
                .hosts
                .iter()
                .map(|host| host.name.as_str())
                .collect();
            tell(&format!(
                "{} looked for a name that nobody has: the hosts of the lab are called {}",
                host.in_a_sentence(),
                names.join(", ")
            ));
        }
        result?;
        shown?;
        ended?;
        match exits.last() {
            Some(exit) if !exit.is_success() => Err(CliError::Failed(exit.to_string())),
            _ if self.check => verdict.check().and_then(|()| none_failed(&exits)),
            _ => Ok(()),
        }
    }

    /// Something must be there to run.
    fn check_programs(&self) -> Result<(), CliError> {
        const CLIENT: &str = "--client 'python3 client.py'";
        let missing = match (&self.server, &self.client) {
            _ if !self.hosts.is_empty() => return Ok(()),
            (_, Some(_)) => return Ok(()),
            (Some(_), None) => format!("the client's command line is missing: {CLIENT}"),
            (None, None) => format!(
                "whose programs? Two of yours: --server 'python3 server.py' {CLIENT}; or one for each --host NAME:COMMAND, up to eight"
            ),
        };
        Err(CliError::Usage(missing))
    }

    /// What helps a program that found its input empty and says so.
    fn lacks_input(&self, watcher: &Watcher) -> Option<String> {
        let programs = self.programs();
        let ((client, _), servers) = programs.split_last()?;
        let lacks = |host: HostName| watcher.heard(host, |line| line == END_OF_INPUT);
        let client_words = client.in_a_sentence();
        if self.client_input.is_none() && lacks(*client) {
            return Some(format!(
                "{client_words}'s input is empty: --client-input FILE gives it a file, --client-input - what you type"
            ));
        }
        let (host, command) = servers.iter().find(|(host, _)| lacks(*host))?;
        Some(format!(
            "{}'s input is empty, and only {client_words} can be given one: a shell gives it a file, \"sh -c '{} < FILE'\"",
            host.in_a_sentence(),
            command.to_string().trim_end().escape_debug()
        ))
    }

    /// A program that says that it has not found a host by its name.
    fn misses_name(&self, watcher: &Watcher) -> Option<HostName> {
        let is_about_names = |line: &str| UNKNOWN_NAME.iter().any(|part| line.contains(part));
        let mut hosts = self.programs().into_iter().map(|(host, _)| host);
        hosts.find(|host| watcher.heard(*host, is_about_names))
    }

    fn perform(&self, network: &mut Lab, watcher: &mut Watcher, input: Input) -> Performance {
        let usual = match input {
            Input::Inherited if io::stdin().is_terminal() => NO_LIMIT,
            _ => USUAL_LIMIT,
        };
        for (host, command) in self.programs() {
            watcher.judge().program(host, &command.to_string());
        }
        let programs = self.programs();
        let mut acts: Vec<(HostName, Launch)> = programs
            .iter()
            .map(|(host, command)| {
                let launch = self.calls().of(command.launch());
                (*host, watcher.with_key_log(launch))
            })
            .collect();
        let stage = Stage::new(network, watcher).with_limit(self.timeout.unwrap_or(usual));
        let ready = match (self.client_after, self.hosts.is_empty()) {
            (Some(time), _) => Ready::After(time),
            (None, true) => Ready::Socket,
            (None, false) => Ready::Heard,
        };
        let (host, last) = acts.pop().expect("there is a client or a host");
        let last = last.input(input);
        let servers: Vec<_> = acts
            .iter()
            .map(|(host, launch)| (Act::new(*host, launch), ready))
            .collect();
        stage.perform(&servers, Act::new(host, &last), Script::Silence)
    }

    /// The programs and their hosts, in the order in which they start.
    fn programs(&self) -> Vec<(HostName, &Command)> {
        match &self.hosts[..] {
            [] => [
                (HostName::SERVER, &self.server),
                (HostName::CLIENT, &self.client),
            ]
            .into_iter()
            .filter_map(|(host, command)| Some((host, command.as_ref()?)))
            .collect(),
            hosts => hosts
                .iter()
                .map(|host| (host.name, &host.command))
                .collect(),
        }
    }

    /// Where the programs write what their TLS can be decrypted with. Where that cannot be made, it stays as it is.
    fn key_log(&self) -> Option<WatchedKeyLog> {
        let made = (!self.no_keylog).then(WatchedKeyLog::create)?;
        let told = made.inspect_err(|error| {
            tell(&format!(
                "cannot make a file for the keys of TLS: {error}; what the programs say inside it stays encrypted (TMPDIR says in which folder it is made)"
            ));
        });
        told.ok()
    }

    const fn calls(&self) -> Calls {
        if self.no_calls {
            Calls::LeftOut
        } else {
            Calls::Told
        }
    }

    fn input(&self) -> Result<Input, CliError> {
        match &self.client_input {
            None => Ok(Input::Nothing),
            Some(path) if path.as_os_str() == "-" => Ok(Input::Inherited),
            Some(path) => match File::open(path) {
                Ok(file) => Ok(Input::File(Arc::new(file))),
                Err(error) => Err(CliError::Failed(format!(
                    "cannot open {} for the client's input: {error}",
                    path.display().to_string().escape_debug()
                ))),
            },
        }
    }
}

/// Nothing, or as an error which program broke down, by an exception or a signal: one that runs until it is ended by us
/// did not.
fn none_failed(exits: &[Exit]) -> Result<(), CliError> {
    let has_failed = |exit: &&Exit| exit.ending.is_some_and(|ending| !ending.is_success());
    match exits.iter().find(has_failed) {
        Some(exit) => Err(CliError::Failed(exit.to_string())),
        None => Ok(()),
    }
}

fn title(settings: &Settings) -> String {
    let end = |host: &HostSettings| format!("{} {}", host.name, host.address(settings.ipv6));
    match settings.hosts.as_slice() {
        [server, client] if server.name == HostName::SERVER => {
            [client, server].map(end).join("  ──────  ")
        }
        hosts => hosts.iter().map(end).collect::<Vec<_>>().join("  ·  "),
    }
}

/// To whom a broadcast goes.
const EVERYONE: &str = "all";

/// Two hosts have a side each; of more, each frame names two.
fn lanes(hosts: &[HostSettings]) -> Lanes {
    if let [server, _] = hosts
        && server.name == HostName::SERVER
    {
        return Lanes::Two(by_port_of_the_cable);
    }
    let known: Vec<_> = hosts
        .iter()
        .map(|host| (host.name.to_string(), host.mac()))
        .collect();
    let names = known
        .iter()
        .map(|(name, _)| name.as_str())
        .chain([EVERYONE]);
    let cells = names.map(str::len).max().unwrap_or(0);
    let tell = move |decoded: &Decoded<'_>| {
        let port = decoded.frame.interface.unwrap_or(u32::MAX) as usize;
        let from = known.get(port).map_or("?", |(name, _)| name);
        let to = match decoded.frame.bytes.first_chunk::<6>() {
            Some([first, ..]) if first & 1 == 1 => EVERYONE,
            Some(address) => known
                .iter()
                .find(|(_, mac)| mac == address)
                .map_or("?", |(name, _)| name),
            None => "?",
        };
        [from.to_owned(), to.to_owned()]
    };
    Lanes::Many {
        tell: Rc::new(tell),
        cells,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_names_the_addresses_by_which_the_hosts_are_spoken_to() {
        let titles = [false, true].map(|ipv6| {
            title(&Settings {
                ipv6,
                ..Settings::default()
            })
        });
        assert_eq!(
            titles,
            [
                "client 192.168.1.7  ──────  server 192.168.1.6",
                "client fd00::7  ──────  server fd00::6",
            ]
        );
    }
}
