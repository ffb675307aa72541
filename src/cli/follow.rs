//! `netinspect follow`: one conversation as its two sides hold it.

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};

use super::error::CliError;
use super::input::{self, InputArgs};
use super::key_log::KeyLogArgs;
use super::links::NO_FRAMES;
use super::output::{Screen, print, tell, write_bytes};
use super::sieve::tell_given_up;
use crate::capture;
use crate::decode::Decoder;
use crate::flow::endpoints::Role;
use crate::flow::follow::{Ends, Follower, Happening, InsideTls, Transport, Wanted, What};
use crate::flow::reassembly::Reassembly;
use crate::flow::reassembly::stream::Event;
use crate::model::secrets::Secrets;
use crate::render::follow::columns::SideBySide;
use crate::render::follow::hex::Dump;
use crate::render::follow::json::Json;
use crate::render::follow::turns::InTurn;
use crate::render::follow::{Summary, Transcript, list, reason};

/// Follow one conversation: what the client and the server say to each other, and in which frames
#[derive(Args, Debug)]
pub struct FollowArgs {
    #[command(flatten)]
    input: InputArgs,

    /// Which one: the number that tcp.stream or udp.stream has; needless where there is only one
    #[arg(long, value_name = "N", value_parser = super::parse_number, allow_negative_numbers = true)]
    stream: Option<u64>,

    /// TCP connections or UDP dialogues, or what is said inside TLS on a TCP connection, decrypted with a key log; a
    /// number without this is that of a TCP connection
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    protocol: Option<TransportName>,

    /// How to write what is said
    #[arg(
        long = "as",
        short = 'T',
        value_enum,
        default_value_t,
        value_name = "FORM"
    )]
    form: Form,

    /// The client left, the server right, instead of one below the other
    #[arg(long)]
    side_by_side: bool,

    /// Only what this side says
    #[arg(long, value_enum, value_name = "SIDE")]
    from: Option<Side>,

    #[command(flatten)]
    key_log: KeyLogArgs,
}

/// A transport, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TransportName {
    Tcp,
    Udp,
    Tls,
}

impl TransportName {
    /// What carries the conversation.
    const fn transport(self) -> Transport {
        match self {
            Self::Tcp | Self::Tls => Transport::Tcp,
            Self::Udp => Transport::Udp,
        }
    }
}

/// A side, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Side {
    Client,
    Server,
}

/// How a conversation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// As text; what is none, and what would steer a terminal, is escaped
    #[default]
    Text,
    /// In hexadecimal and as ASCII
    Hex,
    /// The bytes themselves and nothing else; not to a terminal
    Raw,
    /// One JSON object
    Json,
}

