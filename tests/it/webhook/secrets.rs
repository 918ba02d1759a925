//! Who may call the webhook, and about what.

use simulator::tenant::WEBHOOK_SECRET;

use super::{REPOSITORY, SERVER, app, app_with, event, headers, post, quarantine, registry_requests, sent};
use crate::log_lines::FUNCTION_KEY;

const NEXT_SECRET: &str = "canary-next-secret-0123456789abcdefgh";

#[tokio::test(flavor = "multi_thread")]
async fn takes_the_secret_and_during_a_rotation_the_next_one() {
    let app = app_with(&[("ACR_INVENTORY_WEBHOOK_SECRET_NEXT", NEXT_SECRET)]).await;
    let body = event("push", SERVER, REPOSITORY).to_string();
    for (number, secret) in [WEBHOOK_SECRET, NEXT_SECRET].into_iter().enumerate() {
        let mut headers = headers();
        headers[2].1 = secret;
        assert_eq!(post(&app, &headers, body.clone()).await.status, 202);
        assert_eq!(sent(&app), number as u64 + 1);
    }
    app.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_every_other_secret_and_sends_nothing() {
    let app = app().await;
    let body = event("push", SERVER, REPOSITORY).to_string();
    let longer = format!("{WEBHOOK_SECRET}x");
    let upper = WEBHOOK_SECRET.to_uppercase();
    let padded = format!("{},{WEBHOOK_SECRET}", NEXT_SECRET);
    for secret in [
        "",
        "x",
        NEXT_SECRET,
        &WEBHOOK_SECRET[..WEBHOOK_SECRET.len() - 1],
        &WEBHOOK_SECRET[1..],
        &longer,
        &upper,
        &padded,
    ] {
        let mut headers = headers();
        headers[2].1 = secret;
        let reply = post(&app, &headers, body.clone()).await;
        assert_eq!(reply.status, 401, "{secret}");
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(!text.contains("canary"), "{text}");
    }
    let [kind, key, secret] = headers();
    assert_eq!(post(&app, &[kind, key], body.clone()).await.status, 401, "no secret");
    let twice = [kind, key, secret, secret];
    assert_eq!(post(&app, &twice, body.clone()).await.status, 401, "the secret twice");
    for wrong in ["", "x", WEBHOOK_SECRET] {
        let by_host = post(&app, &[kind, ("x-functions-key", wrong), secret], body.clone()).await;
        assert_eq!(by_host.status, 401, "function key {wrong}");
        assert!(by_host.body.is_empty(), "the host answers by itself");
    }
    assert_eq!(post(&app, &[kind, secret], body).await.status, 401, "no function key");
    assert_eq!((sent(&app), registry_requests(&app)), (0, 0));
    assert_eq!(FUNCTION_KEY.len(), 22);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_body_over_256_kib() {
    let app = app().await;
    let mut body = event("push", SERVER, REPOSITORY).to_string();
    body.push_str(&" ".repeat((256 << 10) - body.len()));
    assert_eq!(post(&app, &headers(), body.clone()).await.status, 202);
    body.push(' ');
    assert_eq!(post(&app, &headers(), body).await.status, 413);
    assert_eq!(sent(&app), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_every_host_that_is_not_a_known_registry() {
    let app = app().await;
    let long = "a".repeat(64 << 10);
    for host in [
        "evilazurecr.io",
        "evil.azurecr.io",
        "bench.azurecr.io.evil.com",
        "bench.azurecr.io@evil.com",
        "evil.com@bench.azurecr.io",
        "xn--bnch-5oa.azurecr.io",
        "bеnch.azurecr.io",
        "bench%2eazurecr.io",
        "bench.azurecr.io:x",
        "bench.azurecr.io..",
        "bench.azurecr.io/x",
        "bench.azurecr.io?x",
        "bench.azurecr.io#x",
        "https://bench.azurecr.io",
        " bench.azurecr.io",
        "bench.azurecr.io\n",
        "bench.azurecr.io\u{0}",
        "169.254.169.254",
        "127.0.0.1",
        "localhost:443",
        "bench.localhost",
        "[::1]",
        "2130706433",
        "",
        &long,
    ] {
        let reply = post(&app, &headers(), event("push", host, REPOSITORY).to_string()).await;
        let shown: String = host.chars().take(40).collect();
        assert!(matches!(reply.status, 400 | 403), "{shown}: {}", reply.status);
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(host.is_empty() || !text.contains(host), "{shown} is echoed");
    }
    assert_eq!((sent(&app), registry_requests(&app)), (0, 0));
    assert_eq!(quarantine(&app), [""; 0]);
}
