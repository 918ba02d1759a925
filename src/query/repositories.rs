//! `list repositories`: from the index alone, but for what an event has changed since.

use super::filter::Filter;
use super::held::{Held, HeldRepository};
use super::row::{Columns, Field, Row};
use crate::collect::CollectError;
use crate::names::LoginServer;

/// Its columns.
pub const COLUMNS: Columns = &[
    "registry",
    "repository",
    "manifests",
    "tags",
    "bytes",
    "locked",
    "completeness",
];

/// The row of a repository that came last; none if it is not meant.
pub async fn row_of(
    held: &mut Held<'_>,
    repository: HeldRepository,
    server: &LoginServer,
    filter: &Filter,
) -> Result<Option<Row>, CollectError> {
    let repository = held.counted(repository).await?;
    let is_locked = repository.write_enabled == Some(false);
    let bytes = repository.counts.map(|counts| counts.bytes);
    let is_meant = filter.size(bytes) && (!filter.locked || is_locked);
    Ok(is_meant.then(|| row(server, &repository)))
}

fn row(server: &LoginServer, repository: &HeldRepository) -> Row {
    let counts = repository.counts;
    vec![
        Field::Text(server.to_string()),
        Field::Text(repository.name.to_string()),
        counts.map_or(Field::Absent, |counts| Field::Number(counts.manifests)),
        counts.map_or(Field::Absent, |counts| Field::Number(counts.tags)),
        counts.map_or(Field::Absent, |counts| Field::Bytes(counts.bytes)),
        repository
            .write_enabled
            .map_or(Field::Absent, |enabled| Field::Flag(!enabled)),
        Field::Text(repository.completeness.as_str().to_owned()),
    ]
}
