//! A display filter passes the frames that it passes in tshark: some hundreds of filters over all fixtures.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::fixtures::captures;
use common::tshark;
use netinspect::capture::write::{Existing, Writer};
use netinspect::capture::{self, Interface};
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::flow::Flows;
use netinspect::model::field::{Field, Kind, Role};
use netinspect::model::frame::Frame;
use netinspect::model::layer::Decoded;
use netinspect::model::needs::Past;
use netinspect::model::value::Value;

/// What people type, and what the manual promises.
const FILTERS: &[&str] = &[
    "arp",
    "ip",
    "ipv6",
    "tcp",
    "udp",
    "icmp",
    "icmpv6",
    "vlan",
    "frame",
    "eth",
    "!arp",
    "not (arp or icmp or icmpv6)",
    "tcp or udp",
    "tcp && ip.src == 192.168.1.7",
    "tcp.port == 12345",
    "tcp.port != 12345",
    "tcp.port === 12345",
    "tcp.port !== 12345",
    "tcp.port ~= 12345",
    "any tcp.port > 20000",
    "all tcp.port > 12344",
    "all tcp.port > 12345",
    "any tcp.port != 12345",
    "tcp.port eq 12345",
    "tcp.port ne 12345",
    "tcp.srcport lt tcp.dstport",
    "tcp.srcport >= tcp.dstport",
    "udp.port == 12345 || udp.port == 4000",
    "ip.addr == 192.168.1.6",
    "ip.addr != 192.168.1.6",
    "!(ip.addr == 192.168.1.6)",
    "ip.addr == 192.168.0.0/16",
    "ip.src == 192.168.1.4/30",
    "ip.src != 10.0.0.0/8",
    "ip.src == ip.dst",
    "ip.src != ip.dst",
    "ip.src > 192.168.1.6",
    "ip.addr#1 == 192.168.1.6",
    "ip.src#2",
    "ip.src#2 == 192.168.1.7",
    "ip.src#[1-2] == 192.168.1.7",
    "ip.ttl == 64",
    "ip.ttl < 0x40",
    "ip.ttl >= 0100",
    "ip.ttl == 0b1000000",
    "ip.ttl == '@'",
    "ip.len > 60",
    "ip.len > 60 and ip.len < 100",
    "ip.flags.df == 1",
    "ip.flags.mf == True",
    "ip.flags.mf == FALSE",
    "ip.frag_offset > 0",
    "ip.proto == 6",
    "ip.proto == TCP",
    "ip.proto == \"UDP\"",
    "ip.hdr_len > 20",
    "ip.hdr_len == 20",
    "ip.version == 4",
    "tcp.flags.syn == 1",
    "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    "tcp.flags.syn",
    "tcp.flags.syn == 2",
    "tcp.flags.syn != 3",
    "tcp.flags.syn in {0..5}",
    "tcp.flags.reset == 1",
    "tcp.flags.fin == True",
    "tcp.flags & 0x02",
    "tcp.flags & 2 == 2",
    "tcp.flags bitwise_and 0x12",
    "tcp.flags == 0x018",
    "tcp.len > 0",
    "tcp.len == 0",
    "tcp.len + 6 > 12",
    "tcp.len * 2 > 20",
    "tcp.len / 2 == 3",
    "tcp.len % 2 == 1",
    "tcp.len > {tcp.hdr_len - 20}",
    "tcp.hdr_len >= 4 * {tcp.len + 3}",
    "tcp.len - 1 > 5",
    "tcp.seq_raw > 0",
    "tcp.window_size_value > 1000",
    "tcp.options.mss_val == 1460",
    "tcp.options.mss_val",
    "tcp.options.timestamp.tsecr == 0",
    "tcp.option_kind == 3",
    "tcp.option_kind != 3",
    "tcp.urgent_pointer == 0",
    "udp.length > 20",
    "udp.srcport == 4000 or udp.dstport == 4000",
    "eth.dst == ff:ff:ff:ff:ff:ff",
    "eth.src == 02-00-00-00-00-06",
    "eth.src == 0200.0000.0006",
    "eth.addr == 02:00:00:00:00:07",
    "eth.src[0:3] == 02:00:00",
    "eth.src[5] == 06",
    "eth.src[-1] == 07",
    "eth.src[3-5] == 00:00:06",
    "eth.src[0,5] == 02:06",
    "eth.src[4:] == 00:06",
    "eth.src[:2] == 02:00",
    "eth.addr[0] & 0x0f == 2",
    "eth.dst[0] & 1",
    "eth.dst.ig == 1",
    "eth.src > 02:00:00:00:00:06",
    "eth.type == 0x0806",
    "eth.type == 0x86dd",
    "eth[12:2] == 08:00",
    "tcp[13] & 2",
    "ip.src & 255.255.255.0 == 192.168.1.0",
    "ip.addr & 0.0.0.7 == 0.0.0.6",
    "tcp[13] == 0x12",
    "tcp[0:2] == 30:39",
    "ip[0] == 45",
    "ip[8] == 40",
    "frame[-4:4] == 00:00:00:00",
    "frame[0:2] == \"\\x02\\x00\"",
    "frame[12-13] == 08:06",
    "frame[60:2]",
    "frame[100-199]",
    "frame contains \"welcome\"",
    "frame contains 77:65:6c",
    "frame contains \"hell\\x6f\"",
    "tcp contains \"hello\"",
    "tcp.payload",
    "udp.payload",
    "tcp.payload contains \"hello\"",
    "tcp.payload[0:2] == 68:65",
    "tcp.payload matches \"^wel\"",
    "tcp.payload matches \"\u{4f60}\"",
    "udp matches \"[\\\\x80-\\\\xff]\"",
    "frame matches \"^.{14}\"",
    "frame matches \"\\\\xef\\\\x18\"",
    "tcp matches \"\\\\bGET\\\\b\"",
    "udp.payload[0] == 68",
    "len(tcp.payload) == tcp.len",
    "len(udp.payload) > 4",
    "tcp contains r\"hello\"",
    "udp contains \"hello\"",
    "ip contains \"hello\"",
    "tcp matches \"HEL+O\"",
    "tcp matches \"(?-i)HELLO\"",
    "udp matches \"wel|hel\"",
    "frame ~ \"how are\"",
    "string(ip.src) matches \"\\\\.7$\"",
    "string(frame.number) matches \"[13579]$\"",
    "string(tcp.dstport) contains \"123\"",
    "len(eth.src) == 6",
    "len(tcp) > 32",
    "count(ip.addr) == 2",
    "count(ip.src) > 1",
    "count(tcp.option_kind) > 4",
    "max(tcp.srcport, tcp.dstport) > 12345",
    "min(tcp.srcport, tcp.dstport) == 12345",
    "max(ip.src, ip.dst) == 192.168.1.7",
    "min(eth.src, eth.dst) == 02:00:00:00:00:06",
    "abs(tcp.len) > 5",
    "arp.opcode == 1",
    "arp.opcode == request",
    "arp.opcode == \"reply\"",
    "arp.src.proto_ipv4 == 192.168.1.7",
    "arp.dst.hw_mac == 00:00:00:00:00:00",
    "icmp.type == 8",
    "icmp.type in {0, 8}",
    "icmp.type in {3..5, 11}",
    "icmp.type == 3 and icmp.code == 3",
    "icmpv6.type == 135",
    "icmpv6.type in {133..137}",
    "ipv6.nxt == 58",
    "ipv6.addr == fd00::6",
    "ipv6.addr == fd00::/8",
    "ipv6.src == fe80::/10",
    "ipv6.dst == ff02::/16",
    "ipv6.dst[0:2] == ff:02",
    "ipv6.hlim == 255",
    "ipv6.src != fd00::7",
    "ipv6.fraghdr.more == 1",
    "vlan.id == 7",
    "frame.number == 14",
    "frame.number in {1, 3..5, 9}",
    "frame.number <= 10",
    "frame.len > 100",
    "frame.len == 42",
    "frame.cap_len < frame.len",
    "frame.len - frame.cap_len > 0",
    "frame.interface_id == 1",
    "frame.time_epoch > 1000000000",
    "frame.time_relative >= 0",
    "frame.time > \"2020-01-01 00:00:00\"",
    "frame.time < \"2020-01-01T00:00:00Z\"",
    "frame.time > \"Jan 1, 2020 00:00:00 UTC\"",
    "tcp.port in {80, 443, 12345}",
    "tcp.port in {12000..13000}",
    "tcp.port not in {12345}",
    "ip.src in {192.168.1.6, 10.0.0.0/8}",
    "ip.src in {192.168.1.5 .. 192.168.1.6}",
    "ip.addr in {10.0.0.5 .. 10.0.0.9, 192.168.1.6}",
    "ip.checksum.status == \"Good\"",
    "ip.checksum.status == 1",
    "tcp.checksum.status == \"Good\"",
    "udp.checksum.status == 1",
    "ip and not tcp and not udp",
    "ip or arp and not tcp",
    "(ip or arp) and not tcp",
    "tcp and tcp.len > 0 or udp",
    "not not tcp",
    "!(!tcp)",
    "not ip.dst eq 192.168.1.6",
    "not ip.dst or ip.dst ne 192.168.1.6",
    "ip.id == 0",
    "ip.dsfield.dscp == 0",
    "igmp",
    "llc",
    "sll",
];

