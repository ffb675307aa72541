//! The words of certificates: who a server is, and why a client refuses it.

use super::{Term, term};

/// In alphabetical order.
pub static CERTIFICATES: &[Term] = &[
    term(
        "certificate",
        &["certificate authority", "x.509"],
        "Says whose a public key is, signed by somebody whom others trust. A client hangs up with an alert when it does not trust who signed it (Unknown CA), when its time is over (Certificate Expired), or when the host that was asked for is not among its names; for one of your own, curl is told by --cacert whom to trust.",
        &[
            "tls",
            "certificate chain",
            "subject alternative name",
            "validity",
            "x509.certificate",
            "tls.alert_message.desc",
        ],
    ),
    term(
        "certificate chain",
        &[
            "chain of trust",
            "root certificate",
            "intermediate certificate",
        ],
        "Whoever signs a certificate has one, too, and so on up to an authority that clients know beforehand, which has signed its own. The server sends all but the last: where one between is missing, some clients know it from elsewhere, and the others hang up with Unknown CA.",
        &[
            "certificate",
            "issuer",
            "self-signed",
            "tls.handshake.certificates",
        ],
    ),
    term(
        "issuer",
        &["certificate issuer"],
        "Who has signed a certificate, and so vouches that the key in it belongs to the subject. A client believes it when it knows the issuer, or somebody who has signed the issuer's own certificate.",
        &["x509.issuer", "certificate chain", "self-signed"],
    ),
    term(
        "self-signed",
        &["self-signed certificate"],
        "A certificate whose issuer is its subject: nobody else vouches for it. Those of authorities are, and clients have a list of these; with one of your own, each client must be told to trust it, or it hangs up with Unknown CA.",
        &["x509.self_signed", "certificate chain", "issuer"],
    ),
    term(
        "subject alternative name",
        &["san", "subjectAltName"],
        "The hosts that a certificate is good for, as names of DNS or IP addresses; * stands for one label at the beginning. Browsers and most other clients look only here, and not at the subject's CN: where the name that was asked for is missing, they refuse the certificate, though all else is right.",
        &[
            "x509ce.dNSName",
            "x509ce.IPAddress.ipv4",
            "virtual host",
            "certificate",
        ],
    ),
    term(
        "validity",
        &["not before", "not after", "expiry", "expired certificate"],
        "From when and until when a certificate may be believed. A client compares that with its own clock: a server that was not given a new certificate in time is refused by all, with the alert Certificate Expired; a client whose clock is wrong refuses everybody.",
        &[
            "x509.not_after",
            "x509.expired",
            "certificate",
            "tls.alert_message.desc",
        ],
    ),
];
