//! The SKU, and how full the registry is.

use serde_json::Value;

use super::super::super::answer::{Answer, fail, pass, unknown};
use super::super::super::body::{at, is};
use super::super::super::case::{Case, Sku};
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;

pub(in super::super::super) const SKU: Rule = Rule {
    id: "sku-not-basic",
    title: "The SKU is made for production",
    severity: Severity::Low,
    category: Category::Resilience,
    contested: true,
    needs: &[Source::Registry],
    decided_by: "sku.name",
    passes_when: "the SKU is Standard or Premium",
    not_applicable_when: "",
    unknown_when: "the SKU is absent or new",
    docs: "Basic has the smallest storage and throughput, and none of the network rules.",
    evaluate: sku,
};

pub(in super::super::super) const USAGE: Rule = Rule {
    id: "usage-below-90-percent",
    title: "There is room for more images",
    severity: Severity::Medium,
    category: Category::Resilience,
    contested: false,
    needs: &[Source::Usages],
    decided_by: "currentValue and limit of the usage named Size",
    passes_when: "Size is at most 90 % of its limit (the profile can say another share)",
    not_applicable_when: "",
    unknown_when: "Size or its limit is absent",
    docs: "A registry that is full refuses pushes.",
    evaluate: usage,
};

fn sku(case: &Case<'_>) -> Answer {
    let ((sku, quote), evidence) = (case.sku()?, case.evidence);
    if sku != Sku::Basic {
        return pass(quote, "The SKU is Standard or Premium.");
    }
    fail(
        quote,
        "The SKU is Basic.",
        evidence.remedy(
            [evidence.acr("update").option("sku", "Standard")],
            "Settings > Properties",
            "choose another pricing plan",
        ),
    )
}

fn usage(case: &Case<'_>) -> Answer {
    let (usages, evidence) = (case.list(Source::Usages)?, case.evidence);
    let size = usages.items.iter().find(|usage| is(usage, "name", "Size"));
    let number = |key| size.and_then(|size| at(size, key)).and_then(Value::as_u64);
    let (used, limit) = (number("currentValue"), number("limit"));
    let quote = usages.quote().and("currentValue", used).and("limit", limit);
    let (Some(used), Some(limit @ 1..)) = (used, limit) else {
        return Err(unknown(quote, "The usages do not tell the size and its limit."));
    };
    // In 128 bits, because bytes times a hundred do not fit for ever.
    if u128::from(used) * 100 <= u128::from(limit) * u128::from(case.profile.usage_percent) {
        let sentence = format!("At most {} % of the storage is in use.", case.profile.usage_percent);
        return pass(quote, sentence);
    }
    let mut commands = vec![evidence.acr("show-usage")];
    if !matches!(case.sku(), Ok((Sku::Premium, _))) {
        commands.push(evidence.acr("update").option("sku", "Premium"));
    }
    fail(
        quote,
        format!("More than {} % of the storage is in use.", case.profile.usage_percent),
        evidence.remedy(
            commands,
            "Overview > Usage",
            "see what fills the registry and remove what is not needed, or choose a larger pricing plan while there is one",
        ),
    )
}
