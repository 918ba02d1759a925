//! What a snapshot goes on from is gone or not what the checkpoint says: the refresh ends, and the next one begins anew.

use acr_inventory::hash::sha256;
use serde_json::{Value, json};

use super::{REFRESH, REGISTRY, SERVER, UNREADABLE, app, bytes, put, quarantine, status};
use crate::function_app::FunctionApp;

/// An app whose refresh stands before its end and names this carry, as a process that was killed there leaves it.
async fn closing(carry: Value) -> FunctionApp {
    let app = app(2).await;
    stand_in(&app, "close", carry);
    app
}

fn stand_in(app: &FunctionApp, phase: &str, carry: Value) {
    let mut refresh = app.document(REFRESH);
    refresh["phase"] = phase.into();
    let fields = refresh.as_object_mut().unwrap();
    for field in ["outcome", "cursor"] {
        fields.remove(field);
    }
    fields.insert("carry".to_owned(), carry);
    fields.retain(|_, field| !field.is_null());
    put(app, REFRESH, refresh.to_string());
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
async fn a_carry_that_is_gone_or_spoilt_ends_the_refresh() {
    const ID: &str = "326ef363-0fd9-41d4-a42f-fea9afbeef17";
    let name = format!("v2/state/{SERVER}/carry-{ID}.ndjson.gz");
    for what in ["gone", "another one", "no gzip"] {
        let bad = "nonsense";
        let hash = sha256(if what == "another one" {
            b"right"
        } else {
            bad.as_bytes()
        });
        let app = closing(json!({"id": ID, "version": "1", "sha256": hash, "size": bad.len()})).await;
        if what != "gone" {
            put(&app, &name, bad);
        }
        assert_ends_and_begins_anew(&app, what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_cannot_be_read_is_left_alone() {
    let manifest = |app: &FunctionApp| {
        let generation = app.document(REFRESH)["generation"].as_str().unwrap().to_owned();
        format!("v2/registries/{SERVER}/snapshots/{generation}.json")
    };
    let right = app(2).await;
    for (what, bad) in super::spoilt(&bytes(&right, &manifest(&right))).into_iter().take(3) {
        let app = app(2).await;
        let manifest = manifest(&app);
        put(&app, &manifest, bad.clone());
        // All of it is read once more, and the manifest is in the way.
        stand_in(&app, "list", Value::Null);
        assert_ends_and_begins_anew(&app, what).await;
        assert_eq!(bytes(&app, &manifest), bad, "{what}");
    }
}
