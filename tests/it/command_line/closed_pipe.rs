//! Readers that leave before the end (`audit | head`), and a place that is full.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::process::Stdio;

use simulator::world::World;
use tokio::process::Command;

use super::{Bench, run};

/// A pipe that nobody reads any more.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

async fn ended(
    settings: &[(String, String)],
    arguments: &[&str],
    stdout: Stdio,
    stderr: Stdio,
) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acr-inventory"));
    command.args(arguments).env_clear().envs(settings.iter().cloned());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let child = command
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .kill_on_drop(true);
    let output = child.spawn().unwrap().wait_with_output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_ends_as_it_would_when_nobody_reads_on() {
    let bench = Bench::start(World::demo(1));
    bench.collect(&[]).await.expect(1);
    let folder = bench.output().display().to_string();
    let settings = bench.tenant.application_settings(&folder);
    let demo = tempfile::tempdir().unwrap();
    let demo = demo.path().display().to_string();
    for arguments in [
        vec!["audit", "--from", &folder],
        vec!["audit", "--from", &folder, "--format", "json"],
        vec!["audit", "--from", &folder, "--format", "ndjson"],
        vec!["audit", "--from", &folder, "--format", "csv"],
        vec!["audit", "--from", &folder, "--format", "sarif"],
        vec!["audit", "--from", &folder, "--format", "ocsf"],
        vec!["access", "--registry", "contosolab", "--action", "list-catalog"],
        vec![
            "access",
            "--registry",
            "contosolab",
            "--simulate-abac",
            "--format",
            "json",
        ],
        vec![
            "access",
            "--from",
            &folder,
            "--registry",
            "contosolab",
            "--question",
            "deleting-tokens",
        ],
        vec!["collect", "--registry", "contosolab"],
        vec!["collect", "--registry", "contosolab", "--format", "json"],
        vec!["collect", "--dry-run"],
        vec!["check", "--registry", "contosolab"],
        vec!["check", "--roles"],
        vec!["replay", "--dry-run"],
        vec!["demo", "--output", &demo],
        vec!["audit", "--from", "/nowhere"],
        vec!["audit", "--help"],
        vec!["--version"],
    ] {
        let code = run(&settings, &arguments).await.code;
        let (alone, stderr) = ended(&settings, &arguments, closed(), Stdio::piped()).await;
        assert_eq!(alone, code, "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        // `2>&1 | head`
        let (both, _) = ended(&settings, &arguments, closed(), closed()).await;
        assert_eq!(both, code, "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_long_answer_is_dropped_once_the_reader_has_left() {
    let bench = Bench::start(World::demo(1));
    bench.collect(&[]).await.expect(1);
    let folder = bench.output().display().to_string();
    let program = env!("CARGO_BIN_EXE_acr-inventory");
    let line = format!("{program} audit --from {folder} --format ndjson | head -1; echo ${{PIPESTATUS[0]}}");
    let output = Command::new("bash").args(["-c", &line]).output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{stdout}");
    assert!(lines[0].starts_with('{'), "{stdout}");
    assert_eq!(lines[1], "0", "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_full_is_a_failure_and_no_panic() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let full = || Stdio::from(File::try_clone(&full).unwrap());
    for arguments in [vec!["check", "--roles"], vec!["check", "--roles", "--format", "json"]] {
        let (code, stderr) = ended(&[], &arguments, full(), Stdio::piped()).await;
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains("the result cannot be written to stdout"), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}
