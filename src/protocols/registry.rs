//! The list of all protocols, and how one is found from what the layer around it announces.

use super::line_dialogue::Dialogue;
use crate::model::protocol::{Key, Measure, Next, Protocol, Room};

/// Every protocol, from the link upwards.
pub static ALL: &[&Protocol] = &[
    &super::frame::PROTOCOL,
    &super::ethernet::PROTOCOL,
    &super::vlan::PROTOCOL,
    &super::ieee8021ad::PROTOCOL,
    &super::llc::PROTOCOL,
    &super::stp::PROTOCOL,
    &super::null::PROTOCOL,
    &super::raw::PROTOCOL,
    &super::sll::PROTOCOL,
    &super::arp::PROTOCOL,
    &super::ipv4::PROTOCOL,
    &super::ipv6::PROTOCOL,
    &super::ipv6_hop_by_hop::PROTOCOL,
    &super::ipv6_destination::PROTOCOL,
    &super::ipv6_routing::PROTOCOL,
    &super::ipv6_fragment::PROTOCOL,
    &super::ah::PROTOCOL,
    &super::esp::PROTOCOL,
    &super::igmp::PROTOCOL,
    &super::icmp::PROTOCOL,
    &super::icmpv6::PROTOCOL,
    &super::tcp::PROTOCOL,
    &super::piece::PROTOCOL,
    &super::piece::OF_RECORD,
    &super::udp::PROTOCOL,
    &super::quic::PROTOCOL,
    &super::quic_opened::PROTOCOL,
    &super::chat::PROTOCOL,
    &super::http::PROTOCOL,
    &super::http2::PROTOCOL,
    &super::http2_header_list::PROTOCOL,
    &super::websocket::PROTOCOL,
    &super::websocket_message::PROTOCOL,
    &super::dns_over_tcp::PROTOCOL,
    &super::dns::PROTOCOL,
    &super::mdns::PROTOCOL,
    &super::dhcp::PROTOCOL,
    &super::ntp::PROTOCOL,
    &super::tftp::PROTOCOL,
    &super::tls::PROTOCOL,
    &super::tls_opened::PROTOCOL,
    &super::smtp::PROTOCOL,
    &super::pop::PROTOCOL,
    &super::imap::PROTOCOL,
    &super::ftp::PROTOCOL,
    &super::data::PROTOCOL,
];

/// A protocol that was found, and how it is measured: what every header is asked first is found with it, where a
/// processor would wait for the one to look for the other.
#[derive(Clone, Copy, Debug)]
pub struct Announced {
    /// The protocol.
    pub protocol: &'static Protocol,
    /// Its own [`Protocol::measure`].
    pub measure: Option<fn(&[u8], &mut Room) -> Measure>,
}

impl Announced {
    /// This protocol.
    pub const fn of(protocol: &'static Protocol) -> Self {
        Self {
            protocol,
            measure: protocol.measure,
        }
    }
}

/// The protocol that claims the selector of this key.
#[inline]
pub fn find(key: Key) -> Option<Announced> {
    let claim = &CLAIMS.places[CLAIMS.place_of(key)];
    (claim.key == key).then_some(claim.announced)
}

/// The protocol that a layer's header announces; that of bytes which nobody decodes where nobody claims what
/// is announced.
#[inline]
pub fn announced(next: Next) -> Announced {
    let [first, second] = next.keys();
    if let Some(announced) = find(first) {
        return announced;
    }
    find(second).unwrap_or(Announced::of(&super::data::PROTOCOL))
}

/// Protocols of TCP that are known by how their bytes begin, on whatever port that nobody claims.
static BY_BEGINNING: &[(IsBegunBy, &Protocol)] = &[
    (super::http::is_begun_by, &super::http::PROTOCOL),
    (super::tls_record::is_begun_by, &super::tls::PROTOCOL),
    (super::http2_frame::is_begun_by, &super::http2::PROTOCOL),
];

/// Whether bytes begin a message.
type IsBegunBy = fn(&[u8]) -> bool;

/// The protocol that bytes of a TCP stream begin a message of, where they tell.
pub fn begun_by(bytes: &[u8]) -> Option<&'static Protocol> {
    let mut known = BY_BEGINNING.iter();
    let (_, protocol) = known.find(|(is_begun_by, _)| is_begun_by(bytes))?;
    Some(protocol)
}

/// The protocol of a datagram of UDP that nobody claims by its ports, where it tells how it begins.
#[inline]
pub fn begun_in_datagram_by(bytes: &[u8]) -> Option<&'static Protocol> {
    super::quic_header::is_begun_by(bytes).then_some(&super::quic::PROTOCOL)
}

/// Whether a protocol is known by how its bytes begin.
pub fn is_known_by_beginning(protocol: &Protocol) -> bool {
    BY_BEGINNING
        .iter()
        .any(|(_, known)| std::ptr::eq(*known, protocol))
}

