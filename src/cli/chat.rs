//! `netinspect server` and `netinspect client`: the chat's two programs, usable anywhere.

use std::net::IpAddr;

use clap::{Args, ValueEnum};

use super::error::CliError;
use crate::lab::chat::client::{self, ClientSettings};
use crate::lab::chat::server::{self, ServerSettings};
use crate::lab::chat::{Style, Transport};
use crate::protocols::chat_wire::PORT;

/// What carries the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TransportArg {
    /// A stream of bytes, in order and complete
    #[default]
    Tcp,
    /// Single messages, without a connection
    Udp,
}

/// How the chat goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StyleArg {
    /// One message each way
    OneShot,
    /// Messages until the client leaves
    #[default]
    Loop,
}

impl From<TransportArg> for Transport {
    fn from(argument: TransportArg) -> Self {
        match argument {
            TransportArg::Tcp => Self::Tcp,
            TransportArg::Udp => Self::Udp,
        }
    }
}

impl From<StyleArg> for Style {
    fn from(argument: StyleArg) -> Self {
        match argument {
            StyleArg::OneShot => Self::OneShot,
            StyleArg::Loop => Self::Loop,
        }
    }
}

/// Run the chat's server: welcome each client and print what it says
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// The address to listen on; without it all of this host's, IPv4 and IPv6
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,

    /// The port; 0 for any that is free
    #[arg(short, long, default_value_t = PORT)]
    port: u16,

    /// What carries the chat
    #[arg(long, value_enum, default_value_t)]
    transport: TransportArg,

    /// How the chat goes
    #[arg(long, value_enum, default_value_t)]
    style: StyleArg,
}

impl ServerArgs {
    /// Serves.
    ///
    /// # Errors
    ///
    /// The port cannot be had, or talking to the one client fails.
    pub fn run(self) -> Result<(), CliError> {
        Ok(server::run(&ServerSettings {
            transport: self.transport.into(),
            style: self.style.into(),
            address: self.bind,
            port: self.port,
        })?)
    }
}

/// Run the chat's client: send each line that is typed, and print what the server says
#[derive(Args, Debug)]
pub struct ClientArgs {
    /// The server's name or address
    host: String,

    /// The server's port
    #[arg(short, long, default_value_t = PORT)]
    port: u16,

    /// What carries the chat
    #[arg(long, value_enum, default_value_t)]
    transport: TransportArg,

    /// How the chat goes
    #[arg(long, value_enum, default_value_t)]
    style: StyleArg,
}

impl ClientArgs {
    /// Talks until the end of input.
    ///
    /// # Errors
    ///
    /// The server cannot be found or reached, or talking to it fails.
    pub fn run(self) -> Result<(), CliError> {
        Ok(client::run(&ClientSettings {
            transport: self.transport.into(),
            style: self.style.into(),
            host: self.host,
            port: self.port,
        })?)
    }
}
