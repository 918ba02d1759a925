//! `refresh.json` or `registry.json` that cannot be read: it stays, it is named, and nothing else is held up by it.

use serde_json::json;
use simulator::tenant::REPOSITORY_QUEUE;

use super::{
    CURRENT, REFRESH, REGISTRY, SERVER, UNREADABLE, app, ask_for, bytes, document, put, quarantine, repositories, send,
    spoilt, status, tags,
};
use crate::function_app::FunctionApp;

/// How the previous run ended for the registry; the timer that opens the next one writes it.
fn last_outcome(app: &FunctionApp) -> serde_json::Value {
    let runs = app.names("v2/runs/0");
    app.document(&runs[runs.len() - 2])["registries"][0]["outcome"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_cannot_be_read_is_left_alone_and_the_registry_says_so() {
    let app = app(2).await;
    let name = repositories(&app).remove(0);
    let right = bytes(&app, REFRESH);
    let snapshot = app.document(REGISTRY)["snapshot"].clone();
    for (number, (what, bad)) in spoilt(&right).into_iter().enumerate() {
        put(&app, REFRESH, bad.clone());
        // Every timer opens a run of its own: one registry does not keep the others waiting.
        let report = app.run().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{what}: {report:?}");
        assert_eq!(
            app.document(CURRENT)["generation"].as_str().unwrap()[..8],
            format!("{:08}", number + 2),
            "{what}"
        );
        assert_eq!(bytes(&app, REFRESH), bad, "{what}");
        assert_eq!(
            status(&app),
            ("partial".to_owned(), vec![UNREADABLE.to_owned()]),
            "{what}"
        );
        assert_eq!(app.document(REGISTRY)["snapshot"], snapshot, "{what}");
        assert_eq!(quarantine(&app).len(), number + 1, "{what}");
        // Events need no checkpoint.
        let tag = format!("event-{number}");
        app.tenant.simulator.world().push_image(SERVER, &name, &tag);
        send(&app, REPOSITORY_QUEUE, ask_for(&name));
        app.deliver().await;
        assert!(tags(&app, &name).contains(&tag), "{what}");
    }
    assert_eq!(last_outcome(&app), "partial");
    put(&app, REFRESH, right);
    assert_eq!(app.run().await.failures, 0);
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_was_taken_away_is_begun_anew() {
    let app = app(2).await;
    super::remove(&app, REFRESH);
    assert_eq!(app.run().await.failures, 0);
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_document_that_cannot_be_read_is_left_alone_and_the_repositories_go_on() {
    let app = app(2).await;
    let name = repositories(&app).remove(0);
    let right = bytes(&app, REGISTRY);
    let snapshot = app.document(REGISTRY)["snapshot"].clone();
    for (number, (what, bad)) in spoilt(&right).into_iter().enumerate() {
        put(&app, REGISTRY, bad.clone());
        let tag = format!("after-{number}");
        app.tenant.simulator.world().push_image(SERVER, &name, &tag);
        let report = app.run().await;
        assert_eq!((report.failures, report.redeliveries), (0, 0), "{what}: {report:?}");
        assert_eq!(bytes(&app, REGISTRY), bad, "{what}");
        assert!(tags(&app, &name).contains(&tag), "{what}");
        let refresh = app.document(REFRESH);
        assert_eq!(
            (&refresh["phase"], &refresh["outcome"]),
            (&json!("done"), &json!("partial")),
            "{what}"
        );
        let problems = &refresh["problems"];
        assert_eq!(
            (&problems["count"], &problems["first"][0]["code"]),
            (&json!(1), &json!(UNREADABLE)),
            "{what}"
        );
    }
    assert!(quarantine(&app).is_empty());
    assert_eq!(last_outcome(&app), "partial");
    put(&app, REGISTRY, right);
    assert_eq!(app.run().await.failures, 0);
    assert_eq!(status(&app), ("complete".to_owned(), Vec::new()));
    // The chain of snapshots goes on where it stopped.
    let registry = app.document(REGISTRY);
    let generation = registry["snapshot"]["generation"].as_str().unwrap();
    let manifest = app.document(&format!("v2/registries/{SERVER}/snapshots/{generation}.json"));
    assert_eq!(manifest["previous"], snapshot);
    assert!(app.blob(&document(&name)).is_some());
    app.assert_no_violation();
}
