//! The command line: arguments as typed, and one file per command.

#![forbid(unsafe_code)]

pub mod acts;
pub mod capture;
pub mod cast;
pub mod chat;
pub mod counting;
pub mod decode;
pub mod doctor;
pub mod drawing;
pub mod drops;
pub mod error;
pub mod explain;
pub mod fields;
pub mod follow;
mod handover;
pub mod input;
pub mod interfaces;
mod judge;
mod key_log;
pub mod lab_args;
pub mod ledger;
pub mod lessons;
pub mod links;
mod misread;
pub mod models;
pub mod output;
pub mod parallel;
pub mod progress;
pub mod recording;
pub mod relay;
pub mod run;
pub mod run_demo;
pub mod sequence;
pub mod shell;
pub mod sieve;
pub mod sights;
pub mod sockets;
pub mod stage;
pub mod stats;
pub mod tally;
pub mod typing;
mod version;
pub mod view;
pub mod watch;
mod watcher;

use std::num::NonZeroU64;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::model::duration;
use error::CliError;
use output::{ColorWhen, Screen};

/// Show what two talking programs put on the wire, layer by layer, byte by byte, and why.
#[derive(Debug, Parser)]
#[command(
    name = "netinspect",
    disable_version_flag = true,
    arg_required_else_help = true
)]
struct Cli {
    /// When to colour the output
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    color: ColorWhen,

    /// Print the version, and with -v what keeps hostile input in on this system
    #[arg(short = 'V', long)]
    version: bool,

    /// With --version: tell more
    #[arg(short = 'v', long, requires = "version")]
    verbose: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    RunDemo(run_demo::RunDemoArgs),
    Run(run::RunArgs),
    /// List the lessons, which run-demo --lesson NAME runs
    Lessons,
    #[command(hide = true)]
    Part(lessons::PartArgs),
    Server(chat::ServerArgs),
    Client(chat::ClientArgs),
    Decode(decode::DecodeArgs),
    Capture(capture::CaptureArgs),
    Stats(stats::StatsArgs),
    Follow(follow::FollowArgs),
    Sequence(Box<sequence::SequenceArgs>),
    Interfaces(interfaces::InterfacesArgs),
    Doctor(doctor::DoctorArgs),
    Explain(explain::ExplainArgs),
    Fields(fields::FieldsArgs),
    Protocols(fields::ProtocolsArgs),
    /// Show the seven OSI layers beside the TCP/IP models, and TCP against UDP
    Models,
    Completions(shell::CompletionsArgs),
    /// Write the manual page to standard output, in roff: netinspect man | man -l -
    Man,
}

/// Parses the command line, runs the command, and says how it ended.
pub fn main() -> ExitCode {
    let typed: Vec<_> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&typed) {
        Ok(cli) => cli,
        Err(error) => {
            let typed: Vec<_> = typed.iter().map(|word| word.to_string_lossy()).collect();
            return match misread::meant(&typed, &error) {
                Some(hint) => CliError::Usage(hint).report(),
                None => error.exit(),
            };
        }
    };
    match run(cli) {
        Ok(code) => code,
        Err(error) => error.report(),
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let screen = Screen::examine(cli.color);
    let command = match cli.command {
        Some(command) => command,
        None if cli.version => return version::run(cli.verbose),
        None => {
            return Err(CliError::Usage(
                "no command is named; netinspect --help lists them".to_owned(),
            ));
        }
    };
    match command {
        Command::RunDemo(arguments) => arguments.run(screen),
        Command::Run(arguments) => arguments.run(screen),
        Command::Lessons => lessons::list(screen),
        Command::Part(arguments) => arguments.run(),
        Command::Server(arguments) => arguments.run(),
        Command::Client(arguments) => arguments.run(),
        Command::Decode(arguments) => arguments.run(screen),
        Command::Capture(arguments) => arguments.run(screen),
        Command::Stats(arguments) => arguments.run(screen),
        Command::Follow(arguments) => arguments.run(screen),
        Command::Sequence(arguments) => arguments.run(screen),
        Command::Interfaces(arguments) => arguments.run(screen),
        Command::Doctor(arguments) => return arguments.run(),
        Command::Explain(arguments) => arguments.run(screen),
        Command::Fields(arguments) => arguments.run(screen),
        Command::Protocols(arguments) => arguments.run(screen),
        Command::Models => models::run(screen),
        Command::Completions(arguments) => arguments.run(),
        Command::Man => shell::man(),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// A whole number as typed; clap would say of others only that a digit is wrong, and of `-1` that no option is so
/// called.
fn parse_number(text: &str) -> Result<u64, String> {
    let number = text.parse().ok();
    number.ok_or_else(|| "a whole number from 0 on is expected".to_owned())
}

/// The number of something that is counted from 1.
fn parse_ordinal(text: &str) -> Result<u64, String> {
    parse_from_1(text).map(NonZeroU64::get)
}

/// A whole number that is not 0.
fn parse_from_1<T: FromStr>(text: &str) -> Result<T, String> {
    let number = text.parse().ok();
    number.ok_or_else(|| "a whole number from 1 on is expected".to_owned())
}

/// A length of time as typed that is longer than none.
fn parse_interval(text: &str) -> Result<Duration, String> {
    match parse_time(text)? {
        Duration::ZERO => Err("an interval longer than 0 is expected".to_owned()),
        interval => Ok(interval),
    }
}

/// A length of time as typed: `10`, `0.5`, `2s`, `200ms`.
fn parse_time(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| {
        "a length of time is expected: seconds such as 10 or 0.5, or with a unit 2s, 200ms"
            .to_owned()
    })
}
