//! How far a dialogue of lines is: what the next bytes of each side are, after what was said before.

use super::{registry, tcp};
use crate::model::bits;
use crate::model::framing::Framing;
use crate::model::layer::LayerView;
use crate::model::protocol::{Protocol, Selector};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Who gives commands.
    Client,
    /// Who answers them.
    Server,
}

impl Speaker {
    /// Who sends to this port: the client, where the port is the protocol's own, in the open or inside TLS.
    pub fn to_port(protocol: &Protocol, port: u16) -> Self {
        let is_own = |parent: &Selector| *parent == Selector::TcpPort(port);
        let is_behind_tls =
            || registry::behind_tls(port).is_some_and(|behind| std::ptr::eq(behind, protocol));
        if protocol.parents.iter().any(is_own) || is_behind_tls() {
            Self::Client
        } else {
            Self::Server
        }
    }

    /// Who speaks in this layer.
    pub fn of(view: &LayerView<'_>) -> Self {
        let is_tcp = |protocol: &Protocol| std::ptr::eq(protocol, &raw const tcp::PROTOCOL);
        let segment = view.around().iter().rfind(|layer| is_tcp(layer.protocol));
        let header = segment.and_then(|segment| view.header_of(segment));
        let port = header.and_then(|header| bits::u16_at(header, 2));
        Self::to_port(view.layer.protocol, port.unwrap_or(0))
    }

    /// The letter that stands before what it says.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Client => "C: ",
            Self::Server => "S: ",
        }
    }
}

/// How a dialogue goes on: what the bytes that somebody says are, after what was said before.
#[derive(Debug)]
pub struct Dialogue {
    /// How long the message is that begins with these bytes, so many of which were looked through before and had
    /// no end.
    pub framing: fn(&[u8], usize, Speaker, &Progress) -> Framing,
    /// Takes note of a message.
    pub hear: fn(&[u8], Speaker, &mut Progress),
}

/// How far a dialogue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What the next bytes are.
    pub step: Step,
    /// The commands that wait for their replies.
    pub waiting: Waiting,
}

impl Progress {
    /// Bytes are missing: which command is answered next, nobody knows.
    pub fn lose(&mut self) {
        self.waiting = Waiting::default();
    }
}

/// What the next bytes of a dialogue are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Commands and replies.
    #[default]
    Lines,
    /// The client wants to send a text: it does, unless the server refuses.
    TextAsked,
    /// The server has refused.
    TextRefused,
    /// A text, until its end.
    Text,
    /// A text of so many bytes more, unless the server refuses.
    Literal(u64),
    /// The server has asked who the client is; what comes is an answer, and no command.
    Challenged,
    /// The client wants to go on with TLS.
    TlsAsked,
    /// They are those of TLS, from here on.
    Tls,
}

/// Commands that wait for their replies, which come in their order: whether the reply to each has a text behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// A bit for each, the first one lowest.
    with_text: u64,
    count: u32,
}

impl Waiting {
    /// One more; of more than 64, the last are not remembered.
    pub const fn ask(&mut self, has_text: bool) {
        if self.count < u64::BITS {
            self.with_text |= (has_text as u64) << self.count;
            self.count += 1;
        }
    }

    /// The first one has its reply.
    pub const fn answer(&mut self) {
        self.with_text >>= 1;
        self.count = self.count.saturating_sub(1);
    }

    /// Whether the next reply has a text behind it.
    pub const fn has_text(&self) -> bool {
        self.with_text & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_come_in_the_order_of_the_commands_and_what_is_too_much_is_forgotten() {
        let mut waiting = Waiting::default();
        waiting.answer();
        waiting.ask(false);
        waiting.ask(true);
        assert!(!waiting.has_text());
        waiting.answer();
        assert!(waiting.has_text());
        waiting.answer();
        assert_eq!(waiting, Waiting::default());
        for _ in 0..100 {
            waiting.ask(true);
        }
        for _ in 0..64 {
            assert!(waiting.has_text());
            waiting.answer();
        }
        assert_eq!(waiting, Waiting::default());
    }
}
