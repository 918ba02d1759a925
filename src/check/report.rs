//! What was tried and what came of it.

use std::future::Future;
use std::time::Instant;

use serde::Serialize;

use super::fix::Fix;
use crate::azure::credential::Identity;
use crate::inventory::problem::sanitize;

/// One thing that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    LogIn,
    ListRegistries,
    ReadConfiguration,
    ReadRoleAssignments,
    Dns,
    Tls,
    Firewall,
    Token,
    ListRepositories,
    ListTags,
    ListManifests,
    CreateDocument,
    ReplaceDocument,
    ReadDocument,
    ListDocuments,
    DeleteDocument,
    SendMessage,
    ReceiveMessage,
}

impl Check {
    /// The word for it in tables and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "log-in",
            Self::ListRegistries => "list-registries",
            Self::ReadConfiguration => "read-configuration",
            Self::ReadRoleAssignments => "read-role-assignments",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Firewall => "firewall",
            Self::Token => "token",
            Self::ListRepositories => "list-repositories",
            Self::ListTags => "list-tags",
            Self::ListManifests => "list-manifests",
            Self::CreateDocument => "create-document",
            Self::ReplaceDocument => "replace-document",
            Self::ReadDocument => "read-document",
            Self::ListDocuments => "list-documents",
            Self::DeleteDocument => "delete-document",
            Self::SendMessage => "send-message",
            Self::ReceiveMessage => "receive-message",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Failed,
    /// Not tried, because something before it failed or there is nothing to try it on.
    Skipped,
}

impl Outcome {
    /// The word for it in tables and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One thing that was tried.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What it was tried on: a login server, the store, a queue.
    pub on: String,
    pub check: Check,
    pub outcome: Outcome,
    pub milliseconds: u64,
    /// What was found, or what went wrong.
    pub detail: String,
    /// What would mend it, if that is known.
    pub fixes: Vec<Fix>,
}

/// Everything that was tried, in order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Who was tried; none when anonymous, or when nobody could log in.
    pub identity: Option<Identity>,
    /// The proxy that was set and what it is not for, without a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    #[serde(rename = "checks")]
    pub rows: Vec<Row>,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    AllPassed,
    SomethingFailed,
    /// Nobody could log in, or no registry was found.
    NothingToCheck,
}

impl Report {
    /// What it comes to.
    pub fn ending(&self) -> Ending {
        let has = |check, outcome| self.rows.iter().any(|row| row.check == check && row.outcome == outcome);
        if has(Check::LogIn, Outcome::Failed) || !self.rows.iter().any(|row| row.check == Check::Dns) {
            Ending::NothingToCheck
        } else if self.rows.iter().any(|row| row.outcome == Outcome::Failed) {
            Ending::SomethingFailed
        } else {
            Ending::AllPassed
        }
    }
}

/// Why something failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) detail: String,
    pub(super) fixes: Vec<Fix>,
}

impl From<String> for Failed {
    fn from(detail: String) -> Self {
        Self {
            detail,
            fixes: Vec::new(),
        }
    }
}

/// The rows of one thing, as they come.
pub(super) struct Rows {
    on: String,
    pub(super) rows: Vec<Row>,
}

impl Rows {
    pub(super) fn of(on: &str) -> Self {
        Self {
            on: on.to_owned(),
            rows: Vec::new(),
        }
    }

    /// Tries something, with what it says when it passes; its value if it passed.
    pub(super) async fn attempt<T>(
        &mut self,
        check: Check,
        work: impl Future<Output = Result<(T, String), Failed>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let (outcome, value, detail, fixes) = match work.await {
            Ok((value, detail)) => (Outcome::Passed, Some(value), detail, Vec::new()),
            Err(failed) => (Outcome::Failed, None, failed.detail, failed.fixes),
        };
        self.rows.push(Row {
            on: self.on.clone(),
            check,
            outcome,
            milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            detail: sanitize(&detail),
            fixes,
        });
        value
    }

    /// Says why these are not tried.
    pub(super) fn skip(&mut self, checks: &[Check], why: &str) {
        self.rows.extend(checks.iter().map(|check| Row {
            on: self.on.clone(),
            check: *check,
            outcome: Outcome::Skipped,
            milliseconds: 0,
            detail: why.to_owned(),
            fixes: Vec::new(),
        }));
    }
}
