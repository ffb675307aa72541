//! Everything that is followed through a capture, behind one door.

use super::answers::{self, Answers};
use super::foresight::Foresight;
use super::questions::{Carrier, Questions};
use super::quic::Quic;
use super::reassembly::Reassembly;
use super::tcp::{Connections, Placed, Segment};
use super::telling::Telling;
use super::times::Times;
use super::udp::Dialogues;
use crate::decode::Decoder;
use crate::model::frame::{Frame, Timestamp};
use crate::model::layer::{Decoded, Followed};
use crate::model::needs::Past;
use crate::model::secrets::Secrets;

/// Follows a capture frame by frame; it must see them all, in their order.
#[derive(Debug, Default)]
pub struct Flows {
    times: Times,
    reassembly: Reassembly,
    foresight: Foresight,
    connections: Connections,
    dialogues: Dialogues,
    answers: Answers,
    questions: Questions,
    quic: Quic,
    followed: Vec<Followed>,
}

impl Flows {
    /// Takes in the frame that was just walked: what it means beside those before it, as much of it as `past`
    /// asks for, which is the same for every frame of a capture. Where it completes a datagram or a message,
    /// the decoder goes on in that.
    #[inline]
    pub fn assemble(
        &mut self,
        decoder: &mut Decoder,
        frame: &Frame<'_>,
        past: Past,
    ) -> &[Followed] {
        self.reassembly.assemble(decoder, frame);
        if past > Past::Nothing {
            self.follow_on(decoder, frame, past);
        }
        &self.followed
    }

    fn follow_on(&mut self, decoder: &mut Decoder, frame: &Frame<'_>, past: Past) {
        let decoded = decoder.walked(frame);
        let segment = segment_of(&decoded, past);
        let placed = self.tell(&decoded, segment.as_ref(), past);
        let mut telling = Telling::new(&mut self.followed, past);
        if let Some(placed) = &placed {
            let answers = &mut self.answers;
            let spoken = self
                .reassembly
                .find_messages(placed, answers, decoder, frame);
            if let Some(spoken) = spoken.filter(|spoken| answers::are_given_in(spoken.protocol)) {
                answers.follow(placed, &spoken, &decoder.walked(frame), &mut telling);
            }
        } else if self.quic.concerns(&decoder.walked(frame)) {
            self.quic.read(decoder, frame, &mut telling);
        }
        if past >= Past::Everything {
            let decoded = decoder.walked(frame);
            let later = self.foresight.completed_in(frame.number);
            self.reassembly
                .tell(placed.as_ref(), later, &decoded, &mut telling);
            if let Some(placed) = &placed {
                let carrier = Carrier::Tcp(placed.stream);
                self.questions.follow(carrier, &decoded, &mut telling);
            }
        }
    }

    /// From here on, frames are told which later ones complete them.
    pub fn foresee(&mut self, foresight: Foresight) {
        self.foresight = foresight;
    }

    /// From here on, what these secrets open is decrypted, as far as they are there when it comes.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.quic.decrypt_with(secrets.clone());
        self.reassembly.decrypt_with(secrets);
    }

    /// As [`Flows::assemble`], of a frame that is read for itself: nothing is put together.
    pub fn follow(&mut self, decoded: &Decoded<'_>, past: Past) -> &[Followed] {
        self.tell(decoded, segment_of(decoded, past).as_ref(), past);
        &self.followed
    }

    /// Tells of a frame and its segment what is followed; gives where the segment's connection is.
    #[expect(clippy::inline_always, reason = "every frame comes here")]
    #[inline(always)]
    fn tell<'a>(
        &mut self,
        decoded: &Decoded<'_>,
        segment: Option<&'a Segment>,
        past: Past,
    ) -> Option<Placed<'a>> {
        self.followed.clear();
        let mut telling = Telling::new(&mut self.followed, past);
        let mut placed = None;
        if past >= Past::Marks {
            self.times.follow(decoded.frame.time, &mut telling);
            let connections = &mut self.connections;
            placed = segment.map(|segment| connections.follow(segment, decoded, &mut telling));
        }
        if past >= Past::Everything {
            self.connections.tell_quoted(decoded, &mut telling);
            if let Some(datagram) = self.dialogues.follow(decoded, &mut telling) {
                let carrier = Carrier::Udp(datagram.stream);
                self.questions.follow(carrier, decoded, &mut telling);
            }
        }
        placed
    }

    /// What was told of the last frame.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// The frame of this time is shown: the distance of the next one that is shown counts from it.
    pub const fn is_shown(&mut self, time: Timestamp) {
        self.times.is_shown(time);
    }

    /// How many conversations were forgotten to keep memory bounded.
    pub const fn forgotten(&self) -> u64 {
        self.connections.forgotten() + self.dialogues.forgotten()
    }

    /// How many segments were forgotten before an acknowledgment came, for the same reason.
    pub const fn unacknowledged(&self) -> u64 {
        self.connections.unacknowledged()
    }

    /// How many datagrams and directions of streams were given up half put together, for the same reason.
    pub const fn given_up(&self) -> u64 {
        self.reassembly.given_up()
    }
}

/// The segment of a frame, where connections are followed.
fn segment_of(decoded: &Decoded<'_>, past: Past) -> Option<Segment> {
    (past >= Past::Marks)
        .then(|| Segment::of(decoded))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{frame_of, in_ipv4};
    use crate::model::field::Origin;
    use crate::model::frame::LinkType;

    /// The fields about TCP that are told of each of these packets of IPv4.
    fn told_of(packets: &[&[u8]]) -> Vec<Vec<(&'static str, u64)>> {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        let told = packets.iter().map(|packet| {
            let frame = frame_of(LinkType::IPV4, packet, packet.len());
            let followed = flows.follow(&decoder.walk(&frame), Past::Everything);
            let fields = followed.iter().map(|found| found.field);
            let about_tcp = fields.filter(|field| field.definition.name.starts_with("tcp."));
            about_tcp
                .filter_map(|field| match field.origin {
                    Origin::Derived(number) => Some((field.definition.name, number)),
                    Origin::Bits { .. } | Origin::Comment { .. } => None,
                })
                .collect()
        });
        told.collect()
    }

    #[test]
    fn a_segment_that_an_error_quotes_is_told_its_connection_and_nothing_more() {
        let segment = [
            0x9c, 0x40, 0x30, 0x39, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xfa, 0xf0, 0, 0, 0, 0,
        ];
        let syn = in_ipv4(6, &segment);
        let time_exceeded = [11, 0, 0, 0, 0, 0, 0, 0];
        let error = in_ipv4(1, &[&time_exceeded[..], &syn].concat());
        let told = told_of(&[&error, &syn, &error]);
        assert_eq!(told[0], [], "the connection was not seen yet");
        assert_eq!(told[1][0], ("tcp.stream", 0));
        assert_eq!(told[2], [("tcp.stream", 0)]);
    }
}
