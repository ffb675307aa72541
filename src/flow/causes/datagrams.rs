//! Calls on UDP sockets: each message is one datagram, told from others by its ends, its bytes and its
//! turn. Its length alone would not do, once one was duplicated or lost.

use std::collections::{HashMap, VecDeque};
use std::iter;

use super::Causes;
use super::wire::{Datagram, Wire};
use crate::flow::endpoints::Endpoint;
use crate::model::call::{Action, Call, Message, Socket};
use crate::model::tie::{Bond, Tie, TiedBytes, Unclear};

/// Ties calls on UDP sockets, given in the order in which they were entered.
pub fn tie<'a>(wire: &Wire, calls: impl Iterator<Item = &'a Call>, causes: &mut Causes) {
    let mut left = Left::of(wire);
    for call in calls {
        let Some(socket) = call.socket else { continue };
        if call.moved().is_some() {
            left.tie_call(call, &socket, causes);
        } else if was_refused(call) {
            tie_refusal(wire, call, &socket, causes);
        }
    }
}

/// Whether a call was told that nobody took what had been sent before.
fn was_refused(call: &Call) -> bool {
    call.error()
        .is_some_and(|error| error.name == "ECONNREFUSED")
}

/// Ties a call to the last ICMP error about its socket that came before it failed: the kernel keeps only that.
fn tie_refusal(wire: &Wire, call: &Call, socket: &Socket, causes: &mut Causes) {
    let (Some(peer), Some(left)) = (socket.peer.map(Endpoint::from), call.left()) else {
        return;
    };
    let count = wire.undelivered.partition_point(|one| one.time <= left);
    let mut before = wire.undelivered.iter().take(count).rev();
    let refusal =
        before.find(|one| one.arrived && one.receiver == peer && is_end(socket, &one.sender));
    causes.ties.extend(refusal.map(|refusal| Tie {
        call: call.id,
        frame: refusal.frame,
        bond: Bond::ToldRefusal,
        bytes: None,
    }));
}

/// What of the wire no call has been tied to yet.
struct Left<'a> {
    wire: &'a Wire,
    /// By the port that they come from.
    unsent: HashMap<u16, Queue<'a>>,
    /// By the port that they go to; as often as they came.
    undelivered: HashMap<u16, Queue<'a>>,
}

/// Datagrams in the order of the wire.
type Queue<'a> = VecDeque<&'a Datagram>;

impl<'a> Left<'a> {
    fn of(wire: &'a Wire) -> Self {
        let mut left = Self {
            wire,
            unsent: HashMap::new(),
            undelivered: HashMap::new(),
        };
        for datagram in &wire.datagrams {
            let unsent = left.unsent.entry(datagram.sender.port()).or_default();
            unsent.push_back(datagram);
            let undelivered = left.undelivered.entry(datagram.receiver.port());
            let deliveries = iter::repeat_n(datagram, datagram.deliveries as usize);
            undelivered.or_default().extend(deliveries);
        }
        left
    }

    fn tie_call(&mut self, call: &Call, socket: &Socket, causes: &mut Causes) {
        let mut moved = 0;
        for message in messages(call) {
            let datagram = match call.action {
                Action::Send { .. } | Action::SendMany { .. } => self.sent(call, socket, &message),
                Action::Receive { peek, .. } | Action::ReceiveMany { peek, .. } => {
                    self.received(call, socket, &message, peek)
                }
                _ => return,
            };
            match datagram {
                Some((datagram, bond)) => {
                    tie_message(call, &message, moved, datagram, bond, causes);
                }
                None => causes.tell(call.id).unclear = Some(self.why_untied(socket)),
            }
            moved += message.length;
        }
    }

    /// The datagram of a message that was sent.
    fn sent(
        &mut self,
        call: &Call,
        socket: &Socket,
        message: &Message,
    ) -> Option<(&'a Datagram, Bond)> {
        let to = Endpoint::from(message.address.or(socket.peer)?);
        let unsent = self.unsent.get_mut(&socket.local?.port())?;
        let place = unsent.iter().position(|one| {
            is_end(socket, &one.sender)
                && to == one.receiver
                && one.first >= call.entered
                && one.length == message.length
                && same_head(&message.data, one)
        })?;
        Some((unsent.remove(place)?, Bond::Carried))
    }

    /// The datagram of a message that was received.
    fn received(
        &mut self,
        call: &Call,
        socket: &Socket,
        message: &Message,
        peek: bool,
    ) -> Option<(&'a Datagram, Bond)> {
        let from = message.address.or(socket.peer).map(Endpoint::from);
        let undelivered = self.undelivered.get_mut(&socket.local?.port())?;
        let place = undelivered.iter().position(|one| {
            is_end(socket, &one.receiver)
                && from.is_none_or(|from| from == one.sender)
                && call.left().is_none_or(|left| one.last <= left)
                && (one.length == message.length || message.length == message.room)
                && same_head(&message.data, one)
        })?;
        let datagram = if peek {
            undelivered.get(place).copied()
        } else {
            undelivered.remove(place)
        };
        Some((datagram?, Bond::Brought))
    }

    /// Why a message is tied to none: perhaps its datagram went in fragments.
    fn why_untied(&self, socket: &Socket) -> Unclear {
        let mut fragmented = self.wire.fragmented.values();
        if fragmented.any(|(sender, receiver)| is_end(socket, sender) || is_end(socket, receiver)) {
            Unclear::InFragments
        } else {
            Unclear::NotOnTheCable
        }
    }
}

/// The messages that a call moved.
fn messages(call: &Call) -> Vec<Message> {
    let (address, room, data) = match &call.action {
        Action::Send { asked, to, data } => (*to, *asked, data),
        Action::Receive {
            room, from, data, ..
        } => (*from, *room, data),
        _ => return call.messages().cloned().collect(),
    };
    vec![Message {
        address,
        room,
        length: call.moved().unwrap_or(0),
        data: data.clone(),
    }]
}

/// Ties a call to each frame that a message of its went in; `before` it, the call moved so many bytes.
fn tie_message(
    call: &Call,
    message: &Message,
    before: u64,
    datagram: &Datagram,
    bond: Bond,
    causes: &mut Causes,
) {
    for piece in &datagram.pieces {
        let moved = message.length.saturating_sub(piece.offset);
        let length =
            usize::try_from(moved).map_or(piece.at.len(), |moved| moved.min(piece.at.len()));
        let start = before + piece.offset.min(message.length);
        causes.ties.push(Tie {
            call: call.id,
            frame: piece.frame,
            bond,
            bytes: Some(TiedBytes {
                stream: start..start + length as u64,
                frame: piece.at.start..piece.at.start + length,
            }),
        });
    }
}

/// Whether a datagram's end is this socket: one that is bound to no address in particular has only a port.
fn is_end(socket: &Socket, end: &Endpoint) -> bool {
    socket.local.is_some_and(|local| {
        local.port() == end.port() && (local.ip().is_unspecified() || Endpoint::from(local) == *end)
    })
}

/// Whether a call's bytes begin as the datagram's do, as far as both are known.
fn same_head(data: &[u8], datagram: &Datagram) -> bool {
    data.iter()
        .zip(&datagram.head)
        .all(|(one, other)| one == other)
}
