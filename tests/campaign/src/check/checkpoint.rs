//! Checkpoints: numbered, and nothing that they name went missing while they stood.

use std::collections::BTreeMap;

use super::generation_number;
use super::naming::of_checkpoint;
use crate::journal::Version;
use crate::life::Life;

/// A refresh whose checkpoint was saved within this time has somebody who carries it on.
const ALIVE_WITHIN: time::Duration = time::Duration::minutes(10);

impl Life {
    /// What a checkpoint names is there from before it was written until another one takes its place: segments, packs, carry,
    /// base, and the lines of what was begun. Its versions are numbered.
    pub(super) fn check_checkpoints(&mut self) {
        let mut wrong = self.second_chains();
        let all = self.journal.all();
        for (name, versions) in all.iter().filter(|(name, _)| name.ends_with("/refresh.json")) {
            let server = name.trim_start_matches("v2/state/").trim_end_matches("/refresh.json");
            for (index, version) in versions.iter().enumerate() {
                let document = version.json();
                if document["version"] != index + 1 {
                    wrong.push(format!("{name}: version {} says {}", index + 1, document["version"]));
                    break;
                }
                let until = versions.get(index + 1).map_or(u64::MAX, |next| next.order);
                let named = of_checkpoint(server, &document);
                let missing = named.iter().find(|file| !is_there(&all, file, version.order, until));
                if let Some(missing) = missing {
                    wrong.push(format!(
                        "version {} of {name} names {missing}, which is not there",
                        index + 1
                    ));
                    break;
                }
            }
        }
        drop(all);
        self.report.violations.extend(wrong);
    }

    /// A message of a newer run that joins an older one takes it over only where nobody has saved its checkpoint for ten
    /// minutes: else two chains of messages would hinder each other.
    fn second_chains(&self) -> Vec<String> {
        // Whether somebody is at work is told by clocks, as a matter of economy.
        if self.has_fired(&["clock-"]) {
            return Vec::new();
        }
        // Whoever has joined and came no further goes on under the same id, as part of the older run.
        let mut asked: BTreeMap<String, u64> = BTreeMap::new();
        for (id, generation) in self.refresh_messages() {
            let least = asked.entry(id).or_insert(generation);
            *least = generation.min(*least);
        }
        let mut wrong = Vec::new();
        let all = self.journal.all();
        for (name, versions) in all.iter().filter(|(name, _)| name.ends_with("/refresh.json")) {
            for pair in versions.windows(2) {
                let [before, after] = pair else { continue };
                let (old, new) = (before.json(), after.json());
                let is_joined = old["generation"] == new["generation"] && old["updatedBy"] != new["updatedBy"];
                let by = new["updatedBy"].as_str().unwrap_or("");
                let is_newer = asked.get(by).is_some_and(|asked| *asked > generation_number(&new));
                let pause = after.at - before.at;
                if is_joined && is_newer && pause < ALIVE_WITHIN {
                    wrong.push(format!(
                        "{name}: version {} is by a message of a newer run, {pause} after whoever carries it on",
                        new["version"]
                    ));
                }
            }
        }
        wrong
    }
}

/// Whether a blob was there all the time between two moments.
fn is_there(all: &BTreeMap<String, Vec<Version>>, name: &str, from: u64, until: u64) -> bool {
    let versions = all.get(name).map_or(&[][..], Vec::as_slice);
    let before = versions.iter().rfind(|version| version.order < from);
    let meanwhile = versions.iter().filter(|version| (from..until).contains(&version.order));
    before.is_some()
        && before
            .into_iter()
            .chain(meanwhile)
            .all(|version| version.content.is_some())
}
