//! The pack that takes members.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::hash::Sha256Hex;
use crate::inventory::generation::Generation;
use crate::inventory::manifest::PackRef;
use crate::inventory::used_once::UsedOnce;
use crate::names::LoginServer;
use crate::snapshot::SnapshotError;
use crate::store::{BlobKey, Condition, StagedWriter, Store};

#[derive(Debug)]
pub(super) struct OpenPack<'a> {
    writer: StagedWriter<'a>,
    hash: Sha256Hex,
    /// Its hash comes at the end.
    written: PackRef,
}

/// An open pack as it is written down: whole members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::snapshot) struct SavedPack {
    number: u32,
    unpacked: u64,
    lines: u64,
    /// Base64.
    members: String,
}

impl<'a> OpenPack<'a> {
    /// A pack with nothing in it, under a name that nobody had before.
    pub(super) fn begin(store: &'a Store, login_server: &LoginServer, generation: &Generation, number: u32) -> Self {
        let name = UsedOnce::new(generation);
        Self {
            writer: store.writer(&BlobKey::Pack(login_server.clone(), name.clone())),
            hash: Sha256Hex::default(),
            written: PackRef {
                number,
                name,
                sha256: String::new(),
                size: 0,
                unpacked: 0,
                lines: 0,
                alive: 0,
            },
        }
    }

    /// What another invocation wrote down, under a name of its own: that invocation may not be the only one to go on.
    pub(super) async fn resume(
        store: &'a Store,
        login_server: &LoginServer,
        generation: &Generation,
        saved: SavedPack,
    ) -> Result<Self, SnapshotError> {
        let mut pack = Self::begin(store, login_server, generation, saved.number);
        let members = BASE64_STANDARD.decode(&saved.members).map_err(|error| {
            let key = BlobKey::Pack(login_server.clone(), pack.written.name.clone());
            SnapshotError::malformed(&key, error)
        })?;
        pack.take(&members, saved.unpacked, saved.lines).await?;
        Ok(pack)
    }

    pub(super) fn number(&self) -> u32 {
        self.written.number
    }

    /// Bytes of its members so far.
    pub(super) fn size(&self) -> u64 {
        self.written.size
    }

    /// None once some of it went to the store.
    pub(super) fn save(&self) -> Option<SavedPack> {
        Some(SavedPack {
            number: self.written.number,
            unpacked: self.written.unpacked,
            lines: self.written.lines,
            members: BASE64_STANDARD.encode(self.writer.held()?),
        })
    }

    /// Takes whole members with so many bytes and lines in them, unpacked.
    pub(super) async fn take(&mut self, members: &[u8], unpacked: u64, lines: u64) -> Result<(), SnapshotError> {
        self.hash.update(members);
        self.written.size += members.len() as u64;
        self.written.unpacked += unpacked;
        self.written.lines += lines;
        Ok(self.writer.write(members).await?)
    }

    /// It is there in full when this returns.
    pub(super) async fn close(self) -> Result<PackRef, SnapshotError> {
        self.writer.commit(Condition::Always).await?;
        Ok(PackRef {
            sha256: self.hash.finish(),
            ..self.written
        })
    }
}
