//! `list tags`.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::filter::{Filter, Fit};
use super::held::{Held, HeldRepository};
use super::platform::Platform;
use super::row::{Columns, Field, Row};
use crate::audit::inventory::Line;
use crate::collect::CollectError;
use crate::inventory::repository::{LineKind, TagRecord};
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

/// Hands over the rows of the repository that came last, until `take` has enough.
pub async fn rows_of(
    held: &mut Held<'_>,
    repository: &HeldRepository,
    server: &LoginServer,
    filter: &Filter,
    mut take: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<(), CollectError> {
    let name = repository.name.as_str();
    if let Some(platform) = &filter.platform {
        for tag in for_platform(held, repository, filter, platform).await? {
            if take(row(server, name, tag)).is_break() {
                break;
            }
        }
        return Ok(());
    }
    let take = |line| match line {
        Line::Tag(tag) if filter.tag(&tag) => take(row(server, name, tag)),
        _ => ControlFlow::Continue(()),
    };
    let is_named = |name: &[u8]| std::str::from_utf8(name).is_ok_and(|name| filter.is_named(name));
    held.lines(|line| line.kind == LineKind::Tag && is_named(&line.key), take)
        .await
}

/// The tags of manifests for a platform. They are in memory at once: what indexes say is read behind the lines.
async fn for_platform(
    held: &mut Held<'_>,
    repository: &HeldRepository,
    filter: &Filter,
    platform: &Platform,
) -> Result<Vec<TagRecord>, CollectError> {
    let (mut tags, mut fitting, mut unsaid) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let take = |line| {
        match line {
            Line::Manifest(manifest) => match filter.platform(&manifest) {
                Fit::No => {}
                Fit::Yes => drop(fitting.insert(manifest.digest)),
                Fit::Unsaid => drop(unsaid.insert(manifest.digest)),
            },
            Line::Tag(tag) => {
                let is_of = |digests: &BTreeSet<Digest>| digests.contains(&tag.digest);
                if filter.tag(&tag) && (is_of(&fitting) || is_of(&unsaid)) {
                    tags.push(tag);
                }
            }
        }
        ControlFlow::Continue(())
    };
    held.lines(|_| true, take).await?;
    if tags.iter().any(|tag| unsaid.contains(&tag.digest)) {
        let known = held.indexes_for(&repository.name, platform).await?;
        tags.retain(|tag| !unsaid.contains(&tag.digest) || known.contains(&tag.digest));
    }
    Ok(tags)
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
