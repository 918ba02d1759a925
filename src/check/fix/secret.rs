//! What mends a log-in.

use super::Fix;
use crate::azure::Failure;
use crate::azure::credential::{CredentialKind, CredentialOptions};
use crate::inventory::problem_code::ProblemCode;
use crate::posture::remediation::az;

/// What mends a credential that gives no token; none where that is not known.
pub(in crate::check) fn credential(failure: &Failure, options: &CredentialOptions) -> Option<Fix> {
    let Failure::Denied { code, message, .. } = failure else {
        return None;
    };
    if *code != ProblemCode::Credential {
        return None;
    }
    let client = options.client_id.as_deref().unwrap_or("<client id>");
    Some(match options.kind {
        CredentialKind::ClientSecret if message.contains("AADSTS700016") => Fix::other(
            "there is no such application in the tenant",
            [az("ad app show").option("id", client)],
            None,
        ),
        CredentialKind::ClientSecret => {
            let why = match message.contains("AADSTS7000222") {
                true => "the application's secret has expired: make a new one and set AZURE_CLIENT_SECRET",
                false => "the application's secret is not taken: make a new one and set AZURE_CLIENT_SECRET",
            };
            let reset = az("ad app credential reset").option("id", client).flag("append");
            Fix::other(why, [reset.option("query", "password").option("output", "tsv")], None)
        }
        CredentialKind::ManagedIdentity => Fix::other(
            "this resource has no such identity",
            [az("functionapp identity assign")
                .option("name", "<function app>")
                .option("resource-group", "<resource group>")
                .option("identities", "<resource id of the identity>")],
            Some("identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }".to_owned()),
        ),
        CredentialKind::AzureCli | CredentialKind::DeveloperTools => {
            Fix::other("nobody is signed in here", [az("login")], None)
        }
        CredentialKind::WorkloadIdentity => Fix::other(
            "the tenant does not take the federated token for this application",
            [az("ad app federated-credential list").option("id", client)],
            None,
        ),
        CredentialKind::Anonymous => return None,
    })
}

/// What mends being nobody. (Switching anonymous pull on would open the registry to everybody.)
pub(in crate::check) fn sign_in() -> Fix {
    let why = "nobody is let in here: name a credential, e.g. --credential azure-cli once signed in";
    Fix::other(why, [az("login")], None)
}
