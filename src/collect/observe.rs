//! One look at a repository: both lists to their ends, streamed into a draft.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::CollectError;
use super::draft::Draft;
use crate::azure::Failure;
use crate::azure::acr::{Access, RegistryClient};
use crate::inventory::message::{EventEffect, EventHint};
use crate::inventory::problem::Problem;
use crate::inventory::repository::ManifestRecord;
use crate::names::{Digest, RepositoryName, Tag};

/// Pages of one list that are read at most in one look.
const PAGE_LIMIT: u64 = 100_000;
/// The one code by which a registry says that it does not have a repository.
pub(super) const NAME_UNKNOWN: &str = "NAME_UNKNOWN";
const INDEX_MEDIA_TYPES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// What a look showed.
#[derive(Debug)]
pub(super) enum Look {
    /// The registry does not know the repository.
    Absent,
    /// The lists, as far as they could be read; they are in the draft.
    Lists(Seen),
}

/// What is to be known of the lists besides their lines.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Why the lists are not complete; empty when they are.
    pub(super) problems: Vec<Problem>,
    /// The manifest list names other tags than the tag list (it may leave some out; or something changed between).
    pub(super) lists_disagree: bool,
    /// The registry shows what the event said.
    pub(super) shows_event: bool,
    pub(super) manifests: u64,
    pub(super) tags: u64,
}

/// Sums of hashes over (tag, digest) pairs: equal for equal sets, whatever their order, in constant memory.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pairs {
    count: u64,
    sum: u64,
}

impl Pairs {
    fn add(&mut self, tag: &Tag, digest: &Digest) {
        let mut hasher = DefaultHasher::new();
        (tag.as_str(), digest.as_str()).hash(&mut hasher);
        self.sum = self.sum.wrapping_add(hasher.finish());
        self.count += 1;
    }
}

/// Reads both lists into `draft`. Passing faults and refusals are errors; an answer that cannot be used makes the look
/// incomplete.
pub(super) async fn look(
    client: &RegistryClient,
    access: &Access,
    repository: &RepositoryName,
    hint: Option<&EventHint>,
    draft: &mut Draft<'_>,
) -> Result<Look, CollectError> {
    let mut seen = Seen::default();
    let mut event = EventSight::new(hint);
    let mut by_manifest = Pairs::default();
    let mut last: Option<String> = None;
    for page_number in 0.. {
        let page = match client.manifest_page(access, repository, last.as_deref()).await {
            Err(Failure::NotFound { code, .. }) if page_number == 0 && code == NAME_UNKNOWN => {
                return Ok(Look::Absent);
            }
            other => usable(other, repository, page_number, &mut seen)?,
        };
        let Some(page) = page else { break };
        seen.problems
            .extend(page.problems.into_iter().map(|problem| problem.of(repository)));
        for (mut manifest, tags) in page.items {
            tags.iter().for_each(|tag| by_manifest.add(tag, &manifest.digest));
            event.manifest(&manifest.digest);
            seen.manifests += 1;
            add_platforms(client, access, repository, &mut manifest, draft, &mut seen).await?;
            draft.manifest(&manifest).await?;
        }
        last = page.next;
        if last.is_none() {
            break;
        }
    }
    let mut by_tag = Pairs::default();
    let mut last: Option<String> = None;
    for page_number in 0.. {
        let page = client.tag_page(access, repository, last.as_deref()).await;
        let Some(page) = usable(page, repository, page_number, &mut seen)? else {
            break;
        };
        seen.problems
            .extend(page.problems.into_iter().map(|problem| problem.of(repository)));
        for tag in &page.items {
            by_tag.add(&tag.name, &tag.digest);
            event.tag(&tag.name);
            seen.tags += 1;
            draft.tag(tag).await?;
        }
        last = page.next;
        if last.is_none() {
            break;
        }
    }
    seen.lists_disagree = by_manifest != by_tag;
    seen.shows_event = event.is_shown();
    Ok(Look::Lists(seen))
}

/// A page, or none if the list cannot be read on: the reason is a problem then, and the look is incomplete.
fn usable<T>(
    page: Result<T, Failure>,
    repository: &RepositoryName,
    page_number: u64,
    seen: &mut Seen,
) -> Result<Option<T>, CollectError> {
    match page {
        Ok(_) if page_number >= PAGE_LIMIT => {
            let message = format!("more than {PAGE_LIMIT} pages");
            seen.problems
                .push(Problem::new("too-many-pages", message).of(repository));
            Ok(None)
        }
        Ok(page) => Ok(Some(page)),
        // It was there a moment ago: look again from the beginning.
        Err(Failure::NotFound { code, .. }) if code == NAME_UNKNOWN => Err(CollectError::Contended {
            what: repository.to_string(),
        }),
        // A 404 of another kind (plain text, some proxy's page) says nothing of the repository.
        Err(failure @ (Failure::Invalid { .. } | Failure::Refused { .. } | Failure::NotFound { .. })) => {
            seen.problems.push(failure.problem().of(repository));
            Ok(None)
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Children of an index are asked for once, when the index is new: an index is immutable.
async fn add_platforms(
    client: &RegistryClient,
    access: &Access,
    repository: &RepositoryName,
    manifest: &mut ManifestRecord,
    draft: &mut Draft<'_>,
    seen: &mut Seen,
) -> Result<(), CollectError> {
    let is_index = manifest
        .media_type
        .as_deref()
        .is_some_and(|media_type| INDEX_MEDIA_TYPES.contains(&media_type));
    if !is_index {
        return Ok(());
    }
    let known = draft
        .stored_manifest(&manifest.digest)
        .await?
        .and_then(|stored| stored.platforms);
    manifest.platforms = match known {
        Some(platforms) => Some(platforms),
        None => match client.platforms(access, repository, &manifest.digest).await {
            Ok(platforms) => Some(platforms),
            Err(failure @ (Failure::Invalid { .. } | Failure::NotFound { .. })) => {
                seen.problems.push(failure.problem().of(repository));
                None
            }
            Err(failure) => return Err(failure.into()),
        },
    };
    Ok(())
}

/// Watches for what an event said while the lists go by.
struct EventSight<'a> {
    hint: Option<&'a EventHint>,
    digest_listed: bool,
    tag_listed: bool,
}

impl<'a> EventSight<'a> {
    fn new(hint: Option<&'a EventHint>) -> Self {
        Self {
            hint,
            digest_listed: false,
            tag_listed: false,
        }
    }

    fn manifest(&mut self, digest: &Digest) {
        let watched = self.hint.and_then(|hint| hint.digest.as_ref());
        self.digest_listed |= watched == Some(digest);
    }

    fn tag(&mut self, tag: &Tag) {
        let watched = self.hint.and_then(|hint| hint.tag.as_ref());
        self.tag_listed |= watched == Some(tag);
    }

    fn is_shown(&self) -> bool {
        let Some(hint) = self.hint else {
            return true;
        };
        match hint.effect {
            EventEffect::Pushed => {
                (hint.digest.is_none() || self.digest_listed) && (hint.tag.is_none() || self.tag_listed)
            }
            EventEffect::Deleted => !self.digest_listed,
        }
    }
}
