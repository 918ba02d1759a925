//! Repository documents, version by version.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::elsewhere::Elsewhere;
use super::{at, changes, content, contradictions, lines};
use crate::journal::Version;
use crate::life::Life;
use crate::truth::Content;
use acr_inventory::hash::sha256;
use acr_inventory::inventory::encode_line;

/// Tombstones are kept for so long.
const TOMBSTONES: time::Duration = time::Duration::days(30);

/// What a version says.
pub(super) struct Document {
    pub(super) header: Value,
    pub(super) end: Value,
    pub(super) content: Content,
    /// Its lines stand in snapshots alone …
    pub(super) is_elsewhere: bool,
    /// … and what they are is known all the same.
    pub(super) is_known: bool,
}

impl Life {
    /// Every version of every repository document, and that the last one is the truth.
    pub(super) fn check_repositories(&mut self) {
        let all: Vec<(String, Vec<Version>)> = {
            let journal = self.journal.all();
            let documents = journal
                .iter()
                .filter(|(name, _)| name.contains("/repositories/") && !name.ends_with(",content.ndjson"));
            documents
                .map(|(name, versions)| (name.clone(), versions.clone()))
                .collect()
        };
        let elsewhere = Elsewhere::of(&self.journal.all());
        for (name, versions) in &all {
            let Some((server, repository)) = named(name) else {
                self.violation(format!("{name} is no name of a repository document"));
                continue;
            };
            let wrong = self.check_versions(server, repository, versions, &elsewhere);
            let shown: Vec<String> = wrong
                .into_iter()
                .take(5)
                .map(|text| format!("{name}: {text}"))
                .collect();
            self.report.violations.extend(shown);
        }
        let servers: Vec<String> = self.network.front().world().registries.keys().cloned().collect();
        for server in servers {
            let names: Vec<String> = self.truth.names(&server).map(str::to_owned).collect();
            for name in names {
                let stored = all
                    .iter()
                    .find(|(stored, _)| named(stored) == Some((server.as_str(), name.as_str())));
                let last = stored.and_then(|(_, versions)| versions.last()?.content.clone());
                let mut stored = last.as_ref().and_then(|bytes| read(bytes).ok());
                if let Some(document) = &mut stored {
                    elsewhere.fill(&server, &name, document);
                }
                let live = stored.filter(|document| document.header.get("removedAt").is_none());
                let wrong = match (self.truth.last(&server, &name), live) {
                    (None, None) => continue,
                    (Some(_), None) => "it is not in the inventory".to_owned(),
                    (None, Some(_)) => "the registry does not have it any more".to_owned(),
                    // What was pushed since is left to the next refresh; that it was so once its snapshot is held against.
                    (Some(truth), Some(document))
                        if document.is_elsewhere || truth.len() as u64 > self.plan.document_lines =>
                    {
                        continue;
                    }
                    (Some(truth), Some(document)) if *truth != document.content => {
                        format!(
                            "it is not what the registry has: {:?}",
                            contradictions(&document.content, &[Some(truth)])
                        )
                    }
                    (Some(_), Some(document)) if document.end["completeness"] != "complete" => {
                        format!("it is not complete: {}", document.end)
                    }
                    _ => continue,
                };
                self.violation(format!("in the end, {server}/{name}: {wrong}"));
            }
        }
    }

    fn check_versions(
        &mut self,
        server: &str,
        repository: &str,
        versions: &[Version],
        elsewhere: &Elsewhere,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let is_off = |name| self.report.fired.contains_key(name);
        let clocks_are_right = !is_off("clock-off") && !is_off("clock-steps-back");
        let mut before: Option<(OffsetDateTime, Document)> = None;
        for version in versions {
            let Some(bytes) = &version.content else {
                if !before
                    .as_ref()
                    .is_some_and(|(_, last)| is_old_tombstone(last, version.at))
                {
                    wrong.push(format!("it was deleted at {}", at(version.at)));
                }
                before = None;
                continue;
            };
            self.report.documents += 1;
            let mut document = match read(bytes) {
                Ok(document) => document,
                Err(why) => {
                    wrong.push(format!("at {}: {why}", at(version.at)));
                    continue;
                }
            };
            elsewhere.fill(server, repository, &mut document);
            let said = |text: String| format!("version {} of {}: {text}", document.header["version"], at(version.at));
            let (journal, last) = (self.journal.all(), before.as_ref().map(|(_, before)| before));
            wrong.extend(follows(last, &document).map(said));
            let overwritten = before.as_ref().map(|(at, _)| *at).filter(|_| clocks_are_right);
            wrong.extend(overwritten.and_then(|at| is_stale(at, &document)).map(said));
            let pasts = elsewhere.all(server, repository).map(|(_, content)| content);
            wrong.extend(changes::complaint(&journal, server, (last, pasts), &document, version.at).map(said));
            drop(journal);
            let written = before.as_ref().map_or(OffsetDateTime::UNIX_EPOCH, |(at, _)| *at);
            // What it was all the time in which it was observed it cannot have been otherwise.
            let observed = observed_at(&document).filter(|_| clocks_are_right);
            let from = observed.map_or(written, |observed| observed.max(written));
            let shown = self.truth.between(server, repository, from, version.at);
            let is_complete = document.end["completeness"] == "complete";
            if document.header.get("removedAt").is_some() {
                if shown.iter().all(Option::is_some) {
                    wrong.push(said("a tombstone, and the registry had it all the time".to_owned()));
                }
            } else if !document.is_known {
                // Its lines are in no snapshot: the run that wrote it did not come so far.
            } else if is_complete {
                wrong.extend(contradictions(&document.content, &shown).into_iter().map(said));
            } else if let Some((_, before)) = before.as_ref().filter(|(_, before)| !before.is_elsewhere) {
                let lost = before.content.keys().find(|key| !document.content.contains_key(*key));
                wrong.extend(lost.map(|key| said(format!("not complete, and yet {key} was removed"))));
            }
            before = Some((version.at, document));
        }
        wrong
    }
}

