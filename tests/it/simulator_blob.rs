//! The simulated blob storage, driven by the official client over an in-memory transport.

mod client;

use std::collections::HashMap;
use std::num::NonZero;

use azure_core::http::Body;
use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobClientGetPropertiesResultHeaders as _, BlobClientUploadOptions,
    BlobContainerClientListBlobsOptions, BlockBlobClientCommitBlockListOptions, BlockLookupList,
};
use futures_util::TryStreamExt as _;
use simulator::blob::CreateConflict;

use self::client::{World, code, content};

#[tokio::test]
async fn creates_a_container_once() {
    let world = World::new().await;
    let error = world.container.create(None).await.unwrap_err();
    assert_eq!(code(&error), (409, "ContainerAlreadyExists".to_owned()));
    assert!(world.container.exists().await.unwrap());
    world.assert_no_refusals();
}

#[tokio::test]
async fn uploads_only_if_absent() {
    let world = World::new().await;
    let blob = world.blob("v2/registries/contoso.azurecr.io/registry.json");
    let create = || Some(BlobClientUploadOptions::default().if_not_exists());
    blob.upload(content("first"), create()).await.unwrap();
    let error = blob.upload(content("second"), create()).await.unwrap_err();
    assert_eq!(code(&error), (409, "BlobAlreadyExists".to_owned()));
    world.blobs.lock().unwrap().create_conflict = CreateConflict::ConditionNotMet;
    let error = blob.upload(content("second"), create()).await.unwrap_err();
    assert_eq!(code(&error), (412, "ConditionNotMet".to_owned()));
    let stored = world
        .blobs
        .lock()
        .unwrap()
        .get("inventory", "v2/registries/contoso.azurecr.io/registry.json");
    assert_eq!(stored.as_deref(), Some(&b"first"[..]));
    world.assert_no_refusals();
}

#[tokio::test]
async fn replaces_only_the_version_that_was_read() {
    let world = World::new().await;
    let blob = world.blob("document.json");
    let absent = Some(BlobClientUploadOptions {
        if_match: Some("\"0x1\"".into()),
        ..Default::default()
    });
    let error = blob.upload(content("x"), absent).await.unwrap_err();
    assert_eq!(code(&error), (412, "ConditionNotMet".to_owned()));
    let first = blob.upload(content("1"), None).await.unwrap().etag;
    let update = || {
        Some(BlobClientUploadOptions {
            if_match: first.clone(),
            ..Default::default()
        })
    };
    blob.upload(content("2"), update()).await.unwrap();
    let error = blob.upload(content("3"), update()).await.unwrap_err();
    assert_eq!(code(&error), (412, "ConditionNotMet".to_owned()));
    world.assert_no_refusals();
}

#[tokio::test]
async fn keeps_content_type_and_metadata() {
    let world = World::new().await;
    let blob = world.blob("a b/ü.json");
    let options = BlobClientUploadOptions {
        blob_content_type: Some("application/json".into()),
        metadata: Some(HashMap::from([("CommitId".to_owned(), "c-1".to_owned())])),
        ..Default::default()
    };
    blob.upload(content("{}"), Some(options)).await.unwrap();
    let properties = blob.get_properties(None).await.unwrap();
    assert_eq!(properties.content_type().unwrap().as_deref(), Some("application/json"));
    assert_eq!(properties.content_length().unwrap(), Some(2));
    assert_eq!(
        properties.metadata().unwrap().get("commitid").map(String::as_str),
        Some("c-1")
    );
    assert_eq!(world.blobs.lock().unwrap().list("inventory", "a b/"), ["a b/ü.json"]);
    world.assert_no_refusals();
}

