//! What the numbers of NTP stand for (RFC 5905, sections 7.3 and 7.4).

/// Whether the last minute of the month is longer or shorter.
pub const LEAPS: &[(u64, &str)] = &[
    (0, "no warning"),
    (1, "the last minute has 61 seconds"),
    (2, "the last minute has 59 seconds"),
    (3, "the clock is not synchronised"),
];

/// Who speaks to whom.
pub const MODES: &[(u64, &str)] = &[
    (0, "reserved"),
    (1, "symmetric active"),
    (2, "symmetric passive"),
    (3, "client"),
    (4, "server"),
    (5, "broadcast"),
    (6, "control"),
    (7, "private"),
];

/// A mode, as a line tells it.
pub fn told_mode(mode: u8) -> &'static str {
    let mut known = MODES.iter();
    let found = known.find(|(number, _)| *number == u64::from(mode));
    found.map_or("", |(_, name)| name)
}

/// How far from a clock a server is.
pub fn stratum_name(stratum: u64) -> Option<&'static str> {
    Some(match stratum {
        0 => "unspecified or invalid",
        1 => "of a server with a clock",
        2..=15 => "of a server that asks others",
        16 => "not synchronised",
        _ => return None,
    })
}

/// Why a server says no, by the letters that it sends: a "kiss of death".
pub const KISSES: &[(&[u8], &str)] = &[
    (b"RATE", "asked too often (RATE)"),
    (b"DENY", "not for you (DENY)"),
    (b"RSTR", "not for you (RSTR)"),
    (b"INIT", "not synchronised yet (INIT)"),
    (b"STEP", "its clock was just set (STEP)"),
    (b"AUTH", "the digest is wrong (AUTH)"),
    (b"CRYP", "the digest is wrong (CRYP)"),
    (b"NTSN", "the cookie is not known (NTSN)"),
];

/// Powers of two in seconds, by their exponents; negative ones as a byte has them.
pub const POWERS: &[(u64, &str)] = &[
    (0, "1 second"),
    (1, "2 seconds"),
    (2, "4 seconds"),
    (3, "8 seconds"),
    (4, "16 seconds"),
    (5, "32 seconds"),
    (6, "64 seconds"),
    (7, "128 seconds"),
    (8, "256 seconds"),
    (9, "512 seconds"),
    (10, "1024 seconds"),
    (11, "2048 seconds"),
    (12, "4096 seconds"),
    (13, "8192 seconds"),
    (14, "16384 seconds"),
    (15, "32768 seconds"),
    (16, "65536 seconds"),
    (17, "131072 seconds"),
    (224, "0.233 ns"),
    (225, "0.466 ns"),
    (226, "0.931 ns"),
    (227, "1.86 ns"),
    (228, "3.73 ns"),
    (229, "7.45 ns"),
    (230, "14.9 ns"),
    (231, "29.8 ns"),
    (232, "59.6 ns"),
    (233, "119 ns"),
    (234, "238 ns"),
    (235, "477 ns"),
    (236, "954 ns"),
    (237, "1.91 µs"),
    (238, "3.81 µs"),
    (239, "7.63 µs"),
    (240, "15.3 µs"),
    (241, "30.5 µs"),
    (242, "61 µs"),
    (243, "122 µs"),
    (244, "244 µs"),
    (245, "488 µs"),
    (246, "977 µs"),
    (247, "1.95 ms"),
    (248, "3.91 ms"),
    (249, "7.81 ms"),
    (250, "15.6 ms"),
    (251, "31.2 ms"),
    (252, "62.5 ms"),
    (253, "125 ms"),
    (254, "250 ms"),
    (255, "500 ms"),
];
