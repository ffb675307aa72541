//! A program that cannot be started: mostly a script that was named without its interpreter.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Which interpreter reads files with such an ending.
const INTERPRETERS: &[(&str, &str)] = &[
    ("py", "python3"),
    ("sh", "sh"),
    ("js", "node"),
    ("rb", "ruby"),
    ("pl", "perl"),
    ("php", "php"),
    ("lua", "lua"),
];

/// How much of a first line is looked at: the kernel takes no more of it (`BINPRM_BUF_SIZE`).
const LONGEST_FIRST_LINE: u64 = 256;

/// What to do where `program` could not be started, behind what the kernel said.
pub fn advice(program: &Path, error: &io::Error) -> String {
    if let Some(interpreter) = interpreter_of(program)
        && is_of_start(error)
    {
        let program = program.display().to_string();
        return format!(
            "; it is a script: {} {}",
            interpreter.escape_debug(),
            program.escape_debug()
        );
    }
    match error.kind() {
        io::ErrorKind::NotFound => {
            "; is it spelled right and in PATH, and is the interpreter of its first line there?"
        }
        io::ErrorKind::PermissionDenied => {
            "; may this user run it, and look into every directory of PATH?"
        }
        _ => "",
    }
    .to_owned()
}

/// Whether it is about what was to be started: there is none of that name in PATH, it may not be run, or it has
/// neither a first line nor a format that the kernel knows.
fn is_of_start(error: &io::Error) -> bool {
    let by_kind = [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied];
    by_kind.contains(&error.kind()) || error.raw_os_error() == Some(libc::ENOEXEC)
}

/// The interpreter of a script that is there: by the ending of its name, or by its first line.
fn interpreter_of(program: &Path) -> Option<String> {
    if !program.is_file() {
        return None;
    }
    let ending = program.extension().and_then(OsStr::to_str);
    let known = INTERPRETERS
        .iter()
        .find(|(known, _)| Some(*known) == ending);
    known
        .map(|(_, interpreter)| (*interpreter).to_owned())
        .or_else(|| first_line_of(program))
}

/// What stands behind `#!`, without the `env` that looks for it in PATH; `None` where that interpreter is missing.
fn first_line_of(program: &Path) -> Option<String> {
    let mut begin = Vec::new();
    let file = File::open(program).ok()?;
    file.take(LONGEST_FIRST_LINE).read_to_end(&mut begin).ok()?;
    let line = begin
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = std::str::from_utf8(line).ok()?.trim();
    let named = line.strip_prefix("/usr/bin/env ").unwrap_or(line).trim();
    let interpreter = named.split_whitespace().next()?;
    let is_there = !interpreter.starts_with('/') || Path::new(interpreter).is_file();
    is_there.then(|| named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_script_is_told_its_interpreter_by_its_ending_or_its_first_line() {
        let folder = std::env::temp_dir().join(format!("netinspect-script-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let not_found = || io::Error::from_raw_os_error(libc::ENOENT);
        for (name, content, interpreter) in [
            ("s.py", "print(1)\n", Some("python3")),
            ("s", "#!/usr/bin/env python3\nprint(1)\n", Some("python3")),
            ("t", "#! /bin/sh -e\necho\n", Some("/bin/sh -e")),
            ("lost", "#!/no/such/interpreter\necho\n", None),
            ("plain", "hello\n", None),
            ("empty", "", None),
        ] {
            let path = folder.join(name);
            fs::write(&path, content).unwrap();
            let told = advice(&path, &not_found());
            match interpreter {
                Some(interpreter) => {
                    let script = path.display();
                    assert_eq!(told, format!("; it is a script: {interpreter} {script}"));
                }
                None => assert!(told.contains("spelled right"), "{name}: {told}"),
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_no_file_and_what_failed_otherwise_gets_no_interpreter() {
        let missing = Path::new("no-such-file-anywhere.py");
        let not_found = io::Error::from_raw_os_error(libc::ENOENT);
        assert!(advice(missing, &not_found).contains("spelled right"));
        let no_memory = io::Error::from_raw_os_error(libc::ENOMEM);
        assert_eq!(advice(Path::new("Cargo.toml"), &no_memory), "");
    }
}
