//! Addresses that are never contacted: loopback, link-local, user information, plain http.

use std::time::Duration;

use acr_inventory::azure::http::{Http, HttpError, HttpOptions};

use super::Tripwire;

async fn fetch(options: HttpOptions, url: &str) -> Result<(), HttpError> {
    let http = Http::new(options).unwrap();
    let request = http.request(reqwest::Method::GET, url.parse().unwrap());
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    http.fetch(request.bearer_auth("canary-token"), 1_000, deadline, |_, _| {})
        .await
        .map(|_| ())
}

#[tokio::test]
async fn refuses_loopback_and_link_local_addresses() {
    let tripwire = Tripwire::start().await;
    let port = tripwire.port;
    for url in [
        format!("https://127.0.0.1:{port}/"),
        format!("https://127.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://0x7f.0.0.1:{port}/"),
        format!("https://0.0.0.0:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://bench.localhost:{port}/"),
        "https://169.254.169.254/metadata/identity/oauth2/token".to_owned(),
        "https://[fe80::1]/".to_owned(),
    ] {
        let outcome = fetch(HttpOptions::default(), &url).await;
        let refused = matches!(&outcome, Err(HttpError::Refused(_)));
        // A name that this machine's resolver does not know is not contacted either.
        let unknown = url.contains(".localhost") && matches!(&outcome, Err(HttpError::Unreachable(_)));
        assert!(refused || unknown, "{url}: {outcome:?}");
    }
    assert_eq!(tripwire.connections(), 0);
}

#[tokio::test]
async fn refuses_plain_http_and_user_information_even_where_loopback_is_allowed() {
    let tripwire = Tripwire::start().await;
    let port = tripwire.port;
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://user@127.0.0.1:{port}/"),
        format!("https://user:password@127.0.0.1:{port}/"),
        format!("https://bench.azurecr.io@127.0.0.1:{port}/"),
    ] {
        let options = HttpOptions {
            allow_loopback: true,
            ..HttpOptions::default()
        };
        let outcome = fetch(options, &url).await;
        assert!(matches!(&outcome, Err(HttpError::Refused(_))), "{url}: {outcome:?}");
    }
    assert_eq!(tripwire.connections(), 0);
}
