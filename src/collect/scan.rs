//! One scan of a repository: both lists to their ends, page by page, into lines that are merged later.

mod event;
mod lines;

use super::repository::{Lane, RepositoryWork, attributes_of};
use super::{CollectError, timestamp};
use crate::azure::Failure;
use crate::hash::uuid_of;
use crate::inventory::message::EventHint;
use crate::inventory::problem::{Problem, Problems};
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::{Pairs, ScanState, Stage};
use crate::names::{Digest, RepositoryName, Tag};
pub(super) use event::EventSight;
pub(super) use lines::RepositoryScan;
pub use lines::discard;

/// Pages of one repository that are read at most: a million manifests and their tags are 20,000 of a hundred …
const PAGE_LIMIT: u64 = 200_000;
/// … and so many more than there are items: a list may have an empty page, but it does not consist of them.
const EMPTY_PAGES: u64 = 1_000;
/// The one code by which a registry says that it does not have a repository.
pub(super) const NAME_UNKNOWN: &str = "NAME_UNKNOWN";

/// What a scan showed.
#[derive(Debug)]
pub(super) enum Scanned {
    /// The registry knows neither the repository nor any list of it.
    Absent(Box<ScanState>),
    /// There is more than this invocation (or the walk) has room for.
    Suspended(Box<ScanState>),
    /// The lists, as far as they can be read.
    Whole(Box<RepositoryScan>),
}

/// The beginning of an observation, after the document was read (rule 1) and before anything is observed (rule 2).
pub(super) fn begin(
    work: &RepositoryWork<'_>,
    repository: &RepositoryName,
    stored: Option<String>,
    restarts: u32,
) -> ScanState {
    ScanState {
        observed_from: work.client.registry_time().map(timestamp),
        stored,
        restarts,
        ..ScanState::begun(repository.clone(), timestamp(crate::clock::now()))
    }
}

/// Reads both lists from where `observation` stands. Passing faults and refusals are errors; an answer that cannot be
/// used makes the observation incomplete.
pub(super) async fn scan(
    work: &RepositoryWork<'_>,
    hint: Option<&EventHint>,
    observation: ScanState,
) -> Result<Scanned, CollectError> {
    let begun_at = observation.pages;
    let mut scanner = Scanner {
        work,
        event: EventSight::new(hint),
        observed: RepositoryScan::new(observation, work.snapshot.is_some()),
    };
    while scanner.observed.state.stage != Stage::Read {
        if work.deadline.is_time_to_suspend() {
            return Ok(Scanned::Suspended(Box::new(scanner.observed.suspend(work).await?)));
        }
        let read = match scanner.observed.state.stage {
            Stage::Manifests => scanner.manifests().await,
            _ => scanner.tags().await,
        };
        match read {
            Ok(Some(())) => {}
            Ok(None) => return Ok(Scanned::Absent(Box::new(scanner.observed.state))),
            Err(CollectError::Service(failure))
                if scanner.observed.state.pages > begun_at && scanner.is_worth_keeping(&failure) =>
            {
                return Ok(Scanned::Suspended(Box::new(scanner.observed.suspend(work).await?)));
            }
            Err(error) => return Err(error),
        }
        if !scanner.observed.has_room(work) {
            scanner.observed.spill(work).await?;
        }
    }
    scanner.observed.fresh = scanner.observed.state.pages - begun_at;
    scanner.observed.shows_event = scanner.event.is_shown();
    scanner.observed.seal(work);
    Ok(Scanned::Whole(Box::new(scanner.observed)))
}

struct Scanner<'a> {
    work: &'a RepositoryWork<'a>,
    event: EventSight<'a>,
    observed: RepositoryScan,
}

