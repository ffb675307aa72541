//! A program on a host: started, fed, listened to, and surely ended.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::event::EventSender;
use super::host::Host;
use super::keeper::{Calls, Group, Keeper};
use super::script;
use super::settings::HostName;
use super::trace::Reins;
use crate::privilege::{self, NONE, OF_PROGRAMS};
use crate::sys::child;

/// What to start, and with what.
#[derive(Clone, Debug)]
pub struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    input: Input,
    calls: Calls,
}

/// Where a program's standard input comes from.
#[derive(Clone, Debug, Default)]
pub enum Input {
    /// There is none.
    #[default]
    Nothing,
    /// From [`Program::send_line`].
    Piped,
    /// From this file.
    File(Arc<File>),
    /// From where ours comes: the terminal. The program then shares our process group, and Ctrl-C.
    Inherited,
}

impl Launch {
    /// `program` is a path, or a name that is looked up in `PATH`.
    pub fn new<A: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            input: Input::Nothing,
            calls: Calls::default(),
        }
    }

    /// Sets an environment variable beside those that the program inherits from us.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Chooses the standard input.
    #[must_use]
    pub fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Follows its system calls on sockets: each is an [event](super::Event::Call).
    #[must_use]
    pub fn with_calls(mut self) -> Self {
        self.calls = Calls::Followed;
        self
    }

    fn group(&self) -> Group {
        match self.input {
            Input::Nothing | Input::Piped | Input::File(_) => Group::Own,
            // A background group is stopped when it reads the terminal.
            Input::Inherited => Group::Ours,
        }
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.env_clear();
        command.envs(env::vars_os().filter(|(name, _)| is_passed_on(name)));
        if let Some(account) = privilege::account_of_caller() {
            command.env("HOME", account.dir).env("SHELL", account.shell);
            command.env("USER", &account.name);
            command.env("LOGNAME", account.name);
        }
        // Python holds lines back when it writes to a pipe.
        command.env("PYTHONUNBUFFERED", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(match &self.input {
            Input::Nothing => Stdio::null(),
            Input::Piped => Stdio::piped(),
            Input::File(file) => file.try_clone()?.into(),
            Input::Inherited => Stdio::inherit(),
        });
        if self.group() == Group::Own {
            command.process_group(0);
        }
        child::limit(&mut command, most_processes(), LONGEST_FILE);
        Ok(command)
    }
}

/// How many processes and threads there may be more than there are now, before a program that starts
/// ever more of them is refused.
pub const MOST_PROCESSES: u64 = 512;

/// How long a file may get that a program writes, in bytes.
pub const LONGEST_FILE: u64 = 1 << 30;

/// The kernel counts what the user has, not what the program has: all there are now are granted.
fn most_processes() -> u64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let now = load
        .split_whitespace()
        .nth(3)
        .and_then(|running| running.split_once('/')?.1.parse::<u64>().ok());
    now.unwrap_or(0) + MOST_PROCESSES
}

/// Whether a program gets a variable of our environment: those that tell where things are and how to talk
/// to people. Keys, tokens, agents, sessions and proxies are not on this network.
fn is_passed_on(name: &OsStr) -> bool {
    const PLACES_AND_TALK: [&str; 14] = [
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "TZ",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "VIRTUAL_ENV",
    ];
    /// Where interpreters, compilers and their libraries are, name by name: others that begin alike are secrets.
    const LANGUAGES: [&str; 24] = [
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONUTF8",
        "PYTHONIOENCODING",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONWARNINGS",
        "PYENV_ROOT",
        "PYENV_VERSION",
        "CONDA_PREFIX",
        "JAVA_HOME",
        "NODE_PATH",
        "GOROOT",
        "GOPATH",
        "GOCACHE",
        "GOMODCACHE",
        "GOTOOLCHAIN",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "RUST_BACKTRACE",
        "RUBYLIB",
        "GEM_HOME",
        "GEM_PATH",
        "PERL5LIB",
    ];
    const LOCALES: &str = "LC_";
    name.to_str().is_some_and(|name| {
        PLACES_AND_TALK.contains(&name) || LANGUAGES.contains(&name) || name.starts_with(LOCALES)
    })
}

/// Why a program could not be started or spoken to.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("cannot start `{program}` on the host `{host}`: {source}{advice}")]
    Start {
        /// Its name as given, made printable.
        program: String,
        /// Where.
        host: HostName,
        /// What the kernel said.
        source: io::Error,
        /// What to do about it.
        advice: String,
    },
    /// There is no such host.
    #[error("the lab has no host `{host}`")]
    NoHost {
        /// Its name.
        host: HostName,
    },
    /// It takes no input: it was started without, has closed it, or has ended.
    #[error("cannot give a line to the program {pid} on the host `{host}`: {source}")]
    Input {
        /// Its process identifier.
        pid: u32,
        /// Where.
        host: HostName,
        /// What the kernel said.
        source: io::Error,
    },
}

