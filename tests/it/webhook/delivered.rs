//! Everything that Event Grid delivers by design is taken: the registry's repository is read again, and nothing goes
//! into quarantine.

mod whose;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use simulator::service_bus::Message;
use simulator::tenant::REPOSITORY_QUEUE;

use super::{REGISTRY_ID, REPOSITORY, app, quarantine, registry_requests};
use crate::function_app::FunctionApp;

/// An image pushed or deleted, as a registry's topic says it.
fn image(action: &str) -> Value {
    let kind = if action == "push" {
        "ImagePushed"
    } else {
        "ImageDeleted"
    };
    json!({
        "specversion": "1.0", "id": acr_inventory::random::uuid(), "source": REGISTRY_ID,
        "type": format!("Microsoft.ContainerRegistry.{kind}"), "subject": format!("{REPOSITORY}:v9"),
        "time": "2026-03-04T05:06:07.8901234Z",
        "data": {
            "id": acr_inventory::random::uuid(), "timestamp": "2026-03-04T05:06:07.123456789Z", "action": action,
            "location": "westeurope",
            "target": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 418, "length": 418,
                "digest": format!("sha256:{}", "c3".repeat(32)), "repository": REPOSITORY, "tag": "v9"
            },
            "request": {"id": acr_inventory::random::uuid(), "host": "bench.azurecr.io", "method": "PUT"}
        }
    })
}

/// The same of a connected registry on premises: no request, or the request of a client in a factory.
fn connected(action: &str, host: Option<&str>) -> Value {
    let mut event = image(action);
    event["source"] = json!(format!("{REGISTRY_ID}/connectedRegistries/factory7"));
    let data = event["data"].as_object_mut().unwrap();
    data.insert("connectedregistry".to_owned(), json!({"name": "factory7"}));
    match host {
        Some(host) => data["request"]["host"] = json!(host),
        None => drop(data.remove("request")),
    }
    event
}

fn with(mut event: Value, pointer: &str, value: Value) -> Value {
    *event.pointer_mut(pointer).unwrap() = value;
    event
}

fn put(app: &FunctionApp, body: impl Into<bytes::Bytes>) {
    assert!(
        app.tenant
            .queues
            .lock()
            .unwrap()
            .send(REPOSITORY_QUEUE, Message::json(body))
    );
}

/// Requests that the repository's lists have had since `body` was put into the queue.
async fn reads(app: &FunctionApp, body: String) -> usize {
    app.tenant.simulator.clear_requests();
    put(app, body);
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    let requests = app.tenant.simulator.requests();
    let lists = requests
        .iter()
        .filter(|request| request.path.starts_with("/acr/v1/team-001/service-000001/_"));
    lists.filter(|request| request.host == "bench.azurecr.io").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_connected_registry_reads_its_parent() {
    let app = app().await;
    for event in [
        connected("push", None),
        connected("delete", None),
        connected("push", Some("192.0.2.17:8080")),
        connected("delete", Some("edge.factory.example:5000")),
        connected("push", Some("localhost:8080")),
        with(
            connected("push", None),
            "/source",
            json!(format!("{REGISTRY_ID}/connectedRegistries/factory7").to_uppercase()),
        ),
        with(
            connected("delete", None),
            "/source",
            json!(format!("{REGISTRY_ID}/connectedRegistries/factory7/")),
        ),
        // The older documentation has the parent as the source and the name in the data, in other letters.
        with(connected("push", None), "/data/connectedregistry", Value::Null),
        with(connected("delete", Some("10.1.2.3")), "/source", json!(REGISTRY_ID)),
    ] {
        assert!(reads(&app, event.to_string()).await >= 2, "{event:#}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

/// What was deleted in a factory may well stay in the cloud: nothing is asked again because it is still there.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_in_a_connected_registry_is_not_waited_for_in_its_parent() {
    let app = app().await;
    let digest = {
        let world = app.tenant.simulator.world();
        let repository = &world.registries["bench.azurecr.io"].repositories[REPOSITORY];
        repository.manifests.keys().next().unwrap().clone()
    };
    let event = with(connected("delete", None), "/data/target/digest", json!(digest));
    assert_eq!(reads(&app, event.to_string()).await, 2, "one look at both lists");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_taken_in_each_of_its_forms() {
    let app = app().await;
    let event = image("push");
    let data = event["data"].to_string();
    let mut encoded = event.clone();
    encoded.as_object_mut().unwrap().remove("data");
    encoded["data_base64"] = json!(BASE64_STANDARD.encode(&data));
    // A subscription that somebody made with the schema that the command line takes by default.
    let native = json!({
        "id": "1", "topic": REGISTRY_ID, "subject": "x", "eventType": event["type"], "eventTime": event["time"],
        "data": event["data"], "dataVersion": "2.0", "metadataVersion": "1"
    });
    let odd = |pointer: &str, value: Value| with(event.clone(), pointer, value);
    for body in [
        with(event.clone(), "/data", json!(data)).to_string(),
        with(
            connected("delete", None),
            "/data",
            json!(connected("delete", None)["data"].to_string()),
        )
        .to_string(),
        encoded.to_string(),
        native.to_string(),
        json!([native]).to_string(),
        json!([event]).to_string(),
        // Hints that cannot be understood.
        odd("/data/target/tag", json!(7)).to_string(),
        odd("/data/target/digest", Value::Null).to_string(),
        odd("/data/timestamp", json!(1_767_322_447)).to_string(),
        odd("/data/request", json!("PUT")).to_string(),
        odd("/data/request/host", Value::Null).to_string(),
    ] {
        assert!(reads(&app, body.clone()).await >= 2, "{body}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_kinds_are_left_alone_whatever_they_hold() {
    let app = app().await;
    for data in [
        json!({}),
        json!("text"),
        json!([1]),
        json!(7),
        Value::Null,
        json!({"target": 7}),
    ] {
        let kinds = [
            "Microsoft.EventGrid.SubscriptionDeletedEvent",
            "Microsoft.ContainerRegistry.ImageSigned",
        ];
        for kind in kinds {
            put(
                &app,
                with(with(image("push"), "/type", json!(kind)), "/data", data.clone()).to_string(),
            );
        }
    }
    let report = app.deliver().await;
    assert_eq!((report.failures, registry_requests(&app)), (0, 0), "{report:?}");
    assert_eq!(quarantine(&app), [""; 0]);
}
