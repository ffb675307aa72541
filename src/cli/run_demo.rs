//! `netinspect run-demo`: a lab, a chat in it, and every frame of it, layer by layer.

use std::env;
use std::fmt::Write as _;
use std::net::IpAddr;

use clap::{Args, ValueEnum};

use super::error::CliError;
use super::output::{Output, Screen, print};
use super::recording::{Recording, WriteArgs};
use super::stage::{Audience, Script, Stage};
use super::typing::Typing;
use super::view::{Format, Show, ViewArgs};
use crate::capture::{Interface, interfaces};
use crate::decode::Decoder;
use crate::lab::{
    self, Lab, Launch, Line, Network, OnHost, RecordedFrame, Role, Settings, WireReport,
};
use crate::model::bits;
use crate::model::frame::{Frame, LinkType};
use crate::model::layer::Decoded;
use crate::model::reference::OsiLayer;
use crate::protocols::chat_wire::PORT;
use crate::render::exchange::{Exchange, Sender};
use crate::render::theme;

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

    /// Use IPv6 instead of IPv4
    #[arg(short = '6', long)]
    ipv6: bool,

    /// Put the hosts into this IEEE 802.1Q VLAN, 1 to 4094
    #[arg(long, value_name = "ID", value_parser = parse_vlan)]
    vlan: Option<lab::VlanId>,

    /// Use this interface of the host's own network, such as lo, instead of a lab; capturing there needs root
    #[arg(long, value_name = "IFACE", conflicts_with = "vlan")]
    on: Option<String>,

    /// Show this frame alone, in depth
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "interactive")]
    frame: Option<u64>,

    #[command(flatten)]
    write: WriteArgs,

    #[command(flatten)]
    view: ViewArgs,
}

fn parse_vlan(text: &str) -> Result<lab::VlanId, String> {
    text.parse()
        .ok()
        .and_then(lab::VlanId::new)
        .ok_or_else(|| "a VLAN identifier is a number from 1 to 4094".to_owned())
}

impl RunDemoArgs {
    /// Builds the lab, runs the chat, shows the frames.
    ///
    /// # Errors
    ///
    /// The lab cannot be built here, a program does not do its part, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let mut network = self.network()?;
        let mut watcher = Watcher::new(&self, screen)?;
        for transport in self.transports() {
            watcher.begin_chat(&self.title(transport)?)?;
            let [server, client] = self.launches(transport)?;
            Stage::new(network.as_mut(), &mut watcher).perform(&server, &client, self.script())?;
            watcher.end_chat()?;
        }
        let report = network.stop_recording();
        watcher.end(report)
    }

    /// The lab, or this host's own network where that was asked for.
    fn network(&self) -> Result<Box<dyn Network>, CliError> {
        if let Some(interface) = &self.on {
            return Ok(Box::new(OnHost::begin(interface, is_of_the_chat)?));
        }
        lab::prepare()?;
        Ok(Box::new(Lab::build(&Settings {
            ipv6: self.ipv6,
            vlan: self.vlan,
            ..Settings::default()
        })?))
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
        let program = env::current_exe().map_err(|error| {
            CliError::Failed(format!("cannot find this program's own file: {error}"))
        })?;
        let address = self.address(Role::Server)?.to_string();
        let options = ["--transport", transport, "--style", self.style()];
        let server = ["server", "--bind", &address].into_iter().chain(options);
        let client = ["client", &address].into_iter().chain(options);
        Ok([
            Launch::new(&program, server.map(str::to_owned)),
            Launch::new(&program, client.map(str::to_owned)),
        ])
    }

    fn script(&self) -> Script {
        if self.interactive {
            return Script::Typed(Typing::begin());
        }
        let mut lines = self.messages.clone();
        if lines.is_empty() {
            lines = match self.style {
                Style::OneShot => vec!["hello".to_owned()],
                Style::Loop => ["hello", "how are you?", "你好"]
                    .map(str::to_owned)
                    .to_vec(),
            };
        }
        if self.style == Style::OneShot {
            lines.truncate(1);
        }
        Script::Lines(lines)
    }

    /// The address of a host of the lab; on the host's own network both are on the one interface.
    fn address(&self, role: Role) -> Result<IpAddr, CliError> {
        let Some(on) = &self.on else {
            return Ok(if self.ipv6 {
                role.ipv6().into()
            } else {
                role.ipv4().into()
            });
        };
        interfaces::address_of(on, self.ipv6).ok_or_else(|| {
            let family = if self.ipv6 { "IPv6" } else { "IPv4" };
            CliError::Failed(format!(
                "the interface {} has no {family} address (see netinspect interfaces)",
                on.escape_debug()
            ))
        })
    }

    fn title(&self, transport: &str) -> Result<String, CliError> {
        Ok(format!(
            "{} chat, {} style    client {}  ──────  server {} port {PORT}",
            transport.to_uppercase(),
            self.style(),
            self.address(Role::Client)?,
            self.address(Role::Server)?,
        ))
    }

    /// The interfaces of the recording, in the order of their numbers in it.
    fn recorded_interfaces(&self) -> Vec<Interface> {
        let named = |name: String, description: String| Interface {
            name: Some(name),
            description: Some(description),
            ..Interface::of_link(LinkType::ETHERNET)
        };
        match &self.on {
            Some(on) => vec![named(
                on.clone(),
                "an interface of the host itself".to_owned(),
            )],
            None => [Role::Server, Role::Client]
                .map(|role| {
                    let description = format!("the lab's cable, at its end towards the {role}");
                    named(format!("to-{role}"), description)
                })
                .to_vec(),
        }
    }
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

