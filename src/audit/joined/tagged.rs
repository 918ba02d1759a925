//! What is known of one tag, and of the switches that keep it from being overwritten.
//!
//! `writeEnabled` off on the tag, on its manifest or on the whole repository stops updates and deletion alike. It does not
//! last against everybody: whoever may change these attributes can turn it on again.

use serde::Serialize;

use crate::audit::inventory::line::Line;
use crate::audit::inventory::snapshot::StoredRepository;
use crate::collect::CollectError;
use crate::names::{Digest, Tag};

/// A `writeEnabled`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
    /// Why it is not known.
    NotKnown(String),
}

impl Switch {
    /// As an answer has it, where there is one.
    pub fn told(value: Option<bool>, why_not: &str) -> Self {
        match value {
            Some(true) => Self::On,
            Some(false) => Self::Off,
            None => Self::NotKnown(why_not.to_owned()),
        }
    }
}

/// What is known of a tag and of the switches that keep it from being overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    pub digest: Option<Digest>,
    /// RFC 3339, UTC: when its repository was observed.
    pub observed_at: Option<String>,
    pub tag: Switch,
    pub manifest: Switch,
    pub repository: Switch,
}

impl Tagged {
    /// Nothing, for this reason.
    pub fn unknown(why: &str) -> Self {
        let unknown = Switch::NotKnown(why.to_owned());
        Self {
            digest: None,
            observed_at: None,
            tag: unknown.clone(),
            manifest: unknown.clone(),
            repository: unknown,
        }
    }

    /// What the inventory says.
    pub async fn read(stored: &StoredRepository<'_>, name: &Tag) -> Result<Self, CollectError> {
        let mut found = Self::unknown("the inventory does not have the tag");
        found.repository = Switch::NotKnown("the repository's own attributes were not read".to_owned());
        let lines = stored.lines(|line| match line {
            Line::Header(header) => found.observed_at = Some(header.observed_at),
            Line::Tag(tag) if tag.name == *name => {
                found.tag = Switch::told(
                    tag.changeable_attributes.write_enabled,
                    "the registry did not say whether the tag may be written",
                );
                found.manifest = Switch::NotKnown("the inventory does not have the tag's manifest".to_owned());
                found.digest = Some(tag.digest);
            }
            Line::End(end) => {
                if let Some(attributes) = end.attributes {
                    found.repository = Switch::told(
                        attributes.changeable_attributes.write_enabled,
                        "the registry did not say whether the repository may be written",
                    );
                }
            }
            Line::Manifest(_) | Line::Tag(_) => {}
        });
        lines.await?;
        // Manifests come before tags, and which one is meant is known only now.
        if let Some(digest) = found.digest.clone() {
            let lines = stored.lines(|line| {
                if let Line::Manifest(manifest) = line
                    && manifest.digest == digest
                {
                    found.manifest = Switch::told(
                        manifest.changeable_attributes.write_enabled,
                        "the registry did not say whether the manifest may be written",
                    );
                }
            });
            lines.await?;
        }
        Ok(found)
    }

    /// Whether one of the switches stops an overwrite.
    pub(super) fn lock(&self) -> Lock {
        let switches = [
            ("tag", &self.tag),
            ("manifest", &self.manifest),
            ("repository", &self.repository),
        ];
        let off = switches.iter().filter(|(_, switch)| **switch == Switch::Off);
        let by: Vec<&'static str> = off.map(|(what, _)| *what).collect();
        if !by.is_empty() {
            return Lock::Locked { by };
        }
        let mut why: Vec<String> = Vec::new();
        for (_, switch) in switches {
            if let Switch::NotKnown(reason) = switch
                && !why.contains(reason)
            {
                why.push(reason.clone());
            }
        }
        match why.is_empty() {
            true => Lock::Unlocked,
            false => Lock::Unknown { why },
        }
    }
}

/// Whether a lock stops an overwrite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Lock {
    /// `writeEnabled` is off on these: tag, manifest, repository.
    Locked { by: Vec<&'static str> },
    /// It is on for all three.
    Unlocked,
    /// None is known to be off, and not all are known to be on.
    Unknown { why: Vec<String> },
}
