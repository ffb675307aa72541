//! From what a filter says to what it means: names become fields, literals become values, and types are
//! checked, so that nothing can go wrong when frames come.

use memchr::memmem::Finder;
use regex::bytes::RegexBuilder;

use super::error::Complaint;
use super::in_place::InPlace;
use super::literal::{self, Expected};
use super::plan::{
    Constant, Function, Layers, Member, Needle, Operand, OperandKind, Relation, Test,
};
use super::syntax::{
    Calculation, Expression, Membership, Operator, Part, Quantifier, Relation as Written, Term,
    TermKind,
};
use super::types::Type;
use crate::protocols::names::{self, FieldOf, Named};

type Compiled<T> = Result<T, Complaint>;

/// What a filter means.
///
/// # Errors
///
/// A name is no field, a literal is no value of the type it is compared with, or types do not fit.
pub fn compile(expression: &Expression) -> Compiled<Test> {
    match expression {
        Expression::And(first, second) => Ok(Test::And(inner(first)?, inner(second)?)),
        Expression::Or(first, second) => {
            let told = |complaint| as_set(first, second, complaint);
            Ok(Test::Or(inner(first)?, inner(second).map_err(told)?))
        }
        Expression::Not(negated) => Ok(Test::Not(inner(negated)?)),
        Expression::Alone(term) => alone(term),
        Expression::Relation(relation) => compare(relation),
        Expression::Membership(membership) => member_of(membership),
    }
}

/// A test inside another. Where 250 are inside each other, each must take little of the stack: a box is short.
fn inner(expression: &Expression) -> Compiled<Box<Test>> {
    compile(expression).map(Box::new)
}

/// Where `tcp.port == 80 or 443` was written, `tcp.port in {80, 443}` was probably meant.
fn as_set(first: &Expression, second: &Expression, complaint: Complaint) -> Complaint {
    match set_of(first, second) {
        Some(set) => complaint.help(format!("either of them is: {set}")),
        None => complaint,
    }
}

fn set_of(first: &Expression, second: &Expression) -> Option<String> {
    let relation = match first {
        Expression::And(_, last) | Expression::Or(_, last) => return set_of(last, second),
        Expression::Relation(relation) if relation.operator == Operator::Equal => relation,
        _ => return None,
    };
    let Expression::Alone(other) = second else {
        return None;
    };
    let (TermKind::Word(field), TermKind::Word(one), TermKind::Word(another)) =
        (&relation.left.kind, &relation.right.kind, &other.kind)
    else {
        return None;
    };
    let field_is_one_of = expected_of(&known(&relation.left).ok()?);
    literal::constant(other, field_is_one_of).ok()?;
    Some(format!("{field} in {{{one}, {another}}}"))
}

/// A term by itself: what a frame has is there or not; what is calculated is zero or not.
fn alone(term: &Term) -> Compiled<Test> {
    let operand = known(term)?;
    Ok(match operand.kind {
        OperandKind::Arithmetic(..) | OperandKind::Negated(_) | OperandKind::Function(..) => {
            Test::NonZero(operand)
        }
        _ => Test::Present(operand),
    })
}

fn compare(written: &Written) -> Compiled<Test> {
    let quantifier = written.quantifier.unwrap_or(match written.operator {
        Operator::NotEqual | Operator::AllEqual => Quantifier::All,
        _ => Quantifier::Any,
    });
    let relation = match written.operator {
        Operator::Equal | Operator::AllEqual => Relation::Equal,
        Operator::NotEqual | Operator::AnyNotEqual => Relation::NotEqual,
        Operator::Greater => Relation::Greater,
        Operator::GreaterOrEqual => Relation::GreaterOrEqual,
        Operator::Less => Relation::Less,
        Operator::LessOrEqual => Relation::LessOrEqual,
        Operator::Contains => return contains(quantifier, written),
        Operator::Matches => return matches(quantifier, written),
    };
    let (left, right) = both(&written.left, &written.right)?;
    if !left.of.compares_with(right.of) {
        let (left, right) = (left.of.name(), right.of.name());
        let what = format!("{left} cannot be compared with {right}");
        return Err(Complaint::new(written.operator_span.clone(), what));
    }
    let in_place = InPlace::of(quantifier, &left, relation, &right);
    let as_written = Test::Compare(quantifier, left, relation, right);
    Ok(match in_place {
        Some(in_place) => Test::InPlace(in_place, Box::new(as_written)),
        None => as_written,
    })
}

