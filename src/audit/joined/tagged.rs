//! What is known of one tag, and of the switches that keep it from being overwritten.
//!
//! `writeEnabled` off on the tag, on its manifest or on the whole repository stops updates and deletion alike. It does not
//! last against everybody: whoever may change these attributes can turn it on again.

use serde::Serialize;

use crate::audit::inventory::{Line, each_line};
use crate::collect::CollectError;
use crate::names::{Digest, Tag};
use crate::snapshot::{BaseLine, Snapshot};

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
            tag: unknown.clone(),
            manifest: unknown.clone(),
            repository: unknown,
        }
    }

    /// What the inventory says.
    pub async fn read(snapshot: &Snapshot<'_>, repository: &BaseLine, name: &Tag) -> Result<Self, CollectError> {
        let mut found = Self::unknown("the inventory does not have the tag");
        found.repository = match &repository.line.attributes {
            Some(attributes) => Switch::told(
                attributes.changeable_attributes.write_enabled,
                "the registry did not say whether the repository may be written",
            ),
            None => Switch::NotKnown("the repository's own attributes were not read".to_owned()),
        };
        let tag = |line| {
            if let Line::Tag(tag) = line
                && tag.name == *name
            {
                found.tag = Switch::told(
                    tag.changeable_attributes.write_enabled,
                    "the registry did not say whether the tag may be written",
                );
                found.manifest = Switch::NotKnown("the inventory does not have the tag's manifest".to_owned());
                found.digest = Some(tag.digest);
            }
        };
        each_line(&mut snapshot.lines(repository), tag).await?;
        // Manifests come before tags, and which one is meant is known only now.
        if let Some(digest) = found.digest.clone() {
            let manifest = |line| {
                if let Line::Manifest(manifest) = line
                    && manifest.digest == digest
                {
                    found.manifest = Switch::told(
                        manifest.changeable_attributes.write_enabled,
                        "the registry did not say whether the manifest may be written",
                    );
                }
            };
            each_line(&mut snapshot.lines(repository), manifest).await?;
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
