//! Who plays: programs as they are typed, and the hosts that they run on.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::CliError;
use crate::lab::{HostName, HostSettings, Launch, Settings};

/// A command line, taken apart as a shell does it: at least a program.
#[derive(Clone, Debug)]
pub struct Command {
    program: String,
    arguments: Vec<String>,
}

/// Takes a command line apart.
///
/// # Errors
///
/// A quotation mark is not closed, there is no program, or a word is for a shell.
pub fn parse_command(text: &str) -> Result<Command, String> {
    let words = shlex::split(text).ok_or_else(|| "a quotation mark is not closed".to_owned())?;
    if let Some(word) = word_for_a_shell(text, &words) {
        return Err(format!(
            "no shell reads it, and `{}` is for one: put sh -c '…' around the whole, or quote that word",
            word.escape_debug()
        ));
    }
    let mut words = words.into_iter();
    let program = words
        .next()
        .ok_or_else(|| "it names no program".to_owned())?;
    Ok(Command {
        program,
        arguments: words.collect(),
    })
}

/// The first word that only a shell understands.
fn word_for_a_shell<'a>(text: &str, words: &'a [String]) -> Option<&'a str> {
    const SPECIAL: [char; 7] = [';', '&', '|', '<', '>', '$', '`'];
    // Only where a shell sees one of them a backslash before it changes nothing.
    let mut escaped = String::new();
    for character in text.chars() {
        escaped.extend(SPECIAL.contains(&character).then_some('\\'));
        escaped.push(character);
    }
    let unquoted = shlex::split(&escaped)?;
    let pairs = words.iter().zip(&unquoted);
    let mut plain = pairs.filter(|(word, unquoted)| word == unquoted);
    let sets_variable = words.first().filter(|word| is_assignment(word));
    let found = plain.find(|(word, _)| ends_command(word) || expands(word));
    sets_variable
        .or(found.map(|(word, _)| word))
        .map(String::as_str)
}

/// Whether a word ends a command, or begins as what joins two or redirects one.
fn ends_command(word: &str) -> bool {
    let behind_number = word.trim_start_matches(|first: char| first.is_ascii_digit());
    word.contains(';') || behind_number.starts_with(['&', '|', '<', '>'])
}

/// Whether a shell puts something else in the place of a part of a word: `$HOME`, `$(date)`, `` `date` ``.
fn expands(word: &str) -> bool {
    let is_name =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_{(".contains(c));
    word.contains('`') || word.split('$').skip(1).any(is_name)
}

/// Whether a word sets a variable for the command behind it: `DEBUG=1`.
fn is_assignment(word: &str) -> bool {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = word.split_once('=').map_or("", |(name, _)| name);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_of_name)
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.program, self.arguments.join(" "))
    }
}

impl Command {
    /// What is to be started.
    pub fn launch(&self) -> Launch {
        Launch::new(&self.program, self.arguments.clone())
    }
}

/// A host as it is typed: `NAME[=IP]:COMMAND`.
#[derive(Clone, Debug)]
pub struct HostArg {
    /// Its name.
    pub name: HostName,
    address: Option<Ipv4Addr>,
    /// Its program.
    pub command: Command,
}

/// Takes a host apart.
///
/// # Errors
///
/// The name, the address or the command line is none.
pub fn parse_host(text: &str) -> Result<HostArg, String> {
    let (host, command) = text
        .split_once(':')
        .ok_or_else(|| "NAME:COMMAND or NAME=IP:COMMAND is expected".to_owned())?;
    let (name, address) = match host.split_once('=') {
        Some((name, address)) => (name, Some(address)),
        None => (host, None),
    };
    let name = HostName::new(name).ok_or_else(|| {
        format!(
            "{name:?} is no name for a host: a small letter, then small letters, digits and hyphens, 12 at most"
        )
    })?;
    let address = address.map(parse_address).transpose()?;
    Ok(HostArg {
        name,
        address,
        command: parse_command(command)?,
    })
}

fn parse_address(text: &str) -> Result<Ipv4Addr, String> {
    let address: Option<Ipv4Addr> = text.parse().ok();
    address
        .filter(|address| HostSettings::new(HostName::CLIENT, *address).is_some())
        .ok_or_else(|| {
            format!("{text:?} is no address of the lab: 192.168.1.1 to 192.168.1.254 are")
        })
}

