//! The steps every store goes through, and what each showed as one line.

use std::sync::Arc;

use acr_inventory::names::{LoginServer, RepositoryName};
use acr_inventory::store::{BlobKey, Condition, Store, StoreError};
use azure_core::http::Etag;
use futures_util::future::join_all;

/// Larger than two pieces of a staged writer and than two ranges of a download, bytes.
const LARGE: usize = (9 << 20) + 17;

/// What a store showed, step by step.
pub struct Transcript {
    store: Arc<Store>,
    lines: Vec<String>,
}

/// Takes a store with nothing in it through all steps.
pub async fn run(store: Store) -> String {
    let mut transcript = Transcript {
        store: Arc::new(store),
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
        Err(error) => acr_inventory::collect::chain(error),
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
        let empty = self::key("empty");
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

    async fn two_writers(&mut self) {
        let key = key("two-writers");
        let store = Arc::clone(&self.store);
        let (mut one, mut two) = (store.writer(&key), store.writer(&key));
        let (first, second) = (large(4), large(5));
        for (a, b) in first.chunks(1 << 20).zip(second.chunks(1 << 20)) {
            one.write(a).await.unwrap();
            two.write(b).await.unwrap();
        }
        let winner = two.commit(Condition::Create).await;
        self.note("first commit of two writers", word(&winner));
        let loser = one.commit(Condition::Create).await;
        self.note("second commit of two writers", word(&loser));
        self.expect_large("read after two writers", &key, 5).await;
        let etag = winner.unwrap();
        let (mut one, mut two) = (store.writer(&key), store.writer(&key));
        one.write(&large(6)).await.unwrap();
        two.write(&large(7)).await.unwrap();
        let winner = one.commit(Condition::Replace(etag.clone())).await;
        self.note("first commit of two replacements", word(&winner));
        let loser = two.commit(Condition::Replace(etag)).await;
        self.note("second commit of two replacements", word(&loser));
        self.expect_large("read after two replacements", &key, 6).await;
    }

    async fn dropped_writer(&mut self) {
        let key = key("dropped");
        let store = Arc::clone(&self.store);
        let mut writer = store.writer(&key);
        writer.write(&large(8)).await.unwrap();
        drop(writer);
        self.read("read after a dropped writer", &key, None).await;
        let listed = store.list(&BlobKey::repositories_prefix(&server())).await.unwrap();
        let is_listed = listed.contains(&key.to_string());
        self.note("a dropped writer's document is listed", is_listed);
        let etag = self
            .write("create after a dropped writer", &key, "one", Condition::Create)
            .await;
        self.read("read of what was created instead", &key, etag.as_ref()).await;
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
            "v1/registries/listing".to_owned(),
            "v1/spool/".to_owned(),
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
        let foreign: Vec<&String> = all.iter().filter(|name| !name.starts_with("v1/")).collect();
        self.note("names outside of v1/ in a list of everything", foreign.len());
        for name in ["a", "a.ndjson", "a.ndjson/b"] {
            let read = self.store.read(&key(name)).await.unwrap();
            let content = read.map(|(bytes, _)| String::from_utf8(bytes).unwrap());
            self.note(&format!("read {name}"), format!("{content:?}"));
        }
    }

    async fn race(&mut self) {
        let key = key("race");
        let store = Arc::clone(&self.store);
        let tasks = (0..16).map(|writer: u8| {
            let (store, key) = (Arc::clone(&store), key.clone());
            tokio::spawn(async move { (writer, store.write(&key, vec![b'a' + writer], Condition::Create).await) })
        });
        let mut won = Vec::new();
        let mut lost = 0;
        for ended in join_all(tasks).await {
            match ended.unwrap() {
                (writer, Ok(etag)) => won.push((writer, etag)),
                (_, Err(StoreError::Conflict { .. })) => lost += 1,
                (_, Err(error)) => self.note("racing create failed", acr_inventory::collect::chain(&error)),
            }
        }
        self.note("16 racing creates", format!("{} won, {lost} lost", won.len()));
        let stored = store.read(&key).await.unwrap().unwrap();
        let is_winners = won == [(stored.0[0] - b'a', stored.1)];
        self.note("what is stored is the winner's", is_winners);
    }

    async fn read_while_written(&mut self) {
        let small = key("read-small");
        let etag = self
            .write("create a small document", &small, "old", Condition::Create)
            .await;
        let store = Arc::clone(&self.store);
        let (opened, mut reader) = store.open(&small).await.unwrap().unwrap();
        self.note("opened version is the written one", etag.as_ref() == Some(&opened));
        self.write("replace while it is open", &small, "new", Condition::Replace(opened))
            .await;
        let read = reader.read_to_end(1 << 20).await.unwrap();
        self.note("the open reader sees", String::from_utf8(read).unwrap());
        let big = key("read-large");
        let etag = store.write(&big, large(9), Condition::Create).await.unwrap();
        let (_, mut reader) = store.open(&big).await.unwrap().unwrap();
        store.write(&big, large(10), Condition::Replace(etag)).await.unwrap();
        // Of several ranges, later ones may be gone: an error then, never a mixture.
        let one_version = match reader.read_to_end(2 * LARGE).await {
            Ok(bytes) => bytes == large(9),
            Err(StoreError::Conflict { .. }) => true,
            Err(error) => panic!("{}", acr_inventory::collect::chain(&error)),
        };
        self.note(
            "the open reader of a large document sees one version or a conflict",
            one_version,
        );
        self.expect_large("read of the large replacement", &big, 10).await;
    }
}
