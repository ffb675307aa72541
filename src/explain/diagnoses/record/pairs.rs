//! Which two sockets are the ends of one conversation.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::Socket;
use crate::flow::causes::Place;

/// Tells each socket which one is at the other end; `places` are where they belong.
pub(super) fn pair(sockets: &mut [Socket], places: &[Option<Place>]) {
    let placed = sockets.iter().zip(places);
    let names: Vec<Option<Name>> = placed
        .map(|(socket, place)| Name::of(socket, *place))
        .collect();
    let numbered = names.iter().enumerate();
    let by_name: HashMap<Name, usize> = numbered
        .filter_map(|(index, name)| Some(((*name)?, index)))
        .collect();
    for (index, (socket, name)) in sockets.iter_mut().zip(names).enumerate() {
        let peer = name.and_then(|name| by_name.get(&name.of_peer()).copied());
        socket.peer = peer.filter(|peer| *peer != index);
    }
}

/// What tells a socket from others to who looks for it from the other end.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    /// Its side of its connection.
    Place(Place),
    /// Its own address and that of the other end. A later socket may have the same, so that they only count
    /// where no connection was seen.
    Ends(SocketAddr, SocketAddr),
}

impl Name {
    fn of(socket: &Socket, place: Option<Place>) -> Option<Self> {
        let ends = || Some(Self::Ends(socket.local?, socket.remote?));
        place.map(Self::Place).or_else(ends)
    }

    const fn of_peer(self) -> Self {
        match self {
            Self::Place((connection, role)) => Self::Place((connection, role.other())),
            Self::Ends(local, remote) => Self::Ends(remote, local),
        }
    }
}
