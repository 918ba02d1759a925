//! Sets of digests, 16 bytes each: a repository of a million images still fits into a walk's memory.

use std::collections::HashSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The beginning of a digest. Two images of one repository that share it would have to be made on purpose, and would
/// then be counted as one.
pub(super) type Short = [u8; SHORT];
const SHORT: usize = 16;

/// A set of digests. Written down as Base64 of its sorted entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Digests(HashSet<Short>);

/// The beginning of a digest's bytes; of one that is not in hexadecimal, of a hash of its text.
pub(super) fn short(digest: &str) -> Short {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    from_hex(hex.as_bytes()).unwrap_or_else(|| {
        let mut short = Short::default();
        for (to, from) in short.iter_mut().zip(Sha256::digest(digest.as_bytes())) {
            *to = from;
        }
        short
    })
}

fn from_hex(hex: &[u8]) -> Option<Short> {
    let mut short = Short::default();
    for (at, to) in short.iter_mut().enumerate() {
        let digit = |at: usize| char::from(*hex.get(at)?).to_digit(16);
        *to = u8::try_from(digit(2 * at)? << 4 | digit(2 * at + 1)?).ok()?;
    }
    Some(short)
}

impl Digests {
    /// True if it was not in it.
    pub(super) fn insert(&mut self, digest: Short) -> bool {
        self.0.insert(digest)
    }

    pub(super) fn contains(&self, digest: &Short) -> bool {
        self.0.contains(digest)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Short> {
        self.0.iter()
    }

    /// Bytes in memory, about.
    pub(super) fn held(&self) -> usize {
        self.0.capacity() * (SHORT + 1)
    }
}

impl From<Digests> for String {
    fn from(digests: Digests) -> Self {
        let mut sorted: Vec<Short> = digests.0.into_iter().collect();
        sorted.sort_unstable();
        BASE64_STANDARD.encode(sorted.concat())
    }
}

impl TryFrom<String> for Digests {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?;
        let (digests, rest) = bytes.as_chunks::<SHORT>();
        match rest.is_empty() {
            true => Ok(Self(digests.iter().copied().collect())),
            false => Err("a digest is cut off".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Digests, short};

    #[test]
    fn keeps_the_beginning_and_comes_back_as_it_was() {
        let digest = format!("sha256:00ff{}", "a".repeat(60));
        assert_eq!(short(&digest)[..3], [0, 255, 170]);
        assert_ne!(
            short("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"),
            short("x:y")
        );
        let mut digests = Digests::default();
        assert!(digests.insert(short(&digest)));
        assert!(!digests.insert(short(&digest)));
        assert!(digests.insert(short("x:y")));
        let written = serde_json::to_string(&digests).unwrap();
        assert_eq!(serde_json::from_str::<Digests>(&written).unwrap(), digests);
        assert!(serde_json::from_str::<Digests>("\"AAAA\"").is_err());
    }
}
