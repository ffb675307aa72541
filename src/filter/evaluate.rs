//! Asking a frame. Values go from where they lie to the question without a list between them; the few
//! that must be made (a text in capitals) are made in memory that is used again.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::ops::ControlFlow;

use super::plan::{
    Constant, Function, Layers, Member, Needle, Operand, OperandKind, Relation, Test,
};
use super::syntax::{Calculation, Part, Quantifier, Reach};
use super::types::Type;
use crate::model::address::push_ipv6;
use crate::model::bits::{self, BitRange};
use crate::model::domain_name::DomainName;
use crate::model::field::{Place, Role};
use crate::model::layer::{Decoded, Layer};
use crate::model::protocol::Protocol;
use crate::model::text;
use crate::model::value::Value;
use crate::protocols::data;
use crate::protocols::names::FieldOf;

/// A value of a frame, or one that was written.
#[derive(Clone, Copy, Debug)]
enum Val<'v> {
    /// A number, a flag, or a time in nanoseconds.
    Number(i128),
    /// An address, and how many of its first bits count.
    Ipv4(u32, u8),
    /// An address, and how many of its first bits count.
    Ipv6(u128, u8),
    /// Bytes, or a text, or a hardware address.
    Bytes(&'v [u8]),
}

/// Whether to go on to the next value.
type Flow = ControlFlow<()>;
type Visit<'a> = &'a mut dyn FnMut(Val<'_>) -> Flow;

/// Memory for values that must be made.
#[derive(Debug, Default)]
pub struct Buffers {
    free: RefCell<Vec<Vec<u8>>>,
}

impl Buffers {
    /// Lends a buffer, which `make` fills and `visit` reads.
    fn with(&self, make: impl FnOnce(&mut Vec<u8>), visit: impl FnOnce(&[u8]) -> Flow) -> Flow {
        let mut buffer = self.take();
        make(&mut buffer);
        let flow = visit(&buffer);
        self.give_back(buffer);
        flow
    }

    /// Takes an empty buffer.
    fn take(&self) -> Vec<u8> {
        self.free.borrow_mut().pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.free.borrow_mut().push(buffer);
    }
}

/// A frame that is asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The frame.
    pub decoded: &'a Decoded<'a>,
    /// Memory to make values in.
    pub buffers: &'a Buffers,
}

/// Whether a layer is of this protocol.
fn is_of(protocol: &Protocol) -> impl Fn(&Layer) -> bool {
    move |layer| std::ptr::eq(layer.protocol, protocol)
}

/// Whether a field can be found in a layer: what nobody decodes may be in any.
fn may_have(field: &FieldOf) -> impl Fn(&Layer) -> bool {
    let is_anywhere = std::ptr::eq(field.definition, &raw const data::GAP);
    move |layer| is_anywhere || std::ptr::eq(layer.protocol, field.protocol)
}

