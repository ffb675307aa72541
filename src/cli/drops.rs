//! How the frames are told that were lost though no fault was to harm them.

use std::fmt::Write as _;

use crate::lab::WireReport;

/// When the kernel's count of dropped frames is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drops {
    /// Always.
    Told,
    /// When there are any.
    ToldIfAny,
}

impl Drops {
    /// How many frames no fault has harmed, and are lost all the same; `None` where that is not worth a line.
    pub fn of(self, report: WireReport) -> Option<String> {
        let WireReport {
            recorded,
            refused,
            lost,
        } = report;
        if self == Self::ToldIfAny && (refused, lost) == (0, 0) {
            return None;
        }
        let mut told = format!("{recorded} frames recorded, {lost} dropped by the kernel");
        if refused > 0 {
            let _ = write!(told, ", {refused} refused by the host that they were for");
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_a_host_refused_are_told_of() {
        let told = |refused, lost| {
            Drops::ToldIfAny.of(WireReport {
                recorded: 9,
                refused,
                lost,
            })
        };
        assert_eq!(told(0, 0), None);
        assert_eq!(
            told(2, 1).as_deref(),
            Some(
                "9 frames recorded, 1 dropped by the kernel, 2 refused by the host that they were for"
            )
        );
        assert_eq!(
            told(0, 1).as_deref(),
            Some("9 frames recorded, 1 dropped by the kernel")
        );
    }
}