/// The hosts with an address each: the one that was typed, that of `server` and `client`, or the next free
/// one from 192.168.1.10.
///
/// # Errors
///
/// There are too many, or two with one name or address.
pub fn hosts(typed: &[HostArg]) -> Result<Vec<HostSettings>, CliError> {
    let usage = |text: String| Err(CliError::Usage(text));
    if typed.len() > Settings::MOST_HOSTS {
        return usage(format!(
            "{} hosts are too many: the switch has {} ports",
            typed.len(),
            Settings::MOST_HOSTS
        ));
    }
    let fixed = |host: &HostArg| {
        let usual = [HostSettings::SERVER, HostSettings::CLIENT];
        let usual = usual.into_iter().find(|usual| usual.name == host.name);
        host.address.or(usual.map(|usual| usual.ipv4()))
    };
    let taken: Vec<_> = typed.iter().filter_map(fixed).collect();
    let mut free = (10..=254)
        .map(|number| Ipv4Addr::new(192, 168, 1, number))
        .filter(|address| !taken.contains(address));
    let mut hosts: Vec<HostSettings> = Vec::new();
    for host in typed {
        let address = fixed(host).or_else(|| free.next());
        let settings = address.and_then(|address| HostSettings::new(host.name, address));
        let Some(settings) = settings else {
            return usage(format!(
                "there is no address left for the host {}",
                host.name
            ));
        };
        if hosts.iter().any(|known| known.name == settings.name) {
            return usage(format!("two hosts are called {}", settings.name));
        }
        if hosts.iter().any(|known| known.ipv4() == settings.ipv4()) {
            return usage(format!("two hosts have the address {}", settings.ipv4()));
        }
        hosts.push(settings);
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(typed: &[&str]) -> Result<Vec<String>, String> {
        let typed: Result<Vec<_>, _> = typed.iter().map(|text| parse_host(text)).collect();
        let hosts = hosts(&typed?).map_err(|error| error.to_string())?;
        let told = |host: &HostSettings| format!("{} {}", host.name, host.ipv4());
        Ok(hosts.iter().map(told).collect())
    }

    #[test]
    fn a_host_has_the_address_that_is_typed_or_the_next_free_one() {
        assert_eq!(
            addresses(&[
                "web=192.168.1.11:a 'b c'",
                "db:x",
                "client:y",
                "alice:z",
                "server:z",
            ]),
            Ok(vec![
                "web 192.168.1.11".to_owned(),
                "db 192.168.1.10".to_owned(),
                "client 192.168.1.7".to_owned(),
                "alice 192.168.1.12".to_owned(),
                "server 192.168.1.6".to_owned(),
            ])
        );
    }

    #[test]
    fn what_is_for_a_shell_is_no_command_unless_it_is_quoted() {
        for (text, word) in [
            ("cd /tmp; ./server", "/tmp;"),
            ("./server > log | cat", ">"),
            ("./server >log", ">log"),
            ("./server 2>&1", "2>&1"),
            ("'a b' && ./server", "&&"),
            ("./server &", "&"),
            ("./server 1>log", "1>log"),
            ("./a;./b", "./a;./b"),
            ("echo $HOME", "$HOME"),
            ("echo \"$(date)\"", "$(date)"),
            ("echo `date`", "`date`"),
            ("DEBUG=1 ./server", "DEBUG=1"),
        ] {
            let error = parse_command(text).expect_err(text);
            let told = format!("`{word}` is for one: put sh -c '…' around");
            assert!(error.contains(&told), "{text}: {error}");
        }
        for text in [
            "sh -c 'cd /tmp; ./server > log &'",
            "python3 -c 'print(1);' '|' \"<\" \\;",
            "curl http://server/?a=1&b=2",
            "awk '{ print $NF }' -v a=1 cost$5",
        ] {
            assert!(parse_command(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_told_why() {
        for (typed, why) in [
            (&["web"][..], "NAME:COMMAND or NAME=IP:COMMAND is expected"),
            (&["Web:x"], "\"Web\" is no name for a host"),
            (&["a-name-too-long:x"], "is no name for a host"),
            (&["localhost:x"], "is no name for a host"),
            (&["web=10.0.0.1:x"], "\"10.0.0.1\" is no address of the lab"),
            (&["web=192.168.1.255:x"], "is no address of the lab"),
            (&["web:"], "it names no program"),
            (&["web:'"], "a quotation mark is not closed"),
            (&["web:x", "web:y"], "two hosts are called web"),
            (
                &["web=192.168.1.7:x", "client:y"],
                "two hosts have the address 192.168.1.7",
            ),
            (&["a:x"; 9], "9 hosts are too many: the switch has 8 ports"),
        ] {
            let error = addresses(typed).expect_err(why);
            assert!(error.contains(why), "{typed:?}: {error}");
        }
    }
}
