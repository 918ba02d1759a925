//! `--fail-on` and `--baseline`: what makes a pipeline fail.

use serde_json::Value;
use simulator::world::World;
use simulator::world::seed::demo::PRODUCTS;

use super::super::{Bench, Ended};
use super::run;

const LAB: &str = "contosolab.azurecr.io";

async fn audit(bench: &Bench, further: &[&str]) -> Ended {
    run(bench, &[&["audit", "--registry", "contosolab"], further].concat()).await
}

/// Writes a file beside the inventory; its path.
fn file(bench: &Bench, name: &str, text: &str) -> String {
    let path = bench.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Takes the admin user's switch, which fails with severity high, to a value.
fn switch_admin_user(bench: &Bench, enabled: bool) {
    let mut world = bench.tenant.simulator.world();
    let registry = world.registries.get_mut(LAB).unwrap();
    registry.properties["adminUserEnabled"] = enabled.into();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_exits_with_3_when_something_of_the_severity_fails() {
    let bench = Bench::start(World::demo(7));
    for format in ["table", "json", "ndjson", "csv", "sarif", "ocsf"] {
        let plain = audit(&bench, &["--format", format]).await.expect(0);
        let high = audit(&bench, &["--format", format, "--fail-on", "high"])
            .await
            .expect(3);
        let lines = |ended: &Ended| ended.stdout.lines().count();
        assert_eq!(lines(&plain), lines(&high), "{format}: the result is the same");
        let named = format!("{LAB}: admin-user-disabled (high): ");
        assert!(high.stderr.contains(&named), "{}", high.stderr);
        assert!(
            !high.stderr.contains("resource-lock"),
            "of medium severity: {}",
            high.stderr
        );
        assert!(
            high.stderr.contains("--fail-on high: 3 of 3 failures count, 0 waived"),
            "{}",
            high.stderr
        );
        audit(&bench, &["--format", format, "--fail-on", "critical"])
            .await
            .expect(0);
    }
    let low = audit(&bench, &["--fail-on", "low"]).await.expect(3);
    assert!(
        low.stderr.contains("--fail-on low: 7 of 7 failures count"),
        "{}",
        low.stderr
    );
    // No severity is below every finding: zone redundancy is information.
    for wrong in [
        ["--fail-on", "informational"],
        ["--fail-on", ""],
        ["--fail-on", "severe"],
    ] {
        audit(&bench, &wrong).await.expect(2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_above_what_could_not_be_read() {
    let mut world = World::demo(7);
    let id = world.registries[LAB].id();
    world.revoke();
    world.grant("Reader", &id);
    let bench = Bench::start(world);
    audit(&bench, &[]).await.expect(1);
    audit(&bench, &["--fail-on", "high"]).await.expect(3);
    audit(&bench, &["--fail-on", "critical"]).await.expect(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_leaves_what_is_new_or_worse() {
    let bench = Bench::start(World::demo(7));
    switch_admin_user(&bench, false);
    let before = audit(&bench, &["--format", "ndjson"]).await.expect(0).stdout;
    let baseline = file(&bench, "baseline.ndjson", &before);
    let since = async |severity: &str| audit(&bench, &["--fail-on", severity, "--baseline", &baseline]).await;
    let same = since("low").await.expect(0);
    let counted = "--fail-on low: 0 of 6 failures count, 6 known from the baseline, 0 waived";
    assert!(same.stderr.contains(counted), "{}", same.stderr);
    switch_admin_user(&bench, true);
    let new = since("low").await.expect(3);
    assert!(new.stderr.contains("1 of 7 failures count, 6 known"), "{}", new.stderr);
    assert!(
        new.stderr.contains(&format!("{LAB}: admin-user-disabled (high): ")),
        "{}",
        new.stderr
    );
    assert!(!new.stderr.contains("defender-for-containers (high)"), "{}", new.stderr);
    // ARM spells ids as it likes from day to day.
    bench
        .tenant
        .simulator
        .world()
        .registries
        .get_mut(LAB)
        .unwrap()
        .resource_group = "RG-SHOUTED".to_owned();
    let id = |text: &str| serde_json::from_str::<Value>(text.lines().next().unwrap()).unwrap()["resourceId"].clone();
    let now = audit(&bench, &["--format", "ndjson"]).await.expect(0).stdout;
    let spelled = before.replace(
        id(&before).as_str().unwrap(),
        &id(&now).as_str().unwrap().to_lowercase(),
    );
    let spelled = file(&bench, "spelled.ndjson", &spelled);
    let ended = audit(&bench, &["--fail-on", "low", "--baseline", &spelled])
        .await
        .expect(3);
    assert!(
        ended.stderr.contains("1 of 7 failures count, 6 known"),
        "{}",
        ended.stderr
    );
    // What mattered less then counts now.
    let milder: String = now
        .lines()
        .map(|line| line.replace("\"high\"", "\"low\"") + "\n")
        .collect();
    let milder = file(&bench, "milder.ndjson", &milder);
    let ended = audit(&bench, &["--fail-on", "high", "--baseline", &milder])
        .await
        .expect(3);
    assert!(
        ended.stderr.contains("3 of 3 failures count, 0 known"),
        "{}",
        ended.stderr
    );
    // The same name elsewhere is another registry.
    let elsewhere = now.replace(PRODUCTS, "00000000-0000-4000-8000-0000000000ff");
    let elsewhere = file(&bench, "elsewhere.ndjson", &elsewhere);
    audit(&bench, &["--fail-on", "high", "--baseline", &elsewhere])
        .await
        .expect(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_that_cannot_be_used_is_named_before_anybody_is_asked() {
    let bench = Bench::start(World::demo(7));
    let missing = bench.folder.path().join("none.ndjson").display().to_string();
    let good = r#"{"rule":"a","resourceId":"b","verdict":"fail","severity":"low"}"#;
    let cases = [
        (missing.clone(), format!("reading {missing}")),
        (file(&bench, "empty", "\n"), "empty has no findings".to_owned()),
        (file(&bench, "json", "[\n  {}\n]"), "json:1: ".to_owned()),
        (
            file(&bench, "cut", &format!("{good}\n\n{{\"rule\":\"a\"")),
            "cut:3: ".to_owned(),
        ),
        (
            file(&bench, "verdict", &good.replace("fail", "failed")),
            "verdict:1: verdict: unknown variant `failed`".to_owned(),
        ),
        (
            file(
                &bench,
                "without",
                "{\"rule\":\"a\",\"verdict\":\"pass\",\"severity\":\"low\"}",
            ),
            "missing field `resourceId`".to_owned(),
        ),
    ];
    for (path, why) in cases {
        let ended = audit(&bench, &["--fail-on", "low", "--baseline", &path])
            .await
            .expect(2);
        assert!(
            ended.stderr.contains("--baseline: ") && ended.stderr.contains(&why),
            "{why}: {}",
            ended.stderr
        );
    }
    // Without a severity it would do nothing.
    let ended = audit(&bench, &["--baseline", &file(&bench, "good", good)])
        .await
        .expect(2);
    assert!(ended.stderr.contains("--fail-on"), "{}", ended.stderr);
    assert_eq!(bench.requests(simulator::Service::Arm), 0);
}
