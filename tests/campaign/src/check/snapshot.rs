//! Registry documents and the snapshots they point to.

use std::collections::BTreeMap;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use time::OffsetDateTime;

use super::elsewhere::holds;
use super::repository::read;
use super::{content, contradictions, generation_number, lines};
use crate::journal::Version;
use crate::life::Life;
use crate::truth::Content;
use acr_inventory::hash::sha256;

impl Life {
    /// Every version of every registry document: numbered, never going back, its snapshot whole and true.
    pub(super) fn check_registries(&mut self) {
        let blobs: BTreeMap<String, Vec<Version>> = self.journal.all().clone();
        for (name, versions) in blobs.iter().filter(|(name, _)| name.ends_with("/registry.json")) {
            let mut before: Option<Value> = None;
            let mut checked = Value::Null;
            for version in versions {
                let document = version.json();
                if document.is_null() {
                    self.violation(format!("{name} cannot be read"));
                    continue;
                }
                let number = |document: &Value| document["version"].as_u64().unwrap_or(0);
                if number(&document) != before.as_ref().map_or(0, number) + 1 {
                    self.violation(format!("{name} has version {} after another", document["version"]));
                }
                if before
                    .as_ref()
                    .is_some_and(|before| generation_number(before) > generation_number(&document))
                {
                    self.violation(format!("{name} went back to {}", document["generation"]));
                }
                if let Some(before) = &before {
                    self.check_record(&blobs, before, &document);
                }
                let pointer = document["snapshot"].clone();
                if pointer.is_object() && pointer != checked {
                    if let Err(wrong) = self.check_snapshot(&blobs, &document, version.at) {
                        self.violation(format!("{name}: snapshot {}: {wrong}", pointer["generation"]));
                    }
                    checked = pointer;
                }
                before = Some(document);
            }
            self.check_end(name, before.as_ref());
        }
        for (name, versions) in blobs.iter().filter(|(name, _)| name.contains("/snapshots/")) {
            let mut contents = versions.iter().filter_map(|version| version.content.as_ref());
            let first = contents.next();
            if contents.any(|other| Some(other) != first) {
                self.violation(format!("{name} was changed, and snapshots never are"));
            }
        }
    }

    /// In the end the last snapshot is complete.
    fn check_end(&mut self, name: &str, last: Option<&Value>) {
        let completeness = last.map_or(Value::Null, |last| last["status"]["completeness"].clone());
        if completeness != "complete" {
            let problems = last.map_or(Value::Null, |last| last["status"]["problems"].clone());
            self.violation(format!("in the end {name} is {completeness}: {problems}"));
        }
    }

    fn check_snapshot(
        &mut self,
        blobs: &BTreeMap<String, Vec<Version>>,
        registry: &Value,
        published: OffsetDateTime,
    ) -> Result<(), String> {
        self.report.snapshots += 1;
        let server = registry["loginServer"].as_str().unwrap_or("");
        let pointer = &registry["snapshot"];
        let generation = pointer["generation"].as_str().unwrap_or("");
        let blobs = Stored {
            all: blobs,
            folder: format!("v2/registries/{server}"),
            at: published,
        };
        let manifest = blobs.get(&format!("snapshots/{generation}.json"))?;
        if pointer["manifestSha256"] != sha256(&manifest) {
            return Err("its manifest has another hash".to_owned());
        }
        let manifest: Value = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
        let (index, packs) = (blobs.index(&manifest)?, blobs.packs(&manifest)?);
        let begun = begun(blobs.all, server, generation).ok_or("no checkpoint ever named it")?;
        let is_complete = manifest["completeness"] == "complete";
        let mut before = String::new();
        for entry in &index {
            let name = entry["repository"].as_str().unwrap_or("");
            if before.as_str() >= name {
                return Err(format!("{name} comes after {before}"));
            }
            name.clone_into(&mut before);
            let text = repository_text(entry, &packs).map_err(|wrong| format!("{name}: {wrong}"))?;
            let held = content(&lines(&text)?);
            if held.len() as u64 != entry["manifests"].as_u64().unwrap_or(0) + entry["tags"].as_u64().unwrap_or(0) {
                return Err(format!("{name} is counted wrongly, or something is in it twice"));
            }
            blobs.vouches(name, entry, (&text, &held))?;
            let shown = self.truth.between(server, name, begun, published);
            if entry.get("removedAt").is_some() {
                if shown.iter().all(Option::is_some) {
                    return Err(format!("{name} is said to be removed, and was there all the time"));
                }
                continue;
            }
            if entry["completeness"] != "complete" {
                if is_complete {
                    return Err(format!("it says complete, and {name} is {}", entry["completeness"]));
                }
                continue;
            }
            if let Some(wrong) = contradictions(&held, &shown).first() {
                return Err(format!("{name}: {wrong}"));
            }
        }
        let index: Vec<&Value> = index.iter().filter(|entry| entry.get("removedAt").is_none()).collect();
        let listed = |name: &str| index.iter().any(|entry| entry["repository"] == name);
        // What the registry hides from its catalog is not there for whoever may only list.
        let hides = self.report.fired.contains_key("catalog-shrinks");
        for name in self.truth.names(server).filter(|_| is_complete && !hides) {
            let shown = self.truth.between(server, name, begun, published);
            if shown.iter().all(Option::is_some) && !listed(name) {
                return Err(format!("it says complete, and {name} is missing"));
            }
        }
        let counted = manifest["totals"]["repositories"].as_u64() == Some(index.len() as u64);
        if counted {
            Ok(())
        } else {
            Err("its totals count wrongly".to_owned())
        }
    }
}

