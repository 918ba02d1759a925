//! The demo of the built binary, killed without notice and run again.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Kills; more in a campaign: `ACR_INVENTORY_TEST_KILLS`.
const KILLS: u64 = 8;

fn demo(output: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    command
        .args(["demo", "--output"])
        .arg(output)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// The documents without their headers: what they say, not who wrote it when.
fn content(output: &Path) -> BTreeMap<String, String> {
    let mut documents = BTreeMap::new();
    let mut folders = vec![output.join("v2/registries")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(output).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name.contains("/repositories/") {
                let text = std::fs::read_to_string(&path).unwrap();
                let body = text
                    .lines()
                    .skip(1)
                    .filter(|line| !line.contains("\"kind\":\"end\""))
                    .collect::<Vec<_>>();
                documents.insert(name, body.join("\n"));
            }
        }
    }
    documents
}

#[test]
fn a_second_demo_writes_no_repository_document_again() {
    let folder = tempfile::tempdir().unwrap();
    assert!(demo(folder.path()).status().unwrap().success());
    let modified = |folder: &Path| {
        let mut times = BTreeMap::new();
        for name in content(folder).into_keys() {
            times.insert(
                name.clone(),
                std::fs::metadata(folder.join(&name)).unwrap().modified().unwrap(),
            );
        }
        times
    };
    let before = modified(folder.path());
    assert!(demo(folder.path()).status().unwrap().success());
    assert!(before.len() > 40);
    assert_eq!(modified(folder.path()), before);
}

#[test]
fn a_demo_killed_at_any_moment_ends_with_the_same_inventory() {
    let kills = std::env::var("ACR_INVENTORY_TEST_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let folder = tempfile::tempdir().unwrap();
    let undisturbed = folder.path().join("undisturbed");
    let started = std::time::Instant::now();
    assert!(demo(&undisturbed).status().unwrap().success());
    let whole = started.elapsed();
    let killed = folder.path().join("killed");
    for kill in 0..kills {
        let mut child = demo(&killed).spawn().unwrap();
        std::thread::sleep(whole.mul_f64((kill as f64 + 0.5) / kills as f64));
        child.kill().unwrap();
        child.wait().unwrap();
        // The handler that the demo started notices within half a second that its host is gone.
        std::thread::sleep(Duration::from_millis(if kill % 2 == 0 { 0 } else { 700 }));
    }
    assert!(
        demo(&killed).status().unwrap().success(),
        "the demo compares its inventory with the registries"
    );
    assert_eq!(content(&killed), content(&undisturbed));
}
