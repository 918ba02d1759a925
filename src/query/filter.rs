//! Which repositories, tags and manifests are meant. What is not known does not fit a condition on it.

use globset::GlobSet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::platform::Platform;
use crate::inventory::repository::{ManifestRecord, TagRecord};

/// Whether something fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Yes,
    No,
    /// What is at hand does not say it.
    Unsaid,
}

/// Conditions; all of them have to hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub repositories: Option<GlobSet>,
    pub tags: Option<GlobSet>,
    /// The beginning of a digest.
    pub digest: Option<String>,
    /// Not after this moment …
    pub before: Option<OffsetDateTime>,
    /// … and not before this one.
    pub after: Option<OffsetDateTime>,
    /// Both are about the last update, not the creation.
    pub by_updated: bool,
    /// Bytes.
    pub larger: Option<u64>,
    pub smaller: Option<u64>,
    pub untagged: bool,
    pub locked: bool,
    pub platform: Option<Platform>,
    pub media_type: Option<String>,
}

impl Filter {
    /// Whether a repository's lines are looked at.
    pub fn repository(&self, name: &str) -> bool {
        self.repositories.as_ref().is_none_or(|globs| globs.is_match(name))
    }

    /// Whether a size fits.
    pub fn size(&self, bytes: Option<u64>) -> bool {
        let above = |limit: u64| bytes.is_some_and(|bytes| bytes > limit);
        let below = |limit: u64| bytes.is_some_and(|bytes| bytes < limit);
        self.larger.is_none_or(above) && self.smaller.is_none_or(below)
    }

    fn time(&self, created: Option<&String>, updated: Option<&String>) -> bool {
        let text = if self.by_updated { updated } else { created };
        let time = text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let until = |limit: OffsetDateTime| time.is_some_and(|time| time <= limit);
        let since = |limit: OffsetDateTime| time.is_some_and(|time| time >= limit);
        self.before.is_none_or(until) && self.after.is_none_or(since)
    }

    /// Whether a tag may be meant, by its name.
    pub fn is_named(&self, tag: &str) -> bool {
        self.tags.as_ref().is_none_or(|globs| globs.is_match(tag))
    }

    /// Whether a tag is meant.
    pub fn tag(&self, tag: &TagRecord) -> bool {
        let is_locked = tag.changeable_attributes.write_enabled == Some(false);
        self.is_named(tag.name.as_str())
            && self
                .digest
                .as_ref()
                .is_none_or(|digest| tag.digest.as_str().starts_with(digest))
            && self.time(tag.created_time.as_ref(), tag.last_update_time.as_ref())
            && (!self.locked || is_locked)
    }

    /// Whether a manifest is for the platform that is meant, as far as its list says it. Of an index its children say it:
    /// [`Fit::Unsaid`].
    pub fn platform(&self, manifest: &ManifestRecord) -> Fit {
        match &self.platform {
            None => Fit::Yes,
            Some(platform) if platform.of_manifest(manifest) => Fit::Yes,
            Some(_) if manifest.is_index() => Fit::Unsaid,
            Some(_) => Fit::No,
        }
    }

    /// Whether a manifest is meant, its platform aside, as far as itself says it; which tags it has comes later.
    pub fn manifest(&self, manifest: &ManifestRecord) -> bool {
        let is_locked = manifest.changeable_attributes.write_enabled == Some(false);
        let media_type = manifest.media_type.as_deref();
        self.digest
            .as_ref()
            .is_none_or(|digest| manifest.digest.as_str().starts_with(digest))
            && self.time(manifest.created_time.as_ref(), manifest.last_update_time.as_ref())
            && self.size(manifest.image_size)
            && (!self.locked || is_locked)
            && self
                .media_type
                .as_deref()
                .is_none_or(|wanted| media_type == Some(wanted))
    }
}
