//! Waivers put on findings; those that do nothing are named, so that the file stays as short as it can be.

use serde::Deserialize as _;

use super::Audited;
use super::gate::Waivers;
use crate::app::App;
use crate::audit::inventory::stored_without;
use crate::audit::stored_audit;
use crate::chain::chain;
use crate::collect::{CollectError, stored_registry};
use crate::inventory::snapshot::SnapshotPointer;
use crate::names::LoginServer;
use crate::posture::audit::judge;
use crate::posture::case::Case;
use crate::posture::evidence::{Evidence, Read};
use crate::posture::profile::Profile;
use crate::posture::rule::RULES;
use crate::posture::verdict::Finding;
use crate::posture::waiver::Entry;

/// What a waiver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// No finding of its rule is about its registries.
    Nothing,
    /// What it is for passes, or is not applicable.
    NotNeeded,
    /// It is for some repositories, and others fail too.
    NotEnough,
    Waives,
}

/// Puts the waivers on what fails or is unknown; says of each that did nothing why. `stored`: the audits are.
pub(super) async fn waive(app: &App, waivers: &Waivers, audited: &mut [Audited], stored: bool) {
    let mut effects = vec![Effect::Nothing; waivers.entries.len()];
    for registry in audited {
        let server = &registry.login_server;
        for finding in &mut registry.audit.findings {
            let entries = waivers.entries.iter().enumerate();
            let fitting: Vec<_> = entries
                .filter(|(_, entry)| entry.is_for(finding, server.as_str()))
                .collect();
            if fitting.is_empty() {
                continue;
            }
            let (whole, some): (Vec<_>, Vec<_>) = fitting
                .iter()
                .copied()
                .partition(|(_, entry)| entry.waiver.repository.is_none());
            let (effect, by) = if !Entry::is_needed(finding) {
                (Effect::NotNeeded, fitting)
            } else if !whole.is_empty() {
                finding.waivers = whole.iter().map(|(_, entry)| entry.waiver.clone()).collect();
                (Effect::Waives, whole)
            } else if covers(app, server, finding, &some, stored).await {
                finding.waivers = some.iter().map(|(_, entry)| entry.waiver.clone()).collect();
                (Effect::Waives, some)
            } else {
                (Effect::NotEnough, some)
            };
            for (place, _) in by {
                if let Some(known) = effects.get_mut(place) {
                    *known = (*known).max(effect);
                }
            }
        }
    }
    for (entry, effect) in waivers.entries.iter().zip(effects) {
        let (path, line, number, rule) = (&waivers.path, entry.line, entry.number, &entry.rule);
        let why = match effect {
            Effect::Waives => continue,
            Effect::Nothing => format!("it matches nothing here: {rule} on {}", entry.waiver.registry),
            Effect::NotNeeded => format!("it is not needed: {rule} does not fail"),
            Effect::NotEnough => format!("it waives nothing: {rule} fails for other repositories too"),
        };
        errln!("{path}:{line}: waiver {number}: {why}");
    }
}

/// Whether nothing would fail without the repositories that these waivers are for.
async fn covers(app: &App, server: &LoginServer, finding: &Finding, waivers: &[(usize, &Entry)], stored: bool) -> bool {
    let Some(rule) = RULES.iter().find(|rule| rule.id == finding.rule) else {
        return false;
    };
    // As it was judged.
    let mut profile = Profile::default();
    let evidence = |name: &str| finding.evidence.get(name);
    if let Some(patterns) = evidence("patterns").and_then(|patterns| Vec::deserialize(patterns).ok()) {
        profile.production_tag_patterns = patterns;
    }
    if let Some(percent) = evidence("wantedPercent").and_then(|percent| u8::deserialize(percent).ok()) {
        profile.signed_share_percent = percent;
    }
    let is_waived = |name: &str| waivers.iter().any(|(_, entry)| entry.is_for_repository(name));
    let read = async {
        let Some(snapshot) = judged(app, server, stored).await? else {
            return Ok(None);
        };
        let left = stored_without(&app.store, server, &snapshot, &profile, is_waived).await?;
        Ok::<_, CollectError>(Some(left.summary))
    };
    let left = read.await.unwrap_or_else(|error| {
        errln!(
            "{server}: its inventory does not tell what a waiver covers: {}",
            chain(&error)
        );
        None
    });
    let Some(left) = left else { return false };
    let case = Case {
        evidence: &Evidence::default(),
        access: &Read::default(),
        inventory: Some(&left),
        profile: &profile,
        now: crate::clock::now(),
    };
    !Entry::is_needed(&judge(rule, &case))
}

/// The snapshot that was judged.
async fn judged(app: &App, server: &LoginServer, stored: bool) -> Result<Option<SnapshotPointer>, CollectError> {
    if stored && let Some(record) = stored_audit(&app.store, server).await? {
        return Ok(record.snapshot);
    }
    let document = stored_registry(&app.store, server).await?;
    Ok(document.and_then(|document| document.snapshot))
}
