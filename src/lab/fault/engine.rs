//! Tells for each frame, in the order in which the cable has them, what becomes of it.

use std::num::NonZeroU64;
use std::time::Duration;

use super::super::settings::HostName;
use super::super::wire::RecordedFrame;
use super::spec::{Action, Aim, Fault, Harmful, Seed, Which};
use crate::decode::Decoder;
use crate::filter::Filter;
use crate::flow::Flows;
use crate::model::fate::{Fate, Harm};
use crate::model::needs::Needs;
use crate::model::reference::OsiLayer;

/// The faults of a cable, and what they remember.
pub struct Engine {
    faults: Vec<Armed>,
    needs: Needs,
    decoder: Decoder,
    flows: Flows,
    /// The fault that has cut the cable.
    cut: Option<usize>,
}

/// A fault that waits for its frames.
struct Armed {
    fault: Fault,
    filter: Option<Filter>,
    /// How many frames matched.
    count: u64,
    /// What it remembers of each sender.
    senders: Vec<Sender>,
}

/// The frames of one sender.
struct Sender {
    host: Option<HostName>,
    /// How many matched. One's losses do not depend on what the other has sent meanwhile.
    count: u64,
    /// Until when a slow cable carries them, in nanoseconds since 1970.
    busy_until: i64,
}

/// How a frame goes on. A lost one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    pub is_lost: bool,
    /// How much later it is handed over.
    pub delay: Duration,
    pub copies: usize,
    /// The fault that lets the next frame of its sender pass it.
    pub swap: Option<usize>,
}

impl Passage {
    const UNHARMED: Self = Self {
        is_lost: false,
        delay: Duration::ZERO,
        copies: 1,
        swap: None,
    };
}

/// Further frames do not fit behind those that wait for a slow cable.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Engine {
    pub fn new(faults: &[Fault]) -> Self {
        let mut needs = Needs::LAYERS;
        let arm = |fault: &Fault| {
            let condition = fault.action.aim().and_then(|aim| aim.condition.as_deref());
            let filter = condition.map(|text| Filter::new(text).expect("it was understood once"));
            if let Some(filter) = &filter {
                needs = needs.and(filter.needs());
            }
            Armed {
                fault: fault.clone(),
                filter,
                count: 0,
                senders: Vec::new(),
            }
        };
        Self {
            faults: faults.iter().map(arm).collect(),
            needs,
            decoder: Decoder::new(),
            flows: Flows::default(),
            cut: None,
        }
    }

    /// Lets every fault count from the beginning again; a cut cable is whole.
    pub fn arm_anew(&mut self) {
        self.cut = None;
        for armed in &mut self.faults {
            armed.count = 0;
            armed.senders.clear();
        }
    }

    /// What becomes of the next frame. It is noted in the frame's comment, and done to its bytes.
    pub fn judge(&mut self, frame: &mut RecordedFrame) -> Passage {
        if self.faults.is_empty() {
            return Passage::UNHARMED;
        }
        let mut passage = Passage::UNHARMED;
        for index in self.struck(frame) {
            let fate = self.strike(index, frame, &mut passage);
            if passage.is_lost {
                // Whatever else was done to it: this is what became of it.
                frame.comment = None;
            }
            self.note(index, fate, frame);
            if passage.is_lost {
                break;
            }
        }
        passage
    }

    /// Appends what a fault did to a frame's comment.
    pub fn note(&self, index: usize, fate: Option<Fate>, frame: &mut RecordedFrame) {
        let (Some(fate), Some(armed)) = (fate, self.faults.get(index)) else {
            return;
        };
        let harm = Harm {
            fate,
            fault: &armed.fault.text,
        };
        let comment = frame.comment.get_or_insert_default();
        if !comment.is_empty() {
            comment.push('\n');
        }
        comment.push_str(&harm.to_string());
    }

    /// Which faults the frame is for. Each counts all that it matches, whatever the others do to them.
    fn struck(&mut self, recorded: &RecordedFrame) -> Vec<usize> {
        let Self {
            faults,
            needs,
            decoder,
            flows,
            ..
        } = self;
        let frame = recorded.frame();
        decoder.walk(&frame);
        let decoded = decoder.deepen(&frame, needs.depth);
        let decoded = decoded.with_followed(flows.follow(&decoded, needs.past));
        let mut struck = Vec::new();
        for (index, armed) in faults.iter_mut().enumerate() {
            let passes = |filter: &Filter| filter.passes(&decoded);
            if armed.filter.as_ref().is_none_or(passes) && armed.is_for(recorded) {
                struck.push(index);
            }
        }
        flows.is_shown(frame.time);
        if let Some(cut) = self.cut
            && !struck.contains(&cut)
        {
            struck.insert(0, cut);
        }
        struck
    }

    fn strike(
        &mut self,
        index: usize,
        frame: &mut RecordedFrame,
        passage: &mut Passage,
    ) -> Option<Fate> {
        let armed = self.faults.get_mut(index)?;
        match armed.fault.action {
            Action::Rate(rate) => {
                let sent = frame.time.nanoseconds() + nanoseconds(passage.delay);
                let queued = armed.send(rate, frame, sent).saturating_sub(sent);
                let queued = u64::try_from(queued).unwrap_or(0);
                passage.delay += Duration::from_nanos(queued);
                passage.is_lost = Duration::from_nanos(queued) > LONGEST_WAIT;
                Some(if passage.is_lost {
                    Fate::Lost
                } else {
                    Fate::Queued(queued)
                })
            }
            Action::Loss(..) | Action::Mtu(_) => {
                passage.is_lost = true;
                Some(Fate::Lost)
            }
            Action::To(harmful, ..) => self.harm(index, harmful, frame, passage),
        }
    }

    fn harm(
        &mut self,
        index: usize,
        harmful: Harmful,
        frame: &mut RecordedFrame,
        passage: &mut Passage,
    ) -> Option<Fate> {
        match harmful {
            Harmful::Drop => passage.is_lost = true,
            Harmful::Cut => {
                self.cut = Some(index);
                passage.is_lost = true;
            }
            Harmful::Delay(time) => {
                passage.delay += time;
                return Some(Fate::Delayed(u64::try_from(time.as_nanos()).ok()?));
            }
            Harmful::Duplicate => {
                passage.copies += 1;
                return Some(Fate::Duplicated);
            }
            Harmful::Swap => {
                // Whether a frame comes that it can be swapped with is not known yet.
                passage.swap = Some(index);
                return None;
            }
            Harmful::Corrupt(place) => {
                let place = place.unwrap_or(frame.bytes.len().saturating_sub(1));
                let byte = frame.bytes.get_mut(place)?;
                *byte ^= 1;
                return Some(Fate::Corrupted(place));
            }
        }
        Some(Fate::Lost)
    }
}

