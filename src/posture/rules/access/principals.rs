//! What kind of principals hold roles, and which of them read secrets.

use serde_json::{Value, json};

use super::super::super::access::SecretReader;
use super::super::super::answer::{Answer, Quote, fail, pass};
use super::super::super::case::{Case, known};
use super::super::super::remediation::az;
use super::super::super::rule::{Category, Rule};
use super::super::super::source::Source;
use super::super::super::verdict::Severity;
use super::{PAGE, every_role_known, remove, shown, summary};

pub(in super::super::super) const MANAGED_IDENTITIES: Rule = Rule {
    id: "managed-identity-preferred",
    title: "Workloads pull as managed identities",
    severity: Severity::Medium,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access],
    decided_by: "kind of the service principals that may pull, from Microsoft Graph",
    passes_when: "no service principal with a client secret holds a role that pulls",
    not_applicable_when: "",
    unknown_when: "Microsoft Graph was not asked (ARM calls managed identities service principals too), or applications pull whose secrets it does not show",
    docs: "A client secret has to be stored, shared and renewed; a managed identity has none.",
    evaluate: managed_identities,
};

pub(in super::super::super) const DELETED_PRINCIPALS: Rule = Rule {
    id: "no-deleted-principal",
    title: "Every grant belongs to somebody",
    severity: Severity::Low,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access],
    decided_by: "existence of every principalId, from Microsoft Graph",
    passes_when: "every principal that holds a role exists",
    not_applicable_when: "",
    unknown_when: "Microsoft Graph was not asked",
    docs: "Grants of principals that are gone hide the ones that count.",
    evaluate: deleted_principals,
};

pub(in super::super::super) const SECRET_READERS: Rule = Rule {
    id: "secret-reading-roles",
    title: "Nobody reads the registry's secrets by their role",
    severity: Severity::Informational,
    category: Category::Access,
    contested: false,
    needs: &[Source::Access],
    decided_by: "roles with listCredentials, regenerateCredential, generateCredentials or getCallbackConfig among their actions",
    passes_when: "nobody can call listCredentials, regenerateCredential, generateCredentials or getCallbackConfig; otherwise the finding lists who can",
    not_applicable_when: "",
    unknown_when: "",
    docs: "These calls answer with passwords and headers; the built-in role for reading the configuration allows two of them.",
    evaluate: secret_readers,
};

/// What is asked of Microsoft Graph.
const KINDS: &str = "the kinds of principals (Microsoft Graph)";
const EXISTENCE: &str = "the existence of principals (Microsoft Graph)";

fn managed_identities(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let (grants, api_version) = known(&access.service_principals, KINDS)?;
    let quote = quote.join(Quote::read_with(api_version)).and("grants", shown(grants));
    if grants.is_empty() {
        return pass(quote, "No service principal with a client secret pulls images.");
    }
    let user = format!("{}-pull", case.evidence.name);
    let create = case.evidence.in_group(az("identity create").option("name", &user));
    let commands = std::iter::once(create).chain(grants.iter().map(remove));
    fail(
        quote,
        "Service principals with a client secret hold roles that pull.",
        case.evidence.remedy(
            commands,
            PAGE,
            "assign the role to the managed identity of the workload, let the workload use that, then remove the assignment of the service principal",
        ),
    )
}

fn deleted_principals(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let (grants, api_version) = known(&access.deleted_principals, EXISTENCE)?;
    let quote = quote.join(Quote::read_with(api_version)).and("grants", shown(grants));
    if grants.is_empty() {
        return pass(quote, "Every principal that holds a role exists.");
    }
    let deed = "remove the assignments whose principal is shown as Identity not found";
    fail(
        quote,
        "Some role assignments belong to principals that no longer exist.",
        case.evidence.remedy(grants.iter().map(remove), PAGE, deed),
    )
}

fn secret_readers(case: &Case<'_>) -> Answer {
    let (access, quote) = summary(case)?;
    let show = |reader: &SecretReader| {
        json!({
            "principalId": reader.grant.principal_id,
            "principalType": reader.grant.principal_type,
            "role": reader.grant.role,
            "scope": reader.grant.scope,
            "actions": reader.actions,
        })
    };
    let readers: Vec<Value> = access.secret_readers.iter().map(show).collect();
    let quote = quote.and("readers", readers);
    if access.secret_readers.is_empty() {
        every_role_known(access, &quote)?;
        return pass(quote, "No role assignment allows reading the registry's secrets.");
    }
    let list = az("role assignment list")
        .option("scope", &case.evidence.registry_id)
        .flag("include-inherited");
    fail(
        quote,
        "Some role assignments allow reading passwords or callback headers of the registry.",
        case.evidence.remedy(
            [list],
            PAGE,
            "go through the list; where only the configuration is to be read, use Reader, and keep the admin user off so that there is nothing to read",
        ),
    )
}
