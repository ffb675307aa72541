//! What a relay agent adds to the messages of DHCP that it passes on (RFC 3046): options inside an option.

use std::ops::Range;

use super::dhcp_names::agent_name;
use super::dhcp_options::{self, Content};
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static ADDED: FieldDef = FieldDef::heading(
    "dhcp.option.agent_information_option",
    "Relay agent's addition",
)
.rfc(3046, "2.0")
.meaning("One thing that the relay agent says of where the client is; the answer carries it back.");

static NUMBER: FieldDef = FieldDef::decimal(
    "dhcp.option.agent_information_option.suboption",
    "Number of the addition",
)
.named_by(agent_name)
.rfc(3046, "2.0")
.meaning("What this part of the relay agent's information is about.");

static LENGTH: FieldDef =
    FieldDef::decimal("dhcp.option.suboption_length", "Length of the addition")
        .unit("bytes")
        .rfc(3046, "2.0")
        .meaning("How many bytes of data this part of the option has.");

static VALUE: FieldDef = FieldDef::bytes(
    "dhcp.option.agent_information_option.value",
    "Value of the addition",
)
.rfc(3046, "2.0")
.meaning("The data of a part that is not taken apart here, as they are.");

static CIRCUIT: FieldDef = FieldDef::bytes(
    "dhcp.option.agent_information_option.agent_circuit_id",
    "Circuit ID",
)
.rfc(3046, "3.1")
.meaning(
    "On which port, line or VLAN the relay agent has heard the client, as it names them itself.",
);

static REMOTE: FieldDef = FieldDef::bytes(
    "dhcp.option.agent_information_option.agent_remote_id",
    "Remote ID",
)
.rfc(3046, "3.2")
.meaning("Who is at the other end of that line, as the relay agent knows it: a modem, a caller.");

static LINK: FieldDef = FieldDef::ipv4(
    "dhcp.option.agent_information_option.link_selection",
    "Link selection",
)
.rfc(3527, "3")
.meaning("The network that the address is to be of, where it is not that of the relay agent's own address.");

static SUBSCRIBER: FieldDef = FieldDef::text(
    "dhcp.option.agent_information_option.subscriber_id",
    "Subscriber ID",
)
.rfc(3993, "2")
.meaning("The customer, whatever line is used, by a name that the provider has given.");

static FLAGS: FieldDef = FieldDef::hex("dhcp.option.agent_information_option.flags", "Relay flags")
    .named(&[(0x80, "unicast"), (0, "broadcast")])
    .rfc(5010, "3")
    .meaning("Whether the relay agent has heard the client's message as sent to it alone, or to everybody.");

static OVERRIDE: FieldDef = FieldDef::ipv4(
    "dhcp.option.agent_information_option.server_id_override",
    "Server identifier override",
)
.rfc(5107, "4")
.meaning("What the server is to name as its own address: the relay agent's, so that renewals pass it too.");

static RELAY: FieldDef = FieldDef::bytes(
    "dhcp.option.agent_information_option.relay_agent_id",
    "Relay agent identifier",
)
.rfc(6925, "4")
.meaning("Which relay agent it is, whatever address it has.");

/// The fields.
pub const FIELDS: [&FieldDef; 11] = [
    &ADDED,
    &NUMBER,
    &LENGTH,
    &VALUE,
    &CIRCUIT,
    &REMOTE,
    &LINK,
    &SUBSCRIBER,
    &FLAGS,
    &OVERRIDE,
    &RELAY,
];

const fn content_of(number: u8) -> Content {
    match number {
        1 => Content::Bytes(&CIRCUIT),
        2 => Content::Bytes(&REMOTE),
        5 => Content::One(&LINK, 4),
        6 => Content::Text(&SUBSCRIBER),
        10 => Content::One(&FLAGS, 1),
        11 => Content::One(&OVERRIDE, 4),
        12 => Content::Bytes(&RELAY),
        _ => Content::Bytes(&VALUE),
    }
}

/// Adds what the relay agent says.
///
/// # Errors
///
/// A part of it is not all in the option, or has another length than it should.
pub fn expand(
    bytes: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    let mut at = data.start;
    while at < data.end {
        let length = bytes.get(at + 1).copied().map_or(0, usize::from);
        let inner = at + 2..at + 2 + length;
        out.bytes(&ADDED, at..inner.end.min(data.end));
        out.bytes(&NUMBER, at..at + 1);
        if inner.end > data.end {
            return Err("what a relay agent adds goes on behind the end of the option");
        }
        out.bytes(&LENGTH, at + 1..at + 2);
        let number = bytes.get(at).copied().unwrap_or_default();
        at = inner.end;
        dhcp_options::expand_content(&content_of(number), bytes, inner.clone(), out)
            .inspect_err(|_| out.bytes(&VALUE, inner))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::dhcp::testing::options_of;

    #[test]
    fn what_a_relay_agent_adds_is_told_one_by_one() {
        let agent = "dhcp.option.agent_information_option";
        let fields = options_of(&[
            82, 14, 1, 2, b'e', b'0', 5, 4, 10, 0, 0, 0, 99, 2, 1, 2, 255,
        ]);
        assert_eq!(
            fields[3..],
            [
                format!("  {agent}"),
                format!("    {agent}.suboption 1 (circuit ID)"),
                "    dhcp.option.suboption_length 2".to_owned(),
                format!("    {agent}.agent_circuit_id 65:30"),
                format!("  {agent}"),
                format!("    {agent}.suboption 5 (link selection)"),
                "    dhcp.option.suboption_length 4".to_owned(),
                format!("    {agent}.link_selection 10.0.0.0"),
                format!("  {agent}"),
                format!("    {agent}.suboption 99"),
                "    dhcp.option.suboption_length 2".to_owned(),
                format!("    {agent}.value 01:02"),
                "dhcp.option.end 255".to_owned(),
            ]
        );
    }
}
