//! What the frames of a capture begin with, whether that is known here, and whether there are any.

use super::error::CliError;
use super::output::tell;
use crate::model::frame::LinkType;
use crate::model::protocol::Selector;
use crate::protocols::registry;

/// The link types of the frames that were read.
#[derive(Debug, Default)]
pub struct Links {
    /// The last one that is known; mostly all frames have it.
    known: Option<LinkType>,
    /// The first one that is not.
    unknown: Option<LinkType>,
}

impl Links {
    /// Notes that of a frame.
    #[inline]
    pub fn note(&mut self, link: LinkType) {
        if self.known != Some(link) {
            self.look_up(link);
        }
    }

    fn look_up(&mut self, link: LinkType) {
        if registry::find(Selector::Link(link).key()).is_some() {
            self.known = Some(link);
        } else {
            self.unknown.get_or_insert(link);
        }
    }

    /// Tells of the first one that is not known, and says that there was no frame where there was none.
    ///
    /// # Errors
    ///
    /// There was one that is not known.
    pub fn told(self) -> Result<(), CliError> {
        match self {
            Self {
                unknown: Some(link),
                ..
            } => Err(unknown(link)),
            Self { known: None, .. } => {
                tell(NO_FRAMES);
                Ok(())
            }
            Self { known: Some(_), .. } => Ok(()),
        }
    }
}

/// What is said of a capture that has a header and nothing more.
pub const NO_FRAMES: &str = "the capture has no frames, only its header: nothing has crossed the interface, the capture filter has let nothing pass, or the capturing program still holds back what it has seen (tcpdump -U does not)";

/// Behind "there is no such frame": how many there are.
pub fn how_many(frames: u64) -> String {
    match frames {
        0 => NO_FRAMES.to_owned(),
        1 => "it has 1 frame".to_owned(),
        frames => format!("it has {frames} frames"),
    }
}

/// What their frames begin with is not known: they have been shown as bytes.
fn unknown(link: LinkType) -> CliError {
    let known: Vec<String> = registry::ALL
        .iter()
        .flat_map(|protocol| protocol.parents)
        .filter_map(|parent| match parent {
            Selector::Link(known) => known.name().map(|name| format!("{} {name}", known.0)),
            _ => None,
        })
        .collect();
    CliError::Failed(format!(
        "frames of link type {} are shown as bytes: netinspect does not know what they begin with (it knows {}; all are listed at https://www.tcpdump.org/linktypes.html)",
        link.0,
        known.join(", ")
    ))
}
