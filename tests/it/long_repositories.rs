//! A repository with more lines than a document holds: the document says so, and the lines stand in snapshots alone.

use serde_json::{Value, json};
use simulator::world::World;

use crate::command_line::{Bench, run};
use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const REPOSITORY: &str = "team-000/service-000000";

/// Lines of a document here.
const LINES: u64 = 50;

/// A registry of two repositories, one of them with 40 images. `held`: bytes of observed lines in memory.
async fn start(held: usize) -> FunctionApp {
    let mut world = World::sized(2, 3);
    for number in 0..40 {
        world.push_image(SERVER, REPOSITORY, &format!("v{number:02}"));
    }
    FunctionApp::start_changed(world, Default::default(), &[], |config| {
        config.limits.document_lines = LINES;
        config.limits.long = held;
        config.limits.spare = 0;
    })
    .await
}

fn document(app: &FunctionApp) -> Vec<Value> {
    app.lines(&format!(
        "v2/registries/{SERVER}/repositories/{REPOSITORY},lists.ndjson"
    ))
}

/// Kinds of changes so far, in the order of names.
fn changes(app: &FunctionApp) -> Vec<String> {
    let names = app.names(&format!("v2/registries/{SERVER}/changes/"));
    let lines = names.iter().flat_map(|name| app.lines(name));
    let mut kinds: Vec<String> = lines
        .filter_map(|line| line["kind"].as_str().map(str::to_owned))
        .filter(|kind| kind != "commit")
        .collect();
    kinds.sort();
    kinds
}

/// The same, and all of it holds.
async fn assert_lists_are_right(app: &FunctionApp) {
    let folder = assert_lists_of_now_are_right(app).await;
    let from = folder.path().display().to_string();
    run(&[], &["verify", "--all", "--deep", "--from", &from])
        .await
        .expect(0);
}

/// The inventory has the tags that the registry has; it is in a directory.
async fn assert_lists_of_now_are_right(app: &FunctionApp) -> tempfile::TempDir {
    let (folder, _) = app.copied();
    let from = folder.path().display().to_string();
    let arguments = [
        "list",
        "tags",
        "--repository",
        REPOSITORY,
        "--format",
        "json",
        "--from",
        &from,
    ];
    let rows: Vec<Value> = serde_json::from_str(&run(&[], &arguments).await.expect(0).stdout).unwrap();
    let listed: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["tag"].as_str().unwrap(), row["digest"].as_str().unwrap()))
        .collect();
    {
        let world = app.tenant.simulator.world();
        let held: Vec<(&str, &str)> = world.registries[SERVER].repositories[REPOSITORY]
            .tags
            .iter()
            .map(|(tag, held)| (tag.as_str(), held.digest.as_str()))
            .collect();
        assert_eq!(listed, held);
    }
    folder
}

