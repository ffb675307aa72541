//! How a sequence is drawn.

use clap::{Args, ValueEnum};

use super::error::CliError;
use super::output::Screen;
use crate::render::View;
use crate::render::sequence::{Medium, Names, Scale, Sequence};

/// The options that choose how a sequence is drawn.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Drawing a sequence")]
pub struct DrawingArgs {
    /// In what to draw it
    #[arg(long = "as", value_enum, value_name = "MEDIUM")]
    medium: Option<MediumName>,

    /// Draw waits to scale, each as many empty lines as it is long, instead of folding the long ones
    #[arg(long)]
    to_scale: bool,
}

/// In what to draw, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MediumName {
    /// Characters, as wide as the terminal
    Text,
    /// One SVG file, for a page or a slide
    Svg,
    /// Mermaid text, to paste into notes
    Mermaid,
}

impl DrawingArgs {
    /// The view.
    pub fn view(&self, screen: Screen, names: Names) -> Box<dyn View> {
        let medium = match self.medium.unwrap_or(MediumName::Text) {
            MediumName::Text => Medium::Text {
                columns: screen.table_columns(),
                theme: screen.theme,
            },
            MediumName::Svg => Medium::Svg,
            MediumName::Mermaid => Medium::Mermaid,
        };
        let scale = if self.to_scale {
            Scale::ToTime
        } else {
            Scale::Folded
        };
        Box::new(Sequence::new(medium, scale, names))
    }

    /// Without a sequence, these options would be without effect: that is a mistake.
    ///
    /// # Errors
    ///
    /// One of them was given.
    pub fn must_be_unused(&self) -> Result<(), CliError> {
        if self.medium.is_some() || self.to_scale {
            let text = "--as and --to-scale go with --format sequence";
            return Err(CliError::Usage(text.to_owned()));
        }
        Ok(())
    }
}