impl Asked<'_> {
    /// Whether the frame passes the test.
    pub fn passes(self, test: &Test) -> bool {
        match test {
            Test::And(first, second) => self.passes(first) && self.passes(second),
            Test::Or(first, second) => self.passes(first) || self.passes(second),
            Test::Not(inner) => !self.passes(inner),
            Test::Present(operand) => self.any(operand, |_| true),
            Test::NonZero(operand) => self.any(operand, is_not_zero),
            Test::InPlace(in_place, _) => in_place.passes(self.decoded),
            Test::Compare(quantifier, left, relation, right) => match &right.kind {
                OperandKind::Constant(constant) => {
                    let right = constant.value();
                    self.quantified(*quantifier, left, |_, left| relation.holds(left, right))
                }
                _ => self.quantified(*quantifier, left, |asked, left| {
                    asked.quantified(*quantifier, right, |_, right| relation.holds(left, right))
                }),
            },
            Test::Contains(quantifier, operand, needle) => {
                self.quantified(*quantifier, operand, |asked, value| {
                    asked.contains(*quantifier, value, needle)
                })
            }
            Test::Matches(quantifier, operand, pattern) => self.quantified(
                *quantifier,
                operand,
                |_, value| matches!(value, Val::Bytes(bytes) if pattern.is_match(bytes)),
            ),
            Test::In(quantifier, operand, members) => {
                self.quantified(*quantifier, operand, |asked, value| {
                    members.iter().any(|member| asked.is_member(value, member))
                })
            }
        }
    }

    /// Whether any value fits, or every one of at least one.
    fn quantified(
        self,
        quantifier: Quantifier,
        operand: &Operand,
        fits: impl Fn(Self, Val<'_>) -> bool,
    ) -> bool {
        match quantifier {
            Quantifier::Any => self.any(operand, |value| fits(self, value)),
            Quantifier::All => {
                let mut seen = false;
                let flow = self.each(operand, &mut |value| {
                    seen = true;
                    stop_if(!fits(self, value))
                });
                seen && flow.is_continue()
            }
        }
    }

    fn any(self, operand: &Operand, fits: impl Fn(Val<'_>) -> bool) -> bool {
        self.each(operand, &mut |value| stop_if(fits(value)))
            .is_break()
    }

    fn contains(self, quantifier: Quantifier, value: Val<'_>, needle: &Needle) -> bool {
        let Val::Bytes(bytes) = value else {
            return false;
        };
        match needle {
            Needle::Fixed(finder) => finder.find(bytes).is_some(),
            Needle::Operand(operand) => self.quantified(quantifier, operand, |_, value| {
                matches!(value, Val::Bytes(inner) if memchr::memmem::find(bytes, inner).is_some())
            }),
        }
    }

    fn is_member(self, value: Val<'_>, member: &Member) -> bool {
        match member {
            Member::One(one) => self.any(one, |one| Relation::Equal.holds(value, one)),
            Member::Range(first, last) => {
                self.any(first, |first| Relation::GreaterOrEqual.holds(value, first))
                    && self.any(last, |last| Relation::LessOrEqual.holds(value, last))
            }
        }
    }

    /// Visits each value of an operand.
    fn each(self, operand: &Operand, visit: Visit<'_>) -> Flow {
        match &operand.kind {
            OperandKind::Fields(_, fields, layers) => fields
                .iter()
                .try_for_each(|field| self.each_of_field(field, layers, visit)),
            OperandKind::Protocol(protocol, layers) => self.each_layer(protocol, layers, |layer| {
                let bytes = self.decoded.bytes().of(layer.buffer);
                let bytes = bytes.get(layer.start..layer.end);
                visit(Val::Bytes(bytes.unwrap_or_default()))
            }),
            OperandKind::Constant(constant) => visit(constant.value()),
            OperandKind::Slice(inner, parts) => self.each(inner, &mut |value| {
                with_bytes(value, |bytes| self.parts_of(bytes, parts, visit))
            }),
            OperandKind::Function(function, arguments) => {
                self.each_of_function(*function, arguments, visit)
            }
            OperandKind::Arithmetic(calculation, left, right) => self.each(left, &mut |left| {
                self.each(right, &mut |right| {
                    self.calculate(*calculation, left, right, visit)
                })
            }),
            OperandKind::Negated(inner) => self.each(inner, &mut |value| match value {
                Val::Number(number) => visit_if_any(number.checked_neg(), visit),
                _ => Flow::Continue(()),
            }),
        }
    }

    fn each_of_field(self, field: &FieldOf, layers: &Layers, visit: Visit<'_>) -> Flow {
        let bytes = self.decoded.bytes();
        let definition = field.definition;
        match definition.place {
            Place::Fixed { start, length } => self.each_layer(field.protocol, layers, |layer| {
                match fixed_bits(layer, start, length) {
                    Some(range) => {
                        debug_assert_ne!(definition.role, Role::Derived);
                        let value = Value::read(definition, bytes.of(layer.buffer), &range);
                        self.visit(&value, visit)
                    }
                    None => Flow::Continue(()),
                }
            }),
            Place::Computed(compute) => {
                self.each_layer_with_index(is_of(field.protocol), layers, |index| {
                    let view = self.decoded.view(index);
                    match view.and_then(|view| compute(&view)) {
                        Some(number) => self.visit(&Value::of_number(definition, number), visit),
                        None => Flow::Continue(()),
                    }
                })
            }
            Place::Payload => self.each_layer_with_index(is_of(field.protocol), layers, |index| {
                match self.decoded.field_in_place(index, definition) {
                    Some(found) => self.visit(&found.value(bytes), visit),
                    None => Flow::Continue(()),
                }
            }),
            Place::Varying | Place::Comment => {
                self.each_layer_with_index(may_have(field), layers, |index| {
                    let fields = self.decoded.fields_of(index).iter();
                    let wanted = fields.filter(|found| std::ptr::eq(found.definition, definition));
                    wanted
                        .map(|found| found.value(bytes))
                        .try_for_each(|value| match value {
                            // Such fields have no fixed place.
                            Value::Spelled(bytes) => {
                                self.visit_spelled(|put| (definition.spell)(bytes, put), visit)
                            }
                            value => self.visit(&value, visit),
                        })
                })
            }
            Place::Followed => self.each_layer_with_index(is_of(field.protocol), layers, |index| {
                let followed = self.decoded.followed.iter();
                followed
                    .filter(|found| found.layer == index)
                    .filter(|found| std::ptr::eq(found.field.definition, definition))
                    .try_for_each(|found| self.visit(&found.field.value(bytes), visit))
            }),
        }
    }

    /// Visits a value in the form in which it is compared; a heading counts as nothing but present.
    #[inline]
    fn visit(self, value: &Value<'_>, visit: Visit<'_>) -> Flow {
        visit(match value {
            Value::None => Val::Bytes(&[]),
            Value::Number(number) => Val::Number(i128::from(*number)),
            Value::Flag(set) => Val::Number(i128::from(*set)),
            Value::Mac(octets) => Val::Bytes(octets),
            Value::Ipv4(address) => Val::Ipv4(address.to_bits(), 32),
            Value::Ipv6(address) => Val::Ipv6(address.to_bits(), 128),
            Value::Text(bytes) | Value::Bytes(bytes) | Value::Spelled(bytes) => Val::Bytes(bytes),
            Value::Domain { message, at } => {
                let name = DomainName::new(message, *at as usize);
                return self.visit_spelled(|put| name.spell(put), visit);
            }
            Value::Time(nanoseconds) | Value::Duration(nanoseconds) => {
                Val::Number(i128::from(*nanoseconds))
            }
        })
    }

    /// Visits what is made of bytes, as it is spelled.
    #[inline(never)]
    fn visit_spelled(self, spell: impl Fn(&mut dyn FnMut(&str)), visit: Visit<'_>) -> Flow {
        self.buffers.with(
            |out| spell(&mut |text| out.extend_from_slice(text.as_bytes())),
            |spelled| visit(Val::Bytes(spelled)),
        )
    }

    fn each_layer(
        self,
        protocol: &Protocol,
        layers: &Layers,
        mut visit: impl FnMut(&Layer) -> Flow,
    ) -> Flow {
        self.each_layer_with_index(is_of(protocol), layers, |index| {
            self.decoded
                .layers
                .get(index)
                .map_or(Flow::Continue(()), &mut visit)
        })
    }

    fn each_layer_with_index(
        self,
        is_one: impl Fn(&Layer) -> bool,
        layers: &Layers,
        mut visit: impl FnMut(usize) -> Flow,
    ) -> Flow {
        let all = self.decoded.layers;
        let total = match layers {
            Some(_) => all
                .iter()
                .filter(|layer| is_one(layer))
                .fold(0, |sum, _| sum + 1),
            None => 0,
        };
        let mut number = 0;
        for (index, layer) in all.iter().enumerate() {
            if !is_one(layer) {
                continue;
            }
            number += 1;
            let wanted = layers
                .as_ref()
                .is_none_or(|parts| is_in_parts(number, total, parts));
            if wanted {
                visit(index)?;
            }
        }
        Flow::Continue(())
    }

    fn parts_of(self, bytes: &[u8], parts: &[Part], visit: Visit<'_>) -> Flow {
        let range_of = |part: &Part| part.within(bytes.len()).and_then(|range| bytes.get(range));
        if let [only] = parts {
            return range_of(only).map_or(Flow::Continue(()), |part| visit(Val::Bytes(part)));
        }
        if !parts.iter().all(|part| range_of(part).is_some()) {
            return Flow::Continue(());
        }
        self.buffers.with(
            |joined| joined.extend(parts.iter().filter_map(range_of).flatten()),
            |joined| visit(Val::Bytes(joined)),
        )
    }

    fn each_of_function(self, function: Function, arguments: &[Operand], visit: Visit<'_>) -> Flow {
        let Some(first) = arguments.first() else {
            return Flow::Continue(());
        };
        match function {
            Function::Count => {
                let mut count = 0;
                let _ = self.each(first, &mut |_| {
                    count += 1;
                    Flow::Continue(())
                });
                if count == 0 {
                    return Flow::Continue(());
                }
                visit(Val::Number(count))
            }
            Function::Max => self.extreme(arguments, Ordering::Greater, visit),
            Function::Min => self.extreme(arguments, Ordering::Less, visit),
            Function::Len => self.each(first, &mut |value| {
                with_bytes(value, |bytes| visit(Val::Number(bytes.len() as i128)))
            }),
            Function::Abs => self.each(first, &mut |value| match value {
                Val::Number(number) => visit_if_any(number.checked_abs(), visit),
                _ => Flow::Continue(()),
            }),
            Function::Upper => self.each_changed(first, u8::to_ascii_uppercase, visit),
            Function::Lower => self.each_changed(first, u8::to_ascii_lowercase, visit),
            Function::String => self.each(first, &mut |value| {
                self.buffers.with(
                    |out| push_text(first.of, value, out),
                    |shown| visit(Val::Bytes(shown)),
                )
            }),
        }
    }

    fn each_changed(self, operand: &Operand, change: fn(&u8) -> u8, visit: Visit<'_>) -> Flow {
        self.each(operand, &mut |value| match value {
            Val::Bytes(bytes) => self.buffers.with(
                |changed| changed.extend(bytes.iter().map(change)),
                |changed| visit(Val::Bytes(changed)),
            ),
            _ => Flow::Continue(()),
        })
    }

    /// The one value of all arguments that is greatest, or smallest; of several alike the first.
    fn extreme(self, arguments: &[Operand], wanted: Ordering, visit: Visit<'_>) -> Flow {
        let mut bytes = self.buffers.take();
        let mut best: Option<Best> = None;
        let found = arguments.iter().try_for_each(|argument| {
            self.each(argument, &mut |value| {
                let is_better = |best: &Best| compare(value, best.value(&bytes)) == Some(wanted);
                if best.as_ref().is_none_or(is_better) {
                    best = Some(Best::keep(value, &mut bytes));
                }
                Flow::Continue(())
            })
        });
        let flow = match best {
            Some(best) if found.is_continue() => visit(best.value(&bytes)),
            _ => found,
        };
        self.buffers.give_back(bytes);
        flow
    }

    fn calculate(
        self,
        calculation: Calculation,
        left: Val<'_>,
        right: Val<'_>,
        visit: Visit<'_>,
    ) -> Flow {
        match (left, right) {
            (Val::Number(left), Val::Number(right)) => {
                let result = match calculation {
                    Calculation::Add => left.checked_add(right),
                    Calculation::Subtract => left.checked_sub(right),
                    Calculation::Multiply => left.checked_mul(right),
                    Calculation::Divide => left.checked_div(right),
                    Calculation::Remainder => left.checked_rem(right),
                    Calculation::BitAnd => Some(left & right),
                };
                visit_if_any(result, visit)
            }
            (Val::Bytes(left), Val::Bytes(right)) if left.len() == right.len() => {
                self.buffers.with(
                    |masked| masked.extend(left.iter().zip(right).map(|(a, b)| a & b)),
                    |masked| visit(Val::Bytes(masked)),
                )
            }
            (Val::Ipv4(left, _), Val::Ipv4(right, _)) => visit(Val::Ipv4(left & right, 32)),
            (Val::Ipv6(left, _), Val::Ipv6(right, _)) => visit(Val::Ipv6(left & right, 128)),
            _ => Flow::Continue(()),
        }
    }
}

/// A value that is kept while others are looked at.
enum Best {
    /// One that is its own.
    Own(Val<'static>),
    /// Bytes, which are in a buffer beside it.
    Bytes,
}

impl Best {
    fn keep(value: Val<'_>, buffer: &mut Vec<u8>) -> Self {
        match value {
            Val::Number(number) => Self::Own(Val::Number(number)),
            Val::Ipv4(address, prefix) => Self::Own(Val::Ipv4(address, prefix)),
            Val::Ipv6(address, prefix) => Self::Own(Val::Ipv6(address, prefix)),
            Val::Bytes(bytes) => {
                buffer.clear();
                buffer.extend_from_slice(bytes);
                Self::Bytes
            }
        }
    }

    const fn value<'v>(&self, buffer: &'v [u8]) -> Val<'v> {
        match self {
            Self::Own(value) => *value,
            Self::Bytes => Val::Bytes(buffer),
        }
    }
}

