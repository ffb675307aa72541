//! Every lesson on the real kernel, as root and as an ordinary user: what it says is to be seen was on the
//! wire, and every word of it fits a terminal.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use common::lab;
use common::place::{Place, for_each_user};
use netinspect::capture;
use netinspect::cli::lessons::{LESSONS, Lesson};
use netinspect::decode::Decoder;
use netinspect::filter::Filter;
use netinspect::flow::Flows;
use netinspect::model::needs::{Depth, Past};

/// The numbers of the frames of a file that pass a filter.
fn passing(file: &Path, filter: &str) -> Vec<u64> {
    let filter = Filter::new(filter).unwrap_or_else(|error| panic!("{error}"));
    let mut source = capture::open(file).expect("it was just written");
    let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
    let mut passing = Vec::new();
    while let Some(frame) = source.next_frame().expect("a whole file") {
        decoder.walk_to(&frame, Depth::Walk);
        let followed = flows.assemble(&mut decoder, &frame, Past::Everything);
        let decoded = decoder.deepen(&frame, Depth::Expand);
        let passes = filter.passes(&decoded.with_followed(followed));
        passing.extend(passes.then_some(frame.number));
    }
    passing
}

fn take(lesson: &Lesson, place: &Place, user: u32) {
    let file = place.work.join(format!("{}.pcapng", lesson.name));
    let output = place
        .command(user)
        .args(["run-demo", "--lesson", lesson.name, "-w"])
        .arg(&file)
        .env("COLUMNS", "80")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}\n{said}", lesson.name);
    for see in lesson.see {
        let frames = passing(&file, see.filter);
        let holds = see.frames.are(frames.len());
        assert!(holds, "{}: {}: {frames:?}\n{said}", lesson.name, see.filter);
    }
    // The program has found the same frames in the file as in the lab.
    assert_eq!(said.matches("  ✓ ").count(), lesson.see.len(), "{said}");
    for part in ["What you should see\n", "Question\n", "Answer\n"] {
        assert!(said.contains(part), "{}: {part}\n{said}", lesson.name);
    }
    let own_lines = said.lines().filter(|line| !line.contains("prints │"));
    for line in own_lines {
        let cells = netinspect::render::width::of(line);
        assert!(cells <= 80, "{}: {cells} cells: {line}", lesson.name);
    }
    fs::remove_file(&file).expect("it was there");
}

#[test]
fn every_lesson_shows_what_it_says() {
    for_each_user(|place, user| {
        // Most of the time is spent waiting for kernels; but two that are busy disturb each other's.
        let (patient, quick): (Vec<_>, Vec<_>) = LESSONS
            .iter()
            .partition(|lesson| ["timeout", "arp-fail"].contains(&lesson.name));
        thread::scope(|scope| {
            for lesson in patient {
                scope.spawn(move || take(lesson, place, user));
            }
            for lesson in quick {
                take(lesson, place, user);
            }
        });
    });
}

#[test]
fn where_nobody_reads_send_waits_for_who_will() {
    for_each_user(|place, user| {
        let output = place
            .command(user)
            .args(["run-demo", "--lesson", "zero-window"])
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        // In milliseconds: what two programs print at once may be seen in either order.
        let when = |words| {
            let line = said.lines().find(|line| line.contains(words));
            let time = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            time.unwrap_or_else(|| panic!("{words}: {said}"))
        };
        let waited = when("send() has taken 24000 bytes") - when("I do not read");
        // Nobody reads for 700 ms; but when it is said may be seen late.
        assert!(waited > 300.0, "{waited}: {said}");
    });
}

#[test]
fn the_readme_says_how_many_lessons_there_are_and_which_are_the_first_and_the_last() {
    let [first, .., last] = LESSONS else {
        panic!("there are several");
    };
    let (count, first, last) = (LESSONS.len(), first.name, last.name);
    let said = format!("{count} lessons, from `{first}` to `{last}`;");
    assert!(include_str!("../README.md").contains(&said), "{said}");
}

#[test]
fn the_calls_of_a_lesson_on_a_mistake_tell_the_mistake() {
    if !lab::tells_calls() {
        return;
    }
    for_each_user(|place, user| {
        for (lesson, diagnosis) in [("nagle", "held-back"), ("time-wait", "address-in-use")] {
            for view in [&["--calls"][..], &["--view", "bytes"]] {
                let tells = |_| {
                    let mut command = place.command(user);
                    command.args(["run-demo", "--lesson", lesson]).args(view);
                    let output = command.stdin(Stdio::null()).output();
                    let output = output.expect("the program starts");
                    let said = String::from_utf8_lossy(&output.stdout);
                    println!("{said}");
                    output.status.success() && said.contains(diagnosis)
                };
                // On a busy machine a program may lie still just where the other should wait for it.
                assert!((0..3).any(tells), "{lesson} {view:?}");
            }
        }
    });
}

#[test]
fn the_list_names_every_lesson_and_a_wrong_name_is_told_the_others() {
    let netinspect = || Command::new(env!("CARGO_BIN_EXE_netinspect"));
    let output = netinspect().arg("lessons").output().expect("it starts");
    let list = String::from_utf8(output.stdout).expect("UTF-8");
    let wrong = netinspect()
        .args(["run-demo", "--lesson", "handshakes"])
        .output();
    let wrong = wrong.expect("it starts");
    assert_eq!(wrong.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&wrong.stderr);
    for lesson in LESSONS {
        assert!(
            list.contains(lesson.name) && list.contains(lesson.title),
            "{list}"
        );
        assert!(errors.contains(lesson.name), "{errors}");
    }
}
