//! Documents that storage keeps as they are: a lease that somebody holds, an immutability policy, a legal hold.

use std::time::{Duration, Instant};

use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::CONTAINER_URL;
use simulator::world::World;

use super::{Bench, Ended, run};

/// What Azure answers, as documented: status, code and message.
const HELD: [(u16, &str, &str, &str); 4] = [
    (
        412,
        "LeaseIdMissing",
        "There is currently a lease on the blob and no lease ID was specified in the request.",
        "somebody holds a lease on it",
    ),
    (
        409,
        "BlobImmutableDueToPolicy",
        "This operation is not permitted as the blob is immutable due to a policy.",
        "a policy or a legal hold of the container keeps it as it is",
    ),
    (
        409,
        "BlobImmutableDueToLegalHold",
        "This operation is not permitted as the blob is immutable due to one or more legal holds.",
        "a policy or a legal hold of the container keeps it as it is",
    ),
    (
        409,
        "ContainerImmutableDueToPolicy",
        "This operation is not permitted as the container is immutable due to a policy.",
        "a policy or a legal hold of the container keeps it as it is",
    ),
];

/// Answers writes of documents whose path has this in it.
fn hold(bench: &Bench, method: &str, path: &str, answer: (u16, &str, &str)) {
    let (code, word, message) = answer;
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{word}</Code><Message>{message}\nRequestId:1\nTime:2026-01-02T03:04:05Z</Message></Error>"
    );
    let status = Effect::Status {
        code,
        retry_after: None,
        body,
    };
    let header = |name: &str, value: &str| Effect::Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let faults = bench.tenant.simulator.faults();
    let of = |effect| Rule::new(effect).method(method).path(path);
    faults.add(of(header("x-ms-error-code", word)));
    faults.add(of(header("content-type", "application/xml")));
    faults.add(of(status).named("held"));
}

async fn collect(bench: &Bench) -> Ended {
    let settings = bench.tenant.application_settings(CONTAINER_URL);
    run(&settings, &["collect", "--registry", "bench"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_holds_is_named_and_given_up_at_once() {
    for path in ["registry.json", "refresh.json", "current.json", "audit.json"] {
        let bench = Bench::start(World::sized(2, 1));
        collect(&bench).await.expect(0);
        for (code, word, message, said) in HELD {
            bench.tenant.simulator.faults().clear();
            hold(&bench, "PUT", path, (code, word, message));
            let fired = || bench.tenant.simulator.faults().fired().get("held").copied();
            let (begun, before) = (Instant::now(), fired().unwrap_or_default());
            let ended = collect(&bench).await;
            // The audit comes after the end of the run, which it does not fail.
            let is_done = ended.code == Some(0);
            assert_eq!(is_done, path == "audit.json", "{path}, {word}: {}", ended.stderr);
            assert!(ended.stderr.contains(said), "{path}, {word}: {}", ended.stderr);
            assert!(ended.stderr.contains(word), "{path}, {word}: {}", ended.stderr);
            assert!(
                !ended.stderr.contains("somebody else"),
                "{path}, {word}: {}",
                ended.stderr
            );
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{path}, {word}: {:?}",
                begun.elapsed()
            );
            let asked = fired().unwrap_or_default() - before;
            assert!((1..=2).contains(&asked), "{path}, {word}: written {asked} times");
        }
        // Once it is let go, the next run goes on.
        bench.tenant.simulator.faults().clear();
        collect(&bench).await.expect(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_names_what_holds_its_document() {
    let bench = Bench::start(World::sized(1, 1));
    let settings = bench.tenant.application_settings(CONTAINER_URL);
    for (code, word, message, said) in HELD {
        bench.tenant.simulator.faults().clear();
        hold(&bench, "DELETE", "check", (code, word, message));
        let ended = run(&settings, &["check", "--registry", "bench"]).await.expect(1);
        assert!(ended.stdout.contains(said), "{word}: {}", ended.stdout);
    }
}

/// Where the page says that documents are written once.
fn written_once() -> Vec<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/inventory/README.md")).unwrap();
    let section = page.split_once("### Keeping it unchangeable").unwrap().1;
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `v2/"));
    let prefix = |row: &str| {
        row.split('`')
            .next()
            .unwrap()
            .replace("{login server}", "bench.azurecr.io")
    };
    rows.map(|row| format!("v2/{}", prefix(row))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_says_is_written_once_is_never_touched_again() {
    let bench = Bench::start(World::sized(3, 2));
    let prefixes = written_once();
    assert_eq!(prefixes.len(), 2, "{prefixes:?}");
    let kept = |bench: &Bench| -> Vec<(String, Vec<u8>)> {
        let all = bench.everything().into_iter();
        all.filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    };
    let push = |number: u32| {
        let mut world = bench.tenant.simulator.world();
        world.push_image("bench.azurecr.io", "team-000/service-000000", &format!("new-{number}"));
    };
    bench.collect(&["--registry", "bench"]).await.expect(0);
    for number in 0..3 {
        let before = kept(&bench);
        push(number);
        bench.collect(&["--registry", "bench"]).await.expect(0);
        let after = kept(&bench);
        assert!(after.len() > before.len(), "a run writes there");
        for document in &before {
            assert!(after.contains(document), "{} is another, or gone", document.0);
        }
        for prefix in &prefixes {
            assert!(
                after.iter().any(|(name, _)| name.starts_with(prefix)),
                "nothing below {prefix}"
            );
        }
    }
}
