//! What audits tell apart of the registry itself: verdicts, principals, roles, settings. Only the last audit of a registry
//! is stored, so it is told from the change records that audits (and closed runs) left between two snapshots: the sum of
//! them, so that what came and went again is not told.

mod net;

use time::OffsetDateTime;

use super::changes::{Changes, Period, Step};
use super::difference::{self, Difference, Wanted, What};
use super::runs::first_run_after;
use crate::audit::stored_audit;
use crate::collect::CollectError;
use crate::inventory::generation::Generation;
use crate::inventory::pointer::SnapshotPointer;
use crate::inventory::run::RunDocument;
use crate::names::LoginServer;
use crate::store::Store;
use net::Net;

/// Kinds of changes that are told so.
pub const KINDS: &[&str] = difference::KINDS.split_at(difference::OF_REPOSITORIES).1;

/// What is known of the audits between two snapshots.
#[derive(Debug)]
pub struct Audited {
    pub differences: Vec<Difference>,
    /// The snapshot that the last audit judged; none: there is no audit.
    pub judged: Option<SnapshotPointer>,
    /// Records that cannot be read, and why.
    pub unreadable: Vec<String>,
    /// Records of which it cannot be told whether their commit took place.
    pub unsettled: u64,
}

/// What was recorded from the first run after `from` up to the first run after `to`: audits judge what a run has just
/// closed.
pub async fn audited(
    store: &Store,
    server: &LoginServer,
    (from, to): (&Generation, &Generation),
    wanted: &Wanted,
    on: &(dyn Fn(Step) + Sync),
) -> Result<Audited, CollectError> {
    let audit = stored_audit(store, server).await?;
    let mut audited = Audited {
        differences: Vec::new(),
        judged: audit.and_then(|audit| audit.snapshot),
        unreadable: Vec::new(),
        unsettled: 0,
    };
    let Some(since) = opened_after(store, server, from).await? else {
        return Ok(audited);
    };
    let until = opened_after(store, server, to).await?;
    // The moment at which the run after it was opened is not meant any more.
    let until = until.map_or_else(crate::clock::now, |until| until - time::Duration::SECOND);
    let servers = [server.clone()];
    let recorded = Wanted {
        kinds: KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
        of_registries_alone: true,
        ..Wanted::default()
    };
    let mut changes = Changes::new(store, &servers, &recorded, Period { since, until });
    let mut net = Net::default();
    while let Some(day) = changes.next(on).await? {
        for difference in day {
            if let What::Change(change) = difference.what {
                net.add(change);
            }
        }
    }
    audited.unreadable = std::mem::take(&mut changes.unreadable);
    audited.unsettled = changes.unsettled;
    let told = net
        .finish()
        .into_iter()
        .map(What::Change)
        .filter(|what| wanted.change(what));
    audited.differences = told
        .map(|what| Difference {
            what,
            login_server: server.clone(),
            repository: None,
            recorded: None,
        })
        .collect();
    Ok(audited)
}

/// When the first run after a generation that was about this registry was opened; none: there was none.
async fn opened_after(
    store: &Store,
    server: &LoginServer,
    generation: &Generation,
) -> Result<Option<OffsetDateTime>, CollectError> {
    let is_about = |run: &RunDocument| run.has(server);
    let run = first_run_after(store, generation, is_about).await?;
    Ok(run.and_then(|run| run.generation.opened()))
}
