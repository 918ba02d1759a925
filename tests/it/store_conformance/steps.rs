//! The steps every store goes through, and what each showed as one line.

mod concurrent;

use std::sync::Arc;

use acr_inventory::names::{LoginServer, RepositoryName};
use acr_inventory::store::{BlobKey, Condition, Store, StoreError};
use azure_core::http::Etag;

/// Larger than two pieces of a staged writer and than two ranges of a download, bytes.
const LARGE: usize = (9 << 20) + 17;

/// What a store showed, step by step.
pub struct Transcript {
    store: Arc<Store>,
    lines: Vec<String>,
}

/// Takes a store with nothing in it through all steps.
pub async fn run(store: Arc<Store>) -> String {
    let mut transcript = Transcript {
        store,
        lines: Vec::new(),
    };
    transcript.create_and_replace().await;
    transcript.remove().await;
    transcript.stage().await;
    transcript.two_writers().await;
    transcript.dropped_writer().await;
    transcript.list().await;
    transcript.race().await;
    transcript.read_while_written().await;
    transcript.lines.join("\n") + "\n"
}

fn server() -> LoginServer {
    LoginServer::parse("conformance.azurecr.io").unwrap()
}

/// The key of a repository document: the one kind of name with slashes of somebody else's choice in it.
fn key(repository: &str) -> BlobKey {
    BlobKey::Repository(server(), RepositoryName::parse(repository).unwrap())
}

/// Bytes that differ at every place from those of another seed.
fn large(seed: u8) -> Vec<u8> {
    (0..LARGE).map(|at| (at % 251) as u8 ^ seed).collect()
}

fn word<T>(result: &Result<T, StoreError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(StoreError::Conflict { .. }) => "conflict".to_owned(),
        Err(error) => acr_inventory::chain::chain(error),
    }
}

impl Transcript {
    fn note(&mut self, step: &str, showed: impl std::fmt::Display) {
        self.lines.push(format!("{step}: {showed}"));
    }

    async fn write(&mut self, step: &str, key: &BlobKey, text: &str, condition: Condition) -> Option<Etag> {
        let written = self.store.write(key, text.as_bytes().to_vec(), condition).await;
        self.note(step, word(&written));
        written.ok()
    }

    /// Notes what is stored under a key, and whether its version is the one given.
    async fn read(&mut self, step: &str, key: &BlobKey, version: Option<&Etag>) {
        let showed = match self.store.read(key).await {
            Ok(None) => "absent".to_owned(),
            Ok(Some((bytes, etag))) => {
                let content =
                    String::from_utf8(bytes).unwrap_or_else(|error| format!("{} bytes", error.as_bytes().len()));
                let same = version == Some(&etag);
                format!(
                    "{content:?}, version {}",
                    if same { "of the write" } else { "of another write" }
                )
            }
            Err(error) => word(&Err::<(), _>(error)),
        };
        self.note(step, showed);
    }

    async fn create_and_replace(&mut self) {
        let key = key("create");
        self.read("read of nothing", &key, None).await;
        let first = self.write("create", &key, "one", Condition::Create).await;
        self.read("read of a created document", &key, first.as_ref()).await;
        self.write("create over existing", &key, "two", Condition::Create).await;
        self.read("read after a refused create", &key, first.as_ref()).await;
        let first = first.unwrap();
        let second = self
            .write("replace", &key, "three", Condition::Replace(first.clone()))
            .await;
        self.read("read of a replaced document", &key, second.as_ref()).await;
        self.note("versions of two writes differ", second.as_ref() != Some(&first));
        self.write(
            "replace of a stale version",
            &key,
            "four",
            Condition::Replace(first.clone()),
        )
        .await;
        self.read("read after a refused replace", &key, second.as_ref()).await;
        let same = self.write(
            "replace with the same bytes",
            &key,
            "three",
            Condition::Replace(second.clone().unwrap()),
        );
        let third = same.await;
        self.note("versions of two writes with the same bytes differ", second != third);
        let fourth = self
            .write("always over existing", &key, "five", Condition::Always)
            .await;
        self.read("read after always", &key, fourth.as_ref()).await;
        let absent = self::key("replace-absent");
        self.write("replace of nothing", &absent, "six", Condition::Replace(first))
            .await;
        self.read("read after a refused replace of nothing", &absent, None)
            .await;
        let fresh = self::key("always");
        self.write("always over nothing", &fresh, "seven", Condition::Always)
            .await;
        // A repository document without its end counts as absent in a directory: a loss of power leaves such.
        let empty = BlobKey::Registry(server());
        let etag = self
            .write("create of an empty document", &empty, "", Condition::Create)
            .await;
        self.read("read of an empty document", &empty, etag.as_ref()).await;
        self.write("create over an empty document", &empty, "eight", Condition::Create)
            .await;
    }

