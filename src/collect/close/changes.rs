//! What two versions of a registry document tell apart: its settings, as far as both know them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::inventory::change::Change;
use crate::inventory::registry::RegistryDocument;

/// What Resource Manager writes on its own; it says nothing of the registry.
const STAMPS: [&str; 2] = ["systemData", "etag"];

/// The changes, in the order of their paths.
pub(super) fn changes(before: &RegistryDocument, after: &RegistryDocument) -> Vec<Change> {
    let mut changes = Vec::new();
    if let (Some(old), Some(new)) = (&before.resource, &after.resource)
        && old.api_version == new.api_version
    {
        settings("", Some(&old.body), Some(&new.body), &mut changes);
    }
    changes
}

/// Walks down both values; lists are one value each.
fn settings(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                if path.is_empty() && STAMPS.contains(&name.as_str()) {
                    continue;
                }
                let escaped = name.replace('~', "~0").replace('/', "~1");
                settings(&format!("{path}/{escaped}"), old.get(name), new.get(name), changes);
            }
        }
        (from, to) => changes.push(Change::SettingChanged {
            path: path.to_owned(),
            from: from.cloned(),
            to: to.cloned(),
        }),
    }
}