fn contains(quantifier: Quantifier, written: &Written) -> Compiled<Test> {
    let left = known(&written.left)?;
    must_have_value(&written.left, &left)?;
    if !left.of.is_bytes() {
        return Err(not_searchable(written, left.of, "contains"));
    }
    // Part of an address is bytes, not an address.
    let of = if left.of == Type::Mac {
        Type::Bytes
    } else {
        left.of
    };
    let right = operand(
        &written.right,
        Some(Expected {
            of,
            field: None,
            is_joint: false,
        }),
    )?;
    if !right.of.is_bytes() {
        let what = format!("{} cannot be inside {}", right.of.name(), left.of.name());
        return Err(Complaint::new(written.right.span.clone(), what));
    }
    let needle = match right.kind {
        OperandKind::Constant(Constant::Bytes(bytes)) => {
            Needle::Fixed(Box::new(Finder::new(&bytes).into_owned()))
        }
        _ => Needle::Operand(right),
    };
    Ok(Test::Contains(quantifier, left, needle))
}

fn matches(quantifier: Quantifier, written: &Written) -> Compiled<Test> {
    let left = known(&written.left)?;
    must_have_value(&written.left, &left)?;
    if !left.of.is_bytes() || left.of == Type::Mac {
        return Err(not_searchable(written, left.of, "matches"));
    }
    let span = written.right.span.clone();
    let TermKind::Text(pattern) = &written.right.kind else {
        return Err(Complaint::new(span, "a pattern is a text").help("put it into double quotes"));
    };
    let Ok(pattern) = std::str::from_utf8(pattern) else {
        return Err(Complaint::new(span, "a pattern is UTF-8"));
    };
    // Of bytes, as in Wireshark; only sets of other characters than ASCII's are of characters.
    let read = |of_characters| {
        let mut builder = RegexBuilder::new(pattern);
        builder.unicode(of_characters).case_insensitive(true);
        builder.build()
    };
    let pattern = read(false).or_else(|_| read(true));
    let pattern = pattern.map_err(|error| {
        let told = error.to_string();
        let reason = told.lines().last().unwrap_or_default();
        let reason = reason.trim_start_matches("error: ");
        Complaint::new(span, format!("the pattern is wrong: {reason}"))
    })?;
    Ok(Test::Matches(quantifier, left, pattern))
}

fn not_searchable(written: &Written, of: Type, verb: &str) -> Complaint {
    let what = format!("{} cannot be searched by {verb}", of.name());
    let complaint = Complaint::new(written.left.span.clone(), what);
    match &written.left.kind {
        TermKind::Word(name) => complaint.help(format!("search its text: string({name}) {verb} …")),
        _ => complaint,
    }
}

fn member_of(membership: &Membership) -> Compiled<Test> {
    let term = known(&membership.term)?;
    must_have_value(&membership.term, &term)?;
    let expected = Some(expected_of(&term));
    let one = |member: &Term| {
        let operand = operand(member, expected)?;
        if operand.of.compares_with(term.of) {
            return Ok(operand);
        }
        let what = format!("{} cannot be one of {}", term.of.name(), operand.of.name());
        Err(Complaint::new(member.span.clone(), what))
    };
    let members = membership.members.iter().map(|(first, last)| {
        Ok(match last {
            None => Member::One(one(first)?),
            Some(last) => Member::Range(one(first)?, one(last)?),
        })
    });
    let members = members.collect::<Compiled<Vec<_>>>()?;
    let quantifier = membership.quantifier.unwrap_or(Quantifier::Any);
    Ok(Test::In(quantifier, term, members))
}

