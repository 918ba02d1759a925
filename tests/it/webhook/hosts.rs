//! Which registry a webhook call is about: the header that the webhook was made with says it, else the client's host.

use serde_json::{Value, json};

use super::{REGISTRY_ID, REPOSITORY, app, app_beside_another, event, headers, post, quarantine, sent, tags};
use crate::function_app::FunctionApp;

const REGISTRY_HEADER: &str = "x-inventory-registry";

/// What the documentation shows for a chart: there is no request in it.
fn chart(action: &str) -> Value {
    json!({
        "id": "6f1c7f60-0000-4000-8000-000000000001", "timestamp": "2026-03-04T05:06:07.8901234Z", "action": action,
        "target": {
            "mediaType": "application/vnd.acr.helm.chart", "size": 311, "digest": format!("sha256:{}", "d4".repeat(32)),
            "repository": REPOSITORY, "tag": "shop-2.1.0.tgz", "name": "shop", "version": "2.1.0"
        }
    })
}

/// Posts with the header that names the registry.
async fn post_of(app: &FunctionApp, registry: &str, body: &Value) -> u16 {
    let [kind, key, secret] = headers();
    let headers = [kind, key, secret, (REGISTRY_HEADER, registry)];
    post(app, &headers, body.to_string()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_is_taken_as_clients_write_it() {
    let app = app().await;
    for host in [
        "bench.azurecr.io:443",
        "BENCH.azurecr.io",
        "Bench.AzureCR.io:443",
        "bench.azurecr.io.",
        "bench.westeurope.geo.azurecr.io",
        "bench.northeurope.geo.azurecr.io:443",
        "bench.westeurope.data.azurecr.io",
        "bench.privatelink.azurecr.io",
        "bench.westeurope.data.privatelink.azurecr.io",
    ] {
        let tag = host.to_lowercase().replace([':', '.'], "-");
        app.tenant.simulator.world().push_image(super::SERVER, REPOSITORY, &tag);
        assert_eq!(app.post_webhook(&event("push", host, REPOSITORY)).await, 202, "{host}");
        app.deliver().await;
        assert!(tags(&app).contains(&tag), "{host}");
    }
    assert_eq!(quarantine(&app), [""; 0]);
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_another_registry_or_of_none_is_refused() {
    let app = app().await;
    for host in [
        "other.azurecr.io:443",
        "other.westeurope.geo.azurecr.io",
        "bench.evil.example.com",
        "bench.azurecr.io.evil.example.com",
        "bench.geo.azurecr.io",
        "x.bench.azurecr.io",
        "bench.a.b.geo.azurecr.io",
        "bench.westeurope.geo.azurecr.us",
    ] {
        assert_eq!(app.post_webhook(&event("push", host, REPOSITORY)).await, 403, "{host}");
    }
    for host in [
        "",
        "bench",
        "10.0.0.1:5000",
        "bench.azurecr.io/x",
        "u@bench.azurecr.io",
        ":443",
    ] {
        assert_eq!(app.post_webhook(&event("push", host, REPOSITORY)).await, 400, "{host}");
    }
    assert_eq!(sent(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_call_for_a_chart_is_taken_with_the_header_of_the_webhook() {
    let app = app().await;
    for (number, action) in ["chart_push", "chart_delete"].into_iter().enumerate() {
        assert_eq!(app.post_webhook(&chart(action)).await, 400, "nothing says whose it is");
        assert_eq!(post_of(&app, "bench.azurecr.io", &chart(action)).await, 202, "{action}");
        assert_eq!(sent(&app), number as u64 + 1);
    }
    app.tenant
        .simulator
        .world()
        .push_image(super::SERVER, REPOSITORY, "by-chart");
    app.deliver().await;
    assert!(tags(&app).contains(&"by-chart".to_owned()));
    assert_eq!(quarantine(&app), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_decides_over_the_host() {
    let app = app_beside_another().await;
    for (registry, host, status) in [
        ("bench.azurecr.io", "another.azurecr.io", 202),
        ("BENCH.azurecr.io:443", "images.example.com", 202),
        ("bench.azurecr.io", "10.0.0.1:5000", 202),
        ("nobody.azurecr.io", "bench.azurecr.io", 403),
        ("", "bench.azurecr.io", 400),
        (REGISTRY_ID, "bench.azurecr.io", 400),
    ] {
        app.tenant.simulator.clear_requests();
        let given = post_of(&app, registry, &event("push", host, REPOSITORY)).await;
        assert_eq!(given, status, "{registry}, {host}");
        app.deliver().await;
        let requests = app.tenant.simulator.requests();
        let asked = |server: &str| requests.iter().filter(|request| request.host == server).count();
        assert_eq!(asked("another.azurecr.io"), 0, "{registry}, {host}");
        assert_eq!(asked("bench.azurecr.io") > 0, status == 202, "{registry}, {host}");
    }
    let [kind, key, secret] = headers();
    let twice = [
        kind,
        key,
        secret,
        (REGISTRY_HEADER, "bench.azurecr.io"),
        (REGISTRY_HEADER, "another.azurecr.io"),
    ];
    let body = event("push", "bench.azurecr.io", REPOSITORY).to_string();
    assert_eq!(post(&app, &twice, body).await.status, 400, "the header twice");
}
