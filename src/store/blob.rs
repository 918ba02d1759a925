//! An Azure Blob container through the official client.

use std::num::NonZero;

use azure_core::Bytes;
use azure_core::error::ErrorKind;
use azure_core::http::{Body, Etag, StatusCode};
use azure_storage_blob::models::{
    BlobClientDeleteOptions, BlobClientDownloadOptions, BlobClientUploadOptions, BlobContainerClientListBlobsOptions,
    BlockBlobClientCommitBlockListOptions, BlockBlobClientCommitBlockListResultHeaders, BlockLookupList,
};
use azure_storage_blob::{BlobContainerClient, BlobContainerClientOptions};
use futures_util::stream::{StreamExt as _, TryStreamExt as _};

use super::{Condition, LineReader, ListPage, Listed, StoreError, bare};
use crate::azure::xml;

/// Size of one ranged read, bytes. Of a larger document the client holds two of them; four walks of 32 repositories each
/// with large documents have 128 MiB so.
const READ_RANGE: NonZero<usize> = NonZero::new(512 << 10).unwrap();

/// Documents in one container.
pub struct BlobStore {
    container: BlobContainerClient,
}

impl std::fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobStore").finish_non_exhaustive()
    }
}

/// Ids of the blocks staged so far. They begin with a UUID, so that two writers of one blob never mix their blocks.
#[derive(Debug, Default)]
pub(super) struct StagedBlocks {
    writer: uuid::Uuid,
    ids: Vec<Vec<u8>>,
}

impl BlobStore {
    /// The container at `url`, e.g. `https://account.blob.core.windows.net/inventory`; `options` authorize.
    pub fn new(url: url::Url, options: BlobContainerClientOptions) -> azure_core::Result<Self> {
        let container = BlobContainerClient::new(url, None, Some(options))?;
        Ok(Self { container })
    }

    pub(super) async fn open(&self, name: &str) -> Result<Option<(Etag, LineReader)>, StoreError> {
        let options = BlobClientDownloadOptions {
            partition_size: Some(READ_RANGE),
            parallel: Some(NonZero::<usize>::MIN),
            ..Default::default()
        };
        match self.container.blob_client(name).download(Some(options)).await {
            Ok(download) => {
                let etag = download.properties.etag.clone();
                let etag = etag.ok_or_else(|| missing_etag("reading", name))?;
                let key = name.to_owned();
                let chunks = download.body.map_err(move |error| from_azure("reading", &key, error));
                Ok(Some((etag, LineReader::new(name.to_owned(), chunks.boxed()))))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(from_azure("reading", name, error)),
        }
    }

    pub(super) async fn read_range(&self, name: &str, offset: u64, length: usize) -> Result<Option<Bytes>, StoreError> {
        let Some(partition) = NonZero::new(length) else {
            return Ok(Some(Bytes::new()));
        };
        let options = BlobClientDownloadOptions {
            range: Some((offset..offset.saturating_add(length as u64)).into()),
            partition_size: Some(partition),
            parallel: Some(NonZero::<usize>::MIN),
            ..Default::default()
        };
        let failed = |error| from_azure("reading", name, error);
        match self.container.blob_client(name).download(Some(options)).await {
            Ok(download) => download.body.collect().await.map(Some).map_err(failed),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) if error.http_status() == Some(StatusCode::RequestedRangeNotSatisfiable) => {
                Ok(Some(Bytes::new()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>, condition: Condition) -> Result<Etag, StoreError> {
        let is_create = matches!(condition, Condition::Create);
        let (if_match, if_none_match) = headers(condition);
        let options = BlobClientUploadOptions {
            blob_content_type: Some(content_type(name).to_owned()),
            if_match,
            if_none_match,
            ..Default::default()
        };
        let bytes = Bytes::from(bytes);
        let content = Body::from(bytes.clone()).into();
        let sent = self.container.blob_client(name).upload(content, Some(options)).await;
        match sent.map_err(|error| from_azure("writing", name, error)) {
            Ok(response) => response.etag.ok_or_else(|| missing_etag("writing", name)),
            // Blocks that a killed writer staged and never committed can make a create fail although there is nothing
            // (seen on Azurite): a block list of our own gets past them.
            Err(StoreError::Conflict { .. }) if is_create && !self.exists(name).await? => {
                let mut blocks = StagedBlocks::default();
                self.stage_block(name, &mut blocks, bytes).await?;
                self.commit_blocks(name, blocks, Condition::Create).await
            }
            Err(error) => Err(error),
        }
    }

    async fn exists(&self, name: &str) -> Result<bool, StoreError> {
        let exists = self.container.blob_client(name).exists().await;
        exists.map_err(|error| from_azure("reading", name, error))
    }

    pub(super) async fn stage_block(
        &self,
        name: &str,
        blocks: &mut StagedBlocks,
        piece: Bytes,
    ) -> Result<(), StoreError> {
        if blocks.ids.is_empty() {
            blocks.writer = crate::random::uuid();
        }
        let id = format!("{}-{:06}", blocks.writer, blocks.ids.len()).into_bytes();
        let length = piece.len() as u64;
        let content = Body::from(piece).into();
        let client = self.container.blob_client(name).block_blob_client();
        let staged = client.stage_block(&id, length, content, None).await;
        staged.map_err(|error| from_azure("writing", name, error))?;
        blocks.ids.push(id);
        Ok(())
    }

    pub(super) async fn commit_blocks(
        &self,
        name: &str,
        blocks: StagedBlocks,
        condition: Condition,
    ) -> Result<Etag, StoreError> {
        let (if_match, if_none_match) = headers(condition);
        let options = BlockBlobClientCommitBlockListOptions {
            blob_content_type: Some(content_type(name).to_owned()),
            if_match,
            if_none_match,
            ..Default::default()
        };
        let list = BlockLookupList {
            latest: Some(blocks.ids),
            ..Default::default()
        };
        let failed = |error| from_azure("writing", name, error);
        let client = self.container.blob_client(name).block_blob_client();
        let content = list.try_into().map_err(failed)?;
        let response = client.commit_block_list(content, Some(options)).await.map_err(failed)?;
        response
            .etag()
            .map_err(failed)?
            .ok_or_else(|| missing_etag("writing", name))
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(prefix.to_owned()),
            ..Default::default()
        };
        let failed = |error| from_azure("listing", prefix, error);
        let pages = self.container.list_blobs(Some(options)).map_err(failed)?;
        pages
            .try_filter_map(|blob| std::future::ready(Ok(blob.name)))
            .try_collect()
            .await
            .map_err(failed)
    }

    pub(super) async fn list_page(&self, prefix: &str, marker: Option<&str>) -> Result<ListPage, StoreError> {
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(prefix.to_owned()),
            marker: marker.map(str::to_owned),
            ..Default::default()
        };
        let failed = |error| from_azure("listing", prefix, error);
        let mut pages = self.container.list_blobs(Some(options)).map_err(failed)?.into_pages();
        let Some(page) = pages.try_next().await.map_err(failed)? else {
            return Ok(ListPage {
                blobs: Vec::new(),
                next: None,
                now: None,
            });
        };
        let date = page.headers().get_optional_str(&"date".into());
        let now = date.and_then(|date| azure_core::time::parse_rfc7231(date).ok());
        let page = page.into_model().map_err(failed)?;
        let blobs = page.blob_items.into_iter().filter_map(|blob| {
            let properties = blob.properties?;
            Some(Listed {
                name: blob.name?,
                etag: bare(&properties.etag?),
                modified: properties.last_modified,
                size: properties.content_length.unwrap_or_default(),
            })
        });
        Ok(ListPage {
            blobs: blobs.collect(),
            next: page.next_marker.filter(|marker| !marker.is_empty()),
            now,
        })
    }

    pub(super) async fn delete(&self, name: &str, etag: Etag) -> Result<(), StoreError> {
        let options = BlobClientDeleteOptions {
            if_match: Some(etag),
            ..Default::default()
        };
        let client = self.container.blob_client(name);
        match client.delete(Some(options)).await {
            Ok(_) => Ok(()),
            Err(error) if is_absent(&error) => Ok(()),
            Err(error) if held_by(&error).is_some() => Err(from_azure("deleting", name, error)),
            // A condition on a version does not hold for what is gone either; only a look tells the two apart.
            Err(error) if error.http_status() == Some(StatusCode::PreconditionFailed) => match client.exists().await {
                Ok(false) => Ok(()),
                _ => Err(from_azure("deleting", name, error)),
            },
            Err(error) => Err(from_azure("deleting", name, error)),
        }
    }
}

fn headers(condition: Condition) -> (Option<Etag>, Option<Etag>) {
    match condition {
        Condition::Create => (None, Some(Etag::from("*"))),
        Condition::Replace(etag) => (Some(etag), None),
        Condition::Always => (None, None),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "application/json",
        Some("gz") => "application/gzip",
        _ => "application/x-ndjson",
    }
}

fn error_code(error: &azure_core::Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::HttpResponse { error_code, .. } => error_code.as_deref(),
        _ => None,
    }
}

fn is_absent(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound) && error_code(error) == Some("BlobNotFound")
}

