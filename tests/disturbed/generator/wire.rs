//! A segment as the bytes of a frame.

use std::net::Ipv6Addr;

use etherparse::{
    IpHeaders, IpNumber, Ipv4Extensions, Ipv4Header, Ipv6Extensions, Ipv6FlowLabel, Ipv6Header,
    PacketBuilder, TcpHeader, TcpOptionElement,
};

use super::{ACK, FIN, PSH, RST, SYN, Segment, Talk};

impl Talk {
    /// The frame that holds the segment, with the sender's clock and the number of its packet moved on.
    pub fn frame(&mut self, who: usize, segment: Segment) -> Vec<u8> {
        let port =
            |side: usize| 40_000 + self.number % 5_000 + 10_000 * u16::try_from(side).unwrap();
        let mut header = TcpHeader::new(port(who), port(1 - who), segment.seq, segment.window);
        header.acknowledgment_number = segment.ack;
        header.fin = segment.flags & FIN != 0;
        header.syn = segment.flags & SYN != 0;
        header.rst = segment.flags & RST != 0;
        header.psh = segment.flags & PSH != 0;
        header.ack = segment.flags & ACK != 0;
        header
            .set_options(&self.options(who, segment))
            .expect("they fit");
        let payload = vec![b'x'; segment.length as usize];
        let ip = self.ip(who, header.header_len() + payload.len());
        let mut bytes = Vec::new();
        PacketBuilder::ethernet2([2, 0, 0, 0, 0, 6], [2, 0, 0, 0, 0, 7])
            .ip(ip)
            .tcp_header(header)
            .write(&mut bytes, &payload)
            .expect("into memory");
        bytes
    }

    fn options(&mut self, who: usize, segment: Segment) -> Vec<TcpOptionElement> {
        let mut options = Vec::new();
        if segment.flags & SYN != 0 {
            options.push(TcpOptionElement::MaximumSegmentSize(1460));
            options.extend(self.scales[who].map(TcpOptionElement::WindowScale));
        }
        if self.has_clocks {
            let echo = self.sides[1 - who].clock;
            let side = &mut self.sides[who];
            side.clock = side.clock.wrapping_add(self.rng.u32(..3));
            options.push(TcpOptionElement::Timestamp(side.clock, echo));
        }
        options.extend(
            segment
                .sack
                .map(|range| TcpOptionElement::SelectiveAcknowledgement(range, [None; 3])),
        );
        options
    }

    fn ip(&mut self, who: usize, length: usize) -> IpHeaders {
        let last = [7u8, 6];
        let [high, low] = self.number.to_be_bytes();
        let side = &mut self.sides[who];
        side.identification = side.identification.wrapping_add(1).max(1);
        if self.is_ipv6 {
            let address =
                |side: usize| Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, self.number, last[side].into());
            return IpHeaders::Ipv6(
                Ipv6Header {
                    traffic_class: 0,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: u16::try_from(length).expect("short"),
                    next_header: IpNumber::TCP,
                    hop_limit: 64,
                    source: address(who).octets(),
                    destination: address(1 - who).octets(),
                },
                Ipv6Extensions::default(),
            );
        }
        let address = |side: usize| [10, high, low, last[side]];
        let mut header = Ipv4Header::new(
            u16::try_from(length).expect("short"),
            64,
            IpNumber::TCP,
            address(who),
            address(1 - who),
        )
        .expect("short");
        header.identification = side.identification;
        header.dont_fragment = true;
        IpHeaders::Ipv4(header, Ipv4Extensions::default())
    }
}
