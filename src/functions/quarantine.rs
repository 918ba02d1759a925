//! Messages that can never succeed, written down with the reason.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::collect::timestamp;
use crate::inventory::problem::sanitize;
use crate::inventory::quarantine::QuarantineDocument;
use crate::inventory::{SCHEMA_VERSION, encode};
use crate::store::{BlobKey, Condition, QuarantineId, Store, StoreError};

/// Bytes of a body that are kept: the most that the broker's standard tier takes.
const KEPT: usize = 256 << 10;

/// Writes the message down; it is enough if it stands there already.
pub(super) async fn quarantine(
    store: &Store,
    function: &'static str,
    body: &[u8],
    reason: &str,
) -> Result<(), StoreError> {
    let kept = body.get(..KEPT).unwrap_or(body);
    let text = std::str::from_utf8(kept).ok().map(str::to_owned);
    let document = QuarantineDocument {
        schema_version: SCHEMA_VERSION,
        function: function.to_owned(),
        reason: sanitize(reason),
        quarantined_at: timestamp(crate::clock::now()),
        body_base64: text.is_none().then(|| BASE64_STANDARD.encode(kept)),
        body: text,
    };
    let key = BlobKey::Quarantine(QuarantineId::of(function, body));
    match store.write(&key, encode(&document), Condition::Create).await {
        // The same message, delivered twice, lies there already: if it does.
        Err(conflict @ StoreError::Conflict { .. }) => {
            if store.open(&key).await?.is_none() {
                return Err(conflict);
            }
        }
        written => drop(written?),
    }
    tracing::error!(quarantine = %key, reason = %document.reason, "message put into quarantine");
    Ok(())
}
