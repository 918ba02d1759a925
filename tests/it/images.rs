//! Images as people push them: multi-platform, with attestations. What only a manifest says never stands between the
//! lists and a complete inventory, and is asked for once.

use serde_json::Value;
use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::world::World;

use crate::function_app::FunctionApp;

const SERVER: &str = "bench.azurecr.io";
const REPOSITORY: &str = "team-000/service-000000";

fn registry(name: &str) -> String {
    format!("v2/registries/{SERVER}/{name}")
}

fn status(code: u16) -> Effect {
    Effect::Status {
        code,
        retry_after: None,
        body: String::new(),
    }
}

/// Strikes requests for single manifests, in whatever form.
fn on_manifests(app: &FunctionApp, effect: Effect, times: u64) {
    let rule = Rule::new(effect).service(Service::Registry).path("manifests/sha256");
    app.tenant.simulator.faults().add(Rule {
        times: Some(times),
        ..rule
    });
}

/// Requests for single manifests so far.
fn manifests_asked(app: &FunctionApp) -> usize {
    let log = app.tenant.simulator.requests();
    log.iter()
        .filter(|request| request.path.contains("manifests/sha256"))
        .count()
}

/// Every record of a change of this kind.
fn changes(app: &FunctionApp, kind: &str) -> Vec<Value> {
    let names = app.names(&registry("changes/"));
    let lines = names.iter().flat_map(|name| app.lines(name));
    lines.filter(|line| line["kind"] == kind).collect()
}

fn content(app: &FunctionApp, repository: &str) -> Vec<Value> {
    app.lines(&registry(&format!("repositories/{repository},content.ndjson")))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_index_refers_to_is_asked_for_once() {
    let mut world = World::sized(3, 2);
    let digest = world.push_multi_platform(SERVER, REPOSITORY, "latest", &["amd64", "arm64"]);
    let app = FunctionApp::start(world).await;
    app.run().await;
    app.assert_complete(SERVER, 3);
    let lines = content(&app, REPOSITORY);
    let [header, index, end] = lines.as_slice() else {
        panic!("{lines:#?}")
    };
    assert_eq!(header["kind"], "content");
    assert_eq!(index["digest"], digest.as_str());
    let children = index["children"].as_array().unwrap();
    assert_eq!(children.len(), 4);
    assert_eq!(children[2]["platform"]["architecture"], "arm64");
    assert_eq!(
        children[1]["annotations"]["vnd.docker.reference.digest"],
        children[0]["digest"]
    );
    assert_eq!((&end["known"], &end["unknown"]), (&1.into(), &0.into()));
    let coverage = &app.document(&registry("registry.json"))["content"];
    assert_eq!(
        (&coverage["known"], &coverage["of"]),
        (&1.into(), &1.into()),
        "{coverage}"
    );
    assert_eq!(manifests_asked(&app), 1);
    app.run().await;
    assert_eq!(manifests_asked(&app), 1, "a manifest never changes under its digest");
    let second = app
        .tenant
        .simulator
        .world()
        .push_multi_platform(SERVER, REPOSITORY, "next", &["amd64"]);
    app.run().await;
    assert_eq!(manifests_asked(&app), 2, "only what is new");
    assert_eq!(
        content(&app, REPOSITORY)
            .iter()
            .filter(|line| line["digest"] == second.as_str())
            .count(),
        1
    );
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_fails_never_doubles_or_removes_a_line() {
    let mut world = World::sized(1, 400);
    world.push_multi_platform(SERVER, REPOSITORY, "latest", &["amd64"]);
    let app = FunctionApp::start_with(world, Default::default(), &[("ACR_INVENTORY_PAGE_SIZE", "100")]).await;
    on_manifests(&app, status(503), 4);
    app.run().await;
    app.assert_complete(SERVER, 1);
    // No page is left half counted and read again: each is asked for once.
    let requests = app.tenant.simulator.requests();
    let pages = requests.iter().filter(|request| {
        ["/_manifests", "/_tags"]
            .iter()
            .any(|list| request.path.ends_with(list))
    });
    let mut pages: Vec<String> = pages
        .map(|request| format!("{}?{}", request.path, request.query))
        .collect();
    let asked = pages.len();
    pages.sort();
    pages.dedup();
    assert_eq!((pages.len(), asked), (5 + 5, 5 + 5));
    let lines = app.lines(&registry(&format!("repositories/{REPOSITORY},lists.ndjson")));
    let mut digests: Vec<&str> = (lines.iter())
        .filter(|line| line["kind"] == "manifest")
        .map(|line| line["digest"].as_str().unwrap())
        .collect();
    assert_eq!(digests.len(), 403);
    digests.dedup();
    assert_eq!(digests.len(), 403, "a line stands twice");
    app.run().await;
    assert_eq!(changes(&app, "manifest-removed"), Vec::<Value>::new());
    assert_eq!(content(&app, REPOSITORY).len(), 3, "asked again, and known by now");
    app.assert_no_violation();
}

/// The index is in the list, and its manifest is not to be had: 404, or no right to pull it.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_without_a_manifest_leaves_its_repository_complete() {
    for code in [404, 403] {
        let mut world = World::sized(2, 2);
        world.push_multi_platform(SERVER, REPOSITORY, "ghost", &["amd64"]);
        let app = FunctionApp::start(world).await;
        on_manifests(&app, status(code), 2);
        app.run().await;
        app.assert_complete(SERVER, 2);
        let coverage = app.document(&registry("registry.json"))["content"].clone();
        assert_eq!(coverage["refused"], 1, "{code}: {coverage}");
        assert_eq!((&coverage["known"], &coverage["of"]), (&0.into(), &1.into()));
        let asked = manifests_asked(&app);
        app.run().await;
        assert_eq!(manifests_asked(&app), asked, "not before a day is over");
        app.assert_no_violation();
    }
}

/// Every repository has more new indexes than an invocation has budget for: the lists are complete all the same.
#[tokio::test(flavor = "multi_thread")]
async fn new_indexes_do_not_keep_the_lists_from_their_end() {
    let mut world = World::sized(8, 1);
    let names: Vec<String> = world.registries[SERVER].repositories.keys().cloned().collect();
    for name in &names {
        for tag in 0..60 {
            world.push_multi_platform(SERVER, name, &format!("multi-{tag}"), &["amd64"]);
        }
    }
    let settings = [
        ("ACR_INVENTORY_READS_PER_MINUTE", "120"),
        ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "2"),
    ];
    let app = FunctionApp::start_with(world, Default::default(), &settings).await;
    app.fire_timer().await;
    app.host.deliver_due().await;
    app.assert_complete(SERVER, 8);
    app.assert_no_violation();
}

