//! SHA-256 as the documents write it: `sha256:` and 64 hexadecimal digits.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A running hash.
#[derive(Debug, Clone, Default)]
pub struct Sha256Hex(Sha256);

impl Sha256Hex {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything taken in.
    pub fn finish(self) -> String {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in self.0.finalize() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// The hash of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hash = Sha256Hex::default();
    hash.update(bytes);
    hash.finish()
}

/// An id that follows from some bytes: the first half of their hash.
pub fn uuid_of(bytes: &[u8]) -> uuid::Uuid {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(Sha256::digest(bytes)) {
        *to = from;
    }
    uuid::Uuid::from_bytes(id)
}
