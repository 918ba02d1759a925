//! Parts of a snapshot that are gone or not what the checkpoint says: the refresh ends, and the next one begins anew.

use super::{REFRESH, REGISTRY, SERVER, UNREADABLE, app, bytes, put, quarantine, remove, status};
use crate::function_app::FunctionApp;

fn snapshot(generation: &str, file: &str) -> String {
    format!("v1/registries/{SERVER}/snapshots/{generation}/{file}")
}

/// An app whose refresh stands before its end, as a process that was killed there leaves it.
async fn closing() -> (FunctionApp, String, String) {
    let app = app(2).await;
    let mut refresh = app.document(REFRESH);
    refresh["phase"] = "close".into();
    refresh.as_object_mut().unwrap().remove("outcome");
    put(&app, REFRESH, refresh.to_string());
    let generation = refresh["generation"].as_str().unwrap().to_owned();
    let index = snapshot(&generation, refresh["index"][0]["name"].as_str().unwrap());
    (app, generation, index)
}

/// The message of the next run joins the refresh and ends it; the run after that is as every other.
async fn assert_ends_and_begins_anew(app: &FunctionApp, what: &str) {
    let pointer = app.document(REGISTRY)["snapshot"].clone();
    let report = app.run().await;
    assert_eq!((report.failures, report.redeliveries), (0, 0), "{what}: {report:?}");
    assert_eq!(
        status(app),
        ("partial".to_owned(), vec![UNREADABLE.to_owned()]),
        "{what}"
    );
    assert_eq!(
        app.document(REGISTRY)["snapshot"],
        pointer,
        "{what}: the last snapshot stays current"
    );
    assert_eq!(app.run().await.failures, 0, "{what}");
    // The refresh that was joined had an older number: the run that joined it is not over before it is fired again.
    app.run().await;
    assert_eq!(status(app), ("complete".to_owned(), Vec::new()), "{what}");
    assert!(quarantine(app).is_empty(), "{what}");
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_gone_or_spoilt_ends_the_refresh() {
    for what in ["gone", "another one", "no gzip"] {
        let (app, _, index) = closing().await;
        match what {
            "gone" => remove(&app, &index),
            "another one" => put(&app, &index, bytes(&app, &index).slice(1..)),
            _ => put(&app, &index, "nonsense"),
        }
        assert_ends_and_begins_anew(&app, what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_cannot_be_read_is_left_alone() {
    let (app, generation, _) = closing().await;
    let manifest = snapshot(&generation, "manifest.json");
    for (what, bad) in super::spoilt(&bytes(&app, &manifest)).into_iter().take(3) {
        let (app, generation, _) = closing().await;
        let manifest = snapshot(&generation, "manifest.json");
        put(&app, &manifest, bad.clone());
        assert_ends_and_begins_anew(&app, what).await;
        assert_eq!(bytes(&app, &manifest), bad, "{what}");
    }
}
