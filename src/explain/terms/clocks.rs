//! The words of NTP: what time it is, and how well that is known.

use super::{Term, term};

/// In alphabetical order.
pub static CLOCKS: &[Term] = &[
    term(
        "clock offset",
        &["round-trip delay of ntp", "four timestamps"],
        "By how much a client's clock is off. Four times tell it: the client sends (1), the server receives (2) and answers (3), the client receives (4). The way took (4 - 1) - (3 - 2), and if both directions took the same, the offset is half of (2 - 1) + (3 - 4).",
        &["ntp.org", "ntp.rec", "ntp.xmt", "ntp"],
    ),
    term(
        "kiss-o'-death",
        &["kiss of death", "kod"],
        "An answer of a server of NTP that says no: stratum 0, and four letters where the reference is, such as RATE (you ask too often) or DENY. Who gets one asks more rarely, or not at all.",
        &["ntp.stratum", "ntp.refid"],
    ),
    term(
        "leap second",
        &["leap indicator"],
        "A second that is put in, or left out, at the end of a month, so that clocks stay with the turning of the Earth. Servers of NTP say so the day before.",
        &["ntp.flags.li"],
    ),
    term(
        "stratum",
        &["reference clock", "stratum 1"],
        "How far a server of NTP is from a clock that is no computer's, such as GPS: who has that clock is at stratum 1, who asks it at 2, and so on up to 15. 16 says that the server does not know the time itself.",
        &["ntp.stratum", "ntp.refid", "ntp.rootdelay"],
    ),
];
