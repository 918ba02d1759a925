//! Opening a refresh: join the one in progress, or begin the generation that the message names.

use std::cmp::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::base::Base;
use super::{RegistryWork, SKIP_AFTER_ATTEMPTS};
use crate::azure::Failure;
use crate::azure::arm::REGISTRY_API_VERSION;
use crate::collect::checkpoint::Checkpoint;
use crate::collect::{CollectError, age, commit, timestamp};
use crate::inventory::generation::Generation;
use crate::inventory::problem::Problems;
use crate::inventory::problem_code::ProblemCode;
use crate::inventory::refresh::{ContentWork, RefreshDocument};
use crate::inventory::registry::{RegistryDocument, Resource};
use crate::store::BlobKey;

/// What opening found.
pub(super) enum Opened {
    /// A refresh to work on.
    Checkpoint(Box<Checkpoint>),
    /// The registry is not what it was: its login server must not be contacted. Not written yet.
    Refused(Box<Checkpoint>),
    /// A newer generation is in progress, or somebody else has just begun this one.
    Superseded,
}

/// Reads the checkpoint first and only then the registry (commit rule 2). An older generation that is not closed is
/// joined, not thrown away: a registry that takes longer than the timer's period would otherwise never be finished.
pub(super) async fn open(work: &RegistryWork<'_>, generation: &Generation) -> Result<Opened, CollectError> {
    let found = Checkpoint::read(work.store, work.login_server).await?;
    if let Some(checkpoint) = found.as_ref() {
        let document = &checkpoint.document;
        match document.generation.number().cmp(&generation.number()) {
            // What is left of an older generation's later phases is carried on by this one.
            Ordering::Less if document.phase.is_after_close() => {}
            // Somebody carries it on: two chains of messages over one checkpoint would only hinder each other.
            Ordering::Less if is_alive(document, work.alive_within) => return Ok(Opened::Superseded),
            Ordering::Less | Ordering::Equal => {
                return Ok(found.map_or(Opened::Superseded, |checkpoint| {
                    Opened::Checkpoint(Box::new(checkpoint))
                }));
            }
            Ordering::Greater => return Ok(Opened::Superseded),
        }
    }
    let registry = commit::read::<RegistryDocument>(work.store, &BlobKey::Registry(work.login_server.clone())).await;
    let (baseline, base) = match registry {
        // The repositories can be read all the same; closing says what is wrong.
        Err(CollectError::Document { .. }) => (false, None),
        registry => {
            let current = registry?.and_then(|(document, _)| document.snapshot);
            (current.is_none(), Base::usable(work, current).await?)
        }
    };
    let mut problems = Problems::default();
    let mut refused = false;
    let resource = match read_resource(work).await {
        Ok(resource) => resource,
        Err(failure) if failure.is_transient() && work.attempt < SKIP_AFTER_ATTEMPTS => return Err(failure.into()),
        Err(failure) => {
            // Without the right to read ARM the data plane may still be read. A registry that ARM does not have, or
            // has under another host, may be somebody else's by now.
            refused = !failure.is_transient() && !matches!(failure, Failure::Denied { .. });
            problems.push(failure.problem());
            None
        }
    };
    let document = RefreshDocument {
        version: found.as_ref().map_or(0, |checkpoint| checkpoint.document.version),
        problems,
        resource,
        baseline,
        base,
        content: found
            .as_ref()
            .map_or_else(ContentWork::default, |before| carried_on(&before.document.content)),
        // The first of a registry has nothing to thin yet.
        retained_at: match &found {
            Some(before) => before.document.retained_at.clone(),
            None => Some(timestamp(crate::clock::now())),
        },
        ..work.nothing_read(generation)
    };
    let mut checkpoint = Checkpoint::after(found, document);
    if refused {
        return Ok(Opened::Refused(Box::new(checkpoint)));
    }
    Ok(match checkpoint.save(work.store, work.mover).await? {
        true => Opened::Checkpoint(Box::new(checkpoint)),
        false => Opened::Superseded,
    })
}

/// What an older generation left to do, and what it rescheduled.
fn carried_on(content: &ContentWork) -> ContentWork {
    ContentWork {
        lists: content.lists.iter().chain(&content.later).cloned().collect(),
        done: content.done,
        done_before: content.done,
        ..ContentWork::default()
    }
}

/// Whether a checkpoint was saved within this time, by the clock of whoever saved it: a matter of economy only.
fn is_alive(document: &RefreshDocument, within: Duration) -> bool {
    age(&document.updated_at).is_some_and(|age| age.unsigned_abs() < within)
}

/// The ARM resource, when there is an ARM to ask. The login server has to be the one that the refresh is about: a
/// registry that was deleted and whose name somebody else took is not the same registry.
async fn read_resource(work: &RegistryWork<'_>) -> Result<Option<Resource>, Failure> {
    let (Some(arm), Some(id)) = (work.arm, work.registry_id) else {
        return Ok(None);
    };
    let registry = arm.registry(id).await?;
    if registry.login_server != work.login_server.as_str() {
        let detail = format!(
            "its login server is {} now, not {}",
            registry.login_server, work.login_server
        );
        return Err(Failure::invalid(
            id.to_string(),
            ProblemCode::LoginServerChanged,
            detail,
        ));
    }
    Ok(Some(Resource {
        api_version: REGISTRY_API_VERSION.to_owned(),
        body: registry.body,
    }))
}

/// SKU name of the resource, if it was read.
pub(super) fn sku(document: &RefreshDocument) -> Option<&str> {
    let resource = document.resource.as_ref()?;
    resource.body.get("sku")?.get("name").and_then(Value::as_str)
}
