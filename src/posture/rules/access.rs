//! Who holds which role, and whether it is the right one in the right place.

mod conditions;
mod principals;

pub(in super::super) use conditions::{CLOSED_PREFIX, INERT};
pub(in super::super) use principals::{DELETED_PRINCIPALS, MANAGED_IDENTITIES, SECRET_READERS};

use serde_json::{Value, json};

use super::super::access::{AccessSummary, Grant, LimitedWriter};
use super::super::answer::{Answer, Early, Quote, fail, fail_as, pass, unknown};
use super::super::case::{Case, known};
use super::super::remediation::{Command, Remediation, az};
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const BROAD_WRITERS: Rule = Rule {
    id: "no-broad-writers",
    title: "Nobody may do or assign everything for want of a smaller role",
    severity: Severity::Critical,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access],
    decided_by: "role assignments at the registry, and their conditions",
    passes_when: "nobody holds Owner, Contributor or a role that assigns roles (User Access Administrator, Role Based Access Control Administrator, custom ones) at the registry itself; a condition that limits what may be assigned lowers the severity to high, or low where it is roles for images alone",
    not_applicable_when: "",
    unknown_when: "such a role is held under a condition that is not understood",
    docs: "These roles read every secret of the registry and change or delete all of it; pulling and pushing have roles of their own.",
    evaluate: broad_writers,
};

pub(in super::super) const REGISTRY_SCOPE: Rule = Rule {
    id: "assignment-at-registry-scope",
    title: "Roles for images are assigned at the registry",
    severity: Severity::Medium,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access, Source::Registry],
    decided_by: "scope of role assignments with data-plane roles, by properties.roleAssignmentMode",
    passes_when: "no data-plane role is inherited from the subscription or a management group",
    not_applicable_when: "",
    unknown_when: "the mode is absent, and an inherited role is of the data plane in one mode alone",
    docs: "An assignment above the registry holds for every registry there, also for those yet to come.",
    evaluate: registry_scope,
};

pub(in super::super) const WILDCARD_ROLES: Rule = Rule {
    id: "no-wildcard-custom-role",
    title: "Custom roles name what they allow",
    severity: Severity::High,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access],
    decided_by: "actions of custom role definitions assigned at or above the registry",
    passes_when: "no custom role at or above the registry has `*` or `Microsoft.ContainerRegistry/*` among its actions",
    not_applicable_when: "",
    unknown_when: "",
    docs: "A wildcard allows what the service will invent tomorrow, too.",
    evaluate: wildcard_roles,
};

const PAGE: &str = "Access control (IAM) > Role assignments";

const MODE: &str = "properties.roleAssignmentMode";
const LEGACY: &str = "LegacyRegistryPermissions";

/// The registry's role assignment mode, which has to be there, and a quote of it.
fn mode(case: &Case<'_>) -> Result<(&'static str, Quote), Early> {
    let registry = case.registry()?;
    let mode = registry.required_word(MODE, &[LEGACY, "AbacRepositoryPermissions"])?;
    Ok((mode, registry.quote(&[MODE])))
}

/// The summary, with a quote to build on.
fn summary<'a>(case: &Case<'a>) -> Result<(&'a AccessSummary, Quote), Early> {
    let (summary, api_version) = known(case.access, Source::Access.name())?;
    Ok((summary, Quote::read_with(api_version)))
}

/// Leaves with unknown when some grant's role is not known: it may be the one that is looked for.
fn every_role_known(access: &AccessSummary, quote: &Quote) -> Result<(), Early> {
    roles_known(access, &access.unknown_roles, quote)
}

/// The same of some grants.
fn roles_known(access: &AccessSummary, unknown_roles: &[Grant], quote: &Quote) -> Result<(), Early> {
    if unknown_roles.is_empty() {
        return Ok(());
    }
    known(&access.role_definitions, "the role definitions")?;
    let quote = quote.clone().and("unknownRoles", shown(unknown_roles));
    Err(unknown(
        quote,
        "Some role assignments have a role that is not among the role definitions.",
    ))
}

/// Grants for the evidence, without what only the commands need.
fn shown(grants: &[Grant]) -> Vec<Value> {
    let one = |grant: &Grant| {
        let mut shown = json!({"principalId": grant.principal_id, "principalType": grant.principal_type, "role": grant.role, "scope": grant.scope});
        if let (Some(name), Some(shown)) = (&grant.principal_name, shown.as_object_mut()) {
            shown.insert("principalName".to_owned(), json!(name));
        }
        shown
    };
    grants.iter().map(one).collect()
}

