//! Whether a pipeline fails: by severity, without what is waived and what was there before.

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Audited;
use super::baseline::Baseline;
use crate::cli::options::text;
use crate::posture::verdict::{Finding, Severity, Verdict};
use crate::posture::waiver::{Entry, parse};

/// Findings named on stderr; all of them are on stdout.
const NAMED: usize = 20;

#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// Exit with 3 if something of this severity or a worse one fails
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Threshold>,
    /// With --fail-on, count only what is new or worse since this earlier output of `audit --format ndjson`
    #[arg(long, value_name = "FILE", requires = "fail_on", value_parser = text)]
    baseline: Option<String>,
    /// Findings that are accepted for a while (TOML): they keep their verdict, carry the reason and do not count
    #[arg(long, value_name = "FILE", value_parser = text)]
    waivers: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Critical,
    High,
    Medium,
    Low,
}

impl Threshold {
    fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
        }
    }
}

/// The arguments with what is in their files.
#[derive(Debug)]
pub(super) struct Gate {
    fail_on: Option<Severity>,
    baseline: Option<Baseline>,
    pub(super) waivers: Waivers,
}

/// The waivers of a file.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    pub(super) path: String,
    pub(super) entries: Vec<Entry>,
}

impl GateArgs {
    pub(super) fn read(&self) -> anyhow::Result<Gate> {
        Ok(Gate {
            fail_on: self.fail_on.map(Threshold::severity),
            baseline: self.baseline.as_deref().map(Baseline::read).transpose()?,
            waivers: self
                .waivers
                .as_deref()
                .map_or_else(|| Ok(Waivers::default()), Waivers::read)?,
        })
    }
}

impl Waivers {
    fn read(path: &str) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("--waivers: reading {path}"))?;
        let entries = parse(&text, crate::clock::now().date()).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(|error| format!("{path}:{error}")).collect();
            anyhow::anyhow!("--waivers: {}", lines.join("\n"))
        })?;
        let path = path.to_owned();
        Ok(Self { path, entries })
    }
}

impl Gate {
    /// Whether something counts; says what, on stderr.
    pub(super) fn finds(&self, audited: &[Audited]) -> bool {
        let Some(threshold) = self.fail_on else { return false };
        let all = audited.iter().flat_map(|registry| {
            let findings = registry.audit.findings.iter();
            findings.map(move |finding| (&registry.login_server, finding))
        });
        let failing = |finding: &Finding| finding.verdict == Verdict::Fail && finding.severity <= threshold;
        let failing: Vec<_> = all.filter(|(_, finding)| failing(finding)).collect();
        let waived = failing.iter().filter(|(_, finding)| finding.is_waived()).count();
        let was_there = |finding: &Finding| self.baseline.as_ref().is_some_and(|baseline| baseline.has(finding));
        let mut counting: Vec<_> = failing
            .iter()
            .filter(|(_, found)| !found.is_waived() && !was_there(found))
            .collect();
        counting.sort_by_key(|(_, finding)| finding.severity);
        for (server, finding) in counting.iter().take(NAMED) {
            let (rule, severity) = (&finding.rule, finding.severity.as_str());
            errln!("{server}: {rule} ({severity}): {}", finding.sentence);
        }
        if counting.len() > NAMED {
            errln!("and {} more", counting.len() - NAMED);
        }
        let before = match &self.baseline {
            Some(_) => format!(", {} known from the baseline", failing.len() - waived - counting.len()),
            None => String::new(),
        };
        errln!(
            "--fail-on {}: {} of {} failures count{before}, {waived} waived",
            threshold.as_str(),
            counting.len(),
            failing.len()
        );
        !counting.is_empty()
    }
}
