//! Key logs, which TLS is decrypted with: one that was written before, or one that programs in the lab write.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use super::error::CliError;
use super::output::tell;
use crate::capture::Source;
use crate::model::secrets::Secrets;

/// The key log that TLS is decrypted with, beside what the capture has.
#[derive(Args, Debug)]
pub struct KeyLogArgs {
    /// Decrypt TLS with this key log, which programs write where the variable SSLKEYLOGFILE tells them to; a
    /// pcapng file may have one inside
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,

    /// Show TLS as somebody on the way sees it, even where the capture has a key log inside
    #[arg(long, conflicts_with = "keylog")]
    no_keylog: bool,
}

/// How much of a key log is read: more than as many secrets need as are remembered.
const MOST: u64 = 64 << 20;

/// The longest line that is waited for, in bytes: twice what the longest secret needs.
const LONGEST_LINE: usize = 512;

impl KeyLogArgs {
    /// Tells a capture where to take secrets down that it has inside, unless they are not wanted.
    pub fn tell(&self, source: &mut dyn Source, secrets: &Secrets) {
        if !self.no_keylog {
            source.tell_secrets(secrets.clone());
        }
    }

    /// The secrets that there are so far.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn secrets(&self) -> Result<Secrets, CliError> {
        let secrets = Secrets::default();
        let Some(path) = &self.keylog else {
            return Ok(secrets);
        };
        let mut log = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MOST).read_to_end(&mut log))
            .map_err(|error| {
                CliError::Failed(format!(
                    "cannot read the key log {}: {error}",
                    path.display()
                ))
            })?;
        if secrets.take_down(&log) == 0 {
            tell(&format!(
                "the key log {} has no secret: its lines begin with CLIENT_RANDOM, SERVER_TRAFFIC_SECRET_0 and the like",
                path.display()
            ));
        }
        Ok(secrets)
    }
}

/// The variable that tells a program where to write its key log.
pub const VARIABLE: &str = "SSLKEYLOGFILE";

/// A key log that programs write while they are watched. It is gone with this, unless this process is killed.
#[derive(Debug)]
pub struct WatchedKeyLog {
    file: NamedTempFile,
    /// A line that has no end yet.
    begun: Vec<u8>,
    secrets: Secrets,
}

impl WatchedKeyLog {
    /// An empty one of a name that nobody can guess, in the folder for files that do not stay.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn create() -> io::Result<Self> {
        let mut named = tempfile::Builder::new();
        named.prefix("netinspect-").suffix(".keys");
        Ok(Self {
            file: named.tempfile()?,
            begun: Vec::new(),
            secrets: Secrets::default(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// What was taken down of it so far, now and later.
    pub fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    /// Takes down what was written since the last time, and gives it; nothing where no secret is in it.
    pub fn take_down(&mut self) -> Vec<u8> {
        let mut log = std::mem::take(&mut self.begun);
        // Who cannot read it shows what is encrypted as it is.
        let _ = (&mut self.file).take(MOST).read_to_end(&mut log);
        let end = log.iter().rposition(|byte| *byte == b'\n');
        self.begun = log.split_off(end.map_or(0, |end| end + 1));
        self.begun.truncate(LONGEST_LINE);
        if self.secrets.take_down(&log) == 0 {
            log.clear();
        }
        log
    }
}
