//! The summary of a repository: one pure fold over its lines, manifests before tags.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use super::digests::{Digests, Short, short};
use crate::inventory::index::Summary;
use crate::inventory::repository::{ManifestRecord, TagRecord};
use crate::inventory::signature::{Attached, attached, may_sign};

/// Examples that a summary names.
const EXAMPLES: usize = 5;
/// So many images wait to be told signed or unsigned, for examples: where more signed ones come first, there are fewer
/// examples.
const CANDIDATES: usize = 64;

/// Marks of a digest: the manifest cannot be written, …
const LOCKED: u8 = 1;
/// … may be a signature, …
const ARTIFACT: u8 = 2;
/// … can be pulled, …
const READABLE: u8 = 4;
/// … or cannot: else it is not said; …
const UNREADABLE: u8 = 8;
/// … has a tag that is no signature's, …
const TAGGED: u8 = 16;
/// … or one that signs it.
const SIGNED: u8 = 32;

/// The patterns of production tags, ready for matching.
#[derive(Debug, Clone, Default)]
pub struct TagPatterns {
    texts: Vec<String>,
    set: GlobSet,
}

impl TagPatterns {
    /// A pattern that is not well formed matches nothing.
    pub fn new(texts: &[String]) -> Self {
        let mut set = GlobSetBuilder::new();
        texts.iter().filter_map(|text| Glob::new(text).ok()).for_each(|glob| {
            set.add(glob);
        });
        Self {
            texts: texts.to_vec(),
            set: set.build().unwrap_or_default(),
        }
    }

    /// Whether a summary was made with the same patterns.
    pub fn made(&self, summary: &Summary) -> bool {
        summary.patterns == self.texts
    }
}

/// The sums so far. A value: it is written down when an invocation ends between two pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryFold {
    locked: u64,
    unlocked: u64,
    unlocked_examples: Vec<String>,
    /// Manifests, tagged ones that are in no list among them.
    digests: Digests,
    /// A tag of each of the first images.
    candidates: Vec<(String, Short)>,
}

impl SummaryFold {
    /// Takes a manifest.
    pub fn manifest(&mut self, manifest: &ManifestRecord) {
        let switches = &manifest.changeable_attributes;
        let read = match switches.read_enabled {
            Some(true) => READABLE,
            Some(false) => UNREADABLE,
            None => 0,
        };
        let locked = if switches.write_enabled == Some(false) {
            LOCKED
        } else {
            0
        };
        let signs = if may_sign(manifest) { ARTIFACT } else { 0 };
        self.digests
            .mark(short(manifest.digest.as_str()), read | locked | signs);
    }

    /// Takes a tag, judged by `patterns`: the same ones for all tags of the repository.
    pub fn tag(&mut self, tag: &TagRecord, patterns: &TagPatterns) {
        let name = tag.name.as_str();
        match attached(name) {
            Some(Attached::Signature(subject)) => drop(self.digests.mark(short(&subject), SIGNED)),
            Some(Attached::Other) => {}
            None => self.image(tag, name, patterns),
        }
    }

    fn image(&mut self, tag: &TagRecord, name: &str, patterns: &TagPatterns) {
        let digest = short(tag.digest.as_str());
        let marks = self.digests.mark(digest, TAGGED);
        if patterns.set.is_match(name) {
            let switches = &tag.changeable_attributes;
            if switches.write_enabled == Some(false) || marks & LOCKED != 0 {
                self.locked += 1;
            } else {
                self.unlocked += 1;
                if self.unlocked_examples.len() < EXAMPLES {
                    self.unlocked_examples.push(name.to_owned());
                }
            }
        }
        if marks & TAGGED == 0 && self.candidates.len() < CANDIDATES {
            self.candidates.push((name.to_owned(), digest));
        }
    }

    /// The summary, at the end of the lines.
    pub fn finish(self, patterns: &TagPatterns) -> Summary {
        let count = |of: u8, are: u8| self.digests.all_marks().filter(|marks| marks & of == are).count() as u64;
        let unsigned = |digest| self.digests.marks(digest) & SIGNED == 0;
        let examples = self.candidates.iter().filter(|(_, digest)| unsigned(digest));
        Summary {
            patterns: patterns.texts.clone(),
            locked: self.locked,
            unlocked: self.unlocked,
            images: count(TAGGED, TAGGED),
            signed: count(TAGGED | SIGNED, TAGGED | SIGNED),
            // What has a tag is an image or was meant for people.
            unattributed: count(ARTIFACT | TAGGED, ARTIFACT),
            unsigned_examples: examples.take(EXAMPLES).map(|(name, _)| name.clone()).collect(),
            unsigned_unreadable: count(TAGGED | SIGNED | UNREADABLE, TAGGED | UNREADABLE),
            unsigned_unsaid: count(TAGGED | SIGNED | READABLE | UNREADABLE, TAGGED),
            unlocked_examples: self.unlocked_examples,
        }
    }

    /// Bytes in memory, about.
    pub fn held(&self) -> usize {
        self.digests.held()
    }
}

#[cfg(test)]
mod tests;
