//! What a line says that the stored one did not.

use super::{ContentLine, Draft};
use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::change::{of_manifest, of_tag};
use crate::inventory::repository::LineKind;

impl Draft<'_> {
    /// Records how `new` differs from `old`; none: it was not there, or is not any more.
    pub(super) async fn describe(
        &mut self,
        old: Option<&ContentLine>,
        new: Option<&ContentLine>,
    ) -> Result<(), CollectError> {
        let key = self.key().to_string();
        let is_manifest = old.or(new).is_some_and(|line| line.kind == LineKind::Manifest);
        let changes = match is_manifest {
            true => of_manifest(record(&key, old)?, record(&key, new)?),
            false => of_tag(record(&key, old)?, record(&key, new)?),
        };
        for change in changes {
            self.change(&change).await?;
        }
        Ok(())
    }

    /// Records that a stored line is gone.
    pub(super) async fn remove(&mut self, line: &ContentLine) -> Result<(), CollectError> {
        self.sums.removed += 1;
        match self.changes.is_on() {
            true => self.describe(Some(line), None).await,
            false => Ok(()),
        }
    }
}

fn record<T: serde::de::DeserializeOwned>(key: &str, line: Option<&ContentLine>) -> Result<Option<T>, CollectError> {
    let read = line.map(|line| serde_json::from_slice(&line.bytes));
    read.transpose().map_err(|error| unreadable(key, error))
}
