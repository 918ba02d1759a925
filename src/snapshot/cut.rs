//! Where a sequence is cut into pieces: by what is in it, so that a piece stays as it is when another one changes.

use sha2::{Digest as _, Sha256};

/// Whether a piece begins with the line of this key, where one in `every` does.
pub(super) fn begins_with(key: &str, every: u64) -> bool {
    let hash = Sha256::digest(key.as_bytes());
    let first = hash
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    first.checked_rem(every) == Some(0)
}
