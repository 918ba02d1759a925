//! What a walk goes by: documents are listed in the order of the catalog, page by page, each with the ETag that a read of it
//! gives.

use acr_inventory::names::{LoginServer, RepositoryName};
use acr_inventory::store::{BlobKey, Condition, Store, bare, quoted};
use futures_util::stream::{self, StreamExt as _};

/// In the order of a catalog, which is that of bytes.
const CATALOG: [&str; 9] = ["a", "a-b", "a.b", "a.ndjson", "a.ndjson/b", "a/b", "a/b/c", "a0", "a_b"];

pub async fn order_and_etags(store: &Store) {
    let server = LoginServer::parse("order.azurecr.io").unwrap();
    let repository = |name: &str| RepositoryName::parse(name).unwrap();
    let mut catalog: Vec<RepositoryName> = CATALOG.iter().map(|name| repository(name)).collect();
    // Longer than a file system's names.
    catalog.push(repository(&"b".repeat(256)));
    assert!(catalog.is_sorted());
    let key = |name: &RepositoryName| BlobKey::Repository(server.clone(), name.clone());
    let mut written = Vec::new();
    for name in catalog.iter().rev() {
        let etag = store
            .write(&key(name), name.as_str().into(), Condition::Create)
            .await
            .unwrap();
        written.insert(0, bare(&etag));
    }
    let folder = format!("v2/registries/{server}/repositories/");
    let page = store.list_page(&folder, None).await.unwrap();
    assert_eq!(page.next, None);
    let names: Vec<&str> = page.blobs.iter().map(|listed| listed.name.as_str()).collect();
    let expected: Vec<String> = catalog.iter().map(|name| key(name).to_string()).collect();
    assert_eq!(names, expected);
    let etags: Vec<&String> = page.blobs.iter().map(|listed| &listed.etag).collect();
    assert_eq!(etags, written.iter().collect::<Vec<_>>());
    for (name, listed) in catalog.iter().zip(&page.blobs) {
        assert!(!listed.etag.is_empty() && !listed.etag.contains('"'), "{}", listed.etag);
        let (bytes, etag) = store.read(&key(name)).await.unwrap().unwrap();
        assert_eq!(bare(&etag), listed.etag);
        assert_eq!(listed.size, bytes.len() as u64);
        assert!(listed.modified.is_some());
        // And it is one that conditions take.
        let key = key(name);
        let replaced = store.write(&key, b"new".to_vec(), Condition::Replace(quoted(&listed.etag)));
        let replaced = bare(&replaced.await.unwrap());
        assert_ne!(replaced, listed.etag);
        store
            .write(&key, b"late".to_vec(), Condition::Replace(quoted(&listed.etag)))
            .await
            .unwrap_err();
    }
    let again = store.list_page(&folder, None).await.unwrap();
    for (listed, before) in again.blobs.iter().zip(&page.blobs) {
        assert_ne!(listed.etag, before.etag);
        assert_eq!(listed.size, 3);
    }
    let age = page.now.unwrap() - page.blobs[0].modified.unwrap();
    assert!((-1..60).contains(&age.whole_seconds()), "{age}");
    let parts = store.list_page(&format!("{folder}a/"), None).await.unwrap();
    let names: Vec<&str> = parts.blobs.iter().map(|listed| listed.name.as_str()).collect();
    assert_eq!(names, [&expected[5], &expected[6]]);
    assert_eq!(store.list_page("v2/none/", None).await.unwrap().blobs, []);
    // A range of a blob, to its end and beyond it.
    let first = key(&catalog[0]);
    for (offset, length, expected) in [
        (0, 3, "new"),
        (1, 1, "e"),
        (1, 9, "ew"),
        (3, 1, ""),
        (9, 9, ""),
        (0, 0, ""),
    ] {
        let read = store.read_range(&first, offset, length).await.unwrap().unwrap();
        assert_eq!(read, expected, "{length} from {offset} on");
    }
    assert_eq!(store.read_range(&key(&repository("none")), 0, 9).await.unwrap(), None);
}

/// More documents than one request lists.
pub async fn pages(store: &Store) {
    let server = LoginServer::parse("pages.azurecr.io").unwrap();
    let names: Vec<String> = (0..5_003).map(|n| format!("r{n:05}")).collect();
    let written = stream::iter(&names).map(async |name| {
        let key = BlobKey::Repository(server.clone(), RepositoryName::parse(name).unwrap());
        store
            .write(&key, name.clone().into_bytes(), Condition::Always)
            .await
            .unwrap();
    });
    written.buffer_unordered(32).collect::<()>().await;
    let folder = format!("v2/registries/{server}/");
    let first = store.list_page(&folder, None).await.unwrap();
    let marker = first.next.unwrap();
    let second = store.list_page(&folder, Some(&marker)).await.unwrap();
    assert_eq!((first.blobs.len(), second.blobs.len(), second.next), (5_000, 3, None));
    let listed: Vec<String> = first
        .blobs
        .into_iter()
        .chain(second.blobs)
        .map(|listed| listed.name)
        .collect();
    let expected: Vec<String> = names
        .iter()
        .map(|name| format!("{folder}repositories/{name},lists.ndjson"))
        .collect();
    assert_eq!(listed, expected);
}