async fn walked_through(held: usize) {
    let app = start(held).await;
    let digest = app
        .tenant
        .simulator
        .world()
        .push_multi_platform(SERVER, REPOSITORY, "multi", &["amd64"]);
    app.run().await;
    app.assert_complete(SERVER, 2);
    let [header, end] = document(&app).try_into().unwrap();
    assert_eq!(header["linesInSnapshot"], true);
    assert_eq!((&end["tags"], &header["version"]), (&44.into(), &1.into()), "{end}");
    assert_lists_are_right(&app).await;
    let content = app.lines(&format!(
        "v2/registries/{SERVER}/repositories/{REPOSITORY},content.ndjson"
    ));
    assert_eq!(
        content[1]["digest"],
        digest.as_str(),
        "the snapshot says which indexes there are"
    );
    assert_eq!(content.len(), 3);

    app.run().await;
    assert_eq!(document(&app)[0]["version"], 1, "nothing changed");
    assert_eq!(changes(&app), Vec::<String>::new());

    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v07");
    app.tenant.simulator.clear_requests();
    let hint = json!({"effect": "pushed", "tag": "v07"});
    app.ask_for(SERVER, REPOSITORY, Some(&hint));
    let report = app.host.deliver_due().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{report:?}");
    let asked = app.tenant.simulator.requests();
    assert!(
        !asked.iter().any(|request| request.path.starts_with("/acr/")),
        "it is left to the walk"
    );
    assert_eq!(document(&app)[0]["version"], 1);

    app.run().await;
    assert_eq!(document(&app)[0]["version"], 2);
    assert_eq!(document(&app).len(), 2);
    assert_eq!(changes(&app), ["manifest-added", "tag-moved"]);
    assert_lists_are_right(&app).await;

    // Short again: its document has its lines again.
    {
        let mut world = app.tenant.simulator.world();
        let tags = &world.registries[SERVER].repositories[REPOSITORY].tags;
        let digests: Vec<String> = (10..40)
            .map(|number| tags[&format!("v{number:02}")].digest.clone())
            .collect();
        for digest in digests {
            world.delete_manifest(SERVER, REPOSITORY, &digest);
        }
    }
    app.run().await;
    let lines = document(&app);
    assert_eq!(lines[0].get("linesInSnapshot"), None);
    assert!(lines.len() > 10, "{}", lines.len());
    assert_lists_are_right(&app).await;

    // And long, and gone.
    for number in 0..40 {
        app.tenant
            .simulator
            .world()
            .push_image(SERVER, REPOSITORY, &format!("w{number:02}"));
    }
    app.run().await;
    assert_eq!(document(&app).len(), 2);
    assert_lists_are_right(&app).await;
    let before = changes(&app).len();
    let tags = document(&app)[1]["tags"].as_u64().unwrap();
    app.tenant.simulator.world().delete_repository(SERVER, REPOSITORY);
    app.run().await;
    let lines = document(&app);
    assert!(lines[0]["removedAt"].is_string(), "{}", lines[0]);
    let removed = changes(&app).iter().filter(|kind| *kind == "tag-removed").count();
    assert!(
        removed as u64 >= tags,
        "{before} before, {removed} removals of {tags} tags"
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn its_document_has_no_lines_when_it_is_merged_in_memory() {
    walked_through(1 << 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_document_has_no_lines_when_it_streams_into_the_pack() {
    walked_through(2_000).await;
}

/// A document of the longest has no lines, so an event changes nothing of it: whoever lists is told of when they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_of_when_the_lines_of_the_longest_are() {
    let bench = Bench::start(World::generated(1, 50_001));
    bench.collect(&[]).await.expect(0);
    let folder = bench.output().display().to_string();
    let tags = ["list", "tags", "--limit", "1", "--from", &folder];
    let ended = run(&[], &tags).await.expect(0);
    let current = bench.document("v2/runs/current.json")["generation"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = format!("has more than 100000 lines: they are those of {current}");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
    let then = [&tags[..], &["--at", &current]].concat();
    let ended = run(&[], &then).await.expect(0);
    assert!(!ended.stderr.contains("has more than"), "{}", ended.stderr);
}

/// Writes of lines that wait to be merged, and of documents, since the last count.
fn written(app: &FunctionApp) -> (usize, usize) {
    let requests = app.tenant.simulator.requests();
    let of = |part: &str| {
        let puts = requests
            .iter()
            .filter(|request| request.method == "PUT" && !request.query.contains("comp=block&"));
        puts.filter(|request| request.path.replace("%2C", ",").contains(part))
            .count()
    };
    let counts = (of("lines-"), of(",lists.ndjson"));
    app.tenant.simulator.clear_requests();
    counts
}

/// A repository of 2,500 images that was read once. `digests`: pieces of room for what summaries need.
async fn longer(document_lines: u64, digests: usize) -> FunctionApp {
    let mut world = World::sized(2, 3);
    for number in 0..2_500 {
        world.push_image(SERVER, REPOSITORY, &format!("v{number:04}"));
    }
    let app = FunctionApp::start_changed(world, Default::default(), &[], |config| {
        config.limits.document_lines = document_lines;
        config.limits.long = 600_000;
        config.limits.spare = 0;
        config.limits.digests = digests;
    })
    .await;
    app.run().await;
    assert!(written(&app).0 >= 2, "the first time all lines are new");
    app
}

/// Long lists are compared with the last snapshot while they are read: where they are the same, nothing is put aside, and
/// where a little is new, little.
async fn compared_while_read(document_lines: u64) {
    let app = longer(document_lines, 64).await;
    app.run().await;
    assert_eq!(written(&app), (0, 0));
    assert_eq!(changes(&app), Vec::<String>::new());

    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1234");
    app.run().await;
    let (lines, documents) = written(&app);
    assert!(lines <= 1 && documents == 1, "{lines} {documents}");
    assert_eq!(changes(&app), ["manifest-added", "tag-moved"]);
    assert_lists_are_right(&app).await;

    // A pack that the last snapshot needs is not what it was: the repository is written anew, and its lines are right. (What
    // others have in that pack is not mended, and `verify` says so.)
    let packs = app.names(&format!("v2/registries/{SERVER}/packs/"));
    let largest = packs
        .iter()
        .max_by_key(|name| app.tenant.blobs.lock().unwrap().get("inventory", name).unwrap().len())
        .unwrap();
    {
        let mut blobs = app.tenant.blobs.lock().unwrap();
        let mut bytes = blobs.get("inventory", largest).unwrap().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 2_000].fill(0);
        blobs.put("inventory", largest, bytes);
    }
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v0777");
    app.run().await;
    app.assert_complete(SERVER, 2);
    assert_lists_of_now_are_right(&app).await;
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_long_repository_is_compared_while_it_is_read() {
    compared_while_read(1_000_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_whose_lines_stand_in_snapshots_alone() {
    compared_while_read(1_000).await;
}

/// What the digests of many long repositories take may have no room: these are merged, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn one_whose_digests_have_no_room_is_merged() {
    let app = longer(1_000, 0).await;
    app.run().await;
    let (aside, documents) = written(&app);
    assert!(aside > 0 && documents == 0, "{aside} {documents}");
    assert_eq!(changes(&app), Vec::<String>::new());
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1234");
    app.run().await;
    assert_eq!(changes(&app), ["manifest-added", "tag-moved"]);
    assert_lists_are_right(&app).await;
    app.assert_no_violation();
}
