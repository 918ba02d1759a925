//! `list registries`: what there is, how complete, how old, how big, gone since when.

use super::row::{Columns, Field, Row};
use crate::inventory::registry::RegistryDocument;

/// Its columns.
pub const COLUMNS: Columns = &[
    "registry",
    "repositories",
    "manifests",
    "tags",
    "bytes",
    "completeness",
    "snapshot",
    "observedAt",
    "goneSince",
];

/// The row of a registry. `gone_since`: when it was first missed.
pub fn row(registry: &RegistryDocument, gone_since: Option<String>) -> Row {
    let totals = registry.totals;
    let total = |of: fn(&crate::inventory::registry::Totals) -> u64| {
        totals
            .as_ref()
            .map_or(Field::Absent, |totals| Field::Number(of(totals)))
    };
    vec![
        Field::Text(registry.login_server.to_string()),
        total(|totals| totals.repositories),
        total(|totals| totals.manifests),
        total(|totals| totals.tags),
        totals.map_or(Field::Absent, |totals| Field::Bytes(totals.bytes)),
        Field::Text(registry.status.completeness.as_str().to_owned()),
        Field::maybe(registry.snapshot.as_ref().map(|pointer| pointer.generation.to_string())),
        Field::Text(registry.observed_at.clone()),
        Field::maybe(gone_since),
    ]
}
