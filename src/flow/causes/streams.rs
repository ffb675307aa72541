//! Calls on TCP sockets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;

use super::cover::overlap;
use super::segments::Segments;
use super::wire::{Purpose, Seen, Wire};
use super::{Causes, Place};
use crate::flow::endpoints::{Endpoint, Role};
use crate::model::call::{Action, Call, CallError, CallId, Direction, Socket};
use crate::model::frame::Timestamp;
use crate::model::tie::{Bond, Ending, Side, StreamId, Tie, TiedBytes, Unclear};

/// Ties calls on TCP sockets, given in the order in which they were entered.
pub fn tie<'a>(wire: &Wire, calls: impl Iterator<Item = &'a Call>, causes: &mut Causes) {
    let calls: Vec<&Call> = calls.collect();
    let mut streams = Streams {
        segments: Segments::of(wire),
        places: HashMap::new(),
        moved: HashMap::new(),
        last: HashMap::new(),
    };
    for call in &calls {
        streams.tie_call(call, causes);
    }
    streams.tie_ends(&calls, causes);
    causes.places = streams.places;
}

/// What is known of the streams while calls are tied, one after the other.
struct Streams<'a> {
    segments: Segments<'a>,
    /// Which side of which connection a socket is, once that is known.
    places: HashMap<u64, Place>,
    /// How many bytes a socket has sent and received.
    moved: HashMap<(u64, Flow), u64>,
    /// The last call that moved bytes of a socket.
    last: HashMap<(u64, Flow), Option<Timestamp>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Flow {
    Out,
    In,
}