/// More new indexes than would be held at a time: what is stored of the repository is not read again for each part of them.
#[tokio::test(flavor = "multi_thread")]
async fn many_new_indexes_of_one_repository_are_asked_for_in_one_pass() {
    let mut world = World::sized(1, 1);
    for tag in 0..2_500 {
        world.push_multi_platform(SERVER, REPOSITORY, &format!("multi-{tag}"), &["amd64"]);
    }
    let app = FunctionApp::start(world).await;
    app.run().await;
    app.assert_complete(SERVER, 1);
    assert_eq!(manifests_asked(&app), 2_500);
    let lines = content(&app, REPOSITORY);
    assert_eq!(lines.len(), 2_502);
    assert_eq!(lines[2_501]["known"], 2_500);
    let document = format!("{REPOSITORY},lists.ndjson");
    let requests = app.tenant.simulator.requests();
    let read = |name: &str| {
        let reads = requests.iter().filter(|request| request.method == "GET");
        reads
            .filter(|request| request.path.replace("%2F", "/").replace("%2C", ",").ends_with(name))
            .count()
    };
    // Once to see whether there is something to ask for, once to ask; 1.3 MB come in ranges.
    assert!((1..=12).contains(&read(&document)), "{}", read(&document));
    app.assert_no_violation();
}

/// An image is deleted between the lists and their content, and restored: the registry is what the last snapshot says.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_gone_when_its_content_was_due_is_asked_for_once_it_is_back() {
    let mut world = World::sized(3, 2);
    let digest = world.push_multi_platform(SERVER, REPOSITORY, "latest", &["amd64", "arm64"]);
    let app = FunctionApp::start(world).await;
    let faults = app.tenant.simulator.faults();
    faults.add(Rule::new(status(503)).service(Service::Arm).path("roleAssignments"));
    app.fire_timer().await;
    app.host.deliver_due().await;
    let with_it = {
        let mut world = app.tenant.simulator.world();
        let registry = world.registries.get_mut(SERVER).unwrap();
        let with_it = registry.repositories[REPOSITORY].clone();
        world.delete_manifest(SERVER, REPOSITORY, &digest);
        with_it
    };
    app.ask_for(SERVER, REPOSITORY, None);
    app.host.deliver_due().await;
    faults.clear();
    app.deliver().await;
    // The next run reads nothing, so that the snapshot still has the image.
    faults.add(Rule::new(status(403)).service(Service::Registry).path("_catalog"));
    app.fire_timer().await;
    app.deliver().await;
    faults.clear();
    assert_eq!(manifests_asked(&app), 0, "it was not there");

    {
        let mut world = app.tenant.simulator.world();
        let registry = world.registries.get_mut(SERVER).unwrap();
        registry.repositories.insert(REPOSITORY.to_owned(), with_it);
    }
    app.run().await;
    assert_eq!(manifests_asked(&app), 1);
    assert_eq!(content(&app, REPOSITORY)[1]["digest"], digest.as_str());
    app.assert_complete(SERVER, 3);
}
