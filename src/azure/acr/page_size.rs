//! How many items to ask for per page: fewer when a registry cannot make a page in time, more again when it can.

use std::sync::atomic::{AtomicU32, Ordering};

/// Never fewer than this: with fewer, a large list would not end.
const LEAST: u32 = 50;
/// After so many good pages twice as many items are asked for.
const GOOD_PAGES: u32 = 20;

/// The page size of one registry.
#[derive(Debug)]
pub(super) struct PageSize {
    most: u32,
    now: AtomicU32,
    good: AtomicU32,
}

impl PageSize {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            now: AtomicU32::new(most),
            good: AtomicU32::new(0),
        }
    }

    pub(super) fn get(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    /// A page could not be made (502, 504): half as many items. False: it cannot get any smaller.
    pub(super) fn shrink(&self) -> bool {
        let (now, least) = (self.get(), LEAST.min(self.most));
        self.good.store(0, Ordering::Relaxed);
        self.now.store((now / 2).max(least), Ordering::Relaxed);
        now > least
    }

    /// A page came.
    pub(super) fn good_page(&self) {
        let now = self.get();
        if now < self.most && self.good.fetch_add(1, Ordering::Relaxed) + 1 >= GOOD_PAGES {
            self.good.store(0, Ordering::Relaxed);
            self.now.store(now.saturating_mul(2).min(self.most), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GOOD_PAGES, PageSize};

    #[test]
    fn halves_down_to_a_least_and_doubles_after_good_pages() {
        let size = PageSize::new(1_000);
        assert!(size.shrink() && size.shrink());
        assert_eq!(size.get(), 250);
        while size.shrink() {}
        assert_eq!(size.get(), 50);
        for _ in 0..GOOD_PAGES {
            size.good_page();
        }
        assert_eq!(size.get(), 100);
        for _ in 0..10 * GOOD_PAGES {
            size.good_page();
        }
        assert_eq!(size.get(), 1_000);
        assert!(!PageSize::new(3).shrink());
    }
}