impl Streams<'_> {
    fn tie_call(&mut self, call: &Call, causes: &mut Causes) {
        let Some(socket) = call.socket else { return };
        match &call.action {
            Action::Connect { to } => self.tie_connect(call, socket, *to, causes),
            Action::Accept {
                connection: Some(connection),
            } => {
                if let Some((number, _)) = self.place(connection, call) {
                    self.tie_handshake(call.id, number, causes);
                } else {
                    causes.tell(call.id).unclear = Some(Unclear::NotOnTheCable);
                }
            }
            Action::Send { .. } | Action::SendMany { .. } => {
                self.tie_bytes(call, &socket, Flow::Out, causes);
            }
            Action::Receive { .. } | Action::ReceiveMany { .. } => {
                self.tie_bytes(call, &socket, Flow::In, causes);
            }
            Action::GetOption { .. } => self.tie_error(call, &socket, causes),
            _ => {}
        }
    }

    /// Which connection a socket is an end of, and which end.
    fn place(&mut self, socket: &Socket, call: &Call) -> Option<Place> {
        if let Some(place) = self.places.get(&socket.inode) {
            return Some(*place);
        }
        let [own, peer] = [socket.local?, socket.peer?].map(Endpoint::from);
        let place = self.segments.place(own, peer, call.left())?;
        self.places.insert(socket.inode, place);
        Some(place)
    }

    fn tie_connect(
        &mut self,
        call: &Call,
        socket: Socket,
        to: Option<SocketAddr>,
        causes: &mut Causes,
    ) {
        let Some(to) = to.map(Endpoint::from) else {
            return;
        };
        // One that was refused has lost its address again.
        let own = socket.local.filter(|own| !own.ip().is_unspecified());
        // One that does not wait can return before the SYN is on the cable.
        let went_on = call
            .error()
            .is_some_and(|error| error.name == "EINPROGRESS");
        let until = call.left().filter(|_| !went_on);
        let mut asking = self
            .segments
            .asking(to, call.entered)
            .take_while(|seen| until.is_none_or(|until| seen.time <= until));
        let asked = asking.find(|seen| own.is_none_or(|own| seen.ends.0 == own.into()));
        let Some(asked) = asked else {
            // Where it failed before anything was sent, nothing is unclear.
            if call.returned().is_some() && !self.places.contains_key(&socket.inode) {
                causes.tell(call.id).unclear = Some(Unclear::NotOnTheCable);
            }
            return;
        };
        let number = asked.connection;
        self.places.insert(socket.inode, (number, Role::Client));
        self.tie_handshake(call.id, number, causes);
        let answer = self.answer(number);
        if let (Some(answer), Some(left)) = (answer, call.left())
            && answer <= left
        {
            causes.tell(call.id).waited = Some(answer.since(asked.time));
        }
    }

    /// When the first answer to the SYN came.
    fn answer(&self, number: u64) -> Option<Timestamp> {
        let mut segments = self.segments.of_connection(number);
        let answer = segments.find(|seen| seen.from == Role::Server && seen.arrived)?;
        Some(answer.time)
    }

    /// Ties the frames that open a connection: every SYN, every answer, and what completes it.
    fn tie_handshake(&self, call: CallId, number: u64, causes: &mut Causes) {
        let mut agreed = false;
        for seen in self.segments.of_connection(number) {
            let bond = match (seen.purpose, seen.from) {
                (Purpose::Asks, _) => Bond::Opened,
                (Purpose::Agrees, _) => {
                    agreed = true;
                    Bond::Opened
                }
                (Purpose::BreaksOff, Role::Server) if !agreed => Bond::ToldEnd(Ending::Rst),
                (Purpose::Plain, Role::Client) if agreed => Bond::Opened,
                _ => continue,
            };
            causes.ties.push(Tie {
                call,
                frame: seen.frame,
                bond,
                bytes: None,
            });
            if seen.purpose == Purpose::Plain {
                break;
            }
        }
    }

    fn tie_bytes(&mut self, call: &Call, socket: &Socket, flow: Flow, causes: &mut Causes) {
        self.tie_error(call, socket, causes);
        if call.was_told_the_end() {
            self.tie_told_end(call, socket, Ending::Fin, causes);
        }
        let Some(count) = call.moved().filter(|count| *count > 0) else {
            return;
        };
        let key = (socket.inode, flow);
        let is_peek = matches!(
            call.action,
            Action::Receive { peek: true, .. } | Action::ReceiveMany { peek: true, .. }
        );
        let start = self.moved.get(&key).copied().unwrap_or(0);
        let bytes = start..start.saturating_add(count);
        causes.tell(call.id).bytes = Some(bytes.clone());
        if let Some(unclear) = self.why_unclear(call, key) {
            causes.tell(call.id).unclear = Some(unclear);
        }
        if !is_peek {
            self.moved.insert(key, bytes.end);
            self.last.insert(key, call.left());
        }
        let Some((number, role)) = self.place(socket, call) else {
            causes.tell(call.id).unclear = Some(Unclear::NotOnTheCable);
            return;
        };
        let from = match flow {
            Flow::Out => role,
            Flow::In => role.other(),
        };
        self.tie_portion(call, flow, (number, from), &bytes, causes);
        let stream = StreamId {
            connection: number,
            from: match from {
                Role::Client => Side::Client,
                Role::Server => Side::Server,
            },
        };
        causes.tell(call.id).stream = Some(stream);
    }

    /// Whether the place of a call's bytes in the stream cannot be told by counting.
    fn why_unclear(&self, call: &Call, key: (u64, Flow)) -> Option<Unclear> {
        let before = self.last.get(&key).copied().flatten();
        before
            .is_some_and(|left| left > call.entered)
            .then_some(Unclear::AtTheSameTime)
    }

    fn tie_portion(
        &self,
        call: &Call,
        flow: Flow,
        side: Place,
        bytes: &Range<u64>,
        causes: &mut Causes,
    ) {
        let mut tied = 0;
        for seen in self.segments.carrying(side, bytes) {
            let parts = match flow {
                Flow::Out => std::slice::from_ref(&seen.carries),
                Flow::In if call.left().is_some_and(|left| seen.time > left) => continue,
                Flow::In => &seen.brings,
            };
            for part in parts.iter().filter_map(|part| overlap(part, bytes)) {
                let is_new = seen
                    .first_time
                    .iter()
                    .any(|new| overlap(new, &part).is_some());
                let bond = match flow {
                    Flow::In => Bond::Brought,
                    Flow::Out if is_new => Bond::Carried,
                    Flow::Out => Bond::CarriedAgain,
                };
                if bond != Bond::CarriedAgain {
                    tied += part.end - part.start;
                }
                causes.ties.push(tie_to(call.id, seen, bond, part));
            }
        }
        if tied < bytes.end - bytes.start {
            let told = causes.tell(call.id);
            told.unclear = told.unclear.or(Some(Unclear::NotAllOnTheCable));
        }
    }

    /// Ties a call that failed, or that asked what had failed, to the frame behind it.
    fn tie_error(&mut self, call: &Call, socket: &Socket, causes: &mut Causes) {
        let is_reset =
            |error: CallError| matches!(error.name, "ECONNRESET" | "EPIPE" | "ECONNREFUSED");
        if call.error().is_some_and(is_reset) {
            self.tie_told_end(call, socket, Ending::Rst, causes);
        }
    }

    /// Ties a call to the frame that told it of the end.
    fn tie_told_end(&mut self, call: &Call, socket: &Socket, told: Ending, causes: &mut Causes) {
        let Some((number, role)) = self.place(socket, call) else {
            return;
        };
        let until = call.left();
        let mut ending = self.segments.ending((number, role.other()));
        let end = ending.find(|(ending, seen)| {
            *ending == told && seen.arrived && until.is_none_or(|until| seen.time <= until)
        });
        causes.ties.extend(end.map(|(_, seen)| Tie {
            call: call.id,
            frame: seen.frame,
            bond: Bond::ToldEnd(told),
            bytes: None,
        }));
    }

    /// Ties each FIN and RST to the last call of its sender's that closed the socket before.
    fn tie_ends(&mut self, calls: &[&Call], causes: &mut Causes) {
        let mut closings: HashMap<Place, Vec<&Call>> = HashMap::new();
        for call in calls {
            for socket in closed_by(call) {
                if let Some(place) = self.place(&socket, call) {
                    closings.entry(place).or_default().push(call);
                }
            }
        }
        for (place, calls) in closings {
            for (ending, seen) in self.segments.ending(place) {
                let mut before = calls.iter().rev();
                let closing = before.find(|call| call.entered <= seen.time);
                causes.ties.extend(closing.map(|call| Tie {
                    call: call.id,
                    frame: seen.frame,
                    bond: Bond::Ended(ending),
                    bytes: None,
                }));
            }
        }
    }
}

fn tie_to(call: CallId, seen: &Seen, bond: Bond, part: Range<u64>) -> Tie {
    let place = |byte: u64| {
        let into = byte.saturating_sub(seen.carries.start);
        seen.at
            .saturating_add(usize::try_from(into).unwrap_or(usize::MAX))
    };
    Tie {
        call,
        frame: seen.frame,
        bond,
        bytes: Some(TiedBytes {
            frame: place(part.start)..place(part.end),
            stream: part,
        }),
    }
}

/// The sockets for which a call may put a FIN or an RST on the wire.
fn closed_by(call: &Call) -> Vec<Socket> {
    let ends = match &call.action {
        Action::CloseAll { sockets, .. } => {
            return sockets.iter().map(|(_, socket)| *socket).collect();
        }
        Action::Close => true,
        Action::Shutdown { how } => *how != Direction::Receiving && call.returned().is_some(),
        _ => false,
    };
    call.socket.filter(|_| ends).into_iter().collect()
}
