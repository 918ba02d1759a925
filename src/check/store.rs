//! The store: one document of its own, created, replaced, read, listed and deleted, each under the condition that commits
//! rest on.

use azure_core::http::Etag;

use super::fix::{self, Fix, Place, account_and_container};
use super::report::{Check, Failed, Row, Rows};
use crate::azure::credential::Identity;
use crate::chain::chain;
use crate::config::StoreLocation;
use crate::posture::remediation::az;
use crate::store::{BlobKey, Condition, Store, StoreError};

/// What the document says, at first and then.
const VERSIONS: [&[u8]; 2] = [
    b"{\"kind\":\"check\",\"version\":1}",
    b"{\"kind\":\"check\",\"version\":2}",
];

/// Tries the store under a name that nobody else has.
pub(super) async fn write(store: &Store, location: &StoreLocation, identity: Option<&Identity>) -> Vec<Row> {
    let key = BlobKey::Check(crate::random::uuid());
    let probe = Probe {
        store,
        key: &key,
        location,
        identity,
    };
    let mut rows = Rows::of(&match location {
        StoreLocation::Directory(path) => path.display().to_string(),
        StoreLocation::Container(url) => url.to_string(),
    });
    let rest = [
        Check::ReplaceDocument,
        Check::ReadDocument,
        Check::ListDocuments,
        Check::DeleteDocument,
    ];
    let Some(first) = rows.attempt(Check::CreateDocument, probe.create()).await else {
        rows.skip(&rest, "there is no document");
        return rows.rows;
    };
    let second = rows.attempt(Check::ReplaceDocument, probe.replace(&first)).await;
    rows.attempt(Check::ReadDocument, probe.read()).await;
    rows.attempt(Check::ListDocuments, probe.list()).await;
    rows.attempt(Check::DeleteDocument, probe.delete(second.unwrap_or(first)))
        .await;
    rows.rows
}

struct Probe<'a> {
    store: &'a Store,
    key: &'a BlobKey,
    location: &'a StoreLocation,
    identity: Option<&'a Identity>,
}

impl Probe<'_> {
    /// Only if nothing is there; a second time must conflict.
    async fn create(&self) -> Result<(Etag, String), Failed> {
        let check = Check::CreateDocument;
        let etag = self.put(check, 0, Condition::Create).await?;
        self.must_conflict(check, Condition::Create).await?;
        Ok((etag, "written, and not a second time".to_owned()))
    }

    /// Only over the version that was written; over an older one it must conflict.
    async fn replace(&self, first: &Etag) -> Result<(Etag, String), Failed> {
        let check = Check::ReplaceDocument;
        let etag = self.put(check, 1, Condition::Replace(first.clone())).await?;
        self.must_conflict(check, Condition::Replace(first.clone())).await?;
        Ok((
            etag,
            "written over the version that was read, and not over an older one".to_owned(),
        ))
    }

    async fn read(&self) -> Result<((), String), Failed> {
        let found = self.store.read(self.key).await;
        match found.map_err(|error| self.failed(Check::ReadDocument, &error))? {
            Some((bytes, _)) if VERSIONS.contains(&bytes.as_slice()) => Ok(((), "as written".to_owned())),
            _ => Err(Failed::from("what was written is not there".to_owned())),
        }
    }

    async fn list(&self) -> Result<((), String), Failed> {
        let names = self.store.list(BlobKey::check_prefix()).await;
        let names = names.map_err(|error| self.failed(Check::ListDocuments, &error))?;
        match names.contains(&self.key.to_string()) {
            true => Ok(((), "the document is listed".to_owned())),
            false => Err(Failed::from("the document is not listed".to_owned())),
        }
    }

    async fn delete(&self, etag: Etag) -> Result<((), String), Failed> {
        let deleted = self.store.delete(self.key, etag).await;
        deleted.map_err(|error| self.failed(Check::DeleteDocument, &error))?;
        Ok(((), "nothing is left".to_owned()))
    }

    async fn put(&self, check: Check, version: usize, condition: Condition) -> Result<Etag, Failed> {
        let bytes = VERSIONS.get(version).copied().unwrap_or_default();
        let written = self.store.write(self.key, bytes.to_vec(), condition).await;
        written.map_err(|error| self.failed(check, &error))
    }

    async fn must_conflict(&self, check: Check, condition: Condition) -> Result<(), Failed> {
        match self.store.write(self.key, VERSIONS[0].to_vec(), condition).await {
            Err(StoreError::Conflict { .. }) => Ok(()),
            Ok(_) => Err(Failed::from("a condition that does not hold was not kept".to_owned())),
            Err(error) => Err(self.failed(check, &error)),
        }
    }

    fn failed(&self, check: Check, error: &StoreError) -> Failed {
        Failed {
            detail: chain(error),
            fixes: self.fixes(check, error),
        }
    }

    fn fixes(&self, check: Check, error: &StoreError) -> Vec<Fix> {
        let StoreLocation::Container(url) = self.location else {
            return Vec::new();
        };
        let (account, container) = account_and_container(url);
        match error {
            // Network rules say this; a missing role is a mismatch of permissions.
            StoreError::Denied { message, .. } if message.contains("AuthorizationFailure") => {
                let rule = az("storage account network-rule add").option("account-name", account);
                let why = "the network rules of the storage account keep this address out";
                let bicep =
                    "networkAcls: { defaultAction: 'Deny', ipRules: [ { action: 'Allow', value: '<address>' } ] }";
                vec![Fix::other(
                    why,
                    [rule.option("ip-address", "<address>")],
                    Some(bicep.to_owned()),
                )]
            }
            StoreError::Denied { .. } => fix::roles(check, None, Place::Container(url), self.identity),
            StoreError::NoContainer { .. } => {
                let create = az("storage container create")
                    .option("account-name", account)
                    .option("name", container)
                    .option("auth-mode", "login");
                let bicep = format!(
                    "resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {{ parent: blobService, name: '{container}' }}"
                );
                vec![Fix::other("there is no such container", [create], Some(bicep))]
            }
            _ => Vec::new(),
        }
    }
}
