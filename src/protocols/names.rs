//! How fields and protocols are found by name, and what is near to a name that is none.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::registry::ALL;
use crate::model::field::FieldDef;
use crate::model::needs::Needs;
use crate::model::protocol::Protocol;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Named {
    /// A field; several where protocols share it, or where it is a joint name such as `ip.addr`.
    Fields(Vec<FieldOf>),
    /// A protocol.
    Protocol(&'static Protocol),
}

/// A field of a protocol.
#[derive(Clone, Copy, Debug)]
pub struct FieldOf {
    /// The protocol.
    pub protocol: &'static Protocol,
    /// The field.
    pub definition: &'static FieldDef,
}

impl FieldOf {
    /// What it takes to know its values in a frame.
    pub fn needs(&self) -> Needs {
        self.definition.place.needs().and(self.protocol.needs())
    }
}

/// What a name stands for, if anything.
pub fn find(name: &str) -> Option<&'static Named> {
    static NAMES: LazyLock<HashMap<&str, Named>> = LazyLock::new(collect);
    NAMES.get(name)
}

/// Every field, protocol by protocol.
pub fn every_field() -> impl Iterator<Item = FieldOf> {
    ALL.iter().flat_map(|protocol| {
        let fields = protocol.fields.iter();
        fields.map(move |definition| FieldOf {
            protocol,
            definition,
        })
    })
}

fn collect() -> HashMap<&'static str, Named> {
    let mut names = HashMap::new();
    for protocol in ALL {
        names.insert(protocol.name, Named::Protocol(protocol));
    }
    for field in every_field() {
        let own = std::iter::once(field.definition.name);
        for name in own.chain(field.definition.joint) {
            match names
                .entry(name)
                .or_insert_with(|| Named::Fields(Vec::new()))
            {
                Named::Fields(fields) => fields.push(field),
                // A heading over the options of a header may have the header's name.
                Named::Protocol(_) => {}
            }
        }
    }
    names
}

/// The names of fields and protocols nearest to `wanted`, the nearest first; at most three, and only
/// such as a typing error could have made.
pub fn nearest(wanted: &str) -> Vec<&'static str> {
    let protocols = ALL.iter().map(|protocol| protocol.name);
    let fields = every_field()
        .flat_map(|field| std::iter::once(field.definition.name).chain(field.definition.joint));
    let mut ranked: Vec<_> = protocols
        .chain(fields)
        .filter(|name| {
            let one_slip = wanted.len() >= 3 && strsim::damerau_levenshtein(wanted, name) == 1;
            one_slip || strsim::normalized_damerau_levenshtein(wanted, name) >= 0.7
        })
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name))
        .collect();
    ranked.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Names of Wireshark's that are none here, and what to write instead.
pub const WRITTEN_OTHERWISE: &[(&str, &str)] = &[
    (
        "frame.protocols",
        "in a filter write the protocols, such as ip and tcp, with -e _ws.col.protocol for the innermost",
    ),
    (
        "tcp.flags.str",
        "write tcp.flags == 0x12, or tcp.flags.syn == 1 for one of them",
    ),
    (
        "frame.interface_name",
        "write frame.interface_id, which has the name beside it with -V",
    ),
    ("eth.ig", "write eth.dst.ig or eth.src.ig"),
    ("eth.lg", "write eth.dst.lg or eth.src.lg"),
];

/// What people call protocols and fields that have another name, in Wireshark and here.
const NICKNAMES: &[(&str, &str)] = &[
    ("ssl", "tls"),
    ("ipv4", "ip"),
    ("ip4", "ip"),
    ("ip6", "ipv6"),
    ("icmp6", "icmpv6"),
    ("ethernet", "eth"),
    ("https", "tls"),
    ("http.status", "http.response.code"),
    ("http.status_code", "http.response.code"),
    ("http.url", "http.request.uri"),
];

/// Protocols of Wireshark's that are not decoded here, and what finds most of their frames.
const NOT_DECODED: &[(&str, &str)] = &[("ssh", "tcp.port == 22"), ("telnet", "tcp.port == 23")];

/// What to write here for a name of Wireshark's that is none.
pub fn written_here(wanted: &str) -> Option<&'static str> {
    let row = WRITTEN_OTHERWISE.iter().find(|(name, _)| *name == wanted);
    row.map(|(_, advice)| *advice)
}

/// What helps who wrote a name that is none: what to write here, or the question that names what is nearest,
/// `did you mean ip.src?`; `None` where nothing is near.
pub fn hint(wanted: &str) -> Option<String> {
    if let Some(advice) = written_here(wanted) {
        return Some(advice.to_owned());
    }
    let lower = wanted.to_lowercase();
    if lower != wanted {
        return match find(&lower) {
            Some(_) => Some(format!("did you mean {lower}?")),
            None => hint(&lower),
        };
    }
    let shorter = wanted
        .replace(".source", ".src")
        .replace(".destination", ".dst");
    if let Some(meant) = Some(shorter)
        .filter(|shorter| find(shorter).is_some())
        .or_else(|| by_nickname(wanted))
        .or_else(|| of_same_ends(wanted))
    {
        return Some(format!("did you mean {meant}?"));
    }
    let protocol = wanted.split('.').next().unwrap_or_default();
    if let Some((_, filter)) = NOT_DECODED.iter().find(|(name, _)| *name == protocol) {
        return Some(format!(
            "{protocol} is not decoded, its bytes are data; most of its frames: {filter}"
        ));
    }
    match nearest(wanted).as_slice() {
        [] => None,
        [only] => Some(format!("did you mean {only}?")),
        several => Some(format!("did you mean one of {}?", several.join(", "))),
    }
}

