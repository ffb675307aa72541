//! `netinspect explain`: what a layer, a protocol, a field, a term or a diagnosis means, or what a frame's
//! bytes do.

use std::path::Path;

use clap::Args;

use super::error::CliError;
use super::input;
use super::key_log::KeyLogArgs;
use super::links;
use super::output::{Screen, print};
use crate::decode::Decoder;
use crate::explain::topic::Topic;
use crate::flow::Flows;
use crate::model::needs::{Depth, Past};
use crate::protocols::names;
use crate::render::{meaning, topic};

/// Explain a layer, a protocol, a field, a term or a diagnosis; or a frame of a capture, or one byte of it
///
/// Without a topic, it lists what there is.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// What to explain: transport, 4, tcp, tcp.flags.syn, handshake, never-closed, …; diagnoses lists what
    /// programs get wrong; with --frame, the capture
    #[arg(value_name = "TOPIC|FILE", num_args = 1..)]
    topic: Vec<String>,

    /// Explain this frame of the capture FILE
    #[arg(long, value_name = "N", value_parser = super::parse_ordinal, allow_negative_numbers = true)]
    frame: Option<u64>,

    /// Explain the byte at this offset in the frame, counted from 0; 0x for hexadecimal
    #[arg(long, value_name = "OFFSET", requires = "frame", value_parser = parse_offset, allow_negative_numbers = true)]
    byte: Option<usize>,

    #[command(flatten)]
    key_log: KeyLogArgs,
}

impl ExplainArgs {
    /// Explains.
    ///
    /// # Errors
    ///
    /// Nothing has this name, there is no such frame or byte, or the output cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let words = self.topic.join(" ");
        match self.frame {
            Some(number) if words.is_empty() => Err(CliError::Usage(format!(
                "--frame needs the capture, too: netinspect explain FILE --frame {number}"
            ))),
            Some(number) => self.explain_frame(Path::new(&words), number, screen),
            None if words.is_empty() => show(&Topic::Topics, screen),
            None => self.explain_topic(&words, screen),
        }
    }

    fn explain_frame(&self, path: &Path, number: u64, screen: Screen) -> Result<(), CliError> {
        let secrets = self.key_log.secrets()?;
        let mut source = input::open(path)?;
        self.key_log.tell(source.as_mut(), &secrets);
        let mut decoder = Decoder::new();
        let mut flows = Flows::default();
        flows.decrypt_with(secrets);
        let mut frames = 0;
        while let Some(frame) = source.next_frame()? {
            frames = frame.number;
            decoder.walk(&frame);
            let followed = flows.assemble(&mut decoder, &frame, Past::Everything);
            if frame.number != number {
                continue;
            }
            let decoded = decoder.deepen(&frame, Depth::Expand);
            let decoded = decoded.with_followed(followed);
            let page = meaning::Page::new(screen.theme, screen.table_columns());
            let mut out = String::new();
            match self.byte {
                None => page.push_frame(&decoded, &mut out),
                Some(offset) if offset < frame.bytes.len() => {
                    page.push_byte(&decoded, offset, &mut out);
                }
                Some(offset) => {
                    return Err(CliError::Failed(format!(
                        "frame {number} has no byte {offset}: {} bytes were captured, 0 to {}",
                        frame.bytes.len(),
                        frame.bytes.len().saturating_sub(1)
                    )));
                }
            }
            return print(&out);
        }
        Err(CliError::Failed(format!(
            "there is no frame {number} in {}: {}",
            path.display(),
            links::how_many(frames)
        )))
    }

    fn explain_topic(&self, name: &str, screen: Screen) -> Result<(), CliError> {
        let found = Topic::find(name).map_err(|nearest| {
            let file = self.topic.first().filter(|first| Path::new(first).is_file());
            CliError::Usage(match file {
                Some(file) => {
                    let file = file.escape_debug();
                    format!(
                        "{file} is a file: to explain a frame of it, say which, netinspect explain {file} --frame 1; netinspect decode {file} lists them"
                    )
                }
                None => unknown(name, &nearest),
            })
        })?;
        show(&found, screen)
    }
}

/// Nothing has this name; what to try.
fn unknown(name: &str, nearest: &[&str]) -> String {
    let help = match nearest {
        _ if let Some(advice) = names::written_here(name) => advice.to_owned(),
        [] => "topics are layers (transport, 4), protocols (tcp), fields (tcp.flags.syn), terms (handshake) and diagnoses (never-closed); netinspect explain lists them"
            .to_owned(),
        [only] => format!("did you mean {only}?"),
        several => format!("did you mean one of {}?", several.join(", ")),
    };
    format!("nothing is known of \"{}\": {help}", name.escape_debug())
}

fn show(topic: &Topic, screen: Screen) -> Result<(), CliError> {
    let mut out = String::new();
    topic::push_topic(topic, screen.theme, screen.table_columns(), &mut out);
    print(&out)
}

fn parse_offset(text: &str) -> Result<usize, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| "an offset such as 36 or 0x24 is expected".to_owned())
}