impl Action {
    const fn aim(&self) -> Option<&Aim> {
        match self {
            Self::To(_, _, aim) | Self::Loss(_, _, aim) => Some(aim),
            Self::Rate(_) | Self::Mtu(_) => None,
        }
    }
}

impl Armed {
    /// Whether a frame that passes the filter is one that this fault is for.
    fn is_for(&mut self, frame: &RecordedFrame) -> bool {
        let from = self.fault.action.aim().and_then(|aim| aim.from);
        if from.is_some() && from != frame.from {
            return false;
        }
        match self.fault.action {
            // A frame without such a byte cannot be meant.
            Action::To(Harmful::Corrupt(Some(byte)), ..) if byte >= frame.bytes.len() => false,
            Action::To(_, which, _) => self.counts(which),
            Action::Loss(share, seed, _) => {
                let sender = self.sender(frame.from);
                sender.count += 1;
                is_drawn(share, seed, sender.count)
            }
            Action::Rate(_) => true,
            Action::Mtu(mtu) => packet_length(frame) > usize::from(mtu),
        }
    }

    fn counts(&mut self, which: Which) -> bool {
        self.count += 1;
        which.has(self.count)
    }

    /// Puts a frame on the slow cable, behind those of its sender: when its last bit has arrived.
    fn send(&mut self, rate: NonZeroU64, frame: &RecordedFrame, sent: i64) -> i64 {
        let bits = u128::from(bits_on_ethernet(frame.bytes.len()));
        let time = i64::try_from(bits * 1_000_000_000 / u128::from(rate.get()));
        let sender = self.sender(frame.from);
        let begin = sender.busy_until.max(sent);
        let end = begin.saturating_add(time.unwrap_or(i64::MAX));
        // A frame that is lost for want of room takes none.
        if end.saturating_sub(sent) <= nanoseconds(LONGEST_WAIT) {
            sender.busy_until = end;
        }
        end
    }

    fn sender(&mut self, host: Option<HostName>) -> &mut Sender {
        let known = self.senders.iter().position(|sender| sender.host == host);
        let index = known.unwrap_or_else(|| {
            self.senders.push(Sender {
                host,
                count: 0,
                busy_until: i64::MIN,
            });
            self.senders.len() - 1
        });
        &mut self.senders[index]
    }
}

/// The bits that a frame is on Ethernet: preamble, padding, frame check sequence and gap are bits too.
fn bits_on_ethernet(length: usize) -> u64 {
    const SHORTEST: usize = 60;
    const AROUND: usize = 8 + 4 + 12;
    8 * (length.max(SHORTEST) + AROUND) as u64
}

/// The bytes that count for an MTU: without the Ethernet header and the tags of VLANs.
fn packet_length(frame: &RecordedFrame) -> usize {
    let mut decoder = Decoder::new();
    let captured = frame.frame();
    let decoded = decoder.walk(&captured);
    let mut headers = decoded.layers_on_wire();
    let packet = headers.find(|(_, layer)| layer.protocol.standing.osi > OsiLayer::DataLink);
    packet.map_or(0, |(_, layer)| frame.bytes.len() - layer.start)
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// Whether the `count`-th frame is among those that are lost: by chance, and always the same.
fn is_drawn(share: u32, seed: Seed, count: u64) -> bool {
    // SplitMix64 (Steele, Lea and Flood 2014): its n-th number needs none of those before.
    let mut mixed = seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    mixed % 1_000_000 < u64::from(share)
}
