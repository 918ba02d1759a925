//! Which registry of the world shows which verdict of which rule, and which verdicts there cannot be.

use acr_inventory::posture::verdict::Verdict::{self, Fail, NotApplicable, Pass, Unknown};
use simulator::world::seed::postures;

/// Beside the passing and the failing registry of each rule that the world itself names ([`postures::RULES`]).
const MORE: &[(Verdict, &str, &[&str])] = &[
    (
        Pass,
        "exemplary",
        &["registry-managed-identity", "firewall-default-deny"],
    ),
    (Pass, "identitysystem", &["registry-managed-identity"]),
    (Pass, "identitypascal", &["registry-managed-identity"]),
    (Fail, "identitynone", &["registry-managed-identity"]),
    (Pass, "endpointmixed", &["private-endpoint-approved"]),
    (Pass, "lockedgroup", &["resource-lock"]),
    (Pass, "diagnosticsall", &["diagnostics-audited"]),
    (Pass, "legacyroles", &["no-inert-assignment"]),
    (Pass, "exemplary", &["managed-identity-preferred"]),
    (Fail, "legacyroles", &["managed-identity-preferred"]),
    (Fail, "legacyinert", &["no-inert-assignment"]),
    // There is nothing to call.
    (Pass, "publicopen", &["webhook-https"]),
    (
        NotApplicable,
        "basic",
        &[
            "anonymous-pull-disabled",
            "public-network-access-disabled",
            "firewall-default-deny",
            "private-endpoint-approved",
            "private-endpoint-foreign",
            "firewall-rules-narrow",
            "trusted-services-bypass",
            "dedicated-data-endpoint",
            "customer-managed-key",
            "key-rotation-automatic",
            "export-disabled",
            "quarantine",
            "retention-untagged",
            "geo-replicated",
        ],
    ),
    (NotApplicable, "endpointpending", &["dedicated-data-endpoint"]),
    (NotApplicable, "publicopen", &["key-rotation-automatic"]),
    (NotApplicable, "softdelete", &["retention-untagged"]),
    (NotApplicable, "exemplary", &["soft-delete"]),
    (NotApplicable, "zonesmixed", &["soft-delete"]),
    (NotApplicable, "legacyroles", &["condition-prefix-closed"]),
    (NotApplicable, "empty", &["immutable-tags-locked", "images-signed"]),
    // Its repositories may not be read, so there is no inventory.
    (Unknown, "configured", &["immutable-tags-locked", "images-signed"]),
    (Unknown, "readeronly", &["webhook-https"]),
];

/// Nothing may be read of it, so that no rule can be answered; which read leaves which rule open is tested apart.
const BLIND: &str = "pullonly";

/// Verdicts that a rule cannot have, and why.
pub(super) const NEVER: &[(Verdict, &str, &[&str])] = &[
    (
        NotApplicable,
        "Registries of every SKU have the property; where the SKU cannot turn the feature on, it is off.",
        &[
            "admin-user-disabled",
            "registry-managed-identity",
            "arm-audience-token-disabled",
            "role-assignment-mode-abac",
            "tasks-bypass-disabled",
            "content-trust-retiring",
            "zone-redundant",
            "sku-not-basic",
            "domain-name-label-scope",
        ],
    ),
    (
        NotApplicable,
        "Without items there is nothing wrong with any of them, which is a pass.",
        &[
            "repository-tokens-reviewed",
            "scope-map-orphaned",
            "webhook-https",
            "cache-rules-reviewed",
            "transfer-pipelines-absent",
            "tasks-identity",
        ],
    ),
    (
        NotApplicable,
        "Locks, usages, logs and plans are there for registries of every SKU.",
        &[
            "resource-lock",
            "usage-below-90-percent",
            "diagnostics-audited",
            "defender-for-containers",
        ],
    ),
    (
        NotApplicable,
        "Role assignments reach every registry in both modes.",
        &[
            "no-broad-writers",
            "assignment-at-registry-scope",
            "no-inert-assignment",
            "managed-identity-preferred",
            "no-deleted-principal",
            "no-wildcard-custom-role",
            "secret-reading-roles",
        ],
    ),
];

/// Why a rule cannot have this verdict; none when it can.
pub(super) fn never(rule: &str, verdict: Verdict) -> Option<&'static str> {
    let mut known = NEVER
        .iter()
        .filter(|(never, _, rules)| *never == verdict && rules.contains(&rule));
    known.next().map(|(_, why, _)| *why)
}

/// The registries that show this verdict of a rule, by name.
pub(super) fn registries(rule: &str, verdict: Verdict) -> Vec<&'static str> {
    let of_world = postures::RULES.iter().filter(|(known, _, _)| *known == rule);
    let of_world = of_world.filter_map(|(_, passing, failing)| match verdict {
        Pass => Some(*passing),
        Fail => Some(*failing),
        NotApplicable | Unknown => None,
    });
    let blind = (verdict == Unknown).then_some(BLIND);
    let more = MORE
        .iter()
        .filter(|(shown, _, rules)| *shown == verdict && rules.contains(&rule));
    let all = of_world.chain(blind).chain(more.map(|(_, name, _)| *name));
    match never(rule, verdict) {
        Some(_) => Vec::new(),
        None => all.collect(),
    }
}

/// The rules of all cases.
pub(super) fn rules() -> impl Iterator<Item = &'static str> {
    let listed = MORE.iter().chain(NEVER).flat_map(|(_, _, rules)| rules.iter().copied());
    listed.chain(postures::RULES.iter().map(|(rule, _, _)| *rule))
}
