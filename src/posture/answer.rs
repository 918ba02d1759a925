//! How a rule says what it found.

use serde_json::{Map, Value};

use super::remediation::Remediation;
use super::verdict::{Severity, Verdict};

/// What was seen, by property path, and the API versions it was read with.
#[derive(Debug, Clone, Default)]
pub(super) struct Quote {
    values: Map<String, Value>,
    api_versions: Vec<String>,
}

impl Quote {
    /// Nothing yet, read with this version.
    pub(super) fn read_with(api_version: &str) -> Self {
        Self {
            values: Map::new(),
            api_versions: vec![api_version.to_owned()],
        }
    }

    /// Adds one value.
    pub(super) fn and(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.values.insert(path.to_owned(), value.into());
        self
    }

    /// Adds all of another quote.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        for version in other.api_versions {
            if !self.api_versions.contains(&version) {
                self.api_versions.push(version);
            }
        }
        self
    }
}

/// What a rule makes of what it saw.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// Where it is another than the rule's.
    pub(super) severity: Option<Severity>,
    pub(super) evidence: Value,
    pub(super) api_version: Option<String>,
    pub(super) sentence: String,
    pub(super) remediation: Option<Remediation>,
    pub(super) missing_permission: Option<String>,
}

/// An answer that leaves a rule early, with `?`: not applicable, or unknown.
pub(super) type Early = Box<Outcome>;

/// What a rule returns.
pub(super) type Answer = Result<Outcome, Early>;

impl Outcome {
    fn new(verdict: Verdict, quote: Quote, sentence: String) -> Self {
        let evidence = match quote.values.is_empty() {
            true => Value::Null,
            false => Value::Object(quote.values),
        };
        let api_version = (!quote.api_versions.is_empty()).then(|| quote.api_versions.join(", "));
        Self {
            verdict,
            severity: None,
            evidence,
            api_version,
            sentence,
            remediation: None,
            missing_permission: None,
        }
    }
}

/// The rule is met.
pub(super) fn pass(quote: Quote, sentence: impl Into<String>) -> Answer {
    Ok(Outcome::new(Verdict::Pass, quote, sentence.into()))
}

/// The rule is not met.
pub(super) fn fail(quote: Quote, sentence: impl Into<String>, remediation: Remediation) -> Answer {
    let mut outcome = Outcome::new(Verdict::Fail, quote, sentence.into());
    outcome.remediation = Some(remediation);
    Ok(outcome)
}

/// The rule is not met, and that matters less than the rule's severity says.
pub(super) fn fail_as(
    severity: Severity,
    quote: Quote,
    sentence: impl Into<String>,
    remediation: Remediation,
) -> Answer {
    let mut outcome = fail(quote, sentence, remediation)?;
    outcome.severity = Some(severity);
    Ok(outcome)
}

/// The SKU or the mode cannot have it.
pub(super) fn not_applicable(quote: Quote, sentence: impl Into<String>) -> Early {
    Box::new(Outcome::new(Verdict::NotApplicable, quote, sentence.into()))
}

/// It was read, and still does not tell.
pub(super) fn unknown(quote: Quote, sentence: impl Into<String>) -> Early {
    Box::new(Outcome::new(Verdict::Unknown, quote, sentence.into()))
}

/// It could not be read because a permission is missing.
pub(super) fn refused(permission: &str, sentence: impl Into<String>) -> Early {
    let mut early = unknown(Quote::default(), sentence);
    early.missing_permission = Some(permission.to_owned());
    early
}
