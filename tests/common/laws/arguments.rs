//! Hosts of the lab with their programs, as they are typed, and lengths of time.

use std::collections::HashSet;

use netinspect::cli::cast::{HostArg, hosts, parse_command, parse_host};
use netinspect::lab::{HostName, Settings};
use netinspect::model::duration;

/// Every law of texts that may be hosts, each with the command line of its program.
pub fn of_cast<'a>(typed: impl Iterator<Item = &'a str>) {
    let known: Vec<HostArg> = typed.filter_map(|text| parse_host(text).ok()).collect();
    for host in &known {
        assert_eq!(HostName::new(host.name.as_str()), Some(host.name));
    }
    let Ok(cast) = hosts(&known) else {
        return;
    };
    assert!(cast.len() == known.len() && cast.len() <= Settings::MOST_HOSTS);
    let names: HashSet<_> = cast.iter().map(|host| host.name).collect();
    let addresses: HashSet<_> = cast
        .iter()
        .map(netinspect::lab::HostSettings::ipv4)
        .collect();
    assert_eq!((names.len(), addresses.len()), (cast.len(), cast.len()));
}

/// Every law of a text that may be a command line, or a length of time.
pub fn of_word(text: &str) {
    let _ = parse_command(text);
    if let Some(time) = duration::parse(text) {
        let nanoseconds = u64::try_from(time.as_nanos());
        let written = nanoseconds.map(duration::in_milliseconds);
        if let Ok(written) = written {
            assert_eq!(duration::parse(&written), Some(time), "{text:?}: {written}");
        }
    }
}
