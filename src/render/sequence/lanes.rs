//! Who stands where: a lane for each host, in the order in which they take part.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::explain::ends::{Ends, Target};
use crate::explain::step::Step;
use crate::flow::endpoints::{Endpoint, Role};
use crate::flow::statistics::peers::Peer;

/// Names of hosts by their addresses, where somebody knows them.
pub type Names = Vec<(IpAddr, String)>;

/// The lanes of a drawing.
#[derive(Debug, Default)]
pub struct Lanes {
    all: Vec<Lane>,
    /// Of each host whose programs' calls are known: its name, and the lanes of program and kernel.
    programs: Vec<(Arc<str>, [usize; 2])>,
    places: HashMap<Peer, usize>,
    cards: HashMap<[u8; 6], Card>,
}

/// One lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// The host's name, or the part that it plays; empty where nobody knows either.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What stands there.
    pub part: Part,
}

/// What stands in a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// A host as the wire knows it: its kernel, where its programs have lanes of their own.
    #[default]
    Host,
    /// The programs of the host beside it.
    Program,
}

/// Where an arrow goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To this lane.
    Lane(usize),
    /// To all others.
    All,
}

/// Which host a network card belongs to: that whose address it uses, unless it uses several, as a router's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    Of(Peer),
    OfSeveral,
}

impl Lanes {
    /// The lanes of these steps, at most `limit` of them (at least 2): further hosts share the last one.
    /// The programs of these hosts get lanes of their own, on the outer side of the first host and on the right
    /// of all others.
    pub fn of(steps: &[&Step], names: &Names, limit: usize, callers: &[Arc<str>]) -> Self {
        let mut lanes = Self::default();
        for ends in steps.iter().filter_map(|step| step.ends) {
            lanes.learn_card(&ends);
        }
        for step in steps {
            lanes.take_in(step);
        }
        if lanes.all.len() == 1 {
            lanes.all.push(Lane {
                address: "everyone".to_owned(),
                ..Lane::default()
            });
        }
        lanes.name(steps, names);
        lanes.share_last(limit.max(2));
        lanes.make_room_for_programs(callers);
        lanes
    }

    fn make_room_for_programs(&mut self, callers: &[Arc<str>]) {
        for caller in callers {
            if !self.all.iter().any(|lane| *lane.name == **caller) {
                self.all.push(Lane {
                    name: caller.as_ref().to_owned(),
                    ..Lane::default()
                });
            }
        }
        let hosts = std::mem::take(&mut self.all);
        let mut moved = Vec::with_capacity(hosts.len());
        for (index, host) in hosts.into_iter().enumerate() {
            let caller = callers.iter().find(|caller| ***caller == *host.name);
            let program = caller.map(|_| Lane {
                part: Part::Program,
                ..Lane::default()
            });
            let [before, after] = if index == 0 {
                [program, None]
            } else {
                [None, program]
            };
            let is_right = after.is_some();
            self.all.extend(before);
            let kernel = self.all.len();
            moved.push(kernel);
            self.all.push(host);
            self.all.extend(after);
            if let Some(caller) = caller {
                let program = if is_right { kernel + 1 } else { kernel - 1 };
                self.programs.push((Arc::clone(caller), [program, kernel]));
            }
        }
        for place in self.places.values_mut() {
            *place = moved.get(*place).copied().unwrap_or(*place);
        }
    }

    /// The lanes of the programs of a host and of its kernel.
    pub fn program_and_kernel(&self, host: &str) -> Option<[usize; 2]> {
        let found = self.programs.iter().find(|(of, _)| **of == *host);
        found.map(|(_, lanes)| *lanes)
    }

    fn learn_card(&mut self, ends: &Ends) {
        let (Some(card), Peer::Host(_)) = (ends.card, ends.from) else {
            return;
        };
        let known = self.cards.entry(card).or_insert(Card::Of(ends.from));
        if *known != Card::Of(ends.from) {
            *known = Card::OfSeveral;
        }
    }

    /// The host behind a card's address.
    fn host(&self, peer: Peer) -> Peer {
        match peer {
            Peer::Mac(card) => match self.cards.get(&card) {
                Some(Card::Of(host)) => *host,
                _ => peer,
            },
            _ => peer,
        }
    }

    /// Who opens a connection stands left of whom it opens it to.
    fn take_in(&mut self, step: &Step) {
        let Some(ends) = step.ends else { return };
        let from_server = step
            .connection
            .is_some_and(|place| place.sender == Role::Server);
        if let (true, Target::Peer(client)) = (from_server, ends.to) {
            self.take_place(client);
        }
        self.take_place(ends.from);
        if let Target::Peer(receiver) = ends.to {
            self.take_place(receiver);
        }
    }

