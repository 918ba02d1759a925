//! Change records: each commit's says what it changed, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;

use super::lines;
use super::repository::Document;
use crate::journal::Version;
use crate::truth::Content;

/// Whether the record of the commit `after`, written at this time, fits what it changed; the complaint if not.
pub(super) fn complaint<'a>(
    journal: &BTreeMap<String, Vec<Version>>,
    server: &str,
    (before, pasts): (Option<&Document>, impl Iterator<Item = &'a Content>),
    after: &Document,
    written: OffsetDateTime,
) -> Option<String> {
    if !after.is_known || before.is_some_and(|before| !before.is_known) {
        return None;
    }
    let expected = differences(before.map(|before| (before, &before.content)), after);
    let commit = after.header["commitId"].as_str().unwrap_or("");
    let Some(record) = record(journal, server, commit) else {
        // What a run wrote that died before its snapshot nobody knows.
        let may_lack = expected.is_empty()
            || before.is_some_and(|before| before.is_elsewhere)
            || (before.is_none() && is_baseline(journal, server, written));
        return (!may_lack).then(|| format!("no record says {:?}", expected.first()));
    };
    match recorded(record) {
        Ok(said) if said == expected => None,
        // It is compared with the last snapshot, which may be older than the document before.
        Ok(said)
            if before.is_some_and(|before| {
                before.is_elsewhere
                    && pasts
                        .into_iter()
                        .any(|past| said == differences(Some((before, past)), after))
            }) =>
        {
            None
        }
        Ok(said) => {
            let wrong: Vec<_> = said.symmetric_difference(&expected).take(2).collect();
            Some(format!("its record is wrong about {wrong:?}"))
        }
        Err(why) => Some(format!("its record cannot be read: {why}")),
    }
}

/// The change record of a commit, as it was last written.
pub(super) fn record<'a>(journal: &'a BTreeMap<String, Vec<Version>>, server: &str, commit: &str) -> Option<&'a Bytes> {
    let file = format!("/{commit}.ndjson");
    let folder = format!("v2/registries/{server}/changes/");
    let mut all = journal
        .range(folder.clone()..)
        .take_while(|(name, _)| name.starts_with(&folder));
    let (_, versions) = all.find(|(name, _)| name.ends_with(&file))?;
    // Old ones are deleted.
    versions.iter().rev().find_map(|version| version.content.as_ref())
}

/// What one version has that another has not, in the words of [`recorded`].
fn differences(before: Option<(&Document, &Content)>, after: &Document) -> BTreeSet<String> {
    let nothing = Content::new();
    let is_live = |document: &Document| document.header.get("removedAt").is_none();
    let (was, is) = (before.is_some_and(|(before, _)| is_live(before)), is_live(after));
    let mut all = Vec::new();
    if is && !was {
        all.push("repository-added".to_owned());
    }
    if was && !is {
        all.push("repository-removed".to_owned());
    }
    let (old, new) = (before.map_or(&nothing, |(_, content)| content), &after.content);
    for key in old.keys().chain(new.keys()) {
        let (kind, name) = key.split_once(' ').unwrap_or_default();
        let is_tag = kind == "tag";
        let digest = |value: &str| value.split(' ').next().unwrap_or("").to_owned();
        let switches = |value: &str| value.rsplit(' ').next().unwrap_or("").to_owned();
        match (old.get(key), new.get(key)) {
            (None, Some(value)) if is_tag => all.push(format!("tag-created {name} {}", digest(value))),
            (Some(value), None) if is_tag => all.push(format!("tag-removed {name} {}", digest(value))),
            (None, Some(_)) => all.push(format!("manifest-added {name}")),
            (Some(_), None) => all.push(format!("manifest-removed {name}")),
            (Some(old), Some(new)) => {
                if is_tag && digest(old) != digest(new) {
                    all.push(format!("tag-moved {name} {} {}", digest(old), digest(new)));
                }
                if switches(old) != switches(new) {
                    all.push(format!("lock-changed {key}"));
                }
            }
            (None, None) => {}
        }
    }
    all.into_iter().collect()
}

fn recorded(record: &Bytes) -> Result<BTreeSet<String>, String> {
    let lines = lines(record)?;
    let said = lines.iter().skip(1).map(|line| {
        let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or("");
        let kind = text("kind");
        match kind {
            "lock-changed" if line.get("tag").is_some() => format!("{kind} tag {}", text("tag")),
            "lock-changed" => format!("{kind} manifest {}", text("digest")),
            "tag-moved" => format!("{kind} {} {} {}", text("tag"), text("from"), text("to")),
            "tag-created" | "tag-removed" => format!("{kind} {} {}", text("tag"), text("digest")),
            "manifest-added" | "manifest-removed" => format!("{kind} {}", text("digest")),
            _ => kind.to_owned(),
        }
    });
    Ok(said.collect())
}

/// Whether the refresh of that time was the registry's first, which records nothing of what is new to it.
fn is_baseline(journal: &BTreeMap<String, Vec<Version>>, server: &str, at: OffsetDateTime) -> bool {
    let versions = journal.get(&format!("v2/state/{server}/refresh.json"));
    let last = versions.and_then(|all| all.iter().rfind(|version| version.at <= at));
    last.is_some_and(|version| version.json()["baseline"] == true)
}
