//! A repository of more lines than any cap on documents: its part is read as a stream.

use std::io::Write as _;
use std::path::Path;

use acr_inventory::hash::sha256;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use simulator::world::RoleAssignmentMode;

use super::{Bench, SERVER, json, run, world};

/// Manifests of the repository. Digests hardly compress; here the long media types and a part that is not compressed
/// stand for 230,000 of them.
const MANIFESTS: usize = 17_000;

fn read(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Adds a part with the repository `team/large` to the current snapshot, each manifest tagged and one tag locked.
fn enlarge(folder: &Path) {
    let registry = folder.join("v1/registries").join(SERVER);
    let mut document = read(&registry.join("registry.json"));
    let generation = document["snapshot"]["generation"].as_str().unwrap();
    let snapshot = registry.join("snapshots").join(generation);
    let mut manifest = read(&snapshot.join("manifest.json"));
    let mut part = GzEncoder::new(Vec::new(), Compression::none());
    // Every line begins with its kind.
    let mut line = |kind: &str, rest: String| writeln!(part, "{{\"kind\":\"{kind}\",{rest}}}").unwrap();
    line(
        "repository",
        format!(
            r#""schemaVersion":1,"loginServer":"{SERVER}","repository":"team/large","observedAt":"2026-11-22T07:30:00Z""#
        ),
    );
    let digest = |n: usize| sha256(n.to_string().as_bytes());
    let long = "a".repeat(2_000);
    for n in 0..MANIFESTS {
        let digest = digest(n);
        line(
            "manifest",
            format!(r#""digest":"{digest}","mediaType":"{long}","changeableAttributes":{{"writeEnabled":true}}"#),
        );
    }
    for n in 0..MANIFESTS {
        let (digest, open) = (digest(n), n != 7);
        line(
            "tag",
            format!(r#""name":"1.{n:06}","digest":"{digest}","changeableAttributes":{{"writeEnabled":{open}}}"#),
        );
    }
    let counts = format!(r#""manifests":{MANIFESTS},"tags":{MANIFESTS},"bytes":0"#);
    line("end", format!(r#""completeness":"complete",{counts},"contentHash":"""#));
    let part = part.finish().unwrap();
    assert!(part.len() > 33 << 20, "{}", part.len());
    let add = |manifest: &mut Value, list: &str, name: &str, bytes: &[u8]| {
        std::fs::write(snapshot.join(name), bytes).unwrap();
        let entry = json!({"name": name, "sha256": sha256(bytes), "bytes": bytes.len(), "repositories": 1});
        manifest[list].as_array_mut().unwrap().push(entry);
    };
    let name = "part-11111111-1111-4111-8111-111111111111.ndjson.gz";
    add(&mut manifest, "parts", name, &part);
    let entry = json!({
        "repository": "team/large", "completeness": "complete", "manifests": MANIFESTS, "tags": MANIFESTS,
        "bytes": MANIFESTS, "contentHash": "", "part": name
    });
    let mut index = GzEncoder::new(Vec::new(), Compression::fast());
    writeln!(index, "{entry}").unwrap();
    let name = "index-22222222-2222-4222-8222-222222222222.ndjson.gz";
    add(&mut manifest, "index", name, &index.finish().unwrap());
    let bytes = serde_json::to_vec(&manifest).unwrap();
    std::fs::write(snapshot.join("manifest.json"), &bytes).unwrap();
    document["snapshot"]["manifestSha256"] = sha256(&bytes).into();
    std::fs::write(registry.join("registry.json"), document.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_any_length_is_judged_and_asked_about() {
    let bench = Bench::start(world(RoleAssignmentMode::Abac));
    bench.collect(&["--registry", "contosoproducts"]).await.expect(1);
    enlarge(&bench.output());
    let folder = bench.output().display().to_string();
    // The audit of the refresh would be shown as it is.
    let saved = bench.output().join("v1/registries").join(SERVER).join("audit.json");
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
