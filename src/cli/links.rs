//! What the frames of a capture begin with, and whether that is known here.

use super::error::CliError;
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

    /// Tells of the first one that is not known.
    ///
    /// # Errors
    ///
    /// There was one.
    pub fn told(self) -> Result<(), CliError> {
        self.unknown.map_or(Ok(()), |link| Err(unknown(link)))
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
