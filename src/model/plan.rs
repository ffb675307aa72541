//! The fields of a protocol that are always at the same places, laid out once for all its layers.

use super::expander::Expander;
use super::field::{Buffer, Field, FieldDef, Origin, Place, Role};
use super::layer::LayerView;
use super::protocol::Protocol;

/// The plans of the protocols that were met; few.
#[derive(Debug, Default)]
pub struct Plans {
    plans: Vec<(&'static Protocol, Option<Plan>)>,
}

/// Computes a value from a layer; `None` where it does not apply.
type Compute = fn(&LayerView<'_>) -> Option<u64>;

/// The fields of a header that is all there.
#[derive(Debug)]
pub struct Plan {
    /// Those at fixed places, in the layer that they were laid for last; and those that are computed, without their
    /// values.
    fields: Vec<Field>,
    /// The buffer of that layer, and its first bit there.
    place: (Buffer, u32),
    /// Which of them are computed, and how.
    pub(super) computed: Vec<(usize, Compute)>,
    /// Where the last bit is that one of them has, and the first that no leaf has.
    pub(super) end: u32,
    pub(super) cursor: u32,
}

impl Plans {
    /// The plan of a protocol; what its fields pass over becomes a field `gap`. `None` where it depends on more
    /// than the table how they are nested.
    pub fn of(&mut self, protocol: &'static Protocol, gap: &'static FieldDef) -> Option<&mut Plan> {
        let known = |(known, _): &(&Protocol, _)| std::ptr::eq(*known, protocol);
        let index = self.plans.iter().position(known).unwrap_or_else(|| {
            self.plans.push((protocol, Plan::new(protocol.fields, gap)));
            self.plans.len() - 1
        });
        self.plans.get_mut(index)?.1.as_mut()
    }
}

impl Plan {
    fn new(table: &[&'static FieldDef], gap: &'static FieldDef) -> Option<Self> {
        let (mut fields, mut faults) = (Vec::new(), Vec::new());
        let place = (Buffer::FRAME, 0);
        let layer = (0, Buffer::FRAME);
        let mut expander = Expander::new(&mut fields, &mut faults, gap, layer, 0..u32::MAX, 0..0);
        let mut end = 0;
        let mut is_computed = false;
        for definition in table {
            match definition.place {
                // Where it is nested would depend on whether there was something to compute.
                Place::Fixed { .. } if is_computed && definition.role == Role::Detail => {
                    return None;
                }
                Place::Fixed { start, length } => {
                    expander.bits(definition, start, length);
                    end = end.max(start.checked_add(length)?);
                    is_computed = false;
                }
                Place::Computed(_) => {
                    expander.derived(definition, 0);
                    is_computed = true;
                }
                Place::Payload | Place::Comment => {}
                Place::Varying | Place::Followed => break,
            }
        }
        let cursor = expander.end_of_fixed()?;
        let places = fields.iter().enumerate();
        let computed = places.filter_map(|(index, field)| match field.definition.place {
            Place::Computed(compute) => Some((index, compute)),
            Place::Fixed { .. }
            | Place::Payload
            | Place::Comment
            | Place::Varying
            | Place::Followed => None,
        });
        Some(Self {
            computed: computed.collect(),
            fields,
            place,
            end,
            cursor,
        })
    }

    /// The fields of a layer that begins at this bit of this buffer. Nearly always, the one before began there too.
    pub(super) fn fields_at(&mut self, buffer: Buffer, origin: u32) -> &[Field] {
        let place = (buffer, origin);
        if self.place != place {
            self.move_to(place);
        }
        &self.fields
    }

    fn move_to(&mut self, place: (Buffer, u32)) {
        for field in &mut self.fields {
            if let Origin::Bits { buffer, start, .. } = &mut field.origin {
                *buffer = place.0;
                *start = *start - self.place.1 + place.1;
            }
        }
        self.place = place;
    }
}
