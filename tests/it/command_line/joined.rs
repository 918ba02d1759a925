//! `access --question`: answers that join who may do what with what is there, live and from what was stored.

use serde_json::{Value, json};
use simulator::Service;
use simulator::world::change::Change;
use simulator::world::seed::{digest, image};
use simulator::world::{Attributes, RoleAssignmentMode, World};

use super::redact::redact;
use super::{Bench, Ended};

const SERVER: &str = "contosopublic.azurecr.io";
const TEAM: &str = "aaaa0000-0000-4000-8000-000000000001";
const IMPORTER: &str = "aaaa0000-0000-4000-8000-000000000002";
const GROUP: &str = "aaaa0000-0000-4000-8000-000000000003";
const WRITER: &str = "Container Registry Repository Writer";

/// The public registry of the demo in ABAC mode: a user writes below `samples/`, a group by a condition that nobody
/// understands, another user may import; one token deletes in `tools/cli`, one is disabled, one has expired.
fn world() -> World {
    let mut world = World::demo(7);
    let registry = world.registries.get_mut(SERVER).unwrap();
    registry.mode = RoleAssignmentMode::Abac;
    registry.add_scope_map("cleaner", "UserDefined", &["repositories/tools/cli/content/delete"]);
    registry.add_token("cleaner", "cleaner", "enabled", &[None]);
    registry.add_token("retired", "cleaner", "disabled", &[None]);
    registry.add_token("expired", "cleaner", "enabled", &[Some("2020-01-01T00:00:00Z")]);
    let id = registry.id();
    let name = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]";
    conditional(
        &mut world,
        &id,
        TEAM,
        "User",
        &format!("{name} StringStartsWithIgnoreCase 'samples/'"),
    );
    conditional(
        &mut world,
        &id,
        GROUP,
        "Group",
        &format!("{name} StringMatches 'tools.*'"),
    );
    world.assign(
        "Container Registry Data Importer and Data Reader",
        IMPORTER,
        "User",
        &id,
    );
    lock(&mut world, "samples/voting/web", None);
    let signed = digest(7, &format!("{SERVER}/tools/cli/release/0"));
    push(
        &mut world,
        "tools/cli",
        &format!("{}.sig", signed.replace(':', "-")),
        None,
    );
    push(
        &mut world,
        "samples/voting/api",
        "sbom-of-something",
        Some("application/vnd.oci.empty.v1+json"),
    );
    let change = Change::DeleteTag {
        repository: "samples/voting/api".to_owned(),
        tag: "sbom-of-something".to_owned(),
        at: world.clock.now(),
    };
    world.change(SERVER, change);
    world
}

fn conditional(world: &mut World, scope: &str, principal: &str, kind: &str, condition: &str) {
    let assignment = world.assign(WRITER, principal, kind, scope);
    assignment["properties"]["condition"] = condition.into();
    assignment["properties"]["conditionVersion"] = "2.0".into();
}

/// Turns `writeEnabled` off on a repository, a tag or a manifest.
fn lock(world: &mut World, repository: &str, item: Option<&str>) {
    let change = Change::Attributes {
        repository: repository.to_owned(),
        item: item.map(str::to_owned),
        attributes: Attributes {
            write_enabled: false,
            ..Attributes::default()
        },
    };
    world.change(SERVER, change);
}

fn push(world: &mut World, repository: &str, tag: &str, config: Option<&str>) {
    let digest = digest(7, &format!("{SERVER}/{repository}/{tag}"));
    let mut manifest = image(&digest, "2025-03-01T09:00:00Z");
    manifest.config_media_type = config.map(str::to_owned);
    let change = Change::Push {
        repository: repository.to_owned(),
        manifests: vec![(digest.clone(), manifest)],
        tag: Some(tag.to_owned()),
        digest,
        at: world.clock.now(),
    };
    world.change(SERVER, change);
}

async fn run(bench: &Bench, arguments: &[&str]) -> Ended {
    let settings = bench.tenant.application_settings(&bench.output().display().to_string());
    super::run(&settings, arguments).await
}

/// Asks now.
async fn ask(bench: &Bench, question: &[&str]) -> Ended {
    let only = ["access", "--registry", "contosopublic", "--question"];
    run(bench, &[&only[..], question].concat()).await
}

