//! Generated worlds: what is listed at a generation is what there was, a difference leads from one to the other, and so
//! does what was recorded between.

use std::collections::BTreeMap;

use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use serde_json::Value;
use simulator::world::change::Change;
use simulator::world::{Attributes, World};

use super::{SERVER, differences};
use crate::command_line::{Bench, run};

/// What a registry holds; of a manifest or a tag whether it is locked, where that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State(BTreeMap<String, Held>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Held {
    manifests: BTreeMap<String, Option<bool>>,
    tags: BTreeMap<String, (String, Option<bool>)>,
}

/// Something that happens; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Event {
    Push(u8, u8),
    PushIndex(u8, u8),
    DeleteTag(u8, u8),
    DeleteManifest(u8, u8),
    DeleteRepository(u8),
    Lock(u8, u8, bool),
}

fn event() -> impl Strategy<Value = Event> {
    let two = || (any::<u8>(), any::<u8>());
    prop::strategy::Union::new_weighted(vec![
        (5, two().prop_map(|(at, item)| Event::Push(at, item)).boxed()),
        (1, two().prop_map(|(at, item)| Event::PushIndex(at, item)).boxed()),
        (2, two().prop_map(|(at, item)| Event::DeleteTag(at, item)).boxed()),
        (2, two().prop_map(|(at, item)| Event::DeleteManifest(at, item)).boxed()),
        (1, any::<u8>().prop_map(Event::DeleteRepository).boxed()),
        (
            2,
            (any::<u8>(), any::<u8>(), any::<bool>())
                .prop_map(|(at, item, on)| Event::Lock(at, item, on))
                .boxed(),
        ),
    ])
}

/// The one that a number means.
fn chosen<'n>(names: impl Iterator<Item = &'n String>, number: u8) -> Option<String> {
    let names: Vec<&String> = names.collect();
    (!names.is_empty()).then(|| names[usize::from(number) % names.len()].clone())
}

fn happen(world: &mut World, event: &Event) {
    let repositories = &world.registries[SERVER].repositories;
    let there = |at: u8| chosen(repositories.keys(), at);
    match *event {
        Event::Push(at, item) => {
            let (name, tag) = (format!("team/app-{}", at % 5), format!("v{}", item % 4));
            world.push_image(SERVER, &name, &tag);
        }
        Event::PushIndex(at, item) => {
            let (name, tag) = (format!("team/app-{}", at % 5), format!("v{}", item % 4));
            world.push_multi_platform(SERVER, &name, &tag, &["amd64", "arm64"]);
        }
        Event::DeleteTag(at, item) => {
            let Some(name) = there(at) else { return };
            if let Some(tag) = chosen(repositories[&name].tags.keys(), item) {
                world.delete_tag(SERVER, &name, &tag);
            }
        }
        Event::DeleteManifest(at, item) => {
            let Some(name) = there(at) else { return };
            if let Some(digest) = chosen(repositories[&name].manifests.keys(), item) {
                world.delete_manifest(SERVER, &name, &digest);
            }
        }
        Event::DeleteRepository(at) => {
            if let Some(name) = there(at) {
                world.delete_repository(SERVER, &name);
            }
        }
        Event::Lock(at, item, on) => {
            let Some(repository) = there(at) else { return };
            let held = &repositories[&repository];
            let change = Change::Attributes {
                item: chosen(held.tags.keys().chain(held.manifests.keys()), item),
                repository,
                attributes: Attributes {
                    write_enabled: !on,
                    ..Attributes::default()
                },
            };
            world.change(SERVER, change);
        }
    }
}

/// What the simulator holds.
fn truth(world: &World) -> State {
    let repositories = world.registries[SERVER].repositories.iter();
    let held = repositories.map(|(name, repository)| {
        let manifests = repository.manifests.iter();
        let tags = repository.tags.iter();
        let held = Held {
            manifests: manifests
                .map(|(digest, manifest)| (digest.clone(), Some(!manifest.attributes.write_enabled)))
                .collect(),
            tags: tags
                .map(|(tag, held)| (tag.clone(), (held.digest.clone(), Some(!held.attributes.write_enabled))))
                .collect(),
        };
        (name.clone(), held)
    });
    State(held.collect())
}

