//! Messages in quarantine, sent again.

use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;
use simulator::world::World;

use super::{body, counts, outcomes, replay};
use crate::function_app::FunctionApp;

const QUARANTINE: &str = "v2/quarantine/";

/// An app that put a message into quarantine about a registry which it has in its inventory and in no run.
async fn with_quarantine() -> FunctionApp {
    let app = FunctionApp::start(World::sized(1, 1)).await;
    let registry = "v2/registries/bench.azurecr.io/registry.json";
    app.tenant.blobs.lock().unwrap().put("inventory", registry, "{}");
    let message = Message::json(body(1));
    app.tenant.queues.lock().unwrap().send(REPOSITORY_QUEUE, message);
    app.deliver().await;
    assert_eq!(app.names(QUARANTINE).len(), 1);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_message_is_sent_again_once_its_registry_is_known() {
    let before = with_quarantine().await;
    let name = &before.names(QUARANTINE)[0];
    let app = FunctionApp::start(World::sized(1, 1)).await;
    app.run().await;
    let document = before.blob(name).unwrap();
    app.tenant.blobs.lock().unwrap().put("inventory", name, document);
    let ended = replay(&app.tenant, &["--quarantine", "--dry-run"]).await.expect(0);
    assert_eq!(outcomes(&ended), ["found"]);
    assert!(ended.stdout.contains("is not a known registry"), "{}", ended.stdout);
    assert_eq!(
        (app.names(QUARANTINE).len(), counts(&app.tenant, REPOSITORY_QUEUE)),
        (1, (0, 0))
    );
    let ended = replay(&app.tenant, &["--quarantine"]).await.expect(0);
    assert_eq!(outcomes(&ended), ["replayed"]);
    assert_eq!(app.names(QUARANTINE), Vec::<String>::new());
    let report = app.deliver().await;
    assert_eq!(
        (report.invocations["refresh-repository"], report.failures),
        (1, 0),
        "{report:?}"
    );
    assert_eq!(app.names(QUARANTINE), Vec::<String>::new());
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_put_there_again_can_be_sent_again() {
    let app = with_quarantine().await;
    for _ in 0..2 {
        replay(&app.tenant, &["--quarantine"]).await.expect(0);
        assert_eq!(counts(&app.tenant, REPOSITORY_QUEUE).0, 1, "not taken for a duplicate");
        app.deliver().await;
        assert_eq!(app.names(QUARANTINE).len(), 1, "the registry is still unknown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_cannot_be_sent_stay_and_say_why() {
    let app = with_quarantine().await;
    let put = |name: &str, text: &str| {
        let name = format!("{QUARANTINE}{name}.json");
        app.tenant
            .blobs
            .lock()
            .unwrap()
            .put("inventory", &name, text.to_owned());
    };
    put("00000000000000000000000000000000", "{");
    put(
        "00000000000000000000000000000001",
        r#"{"schemaVersion":1,"function":"elsewhere","reason":"x","quarantinedAt":"2026-11-22T08:00:00Z","body":"{}"}"#,
    );
    put("not-one-of-ours", "{}");
    let ended = replay(&app.tenant, &["--quarantine"]).await.expect(1);
    for why in ["the document cannot be read", "no queue leads to that function"] {
        assert!(ended.stdout.contains(why), "{}", ended.stdout);
    }
    assert_eq!(outcomes(&ended).len(), 3);
    assert_eq!(app.names(QUARANTINE).len(), 3, "the three that could not be sent");
}