/// Gives a smaller role at the registry before taking the grant away: the suggested one, else one to be chosen.
fn replace(case: &Case<'_>, grant: &Grant) -> [Command; 2] {
    let create = az("role assignment create").option("assignee-object-id", &grant.principal_id);
    let create = match &grant.principal_type {
        Some(kind) => create.option("assignee-principal-type", kind),
        None => create,
    };
    let role = grant.suggested_role.as_deref().unwrap_or("<smallest-role>");
    let create = create.option("role", role);
    [create.option("scope", &case.evidence.registry_id), remove(grant)]
}

fn remove(grant: &Grant) -> Command {
    az("role assignment delete").option("ids", &grant.assignment_id)
}

fn remedy(case: &Case<'_>, grants: &[Grant], deed: &str) -> Remediation {
    let commands = grants.iter().flat_map(|grant| replace(case, grant));
    case.evidence.remedy(commands, PAGE, deed)
}

fn broad_writers(case: &Case<'_>) -> Answer {
    let (access, mut quote) = summary(case)?;
    quote = quote.and("grants", shown(&access.broad_writers));
    for (name, writers) in [
        ("limitedToRolesForImages", &access.limited_writers),
        ("limitedToOtherRoles", &access.wide_writers),
        ("notUnderstood", &access.undecided_writers),
    ] {
        if !writers.is_empty() {
            quote = quote.and(name, writers.iter().map(shown_limit).collect::<Vec<_>>());
        }
    }
    if !access.broad_writers.is_empty() {
        let deed = "give each of them the smallest role for what they do, then remove the wide one";
        return fail(
            quote,
            "Somebody may do everything at the registry, or assign himself any role there.",
            remedy(case, &access.broad_writers, deed),
        );
    }
    if !access.undecided_writers.is_empty() {
        let sentence = "Somebody may assign roles at the registry under a condition that is not understood.";
        return Err(unknown(quote, sentence));
    }
    let list = || az("role assignment list").option("scope", &case.evidence.registry_id);
    let deed = "open Conditions of each assignment, and leave the roles and principals that are needed; the command shows the conditions, and `az role assignment update` takes them back changed";
    let remediation = || case.evidence.remedy([list()], PAGE, deed);
    if !access.wide_writers.is_empty() {
        let sentence =
            "Somebody may assign roles at the registry that change it or read its secrets, within a condition.";
        return fail_as(Severity::High, quote, sentence, remediation());
    }
    if !access.limited_writers.is_empty() {
        let sentence = "Somebody may assign roles at the registry, by a condition none but roles for images.";
        return fail_as(Severity::Low, quote, sentence, remediation());
    }
    every_role_known(access, &quote)?;
    pass(
        quote,
        "Nobody may do everything at the registry, or assign roles there.",
    )
}

/// A grant with its condition, for the evidence.
fn shown_limit(writer: &LimitedWriter) -> Value {
    let mut grant = shown(std::slice::from_ref(&writer.grant)).pop().unwrap_or_default();
    if let Some(fields) = grant.as_object_mut() {
        fields.insert("condition".to_owned(), json!(writer.condition));
        fields.insert("allows".to_owned(), json!(writer.allows));
    }
    grant
}

fn registry_scope(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let grants = &access.inherited;
    let quote = quote.and("grants", shown(grants));
    if grants.is_empty() {
        every_role_known(access, &quote)?;
        if !access.inherited_in_one_mode.is_empty() {
            let (_, mode) = mode(case)?;
            let sentence = "Some inherited roles reach images in one role assignment mode alone, and which one holds is not known.";
            let quote = quote
                .join(mode)
                .and("inheritedInOneMode", shown(&access.inherited_in_one_mode));
            return Err(unknown(quote, sentence));
        }
        return pass(
            quote,
            "Every data-plane role is assigned at the registry or its resource group.",
        );
    }
    let deed = "assign the role here, then remove it at the subscription or management group after looking at what else it serves";
    fail(
        quote,
        "Some data-plane roles are inherited, and hold for every registry below their scope.",
        remedy(case, grants, deed),
    )
}

fn wildcard_roles(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let roles = &access.wildcard_custom_roles;
    let show =
        |role: &super::super::access::CustomRole| json!({"id": role.id, "name": role.name, "actions": role.actions});
    let quote = quote.and("roles", roles.iter().map(show).collect::<Vec<_>>());
    if roles.is_empty() {
        every_role_known(access, &quote)?;
        return pass(quote, "No custom role at or above the registry allows everything.");
    }
    let list = roles.iter().map(|role| {
        let list = az("role definition list").option("name", &role.name);
        list.option("subscription", &case.evidence.subscription)
    });
    fail(
        quote,
        "Custom roles at or above the registry allow actions by a wildcard.",
        case.evidence.remedy(
            list,
            "Access control (IAM) > Roles",
            "open the role and name the actions that are needed in place of the wildcard; the command shows the role, and `az role definition update` takes it back changed",
        ),
    )
}
