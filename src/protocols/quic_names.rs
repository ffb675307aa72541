//! The names of numbers in QUIC (RFC 9000, section 22; the registry "QUIC" of IANA).

/// Versions; those of the form `?a?a?a?a` are there so that every server is asked for one that it does not know
/// (RFC 9000, section 15).
pub fn version(number: u64) -> Option<&'static str> {
    match number {
        0 => Some("Version Negotiation"),
        1 => Some("1"),
        0x6b33_43cf => Some("2"),
        0xff00_001d => Some("draft 29"),
        _ if number & 0x0f0f_0f0f == 0x0a0a_0a0a => Some("known to nobody, on purpose"),
        _ => None,
    }
}

/// The types of long headers, in the first version.
pub const TYPES: &[(u64, &str)] = &[(0, "Initial"), (1, "0-RTT"), (2, "Handshake"), (3, "Retry")];

/// The types of long headers, in the second version.
pub const TYPES_V2: &[(u64, &str)] =
    &[(1, "Initial"), (2, "0-RTT"), (3, "Handshake"), (0, "Retry")];

/// How many bytes of a packet number are sent.
pub const NUMBER_LENGTHS: &[(u64, &str)] = &[
    (0, "1 byte"),
    (1, "2 bytes"),
    (2, "3 bytes"),
    (3, "4 bytes"),
];

/// The types of frames.
pub fn frame(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0x00 => "PADDING",
        0x01 => "PING",
        0x02 => "ACK",
        0x03 => "ACK_ECN",
        0x04 => "RESET_STREAM",
        0x05 => "STOP_SENDING",
        0x06 => "CRYPTO",
        0x07 => "NEW_TOKEN",
        0x08..=0x0f => "STREAM",
        0x10 => "MAX_DATA",
        0x11 => "MAX_STREAM_DATA",
        0x12 => "MAX_STREAMS (BIDI)",
        0x13 => "MAX_STREAMS (UNI)",
        0x14 => "DATA_BLOCKED",
        0x15 => "STREAM_DATA_BLOCKED",
        0x16 => "STREAMS_BLOCKED (BIDI)",
        0x17 => "STREAMS_BLOCKED (UNI)",
        0x18 => "NEW_CONNECTION_ID",
        0x19 => "RETIRE_CONNECTION_ID",
        0x1a => "PATH_CHALLENGE",
        0x1b => "PATH_RESPONSE",
        0x1c => "CONNECTION_CLOSE (Transport)",
        0x1d => "CONNECTION_CLOSE (Application)",
        0x1e => "HANDSHAKE_DONE",
        0x30 | 0x31 => "DATAGRAM",
        _ => return None,
    })
}

/// The same as short as a line has them.
pub const fn frame_in_line(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0x00 => "PADDING",
        0x01 => "PING",
        0x02 => "ACK",
        0x03 => "ACK_ECN",
        0x04 => "RS",
        0x05 => "SS",
        0x06 => "CRYPTO",
        0x07 => "NT",
        0x08..=0x0f => "STREAM",
        0x10 => "MD",
        0x11 => "MSD",
        0x12 | 0x13 => "MS",
        0x14 => "DB",
        0x15 => "SDB",
        0x16 | 0x17 => "SB",
        0x18 => "NCI",
        0x19 => "RC",
        0x1a => "PC",
        0x1b => "PR",
        0x1c | 0x1d => "CC",
        0x1e => "DONE",
        0x30 | 0x31 => "DG",
        _ => return None,
    })
}

/// Why a connection ends, as the transport says; of what TLS found wrong, the number of its alert is behind 0x0100.
pub fn error(code: u64) -> Option<&'static str> {
    Some(match code {
        0x00 => "NO_ERROR",
        0x01 => "INTERNAL_ERROR",
        0x02 => "CONNECTION_REFUSED",
        0x03 => "FLOW_CONTROL_ERROR",
        0x04 => "STREAM_LIMIT_ERROR",
        0x05 => "STREAM_STATE_ERROR",
        0x06 => "FINAL_SIZE_ERROR",
        0x07 => "FRAME_ENCODING_ERROR",
        0x08 => "TRANSPORT_PARAMETER_ERROR",
        0x09 => "CONNECTION_ID_LIMIT_ERROR",
        0x0a => "PROTOCOL_VIOLATION",
        0x0b => "INVALID_TOKEN",
        0x0c => "APPLICATION_ERROR",
        0x0d => "CRYPTO_BUFFER_EXCEEDED",
        0x0e => "KEY_UPDATE_ERROR",
        0x0f => "AEAD_LIMIT_REACHED",
        0x10 => "NO_VIABLE_PATH",
        0x11 => "VERSION_NEGOTIATION_ERROR",
        0x0100..=0x01ff => "CRYPTO_ERROR",
        _ => return None,
    })
}

/// The parameters that each side tells the other in the handshake of TLS.
pub fn parameter(kind: u64) -> Option<&'static str> {
    Some(match kind {
        0x00 => "original_destination_connection_id",
        0x01 => "max_idle_timeout",
        0x02 => "stateless_reset_token",
        0x03 => "max_udp_payload_size",
        0x04 => "initial_max_data",
        0x05 => "initial_max_stream_data_bidi_local",
        0x06 => "initial_max_stream_data_bidi_remote",
        0x07 => "initial_max_stream_data_uni",
        0x08 => "initial_max_streams_bidi",
        0x09 => "initial_max_streams_uni",
        0x0a => "ack_delay_exponent",
        0x0b => "max_ack_delay",
        0x0c => "disable_active_migration",
        0x0d => "preferred_address",
        0x0e => "active_connection_id_limit",
        0x0f => "initial_source_connection_id",
        0x10 => "retry_source_connection_id",
        0x11 => "version_information",
        0x20 => "max_datagram_frame_size",
        0x2ab2 => "grease_quic_bit",
        // One that every side must pass over: 31 times a number, and 27 (RFC 9000, section 18.1).
        _ if kind % 31 == 27 => "means nothing, on purpose",
        _ => return None,
    })
}