impl Scanner<'_> {
    /// Whether what has been read by now is kept for another invocation: of a long list, for any fault that passes; of
    /// others only when our own budget is spent, and the time too.
    fn is_worth_keeping(&self, failure: &Failure) -> bool {
        let is_ours = matches!(failure, Failure::Throttled { .. }) && !self.work.client.is_throttled();
        match self.work.lane {
            Lane::Walk if self.observed.is_spilled() => failure.is_transient(),
            Lane::Walk | Lane::Event => is_ours,
        }
    }

    /// The next page of manifests; none if the registry does not know the repository.
    async fn manifests(&mut self) -> Result<Option<()>, CollectError> {
        let (work, state) = (self.work, &self.observed.state);
        let repository = state.repository.clone();
        let page = work
            .client
            .manifest_page(work.access, &repository, state.cursor.as_deref());
        let page = match page.await {
            Err(Failure::NotFound { code, .. }) if state.pages == 0 && code == NAME_UNKNOWN => {
                return self.without_manifests().await;
            }
            other => self.usable(other)?,
        };
        let Some(page) = page else {
            self.next(None);
            return Ok(Some(()));
        };
        self.problems(page.problems.first);
        for (manifest, tags) in page.items {
            let state = &mut self.observed.state;
            tags.iter()
                .for_each(|tag| add(&mut state.by_manifest, tag, &manifest.digest));
            state.manifests += 1;
            state.bytes = state.bytes.saturating_add(manifest.image_size.unwrap_or(0));
            state.indexes += u64::from(manifest.is_index());
            self.event.manifest(&manifest.digest);
            self.observed.manifest(&manifest, work);
        }
        self.next(page.next);
        Ok(Some(()))
    }

    /// The registry does not know the repository by its list. Its counts decide: gone, empty, or something that it does
    /// not show; and where nothing is counted there is nothing more to ask.
    async fn without_manifests(&mut self) -> Result<Option<()>, CollectError> {
        let Some(attributes) = attributes_of(self.work, &self.observed.state.repository).await? else {
            return Ok(None);
        };
        self.next(None);
        self.observed.state.list_missing = true;
        if (attributes.manifest_count, attributes.tag_count) == (0, 0) {
            self.observed.state.stage = Stage::Read;
        }
        self.observed.attributes = Some(attributes);
        Ok(Some(()))
    }

    /// The next page of tags.
    async fn tags(&mut self) -> Result<Option<()>, CollectError> {
        let (work, state) = (self.work, &self.observed.state);
        let page = work
            .client
            .tag_page(work.access, &state.repository, state.cursor.as_deref())
            .await;
        let Some(page) = self.usable(page)? else {
            self.next(None);
            return Ok(Some(()));
        };
        self.problems(page.problems.first);
        for tag in &page.items {
            let state = &mut self.observed.state;
            add(&mut state.by_tag, &tag.name, &tag.digest);
            state.tags += 1;
            self.event.tag(&tag.name);
            self.observed.tag(tag, work);
        }
        self.next(page.next);
        Ok(Some(()))
    }

    /// Where the list goes on; without a cursor it is over.
    fn next(&mut self, cursor: Option<String>) {
        let state = &mut self.observed.state;
        state.pages += 1;
        if cursor.is_none() {
            state.stage = match state.stage {
                Stage::Manifests => Stage::Tags,
                _ => Stage::Read,
            };
        }
        state.cursor = cursor;
    }

    fn problems(&mut self, problems: Vec<Problem>) {
        let state = &mut self.observed.state;
        let repository = &state.repository;
        let room = Problems::KEPT.saturating_sub(state.problems.len());
        let problems = problems.into_iter().map(|problem| problem.of(repository));
        state.problems.extend(problems.take(room));
    }

    /// A page, or none if the list cannot be read on: the reason is a problem then, and the scan is incomplete.
    fn usable<T>(&mut self, page: Result<T, Failure>) -> Result<Option<T>, CollectError> {
        let state = &self.observed.state;
        let is_endless = state.pages >= PAGE_LIMIT || state.pages > EMPTY_PAGES + state.manifests + state.tags;
        match page {
            Ok(_) if is_endless => {
                let items = state.manifests + state.tags;
                let message = format!("it goes on after {} pages with {items} items", state.pages);
                self.problems(vec![Problem::new(ProblemCode::TooManyPages, message)]);
                Ok(None)
            }
            Ok(page) => Ok(Some(page)),
            // It was there a moment ago, or has no such list: what it counts decides.
            Err(Failure::NotFound { code, .. }) if code == NAME_UNKNOWN => {
                self.observed.state.list_missing = true;
                Ok(None)
            }
            // A 404 of another kind (plain text, some proxy's page) says nothing of the repository.
            Err(failure @ (Failure::Invalid { .. } | Failure::Refused { .. } | Failure::NotFound { .. })) => {
                self.problems(vec![failure.problem()]);
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// The sum stands in a checkpoint that another build may go on from, so the hash is one that never changes.
fn add(pairs: &mut Pairs, tag: &Tag, digest: &Digest) {
    let hash = uuid_of(format!("{tag}@{digest}").as_bytes()).as_u64_pair().0;
    pairs.sum = pairs.sum.wrapping_add(hash);
    pairs.count += 1;
}
