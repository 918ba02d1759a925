//! Room for the lines of the repositories that one process reads at the same time, of all registries.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::repository::Lane;

/// A repository holds at most so many times what each may: some 12,000 lines.
const MOST: usize = 4;

/// Places for repositories, room for the lines of each, and more for those that need it while some is free: a repository
/// of a few thousand tags is an ordinary one.
#[derive(Debug)]
pub struct Room {
    places: Semaphore,
    /// Bytes of lines that each may hold, and of every further piece.
    each: usize,
    /// Further room for lines.
    more: Arc<Semaphore>,
    /// Room for what summaries have to know of every manifest.
    digests: Arc<Semaphore>,
}

/// Pieces of room beyond that of each, given back when this is dropped.
#[derive(Debug, Default)]
pub(super) struct More(Option<OwnedSemaphorePermit>);

impl Room {
    /// `each`: bytes of lines that a repository may hold; `spare` and `digests`: pieces of as many bytes.
    pub fn new(places: usize, each: usize, spare: usize, digests: usize) -> Self {
        Self {
            places: Semaphore::new(places),
            each,
            more: Arc::new(Semaphore::new(spare)),
            digests: Arc::new(Semaphore::new(digests)),
        }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // An error would say that there are no places any more.
        self.places.acquire().await.ok()
    }

    /// Bytes of lines that a repository may hold in any case.
    pub(super) fn of(&self, lane: Lane) -> usize {
        match lane {
            Lane::Walk => self.each,
            Lane::Event => self.each * MOST,
        }
    }

    /// Whether so many bytes of lines have room, perhaps in more of what is free. Whoever has none waits for nobody.
    pub(super) fn holds(&self, bytes: usize, lane: Lane, more: &mut More) -> bool {
        let most = match lane {
            Lane::Walk => MOST - 1,
            Lane::Event => 0,
        };
        let missing = bytes.saturating_sub(self.of(lane)).div_ceil(self.each);
        missing <= most && more.grow(missing, &self.more)
    }

    /// Whether so many bytes of digests have room.
    pub(super) fn holds_digests(&self, bytes: usize, more: &mut More) -> bool {
        more.grow(bytes.div_ceil(self.each), &self.digests)
    }
}

impl More {
    /// Whether it has so many pieces, if need be with some that are free.
    fn grow(&mut self, pieces: usize, free: &Arc<Semaphore>) -> bool {
        let held = self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = u32::try_from(pieces.saturating_sub(held)).unwrap_or(u32::MAX);
        let Ok(further) = Arc::clone(free).try_acquire_many_owned(missing) else {
            return false;
        };
        match &mut self.0 {
            Some(held) => held.merge(further),
            none => *none = Some(further),
        }
        true
    }
}