async fn list(bench: &Bench, what: &str, further: &[&str]) -> Vec<Value> {
    let folder = bench.output().display().to_string();
    let all = [&["list", what, "--from", &folder, "--format", "ndjson"][..], further].concat();
    let ended = run(&[], &all).await.expect(0);
    ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text(row: &Value, field: &str) -> String {
    row[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {row}"))
        .to_owned()
}

/// What lists say that there was at a generation, or is now.
async fn listed(bench: &Bench, at: &[&str]) -> State {
    let mut state = State::default();
    for row in list(bench, "repositories", at).await {
        state.0.insert(text(&row, "repository"), Held::default());
    }
    for row in list(bench, "manifests", at).await {
        let held = state.0.get_mut(&text(&row, "repository")).unwrap();
        held.manifests.insert(text(&row, "digest"), row["locked"].as_bool());
    }
    for row in list(bench, "tags", at).await {
        let held = state.0.get_mut(&text(&row, "repository")).unwrap();
        held.tags
            .insert(text(&row, "tag"), (text(&row, "digest"), row["locked"].as_bool()));
    }
    state
}

impl State {
    /// The state that changes lead to. Each has to fit what is there; whether what is new is locked they do not say.
    fn after(mut self, changes: &[Value]) -> Self {
        for change in changes.iter().filter(|change| !change["repository"].is_null()) {
            let name = text(change, "repository");
            match text(change, "kind").as_str() {
                "repository-added" => assert_eq!(self.0.insert(name, Held::default()), None, "{change}"),
                "repository-removed" => assert!(self.0.remove(&name).is_some(), "{change}"),
                kind => match self.0.get_mut(&name) {
                    Some(held) => held.apply(kind, change),
                    // What was in a repository that is gone is told behind it.
                    None => assert!(kind.ends_with("-removed"), "{change}"),
                },
            }
        }
        self
    }

    /// Fills in what changes do not say.
    fn with_locks_of(mut self, other: &Self) -> Self {
        for (name, held) in &mut self.0 {
            let Some(other) = other.0.get(name) else { continue };
            for (digest, locked) in &mut held.manifests {
                *locked = locked.or_else(|| other.manifests.get(digest).copied().flatten());
            }
            for (tag, (_, locked)) in &mut held.tags {
                *locked = locked.or_else(|| other.tags.get(tag).and_then(|(_, locked)| *locked));
            }
        }
        self
    }
}

impl Held {
    fn apply(&mut self, kind: &str, change: &Value) {
        let digest = || text(change, "digest");
        match kind {
            "manifest-added" => assert_eq!(self.manifests.insert(digest(), None), None, "{change}"),
            "manifest-removed" => assert!(self.manifests.remove(&digest()).is_some(), "{change}"),
            "tag-created" => assert_eq!(
                self.tags.insert(text(change, "tag"), (digest(), None)),
                None,
                "{change}"
            ),
            "tag-removed" => {
                let removed = self.tags.remove(&text(change, "tag"));
                assert_eq!(removed.map(|(of, _)| of), Some(digest()), "{change}");
            }
            "tag-moved" => {
                let held = self.tags.get_mut(&text(change, "tag")).unwrap();
                assert_eq!(held.0, text(change, "from"), "{change}");
                held.0 = text(change, "to");
            }
            "lock-changed" => {
                let locked = |end: &str| Some(change[end]["writeEnabled"] == false);
                let of = match change["tag"].as_str() {
                    Some(tag) => self.tags.get_mut(tag).map(|(_, locked)| locked),
                    None => match change["digest"].as_str() {
                        Some(digest) => self.manifests.get_mut(digest),
                        // Of the repository as a whole.
                        None => return,
                    },
                };
                let of = of.unwrap_or_else(|| panic!("{change}"));
                assert!(of.is_none() || *of == locked("from"), "{change}");
                *of = locked("to");
            }
            _ => panic!("{change}"),
        }
    }
}

async fn check(runs: &[Vec<Event>]) {
    let bench = Bench::start(World::sized(3, 2));
    let mut states = Vec::new();
    for events in runs {
        {
            let mut world = bench.tenant.simulator.world();
            events.iter().for_each(|event| happen(&mut world, event));
            states.push(truth(&world));
        }
        bench.collect(&[]).await.expect(0);
    }
    let last = states.last().unwrap();
    assert_eq!(listed(&bench, &[]).await, *last);
    for (at, state) in states.iter().enumerate() {
        let generation = (at + 1).to_string();
        assert_eq!(listed(&bench, &["--at", &generation]).await, *state, "at {generation}");
        let told = differences(&bench, &["--from", &generation]).await;
        assert_eq!(
            state.clone().after(&told).with_locks_of(last),
            *last,
            "from {generation}: {told:#?}"
        );
    }
    let first = states[0].clone();
    let recorded = list(&bench, "changes", &[]).await;
    assert_eq!(first.after(&recorded).with_locks_of(last), *last, "{recorded:#?}");
    bench.assert_no_violation();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_differences_and_records_lead_to_what_there_was(
        runs in prop::collection::vec(prop::collection::vec(event(), 0..12), 2..5),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(check(&runs));
    }
}
