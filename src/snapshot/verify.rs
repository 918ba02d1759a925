//! The proof of a snapshot: pointer → manifest → segment → line → chunk, each by the hash that the one before says.
//!
//! What follows from the lines is made again from them and compared: totals and completeness, what is alive in a pack,
//! state hashes; with the packs also counts, order and summaries.

mod index;
mod lines;

use std::collections::BTreeSet;

use index::Index;

use super::SnapshotError;
use super::index::read_segment;
use super::proven::{Pointed, prove, read_manifest};
use super::reader::Snapshot;
use crate::names::LoginServer;
use crate::store::{BlobKey, Store};

/// How far down the proof goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Manifest and index; of packs, the lists of long repositories.
    Index,
    /// Every byte of every pack.
    Packs,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The blob that is not as it has to be.
    pub blob: String,
    pub what: String,
}

/// What was looked at, and what does not hold; nothing does where this is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    pub segments: u64,
    pub packs: u64,
    pub repositories: u64,
    pub findings: BTreeSet<Finding>,
}

/// Verifies one snapshot.
///
/// # Errors
/// Only where the store fails: whatever lies in it is a finding.
pub async fn verify(
    store: &Store,
    login_server: &LoginServer,
    pointer: Pointed<'_>,
    depth: Depth,
) -> Result<Verified, SnapshotError> {
    let mut verified = Verified::default();
    let key = BlobKey::Manifest(login_server.clone(), pointer.generation.clone());
    let read = match read_manifest(store, login_server, pointer).await {
        Ok(None) => Err(SnapshotError::absent(&key)),
        read => read,
    };
    let Some((manifest, _)) = verified.found(read)?.flatten() else {
        return Ok(verified);
    };
    let mut index = Index::new(store, &manifest);
    let mut is_whole = true;
    for segment in &manifest.segments {
        let key = BlobKey::Index(login_server.clone(), segment.name.clone());
        let lines = verified.found(read_segment(store, login_server, segment.clone()).await)?;
        verified.segments += 1;
        let Some(lines) = lines else {
            is_whole = false;
            continue;
        };
        let first = lines.first().map(|base| &base.line.repository);
        if lines.len() as u64 != segment.lines || first != Some(&segment.first) {
            verified.add(&key, "its lines are not those that the manifest says");
        }
        for base in &lines {
            index.line(base, &key, &mut verified).await?;
            verified.repositories += 1;
        }
    }
    // Where lines are missing, so are their sums.
    if is_whole {
        index.sums(&key, &mut verified);
    }
    if depth == Depth::Packs {
        for pack in &manifest.packs {
            let key = BlobKey::Pack(login_server.clone(), pack.name.clone());
            verified.found(prove(store, &key, pack.size, &pack.sha256).await)?;
            verified.packs += 1;
        }
        lines::verify(&Snapshot::of(store, manifest), &mut verified).await?;
    }
    Ok(verified)
}

impl Verified {
    /// What was read; none where that is a finding.
    fn found<T>(&mut self, read: Result<T, SnapshotError>) -> Result<Option<T>, SnapshotError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                let Some(blob) = error.blob() else { return Err(error) };
                let what = crate::chain::chain(&error);
                self.findings.insert(Finding {
                    blob: blob.to_owned(),
                    what,
                });
                Ok(None)
            }
        }
    }

    fn add(&mut self, key: &BlobKey, what: impl std::fmt::Display) {
        self.findings.insert(Finding {
            blob: key.to_string(),
            what: what.to_string(),
        });
    }
}
