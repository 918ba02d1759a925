//! Queue messages: hints that name what to read again. They carry no facts, no cursor and no authority.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::generation::Generation;
use super::{DocumentError, SCHEMA_VERSION, decode};
use crate::names::{Digest, LoginServer, RegistryId, RepositoryName, Tag};

/// A message by its `kind`.
pub trait Message: DeserializeOwned {
    const KIND: &'static str;
}

impl Message for RefreshRegistry {
    const KIND: &'static str = "refresh-registry";
}

impl Message for RefreshRepository {
    const KIND: &'static str = "refresh-repository";
}

impl Message for RepositoryEvent {
    const KIND: &'static str = "repository-event";
}

impl Message for Check {
    const KIND: &'static str = "check";
}

/// Reads a message of this kind. (Serde writes the tag of a struct and does not look at it when reading.)
pub fn decode_message<T: Message>(bytes: &[u8]) -> Result<T, DocumentError> {
    #[derive(Deserialize)]
    struct Tagged {
        kind: String,
    }
    let message = decode(bytes)?;
    let tagged: Tagged = serde_json::from_slice(bytes).map_err(|error| DocumentError::Malformed(error.to_string()))?;
    if tagged.kind == T::KIND {
        Ok(message)
    } else {
        Err(DocumentError::Malformed(format!("its kind is not {}", T::KIND)))
    }
}

/// The body of one of our own messages, as if it had never been sent again; any other body as it is. Fields of a newer
/// build stay.
pub fn begun_anew(body: &[u8]) -> Vec<u8> {
    let begun_anew = || {
        let mut message: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
        let kind = message.get("kind")?.as_str()?;
        if ![RefreshRegistry::KIND, RefreshRepository::KIND, RepositoryEvent::KIND].contains(&kind) {
            return None;
        }
        let counters = ["attempt", "crashes", "waits"];
        let sent_again = counters
            .map(|counter| message.remove(counter))
            .iter()
            .any(Option::is_some);
        sent_again.then(|| serde_json::to_vec(&message).ok()).flatten()
    };
    begun_anew().unwrap_or_else(|| body.to_vec())
}

/// How often a message was sent again, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tries {
    /// Sent again with a growing delay, after a passing fault or for being given out too often. Enough of these are the
    /// end.
    #[serde(default)]
    pub attempt: u32,
    /// Of these, how often because it was given out again and again without being finished: the process ended, with it
    /// or because of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crashes: u32,
    /// How often it was put back because something had to run alone. Counted so that the broker does not take the
    /// message for the one that it has had already.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waits: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Asks for a registry's refresh to be started or continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "refresh-registry")]
pub struct RefreshRegistry {
    pub schema_version: u32,
    pub login_server: LoginServer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<RegistryId>,
    pub generation: Generation,
    /// Which piece of work this is: the same when it is sent again, another when the refresh got any further.
    #[serde(default = "crate::random::uuid")]
    pub id: Uuid,
    #[serde(flatten)]
    pub tries: Tries,
}

/// Asks for one repository to be read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "refresh-repository")]
pub struct RefreshRepository {
    pub schema_version: u32,
    pub login_server: LoginServer,
    pub repository: RepositoryName,
    /// Which event this is about, from its first message to its last.
    #[serde(default = "crate::random::uuid")]
    pub id: Uuid,
    #[serde(flatten)]
    pub tries: Tries,
    /// How many delayed re-checks were made because the registry did not yet show the event.
    #[serde(default)]
    pub recheck: u32,
    /// What the event said, so that the reader can tell whether the registry shows it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<EventHint>,
}

/// An event of a registry that is named by its ARM id, as Event Grid does, sent again before its login server could be
/// looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "repository-event")]
pub struct RepositoryEvent {
    pub schema_version: u32,
    pub registry_id: RegistryId,
    /// Where the client's host leads to: it tells registries of one name apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<LoginServer>,
    pub repository: RepositoryName,
    /// Which event this is.
    pub id: Uuid,
    #[serde(flatten)]
    pub tries: Tries,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<EventHint>,
}

impl RepositoryEvent {
    /// The message that asks for the repository, once the registry's login server is known.
    pub fn at(self, login_server: LoginServer) -> RefreshRepository {
        RefreshRepository {
            schema_version: SCHEMA_VERSION,
            login_server,
            repository: self.repository,
            id: self.id,
            tries: self.tries,
            recheck: 0,
            hint: self.hint,
        }
    }
}

/// Asks for nothing: `check` sends it to see whether it may send. It is the same every time, so that duplicate detection
/// keeps one of many, and whoever gets it completes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "check")]
pub struct Check {
    pub schema_version: u32,
}

/// The part of an event that tells whether the registry's lists, or a document, show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventHint {
    pub effect: EventEffect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
    /// When it happened by the registry's clock, RFC 3339 as it was sent: to be compared with that clock alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What an event says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventEffect {
    Pushed,
    Deleted,
}

#[cfg(test)]
mod tests {
    use super::{RefreshRepository, Tries, begun_anew, decode_message};

    const BODY: &str =
        r#"{"kind":"refresh-repository","schemaVersion":1,"loginServer":"contoso.azurecr.io","repository":"a"}"#;

    #[test]
    fn the_counters_stand_beside_the_other_fields_and_only_what_happened_is_written() {
        let mut message: RefreshRepository = decode_message(BODY.as_bytes()).unwrap();
        assert_eq!(message.tries, Tries::default());
        message.tries = Tries {
            attempt: 2,
            crashes: 1,
            waits: 0,
        };
        let written = serde_json::to_value(&message).unwrap();
        assert_eq!((&written["attempt"], &written["crashes"]), (&2.into(), &1.into()));
        assert_eq!(
            (written.get("waits"), &written["kind"]),
            (None, &"refresh-repository".into())
        );
        let read: RefreshRepository = decode_message(written.to_string().as_bytes()).unwrap();
        assert_eq!(read, message);
    }

    #[test]
    fn only_our_own_messages_begin_anew() {
        let worn = BODY.replace(
            ",\"repository\"",
            ",\"attempt\":16,\"crashes\":2,\"waits\":1,\"repository\"",
        );
        let anew: RefreshRepository = decode_message(&begun_anew(worn.as_bytes())).unwrap();
        assert_eq!(anew.tries, Tries::default());
        for other in [
            BODY.as_bytes(),
            b"{\"kind\":\"other\",\"attempt\":3}",
            b"\xff",
            b"[1]",
            b"",
        ] {
            assert_eq!(begun_anew(other), other);
        }
    }
}
