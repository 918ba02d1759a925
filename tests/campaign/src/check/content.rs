//! Content documents: what each says of an index is what the index refers to, and in the end they say it of every index.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::lines;
use crate::journal::Version;
use crate::life::Life;
use acr_inventory::hash::sha256;

/// Faults under which a manifest may be refused, and is asked for again after a day: longer than a life.
pub(crate) const REFUSING: &[&str] = &[
    "content-",
    "registry-",
    "token-",
    "authority-",
    "permission-",
    "catalog-shrinks",
    "firewall-",
    "blob-",
];

/// What a content document says.
struct Document {
    version: u64,
    /// Indexes that are known, and those that were refused with when they are asked for again.
    known: BTreeSet<String>,
    unknown: BTreeMap<String, OffsetDateTime>,
}

impl Life {
    /// Every version of every content document.
    pub(super) fn check_contents(&mut self) {
        let journal: BTreeMap<String, Vec<Version>> = self.journal.all().clone();
        for (name, versions) in &journal {
            let Some((server, repository)) = named(name) else {
                continue;
            };
            let mut before = 0;
            for version in versions {
                let Some(bytes) = &version.content else {
                    before = 0;
                    continue;
                };
                let wrong = match self.read_content(server, repository, bytes) {
                    Ok(document) if document.version == before + 1 => {
                        before = document.version;
                        continue;
                    }
                    Ok(document) => {
                        let wrong = format!("version {} follows {before}", document.version);
                        before = document.version;
                        wrong
                    }
                    Err(wrong) => wrong,
                };
                self.violation(format!("{name}, written at {}: {wrong}", super::at(version.at)));
            }
        }
    }

    /// Every index in a repository is known, or was refused and has a time when it is asked for again; registry documents
    /// count them so. To be asked when a refresh has found everything at rest.
    pub(crate) fn check_content_is_known(&mut self) {
        let may_be_refused = self.has_fired(REFUSING);
        let network = std::sync::Arc::clone(&self.network);
        let now = network.front().world().clock.now();
        let mut wrong = Vec::new();
        let servers: Vec<String> = network.front().world().registries.keys().cloned().collect();
        for server in servers {
            let (mut of, mut refused) = (0, 0);
            let repositories = indexes(&network.front().world(), &server);
            for (repository, indexes) in repositories {
                of += indexes.len();
                let stored = self.last_content(&server, &repository);
                let stored = stored.and_then(|bytes| self.read_content(&server, &repository, &bytes).ok());
                for index in indexes {
                    let is_known = stored.as_ref().is_some_and(|stored| stored.known.contains(&index));
                    let retry = stored.as_ref().and_then(|stored| stored.unknown.get(&index));
                    refused += usize::from(!is_known);
                    match retry {
                        _ if is_known => {}
                        Some(retry) if may_be_refused && *retry > now => {}
                        Some(retry) => wrong.push(format!("{server}/{repository}: {index} is unknown until {retry}")),
                        None => wrong.push(format!("{server}/{repository}: nobody asked for {index}")),
                    }
                }
            }
            let key = format!("v2/registries/{server}/registry.json");
            let registry = self
                .journal
                .all()
                .get(&key)
                .and_then(|all| all.last().map(Version::json));
            let says = registry.map_or(Value::Null, |registry| registry["content"].clone());
            let counts = (says["known"].as_u64(), says["of"].as_u64(), says["refused"].as_u64());
            let right = [of - refused, of, refused].map(|number| Some(number as u64));
            if <[_; 3]>::from(counts) != right {
                wrong.push(format!(
                    "{key} says {says} where {refused} of {of} indexes are not known"
                ));
            }
        }
        let wrong = wrong.into_iter().take(5);
        self.report
            .violations
            .extend(wrong.map(|text| format!("at rest, {text}")));
    }

    fn last_content(&self, server: &str, repository: &str) -> Option<Bytes> {
        let name = format!("v2/registries/{server}/repositories/{repository},content.ndjson");
        self.journal.all().get(&name)?.last()?.content.clone()
    }

    /// Reads a version, and holds it against what was pushed.
    fn read_content(&self, server: &str, repository: &str, bytes: &Bytes) -> Result<Document, String> {
        let lines = lines(bytes)?;
        let [header, records @ .., end] = lines.as_slice() else {
            return Err("it has no header or no end".to_owned());
        };
        let is_of = header["loginServer"] == server && header["repository"] == repository;
        if header["kind"] != "content" || end["kind"] != "end" || !is_of {
            return Err(format!("it is another document: {header}"));
        }
        let body = bytes.split_inclusive(|byte| *byte == b'\n').skip(1).take(records.len());
        if end["contentHash"] != sha256(&body.collect::<Vec<_>>().concat()) {
            return Err("its hash is not that of its content".to_owned());
        }
        let mut document = Document {
            version: header["version"].as_u64().unwrap_or(0),
            known: BTreeSet::new(),
            unknown: BTreeMap::new(),
        };
        let mut last = "";
        for record in records {
            let digest = record["digest"].as_str().unwrap_or("");
            if digest <= last {
                return Err(format!("{digest} follows {last}"));
            }
            last = digest;
            let pushed = self.truth.children(server, repository, digest);
            let pushed = pushed.ok_or_else(|| format!("{digest} was never an index of it"))?;
            if record["kind"] == "index" {
                let children: Vec<String> = record["children"].as_array().into_iter().flatten().map(child).collect();
                if children != *pushed {
                    return Err(format!("{digest} has {children:?}, and refers to {pushed:?}"));
                }
                document.known.insert(digest.to_owned());
                continue;
            }
            let retry = record["retryAfter"].as_str().unwrap_or("");
            let retry = OffsetDateTime::parse(retry, &Rfc3339).map_err(|_| format!("{record} has no time"))?;
            if record["kind"] != "unknown" || record["attempts"].as_u64().unwrap_or(0) == 0 {
                return Err(format!("a line says {record}"));
            }
            document.unknown.insert(digest.to_owned(), retry);
        }
        let counts = [document.known.len(), document.unknown.len()].map(|count| Some(count as u64));
        if [end["known"].as_u64(), end["unknown"].as_u64()] != counts {
            return Err("its end counts wrongly".to_owned());
        }
        Ok(document)
    }
}

/// The indexes of every repository of a registry.
fn indexes(world: &simulator::world::World, server: &str) -> Vec<(String, Vec<String>)> {
    let registry = world.registries.get(server);
    let repositories = registry.into_iter().flat_map(|registry| &registry.repositories);
    let indexes = repositories.map(|(name, repository)| {
        let manifests = repository.manifests.iter();
        let indexes = manifests.filter(|(_, manifest)| !manifest.references.is_empty());
        (name.clone(), indexes.map(|(digest, _)| digest.clone()).collect())
    });
    indexes.collect()
}

/// A stored child in the words of the truth.
fn child(child: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let platform = &child["platform"];
    let attests = &child["annotations"]["vnd.docker.reference.digest"];
    [&child["digest"], &platform["os"], &platform["architecture"], attests]
        .map(text)
        .join(" ")
}

fn named(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("v2/registries/")?;
    let (server, rest) = rest.split_once("/repositories/")?;
    Some((server, rest.strip_suffix(",content.ndjson")?))
}
