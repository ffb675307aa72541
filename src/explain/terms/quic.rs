//! What QUIC does otherwise than TCP with TLS.

use super::{Term, term};

/// In alphabetical order.
pub static QUIC: &[Term] = &[
    term(
        "0-rtt",
        &["early data", "zero round trip"],
        "What a client says before the server has answered, sealed with a key from an earlier connection: no round trip is waited for. The price: who has recorded it can send it again, and the server cannot tell, so only what may happen twice should be said so. It is not decrypted here.",
        &["quic.long.packet_type", "latency", "tls", "quic"],
    ),
    term(
        "connection id",
        &["dcid", "scid"],
        "By which QUIC knows a connection, in place of the two addresses and ports that TCP knows it by: a telephone that goes from Wi-Fi to mobile keeps its connections. Each side chooses those of the packets that it receives, and gives further ones (NEW_CONNECTION_ID), so that a listener cannot follow the telephone by a number that stays the same.",
        &["quic.dcid", "quic.scid", "quic.nci.connection_id", "quic"],
    ),
    term(
        "header protection",
        &["packet number protection"],
        "Of a packet of QUIC, the number and some bits of the first byte are hidden, with a key of their own and a sample of what is encrypted behind them: who sees numbers count could follow a connection from network to network, and programs on the way would come to rely on them, as they did with TCP, until nothing of it can be changed any more.",
        &[
            "quic.protected_bits",
            "quic.packet_number",
            "quic.packet_number_length",
            "quic",
        ],
    ),
    term(
        "initial packet",
        &["initial", "first flight", "why initials are readable"],
        "The first packets of QUIC, with the hellos of TLS, are encrypted, but their keys are made of the connection ID that stands in the header, by a rule that everybody knows: both sides have agreed on nothing yet. So a listener reads which server is wanted, as with TLS over TCP. What the encryption is good for: a program on the way that knows nothing of QUIC sees nothing to meddle with, and damage is noticed.",
        &[
            "quic.dcid",
            "tls.handshake.extensions_server_name",
            "connection id",
            "tls",
        ],
    ),
    term(
        "key update",
        &["key phase"],
        "A side changes its keys in the middle of a connection: the new ones are made of the old ones, by a hash that cannot be turned back. In QUIC a bit of the header, the key phase, turns with them; in TLS a message announces it.",
        &["quic.key_phase", "tls", "quic"],
    ),
    term(
        "retry",
        &["address validation"],
        "Before a server of QUIC does much for a client, it can ask whether the client is where it says: it sends a token to that address and wants it back. Who lies about his address never sees the token; so no server can be made to shout at somebody else.",
        &["quic.retry_token", "quic.token", "connection id", "quic"],
    ),
    term(
        "version negotiation",
        &["quic version"],
        "A server of QUIC that does not know the version of a packet answers with a list of those that it knows. Both sides repeat inside the encrypted handshake what they chose and could have chosen, so that nobody on the way can talk them into an old one.",
        &[
            "quic.version",
            "quic.supported_version",
            "tls.quic.parameter.vi.chosen_version",
            "quic",
        ],
    ),
];