/// Two terms, of which one may be a literal that takes its type from the other.
fn both(left: &Term, right: &Term) -> Compiled<(Operand, Operand)> {
    match (is_literal(left), is_literal(right)) {
        (false, _) => {
            let (term, left) = (left, known(left)?);
            must_have_value(term, &left)?;
            let right = operand(right, Some(expected_of(&left)))?;
            Ok((left, right))
        }
        (true, false) => {
            let (term, right) = (right, known(right)?);
            must_have_value(term, &right)?;
            let left = operand(left, Some(expected_of(&right)))?;
            Ok((left, right))
        }
        (true, true) => Err(unknown(left)),
    }
}

/// A literal that is compared with an operand must be of its type.
fn expected_of(operand: &Operand) -> Expected {
    let (name, field) = match &operand.kind {
        OperandKind::Fields(name, fields, _) => {
            (name.as_str(), fields.first().map(|field| field.definition))
        }
        _ => ("", None),
    };
    let is_joint = field.is_some_and(|field| field.joint == Some(name));
    // Parts of an address are bytes; so is what a protocol holds.
    let of = match (&operand.kind, operand.of) {
        (OperandKind::Slice(..), of) if of != Type::Text => Type::Bytes,
        (_, of) => of,
    };
    Expected {
        of,
        field,
        is_joint,
    }
}

/// Whether a term is a value as written, and takes its type from elsewhere.
fn is_literal(term: &Term) -> bool {
    match &term.kind {
        TermKind::Word(word) => names::find(word).is_none(),
        TermKind::Text(_) | TermKind::Character(_) => true,
        TermKind::Negated(inner) => is_literal(inner),
        TermKind::Arithmetic(_, left, right) => is_literal(left) && is_literal(right),
        TermKind::Slice(..) | TermKind::InLayers(..) | TermKind::Call(..) => false,
    }
}

/// A term that must know its type by itself.
fn known(term: &Term) -> Compiled<Operand> {
    operand(term, None)
}

/// What is compared or calculated with must have a value.
fn must_have_value(term: &Term, operand: &Operand) -> Compiled<()> {
    match operand.of {
        Type::None => Err(without_value(term)),
        _ => Ok(()),
    }
}

fn without_value(term: &Term) -> Complaint {
    let name = match &term.kind {
        TermKind::Word(name) => name,
        TermKind::InLayers(inner, _) => match &inner.kind {
            TermKind::Word(name) => name,
            _ => "it",
        },
        _ => "it",
    };
    let what = format!("{name} is there or is not there, and has no value");
    Complaint::new(term.span.clone(), what).help(format!("write {name} alone"))
}

fn operand(term: &Term, expected: Option<Expected>) -> Compiled<Operand> {
    match &term.kind {
        TermKind::Word(word) => match (names::find(word), expected) {
            (Some(Named::Fields(fields)), Some(_)) if is_heading(fields) => {
                Err(without_value(term))
            }
            (Some(named), _) => Ok(of_name(word, named, None)),
            (None, Some(expected)) => written(term, expected),
            (None, None) => Err(unknown(term)),
        },
        TermKind::Text(_) | TermKind::Character(_) => match expected {
            Some(expected) => written(term, expected),
            None => Err(unknown(term)),
        },
        TermKind::Negated(inner) if is_literal(inner) => match expected {
            Some(expected) => written(term, expected),
            None => Err(unknown(term)),
        },
        TermKind::Negated(inner) => {
            let inner = number(inner, expected)?;
            let of = inner.of;
            Ok(Operand {
                kind: OperandKind::Negated(Box::new(inner)),
                of,
            })
        }
        TermKind::Slice(inner, parts) => slice(inner, parts),
        TermKind::InLayers(inner, parts) => in_layers(term, inner, parts),
        TermKind::Call(name, arguments) => call(term, name, arguments, expected),
        TermKind::Arithmetic(calculation, left, right) => {
            arithmetic(term, *calculation, left, right, expected)
        }
    }
}

