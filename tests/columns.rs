//! Columns of chosen fields, on the built program.

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use common::fixtures::folder;
use serde_json::Value;

fn decode(file: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_netinspect"))
        .current_dir(folder())
        .args(["decode", file])
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{file} {arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn gather_names(fields: &Value, names: &mut BTreeSet<String>) {
    for field in fields.as_array().into_iter().flatten() {
        names.insert(field["name"].as_str().expect("a name").to_owned());
        gather_names(&field["fields"], names);
    }
}

/// The protocols and fields that a capture has.
fn names_in(file: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for frame in decode(file, &["-T", "ndjson"]).lines() {
        let frame: Value = serde_json::from_str(frame).expect("JSON");
        for layer in frame["layers"].as_array().expect("layers") {
            names.insert(layer["protocol"].as_str().expect("a name").to_owned());
            gather_names(&layer["fields"], &mut names);
        }
    }
    names
}

/// How deep frames are decoded, and whether streams are followed, hangs on all that is asked for.
#[test]
fn a_column_has_the_same_values_alone_as_beside_all_others() {
    let files = [
        "dns",
        "ftp",
        "http",
        "http2",
        "pop3",
        "smtp-starttls",
        "tcp-loop",
    ];
    for file in files.map(|name| format!("{name}.pcapng")) {
        let names = names_in(&file);
        let asked: Vec<&str> = names.iter().flat_map(|name| ["-e", name]).collect();
        let table = decode(&file, &asked);
        let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
        for (index, name) in names.iter().enumerate() {
            let alone = decode(&file, &["-e", name]);
            let beside = rows.iter().map(|row| row[index]);
            assert!(alone.lines().eq(beside), "{name} of {file}: {alone}");
        }
    }
}
