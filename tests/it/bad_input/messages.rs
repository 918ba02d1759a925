//! Queue messages that can never succeed: kept once, with the reason, and never given out again.

use bytes::Bytes;
use serde_json::json;
use simulator::service_bus::MAX_MESSAGE_BYTES;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};

use super::{SERVER, app, ask_for, quarantine, send};

/// Bodies by what is wrong with them, and what the reason says.
fn bad(queue: &str) -> Vec<(Bytes, &'static str)> {
    let message = |key: &str, value: serde_json::Value| -> Bytes {
        let mut message = match queue {
            REGISTRY_QUEUE => json!({"kind": "refresh-registry", "schemaVersion": 1, "loginServer": SERVER,
                "generation": "00000009-20261122T073000Z"}),
            _ => serde_json::from_str(&ask_for("team/app")).unwrap(),
        };
        message[key] = value;
        message.to_string().into()
    };
    let mut bad: Vec<(Bytes, &str)> = vec![
        ("{\"kind\":".into(), "EOF while parsing"),
        (Bytes::from_static(b"\xff\xfe{}"), "not a valid document"),
        (vec![b'x'; MAX_MESSAGE_BYTES].into(), "not a valid document"),
        (vec![0xff; MAX_MESSAGE_BYTES].into(), "not a valid document"),
        (message("schemaVersion", json!(2)), "schema version 2"),
        (message("kind", json!("refresh-nothing")), "its kind is not refresh-"),
        (message("loginServer", json!("bench.azurecr.io/../x")), "login server"),
    ];
    match queue {
        REGISTRY_QUEUE => {
            bad.push((message("generation", json!("9-../..")), "is not a generation"));
            bad.push((message("loginServer", json!("evil.azurecr.io")), "not a known registry"));
        }
        _ => bad.push((message("repository", json!("../x")), "repository name")),
    }
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_can_never_succeed_is_kept_and_never_given_out_again() {
    for (queue, function) in [
        (REGISTRY_QUEUE, "refresh-registry"),
        (REPOSITORY_QUEUE, "refresh-repository"),
    ] {
        let app = app(1).await;
        let bad = bad(queue);
        for (body, _) in &bad {
            send(&app, queue, body.clone());
        }
        let report = app.deliver().await;
        assert_eq!(
            (report.failures, report.redeliveries, report.dead_letters),
            (0, 0, 0),
            "{report:?}"
        );
        assert_eq!(report.invocations[function], bad.len() as u64, "{report:?}");
        let kept = quarantine(&app);
        assert_eq!(kept.len(), bad.len(), "{kept:#?}");
        for (body, why) in &bad {
            use base64::Engine as _;
            let encoded = base64::prelude::BASE64_STANDARD.encode(body);
            let is_it = |document: &&serde_json::Value| match std::str::from_utf8(body) {
                Ok(text) => document["body"] == text,
                Err(_) => document["bodyBase64"] == encoded,
            };
            let document = kept.iter().find(is_it).unwrap_or_else(|| panic!("{why} was lost"));
            let reason = document["reason"].as_str().unwrap();
            assert!(reason.contains(why), "{why}: {reason}");
            assert_eq!(document["function"], function);
        }
        app.assert_no_violation();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bad_message_twice_is_kept_once() {
    let app = app(1).await;
    for _ in 0..2 {
        send(&app, REPOSITORY_QUEUE, "nonsense");
    }
    let report = app.deliver().await;
    assert_eq!(
        (report.failures, report.invocations["refresh-repository"]),
        (0, 2),
        "{report:?}"
    );
    let first = app.names("v2/quarantine/");
    // The one that is there says when it came first.
    let before = app.blob(&first[0]);
    send(&app, REPOSITORY_QUEUE, "nonsense");
    assert_eq!(app.deliver().await.failures, 0);
    assert_eq!(
        (app.names("v2/quarantine/"), app.blob(&first[0])),
        (first.clone(), before)
    );
    assert_eq!(first.len(), 1);
    // On the other queue it is another function's trouble.
    send(&app, REGISTRY_QUEUE, "nonsense");
    app.deliver().await;
    assert_eq!(app.names("v2/quarantine/").len(), 2);
}
