//! What sign-in libraries ask Entra before they ask for a token: where a tenant's endpoints are.
//!
//! The product asks for tokens without it; the libraries of other languages (MSAL) do not.

use axum::http::StatusCode;
use serde_json::json;

use crate::wire::{SimReply, SimRequest, ViewResult};

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`, in the fields and order of the service as far as the OpenID
/// Connect discovery specification has them.
pub(super) fn configuration(request: &SimRequest, tenant: &str) -> ViewResult {
    request.only_query(&[])?;
    let base = format!("https://login.microsoftonline.com/{tenant}");
    Ok(SimReply::json(
        StatusCode::OK,
        &json!({
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        }),
    ))
}
