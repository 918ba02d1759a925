//! Repositories whose lines stand in snapshots alone: what those snapshots say of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::repository::Document;
use super::snapshot::{Stored, repository_text};
use super::{content, lines};
use crate::journal::Version;
use crate::truth::Content;
use acr_inventory::hash::sha256;

/// Everything that snapshots ever held, by login server and repository, and by the hash of the lines.
#[derive(Debug, Default)]
pub(super) struct Elsewhere(BTreeMap<(String, String), BTreeMap<String, Content>>);

impl Elsewhere {
    /// Reads every snapshot that was ever written. What cannot be read others complain about.
    pub(super) fn of(all: &BTreeMap<String, Vec<Version>>) -> Self {
        let mut found = Self::default();
        for (name, versions) in all {
            let Some((server, _)) = name
                .strip_prefix("v2/registries/")
                .and_then(|rest| rest.split_once("/snapshots/"))
            else {
                continue;
            };
            let written = versions.iter().filter(|version| version.content.is_some());
            for version in written {
                let stored = Stored {
                    all,
                    folder: format!("v2/registries/{server}"),
                    at: version.at,
                };
                found.take(server, &stored, &version.json());
            }
        }
        found
    }

    fn take(&mut self, server: &str, stored: &Stored<'_>, manifest: &Value) {
        let (Ok(index), Ok(packs)) = (stored.index(manifest), stored.packs(manifest)) else {
            return;
        };
        for entry in index {
            let Ok(text) = repository_text(&entry, &packs) else {
                continue;
            };
            let name = entry["repository"].as_str().unwrap_or("").to_owned();
            let of_repository = self.0.entry((server.to_owned(), name)).or_default();
            of_repository
                .entry(sha256(&text))
                .or_insert_with(|| lines(&text).map(|lines| content(&lines)).unwrap_or_default());
        }
    }

    /// Puts the lines into a document that has none; one that no snapshot has stays as it is: its run died before that.
    pub(super) fn fill(&self, server: &str, repository: &str, document: &mut Document) {
        let hash = document.end["contentHash"].as_str().unwrap_or("");
        if document.is_elsewhere
            && let Some(content) = self.all(server, repository).find(|(known, _)| *known == hash)
        {
            document.content = content.1.clone();
            document.is_known = true;
        }
    }

    /// What it ever held.
    pub(super) fn all<'a>(&'a self, server: &str, repository: &str) -> impl Iterator<Item = (&'a str, &'a Content)> {
        let of_repository = self.0.get(&(server.to_owned(), repository.to_owned()));
        let all = of_repository.into_iter().flatten();
        all.map(|(hash, content)| (hash.as_str(), content))
    }
}

/// Whether a version of a document says that its lines stand in snapshots alone.
pub(super) fn is_elsewhere(version: &Bytes) -> bool {
    let mut lines = version.split(|byte| *byte == b'\n');
    let header = lines.next().and_then(|line| serde_json::from_slice::<Value>(line).ok());
    header.is_some_and(|header| header["linesInSnapshot"] == true)
}

/// The lines that a document without any is about.
pub(super) fn holds(document: &Document, text: &Bytes) -> bool {
    document.end["contentHash"] == sha256(text)
}
