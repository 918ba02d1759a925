//! Who we are: the credential is chosen by name, never guessed by trying one after the other.

mod cache;
mod identity;

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    AzureCliCredential, ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::cloud::Cloud;
use super::http::{Http, HttpOptions};
use super::pipeline::client_options;
use cache::{CachedCredential, Make};
pub use identity::Identity;

/// The kinds of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CredentialKind {
    /// The identity of the Azure resource we run on; system-assigned unless a client id is given.
    ManagedIdentity,
    /// An application with a client secret (tenant id, client id, client secret).
    ClientSecret,
    /// A federated token in a file, as Kubernetes gives it.
    WorkloadIdentity,
    /// The account signed in to the Azure CLI.
    AzureCli,
    /// Azure CLI or Azure Developer CLI, whichever is signed in.
    DeveloperTools,
    /// Nobody: for registries that allow anonymous pull. Nothing of ARM can be read.
    Anonymous,
}

/// What a credential is made of. The secret has no `Debug`.
#[derive(Debug, Clone)]
pub struct CredentialOptions {
    pub kind: CredentialKind,
    pub tenant_id: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
}

/// A credential that cannot be made from the settings.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("{setting} is needed for the credential {kind:?}")]
    Missing {
        setting: &'static str,
        kind: CredentialKind,
    },
    #[error("the credential {kind:?} cannot be used")]
    Unusable {
        kind: CredentialKind,
        #[source]
        source: azure_core::Error,
    },
    #[error("no HTTP client for the identity endpoint")]
    Http(#[source] super::http::BuildError),
}

/// Makes the credential; none for anonymous. Nothing is sent before the first token is needed.
pub fn credential(
    options: &CredentialOptions,
    cloud: &Cloud,
    http: &Http,
) -> Result<Option<Arc<dyn TokenCredential>>, CredentialError> {
    let kind = options.kind;
    let missing = |setting| CredentialError::Missing { setting, kind };
    let (tenant_id, client_id) = (options.tenant_id.clone(), options.client_id.clone());
    let make: Box<Make> = match kind {
        CredentialKind::Anonymous => return Ok(None),
        CredentialKind::ManagedIdentity => {
            // The identity endpoint is on loopback or link-local by design. It has a client of its own, whose address
            // comes only from the environment; nothing a registry says can reach it.
            let local = HttpOptions {
                allow_loopback: true,
                ..HttpOptions::default()
            };
            let identity = Http::new(local).map_err(CredentialError::Http)?;
            let managed = ManagedIdentityCredentialOptions {
                user_assigned_id: client_id.map(UserAssignedId::ClientId),
                client_options: client_options(&identity.for_identity_endpoint(), Some(super::http::TOKEN_CAP)),
            };
            Box::new(move || Ok(ManagedIdentityCredential::new(Some(managed.clone()))?))
        }
        CredentialKind::ClientSecret => {
            let tenant = tenant_id.ok_or_else(|| missing("AZURE_TENANT_ID"))?;
            let client = client_id.ok_or_else(|| missing("AZURE_CLIENT_ID"))?;
            let secret = options.client_secret.clone();
            let secret = secret.ok_or_else(|| missing("AZURE_CLIENT_SECRET"))?;
            let client_options = authority_options(cloud, http);
            Box::new(move || {
                let (client, secret, client_options) = (client.clone(), secret.clone(), client_options.clone());
                let options = ClientSecretCredentialOptions { client_options };
                Ok(ClientSecretCredential::new(&tenant, client, secret, Some(options))?)
            })
        }
        CredentialKind::WorkloadIdentity => {
            let client_options = authority_options(cloud, http);
            Box::new(move || {
                let mut workload = WorkloadIdentityCredentialOptions::default();
                workload.credential_options.client_options = client_options.clone();
                workload.client_id.clone_from(&client_id);
                workload.tenant_id.clone_from(&tenant_id);
                Ok(WorkloadIdentityCredential::new(Some(workload))?)
            })
        }
        CredentialKind::AzureCli => Box::new(|| Ok(AzureCliCredential::new(None)?)),
        CredentialKind::DeveloperTools => Box::new(|| Ok(DeveloperToolsCredential::new(None)?)),
    };
    // What the SDK has against the settings is said now, not when the first token is needed.
    make().map_err(|source| CredentialError::Unusable { kind, source })?;
    Ok(Some(Arc::new(CachedCredential::new(make))))
}

fn authority_options(cloud: &Cloud, http: &Http) -> ClientOptions {
    let mut custom = CustomConfiguration::default();
    custom.authority_host = cloud.authority_host.to_string();
    let mut options = client_options(http, Some(super::http::TOKEN_CAP));
    options.cloud = Some(Arc::new(CloudConfiguration::from(custom)));
    options
}