/// Names on which the two differ on purpose: `tests/tshark/exceptions.rs` says why of the first; the clock of the
/// others is shown by tshark with less than its digits.
const NOT_COMPARED: &[&str] = &[
    "ip.version",
    // The card's checksums, which tshark before 4.2 takes for bad, and paddings of no bytes, which it counts.
    "tcp.checksum.status",
    "ipv6.opt.padn",
    "data.data",
    "data.len",
    // Each frame is read for itself: tshark takes the parts of a message for messages.
    "http.file_data",
    "http.request.version",
    // In a question tshark shows only the flags of questions, and takes the name of a service apart.
    "dns.flags.authoritative",
    "dns.flags.recavail",
    "dns.flags.authenticated",
    "dns.flags.rcode",
    "dns.resp.name",
    // Where TLS 1.3 was agreed on before, tshark calls the type of an encrypted record opaque; and it knows a
    // change of cipher by its being there.
    "tls.record.content_type",
    "tls.change_cipher_spec",
    // And it puts the pieces of a line together.
    "smtp.message",
    "smtp.req",
    "smtp.req.parameter",
    // It counts those of no bytes.
    "smtp.rsp.parameter",
    "dns.opt.data",
    "dns.opt.cookie.server",
    // It counts names of no bytes.
    "dhcp.server",
    "dhcp.file",
    // It hides the bytes of every option, and calls the ends of options one of number 0.
    "dhcp.option.value",
    "dhcp.option.agent_information_option.value",
    "dhcp.option.type",
    "dhcp.client_id.type",
    "dhcp.client_id",
    // It repeats the file of a transfer in each of its messages, whose data are a layer of their own.
    "tftp.source_file",
    "tftp.destination_file",
    "tftp.data",
    // Dates are written as RFC 3339 does.
    "ntp.reftime",
    "ntp.org",
    "ntp.rec",
    "ntp.xmt",
    "frame.time_epoch",
    "frame.time_relative",
    "frame.time_delta",
    "frame.time_delta_displayed",
];

