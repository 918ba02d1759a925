//! A run is joined by whoever asks for the same; whatever else is asked for is read in a run of its own.

mod side_by_side;

use simulator::Service;
use simulator::world::{Registry, Repository, Subscription, World};

use super::Bench;

const ALL: [&str; 3] = ["bench", "beta", "gamma"];

type Words = &'static [&'static str];
type Settings = &'static [(&'static str, &'static str)];

const ONE: &str = "5f1b4c1e-0000-4000-8000-000000000001";
const TWO: &str = "5f1b4c1e-0000-4000-8000-000000000002";

/// `bench` and `beta` in one subscription, `gamma` in another, two repositories each.
fn world() -> World {
    let mut world = World::sized(2, 1);
    let repositories = world.registries["bench.azurecr.io"].repositories.clone();
    for (subscription, name) in [(ONE, "beta"), (TWO, "gamma")] {
        add(&mut world, subscription, name, repositories.clone());
    }
    let subscription = Subscription {
        display_name: "two".to_owned(),
        readable: true,
    };
    world.subscriptions.insert(TWO.to_owned(), subscription);
    world
}

fn add(
    world: &mut World,
    subscription: &str,
    name: &str,
    repositories: std::collections::BTreeMap<String, Repository>,
) {
    let registry = Registry {
        repositories,
        ..Registry::new(subscription, "rg-one", name)
    };
    world.registries.insert(registry.login_server.clone(), registry);
}

/// As if the process had been killed before it came to these registries.
fn interrupt(bench: &Bench, names: &[&str]) {
    for name in names {
        for folder in ["registries", "state"] {
            let folder = bench.output().join(format!("v2/{folder}/{name}.azurecr.io"));
            std::fs::remove_dir_all(folder).unwrap();
        }
    }
}

/// The registries that there is a complete inventory of.
fn read(bench: &Bench) -> Vec<String> {
    let documents = bench.names().into_iter();
    let documents = documents.filter(|name| name.ends_with("/registry.json"));
    let complete = documents.filter(|name| bench.document(name)["status"]["completeness"] == "complete");
    complete
        .map(|name| name.split(['/', '.']).nth(2).unwrap().to_owned())
        .collect()
}

fn runs(bench: &Bench) -> usize {
    let names = bench.names();
    names.iter().filter(|name| name.starts_with("v2/runs/0")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_interrupted_what_is_asked_for_is_read() {
    let cases: [(Words, Words, Words, Words); 9] = [
        // what is asked for first, what of it was not read, what is asked for then, what that is
        (&["--registry", "bench"], &["bench"], &["--registry", "beta"], &["beta"]),
        (
            &["--registry", "bench.azurecr.io"],
            &["bench"],
            &["--registry", "beta.azurecr.io"],
            &["beta"],
        ),
        (&["--registry", "bench"], &["bench"], &[], &ALL),
        (&[], &ALL, &["--registry", "beta"], &["beta"]),
        (&[], &["gamma"], &["--registry", "bench"], &["bench"]),
        (&["--exclude", "bench"], &["gamma"], &[], &ALL),
        (&[], &ALL, &["--exclude", "b*"], &["gamma"]),
        (&["--include", "bench"], &["bench"], &["--include", "gamma"], &["gamma"]),
        (
            &["--subscription", ONE],
            &["bench", "beta"],
            &["--subscription", TWO],
            &["gamma"],
        ),
    ];
    for (first, unread, then, asked) in cases {
        let what = format!("{first:?}, {then:?}");
        let bench = Bench::start(world());
        bench.collect(first).await.expect(0);
        interrupt(&bench, unread);
        // What is asked for then was read by the first, or not: now it is read in any case.
        let before = bench.requests(Service::Registry);
        let ended = bench.collect(then).await.expect(0);
        assert!(!ended.stderr.contains("joining"), "{what}: {}", ended.stderr);
        assert!(bench.requests(Service::Registry) > before, "{what}");
        let read = read(&bench);
        assert!(
            asked.iter().all(|name| read.contains(&(*name).to_owned())),
            "{what}: {read:?}"
        );
        let table: Vec<&str> = ALL.into_iter().filter(|name| ended.stdout.contains(name)).collect();
        assert_eq!(table, asked, "{what}: {}", ended.stdout);
        assert_eq!(runs(&bench), 2, "{what}");
        bench.assert_no_violation();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_asked_for_in_other_words_joins_the_run() {
    let cases: [(Words, Settings, Words); 4] = [
        (
            &["--registry", "bench", "--registry", "beta"],
            &[],
            &["--registry", "BETA", "--registry", "bench", "--registry", "beta"],
        ),
        (
            &["--exclude", "gamma", "--exclude", "x*"],
            &[("ACR_INVENTORY_EXCLUDE", "X*,Gamma")],
            &[],
        ),
        (
            &["--subscription", ONE, "--registry", "bench"],
            &[("ACR_NAME", "bench")],
            &["--subscription", ONE, "--subscription", ONE],
        ),
        (&[], &[], &[]),
    ];
    for (first, settings, then) in cases {
        let bench = Bench::start(world());
        bench.collect(first).await.expect(0);
        interrupt(&bench, &["bench"]);
        let ended = bench.collect_with(settings, then).await.expect(0);
        assert!(
            ended.stderr.contains("joining run 00000001-"),
            "{then:?}: {}",
            ended.stderr
        );
        assert_eq!(runs(&bench), 1, "{then:?}");
        assert!(read(&bench).contains(&"bench".to_owned()), "{then:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_came_after_the_run_was_opened_is_read() {
    let bench = Bench::start(world());
    bench.collect(&[]).await.expect(0);
    interrupt(&bench, &["bench"]);
    add(&mut bench.tenant.simulator.world(), ONE, "delta", Default::default());
    bench.collect(&[]).await.expect(0);
    assert_eq!(read(&bench), ["bench", "beta", "delta", "gamma"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_joined_run_could_not_read_is_said_by_whoever_joins() {
    let mut world = world();
    world.registries.get_mut("beta.azurecr.io").unwrap().access = simulator::world::DataPlaneAccess::Denied;
    let bench = Bench::start(world);
    bench.collect(&[]).await.expect(1);
    interrupt(&bench, &["bench"]);
    let ended = bench.collect(&[]).await.expect(1);
    assert!(ended.stderr.contains("joining run 00000001-"), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("beta.azurecr.io") && ended.stdout.contains("forbidden"),
        "{}",
        ended.stdout
    );
}

/// A run that was opened by a program of an older version does not say what it was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_does_not_say_what_it_selects_is_not_joined() {
    let bench = Bench::start(world());
    bench.collect(&[]).await.expect(0);
    interrupt(&bench, &["bench"]);
    let name = bench.find("v2/runs/00000001", ".json");
    let mut run = bench.document(&name);
    assert!(run.as_object_mut().unwrap().remove("selection").is_some());
    std::fs::write(bench.output().join(&name), run.to_string()).unwrap();
    bench.collect(&[]).await.expect(0);
    assert_eq!(runs(&bench), 2);
    assert_eq!(read(&bench), ["bench", "beta", "gamma"]);
}
