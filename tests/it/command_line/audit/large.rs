//! A repository of more lines than any cap on documents: its packs are read as a stream.

use std::path::Path;

use acr_inventory::hash::sha256;
use acr_inventory::inventory::generation::Generation;
use acr_inventory::inventory::manifest::SnapshotManifest;
use acr_inventory::inventory::pointer::SnapshotPointer;
use acr_inventory::inventory::problem::Completeness;
use acr_inventory::names::{LoginServer, RepositoryName};
use acr_inventory::snapshot::{
    IndexReader, KnownChunks, Limits, RepositoryLines, Snapshot, SnapshotWriter, TagPatterns, publish,
};
use acr_inventory::store::{DirectoryStore, Store};
use serde_json::Value;
use simulator::world::RoleAssignmentMode;

use super::{Bench, SERVER, json, run, world};

/// Manifests of the repository. The long media types stand for 230,000 of them.
const MANIFESTS: usize = 17_000;

fn read(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Takes a line, and the chunks that ended with it into the snapshot.
async fn take(lines: &mut RepositoryLines, line: &str, writer: &mut SnapshotWriter<'_>) {
    lines
        .stored(line, &TagPatterns::default(), &KnownChunks::default())
        .unwrap();
    for piece in lines.take_pieces() {
        writer.piece(piece).await.unwrap();
    }
}

/// Adds the repository `team/large` to those of the current snapshot, each manifest tagged and one tag locked.
async fn enlarge(folder: &Path) {
    let server = LoginServer::parse(SERVER).unwrap();
    let store = Store::directory(DirectoryStore::open_root(folder).unwrap());
    let document = folder.join("v2/registries").join(SERVER).join("registry.json");
    let mut registry = read(&document);
    let pointer: SnapshotPointer = serde_json::from_value(registry["snapshot"].clone()).unwrap();
    let snapshot = Snapshot::open(&store, &server, (&pointer).into()).await.unwrap();
    let base: SnapshotManifest = snapshot.manifest().clone();
    let generation = Generation::try_from("00000009-20261122T073000Z".to_owned()).unwrap();
    let mut writer = SnapshotWriter::begin(&store, &server, &generation, Some(&base), Limits::default());
    let mut index = IndexReader::new(&store, &base);
    let name = RepositoryName::parse("team/large").unwrap();
    while index
        .peek()
        .await
        .unwrap()
        .is_some_and(|next| next.line.repository < name)
    {
        writer.unchanged(&index.next().await.unwrap().unwrap()).await.unwrap();
    }
    let mut lines = RepositoryLines::default();
    let mut digests: Vec<String> = (0..MANIFESTS).map(|n| sha256(n.to_string().as_bytes())).collect();
    digests.sort();
    let long = "a".repeat(2_000);
    for digest in &digests {
        // Every line begins with its kind.
        let rest = format!(r#""mediaType":"{long}","changeableAttributes":{{"writeEnabled":true}}"#);
        let line = format!(r#"{{"kind":"manifest","digest":"{digest}",{rest}}}"#);
        take(&mut lines, &line, &mut writer).await;
    }
    for (n, digest) in digests.iter().enumerate() {
        let rest = format!(
            r#""digest":"{digest}","changeableAttributes":{{"writeEnabled":{}}}"#,
            n != 7
        );
        let line = format!(r#"{{"kind":"tag","name":"1.{n:06}",{rest}}}"#);
        take(&mut lines, &line, &mut writer).await;
    }
    let observed = lines.finish(&TagPatterns::default(), &KnownChunks::default());
    let line = observed.line(name, None, Completeness::Complete, Vec::new(), None);
    writer.changed(line, observed.pieces, None).await.unwrap();
    while let Some(line) = index.next().await.unwrap() {
        writer.unchanged(&line).await.unwrap();
    }
    let manifest = writer.finish(Completeness::Complete, None).await.unwrap();
    let unpacked: u64 = manifest.packs.iter().map(|pack| pack.unpacked).sum();
    assert!(unpacked > 33 << 20, "{unpacked}");
    let (_, pointer) = publish(&store, manifest).await.unwrap();
    registry["snapshot"] = serde_json::to_value(pointer).unwrap();
    std::fs::write(document, registry.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_any_length_is_judged_and_asked_about() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    bench.collect(&["--registry", "contosoproducts"]).await.expect(1);
    enlarge(&bench.output()).await;
    let folder = bench.output().display().to_string();
    // The audit of the refresh would be shown as it is.
    let saved = bench.output().join("v2/registries").join(SERVER).join("audit.json");
    let aside = saved.with_extension("aside");
    std::fs::rename(&saved, &aside).unwrap();
    let asked = ["--from", &folder, "--format", "json"];
    let ended = run(&bench, &[&["audit", "--production-tag", "1.*"], &asked[..]].concat()).await;
    let audited = json(&ended);
    let findings = audited[0]["audit"]["findings"].as_array().unwrap();
    let rule = |finding: &&Value| finding["rule"] == "immutable-tags-locked";
    let found = findings.iter().find(rule).unwrap();
    assert_eq!(found["verdict"], "fail", "{found:#}{}", ended.stderr);
    assert!(
        found["evidence"]["unlocked"].as_u64().unwrap() as usize >= MANIFESTS - 1,
        "{found:#}"
    );
    std::fs::rename(&aside, &saved).unwrap();
    let question = [
        "access",
        "--question",
        "overwrite",
        "--repository",
        "team/large",
        "--tag",
        "1.000007",
    ];
    let answer = json(&run(&bench, &[&question, &asked[..]].concat()).await);
    let reasons = &answer["answer"]["holders"][0]["reasons"];
    assert_eq!(reasons[0], "locked: tag", "{answer:#}");
}
