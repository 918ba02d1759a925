//! Status and body of a registry's answer to our error: the one place for the data plane.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::challenge::Challenge;
use crate::azure::Failure;
use crate::azure::http::{HttpError, Reply};
use crate::azure::retry_after::retry_after;
use crate::inventory::problem_code::ProblemCode;

/// Registries say 429 with the seconds left, at most 60; this is for an answer that does not.
const RETRY_AFTER_FALLBACK: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    errors: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// The failure that an answer with another status than 200 stands for.
pub fn failure(login_server: &str, target: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let target = target.to_owned();
    // 404 comes as plain text when the path itself is refused, 429 and 5xx may be HTML: no body is no reason to fail.
    let first = serde_json::from_slice::<Body>(body)
        .ok()
        .and_then(|body| body.errors.into_iter().next());
    let (code, message) = first.map(|item| (item.code, item.message)).unwrap_or_default();
    match status {
        401 => unauthorized(login_server, target, headers, message),
        403 => {
            let code = if message.contains("client with IP") {
                ProblemCode::Firewall
            } else {
                ProblemCode::Forbidden
            };
            let message = message.replace("\\u0027", "'");
            Failure::Denied {
                target,
                code: code.into(),
                message,
            }
        }
        404 => Failure::NotFound { target, code },
        429 => Failure::Throttled {
            target,
            retry_after: throttled_for(headers),
        },
        300..=399 => Failure::Refused {
            target,
            detail: format!("a redirect ({status}) is not followed"),
        },
        408 | 500..=599 => Failure::Unavailable {
            target,
            detail: format!("status {status} {code}"),
        },
        400 if code == "PAGINATION_NUMBER_INVALID" => Failure::invalid(target, ProblemCode::PageSizeRefused, message),
        _ => Failure::invalid(
            target,
            ProblemCode::UnexpectedStatus,
            format!("status {status} {code} {message}"),
        ),
    }
}

fn unauthorized(login_server: &str, target: String, headers: &HeaderMap, message: String) -> Failure {
    let header = headers.get("www-authenticate").and_then(|value| value.to_str().ok());
    let challenge = header.and_then(Challenge::parse).unwrap_or_default();
    if !challenge.is_of(login_server) {
        let realm = challenge.realm.unwrap_or_default();
        return Failure::Refused {
            target,
            detail: format!("the challenge points to another place: {realm}"),
        };
    }
    let code = match challenge.error.as_deref() {
        Some("insufficient_scope") => ProblemCode::InsufficientScope,
        Some("invalid_token") => ProblemCode::InvalidToken,
        _ => ProblemCode::Unauthorized,
    };
    Failure::Denied {
        target,
        code: code.into(),
        message,
    }
}

/// How long the registry wants to be left alone after a 429.
pub(super) fn throttled_for(headers: &HeaderMap) -> Duration {
    let given = headers.get("retry-after").and_then(|value| value.to_str().ok());
    retry_after(given, RETRY_AFTER_FALLBACK)
}

/// The failure that a missing answer stands for.
pub(super) fn transport(target: &str, error: HttpError) -> Failure {
    let target = target.to_owned();
    match error {
        HttpError::Refused(detail) => Failure::Refused { target, detail },
        HttpError::TooLarge { .. } => Failure::invalid(target, ProblemCode::TooLarge, error),
        HttpError::Unreachable(_) | HttpError::Interrupted(_) | HttpError::TimedOut => Failure::Unavailable {
            target,
            detail: error.to_string(),
        },
    }
}

/// Reads a body that has to be one JSON object. (Serde alone would take an array too, its items for the fields in order:
/// `[]` would be an empty catalog.)
pub(super) fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    at_path(object_text(body)?)
}

/// Reads JSON; an error names the field.
pub(super) fn at_path<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        match field.as_str() {
            "." => error.into_inner().to_string(),
            _ => format!("{field}: {}", error.into_inner()),
        }
    })?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(read)
}

/// The text of a body that begins as an object.
pub(super) fn object_text(body: &[u8]) -> Result<&str, String> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    // Serde looks at no byte of the fields that it skips: what is not text is not JSON, wherever it stands.
    std::str::from_utf8(body).map_err(|error| error.to_string())
}

/// The body of a 200 answer, which has to say that it is JSON.
pub(super) fn json_body<'a>(target: &str, reply: &'a Reply) -> Result<&'a [u8], Failure> {
    let content_type = reply
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    if content_type.starts_with("application/json") {
        Ok(&reply.body)
    } else {
        Err(Failure::invalid(
            target,
            ProblemCode::NotJson,
            format!("content type {content_type:?}"),
        ))
    }
}
