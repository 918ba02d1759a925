//! `check`: each kind of failure with what mends it, on the simulator; and that what it says does mend it.

mod fixes;
mod needs;
mod traces;

use serde_json::Value;
use simulator::tenant::CONTAINER_URL;

use super::{Bench, Ended, run};

/// Runs `check` in JSON on everything: these registries, the container and the queues.
async fn check(bench: &Bench, registries: &str, further: &[(&str, &str)]) -> Ended {
    let mut settings = bench.tenant.application_settings(CONTAINER_URL);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    settings.push(owned(("ACR_INVENTORY_REGISTRIES", registries)));
    settings.extend(further.iter().copied().map(owned));
    run(&settings, &["check", "--format", "json"]).await
}

impl Ended {
    /// The rows of a report.
    fn rows(&self) -> Vec<Value> {
        let report: Value = serde_json::from_str(&self.stdout).unwrap();
        report["checks"].as_array().unwrap().clone()
    }

    /// Checks that did not pass, with the outcome.
    fn not_passed(&self) -> Vec<(String, String)> {
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = self.rows();
        let rows = rows.iter().filter(|row| row["outcome"] != "passed");
        rows.map(|row| (text(row, "check"), text(row, "outcome"))).collect()
    }

    /// All fixes.
    fn fixes(&self) -> Vec<Value> {
        let rows = self.rows();
        rows.iter()
            .flat_map(|row| row["fixes"].as_array().unwrap().clone())
            .collect()
    }
}

/// Takes out of a report what differs from run to run: times, and the name of what a check writes.
fn without_chance(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "milliseconds" => *field = "[ms]".into(),
                    _ => without_chance(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_chance),
        Value::String(text) => {
            if let Some((start, rest)) = text.split_once("v2/check/") {
                let id_length = "00000000-0000-4000-8000-000000000000".len();
                *text = format!("{start}v2/check/[uuid]{}", &rest[id_length..]);
            }
        }
        _ => {}
    }
}

/// What `check --demo` shows, scene by scene.
async fn demo() -> Vec<Value> {
    let ended = run(&[], &["check", "--demo", "--format", "json"]).await.expect(0);
    let mut scenes: Value = serde_json::from_str(&ended.stdout).unwrap();
    without_chance(&mut scenes);
    scenes.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_each_kind_of_failure_with_its_fix() {
    let scenes = demo().await;
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for scene in &scenes {
            insta::assert_json_snapshot!(format!("check-{}", scene["scene"].as_str().unwrap()), scene);
        }
    });
    let names: Vec<&str> = scenes.iter().map(|scene| scene["scene"].as_str().unwrap()).collect();
    let expected = "in-order firewall catalog-lister acr-pull-on-abac anonymous expired-secret service-bus storage";
    assert_eq!(names.join(" "), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_shows_what_json_does() {
    let shown = run(&[], &["check", "--demo"]).await.expect(0).stdout;
    for scene in demo().await {
        let fixes = scene["report"]["checks"].as_array().unwrap().iter();
        for fix in fixes.flat_map(|row| row["fixes"].as_array().unwrap()) {
            let lines = fix["az"].as_array().unwrap().iter().chain([&fix["why"]]);
            for line in lines.chain(fix.get("bicep")) {
                let line = line.as_str().unwrap();
                assert!(shown.contains(line), "{}: {line}", scene["scene"]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_can_be_pasted() {
    let mut lines = 0;
    for scene in demo().await {
        let rows = scene["report"]["checks"].as_array().unwrap().iter();
        let fixes = rows.flat_map(|row| row["fixes"].as_array().unwrap());
        for line in fixes.flat_map(|fix| fix["az"].as_array().unwrap()) {
            let line = line.as_str().unwrap();
            // Read, not run.
            let read = std::process::Command::new("sh")
                .args(["-n", "-c", line])
                .status()
                .unwrap();
            assert!(line.starts_with("az ") && read.success(), "{line}");
            lines += 1;
        }
    }
    assert!(lines >= 8, "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_are_shown_without_asking_anybody() {
    let ended = run(&[], &["check", "--roles", "--format", "json"]).await.expect(0);
    let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(shown, serde_json::to_value(acr_inventory::check::NEEDS).unwrap());
    let table = run(&[], &["check", "--roles"]).await.expect(0).stdout;
    for need in acr_inventory::check::NEEDS {
        assert!(table.contains(need.role) && table.contains(need.guid), "{table}");
        let wider = need
            .instead
            .is_none_or(|wider| table.contains(wider.role) && table.contains(wider.guid));
        assert!(wider, "{table}");
    }
}
