//! A client that resolves every simulated host name to the simulator and trusts its certificate.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::Value;
use simulator::Simulator;
use simulator::tokens;
use simulator::world::settings::PRINCIPAL_ID;

struct Everywhere(SocketAddr);

impl Resolve for Everywhere {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// A client for this simulator: no redirects, no proxy.
pub fn client(simulator: &Simulator) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(simulator.ca_pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([ca])
        .dns_resolver(Arc::new(Everywhere(simulator.address())))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// An Entra token of the simulated principal, made without asking for it.
pub fn entra(simulator: &Simulator, audience: &str) -> String {
    let now = simulator.world().clock.now();
    tokens::entra(audience, PRINCIPAL_ID, now, 3_600)
}

/// A refresh token of a registry.
pub async fn refresh_token(simulator: &Simulator, login_server: &str) -> String {
    let token = entra(simulator, "https://containerregistry.azure.net");
    let form = [
        ("grant_type", "access_token"),
        ("service", login_server),
        ("access_token", &token),
    ];
    let answer = post(
        &client(simulator),
        &format!("https://{login_server}/oauth2/exchange"),
        &form,
    )
    .await;
    assert_eq!(answer.status(), 200);
    let body: Value = json(answer).await;
    body["refresh_token"].as_str().unwrap().to_owned()
}

/// An access token of a registry for space-separated scopes.
pub async fn access_token(simulator: &Simulator, login_server: &str, scopes: &str) -> String {
    let token = refresh_token(simulator, login_server).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("service", login_server),
        ("scope", scopes),
        ("refresh_token", &token),
    ];
    let answer = post(
        &client(simulator),
        &format!("https://{login_server}/oauth2/token"),
        &form,
    )
    .await;
    assert_eq!(answer.status(), 200);
    let body: Value = json(answer).await;
    body["access_token"].as_str().unwrap().to_owned()
}

/// Posts a form.
pub async fn post(client: &reqwest::Client, url: &str, form: &[(&str, &str)]) -> reqwest::Response {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    client
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap()
}

/// The body of an answer as JSON.
pub async fn json(answer: reqwest::Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// The claims of a token.
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let part = token.split('.').nth(1).unwrap();
    let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Reads a page as a list of one of its fields: `items[].field`, or the items themselves for an empty field.
pub fn names(body: &Value, items: &str, field: &str) -> Vec<String> {
    let items = body[items].as_array().unwrap().iter();
    let names = items.map(|item| if field.is_empty() { item } else { &item[field] });
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}
