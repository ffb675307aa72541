//! What calls have to do with frames.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::testing::{Ends, Play, send, socket};
use super::*;

const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 7), 40000);
const SERVER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 6), 12345);
const ENDS: Ends = [CLIENT, SERVER];

#[test]
fn a_datagram_whose_fragments_all_came_says_nothing_of_another_between_the_same_ends() {
    let [cut, whole] = [[b'c'; 1500], [b'w'; 1500]];
    let mut play = Play::default();
    let client = socket(Carrier::Udp, 2, ENDS);
    let [sent_cut, sent_whole] =
        [cut, whole].map(|says| play.call("client", client, send(&says), 1500));
    play.piece(ENDS, 1, &cut, 0..1472);
    play.piece(ENDS, 2, &whole, 0..1472);
    play.piece(ENDS, 2, &whole, 1472..1500);
    let causes = play.causes();
    assert_eq!(causes.unclear(sent_cut), Some(Unclear::InFragments));
    assert_eq!(causes.unclear(sent_whole), None);
}
