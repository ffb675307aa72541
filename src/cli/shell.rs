//! `netinspect completions` and `netinspect man`: made from the very definitions that read the arguments.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use super::error::CliError;
use super::output::write_bytes;
use crate::explain::terms;
use crate::explain::topic::diagnosis_names;
use crate::protocols::names;

/// Write completions for a shell to standard output
///
/// For bash: netinspect completions bash > ~/.local/share/bash-completion/completions/netinspect
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints them. Where the shell can, field names are completed after -e and -Y.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn run(&self) -> Result<(), CliError> {
        let mut command = Cli::command();
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut command, "netinspect", &mut bytes);
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        match self.shell {
            Shell::Bash => text = with_bash_fields(&text),
            Shell::Zsh => text = with_zsh_fields(&text),
            Shell::Fish => text.push_str(&fish_fields()),
            _ => {}
        }
        write_bytes(text.as_bytes())
    }
}

fn field_names() -> Vec<&'static str> {
    let mut names: Vec<_> = names::every_field()
        .flat_map(|field| std::iter::once(field.definition.name).chain(field.definition.joint))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What can be explained and is a word that shells take as it is: diagnoses, terms and fields.
fn topic_names() -> Vec<&'static str> {
    let is_plain = |name: &&str| {
        let mut bytes = name.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
    };
    let terms = terms::names().filter(is_plain);
    diagnosis_names()
        .chain(terms)
        .chain(field_names())
        .collect()
}

/// A wrapper around what was generated: after what takes names, names are offered.
fn with_bash_fields(generated: &str) -> String {
    format!(
        "{generated}
_netinspect_with_fields() {{
    case \"${{COMP_WORDS[COMP_CWORD-1]}}\" in
        explain)
            COMPREPLY=( $(compgen -W \"{}\" -- \"${{COMP_WORDS[COMP_CWORD]}}\") )
            return 0
            ;;
        -e|--field|-Y|--filter)
            COMPREPLY=( $(compgen -W \"{}\" -- \"${{COMP_WORDS[COMP_CWORD]}}\") )
            return 0
            ;;
    esac
    _netinspect \"$@\"
}}
complete -F _netinspect_with_fields -o bashdefault -o default netinspect
",
        topic_names().join(" "),
        field_names().join(" ")
    )
}

/// Zsh's generated arguments name a default action for each option; names take its place.
fn with_zsh_fields(generated: &str) -> String {
    let action = format!("({})", field_names().join(" "));
    let topics = format!("({})", topic_names().join(" "));
    let lines = generated.lines().map(|line| {
        if line.starts_with("'*::topic -- ") {
            line.replace(":_default'", &format!(":{topics}'"))
        } else {
            line.to_owned()
        }
    });
    lines
        .map(|line| line + "\n")
        .collect::<String>()
        .replace(":NAME:_default'", &format!(":NAME:{action}'"))
        .replace(":FILTER:_default'", &format!(":FILTER:{action}'"))
}

fn fish_fields() -> String {
    let names = field_names().join(" ");
    [("e", "field"), ("Y", "filter")]
        .map(|(short, long)| {
            format!("complete -c netinspect -s {short} -l {long} -x -a \"{names}\"\n")
        })
        .concat()
        + &format!(
            "complete -c netinspect -n \"__fish_netinspect_using_subcommand explain\" -f -a \"{}\"\n",
            topic_names().join(" ")
        )
}

/// Prints the manual page, in roff: `netinspect man | man -l -`.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn man() -> Result<(), CliError> {
    let mut bytes = Vec::new();
    let failed = |error| CliError::Failed(format!("cannot make the manual page: {error}"));
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone())
        .render(&mut bytes)
        .map_err(failed)?;
    for sub in command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        let heading = format!(".SH \"netinspect {}\"\n", sub.get_name());
        bytes.extend(heading.as_bytes());
        let page = clap_mangen::Man::new(sub.clone());
        page.render_description_section(&mut bytes)
            .map_err(failed)?;
        page.render_options_section(&mut bytes).map_err(failed)?;
    }
    write_bytes(&bytes)
}
