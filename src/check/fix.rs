//! What mends a failure: the role that is missing and where, as an `az` command line and as a line of Bicep.

mod place;
mod secret;

use serde::Serialize;

use super::needs::{self, Need};
use super::report::Check;
use crate::access::action::Mode;
use crate::azure::credential::Identity;
use crate::posture::remediation::{Command, az};
pub(super) use place::{Place, account_and_container, resource_name};
pub(super) use secret::{credential, sign_in};

/// What would mend a failure. What we cannot know stands in angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What is wrong, in a sentence.
    pub why: String,
    /// The action or data action that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<&'static str>,
    /// The role that brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// A wider role that does as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<&'static str>,
    /// Where it has to be assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Command lines for a POSIX shell, to be run in order.
    pub az: Vec<String>,
    /// The same for a deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bicep: Option<String>,
}

impl Fix {
    /// A fix that is no role.
    pub(super) fn other(why: &str, az: impl IntoIterator<Item = Command>, bicep: Option<String>) -> Self {
        Self {
            why: why.to_owned(),
            permission: None,
            role: None,
            instead: None,
            scope: None,
            az: az.into_iter().map(Command::line).collect(),
            bicep,
        }
    }
}

/// The roles behind a check, assigned at `place`.
pub(super) fn roles(check: Check, mode: Option<Mode>, place: Place<'_>, identity: Option<&Identity>) -> Vec<Fix> {
    let fix = |need| role(need, check, place, identity);
    needs::of(check, mode).map(fix).collect()
}

fn role(need: &Need, check: Check, place: Place<'_>, identity: Option<&Identity>) -> Fix {
    let permission = need.permission(check);
    let only = match need.mode {
        Some(Mode::Legacy) => " where the registry is in legacy mode",
        Some(Mode::Abac) => " where the registry is in ABAC mode",
        None => "",
    };
    let object_id = identity.map_or("<object id of the identity>", |identity| &identity.object_id);
    let mut assign = az("role assignment create")
        .option("role", need.role)
        .option("assignee-object-id", object_id);
    if let Some(kind) = identity.and_then(|identity| identity.principal_type) {
        assign = assign.option("assignee-principal-type", kind);
    }
    let instead = need.instead.map(|wider| wider.role);
    let or = instead
        .map(|wider| format!(" ({wider} does as well)"))
        .unwrap_or_default();
    Fix {
        why: format!("the identity lacks {permission}, which {} brings{only}{or}", need.role),
        permission: Some(permission),
        role: Some(need.role),
        instead,
        scope: Some(place.shown()),
        az: vec![place.add_scope(assign).line()],
        bicep: Some(bicep(need, place, identity)),
    }
}

/// A role assignment in one line.
fn bicep(need: &Need, place: Place<'_>, identity: Option<&Identity>) -> String {
    let symbol = symbol(need.role);
    let principal = identity.map_or("principalId".to_owned(), |identity| format!("'{}'", identity.object_id));
    let kind = identity
        .and_then(|identity| identity.principal_type)
        .unwrap_or("ServicePrincipal");
    let (at, scope) = place.bicep();
    let guid = need.guid;
    format!(
        "resource {symbol} 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{ name: guid({at}, {principal}, '{guid}'){scope}, properties: {{ principalId: {principal}, principalType: '{kind}', roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{guid}') }} }}"
    )
}

/// The role's name as a name of Bicep: `storageBlobDataContributor`.
fn symbol(role: &str) -> String {
    let mut symbol: String = role.split(' ').collect();
    if let Some(first) = symbol.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    symbol
}

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn symbols_are_names_of_bicep() {
        assert_eq!(symbol("Storage Blob Data Contributor"), "storageBlobDataContributor");
        assert_eq!(symbol("AcrPull"), "acrPull");
    }
}
