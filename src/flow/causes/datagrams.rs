//! Calls on UDP sockets: each message is one datagram, told from others by its ends, its bytes and its
//! turn. Its length alone would not do, once one was duplicated or lost.

use std::net::SocketAddr;

use super::Causes;
use super::wire::{Datagram, Wire};
use crate::flow::endpoints::Endpoint;
use crate::model::call::{Action, Call, Socket};
use crate::model::tie::{Bond, Tie, TiedBytes, Unclear};

/// Ties calls on UDP sockets, given in the order in which they were entered.
pub fn tie<'a>(wire: &Wire, calls: impl Iterator<Item = &'a Call>, causes: &mut Causes) {
    let mut unsent = vec![true; wire.datagrams.len()];
    let mut undelivered: Vec<u32> = wire.datagrams.iter().map(|one| one.deliveries).collect();
    for call in calls {
        let (Some(socket), Some(count)) = (call.socket, call.moved()) else {
            continue;
        };
        if call.name.ends_with("mmsg") {
            causes.tell(call.id).unclear = Some(Unclear::SeveralMessages);
            continue;
        }
        let datagrams = wire.datagrams.iter().enumerate();
        let (found, bond) = match &call.action {
            Action::Send { to, data, .. } => {
                let to = to.or(socket.peer);
                let found = datagrams
                    .filter(|(index, _)| unsent.get(*index) == Some(&true))
                    .find(|(_, one)| {
                        is_end(&socket, &one.sender)
                            && to.is_some_and(|to| endpoint(to) == one.receiver)
                            && one.time >= call.entered
                            && one.at.len() as u64 == count
                            && same_head(data, one)
                    });
                (found, Bond::Carried)
            }
            Action::Receive {
                from, data, room, ..
            } => {
                let from = from.or(socket.peer);
                let found = datagrams
                    .filter(|(index, _)| undelivered.get(*index).is_some_and(|left| *left > 0))
                    .find(|(_, one)| {
                        is_end(&socket, &one.receiver)
                            && from.is_none_or(|from| endpoint(from) == one.sender)
                            && call.left().is_none_or(|left| one.time <= left)
                            && (one.at.len() as u64 == count || count == *room)
                            && same_head(data, one)
                    });
                (found, Bond::Brought)
            }
            _ => continue,
        };
        let Some((index, datagram)) = found else {
            causes.tell(call.id).unclear = Some(why_untied(wire, &socket));
            continue;
        };
        let is_peek = matches!(call.action, Action::Receive { peek: true, .. });
        match bond {
            Bond::Carried => unsent
                .iter_mut()
                .skip(index)
                .take(1)
                .for_each(|left| *left = false),
            _ if is_peek => {}
            _ => undelivered
                .iter_mut()
                .skip(index)
                .take(1)
                .for_each(|left| *left -= 1),
        }
        let moved =
            usize::try_from(count).map_or(datagram.at.len(), |count| count.min(datagram.at.len()));
        causes.ties.push(Tie {
            call: call.id,
            frame: datagram.frame,
            bond,
            bytes: Some(TiedBytes {
                stream: 0..moved as u64,
                frame: datagram.at.start..datagram.at.start + moved,
            }),
        });
    }
}

/// Why a call is tied to none: perhaps its datagram went in fragments.
fn why_untied(wire: &Wire, socket: &Socket) -> Unclear {
    let mut fragmented = wire.fragmented.iter();
    if fragmented.any(|(sender, receiver)| is_end(socket, sender) || is_end(socket, receiver)) {
        Unclear::InFragments
    } else {
        Unclear::NotOnTheCable
    }
}

/// Whether a datagram's end is this socket: one that is bound to no address in particular has only a port.
fn is_end(socket: &Socket, end: &Endpoint) -> bool {
    socket.local.is_some_and(|local| {
        local.port() == end.port() && (local.ip().is_unspecified() || endpoint(local) == *end)
    })
}

/// Whether a call's bytes begin as the datagram's do, as far as both are known.
fn same_head(data: &[u8], datagram: &Datagram) -> bool {
    data.iter()
        .zip(&datagram.head)
        .all(|(one, other)| one == other)
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::new(address.ip(), address.port())
}