    async fn remove(&mut self) {
        let key = key("delete");
        let first = self
            .write("create for deletion", &key, "one", Condition::Create)
            .await
            .unwrap();
        let second = self
            .write("replace for deletion", &key, "two", Condition::Replace(first.clone()))
            .await;
        let second = second.unwrap();
        let store = Arc::clone(&self.store);
        let stale = store.delete(&key, first.clone()).await;
        self.note("delete of a stale version", word(&stale));
        self.read("read after a refused delete", &key, Some(&second)).await;
        let right = store.delete(&key, second.clone()).await;
        self.note("delete of the version", word(&right));
        self.read("read after delete", &key, None).await;
        let again = store.delete(&key, second).await;
        self.note("delete of nothing", word(&again));
        self.write("create after delete", &key, "three", Condition::Create)
            .await;
        let before = store.delete(&key, first).await;
        self.note("delete of a version before the last delete", word(&before));
    }

    /// Notes whether a document holds the bytes of a seed.
    async fn expect_large(&mut self, step: &str, key: &BlobKey, seed: u8) {
        let showed = match self.store.read(key).await {
            Ok(Some((bytes, _))) if bytes == large(seed) => "all its bytes".to_owned(),
            Ok(Some((bytes, _))) => format!("{} other bytes", bytes.len()),
            Ok(None) => "absent".to_owned(),
            Err(error) => word(&Err::<(), _>(error)),
        };
        self.note(step, showed);
    }

    async fn stage(&mut self) {
        let (key, content) = (key("large"), large(1));
        let store = Arc::clone(&self.store);
        let mut writer = store.writer(&key);
        for piece in content.chunks(1 << 20) {
            writer.write(piece).await.unwrap();
        }
        self.read("read of a document that is being written", &key, None).await;
        let committed = writer.commit(Condition::Create).await;
        self.note("commit of a large document", word(&committed));
        self.expect_large("read of a large document", &key, 1).await;
        let refused = store.write(&key, large(2), Condition::Create).await;
        self.note("create of a large document over existing", word(&refused));
        self.expect_large("read after a refused large create", &key, 1).await;
        let replaced = store
            .write(&key, large(3), Condition::Replace(committed.unwrap()))
            .await;
        self.note("replace by a large document", word(&replaced));
        self.expect_large("read after a large replace", &key, 3).await;
    }

    async fn list(&mut self) {
        let server = LoginServer::parse("listing.azurecr.io").unwrap();
        let key = |name: &str| BlobKey::Repository(server.clone(), RepositoryName::parse(name).unwrap());
        for name in [
            "a",
            "a.ndjson",
            "a.ndjson/b",
            "a.ndjson/b.ndjson/c",
            "team/app",
            "team/app/worker",
            "z",
        ] {
            self.write(&format!("create {name}"), &key(name), name, Condition::Create)
                .await;
        }
        self.write(
            "create beside the folder",
            &BlobKey::Registry(server.clone()),
            "{}",
            Condition::Create,
        )
        .await;
        let folder = BlobKey::repositories_prefix(&server);
        let prefixes = [
            folder.clone(),
            format!("{folder}a.ndjson/"),
            format!("{folder}team/"),
            format!("{folder}te"),
            format!("{folder}team/app"),
            format!("{folder}none/"),
            "v2/registries/listing".to_owned(),
            "v2/spool/".to_owned(),
        ];
        for prefix in prefixes {
            let mut names = self.store.list(&prefix).await.unwrap();
            names.sort();
            let shown: Vec<&str> = names
                .iter()
                .map(|name| name.strip_prefix(folder.as_str()).unwrap_or(name))
                .collect();
            self.note(&format!("list {prefix}"), shown.join(" "));
        }
        let all = self.store.list("").await.unwrap();
        let foreign: Vec<&String> = all.iter().filter(|name| !name.starts_with("v2/")).collect();
        self.note("names outside of v2/ in a list of everything", foreign.len());
        for name in ["a", "a.ndjson", "a.ndjson/b"] {
            let read = self.store.read(&key(name)).await.unwrap();
            let content = read.map(|(bytes, _)| String::from_utf8(bytes).unwrap());
            self.note(&format!("read {name}"), format!("{content:?}"));
        }
    }
}