/// The name that a nickname stands for, of a whole name or of the protocol that it begins with.
fn by_nickname(wanted: &str) -> Option<String> {
    let meant = |name: &str| {
        let row = NICKNAMES.iter().find(|(nickname, _)| *nickname == name);
        row.map(|(_, meant)| (*meant).to_owned())
    };
    let of_protocol = || {
        let (protocol, rest) = wanted.split_once('.')?;
        Some(format!("{}.{rest}", meant(protocol)?))
    };
    let found = meant(wanted).or_else(of_protocol)?;
    find(&found).is_some().then_some(found)
}

/// The field that was probably meant by a name that begins with its protocol and ends alike: `tcp.flags.syn` by
/// `tcp.syn`, `tcp.len` by `tcp.length`, `http.request.method` by `http.method`. None where there are several.
fn of_same_ends(wanted: &str) -> Option<String> {
    let (protocol, _) = wanted.split_once('.')?;
    let (parent, last) = wanted.rsplit_once('.')?;
    let flag = format!("{protocol}.flags.{last}");
    if find(&flag).is_some() {
        return Some(flag);
    }
    let is_short_for = |short: &str, long: &str| short.len() >= 3 && long.starts_with(short);
    let beside = the_only(protocol, |name| {
        let end = name
            .rsplit_once('.')
            .filter(|(before, _)| *before == parent);
        end.is_some_and(|(_, end)| is_short_for(end, last) || is_short_for(last, end))
    });
    let below = || the_only(protocol, |name| name.rsplit('.').next() == Some(last));
    beside.or_else(below).map(str::to_owned)
}

/// The name of the only field of a protocol that is such.
fn the_only(protocol: &str, is_such: impl Fn(&str) -> bool) -> Option<&'static str> {
    let mut such = every_field()
        .map(|field| field.definition.name)
        .filter(|name| name.split('.').next() == Some(protocol) && is_such(name));
    let name = such.next()?;
    such.all(|other| other == name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joint_name_stands_for_all_that_share_it() {
        let Some(Named::Fields(fields)) = find("ip.addr") else {
            panic!("no field");
        };
        let names: Vec<_> = fields.iter().map(|field| field.definition.name).collect();
        assert_eq!(names, ["ip.src", "ip.dst"]);
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_ones() {
        assert_eq!(nearest("tcp.flags.sin").first(), Some(&"tcp.flags.fin"));
        assert!(nearest("tcp.flags.sin").contains(&"tcp.flags.syn"));
        assert_eq!(nearest("nothing.like.it"), Vec::<&str>::new());
    }

    #[test]
    fn a_name_that_is_written_otherwise_here_gets_what_to_write() {
        assert_eq!(
            hint("eth.ig").as_deref(),
            Some("write eth.dst.ig or eth.src.ig")
        );
        for (name, _) in WRITTEN_OTHERWISE {
            assert!(find(name).is_none(), "{name} is a name here too");
        }
    }

    #[test]
    fn what_people_call_it_leads_to_its_name() {
        for (wanted, meant) in [
            ("ssl", "tls"),
            ("ssl.handshake.type", "tls.handshake.type"),
            ("ipv4", "ip"),
            ("ipv4.src", "ip.src"),
            ("ethernet", "eth"),
            ("tcp.syn", "tcp.flags.syn"),
            ("tcp.length", "tcp.len"),
            ("udp.len", "udp.length"),
            ("ip.protocol", "ip.proto"),
            ("http.method", "http.request.method"),
            ("http.status", "http.response.code"),
        ] {
            let hinted = format!("did you mean {meant}?");
            assert_eq!(hint(wanted), Some(hinted), "{wanted}");
        }
        for (nickname, meant) in NICKNAMES {
            assert!(find(nickname).is_none(), "{nickname} is a name here too");
            assert!(find(meant).is_some(), "{meant}");
        }
    }

    #[test]
    fn a_direction_that_is_written_out_is_understood() {
        for (wanted, hinted) in [
            ("ip.source", "did you mean ip.src?"),
            ("eth.destination", "did you mean eth.dst?"),
        ] {
            assert_eq!(hint(wanted).as_deref(), Some(hinted));
        }
    }

    #[test]
    fn a_protocol_that_is_not_decoded_is_found_by_its_port() {
        let told = "ssh is not decoded, its bytes are data; most of its frames: tcp.port == 22";
        assert_eq!(hint("ssh.protocol").as_deref(), Some(told));
        for (name, _) in NOT_DECODED {
            assert!(find(name).is_none(), "{name} is decoded");
        }
    }

    #[test]
    fn fields_that_share_a_name_are_of_one_kind() {
        for field in every_field() {
            let names = std::iter::once(field.definition.name).chain(field.definition.joint);
            for name in names {
                if let Some(Named::Fields(fields)) = find(name) {
                    let first = fields[0].definition.kind;
                    assert!(
                        fields.iter().all(|other| other.definition.kind == first),
                        "{name}"
                    );
                }
            }
        }
    }
}
