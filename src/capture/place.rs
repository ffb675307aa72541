//! Where a capture file is made: reached without following a link that somebody else could have laid.
//!
//! Whoever captures often has more rights than those who share a folder with it, such as `/tmp`. There a
//! link named like the file, or like a folder on the way to it, would turn the capture against another
//! file. So each folder on the way is opened from the one before it, and a link is followed only out of a
//! folder that nobody else can write to. The file itself is never a link: it is made with `O_EXCL`, and
//! written over only where that was asked for, in a shared folder only when it is this user's own.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag, fcntl, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{getegid, geteuid};

/// What happens when the file is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is left alone, and that is an error.
    Keep,
    /// It is emptied and written anew.
    Overwrite,
}

/// Makes the file, for writing.
///
/// # Errors
///
/// `AlreadyExists` when it is there and is to be kept, `IsADirectory` when it is a folder; else what the system says,
/// or that the way there is not safe.
pub(super) fn make(path: &Path, existing: Existing) -> io::Result<File> {
    if path.as_os_str().is_empty() {
        return Err(io::Error::other("the path names no file"));
    }
    // What ends in `..`, or is `.` or `/`, is a folder wherever it leads.
    let name = path.file_name().ok_or(Errno::EISDIR)?;
    let folder = Folder::reach(path.parent().unwrap_or(Path::new("")))?;
    match (folder.create(name), existing) {
        (Err(Errno::EEXIST), _) if folder.has_folder(name) => Err(Errno::EISDIR.into()),
        (Err(Errno::EEXIST), Existing::Overwrite) => folder.overwrite(name),
        (made, _) => Ok(made?),
    }
}

/// A folder on the way to the file. It stays the same folder, whatever its name stands for later.
struct Folder(OwnedFd);

/// How many links may follow each other; the kernel has the same bound.
const MOST_LINKS: usize = 40;

impl Folder {
    /// Goes to the folder of this path.
    fn reach(path: &Path) -> io::Result<Self> {
        let mut here = Self::open(".")?;
        let mut ahead = steps(path);
        let mut links = 0;
        while let Some(step) = ahead.pop() {
            match here.enter(&step) {
                Ok(next) => here = next,
                // A link is no folder; what is neither has no target.
                Err(Errno::ENOTDIR) => {
                    let target =
                        readlinkat(&here.0, step.as_os_str()).map_err(|_| Errno::ENOTDIR)?;
                    if here.is_shared()? {
                        return Err(unsafe_link(&step));
                    }
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(Errno::ELOOP.into());
                    }
                    ahead.extend(steps(Path::new(&target)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(here)
    }

    fn open(path: &str) -> nix::Result<Self> {
        openat(AT_FDCWD, path, FOLDER, Mode::empty()).map(Self)
    }

    /// The folder one step on, never through a link. From any folder, `/` leads to the root.
    fn enter(&self, step: &OsStr) -> nix::Result<Self> {
        openat(&self.0, step, FOLDER, Mode::empty()).map(Self)
    }

    /// Whether somebody else can lay links here.
    fn is_shared(&self) -> nix::Result<bool> {
        let known = fstat(&self.0)?;
        let by_group = known.st_mode & 0o020 != 0 && known.st_gid != getegid().as_raw();
        let by_all = known.st_mode & 0o002 != 0;
        Ok(by_group || by_all || !(known.st_uid == 0 || is_ours(&known)))
    }

    /// Whether there is a folder of this name here; a link to one is none.
    fn has_folder(&self, name: &OsStr) -> bool {
        self.enter(name).is_ok()
    }

    fn create(&self, name: &OsStr) -> nix::Result<File> {
        let made = openat(
            &self.0,
            name,
            FILE | OFlag::O_CREAT | OFlag::O_EXCL,
            USUAL_MODE,
        );
        made.map(File::from)
    }

    fn overwrite(&self, name: &OsStr) -> io::Result<File> {
        let shared = self.is_shared()?;
        // A pipe that nobody reads would hold us up, and Ctrl-C with us.
        let file = openat(&self.0, name, FILE | OFlag::O_NONBLOCK, Mode::empty())
            .map(File::from)
            .map_err(|error| match error {
                Errno::ELOOP => unsafe_link(name),
                Errno::ENXIO => {
                    io::Error::other("nobody reads from it yet: start its reader first")
                }
                other => other.into(),
            })?;
        fcntl(&file, FcntlArg::F_SETFL(OFlag::empty()))?;
        let known = fstat(&file)?;
        let plain =
            SFlag::from_bits_truncate(known.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFREG;
        if shared && !(plain && known.st_nlink == 1 && is_ours(&known)) {
            return Err(io::Error::other(
                "the file that is there is not this user's own, and others can write to the folder",
            ));
        }
        if plain {
            file.set_len(0)?;
        }
        Ok(file)
    }
}

const FOLDER: OFlag = OFlag::O_PATH
    .union(OFlag::O_DIRECTORY)
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);

const FILE: OFlag = OFlag::O_WRONLY
    .union(OFlag::O_NOFOLLOW)
    .union(OFlag::O_CLOEXEC);

/// What programs usually ask for; the user's mask takes from it.
const USUAL_MODE: Mode = Mode::from_bits_truncate(0o666);

/// The steps of a path, the first of them last.
fn steps(path: &Path) -> Vec<OsString> {
    let components = path.components().filter(|step| *step != Component::CurDir);
    let mut steps: Vec<OsString> = components.map(|step| step.as_os_str().to_owned()).collect();
    steps.reverse();
    steps
}

fn is_ours(known: &FileStat) -> bool {
    known.st_uid == geteuid().as_raw()
}

fn unsafe_link(name: &OsStr) -> io::Error {
    io::Error::other(format!(
        "{} is a link, and a capture is not written through one that others could have laid",
        name.to_string_lossy().escape_debug()
    ))
}