fn written(term: &Term, expected: Expected) -> Compiled<Operand> {
    Ok(Operand {
        kind: OperandKind::Constant(literal::constant(term, expected)?),
        of: expected.of,
    })
}

fn is_heading(fields: &[FieldOf]) -> bool {
    let first = fields.first();
    first.is_some_and(|field| Type::of(field.definition) == Type::None)
}

fn of_name(word: &str, named: &Named, layers: Layers) -> Operand {
    match named {
        Named::Protocol(protocol) => Operand {
            kind: OperandKind::Protocol(protocol, layers),
            of: Type::Protocol,
        },
        Named::Fields(fields) => Operand {
            of: fields
                .first()
                .map_or(Type::None, |field| Type::of(field.definition)),
            kind: OperandKind::Fields(word.to_owned(), fields.clone(), layers),
        },
    }
}

fn unknown(term: &Term) -> Complaint {
    match &term.kind {
        TermKind::Word(word) => {
            let complaint = Complaint::new(
                term.span.clone(),
                format!("there is no field or protocol {word}"),
            );
            match names::hint(word) {
                Some(help) => complaint.help(help),
                None => {
                    complaint.help("fields are named as in Wireshark, such as ip.src or tcp.port")
                }
            }
        }
        _ => Complaint::new(term.span.clone(), "a value alone asks nothing of a frame")
            .help("compare a field with it, such as ip.ttl == 64"),
    }
}

fn slice(inner: &Term, parts: &[Part]) -> Compiled<Operand> {
    let operand = known(inner)?;
    if !operand.of.has_parts() {
        let what = format!("{} has no bytes to take parts of", operand.of.name());
        return Err(Complaint::new(inner.span.clone(), what));
    }
    let of = if operand.of == Type::Text {
        Type::Text
    } else {
        Type::Bytes
    };
    Ok(Operand {
        kind: OperandKind::Slice(Box::new(operand), parts.to_vec()),
        of,
    })
}

fn in_layers(term: &Term, inner: &Term, parts: &[Part]) -> Compiled<Operand> {
    if let TermKind::Word(word) = &inner.kind {
        let named = names::find(word).ok_or_else(|| unknown(inner))?;
        return Ok(of_name(word, named, Some(parts.to_vec())));
    }
    Err(Complaint::new(
        term.span.clone(),
        "only fields and protocols are in layers",
    ))
}

fn call(
    term: &Term,
    name: &str,
    arguments: &[Term],
    expected: Option<Expected>,
) -> Compiled<Operand> {
    let Some((_, function)) = Function::ALL.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = Function::ALL.iter().map(|(name, _)| *name).collect();
        let what = format!("there is no function {name}");
        let span = term.span.start..term.span.start + name.len();
        return Err(Complaint::new(span, what).help(format!("there are {}", names.join(", "))));
    };
    let takes_many = matches!(function, Function::Max | Function::Min);
    if !takes_many && arguments.len() != 1 {
        let what = format!("{name} takes one field");
        return Err(Complaint::new(term.span.clone(), what));
    }
    let first = arguments.iter().find(|argument| !is_literal(argument));
    let of_first = first.map(known).transpose()?;
    let expected = of_first.as_ref().map(expected_of).or(expected);
    let operands = arguments
        .iter()
        .map(|argument| operand(argument, expected.filter(|_| takes_many)))
        .collect::<Compiled<Vec<_>>>()?;
    let of = type_of_call(term, *function, &operands)?;
    Ok(Operand {
        kind: OperandKind::Function(*function, operands),
        of,
    })
}

