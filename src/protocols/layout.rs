//! Messages and options whose fields always stand in the same order: a list of fields and lengths, laid
//! over the bytes.

use std::ops::Range;

use crate::model::bits::{self, BitRange};
use crate::model::expander::Expander;
use crate::model::fault::FaultKind;
use crate::model::field::{FieldDef, Role};

/// A field and its length in bits; 0 for all that is left. A group stands before what is in it, a closer
/// look behind what it looks at.
pub type Part = (&'static FieldDef, u32);

/// Lays the parts over these bytes of the layer, as far as they are all there; where they end. `Err`:
/// where the first begins that is not all there.
///
/// # Errors
///
/// There are fewer bytes than the parts need.
pub fn lay(parts: &[Part], bytes: Range<usize>, out: &mut Expander<'_>) -> Result<usize, usize> {
    let BitRange { start, end } = bits::of_bytes(&bytes);
    let mut cursor = start;
    for (definition, length) in parts {
        let length = if *length == 0 {
            end.saturating_sub(cursor)
        } else {
            *length
        };
        let is_there = definition.role == Role::Detail || cursor + length <= end;
        if !is_there {
            return Err((cursor / 8) as usize);
        }
        match definition.role {
            Role::Group | Role::Derived => out.bits(definition, cursor, length),
            Role::Detail => out.bits(definition, cursor.saturating_sub(length), length),
            Role::Leaf => {
                out.bits(definition, cursor, length);
                cursor += length;
            }
        }
    }
    Ok((cursor / 8) as usize)
}

/// Lays the parts of an option over its data, and says where they are too few; where the parts end.
pub fn lay_option(parts: &[Part], data: Range<usize>, out: &mut Expander<'_>) -> usize {
    lay(parts, data.clone(), out).unwrap_or_else(|end| {
        let why = "the option has fewer bytes than its type defines";
        out.fault(data, FaultKind::BadValue { why });
        end
    })
}
