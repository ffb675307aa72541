//! TLS that one side gave up, with an alert that says why.

use super::scene::{Alert, Scene, Socket};
use super::tls_against_plain;
use super::{Advice, Finding, Kind, Shown};

/// The kind.
pub static KIND: Kind = Kind {
    name: "tls-alert",
    title: "TLS was given up, with an alert that says why",
    reason: "When a side cannot go on with TLS, it says so in an alert (RFC 8446 section 6) and closes. Whatever \
        fails afterwards at the other side, a send or a receive, follows from that. What the alert names is to be \
        settled by how TLS is set up at the two sides, not by the calls on the socket.",
    fix: "Look for what the alert names: which versions, ciphers, names and protocols the sides offer each other, \
        and which certificates they show and trust.",
    python: "context.minimum_version = ssl.TLSVersion.TLSv1_2   # for one",
    c: "SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);",
    shown: Shown::ByWhatWas,
    find,
};

static NOT_TRUSTED: Advice = Advice {
    title: "The certificate is not trusted, and TLS was given up",
    reason: "A certificate says who its owner is, and somebody has signed it. Who gets it looks whether that one is \
        among those that it trusts, whether it is still valid, and for whom it is. A certificate that its owner has \
        signed itself, as for a try-out, nobody trusts unless told to.",
    fix: "Give the side that refuses it the certificate of who has signed, or the certificate itself where it is \
        signed by its owner (curl: --cacert).",
    python: "context = ssl.create_default_context(cafile=\"certificate.pem\")",
    c: "SSL_CTX_load_verify_locations(context, \"certificate.pem\", NULL);",
};

/// What an alert says of the other side: its number, and whether it is about a certificate.
const MEANINGS: &[(u8, bool, &str)] = &[
    (
        40,
        false,
        "the two have no cipher suite, group or the like in common",
    ),
    (42, true, "the certificate is damaged, or not for this name"),
    (
        43,
        true,
        "the certificate is of a kind that it does not know",
    ),
    (44, true, "the certificate was revoked by who had signed it"),
    (45, true, "the certificate is no longer valid, or not yet"),
    (46, true, "it does not accept the certificate"),
    (48, true, "it does not trust who has signed the certificate"),
    (70, false, "the two have no version of TLS in common"),
    (71, false, "what the other offers is too weak for it"),
    (
        112,
        false,
        "it has no certificate for the name that was asked for",
    ),
    (116, false, "it wants a certificate, and got none"),
    (
        120,
        false,
        "the two have no protocol to speak inside in common",
    ),
];

fn find(scene: &Scene) -> Vec<Finding> {
    let pairs = scene.pairs_of_tcp();
    pairs
        .filter(|(socket, peer)| !tls_against_plain::is_between(socket, peer))
        .filter_map(|(socket, _)| find_in(scene, socket))
        .collect()
}

fn find_in(scene: &Scene, socket: &Socket) -> Option<Finding> {
    let Alert {
        frame,
        number,
        name,
    } = *socket.alerts.first()?;
    let who = scene.who_begins(socket.program);
    let mut meanings = MEANINGS.iter();
    let meaning = meanings.find(|(known, ..)| *known == number);
    let told = match meaning {
        Some((.., meaning)) => format!("{who} gave up with the alert \"{name}\": {meaning}."),
        None => format!("{who} gave up with the alert \"{name}\"."),
    };
    let advice = meaning.and_then(|(_, is_certificate, _)| is_certificate.then_some(&NOT_TRUSTED));
    let segment = socket.sent.iter().find(|segment| segment.frame == frame)?;
    let before = socket
        .sends()
        .filter(|send| send.bytes.start < segment.bytes.end);
    let call = before.last();
    Some(
        Finding::in_program(socket.program, told)
            .advising(advice)
            .with_calls(call.map(|send| send.call))
            .with_frames([frame]),
    )
}
