//! `diff`: what two snapshots tell apart, held against what was done to the simulated registries between them.

mod generated;

use serde_json::Value;
use simulator::world::World;

use super::{Bench, Ended};

const SERVER: &str = "bench.azurecr.io";

pub async fn diff(bench: &Bench, arguments: &[&str]) -> Ended {
    let folder = bench.output().display().to_string();
    let mut all = vec!["diff", "--inventory", &folder];
    all.extend(arguments);
    super::run(&[], &all).await
}

/// Its differences, one line each.
pub async fn differences(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    let ended = diff(bench, &[arguments, &["--format", "ndjson"]].concat())
        .await
        .expect(0);
    ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn told(differences: &[Value]) -> Vec<String> {
    let word = |difference: &Value, field: &str| difference[field].as_str().unwrap_or("-").to_owned();
    let of = |difference: &Value| {
        ["repository", "kind", "tag"]
            .map(|field| word(difference, field))
            .join(" ")
    };
    differences.iter().map(of).collect()
}

/// A bench with two runs, and what happened between them.
async fn two_runs() -> Bench {
    let bench = Bench::start(World::sized(3, 3));
    bench.collect(&[]).await.expect(0);
    {
        let mut world = bench.tenant.simulator.world();
        let names: Vec<String> = world.registries[SERVER].repositories.keys().cloned().collect();
        let tag = |world: &World, name: &str| {
            world.registries[SERVER].repositories[name]
                .tags
                .keys()
                .next()
                .unwrap()
                .clone()
        };
        let (first, second) = (tag(&world, &names[0]), tag(&world, &names[1]));
        world.push_image(SERVER, &names[0], &first);
        world.lock_tag(SERVER, &names[1], &second);
        world.delete_repository(SERVER, &names[2]);
        world.push_image(SERVER, "team/app", "v1");
    }
    bench.collect(&[]).await.expect(0);
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_went_moved_and_was_locked_is_told_in_the_form_of_records() {
    let bench = two_runs().await;
    let all = differences(&bench, &["--from", "1", "--to", "now"]).await;
    let recorded: Vec<Value> = {
        let folder = bench.output().display().to_string();
        let ended = super::run(&[], &["list", "changes", "--from", &folder, "--format", "ndjson"]).await;
        ended
            .expect(0)
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let mut lines = told(&all);
    lines.retain(|line| !line.contains("manifest-removed") && !line.contains("tag-removed"));
    let (a, b, c) = (
        "team-000/service-000000",
        "team-001/service-000001",
        "team-002/service-000002",
    );
    let expected = [
        format!("{a} manifest-added -"),
        format!("{a} tag-moved v000000"),
        format!("{b} lock-changed v000000"),
        format!("{c} repository-removed -"),
        "team/app repository-added -".to_owned(),
        "team/app manifest-added -".to_owned(),
        "team/app tag-created v1".to_owned(),
    ];
    assert_eq!(lines, expected);
    // Everything that a record says of a change, a difference says too, and nothing else.
    let without = |mut line: Value| {
        let fields = line.as_object_mut().unwrap();
        fields.retain(|name, _| !["observedAt", "version", "commitId"].contains(&name.as_str()));
        line.to_string()
    };
    let sorted = |lines: Vec<Value>| {
        let mut lines: Vec<String> = lines.into_iter().map(without).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(all), sorted(recorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_formats_and_ends_are_kept() {
    let bench = two_runs().await;
    let moved = differences(&bench, &["--from", "1", "--kind", "tag-moved"]).await;
    assert_eq!(moved.len(), 1);
    let to = moved[0]["to"].as_str().unwrap();
    let digest = differences(&bench, &["--from", "1", "--digest", to]).await;
    assert_eq!(told(&digest).len(), 2, "{digest:#?}");
    let tag = differences(&bench, &["--from", "1", "--tag", "v?"]).await;
    assert_eq!(told(&tag), ["team/app tag-created v1"]);
    let of_one = differences(&bench, &["--from", "1", "--repository", "team/*", "--limit", "2"]).await;
    assert_eq!(
        told(&of_one),
        ["team/app repository-added -", "team/app manifest-added -"]
    );
    assert!(differences(&bench, &["--from", "2"]).await.is_empty());
    let csv = diff(&bench, &["--from", "1", "--kind", "lock-changed", "--format", "csv"])
        .await
        .expect(0);
    let lines: Vec<&str> = csv.stdout.lines().collect();
    assert_eq!(lines[0], "registry,repository,kind,subject,from,to");
    let switches = "deleteEnabled=true writeEnabled=true,deleteEnabled=false writeEnabled=false";
    assert_eq!(
        lines[1..],
        [format!(
            "{SERVER},team-001/service-000001,lock-changed,v000000,{switches}"
        )]
    );
    let json = diff(&bench, &["--from", "1", "--kind", "tag-moved", "--format", "json"])
        .await
        .expect(0);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&json.stdout).unwrap(), moved);
    // A time is the snapshot before it, which is said.
    let today = diff(&bench, &["--from", "2999-01-01"]).await.expect(0);
    assert!(today.stderr.contains(&format!("{SERVER}: from 20")), "{}", today.stderr);
    for (wrong, why) in [
        (&["--from", "2020-01-01"][..], "--from: the first snapshot is 00000001-"),
        (&["--from", "2", "--to", "1"], "is later"),
        (&["--from", "7"], "--from: the last snapshot is 00000002-"),
        (&["--from", "soon"], "no generation"),
        (&["--from", "1", "--to", "soon"], "nor now"),
        (&["--from", "1", "--kind", "moved"], "possible values"),
        (&["--to", "1"], "--from"),
    ] {
        let ended = diff(&bench, wrong).await.expect(2);
        assert!(ended.stderr.contains(why), "{wrong:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_audits_recorded_between_is_summed_up() {
    const WRITER: &str = "00000000-0000-4000-8000-00000000c0de";
    let bench = Bench::start(World::sized(1, 1));
    let switch = |on: bool| {
        let mut world = bench.tenant.simulator.world();
        let registry = world.registries.get_mut(SERVER).unwrap();
        registry.properties["adminUserEnabled"] = on.into();
    };
    switch(false);
    bench.collect(&[]).await.expect(0);
    switch(true);
    {
        let mut world = bench.tenant.simulator.world();
        let scope = world.registries[SERVER].id();
        world.assign("AcrPush", WRITER, "ServicePrincipal", &scope);
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    bench.collect(&[]).await.expect(0);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    switch(false);
    bench.collect(&[]).await.expect(0);
    let kinds = async |from: &str, to: &str| {
        let found = differences(&bench, &["--from", from, "--to", to]).await;
        let kinds = found.iter().map(|one| {
            let rule = one["rule"]
                .as_str()
                .or(one["path"].as_str())
                .or(one["principal"].as_str());
            format!("{} {}", one["kind"].as_str().unwrap(), rule.unwrap_or_default())
        });
        kinds.collect::<Vec<String>>()
    };
    let verdict = "verdict-changed admin-user-disabled".to_owned();
    let (role, setting) = (
        format!("role-added {WRITER}"),
        "setting-changed /properties/adminUserEnabled".to_owned(),
    );
    let on = kinds("1", "2").await;
    assert!(
        on.contains(&verdict) && on.contains(&role) && on.contains(&setting),
        "{on:?}"
    );
    let off = kinds("2", "3").await;
    assert!(off.contains(&verdict) && !off.contains(&role), "{off:?}");
    // Over both, the switch was turned on and off again.
    let both = kinds("1", "3").await;
    assert!(
        !both.contains(&verdict) && !both.contains(&setting) && both.contains(&role),
        "{both:?}"
    );
    assert!(
        differences(&bench, &["--from", "1", "--kind", "tag-moved"])
            .await
            .is_empty()
    );
    std::fs::remove_file(bench.output().join(format!("v2/registries/{SERVER}/audit.json"))).unwrap();
    let none = diff(&bench, &["--from", "1"]).await.expect(0);
    assert!(none.stderr.contains("no audit is stored"), "{}", none.stderr);
}
