//! What is known of many digests, 17 bytes each: a repository of a million images still fits into a walk's memory.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The beginning of a digest. Two images of one repository that share it would have to be made on purpose, and would
/// then be counted as one.
pub(super) type Short = [u8; SHORT];
const SHORT: usize = 16;
/// What is written of each.
const WRITTEN: usize = SHORT + 1;

/// A digest and its marks: 17 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marked {
    digest: Short,
    marks: u8,
}

/// Digests, each with marks: bits that mean what the caller says. Written down as Base64 of all of them, marks behind each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Digests {
    /// In order: a list of manifests is.
    in_order: Vec<Marked>,
    /// Those that came after a greater one.
    others: HashMap<Short, u8>,
}

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
    /// Marks a digest, beside the marks that it has; those.
    pub(super) fn mark(&mut self, digest: Short, marks: u8) -> u8 {
        if self.in_order.last().is_none_or(|last| last.digest < digest) {
            self.in_order.push(Marked { digest, marks });
            return 0;
        }
        let found = self.find(&digest).and_then(|at| self.in_order.get_mut(at));
        let held = match found {
            Some(marked) => &mut marked.marks,
            None => self.others.entry(digest).or_default(),
        };
        std::mem::replace(held, *held | marks)
    }

    /// The marks of a digest; of one that is not there, none.
    pub(super) fn marks(&self, digest: &Short) -> u8 {
        let found = self.find(digest).and_then(|at| self.in_order.get(at));
        match found {
            Some(marked) => marked.marks,
            None => self.others.get(digest).copied().unwrap_or_default(),
        }
    }

    /// The marks of each.
    pub(super) fn all_marks(&self) -> impl Iterator<Item = u8> {
        let in_order = self.in_order.iter().map(|marked| marked.marks);
        in_order.chain(self.others.values().copied())
    }

    /// Bytes in memory, about.
    pub(super) fn held(&self) -> usize {
        size_of::<Marked>() * self.in_order.len() + (size_of::<Marked>() + 1) * self.others.capacity()
    }

    fn find(&self, digest: &Short) -> Option<usize> {
        self.in_order
            .binary_search_by_key(&digest, |marked| &marked.digest)
            .ok()
    }
}

impl From<Digests> for String {
    fn from(digests: Digests) -> Self {
        let mut others: Vec<(Short, u8)> = digests.others.into_iter().collect();
        others.sort_unstable();
        // Each of the others is less than the last one in order: read again, it is out of order again.
        let in_order = digests.in_order.into_iter().map(|marked| (marked.digest, marked.marks));
        let bytes = in_order
            .chain(others)
            .flat_map(|(digest, marks)| digest.into_iter().chain([marks]));
        BASE64_STANDARD.encode(bytes.collect::<Vec<u8>>())
    }
}

impl TryFrom<String> for Digests {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?;
        let (written, rest) = bytes.as_chunks::<WRITTEN>();
        if !rest.is_empty() {
            return Err("a digest is cut off".to_owned());
        }
        let mut digests = Self::default();
        for marked in written {
            if let (Some(digest), [.., marks]) = (marked.first_chunk(), marked) {
                digests.mark(*digest, *marks);
            }
        }
        Ok(digests)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    use super::{Digests, short};

    #[test]
    fn a_digest_is_known_by_its_beginning() {
        let digest = format!("sha256:00ff{}", "a".repeat(60));
        assert_eq!(short(&digest)[..3], [0, 255, 170]);
        assert_ne!(
            short("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"),
            short("x:y")
        );
        assert!(serde_json::from_str::<Digests>("\"AAAA\"").is_err());
    }

    proptest! {
        #[test]
        fn marks_come_together_in_any_order_and_come_back_as_they_were(
            marked in prop::collection::vec((any::<u8>(), any::<u8>()), 0..40),
        ) {
            let (mut digests, mut expected) = (Digests::default(), HashMap::<u8, u8>::new());
            for (name, marks) in marked {
                let held = expected.entry(name).or_default();
                prop_assert_eq!(digests.mark([name; 16], marks), *held);
                *held |= marks;
            }
            let written = serde_json::to_string(&digests).unwrap();
            let read: Digests = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read, &digests);
            for name in 0..=u8::MAX {
                prop_assert_eq!(read.marks(&[name; 16]), expected.get(&name).copied().unwrap_or_default());
            }
            let count = |marks: &mut dyn Iterator<Item = u8>| marks.map(u64::from).sum::<u64>();
            prop_assert_eq!(count(&mut read.all_marks()), count(&mut expected.into_values()));
        }
    }
}
