//! What DHCP says of other networks: domains to look for names in (RFC 3397), and routes (RFC 3442).

use std::ops::Range;

use crate::model::domain_name::DomainName;
use crate::model::expander::Expander;
use crate::model::field::FieldDef;

static SEARCHED: FieldDef = FieldDef::domain(
    "dhcp.option.dhcp_dns_domain_search_list_fqdn",
    "Searched domain",
)
.rfc(3397, "2")
.meaning("A domain that is put behind a short name, one after the other, until DNS knows it.");

static ROUTE: FieldDef = FieldDef::bytes("dhcp.option.classless_static_route", "Classless route")
    .group()
    .rfc(3442, "3")
    .meaning("A network and the router on the way to it; where there are such routes, the option with the router does not count.");

static WIDTH: FieldDef =
    FieldDef::decimal("dhcp.option.classless_static_route.width", "Prefix length")
        .unit("bits")
        .rfc(3442, "3")
        .meaning("How many bits of an address are those of the network; 0 stands for all that has no other route.");

static DESTINATION: FieldDef =
    FieldDef::ipv4("dhcp.option.classless_static_route.destination", "Network")
        .rfc(3442, "3")
        .meaning("The address of the network, without the bytes that are 0 anyway.");

static ROUTER: FieldDef = FieldDef::ipv4(
    "dhcp.option.classless_static_route.router",
    "Router to the network",
)
.rfc(3442, "3")
.meaning("Where packets to that network are sent; 0.0.0.0 says that it is on this very link.");

/// The fields.
pub const FIELDS: [&FieldDef; 5] = [&SEARCHED, &ROUTE, &WIDTH, &DESTINATION, &ROUTER];

/// Adds domains, whose pointers count from the first byte of the data.
///
/// # Errors
///
/// A name is none.
pub fn expand_search(
    bytes: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    let names = bytes.get(data.clone()).unwrap_or_default();
    let mut at = 0;
    while at < names.len() {
        let name = DomainName::new(names, at);
        let (Ok(end), None) = (name.end(), name.flaw()) else {
            return Err("a domain has no end in the option, or a pointer that does not lead back");
        };
        out.name(&SEARCHED, data.start + at..data.start + end, data.start);
        at = end;
    }
    Ok(())
}

/// Adds routes.
///
/// # Errors
///
/// One is longer than an address, or not all there.
pub fn expand_routes(
    bytes: &[u8],
    data: Range<usize>,
    out: &mut Expander<'_>,
) -> Result<(), &'static str> {
    const WIDEST: u8 = 32;
    const ROUTER_LENGTH: usize = 4;
    let mut at = data.start;
    while at < data.end {
        let width = bytes.get(at).copied().unwrap_or_default();
        if width > WIDEST {
            return Err("a route to a network with more than 32 bits");
        }
        let router = at + 1 + usize::from(width.div_ceil(8));
        let end = router + ROUTER_LENGTH;
        if end > data.end {
            return Err("a route goes on behind the end of the option");
        }
        out.bytes(&ROUTE, at..end);
        out.bytes(&WIDTH, at..at + 1);
        out.bytes(&DESTINATION, at + 1..router);
        out.bytes(&ROUTER, router..end);
        at = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::protocols::dhcp::testing::{asked, options_of};

    #[test]
    fn searched_domains_share_their_ends_and_pointers_count_from_the_option() {
        let seen = asked(b"\x0c\x02me\x77\x0b\x03lab\0\x03www\xc0\0\xff");
        assert_eq!(
            seen.chosen("dhcp", &["dhcp.option.dhcp_dns"]),
            [
                "dhcp.option.dhcp_dns_domain_search_list_fqdn lab",
                "dhcp.option.dhcp_dns_domain_search_list_fqdn www.lab",
            ]
        );
    }

    #[test]
    fn routes_have_as_many_bytes_of_an_address_as_their_prefix_needs() {
        let route = "dhcp.option.classless_static_route";
        let fields = options_of(&[121, 12, 0, 10, 0, 0, 1, 12, 172, 16, 10, 0, 0, 2, 255]);
        assert_eq!(
            fields[3..10],
            [
                format!("  {route} 00:0a:00:00:01"),
                format!("    {route}.width 0"),
                format!("    {route}.router 10.0.0.1"),
                format!("  {route} 0c:ac:10:0a:00:00:02"),
                format!("    {route}.width 12"),
                format!("    {route}.destination 172.16.0.0"),
                format!("    {route}.router 10.0.0.2"),
            ]
        );
    }
}
