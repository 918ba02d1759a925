//! What a registry says when something happened to it: a webhook call or an Event Grid event.

use serde_json::{Value, json};
use time::OffsetDateTime;

use simulator::clock::timestamp;

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) server: String,
    pub(super) repository: String,
    pub(super) is_push: bool,
    pub(super) tag: Option<String>,
    pub(super) digest: Option<String>,
}

impl Event {
    /// The body of a webhook call.
    pub(super) fn webhook(&self, now: OffsetDateTime) -> String {
        let action = if self.is_push { "push" } else { "delete" };
        json!({
            "id": simulator::random::uuid().to_string(), "timestamp": timestamp(now), "action": action,
            "target": self.target(),
            "request": {"id": simulator::random::uuid().to_string(), "host": self.server, "method": "PUT", "useragent": "docker"},
        })
        .to_string()
    }

    /// The same as a CloudEvent.
    pub(super) fn cloud_event(&self, now: OffsetDateTime) -> String {
        let kind = if self.is_push { "ImagePushed" } else { "ImageDeleted" };
        json!({
            "specversion": "1.0", "id": simulator::random::uuid().to_string(), "time": timestamp(now),
            "type": format!("Microsoft.ContainerRegistry.{kind}"),
            "source": "/subscriptions/x/resourceGroups/y/providers/Microsoft.ContainerRegistry/registries/z",
            "subject": self.repository,
            "data": {"target": self.target(), "request": {"host": self.server}},
        })
        .to_string()
    }

    fn target(&self) -> Value {
        let mut target = json!({"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "size": 524, "length": 524,
            "repository": self.repository});
        for (key, value) in [("tag", &self.tag), ("digest", &self.digest)] {
            if let Some(value) = value {
                target[key] = json!(value);
            }
        }
        target
    }
}
