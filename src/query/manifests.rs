//! `list manifests`, each with its tags.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::filter::{Filter, Fit};
use super::held::{Held, HeldRepository};
use super::row::{Columns, Field, Row};
use crate::audit::inventory::Line;
use crate::collect::CollectError;
use crate::inventory::repository::ManifestRecord;
use crate::names::{Digest, LoginServer};

/// Its columns.
pub const COLUMNS: Columns = &[
    "registry",
    "repository",
    "digest",
    "tags",
    "mediaType",
    "imageSize",
    "createdTime",
    "lastUpdateTime",
    "platform",
    "locked",
];

/// The rows of the repository that came last. They are in memory at once: what tags a manifest has stands behind all
/// manifests.
pub async fn rows_of(
    held: &mut Held<'_>,
    repository: &HeldRepository,
    server: &LoginServer,
    filter: &Filter,
) -> Result<Vec<Row>, CollectError> {
    let mut found: BTreeMap<Digest, (ManifestRecord, Vec<String>)> = BTreeMap::new();
    let mut unsaid = BTreeSet::new();
    let take = |line| {
        match line {
            Line::Manifest(manifest) if filter.manifest(&manifest) => match filter.platform(&manifest) {
                Fit::No => {}
                fit => {
                    if fit == Fit::Unsaid {
                        unsaid.insert(manifest.digest.clone());
                    }
                    found.insert(manifest.digest.clone(), (manifest, Vec::new()));
                }
            },
            Line::Tag(tag) => {
                if let Some((_, tags)) = found.get_mut(&tag.digest) {
                    tags.push(tag.name.to_string());
                }
            }
            Line::Manifest(_) => {}
        }
        ControlFlow::Continue(())
    };
    held.lines(|_| true, take).await?;
    if let (Some(platform), false) = (&filter.platform, unsaid.is_empty()) {
        let known = held.indexes_for(&repository.name, platform).await?;
        found.retain(|digest, _| !unsaid.contains(digest) || known.contains(digest));
    }
    let named = |tags: &[String]| {
        let globs = filter.tags.as_ref();
        globs.is_none_or(|globs| tags.iter().any(|tag| globs.is_match(tag)))
    };
    let meant = |tags: &[String]| named(tags) && (tags.is_empty() || !filter.untagged);
    let meant = found.into_values().filter(|(_, tags)| meant(tags));
    let rows = meant.map(|(manifest, tags)| row(server, repository.name.as_str(), manifest, tags));
    Ok(rows.collect())
}

fn row(server: &LoginServer, repository: &str, manifest: ManifestRecord, tags: Vec<String>) -> Row {
    let platform = manifest.os.map(|os| match manifest.architecture {
        Some(architecture) => format!("{os}/{architecture}"),
        None => os,
    });
    let locked = manifest.changeable_attributes.write_enabled.map(|enabled| !enabled);
    vec![
        Field::Text(server.to_string()),
        Field::Text(repository.to_owned()),
        Field::Text(manifest.digest.to_string()),
        Field::List(tags),
        Field::maybe(manifest.media_type),
        manifest.image_size.map_or(Field::Absent, Field::Bytes),
        Field::maybe(manifest.created_time),
        Field::maybe(manifest.last_update_time),
        Field::maybe(platform.filter(|platform| !platform.is_empty())),
        locked.map_or(Field::Absent, Field::Flag),
    ]
}
