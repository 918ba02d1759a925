//! Two snapshots of a registry beside each other. Read is only what differs: segments that one of them does not have, and
//! of repositories that differ the chunks that the other does not have.

use std::collections::{HashSet, VecDeque};

use super::SnapshotError;
use super::index::{BaseLine, IndexReader};
use super::reader::{RepositoryReader, Snapshot};
use crate::inventory::manifest::SegmentRef;
use crate::names::RepositoryName;

/// See the module.
#[derive(Debug)]
pub struct SideBySide<'a> {
    before: IndexReader<'a>,
    after: IndexReader<'a>,
}

/// A repository whose lines in the two indexes differ; at least one of them is there.
#[derive(Debug)]
pub struct Beside {
    pub name: RepositoryName,
    pub before: Option<BaseLine>,
    pub after: Option<BaseLine>,
}

impl<'a> SideBySide<'a> {
    /// Both have to be of the same registry.
    pub fn new(before: &Snapshot<'a>, after: &Snapshot<'a>) -> Self {
        Self {
            before: before.index_without(after),
            after: after.index_without(before),
        }
    }

    /// The next repository that differs, in the order of the catalog.
    pub async fn next(&mut self) -> Result<Option<Beside>, SnapshotError> {
        loop {
            let before = self.before.peek().await?.map(|base| base.line.repository.clone());
            let after = self.after.peek().await?.map(|base| base.line.repository.clone());
            let Some(name) = before.into_iter().chain(after).min() else {
                return Ok(None);
            };
            let beside = Beside {
                before: self.before.find(&name).await?,
                after: self.after.find(&name).await?,
                name,
            };
            let is_same = match (&beside.before, &beside.after) {
                (Some(before), Some(after)) => before.text == after.text,
                _ => false,
            };
            if !is_same {
                return Ok(Some(beside));
            }
        }
    }
}

impl Beside {
    /// The lines of both sides, but for chunks that both have: what stands in only one of these is in only one of the
    /// snapshots.
    pub async fn lines<'a>(
        &self,
        before: &Snapshot<'a>,
        after: &Snapshot<'a>,
    ) -> Result<(Option<RepositoryReader<'a>>, Option<RepositoryReader<'a>>), SnapshotError> {
        let mut before = self.before.as_ref().map(|base| before.lines(base));
        let mut after = self.after.as_ref().map(|base| after.lines(base));
        if let (Some(before), Some(after)) = (&mut before, &mut after) {
            let (before, after) = (before.references().await?, after.references().await?);
            let known: HashSet<String> = before.iter().map(|chunk| chunk.sha256.clone()).collect();
            let mut shared = HashSet::new();
            after.retain(|chunk| {
                let is_known = known.contains(&chunk.sha256);
                if is_known {
                    shared.insert(chunk.sha256.clone());
                }
                !is_known
            });
            before.retain(|chunk| !shared.contains(&chunk.sha256));
        }
        Ok((before, after))
    }
}

impl<'a> Snapshot<'a> {
    /// Its index without the segments that another snapshot has too.
    fn index_without(&self, other: &Self) -> IndexReader<'a> {
        let theirs: HashSet<&str> = other
            .manifest()
            .segments
            .iter()
            .map(|segment| segment.sha256.as_str())
            .collect();
        let own = self.manifest().segments.iter();
        let segments: VecDeque<SegmentRef> = own
            .filter(|own| !theirs.contains(own.sha256.as_str()))
            .cloned()
            .collect();
        self.index_of(segments)
    }
}
