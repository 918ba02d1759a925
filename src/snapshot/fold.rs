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
    /// Manifests that cannot be written.
    locked_manifests: Digests,
    /// Manifests that may be signatures.
    artifacts: Digests,
    /// Manifests that can be pulled, and those that cannot. Of others, tagged ones that are in no list among them, that is
    /// not said.
    readable: Digests,
    unreadable: Digests,
    tagged: Digests,
    signed: Digests,
    /// A tag of each of the first images.
    candidates: Vec<(String, Short)>,
}

impl SummaryFold {
    /// Takes a manifest.
    pub fn manifest(&mut self, manifest: &ManifestRecord) {
        let digest = short(manifest.digest.as_str());
        let switches = &manifest.changeable_attributes;
        if switches.write_enabled == Some(false) {
            self.locked_manifests.insert(digest);
        }
        match switches.read_enabled {
            Some(true) => drop(self.readable.insert(digest)),
            Some(false) => drop(self.unreadable.insert(digest)),
            None => {}
        }
        if may_sign(manifest) {
            self.artifacts.insert(digest);
        }
    }

    /// Takes a tag, judged by `patterns`: the same ones for all tags of the repository.
    pub fn tag(&mut self, tag: &TagRecord, patterns: &TagPatterns) {
        let name = tag.name.as_str();
        match attached(name) {
            Some(Attached::Signature(subject)) => drop(self.signed.insert(short(&subject))),
            Some(Attached::Other) => {}
            None => self.image(tag, name, patterns),
        }
    }

    fn image(&mut self, tag: &TagRecord, name: &str, patterns: &TagPatterns) {
        let digest = short(tag.digest.as_str());
        if patterns.set.is_match(name) {
            let switches = &tag.changeable_attributes;
            if switches.write_enabled == Some(false) || self.locked_manifests.contains(&digest) {
                self.locked += 1;
            } else {
                self.unlocked += 1;
                if self.unlocked_examples.len() < EXAMPLES {
                    self.unlocked_examples.push(name.to_owned());
                }
            }
        }
        if self.tagged.insert(digest) && self.candidates.len() < CANDIDATES {
            self.candidates.push((name.to_owned(), digest));
        }
    }

    /// The summary, at the end of the lines.
    pub fn finish(self, patterns: &TagPatterns) -> Summary {
        let signed = &self.signed;
        let unsigned = || self.tagged.iter().filter(|digest| !signed.contains(digest));
        let count = |is: &dyn Fn(&Short) -> bool| unsigned().filter(|digest| is(digest)).count() as u64;
        let (images, unsigned_images) = (self.tagged.len() as u64, unsigned().count() as u64);
        let is_unreadable = |digest: &Short| self.unreadable.contains(digest);
        // What has a tag is an image or was meant for people.
        let unattributed = self.artifacts.iter().filter(|digest| !self.tagged.contains(digest));
        let examples = self.candidates.iter().filter(|(_, digest)| !signed.contains(digest));
        Summary {
            patterns: patterns.texts.clone(),
            locked: self.locked,
            unlocked: self.unlocked,
            images,
            signed: images.saturating_sub(unsigned_images),
            unattributed: unattributed.count() as u64,
            unsigned_examples: examples.take(EXAMPLES).map(|(name, _)| name.clone()).collect(),
            unsigned_unreadable: count(&is_unreadable),
            unsigned_unsaid: count(&|digest| !self.readable.contains(digest) && !is_unreadable(digest)),
            unlocked_examples: self.unlocked_examples,
        }
    }

    /// Bytes in memory, about: what has to be drawn from the budget.
    pub fn held(&self) -> usize {
        let sets = [
            &self.locked_manifests,
            &self.artifacts,
            &self.readable,
            &self.unreadable,
            &self.tagged,
            &self.signed,
        ];
        sets.into_iter().map(Digests::held).sum()
    }
}

#[cfg(test)]
mod tests;
