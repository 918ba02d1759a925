//! Randomness of the simulated world: real, or following from a seed.

use uuid::Uuid;

/// A random UUID (version 4).
#[allow(clippy::disallowed_methods, reason = "this is the place that makes them")]
pub fn uuid() -> Uuid {
    match seeded::bytes() {
        Some(bytes) => uuid::Builder::from_random_bytes(bytes).into_uuid(),
        None => Uuid::new_v4(),
    }
}

/// Numbers that follow from a seed, so that a campaign can be repeated.
pub mod seeded {
    use std::cell::RefCell;

    thread_local! {
        static STREAM: RefCell<Option<Random>> = const { RefCell::new(None) };
    }

    /// From now on everything random on this thread follows from `seed`.
    pub fn start(seed: u64) {
        STREAM.replace(Some(Random::new(seed)));
    }

    /// Back to real randomness.
    pub fn stop() {
        STREAM.replace(None);
    }

    /// The next 16 bytes, where a seed was started on this thread.
    pub fn bytes() -> Option<[u8; 16]> {
        STREAM.with_borrow_mut(|stream| {
            let random = stream.as_mut()?;
            Some((u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes())
        })
    }

    /// A small deterministic generator (SplitMix64).
    #[derive(Debug, Clone, Default)]
    pub struct Random {
        state: u64,
    }

    impl Random {
        /// The generator of this seed.
        pub fn new(seed: u64) -> Self {
            Self { state: seed }
        }

        /// The next 64 bits.
        #[allow(clippy::should_implement_trait, reason = "a stream without an end is no iterator")]
        pub fn next(&mut self) -> u64 {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }

        /// The next number from 0 up to but not including 1.
        pub fn fraction(&mut self) -> f64 {
            // 53 bits are what a double holds exactly.
            (self.next() >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// The next number from 0 up to but not including `end` (0 for 0).
        pub fn below(&mut self, end: u64) -> u64 {
            self.next().checked_rem(end).unwrap_or(0)
        }

        /// A number from `low` to `high`, both included.
        pub fn between(&mut self, low: u64, high: u64) -> u64 {
            low + self.below(high.saturating_sub(low) + 1)
        }

        /// True with this chance, 0 to 1.
        pub fn chance(&mut self, chance: f64) -> bool {
            self.fraction() < chance
        }

        /// One of these.
        pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
            of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
        }
    }
}
