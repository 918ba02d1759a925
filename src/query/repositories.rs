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

/// The next row; none at the end.
pub async fn next(held: &mut Held<'_>, server: &LoginServer, filter: &Filter) -> Result<Option<Row>, CollectError> {
    while let Some(repository) = held.next_of(filter).await? {
        let repository = held.counted(repository).await?;
        let is_locked = repository.write_enabled == Some(false);
        let bytes = repository.counts.map(|counts| counts.bytes);
        if filter.size(bytes) && (!filter.locked || is_locked) {
            return Ok(Some(row(server, &repository)));
        }
    }
    Ok(None)
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
