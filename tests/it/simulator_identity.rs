//! The identity endpoint and Entra, asked by hand and by the official client.

use azure_core::credentials::{Secret, TokenCredential as _};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use simulator::tokens;
use simulator::world::settings::{APPLICATION_ID, APPLICATION_SECRET};
use simulator::world::{TENANT_ID, World};
use simulator::{Options, Simulator};
use std::sync::Arc;

use crate::support::{client, json, post};

fn start() -> Simulator {
    let mut world = World::demo(7);
    world.identity.identity_client_ids.push("known".to_owned());
    Simulator::start(world, Options::default()).unwrap()
}

async fn get(simulator: &Simulator, query: &str, header: Option<&str>) -> reqwest::Response {
    let url = format!(
        "{}?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com{query}",
        simulator.identity_endpoint()
    );
    let mut request = client(simulator).get(url);
    if let Some(header) = header {
        request = request.header("x-identity-header", header);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn managed_identities_get_tokens_with_all_four_fields() {
    let simulator = start();
    let header = simulator.identity_header();
    for query in ["", "&client_id=known"] {
        let body = json(get(&simulator, query, Some(&header)).await).await;
        assert!(body["expires_on"].as_str().unwrap().parse::<i64>().unwrap() > 0);
        assert_eq!(
            (&body["token_type"], &body["resource"]),
            (&"Bearer".into(), &"https://storage.azure.com".into())
        );
        let token = body["access_token"].as_str().unwrap();
        assert!(token.starts_with(&tokens::canary()));
        tokens::check(token, "https://storage.azure.com", simulator.world().clock.now()).unwrap();
    }
    assert_eq!(get(&simulator, "&client_id=other", Some(&header)).await.status(), 400);
    assert_eq!(get(&simulator, "", Some("wrong")).await.status(), 401);
    assert_eq!(simulator.violations(), [""; 0]);
    assert_eq!(get(&simulator, "", None).await.status(), 501);
    assert_eq!(simulator.violations().len(), 1);
}

#[tokio::test]
async fn the_official_client_secret_credential_gets_a_token() {
    let simulator = start();
    let credential = |secret: &str| {
        let client_options = ClientOptions {
            transport: Some(Transport::new(Arc::new(client(&simulator)))),
            ..Default::default()
        };
        let options = ClientSecretCredentialOptions { client_options };
        ClientSecretCredential::new(
            TENANT_ID,
            APPLICATION_ID.to_owned(),
            Secret::new(secret.to_owned()),
            Some(options),
        )
        .unwrap()
    };
    let token = credential(APPLICATION_SECRET)
        .get_token(&["https://management.azure.com/.default"], None)
        .await
        .unwrap();
    tokens::check(
        token.token.secret(),
        "https://management.azure.com",
        simulator.world().clock.now(),
    )
    .unwrap();
    let error = credential("wrong")
        .get_token(&["https://management.azure.com/.default"], None)
        .await
        .unwrap_err();
    assert!(format!("{error:?}").contains("AADSTS7000215"), "{error:?}");
    assert_eq!(simulator.violations(), [""; 0]);
}

#[tokio::test]
async fn entra_refuses_strangers() {
    let simulator = start();
    let form = [
        ("client_id", "stranger"),
        ("client_secret", "x"),
        ("grant_type", "client_credentials"),
        ("scope", "a/.default"),
    ];
    let url = format!("https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token");
    let answer = post(&client(&simulator), &url, &form).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(json(answer).await["error_codes"][0], 700_016);
}

#[tokio::test]
async fn sign_in_libraries_find_the_endpoints_of_the_tenant() {
    let simulator = start();
    let client = client(&simulator);
    let find = |tenant: &str| {
        let url = format!("https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration");
        client.get(url).send()
    };
    let found = find(TENANT_ID).await.unwrap();
    assert_eq!(found.status(), 200);
    let found = json(found).await;
    let base = format!("https://login.microsoftonline.com/{TENANT_ID}");
    assert_eq!(found["token_endpoint"], format!("{base}/oauth2/v2.0/token"));
    assert_eq!(found["issuer"], format!("{base}/v2.0"));
    let unknown = find("other").await.unwrap();
    assert_eq!(unknown.status(), 400);
    assert_eq!(json(unknown).await["error"], "invalid_tenant");
    assert_eq!(simulator.violations(), [""; 0]);
    let url = format!("{base}/discovery/v2.0/keys");
    assert_eq!(client.get(url).send().await.unwrap().status(), 501);
}
