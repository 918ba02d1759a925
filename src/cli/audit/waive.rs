//! Waivers put on findings; those that do nothing are named, so that the file stays as short as it can be.

use super::Audited;
use super::covered::{Covered, covered};
use super::gate::Waivers;
use crate::app::App;
use crate::posture::rule::RULES;
use crate::posture::waiver::Entry;

/// What a waiver did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// No finding of its rule is about its registries, or none of its repositories is there.
    Nothing,
    /// What it is for passes, is not applicable, or is waived as a whole.
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
            let mut took = |fitting: &[(usize, &Entry)], effect: Effect| {
                for (place, _) in fitting {
                    if let Some(known) = effects.get_mut(*place) {
                        *known = (*known).max(effect);
                    }
                }
            };
            if !Entry::is_needed(finding) {
                took(&fitting, Effect::NotNeeded);
                continue;
            }
            let waives = match whole.is_empty() {
                false => {
                    took(&some, Effect::NotNeeded);
                    whole
                }
                true => {
                    let Some(rule) = RULES.iter().find(|rule| rule.id == finding.rule) else {
                        continue;
                    };
                    let Covered { by, all } = covered(app, server, (rule, finding), some, stored).await;
                    took(&by, Effect::NotEnough);
                    if all { by } else { Vec::new() }
                }
            };
            took(&waives, Effect::Waives);
            finding.waivers = waives.iter().map(|(_, entry)| entry.waiver.clone()).collect();
        }
    }
    for (entry, effect) in waivers.entries.iter().zip(effects) {
        let (path, line, number, rule) = (&waivers.path, entry.line, entry.number, &entry.rule);
        let why = match effect {
            Effect::Waives => continue,
            Effect::Nothing => format!("it matches nothing here: {rule} on {}", entry.waiver.registry),
            Effect::NotNeeded => format!("it is not needed: {rule} does not fail, or is waived as a whole"),
            Effect::NotEnough => {
                format!("it waives nothing: {rule} fails for other repositories too, or that is not known")
            }
        };
        errln!("{path}:{line}: waiver {number}: {why}");
    }
}
