//! How the handler starts: where it listens, what it refuses to start with, what it logs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::Options;
use simulator::host::Trigger;
use simulator::tenant::{Tenant, WEBHOOK_SECRET};
use simulator::world::World;

use crate::handler_process::{Handler, run_to_end};
use crate::log_lines::{FUNCTION_KEY, check_lines};
use crate::package_folder;

fn settings(tenant: &Tenant, store: &std::path::Path) -> Vec<(String, String)> {
    let mut settings = tenant.function_app_settings(store.to_str().unwrap());
    settings.push(("SSL_CERT_DIR".to_owned(), tenant.folder().display().to_string()));
    settings
}

fn post(path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn listens_on_loopback_only_and_answers_at_once() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let handler = Handler::start(settings(&tenant, store.path())).await;
    let begun = Instant::now();
    let answer = handler.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    // Every address in 127/8 is this machine, so a socket on all addresses would answer here.
    let other = std::net::TcpStream::connect(("127.0.0.2", handler.port));
    assert!(other.is_err(), "the handler listens on more than 127.0.0.1");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", handler.port);
    let local = table.lines().filter_map(|line| line.split_whitespace().nth(1));
    for address in local.filter(|address| address.ends_with(&port)) {
        assert_eq!(address, format!("0100007F{port}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_with_the_least_settings_and_knows_every_function() {
    // Nothing is asked of these before the first invocation.
    let settings: Vec<(String, String)> = [
        (
            "ACR_INVENTORY_STORE",
            "https://contosoinventory.blob.core.windows.net/inventory",
        ),
        (
            "ServiceBusConnection__fullyQualifiedNamespace",
            "contoso.servicebus.windows.net",
        ),
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token"),
        ("IDENTITY_HEADER", "canary-identity-header"),
        // Without it the webhook is switched off and answers 404.
        ("ACR_INVENTORY_WEBHOOK_SECRET", "canary-webhook-secret-of-32-bytes"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let mut expanded: BTreeMap<String, String> = settings.iter().cloned().collect();
    for name in [
        "ACR_INVENTORY_REGISTRY_QUEUE",
        "ACR_INVENTORY_REPOSITORY_QUEUE",
        "REFRESH_SCHEDULE",
    ] {
        expanded.insert(name.to_owned(), "read by the host only".to_owned());
    }
    let package = package_folder::load(&expanded);
    let handler = Handler::start(settings).await;
    let answer = handler.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(package.functions.len(), 4);
    for function in package.functions {
        // An HTTP function is proxied by its own path, the others by name. No host sends such a body.
        let path = match function.trigger {
            Trigger::Http { route: Some(route), .. } => format!("/{}/{route}", package.host.route_prefix),
            _ => format!("/{}", function.name),
        };
        let id = ("X-Azure-Functions-InvocationId", "a");
        let answer = handler.send(&post(&path, &[id], "no envelope")).await;
        assert!(![404, 405].contains(&answer.status), "{path}: {}", answer.status);
    }
    let lines = handler.stop().await;
    assert!(!lines.concat().contains("canary"), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_calls_that_are_no_host_s() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let handler = Handler::start(settings(&tenant, store.path())).await;
    let id = ("X-Azure-Functions-InvocationId", "7d3c2f0e-0000-4000-8000-000000000001");
    let secret = ("X-Inventory-Secret", WEBHOOK_SECRET);
    for (path, headers, expected) in [
        ("/schedule-refresh", vec![], 400),
        ("/api/webhooks/acr", vec![secret], 400),
        ("/refresh-everything", vec![id], 404),
        ("/api/webhooks/acr/x", vec![id, secret], 404),
        ("/schedule-refresh/x", vec![id], 404),
        ("/schedule-refresh", vec![id], 500),
    ] {
        let answer = handler.send(&post(path, &headers, "{}")).await;
        assert_eq!(answer.status, expected, "{path}: {}", answer.body);
    }
    let answer = handler.send(b"GET /schedule-refresh HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(answer.status, 405);
    check_lines(&handler.stop().await, &tenant);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_is_named_and_ends_the_process_with_2() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let mut good = settings(&tenant, store.path());
    good.push(("FUNCTIONS_CUSTOMHANDLER_PORT".to_owned(), "1".to_owned()));
    for (setting, value) in [
        ("ACR_INVENTORY_WEBHOOK_SECRET", "canary-short"),
        ("ACR_INVENTORY_WEBHOOK_SECRET_NEXT", "canary-short"),
        ("ServiceBusConnection__fullyQualifiedNamespace", ""),
        ("ServiceBusConnection__fullyQualifiedNamespace", "https://contoso"),
        ("ACR_INVENTORY_RESOLVE_TO", "192.0.2.1:443"),
        ("ACR_INVENTORY_CREDENTIAL", "canary-kind"),
        ("ACR_INVENTORY_STORE", ""),
        ("ACR_INVENTORY_STORE", "http://contoso.blob.core.windows.net/inventory"),
        ("ACR_INVENTORY_REGISTRIES", "contoso.azurecr.io.evil.com"),
        ("ACR_INVENTORY_PAGE_SIZE", "0"),
        ("ACR_INVENTORY_SOFT_LIMIT_SECONDS", "600"),
        ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", ""),
        ("ACR_INVENTORY_LOG", "acr_inventory=nonsense"),
    ] {
        let mut bad = good.clone();
        bad.retain(|(name, _)| name != setting);
        bad.push((setting.to_owned(), value.to_owned()));
        let (status, stderr) = run_to_end(&bad).await;
        assert_eq!(status.code(), Some(2), "{setting}={value}: {stderr}");
        assert!(stderr.contains(setting), "{setting}={value}: {stderr}");
        assert!(!stderr.contains("canary"), "{setting}: {stderr}");
    }
    // A name for every host is for simulators only, and has to be asked for twice.
    let mut bad = good.clone();
    bad.retain(|(name, _)| name != "ACR_INVENTORY_ALLOW_LOOPBACK");
    let (status, stderr) = run_to_end(&bad).await;
    assert_eq!(status.code(), Some(2));
    assert!(stderr.contains("ACR_INVENTORY_RESOLVE_TO"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_level_shows_a_secret_or_breaks_a_line() {
    let tenant = Tenant::start(World::sized(2, 2), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let mut settings = settings(&tenant, store.path());
    settings.push(("ACR_INVENTORY_LOG".to_owned(), "trace".to_owned()));
    let handler = Handler::start(settings).await;
    let id = ("X-Azure-Functions-InvocationId", "id-with-\"quotes\"-and-\u{7f}");
    let timer = json!({"Data": {"timer": {"IsPastDue": false}}, "Metadata": {}}).to_string();
    let fired = handler
        .send(&post(
            "/schedule-refresh",
            &[("X-Azure-Functions-InvocationId", "a")],
            &timer,
        ))
        .await;
    assert_eq!(fired.status, 200, "{}", fired.body);
    let event = json!({
        "action": "push",
        "target": {"repository": "team-000/service-000000", "tag": "\u{1b}]0;x\u{7}\n{\"level\":\"error\"}"},
        "request": {"host": "bench.azurecr.io"}
    });
    let path = format!("/api/webhooks/acr?code={FUNCTION_KEY}");
    let secret = ("X-Inventory-Secret", WEBHOOK_SECRET);
    let headers = [("X-Azure-Functions-InvocationId", "b"), secret];
    let taken = handler.send(&post(&path, &headers, &event.to_string())).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    let hostile = json!({"type": "\u{1b}]0;x\u{7}\n{\"level\":\"error\"}", "source": "x", "data": {}}).to_string();
    let message = json!({"Data": {"message": json!(hostile).to_string()}, "Metadata": {}}).to_string();
    let sent = handler.send(&post("/refresh-repository", &[id], &message)).await;
    assert_eq!(
        sent.status, 400,
        "an id with a control character is no id: {}",
        sent.body
    );
    let headers = [("X-Azure-Functions-InvocationId", "c\"}")];
    let sent = handler.send(&post("/refresh-repository", &headers, &message)).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let lines = handler.stop().await;
    check_lines(&lines, &tenant);
    println!("{} lines at trace level", lines.len());
}
