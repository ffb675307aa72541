//! The two reference models side by side, and TCP against UDP.

use comfy_table::Cell;

use super::table::{color, heading, plain_grid};
use super::theme::{self, Theme};
use super::{fit, width};
use crate::model::protocol::Protocol;
use crate::model::reference::{OsiLayer, TcpIpLayer};

/// Narrower terminals get what belongs together in one column, one below the other.
const WIDE: usize = 100;

/// Appends the seven OSI layers beside the five and four of TCP/IP. `decoded` are the protocols that
/// this program takes apart; they are marked.
pub fn push_models(theme: Theme, columns: usize, decoded: &[&Protocol], out: &mut String) {
    theme.paint_str(out, theme::heading(), "The two models\n");
    let mut grid = plain_grid(theme, Some(columns));
    let header = [
        "OSI",
        &both_names("TCP/IP: 5", "4 layers", columns),
        "What it is for",
        &both_names("PDU", "address", columns),
        "Protocols",
    ];
    grid.set_header(header.map(heading));
    for osi in OsiLayer::FROM_TOP {
        let facts = osi.facts();
        let cells = [
            format!("{} {}", osi.number(), facts.name),
            names_of(facts.tcp_ip, columns),
            facts.purpose.to_owned(),
            both_names(facts.pdu, facts.address, columns),
            examples(facts.examples, decoded),
        ];
        grid.add_row(cells.map(|text| Cell::new(text).fg(color(osi))));
    }
    out.push_str(&fit::text_of_sentences(&mut grid));
    out.push_str("\n* netinspect takes it apart, byte by byte\n\n");
    out.push_str(&textwrap::fill(
        HOW_THEY_FIT,
        width::prose(columns.min(READABLE)),
    ));
    out.push('\n');
}

const HOW_THEY_FIT: &str = "OSI is a way to think; the Internet was built to the TCP/IP model, whose application layer does the work of OSI's layers 5 to 7. Textbooks count five layers of TCP/IP, RFC 1122 four.";

/// Longer lines are hard to read, in cells.
const READABLE: usize = 78;

/// The names of a layer of TCP/IP in the five- and the four-layer form, for a view this wide.
pub fn names_of(layer: TcpIpLayer, columns: usize) -> String {
    let (five, four) = (layer.name_of_five(), layer.name_of_four());
    if five == four {
        five.to_owned()
    } else {
        both_names(five, four, columns)
    }
}

/// Two things that share a cell.
pub fn both_names(first: &str, second: &str, columns: usize) -> String {
    let separator = if columns < WIDE { "\n· " } else { " · " };
    format!("{first}{separator}{second}")
}

fn examples(names: &[&str], decoded: &[&Protocol]) -> String {
    let marked: Vec<String> = names
        .iter()
        .map(|name| {
            let known = decoded
                .iter()
                .any(|protocol| protocol.label.eq_ignore_ascii_case(name));
            format!("{name}{}", if known { "*" } else { "" })
        })
        .collect();
    marked.join(", ")
}

/// Appends TCP against UDP.
pub fn push_tcp_against_udp(theme: Theme, columns: usize, out: &mut String) {
    theme.paint_str(out, theme::heading(), "TCP against UDP\n");
    let mut grid = plain_grid(theme, Some(columns));
    grid.set_header(["", "TCP", "UDP"].map(heading));
    for row in COMPARED {
        let [subject, tcp, udp] = *row;
        grid.add_row([heading(subject), Cell::new(tcp), Cell::new(udp)]);
    }
    out.push_str(&fit::text_of_sentences(&mut grid));
    out.push('\n');
}

const COMPARED: &[[&str; 3]] = &[
    [
        "what a program gets",
        "a stream of bytes; where a send ended is forgotten",
        "messages; each receive gets one datagram, whole or cut to the buffer",
    ],
    [
        "before the first byte",
        "a handshake of three segments: SYN, SYN ACK, ACK",
        "nothing",
    ],
    [
        "what gets lost",
        "is sent again, until it arrives or the connection is given up",
        "is lost; nobody is told",
    ],
    ["order", "as sent", "as it arrives"],
    [
        "a slow receiver",
        "holds the sender back (window)",
        "loses what its buffer cannot take",
    ],
    [
        "a full network",
        "makes the sender slow down (congestion control)",
        "is the program's own business",
    ],
    [
        "the other side is gone",
        "is told: FIN (read returns 0), RST, or a time-out",
        "is not told, save by an ICMP error when nobody has the port",
    ],
    ["header", "20 to 60 bytes", "8 bytes"],
    ["to many at once", "no", "yes: broadcast and multicast"],
    ["socket type", "SOCK_STREAM", "SOCK_DGRAM"],
    [
        "used by",
        "HTTP/1 and 2, SMTP, POP3, IMAP, FTP, SSH",
        "DNS, DHCP, NTP, QUIC (HTTP/3), voice and games",
    ],
];
