//! A registry to change one thing of, and a notebook for what the rules say then.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::super::access::AccessSummary;
use super::super::audit::judge;
use super::super::case::Case;
use super::super::evidence::{Evidence, Read};
use super::super::inventory_summary::InventorySummary;
use super::super::profile::Profile;
use super::super::rule::RULES;
use super::super::verdict::{Finding, Verdict};

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);
pub(super) const STABLE: &str = "2025-11-01";
pub(super) const ID: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-images/providers/Microsoft.ContainerRegistry/registries/lagoon";

/// Everything a case borrows.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) evidence: Evidence,
    pub(super) access: Read<AccessSummary>,
    pub(super) inventory: Option<InventorySummary>,
    pub(super) profile: Profile,
}

/// A value that was read with the stable version.
pub(super) fn known<T>(value: T) -> Read<T> {
    read_with(value, STABLE)
}

pub(super) fn read_with<T>(value: T, api_version: &str) -> Read<T> {
    Read::Known {
        value,
        api_version: api_version.to_owned(),
    }
}

/// A list that was read.
pub(super) fn list<const N: usize>(items: [Value; N]) -> Read<Vec<Value>> {
    known(items.to_vec())
}

pub(super) fn refused<T>(permission: &str) -> Read<T> {
    Read::Refused {
        permission: permission.to_owned(),
    }
}

pub(super) fn failed<T>() -> Read<T> {
    Read::Failed {
        reason: "no answer within 30 s".to_owned(),
        passing: true,
    }
}

/// A Premium registry as the stable version answers it; `patch` is merged in, null takes away (RFC 7396).
pub(super) fn registry(patch: Value) -> Value {
    let mut body = json!({
        "id": ID, "name": "lagoon", "type": "Microsoft.ContainerRegistry/registries", "location": "northeurope",
        "sku": {"name": "Premium", "tier": "Premium"},
        "properties": {
            "loginServer": "lagoon.azurecr.io", "adminUserEnabled": false, "anonymousPullEnabled": false,
            "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
            "policies": {
                "quarantinePolicy": {"status": "disabled"}, "trustPolicy": {"type": "Notary", "status": "disabled"},
                "retentionPolicy": {"days": 7, "status": "disabled"}, "exportPolicy": {"status": "enabled"},
                "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
            },
            "encryption": {"status": "disabled"}, "dataEndpointEnabled": false, "privateEndpointConnections": [],
            "publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices",
            "networkRuleBypassAllowedForTasks": false, "zoneRedundancy": "Disabled",
            "roleAssignmentMode": "LegacyRegistryPermissions",
        },
    });
    merge(&mut body, patch);
    body
}

fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match value {
                    Value::Null => drop(target.remove(&key)),
                    value => merge(target.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

/// The registry with a patch; nothing else was read.
pub(super) fn bench(patch: Value) -> Bench {
    Bench {
        evidence: Evidence {
            registry_id: ID.to_owned(),
            login_server: "lagoon.azurecr.io".to_owned(),
            name: "lagoon".to_owned(),
            resource_group: "rg-images".to_owned(),
            subscription: "11111111-2222-3333-4444-555555555555".to_owned(),
            location: "northeurope".to_owned(),
            registry: known(registry(patch)),
            ..Evidence::default()
        },
        access: Read::default(),
        inventory: None,
        profile: Profile::default(),
    }
}

/// Patches of one property.
pub(super) fn property(name: &str, value: Value) -> Bench {
    bench(json!({"properties": {name: value}}))
}

/// A SKU below Premium, as ARM shows it: without the firewall.
pub(super) fn of_sku(name: &str) -> Bench {
    bench(json!({"sku": {"name": name, "tier": name}, "properties": {"networkRuleSet": null}}))
}

impl Bench {
    /// Changes the evidence.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Evidence)) -> Self {
        change(&mut self.evidence);
        self
    }

    pub(super) fn judge(&self, id: &str) -> Finding {
        let rule = RULES.iter().find(|rule| rule.id == id).unwrap();
        judge(rule, &self.case())
    }

    pub(super) fn case(&self) -> Case<'_> {
        Case {
            evidence: &self.evidence,
            access: &self.access,
            inventory: self.inventory.as_ref(),
            profile: &self.profile,
            now: NOW,
        }
    }
}

/// Findings of one family, by rule and what was special.
#[derive(Default)]
pub(super) struct Notebook(BTreeMap<String, Finding>);

impl Notebook {
    /// Judges, holds the verdict against what is expected, and writes the finding down.
    pub(super) fn see(&mut self, rule: &str, what: &str, bench: &Bench, expected: Verdict) -> &Finding {
        let finding = bench.judge(rule);
        assert_eq!(finding.verdict, expected, "{rule}, {what}: {finding:#?}");
        assert_eq!(
            finding.remediation.is_some(),
            expected == Verdict::Fail,
            "{rule}, {what}"
        );
        assert!(
            finding
                .remediation
                .as_ref()
                .is_none_or(|remediation| !remediation.az.is_empty()),
            "{rule}, {what}"
        );
        for line in finding.remediation.iter().flat_map(|remediation| &remediation.az) {
            assert!(line.starts_with("az "), "{line}");
        }
        let before = self.0.insert(format!("{rule}: {what}"), finding);
        assert!(before.is_none(), "{rule}, {what} was seen twice");
        &self.0[&format!("{rule}: {what}")]
    }

    pub(super) fn keep(self, family: &str) {
        let text = serde_json::to_string(&self.0).unwrap();
        for secret in ["credential show", "listCredentials", "hunter2", "s3cr3t"] {
            let remedies = self.0.values().filter_map(|finding| finding.remediation.as_ref());
            for remedy in remedies {
                assert!(!serde_json::to_string(remedy).unwrap().contains(secret), "{remedy:?}");
            }
        }
        assert!(
            !text.contains("hunter2") && !text.contains("s3cr3t"),
            "a secret got into a finding"
        );
        insta::assert_json_snapshot!(family, self.0);
    }
}
