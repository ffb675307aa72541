//! `netinspect run-demo`: a lab, a chat in it, and every frame of it, layer by layer.

use std::env;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::acts::{Act, Performance, Ready, Script};
use super::drops::Drops;
use super::error::CliError;
use super::lab_args::{LabArgs, lab_interfaces, lab_names, recorded_interface};
use super::lessons::{self, Lesson, Showing};
use super::output::{Screen, print, tell};
use super::recording::WriteArgs;
use super::sieve::{FilterArgs, Sieve};
use super::stage::Stage;
use super::tally::{Counted, Tally, compare};
use super::typing::Typing;
use super::view::{Format, ViewArgs};
use super::watch::{Calls, Card, Lines, Watch};
use super::watcher::Watcher;
use crate::capture::interfaces;
use crate::decode::Decoder;
use crate::lab::{self, Fault, HostName, HostSettings, Lab, Launch, Network, OnHost, Settings};
use crate::model::bits;
use crate::model::frame::Frame;
use crate::model::layer::Decoded;
use crate::model::reference::OsiLayer;
use crate::privilege::{self, NONE, TO_CAPTURE};
use crate::protocols::chat_wire::PORT;
use crate::render::exchange::{Lanes, Sender};
use crate::render::sequence::Names;
use crate::render::width;

/// Which transports the chat goes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Transports {
    /// A stream of bytes, in order and complete
    #[default]
    Tcp,
    /// Single messages, without a connection
    Udp,
    /// First TCP, then UDP
    Both,
}

/// What is said to whoever types.
const HOW_TO_TYPE: &str = "what you type the client says, a line each; Ctrl-D ends it";

/// How the chat goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Style {
    /// One message each way
    OneShot,
    /// Messages until the client leaves
    #[default]
    Loop,
}

/// Run a chat in a lab of two hosts and show every frame of it, layer by layer
///
/// The lab is made of network namespaces: nothing of it touches the host's own network, and nothing of
/// it stays. It needs root or a kernel that lets ordinary users make namespaces; `netinspect doctor`
/// tells which works here.
#[derive(Args, Debug)]
pub struct RunDemoArgs {
    /// Run a lesson instead of the chat; netinspect lessons lists them
    #[arg(long, value_name = "NAME", value_parser = lessons::named, conflicts_with_all = [
        "transport", "style", "messages", "interactive", "on", "ipv6", "vlan", "mtu", "faults"
    ])]
    lesson: Option<&'static Lesson>,

    /// What carries the chat
    #[arg(long, value_enum, default_value_t)]
    transport: Transports,

    /// How the chat goes
    #[arg(long, value_enum, default_value_t)]
    style: Style,

    /// What the client says; repeat for more messages
    #[arg(
        short,
        long = "message",
        value_name = "TEXT",
        conflicts_with = "interactive"
    )]
    messages: Vec<String>,

    /// Type the messages yourself, and watch the frames as they cross the cable
    #[arg(short, long)]
    interactive: bool,

    /// Tell each system call of the two programs beside the frames that it caused, as run does
    #[arg(long, conflicts_with = "interactive")]
    calls: bool,

    /// Use this interface of the host's own network, such as lo, instead of a lab; capturing there needs root
    #[arg(long, value_name = "IFACE", conflicts_with_all = ["vlan", "mtu", "faults"])]
    on: Option<String>,

    /// Show this frame alone, in depth
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "interactive")]
    frame: Option<u64>,

    /// End the chat when one program keeps the other waiting for so long: 10, 1.5s, 200ms
    #[arg(long, value_name = "TIME", value_parser = super::parse_time, default_value = "10")]
    timeout: Duration,

    #[command(flatten)]
    lab: LabArgs,

    #[command(flatten)]
    write: WriteArgs,

    #[command(flatten)]
    filter: FilterArgs,

    /// How frames are shown.
    #[command(flatten)]
    pub view: ViewArgs,
}

