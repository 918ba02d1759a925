//! Reading items of ARM's lists: the error, and lists in which `null` stands for nothing.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// An item that does not have the shape of what it was read as.
#[derive(Debug, thiserror::Error)]
#[error("{what} {id:?} does not have the shape that ARM documents")]
pub struct ShapeError {
    what: &'static str,
    id: String,
    source: serde_json::Error,
}

/// Reads one item; `what` names it in the error.
pub(super) fn read<T: DeserializeOwned>(what: &'static str, item: &Value) -> Result<T, ShapeError> {
    T::deserialize(item).map_err(|source| error(what, item, source))
}

/// The error of an item, with its id cut to 256 characters.
pub(super) fn error(what: &'static str, item: &Value, source: serde_json::Error) -> ShapeError {
    let id = item.get("id").and_then(Value::as_str).unwrap_or("without id");
    ShapeError {
        what,
        id: id.chars().take(256).collect(),
        source,
    }
}

/// An error for a part that is missing or wrong.
pub(super) fn wrong(what: &'static str, item: &Value, why: &str) -> ShapeError {
    error(what, item, serde::de::Error::custom(why))
}

/// For `#[serde(deserialize_with)]`: ARM writes `null` where a list is empty.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The last segment of a resource id in lower case: the GUID of a role definition, the name of a scope map.
pub(super) fn last_segment(id: &str) -> String {
    let trimmed = id.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or_default().to_lowercase()
}
