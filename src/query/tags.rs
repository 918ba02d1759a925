//! `list tags`.

use super::filter::Filter;
use super::held::{Held, HeldRepository};
use super::row::{Columns, Field, Row};
use crate::audit::inventory::Line;
use crate::collect::CollectError;
use crate::names::LoginServer;

/// Its columns.
pub const COLUMNS: Columns = &[
    "registry",
    "repository",
    "tag",
    "digest",
    "createdTime",
    "lastUpdateTime",
    "locked",
];

/// The rows of the repository that came last.
pub async fn rows_of(
    held: &mut Held<'_>,
    repository: &HeldRepository,
    server: &LoginServer,
    filter: &Filter,
) -> Result<Vec<Row>, CollectError> {
    let mut rows = Vec::new();
    let take = |line| {
        if let Line::Tag(tag) = line
            && filter.tag(&tag)
        {
            let locked = tag.changeable_attributes.write_enabled.map(|enabled| !enabled);
            rows.push(vec![
                Field::Text(server.to_string()),
                Field::Text(repository.name.to_string()),
                Field::Text(tag.name.to_string()),
                Field::Text(tag.digest.to_string()),
                Field::maybe(tag.created_time),
                Field::maybe(tag.last_update_time),
                locked.map_or(Field::Absent, Field::Flag),
            ]);
        }
    };
    held.lines(take).await?;
    Ok(rows)
}
