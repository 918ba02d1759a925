//! Messages in `v2/quarantine`: sent again to the queue of the function that could not work on them.

use std::time::Duration;

use azure_core::http::Etag;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Limits, Outcome, Replayed, about};
use crate::azure::Failure;
use crate::azure::service_bus::Sender;
use crate::inventory::decode;
use crate::inventory::message::begun_anew;
use crate::inventory::problem::sanitize;
use crate::inventory::quarantine::QuarantineDocument;
use crate::store::{BlobKey, Store, StoreError};

/// Why the quarantine could not be gone through.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Service(#[from] Failure),
}

/// Sends quarantined messages again; `sender_of` knows the queue of a function. On an error what was done before it is
/// done.
pub async fn quarantined<'a>(
    store: &Store,
    sender_of: impl Fn(&str) -> Option<&'a Sender>,
    limits: Limits,
    done: &mut Vec<Replayed>,
) -> Result<(), QuarantineError> {
    let mut names = store.list(BlobKey::quarantine_prefix()).await?;
    names.sort();
    let keys = names.iter().filter_map(|name| BlobKey::quarantined(name));
    for key in keys.take(limits.most) {
        // Somebody else may have replayed it meanwhile.
        if let Some((bytes, etag)) = store.read(&key).await? {
            done.push(one(store, &sender_of, limits, &key, (&bytes, etag)).await?);
        }
    }
    Ok(())
}

async fn one<'a>(
    store: &Store,
    sender_of: &impl Fn(&str) -> Option<&'a Sender>,
    limits: Limits,
    key: &BlobKey,
    (bytes, etag): (&[u8], Etag),
) -> Result<Replayed, QuarantineError> {
    let left = |why: &str| Outcome::Left(why.to_owned());
    let document: QuarantineDocument = match decode(bytes) {
        Ok(document) => document,
        Err(error) => {
            return Ok(Replayed {
                from: key.to_string(),
                about: String::new(),
                reason: String::new(),
                since: String::new(),
                outcome: left(&format!("the document cannot be read: {error}")),
            });
        }
    };
    let body = body_of(&document);
    let outcome = match (&body, sender_of(&document.function)) {
        (None, _) => left("its body cannot be read"),
        (_, None) => left("no queue leads to that function"),
        _ if limits.dry_run => Outcome::Found,
        (Some(body), Some(sender)) => {
            // The same message put into quarantine again has the same name and another version.
            let given_up = format!("{key} {etag}");
            let body = begun_anew(body);
            sender.send_again(&body, None, &given_up, Duration::ZERO).await?;
            store.delete(key, etag).await?;
            Outcome::Replayed
        }
    };
    Ok(Replayed {
        from: key.to_string(),
        about: about::of(body.as_deref().unwrap_or_default()),
        reason: sanitize(&document.reason),
        since: sanitize(&document.quarantined_at),
        outcome,
    })
}

fn body_of(document: &QuarantineDocument) -> Option<Vec<u8>> {
    match (&document.body, &document.body_base64) {
        (Some(text), _) => Some(text.clone().into_bytes()),
        (None, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok(),
        (None, None) => None,
    }
}
