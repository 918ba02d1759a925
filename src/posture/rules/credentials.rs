//! Passwords and open doors: the admin user, anonymous pull, tokens and their scope maps.

mod scope_maps;
mod tokens;

pub(in super::super) use scope_maps::SCOPE_MAPS;
pub(in super::super) use tokens::TOKENS;

use super::super::answer::{Answer, fail, not_applicable, pass};
use super::super::case::{Case, Sku};
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const ADMIN_USER: Rule = Rule {
    id: "admin-user-disabled",
    title: "The admin user is off",
    severity: Severity::High,
    category: Category::Credentials,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.adminUserEnabled",
    passes_when: "`adminUserEnabled` is false or absent",
    not_applicable_when: "",
    unknown_when: "",
    docs: "The admin user is one name with two passwords that may do everything, shared by all who know it and traceable to nobody.",
    evaluate: admin_user,
};

pub(in super::super) const ANONYMOUS_PULL: Rule = Rule {
    id: "anonymous-pull-disabled",
    title: "Nobody pulls without signing in",
    severity: Severity::High,
    category: Category::Credentials,
    contested: false,
    needs: &[Source::Registry],
    decided_by: "properties.anonymousPullEnabled",
    passes_when: "`anonymousPullEnabled` is false",
    not_applicable_when: "the SKU is Basic",
    unknown_when: "the property is absent",
    docs: "Anonymous pull opens the list of repositories and all metadata with the layers, for the whole registry.",
    evaluate: anonymous_pull,
};

fn admin_user(case: &Case<'_>) -> Answer {
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.adminUserEnabled";
    let quote = body.quote(&[path]);
    if body.flag(path)? != Some(true) {
        return pass(quote, "The admin user is off.");
    }
    fail(
        quote,
        "The admin user is on: whoever has its password can pull, push and delete everything, under no name of their own.",
        evidence.remedy(
            [evidence.acr("update").option("admin-enabled", "false")],
            "Settings > Access keys",
            "turn Admin user off, once nothing signs in with it any more",
        ),
    )
}

fn anonymous_pull(case: &Case<'_>) -> Answer {
    if let (Sku::Basic, quote) = case.sku()? {
        return Err(not_applicable(
            quote,
            "Anonymous pull needs the Standard or Premium SKU.",
        ));
    }
    let (body, evidence) = (case.registry()?, case.evidence);
    let path = "properties.anonymousPullEnabled";
    let quote = body.quote(&[path]);
    if !body.required_flag(path)? {
        return pass(quote, "Every pull has to sign in.");
    }
    fail(
        quote,
        "Anyone who reaches the registry can list and pull everything without signing in.",
        evidence.remedy(
            [evidence.acr("update").option("anonymous-pull-enabled", "false")],
            "Settings > Properties",
            "turn anonymous pull off where the page offers it, else use the command",
        ),
    )
}