fn type_of_call(term: &Term, function: Function, arguments: &[Operand]) -> Compiled<Type> {
    let first = arguments.first().map_or(Type::None, |first| first.of);
    let same = arguments.iter().all(|argument| argument.of == first);
    let (fits, result) = match function {
        Function::Len => (first.has_parts(), Type::Number),
        Function::Count => (true, Type::Number),
        Function::Upper | Function::Lower => (first == Type::Text, Type::Text),
        Function::String => (
            !matches!(
                first,
                Type::Text | Type::Bytes | Type::Protocol | Type::None
            ),
            Type::Text,
        ),
        Function::Max | Function::Min => (same && first != Type::None, first),
        Function::Abs => (matches!(first, Type::Number | Type::Duration), first),
    };
    if fits {
        return Ok(result);
    }
    let what = if same {
        format!(
            "{} takes no argument that is {}",
            function.name(),
            first.name()
        )
    } else {
        format!("{} takes arguments of one type", function.name())
    };
    Err(Complaint::new(term.span.clone(), what))
}

fn number(term: &Term, expected: Option<Expected>) -> Compiled<Operand> {
    let operand = operand(term, expected)?;
    must_have_value(term, &operand)?;
    if matches!(operand.of, Type::Number | Type::Flag | Type::Duration) {
        return Ok(operand);
    }
    let what = format!("{} is not calculated with", operand.of.name());
    Err(Complaint::new(term.span.clone(), what))
}

fn arithmetic(
    term: &Term,
    calculation: Calculation,
    left: &Term,
    right: &Term,
    expected: Option<Expected>,
) -> Compiled<Operand> {
    // What is calculated with a field is a number of its own, not one of the field's values.
    let plain = |operand: &Operand| {
        Some(Expected {
            field: None,
            ..expected_of(operand)
        })
    };
    let (left, right) = match (is_literal(left), is_literal(right)) {
        (false, _) => {
            let (term, left) = (left, known(left)?);
            must_have_value(term, &left)?;
            let right = operand(right, plain(&left))?;
            (left, right)
        }
        (true, false) => {
            let (term, right) = (right, known(right)?);
            must_have_value(term, &right)?;
            (operand(left, plain(&right))?, right)
        }
        (true, true) => {
            let expected = expected.map(|expected| Expected {
                field: None,
                ..expected
            });
            (operand(left, expected)?, operand(right, expected)?)
        }
    };
    let of = type_of_arithmetic(term, calculation, left.of, right.of)?;
    Ok(Operand {
        kind: OperandKind::Arithmetic(calculation, Box::new(left), Box::new(right)),
        of,
    })
}

fn type_of_arithmetic(
    term: &Term,
    calculation: Calculation,
    left: Type,
    right: Type,
) -> Compiled<Type> {
    Ok(match (calculation, left, right) {
        (_, left, right) if left.is_number() && right.is_number() => Type::Number,
        (Calculation::Add | Calculation::Subtract, Type::Duration, Type::Duration) => {
            Type::Duration
        }
        (Calculation::Subtract, Type::Time, Type::Time) => Type::Duration,
        // The bytes of a whole protocol are no number either: tshark's "FT_PROTOCOL cannot &".
        (Calculation::BitAnd, left, right)
            if left.is_bytes()
                && right.is_bytes()
                && left != Type::Protocol
                && right != Type::Protocol =>
        {
            Type::Bytes
        }
        (Calculation::BitAnd, Type::Ipv4, Type::Ipv4) => Type::Ipv4,
        (Calculation::BitAnd, Type::Ipv6, Type::Ipv6) => Type::Ipv6,
        _ => {
            let symbol = calculation.symbol();
            let what = format!("{} and {} have no {symbol}", left.name(), right.name());
            let complaint = Complaint::new(term.span.clone(), what);
            return Err(match asked_together(term) {
                Some(both) => complaint.help(format!("to ask for both: {both}")),
                None => complaint,
            });
        }
    })
}

/// What `tcp & udp` was to ask, where both are names.
fn asked_together(term: &Term) -> Option<String> {
    let TermKind::Arithmetic(Calculation::BitAnd, left, right) = &term.kind else {
        return None;
    };
    match (&left.kind, &right.kind) {
        (TermKind::Word(left), TermKind::Word(right)) if names::find(right).is_some() => {
            Some(format!("{left} and {right}"))
        }
        _ => None,
    }
}
