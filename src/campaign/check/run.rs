//! Runs and checkpoints: numbers that are given out once, and nothing of our own that went missing.

use serde_json::Value;

use crate::campaign::life::Life;

impl Life {
    /// Every run that was opened has a number of its own, higher than the one before.
    pub(super) fn check_runs(&mut self) {
        let mut wrong = Vec::new();
        if let Some(versions) = self.journal.all().get("v1/runs/current.json") {
            let mut before = 0;
            for version in versions {
                let document: Value = version
                    .content
                    .as_deref()
                    .and_then(|bytes| serde_json::from_slice(bytes).ok())
                    .unwrap_or_default();
                let number = super::generation_number(&document);
                if number <= before {
                    wrong.push(format!("the run {} follows number {before}", document["generation"]));
                }
                before = number;
            }
        }
        self.report.violations.extend(wrong);
    }

    /// A checkpoint never names what is not there: neither a part, nor an index, nor the lines of a long repository; and
    /// its versions are numbered.
    pub(super) fn check_checkpoints(&mut self) {
        let mut wrong = Vec::new();
        let all = self.journal.all();
        for (name, versions) in all.iter().filter(|(name, _)| name.ends_with("/refresh.json")) {
            let documents = versions.iter().filter_map(|version| version.content.as_deref());
            for (number, document) in (1_u64..).zip(documents) {
                let document: Value = serde_json::from_slice(document).unwrap_or_default();
                if document["version"] != number {
                    wrong.push(format!("{name}: version {number} says {}", document["version"]));
                    break;
                }
                let problems = document["problems"]["first"].as_array();
                let missing = problems.into_iter().flatten().find(|problem| {
                    let message = problem["message"].as_str().unwrap_or("");
                    problem["code"] == "stored-document-unreadable" && message.contains("it is not there")
                });
                if let Some(missing) = missing {
                    wrong.push(format!("{name} misses something of its own: {}", missing["message"]));
                    break;
                }
            }
        }
        drop(all);
        self.report.violations.extend(wrong);
    }
}
