//! Colours: one a layer, the same in every view, and none unless they are asked for.

use anstyle::{AnsiColor, Effects, Style};

use crate::model::fault::Severity;
use crate::model::reference::OsiLayer;

/// Whether and how text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// No escape sequence at all.
    Plain,
    /// The sixteen colours that the user's terminal has chosen.
    Coloured,
}

impl Theme {
    /// Appends what `write` appends, in a style.
    pub fn paint(self, out: &mut String, style: Style, write: impl FnOnce(&mut String)) {
        self.begin(out, style);
        write(out);
        self.end(out, style);
    }

    /// Appends what begins a style.
    pub fn begin(self, out: &mut String, style: Style) {
        use std::fmt::Write as _;
        if self == Self::Coloured && !style.is_plain() {
            let _ = write!(out, "{}", style.render());
        }
    }

    /// Appends what ends a style.
    pub fn end(self, out: &mut String, style: Style) {
        use std::fmt::Write as _;
        if self == Self::Coloured && !style.is_plain() {
            let _ = write!(out, "{}", style.render_reset());
        }
    }

    /// Appends a text in a style.
    pub fn paint_str(self, out: &mut String, style: Style, text: &str) {
        self.paint(out, style, |out| out.push_str(text));
    }
}

/// The colour of a layer, from the link upwards like a rainbow.
pub const fn layer_color(layer: OsiLayer) -> AnsiColor {
    match layer {
        OsiLayer::Physical => AnsiColor::BrightBlack,
        OsiLayer::DataLink => AnsiColor::Blue,
        OsiLayer::Network => AnsiColor::Green,
        OsiLayer::Transport => AnsiColor::Yellow,
        OsiLayer::Session | OsiLayer::Presentation => AnsiColor::Cyan,
        OsiLayer::Application => AnsiColor::Magenta,
    }
}

/// The style of everything that belongs to a layer.
pub const fn layer(layer: OsiLayer) -> Style {
    layer_color(layer).on_default()
}

/// The style of what is beside the matter.
pub const fn dim() -> Style {
    Style::new().effects(Effects::DIMMED)
}

/// The style of a heading.
pub const fn heading() -> Style {
    Style::new().effects(Effects::BOLD)
}

/// The style of a fault.
pub const fn fault(severity: Severity) -> Style {
    match severity {
        Severity::Note => AnsiColor::Cyan.on_default(),
        Severity::Warning => AnsiColor::Yellow.on_default(),
        Severity::Error => AnsiColor::Red.on_default().effects(Effects::BOLD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_theme_writes_no_escape_sequence() {
        let mut out = String::new();
        Theme::Plain.paint_str(&mut out, heading(), "x");
        assert_eq!(out, "x");
    }

    #[test]
    fn a_coloured_text_ends_its_own_colour() {
        let mut out = String::new();
        Theme::Coloured.paint_str(&mut out, layer(OsiLayer::Network), "x");
        assert_eq!(out, "\x1b[32mx\x1b[0m");
    }
}
