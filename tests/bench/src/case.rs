//! What is measured: a registry of some size, some latency, and the command or the whole function app.

use std::fmt;
use std::time::Duration;

use super::access::AccessCase;
use super::least::Least;
use simulator::Options;
use simulator::tenant::Tenant;
use simulator::world::World;

/// Tags that a world holds in memory; larger ones are generated, so that the simulator stays small beside what it
/// measures.
const HELD: usize = 100_000;

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) repositories: usize,
    /// In each repository, every one with an image of its own, every tenth a multi-platform one.
    pub(super) tags: usize,
    /// Added to every answer.
    pub(super) latency: Duration,
    pub(super) through: Through,
}

/// What reads the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// The `collect` command, with a directory as store.
    Collect,
    /// The handler under the simulated Functions host: timer, queue, blob storage.
    FunctionApp,
}

impl Through {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::FunctionApp => "function app",
        }
    }
}

/// The cases to measure, in order.
pub(super) fn plan(sizes: &[(usize, usize)], latency: u64, quick: bool) -> Vec<Case> {
    let case = |(repositories, tags), latency, through| Case {
        repositories,
        tags,
        latency: Duration::from_millis(latency),
        through,
    };
    let with_latency = |size, through| {
        let latencies = std::iter::once(0).chain((latency > 0).then_some(latency));
        latencies.map(move |latency| case(size, latency, through))
    };
    if !sizes.is_empty() {
        let collect = |size: &_| with_latency(*size, Through::Collect).collect::<Vec<_>>();
        let app = |size: &_| case(*size, 0, Through::FunctionApp);
        let of_size = |size| collect(size).into_iter().chain([app(size)]);
        return sizes.iter().flat_map(of_size).collect();
    }
    let mut cases = vec![case((200, 50), 0, Through::Collect)];
    cases.extend(with_latency((1_000, 100), Through::Collect));
    cases.push(case((1_000, 100), 0, Through::FunctionApp));
    if !quick {
        cases.push(case((10_000, 20), 0, Through::Collect));
        cases.push(case((10_000, 20), 0, Through::FunctionApp));
        cases.push(case((100_000, 2), 0, Through::Collect));
        cases.push(case((1, 1_000_000), 0, Through::Collect));
        // The simulated storage holds this document several times over: 3 GiB of memory.
        cases.push(case((1, 1_000_000), 0, Through::FunctionApp));
    }
    cases
}

/// A case by what was asked for on the command line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// Repositories and tags in each.
    Size(usize, usize),
    Access(AccessCase),
}

/// Reads `REPOSITORIESxTAGS` or the name of a case of access.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    if let Some(case) = AccessCase::ALL.into_iter().find(|case| case.name() == text) {
        return Ok(Wanted::Access(case));
    }
    let case = text
        .split_once('x')
        .and_then(|(repositories, tags)| Some((repositories.parse().ok()?, tags.parse().ok()?)));
    match case.filter(|(repositories, tags): &(usize, usize)| repositories * tags > 0) {
        Some((repositories, tags)) => Ok(Wanted::Size(repositories, tags)),
        None => Err(format!(
            "{text:?} is neither REPOSITORIESxTAGS, e.g. 200x50, nor access-matrix nor access-matrix-heavy"
        )),
    }
}

/// The sizes and the cases of access.
pub(super) fn sorted(wanted: &[Wanted]) -> (Vec<(usize, usize)>, Vec<AccessCase>) {
    let (mut sizes, mut access) = (Vec::new(), Vec::new());
    for wanted in wanted {
        match wanted {
            Wanted::Size(repositories, tags) => sizes.push((*repositories, *tags)),
            Wanted::Access(case) => access.push(*case),
        }
    }
    (sizes, access)
}

impl Case {
    /// A tenant with this registry, `bench`.
    pub(super) fn tenant(&self) -> anyhow::Result<Tenant> {
        let mut world = World::as_pushed(self.repositories, self.tags);
        if self.repositories * self.tags <= HELD {
            world.hold();
        }
        let least = Least::of(&world);
        let options = Options {
            latency: self.latency,
            // Everything that a run may ask for, and as much again.
            // In the function app what is asked of storage and Service Bus stands in it, too.
            log_capacity: 8 * usize::try_from(least.lists + least.content)?,
            ..Options::default()
        };
        Tenant::start(world, options)
    }

    /// Manifests and tags in the registry.
    pub(super) fn rows(&self, tenant: &Tenant) -> u64 {
        let world = tenant.simulator.world();
        let repositories = world
            .registries
            .values()
            .flat_map(|registry| registry.repositories.values());
        let rows: usize = repositories
            .map(|repository| repository.manifest_count() + repository.tag_count())
            .sum();
        rows as u64
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (repositories, tags, latency) = (self.repositories, self.tags, self.latency.as_millis());
        write!(f, "{repositories}×{tags} {latency} ms {}", self.through.as_str())
    }
}
