//! `netinspect interfaces`: what can be captured on.

use clap::Args;

use super::error::CliError;
use super::output::{Screen, print};
use crate::capture::interfaces::{self, HostInterface};
use crate::render::fit;
use crate::render::table::{heading, plain_grid};

/// List the interfaces of this host, with addresses and state
#[derive(Args, Debug)]
pub struct InterfacesArgs {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl InterfacesArgs {
    /// Prints the list.
    ///
    /// # Errors
    ///
    /// Standard output is closed or cannot be written.
    pub fn run(self, screen: Screen) -> Result<(), CliError> {
        let found = interfaces::list();
        if self.json {
            return super::output::print_json(&found);
        }
        let mut grid = plain_grid(screen.theme, Some(screen.table_columns()));
        grid.set_header(["No.", "Name", "MAC address", "Addresses", "State"].map(heading));
        for interface in &found {
            grid.add_row([
                interface.index.to_string(),
                interface.name.clone(),
                interface.mac.clone().unwrap_or_else(|| "–".to_owned()),
                interface.addresses.join("\n"),
                state(interface),
            ]);
        }
        print(&format!("{}\n", fit::text_of(&mut grid)))
    }
}

fn state(interface: &HostInterface) -> String {
    let power = match (interface.up, interface.running) {
        (false, _) => "down",
        (true, false) => "up, no carrier",
        (true, true) => "up",
    };
    let loopback = if interface.loopback { ", loopback" } else { "" };
    format!("{power}{loopback}")
}
