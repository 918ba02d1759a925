//! What a line says that the stored one did not.

use super::{ContentLine, Draft};
use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::change::Change;
use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};

impl Draft<'_> {
    /// Records how `line` differs from `old`.
    pub(super) async fn describe(&mut self, old: Option<&ContentLine>, line: &ContentLine) -> Result<(), CollectError> {
        let key = self.key().to_string();
        let changes = match line.kind {
            LineKind::Manifest => manifest(old.map(|old| record(&key, old)).transpose()?, record(&key, line)?),
            _ => tag(old.map(|old| record(&key, old)).transpose()?, record(&key, line)?),
        };
        for change in changes {
            self.change(&change).await?;
        }
        Ok(())
    }

    /// Records that a stored line is gone.
    pub(super) async fn remove(&mut self, line: &ContentLine) -> Result<(), CollectError> {
        self.sums.removed += 1;
        if !self.changes.is_on() {
            return Ok(());
        }
        let key = self.key().to_string();
        let change = match line.kind {
            LineKind::Manifest => Change::ManifestRemoved {
                digest: record::<ManifestRecord>(&key, line)?.digest,
            },
            _ => {
                let TagRecord { name, digest, .. } = record(&key, line)?;
                Change::TagRemoved { tag: name, digest }
            }
        };
        self.change(&change).await
    }
}

fn record<T: serde::de::DeserializeOwned>(key: &str, line: &ContentLine) -> Result<T, CollectError> {
    serde_json::from_slice(&line.bytes).map_err(|error| unreadable(key, error))
}

fn manifest(old: Option<ManifestRecord>, new: ManifestRecord) -> Vec<Change> {
    let Some(old) = old else {
        return vec![Change::ManifestAdded { digest: new.digest }];
    };
    let change = Change::LockChanged {
        tag: None,
        digest: new.digest,
        from: old.changeable_attributes.clone(),
        to: new.changeable_attributes.clone(),
    };
    let is_changed = old.changeable_attributes != new.changeable_attributes;
    is_changed.then_some(change).into_iter().collect()
}

fn tag(old: Option<TagRecord>, new: TagRecord) -> Vec<Change> {
    let Some(old) = old else {
        return vec![Change::TagCreated {
            tag: new.name,
            digest: new.digest,
        }];
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
