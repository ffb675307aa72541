//! Where a dissector puts the fields of its layer.

use super::bits::{self, BitRange};
use super::fault::{Fault, FaultKind};
use super::field::{Buffer, Field, FieldDef, Origin, Place, Role};
use super::layer::LayerView;
use super::plan::Plan;

/// Takes the fields of one layer, in the order of the wire, and keeps the promise that every bit
/// belongs to exactly one leaf: what a dissector passes over becomes a gap field by itself.
#[derive(Debug)]
pub struct Expander<'a> {
    fields: &'a mut Vec<Field>,
    faults: &'a mut Vec<Fault>,
    gap: &'static FieldDef,
    layer: usize,
    /// What the layer is in.
    buffer: Buffer,
    /// First bit of the layer there.
    origin: u32,
    /// First bit that no leaf has yet, and the end of what the layer owns there.
    cursor: u32,
    end: u32,
    /// What it owns behind the layers inside it, until that is begun.
    trailer: Option<BitRange>,
    /// Where the bytes end that there are of it, when it had more.
    cut: Option<u32>,
    /// The ends of the groups that are open, outermost first.
    open: [u32; MAX_NESTING],
    open_count: u8,
}

/// How deep groups nest inside a layer; what is deeper is shown at this depth.
const MAX_NESTING: usize = 8;

impl<'a> Expander<'a> {
    /// An expander for the layer at index `layer`, which owns the bits `header` of its buffer and,
    /// behind the layers inside it, `trailer`; what it passes over becomes a field `gap`.
    pub fn new(
        fields: &'a mut Vec<Field>,
        faults: &'a mut Vec<Fault>,
        gap: &'static FieldDef,
        (layer, buffer): (usize, Buffer),
        header: BitRange,
        trailer: BitRange,
    ) -> Self {
        Self {
            fields,
            faults,
            gap,
            layer,
            buffer,
            origin: header.start,
            cursor: header.start,
            end: header.end,
            trailer: Some(trailer),
            cut: None,
            open: [0; MAX_NESTING],
            open_count: 0,
        }
    }

    /// Takes note that the layer had more bytes than there are here.
    pub fn note_cut(&mut self) {
        self.cut = self.trailer.as_ref().map(|trailer| trailer.end);
    }

    /// Adds the fields of a plan, as [`Expander::fixed`] adds those of its table; `false` and nothing where some
    /// of their bits are not there.
    pub fn lay(&mut self, view: &LayerView<'_>, plan: &mut Plan) -> bool {
        let is_there = |end: u32| end <= self.end;
        if !self.origin.checked_add(plan.end).is_some_and(is_there) {
            return false;
        }
        let first = self.fields.len();
        let fields = plan.fields_at(self.buffer, self.origin);
        self.fields.extend_from_slice(fields);
        // From the last on, for what does not apply is taken out.
        for (index, compute) in plan.computed.iter().rev() {
            let at = first + index;
            let is_last = at + 1 == self.fields.len();
            match (compute(view), self.fields.get_mut(at)) {
                (Some(value), Some(field)) => field.origin = Origin::Derived(value),
                (None, Some(_)) if is_last => self.fields.truncate(at),
                (None, Some(_)) => drop(self.fields.remove(at)),
                // The plan is all there.
                (_, None) => {}
            }
        }
        self.cursor = self.origin + plan.cursor;
        true
    }

    /// Where the bits begin that no leaf has yet; `None` where a group is open there.
    pub(super) fn end_of_fixed(mut self) -> Option<u32> {
        self.close_groups(self.cursor);
        (self.open_count == 0).then_some(self.cursor)
    }

