//! A connection that nobody accepted, while its server was busy with another one.

use super::scene::{Act, Deed, Outcome, Scene, Socket, Transport};
use super::{Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "not-accepted",
    title: "A client is connected, and the server's program has not accepted it",
    reason: "The kernel opens connections by itself and lets them wait in the queue of the listening \
        socket until the program accepts them. A program that serves one client to the end before it \
        accepts the next one keeps that one waiting: it is connected, can even send, and hears nothing.",
    fix: "Serve each client in a thread or process of its own, or ask by poll, select or epoll which socket \
        has something to do.",
    python: "threading.Thread(target=serve, args=(conn,)).start()",
    c: "if (fork() == 0) { serve(conn); _exit(0); }\nclose(conn);",
    shown: Shown::ByWhatWasNot,
    find,
};

fn find(scene: &Scene) -> Vec<Finding> {
    if !scene.was_cut_short {
        return Vec::new();
    }
    let streams = scene.sockets_of(Transport::Tcp);
    let clients = streams.filter(|socket| socket.peer.is_none() && socket.was_open());
    clients
        .filter_map(|client| find_in(scene, client))
        .collect()
}

fn find_in(scene: &Scene, client: &Socket) -> Option<Finding> {
    let waiting = client.waits_to_receive()?;
    let listener = scene
        .sockets_of(Transport::Tcp)
        .find(|socket| listens_for(socket, client))?;
    let accepts = |act: &Act| act.deed == Deed::Accept && act.outcome == Outcome::Unfinished;
    if listener.acts.iter().any(accepts) || scene.has_ended(listener.program) {
        return None;
    }
    let busy = busy_with(scene, listener);
    let told = if busy.is_some() {
        "The connection is open and waits in the listener's queue. The server's program waits on another \
         connection meanwhile."
    } else {
        "The connection is open and waits in the listener's queue. The server's program does something \
         else meanwhile."
    };
    let opened = client.sent.iter().filter(|segment| segment.delivered);
    Some(
        Finding::in_program(listener.program, told.to_owned())
            .with_calls([waiting.call].into_iter().chain(busy.map(|act| act.call)))
            .with_frames(opened.map(|segment| segment.frame)),
    )
}

fn listens_for(socket: &Socket, client: &Socket) -> bool {
    let port = |address: Option<std::net::SocketAddr>| address.map(|address| address.port());
    let listens = socket.was_served_at(client.acts.last().map(|act| act.began));
    listens && port(socket.local).is_some() && port(socket.local) == port(client.remote)
}

/// The call on another socket that the listener's program was still in.
fn busy_with<'a>(scene: &'a Scene, listener: &Socket) -> Option<&'a Act> {
    let mut own = scene
        .sockets
        .iter()
        .filter(|other| other.program == listener.program);
    own.find_map(Socket::waits_to_receive)
}
