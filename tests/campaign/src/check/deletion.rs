//! Deletions, judged when they happen: nothing goes that anything names, and nothing before its time. All times are those
//! of the storage.

use acr_inventory::inventory::SCHEMA_VERSION;
use acr_inventory::snapshot::retention::Keep;
use simulator::blob::Blobs;
use time::{Date, Duration, OffsetDateTime};

use super::naming::{document, manifests, of_checkpoint, of_snapshot, pointed};

/// Whoever wrote what nobody names may be about to name it, for so long.
const LEFT_ALONE: Duration = Duration::days(2);

/// What is wrong with a deletion that has just happened; `written`: when the storage had the blob; `looked`: when whoever
/// deletes it listed the snapshots.
pub(crate) fn complaint(
    blobs: &Blobs,
    name: &str,
    (written, looked): (OffsetDateTime, Option<OffsetDateTime>),
    keep: &Keep,
) -> Option<String> {
    let (kind, rest) = name.strip_prefix("v2/")?.split_once('/')?;
    let early = || {
        let longest = Duration::days(i64::from(keep.all.max(keep.daily).max(keep.weekly)));
        let age = blobs.now() - written;
        (age <= longest).then(|| format!("{age} old"))
    };
    if kind == "runs" {
        let current = document(blobs, "v2/runs/current.json").to_string();
        let is_named = current.contains(rest.strip_suffix(".json").unwrap_or(rest));
        let named = || (rest == "current.json" || is_named).then(|| "which is the current run".to_owned());
        return named().or_else(early);
    }
    let (server, file) = rest.split_once('/')?;
    let checkpoint = document(blobs, &format!("v2/state/{server}/refresh.json"));
    let by_checkpoint = || {
        let named = of_checkpoint(server, &checkpoint);
        let phase = &checkpoint["phase"];
        (named.iter().any(|one| one == name)).then(|| format!("which the checkpoint names, in phase {phase}"))
    };
    let age = blobs.now() - written;
    let folder = file.split('/').next()?;
    // Nobody knows what a manifest names that cannot be read.
    let is_of_snapshot = kind == "registries" && ["snapshots", "index", "packs"].contains(&folder);
    if let Some(unknown) = unknown(blobs, server, looked).filter(|_| is_of_snapshot) {
        return Some(format!("while {unknown} could not be read"));
    }
    match (kind, folder) {
        ("registries", "snapshots") => {
            if pointed(blobs, server).contains(name) {
                return Some("which a document points to".to_owned());
            }
            is_to_keep(blobs, (server, name), (written, blobs.now()), keep)
                .then(|| format!("{age} old, which was to be kept"))
        }
        ("registries", "index" | "packs") => {
            let mut manifests = manifests(blobs, server).into_iter();
            let named = manifests.find(|manifest| {
                let named = of_snapshot(server, &document(blobs, manifest));
                named.iter().any(|one| one == name)
            });
            let named = named.map(|manifest| format!("which {manifest} names"));
            let early = || (age <= LEFT_ALONE).then(|| format!("{age} old"));
            named.or_else(by_checkpoint).or_else(early)
        }
        ("registries", "registry.json" | "audit.json") | ("state", "refresh.json") => {
            Some("which nobody does".to_owned())
        }
        ("registries", "changes") => early(),
        ("state", _) => by_checkpoint(),
        _ => None,
    }
}

/// A manifest that this build cannot read, and that was there when it looked.
fn unknown(blobs: &Blobs, server: &str, looked: Option<OffsetDateTime>) -> Option<String> {
    let written = |manifest: &str| blobs.modified_of("inventory", manifest);
    let was_there = |manifest: &String| looked.is_none_or(|looked| written(manifest).is_some_and(|at| at < looked));
    let mut manifests = manifests(blobs, server).into_iter().filter(was_there);
    manifests.find(|manifest| document(blobs, manifest)["schemaVersion"] != SCHEMA_VERSION)
}

/// Whether a snapshot has to be kept for its age, beside those that are there.
pub(super) fn is_to_keep(
    blobs: &Blobs,
    (server, name): (&str, &str),
    (written, now): (OffsetDateTime, OffsetDateTime),
    keep: &Keep,
) -> bool {
    let manifests = manifests(blobs, server);
    let newer: Vec<&String> = manifests.iter().filter(|one| one.as_str() > name).collect();
    let is_younger = |days: u16| now - written <= Duration::days(i64::from(days));
    // The newest one of its time, unless a newer one is of the same.
    let is_newest_of = |of: fn(Date) -> (i32, u16)| {
        let times = newer.iter().filter_map(|one| blobs.modified_of("inventory", one));
        times.map(|at| of(at.date())).all(|time| time != of(written.date()))
    };
    newer.len() < keep.newest
        || is_younger(keep.all)
        || (is_younger(keep.daily) && is_newest_of(|day| (day.year(), day.ordinal())))
        || (is_younger(keep.weekly) && is_newest_of(week))
}

/// Of ISO 8601, by its year.
fn week(day: Date) -> (i32, u16) {
    let (year, week, _) = day.to_iso_week_date();
    (year, week.into())
}
