//! What is removed, what is kept, and what cannot be removed by mistake.

mod lock;

pub(in super::super) use lock::LOCK;

use super::super::answer::{Answer, Early, fail, not_applicable, pass, unknown};
use super::super::case::{Case, Sku};
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;
use super::resilience::foreign_regions;

pub(in super::super) const RETENTION: Rule = Rule {
    id: "retention-untagged",
    title: "Untagged manifests are removed in time",
    severity: Severity::Low,
    category: Category::Lifecycle,
    contested: false,
    needs: &[Source::Registry, Source::RegistryPreview],
    decided_by: "properties.policies.retentionPolicy.status",
    passes_when: "`retentionPolicy.status` is enabled",
    not_applicable_when: "the SKU is below Premium, or soft delete is on",
    unknown_when: "the property is absent, or it is disabled and whether soft delete is on cannot be read (preview)",
    docs: "Images that lost their tag keep their layers, their cost and their vulnerabilities; the policy overlooks manifests of OCI type.",
    evaluate: retention,
};

pub(in super::super) const SOFT_DELETE: Rule = Rule {
    id: "soft-delete",
    title: "Deleted images can be brought back",
    severity: Severity::Low,
    category: Category::Lifecycle,
    contested: false,
    needs: &[Source::Registry, Source::RegistryPreview, Source::Replications],
    decided_by: "properties.policies.softDeletePolicy.status (preview)",
    passes_when: "`softDeletePolicy.status` is enabled",
    not_applicable_when: "the registry is geo-replicated, or retention of untagged manifests is on",
    unknown_when: "the property is absent, as it is in stable API versions",
    docs: "Without it a deleted tag or manifest is gone at once.",
    evaluate: soft_delete,
};

const RETENTION_STATUS: &str = "properties.policies.retentionPolicy.status";
const SOFT_DELETE_STATUS: &str = "properties.policies.softDeletePolicy.status";

fn retention(case: &Case<'_>) -> Answer {
    case.premium_only("Retention of untagged manifests")?;
    let (body, evidence) = (case.registry()?, case.evidence);
    let quote = body.quote(&[RETENTION_STATUS]);
    if body.enabled(RETENTION_STATUS)? {
        return pass(quote, "Untagged manifests are removed after the configured days.");
    }
    let preview = case.registry_preview()?;
    let quote = quote.join(preview.quote(&[SOFT_DELETE_STATUS]));
    match preview.word(SOFT_DELETE_STATUS, &["enabled", "disabled"])? {
        Some("enabled") => Err(not_applicable(quote, "Soft delete is on, and excludes retention.")),
        Some(_) => fail(
            quote,
            "Untagged manifests stay forever.",
            evidence.remedy(
                [evidence
                    .acr_policy("config retention update")
                    .option("status", "enabled")
                    .option("days", "7")
                    .option("type", "UntaggedManifests")],
                "Policies > Retention",
                "set it to Enabled and choose the days, after making sure that nothing is pulled by digest alone",
            ),
        ),
        None => Err(unknown(
            quote,
            "Retention is off; whether soft delete is on instead takes the registry's preview properties to tell.",
        )),
    }
}

fn soft_delete(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry_preview()?, case.evidence);
    let quote = body.quote(&[SOFT_DELETE_STATUS, RETENTION_STATUS]);
    if body.enabled(SOFT_DELETE_STATUS)? {
        return pass(quote, "Deleted images are kept for the configured days.");
    }
    if body.enabled(RETENTION_STATUS)? {
        return Err(not_applicable(
            quote,
            "Retention of untagged manifests is on, and excludes soft delete.",
        ));
    }
    is_in_one_region(case)?;
    fail(
        quote,
        "What is deleted is gone at once.",
        evidence.remedy(
            [evidence
                .acr_policy("config soft-delete update")
                .option("status", "enabled")
                .option("days", "7")],
            "Policies > Soft delete",
            "set it to Enabled and choose the days",
        ),
    )
}

/// Leaves with not-applicable when the registry is geo-replicated, which only Premium can be.
fn is_in_one_region(case: &Case<'_>) -> Result<(), Early> {
    if case.sku()?.0 != Sku::Premium {
        return Ok(());
    }
    let (regions, quote) = foreign_regions(case)?;
    match regions.is_empty() {
        true => Ok(()),
        false => Err(not_applicable(
            quote,
            "The registry is geo-replicated, which excludes soft delete.",
        )),
    }
}
