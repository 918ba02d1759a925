//! What is measured: a registry of some size, some latency, and the command or the whole function app.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;

use super::access::AccessCase;
use super::least::Least;
use super::query;
use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::tenant::Tenant;
use simulator::world::World;
use simulator::{Options, Service};

/// Tags that a world holds in memory; larger ones are generated, so that the simulator stays small beside what it
/// measures.
const HELD: usize = 100_000;

/// So many that the storage decides how long a run takes.
const MANY_REPOSITORIES: (usize, usize, usize) = (1, 100_000, 2);

/// A storage account in the region of whoever writes there.
const STORAGE_LATENCY: Duration = Duration::from_millis(5);

#[derive(Debug, Clone)]
pub(super) struct Case {
    /// All of the same size, read at the same time.
    pub(super) registries: usize,
    pub(super) repositories: usize,
    /// In each repository, every one with an image of its own, every tenth a multi-platform one.
    pub(super) tags: usize,
    /// Added to every answer.
    pub(super) latency: Duration,
    pub(super) through: Through,
}

/// What reads the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Through {
    /// The `collect` command, with a directory as store.
    Collect,
    /// The same, with blob storage as store: it answers after [`STORAGE_LATENCY`].
    CollectToBlobs,
    /// The handler under the simulated Functions host: timer, queue, blob storage.
    FunctionApp,
}

impl Through {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::CollectToBlobs => "collect to blobs",
            Self::FunctionApp => "function app",
        }
    }
}

/// The cases to measure, in order.
pub(super) fn plan(sizes: &[(usize, usize, usize)], latency: u64, quick: bool) -> Vec<Case> {
    let several = |(registries, repositories, tags), latency, through| Case {
        registries,
        repositories,
        tags,
        latency: Duration::from_millis(latency),
        through,
    };
    let case = |(repositories, tags), latency, through| several((1, repositories, tags), latency, through);
    let with_latency = |size, through| {
        let latencies = std::iter::once(0).chain((latency > 0).then_some(latency));
        latencies.map(move |latency| several(size, latency, through))
    };
    if !sizes.is_empty() {
        let of_size = |size: &(usize, usize, usize)| {
            let mut of_size = Vec::new();
            // One process reads several registries at the same time only as a function app.
            if *size == MANY_REPOSITORIES {
                of_size.push(several(*size, 0, Through::Collect));
                of_size.extend((latency > 0).then(|| several(*size, latency, Through::CollectToBlobs)));
            } else if size.0 == 1 {
                of_size.extend(with_latency(*size, Through::Collect));
            }
            of_size.push(several(*size, 0, Through::FunctionApp));
            of_size
        };
        return sizes.iter().flat_map(of_size).collect();
    }
    let mut cases = vec![case((200, 50), 0, Through::Collect)];
    cases.extend(with_latency((1, 1_000, 100), Through::Collect));
    cases.push(case((1_000, 100), 0, Through::FunctionApp));
    if !quick {
        cases.push(case((10_000, 20), 0, Through::Collect));
        cases.push(case((10_000, 20), 0, Through::FunctionApp));
        cases.push(several(MANY_REPOSITORIES, 0, Through::Collect));
        if latency > 0 {
            cases.push(several(MANY_REPOSITORIES, latency, Through::CollectToBlobs));
        }
        // The simulated storage holds 4,000,000 tags of documents and parts: 8 GiB of memory.
        cases.push(several((4, 1_000, 1_000), 0, Through::FunctionApp));
        cases.push(case((1, 1_000_000), 0, Through::Collect));
        // The simulated storage holds this document several times over: 3 GiB of memory.
        cases.push(case((1, 1_000_000), 0, Through::FunctionApp));
    }
    cases
}

/// A case by what was asked for on the command line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// Registries, repositories in each and tags in each of these.
    Size(usize, usize, usize),
    Access(AccessCase),
    /// Questions to what is stored.
    Query,
}

/// Reads `REPOSITORIESxTAGS`, `REGISTRIESxREPOSITORIESxTAGS` or the name of a case of access.
pub(super) fn parse(text: &str) -> Result<Wanted, String> {
    if let Some(case) = AccessCase::ALL.into_iter().find(|case| case.name() == text) {
        return Ok(Wanted::Access(case));
    }
    if text == query::NAME {
        return Ok(Wanted::Query);
    }
    let numbers: Option<Vec<usize>> = text.split('x').map(|number| number.parse().ok()).collect();
    match *numbers.unwrap_or_default() {
        [repositories, tags] if repositories * tags > 0 => Ok(Wanted::Size(1, repositories, tags)),
        [registries, repositories, tags] if registries * repositories * tags > 0 => {
            Ok(Wanted::Size(registries, repositories, tags))
        }
        _ => Err(format!(
            "{text:?} is neither REPOSITORIESxTAGS, e.g. 200x50, nor REGISTRIESxREPOSITORIESxTAGS, nor access-matrix, \
             access-matrix-heavy or query"
        )),
    }
}

/// The sizes, the cases of access, and whether questions are asked.
pub(super) fn sorted(wanted: &[Wanted]) -> (Vec<(usize, usize, usize)>, Vec<AccessCase>, bool) {
    let (mut sizes, mut access, mut asks) = (Vec::new(), Vec::new(), false);
    for wanted in wanted {
        match wanted {
            Wanted::Size(registries, repositories, tags) => sizes.push((*registries, *repositories, *tags)),
            Wanted::Access(case) => access.push(*case),
            Wanted::Query => asks = true,
        }
    }
    (sizes, access, asks)
}

impl Case {
    /// A tenant with this registry, `bench`, or as many as there are to be.
    pub(super) fn tenant(&self) -> anyhow::Result<Tenant> {
        let mut world = World::as_pushed(self.repositories, self.tags).repeated(self.registries);
        if self.registries * self.repositories * self.tags <= HELD {
            world.hold();
        }
        let least = Least::of(&world);
        let blobs = self.through == Through::CollectToBlobs;
        let options = Options {
            latency: if blobs { STORAGE_LATENCY } else { self.latency },
            // Everything that a run may ask for, and as much again.
            // In the function app what is asked of storage and Service Bus stands in it, too.
            log_capacity: 8 * usize::try_from(least.lists + least.content)?,
            ..Options::default()
        };
        let tenant = Tenant::start(world, options)?;
        if blobs {
            let longer = Effect::Delay(self.latency.saturating_sub(STORAGE_LATENCY));
            let faults = tenant.simulator.faults();
            faults.add(Rule::new(longer).service(Service::Registry));
        }
        Ok(tenant)
    }

    /// Repositories and tags in each, behind the number of registries where there are several.
    pub(super) fn size(&self) -> String {
        let size = format!("{}×{}", self.repositories, self.tags);
        match self.registries {
            1 => size,
            several => format!("{several}×{size}"),
        }
    }

    /// Manifests and tags in the registries.
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
        write!(
            f,
            "{} {} ms {}",
            self.size(),
            self.latency.as_millis(),
            self.through.as_str()
        )
    }
}
