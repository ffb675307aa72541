//! `netinspect doctor`: what works here, what does not, why, and what to do.

use std::process::ExitCode;

use clap::Args;

use super::error::CliError;
use super::output::{print, print_json};
use crate::lab::{doctor, probe};

/// Find out what works on this system by trying it: the lab, with and without root, and live capture
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,

    /// Try one thing in this process, for the doctor that started it
    #[arg(long, hide = true, value_name = "KIND")]
    probe: Option<String>,
}

impl DoctorArgs {
    /// Tries everything and prints what was found.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn run(self) -> Result<ExitCode, CliError> {
        if let Some(kind) = &self.probe {
            return Ok(probe::run(kind));
        }
        let report = doctor::examine();
        if self.json {
            print_json(&report)?;
        } else {
            print(&report.to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