/// Whether a version can come after another.
fn follows(before: Option<&Document>, after: &Document) -> Option<String> {
    let number = |document: &Document| document.header["version"].as_u64().unwrap_or(0);
    let expected = before.map_or(0, number) + 1;
    if number(after) != expected {
        return Some(format!("it should be version {expected}"));
    }
    let previous = before.map_or(Value::Null, |before| before.header["commitId"].clone());
    (after.header["previousCommitId"] != previous).then(|| "it names another predecessor".to_owned())
}

/// Whether a document says that its repository has been gone for long. Instances' clocks may be off by hours.
fn is_old_tombstone(document: &Document, now: OffsetDateTime) -> bool {
    let removed = document.header["removedAt"].as_str();
    let removed = removed.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    removed.is_some_and(|removed| now - removed > TOMBSTONES - time::Duration::hours(2))
}

/// Whether what a version says was observed before the version that it overwrites was written (commit rules 1 and 5).
/// Documents have whole seconds.
fn is_stale(overwritten: OffsetDateTime, after: &Document) -> Option<String> {
    let text = after.header["observedAt"].as_str().unwrap_or("");
    let Some(observed) = observed_at(after) else {
        return Some(format!("observed at \"{text}\", which is no time"));
    };
    (observed < overwritten.replace_nanosecond(0).unwrap_or(overwritten)).then(|| {
        let overwritten = at(overwritten);
        format!("observed at {text}, before the version that it overwrites was written ({overwritten})")
    })
}

/// When the observation began that a version is of; in whole seconds.
fn observed_at(document: &Document) -> Option<OffsetDateTime> {
    let text = document.header["observedAt"].as_str()?;
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Reads a version, and checks it by itself.
pub(super) fn read(bytes: &bytes::Bytes) -> Result<Document, String> {
    let lines = lines(bytes)?;
    let (Some(header), Some(end)) = (lines.first().cloned(), lines.last().cloned()) else {
        return Err("it is empty".to_owned());
    };
    let of_kind = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count() as u64;
    if header["kind"] != "repository" || end["kind"] != "end" {
        return Err("it has no header or no end".to_owned());
    }
    if header["linesInSnapshot"] == true {
        return match lines.len() {
            2 => Ok(Document {
                header,
                end,
                content: Content::new(),
                is_elsewhere: true,
                is_known: false,
            }),
            _ => Err("its lines stand in snapshots alone, and yet it has some".to_owned()),
        };
    }
    if end["manifests"] != of_kind("manifest") || end["tags"] != of_kind("tag") {
        return Err("its end counts wrongly".to_owned());
    }
    let body = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .skip(1)
        .take(lines.len() - 2)
        .collect::<Vec<_>>()
        .concat();
    if end["contentHash"] != sha256(&body) {
        return Err("its hash is not that of its content".to_owned());
    }
    let mut again = Vec::new();
    encode_line(&header, &mut again);
    let content = content(&lines);
    if content.len() as u64 != of_kind("manifest") + of_kind("tag") {
        return Err("something is in it twice".to_owned());
    }
    Ok(Document {
        header,
        end,
        content,
        is_elsewhere: false,
        is_known: true,
    })
}

/// Login server and repository of a document's name.
pub(super) fn named(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("v2/registries/")?;
    let (server, rest) = rest.split_once("/repositories/")?;
    Some((server, rest.strip_suffix(",lists.ndjson")?))
}
