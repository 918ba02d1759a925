//! Packs: gzip members that hold whole chunks, one after the other.
//!
//! A pack is streamed to a blob whose name is used once. When an invocation ends, an open pack that is still in memory
//! travels in the carry, and gets another name where it goes on; one that has begun to go to the store is closed.

mod open;

use flate2::Compression;
use open::OpenPack;
pub(super) use open::SavedPack;

use super::SnapshotError;
use super::limits::Limits;
use super::member;
use crate::inventory::generation::Generation;
use crate::inventory::index::Place;
use crate::inventory::manifest::PackRef;
use crate::names::LoginServer;
use crate::store::Store;

/// How hard it is tried to pack lines. Measured on lines of manifests and tags, members of 64 KiB: level 1 leaves 22.5 % at
/// 259 MB/s, 4 leaves 14.5 % at 224 MB/s, 6 leaves 14.3 % at 133 MB/s.
const LEVEL: u32 = 4;

/// The packs of a run.
#[derive(Debug)]
pub(super) struct PackWriter<'a> {
    store: &'a Store,
    login_server: &'a LoginServer,
    generation: &'a Generation,
    limits: Limits,
    /// Number that the next one gets.
    pub(super) next: u32,
    /// Those that are in the store, without what is alive in them.
    pub(super) closed: Vec<PackRef>,
    open: Option<OpenPack<'a>>,
    /// Lines of the open member.
    text: Vec<u8>,
    lines: u32,
}

impl<'a> PackWriter<'a> {
    pub(super) fn new(
        store: &'a Store,
        login_server: &'a LoginServer,
        generation: &'a Generation,
        limits: Limits,
        next: u32,
    ) -> Self {
        Self {
            store,
            login_server,
            generation,
            limits,
            next,
            closed: Vec::new(),
            open: None,
            text: Vec::new(),
            lines: 0,
        }
    }

    /// Goes on with what an earlier invocation left.
    pub(super) async fn resume(
        mut self,
        closed: Vec<PackRef>,
        saved: Option<SavedPack>,
    ) -> Result<Self, SnapshotError> {
        self.closed = closed;
        if let Some(saved) = saved {
            self.open = Some(OpenPack::resume(self.store, self.login_server, self.generation, saved).await?);
        }
        Ok(self)
    }

    /// Whether the open member takes so many bytes of lines more.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.text.is_empty() || self.text.len() + bytes <= self.limits.member
    }

    /// Whether the open member should take no more.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= self.limits.member
    }

    /// Adds lines to the open member; how many are before them. Where they are is known once the member is closed.
    pub(super) fn push(&mut self, text: &[u8], lines: u32) -> u32 {
        let skip = self.lines;
        self.text.extend_from_slice(text);
        self.lines += lines;
        skip
    }

    /// Closes the open member; where it is. None: there was nothing in it.
    pub(super) async fn close_member(&mut self) -> Result<Option<Place>, SnapshotError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let (text, lines) = (std::mem::take(&mut self.text), std::mem::take(&mut self.lines));
        self.own_member(&text, lines).await.map(Some)
    }

    /// Writes lines as a member of their own, while none is open; where it is.
    pub(super) async fn own_member(&mut self, text: &[u8], lines: u32) -> Result<Place, SnapshotError> {
        let member = member::pack(text, Compression::new(LEVEL));
        let mut pack = match self.open.take() {
            Some(pack) => pack,
            None => {
                let number = self.next;
                self.next += 1;
                OpenPack::begin(self.store, self.login_server, self.generation, number)
            }
        };
        let place = Place {
            pack: pack.number(),
            offset: pack.size(),
            length: u32::try_from(member.len()).unwrap_or(u32::MAX),
            skip: 0,
        };
        pack.take(&member, text.len() as u64, u64::from(lines)).await?;
        if pack.size() < self.limits.pack {
            self.open = Some(pack);
        } else {
            self.closed.push(pack.close().await?);
        }
        Ok(place)
    }

    /// Closes the open pack; its last member has to be closed.
    pub(super) async fn close(&mut self) -> Result<(), SnapshotError> {
        if let Some(pack) = self.open.take() {
            self.closed.push(pack.close().await?);
        }
        Ok(())
    }

    /// The open pack for the carry; one that has begun to go to the store is closed instead.
    pub(super) async fn save(&mut self) -> Result<Option<SavedPack>, SnapshotError> {
        if let Some(saved) = self.open.as_ref().and_then(OpenPack::save) {
            return Ok(Some(saved));
        }
        self.close().await?;
        Ok(None)
    }
}
