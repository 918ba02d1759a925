//! What an image runs on: as the lists say it of a manifest, or as an index says it of its children.

use std::collections::BTreeSet;

use crate::collect::CollectError;
use crate::collect::stored::unreadable;
use crate::inventory::SCHEMA_VERSION;
use crate::inventory::content::{Child, ContentHeader, ContentRecord};
use crate::inventory::repository::ManifestRecord;
use crate::names::{Digest, LoginServer, RepositoryName};
use crate::store::{BlobKey, Store};

/// `os[/architecture[/variant]]`; what is not given fits anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    os: String,
    architecture: Option<String>,
    variant: Option<String>,
}

impl Platform {
    /// Reads `linux`, `linux/arm64` or `linux/arm/v7`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('/').map(str::to_owned);
        let platform = Self {
            os: parts.next().unwrap_or_default(),
            architecture: parts.next(),
            variant: parts.next(),
        };
        let given = [
            Some(&platform.os),
            platform.architecture.as_ref(),
            platform.variant.as_ref(),
        ];
        match parts.next().is_none() && given.into_iter().flatten().all(|part| !part.is_empty()) {
            true => Ok(platform),
            false => Err("it is no platform such as linux, linux/arm64 or linux/arm/v7".to_owned()),
        }
    }

    fn fits(&self, os: Option<&String>, architecture: Option<&String>, variant: Option<&String>) -> bool {
        let fits = |wanted: &Option<String>, known: Option<&String>| wanted.is_none() || wanted.as_ref() == known;
        os == Some(&self.os) && fits(&self.architecture, architecture) && fits(&self.variant, variant)
    }

    /// Whether a manifest is for it, as far as the list says.
    pub(super) fn of_manifest(&self, manifest: &ManifestRecord) -> bool {
        self.fits(manifest.os.as_ref(), manifest.architecture.as_ref(), None)
    }

    fn of_child(&self, child: &Child) -> bool {
        let platform = child.platform.as_ref();
        platform.is_some_and(|child| self.fits(child.os.as_ref(), child.architecture.as_ref(), child.variant.as_ref()))
    }
}

/// The indexes of a repository that are known to have a child for a platform.
pub(super) async fn indexes_for(
    store: &Store,
    login_server: &LoginServer,
    repository: &RepositoryName,
    platform: &Platform,
) -> Result<BTreeSet<Digest>, CollectError> {
    let key = BlobKey::Content(login_server.clone(), repository.clone());
    let mut found = BTreeSet::new();
    let Some((_, mut lines)) = store.open(&key).await? else {
        return Ok(found);
    };
    let name = key.to_string();
    let first = lines.next_line().await?.unwrap_or_default();
    let header: ContentHeader = serde_json::from_slice(&first).map_err(|error| unreadable(&name, error))?;
    if header.schema_version > SCHEMA_VERSION {
        return Err(unreadable(&name, "it is of a newer schema than this build"));
    }
    while let Some(line) = lines.next_line().await? {
        if line.starts_with(b"{\"kind\":\"end\"") {
            return Ok(found);
        }
        let record: ContentRecord = serde_json::from_slice(&line).map_err(|error| unreadable(&name, error))?;
        if let ContentRecord::Index { digest, children } = record
            && children.iter().any(|child| platform.of_child(child))
        {
            found.insert(digest);
        }
    }
    Err(unreadable(&name, "it has no end line"))
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn what_is_not_given_fits_anything() {
        let known = ["linux", "arm", "v7"].map(str::to_owned);
        let fits = |wanted: &str| {
            let [os, architecture, variant] = &known;
            Platform::parse(wanted)
                .unwrap()
                .fits(Some(os), Some(architecture), Some(variant))
        };
        assert!(fits("linux") && fits("linux/arm") && fits("linux/arm/v7"));
        assert!(!fits("windows") && !fits("linux/arm64") && !fits("linux/arm/v6"));
        let unsaid = Platform::parse("linux/arm/v7").unwrap();
        assert!(!unsaid.fits(Some(&known[0]), Some(&known[1]), None));
        for wrong in ["", "/arm", "linux/", "linux/arm/v7/x"] {
            assert!(Platform::parse(wrong).is_err(), "{wrong}");
        }
    }
}
