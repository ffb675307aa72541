//! Capture filters, as tcpdump has them (`pcap-filter(7)`): how a display filter says the same.

use std::iter::Peekable;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The display filter that says about what a capture filter says; `None` where one of its words is not among the
/// common ones.
pub fn as_display_filter(filter: &str) -> Option<String> {
    let spaced = filter.replace('(', " ( ").replace(')', " ) ");
    let spaced = spaced.replace('!', " ! ");
    let mut words = spaced.split_whitespace().peekable();
    let mut said = Said::default();
    let mut last = Qualifiers::default();
    while let Some(word) = words.peek().copied() {
        if joins(word) {
            words.next();
            said.join(word);
            continue;
        }
        let qualifiers = Qualifiers::read(&mut words);
        if qualifiers != Qualifiers::default() {
            last = qualifiers;
        }
        let value = words.next_if(|word| !joins(word));
        said.words.push(last.said_of(value)?);
    }
    Some(said.words.join(" ").replace("( ", "(").replace(" )", ")"))
}

/// What has been said: capture filters read `and` and `or` from left to right, where a display filter's `and` binds
/// tighter.
#[derive(Default)]
struct Said {
    words: Vec<String>,
    /// Of each parenthesis that is open, where it began.
    outer: Vec<usize>,
    /// Where the innermost began, in words.
    begin: usize,
    /// Whether there is an `or` in it that what follows would take apart.
    has_or: bool,
}

impl Said {
    fn join(&mut self, word: &str) {
        match word {
            "and" | "&&" if self.has_or => {
                self.words.insert(self.begin, "(".to_owned());
                self.words.push(")".to_owned());
                self.has_or = false;
            }
            "or" | "||" => self.has_or = true,
            _ => {}
        }
        self.words.push(word.to_owned());
        match word {
            "(" => {
                self.outer.push(self.begin);
                self.begin = self.words.len();
                self.has_or = false;
            }
            ")" => {
                self.begin = self.outer.pop().unwrap_or(0);
                self.has_or = self
                    .words
                    .iter()
                    .skip(self.begin)
                    .any(|word| matches!(word.as_str(), "or" | "||"));
            }
            _ => {}
        }
    }
}

/// Whether a word stands between or around what a filter asks.
fn joins(word: &str) -> bool {
    matches!(word, "and" | "or" | "not" | "&&" | "||" | "!" | "(" | ")")
}

/// What stands before the value of a capture filter: `tcp`, `src` and `port` of `tcp src port 80`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Qualifiers<'a> {
    protocol: Option<&'a str>,
    direction: Option<&'a str>,
    kind: Option<&'a str>,
}