    /// Adds every field of the table that has a fixed place, as far as its bits are there, and what is
    /// computed from them.
    pub fn fixed(&mut self, view: &LayerView<'_>, table: &[&'static FieldDef]) {
        for definition in table {
            match definition.place {
                Place::Fixed { start, length } => self.bits(definition, start, length),
                Place::Computed(compute) => {
                    if let Some(value) = compute(view) {
                        self.derived(definition, value);
                    }
                }
                // The layers inside show it.
                Place::Payload | Place::Comment => {}
                // The table has these last, and there may be many.
                Place::Varying | Place::Followed => break,
            }
        }
    }

    /// Adds a field at these bytes of the layer. Nothing happens where they are not all there.
    pub fn bytes(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let range = bits::of_bytes(&range);
        self.bits(
            definition,
            range.start,
            range.end.saturating_sub(range.start),
        );
    }

    /// Adds a field at these bits of the layer. Nothing happens where they are not all there; a leaf
    /// whose first bits another leaf already has gives way to it. A closer look at a field that is not all
    /// there stands below what is there instead.
    pub fn bits(&mut self, definition: &'static FieldDef, start: u32, length: u32) {
        let start = self.origin.saturating_add(start);
        let Some(end) = start.checked_add(length).filter(|end| *end <= self.end) else {
            return;
        };
        if length == 0 {
            return;
        }
        if definition.role == Role::Detail {
            if start >= self.cursor {
                self.fill_gap(self.end);
            }
            let depth = self.depth_below_last();
            self.push(definition, start, length, depth);
            return;
        }
        if start < self.cursor {
            return;
        }
        self.fill_gap(start);
        self.close_groups(start);
        let depth = self.depth();
        self.push(definition, start, length, depth);
        if definition.role == Role::Group {
            self.open_group(end);
        } else {
            self.cursor = end;
        }
    }

    /// Adds a name at these bytes of the layer, as [`Expander::bytes`] does, whose pointers count from the byte `base` of
    /// the layer.
    pub fn name(
        &mut self,
        definition: &'static FieldDef,
        range: std::ops::Range<usize>,
        base: usize,
    ) {
        let before = self.fields.len();
        self.bytes(definition, range);
        let is_added = self.fields.len() > before;
        let named = self.fields.last_mut().filter(|_| is_added);
        if let Some(Origin::Bits { layer, .. }) = named.map(|field| &mut field.origin) {
            *layer += u32::try_from(base).unwrap_or(0);
        }
    }

    /// Adds a closer look at these bytes of the layer before the fields that own them, and beside the first of those.
    /// Nothing happens where they are not all there.
    pub fn ahead(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let range = bits::of_bytes(&range);
        let start = self.origin.saturating_add(range.start);
        let length = range.end.saturating_sub(range.start);
        let is_there = start.checked_add(length).is_some_and(|end| end <= self.end);
        if is_there && length > 0 && start >= self.cursor {
            self.fill_gap(start);
            self.close_groups(start);
            let depth = self.depth();
            self.push(definition, start, length, depth);
        }
    }

    /// Adds a value that is not on the wire.
    pub fn derived(&mut self, definition: &'static FieldDef, value: u64) {
        self.close_groups(self.cursor);
        let depth = self.depth();
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds a value that is computed from the field before it, beside that field.
    pub fn derived_beside(&mut self, definition: &'static FieldDef, value: u64) {
        let depth = self.fields.last().map_or(0, |last| last.depth);
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds a value that is computed from the field before it, below that field, beside a closer look at it.
    pub fn derived_below(&mut self, definition: &'static FieldDef, value: u64) {
        let depth = self.depth_below_last();
        self.fields.push(Field {
            definition,
            origin: Origin::Derived(value),
            depth,
        });
    }

    /// Adds the comment that the capture has on the frame.
    pub fn comment(&mut self, definition: &'static FieldDef, range: std::ops::Range<usize>) {
        let [start, end] = [range.start, range.end].map(u32::try_from);
        if let (Ok(start), Ok(end)) = (start, end) {
            self.fields.push(Field {
                definition,
                origin: Origin::Comment { start, end },
                depth: 0,
            });
        }
    }

    /// Says that something is wrong with these bytes of the layer. What is too short because the layer is cut
    /// is not wrong; that it is cut has been said.
    pub fn fault(&mut self, range: std::ops::Range<usize>, kind: FaultKind) {
        let range = bits::of_bytes(&range);
        let end = self.origin.saturating_add(range.end);
        if self.cut == Some(end) && matches!(kind, FaultKind::TooShort { .. }) {
            return;
        }
        self.faults.push(Fault {
            layer: self.layer,
            kind,
            bits: self.origin.saturating_add(range.start)..end,
        });
    }

    /// Goes on at the layer's trailer, behind the layers inside it; all that the header still owes
    /// becomes a gap field. The second time nothing happens.
    pub fn enter_trailer(&mut self) {
        if let Some(trailer) = self.trailer.take() {
            self.finish();
            self.cursor = trailer.start;
            self.end = trailer.end;
        }
    }

    /// Turns what no leaf has taken into a gap field.
    pub fn finish(&mut self) {
        self.fill_gap(self.end);
        self.open_count = 0;
    }

    #[inline]
    fn fill_gap(&mut self, until: u32) {
        if self.cursor < until {
            self.push_gaps(until);
        }
    }

    #[cold]
    fn push_gaps(&mut self, until: u32) {
        while self.cursor < until {
            let start = self.cursor;
            self.close_groups(start);
            let depth = self.depth();
            // What is behind the innermost group is another gap.
            let open = usize::from(self.open_count);
            let innermost = self.open.get(..open).and_then(<[u32]>::last);
            let end = innermost.map_or(until, |end| until.min(*end));
            self.push(self.gap, start, end - start, depth);
            self.cursor = end;
        }
    }

    fn close_groups(&mut self, at: u32) {
        while let Some(innermost) = self.open_count.checked_sub(1)
            && self
                .open
                .get(usize::from(innermost))
                .is_some_and(|end| *end <= at)
        {
            self.open_count = innermost;
        }
    }

    fn open_group(&mut self, end: u32) {
        if let Some(free) = self.open.get_mut(usize::from(self.open_count)) {
            *free = end;
            self.open_count += 1;
        }
    }

    fn depth(&self) -> u8 {
        self.open_count
    }

    fn depth_below_last(&self) -> u8 {
        match self.fields.last() {
            Some(last) if last.definition.role == Role::Detail => last.depth,
            // What is computed from a field stands below it too.
            Some(last) if last.definition.role == Role::Derived && last.depth > self.depth() => {
                last.depth
            }
            Some(last) => last.depth.saturating_add(1),
            None => 0,
        }
    }

    fn push(&mut self, definition: &'static FieldDef, start: u32, length: u32, depth: u8) {
        self.fields.push(Field {
            definition,
            origin: Origin::Bits {
                buffer: self.buffer,
                start,
                length,
                layer: self.origin / 8,
            },
            depth,
        });
    }
}