/// Watches the chat: shows frames, writes them, and remembers what to tell at the end.
struct Watcher {
    screen: Screen,
    /// What is shown while it happens: the exchange, or the view that was asked for.
    show: Option<Show>,
    /// The one frame that is wanted, where only one is.
    only: Option<u64>,
    /// Whether people read it: then there are titles, and a card at the end.
    for_people: bool,
    interactive: bool,
    on_host: bool,
    recording: Option<Recording>,
    first_message: Option<RecordedFrame>,
    said: Vec<Line>,
    seen: u64,
}

impl Watcher {
    fn new(arguments: &RunDemoArgs, screen: Screen) -> Result<Self, CliError> {
        let for_people = arguments.view.chosen().is_none() && arguments.frame.is_none();
        let show = if for_people {
            None
        } else {
            let view = arguments.view.build(screen, Format::Layers)?;
            Some(Show::begin(view, Output::at_once()))
        };
        let recording = arguments.write.create(&arguments.recorded_interfaces())?;
        Ok(Self {
            screen,
            show,
            only: arguments.frame,
            for_people,
            interactive: arguments.interactive,
            on_host: arguments.on.is_some(),
            recording,
            first_message: None,
            said: Vec::new(),
            seen: 0,
        })
    }

    fn begin_chat(&mut self, title: &str) -> Result<(), CliError> {
        if self.for_people {
            let mut out = String::new();
            self.screen
                .theme
                .paint_str(&mut out, theme::heading(), title);
            out.push_str("\n\n");
            print(&out)?;
            let exchange = Exchange::new(self.screen.theme, self.screen.table_columns(), sender);
            self.show = Some(Show::begin(Box::new(exchange), Output::at_once()));
        }
        Ok(())
    }

    fn end_chat(&mut self) -> Result<(), CliError> {
        if !self.for_people {
            return Ok(());
        }
        if let Some(show) = self.show.take() {
            show.end()?;
        }
        let mut out = String::from("\n");
        for line in self.said.drain(..) {
            push_line(&line, &mut out);
        }
        out.push('\n');
        print(&out)
    }

    fn end(mut self, report: WireReport) -> Result<(), CliError> {
        if let Some(show) = self.show.take() {
            show.end()?;
        }
        if let Some(recording) = &mut self.recording {
            recording.finish()?;
        }
        if let Some(number) = self.only.filter(|number| *number > self.seen) {
            return Err(CliError::Failed(format!(
                "there is no frame {number}: the chat had {} frames",
                self.seen
            )));
        }
        if report.lost > 0 || self.on_host {
            eprintln!(
                "netinspect: {} frames recorded, {} dropped by the kernel",
                report.recorded, report.lost
            );
        }
        if !self.for_people {
            return Ok(());
        }
        if let Some(frame) = &self.first_message {
            let view = ViewArgs::card(self.screen);
            let mut show = Show::begin(view, Output::at_once());
            show.frame(&frame.frame())?;
            show.end()?;
        }
        print(TRY_NEXT)
    }
}

const TRY_NEXT: &str = "\
Try next
  netinspect run-demo --interactive            type yourself, and see each frame as it crosses the cable
  netinspect run-demo --transport both         the same chat over TCP and over UDP
  netinspect run-demo --frame 6 -V             one frame, every field of it
  netinspect run-demo --write chat.pcapng      keep the frames; Wireshark opens the file too
  netinspect models                            the seven layers of OSI beside the TCP/IP model
";

impl Audience for Watcher {
    fn frame(&mut self, recorded: &RecordedFrame) -> Result<(), CliError> {
        let frame = recorded.frame();
        self.seen = frame.number;
        if let Some(recording) = &mut self.recording {
            recording.frame(&frame)?;
            // Whatever happens to the lab next, this frame is kept.
            recording.finish()?;
        }
        if self.first_message.is_none() && carries_message(recorded) {
            self.first_message = Some(recorded.clone());
        }
        match &mut self.show {
            Some(show) if self.only.is_none_or(|only| only == frame.number) => show.frame(&frame),
            _ => Ok(()),
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), CliError> {
        if self.for_people && self.interactive {
            let mut out = String::new();
            push_line(line, &mut out);
            return print(&out);
        }
        self.said.push(line.clone());
        Ok(())
    }

    fn prompt(&mut self) -> Result<(), CliError> {
        print("send--> ")
    }
}

/// In the lab the port of the cable tells who sent; on the host's own network the chat's port does.
fn sender(decoded: &Decoded<'_>) -> Sender {
    let from_server = match transport_ports(decoded) {
        Some([source, _]) => source == PORT,
        None => decoded.frame.interface == 0,
    };
    if from_server {
        Sender::Server
    } else {
        Sender::Client
    }
}

fn carries_message(recorded: &RecordedFrame) -> bool {
    let mut decoder = Decoder::new();
    decoder
        .walk(&recorded.frame())
        .layers_on_wire()
        .any(|(_, layer)| layer.protocol.standing.osi == OsiLayer::Application)
}

fn push_line(line: &Line, out: &mut String) {
    let _ = write!(out, "{:>7} prints │ ", line.role.name());
    crate::model::text::push_escaped(out, line.text.as_bytes());
    out.push('\n');
}
