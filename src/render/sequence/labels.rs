//! What is written at an arrow and between two, alike in every drawing.

use crate::explain::step::Step;
use crate::model::duration;

/// What can be said on an arrow, the longest first, each with what then has to be said below.
pub fn labels(step: &Step) -> [(String, String); 4] {
    let joined = |parts: &[&str]| {
        let said: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !part.is_empty())
            .collect();
        said.join("  ")
    };
    let Step {
        head,
        numbers,
        message,
        ..
    } = step;
    [
        (joined(&[head, numbers, message]), String::new()),
        (joined(&[head, numbers]), message.clone()),
        (head.clone(), joined(&[numbers, message])),
        (String::new(), joined(&[head, numbers, message])),
    ]
}

/// What is said of a drawing to scale, in which `blank` stands for each of these times without anything.
pub fn scale(row_time: i64, blank: &str) -> String {
    let mut out = format!("To scale: {blank} is ");
    duration::push(row_time, &mut out);
    out.push_str(" in which nothing happens; for less than half of that there is none");
    out
}

/// How much is not drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Untold {
    /// How many frames.
    pub frames: u64,
    /// How many calls.
    pub calls: u64,
}

impl Untold {
    /// What is said of it; `None` where all is drawn.
    pub fn told(self) -> Option<String> {
        let kinds = [(self.frames, "frame"), (self.calls, "call")];
        let missing = kinds.into_iter().filter(|(count, _)| *count > 0);
        let missing: Vec<String> = missing.map(further).collect();
        let is = match self.frames + self.calls {
            0 => return None,
            1 => "is",
            _ => "are",
        };
        let missing = missing.join(" and ");
        Some(format!(
            "{missing} {is} not drawn: choose some with -Y FILTER or --stream N"
        ))
    }
}

fn further((count, kind): (u64, &str)) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} further {kind}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_drawn_is_counted_by_its_kind() {
        let told = |frames, calls| Untold { frames, calls }.told();
        let choice = "not drawn: choose some with -Y FILTER or --stream N";
        assert_eq!(told(0, 0), None);
        assert_eq!(told(1, 0), Some(format!("1 further frame is {choice}")));
        assert_eq!(told(0, 7), Some(format!("7 further calls are {choice}")));
        let both = format!("2 further frames and 1 further call are {choice}");
        assert_eq!(told(2, 1), Some(both));
    }
}
