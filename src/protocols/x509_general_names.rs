//! Names of any kind: of hosts, addresses of IP and of e-mail, links (RFC 5280, section 4.2.1.6).

use der::Tag;

use super::x509_der::{Element, Elements, Teller, UNDECODED};
use super::x509_names as names;
use super::x509_oids as oids;
use crate::model::field::FieldDef;

static EMAIL: FieldDef = FieldDef::text("x509ce.rfc822Name", "E-mail address")
    .rfc(5280, "4.2.1.6")
    .meaning("An address of e-mail that the certificate is good for.");

/// The name of a host.
pub static HOST_NAME: FieldDef = FieldDef::text("x509ce.dNSName", "DNS name")
    .rfc(5280, "4.2.1.6")
    .meaning("A host that the certificate is good for; browsers look only here, and * stands for one label.");

static LINK: FieldDef = FieldDef::text("x509ce.uniformResourceIdentifier", "URI")
    .rfc(5280, "4.2.1.6")
    .meaning("A link: what the certificate is good for, or where more can be fetched.");

static IPV4: FieldDef = FieldDef::ipv4("x509ce.IPAddress.ipv4", "IP address")
    .rfc(5280, "4.2.1.6")
    .meaning("An address of IPv4 that the certificate is good for.");

static IPV6: FieldDef = FieldDef::ipv6("x509ce.IPAddress.ipv6", "IP address")
    .rfc(5280, "4.2.1.6")
    .meaning("An address of IPv6 that the certificate is good for.");

/// A name in a list of names.
pub static DIRECTORY: FieldDef = FieldDef::spelled("x509.directory_name", "Name", names::put)
    .group()
    .rfc(5280, "4.2.1.6")
    .meaning("A distinguished name, such as that of an issuer.");

static REGISTERED: FieldDef =
    FieldDef::spelled("x509ce.registeredID", "Registered number", oids::put)
        .named_by_bytes(oids::name)
        .rfc(5280, "4.2.1.6")
        .meaning("Something that has a number of its own in the registry of kinds of things.");

/// Of names.
pub const FIELDS: [&FieldDef; 7] = [
    &EMAIL,
    &HOST_NAME,
    &LINK,
    &IPV4,
    &IPV6,
    &DIRECTORY,
    &REGISTERED,
];

/// The number of the alternative that is the name of a host.
pub const HOST: u32 = 2;

/// Tells all names of a list.
pub fn expand_all(teller: &mut Teller<'_, '_>, list: &mut Elements<'_>) -> Option<()> {
    while !list.is_empty() {
        let name = list.read()?;
        expand_one(teller, list, &name);
    }
    Some(())
}

/// Tells one name.
pub fn expand_one(teller: &mut Teller<'_, '_>, around: &Elements<'_>, name: &Element) {
    const IPV4_BYTES: usize = 4;
    const IPV6_BYTES: usize = 16;
    let definition = match (name.number(), name.content.len()) {
        (Some(1), _) => &EMAIL,
        (Some(HOST), _) => &HOST_NAME,
        (Some(4), _) => {
            teller.within(around, name, |teller, inside| {
                let name = inside.read_tagged(Tag::Sequence)?;
                teller.grouped(&DIRECTORY, inside, &name, names::expand);
                Some(())
            });
            return;
        }
        (Some(6), _) => &LINK,
        (Some(7), IPV4_BYTES) => &IPV4,
        (Some(7), IPV6_BYTES) => &IPV6,
        (Some(8), _) => &REGISTERED,
        _ => &UNDECODED,
    };
    teller.content(definition, name);
}