impl FollowArgs {
    /// Follows the conversation, or lists those that there are.
    ///
    /// # Errors
    ///
    /// The capture cannot be read or is damaged (after what came before the damage has been shown), there
    /// is no such conversation, several could be meant, options contradict each other, or the output
    /// cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        self.check()?;
        let secrets = self.key_log.secrets()?;
        let mut source = input::open(self.input.path())?;
        self.key_log.tell(source.as_mut(), &secrets);
        let mut follower = Follower::new(self.wanted());
        let mut writer = Writer::new(&self, secrets, screen);
        let read = writer.follow(source.as_mut(), &mut follower);
        tell_forgotten(&follower);
        if self.stream.is_none() && follower.listed().len() > 1 {
            self.offer(&follower, &writer, screen)?;
        } else if let Some(ends) = follower.found() {
            writer.check_opened(ends.stream)?;
            writer.end(&ends)?;
        } else {
            // A file that cannot be read has no conversation for that reason.
            return Err(if read? {
                self.no_such(&follower)
            } else {
                CliError::Failed(NO_FRAMES.to_owned())
            });
        }
        read.map(|_| ())
    }

    /// Options that would be without effect, or do harm, are mistakes.
    fn check(&self) -> Result<(), CliError> {
        let wrong = |text: &str| Err(CliError::Usage(text.to_owned()));
        if self.side_by_side && self.form != Form::Text {
            return wrong("--side-by-side goes with --as text");
        }
        if self.form == Form::Raw && std::io::stdout().is_terminal() {
            return wrong(
                "raw bytes can steer a terminal: send them to a file or a program (> FILE, | xxd), or read them with --as text",
            );
        }
        Ok(())
    }

    fn wanted(&self) -> Wanted {
        let transport = self.protocol.map(TransportName::transport);
        match self.stream {
            Some(number) => Wanted::Number(transport.unwrap_or(Transport::Tcp), number),
            None => Wanted::First(transport),
        }
    }

    fn no_such(&self, follower: &Follower) -> CliError {
        let protocol = match (self.protocol, self.stream) {
            (None, None) => "",
            (Some(TransportName::Udp), _) => "UDP ",
            _ => "TCP ",
        };
        let other = match self.protocol {
            None if self.stream.is_some() => "; with --protocol udp, dialogues over UDP are meant",
            _ => "",
        };
        CliError::Failed(match (self.stream, follower.listed().len()) {
            (Some(number), most @ 1..) => format!(
                "there is no {protocol}stream {number}: the capture has {most}, counted from 0{other}"
            ),
            _ => format!("the capture has no {protocol}conversation to follow{other}"),
        })
    }

    /// Says which conversations there are, and how to choose one.
    fn offer(&self, follower: &Follower, writer: &Writer, screen: Screen) -> Result<(), CliError> {
        let count = follower.listed().len();
        let more = if follower.is_list_full() {
            " and more"
        } else {
            ""
        };
        let of_udp = match self.protocol {
            None => ", and --protocol udp for one over UDP",
            Some(_) => "",
        };
        let choose = format!("{count}{more} conversations; choose one with --stream N{of_udp}");
        if writer.has_written || matches!(self.form, Form::Raw | Form::Json) {
            return Err(CliError::Usage(format!("the capture has {choose}")));
        }
        let mut out = String::new();
        list::push(follower.listed(), screen.theme, screen.columns, &mut out);
        print(&out)?;
        tell(&choose);
        Ok(())
    }
}

fn tell_forgotten(follower: &Follower) {
    let forgotten = follower.forgotten();
    if forgotten > 0 {
        tell(&format!(
            "{forgotten} conversations were forgotten to keep memory bounded; one that speaks again counts as new"
        ));
    }
}

/// Writes a conversation while it is followed.
struct Writer {
    paper: Paper,
    /// Where only what is said inside TLS is wanted.
    inside: Option<InsideTls>,
    from: Option<Role>,
    summary: Summary,
    has_begun: bool,
    /// Whether it waits with writing until it is sure that no other conversation can be meant.
    waits: bool,
    has_written: bool,
}

/// What is written on.
enum Paper {
    Text(Box<dyn Transcript>, String),
    Bytes(Vec<u8>),
    /// Several conversations could be meant: a list of them is shown, and nothing of the first one.
    None,
}

/// How much is kept before it is written.
const PIECE: usize = 256 * 1024;

/// How much is kept while another conversation may come.
const MOST: usize = 16 << 20;

impl Writer {
    fn new(arguments: &FollowArgs, secrets: Secrets, screen: Screen) -> Self {
        let theme = screen.theme;
        let text = |transcript: Box<dyn Transcript>| Paper::Text(transcript, String::new());
        let paper = match arguments.form {
            Form::Text if arguments.side_by_side => {
                text(Box::new(SideBySide::new(theme, screen.table_columns())))
            }
            Form::Text => text(Box::new(InTurn::new(theme, screen.columns))),
            Form::Hex => text(Box::new(Dump::new(theme, screen.columns))),
            Form::Json => text(Box::<Json>::default()),
            Form::Raw => Paper::Bytes(Vec::new()),
        };
        let is_inside = arguments.protocol == Some(TransportName::Tls);
        Self {
            paper,
            inside: is_inside.then(|| InsideTls::opened_with(secrets)),
            from: arguments.from.map(|side| match side {
                Side::Client => Role::Client,
                Side::Server => Role::Server,
            }),
            summary: Summary::default(),
            has_begun: false,
            waits: arguments.stream.is_none(),
            has_written: false,
        }
    }

