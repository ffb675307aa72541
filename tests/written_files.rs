//! Where `--write` writes, and where it never does: through a link of somebody else's, over a file that
//! is there.

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use common::missing;
use common::place::NOBODY;
use netinspect::capture::write::{Existing, Writer};
use netinspect::capture::{self, CaptureError};
use nix::unistd::geteuid;
use tempfile::TempDir;

/// A folder that everybody can write to, as `/tmp` is.
fn shared() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    directory
}

fn create(path: &Path, existing: Existing) -> Result<Writer, CaptureError> {
    Writer::create(path, &[], existing)
}

fn refused(path: &Path, existing: Existing, part: &str) {
    let error = create(path, existing)
        .expect_err("it is not safe")
        .to_string();
    assert!(error.contains(part), "no \"{part}\" in {error}");
}

#[test]
fn a_file_that_is_there_is_kept_unless_it_may_be_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kept.pcapng");
    fs::write(
        &path,
        "dear to somebody, and longer than the header of a capture: ".repeat(9),
    )
    .unwrap();
    refused(&path, Existing::Keep, "--force");
    assert!(fs::read_to_string(&path).unwrap().starts_with("dear"));
    create(&path, Existing::Overwrite).unwrap();
    let source = capture::open(&path);
    assert!(
        matches!(source.unwrap().next_frame(), Ok(None)),
        "an empty capture, nothing behind it"
    );
}

#[test]
fn a_folder_is_told_as_such_and_a_file_in_it_proposed() {
    let directory = tempfile::tempdir().unwrap();
    for existing in [Existing::Keep, Existing::Overwrite] {
        let told = format!("name a file in it, such as {}/", directory.path().display());
        refused(directory.path(), existing, "is a folder");
        refused(directory.path(), existing, &told);
        refused(&directory.path().join(""), existing, &told);
        refused(Path::new("."), existing, "name a file in it, such as ./");
        refused(Path::new("/"), existing, "such as /frames.pcapng");
        refused(Path::new(""), existing, "the path names no file");
    }
}

#[test]
fn a_link_is_never_written_through_at_the_end_of_a_path() {
    for directory in [shared(), tempfile::tempdir().unwrap()] {
        let victim = directory.path().join("victim");
        let path = directory.path().join("live.pcapng");
        fs::write(&victim, "untouched").unwrap();
        symlink(&victim, &path).unwrap();
        refused(&path, Existing::Keep, "is there already");
        refused(&path, Existing::Overwrite, "is a link");
        // One that leads nowhere would make a file where somebody else wants one.
        fs::remove_file(&victim).unwrap();
        refused(&path, Existing::Keep, "is there already");
        assert!(!victim.exists());
    }
}

#[test]
fn a_link_on_the_way_is_followed_only_where_nobody_else_could_lay_it() {
    let target = tempfile::tempdir().unwrap();
    let own = tempfile::tempdir().unwrap();
    symlink(target.path(), own.path().join("way")).unwrap();
    create(&own.path().join("way/own.pcapng"), Existing::Keep).unwrap();
    assert!(target.path().join("own.pcapng").exists());

    let shared = shared();
    symlink(target.path(), shared.path().join("way")).unwrap();
    refused(
        &shared.path().join("way/foreign.pcapng"),
        Existing::Keep,
        "way is a link",
    );
    assert!(!target.path().join("foreign.pcapng").exists());
}

#[test]
fn a_pipe_is_written_to_when_somebody_reads_it_and_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pipe");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(&path, Existing::Overwrite, "start its reader first");
    let reader = std::thread::spawn({
        let path = path.clone();
        move || fs::read(path).unwrap()
    });
    let written = loop {
        match create(&path, Existing::Overwrite) {
            Ok(mut writer) => break writer.flush(),
            Err(_) => std::thread::yield_now(),
        }
    };
    written.unwrap();
    assert!(
        reader
            .join()
            .unwrap()
            .starts_with(&[0x0a, 0x0d, 0x0d, 0x0a])
    );
}

#[test]
fn a_link_that_is_laid_just_now_is_not_followed_either() {
    let directory = shared();
    let place = |name: &str| directory.path().join(name);
    let (victim, path) = (place("victim"), place("live.pcapng"));
    fs::write(&victim, "untouched").unwrap();
    let is_over = AtomicBool::new(false);
    let mut written = 0;
    std::thread::scope(|scope| {
        // In turn it is a file of our own, a link to the victim, and not there at all.
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                symlink(&victim, place("link")).unwrap();
                fs::rename(place("link"), &path).unwrap();
                fs::write(place("own"), "old").unwrap();
                fs::rename(place("own"), &path).unwrap();
                let _ = fs::remove_file(&path);
            }
        });
        for _ in 0..2_000 {
            written += u32::from(create(&path, Existing::Overwrite).is_ok());
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(written > 0, "it could be written to now and then");
}

#[test]
fn in_a_shared_folder_only_a_file_of_ones_own_is_overwritten() {
    let directory = shared();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("own"), "old").unwrap();
    create(&path("own"), Existing::Overwrite).unwrap();

    fs::write(path("victim"), "untouched").unwrap();
    fs::hard_link(path("victim"), path("second-name")).unwrap();
    refused(
        &path("second-name"),
        Existing::Overwrite,
        "not this user's own",
    );
    assert_eq!(fs::read_to_string(path("victim")).unwrap(), "untouched");

    if !geteuid().is_root() {
        missing("root, to make a file of another user's");
        return;
    }
    fs::write(path("foreign"), "untouched").unwrap();
    std::os::unix::fs::chown(path("foreign"), Some(NOBODY), Some(NOBODY)).unwrap();
    refused(&path("foreign"), Existing::Overwrite, "not this user's own");
    assert_eq!(fs::metadata(path("foreign")).unwrap().uid(), NOBODY);
}
