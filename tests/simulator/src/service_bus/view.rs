//! The REST view: which request is which operation, and who may ask.

use axum::http::{Method, StatusCode};

use super::reply::error;
use super::{DEAD_LETTER_QUEUE, Queues, Rights, receive, send};
use crate::tokens;
use crate::wire::{Refusal, SimReply, SimRequest, ViewResult};

/// Audience of a Service Bus token (`https://servicebus.azure.net/.default` is the scope).
const AUDIENCE: &str = "https://servicebus.azure.net";

/// Answers one request to `{namespace}.servicebus.windows.net`.
///
/// Known: send (single and batch), and of a queue or its dead letters peek-lock, complete, unlock, renew. Everything
/// else is refused.
pub fn handle(queues: &mut Queues, request: &SimRequest) -> ViewResult {
    request.only_query(&["timeout", "api-version"])?;
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let Some(at) = segments.iter().position(|segment| *segment == "messages") else {
        return Err(unknown(request));
    };
    let queue = segments[..at].join("/");
    let rest = &segments[at + 1..];
    if queues.down {
        let now = queues.now();
        return Ok(error(
            StatusCode::SERVICE_UNAVAILABLE,
            "50002: the service was unable to process the request; please retry the operation.",
            now,
        ));
    }
    let claim = match rest {
        [] => "Send",
        _ => "Listen",
    };
    if let Some(denied) = check_access(queues, request, claim, &queue) {
        return Ok(denied);
    }
    if !queues.exists(&queue) {
        let detail = format!(
            "The messaging entity 'sb://{}/{queue}' could not be found.",
            request.host
        );
        return Ok(error(StatusCode::NOT_FOUND, &detail, queues.now()));
    }
    match (&request.method, rest) {
        (&Method::POST, []) if queue.to_lowercase().ends_with(DEAD_LETTER_QUEUE) => {
            Err(Refusal("service bus: nobody sends to dead letters".to_owned()))
        }
        (&Method::POST, []) => send::send(queues, &queue, request),
        (&Method::POST, ["head"]) => receive::peek_lock(queues, &queue, request),
        (method, [id, lock]) => {
            receive::settle(queues, &queue, method, id, lock).unwrap_or_else(|| Err(unknown(request)))
        }
        _ => Err(unknown(request)),
    }
}

fn check_access(queues: &Queues, request: &SimRequest, claim: &str, queue: &str) -> Option<SimReply> {
    let has_claim = match queues.rights {
        Rights::All => true,
        Rights::Send => claim == "Send",
        Rights::Listen => claim == "Listen",
        Rights::None => false,
    };
    let now = queues.now();
    let unauthorized = |detail: &str| Some(error(StatusCode::UNAUTHORIZED, detail, now));
    let Some(token) = request.bearer() else {
        return unauthorized("MissingToken: The security token is missing.");
    };
    match tokens::check(token, AUDIENCE, now) {
        Err("expired") => unauthorized("ExpiredToken: The token is expired."),
        Err("wrong audience") => unauthorized("InvalidAudience: The audience of the token is not valid."),
        Err(reason) => unauthorized(&format!("InvalidSignature: The token is not valid ({reason}).")),
        Ok(_) if has_claim => None,
        Ok(_) => unauthorized(&format!(
            "Unauthorized access. '{claim}' claim(s) are required to perform this operation. Resource: 'sb://{}/{queue}'.",
            request.host
        )),
    }
}

fn unknown(request: &SimRequest) -> Refusal {
    Refusal(format!(
        "service bus: unknown route {} {}",
        request.method, request.path
    ))
}
