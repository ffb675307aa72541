//! The built program where every user can run it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use nix::unistd::geteuid;
use tempfile::TempDir;

/// The interpreter of the system, where there is one. Another one that is found first may be a script that looks
/// for it for a third of a second, many times that on a busy machine.
pub fn python() -> &'static str {
    let system = "/usr/bin/python3";
    if std::path::Path::new(system).exists() {
        system
    } else {
        "python3"
    }
}

/// Whether it is there.
pub fn has_python() -> bool {
    let found = Command::new(python()).arg("--version").output();
    let is_here = found.is_ok_and(|output| output.status.success());
    if !is_here {
        super::missing("python3");
    }
    is_here
}

/// The user that owns nothing.
pub const NOBODY: u32 = 65_534;

/// The built program where every user can execute it, and an empty directory to run it in.
pub struct Place {
    _directory: TempDir,
    /// The program.
    pub program: PathBuf,
    /// The directory.
    pub work: PathBuf,
}

impl Place {
    /// Copies it there.
    pub fn make() -> Self {
        let directory = TempDir::new_in("/tmp").expect("a directory");
        let (program, work) = (
            directory.path().join("netinspect"),
            directory.path().join("work"),
        );
        // By another process: a child that some other test starts just now would inherit a file that
        // this one writes, and the program could not be executed as long as that child has it.
        let copied = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_netinspect"))
            .arg(&program)
            .status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy");
        fs::create_dir(&work).expect("a directory");
        for (path, mode) in [(directory.path(), 0o755), (&program, 0o755), (&work, 0o777)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own");
        }
        Self {
            _directory: directory,
            program,
            work,
        }
    }

    /// The program, as this user, in the directory.
    pub fn command(&self, user: u32) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.work);
        if user != geteuid().as_raw() {
            command.uid(user).gid(user);
        }
        command
    }
}

/// Runs a case in the lab for each kind of user that can be had here.
pub fn for_each_user(case: impl Fn(&Place, u32)) {
    for_each_user_without_a_lab(|place, user| {
        if super::lab::is_here_for(user) {
            case(place, user);
        }
    });
}

/// As [`for_each_user`], a case that needs no lab.
pub fn for_each_user_without_a_lab(case: impl Fn(&Place, u32)) {
    let place = Place::make();
    let own = geteuid().as_raw();
    case(&place, own);
    if own == 0 {
        case(&place, NOBODY);
    } else {
        super::missing("root, to try it as root and as an ordinary user");
    }
}