/// Fixtures whose messages are broken on purpose or come in parts: there the two stop at different places. And one
/// whose programs agree to go on in TLS, which a frame that is read for itself does not know; nor does it know HTTP/2,
/// but where that begins, nor WebSocket.
const LEFT_OUT: &[&str] = &[
    "fields.pcap",
    "dns-odd.pcapng",
    "dns-pieces.pcapng",
    "dhcp-odd.pcapng",
    "smtp-starttls.pcapng",
    "certificates.pcapng",
    "http2.pcapng",
    "imap.pcapng",
    "quic.pcapng",
    "quic-keylog.pcapng",
    "websocket.pcapng",
    "websocket-pieces.pcapng",
];

/// Whether a frame has a part of a message of DNS: that is read for itself by tshark, and not here.
fn has_part_of_message(file: &Path, frame: &Frame<'_>) -> bool {
    file.ends_with("dns.pcapng") && matches!(frame.number, 30 | 31)
}

/// All frames of all fixtures in one file, so that tshark need not be started for each, but for those left out.
fn gather(path: &Path) {
    let mut files: Vec<PathBuf> = captures();
    files.retain(|file| !LEFT_OUT.iter().any(|name| file.ends_with(name)));
    let mut interfaces: Vec<Interface> = Vec::new();
    for file in &files {
        let mut source = capture::open(file).unwrap();
        while let Ok(Some(frame)) = source.next_frame() {
            if !interfaces
                .iter()
                .any(|known| known.link_type == frame.link_type)
            {
                interfaces.push(Interface::of_link(frame.link_type));
            }
        }
    }
    let mut writer = Writer::create(path, &interfaces, Existing::Keep).unwrap();
    for file in &files {
        let mut source = capture::open(file).unwrap();
        while let Ok(Some(frame)) = source.next_frame() {
            if has_part_of_message(file, &frame) {
                continue;
            }
            let of_link = |known: &Interface| known.link_type == frame.link_type;
            let interface = interfaces.iter().position(of_link).unwrap();
            let frame = Frame {
                interface: u32::try_from(interface).ok(),
                ..frame
            };
            writer.frame(&frame, None).unwrap();
        }
    }
    writer.flush().unwrap();
}

