//! What failed before: an earlier output of `audit --format ndjson`, by the identity that SARIF has for a finding.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::posture::formats::identity;
use crate::posture::verdict::{Finding, Severity, Verdict};

/// What failed, and how much that mattered.
#[derive(Debug, Default)]
pub(super) struct Baseline(BTreeMap<String, Severity>);

/// Of a line, what is compared. Another version may write more, and know other rules.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    rule: String,
    resource_id: String,
    verdict: Verdict,
    severity: Severity,
    #[serde(default)]
    waivers: Vec<IgnoredAny>,
}

impl Baseline {
    /// Reads the file. One without a finding is no audit: a pipe may have emptied it before it was read.
    pub(super) fn read(path: &str) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("--baseline: reading {path}"))?;
        let mut failed = BTreeMap::new();
        let mut lines = 0;
        for (place, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            let mut json = serde_json::Deserializer::from_str(text);
            let line: Line = serde_path_to_error::deserialize(&mut json).map_err(|error| {
                let field = error.path().to_string();
                let why = error.into_inner();
                anyhow::anyhow!(
                    "--baseline: {path}:{}: {field}: {why}; it takes what `audit --format ndjson` prints",
                    place + 1
                )
            })?;
            lines += 1;
            // What was accepted then counts again when its waiver is gone.
            if line.verdict == Verdict::Fail && line.waivers.is_empty() {
                failed.insert(identity(&line.rule, &line.resource_id), line.severity);
            }
        }
        anyhow::ensure!(
            lines > 0,
            "--baseline: {path} has no findings; it takes what `audit --format ndjson` prints"
        );
        Ok(Self(failed))
    }

    /// Whether a failure was there before, and mattered as much.
    pub(super) fn has(&self, finding: &Finding) -> bool {
        let before = self.0.get(&identity(&finding.rule, &finding.resource_id));
        before.is_some_and(|before| *before <= finding.severity)
    }
}
