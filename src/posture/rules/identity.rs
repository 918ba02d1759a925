//! Who the registry itself is, and how callers prove who they are.

use super::super::answer::{Answer, fail, pass};
use super::super::case::Case;
use super::super::remediation::az;
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const MANAGED_IDENTITY: Rule = Rule {
    id: "registry-managed-identity",
    title: "The registry has a managed identity",
    severity: Severity::Medium,
    category: Category::Identity,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "identity.type",
    passes_when: "`identity.type` names SystemAssigned, UserAssigned or both, in any case and spacing; null, None or no identity at all fails",
    not_applicable_when: "",
    unknown_when: "the API version is older than managed identities of registries",
    docs: "With an identity of its own the registry reaches key vaults and storage without stored credentials.",
    evaluate: managed_identity,
};

pub(in super::super) const ARM_AUDIENCE: Rule = Rule {
    id: "arm-audience-token-disabled",
    title: "Tokens for Resource Manager do not open the registry",
    severity: Severity::Low,
    category: Category::Identity,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.policies.azureADAuthenticationAsArmPolicy.status",
    passes_when: "the policy is `disabled`; absent means enabled, which fails",
    not_applicable_when: "",
    unknown_when: "the API version is older than the policy",
    docs: "A token made for the management API should not be good for images; conditional access can then tell the two apart.",
    evaluate: arm_audience,
};

pub(in super::super) const ROLE_ASSIGNMENT_MODE: Rule = Rule {
    id: "role-assignment-mode-abac",
    title: "Roles can be limited to repositories",
    severity: Severity::Informational,
    category: Category::Identity,
    contested: true,
    needs: &[Source::Registry],
    decided_by: "properties.roleAssignmentMode",
    passes_when: "`roleAssignmentMode` is AbacRepositoryPermissions",
    not_applicable_when: "",
    unknown_when: "the property is absent",
    docs: "In the older mode every role holds for all repositories; with ABAC a condition can narrow it.",
    evaluate: role_assignment_mode,
};

fn managed_identity(case: &Case<'_>) -> Answer {
    // Identities of registries came with this version; before it, absence says nothing.
    const SINCE: &str = "2019-12-01";
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "identity.type";
    let quote = body.quote(&[path]);
    let words = match body.at(path) {
        Some(value) => value.as_str().ok_or_else(|| body.strange(path))?,
        None if body.is_older_than(SINCE) => return Err(body.absent(path)),
        None => "None",
    };
    let mut kinds = Vec::new();
    for word in words.split(',').map(str::trim) {
        match word.to_ascii_lowercase().as_str() {
            "systemassigned" => kinds.push("a system-assigned"),
            "userassigned" => kinds.push("a user-assigned"),
            "none" | "" => {}
            _ => return Err(body.strange(path)),
        }
    }
    if !kinds.is_empty() {
        let sentence = format!("The registry has {} managed identity.", kinds.join(" and "));
        return pass(quote, sentence);
    }
    let user = format!("{}-identity", evidence.name);
    let user_id = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{user}",
        evidence.subscription, evidence.resource_group
    );
    let remediation = evidence.remedy(
        [
            evidence.acr("identity assign").option("identities", "[system]"),
            evidence.in_group(az("identity create").option("name", &user)),
            evidence.acr("identity assign").option("identities", &user_id),
        ],
        "Settings > Identity",
        "set Status to On under System assigned, or choose Add under User assigned; the first command does the former, the other two the latter",
    );
    fail(quote, "The registry has no managed identity.", remediation)
}

fn arm_audience(case: &Case<'_>) -> Answer {
    // The policy came with this version; before it, absence says nothing.
    const SINCE: &str = "2022-02-01";
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.policies.azureADAuthenticationAsArmPolicy.status";
    let quote = body.quote(&[path]);
    match body.word(path, &["enabled", "disabled"])? {
        Some("disabled") => pass(quote, "Only tokens made for registries are accepted."),
        None if body.is_older_than(SINCE) => Err(body.absent(path)),
        _ => fail(
            quote,
            "Tokens made for Azure Resource Manager are accepted by the registry too.",
            evidence.remedy(
                [evidence
                    .acr_policy("config authentication-as-arm update")
                    .option("status", "disabled")],
                "Policies",
                "assign the built-in policy that disables authentication with ARM audience tokens, or use the command",
            ),
        ),
    }
}

fn role_assignment_mode(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.roleAssignmentMode";
    let quote = body.quote(&[path]);
    match body.required_word(path, &["AbacRepositoryPermissions", "LegacyRegistryPermissions"])? {
        "AbacRepositoryPermissions" => pass(quote, "Role assignments can be limited to repositories by conditions."),
        _ => fail(
            quote,
            "Every role assignment holds for all repositories of the registry.",
            evidence.remedy(
                [evidence.acr("update").option("role-assignment-mode", "rbac-abac")],
                "Settings > Properties",
                "set Role assignment permissions mode to RBAC Registry + ABAC Repository Permissions, after giving every user of AcrPull, AcrPush and AcrDelete the matching repository role: the old ones stop working",
            ),
        ),
    }
}
