//! Runs: numbers that are given out once.

use crate::life::Life;

impl Life {
    /// Every run that was opened has a number of its own, higher than the one before.
    pub(super) fn check_runs(&mut self) {
        let mut wrong = Vec::new();
        if let Some(versions) = self.journal.all().get("v2/runs/current.json") {
            let mut before = 0;
            for version in versions {
                let document = version.json();
                let number = super::generation_number(&document);
                if number <= before {
                    wrong.push(format!("the run {} follows number {before}", document["generation"]));
                }
                before = number;
            }
        }
        self.report.violations.extend(wrong);
    }
}