/// The numbers of the frames that pass, as we see it.
fn passing(filters: &[String], path: &Path) -> Vec<u64> {
    let filters: Vec<Filter> = filters
        .iter()
        .map(|text| Filter::new(text).unwrap_or_else(|error| panic!("{error}")))
        .collect();
    let mut counts = vec![0; filters.len()];
    let mut source = capture::open(path).unwrap();
    let mut decoder = Decoder::new();
    let mut flows = Flows::default();
    let mut walker = Decoder::new();
    while let Some(frame) = source.next_frame().unwrap() {
        let followed = flows.follow(&walker.walk(&frame), Past::Everything);
        for (filter, count) in filters.iter().zip(&mut counts) {
            decoder.walk(&frame);
            let decoded = decoder.deepen(&frame, filter.needs().depth);
            *count += u64::from(filter.passes(&decoded.with_followed(followed)));
        }
        flows.is_shown(frame.time);
    }
    counts
}

/// How many frames pass, as tshark sees it: its statistics count for many filters in one run, but split at
/// commas, so that filters with commas are asked one by one.
fn passing_in_tshark(filters: &[String], path: &Path) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let (single, many): (Vec<_>, Vec<_>) = filters.iter().partition(|filter| filter.contains(','));
    for filter in single {
        let output = tshark::reading(path).args(["-Y", filter]).output().unwrap();
        assert!(output.status.success(), "tshark refuses {filter}");
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        counts.insert(filter.clone(), lines as u64);
    }
    for some in many.chunks(40) {
        let mut command = tshark::reading(path);
        command.arg("-q");
        for filter in some {
            command.args(["-z", &format!("io,stat,0,{filter}")]);
        }
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "tshark refuses one of {some:?}: {errors}"
        );
        let text = String::from_utf8_lossy(&output.stdout);
        // The last filter's table comes first.
        let tables = text.split("| IO Statistics").skip(1);
        let found: Vec<(String, u64)> = tables.map(count_of_table).collect();
        assert_eq!(found.len(), some.len(), "{text}");
        for (filter, count) in found {
            counts.insert(filter, count);
        }
    }
    counts
}

