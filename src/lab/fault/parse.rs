//! Reads a fault as people write it: `drop 1st from client where tcp.len > 0`.
//!
//! ```text
//! fault  = action [which] ["from" HOST] ["where" FILTER]
//!        | "loss" PERCENT ["seed" NUMBER] ["from" HOST] ["where" FILTER]
//!        | "rate" BITS | "mtu" BYTES
//! action = "drop" | "delay" TIME | "duplicate" | "swap" | "corrupt" ["byte" NUMBER] | "cut"
//! which  = "1st" | "2nd" | "3rd" | … | "every" NTH | "all"
//! ```

use std::fmt;
use std::num::NonZeroU64;
use std::ops::Range;
use std::time::Duration;

use super::super::settings::{HostName, Mtu};
use super::spec::{Action, Aim, Fault, Harmful, Seed, Which};
use crate::filter::Filter;
use crate::model::{duration, text};

/// A fault that cannot be understood, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError {
    fault: String,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What is possible there.
    pub help: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the fault cannot be understood: {}", self.what)?;
        let mut shown = String::new();
        text::push_pointed(&mut shown, &self.fault, &self.span, &self.help);
        f.write_str(&shown)
    }
}

impl std::error::Error for FaultError {}

impl Fault {
    /// Understands a fault on a cable between these hosts.
    ///
    /// # Errors
    ///
    /// It says where the text is wrong, and what is possible there.
    pub fn parse(text: &str, hosts: &[HostName]) -> Result<Self, FaultError> {
        let mut parser = Parser { text, hosts, at: 0 };
        let action = parser.fault().map_err(|complaint| FaultError {
            fault: text.to_owned(),
            span: complaint.span,
            what: complaint.what,
            help: complaint.help,
        })?;
        Ok(Self {
            text: text.trim().to_owned(),
            action,
        })
    }
}

/// Whatever delays add up to, it is a time that a frame's time stamp has room for.
const LONGEST_DELAY: Duration = Duration::from_hours(1);

struct Complaint {
    span: Range<usize>,
    what: String,
    help: String,
}

type Parsed<T> = Result<T, Complaint>;

const ACTIONS: &str =
    "drop, delay 50ms, duplicate, swap, corrupt, cut, rate 1mbit, loss 10%, mtu 600";
const WHICH: &str =
    "then which frames: 1st (if left out), 2nd, every 3rd, all; from HOST; where FILTER";

struct Parser<'a> {
    text: &'a str,
    hosts: &'a [HostName],
    at: usize,
}

impl<'a> Parser<'a> {
    fn fault(&mut self) -> Parsed<Action> {
        // What it did to a frame is a line of the frame's comment.
        let text = self.text.trim_end();
        if let Some(end) = text.find('\n') {
            return Err(wrong(end..end + 1, "a fault is one line", ""));
        }
        let action = match self.expect("an action", ACTIONS)? {
            (_, "drop") => self.aimed(Harmful::Drop),
            (_, "delay") => {
                let time = self.delay()?;
                self.aimed(time)
            }
            (_, "duplicate") => self.aimed(Harmful::Duplicate),
            (_, "swap") => self.aimed(Harmful::Swap),
            (_, "corrupt") => {
                let place = self.corrupt()?;
                self.aimed(place)
            }
            (_, "cut") => self.aimed(Harmful::Cut),
            (_, "loss") => self.loss(),
            (_, "rate") => self.rate(),
            (_, "mtu") => self.mtu(),
            (span, word) => Err(wrong(
                span,
                format!("no action is called {word:?}"),
                ACTIONS,
            )),
        }?;
        self.end(&action)?;
        Ok(action)
    }

    fn end(&mut self, action: &Action) -> Parsed<()> {
        let help = match action {
            Action::Rate(_) | Action::Mtu(_) => "this one is for the whole cable, and ends here",
            Action::Loss(..) => "from HOST and where FILTER can follow, in this order",
            Action::To(..) => WHICH,
        };
        match self.next() {
            None => Ok(()),
            Some((span, word)) => Err(wrong(span, format!("{word:?} is not expected here"), help)),
        }
    }