    fn take_place(&mut self, peer: Peer) {
        let host = self.host(peer);
        if self.places.contains_key(&host) {
            return;
        }
        self.places.insert(host, self.all.len());
        self.all.push(Lane {
            address: address(&host, None),
            ..Lane::default()
        });
    }

    fn name(&mut self, steps: &[&Step], names: &Names) {
        let ports = only_ports(steps);
        let roles = self.roles(steps);
        for (peer, place) in &self.places {
            let Some(lane) = self.all.get_mut(*place) else {
                continue;
            };
            let port = ports
                .iter()
                .find(|(of, _)| of == peer)
                .map(|(_, port)| *port);
            lane.address = address(peer, port);
            let known = names
                .iter()
                .find(|(of, _)| Some(*of) == ip_address(peer))
                .map(|(_, name)| name.as_str());
            let role = roles.get(place).copied().flatten().map(Role::name);
            known
                .or(role)
                .unwrap_or_default()
                .clone_into(&mut lane.name);
        }
    }

    /// The part that each host plays in its connections, where it is the same in all of them.
    fn roles(&self, steps: &[&Step]) -> HashMap<usize, Option<Role>> {
        let mut roles: HashMap<usize, Option<Role>> = HashMap::new();
        for step in steps {
            let (Some(ends), Some(place)) = (step.ends, step.connection) else {
                continue;
            };
            let Some(lane) = self.place(ends.from) else {
                continue;
            };
            let role = roles.entry(lane).or_insert(Some(place.sender));
            if *role != Some(place.sender) {
                *role = None;
            }
        }
        roles
    }

    fn share_last(&mut self, limit: usize) {
        if self.all.len() <= limit {
            return;
        }
        let rest = self.all.len() - (limit - 1);
        self.all.truncate(limit - 1);
        self.all.push(Lane {
            address: format!("{rest} others"),
            ..Lane::default()
        });
        for place in self.places.values_mut() {
            *place = (*place).min(limit - 1);
        }
    }

    /// All of them, from left to right; where there is any, there are at least two.
    pub fn all(&self) -> &[Lane] {
        &self.all
    }

    /// The first and the last lane that the wire reaches to.
    pub fn edges(&self) -> [usize; 2] {
        let is_host = |lane: &Lane| lane.part == Part::Host;
        let first = self.all.iter().position(is_host).unwrap_or(0);
        [first, self.all.iter().rposition(is_host).unwrap_or(first)]
    }

    /// Whether the lane at this index and the next are the programs and the kernel of one host.
    pub fn are_of_one_host(&self, index: usize) -> bool {
        let is_program = |index: usize| {
            let lane = self.all.get(index);
            lane.is_some_and(|lane| lane.part == Part::Program)
        };
        index == 0 && is_program(0) || is_program(index + 1)
    }

    /// The lane of a host.
    pub fn place(&self, peer: Peer) -> Option<usize> {
        self.places.get(&self.host(peer)).copied()
    }

    /// Where a frame with these ends goes from and to.
    pub fn way(&self, ends: &Ends) -> Option<(usize, Reach)> {
        let from = self.place(ends.from)?;
        let to = match ends.to {
            Target::Peer(peer) => Reach::Lane(self.place(peer)?),
            Target::Everyone => Reach::All,
        };
        Some((from, to))
    }
}

fn ip_address(peer: &Peer) -> Option<IpAddr> {
    match peer {
        Peer::Mac(_) => None,
        Peer::Host(endpoint) | Peer::Socket(endpoint) => Some(Endpoint::address(endpoint)),
    }
}

/// An address as people write it, with a port where one belongs to it.
fn address(peer: &Peer, port: Option<u16>) -> String {
    match (ip_address(peer), port.or_else(|| peer.port())) {
        (Some(address), Some(port)) => SocketAddr::new(address, port).to_string(),
        _ => peer.to_string(),
    }
}

/// The two hosts and their ports, where all that is drawn goes between the same two.
fn only_ports(steps: &[&Step]) -> Vec<(Peer, u16)> {
    let mut found: Vec<(Peer, u16)> = Vec::new();
    for ends in steps.iter().filter_map(|step| step.ends) {
        let (Some([from, to]), Target::Peer(peer)) = (ends.ports, ends.to) else {
            continue;
        };
        for end in [(ends.from, from), (peer, to)] {
            if !found.contains(&end) {
                found.push(end);
            }
        }
        if found.len() > 2 {
            return Vec::new();
        }
    }
    found
}
