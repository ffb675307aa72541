//! UDP dialogues: UDP knows no connections, but two programs that exchange datagrams mean one.

use etherparse::UdpHeader;

use super::endpoints::{Endpoint, Pair, Role, Way, ends_of};
use super::memory::Memory;
use super::telling::Telling;
use super::turns::Turns;
use crate::model::frame::Timestamp;
use crate::model::layer::{Decoded, Layer};
use crate::protocols::dialogue::OF_UDP;
use crate::protocols::udp;

/// All dialogues of a capture.
#[derive(Debug, Default)]
pub struct Dialogues {
    memory: Memory<Dialogue>,
}

#[derive(Debug)]
struct Dialogue {
    stream: u64,
    first: Timestamp,
    previous: Timestamp,
    client: Way,
    turns: Turns,
}

/// A datagram and its dialogue.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Index of its layer in the frame.
    pub layer: usize,
    /// Who sent it.
    pub sender: Endpoint,
    /// To whom.
    pub receiver: Endpoint,
    /// The number of its dialogue.
    pub stream: u64,
    /// The part that the sender plays: who spoke first is the client.
    pub role: Role,
}

impl Dialogues {
    /// What is known of a frame's datagram from those before it.
    pub fn follow(&mut self, decoded: &Decoded<'_>, telling: &mut Telling<'_>) -> Option<Placed> {
        let (index, sender, receiver) = datagram(decoded)?;
        let time = decoded.frame.time;
        let (pair, way) = Pair::of(sender, receiver);
        let found = self.memory.of(&pair, |stream| Dialogue {
            stream,
            first: time,
            previous: time,
            client: way,
            turns: Turns::default(),
        });
        let dialogue = found.conversation;
        telling.of_layer(index);
        telling.number(&udp::STREAM, dialogue.stream);
        // What an ICMP error quotes is not sent now.
        if decoded.layers.get(index).is_some_and(Layer::is_quoted) {
            return None;
        }
        let previous = std::mem::replace(&mut dialogue.previous, time);
        telling.duration(&udp::SINCE_FIRST, time.since(dialogue.first));
        telling.duration(&udp::SINCE_PREVIOUS, time.since(previous));
        let role = Role::of(way, dialogue.client);
        dialogue.turns.speaks(role);
        dialogue.turns.tell(role, &OF_UDP, telling);
        Some(Placed {
            layer: index,
            sender,
            receiver,
            stream: dialogue.stream,
            role,
        })
    }

    /// How many dialogues were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.memory.forgotten()
    }
}

/// The innermost datagram of a frame, and between whom it goes; `None` where not all of its header is there.
pub(super) fn datagram(decoded: &Decoded<'_>) -> Option<(usize, Endpoint, Endpoint)> {
    let index = decoded
        .layers
        .iter()
        .rposition(|layer| std::ptr::eq(layer.protocol, &raw const udp::PROTOCOL))?;
    let header = decoded.header_of(decoded.layers.get(index)?)?;
    header.first_chunk::<{ UdpHeader::LEN }>()?;
    let (sender, receiver) = ends_of(decoded, index)?;
    Some((index, sender, receiver))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Decoder;
    use crate::decode::testing::{frame_of, in_ipv4};
    use crate::model::frame::LinkType;

    #[test]
    fn a_datagram_whose_header_is_cut_begins_no_dialogue() {
        let packet = in_ipv4(17, &[0, 5, 0, 7, 0, 10, 0, 0, b'h', b'i']);
        let is_one = |captured: usize| {
            let frame = frame_of(LinkType::IPV4, &packet[..captured], packet.len());
            datagram(&Decoder::new().walk(&frame)).is_some()
        };
        assert_eq!([24, 27, 28].map(is_one), [false, false, true]);
    }
}
