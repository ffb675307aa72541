//! Where a message ends in a stream of bytes, which knows none.

/// What the first bytes of a message tell of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// It has so many bytes, all of which are there; at least one.
    Whole(usize),
    /// Its end is not among them.
    NeedsMore,
    /// It ends where the stream does.
    UntilEnd,
    /// Its end is not looked for any more: all of them are taken for it.
    TooLong,
    /// There is none: so no message of this protocol begins. All of them are something else.
    Foreign,
}

/// What a message answers, as far as that tells where it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answering {
    /// Nothing that is known, or what any message may answer.
    #[default]
    Anything,
    /// A request for no more than the header of an answer.
    HeadRequest,
    /// A request for a tunnel: once it is granted, what follows is no message any more.
    TunnelRequest,
}
