//! Error answers of Azure Resource Manager.

use axum::http::StatusCode;
use serde_json::json;

use crate::wire::SimReply;
use crate::world::TENANT_ID;
use crate::world::settings::PRINCIPAL_ID;

/// `{"error":{"code","message"}}`.
pub(crate) fn failure(status: StatusCode, code: &str, message: &str) -> SimReply {
    let reply = SimReply::json(status, &json!({"error": {"code": code, "message": message}}));
    reply.with("x-ms-failure-cause", "gateway")
}

/// 401 with the challenge that names the tenant's authority.
pub(crate) fn unauthorized(code: &str, message: &str) -> SimReply {
    failure(StatusCode::UNAUTHORIZED, code, message).with(
        "www-authenticate",
        &format!(
            "Bearer authorization_uri=\"https://login.windows.net/{TENANT_ID}\", error=\"invalid_token\", error_description=\"{message}\""
        ),
    )
}

/// 403 as ARM itself answers it, before the request reaches a resource provider.
pub(crate) fn forbidden(action: &str, scope: &str) -> SimReply {
    let text = format!(
        "The client '{PRINCIPAL_ID}' with object id '{PRINCIPAL_ID}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    failure(StatusCode::FORBIDDEN, "AuthorizationFailed", &text)
}

/// 404 of the registry resource provider, with its extra `status`.
pub(crate) fn not_found(name: &str) -> SimReply {
    let text = format!("The resource {name} could not be found.");
    let body = json!({"error": {"code": "ResourceNotFound", "message": text}, "status": "Failed"});
    SimReply::json(StatusCode::NOT_FOUND, &body)
}
