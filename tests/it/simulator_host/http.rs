//! The public HTTP side of the host.

use axum::http::{HeaderMap, HeaderValue, Method};

use super::handler::start;

const KEY: &str = "simulated-function-key";

#[tokio::test]
async fn asks_for_the_function_key() {
    let world = start(None, |_| {}).await;
    let call = |path: &'static str, headers: HeaderMap| world.host.call_http(Method::POST, path, headers, "{}");
    let mut wrong = HeaderMap::new();
    wrong.insert("x-functions-key", HeaderValue::from_static("wrong"));
    assert_eq!(call("/api/webhooks/acr", HeaderMap::new()).await.status, 401);
    assert_eq!(call("/api/webhooks/acr", wrong).await.status, 401);
    assert_eq!(call("/api/webhooks/acr?code=wrong", HeaderMap::new()).await.status, 401);
    assert!(world.log.lock().unwrap().is_empty(), "the handler saw none of them");
    assert_eq!(
        call("/api/webhooks/acr?code=simulated-function-key", HeaderMap::new())
            .await
            .status,
        202
    );
    let mut right = HeaderMap::new();
    right.insert("x-functions-key", HeaderValue::from_static(KEY));
    assert_eq!(call("/api/webhooks/acr", right).await.status, 202);
}

#[tokio::test]
async fn proxies_with_path_query_and_headers_unchanged() {
    let world = start(None, |_| {}).await;
    let mut headers = HeaderMap::new();
    headers.insert("x-functions-key", HeaderValue::from_static(KEY));
    headers.insert("x-inventory-secret", HeaderValue::from_static("S"));
    let reply = world
        .host
        .call_http(Method::POST, "/api/webhooks/acr?a=%2F&b", headers, "body")
        .await;
    assert_eq!((reply.status, &reply.body[..]), (202, &b"body"[..]));
    assert_eq!(reply.headers["x-echo"], "/api/webhooks/acr?a=%2F&b");
    let log = world.log.lock().unwrap();
    assert_eq!(log[0].headers["host"], format!("127.0.0.1:{}", world.host.port()));
    assert_eq!(log[0].headers["x-forwarded-host"], "contoso.azurewebsites.net");
    assert_eq!(log[0].headers["x-inventory-secret"], "S");
    assert_eq!(log[0].headers["x-functions-key"], KEY, "the host forwards the key");
    assert!(log[0].headers.contains_key("x-azure-functions-invocationid"));
    assert!(log[0].headers.contains_key("x-azure-functions-hostversion"));
}

#[tokio::test]
async fn knows_only_its_routes_and_methods() {
    let world = start(None, |_| {}).await;
    for (method, path) in [
        (Method::GET, "/api/webhooks/acr"),
        (Method::POST, "/webhooks/acr"),
        (Method::POST, "/text"),
    ] {
        let reply = world.host.call_http(method, path, HeaderMap::new(), "").await;
        assert_eq!(reply.status, 404, "{path}");
    }
}
