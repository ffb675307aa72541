//! What can be chosen about the lab.

use clap::Args;

use super::error::CliError;
use crate::capture::Interface;
use crate::lab::{Fault, HostSettings, Mtu, Settings, VlanId};
use crate::model::frame::LinkType;
use crate::render::sequence::Names;

/// The options that shape the lab.
#[derive(Args, Debug)]
#[command(next_help_heading = "The lab")]
pub struct LabArgs {
    /// Give the hosts IPv6 addresses too: server fd00::6, client fd00::7
    #[arg(short = '6', long)]
    pub ipv6: bool,

    /// Put the hosts into this IEEE 802.1Q VLAN, 1 to 4094
    #[arg(long, value_name = "ID", value_parser = parse_vlan)]
    vlan: Option<VlanId>,

    /// The longest packet that the cable takes, in bytes
    #[arg(long, value_name = "BYTES", value_parser = parse_mtu)]
    mtu: Option<Mtu>,

    /// Harm frames on the cable: 'drop 1st from client where tcp.len > 0'; repeat for more. Actions: drop,
    /// delay 50ms, duplicate, swap (with the sender's next), corrupt [byte 66], cut; then which frames: 1st,
    /// 2nd, every 3rd, all; from HOST; where FILTER. For the whole cable: rate 1mbit, loss 10% [seed 7],
    /// mtu 600
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<String>,
}

fn parse_vlan(text: &str) -> Result<VlanId, String> {
    text.parse()
        .ok()
        .and_then(VlanId::new)
        .ok_or_else(|| "a VLAN identifier is a number from 1 to 4094".to_owned())
}

fn parse_mtu(text: &str) -> Result<Mtu, String> {
    text.parse()
        .ok()
        .and_then(Mtu::new)
        .ok_or_else(|| "an MTU is a number of bytes from 68 up to 65531".to_owned())
}

impl LabArgs {
    /// The lab that was asked for, with these hosts.
    ///
    /// # Errors
    ///
    /// A fault cannot be understood.
    pub fn settings(&self, hosts: Vec<HostSettings>) -> Result<Settings, CliError> {
        let usual = Settings::default();
        Ok(Settings {
            ipv6: self.ipv6,
            vlan: self.vlan,
            mtu: self.mtu.unwrap_or(usual.mtu),
            faults: self.faults(&hosts)?,
            hosts,
        })
    }

    /// The faults that were asked for of a cable between these hosts.
    ///
    /// # Errors
    ///
    /// A fault cannot be understood.
    pub fn faults(&self, hosts: &[HostSettings]) -> Result<Vec<Fault>, CliError> {
        let names: Vec<_> = hosts.iter().map(|host| host.name).collect();
        let faults = self.faults.iter().map(|text| Fault::parse(text, &names));
        Ok(faults.collect::<Result<_, _>>()?)
    }
}

/// The interfaces of a recording of a lab with these hosts, in the order of their numbers in it.
pub fn lab_interfaces(hosts: &[HostSettings]) -> Vec<Interface> {
    let end = |host: &HostSettings| {
        let name = host.name;
        let description = format!("the lab's cable, at its end towards the {name}");
        recorded_interface(&format!("to-{name}"), &description)
    };
    hosts.iter().map(end).collect()
}

/// What the hosts of the lab are called, by their addresses.
pub fn lab_names(hosts: &[HostSettings]) -> Names {
    let addresses = |host: &HostSettings| [host.ipv4().into(), host.ipv6().into()];
    hosts
        .iter()
        .flat_map(|host| addresses(host).map(|address| (address, host.name.to_string())))
        .collect()
}

/// An interface of a recording.
pub fn recorded_interface(name: &str, description: &str) -> Interface {
    Interface {
        name: Some(name.to_owned()),
        description: Some(description.to_owned()),
        ..Interface::of_link(LinkType::ETHERNET)
    }
}