/// The blobs of a registry as they were when a snapshot was published.
pub(super) struct Stored<'a> {
    pub(super) all: &'a BTreeMap<String, Vec<Version>>,
    pub(super) folder: String,
    pub(super) at: OffsetDateTime,
}

impl Stored<'_> {
    fn get(&self, file: &str) -> Result<Bytes, String> {
        let versions = self.all.get(&format!("{}/{file}", self.folder));
        let there = versions.and_then(|all| all.iter().rfind(|version| version.at <= self.at)?.content.clone());
        there.ok_or_else(|| format!("{file} is not there"))
    }

    /// A blob that the manifest names with its hash.
    fn proven(&self, folder: &str, named: &Value) -> Result<Bytes, String> {
        let bytes = self.get(&format!("{folder}/{}.ndjson.gz", named["name"].as_str().unwrap_or("")))?;
        match named["sha256"] == sha256(&bytes) && named["size"] == bytes.len() {
            true => Ok(bytes),
            false => Err(format!("{} has another hash", named["name"])),
        }
    }

    pub(super) fn index(&self, manifest: &Value) -> Result<Vec<Value>, String> {
        let mut index = Vec::new();
        for segment in manifest["segments"].as_array().into_iter().flatten() {
            index.extend(lines(&unpacked(&self.proven("index", segment)?)?)?);
        }
        Ok(index)
    }

    pub(super) fn packs(&self, manifest: &Value) -> Result<BTreeMap<u64, Bytes>, String> {
        let packs = manifest["packs"].as_array().into_iter().flatten();
        packs
            .map(|pack| Ok((pack["number"].as_u64().unwrap_or(0), self.proven("packs", pack)?)))
            .collect()
    }

    /// The version of the document that a line names says what the line says.
    fn vouches(&self, name: &str, entry: &Value, (text, held): (&Bytes, &Content)) -> Result<(), String> {
        let Some(etag) = entry["etag"].as_str() else {
            return Ok(());
        };
        let versions = self
            .all
            .get(&format!("{}/repositories/{name},lists.ndjson", self.folder));
        let version = versions.into_iter().flatten().find(|version| version.etag == etag);
        let document = version.and_then(|version| version.content.as_ref());
        let document = document.ok_or_else(|| format!("{name} is said to be version {etag}, which never was"))?;
        let document = read(document)?;
        let is_removed = |value: &Value| value.get("removedAt").is_some();
        // What could not be observed keeps what is known under another completeness.
        let is_said = entry["completeness"] != "complete" || document.end["completeness"] == "complete";
        let is_same = match document.is_elsewhere {
            true => holds(&document, text),
            false => document.content == *held,
        };
        match is_same && is_said && is_removed(&document.header) == is_removed(entry) {
            true => Ok(()),
            false => Err(format!("{name} is said to be version {etag}, which says otherwise")),
        }
    }
}

/// The lines of a repository, chunk by chunk, each what its hash says.
pub(super) fn repository_text(entry: &Value, packs: &BTreeMap<u64, Bytes>) -> Result<Bytes, String> {
    let chunks = match &entry["chunks"] {
        Value::Array(chunks) => chunks.clone(),
        listed => lines(&chunk(listed, "chunks", packs)?)?,
    };
    let texts = chunks.iter().map(|reference| chunk(reference, "lines", packs));
    Ok(texts.collect::<Result<Vec<_>, _>>()?.concat().into())
}

/// Some lines of a pack.
fn chunk(reference: &Value, count: &str, packs: &BTreeMap<u64, Bytes>) -> Result<Bytes, String> {
    let number = |key: &str| usize::try_from(reference[key].as_u64().unwrap_or(0)).unwrap_or(0);
    let pack = packs
        .get(&(number("pack") as u64))
        .ok_or("it is in a pack that is not named")?;
    let end = number("offset") + number("length");
    let member = pack.get(number("offset")..end).ok_or("it is not in its pack")?;
    let text = unpacked(&Bytes::copy_from_slice(member))?;
    let wanted = text
        .split_inclusive(|byte| *byte == b'\n')
        .skip(number("skip"))
        .take(number(count));
    let wanted: Bytes = wanted.collect::<Vec<_>>().concat().into();
    match reference["sha256"] == sha256(&wanted) {
        true => Ok(wanted),
        false => Err("a chunk has another hash".to_owned()),
    }
}

fn unpacked(bytes: &Bytes) -> Result<Bytes, String> {
    let mut text = Vec::new();
    let unpacked = MultiGzDecoder::new(bytes.as_ref()).read_to_end(&mut text);
    unpacked.map_err(|error| error.to_string())?;
    Ok(text.into())
}

/// When the refresh of this generation was opened.
fn begun(blobs: &BTreeMap<String, Vec<Version>>, server: &str, generation: &str) -> Option<OffsetDateTime> {
    let versions = blobs.get(&format!("v2/state/{server}/refresh.json"))?;
    let of_generation = versions
        .iter()
        .find(|version| version.json()["generation"] == generation);
    of_generation.map(|version| version.at)
}
