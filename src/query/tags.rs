//! `list tags`.

use std::collections::BTreeSet;

use super::filter::{Filter, Fit};
use super::held::{Held, HeldRepository};
use super::row::{Columns, Field, Row};
use crate::audit::inventory::Line;
use crate::collect::CollectError;
use crate::inventory::repository::TagRecord;
use crate::names::{Digest, LoginServer};

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
    let mut tags = Vec::new();
    // Of manifests, which come first, only where their platform is asked for.
    let (mut fitting, mut unsaid) = (BTreeSet::new(), BTreeSet::new());
    let take = |line| match line {
        Line::Manifest(manifest) if filter.platform.is_some() => match filter.platform(&manifest) {
            Fit::No => {}
            Fit::Yes => drop(fitting.insert(manifest.digest)),
            Fit::Unsaid => drop(unsaid.insert(manifest.digest)),
        },
        Line::Tag(tag) if filter.tag(&tag) => {
            let is_meant = |of: &BTreeSet<Digest>| of.contains(&tag.digest);
            if filter.platform.is_none() || is_meant(&fitting) || is_meant(&unsaid) {
                tags.push(tag);
            }
        }
        _ => {}
    };
    held.lines(take).await?;
    if let Some(platform) = &filter.platform
        && tags.iter().any(|tag| unsaid.contains(&tag.digest))
    {
        let known = held.indexes_for(&repository.name, platform).await?;
        tags.retain(|tag| !unsaid.contains(&tag.digest) || known.contains(&tag.digest));
    }
    let rows = tags.into_iter().map(|tag| row(server, repository.name.as_str(), tag));
    Ok(rows.collect())
}

fn row(server: &LoginServer, repository: &str, tag: TagRecord) -> Row {
    let locked = tag.changeable_attributes.write_enabled.map(|enabled| !enabled);
    vec![
        Field::Text(server.to_string()),
        Field::Text(repository.to_owned()),
        Field::Text(tag.name.to_string()),
        Field::Text(tag.digest.to_string()),
        Field::maybe(tag.created_time),
        Field::maybe(tag.last_update_time),
        locked.map_or(Field::Absent, Field::Flag),
    ]
}
