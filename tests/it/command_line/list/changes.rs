//! `list changes`: records of days, as `collect` leaves them.

use serde_json::{Value, json};
use simulator::world::World;

use super::{SERVER, list};
use crate::command_line::{Bench, Ended};

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// An inventory in which nothing has changed yet.
async fn bench() -> Bench {
    let bench = Bench::start(World::sized(2, 1));
    bench.collect(&[]).await.expect(0);
    bench
}

/// A record as a commit writes it, in the folder of the day on which it is written.
struct Record<'r> {
    day: &'r str,
    repository: Option<&'r str>,
    id: u128,
    previous: Option<u128>,
    observed: &'r str,
    changes: Vec<Value>,
}

fn uuid(id: u128) -> String {
    uuid::Uuid::from_u128(id).to_string()
}

impl Record<'_> {
    fn write(&self, bench: &Bench) {
        let mut commit = json!({
            "kind": "commit", "schemaVersion": 1, "loginServer": SERVER, "version": self.id as u64, "commitId": uuid(self.id),
            "previousCommitId": self.previous.map(uuid), "observedAt": self.observed,
        });
        if let Some(repository) = self.repository {
            commit["repository"] = repository.into();
        }
        let lines = std::iter::once(&commit).chain(&self.changes);
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        self.write_text(bench, &text);
    }

    fn write_text(&self, bench: &Bench, text: &str) {
        let folder = bench
            .output()
            .join(format!("v2/registries/{SERVER}/changes/{}", self.day));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{}.ndjson", uuid(self.id))), text).unwrap();
    }
}

fn moved(tag: &str) -> Value {
    json!({"kind": "tag-moved", "tag": tag, "from": A, "to": B})
}

fn of(ended: &Ended) -> Vec<String> {
    let lines = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            let word = |field: &str| line[field].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", word("observedAt"), word("repository"), word("tag"))
        })
        .collect()
}