    fn delay(&mut self) -> Parsed<Harmful> {
        let help = "a time with its unit, such as 50ms or 1.5s, and at most an hour: 3600s";
        let (span, word) = self.expect("how long", help)?;
        let has_unit = !word.ends_with(|c: char| c.is_ascii_digit());
        duration::parse(word)
            .filter(|time| has_unit && *time <= LONGEST_DELAY)
            .map(Harmful::Delay)
            .ok_or_else(|| wrong(span, format!("{word:?} is no delay"), help))
    }

    fn corrupt(&mut self) -> Parsed<Harmful> {
        if !self.take("byte") {
            return Ok(Harmful::Corrupt(None));
        }
        let help = "the byte's offset in the frame, as -x counts: 0 is the first";
        let (span, word) = self.expect("which byte", help)?;
        let byte = word.parse();
        let byte = byte.map_err(|_| wrong(span, format!("{word:?} is no offset"), help))?;
        Ok(Harmful::Corrupt(Some(byte)))
    }

    fn aimed(&mut self, harmful: Harmful) -> Parsed<Action> {
        let start = self.at;
        let which = self.which()?;
        if harmful == Harmful::Cut && !matches!(which, Which::Nth(_)) {
            return Err(wrong(
                start..self.at,
                "a cable is cut once",
                "1st, 2nd, …: the frame with which it is cut",
            ));
        }
        Ok(Action::To(harmful, which, self.aim()?))
    }

