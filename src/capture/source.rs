//! What all places that frames come from have in common.

use super::error::CaptureError;
use crate::model::frame::{Frame, LinkType};
use crate::model::secrets::Secrets;

/// A place that frames come from, one after the other.
pub trait Source {
    /// Lends the next frame; `None` at the end.
    ///
    /// # Errors
    ///
    /// What is wrong, after every frame before it has been lent. Then nothing more comes.
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError>;

    /// Has the secrets of TLS connections taken down here that the capture tells, each before the frames behind it.
    fn tell_secrets(&mut self, _: Secrets) {}

    /// The interfaces that the capture has named so far; a frame's `interface` is an index into them.
    fn interfaces(&self) -> &[Interface];
}

/// An interface of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its frames begin with.
    pub link_type: LinkType,
    /// Its name on the capturing host, where the capture says: foreign text.
    pub name: Option<String>,
    /// What somebody wrote about it: foreign text.
    pub description: Option<String>,
    /// How many bytes of each frame were kept at most; 0 for no limit.
    pub snap_length: u32,
}

impl Interface {
    /// An interface of which nothing but the link type is known.
    pub const fn of_link(link_type: LinkType) -> Self {
        Self {
            link_type,
            name: None,
            description: None,
            snap_length: 0,
        }
    }
}
