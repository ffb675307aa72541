//! What a message of DHCP says, in words: who asks for which address, and who lends it for how long.

use super::dhcp_chain;
use super::dhcp_options::FOR_EVER;
use crate::model::address::put_ipv4;
use crate::model::bits;
use crate::model::draft::Draft;
use crate::model::text;

/// Where the client's own address stands in the header, and behind it that which the server gives.
const ADDRESSES_AT: usize = 12;

/// An address that is not 0.0.0.0, at this byte.
fn address_at(bytes: &[u8], at: usize) -> Option<u32> {
    bits::u32_at(bytes, at).filter(|address| *address != 0)
}

/// Puts what a message of this type says, in words: nothing where there are none for it.
pub fn put(number: u8, bytes: &[u8], out: &mut Draft) {
    let [client, yours] = [0, 4].map(|behind| address_at(bytes, ADDRESSES_AT + behind));
    let wanted = dhcp_chain::find(bytes, 50).and_then(|data| address_at(data, 0));
    let server = dhcp_chain::find(bytes, 54).and_then(|data| address_at(data, 0));
    match (number, client, wanted, server) {
        (1, _, Some(wanted), _) => put_told(out, "asks for an address, at best ", wanted, ""),
        (1, _, None, _) => out.push_str("  asks for an address"),
        (3, Some(client), _, _) => put_told(out, "asks to keep ", client, ""),
        (3, None, Some(wanted), Some(_)) => put_told(out, "takes ", wanted, ""),
        (3, None, Some(wanted), None) => put_told(out, "asks for ", wanted, " again"),
        (4, _, Some(wanted), _) => {
            put_told(out, "does not take ", wanted, ": somebody has it");
        }
        (6, ..) => put_refusal(bytes, out),
        (7, Some(client), ..) => put_told(out, "gives ", client, " back"),
        (8, Some(client), ..) => put_told(out, "has ", client, ", asks for the rest"),
        (2 | 5, ..) => put_lease(number, yours, bytes, out),
        _ => {}
    }
}

fn put_told(out: &mut Draft, before: &str, address: u32, behind: &str) {
    out.push_str("  ");
    out.push_str(before);
    put_ipv4(out, address.into());
    out.push_str(behind);
}

/// Puts that a server says no, and why where it tells.
fn put_refusal(bytes: &[u8], out: &mut Draft) {
    out.push_str("  says no");
    let reason = dhcp_chain::find(bytes, 56).unwrap_or_default();
    if let Some(reason) = reason.split(|byte| *byte == 0).next()
        && !reason.is_empty()
    {
        out.push_str(": ");
        text::put_escaped(out, reason);
    }
}

/// Puts what a server offers or gives: `offers 192.168.1.7 for 1 h`.
fn put_lease(number: u8, yours: Option<u32>, bytes: &[u8], out: &mut Draft) {
    let Some(yours) = yours else {
        out.push_str("  tells what was asked for");
        return;
    };
    let verb = if number == 2 { "offers " } else { "gives " };
    put_told(out, verb, yours, "");
    if let Some(seconds) = dhcp_chain::find(bytes, 51).and_then(|data| bits::u32_at(data, 0)) {
        put_term(seconds, out);
    }
}

/// Puts for how long, in the largest units that it has: ` for 1 h 30 min`.
fn put_term(seconds: u32, out: &mut Draft) {
    const UNITS: [(u32, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    out.push_str(" for");
    if seconds == FOR_EVER {
        out.push_str(" ever");
    } else if seconds == 0 {
        out.push_str(" no time");
    } else {
        let mut rest = seconds;
        for (unit, name) in UNITS.into_iter().filter(|(unit, _)| seconds >= *unit) {
            if rest / unit > 0 {
                out.push(' ');
                out.put_number((rest / unit).into());
                out.push(' ');
                out.push_str(name);
            }
            rest %= unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::protocols::dhcp::testing::{LEASED, NOTHING, asked, message, sent, with_options};

    #[test]
    fn the_line_tells_each_step_of_a_lease_in_words() {
        let told = |operation, client, yours, options: &[u8]| {
            let line = sent(&message(operation, client, yours, &with_options(options))).line;
            let (_, told) = line.split_once(" - Transaction ID 0x12345678  ").unwrap();
            told.to_owned()
        };
        let own = [50, 4, 192, 168, 1, 7];
        let server = [54, 4, 192, 168, 1, 6];
        let hour = [51, 4, 0, 0, 14, 16];
        let of_kind =
            |kind, options: &[&[u8]]| [&[53, 1, kind][..], &options.concat(), &[255]].concat();
        for (operation, client, yours, options, words) in [
            (1, NOTHING, NOTHING, of_kind(1, &[]), "asks for an address"),
            (
                1,
                NOTHING,
                NOTHING,
                of_kind(1, &[&own]),
                "asks for an address, at best 192.168.1.7",
            ),
            (
                2,
                NOTHING,
                LEASED,
                of_kind(2, &[&hour]),
                "offers 192.168.1.7 for 1 h",
            ),
            (
                1,
                NOTHING,
                NOTHING,
                of_kind(3, &[&own, &server]),
                "takes 192.168.1.7",
            ),
            (
                1,
                NOTHING,
                NOTHING,
                of_kind(3, &[&own]),
                "asks for 192.168.1.7 again",
            ),
            (
                1,
                LEASED,
                NOTHING,
                of_kind(3, &[]),
                "asks to keep 192.168.1.7",
            ),
            (
                1,
                NOTHING,
                NOTHING,
                of_kind(4, &[&own]),
                "does not take 192.168.1.7: somebody has it",
            ),
            (
                2,
                NOTHING,
                LEASED,
                of_kind(5, &[&[51, 4, 0, 1, 0x5e, 0xda]]),
                "gives 192.168.1.7 for 1 d 56 min 58 s",
            ),
            (
                2,
                NOTHING,
                LEASED,
                of_kind(5, &[&[51, 4, 255, 255, 255, 255]]),
                "gives 192.168.1.7 for ever",
            ),
            (
                2,
                NOTHING,
                NOTHING,
                of_kind(6, &[&[56, 2, b'n', b'o']]),
                "says no: no",
            ),
            (
                1,
                LEASED,
                NOTHING,
                of_kind(7, &[]),
                "gives 192.168.1.7 back",
            ),
            (
                1,
                LEASED,
                NOTHING,
                of_kind(8, &[]),
                "has 192.168.1.7, asks for the rest",
            ),
            (
                2,
                NOTHING,
                NOTHING,
                of_kind(5, &[]),
                "tells what was asked for",
            ),
        ] {
            assert_eq!(told(operation, client, yours, &options), words);
        }
    }

    #[test]
    fn a_reason_that_would_steer_a_terminal_does_not() {
        let seen = asked(b"\x35\x01\x06\x38\x05\x1b[31m\xff");
        assert!(!seen.line.contains('\u{1b}'), "{}", seen.line);
    }
}