    fn which(&mut self) -> Parsed<Which> {
        let help = "1st, 2nd, 3rd, …";
        if self.take("all") {
            return Ok(Which::All);
        }
        if self.take("every") {
            let (span, word) = self.expect("every how many", help)?;
            let step = ordinal(word).filter(|step| step.get() > 1);
            return step
                .map(Which::Every)
                .ok_or_else(|| wrong(span, format!("{word:?} is no step"), "2nd, 3rd, …"));
        }
        match self.peek() {
            Some((span, word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                self.next();
                ordinal(word)
                    .map(Which::Nth)
                    .ok_or_else(|| wrong(span, format!("{word:?} tells no frame"), help))
            }
            _ => Ok(Which::FIRST),
        }
    }

    fn aim(&mut self) -> Parsed<Aim> {
        let mut aim = Aim::default();
        if self.take("from") {
            let hosts = self.hosts.iter().map(HostName::as_str);
            let hosts = hosts.collect::<Vec<_>>().join(", ");
            let (span, word) = self.expect("a host", &hosts)?;
            let named = self.hosts.iter().find(|host| host.as_str() == word);
            aim.from = Some(
                *named.ok_or_else(|| wrong(span, format!("no host is called {word:?}"), &hosts))?,
            );
        }
        if self.take("where") {
            aim.condition = Some(self.condition()?);
        }
        Ok(aim)
    }

    /// The rest of the text, as a display filter.
    fn condition(&mut self) -> Parsed<String> {
        self.skip_blanks();
        let start = self.at;
        let filter = self.text.get(start..).unwrap_or_default().trim_end();
        self.at = self.text.len();
        match Filter::new(filter) {
            Ok(_) => Ok(filter.to_owned()),
            Err(error) => Err(Complaint {
                span: start + error.span.start..start + error.span.end,
                what: error.what,
                help: error.help.unwrap_or_default(),
            }),
        }
    }

    fn loss(&mut self) -> Parsed<Action> {
        let help = "a share such as 10%";
        let (span, word) = self.expect("how much is lost", help)?;
        let share = word.strip_suffix('%').and_then(per_million);
        let share = share.ok_or_else(|| wrong(span, format!("{word:?} is no share"), help))?;
        let mut seed: Seed = 1;
        if self.take("seed") {
            let help = "a number: the same one gives the same losses";
            let (span, word) = self.expect("the seed", help)?;
            let number = word.parse();
            seed = number.map_err(|_| wrong(span, format!("{word:?} is no number"), help))?;
        }
        Ok(Action::Loss(share, seed, self.aim()?))
    }

    fn rate(&mut self) -> Parsed<Action> {
        let help = "such as 1mbit, 64kbit or 9600bit in a second";
        let (span, word) = self.expect("how fast", help)?;
        let rate = [("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9), ("bit", 1.0)]
            .into_iter()
            .find_map(|(unit, factor)| rate_in(word.strip_suffix(unit)?, factor));
        rate.map(Action::Rate)
            .ok_or_else(|| wrong(span, format!("{word:?} is no rate"), help))
    }

    fn mtu(&mut self) -> Parsed<Action> {
        let help = "the longest packet in bytes, from 68: longer ones are lost, and nobody is told";
        let (span, word) = self.expect("the MTU", help)?;
        let mtu = word.parse().ok().and_then(Mtu::new);
        mtu.map(|mtu| Action::Mtu(mtu.bytes()))
            .ok_or_else(|| wrong(span, format!("{word:?} is no MTU"), help))
    }

    fn expect(&mut self, what: &str, help: &str) -> Parsed<(Range<usize>, &'a str)> {
        self.next().ok_or_else(|| {
            let end = self.text.len();
            wrong(end..end, format!("{what} is missing"), help)
        })
    }

    fn take(&mut self, wanted: &str) -> bool {
        let is_next = self.peek().is_some_and(|(_, word)| word == wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    fn skip_blanks(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<(Range<usize>, &'a str)> {
        self.skip_blanks();
        let word = self.text.get(self.at..)?.split_whitespace().next()?;
        Some((self.at..self.at + word.len(), word))
    }

    fn next(&mut self) -> Option<(Range<usize>, &'a str)> {
        let found = self.peek()?;
        self.at = found.0.end;
        Some(found)
    }
}

fn wrong(span: Range<usize>, what: impl Into<String>, help: &str) -> Complaint {
    Complaint {
        span,
        what: what.into(),
        help: help.to_owned(),
    }
}

/// `1st`, `2nd`, `11th`.
fn ordinal(word: &str) -> Option<NonZeroU64> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let end = word.get(digits.len()..)?;
    let number: NonZeroU64 = digits.parse().ok()?;
    let right = match (number.get() % 10, number.get() % 100) {
        (1, last) if last != 11 => "st",
        (2, last) if last != 12 => "nd",
        (3, last) if last != 13 => "rd",
        _ => "th",
    };
    (end == right).then_some(number)
}

/// Percent as parts of a million; `None` beyond 0 to 100.
fn per_million(percent: &str) -> Option<u32> {
    let percent: f64 = percent.parse().ok()?;
    let within = (0.0..=100.0).contains(&percent);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    within.then(|| (percent * 1e4).round() as u32)
}

fn rate_in(number: &str, factor: f64) -> Option<NonZeroU64> {
    let number: f64 = number.parse().ok()?;
    let bits = (number * factor).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    if (1.0..=1e12).contains(&bits) {
        NonZeroU64::new(bits as u64)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: [HostName; 2] = [HostName::SERVER, HostName::CLIENT];

    fn action(text: &str) -> Action {
        let fault = Fault::parse(text, &HOSTS).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fault.to_string(), text);
        fault.action
    }

    fn nth(number: u64) -> Which {
        Which::Nth(NonZeroU64::new(number).unwrap())
    }

    #[test]
    fn a_number_in_order_has_the_end_that_it_has_in_english() {
        for (word, number) in [
            ("1st", 1),
            ("2nd", 2),
            ("11th", 11),
            ("23rd", 23),
            ("112th", 112),
        ] {
            assert_eq!(ordinal(word), NonZeroU64::new(number), "{word}");
        }
        for wrong in ["1nd", "3st", "11st", "0th", "th", "4", "4xth"] {
            assert_eq!(ordinal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_to_do_which_frames_from_whom_and_a_filter() {
        let aim = Aim {
            from: Some(HostName::CLIENT),
            condition: Some("tcp.len > 0".to_owned()),
        };
        let drop = |which, aim| Action::To(Harmful::Drop, which, aim);
        assert_eq!(
            action("drop 1st from client where tcp.len > 0"),
            drop(nth(1), aim.clone())
        );
        assert_eq!(
            action("drop from client where tcp.len > 0"),
            drop(nth(1), aim)
        );
        assert_eq!(action("drop"), drop(nth(1), Aim::default()));
        assert_eq!(action("drop 2nd"), drop(nth(2), Aim::default()));
        assert_eq!(action("drop all"), drop(Which::All, Aim::default()));
        assert_eq!(
            action("drop every 3rd"),
            drop(Which::Every(NonZeroU64::new(3).unwrap()), Aim::default())
        );
    }

    #[test]
    fn every_action_is_understood() {
        let first = |harmful| Action::To(harmful, nth(1), Aim::default());
        let time = Duration::from_millis(50);
        assert_eq!(action("delay 50ms"), first(Harmful::Delay(time)));
        assert_eq!(action("duplicate"), first(Harmful::Duplicate));
        assert_eq!(action("swap"), first(Harmful::Swap));
        assert_eq!(action("corrupt"), first(Harmful::Corrupt(None)));
        assert_eq!(action("corrupt byte 66"), first(Harmful::Corrupt(Some(66))));
        assert_eq!(action("cut"), first(Harmful::Cut));
        assert_eq!(
            action("rate 1.5mbit"),
            Action::Rate(NonZeroU64::new(1_500_000).unwrap())
        );
        assert_eq!(action("mtu 600"), Action::Mtu(600));
        assert_eq!(
            action("loss 10% seed 7"),
            Action::Loss(100_000, 7, Aim::default())
        );
        let of_udp = Aim {
            from: None,
            condition: Some("udp".to_owned()),
        };
        assert_eq!(
            action("loss 0.5% where udp"),
            Action::Loss(5_000, 1, of_udp)
        );
    }

    #[test]
    fn an_error_points_at_the_place_and_says_what_is_possible() {
        for (text, message) in [
            (
                "",
                "the fault cannot be understood: an action is missing\n  \n  ^ drop, delay 50ms,",
            ),
            (
                "lose 1st",
                "no action is called \"lose\"\n  lose 1st\n  ^^^^ drop, delay",
            ),
            (
                "delay 50 from client",
                "\"50\" is no delay\n  delay 50 from client\n        ^^ a time with its unit",
            ),
            (
                "delay 3601s all",
                "\"3601s\" is no delay\n  delay 3601s all\n        ^^^^^ a time with its unit, such as 50ms or 1.5s, and at most an hour",
            ),
            (
                "drop 1st from bob",
                "no host is called \"bob\"\n  drop 1st from bob\n                ^^^ server, client",
            ),
            (
                "drop where tcp.length > 0",
                "\n  drop where tcp.length > 0\n             ^^^^^^^^^^ ",
            ),
            ("drop 5x", "\"5x\" tells no frame"),
            ("drop every 1st", "\"1st\" is no step"),
            ("drop 0th", "\"0th\" tells no frame"),
            ("drop when tcp", "\"when\" is not expected here"),
            ("cut all", "a cable is cut once"),
            ("corrupt byte x", "\"x\" is no offset"),
            ("loss 110%", "\"110%\" is no share"),
            ("loss NaN%", "\"NaN%\" is no share"),
            ("rate 0mbit", "\"0mbit\" is no rate"),
            ("rate 1mbit from client", "for the whole cable"),
            ("mtu 10", "\"10\" is no MTU"),
            ("drop\n1st", "a fault is one line\n  drop\\n1st"),
        ] {
            let error = Fault::parse(text, &HOSTS).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
