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

/// What is said of frames that are not drawn.
pub fn more(frames: u64) -> String {
    format!("{frames} further frames are not drawn: choose some with -Y FILTER or --stream N")
}
