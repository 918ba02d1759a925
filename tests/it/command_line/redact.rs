//! Takes out of documents what differs from run to run.

use serde_json::Value;

/// Replaces ids, times, generations and hashes of compressed parts; everything else stays.
pub fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_part = fields.contains_key("sha256");
            for (name, field) in fields.iter_mut() {
                match name.as_str() {
                    "commitId" | "previousCommitId" | "updatedBy" if field.is_string() => *field = "[uuid]".into(),
                    "generation" => *field = generation(field),
                    "auditedAt" | "observedAt" | "observedFrom" | "openedAt" | "startedAt" | "updatedAt"
                    | "quarantinedAt" | "removedAt" | "closedAt" => {
                        *field = "[time]".into();
                    }
                    "sha256" | "manifestSha256" => *field = "[sha256]".into(),
                    "bytes" if is_part => *field = "[size]".into(),
                    "name" if is_part => *field = file_name(field),
                    "part" => *field = file_name(field),
                    _ => redact(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// The number of a generation is the same in every run, its time is not.
fn generation(field: &Value) -> Value {
    let (number, _) = field.as_str().unwrap().split_once('-').unwrap();
    format!("{number}-[time]").into()
}

fn file_name(field: &Value) -> Value {
    let (kind, _) = field.as_str().unwrap().split_once('-').unwrap();
    format!("{kind}-[uuid].ndjson.gz").into()
}
