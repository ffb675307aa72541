//! Object identifiers: numbers by which whoever needs one names a kind of thing, such as an algorithm or a part of a
//! name (ITU-T X.660).

use const_oid::ObjectIdentifier;
use const_oid::db::DB;

/// Writes one as its numbers: `2.5.4.3`. What is none has no text.
pub fn put(content: &[u8], put: &mut dyn FnMut(&str)) {
    let Ok(identifier) = ObjectIdentifier::from_bytes(content) else {
        return;
    };
    for (index, arc) in identifier.arcs().enumerate() {
        if index > 0 {
            put(".");
        }
        put(itoa::Buffer::new().format(arc));
    }
}

/// The name that the RFCs give to one: `sha256WithRSAEncryption`.
pub fn name(content: &[u8]) -> Option<&'static str> {
    if let Some((_, name)) = OTHERS.iter().find(|(known, _)| *known == content) {
        return Some(name);
    }
    let identifier = ObjectIdentifier::from_bytes(content).ok()?;
    // What has an abbreviation too is told by the name.
    DB.find_names_for_oid(identifier)
        .find(|name| name.len() > ABBREVIATION)
}

/// How long the abbreviations of kinds of attributes are at most.
const ABBREVIATION: usize = 3;

/// What a kind of attribute is called in front of its value (RFC 4514, section 3; the last three by habit).
pub fn short_name(content: &[u8]) -> Option<&'static str> {
    let (_, name) = ATTRIBUTES.iter().find(|(known, _)| *known == content)?;
    Some(name)
}

/// The name that people know somebody by.
pub const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// The country, of two letters.
pub const COUNTRY: &[u8] = &[0x55, 4, 6];
/// A number that tells one from others of the same name.
pub const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
/// A part of a domain's name.
pub const DOMAIN_COMPONENT: &[u8] = &[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 100, 1, 25];
/// An address of e-mail.
pub const EMAIL: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 1];

const ATTRIBUTES: &[(&[u8], &str)] = &[
    (COMMON_NAME, "CN"),
    (COUNTRY, "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (DOMAIN_COMPONENT, "DC"),
    (&[9, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 100, 1, 1], "UID"),
    (SERIAL_NUMBER, "serialNumber"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (EMAIL, "emailAddress"),
];

/// Those of browsers and of newer RFCs, and one that has too long a name.
const OTHERS: &[(&[u8], &str)] = &[
    (EMAIL, "emailAddress"),
    (&[0x67, 0x81, 12, 1, 2, 1], "domain validated"),
    (&[0x67, 0x81, 12, 1, 2, 2], "organization validated"),
    (&[0x67, 0x81, 12, 1, 1], "extended validation"),
    (&[0x2b, 6, 1, 5, 5, 7, 1, 24], "id-pe-tlsfeature"),
    (
        &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2],
        "signed certificate timestamps",
    ),
];
