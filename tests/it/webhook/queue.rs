//! Messages from whoever can write to a queue: what cannot be worked on is kept with the reason, nothing is contacted.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use simulator::host::OutputLine;
use simulator::service_bus::Message;
use simulator::tenant::{REGISTRY_QUEUE, REPOSITORY_QUEUE};
use simulator::world::World;

use super::{DOCUMENT, REPOSITORY, SERVER, app, event, quarantine, registry_requests};
use crate::function_app::FunctionApp;
use crate::log_lines::{check_lines, secrets};

fn put(app: &FunctionApp, queue: &str, body: impl Into<bytes::Bytes>) {
    assert!(app.tenant.queues.lock().unwrap().send(queue, Message::json(body)));
}

fn message(login_server: &str, repository: &str) -> Value {
    json!({
        "kind": "refresh-repository", "schemaVersion": 1, "loginServer": login_server, "repository": repository
    })
}

/// Delivers; the reasons of everything that went into quarantine.
async fn reasons(app: &FunctionApp) -> Vec<String> {
    let report = app.deliver().await;
    assert_eq!((report.failures, report.dead_letters), (0, 0), "{report:?}");
    assert_eq!(registry_requests(app), 0);
    let documents = quarantine(app).into_iter();
    documents
        .map(|document| document["reason"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_host_is_not_contacted() {
    let app = app().await;
    let hosts = [
        "evil.azurecr.io",
        "evil.example.com",
        "127.0.0.1:443",
        "localhost",
        "bench.azurecr.io@evil.example.com",
        "[::1]",
        "",
    ];
    for host in hosts {
        put(&app, REPOSITORY_QUEUE, message(host, REPOSITORY).to_string());
        let registry = json!({
            "kind": "refresh-registry", "schemaVersion": 1, "loginServer": host, "generation": "00000009-20261122T073000Z"
        });
        put(&app, REGISTRY_QUEUE, registry.to_string());
        let cloud_event = json!({
            "specversion": "1.0", "type": "Microsoft.ContainerRegistry.ImagePushed", "source": "x",
            "data": {"target": {"repository": REPOSITORY}, "request": {"host": host}}
        });
        put(&app, REPOSITORY_QUEUE, cloud_event.to_string());
    }
    // Some could be registries, and events of registries that are not covered are completed.
    let could_be = |host: &&&str| acr_inventory::names::LoginServer::parse(host).is_ok();
    let could_be = hosts.iter().filter(could_be).count();
    let reasons = reasons(&app).await;
    assert_eq!(reasons.len(), 3 * hosts.len() - 2 * could_be, "{reasons:#?}");
    assert_eq!(app.names("v2/registries/evil"), [""; 0]);
    app.assert_no_violation();
}

/// Clients write a host as they like; our own messages are written in one way.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_ours_has_a_login_server_and_no_host() {
    let app = app().await;
    for host in ["BENCH.azurecr.io", "bench.azurecr.io:443", "bench.azurecr.io."] {
        put(&app, REPOSITORY_QUEUE, message(host, REPOSITORY).to_string());
    }
    assert_eq!(reasons(&app).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_put_into_quarantine_with_the_reason() {
    let app = app().await;
    let newer = json!({
        "kind": "refresh-repository", "schemaVersion": 2, "loginServer": SERVER, "repository": REPOSITORY
    });
    let texts = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "\"text\"".to_owned(),
        "[1,2]".to_owned(),
        "{}".to_owned(),
        "[".repeat(100_000),
        newer.to_string(),
        message(SERVER, "../x").to_string(),
        message(SERVER, "").to_string(),
        json!({"type": "Microsoft.ContainerRegistry.ImagePushed", "data": {}}).to_string(),
        json!({"type": "Microsoft.ContainerRegistry.ChartPushed", "source": "x", "data": {"target": {"repository": "a"}}})
            .to_string(),
    ];
    for text in &texts {
        put(&app, REPOSITORY_QUEUE, text.clone());
    }
    put(&app, REPOSITORY_QUEUE, vec![0xff, 0xfe, 0x00]);
    let reasons = reasons(&app).await;
    assert_eq!(reasons.len(), texts.len() + 1, "{reasons:#?}");
    assert!(
        reasons.iter().any(|reason| reason.contains("schema version 2")),
        "{reasons:#?}"
    );
    let documents = quarantine(&app);
    let bytes = documents
        .iter()
        .find(|document| document["bodyBase64"].is_string())
        .unwrap();
    assert_eq!(bytes["bodyBase64"], "//4A");
    assert!(
        documents
            .iter()
            .any(|document| document["body"].as_str() == Some(&newer.to_string()))
    );
    assert!(
        documents
            .iter()
            .all(|document| document["function"] == "refresh-repository")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_kind_is_put_into_quarantine() {
    let app = app().await;
    let mut other = message(SERVER, REPOSITORY);
    other["kind"] = json!("refresh-registry");
    put(&app, REPOSITORY_QUEUE, other.to_string());
    let mut none = message(SERVER, REPOSITORY);
    none.as_object_mut().unwrap().remove("kind");
    put(&app, REPOSITORY_QUEUE, none.to_string());
    assert_eq!(reasons(&app).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_hint_does_not_keep_a_repository_from_being_read() {
    let app = app().await;
    let cloud_event = json!({
        "specversion": "1.0", "type": "Microsoft.ContainerRegistry.ImagePushed", "source": "x",
        "data": {"target": {"repository": REPOSITORY, "tag": "../x", "digest": "sha256:zz"}, "request": {"host": SERVER}}
    });
    put(&app, REPOSITORY_QUEUE, cloud_event.to_string());
    let report = app.deliver().await;
    assert_eq!((report.failures, report.steps), (0, 0), "{report:?}");
    assert!(registry_requests(&app) > 0);
    assert_eq!(quarantine(&app), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_stands_in_a_blob_a_message_or_a_log() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&lines);
    let on_line = Arc::new(move |line: OutputLine| into.lock().unwrap().push(line.text));
    let app = FunctionApp::start_process(World::sized(3, 3), &[("ACR_INVENTORY_LOG", "trace")], on_line).await;
    let report = app.run().await;
    assert_eq!(report.failures, 0, "{report:?}");
    app.tenant.simulator.world().push_image(SERVER, REPOSITORY, "v1");
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    app.tenant.queues.lock().unwrap().down = true;
    assert_eq!(app.post_webhook(&event("push", SERVER, REPOSITORY)).await, 202);
    let spooled = app.names("v2/spool/");
    let mut texts: Vec<String> = spooled.iter().map(|name| app.blob(name).unwrap()).collect();
    app.tenant.queues.lock().unwrap().down = false;
    put(
        &app,
        REPOSITORY_QUEUE,
        message("evil.azurecr.io", REPOSITORY).to_string(),
    );
    let unknown = event("push", "evil.azurecr.io", REPOSITORY);
    assert_eq!(app.post_webhook(&unknown).await, 403);
    app.fire_timer().await;
    {
        let mut queues = app.tenant.queues.lock().unwrap();
        for queue in [REGISTRY_QUEUE, REPOSITORY_QUEUE] {
            while let Some(delivery) = queues.receive(queue) {
                texts.push(format!(
                    "{:?} {}",
                    delivery.message,
                    String::from_utf8_lossy(&delivery.message.body)
                ));
            }
        }
    }
    for name in app.names("") {
        let bytes = app.tenant.blobs.lock().unwrap().get("inventory", &name).unwrap();
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if name.ends_with(".gz") {
            text.clear();
            std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
        }
        texts.push(text);
    }
    app.host.kill().await;
    let lines = lines.lock().unwrap().clone();
    assert!(lines.iter().any(|line| line.contains("run opened")), "{lines:#?}");
    check_lines(&lines, &app.tenant);
    println!("searched {} texts and {} log lines", texts.len(), lines.len());
    texts.extend(lines);
    for secret in secrets(&app.tenant) {
        for text in &texts {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
    assert!(app.blob(DOCUMENT).is_some());
}
