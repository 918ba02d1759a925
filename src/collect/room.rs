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
    /// Bytes of lines that each may hold.
    each: usize,
    /// Further room, in pieces of [`Room::each`].
    more: Arc<Semaphore>,
}

/// Room beyond that of each, given back when this is dropped.
#[derive(Debug, Default)]
pub(super) struct More(Option<OwnedSemaphorePermit>);

impl Room {
    /// `each`: bytes of lines that a repository may hold; `spare`: pieces of as many bytes beside those of the places.
    pub fn new(places: usize, each: usize, spare: usize) -> Self {
        Self {
            places: Semaphore::new(places),
            each,
            more: Arc::new(Semaphore::new(spare)),
        }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // An error would say that there are no places any more.
        self.places.acquire().await.ok()
    }

    /// Bytes that a repository may hold in any case.
    pub(super) fn of(&self, lane: Lane) -> usize {
        match lane {
            Lane::Walk => self.each,
            Lane::Event => self.each * MOST,
        }
    }

    /// Whether so many bytes have room, perhaps in more of what is free. Whoever has none waits for nobody.
    pub(super) fn holds(&self, bytes: usize, lane: Lane, more: &mut More) -> bool {
        while bytes > self.of(lane) + more.pieces() * self.each {
            if more.pieces() + 1 >= MOST || lane == Lane::Event {
                return false;
            }
            let Ok(piece) = Arc::clone(&self.more).try_acquire_owned() else {
                return false;
            };
            more.add(piece);
        }
        true
    }
}

impl More {
    fn pieces(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn add(&mut self, piece: OwnedSemaphorePermit) {
        match &mut self.0 {
            Some(held) => held.merge(piece),
            none => *none = Some(piece),
        }
    }
}
