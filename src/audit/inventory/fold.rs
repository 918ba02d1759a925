//! Lines of a snapshot, repository after repository, into sums.

use std::collections::HashSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::line::Line;
use crate::inventory::repository::{ManifestRecord, TagRecord};
use crate::inventory::signature::{Attached, attached, may_sign};
use crate::posture::inventory_summary::{InventorySummary, ProductionTags};

/// Examples that a summary names.
const EXAMPLES: usize = 5;

/// The sums so far, and the repository that is being read.
pub(super) struct Fold {
    production: Option<GlobSet>,
    summary: InventorySummary,
    repository: String,
    locked: HashSet<String>,
    /// Manifests that may be signatures.
    artifacts: HashSet<String>,
    tagged: HashSet<String>,
    signed: HashSet<String>,
    /// One tag of each image, for examples: the first few only.
    examples: Vec<(String, String)>,
}

impl Fold {
    /// `patterns` are those of production tags.
    pub(super) fn new(patterns: &[String]) -> Self {
        Self {
            production: tag_patterns(patterns),
            summary: InventorySummary::default(),
            repository: String::new(),
            locked: HashSet::new(),
            artifacts: HashSet::new(),
            tagged: HashSet::new(),
            signed: HashSet::new(),
            examples: Vec::new(),
        }
    }

    /// Takes one line. Manifests come before tags.
    pub(super) fn line(&mut self, line: Line) {
        match line {
            Line::Header(header) => {
                self.end_repository();
                self.repository = header.repository.to_string();
            }
            Line::Manifest(manifest) => self.manifest(&manifest),
            Line::Tag(tag) => self.tag(&tag),
            Line::End(_) => {}
        }
    }

    fn manifest(&mut self, manifest: &ManifestRecord) {
        if manifest.changeable_attributes.write_enabled == Some(false) {
            self.locked.insert(manifest.digest.to_string());
        }
        if may_sign(manifest) {
            self.artifacts.insert(manifest.digest.to_string());
        }
    }

    fn tag(&mut self, tag: &TagRecord) {
        let (name, digest) = (tag.name.as_str(), tag.digest.to_string());
        match attached(name) {
            Some(Attached::Signature(subject)) => {
                self.signed.insert(subject);
                return;
            }
            Some(Attached::Other) => return,
            None => {}
        }
        if self
            .production
            .as_ref()
            .is_some_and(|production| production.is_match(name))
        {
            let production = &mut self.summary.production_tags;
            let locked = tag.changeable_attributes.write_enabled == Some(false) || self.locked.contains(&digest);
            if locked {
                production.locked += 1;
            } else {
                production.unlocked += 1;
                add_example(production, &self.repository, name);
            }
        }
        if self.tagged.insert(digest.clone())
            && self.summary.unsigned_examples.len() + self.examples.len() < 4 * EXAMPLES
        {
            self.examples.push((format!("{}:{name}", self.repository), digest));
        }
    }

    fn end_repository(&mut self) {
        let signed = self.tagged.intersection(&self.signed).count() as u64;
        self.summary.tagged_images += self.tagged.len() as u64;
        self.summary.signed_images += signed;
        // What has a tag is an image or was meant for people.
        self.summary.unattributed_signatures += self.artifacts.difference(&self.tagged).count() as u64;
        for (example, digest) in self.examples.drain(..) {
            if !self.signed.contains(&digest) && self.summary.unsigned_examples.len() < EXAMPLES {
                self.summary.unsigned_examples.push(example);
            }
        }
        self.locked.clear();
        self.artifacts.clear();
        self.tagged.clear();
        self.signed.clear();
    }

    /// The sums. `complete`: every repository was read to its end.
    pub(super) fn finish(mut self, complete: bool) -> InventorySummary {
        self.end_repository();
        self.summary.complete = complete;
        self.summary
    }
}

/// Patterns of tags, ready for matching; none: nothing matches. One that is not well formed matches nothing.
pub(in crate::audit) fn tag_patterns(patterns: &[String]) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    let globs = patterns.iter().filter_map(|pattern| Glob::new(pattern).ok());
    globs.for_each(|glob| {
        set.add(glob);
    });
    set.build().ok().filter(|set| !set.is_empty())
}

fn add_example(production: &mut ProductionTags, repository: &str, tag: &str) {
    if production.unlocked_examples.len() < EXAMPLES {
        production.unlocked_examples.push(format!("{repository}:{tag}"));
    }
}

#[cfg(test)]
mod tests;
