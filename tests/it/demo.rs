//! What the demo of the built binary prints.

use std::process::Command;

use acr_inventory::posture::verdict::Verdict::{Fail, NotApplicable, Pass, Unknown};

#[test]
fn a_demo_shows_every_kind_of_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    let ended = demo.args(["demo", "--output"]).arg(folder.path()).output().unwrap();
    let stdout = String::from_utf8(ended.stdout).unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{stdout}\n{stderr}");
    let (_, section) = stdout.split_once("Audit of the registries").unwrap();
    let (section, _) = section.split_once("Inventory in").unwrap();
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with('│'))
        .map(cells)
        .collect();
    for verdict in [Pass, Fail, Unknown, NotApplicable] {
        let named = |name: &&str| name.replace(' ', "_") == verdict.as_str();
        let column = rows[0].iter().position(named).unwrap();
        let counts = rows[1..].iter().filter_map(|row| row[column].parse::<u32>().ok());
        assert!(counts.sum::<u32>() > 0, "{}: {section}", verdict.as_str());
    }
    insta::assert_snapshot!("audit", section);
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('│').split('┆').map(str::trim).collect()
}