impl RunDemoArgs {
    /// Builds the lab, runs the chat, shows the frames.
    ///
    /// # Errors
    ///
    /// The lab cannot be built here, a program does not do its part, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let Some(sieve) = self.filter.sieve()? else {
            return Ok(());
        };
        self.view.drawing_must_fit()?;
        if let Some(lesson) = self.lesson {
            return lessons::teach(lesson, self.showing(screen, sieve));
        }
        if self.interactive && self.draws_bytes() {
            let text = "--view bytes is drawn from the programs' calls when the chat is over: leave --interactive out";
            return Err(CliError::Usage(text.to_owned()));
        }
        if self.style == Style::OneShot && self.messages.len() > 1 {
            let text = "with --style one-shot the client says one message and ends: leave the other --message out, or --style";
            return Err(CliError::Usage(text.to_owned()));
        }
        if self.calls
            && self
                .view
                .chosen()
                .is_some_and(|format| !format.shows_calls())
        {
            tell(
                "this view has no place for --calls; the story, table, tree, sequence, bytes and JSON have one",
            );
        }
        let mut network = self.network()?;
        let faults = self.lab.faults(&Settings::default().hosts)?;
        let mut watcher = Watcher::new(self.watch(screen, sieve, &faults))?;
        let for_people = self.view.chosen().is_none() && self.frame.is_none();
        let chats = self.chats(network.as_mut(), &mut watcher);
        let compared = match &chats {
            Ok(counted) if for_people && !self.interactive && counted.len() > 1 => {
                let mut out = String::new();
                compare(counted).push(screen.theme, &mut out);
                print(&out)
            }
            _ => Ok(()),
        };
        // Whatever went wrong, what was seen before is shown and written as a whole.
        let report = network.stop_recording();
        if let Some(on) = self.on.as_ref().filter(|_| report.recorded == 0) {
            tell(&format!(
                "nothing of the chat has crossed {}: two programs on one host talk over its loopback, whichever of its addresses they use (--on lo); without --on, each is on a host of its own",
                on.escape_debug()
            ));
        }
        let ended = watcher.end(report, Card::OfFirstMessage);
        chats?;
        compared?;
        match ended? {
            Some(shown) if for_people => print(&self.try_next(shown, screen.table_columns())),
            _ => Ok(()),
        }
    }

    fn showing(&self, screen: Screen, sieve: Sieve) -> Showing<'_> {
        Showing {
            screen,
            sieve,
            view: &self.view,
            frame: self.frame,
            write: &self.write,
            patience: self.timeout,
            calls: self.calls(),
        }
    }

    /// One chat after the other. Where one fails, the next is shown all the same: what stops a connection
    /// need not stop datagrams.
    fn chats(
        &self,
        network: &mut dyn Network,
        watcher: &mut Watcher,
    ) -> Result<Vec<Counted>, CliError> {
        let mut counted = Vec::new();
        let mut failed = None;
        for transport in self.transports() {
            network.begin_anew();
            match self.chat(transport, network, watcher) {
                Ok(chat) => counted.push(chat),
                Err(CliError::Failed(why)) => {
                    let chat = transport.to_uppercase();
                    failed.get_or_insert(format!("the {chat} chat failed: {why}"));
                }
                Err(error) => return Err(error),
            }
        }
        failed.map_or(Ok(counted), |why| Err(CliError::Failed(why)))
    }

    fn chat(
        &self,
        transport: &'static str,
        network: &mut dyn Network,
        watcher: &mut Watcher,
    ) -> Result<Counted, CliError> {
        watcher.begin_exchange(&self.title(transport)?)?;
        if self.interactive {
            tell(HOW_TO_TYPE);
        }
        let [server, client] = self.launches(transport)?;
        for host in [HostName::SERVER, HostName::CLIENT] {
            watcher.judge().program(host, "netinspect");
        }
        let mut tally = Tally::new(watcher)?;
        let stage = Stage::new(network, &mut tally).with_patience(self.timeout);
        let servers = [(Act::server(&server), Ready::FirstLine)];
        let Performance { exits, result } =
            stage.perform(&servers, Act::client(&client), self.script());
        let said = self.lines().iter().map(|line| line.len() as u64).sum();
        let counted = tally.end(transport, said);
        for exit in &exits {
            watcher.note_unusual_exit(exit);
        }
        watcher.end_exchange()?;
        watcher.show_verdict(&result)?;
        result?;
        match exits.last() {
            Some(exit) if !exit.is_success() => Err(CliError::Failed(exit.to_string())),
            _ => Ok(counted),
        }
    }

    fn draws_bytes(&self) -> bool {
        self.view.chosen() == Some(Format::Bytes)
    }

    /// Whether the programs' calls are followed: what each stream's bytes are drawn from.
    fn calls(&self) -> Calls {
        if self.calls || self.draws_bytes() {
            Calls::Told
        } else {
            Calls::LeftOut
        }
    }

    fn watch<'a>(&'a self, screen: Screen, sieve: Sieve, faults: &'a [Fault]) -> Watch<'a> {
        Watch {
            screen,
            sieve,
            view: &self.view,
            frame: self.frame,
            write: &self.write,
            interfaces: match &self.on {
                Some(on) => vec![recorded_interface(on, "an interface of the host itself")],
                None => lab_interfaces(&Settings::default().hosts),
            },
            names: match &self.on {
                Some(_) => Names::new(),
                None => lab_names(&Settings::default().hosts),
            },
            lanes: Lanes::Two(sender),
            lines: if self.interactive {
                Lines::InOrder
            } else {
                Lines::Afterwards
            },
            calls: self.calls(),
            faults,
            key_log: None,
            drops: if self.on.is_some() {
                Drops::Told
            } else {
                Drops::ToldIfAny
            },
        }
    }

    /// The lab, or this host's own network where that was asked for.
    fn network(&self) -> Result<Box<dyn Network>, CliError> {
        let settings = self.lab.settings(Settings::default().hosts)?;
        let network: Box<dyn Network> = match &self.on {
            Some(interface) => {
                privilege::become_caller(TO_CAPTURE).map_err(CliError::Privilege)?;
                Box::new(OnHost::begin(interface, is_of_the_chat)?)
            }
            None => {
                lab::prepare()?;
                Box::new(Lab::build(&settings)?)
            }
        };
        privilege::keep_only(NONE).map_err(CliError::Privilege)?;
        Ok(network)
    }

    fn transports(&self) -> Vec<&'static str> {
        match self.transport {
            Transports::Tcp => vec!["tcp"],
            Transports::Udp => vec!["udp"],
            Transports::Both => vec!["tcp", "udp"],
        }
    }

    const fn style(&self) -> &'static str {
        match self.style {
            Style::OneShot => "one-shot",
            Style::Loop => "loop",
        }
    }

    /// The two programs are this one.
    fn launches(&self, transport: &str) -> Result<[Launch; 2], CliError> {
        let program = own_program()?;
        let address = self.address(&HostSettings::SERVER)?.to_string();
        let options = ["--transport", transport, "--style", self.style()];
        let server = ["server", "--bind", &address].into_iter().chain(options);
        let client = ["client", &address].into_iter().chain(options);
        let launches = [
            Launch::new(&program, server.map(str::to_owned)),
            Launch::new(&program, client.map(str::to_owned)),
        ];
        Ok(launches.map(|launch| self.calls().of(launch)))
    }

    fn script(&self) -> Script {
        if self.interactive {
            return Script::Typed(Typing::begin());
        }
        Script::Lines(self.lines())
    }

    /// What the client says, where nobody types.
    fn lines(&self) -> Vec<String> {
        if !self.messages.is_empty() {
            return self.messages.clone();
        }
        match self.style {
            Style::OneShot => vec!["hello".to_owned()],
            Style::Loop => ["hello", "how are you?", "你好"]
                .map(str::to_owned)
                .to_vec(),
        }
    }

    /// The address of a host of the lab; on the host's own network both are on the one interface.
    fn address(&self, host: &HostSettings) -> Result<IpAddr, CliError> {
        let Some(on) = &self.on else {
            return Ok(host.address(self.lab.ipv6));
        };
        interfaces::address_of(on, self.lab.ipv6).ok_or_else(|| {
            let family = if self.lab.ipv6 { "IPv6" } else { "IPv4" };
            CliError::Failed(format!(
                "the interface {} has no {family} address (see netinspect interfaces)",
                on.escape_debug()
            ))
        })
    }

    fn title(&self, transport: &str) -> Result<String, CliError> {
        Ok(format!(
            "{} chat, {} style    client {}  ──────  server {}",
            transport.to_uppercase(),
            self.style(),
            self.address(&HostSettings::CLIENT)?,
            SocketAddr::new(self.address(&HostSettings::SERVER)?, PORT),
        ))
    }

    /// What to try next, after a card of frame `shown`, on a terminal of this width: not what was just done.
    fn try_next(&self, shown: u64, columns: usize) -> String {
        let ideas = [
            (
                self.interactive,
                "run-demo --interactive",
                "type yourself, watch frames cross",
            ),
            (
                self.calls,
                "run-demo --calls",
                "each call beside its frames",
            ),
            (
                self.transport == Transports::Both,
                "run-demo --transport both",
                "the same chat over TCP and over UDP",
            ),
            (
                false,
                &format!("run-demo --frame {shown} -V"),
                "one frame, every field of it",
            ),
            (
                self.write.is_given(),
                "run-demo --write chat.pcapng",
                "a capture that Wireshark opens too",
            ),
            (false, "models", "the OSI layers beside TCP/IP's"),
        ];
        let mut out = String::from("Try next\n");
        for (_, command, what) in ideas.into_iter().filter(|(is_done, ..)| !is_done) {
            let start = out.len();
            let _ = write!(out, "  netinspect {command:<29} {what}");
            width::wrap(&mut out, start, columns, 4);
            out.push('\n');
        }
        out
    }
}

