//! What the lines of a repository at two times tell apart, in the words of change records.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::difference::{Wanted, What};
use crate::collect::CollectError;
use crate::collect::stored::{ContentLine, unreadable};
use crate::inventory::change::{of_manifest, of_tag};
use crate::inventory::repository::LineKind;
use crate::snapshot::RepositoryReader;

/// The lines of one side, in order.
struct Side<'a> {
    reader: Option<RepositoryReader<'a>>,
    ahead: VecDeque<ContentLine>,
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
        let order = match (before.ahead.front(), after.ahead.front()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.order(new.kind, &new.key),
        };
        let old = before.ahead.pop_front_if(|_| order != Ordering::Greater);
        let new = after.ahead.pop_front_if(|_| order != Ordering::Less);
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
        let ahead = VecDeque::new();
        Self { reader, ahead }
    }

    /// Has a line ready, unless there is none more.
    async fn fill(&mut self) -> Result<(), CollectError> {
        while self.ahead.is_empty()
            && let Some(reader) = &mut self.reader
        {
            match reader.next_lines().await? {
                None => self.reader = None,
                Some(text) => {
                    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                    let lines = lines.map(|line| ContentLine::parse(text.slice_ref(line)));
                    let lines: Option<VecDeque<_>> = lines.collect();
                    self.ahead = lines.ok_or_else(|| unreadable("a line of a snapshot", "it is of an unknown form"))?;
                }
            }
        }
        Ok(())
    }
}

fn record<T: serde::de::DeserializeOwned>(line: Option<&ContentLine>) -> Result<Option<T>, CollectError> {
    let read = line.map(|line| serde_json::from_slice(&line.bytes));
    read.transpose()
        .map_err(|error| unreadable("a line of a snapshot", error))
}
