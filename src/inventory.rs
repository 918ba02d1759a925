//! The stored documents: what a blob holds, and nothing about how it came there.
//!
//! Architecture invariant: this module knows no protocol and no client; it depends on `names`, and for audits
//! on the values of `access` and `posture`, which know no protocol either. Every document
//! carries `schemaVersion`; a reader refuses a version newer than [`SCHEMA_VERSION`] instead of guessing.

pub mod audit;
pub mod change;
pub mod content;
pub mod generation;
pub mod index;
pub mod manifest;
pub mod message;
pub mod pointer;
pub mod problem;
pub mod problem_code;
pub mod quarantine;
pub mod refresh;
pub mod registry;
pub mod repository;
pub mod run;
pub mod signature;
pub mod used_once;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Version of every stored document and queue message written by this build.
pub const SCHEMA_VERSION: u32 = 1;

/// A stored document that this build cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("it is not a valid document: {0}")]
    Malformed(String),
    #[error("it has schema version {0}, this build reads up to {SCHEMA_VERSION}")]
    NewerVersion(u32),
    #[error("it, or a line of it, is larger than {0} bytes")]
    TooLarge(usize),
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned {
    schema_version: u32,
}

/// Reads a JSON document after checking its `schemaVersion`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DocumentError> {
    let malformed = |error: serde_json::Error| DocumentError::Malformed(error.to_string());
    let versioned: Versioned = serde_json::from_slice(bytes).map_err(malformed)?;
    if versioned.schema_version > SCHEMA_VERSION {
        return Err(DocumentError::NewerVersion(versioned.schema_version));
    }
    serde_json::from_slice(bytes).map_err(malformed)
}

/// Writes a JSON document for people as well as programs: indented, with a final newline.
pub fn encode(document: &impl Serialize) -> Vec<u8> {
    // Serialising these types cannot fail: no maps with non-string keys, no failing Serialize.
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Appends one NDJSON line.
pub fn encode_line(line: &impl Serialize, into: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = serde_json::to_writer(&mut *into, line);
    into.push(b'\n');
}
