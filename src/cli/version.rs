//! `netinspect --version`, and with `-v` what keeps hostile input in: found out by entering the sandbox.

use std::fmt::Write as _;
use std::process::ExitCode;

use super::error::CliError;
use super::output::print;
use crate::privilege::sandbox::{self, Sandbox};

/// Prints the version. To tell about the sandbox, this process enters it: what is told is what holds.
///
/// # Errors
///
/// Privilege cannot be given up, or the output cannot be written.
pub fn run(verbose: bool) -> Result<ExitCode, CliError> {
    let mut text = concat!("netinspect ", env!("CARGO_PKG_VERSION"), "\n").to_owned();
    if verbose {
        let sandbox = sandbox::enter().map_err(CliError::Privilege)?;
        push_sandbox(sandbox, &mut text);
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn push_sandbox(sandbox: Sandbox, out: &mut String) {
    let landlock = match sandbox.landlock {
        Some(version) => format!("no file, no TCP port, no other process (ABI {version})"),
        None => "this kernel has none, or it is switched off".to_owned(),
    };
    let filter = match sandbox.system_calls {
        Some(count) => format!("{count} system calls: no socket, no new process, no file to write"),
        None => "this kernel has none".to_owned(),
    };
    out.push_str(
        "\nBefore decode, stats, follow, sequence and explain read the first byte of a capture, they\n\
         give up all but the open file and the output. On this system that is:\n\n  \
         no_new_privs   no program that is started gains anything\n  \
         capabilities   none\n",
    );
    for (name, value) in [("Landlock", landlock), ("seccomp", filter)] {
        let _ = writeln!(out, "  {name:<14} {value}");
    }
}
