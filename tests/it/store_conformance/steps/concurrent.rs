//! Steps in which writers and readers of one document meet.

use std::sync::Arc;

use acr_inventory::store::{BlobKey, Condition, StoreError};
use futures_util::future::join_all;

use super::{LARGE, Transcript, key, large, server, word};

impl Transcript {
    pub(super) async fn two_writers(&mut self) {
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

    pub(super) async fn dropped_writer(&mut self) {
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

    pub(super) async fn race(&mut self) {
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
                (_, Err(error)) => self.note("racing create failed", acr_inventory::chain::chain(&error)),
            }
        }
        self.note("16 racing creates", format!("{} won, {lost} lost", won.len()));
        let stored = store.read(&key).await.unwrap().unwrap();
        let is_winners = won == [(stored.0[0] - b'a', stored.1)];
        self.note("what is stored is the winner's", is_winners);
    }

    pub(super) async fn read_while_written(&mut self) {
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
            Err(error) => panic!("{}", acr_inventory::chain::chain(&error)),
        };
        self.note(
            "the open reader of a large document sees one version or a conflict",
            one_version,
        );
        self.expect_large("read of the large replacement", &big, 10).await;
    }
}
