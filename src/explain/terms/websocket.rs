//! The words of WebSocket: how a page and a server come to talk both ways.

use super::{Term, term};

/// In alphabetical order.
pub static WEBSOCKET: &[Term] = &[
    term(
        "close code",
        &["websocket close code", "status code of a close"],
        "Says why a connection of WebSocket ends, in two bytes of the frame that closes it: 1000 all is said, 1001 the page or the server goes away, 1002 the other side broke the rules, 1003 and 1007 it said what cannot be read, 1008 it may not, 1009 it said too much, 1011 the server failed; 3000 to 3999 are those of libraries, 4000 to 4999 the programs' own. 1006 is never sent: a browser says it when no such frame came.",
        &[
            "websocket.payload.close.status_code",
            "websocket",
            "connection",
        ],
    ),
    term(
        "masking",
        &["mask", "masked", "masking key", "unmasked"],
        "A client of WebSocket combines each byte that it says with one of four that it chose by chance (exclusive or), and sends these four before it. That hides nothing; it keeps a page in a browser from choosing what is on the wire: without it, the bytes could look like a request of HTTP, and a proxy that knows nothing of WebSocket would believe them and keep a forged page for others. What servers say is not masked, for no stranger chooses it.",
        &[
            "websocket.mask",
            "websocket.masking_key",
            "websocket.masked_payload",
            "websocket",
        ],
    ),
    term(
        "permessage-deflate",
        &["compressed message", "context takeover"],
        "What both sides of WebSocket may agree on in the handshake: messages are compressed with DEFLATE, as gzip does it. A message may refer to all that its sender said before (context takeover), so the fifth chat line that begins alike costs a few bytes; who has not heard the ones before cannot read it.",
        &[
            "websocket.pmc",
            "http.sec_websocket_extensions",
            "websocket",
        ],
    ),
    term(
        "upgrade",
        &["switching protocols", "101", "protocol upgrade"],
        "A client of HTTP/1 asks to go on in another protocol on the same connection, with a header line Upgrade; a server that agrees answers 101, and what follows is no HTTP any more. So WebSocket begins: its server has to answer with a hash of the client's key, which none does that takes it for a plain request.",
        &[
            "http.upgrade",
            "http.sec_websocket_accept",
            "websocket",
            "http",
        ],
    ),
];
