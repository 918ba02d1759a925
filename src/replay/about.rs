//! What a message asks for, in a few words.

use serde::Deserialize;

use crate::inventory::problem::sanitize;

/// Fields of our own messages and of CloudEvents, as far as they say what it is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    kind: Option<String>,
    login_server: Option<String>,
    repository: Option<String>,
    #[serde(rename = "type")]
    event: Option<String>,
    subject: Option<String>,
}

/// The kind and the subject of a body; its size when it says neither.
pub(super) fn of(body: &[u8]) -> String {
    let Ok(words) = serde_json::from_slice::<Words>(body) else {
        return format!("{} bytes", body.len());
    };
    let subject = match (words.login_server, words.repository) {
        (Some(server), Some(repository)) => Some(format!("{server}/{repository}")),
        (server, _) => server.or(words.subject),
    };
    let said: Vec<String> = words.kind.or(words.event).into_iter().chain(subject).collect();
    match said.is_empty() {
        true => format!("{} bytes", body.len()),
        false => sanitize(&said.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn says_what_a_message_is_about() {
        let ours = br#"{"kind":"refresh-repository","loginServer":"contoso.azurecr.io","repository":"team/app"}"#;
        assert_eq!(of(ours), "refresh-repository contoso.azurecr.io/team/app");
        let event = br#"{"type":"Microsoft.ContainerRegistry.ImagePushed","subject":"team/app:1"}"#;
        assert_eq!(of(event), "Microsoft.ContainerRegistry.ImagePushed team/app:1");
        for other in [&b"\xff\xfe"[..], b"{}", b"[]", br#"{"kind":7}"#] {
            assert_eq!(of(other), format!("{} bytes", other.len()));
        }
    }
}
