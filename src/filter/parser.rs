//! From pieces to the tests of a filter, by Wireshark's grammar.
//!
//! From the loosest to the tightest: `or`, `and`, `not`, comparisons, `&`, `+ -`, `* / %`, the sign.

use std::ops::Range;

use super::error::Complaint;
use super::lexer::{Placed, Token, pieces};
use super::syntax::{
    Calculation, Expression, Membership, Operator, Part, Quantifier, Reach, Relation, Term,
    TermKind,
};

/// How deep parentheses, signs and functions may nest.
pub const DEEPEST: usize = 100;

/// How many operators may join what stands beside each other: each stands inside the next, as deep as there are
/// operators.
pub const MOST_OPERATORS: usize = 250;

/// Reads a filter.
///
/// # Errors
///
/// What stands at one place cannot stand there.
pub fn parse(filter: &str) -> Result<Expression, Complaint> {
    let mut parser = Parser {
        pieces: pieces(filter)?,
        at: 0,
        depth: 0,
        operators: 0,
    };
    if *parser.token() == Token::End {
        return Err(Complaint::new(0..0, "it is empty").help("an example: tcp.port == 12345"));
    }
    let expression = parser.either()?;
    match parser.token() {
        Token::End => Ok(expression),
        _ => Err(parser.unexpected("and, or, or the end")),
    }
}

struct Parser {
    pieces: Vec<Placed>,
    at: usize,
    depth: usize,
    operators: usize,
}

type Parsed<T> = Result<T, Complaint>;

impl Parser {
    fn token(&self) -> &Token {
        self.pieces.get(self.at).map_or(&Token::End, |p| &p.token)
    }

    fn span(&self) -> Range<usize> {
        let last = self.pieces.last().map_or(0..0, |p| p.span.clone());
        self.pieces.get(self.at).map_or(last, |p| p.span.clone())
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn take_symbol(&mut self, wanted: &str) -> bool {
        let is_it = matches!(self.token(), Token::Symbol(symbol) if *symbol == wanted);
        if is_it {
            self.advance();
        }
        is_it
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let is_it = matches!(self.token(), Token::Word(word) if word == wanted);
        if is_it {
            self.advance();
        }
        is_it
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(self.unexpected(symbol))
        }
    }

    fn unexpected(&self, expected: &str) -> Complaint {
        let what = match self.token() {
            Token::End => format!("it ends where {expected} was expected"),
            Token::Symbol("=") => return self.no_comparison(),
            Token::Word(word)
                if ["AND", "OR", "NOT", "IN", "CONTAINS", "MATCHES"].contains(&word.as_str()) =>
            {
                return Complaint::new(self.span(), format!("\"{word}\" is no operator"))
                    .help(format!("did you mean {}?", word.to_lowercase()));
            }
            _ => format!("{expected} was expected here"),
        };
        Complaint::new(self.span(), what)
    }

