//! What is stored and printed, pinned: a change of a stored form has to be meant.

use serde_json::Value;
use simulator::clock::timestamp;
use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;
use simulator::world::change::Change;
use simulator::world::seed::{digest, image};

use super::Bench;
use super::redact::redact;
use crate::function_app::FunctionApp;

const SERVER: &str = "contosolab.azurecr.io";
const FOLDER: &str = "v2/registries/contosolab.azurecr.io";

/// When everything happens: fixed, so that the documents have the same hashes in every run.
const AT: time::OffsetDateTime = time::macros::datetime!(2026-11-22 08:00:00.1234567 UTC);

/// Pushes an image.
fn push(world: &mut World, repository: &str, tag: &str) {
    let digest = digest(world.seed, &format!("{SERVER}/{repository}/{tag}"));
    let manifest = image(&digest, &timestamp(AT));
    let change = Change::Push {
        repository: repository.to_owned(),
        manifests: vec![(digest.clone(), manifest)],
        tag: Some(tag.to_owned()),
        digest,
        at: AT,
    };
    world.change(SERVER, change);
}

/// Compares with the file in `tests/it/snapshots`.
fn assert_document(name: &str, mut value: Value) {
    redact(&mut value);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_sort_maps(true);
    settings.bind(|| insta::assert_json_snapshot!(name, value));
}

/// The lines of an NDJSON document as one array.
fn lines(text: &str) -> Value {
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .collect()
}

/// Uncompressed lines of a stored `.gz`.
fn unpacked(bench: &Bench, name: &str) -> Value {
    let file = std::fs::File::open(bench.output().join(name)).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
    lines(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_the_demo_world() {
    let bench = Bench::start(World::demo(1));
    let ended = bench.collect(&[]).await.expect(1);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("table", ended.stdout));
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_of_a_registry() {
    let bench = Bench::start(World::demo(1));
    bench.collect(&["--registry", "contosolab"]).await.expect(0);
    {
        let mut world = bench.tenant.simulator.world();
        push(&mut world, "scratch", "latest");
        push(&mut world, "scratch", "new");
        let (repository, tag) = ("scratch".to_owned(), "1.0.3".to_owned());
        world.change(
            SERVER,
            Change::DeleteTag {
                repository,
                tag,
                at: AT,
            },
        );
        world.lock_tag(SERVER, "scratch", "sbom");
        world.delete_repository(SERVER, "notebooks");
    }
    bench.collect(&["--registry", "contosolab"]).await.expect(0);
    assert_document("registry", bench.document(&format!("{FOLDER}/registry.json")));
    assert_document("audit", bench.document(&format!("{FOLDER}/audit.json")));
    let content = bench.find(&format!("{FOLDER}/repositories/"), ",content.ndjson");
    assert_document("content", lines(&bench.text(&content)));
    assert_document("refresh", bench.document("v2/state/contosolab.azurecr.io/refresh.json"));
    assert_document("run", bench.document(&bench.find("v2/runs/00000001", ".json")));
    assert_document("run-current", bench.document("v2/runs/current.json"));
    let snapshot = bench.find(&format!("{FOLDER}/snapshots/00000002"), ".json");
    assert_document("snapshot-manifest", bench.document(&snapshot));
    let names = bench.names();
    let packed = |folder: &str| {
        let of_folder = |name: &&String| name.starts_with(&format!("{FOLDER}/{folder}/00000002"));
        let mut found = names.iter().filter(of_folder);
        let name = found.next().unwrap();
        assert_eq!(found.next(), None);
        unpacked(&bench, name)
    };
    assert_document("snapshot-index", packed("index"));
    assert_document("snapshot-pack", packed("packs"));
    assert_document(
        "repository",
        lines(&bench.text(&format!("{FOLDER}/repositories/scratch,lists.ndjson"))),
    );
    assert_document(
        "tombstone",
        lines(&bench.text(&format!("{FOLDER}/repositories/notebooks,lists.ndjson"))),
    );
    let changes = names.iter().filter(|name| name.contains("/changes/"));
    let mut changes: Vec<Value> = changes.map(|name| lines(&bench.text(name))).collect();
    changes.sort_by_key(|change| change[0]["repository"].as_str().unwrap().to_owned());
    assert_document("changes", changes.into());
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_and_a_forbidden_registry_say_why() {
    let bench = Bench::start(World::demo(1));
    bench
        .collect(&["--registry", "contosoproducts", "--registry", "contosovault"])
        .await
        .expect(1);
    for (name, server) in [
        ("status-partial", "contosoproducts"),
        ("status-forbidden", "contosovault"),
    ] {
        let document = bench.document(&format!("v2/registries/{server}.azurecr.io/registry.json"));
        assert_document(name, document["status"].clone());
    }
    let hidden = bench.text("v2/registries/contosoproducts.azurecr.io/repositories/checkout/frontend,lists.ndjson");
    assert_document("end-partial", lines(hidden.lines().last().unwrap())[0].clone());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_can_never_succeed_is_kept_with_the_reason() {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    let message = Message::json("{\"kind\":\"refresh-repository\",\"schemaVersion\":1,\"loginServer\":7}");
    app.tenant.queues.lock().unwrap().send(REPOSITORY_QUEUE, message);
    assert_eq!(app.deliver().await.dead_letters, 0);
    let names = app.names("v2/quarantine/");
    assert_eq!(names.len(), 1, "{names:?}");
    assert_document("quarantine", app.document(&names[0]));
    app.assert_no_violation();
}
