//! What a stored snapshot says to the rules on tags and signatures, and to the questions that join it with access.
//!
//! Its index says it, by the patterns that the walk had. Lines are read where other patterns are asked about, or single
//! images.

use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::index::Summary;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::problem::Completeness;
use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};
use crate::names::LoginServer;
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
use crate::snapshot::{BaseLine, RepositoryReader, Snapshot, SummaryFold, TagPatterns};
use crate::store::Store;

/// Examples that are named.
const EXAMPLES: usize = 5;

/// The repositories of a registry, and what its rules ask about them.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Names in the order of the catalog.
    pub repositories: Vec<String>,
    pub summary: InventorySummary,
}

/// Reads the index of a snapshot.
pub async fn stored(
    store: &Store,
    login_server: &LoginServer,
    snapshot: &SnapshotPointer,
    profile: &Profile,
) -> Result<Stored, CollectError> {
    stored_without(store, login_server, snapshot, profile, |_| false).await
}

/// The same, with sums over the repositories that are not left out.
pub async fn stored_without(
    store: &Store,
    login_server: &LoginServer,
    snapshot: &SnapshotPointer,
    profile: &Profile,
    mut left_out: impl FnMut(&str) -> bool,
) -> Result<Stored, CollectError> {
    let snapshot = Snapshot::open(store, login_server, snapshot.into()).await?;
    let patterns = TagPatterns::new(&profile.production_tag_patterns);
    let (mut stored, mut index) = (Stored::default(), snapshot.index());
    while let Some(repository) = next_live(&mut index).await? {
        let name = repository.line.repository.as_str();
        stored.repositories.push(name.to_owned());
        if !left_out(name) {
            let summary = summary_of(&snapshot, &repository, &patterns).await?;
            add(&mut stored.summary, name, &summary);
        }
    }
    stored.summary.complete = snapshot.manifest().completeness == Completeness::Complete;
    Ok(stored)
}

/// The next repository that is not removed.
pub async fn next_live(index: &mut crate::snapshot::IndexReader<'_>) -> Result<Option<BaseLine>, CollectError> {
    while let Some(next) = index.next().await? {
        if next.line.removed_at.is_none() {
            return Ok(Some(next));
        }
    }
    Ok(None)
}

/// Names of its repositories, in the order of the catalog.
pub async fn names(snapshot: &Snapshot<'_>) -> Result<Vec<String>, CollectError> {
    let (mut names, mut index) = (Vec::new(), snapshot.index());
    while let Some(repository) = next_live(&mut index).await? {
        names.push(repository.line.repository.to_string());
    }
    Ok(names)
}

/// What a repository comes to under these patterns: as its line says, or by its lines where that was made with others.
pub async fn summary_of(
    snapshot: &Snapshot<'_>,
    repository: &BaseLine,
    patterns: &TagPatterns,
) -> Result<Summary, CollectError> {
    if patterns.made(&repository.line.summary) {
        return Ok(repository.line.summary.clone());
    }
    let mut fold = SummaryFold::default();
    let take = |line| match line {
        Line::Manifest(manifest) => fold.manifest(&manifest),
        Line::Tag(tag) => fold.tag(&tag, patterns),
    };
    each_line(&mut snapshot.lines(repository), take).await?;
    Ok(fold.finish(patterns))
}

fn add(sums: &mut InventorySummary, name: &str, of: &Summary) {
    let named = |examples: &mut Vec<String>, tags: &[String]| {
        let free = EXAMPLES.saturating_sub(examples.len());
        examples.extend(tags.iter().take(free).map(|tag| format!("{name}:{tag}")));
    };
    sums.production_tags.locked += of.locked;
    sums.production_tags.unlocked += of.unlocked;
    named(&mut sums.production_tags.unlocked_examples, &of.unlocked_examples);
    sums.tagged_images += of.images;
    sums.signed_images += of.signed;
    sums.unattributed_signatures += of.unattributed;
    named(&mut sums.unsigned_examples, &of.unsigned_examples);
}

/// A line of a repository. Manifests come before tags.
#[derive(Debug)]
pub enum Line {
    Manifest(ManifestRecord),
    Tag(TagRecord),
}

/// Hands over every line of a repository.
pub async fn each_line(lines: &mut RepositoryReader<'_>, mut take: impl FnMut(Line)) -> Result<(), CollectError> {
    while let Some(text) = lines.next_lines().await? {
        each_of(&text, &mut take)?;
    }
    Ok(())
}

/// Hands over every line of a text.
pub fn each_of(text: &[u8], take: &mut impl FnMut(Line)) -> Result<(), CollectError> {
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        take(parse(line).map_err(|detail| unreadable("a line of a repository", detail))?);
    }
    Ok(())
}

fn parse(line: &[u8]) -> Result<Line, String> {
    let read = match LineKind::of(line) {
        Some(LineKind::Manifest) => serde_json::from_slice(line).map(Line::Manifest),
        Some(LineKind::Tag) => serde_json::from_slice(line).map(Line::Tag),
        _ => return Err("it is of an unknown form".to_owned()),
    };
    read.map_err(|error| error.to_string())
}
