//! How TCP connections fared, as a sheet.

use super::sheets::{TABLE_FULL, column, count_cells, flat, others, peer_cells, share, text};
use super::{Cell, Column, Part, Rows, Sheet};
use crate::flow::statistics::connections::{Connection, Connections, Ending, Opening, Sent};

const COLUMNS: &[Column] = &[
    column("stream", "#"),
    column("client", "Client"),
    column("client_port", "Port"),
    column("server", "Server"),
    column("server_port", "Port"),
    column("opening", "Opened"),
    column("ending", "Ended"),
    column("start", "Start s"),
    column("duration", "Duration s"),
    column("frames", "Frames"),
    column("bytes", "Bytes"),
    column("handshake_rtt", "Handshake"),
    column("client_rtt_min", "Client min"),
    column("client_rtt_mean", "mean"),
    column("client_rtt_max", "max"),
    column("server_rtt_min", "Server min"),
    column("server_rtt_mean", "mean"),
    column("server_rtt_max", "max"),
    column("client_retransmissions", "Client again"),
    column("client_retransmitted_bytes", "bytes"),
    column("server_retransmissions", "Server again"),
    column("server_retransmitted_bytes", "bytes"),
    column("throughput", "Throughput"),
    column("goodput", "Goodput"),
    column("link_bytes", "Link"),
    column("network_bytes", "Network"),
    column("transport_bytes", "TCP"),
    column("payload_bytes", "Payload"),
    column("headers_share", "Headers"),
];

const PARTS: &[Part] = &[
    Part {
        title: "TCP connections",
        columns: &[
            "client",
            "client_port",
            "server",
            "server_port",
            "opening",
            "ending",
        ],
    },
    Part {
        title: "Round trips in ms, from a segment to its acknowledgment, where it was captured",
        columns: &[
            "handshake_rtt",
            "client_rtt_min",
            "client_rtt_mean",
            "client_rtt_max",
            "server_rtt_min",
            "server_rtt_mean",
            "server_rtt_max",
        ],
    },
    Part {
        title: "Sent again; and all on the wire, and what was new to the programs, in bit/s",
        columns: &[
            "client_retransmissions",
            "client_retransmitted_bytes",
            "server_retransmissions",
            "server_retransmitted_bytes",
            "throughput",
            "goodput",
        ],
    },
    Part {
        title: "What the layers cost, in bytes on the wire",
        columns: &[
            "duration",
            "frames",
            "bytes",
            "link_bytes",
            "network_bytes",
            "transport_bytes",
            "payload_bytes",
            "headers_share",
        ],
    },
];

/// How the connections fared.
pub fn connections(connections: &Connections) -> Sheet<'_> {
    Sheet {
        title: "TCP connections".to_owned(),
        columns: COLUMNS,
        parts: PARTS,
        bars: None,
        rows: Rows::of(connections.list(), |connection| flat(cells(connection))),
        others: others(connections.others(), |count| {
            let mut cells = vec![Cell::Empty, text(TABLE_FULL)];
            cells.resize(9, Cell::Empty);
            cells.extend(count_cells(count));
            cells.resize(COLUMNS.len(), Cell::Empty);
            cells
        }),
    }
}

fn cells(connection: &Connection) -> Vec<Cell> {
    let mut cells = vec![Cell::Number(connection.stream)];
    cells.extend(peer_cells(&connection.client));
    cells.extend(peer_cells(&connection.server));
    cells.extend([
        text(opening(connection.opening)),
        Cell::Text(ending(connection.ending).into()),
    ]);
    cells.extend([connection.start, connection.duration()].map(Cell::Seconds));
    let total = connection.total();
    cells.extend(count_cells(total));
    cells.push(connection.handshake.map_or(Cell::Empty, Cell::RoundTrip));
    let sides = [connection.from_client, connection.from_server];
    cells.extend(sides.iter().flat_map(round_trip_cells));
    let again = sides
        .iter()
        .flat_map(|sent| [sent.again, sent.payload_again]);
    cells.extend(again.map(Cell::Number));
    let rates = [total.bytes, connection.new_payload()];
    cells.extend(rates.map(|bytes| connection.rate(bytes).map_or(Cell::Empty, Cell::Number)));
    let cost = connection.cost;
    let bytes = [cost.link, cost.network, cost.transport, cost.payload];
    cells.extend(bytes.map(Cell::Number));
    cells.push(share(cost.headers(), total.bytes));
    cells
}

fn round_trip_cells(sent: &Sent) -> [Cell; 3] {
    match sent.round_trips.spread() {
        Some(spread) => spread.map(Cell::RoundTrip),
        None => [const { Cell::Empty }; 3],
    }
}

const fn opening(opening: Opening) -> &'static str {
    match opening {
        Opening::Unseen => "unseen",
        Opening::Asked => "asked",
        Opening::Handshake => "handshake",
    }
}

fn ending(ending: Ending) -> String {
    match ending {
        Ending::Open => "open".to_owned(),
        Ending::Unanswered => "unanswered".to_owned(),
        Ending::Refused => "refused".to_owned(),
        Ending::HalfClosed(by) => format!("half-closed by {}", by.name()),
        Ending::Closed(first) => format!("closed by {}", first.name()),
        Ending::Reset(by) => format!("reset by {}", by.name()),
    }
}