    /// Follows the conversation to the end of the capture; whether that has a frame.
    fn follow(
        &mut self,
        source: &mut dyn capture::Source,
        follower: &mut Follower,
    ) -> Result<bool, CliError> {
        let mut decoder = Decoder::new();
        let mut reassembly = Reassembly::default();
        let mut has_frames = false;
        let read = loop {
            match source.next_frame() {
                Ok(Some(frame)) => {
                    has_frames = true;
                    decoder.walk(&frame);
                    reassembly.assemble(&mut decoder, &frame);
                    follower.take(&decoder.walked(&frame), &mut |ends, happening| {
                        self.hear(ends, &happening);
                    });
                    if self.waits && follower.listed().len() > 1 {
                        self.paper = Paper::None;
                    } else {
                        self.write_if_enough()?;
                    }
                }
                Ok(None) => break Ok(has_frames),
                Err(damage) => break Err(damage.into()),
            }
        };
        follower.finish(&mut |ends, happening| self.hear(ends, &happening));
        tell_given_up(reassembly.given_up());
        read
    }

    fn hear(&mut self, ends: &Ends, happening: &Happening<'_>) {
        match self.inside.take() {
            Some(mut inside) => {
                inside.take(happening, &mut |happening| {
                    self.write_down(ends, &happening);
                });
                self.inside = Some(inside);
            }
            None => self.write_down(ends, happening),
        }
    }

    /// Nothing that can be read is no answer, where that was asked for.
    fn check_opened(&self, stream: u64) -> Result<(), CliError> {
        match &self.inside {
            Some(inside) if !inside.has_opened() => Err(CliError::Failed(format!(
                "nothing that was said inside TLS on TCP stream {stream} could be decrypted: that takes its secrets, in the capture or in a file (--keylog FILE), and the connection from its beginning"
            ))),
            _ => Ok(()),
        }
    }

    fn write_down(&mut self, ends: &Ends, happening: &Happening<'_>) {
        self.summary.count(happening);
        let is_new = !std::mem::replace(&mut self.has_begun, true);
        let is_left_out = self.from.is_some_and(|side| side != happening.by);
        match &mut self.paper {
            Paper::Text(transcript, out) => {
                if is_new {
                    transcript.begin(ends, out);
                }
                if !is_left_out {
                    transcript.happening(happening, &self.summary, out);
                }
            }
            Paper::Bytes(out) => {
                if let (What::Speaks(Event::Bytes { bytes, .. }), false) =
                    (happening.what, is_left_out)
                {
                    out.extend_from_slice(bytes);
                }
            }
            Paper::None => {}
        }
    }

    fn write_if_enough(&mut self) -> Result<(), CliError> {
        let kept = if self.waits { MOST } else { PIECE };
        let length = match &self.paper {
            Paper::Text(_, text) => text.len(),
            Paper::Bytes(bytes) => bytes.len(),
            Paper::None => 0,
        };
        if length > kept {
            self.waits = false;
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), CliError> {
        self.has_written = true;
        match &mut self.paper {
            Paper::Text(_, text) => write_bytes(std::mem::take(text).as_bytes()),
            Paper::Bytes(bytes) => write_bytes(&std::mem::take(bytes)),
            Paper::None => Ok(()),
        }
    }

    fn end(mut self, ends: &Ends) -> Result<(), CliError> {
        match &mut self.paper {
            Paper::Text(transcript, text) => {
                // Of a conversation in which nothing happened, nothing has begun it.
                if !self.has_begun {
                    transcript.begin(ends, text);
                }
                transcript.end(ends, &self.summary, text);
            }
            Paper::None => {}
            // Bytes alone cannot say what is missing between them.
            Paper::Bytes(_) => {
                for role in [Role::Client, Role::Server] {
                    let side = self.summary.of(role);
                    let is_told = self.from.is_none_or(|from| from == role);
                    if let (Some(why), true) = (side.why_missing, is_told) {
                        let (bytes, are) = match side.missing {
                            1 => ("byte", "is"),
                            _ => ("bytes", "are"),
                        };
                        tell(&format!(
                            "{} {bytes} of what the {} says {are} missing: {}",
                            side.missing,
                            role.name(),
                            reason(why)
                        ));
                    }
                }
            }
        }
        self.write()
    }
}
