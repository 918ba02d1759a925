//! Registry documents and the snapshots they point to.

use std::collections::BTreeMap;
use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use time::OffsetDateTime;

use super::{content, contradictions, generation_number, lines};
use crate::journal::Version;
use crate::life::Life;
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
                    self.check_registry_record(&blobs, before, &document);
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

    /// In the end the last snapshot is complete, and the last audit true.
    fn check_end(&mut self, name: &str, last: Option<&Value>) {
        if let Some(last) = last {
            self.check_last_audit(last);
        }
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
        let folder = format!("v1/registries/{server}/snapshots/{generation}");
        let blob = |file: &str| -> Result<Bytes, String> {
            let versions = blobs.get(&format!("{folder}/{file}"));
            let there = versions.and_then(|all| all.iter().rfind(|version| version.at <= published)?.content.clone());
            there.ok_or_else(|| format!("{file} is not there"))
        };
        let manifest = blob("manifest.json")?;
        if pointer["manifestSha256"] != sha256(&manifest) {
            return Err("its manifest has another hash".to_owned());
        }
        let manifest: Value = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
        let read = |kind: &str| -> Result<Vec<Value>, String> {
            let mut all = Vec::new();
            for part in manifest[kind].as_array().into_iter().flatten() {
                let bytes = blob(part["name"].as_str().unwrap_or(""))?;
                if part["sha256"] != sha256(&bytes) {
                    return Err(format!("{} has another hash", part["name"]));
                }
                let mut text = Vec::new();
                let unpacked = MultiGzDecoder::new(bytes.as_ref()).read_to_end(&mut text);
                unpacked.map_err(|error| error.to_string())?;
                all.extend(lines(&text.into())?);
            }
            Ok(all)
        };
        let (index, documents) = (read("index")?, read("parts")?);
        let begun = begun(blobs, server, generation).ok_or("no checkpoint ever named it")?;
        let is_complete = manifest["completeness"] == "complete";
        let mut by_name: BTreeMap<&str, &[Value]> = BTreeMap::new();
        for document in documents.split_inclusive(|line| line["kind"] == "end") {
            if let Some(name) = document.first().and_then(|header| header["repository"].as_str())
                && by_name.insert(name, document).is_some()
            {
                return Err(format!("{name} is in it twice"));
            }
        }
        for entry in &index {
            let name = entry["repository"].as_str().unwrap_or("");
            if entry["completeness"] != "complete" {
                if is_complete {
                    return Err(format!("it says complete, and {name} is {}", entry["completeness"]));
                }
                continue;
            }
            let observed = by_name
                .get(name)
                .ok_or_else(|| format!("{name} is in the index only"))?;
            let shown = self.truth.between(server, name, begun, published);
            if let Some(wrong) = contradictions(&content(observed), &shown).first() {
                return Err(format!("{name}: {wrong}"));
            }
        }
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

/// When the refresh of this generation was opened.
fn begun(blobs: &BTreeMap<String, Vec<Version>>, server: &str, generation: &str) -> Option<OffsetDateTime> {
    let versions = blobs.get(&format!("v1/registries/{server}/refresh.json"))?;
    let of_generation = versions
        .iter()
        .find(|version| version.json()["generation"] == generation);
    of_generation.map(|version| version.at)
}