/// What keeps a blob as it is, where the answer says that something does.
/// Codes: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>
fn held_by(error: &azure_core::Error) -> Option<&'static str> {
    let code = error_code(error)?;
    let by_status = matches!(
        error.http_status(),
        Some(StatusCode::PreconditionFailed | StatusCode::Conflict)
    );
    if by_status && code.starts_with("Lease") {
        Some("somebody holds a lease on it")
    } else if by_status && code.contains("Immutable") {
        Some("a policy or a legal hold of the container keeps it as it is")
    } else {
        None
    }
}

/// Storage status and code to our errors. Azure says 409 or 412 for a create that lost, Azurite 409; a block list that
/// lost its blocks to another writer's commit says `InvalidBlockList`.
fn from_azure(what: &'static str, key: &str, error: azure_core::Error) -> StoreError {
    let key = key.to_owned();
    // Ids of the request stand behind what storage says.
    let message = || match (error_code(&error), xml::element(&error, "Message")) {
        (Some(code), Some(said)) => format!("{code}: {}", said.lines().next().unwrap_or_default()),
        _ => error.to_string(),
    };
    if let Some(by) = held_by(&error) {
        let message = message();
        return StoreError::Held { key, by, message };
    }
    match (error.http_status(), error_code(&error)) {
        (Some(StatusCode::PreconditionFailed), _)
        | (Some(StatusCode::Conflict), Some("BlobAlreadyExists"))
        | (Some(StatusCode::BadRequest), Some("InvalidBlockList")) => StoreError::Conflict { key },
        (Some(StatusCode::NotFound), Some("ContainerNotFound")) => StoreError::NoContainer {
            key,
            message: message(),
        },
        (Some(StatusCode::Unauthorized | StatusCode::Forbidden), _) => StoreError::Denied {
            key,
            message: message(),
        },
        _ => StoreError::Failed {
            what,
            key,
            source: Box::new(error),
        },
    }
}

fn missing_etag(what: &'static str, key: &str) -> StoreError {
    StoreError::Failed {
        what,
        key: key.to_owned(),
        source: "the answer carries no ETag".into(),
    }
}
