//! Grants that do nothing, and conditions that match more than they say.

use serde_json::{Value, json};

use super::super::super::access::OpenPrefix;
use super::super::super::answer::{Answer, fail, not_applicable, pass, unknown};
use super::super::super::case::Case;
use super::super::super::remediation::{az, clean};
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;
use super::{LEGACY, PAGE, every_role_known, mode, remedy, shown, summary};

pub(in super::super::super) const INERT: Rule = Rule {
    id: "no-inert-assignment",
    title: "Every role does something in this mode",
    severity: Severity::Medium,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access, Source::Registry],
    decided_by: "role assignments against properties.roleAssignmentMode",
    passes_when: "no AcrPull, AcrPush or AcrDelete on an ABAC registry, and no repository role on a legacy one",
    not_applicable_when: "",
    unknown_when: "the mode is absent",
    docs: "A grant without effect makes people look for the error elsewhere, and comes to life when the mode is switched.",
    evaluate: inert,
};

pub(in super::super::super) const CLOSED_PREFIX: Rule = Rule {
    id: "condition-prefix-closed",
    title: "Conditions on prefixes end with a slash",
    severity: Severity::High,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access, Source::Registry],
    decided_by: "conditions of role assignments",
    passes_when: "every condition that matches repositories by a prefix ends the prefix with `/`",
    not_applicable_when: "the registry is in legacy mode, where conditions on repositories have no effect",
    unknown_when: "the mode is absent, or a condition cannot be evaluated",
    docs: "The prefix `team` matches the repository `team-secrets` as well as `team/app`.",
    evaluate: closed_prefix,
};

fn inert(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let (_, mode) = mode(case)?;
    let grants = &access.inert;
    let quote = quote.join(mode).and("grants", shown(grants));
    if grants.is_empty() {
        every_role_known(access, &quote)?;
        return pass(quote, "Every role assignment has an effect in the registry's mode.");
    }
    let deed = "assign the role of the registry's mode that does the same, then remove the one without effect";
    let remediation = remedy(case, grants, deed);
    fail(
        quote,
        "Some role assignments do nothing in the registry's mode.",
        remediation,
    )
}

fn closed_prefix(case: &Case<'_>) -> Answer {
    if let (LEGACY, quote) = mode(case)? {
        let sentence = "In legacy mode conditions on repositories have no effect.";
        return Err(not_applicable(quote, sentence));
    }
    let (access, quote) = summary(case)?;
    let show = |open: &OpenPrefix| json!({"prefix": open.prefix, "principalId": open.grant.principal_id, "role": open.grant.role});
    let shown_prefixes: Vec<Value> = access.open_prefixes.iter().map(show).collect();
    let quote = quote.and("openPrefixes", shown_prefixes);
    let Some(first) = access.open_prefixes.first() else {
        return match access.unreadable_conditions.is_empty() {
            true => pass(quote, "Every prefix in a condition ends with a slash."),
            false => Err(unknown(
                quote.and("unreadableConditions", shown(&access.unreadable_conditions)),
                "Some conditions could not be evaluated, and may match by an open prefix.",
            )),
        };
    };
    let list = az("role assignment list").option("scope", &case.evidence.registry_id);
    fail(
        quote,
        format!(
            "A condition matches by the prefix {0:?}, which takes in repositories like {1:?}.",
            clean(&first.prefix),
            clean(&format!("{}-other/app", first.prefix)),
        ),
        case.evidence.remedy(
            [list],
            PAGE,
            "open Conditions of the assignment and end the prefix with a slash; the command shows the conditions, and `az role assignment update` takes them back changed",
        ),
    )
}
