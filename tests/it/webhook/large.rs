//! Bodies that are refused for their size: the caller is told so, because they are read to their end first.

use std::time::{Duration, Instant};

use super::{REPOSITORY, SERVER, app, event, headers, post, sent};

/// The proxying host gives a handler up after this and tells the caller 500.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_its_size_is_read_to_its_end() {
    let app = app().await;
    let right = headers();
    let mut wrong = headers();
    wrong[2].1 = "not-the-secret-of-this-webhook-at-all";
    for size in [(256 << 10) + 1, 1 << 20, 3 << 20, 8 << 20] {
        for (headers, what) in [(&right, "the right secret"), (&wrong, "another secret")] {
            let begun = Instant::now();
            let status = post(&app, headers, vec![b' '; size]).await.status;
            assert_eq!(status, 413, "{size} bytes with {what}");
            assert!(begun.elapsed() < GIVEN_UP_AFTER, "{size} bytes with {what}");
        }
    }
    assert_eq!(sent(&app), 0);
    let call = event("push", SERVER, REPOSITORY).to_string();
    assert_eq!(post(&app, &right, call).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_end_is_not_read_to_it() {
    let app = app().await;
    let status = post(&app, &headers(), vec![b' '; 60 << 20]).await.status;
    assert_eq!(status, 500, "by the host, which is answered before the end");
    let call = event("push", SERVER, REPOSITORY).to_string();
    assert_eq!(post(&app, &headers(), call).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_taken_as_the_host_lets_it_through() {
    let app = app().await;
    let call = event("push", SERVER, REPOSITORY).to_string();
    let paths = [
        "/api/Webhooks/ACR",
        "/API/WEBHOOKS/ACR/",
        "/api/webhooks/acr/",
        "/api/webhooks/acr?code=x",
        "/Api/webhooks/Acr/?x=1",
    ];
    for (number, path) in paths.into_iter().enumerate() {
        let mut map = axum::http::HeaderMap::new();
        for (name, value) in headers() {
            map.insert(name, value.parse().unwrap());
        }
        let reply = app
            .host
            .call_http(axum::http::Method::POST, path, map, call.clone())
            .await;
        assert_eq!(reply.status, 202, "{path}");
        assert_eq!(sent(&app), number as u64 + 1);
    }
}
