//! `receive-webhook`: a registry's own webhook. The function key was checked by the host; here a second secret is.
//!
//! The event is reduced to (registry, repository): it carries no authority, and the secret behind it can do nothing but
//! ask for a known repository to be read again. Registries do not try twice, so 2xx is said only once the broker or the
//! spool has the event.

use std::time::Duration;

use axum::http::HeaderMap;
use azure_core::credentials::Secret;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::event::EventData;
use super::protocol::HttpRequest;
use super::runtime::{Event, HttpAnswer};
use super::service::Service;
use crate::chain::chain;
use crate::config::WebhookSecrets;
use crate::inventory::encode;
use crate::inventory::message::{EventEffect, RefreshRepository};
use crate::names::LoginServer;
use crate::store::{BlobKey, Condition};

/// Header of the second secret.
const SECRET_HEADER: &str = "x-inventory-secret";
/// Header that a webhook is made with, beside the secret: the login server of its registry. The payload names it only by
/// the host that a client asked, and for a chart not at all.
const REGISTRY_HEADER: &str = "x-inventory-registry";

#[derive(Deserialize)]
struct Webhook {
    action: String,
    #[serde(flatten)]
    data: EventData,
}

pub(super) async fn handle(service: &Service, event: Event<HttpRequest>) -> HttpAnswer {
    let Some(secrets) = &service.webhook else {
        return answer(404, "the webhook is switched off");
    };
    if !is_authentic(secrets, &event.payload.headers) {
        tracing::warn!("a webhook call without the right secret");
        return answer(401, "unauthorized");
    }
    let message = match read(&event.payload.headers, &event.payload.body) {
        Ok(Some(message)) => message,
        Ok(None) => return answer(200, "nothing to do"),
        Err(why) => {
            tracing::warn!(why, "a webhook call that cannot be understood");
            return answer(400, "not a registry's webhook");
        }
    };
    match service
        .allow_list
        .allows(&service.app.store, &message.login_server)
        .await
    {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!(login_server = %message.login_server, "a webhook call about an unknown registry");
            return answer(403, "unknown registry");
        }
        Err(error) => {
            tracing::error!(error = %chain(&error), "whether the registry is known cannot be told");
            return answer(503, "try again");
        }
    }
    deliver(service, message).await
}

/// To the broker, else to the spool, else nowhere: then the caller is told so.
async fn deliver(service: &Service, message: RefreshRepository) -> HttpAnswer {
    let (login_server, repository) = (message.login_server.clone(), message.repository.clone());
    let Err(failure) = service
        .send_repositories(std::slice::from_ref(&message), Duration::ZERO)
        .await
    else {
        tracing::info!(%login_server, %repository, "event taken");
        return answer(202, "taken");
    };
    let key = BlobKey::Spool(crate::random::uuid());
    match service.app.store.write(&key, encode(&message), Condition::Create).await {
        Ok(_) => {
            tracing::warn!(%login_server, %repository, error = %failure, spool = %key, "event spooled");
            answer(202, "taken")
        }
        Err(error) => {
            tracing::error!(%login_server, %repository, error = %failure, spool = %chain(&error), "event refused");
            answer(503, "try again")
        }
    }
}

/// Compares in constant time, over hashes so that lengths do not show.
fn is_authentic(secrets: &WebhookSecrets, headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(SECRET_HEADER).iter();
    let (Some(first), None) = (given.next(), given.next()) else {
        return false;
    };
    let given = Sha256::digest(first.as_bytes());
    let matches = |secret: &Secret| given.ct_eq(&Sha256::digest(secret.secret().as_bytes()));
    let current = matches(&secrets.current);
    let next = secrets.next.as_ref().map_or(0.into(), matches);
    (current | next).into()
}

/// The message for an event; none for a ping. The registry named by header or host is checked by the caller and again
/// by the consumer.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Option<RefreshRepository>, String> {
    let webhook: Webhook =
        serde_json::from_slice(body).map_err(|_| "the body is not the JSON of a webhook".to_owned())?;
    let effect = match webhook.action.as_str() {
        "ping" => return Ok(None),
        // A quarantined image is a push that is not let out yet.
        "push" | "chart_push" | "quarantine" => EventEffect::Pushed,
        "delete" | "chart_delete" => EventEffect::Deleted,
        _ => return Err("the action is not one that registries have".to_owned()),
    };
    let login_server = match registry(headers)? {
        Some(login_server) => login_server,
        None => webhook.data.host().map_err(|error| error.to_string())?.ok_or_else(|| {
            format!("the event names no registry, and the webhook was made without the header {REGISTRY_HEADER}")
        })?,
    };
    webhook
        .data
        .message(login_server, effect, crate::random::uuid())
        .map(Some)
        .map_err(|error| error.to_string())
}

/// The registry that the webhook says it is made at.
fn registry(headers: &HeaderMap) -> Result<Option<LoginServer>, String> {
    let mut given = headers.get_all(REGISTRY_HEADER).iter();
    let Some(registry) = given.next() else {
        return Ok(None);
    };
    let registry = registry.to_str().ok().filter(|_| given.next().is_none());
    let registry = registry.ok_or_else(|| format!("the header {REGISTRY_HEADER} is not one login server"))?;
    let registry = LoginServer::of_host(registry).map_err(|error| format!("{REGISTRY_HEADER}: {error}"))?;
    Ok(Some(registry))
}

fn answer(status: u16, what: &'static str) -> HttpAnswer {
    let key = if status < 400 { "status" } else { "error" };
    HttpAnswer {
        status,
        body: json!({ key: what }),
    }
}
