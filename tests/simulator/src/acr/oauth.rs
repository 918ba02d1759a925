//! The token endpoints of a registry: Entra token → refresh token → access token.

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::challenge::{asked, error, plain_not_found, refused, transport};
use super::grant::{Caller, grant, rid};
use crate::tokens;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};
use crate::world::settings::{APPLICATION_ID, PRINCIPAL_ID};
use crate::world::{DataPlaneAccess, Registry, RoleAssignmentMode, TENANT_ID};

const AUDIENCE: &str = "https://containerregistry.azure.net";
const ARM_AUDIENCES: [&str; 2] = ["https://management.azure.com", "https://management.core.windows.net"];
/// User name that stands for a refresh token where a password is asked for (docker login).
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";
/// `iat` and `nbf` lie this far back.
const BACKDATED_SECONDS: i64 = 15 * 60;
/// `exp` − `iat` of a refresh token: three hours of real life.
const REFRESH_SECONDS: i64 = 11_700;
/// `exp` − `iat` of an access token: one hour of real life.
const ACCESS_SECONDS: i64 = 4_500;

/// `POST /oauth2/exchange`
pub(super) fn exchange(
    registry: &Registry,
    access: &DataPlaneAccess,
    request: &SimRequest,
    now: OffsetDateTime,
) -> ViewResult {
    if request.method != Method::POST {
        return Ok(plain_not_found());
    }
    request.only_query(&["api-version"])?;
    let form = request.form();
    check_service(registry, request, &form)?;
    if field(&form, "grant_type") != Some("access_token") {
        return Err(Refusal("grant_type of an exchange must be access_token".to_owned()));
    }
    if field(&form, "tenant").is_some_and(|tenant| tenant != TENANT_ID) {
        return Ok(refused(None));
    }
    let token = field(&form, "access_token").ok_or_else(|| Refusal("missing form field access_token".to_owned()))?;
    let policy = &registry.properties["policies"]["azureADAuthenticationAsArmPolicy"]["status"];
    let own = tokens::check(token, AUDIENCE, now).is_ok();
    let arm = ARM_AUDIENCES
        .iter()
        .any(|audience| tokens::check(token, audience, now).is_ok());
    match (own, arm) {
        (true, _) => {}
        (false, true) if policy != "disabled" => {}
        (false, true) => return Ok(refused(Some("token validation failed"))),
        (false, false) => return Ok(refused(None)),
    }
    if *access == DataPlaneAccess::Denied {
        let text = "The requested access to the resource is denied.";
        return Ok(error(StatusCode::FORBIDDEN, "DENIED", text, None));
    }
    let mut claims = claims(registry, "refresh_token", now, REFRESH_SECONDS);
    claims["permissions"] = json!({"Actions": ["read", "metadata/read"], "NotActions": null});
    if registry.mode == RoleAssignmentMode::Abac {
        claims["aad_identity"] = json!({"oid": PRINCIPAL_ID, "tid": TENANT_ID});
    }
    Ok(granted(registry, &json!({"refresh_token": tokens::sign(&claims)})))
}

/// `POST /oauth2/token`, and `GET` with basic or no authentication.
pub(super) fn token(
    registry: &Registry,
    access: &DataPlaneAccess,
    request: &SimRequest,
    now: OffsetDateTime,
) -> ViewResult {
    let (fields, credential) = match request.method {
        Method::POST => {
            request.only_query(&["api-version"])?;
            let form = request.form();
            let credential = posted(&form)?;
            (form, credential)
        }
        Method::GET => {
            request.only_query(&["service", "scope", "client_id", "account", "offline_token"])?;
            (request.query.clone(), basic(request)?)
        }
        _ => return Ok(plain_not_found()),
    };
    check_service(registry, request, &fields)?;
    let caller = match credential {
        Some(token) => {
            let claims = tokens::check(&token, &registry.login_server, now);
            let usable =
                claims.is_ok_and(|claims| claims["grant_type"] == "refresh_token" && claims["rid"] == rid(registry));
            if !usable {
                return Ok(refused(None));
            }
            Caller::Principal(access)
        }
        None if registry.anonymous_pull => Caller::Anonymous,
        None => return Ok(refused(None)),
    };
    let scopes = fields
        .iter()
        .filter(|(key, _)| key == "scope")
        .flat_map(|(_, value)| value.split_whitespace());
    let mut entries = Vec::new();
    for scope in scopes {
        entries.extend(grant(registry, caller, scope)?);
    }
    let mut claims = claims(registry, "access_token", now, ACCESS_SECONDS);
    claims["access"] = Value::Array(entries);
    Ok(granted(registry, &json!({"access_token": tokens::sign(&claims)})))
}

/// The refresh token of a posted form; none for an anonymous request.
fn posted(form: &[(String, String)]) -> Result<Option<String>, Refusal> {
    let user = field(form, "username").filter(|user| !user.is_empty());
    match (field(form, "grant_type"), user) {
        (Some("refresh_token"), _) => match field(form, "refresh_token") {
            Some(token) => Ok(Some(token.to_owned())),
            None => Err(Refusal("missing form field refresh_token".to_owned())),
        },
        (Some("password"), None) => Ok(None),
        (Some("password"), Some(TOKEN_USER)) => Ok(field(form, "password").map(str::to_owned)),
        (Some("password"), Some(_)) => Err(Refusal("only the token user has a password here".to_owned())),
        (grant, _) => Err(Refusal(format!("grant_type {grant:?} is not simulated"))),
    }
}

/// The refresh token in basic authentication; none for an anonymous request.
fn basic(request: &SimRequest) -> Result<Option<String>, Refusal> {
    let Some(header) = request.header("authorization") else {
        return Ok(None);
    };
    let decoded = header
        .strip_prefix("Basic ")
        .and_then(|text| BASE64_STANDARD.decode(text).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    match text.as_deref().and_then(|text| text.split_once(':')) {
        Some((TOKEN_USER, token)) => Ok(Some(token.to_owned())),
        _ => Err(Refusal("only the token user has a password here".to_owned())),
    }
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn check_service(registry: &Registry, request: &SimRequest, form: &[(String, String)]) -> Result<(), Refusal> {
    match field(form, "service") {
        Some(service) if service == registry.login_server || service == asked(registry, request) => Ok(()),
        given => Err(Refusal(format!(
            "service is {given:?} and must be {}",
            registry.login_server
        ))),
    }
}

fn claims(registry: &Registry, grant_type: &str, now: OffsetDateTime, seconds: i64) -> Value {
    let issued = now.unix_timestamp() - BACKDATED_SECONDS;
    json!({
        "jti": crate::random::uuid().to_string(),
        "sub": PRINCIPAL_ID,
        "nbf": issued,
        "exp": issued + seconds,
        "iat": issued,
        "iss": "Azure Container Registry",
        "aud": registry.login_server,
        "version": "1.0",
        "rid": rid(registry),
        "grant_type": grant_type,
        "appid": APPLICATION_ID,
        "tenant": TENANT_ID,
        "roles": [],
    })
}

/// 200 with what is left of the quota of the token endpoints (10,000 or 20,000 a minute).
fn granted(registry: &Registry, body: &Value) -> SimReply {
    let left = match registry.sku.as_str() {
        "Premium" => "333.316667",
        _ => "166.65",
    };
    transport(SimReply::json(StatusCode::OK, body)).with("x-ms-ratelimit-remaining-calls-per-second", left)
}