/// This program's own file.
///
/// # Errors
///
/// The system does not tell.
pub fn own_program() -> Result<PathBuf, CliError> {
    env::current_exe()
        .map_err(|error| CliError::Failed(format!("cannot find this program's own file: {error}")))
}

/// Whether a frame carries the chat: others pass an interface of the host too.
fn is_of_the_chat(frame: &Frame<'_>) -> bool {
    let mut decoder = Decoder::new();
    transport_ports(&decoder.walk(frame)).is_some_and(|ports| ports.contains(&PORT))
}

/// The ports of the outermost transport header, the sender's first. TCP and UDP both begin with them.
fn transport_ports(decoded: &Decoded<'_>) -> Option<[u16; 2]> {
    let (index, _) = decoded
        .layers_on_wire()
        .find(|(_, layer)| layer.protocol.standing.osi == OsiLayer::Transport)?;
    let header = decoded.view(index)?.bytes;
    Some([bits::u16_at(header, 0)?, bits::u16_at(header, 2)?])
}

/// In the lab the port of the cable tells who sent; on the host's own network the chat's port does.
fn sender(decoded: &Decoded<'_>) -> Sender {
    let from_server = match transport_ports(decoded) {
        Some([source, _]) => source == PORT,
        None => decoded.frame.interface == Some(0),
    };
    if from_server {
        Sender::Server
    } else {
        Sender::Client
    }
}
