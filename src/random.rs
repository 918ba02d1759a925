//! Randomness for jitter and for names that are never used twice.

use uuid::Uuid;

use crate::surroundings;

/// A number from 0 (inclusive) to 1 (exclusive); nothing depends on its quality.
pub fn fraction() -> f64 {
    let bits = uuid().as_u128() as u32;
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

/// A random UUID (version 4).
#[allow(clippy::disallowed_methods, reason = "this is the place that makes them")]
pub fn uuid() -> Uuid {
    match surroundings::current(|current| (current.bytes)()) {
        Some(bytes) => uuid::Builder::from_random_bytes(bytes).into_uuid(),
        None => Uuid::new_v4(),
    }
}