fn count_of_table(table: &str) -> (String, u64) {
    let filter = table
        .lines()
        .skip_while(|line| !line.starts_with("| Col 1: "))
        .take_while(|line| !line.starts_with("|---"))
        .map(|line| {
            line.trim_start_matches("| Col 1: ")
                .trim_matches(['|', ' '])
        })
        .collect::<Vec<_>>()
        .join(" ");
    let row = table.lines().find(|line| line.contains("<>")).unwrap();
    let count = row.split('|').nth(2).unwrap().trim().parse().unwrap();
    (filter, count)
}

/// Filters on every field that both know, made of values that occur.
fn generated(path: &Path) -> Vec<String> {
    let known = tshark::field_names();
    let mut source = capture::open(path).unwrap();
    let mut decoder = Decoder::new();
    let mut filters = BTreeSet::new();
    while let Some(frame) = source.next_frame().unwrap() {
        let decoded = decoder.expand(&frame);
        for field in decoded.fields {
            let definition = field.definition;
            let name = definition.name;
            if !known.contains(name) || NOT_COMPARED.contains(&name) {
                continue;
            }
            filters.insert(name.to_owned());
            let Some(value) = literal(field, &decoded) else {
                continue;
            };
            let first_time = !filters.contains(&format!("{name} != {value}"));
            let is_bounded = filters
                .range(format!("{name} == ")..format!("{name} =>"))
                .count()
                < 3;
            if first_time && is_bounded {
                for operator in ["==", "!=", "===", "!=="] {
                    filters.insert(format!("{name} {operator} {value}"));
                }
                if matches!(definition.kind, Kind::Number(_) | Kind::Ipv4) {
                    filters.insert(format!("{name} > {value}"));
                    filters.insert(format!("all {name} <= {value}"));
                }
            }
        }
    }
    filters.into_iter().collect()
}

/// A value as both write it.
fn literal(field: &Field, decoded: &Decoded<'_>) -> Option<String> {
    let value = decoded.value(field);
    let mut out = String::new();
    match value {
        Value::Bytes(bytes) if bytes.is_empty() || bytes.len() > 12 => return None,
        Value::Domain { .. } => {
            value.push_plain(&mut out, field.definition, 0);
            // What is no letter, tshark spells otherwise.
            let is_plain = out
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
            return is_plain.then(|| format!("\"{out}\""));
        }
        Value::Text(_) | Value::Spelled(_) | Value::None | Value::Time(_) | Value::Duration(_) => {
            return None;
        }
        _ => value.push_plain(&mut out, field.definition, 0),
    }
    // A group of bytes is a number in one of the two and a heading in the other.
    (field.definition.role != Role::Group || field.definition.kind != Kind::Bytes).then_some(out)
}

#[test]
fn filters_pass_as_many_frames_as_in_tshark() {
    if !tshark::is_here() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("all.pcapng");
    gather(&path);
    let mut filters: Vec<String> = FILTERS.iter().map(|filter| (*filter).to_owned()).collect();
    filters.extend(generated(&path));
    let theirs = passing_in_tshark(&filters, &path);
    let ours = passing(&filters, &path);
    let mut differing = Vec::new();
    for (filter, ours) in filters.iter().zip(&ours) {
        match theirs.get(filter) {
            Some(theirs) if theirs == ours => {}
            theirs => differing.push(format!("{filter}: {ours}, tshark {theirs:?}")),
        }
    }
    println!("{} filters compared", filters.len());
    assert!(filters.len() > 300, "only {} filters", filters.len());
    assert!(
        differing.is_empty(),
        "{} of {} filters differ:\n{}",
        differing.len(),
        filters.len(),
        differing.join("\n")
    );
}