async fn changes(bench: &Bench, arguments: &[&str]) -> Ended {
    list(bench, &[&["changes", "--format", "ndjson"], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_read_in_order_of_time_and_conditions_are_kept() {
    let bench = bench().await;
    let record = |day, id, repository, observed, tag: &str| Record {
        day,
        repository: Some(repository),
        id,
        previous: Some(id + 1_000),
        observed,
        changes: vec![moved(tag)],
    };
    // Observed before midnight and written after it, in the folder of the next day.
    record("2026-11-03", 3, "team/app", "2026-11-02T23:59:58Z", "late").write(&bench);
    record("2026-11-02", 2, "team/app", "2026-11-02T23:59:59Z", "later").write(&bench);
    record("2026-11-02", 1, "team/db", "2026-11-02T08:00:00Z", "first").write(&bench);
    record("2026-11-03", 4, "team/app", "2026-11-03T00:00:01Z", "next").write(&bench);
    let switch = json!({"kind": "setting-changed", "path": "/properties/adminUserEnabled", "to": true});
    Record {
        day: "2026-11-04",
        repository: None,
        id: 5,
        previous: Some(6),
        observed: "2026-11-04T00:00:00Z",
        changes: vec![switch],
    }
    .write(&bench);
    let all = changes(&bench, &["--since", "2026-11-01"]).await.expect(0);
    let expected = [
        "2026-11-02T08:00:00Z team/db first",
        "2026-11-02T23:59:58Z team/app late",
        "2026-11-02T23:59:59Z team/app later",
        "2026-11-03T00:00:01Z team/app next",
        "2026-11-04T00:00:00Z - -",
    ];
    assert_eq!(of(&all), expected);
    let told = async |arguments: &[&str]| of(&changes(&bench, arguments).await.expect(0));
    assert_eq!(
        told(&["--since", "2026-11-02", "--until", "2026-11-02"]).await,
        expected[..3]
    );
    assert_eq!(told(&["--since", "2026-11-03"]).await, expected[3..]);
    let since = ["--since", "2026-11-02T23:59:59Z", "--until", "2026-11-03T00:00:00Z"];
    assert_eq!(told(&since).await, expected[2..3]);
    assert_eq!(told(&["--since", "2026-11-01", "--limit", "2"]).await, expected[..2]);
    assert_eq!(
        told(&["--since", "2026-11-01", "--repository", "*/db"]).await,
        expected[..1]
    );
    assert_eq!(told(&["--since", "2026-11-01", "--tag", "late*"]).await, expected[1..3]);
    assert_eq!(
        told(&["--since", "2026-11-01", "--kind", "setting-changed"]).await,
        expected[4..]
    );
    assert_eq!(
        told(&["--since", "2026-11-01", "--digest", &B[..20]]).await,
        expected[..4]
    );
    assert!(
        told(&["--since", "2026-11-01", "--registry", SERVER, "--kind", "tag-created"])
            .await
            .is_empty()
    );
    let csv = list(&bench, &["changes", "--since", "2026-11-04", "--format", "csv"])
        .await
        .expect(0);
    let rows = [
        "observedAt,registry,repository,kind,subject,from,to",
        "2026-11-04T00:00:00Z,bench.azurecr.io,,setting-changed,/properties/adminUserEnabled,,true",
    ];
    assert_eq!(csv.stdout.lines().collect::<Vec<_>>(), rows);
    for (wrong, why) in [
        (
            &["changes", "--since", "2026-11-02", "--until", "2026-11-01"][..],
            "--since is later than --until",
        ),
        (&["changes", "--since", "yesterday"], "no age (7d)"),
        (&["changes", "--kind", "moved"], "possible values"),
        (&["changes", "--at", "1"], "--at: changes have none"),
        (&["changes", "--older-than", "3d"], "--older-than: changes have none"),
        (&["tags", "--since", "3d"], "--since: tags have none"),
        (&["registries", "--kind", "tag-moved"], "--kind: registries have none"),
    ] {
        let ended = list(&bench, wrong).await.expect(2);
        assert!(ended.stderr.contains(why), "{wrong:?}: {}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_commits_that_rival_only_the_one_that_took_place_is_told() {
    let bench = bench().await;
    let (day, observed) = ("2026-11-02", "2026-11-02T08:00:00Z");
    let record = |id, repository, previous, tag: &str| Record {
        day,
        repository: Some(repository),
        id,
        previous,
        observed,
        changes: vec![moved(tag)],
    };
    // 11 and 12 both follow 10, and 13 follows 12.
    record(11, "team/app", Some(10), "lost").write(&bench);
    record(12, "team/app", Some(10), "won").write(&bench);
    record(13, "team/app", Some(12), "next").write(&bench);
    // Another repository's commits are others.
    record(14, "team/db", Some(10), "other").write(&bench);
    // The document of this repository says which of two it was.
    let name = "team-000/service-000000";
    let document = bench.text(&format!("v2/registries/{SERVER}/repositories/{name},lists.ndjson"));
    let header: Value = serde_json::from_str(document.lines().next().unwrap()).unwrap();
    let written = uuid::Uuid::parse_str(header["commitId"].as_str().unwrap())
        .unwrap()
        .as_u128();
    record(21, name, Some(20), "crashed").write(&bench);
    record(written, name, Some(20), "written").write(&bench);
    let told = changes(&bench, &["--since", "2026-11-01"]).await.expect(0);
    let tags: Vec<String> = of(&told)
        .iter()
        .map(|line| line.split(' ').next_back().unwrap().to_owned())
        .collect();
    assert_eq!(tags, ["written", "won", "next", "other"]);
    // Where nothing tells them apart, both are told, and that is said.
    record(31, "team/web", Some(30), "either").write(&bench);
    record(32, "team/web", Some(30), "or").write(&bench);
    let told = changes(&bench, &["--since", "2026-11-01", "--repository", "team/web"])
        .await
        .expect(1);
    assert_eq!(of(&told).len(), 2);
    assert!(
        told.stderr.contains("2 change records follow the same commit"),
        "{}",
        told.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_record_is_named_and_the_others_are_told() {
    let bench = bench().await;
    let record = |id, changes| Record {
        day: "2026-11-02",
        repository: Some("team/app"),
        id,
        previous: Some(id + 1_000),
        observed: "2026-11-02T08:00:00Z",
        changes,
    };
    record(1, vec![moved("v1")]).write(&bench);
    record(2, Vec::new()).write_text(&bench, "{\"kind\":\"commit\"");
    record(3, vec![json!({"kind": "tag-painted"})]).write(&bench);
    let newer = json!({
        "kind": "commit", "schemaVersion": 99, "loginServer": SERVER, "repository": "a", "version": 1, "commitId": uuid(4),
        "previousCommitId": null, "observedAt": "2026-11-02T08:00:00Z",
    });
    record(4, Vec::new()).write_text(&bench, &format!("{newer}\n"));
    let told = changes(&bench, &["--since", "2026-11-01"]).await.expect(1);
    assert_eq!(of(&told), ["2026-11-02T08:00:00Z team/app v1"]);
    for (id, why) in [(2, "EOF"), (3, "tag-painted"), (4, "schema 99")] {
        let named = told.stderr.lines().find(|line| line.contains(&uuid(id)));
        assert!(named.is_some_and(|line| line.contains(why)), "{id}: {}", told.stderr);
    }
    // What is not ours is passed over.
    let folder = bench
        .output()
        .join(format!("v2/registries/{SERVER}/changes/2026-11-02"));
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    let again = changes(&bench, &["--since", "2026-11-01"]).await.expect(1);
    assert_eq!(again.stderr.lines().count(), told.stderr.lines().count());
}