impl<'a> Qualifiers<'a> {
    /// Takes the qualifiers that stand next; none where there are none.
    fn read(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Self {
        let mut found = Self::default();
        while let Some(word) = words.peek().copied() {
            match word {
                "ether" | "ip" | "ip6" | "arp" | "icmp" | "icmp6" | "tcp" | "udp" => {
                    found.protocol = Some(word);
                }
                "src" | "dst" => found.direction = Some(word),
                "host" | "net" | "port" | "portrange" | "greater" | "less" => {
                    found.kind = Some(word);
                }
                _ => break,
            }
            words.next();
        }
        found
    }

    /// How a display filter says this value with these qualifiers.
    fn said_of(self, value: Option<&str>) -> Option<String> {
        let Some(value) = value else {
            return self.said_alone();
        };
        match self.kind {
            Some("greater") => Some(format!("frame.len >= {}", value.parse::<u32>().ok()?)),
            Some("less") => Some(format!("frame.len <= {}", value.parse::<u32>().ok()?)),
            Some("port") => {
                let port: u16 = value.parse().ok()?;
                self.said_of_ports(&format!("== {port}"))
            }
            Some("portrange") => {
                let (first, last) = value.split_once('-')?;
                let (one, other): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
                let (first, last) = (one.min(other), one.max(other));
                self.said_of_ports(&format!("in {{{first}..{last}}}"))
            }
            _ => self.said_of_addresses(value),
        }
    }

    fn said_alone(self) -> Option<String> {
        let said = match self.protocol? {
            "ether" => "eth",
            "ip6" => "ipv6",
            "icmp6" => "icmpv6",
            same => same,
        };
        let is_alone = self.direction.is_none() && self.kind.is_none();
        is_alone.then(|| said.to_owned())
    }

    fn said_of_ports(self, values: &str) -> Option<String> {
        let end = match self.direction {
            Some("src") => "srcport",
            Some(_) => "dstport",
            None => "port",
        };
        match self.protocol {
            Some(protocol @ ("tcp" | "udp")) => Some(format!("{protocol}.{end} {values}")),
            Some(_) => None,
            None => Some(format!("(tcp.{end} {values} or udp.{end} {values})")),
        }
    }

    fn said_of_addresses(self, value: &str) -> Option<String> {
        let address = value.split_once('/').map_or(value, |(address, _)| address);
        if address.len() < value.len() && self.kind != Some("net") {
            return None;
        }
        let is_ipv4 = address.parse::<Ipv4Addr>().is_ok();
        let is_ipv6 = address.parse::<Ipv6Addr>().is_ok();
        let end = self.direction.unwrap_or("addr");
        let of = |protocol: &str| format!("{protocol}.{end} == {value}");
        match self.protocol {
            None if is_ipv4 => Some(format!("({} or {})", of("ip"), self.said_of_arp(value))),
            Some("ip") if is_ipv4 => Some(of("ip")),
            Some("arp") if is_ipv4 => Some(format!("({})", self.said_of_arp(value))),
            None | Some("ip6") if is_ipv6 => Some(of("ipv6")),
            Some("ether") if !is_ipv4 && !is_ipv6 => Some(of("eth")),
            _ => None,
        }
    }

    fn said_of_arp(self, value: &str) -> String {
        match self.direction {
            Some(end) => format!("arp.{end}.proto_ipv4 == {value}"),
            None => format!("arp.src.proto_ipv4 == {value} or arp.dst.proto_ipv4 == {value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_capture_filter_says_is_said_by_a_display_filter() {
        for (capture, display) in [
            ("port 80", "(tcp.port == 80 or udp.port == 80)"),
            ("not tcp port 22", "not tcp.port == 22"),
            (
                "udp and dst port 53",
                "udp and (tcp.dstport == 53 or udp.dstport == 53)",
            ),
            ("tcp portrange 90-80", "tcp.port in {80..90}"),
            ("ip host 192.168.1.6", "ip.addr == 192.168.1.6"),
            (
                "dst host 10.0.0.1",
                "(ip.dst == 10.0.0.1 or arp.dst.proto_ipv4 == 10.0.0.1)",
            ),
            ("src host fd00::6", "ipv6.src == fd00::6"),
            ("ip net 10.0.0.0/8", "ip.addr == 10.0.0.0/8"),
            ("tcp port 80 or 443", "tcp.port == 80 or tcp.port == 443"),
            (
                "ether dst 02:00:00:00:00:06",
                "eth.dst == 02:00:00:00:00:06",
            ),
            ("ip6 && !icmp6", "ipv6 && ! icmpv6"),
            ("greater 100", "frame.len >= 100"),
        ] {
            let said = as_display_filter(capture);
            assert_eq!(said.as_deref(), Some(display), "{capture}");
            assert!(crate::filter::Filter::new(display).is_ok(), "{display}");
        }
    }

    #[test]
    fn what_a_capture_filter_joins_from_left_to_right_stays_joined_so() {
        for (capture, display) in [
            ("arp or tcp and ip", "(arp or tcp) and ip"),
            ("arp and tcp or ip", "arp and tcp or ip"),
            (
                "arp or tcp and ip or udp and ip6",
                "((arp or tcp) and ip or udp) and ipv6",
            ),
            (
                "arp and (tcp or udp and ip)",
                "arp and ((tcp or udp) and ip)",
            ),
            ("(arp or tcp) and ip", "((arp or tcp)) and ip"),
        ] {
            assert_eq!(
                as_display_filter(capture).as_deref(),
                Some(display),
                "{capture}"
            );
        }
    }

    #[test]
    fn what_is_no_capture_filter_is_left_alone() {
        for filter in [
            "tcp.port == 80",
            "port www",
            "port 80 foo",
            "host server",
            "tcp host 10.0.0.1",
            "host 10.0.0.1/24",
            "vlan 5",
            "greater x",
            "port",
        ] {
            assert_eq!(as_display_filter(filter), None, "{filter}");
        }
    }
}