/// What cannot be calculated, as by 0, has no value.
fn visit_if_any(result: Option<i128>, visit: Visit<'_>) -> Flow {
    result.map_or(Flow::Continue(()), |number| visit(Val::Number(number)))
}

fn stop_if(stop: bool) -> Flow {
    if stop {
        Flow::Break(())
    } else {
        Flow::Continue(())
    }
}

fn is_not_zero(value: Val<'_>) -> bool {
    match value {
        Val::Number(number) => number != 0,
        Val::Bytes(bytes) => bytes.iter().any(|byte| *byte != 0),
        Val::Ipv4(address, _) => address != 0,
        Val::Ipv6(address, _) => address != 0,
    }
}

/// Whether a layer, counted from 1, is in any of the parts of the layers there are. Negative numbers count
/// from the last.
fn is_in_parts(number: i64, total: i64, parts: &[Part]) -> bool {
    let from_last = |place: i64| if place < 0 { place + total + 1 } else { place };
    parts.iter().any(|part| {
        let first = from_last(part.start);
        let last = match part.reach {
            Reach::Length(count) => first.saturating_add(count).saturating_sub(1),
            Reach::Through(last) => from_last(last),
            Reach::End => total,
        };
        (first..=last).contains(&number)
    })
}

fn fixed_bits(layer: &Layer, start: u32, length: u32) -> Option<BitRange> {
    let header = bits::of_bytes(&(layer.start..layer.header_end));
    let start = header.start.checked_add(start)?;
    let end = start.checked_add(length)?;
    (end <= header.end).then_some(start..end)
}

