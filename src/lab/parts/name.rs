//! A name server of one name, and a client that knows the name alone: DNS over UDP (RFC 1035).

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process;

use crate::lab::HostSettings;
use crate::protocols::chat_wire::PORT;
use crate::protocols::dns_message::{Entries, HEADER, Section};

/// Where name servers listen.
const NAME_PORT: u16 = 53;

/// The one name that is known, of a domain that is kept for examples (RFC 2606, section 2).
const NAME: &str = "chat.example";

/// A host's address, and the Internet: type and class (RFC 1035, sections 3.2.2 and 3.2.4).
const A_IN: [u8; 4] = [0, 1, 0, 1];

/// How long the answer may be kept, in seconds.
const TIME_TO_LIVE: u32 = 60;

/// The longest message over UDP: RFC 1035, section 4.2.1.
const LONGEST: usize = 512;

/// A server that tells a name's address, and then takes a guest there.
pub fn know_name() -> io::Result<()> {
    let names = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, NAME_PORT))?;
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    println!("UDP port {NAME_PORT} for names, TCP port {PORT} for guests");
    let mut question = [0; LONGEST];
    let (length, asker) = names.recv_from(&mut question)?;
    let question = question.get(..length).unwrap_or_default();
    names.send_to(&answer(question, HostSettings::SERVER.ipv4()), asker)?;
    let (mut guest, peer) = listener.accept()?;
    let mut said = String::new();
    guest.read_to_string(&mut said)?;
    println!("a guest from {} says: {said}", peer.ip());
    Ok(())
}

/// A client that asks for a name's address, and says hello there.
pub fn ask_name(host: &str) -> io::Result<()> {
    let server = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    server.connect((host, NAME_PORT))?;
    server.send(&question())?;
    let mut answer = [0; LONGEST];
    let length = server.recv(&mut answer)?;
    let address = address_in(answer.get(..length).unwrap_or_default())
        .ok_or_else(|| io::Error::other(format!("nobody knows {NAME}")))?;
    println!("{NAME} is {address}");
    TcpStream::connect((address, PORT))?.write_all(b"hello")
}

/// Asks for the name's address, and wants the server to ask others where it does not know; this process's
/// number tells the question from others.
fn question() -> Vec<u8> {
    let [_, _, high, low] = process::id().to_be_bytes();
    let mut message = vec![high, low, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    push_question(&mut message);
    message
}

fn push_question(message: &mut Vec<u8>) {
    for label in NAME.split('.') {
        message.extend(u8::try_from(label.len()));
        message.extend(label.as_bytes());
    }
    message.push(0);
    message.extend(A_IN);
}

/// Says the address, with authority; or that there is no such name.
fn answer(question: &[u8], address: Ipv4Addr) -> Vec<u8> {
    let mut known = Vec::new();
    push_question(&mut known);
    let asked = question.get(HEADER..).unwrap_or_default();
    let (answers, code) = if asked == known { (1, 0) } else { (0, 3) };
    let mut message = question.get(..2).unwrap_or_default().to_vec();
    message.extend([0x85, code, 0, 1, 0, answers, 0, 0, 0, 0]);
    message.extend(asked);
    if answers == 1 {
        // The name stands behind the header already.
        message.extend([0xc0, 12]);
        message.extend(A_IN);
        message.extend(TIME_TO_LIVE.to_be_bytes());
        message.extend([0, 4]);
        message.extend(address.octets());
    }
    message
}

/// The first address that an answer tells.
fn address_in(answer: &[u8]) -> Option<Ipv4Addr> {
    let entries = Entries::of(answer).filter_map(Result::ok);
    let mut answers = entries.filter(|entry| entry.section == Section::Answer);
    let data = answers.next()?.data;
    <[u8; 4]>::try_from(answer.get(data)?).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 6);

    #[test]
    fn the_client_finds_the_address_in_the_answer() {
        assert_eq!(address_in(&answer(&question(), ADDRESS)), Some(ADDRESS));
    }

    #[test]
    fn of_another_name_there_is_none() {
        let mut question = question();
        question[HEADER + 1] = b'h';
        let answer = answer(&question, ADDRESS);
        assert_eq!(answer[3] & 0x0f, 3);
        assert_eq!(address_in(&answer), None);
    }
}
