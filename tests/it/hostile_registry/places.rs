//! Realms and redirects to other places: computed addresses only, no redirect followed, no token sent.

use simulator::faults::effect::Effect;

use super::{Hostile, SERVER};

/// Paths of a registry by what is asked there.
const PATHS: &[&str] = &["/oauth2/exchange", "/oauth2/token", "_catalog", "_manifests", "_tags"];

fn refused(code: u16) -> Effect {
    Effect::Status {
        code,
        retry_after: None,
        body: r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_foreign_realm() {
    let hostile = Hostile::start().await;
    let realms = [
        "https://evil.example.com/oauth2/token".to_owned(),
        format!("http://{SERVER}/oauth2/token"),
        format!("https://{SERVER}:8443/oauth2/token"),
        format!("https://{SERVER}@evil.example.com/oauth2/token"),
        format!("https://{SERVER}.evil.example.com/oauth2/token"),
        "https://169.254.169.254/metadata/identity/oauth2/token".to_owned(),
        hostile.trap("https", "/oauth2/token"),
        hostile.trap("http", "/oauth2/token"),
    ];
    for realm in &realms {
        for path in PATHS {
            let challenge = format!("Bearer realm=\"{realm}\",service=\"{SERVER}\",scope=\"registry:catalog:*\"");
            hostile.header(path, "www-authenticate", &challenge);
            hostile.fault(path, refused(401));
            let what = format!("{path} with realm {realm}");
            let after = hostile.run(&what).await;
            assert!(after.codes.iter().all(|code| code == "refused"), "{what}: {after:?}");
        }
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_cannot_widen_or_inject_what_is_asked_for() {
    let hostile = Hostile::start().await;
    for (service, scope) in [
        ("evil.example.com", "registry:catalog:*"),
        ("bench.azurecr.io&scope=repository:*:delete", "registry:catalog:*"),
        (SERVER, "repository:*:*"),
        (SERVER, "x&grant_type=password"),
    ] {
        let realm = format!("https://{SERVER}/oauth2/token");
        let challenge =
            format!("Bearer realm=\"{realm}\",service=\"{service}\",scope=\"{scope}\",error=\"invalid_token\"");
        hostile.header("_catalog", "www-authenticate", &challenge);
        hostile.fault("_catalog", refused(401));
        hostile.run(&challenge).await;
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_no_redirect() {
    let hostile = Hostile::start().await;
    let places = [
        "https://evil.example.com/".to_owned(),
        format!("http://{SERVER}/acr/v1/_catalog"),
        format!("https://{SERVER}:8443/"),
        "//evil.example.com/x".to_owned(),
        "/oauth2/token".to_owned(),
        hostile.trap("https", "/x"),
        hostile.trap("http", "/x"),
    ];
    for (number, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        for (offset, path) in PATHS.iter().enumerate() {
            // Every status with every path; the places take turns, those of the tripwire in every round.
            for location in [&places[(number + offset) % 5], &places[5], &places[6]] {
                let redirect = Effect::Redirect {
                    location: location.clone(),
                    status,
                };
                hostile.fault(path, redirect);
                let what = format!("{status} of {path} to {location}");
                let after = hostile.run(&what).await;
                assert!(after.codes.iter().all(|code| code == "refused"), "{what}: {after:?}");
            }
        }
    }
    hostile.recovers().await;
}