impl Constant {
    fn value(&self) -> Val<'_> {
        match self {
            Self::Number(number) => Val::Number(*number),
            Self::Ipv4(address, prefix) => Val::Ipv4(*address, *prefix),
            Self::Ipv6(address, prefix) => Val::Ipv6(*address, *prefix),
            Self::Bytes(bytes) => Val::Bytes(bytes),
        }
    }
}

impl Relation {
    fn holds(self, left: Val<'_>, right: Val<'_>) -> bool {
        compare(left, right).is_some_and(|order| self.fits(order))
    }

    /// Whether two values in this order compare so.
    fn fits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// The order of two values of one type; addresses by those of their first bits that count in both.
fn compare(left: Val<'_>, right: Val<'_>) -> Option<Ordering> {
    Some(match (left, right) {
        (Val::Number(left), Val::Number(right)) => left.cmp(&right),
        (Val::Bytes(left), Val::Bytes(right)) => left.cmp(right),
        (Val::Ipv4(left, a), Val::Ipv4(right, b)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(a.min(b))).unwrap_or(0);
            (left & mask).cmp(&(right & mask))
        }
        (Val::Ipv6(left, a), Val::Ipv6(right, b)) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(a.min(b)))
                .unwrap_or(0);
            (left & mask).cmp(&(right & mask))
        }
        _ => return None,
    })
}

fn with_bytes(value: Val<'_>, visit: impl FnOnce(&[u8]) -> Flow) -> Flow {
    match value {
        Val::Bytes(bytes) => visit(bytes),
        Val::Ipv4(address, _) => visit(&address.to_be_bytes()),
        Val::Ipv6(address, _) => visit(&address.to_be_bytes()),
        Val::Number(_) => Flow::Continue(()),
    }
}

/// Appends a value as text, the way filters are written.
fn push_text(of: Type, value: Val<'_>, out: &mut Vec<u8>) {
    let mut shown = String::new();
    match value {
        Val::Number(number) => match of {
            Type::Flag => shown.push_str(if number == 0 { "False" } else { "True" }),
            Type::Time | Type::Duration => {
                text::push_seconds(&mut shown, i64::try_from(number).unwrap_or(i64::MAX));
            }
            _ => {
                let _ = write!(shown, "{number}");
            }
        },
        Val::Ipv4(address, _) => {
            let _ = write!(shown, "{}", std::net::Ipv4Addr::from(address));
        }
        Val::Ipv6(address, _) => push_ipv6(&mut shown, address.into()),
        Val::Bytes(bytes) => text::push_hex_bytes(&mut shown, bytes),
    }
    out.extend(shown.as_bytes());
}
