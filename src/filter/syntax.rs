//! A filter as written: tests of terms, joined by logic. What the words mean is not yet known.

use std::ops::Range;

/// What a filter asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Both.
    And(Box<Expression>, Box<Expression>),
    /// At least one.
    Or(Box<Expression>, Box<Expression>),
    /// The opposite.
    Not(Box<Expression>),
    /// A term by itself: is it there?
    Alone(Term),
    /// Two terms compared.
    Relation(Box<Relation>),
    /// A term among others.
    Membership(Box<Membership>),
}

/// Two terms compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// How many values must fit, where that was said.
    pub quantifier: Option<Quantifier>,
    /// The left side.
    pub left: Term,
    /// The comparison.
    pub operator: Operator,
    /// Where the operator stands.
    pub operator_span: Range<usize>,
    /// The right side.
    pub right: Term,
}

/// A term among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// How many values must fit, where that was said.
    pub quantifier: Option<Quantifier>,
    /// The term.
    pub term: Term,
    /// The others: single ones, or ranges with both ends.
    pub members: Vec<(Term, Option<Term>)>,
}

/// How many values of a field that occurs more than once must fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// One is enough.
    Any,
    /// All of them, and at least one.
    All,
}

/// How two terms are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`: no value is equal.
    NotEqual,
    /// `===`: every value is equal.
    AllEqual,
    /// `!==`: some value is not equal.
    AnyNotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `contains`
    Contains,
    /// `matches`
    Matches,
}

/// Something that has values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Where it stands.
    pub span: Range<usize>,
}

/// What a term is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// A field, a protocol, or a literal without quotes.
    Word(String),
    /// A quoted text.
    Text(Vec<u8>),
    /// A quoted character.
    Character(u8),
    /// Parts of the bytes of a term.
    Slice(Box<Term>, Vec<Part>),
    /// The occurrences of a field in some layers of its protocol, counted from 1.
    InLayers(Box<Term>, Vec<Part>),
    /// A function of terms.
    Call(String, Vec<Term>),
    /// Two terms calculated with.
    Arithmetic(Calculation, Box<Term>, Box<Term>),
    /// A term with the other sign.
    Negated(Box<Term>),
}

/// What is calculated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calculation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`
    BitAnd,
}

impl Calculation {
    /// How it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::BitAnd => "&",
        }
    }
}

/// A part of something that is counted: `[i:j]`, `[i-j]`, `[i]`, `[i:]`, `[:j]`. Negative numbers count
/// from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first.
    pub start: i64,
    /// How far it reaches.
    pub reach: Reach,
}

/// How far a part reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// So many.
    Length(i64),
    /// Up to this one, included.
    Through(i64),
    /// To the end.
    End,
}

impl Part {
    /// The range in something of `length`; `None` where it does not lie wholly inside.
    pub fn within(self, length: usize) -> Option<Range<usize>> {
        let length = i64::try_from(length).ok()?;
        let from_end = |place: i64| if place < 0 { place + length } else { place };
        let start = from_end(self.start);
        let end = match self.reach {
            Reach::Length(count) => start.checked_add(count)?,
            Reach::Through(last) => from_end(last).checked_add(1)?,
            Reach::End => length,
        };
        let inside = 0 <= start && start < end && end <= length;
        inside.then_some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}