/// A running program. Dropping it kills it and its process group.
///
/// What it writes and how it ends come as [events](super::Event).
#[derive(Debug)]
pub struct Program {
    host: HostName,
    pid: u32,
    input: Option<ChildStdin>,
    stop: Arc<EventFd>,
    /// Where its calls are followed.
    reins: Option<Arc<Reins>>,
    thread: Option<JoinHandle<()>>,
}

impl Program {
    /// Starts it on a host of the lab, or where there is none, in this process's own namespaces.
    pub(super) fn start(
        home: Option<&Host>,
        host: HostName,
        launch: &Launch,
        events: EventSender,
    ) -> Result<Self, ProgramError> {
        let (command, group, calls) = (launch.command(), launch.group(), launch.calls);
        // Raw sockets are for the lab's own network alone.
        let kept = if home.is_some() { OF_PROGRAMS } else { NONE };
        let start = move || {
            Self::start_here(host, move || {
                privilege::keep_and_hand_on(kept)?;
                Keeper::start(host, command?, group, calls, events)
            })
        };
        // On the host's thread, so that the new thread and its child live in the host's namespaces.
        let started = match home {
            Some(home) => home.run(start),
            None => start(),
        };
        started.map_err(|source| ProgramError::Start {
            program: launch.program.to_string_lossy().escape_debug().to_string(),
            host,
            advice: script::advice(Path::new(&launch.program), &source),
            source,
        })
    }

    fn start_here(
        host: HostName,
        begin: impl FnOnce() -> io::Result<(Keeper, Option<ChildStdin>)> + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?);
        let heard = Arc::clone(&stop);
        let (report, started) = mpsc::sync_channel(1);
        let live = move || match begin() {
            Ok((keeper, input)) => {
                let _ = report.send(Ok((keeper.pid(), keeper.reins(), input)));
                keeper.keep(&heard);
            }
            Err(error) => {
                let _ = report.send(Err(error));
            }
        };
        let thread = thread::Builder::new()
            .name(format!("{host}'s program"))
            .spawn(live)?;
        let (pid, reins, input) = started.recv().expect("the thread reports before it ends")?;
        Ok(Self {
            host,
            pid,
            input,
            stop,
            reins,
            thread: Some(thread),
        })
    }

    /// The host that it runs on.
    pub fn host(&self) -> HostName {
        self.host
    }

    /// Its process identifier, as the host system counts.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Begins to end it; dropping it waits until it has. To end several at one time, so that none is told
    /// of the end of another.
    pub fn begin_end(&self) {
        if let Some(reins) = &self.reins {
            reins.end();
        }
        let _ = self.stop.write(1);
    }

    /// Whether its calls are followed.
    pub fn is_followed(&self) -> bool {
        self.reins.is_some()
    }

    /// A number that stays the same for as long as every thread of it waits in a call that others end;
    /// `None` when one is busy or sleeps, or when its calls are not followed.
    pub fn standstill(&self) -> Option<u64> {
        self.reins.as_ref().and_then(|reins| reins.standstill())
    }

    /// Gives it a line and a line feed. Waits while its input is full.
    ///
    /// # Errors
    /// [`ProgramError::Input`] when it takes none.
    pub fn send_line(&mut self, line: &str) -> Result<(), ProgramError> {
        let written = match &mut self.input {
            Some(input) => input.write_all(format!("{line}\n").as_bytes()),
            None => Err(io::ErrorKind::NotConnected.into()),
        };
        written.map_err(|source| ProgramError::Input {
            pid: self.pid,
            host: self.host,
            source,
        })
    }

    /// Ends its input, as Ctrl-D does.
    pub fn close_input(&mut self) {
        self.input = None;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.close_input();
        let _ = self.stop.write(1);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_proxies_are_not_passed_on() {
        for name in ["PATH", "HOME", "LC_ALL", "PYTHONPATH", "GOPATH"] {
            assert!(is_passed_on(OsStr::new(name)), "{name}");
        }
        for name in [
            "http_proxy",
            "GOPROXY",
            "GOOGLE_API_KEY",
            "NODE_AUTH_TOKEN",
            "RUBYGEMS_API_KEY",
            "SSH_AUTH_SOCK",
            "AWS_SECRET_ACCESS_KEY",
            "SUDO_UID",
            "LD_PRELOAD",
        ] {
            assert!(!is_passed_on(OsStr::new(name)), "{name}");
        }
    }
}
