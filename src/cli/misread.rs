//! Command lines that other programs of this kind would take: what they say here.

use std::borrow::Cow;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::filter::{Filter, as_display_filter};

/// What was probably meant by a command line that cannot be read; `None` where clap's own words are best.
pub fn meant(typed: &[Cow<'_, str>], error: &clap::Error) -> Option<String> {
    let words: Vec<&str> = typed.iter().skip(1).map(AsRef::as_ref).collect();
    match error.kind() {
        ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument => {
            without_command(&words).or_else(|| with_capture_filter(&words, error))
        }
        _ => None,
    }
}

/// `netinspect FILE`, and as with tcpdump and tshark `-r FILE` and `-i IFACE`.
fn without_command(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let (what, command) = match *first {
        "-r" | "--read" | "--read-file" => ("a capture is read", "decode"),
        "-i" | "--interface" => ("frames are captured", "capture"),
        file if Path::new(file).is_file() => {
            let file = quoted(file);
            return Some(format!(
                "{file} is a file, not a command; to show a capture: netinspect decode {file}"
            ));
        }
        _ => return None,
    };
    let first = if first.starts_with("--read") {
        "-r"
    } else {
        first
    };
    let line: Vec<_> = std::iter::once(first)
        .chain(rest.iter().copied())
        .map(quoted)
        .collect();
    Some(format!(
        "{what} by a command: netinspect {command} {}",
        line.join(" ")
    ))
}

/// The commands that take a display filter.
const FILTERED: [&str; 4] = ["capture", "decode", "stats", "sequence"];

/// A filter at the end, or behind `-f`, as tcpdump and tshark take it.
fn with_capture_filter(words: &[&str], error: &clap::Error) -> Option<String> {
    let command = words.first().filter(|word| FILTERED.contains(word))?;
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let at = words.iter().position(|word| word == wrong)?;
    let behind = words.get(at..)?;
    let filter = match behind.split_first()? {
        (&"-f", rest) => rest,
        (first, _) if first.starts_with('-') => return None,
        _ => behind,
    };
    let options = filter.iter().position(|word| word.starts_with('-'));
    let filter = filter.get(..options.unwrap_or(filter.len()))?.join(" ");
    let example = if Filter::new(&filter).is_ok() {
        filter
    } else {
        as_display_filter(&filter)
            .filter(|said| Filter::new(said).is_ok())
            .unwrap_or_else(|| "tcp.port == 80".to_owned())
    };
    Some(format!(
        "{command} takes no capture filter; which frames are shown says -Y, in Wireshark's display filters: -Y {}",
        quoted(&example)
    ))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let word: String = word.escape_debug().collect();
    shlex::try_quote(&word).map_or_else(|_| word.clone(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn meant_by(words: &[&str]) -> Option<String> {
        let typed: Vec<Cow<'_, str>> = std::iter::once("netinspect")
            .chain(words.iter().copied())
            .map(Cow::from)
            .collect();
        let words = typed.iter().map(AsRef::<str>::as_ref);
        let error = Cli::try_parse_from(words).expect_err("it cannot be read");
        meant(&typed, &error)
    }

    #[test]
    fn what_tcpdump_and_tshark_take_is_told_with_its_command() {
        for (words, hint) in [
            (
                &["-r", "a b.pcap"][..],
                "a capture is read by a command: netinspect decode -r 'a b.pcap'",
            ),
            (
                &["-i", "lo"],
                "frames are captured by a command: netinspect capture -i lo",
            ),
            (
                &["Cargo.toml"],
                "Cargo.toml is a file, not a command; to show a capture: netinspect decode Cargo.toml",
            ),
        ] {
            assert_eq!(meant_by(words).as_deref(), Some(hint));
        }
    }

    #[test]
    fn a_capture_filter_is_told_as_a_display_filter() {
        for (words, filter) in [
            (
                &["capture", "-i", "lo", "port 80"][..],
                "'(tcp.port == 80 or udp.port == 80)'",
            ),
            (
                &["capture", "-i", "lo", "-f", "udp port 53"],
                "'udp.port == 53'",
            ),
            (
                &["capture", "-i", "lo", "tcp", "port", "80", "-c", "1"],
                "'tcp.port == 80'",
            ),
            (&["decode", "a.pcap", "tcp"], "tcp"),
            (&["capture", "-i", "lo", "port www"], "'tcp.port == 80'"),
        ] {
            let told = meant_by(words).unwrap_or_default();
            assert!(
                told.ends_with(&format!("display filters: -Y {filter}")),
                "{words:?}: {told}"
            );
        }
    }

    #[test]
    fn what_is_wrong_otherwise_is_left_to_who_reads_the_arguments() {
        for words in [
            &["no-such-command"][..],
            &["decode", "a.pcap", "--nonsense"],
            &["explain", "-f"],
        ] {
            assert_eq!(meant_by(words), None, "{words:?}");
        }
    }
}
