//! `netinspect models`: the two reference models, and TCP against UDP.

use super::error::CliError;
use super::output::{Screen, print};
use crate::protocols::registry;
use crate::render::models;

/// Prints them.
///
/// # Errors
///
/// Standard output is closed or cannot be written.
pub fn run(screen: Screen) -> Result<(), CliError> {
    let columns = screen.table_columns();
    let mut out = String::new();
    models::push_models(screen.theme, columns, registry::ALL, &mut out);
    out.push('\n');
    models::push_tcp_against_udp(screen.theme, columns, &mut out);
    print(&out)
}
