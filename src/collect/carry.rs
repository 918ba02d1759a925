//! The open ends of a snapshot in a blob of their own, named by the checkpoint with its hash.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::CollectError;
use super::stored::unreadable;
use crate::hash::sha256;
use crate::inventory::encode_line;
use crate::inventory::refresh::CarryRef;
use crate::names::LoginServer;
use crate::snapshot::WriterCarry;
use crate::store::{BlobKey, Condition, Store, bare, quoted};

/// Larger than any that is written, unpacked, bytes: a pack goes to the store from 4 MiB on.
const CAP: u64 = 64 << 20;

/// Writes it under a name of its own.
pub(super) async fn write(
    store: &Store,
    login_server: &LoginServer,
    carry: &WriterCarry,
) -> Result<CarryRef, CollectError> {
    let mut line = Vec::new();
    encode_line(carry, &mut line);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into a Vec cannot fail.
    let _ = encoder.write_all(&line);
    let bytes = encoder.finish().unwrap_or_default();
    let (id, sha256, size) = (crate::random::uuid(), sha256(&bytes), bytes.len() as u64);
    let key = BlobKey::Carry(login_server.clone(), id);
    let version = bare(&store.write(&key, bytes, Condition::Always).await?);
    Ok(CarryRef {
        id,
        version,
        sha256,
        size,
    })
}

/// Deletes one that no checkpoint names any more. What cannot be deleted is of no use and no harm.
pub(super) async fn discard(store: &Store, login_server: &LoginServer, carry: &CarryRef) {
    let key = BlobKey::Carry(login_server.clone(), carry.id);
    if let Err(error) = store.delete(&key, quoted(&carry.version)).await {
        tracing::warn!(carry = %key, error = %error, "a carry is left behind");
    }
}

/// Reads it; it has to be what its hash says. None: it is not there.
pub(super) async fn read(
    store: &Store,
    login_server: &LoginServer,
    carry: &CarryRef,
) -> Result<Option<WriterCarry>, CollectError> {
    let key = BlobKey::Carry(login_server.clone(), carry.id);
    let Some((bytes, _)) = store.read(&key).await? else {
        return Ok(None);
    };
    if bytes.len() as u64 != carry.size || sha256(&bytes) != carry.sha256 {
        return Err(unreadable(&key.to_string(), "it does not match its hash"));
    }
    let mut text = Vec::new();
    let read = GzDecoder::new(bytes.as_slice()).take(CAP).read_to_end(&mut text);
    read.map_err(|error| unreadable(&key.to_string(), error))?;
    let carry = serde_json::from_slice(&text);
    carry.map(Some).map_err(|error| unreadable(&key.to_string(), error))
}
