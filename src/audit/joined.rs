//! Questions that take both what an audit found of access and what the inventory holds.
//!
//! | question | file |
//! |---|---|
//! | who can overwrite this tag | [`overwrite`] |
//! | which images can everybody pull that nobody signed | [`unsigned`] |
//! | which repository tokens can delete | [`tokens`] |
//! | who writes where production tags are | [`production`] |
//!
//! All go by the audit as it stands in the registry's document, so that a stored one answers like a fresh one.
//!
//! Invariant: `granted` is said only where everything that decides it is known; what is not known is said, with why.

pub(super) mod holders;
pub mod overwrite;
pub mod production;
pub mod tagged;
pub mod tokens;
pub mod unsigned;

use serde::Serialize;

use super::gaps::{DENY_ASSIGNMENTS, ROLE_DEFINITIONS};
use crate::access::action::Mode;
use crate::inventory::audit::{AuditDocument, Gap};
use crate::inventory::problem::Completeness;
use crate::names::LoginServer;
use crate::posture::source::Source;
use crate::snapshot::Snapshot;
pub use holders::{Holders, holders_of};

/// What decides access: the registry, tokens and scope maps, and the three lists of the subscription.
const DECISIVE: [&str; 6] = [
    Source::Registry.name(),
    Source::Tokens.name(),
    Source::ScopeMaps.name(),
    Source::Access.name(),
    ROLE_DEFINITIONS,
    DENY_ASSIGNMENTS,
];

/// Whether access stands on what is missing there.
fn is_decisive(gap: &Gap) -> bool {
    DECISIVE.contains(&gap.what.as_str())
}

/// What an answer goes by, and what was missing for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    pub login_server: LoginServer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// RFC 3339, UTC: when access was judged.
    pub audited_at: String,
    /// The refresh that the inventory is of; absent without an inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
    /// What could not be known, so that somebody or something may be missing from the answer.
    pub unknown: Vec<String>,
}

impl Basis {
    /// Of what was read of access alone.
    pub fn of_access(login_server: &LoginServer, mode: Option<Mode>, audited_at: String, gaps: &[Gap]) -> Self {
        let gaps = gaps.iter().filter(|gap| is_decisive(gap));
        Self {
            login_server: login_server.clone(),
            mode,
            audited_at,
            generation: None,
            unknown: gaps.map(in_words).collect(),
        }
    }

    /// Of a registry's audit.
    pub fn of_audit(login_server: &LoginServer, audit: &AuditDocument) -> Self {
        let mut basis = Self::of_access(login_server, audit.access.mode, audit.audited_at.clone(), &audit.gaps);
        if audit.access.left_out > 0 {
            basis.unknown.push(format!(
                "{} principals are too many for the audit's table and are left out",
                audit.access.left_out
            ));
        }
        basis
    }

    /// Of a registry's audit and its snapshot.
    pub fn of(login_server: &LoginServer, audit: &AuditDocument, snapshot: Option<&Snapshot<'_>>) -> Self {
        let mut basis = Self::of_audit(login_server, audit);
        match snapshot.map(|snapshot| snapshot.manifest().completeness) {
            None => basis.unknown.push("there is no inventory of the registry".to_owned()),
            Some(Completeness::Complete) => {}
            Some(lacking) => basis.unknown.push(format!("the inventory is {}", lacking.as_str())),
        }
        basis.generation = snapshot.map(|snapshot| snapshot.manifest().generation.to_string());
        basis
    }
}

/// What could not be known, why, and what it takes.
pub fn in_words(gap: &Gap) -> String {
    let permission = gap.permission.as_deref();
    let takes = permission.map(|permission| format!(": it takes {permission}"));
    format!(
        "{} could not be known: {}{}",
        gap.what,
        gap.why,
        takes.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests;