/// Ports of TCP at which a server speaks nothing but TLS, and what is spoken in it, where its bytes do not tell.
static BEHIND_TLS: &[(u16, &Protocol)] = &[
    (465, &super::smtp::PROTOCOL),
    (853, &super::dns_over_tcp::PROTOCOL),
    (990, &super::ftp::PROTOCOL),
    (993, &super::imap::PROTOCOL),
    (995, &super::pop::PROTOCOL),
];

/// What is spoken inside TLS with the server at this port, where the bytes do not tell.
pub fn behind_tls(port: u16) -> Option<&'static Protocol> {
    let mut known = BEHIND_TLS.iter();
    let (_, protocol) = known.find(|(known, _)| *known == port)?;
    Some(protocol)
}

/// What both sides of TLS may agree on by name (ALPN), of what the bytes of one side do not tell.
static BY_AGREEMENT: &[(&[u8], &Protocol)] = &[(b"h2", &super::http2::PROTOCOL)];

/// The protocol that both sides of TLS have agreed on by this name.
pub fn agreed_by(name: &[u8]) -> Option<&'static Protocol> {
    let mut known = BY_AGREEMENT.iter();
    let (_, protocol) = known.find(|(known, _)| *known == name)?;
    Some(protocol)
}

/// Protocols in which what was said before tells what the next bytes are.
static BY_DIALOGUE: &[(&Protocol, &Dialogue)] = &[
    (&super::smtp::PROTOCOL, &super::smtp::DIALOGUE),
    (&super::pop::PROTOCOL, &super::pop::DIALOGUE),
    (&super::imap::PROTOCOL, &super::imap::DIALOGUE),
    (&super::ftp::PROTOCOL, &super::ftp::DIALOGUE),
];

/// How the dialogue of a protocol goes on, where what was said before tells.
pub fn dialogue_of(protocol: &Protocol) -> Option<&'static Dialogue> {
    let mut known = BY_DIALOGUE.iter();
    let (_, dialogue) = known.find(|(known, _)| std::ptr::eq(*known, protocol))?;
    Some(dialogue)
}

/// The protocol with this filter name.
pub fn named(name: &str) -> Option<&'static Protocol> {
    ALL.iter().find(|protocol| protocol.name == name).copied()
}

/// What all protocols claim, each claim in a place of its own: one look tells whether a number is claimed.
/// Along a list, a processor would guess wrong where to stop.
static CLAIMS: Claims = Claims::new();

struct Claims {
    /// What scatters the keys so that no two of them meet; odd.
    multiplier: u32,
    places: [Claim; PLACES],
}

const PLACES: usize = 256;

#[derive(Clone, Copy)]
struct Claim {
    key: Key,
    announced: Announced,
}

const NOBODY: Claim = Claim {
    key: Key::NOBODY,
    announced: Announced::of(&super::data::PROTOCOL),
};

impl Claims {
    const fn new() -> Self {
        let mut claims = Self {
            multiplier: 0x9e37_79b1,
            places: [NOBODY; PLACES],
        };
        while !claims.scatter() {
            claims.multiplier = claims.multiplier.wrapping_add(2);
        }
        claims
    }

    #[inline]
    const fn place_of(&self, key: Key) -> usize {
        (key.number().wrapping_mul(self.multiplier) >> (u32::BITS - PLACES.ilog2())) as usize
    }

    /// Puts every claim into its place; whether no two met.
    const fn scatter(&mut self) -> bool {
        self.places = [NOBODY; PLACES];
        let mut at = 0;
        while at < ALL.len() {
            let parents = ALL[at].parents;
            let mut parent = 0;
            while parent < parents.len() {
                let key = parents[parent].key();
                let place = self.place_of(key);
                if self.places[place].key.number() != NOBODY.key.number() {
                    return false;
                }
                self.places[place] = Claim {
                    key,
                    announced: Announced::of(ALL[at]),
                };
                parent += 1;
            }
            at += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::needs::Needs;
    use crate::model::protocol::Selector;

    #[test]
    fn every_claim_is_found_and_nothing_else() {
        for protocol in ALL {
            for parent in protocol.parents {
                let found = find(parent.key()).unwrap();
                assert!(std::ptr::eq(found.protocol, *protocol), "{parent:?}");
            }
        }
        assert!(find(Selector::TcpPort(6).key()).is_none());
        assert!(find(Selector::EtherType(0).key()).is_none());
    }

    /// Who asks only for headers is not told what ports lead to: so nothing there may be asked for among headers.
    #[test]
    fn what_ports_lead_to_is_not_asked_for_among_headers() {
        let by_port =
            |parent: &Selector| matches!(parent, Selector::TcpPort(_) | Selector::UdpPort(_));
        for protocol in ALL
            .iter()
            .filter(|protocol| protocol.parents.iter().any(by_port))
        {
            assert_ne!(protocol.needs(), Needs::HEADERS, "{}", protocol.name);
        }
    }
}
