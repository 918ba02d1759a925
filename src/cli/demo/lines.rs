//! The handler's log lines, told in a few words.

use std::sync::Arc;

use serde_json::Value;

use simulator::host::LineSink;

/// Prints what matters of each JSON line on stderr.
pub(super) fn sink() -> LineSink {
    Arc::new(|line| {
        match serde_json::from_str::<Value>(&line.text) {
            Ok(event) => {
                if let Some(text) = tell(&event) {
                    errln!("  {text}");
                }
            }
            Err(_) => errln!("  {}", line.text),
        };
    })
}

fn tell(event: &Value) -> Option<String> {
    let text = |key: &str| match &event[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let server = text("login_server");
    match event["message"].as_str()? {
        "run opened" => Some(format!("run {}: {} messages sent", text("generation"), text("sent"))),
        "refresh ended" => Some(format!(
            "{server}: {}, {} repositories, {} manifests, {} tags, {} requests",
            text("outcome"),
            text("repositories"),
            text("manifests"),
            text("tags"),
            text("requests")
        )),
        "repository read" => Some(format!(
            "{server}/{}: {} manifests, {} tags{}",
            text("repository"),
            text("manifests"),
            text("tags"),
            if event["written"] == true {
                ", written"
            } else {
                ", unchanged"
            }
        )),
        "event taken" => Some(format!("{server}/{}: event taken", text("repository"))),
        message if event["level"] == "ERROR" => Some(format!("{message} {}", text("error"))),
        _ => None,
    }
}
