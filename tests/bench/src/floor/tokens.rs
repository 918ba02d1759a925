//! From the managed identity to an access token for every repository: two requests to the registry.

use anyhow::Context as _;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::listing::SERVER;

const RESOURCE: &str = "https://containerregistry.azure.net";
/// For all lists.
pub(super) const LISTS: &str = "registry:catalog:* repository:*:metadata_read";
/// For every manifest.
pub(super) const CONTENT: &str = "repository:*:pull";
const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Deserialize)]
struct Entra {
    access_token: String,
}

#[derive(Deserialize)]
struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize)]
struct Access {
    access_token: String,
}

/// The access token, and how many requests to the registry it took.
pub(super) async fn access_token(client: &Client, scope: &str) -> anyhow::Result<(String, u64)> {
    let setting = |name| std::env::var(name).with_context(|| format!("reading {name}"));
    let endpoint = setting("IDENTITY_ENDPOINT")?;
    let address = format!("{endpoint}?api-version=2019-08-01&resource={RESOURCE}");
    let asked = client
        .get(address)
        .header("x-identity-header", setting("IDENTITY_HEADER")?);
    let body = asked.send().await?.error_for_status()?.bytes().await?;
    let entra: Entra = serde_json::from_slice(&body).context("reading the identity's token")?;
    let grant = [
        ("grant_type", "access_token"),
        ("service", SERVER),
        ("access_token", &entra.access_token),
    ];
    let body = post(client, "exchange", &grant).await?;
    let refresh: Refresh = serde_json::from_slice(&body).context("reading the refresh token")?;
    let grant = [
        ("grant_type", "refresh_token"),
        ("service", SERVER),
        ("scope", scope),
        ("refresh_token", &refresh.refresh_token),
    ];
    let body = post(client, "token", &grant).await?;
    let access: Access = serde_json::from_slice(&body).context("reading the access token")?;
    Ok((access.access_token, 2))
}

async fn post(client: &Client, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Vec<u8>> {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let request = client.post(format!("https://{SERVER}/oauth2/{path}"));
    let reply = request.header(CONTENT_TYPE, FORM).body(form).send().await?;
    Ok(reply.error_for_status()?.bytes().await?.to_vec())
}