    /// A lone `=`, or one with the other half of a comparison on its wrong side.
    fn no_comparison(&self) -> Complaint {
        let span = self.span();
        let next = self.pieces.get(self.at + 1);
        let next = next.filter(|next| next.span.start == span.end);
        let (written, meant, end) = match next.map(|next| (&next.token, next.span.end)) {
            Some((Token::Symbol("!"), end)) => ("=!", "!=", end),
            Some((Token::Symbol(">"), end)) => ("=>", ">=", end),
            Some((Token::Symbol("<"), end)) => ("=<", "<=", end),
            _ => ("=", "==", span.end),
        };
        Complaint::new(span.start..end, format!("\"{written}\" is no comparison"))
            .help(format!("did you mean {meant}?"))
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEEPEST {
            return Err(Complaint::new(
                self.span(),
                format!("it nests deeper than {DEEPEST}"),
            ));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }

    /// Counts an operator that was taken.
    fn one_more(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.operators <= MOST_OPERATORS {
            return Ok(());
        }
        let what = format!("it has more than {MOST_OPERATORS} operators");
        Err(Complaint::new(self.span(), what)
            .help("a set holds as many values as you like: in {1, 2}"))
    }

    fn either(&mut self) -> Parsed<Expression> {
        let mut left = self.both()?;
        while self.take_word("or") || self.take_symbol("||") {
            self.one_more()?;
            let right = self.both()?;
            left = Expression::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expression> {
        let mut left = self.one()?;
        while self.take_word("and") || self.take_symbol("&&") {
            self.one_more()?;
            let right = self.one()?;
            left = Expression::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn one(&mut self) -> Parsed<Expression> {
        if self.take_word("not") || self.take_symbol("!") {
            let inner = self.deeper(Self::one)?;
            return Ok(Expression::Not(Box::new(inner)));
        }
        if self.take_symbol("(") {
            let inner = self.deeper(Self::either)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let quantifier = if self.take_word("any") {
            Some(Quantifier::Any)
        } else if self.take_word("all") {
            Some(Quantifier::All)
        } else {
            None
        };
        let first = self.term()?;
        if let Some(negated) = self.take_in() {
            return self.membership(quantifier, first, negated);
        }
        let Some(relation) = self.relation(quantifier, first.clone())? else {
            return match quantifier {
                None => Ok(Expression::Alone(first)),
                Some(_) => Err(self.unexpected("a comparison")),
            };
        };
        self.chained(quantifier, relation)
    }

    /// `1 < tcp.len < 10` is short for both comparisons.
    fn chained(&mut self, quantifier: Option<Quantifier>, first: Relation) -> Parsed<Expression> {
        let mut last = first.right.clone();
        let mut all = Expression::Relation(Box::new(first));
        while let Some(next) = self.relation(quantifier, last)? {
            self.one_more()?;
            last = next.right.clone();
            let next = Expression::Relation(Box::new(next));
            all = Expression::And(Box::new(all), Box::new(next));
        }
        Ok(all)
    }

    fn relation(&mut self, quantifier: Option<Quantifier>, left: Term) -> Parsed<Option<Relation>> {
        let operator_span = self.span();
        let Some(operator) = self.take_operator() else {
            return match self.token() {
                Token::Symbol("=") => Err(self.unexpected("")),
                _ => Ok(None),
            };
        };
        Ok(Some(Relation {
            quantifier,
            left,
            operator,
            operator_span,
            right: self.term()?,
        }))
    }

    fn take_operator(&mut self) -> Option<Operator> {
        let text = match self.token() {
            Token::Symbol(symbol) => symbol,
            Token::Word(word) => word.as_str(),
            _ => return None,
        };
        let operator = match text {
            "==" | "eq" | "any_eq" => Operator::Equal,
            "!=" | "ne" | "all_ne" => Operator::NotEqual,
            "===" | "all_eq" => Operator::AllEqual,
            "!==" | "~=" | "any_ne" => Operator::AnyNotEqual,
            ">" | "gt" => Operator::Greater,
            ">=" | "ge" => Operator::GreaterOrEqual,
            "<" | "lt" => Operator::Less,
            "<=" | "le" => Operator::LessOrEqual,
            "contains" => Operator::Contains,
            "matches" | "~" => Operator::Matches,
            _ => return None,
        };
        self.advance();
        Some(operator)
    }

    /// `in`, or `not in`; whether it is negated.
    fn take_in(&mut self) -> Option<bool> {
        if self.take_word("in") {
            return Some(false);
        }
        let is_not = matches!(self.token(), Token::Word(word) if word == "not")
            || matches!(self.token(), Token::Symbol("!"));
        let before_in = matches!(
            self.pieces.get(self.at + 1).map(|piece| &piece.token),
            Some(Token::Word(word)) if word == "in"
        );
        if is_not && before_in {
            self.at += 2;
            return Some(true);
        }
        None
    }

    fn membership(
        &mut self,
        quantifier: Option<Quantifier>,
        term: Term,
        negated: bool,
    ) -> Parsed<Expression> {
        let brace = self.span();
        self.expect("{")?;
        let mut members = Vec::new();
        loop {
            if *self.token() == Token::End {
                return Err(Complaint::new(brace, "this set is not closed")
                    .help("write } behind its last value"));
            }
            let first = self.term()?;
            let last = if self.take_symbol("..") {
                Some(self.term()?)
            } else {
                None
            };
            members.push((first, last));
            // The comma may be left out, as Wireshark's older language had it.
            self.take_symbol(",");
            if self.take_symbol("}") {
                break;
            }
        }
        let membership = Expression::Membership(Box::new(Membership {
            quantifier,
            term,
            members,
        }));
        Ok(if negated {
            Expression::Not(Box::new(membership))
        } else {
            membership
        })
    }

    fn term(&mut self) -> Parsed<Term> {
        self.calculated(&[&[("&", Calculation::BitAnd)], SUMS, PRODUCTS])
    }

    /// A term of the loosest of these groups of operators; the others bind tighter.
    fn calculated(&mut self, groups: &[&[(&str, Calculation)]]) -> Parsed<Term> {
        let Some((loosest, tighter)) = groups.split_first() else {
            return self.signed();
        };
        let mut left = self.calculated(tighter)?;
        while let Some(calculation) = self.take_calculation(loosest) {
            self.one_more()?;
            let right = self.calculated(tighter)?;
            left = Term {
                span: left.span.start..right.span.end,
                kind: TermKind::Arithmetic(calculation, Box::new(left), Box::new(right)),
            };
        }
        Ok(left)
    }

    fn take_calculation(&mut self, group: &[(&str, Calculation)]) -> Option<Calculation> {
        if group.iter().any(|(_, kind)| *kind == Calculation::BitAnd)
            && (self.take_word("bitwise_and") || self.take_word("bitand"))
        {
            return Some(Calculation::BitAnd);
        }
        group
            .iter()
            .find(|(symbol, _)| self.take_symbol(symbol))
            .map(|(_, calculation)| *calculation)
    }

    fn signed(&mut self) -> Parsed<Term> {
        let start = self.span().start;
        if self.take_symbol("+") {
            return self.deeper(Self::signed);
        }
        if self.take_symbol("-") {
            let inner = self.deeper(Self::signed)?;
            return Ok(Term {
                span: start..inner.span.end,
                kind: TermKind::Negated(Box::new(inner)),
            });
        }
        let mut term = self.primary()?;
        loop {
            let end = self.span().end;
            if let Token::Brackets(inside) = self.token().clone() {
                let parts = parts(&inside, self.span())?;
                self.advance();
                self.one_more()?;
                term = Term {
                    kind: TermKind::Slice(Box::new(term), parts),
                    span: start..end,
                };
            } else if self.take_symbol("#") {
                let (parts, end) = self.layers()?;
                self.one_more()?;
                term = Term {
                    kind: TermKind::InLayers(Box::new(term), parts),
                    span: start..end,
                };
            } else {
                return Ok(term);
            }
        }
    }

    /// What follows `#`: one number, or ranges in brackets.
    fn layers(&mut self) -> Parsed<(Vec<Part>, usize)> {
        let span = self.span();
        let negative = self.take_symbol("-");
        let parts = match self.token().clone() {
            Token::Brackets(inside) if !negative => parts(&inside, self.span())?,
            Token::Word(word) => {
                let number = word.parse::<i64>().ok().filter(|number| *number > 0);
                let Some(number) = number else {
                    return Err(self.unexpected("the number of a layer, from 1"));
                };
                vec![Part {
                    start: if negative { -number } else { number },
                    reach: Reach::Length(1),
                }]
            }
            _ => return Err(self.unexpected("the number of a layer, from 1")),
        };
        let end = self.span().end;
        self.advance();
        if parts.iter().any(|part| part.start == 0) {
            return Err(Complaint::new(span.start..end, "layers are counted from 1"));
        }
        Ok((parts, end))
    }

    fn primary(&mut self) -> Parsed<Term> {
        let span = self.span();
        let kind = match self.token().clone() {
            Token::Symbol("{") => {
                self.advance();
                let inner = self.deeper(Self::term)?;
                self.expect("}")?;
                return Ok(inner);
            }
            Token::Word(word) if KEYWORDS.contains(&word.as_str()) => {
                return Err(self.unexpected("a field, a protocol or a value"));
            }
            Token::Word(word) => {
                self.advance();
                if self.take_symbol("(") {
                    return self.call(word, span.start);
                }
                TermKind::Word(word)
            }
            Token::Text(text) | Token::RawText(text) => {
                self.advance();
                TermKind::Text(text)
            }
            Token::Character(character) => {
                self.advance();
                TermKind::Character(character)
            }
            _ => return Err(self.unexpected("a field, a protocol or a value")),
        };
        Ok(Term { kind, span })
    }

    fn call(&mut self, name: String, start: usize) -> Parsed<Term> {
        let mut arguments = Vec::new();
        loop {
            let argument = self.deeper(Self::term)?;
            arguments.push(argument);
            if !self.take_symbol(",") {
                break;
            }
        }
        let end = self.span().end;
        self.expect(")")?;
        Ok(Term {
            kind: TermKind::Call(name, arguments),
            span: start..end,
        })
    }
}

const SUMS: &[(&str, Calculation)] = &[("+", Calculation::Add), ("-", Calculation::Subtract)];
const PRODUCTS: &[(&str, Calculation)] = &[
    ("*", Calculation::Multiply),
    ("/", Calculation::Divide),
    ("%", Calculation::Remainder),
];

/// Words that no field may have as its name.
const KEYWORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "in",
    "contains",
    "matches",
    "eq",
    "ne",
    "gt",
    "ge",
    "lt",
    "le",
    "any_eq",
    "all_ne",
    "all_eq",
    "any_ne",
    "bitwise_and",
    "bitand",
    "any",
    "all",
];

/// What stands in brackets: `0:3`, `1-2`, `5`, `:4`, `-4:`, joined by commas.
fn parts(inside: &str, span: Range<usize>) -> Parsed<Vec<Part>> {
    let mut start = span.start + 1;
    let each = inside.split(',').map(|text| {
        let here = start..start + text.len();
        start = here.end + 1;
        let part = part(text.trim()).ok_or_else(|| {
            Complaint::new(span.clone(), "this is no part of anything").help(
                "parts are written [first:length], [first-last], [first], [first:], [:length]",
            )
        })?;
        match why_impossible(part) {
            Some(why) => Err(Complaint::new(here, why)),
            None => Ok(part),
        }
    });
    each.collect()
}

/// Why nothing, however long, has this part; as in Wireshark, a place is a number of 32 bits.
fn why_impossible(part: Part) -> Option<&'static str> {
    let (start, last) = match part.reach {
        Reach::Length(length) if length < 1 => return Some("a part is at least 1 long"),
        Reach::Length(length) => (part.start, part.start.saturating_add(length - 1)),
        Reach::Through(last) => (part.start, last),
        Reach::End => (part.start, part.start),
    };
    let is_place = |place: i64| i32::try_from(place).is_ok();
    let are_from_one_end = (start < 0) == (last < 0);
    if !is_place(start) || !is_place(last) {
        Some("nothing is that long")
    } else if are_from_one_end && last < start {
        Some("this part ends before it begins")
    } else if start < 0 && matches!(part.reach, Reach::Length(_)) && !are_from_one_end {
        Some("this part goes on beyond the end")
    } else {
        None
    }
}

fn part(text: &str) -> Option<Part> {
    let number = |text: &str| text.trim().parse::<i64>().ok();
    if let Some((start, length)) = text.split_once(':') {
        let start = if start.trim().is_empty() {
            0
        } else {
            number(start)?
        };
        let reach = if length.trim().is_empty() {
            Reach::End
        } else {
            Reach::Length(number(length)?)
        };
        return Some(Part { start, reach });
    }
    // The first hyphen behind the first digit separates; others are signs.
    let separator = text
        .char_indices()
        .skip(1)
        .find(|(_, character)| *character == '-')
        .map(|(index, _)| index);
    if let Some(at) = separator {
        let (start, last) = (text.get(..at)?, text.get(at + 1..)?);
        return Some(Part {
            start: number(start)?,
            reach: Reach::Through(number(last)?),
        });
    }
    Some(Part {
        start: number(text)?,
        reach: Reach::Length(1),
    })
}
