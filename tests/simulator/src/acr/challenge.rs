//! 401 challenges, error bodies and the headers that every registry answer carries.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::{SimReply, SimRequest};
use crate::world::Registry;

const AUTHENTICATION_REQUIRED: &str =
    "authentication required, visit https://aka.ms/acr/authorization for more information.";

/// What an operation needs: nothing but a valid token, or actions on one name.
pub(super) struct Need {
    pub(super) scope: Option<Scope>,
}

/// `type:name:action,action`
pub(super) struct Scope {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) actions: Vec<&'static str>,
}

impl Need {
    pub(super) fn anything() -> Self {
        Self { scope: None }
    }

    pub(super) fn catalog() -> Self {
        let (name, actions) = ("catalog".to_owned(), vec!["*"]);
        Self {
            scope: Some(Scope {
                kind: "registry",
                name,
                actions,
            }),
        }
    }

    pub(super) fn repository(name: &str, actions: &[&'static str]) -> Self {
        let (name, actions) = (name.to_owned(), actions.to_vec());
        Self {
            scope: Some(Scope {
                kind: "repository",
                name,
                actions,
            }),
        }
    }
}

/// Capitalised as the service sends it, one entry per action.
#[derive(Serialize)]
struct Detail<'a> {
    #[serde(rename = "Type")]
    kind: &'a str,
    #[serde(rename = "Name")]
    name: &'a str,
    #[serde(rename = "Action")]
    action: &'a str,
}

#[derive(Serialize)]
struct Unauthorized<'a> {
    code: &'a str,
    message: &'a str,
    detail: Option<Vec<Detail<'a>>>,
}

#[derive(Serialize)]
struct Errors<T> {
    errors: [T; 1],
}

/// The challenge for an operation. `error` is `invalid_token`, `insufficient_scope`, or none without a token.
pub(super) fn challenge(registry: &Registry, request: &SimRequest, need: &Need, error: Option<&str>) -> SimReply {
    let asked = asked(registry, request);
    let mut header = format!("Bearer realm=\"https://{asked}/oauth2/token\",service=\"{asked}\"");
    if let Some(scope) = &need.scope {
        header += &format!(",scope=\"{}:{}:{}\"", scope.kind, scope.name, scope.actions.join(","));
    }
    if let Some(error) = error {
        header += &format!(",error=\"{error}\"");
    }
    let detail = need.scope.as_ref().map(|scope| {
        let details = scope.actions.iter().map(|action| Detail {
            kind: scope.kind,
            name: &scope.name,
            action,
        });
        details.collect()
    });
    let unauthorized = Unauthorized {
        code: "UNAUTHORIZED",
        message: AUTHENTICATION_REQUIRED,
        detail,
    };
    let reply = errors(StatusCode::UNAUTHORIZED, &Errors { errors: [unauthorized] });
    reply.with("www-authenticate", &header)
}

/// 401 of the token endpoints: no challenge.
pub(super) fn refused(message: Option<&str>) -> SimReply {
    let message = message.unwrap_or(AUTHENTICATION_REQUIRED);
    let body = json!({"errors": [{"code": "UNAUTHORIZED", "message": message}]});
    errors(StatusCode::UNAUTHORIZED, &body)
}

/// What the client calls this registry: the login server, or host and port when it came by `….localhost`.
pub(super) fn asked(registry: &Registry, request: &SimRequest) -> String {
    match request.host.ends_with(".localhost") {
        true => request.header("host").unwrap_or(&request.host).to_owned(),
        false => registry.login_server.clone(),
    }
}

/// An error answer: compact JSON and the newline that the service ends it with.
pub(super) fn errors(status: StatusCode, body: &impl Serialize) -> SimReply {
    let mut reply = SimReply::json(status, body);
    let mut text = reply.body.to_vec();
    text.push(b'\n');
    reply.body = text.into();
    headers(reply)
}

/// `{"errors":[{"code","message"}]}` with an optional detail.
pub(super) fn error(status: StatusCode, code: &str, message: &str, detail: Option<Value>) -> SimReply {
    #[derive(Serialize)]
    struct Entry<'a> {
        code: &'a str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<Value>,
    }
    let entry = Entry { code, message, detail };
    errors(status, &Errors { errors: [entry] })
}

pub(super) fn name_unknown(name: &str) -> SimReply {
    let text = "repository name not known to registry";
    error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", text, Some(json!({"name": name})))
}

pub(super) fn tag_unknown() -> SimReply {
    error(
        StatusCode::NOT_FOUND,
        "TAG_UNKNOWN",
        "the specified tag does not exist",
        None,
    )
}

pub(super) fn manifest_unknown(message: &str) -> SimReply {
    error(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message, None)
}

/// The router's own 404 for names outside the grammar.
pub(super) fn plain_not_found() -> SimReply {
    let mut reply = SimReply::status(StatusCode::NOT_FOUND).with("content-type", "text/plain; charset=utf-8");
    reply.body = "404 page not found\n".into();
    transport(reply)
        .with("docker-distribution-api-version", "registry/2.0")
        .with("x-content-type-options", "nosniff")
}

/// The headers of every answer behind `/v2` and `/acr/v1`.
pub(super) fn headers(reply: SimReply) -> SimReply {
    transport(reply)
        .with("access-control-expose-headers", "Docker-Content-Digest")
        .with("access-control-expose-headers", "WWW-Authenticate")
        .with("access-control-expose-headers", "Link")
        .with("access-control-expose-headers", "X-Ms-Correlation-Request-Id")
        .with("docker-distribution-api-version", "registry/2.0")
        .with("strict-transport-security", "max-age=31536000; includeSubDomains")
        .with("x-content-type-options", "nosniff")
}

/// The headers of every answer, token endpoints included.
pub(super) fn transport(reply: SimReply) -> SimReply {
    reply
        .with("connection", "keep-alive")
        .with("server", "openresty")
        .with("strict-transport-security", "max-age=31536000; includeSubDomains")
        .with("x-ms-correlation-request-id", &crate::random::uuid().to_string())
}
