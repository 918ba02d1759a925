//! The table of rules.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::case::Case;
use super::rules::{
    access, credentials, encryption, identity, inventory, lifecycle, monitoring, network, resilience, supply_chain,
    transfer,
};
use super::source::Source;
use super::verdict::Severity;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Identity,
    Credentials,
    Network,
    Encryption,
    SupplyChain,
    Lifecycle,
    Resilience,
    Monitoring,
    Transfer,
    Inventory,
    Access,
}

impl Category {
    /// The word used in documents and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Credentials => "credentials",
            Self::Network => "network",
            Self::Encryption => "encryption",
            Self::SupplyChain => "supply-chain",
            Self::Lifecycle => "lifecycle",
            Self::Resilience => "resilience",
            Self::Monitoring => "monitoring",
            Self::Transfer => "transfer",
            Self::Inventory => "inventory",
            Self::Access => "access",
        }
    }
}

/// One rule: what people read about it, and the function that answers it.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable, kebab-case.
    pub id: &'static str,
    /// What is wanted, in a few words.
    pub title: &'static str,
    pub severity: Severity,
    pub category: Category,
    /// Off unless the profile turns it on: good practice exists for both sides.
    pub contested: bool,
    /// The reads it stands on.
    pub needs: &'static [Source],
    /// The property or fact that decides it.
    pub decided_by: &'static str,
    pub passes_when: &'static str,
    /// Empty when it always applies.
    pub not_applicable_when: &'static str,
    /// Besides reads that were refused or failed, which make every rule unknown. Empty when there is nothing else.
    pub unknown_when: &'static str,
    /// Why it matters, in one sentence.
    pub docs: &'static str,
    pub(super) evaluate: fn(&Case<'_>) -> Answer,
}

/// All rules, in the order in which findings are listed.
pub const RULES: &[Rule] = &[
    credentials::ADMIN_USER,
    credentials::ANONYMOUS_PULL,
    identity::MANAGED_IDENTITY,
    identity::ARM_AUDIENCE,
    identity::ROLE_ASSIGNMENT_MODE,
    credentials::TOKENS,
    credentials::SCOPE_MAPS,
    network::PUBLIC_ACCESS,
    network::DEFAULT_DENY,
    network::PRIVATE_ENDPOINT,
    network::FOREIGN_ENDPOINT,
    network::NARROW_RULES,
    network::TRUSTED_SERVICES,
    network::TASKS_BYPASS,
    network::DATA_ENDPOINT,
    network::WEBHOOKS,
    encryption::CUSTOMER_KEY,
    encryption::KEY_ROTATION,
    transfer::EXPORT,
    supply_chain::CONTENT_TRUST,
    supply_chain::QUARANTINE,
    lifecycle::RETENTION,
    lifecycle::SOFT_DELETE,
    lifecycle::LOCK,
    resilience::ZONES,
    resilience::REGIONS,
    resilience::SKU,
    resilience::USAGE,
    monitoring::DIAGNOSTICS,
    monitoring::DEFENDER,
    supply_chain::CACHE_RULES,
    transfer::PIPELINES,
    supply_chain::TASKS,
    network::DOMAIN_LABEL,
    inventory::LOCKED_TAGS,
    inventory::SIGNED_IMAGES,
    access::BROAD_WRITERS,
    access::REGISTRY_SCOPE,
    access::INERT,
    access::CLOSED_PREFIX,
    access::MANAGED_IDENTITIES,
    access::DELETED_PRINCIPALS,
    access::WILDCARD_ROLES,
    access::SECRET_READERS,
];
