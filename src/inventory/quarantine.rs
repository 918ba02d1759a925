//! Messages that can never succeed, kept with the reason.

use serde::{Deserialize, Serialize};

/// `v2/quarantine/{id}.json`; `id` is a hash of function and body, so the same message lands in the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineDocument {
    pub schema_version: u32,
    /// Function that could not work on it.
    pub function: String,
    /// What and where, in a sentence.
    pub reason: String,
    /// RFC 3339, UTC.
    pub quarantined_at: String,
    /// The body as text when it is UTF-8 (first 256 KiB).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base64 when it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}
