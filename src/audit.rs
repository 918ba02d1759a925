//! The audit of one registry: what is read of Resource Manager, and what is made of it.
//!
//! ```text
//!  subscription (once for all its registries) ─┐
//!  registry (a fixed number of reads) ─────────┴► Reads ─► facts ─► access (matrix, summary) ─┐
//!  inventory (a stored snapshot) ─► InventorySummary ─────────────────────────────────────────┴► posture ─► AuditDocument
//! ```
//!
//! Invariants: a read that is refused or fails is a value, never the end of the audit; whatever stands on it is unknown.
//! Nothing but the audit's own record is written, and nothing asks for a secret.

mod auditor;
mod facts;
mod gaps;
mod hidden;
pub mod identities;
pub mod inventory;
pub mod joined;
mod matrix;
pub mod overview;
pub mod questions;
mod read;
mod record;
pub mod registry;
pub mod subscription;
mod summary;

use time::OffsetDateTime;

use inventory::Stored;

use crate::access::effective::{Grants, Memberships};
use crate::access::matrix::Matrix;
use crate::inventory::audit::AuditDocument;
use crate::posture;
use crate::posture::case::Case;
use crate::posture::inventory_summary::InventorySummary;
use crate::posture::profile::Profile;
pub use auditor::{Auditor, Refreshed};
pub use gaps::gaps;
pub use hidden::hidden;
use identities::Identities;
pub use record::{Slot, stored_audit};
pub use registry::{Extra, Reads, Target, read_registry};
pub use subscription::Subscriptions;

/// What an audit goes by beside the reads.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Names of the registry's repositories, as far as they are known.
    pub repositories: &'a [String],
    /// Sums of the stored inventory, if there is one.
    pub inventory: Option<&'a InventorySummary>,
    pub profile: &'a Profile,
    pub now: OffsetDateTime,
}

impl<'a> Basis<'a> {
    /// With what is known of the stored inventory.
    pub fn new(inventory: Option<&'a Stored>, profile: &'a Profile, now: OffsetDateTime) -> Self {
        Self {
            repositories: inventory.map_or(&[], |stored| &stored.repositories),
            inventory: inventory.map(|stored| &stored.summary),
            profile,
            now,
        }
    }
}

/// Judges what was read.
pub fn audit(reads: &Reads, basis: &Basis<'_>) -> AuditDocument {
    audit_with(reads, basis, &Identities::of(reads))
}

/// The same with what is known of the principals.
pub fn audit_with(reads: &Reads, basis: &Basis<'_>, identities: &Identities) -> AuditDocument {
    // Groups have rows of their own in the table.
    let grants = grants(reads, Memberships::Apart, basis.now);
    let matrix = Matrix::new(&grants, basis.repositories);
    let access = summary::summary(reads, &grants, identities);
    let case = Case {
        evidence: &reads.evidence,
        access: &access,
        inventory: basis.inventory,
        profile: basis.profile,
        now: basis.now,
    };
    AuditDocument {
        audited_at: crate::collect::timestamp(basis.now),
        profile: basis.profile.name.clone(),
        registry_reads: reads.requests,
        subscription_reads: reads.subscription_requests,
        findings: posture::audit::audit(&case),
        access: matrix::effective_access(&grants, &matrix, identities),
        gaps: gaps(reads).into_iter().chain(identities.gap()).collect(),
    }
}

/// What was read of access, ready for questions. `memberships` says how groups are looked at.
pub fn grants(reads: &Reads, memberships: Memberships, now: OffsetDateTime) -> Grants {
    Grants::new(facts::facts(reads, memberships, now))
}

#[cfg(test)]
mod tests;
