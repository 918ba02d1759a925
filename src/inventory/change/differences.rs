//! What the records of a manifest or a tag at two times tell apart.

use super::Change;
use crate::inventory::repository::{ManifestRecord, TagRecord};

/// How a manifest changed; none: it was not there, or is not any more.
pub fn of_manifest(old: Option<ManifestRecord>, new: Option<ManifestRecord>) -> Vec<Change> {
    match (old, new) {
        (None, None) => Vec::new(),
        (None, Some(new)) => vec![Change::ManifestAdded { digest: new.digest }],
        (Some(old), None) => vec![Change::ManifestRemoved { digest: old.digest }],
        (Some(old), Some(new)) if old.changeable_attributes == new.changeable_attributes => Vec::new(),
        (Some(old), Some(new)) => vec![Change::LockChanged {
            tag: None,
            digest: new.digest,
            from: old.changeable_attributes,
            to: new.changeable_attributes,
        }],
    }
}

/// How a tag changed.
pub fn of_tag(old: Option<TagRecord>, new: Option<TagRecord>) -> Vec<Change> {
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (None, Some(TagRecord { name, digest, .. })) => return vec![Change::TagCreated { tag: name, digest }],
        (Some(TagRecord { name, digest, .. }), None) => return vec![Change::TagRemoved { tag: name, digest }],
        (Some(old), Some(new)) => (old, new),
    };
    let mut changes = Vec::new();
    if old.digest != new.digest {
        changes.push(Change::TagMoved {
            tag: new.name.clone(),
            from: old.digest,
            to: new.digest.clone(),
        });
    }
    if old.changeable_attributes != new.changeable_attributes {
        changes.push(Change::LockChanged {
            tag: Some(new.name),
            digest: new.digest,
            from: old.changeable_attributes,
            to: new.changeable_attributes,
        });
    }
    changes
}