#[tokio::test]
async fn commits_staged_blocks_in_the_order_of_the_list() {
    let world = World::new().await;
    let blob = world.blob("staged");
    let blocks = blob.block_blob_client();
    for (id, text) in [(b"01", "one,"), (b"02", "two")] {
        let body = Body::from(text.as_bytes().to_vec());
        blocks
            .stage_block(id, text.len() as u64, body.into(), None)
            .await
            .unwrap();
    }
    assert!(!blob.exists().await.unwrap(), "uncommitted blocks are no blob");
    let list = |ids: &[&[u8]]| BlockLookupList {
        latest: Some(ids.iter().map(|id| id.to_vec()).collect()),
        ..Default::default()
    };
    let error = blocks
        .commit_block_list(list(&[b"01", b"09"]).try_into().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(code(&error), (400, "InvalidBlockList".to_owned()));
    let options = || {
        Some(BlockBlobClientCommitBlockListOptions {
            if_none_match: Some("*".into()),
            ..Default::default()
        })
    };
    blocks
        .commit_block_list(list(&[b"02", b"01"]).try_into().unwrap(), options())
        .await
        .unwrap();
    assert_eq!(
        world.blobs.lock().unwrap().get("inventory", "staged").as_deref(),
        Some(&b"twoone,"[..])
    );
    let error = blocks
        .commit_block_list(list(&[b"02"]).try_into().unwrap(), options())
        .await
        .unwrap_err();
    assert_eq!(code(&error), (409, "BlobAlreadyExists".to_owned()));
    world.assert_no_refusals();
}

#[tokio::test]
async fn moves_a_large_blob_in_parts() {
    let world = World::new().await;
    let blob = world.blob("large");
    let bytes: Vec<u8> = (0..9 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    blob.upload(content(bytes.clone()), None).await.unwrap();
    assert_eq!(world.blobs.lock().unwrap().operations.put_block, 3);
    let mut body = blob.download(None).await.unwrap().body;
    let mut read = Vec::new();
    while let Some(chunk) = body.try_next().await.unwrap() {
        read.extend_from_slice(&chunk);
    }
    assert!(read == bytes, "the same bytes come back");
    assert_eq!(world.blobs.lock().unwrap().operations.get, 3);
    world.assert_no_refusals();
}

#[tokio::test]
async fn fails_a_download_whose_blob_changes_between_parts() {
    let world = World::new().await;
    world.blobs.lock().unwrap().put("inventory", "large", vec![1; 3000]);
    let blob = world.blob("large");
    let options = BlobClientDownloadOptions {
        partition_size: NonZero::new(1000),
        parallel: NonZero::new(1),
        ..Default::default()
    };
    let mut body = blob.download(Some(options)).await.unwrap().body;
    world.blobs.lock().unwrap().put("inventory", "large", vec![2; 3000]);
    let error = loop {
        match body.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a mix of two versions was read"),
            Err(error) => break error,
        }
    };
    assert!(
        error.to_string().contains("ConditionNotMet") || code(&error).0 == 412,
        "{error}"
    );
}

#[tokio::test]
async fn reads_an_empty_blob_and_reports_an_absent_one() {
    let world = World::new().await;
    let blob = world.blob("empty");
    blob.upload(content(""), None).await.unwrap();
    let body = blob.download(None).await.unwrap().body.collect().await.unwrap();
    assert!(body.is_empty());
    let error = world.blob("absent").download(None).await.map(|_| ()).unwrap_err();
    assert_eq!(code(&error), (404, "BlobNotFound".to_owned()));
    world.assert_no_refusals();
}

#[tokio::test]
async fn lists_by_prefix_in_pages() {
    let world = World::new().await;
    for name in ["a/2", "a/10", "a/1", "b/1", "a<&>/3", "a/ü"] {
        world.blob(name).upload(content(name.to_owned()), None).await.unwrap();
    }
    let options = BlobContainerClientListBlobsOptions {
        prefix: Some("a/".into()),
        maxresults: Some(2),
        ..Default::default()
    };
    let names: Vec<String> = world
        .container
        .list_blobs(Some(options))
        .unwrap()
        .map_ok(|blob| blob.name.unwrap_or_default())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(names, ["a/1", "a/10", "a/2", "a/ü"]);
    assert_eq!(world.blobs.lock().unwrap().operations.list, 2);
    let all: Vec<_> = world.container.list_blobs(None).unwrap().try_collect().await.unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(all[4].name.as_deref(), Some("a<&>/3"));
    assert_eq!(all[4].properties.as_ref().and_then(|p| p.content_length), Some(6));
    world.assert_no_refusals();
}

#[tokio::test]
async fn deletes_and_denies() {
    let world = World::new().await;
    let blob = world.blob("gone");
    blob.upload(content("x"), None).await.unwrap();
    blob.delete(None).await.unwrap();
    let error = blob.delete(None).await.unwrap_err();
    assert_eq!(code(&error), (404, "BlobNotFound".to_owned()));
    world.blobs.lock().unwrap().deny = true;
    let error = blob.upload(content("x"), None).await.unwrap_err();
    assert_eq!(code(&error), (403, "AuthorizationPermissionMismatch".to_owned()));
    world.assert_no_refusals();
    let seen = world.seen.lock().unwrap();
    assert!(
        seen.iter().all(|line| !line.contains("x-ms-date")),
        "the client sends no date"
    );
}
