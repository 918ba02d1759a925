//! What waivers for some repositories of a registry cover: the inventory tells.

use std::collections::BTreeSet;

use serde::Deserialize as _;

use crate::app::App;
use crate::audit::inventory::stored_without;
use crate::audit::stored_audit;
use crate::chain::chain;
use crate::collect::{CollectError, stored_registry};
use crate::inventory::pointer::SnapshotPointer;
use crate::names::LoginServer;
use crate::posture::audit::judge;
use crate::posture::case::Case;
use crate::posture::evidence::{Evidence, Read};
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
use crate::posture::rule::Rule;
use crate::posture::verdict::Finding;
use crate::posture::waiver::Entry;

/// What they come to.
pub(super) struct Covered<'e> {
    /// Those that some repository is matched by; all of them where nobody knows.
    pub(super) by: Vec<(usize, &'e Entry)>,
    /// Nothing would fail without these repositories.
    pub(super) all: bool,
}

/// Judges again what the inventory holds without the repositories of these waivers. `stored`: the audit is.
pub(super) async fn covered<'e>(
    app: &App,
    server: &LoginServer,
    (rule, finding): (&Rule, &Finding),
    waivers: Vec<(usize, &'e Entry)>,
    stored: bool,
) -> Covered<'e> {
    let profile = as_judged(finding);
    let mut matched = BTreeSet::new();
    let is_waived = |name: &str| {
        let fitting = waivers.iter().filter(|(_, entry)| entry.is_for_repository(name));
        let places: Vec<usize> = fitting.map(|(place, _)| *place).collect();
        matched.extend(places.iter().copied());
        !places.is_empty()
    };
    let left = left(app, server, &profile, stored, is_waived)
        .await
        .unwrap_or_else(|error| {
            errln!(
                "{server}: its inventory does not tell what a waiver covers: {}",
                chain(&error)
            );
            None
        });
    let Some(left) = left else {
        return Covered {
            by: waivers,
            all: false,
        };
    };
    let case = Case {
        evidence: &Evidence::default(),
        access: &Read::default(),
        inventory: Some(&left),
        profile: &profile,
        now: crate::clock::now(),
    };
    Covered {
        by: waivers
            .into_iter()
            .filter(|(place, _)| matched.contains(place))
            .collect(),
        all: !Entry::is_needed(&judge(rule, &case)),
    }
}

/// What the finding's evidence says it was judged by.
fn as_judged(finding: &Finding) -> Profile {
    let mut profile = Profile::default();
    let evidence = |name: &str| finding.evidence.get(name);
    if let Some(patterns) = evidence("patterns").and_then(|patterns| Vec::deserialize(patterns).ok()) {
        profile.production_tag_patterns = patterns;
    }
    if let Some(percent) = evidence("wantedPercent").and_then(|percent| u8::deserialize(percent).ok()) {
        profile.signed_share_percent = percent;
    }
    profile
}

/// The sums of the snapshot that was judged, without some repositories; none where there is no snapshot.
async fn left(
    app: &App,
    server: &LoginServer,
    profile: &Profile,
    stored: bool,
    left_out: impl FnMut(&str) -> bool,
) -> Result<Option<InventorySummary>, CollectError> {
    let Some(snapshot) = judged(app, server, stored).await? else {
        return Ok(None);
    };
    let left = stored_without(&app.store, server, &snapshot, profile, left_out).await?;
    Ok(Some(left.summary))
}

async fn judged(app: &App, server: &LoginServer, stored: bool) -> Result<Option<SnapshotPointer>, CollectError> {
    if stored && let Some(record) = stored_audit(&app.store, server).await? {
        return Ok(record.snapshot);
    }
    let document = stored_registry(&app.store, server).await?;
    Ok(document.and_then(|document| document.snapshot))
}
