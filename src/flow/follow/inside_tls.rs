//! What two sides say inside TLS: the same conversation, its records opened with the secrets of a key log.

use super::{Happening, What};
use crate::flow::answers::Expected;
use crate::flow::decryption::{Decryption, Heard};
use crate::flow::endpoints::Role;
use crate::flow::reassembly::stream::{Event, Origin};
use crate::model::framing::Framing;
use crate::model::secrets::Secrets;
use crate::protocols::{data, tls_record};

/// One conversation: there is no other whose number it could be.
const STREAM: u64 = 0;

/// Opens what the sides of a conversation say.
#[derive(Debug, Default)]
pub struct InsideTls {
    decryption: Decryption,
    client: Side,
    server: Side,
}

/// What one side says.
#[derive(Debug, Default)]
struct Side {
    /// The bytes of a record that is not whole: never more than the longest has.
    begun: Vec<u8>,
    /// How many bytes of it were opened.
    opened: u64,
}

impl InsideTls {
    /// What these secrets open.
    pub fn opened_with(secrets: Secrets) -> Self {
        let mut inside = Self::default();
        inside.decryption.look_in(secrets);
        inside
    }

    /// Whether anything was opened.
    pub const fn has_opened(&self) -> bool {
        self.client.opened + self.server.opened > 0
    }

    /// Takes what one side does outside; `tell` hears what that is inside.
    pub fn take(&mut self, happening: &Happening<'_>, tell: &mut impl FnMut(Happening<'_>)) {
        let by = happening.by;
        match happening.what {
            What::Speaks(Event::Bytes { bytes, origin, .. }) => self.open(by, bytes, origin, tell),
            What::Speaks(Event::Gap { length, why, .. }) => {
                self.side(by).begun.clear();
                self.decryption.lose(STREAM, by);
                let offset = self.side(by).opened;
                let what = What::Speaks(Event::Gap {
                    offset,
                    length,
                    why,
                });
                tell(Happening { by, what });
            }
            // What comes again, or not at all to the other side, brings no record.
            What::Speaks(_) => {}
            _ => tell(*happening),
        }
    }

    const fn side(&mut self, by: Role) -> &mut Side {
        match by {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn open(
        &mut self,
        by: Role,
        bytes: &[u8],
        origin: Origin,
        tell: &mut impl FnMut(Happening<'_>),
    ) {
        let mut begun = std::mem::take(&mut self.side(by).begun);
        begun.extend_from_slice(bytes);
        let mut rest = begun.as_slice();
        while !rest.is_empty()
            && let Framing::Whole(length) = tls_record::framing(rest)
        {
            let (record, behind) = rest.split_at(length.clamp(1, rest.len()));
            self.open_record(by, record, origin, tell);
            rest = behind;
        }
        self.side(by).begun = rest.to_vec();
    }

    fn open_record(
        &mut self,
        by: Role,
        record: &[u8],
        origin: Origin,
        tell: &mut impl FnMut(Happening<'_>),
    ) {
        let heard = Heard {
            frame: origin.frame,
            expected: Expected::default(),
            // Each record as it is: the messages in them are not told apart.
            inside: Some(&data::PROTOCOL),
        };
        let mut listener = self.decryption.listener(STREAM, by, heard);
        listener.hear(record);
        for opened in listener.into_opened() {
            if opened.is_of_tls() {
                continue;
            }
            let bytes = opened.whole.bytes.as_slice();
            let side = self.side(by);
            let offset = side.opened;
            side.opened += bytes.len() as u64;
            let what = What::Speaks(Event::Bytes {
                offset,
                bytes,
                origin,
            });
            tell(Happening { by, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::reassembly::stream::Missing;
    use crate::model::frame::Timestamp;

    const ORIGIN: Origin = Origin {
        frame: 1,
        time: Timestamp::from_nanoseconds(0),
    };

    /// How many things are told of what the server says so.
    fn told(inside: &mut InsideTls, event: Event<'_>) -> usize {
        let mut count = 0;
        let happening = Happening {
            by: Role::Server,
            what: What::Speaks(event),
        };
        inside.take(&happening, &mut |_| count += 1);
        count
    }

    fn bytes(bytes: &[u8]) -> Event<'_> {
        Event::Bytes {
            offset: 0,
            bytes,
            origin: ORIGIN,
        }
    }

    #[test]
    fn of_what_is_not_opened_nothing_is_told_and_no_more_than_a_record_kept() {
        let mut inside = InsideTls::default();
        let record = [&[23, 3, 3, 0x40, 0][..], &[7; 0x4000]].concat();
        for _ in 0..3 {
            for piece in record.chunks(1000) {
                assert_eq!(told(&mut inside, bytes(piece)), 0);
                assert!(inside.server.begun.len() < record.len());
            }
            assert!(inside.server.begun.is_empty());
        }
        assert_eq!(told(&mut inside, bytes(b"220 ready\r\n")), 0);
        assert!(inside.server.begun.is_empty());
        assert!(!inside.has_opened());
    }

    #[test]
    fn what_is_missing_outside_is_missing_inside_and_what_had_begun_with_it() {
        let mut inside = InsideTls::default();
        assert_eq!(told(&mut inside, bytes(&[23, 3, 3, 0, 20, 7])), 0);
        let gap = Event::Gap {
            offset: 6,
            length: 15,
            why: Missing::NeverCame,
        };
        assert_eq!(told(&mut inside, gap), 1);
        assert!(inside.server.begun.is_empty());
        let again = Event::Again {
            offset: 0,
            length: 6,
            origin: ORIGIN,
        };
        assert_eq!(told(&mut inside, again), 0);
    }
}
