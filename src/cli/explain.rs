//! `netinspect explain`: what a layer, a protocol, a field, a term or a diagnosis means, or what a frame's
//! bytes do.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CliError;
use super::input;
use super::key_log::KeyLogArgs;
use super::links::NO_FRAMES;
use super::output::{Screen, print};
use crate::decode::Decoder;
use crate::explain::topic::Topic;
use crate::flow::Flows;
use crate::model::needs::{Depth, Past};
use crate::protocols::names;
use crate::render::{meaning, topic};

/// Explain a layer, a protocol, a field, a term or a diagnosis; or a frame of a capture, or one byte of it
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// What to explain: transport, 4, tcp, tcp.flags.syn, handshake, never-closed, …; diagnoses lists what
    /// programs get wrong; with --frame, the capture
    #[arg(value_name = "TOPIC|FILE", required = true, num_args = 1..)]
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
            Some(number) => self.explain_frame(Path::new(&words), number, screen),
            None => explain_topic(&words, screen),
        }
    }

    fn explain_frame(&self, path: &Path, number: u64, screen: Screen) -> Result<(), CliError> {
        let secrets = self.key_log.secrets()?;
        let mut source = input::open(path)?;
        self.key_log.tell(source.as_mut(), &secrets);
        let mut decoder = Decoder::new();
        let mut flows = Flows::default();
        flows.decrypt_with(secrets);
        let mut why = NO_FRAMES;
        while let Some(frame) = source.next_frame()? {
            why = "it has fewer frames";
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
            "there is no frame {number} in {}: {why}",
            path.display()
        )))
    }
}

fn explain_topic(name: &str, screen: Screen) -> Result<(), CliError> {
    let found = Topic::find(name).map_err(|nearest| {
        let shown = name.escape_debug();
        let help = match nearest.as_slice() {
            _ if let Some(advice) = names::written_here(name) => advice.to_owned(),
            [] => "topics are layers (transport, 4), protocols (tcp), fields (tcp.flags.syn), terms (handshake) and diagnoses (never-closed)"
                .to_owned(),
            [only] => format!("did you mean {only}?"),
            several => format!("did you mean one of {}?", several.join(", ")),
        };
        let file = if PathBuf::from(name).is_file() {
            "; to explain a frame of that file, add --frame N"
        } else {
            ""
        };
        CliError::Usage(format!("nothing is known of \"{shown}\": {help}{file}"))
    })?;
    let mut out = String::new();
    topic::push_topic(&found, screen.theme, screen.table_columns(), &mut out);
    print(&out)
}

fn parse_offset(text: &str) -> Result<usize, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| "an offset such as 36 or 0x24 is expected".to_owned())
}
