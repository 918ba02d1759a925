//! What comes in, and how it is vouched for: signing policy, quarantine, cache rules and tasks.

mod cache_rules;
mod tasks;

pub(in super::super) use cache_rules::CACHE_RULES;
pub(in super::super) use tasks::TASKS;

use super::super::answer::{Answer, fail, pass};
use super::super::case::Case;
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const CONTENT_TRUST: Rule = Rule {
    id: "content-trust-retiring",
    title: "Signing does not rest on Docker Content Trust",
    severity: Severity::Medium,
    category: Category::SupplyChain,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.policies.trustPolicy.status",
    passes_when: "`trustPolicy.status` is not enabled",
    not_applicable_when: "",
    unknown_when: "the property is absent",
    docs: "Docker Content Trust ends on 31 March 2028; signatures of the Notary Project, kept as referrers, take its place.",
    evaluate: content_trust,
};

pub(in super::super) const QUARANTINE: Rule = Rule {
    id: "quarantine",
    title: "Pushed images wait until they are checked",
    severity: Severity::Low,
    category: Category::SupplyChain,
    contested: true,
    needs: &[Source::Registry],
    decided_by: "properties.policies.quarantinePolicy.status",
    passes_when: "`quarantinePolicy.status` is enabled",
    not_applicable_when: "the SKU is below Premium",
    unknown_when: "the property is absent",
    docs: "With quarantine nobody pulls an image before a scanner has let it through; without a scanner nobody pulls anything.",
    evaluate: quarantine,
};

fn content_trust(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.policies.trustPolicy.status";
    let quote = body.quote(&[path]);
    if !body.enabled(path)? {
        return pass(quote, "Docker Content Trust is off, so its end breaks nothing here.");
    }
    fail(
        quote,
        "Docker Content Trust is on, and the service stops supporting it on 31 March 2028.",
        evidence.remedy(
            [evidence
                .acr_policy("config content-trust update")
                .option("status", "disabled")],
            "Policies > Content trust",
            "set it to Disabled, once images are signed with the Notary Project (notation) and deployments verify that",
        ),
    )
}

fn quarantine(case: &Case<'_>) -> Answer {
    case.premium_only("Quarantine")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.policies.quarantinePolicy.status";
    let quote = body.quote(&[path]);
    if body.enabled(path)? {
        return pass(quote, "Pushed images are quarantined until they are let through.");
    }
    fail(
        quote,
        "A pushed image can be pulled at once, before anything has checked it.",
        evidence.remedy(
            [evidence.set_property(
                body.api_version(),
                "properties.policies.quarantinePolicy.status=enabled",
            )],
            "Overview > JSON View",
            "look the policy up here; it is changed by the command only, and needs a scanner that releases images",
        ),
    )
}
