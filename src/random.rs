//! Randomness for jitter; nothing depends on its quality.

/// A number from 0 (inclusive) to 1 (exclusive).
pub fn fraction() -> f64 {
    let bits = uuid::Uuid::new_v4().as_u128() as u32;
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
