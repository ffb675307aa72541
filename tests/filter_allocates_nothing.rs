//! A filter costs no allocation for a frame, once the decoder has its memory.

mod common;

use common::fixtures::captures;
use netinspect::capture;
use netinspect::decode::Decoder;
use netinspect::filter::Filter;

/// Of every kind of question, about fields at fixed places, joint fields and varying ones.
const FILTERS: [&str; 16] = [
    "tcp.flags.syn == 1",
    "tcp.port == 12345 and ip.addr == 192.168.1.6",
    "tcp.port != 12345",
    "eth.src[0:3] == 02:00:00",
    "ip.addr == 192.168.0.0/16 || ipv6.addr == fd00::/8",
    "tcp.port in {80, 443, 12000 .. 13000}",
    "tcp.flags & 0x02",
    "len(chat) > 4 or count(ip.addr) == 4",
    "frame contains \"welcome\"",
    "chat matches \"(?i)WEL+COME\"",
    "lower(chat.text) == \"welcome\"",
    "any tcp.srcport > 1024 and not arp",
    "tcp.options.mss_val == 1460",
    "not icmp || udp.length < 20",
    "dns.qry.name == \"server.lab\"",
    "dns.resp.name contains \"lab\" or dns.flags.rcode == 3",
];

#[test]
fn a_filter_allocates_nothing_for_a_frame() {
    let mut frames = 0;
    for filter in FILTERS.map(|text| Filter::new(text).unwrap()) {
        let mut decoder = Decoder::new();
        for path in captures() {
            let Ok(mut source) = capture::open(&path) else {
                continue;
            };
            while let Ok(Some(frame)) = source.next_frame() {
                // Once for the decoder and the pattern to get their memory, once to count.
                let mut passes = [false; 2];
                let [first, second] = &mut passes;
                let mut ask = |passes: &mut bool| {
                    decoder.walk(&frame);
                    let decoded = decoder.deepen(&frame, filter.needs().depth);
                    *passes = filter.passes(&decoded);
                };
                ask(first);
                let counted = allocation_counter::measure(|| ask(second));
                assert_eq!(
                    counted.count_total,
                    0,
                    "{} frame {}",
                    path.display(),
                    frame.number
                );
                assert_eq!(passes[0], passes[1]);
                frames += 1;
            }
        }
    }
    assert!(frames > 1000);
}