/// Asks what was stored; nothing must be asked of Azure for it.
async fn ask_stored(bench: &Bench, question: &[&str]) -> Ended {
    let folder = bench.output().display().to_string();
    let services = [Service::Arm, Service::ResourceGraph, Service::Registry];
    let count = || services.map(|service| bench.requests(service));
    let before = count();
    let only = ["access", "--from", &folder, "--question"];
    let ended = run(bench, &[&only[..], question].concat()).await;
    assert_eq!(before, count());
    ended
}

/// A registry that was collected, with its own attributes, and audited.
async fn stored(world: World) -> Bench {
    let bench = Bench::start(world);
    bench
        .collect(&["--registry", "contosopublic", "--read-attributes"])
        .await
        .expect(0);
    run(&bench, &["audit", "--registry", "contosopublic", "--save"])
        .await
        .expect(0);
    bench
}

fn json(ended: &Ended) -> Value {
    let mut value: Value = serde_json::from_str(&ended.stdout).unwrap();
    value["basis"]["auditedAt"] = "[time]".into();
    redact(&mut value);
    value
}

/// Verdict and principal of every holder.
fn holders(answer: &Value) -> Vec<String> {
    let holders = answer["answer"]["holders"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    holders
        .map(|holder| format!("{} {}", text(&holder["verdict"]), text(&holder["principal"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_overwritten_by_whoever_may_push_or_import_unless_it_is_locked() {
    let mut world = world();
    let pinned = world.registries[SERVER].repositories["samples/hello"].tags["1.1.0"]
        .digest
        .clone();
    lock(&mut world, "samples/hello", Some(&pinned));
    let bench = stored(world).await;
    let open = [
        format!("granted {TEAM}"),
        format!("granted {IMPORTER}"),
        format!("unknown {GROUP}"),
    ];
    let locked = [
        format!("unknown {IMPORTER}"),
        format!("denied {TEAM}"),
        format!("denied {GROUP}"),
    ];
    let by = |what: &str| json!({"state": "locked", "by": [what]});
    for (repository, tag, lock, expected) in [
        ("samples/hello", "latest", json!({"state": "unlocked"}), &open[..]),
        ("samples/hello", "1.0.0", by("tag"), &locked),
        ("samples/hello", "1.1.0", by("manifest"), &locked),
        ("samples/voting/web", "latest", by("repository"), &locked),
        ("tools/cli", "latest", json!({"state": "unlocked"}), &open[1..]),
    ] {
        let question = [
            "overwrite",
            "--repository",
            repository,
            "--tag",
            tag,
            "--format",
            "json",
        ];
        // The group's condition is not understood, which matters where no lock is.
        let code = i32::from(lock["state"] == "unlocked");
        let live = json(&ask(&bench, &question).await.expect(code));
        assert_eq!(live["answer"]["lock"], lock, "{repository}:{tag}");
        assert_eq!(holders(&live), expected, "{repository}:{tag}");
        assert_eq!(
            live["basis"]["unknown"].to_string().contains(GROUP),
            code == 1,
            "{live}"
        );
        assert_eq!(json(&ask_stored(&bench, &question).await.expect(code)), live);
    }
    let table = ask(
        &bench,
        &["overwrite", "--repository", "samples/hello", "--tag", "1.0.0"],
    )
    .await;
    insta::assert_snapshot!("overwrite", table.expect(0).stdout);
    let gone = ask(&bench, &["overwrite", "--repository", "tools/cli", "--tag", "9"]).await;
    assert!(gone.expect(2).stderr.contains("tools/cli has no tag 9"));
    let nameless = ask(&bench, &["overwrite", "--repository", "tools/cli"]).await;
    assert!(nameless.expect(2).stderr.contains("--repository and --tag"));
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_of_a_lock_or_of_access_is_never_granted() {
    let bench = Bench::start(world());
    let question = [
        "overwrite",
        "--repository",
        "samples/hello",
        "--tag",
        "latest",
        "--format",
        "json",
    ];
    // Never collected.
    let ended = ask(&bench, &question).await.expect(1);
    assert!(
        ended.stderr.contains("there is no inventory of the registry"),
        "{}",
        ended.stderr
    );
    assert!(
        holders(&json(&ended))
            .iter()
            .all(|holder| holder.starts_with("unknown"))
    );
    // The repository's own switch is in no list.
    let unaudited = [("ACR_INVENTORY_AUDIT", "false")];
    bench
        .collect_with(&unaudited, &["--registry", "contosopublic"])
        .await
        .expect(0);
    let ended = ask_stored(&bench, &question).await.expect(1);
    assert!(
        ended
            .stderr
            .contains("the role assignments could not be known: not asked"),
        "{}",
        ended.stderr
    );
    run(&bench, &["audit", "--registry", "contosopublic", "--save"])
        .await
        .expect(0);
    let ended = ask_stored(&bench, &question).await.expect(1);
    insta::assert_json_snapshot!("overwrite_without_attributes", json(&ended));
    assert_eq!(
        holders(&json(&ask(&bench, &question).await.expect(1)))[0],
        format!("granted {TEAM}")
    );
    // A repository that came after the audit.
    push(&mut bench.tenant.simulator.world(), "new", "latest", None);
    bench
        .collect_with(&unaudited, &["--registry", "contosopublic", "--read-attributes"])
        .await
        .expect(0);
    let action = [
        "access",
        "--from",
        &bench.output().display().to_string(),
        "--action",
        "push",
        "--repository",
    ];
    let table = run(&bench, &[&action[..], &["samples/hello"]].concat()).await.expect(1);
    assert!(
        table.stdout.contains("push samples/hello: 1 can, of 1 it is not known"),
        "{}",
        table.stdout
    );
    // No pattern of any condition is about it, and with an unreadable one in place it cannot be told apart.
    let table = run(&bench, &[&action[..], &["new"]].concat()).await.expect(1);
    assert!(table.stdout.contains("push new: 0 can"), "{}", table.stdout);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_role_to_read_assignments_the_answer_says_so() {
    let mut world = world();
    world.revoke();
    let id = world.registries[SERVER].id();
    world.grant(
        "Container Registry Configuration Reader and Data Access Configuration Reader",
        &id,
    );
    let bench = Bench::start(world);
    bench
        .collect(&["--registry", SERVER, "--read-attributes"])
        .await
        .expect(0);
    let question = ["overwrite", "--repository", "samples/hello", "--tag", "latest"];
    let ended = ask(&bench, &question).await.expect(1);
    let wanted =
        "the role assignments could not be known: refused: it takes Microsoft.Authorization/roleAssignments/read";
    assert!(ended.stderr.contains(wanted), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("0 can, of 0 it is not known; not locked"),
        "{}",
        ended.stdout
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_images_that_everybody_can_pull_are_found() {
    let bench = stored(world()).await;
    let live = ask(&bench, &["anonymous-unsigned"]).await.expect(0);
    insta::assert_snapshot!("anonymous_unsigned", live.stdout);
    assert_eq!(
        ask_stored(&bench, &["anonymous-unsigned"]).await.expect(0).stdout,
        live.stdout
    );
    bench
        .tenant
        .simulator
        .world()
        .registries
        .get_mut(SERVER)
        .unwrap()
        .anonymous_pull = false;
    let closed = ask(&bench, &["anonymous-unsigned", "--format", "json"]).await.expect(0);
    let answer = &json(&closed)["answer"];
    assert_eq!((&answer["images"], &answer["signed"]), (&json!([]), &json!(1)));
    assert!(answer["closed"].as_u64().unwrap() > 10, "{answer}");
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_can_delete_are_found() {
    let bench = stored(world()).await;
    let live = ask(&bench, &["deleting-tokens"]).await.expect(0);
    insta::assert_snapshot!("deleting_tokens", live.stdout);
    assert_eq!(
        ask_stored(&bench, &["deleting-tokens"]).await.expect(0).stdout,
        live.stdout
    );
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_where_production_tags_are_are_found() {
    let bench = stored(world()).await;
    let patterns = ["production-writers", "--production-tag", "1.*"];
    let live = ask(&bench, &patterns).await.expect(1);
    insta::assert_snapshot!("production_writers", live.stdout);
    assert_eq!(ask_stored(&bench, &patterns).await.expect(1).stdout, live.stdout);
    let json = ask_stored(
        &bench,
        &["production-writers", "--production-tag", "1.0.*", "--format", "json"],
    )
    .await;
    insta::assert_json_snapshot!("production_writers_json", self::json(&json.expect(1)));
    let nameless = ask(&bench, &["production-writers"]).await.expect(2);
    assert!(nameless.stderr.contains("--production-tag"), "{}", nameless.stderr);
    let malformed = ask(&bench, &["production-writers", "--production-tag", "v[1"])
        .await
        .expect(2);
    assert!(
        malformed.stderr.contains("--production-tag") && malformed.stderr.contains("unclosed character class"),
        "{}",
        malformed.stderr
    );
    bench.assert_no_violation();
}
