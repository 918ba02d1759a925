//! What the host makes of a handler's answer to an invocation that is not proxied HTTP.

use serde_json::{Map, Value};

/// The host's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// With the lines of `Logs`, which appear under `Function.<name>.User`.
    Succeeded { logs: Vec<String> },
    /// With the host's message; body and logs of the handler are lost.
    Failed(String),
    /// The answer reads as null: the host waits for a result until the function timeout kills the process.
    NeverCompletes,
}

/// Judges an answer after redirects: first the status, then the media type, then the document.
///
/// `content_length` is the header's value, `None` for a chunked answer.
pub fn judge(status: u16, content_type: Option<&str>, content_length: Option<u64>, body: &[u8]) -> Answer {
    if !(200..300).contains(&status) {
        return Answer::Failed(format!("Response status code does not indicate success: {status}"));
    }
    let is_json = content_type.is_some_and(is_json_type);
    // An empty body with a known length is null whatever its type says, 204 included.
    if body.is_empty() && (content_length == Some(0) || status == 204 || is_json) {
        return Answer::NeverCompletes;
    }
    if !is_json {
        return invalid(&format!("media type {content_type:?}"));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Answer::NeverCompletes;
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Null) => Answer::NeverCompletes,
        Ok(Value::Object(members)) => read_result(&members),
        Ok(_) => invalid("the document is not an object"),
        Err(error) => invalid(&error.to_string()),
    }
}

fn is_json_type(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    ["application/json", "text/json"]
        .iter()
        .any(|known| media_type.eq_ignore_ascii_case(known))
}

/// `{"Outputs":{…},"Logs":["…"],"ReturnValue":…}`; names compare without case, all may be absent.
fn read_result(members: &Map<String, Value>) -> Answer {
    let member = |name: &str| {
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    if !matches!(member("Outputs"), None | Some(Value::Null | Value::Object(_))) {
        return invalid("Outputs is not an object");
    }
    let logs = match member("Logs") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(lines)) => lines
            .iter()
            .map(|line| line.as_str().map_or_else(|| line.to_string(), str::to_owned))
            .collect(),
        Some(_) => return invalid("Logs is not an array"),
    };
    Answer::Succeeded { logs }
}

fn invalid(detail: &str) -> Answer {
    Answer::Failed(format!("Invalid HttpResponseMessage: {detail}"))
}
