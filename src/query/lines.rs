//! What the lines of a repository at two times tell apart, in the words of change records.

use std::cmp::Ordering;

use bytes::Bytes;

use super::difference::{Wanted, What};
use crate::collect::CollectError;
use crate::collect::stored::{ContentLine, unreadable};
use crate::inventory::change::{of_manifest, of_tag};
use crate::inventory::repository::LineKind;
use crate::snapshot::RepositoryReader;

/// What they are of, for errors.
const LINE: &str = "a line of a snapshot";

/// The lines of one side, in order.
struct Side<'a> {
    reader: Option<RepositoryReader<'a>>,
    /// Those that were read and not looked at.
    text: Bytes,
    ahead: Option<ContentLine>,
}

/// Takes what is wanted of the changes from `before` to `after`, a line of each in memory.
pub(super) async fn differing(
    before: Option<RepositoryReader<'_>>,
    after: Option<RepositoryReader<'_>>,
    wanted: &Wanted,
    into: &mut Vec<What>,
) -> Result<(), CollectError> {
    let (mut before, mut after) = (Side::new(before), Side::new(after));
    loop {
        before.fill().await?;
        after.fill().await?;
        let order = match (&before.ahead, &after.ahead) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.order(new.kind, &new.key),
        };
        let old = before.ahead.take_if(|_| order != Ordering::Greater);
        let new = after.ahead.take_if(|_| order != Ordering::Less);
        if let (Some(old), Some(new)) = (&old, &new)
            && old.bytes == new.bytes
        {
            continue;
        }
        let is_manifest = old
            .as_ref()
            .or(new.as_ref())
            .is_some_and(|line| line.kind == LineKind::Manifest);
        let changes = match is_manifest {
            true => of_manifest(record(old.as_ref())?, record(new.as_ref())?),
            false => of_tag(record(old.as_ref())?, record(new.as_ref())?),
        };
        into.extend(changes.into_iter().map(What::Change).filter(|what| wanted.change(what)));
    }
}

impl<'a> Side<'a> {
    fn new(reader: Option<RepositoryReader<'a>>) -> Self {
        Self {
            reader,
            text: Bytes::new(),
            ahead: None,
        }
    }

    /// Has a line ready, unless there is none more.
    async fn fill(&mut self) -> Result<(), CollectError> {
        while self.ahead.is_none() {
            self.ahead = ContentLine::next_of(&mut self.text, LINE)?;
            if self.ahead.is_none() {
                let next = match &mut self.reader {
                    Some(reader) => reader.next_lines().await?,
                    None => None,
                };
                let Some(next) = next else { break };
                self.text = next;
            }
        }
        Ok(())
    }
}

fn record<T: serde::de::DeserializeOwned>(line: Option<&ContentLine>) -> Result<Option<T>, CollectError> {
    let read = line.map(|line| serde_json::from_slice(&line.bytes));
    read.transpose().map_err(|error| unreadable(LINE, error))
}
