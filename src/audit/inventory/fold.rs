//! Lines of a snapshot, repository after repository, into sums.
//!
//! Signatures: cosign names the image in a tag, `sha256-{digest}.sig`. A Notary Project signature, and what newer cosign
//! pushes, names it inside the manifest, which an inventory of lists does not hold; those are counted apart.

use std::collections::HashSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::inventory::repository::{LineKind, ManifestRecord, TagRecord};
use crate::inventory::snapshot::PartHeader;
use crate::posture::inventory_summary::{InventorySummary, ProductionTags};

/// Examples that a summary names.
const EXAMPLES: usize = 5;
/// Configuration types of manifests that hold a signature.
const SIGNATURES: [&str; 2] = [
    "application/vnd.cncf.notary.signature",
    "application/vnd.cncf.notary.v2.signature",
];
/// Configuration type of artifacts that say only inside what they are.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Media type of manifests that are artifacts and no images.
const ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";

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
    /// `patterns` are those of production tags; one that is not well formed matches nothing.
    pub(super) fn new(patterns: &[String]) -> Self {
        let mut set = GlobSetBuilder::new();
        patterns
            .iter()
            .filter_map(|pattern| Glob::new(pattern).ok())
            .for_each(|glob| {
                set.add(glob);
            });
        Self {
            production: set.build().ok().filter(|set| !set.is_empty()),
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
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let unreadable = |error: serde_json::Error| error.to_string();
        match LineKind::of(line) {
            Some(LineKind::Header) => {
                self.end_repository();
                let header: PartHeader = serde_json::from_slice(line).map_err(unreadable)?;
                self.repository = header.repository.to_string();
            }
            Some(LineKind::Manifest) => self.manifest(&serde_json::from_slice(line).map_err(unreadable)?),
            Some(LineKind::Tag) => self.tag(&serde_json::from_slice(line).map_err(unreadable)?),
            Some(LineKind::End) => {}
            None => return Err("a line is of an unknown form".to_owned()),
        }
        Ok(())
    }

    fn manifest(&mut self, manifest: &ManifestRecord) {
        if manifest.changeable_attributes.write_enabled == Some(false) {
            self.locked.insert(manifest.digest.to_string());
        }
        let config = manifest.config_media_type.as_deref().unwrap_or_default();
        if SIGNATURES.contains(&config) || config == EMPTY || manifest.media_type.as_deref() == Some(ARTIFACT) {
            self.artifacts.insert(manifest.digest.to_string());
        }
    }

    fn tag(&mut self, tag: &TagRecord) {
        let (name, digest) = (tag.name.as_str(), tag.digest.to_string());
        if let Some(attached) = name.strip_prefix("sha256-") {
            // cosign's: signature, attestation, bill of materials; and the fallback for registries without referrers.
            let (subject, kind) = attached.split_once('.').unwrap_or((attached, ""));
            if subject.len() == 64 && subject.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                if kind == "sig" {
                    self.signed.insert(format!("sha256:{subject}"));
                }
                return;
            }
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

fn add_example(production: &mut ProductionTags, repository: &str, tag: &str) {
    if production.unlocked_examples.len() < EXAMPLES {
        production.unlocked_examples.push(format!("{repository}:{tag}"));
    }
}

#[cfg(test)]
mod tests;
