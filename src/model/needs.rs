//! What somebody needs to know of a frame. Nothing else is found out.

/// What a filter, a view or a figure needs of every frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// How deep the frame itself is decoded.
    pub depth: Depth,
    /// What is told of it from the frames before.
    pub past: Past,
}

/// How deep a frame is decoded; each depth holds those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Nothing of what is in it.
    #[default]
    Frame,
    /// Its layers as far as their headers lead, and values at fixed places in them; not what ports lead to.
    Headers,
    /// All its layers, and what is computed from them.
    Walk,
    /// The checksums too.
    Check,
    /// Every field.
    Expand,
}

/// What is told of a frame from those before it; each holds those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Past {
    /// Nothing.
    #[default]
    Nothing,
    /// The time between frames, and what is noteworthy about a segment, as one line tells it.
    Marks,
    /// Everything that is followed.
    Everything,
}

impl Needs {
    /// That there is a frame.
    pub const FRAME: Self = Self::new(Depth::Frame, Past::Nothing);

    /// The headers alone.
    pub const HEADERS: Self = Self::new(Depth::Headers, Past::Nothing);

    /// The layers alone.
    pub const LAYERS: Self = Self::new(Depth::Walk, Past::Nothing);

    /// What one line tells of a frame.
    pub const LINE: Self = Self::new(Depth::Check, Past::Marks);

    /// The checksums, and everything from the frames before.
    pub const STORY: Self = Self::new(Depth::Check, Past::Everything);

    /// All there is.
    pub const EVERYTHING: Self = Self::new(Depth::Expand, Past::Everything);

    /// So much of the frame, and so much of those before it.
    pub const fn new(depth: Depth, past: Past) -> Self {
        Self { depth, past }
    }

    /// What two need together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            past: self.past.max(other.past),
        }
    }
}
