//! The last word: a table for people, JSON for programs.

use serde::{Deserialize, Serialize};

use super::resources::Resources;
use super::table::{Cell, Kind, Table};
use crate::inventory::problem::{Completeness, Problems};
use crate::inventory::registry::Totals;

/// What became of one registry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrySummary {
    pub login_server: String,
    /// Absent when nothing could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Totals>,
    /// Requests sent to the registry.
    pub requests: u64,
    pub status: Completeness,
    pub problems: Problems,
}

/// What became of all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub generation: String,
    pub registries: Vec<RegistrySummary>,
    /// Problems of discovery.
    pub problems: Problems,
    /// Requests sent to all services.
    pub requests: u64,
    pub store: StoreOperations,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
}

/// Operations on the store.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreOperations {
    pub reads: u64,
    pub writes: u64,
    pub lists: u64,
    pub deletes: u64,
}

impl StoreOperations {
    /// What a store has been asked so far.
    pub fn of(operations: &crate::store::Operations) -> Self {
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
        Self {
            reads: load(&operations.reads),
            writes: load(&operations.writes),
            lists: load(&operations.lists),
            deletes: load(&operations.deletes),
        }
    }
}

impl Summary {
    /// Whether everything was found and read.
    pub fn is_complete(&self) -> bool {
        self.problems.count == 0
            && self
                .registries
                .iter()
                .all(|registry| registry.status == Completeness::Complete)
    }
}

/// The table of registries.
pub(super) fn table(registries: &[RegistrySummary]) -> Table {
    let columns = [
        ("registry", Kind::Name),
        ("repositories", Kind::Number),
        ("tags", Kind::Number),
        ("manifests", Kind::Number),
        ("bytes", Kind::Number),
        ("requests", Kind::Number),
        ("status", Kind::Word),
    ];
    let row = |registry: &RegistrySummary| {
        let told = |text: &dyn Fn(&Totals) -> String| registry.totals.as_ref().map_or("–".to_owned(), text);
        [
            registry.login_server.clone().into(),
            told(&|totals| totals.repositories.to_string()).into(),
            told(&|totals| totals.tags.to_string()).into(),
            told(&|totals| totals.manifests.to_string()).into(),
            told(&|totals| bytes(totals.bytes)).into(),
            registry.requests.to_string().into(),
            Cell::toned(registry.status.as_str(), registry.status.into()),
        ]
    };
    Table::new(columns, registries.iter().map(row))
}

/// Prints the problems, the first few per registry, on stderr.
pub fn print_problems(registries: &[RegistrySummary]) {
    const SHOWN: usize = 5;
    for registry in registries {
        for problem in registry.problems.first.iter().take(SHOWN) {
            let place = problem
                .repository
                .as_deref()
                .map(|name| format!("/{name}"))
                .unwrap_or_default();
            errln!(
                "{}{place}: {} ({})",
                registry.login_server,
                problem.message,
                problem.code
            );
        }
        let more = registry.problems.count.saturating_sub(SHOWN as u64);
        if more > 0 {
            errln!("{}: {more} more problems, see registry.json", registry.login_server);
        }
    }
}

fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}
